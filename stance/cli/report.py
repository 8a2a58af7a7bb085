"""``stance report``: the report drawn again from ``evaluation.json``, without model or data."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stance.errors import InputError
from stance.storage import whole_file

if TYPE_CHECKING:
    from stance.evaluate.evaluation import Evaluation


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

    check_folder(out)
    short, record = read_evaluation(file)
    write_report(out, short, without_texts(record) if no_texts else record)
    typer.echo(f"Report written to {out / 'report.html'}.")


def check_folder(out: Path) -> None:
    """Refuse a file as the folder of a report, before any work is done."""
    if out.exists() and not out.is_dir():
        message = f"{out}: this is a file. Name a folder to write the report to."
        raise InputError(message)


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
    _write(folder / "evaluation.json", as_file(short, record))
    _write(folder / "report.md", render_markdown(record))
    _write(folder / "report.html", render_html(record))


def _write(path: Path, text: str) -> None:
    with whole_file(path) as scratch:
        scratch.write_text(text, encoding="utf-8")
