"""What the tests of commands share: a way to run one here."""

import io
import sys

import pytest

from stance.cli import main


@pytest.fixture
def stance(capsys, monkeypatch):
    """Run a command; get its exit code, standard output and standard error."""

    def run(*arguments, stdin=None):
        monkeypatch.setattr(sys, "argv", ["stance", *map(str, arguments)])
        if stdin is not None:
            stream = io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8")
            monkeypatch.setattr(sys, "stdin", stream)
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
        else:
            code = 0
        out, err = capsys.readouterr()
        return code, out, err

    return run
