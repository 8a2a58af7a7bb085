"""The README works word for word: every command in it is run, every example is real."""

import json
import re
import shlex
import shutil
import sys
import tomllib

import pytest

from stance import load_model
from stance.cli import main
from stance.output.records import coding_record
from stance.recipe import parse_recipe
from stance.records import Article

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def blocks(root):
    """Language and content of each block."""
    return BLOCK.findall((root / "README.md").read_text("utf-8"))


@pytest.fixture
def checkout(root, tmp_path, monkeypatch):
    """A copy of what the README's commands work on, as current folder."""
    for name in ("seeds", "training"):
        shutil.copytree(root / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_command_runs(blocks, checkout, monkeypatch, capsys):
    """Each `stance` line ends well, in the README's order."""
    commands = [line for kind, text in blocks if kind == "bash" for line in text.splitlines()]
    ours = [command for command in commands if command.startswith("stance ")]
    assert len(ours) >= 8
    for command in ours:
        monkeypatch.setattr(sys, "argv", shlex.split(command))
        code: object = 0
        try:
            main()
        except SystemExit as end:
            code = end.code
        assert code in {0, None}, (command, capsys.readouterr().err)
    assert (checkout / "coded.csv").exists()


def test_the_first_two_commands_set_everything_up(blocks):
    """The first block codes the seeds, the second runs the tests; both make their environment."""
    first, second = [text.strip() for kind, text in blocks if kind == "bash"][:2]
    assert "\n" not in first
    assert "\n" not in second
    for command in (first, second):
        assert command.startswith("python3 -m venv .venv && .venv/bin/pip install ")
    assert first.endswith("&& .venv/bin/stance classify seeds/")
    assert second.endswith("&& .venv/bin/python -m pytest -q")


def test_python_examples_run(blocks, capsys):
    """Each Python block runs."""
    examples = [text for kind, text in blocks if kind == "python"]
    assert examples
    for example in examples:
        exec(compile(example, "README.md", "exec"), {})  # noqa: S102 - our own README
    assert "Rebels" in capsys.readouterr().out


def test_recipes_in_it_are_valid(blocks, tmp_path):
    """TOML blocks are recipes that can be read."""
    for kind, text in blocks:
        if kind == "toml":
            parse_recipe(tomllib.loads(text), folder=tmp_path)


def test_the_line_of_json_is_what_the_model_says(blocks, root):
    """The shortened record is that of the seed: places, labels, and scores to three digits."""
    (told,) = (json.loads(text) for kind, text in blocks if kind == "json")
    text = (root / told["article"]).read_text("utf-8")
    codings = load_model().classify(Article(told["article"], text))
    found = coding_record(codings[told["paragraph"]])
    short = told.pop("text").removesuffix("...").rstrip()
    assert found["text"].startswith(short)
    assert text[told["start"] : told["end"]] == found["text"]
    for task, scores in told.pop("scores").items():
        assert {label: round(found["scores"][task][label], 3) for label in scores} == scores
    for stance in found["stances"]:
        stance["scores"] = {label: round(value, 3) for label, value in stance["scores"].items()}
    assert {name: found[name] for name in told} == told
