"""The ``stance`` command and its subcommands."""

from __future__ import annotations

from typing import Annotated

import typer

from stance import __version__
from stance.cli import (
    actors,
    agreement,
    classify,
    codebook,
    evaluate,
    models,
    profile,
    report,
    split,
    train,
)

app = typer.Typer(
    name="stance",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:  # noqa: FBT001 - typer's way of calling back
    if asked:
        typer.echo(f"stance {__version__}")
        raise typer.Exit


@app.callback()
def stance(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Code news: topics, frames and stance of every paragraph, with probabilities and evidence.

    Example: stance classify seeds/
    """


app.command("classify")(classify.classify)
app.command("train")(train.train)
app.command("evaluate")(evaluate.evaluate)
app.command("report")(report.report)
app.command("agreement")(agreement.agreement)
app.command("split")(split.split)
app.command("profile")(profile.profile)
app.add_typer(actors.app, name="actors")
app.add_typer(models.app, name="models")
app.add_typer(codebook.app, name="codebook")
