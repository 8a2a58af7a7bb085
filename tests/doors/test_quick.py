"""A command without options does what it does by way of typer."""

from __future__ import annotations

import subprocess
import sys

import pytest

from stance import cli
from stance.cli.quick import is_plain


def run(monkeypatch, capfd, *arguments):
    """Exit code, output and errors of the command line."""
    monkeypatch.setattr(sys, "argv", ["stance", *map(str, arguments)])
    try:
        cli.main()
        code = 0
    except SystemExit as end:
        code = end.code or 0
    return code, *capfd.readouterr()


def both(monkeypatch, capfd, *arguments):
    """What the quick way gives and what the other."""
    quick = run(monkeypatch, capfd, *arguments)
    with monkeypatch.context() as patch:
        patch.setattr("stance.cli.quick.is_plain", lambda _: False)
        return quick, run(patch, capfd, *arguments)


def test_an_article_is_coded_alike(root, monkeypatch, capfd):
    """Output, errors and exit code are those of the other way."""
    article = root / "seeds" / "000_dec3375e6a5c7f32.txt"
    quick, other = both(monkeypatch, capfd, "classify", article)
    assert quick[0] == 0
    assert quick[1].count("\n") > 10
    assert quick == other


@pytest.mark.parametrize("name", ["none.txt", "table.csv", "."])
def test_problems_end_alike(tmp_path, monkeypatch, capfd, name):
    """A missing file, a table without text and a folder without articles are told alike."""
    (tmp_path / "table.csv").write_text("a,b\n1,2\n")
    quick, other = both(monkeypatch, capfd, "classify", tmp_path / name)
    assert quick[0] == 1
    assert quick == other


@pytest.mark.skipif(sys.platform == "win32", reason="typer expands patterns there")
def test_what_is_plain():
    """Options, help, no path at all and other commands are for typer."""
    assert is_plain(["classify", "a.txt", "-", "b"])
    for arguments in (
        [],
        ["classify"],
        ["classify", "-h"],
        ["classify", "a", "--explain"],
        ["train", "a"],
    ):
        assert not is_plain(arguments)


def test_no_large_library_is_imported(root):
    """Coding one article needs neither a parser of options nor what only large inputs need."""
    script = (
        "import sys\n"
        "from stance.cli.quick import run\n"
        "run(sys.argv[1:])\n"
        "large = {'numba', 'pandas', 'pyarrow', 'pydantic', 'rich', 'scipy', 'sklearn'}\n"
        "print(sorted(large & set(sys.modules)), file=sys.stderr)\n"
    )
    article = root / "seeds" / "000_dec3375e6a5c7f32.txt"
    ended = subprocess.run(
        [sys.executable, "-c", script, "classify", str(article)],
        capture_output=True,
        check=True,
        text=True,
    )
    assert ended.stderr == "[]\n"
