"""The options of all commands that read articles: the columns of tables, and when to stop."""

from __future__ import annotations

from typing import Annotated

import typer

TextColumn = Annotated[str, typer.Option("--text-column", help="Column with the text.")]
IdColumn = Annotated[str, typer.Option("--id-column", help="Column with the article's id.")]
TitleColumn = Annotated[str, typer.Option("--title-column", help="Column with the title.")]
OutletColumn = Annotated[str, typer.Option("--outlet-column", help="Column with the outlet.")]
DateColumn = Annotated[str, typer.Option("--date-column", help="Column with the date.")]
LanguageColumn = Annotated[str, typer.Option("--language-column", help="Column with the language.")]
UrlColumn = Annotated[str, typer.Option("--url-column", help="Column with the web address.")]

Strict = Annotated[
    bool, typer.Option("--strict", help="Stop at the first file or row that cannot be read.")
]


def _no_dash(output: str | None) -> str | None:
    """A dash is standard output, as it is standard input among the paths."""
    return None if output == "-" else output


Output = Annotated[
    str | None,
    typer.Option(
        "-o",
        "--output",
        callback=_no_dash,
        help="Write to this file; left out or -, to standard output.",
    ),
]
