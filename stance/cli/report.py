"""``stance report``: the report drawn again from ``evaluation.json``, without model or data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stance.errors import InputError
from stance.storage import location, whole_file

if TYPE_CHECKING:
    from stance.evaluate.evaluation import Evaluation

# The files of a report.
_NUMBERS, _MARKDOWN, _PAGE = "evaluation.json", "report.md", "report.html"


def report(
    file: Annotated[
        Path, typer.Argument(metavar="EVALUATION.json", help="What `stance evaluate --out` wrote.")
    ],
    *,
    out: Annotated[
        Path, typer.Option(help="Folder for report.html, report.md and evaluation.json.")
    ],
    no_texts: Annotated[
        bool, typer.Option("--no-texts", help="Leave the paragraphs of the test out.")
    ] = False,
) -> None:
    """Draw the report of an evaluation again, from its numbers alone.

    Example: stance report report/evaluation.json --out to-publish --no-texts
    """
    from stance.evaluate.evaluation import without_texts
    from stance.evaluate.evaluation_file import read_evaluation

    # Drawn where it stands, a report stays as it is; without its texts it would lose them.
    check_folder(out, [file] if no_texts else [])
    short, record = read_evaluation(file)
    write_report(out, short, without_texts(record) if no_texts else record)
    typer.echo(f"Report written to {out / 'report.html'}.")


def check_folder(out: Path, read: Sequence[Path]) -> None:
    """Refuse a file as the folder of a report, and a folder where it would replace what is read.

    Parameters
    ----------
    read
        Files that must stay as they are.

    Raises
    ------
    InputError
        If it is such a one, before any work is done.
    """
    from stance.text.files import refuse_overwriting

    if out.exists() and not out.is_dir():
        message = f"{out}: this is a file. Name a folder to write the report to."
        raise InputError(message)
    for name in (_NUMBERS, _MARKDOWN, _PAGE):
        refuse_overwriting(location(out / name), read)


def write_report(folder: Path, short: Mapping[str, Any], record: Evaluation) -> None:
    """Write the three files of a report.

    Parameters
    ----------
    short
        The short figures that ``evaluation.json`` begins with.
    """
    from stance.evaluate.evaluation_file import as_file
    from stance.report.html import render_html
    from stance.report.markdown import render_markdown

    # The numbers first: they took long, and the rest can be drawn from them again.
    _write(folder / _NUMBERS, as_file(short, record))
    _write(folder / _MARKDOWN, render_markdown(record))
    _write(folder / _PAGE, render_html(record))


def _write(path: Path, text: str) -> None:
    with whole_file(path) as scratch:
        scratch.write_text(text, encoding="utf-8")
