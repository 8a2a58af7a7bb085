"""``stance profile``: how articles present each actor, per outlet, period or article."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from enum import StrEnum
from itertools import tee
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from stance.cli.actor_files import ActorFiles, OnlyActorFiles, chosen_actors
from stance.cli.inputs import (
    DateColumn,
    IdColumn,
    OutletColumn,
    Output,
    Strict,
    TextColumn,
    TitleColumn,
)
from stance.cli.outputs import by_ending, text_output
from stance.cli.problems import Problems

if TYPE_CHECKING:
    from stance.actors.profile import Profile
    from stance.model import Model
    from stance.records import Article, Coding

# Tables and pages of more actors are not read.
_MOST_READ = 15


class Grouping(StrEnum):
    """What actors are compared by."""

    outlet = "outlet"
    date = "date"
    article = "article"


class ProfileFormat(StrEnum):
    """How a profile is written."""

    table = "table"
    csv = "csv"
    json = "json"
    html = "html"


def profile(  # noqa: PLR0913 - one parameter an option
    paths: Annotated[
        list[str], typer.Argument(metavar="PATH...", help="Files and folders, as for classify.")
    ],
    *,
    model: Annotated[
        str, typer.Option(help="A model folder, or the name of a shipped model.")
    ] = "conflict-news",
    by: Annotated[
        Grouping, typer.Option(help="Compare outlets, months or years, or articles.")
    ] = Grouping.outlet,
    output_format: Annotated[
        ProfileFormat | None,
        typer.Option("--format", help="How to write. Left out: by the ending of -o, else table."),
    ] = None,
    output: Output = None,
    number: Annotated[
        int | None,
        typer.Option(
            "-n",
            "--number",
            min=1,
            help=f"Tell of the actors named most only; left out, {_MOST_READ} in tables and pages "
            "and all in CSV and JSON.",
        ),
    ] = None,
    outlets: Annotated[
        Path | None,
        typer.Option(metavar="FILE.csv", help="Table with the columns article,outlet[,date]."),
    ] = None,
    actors: ActorFiles = None,
    only_actors: OnlyActorFiles = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the resampling.")] = 0,
    strict: Strict = False,
    text_column: TextColumn = "",
    id_column: IdColumn = "",
    title_column: TitleColumn = "",
    outlet_column: OutletColumn = "",
    date_column: DateColumn = "",
) -> None:
    """Sum up how each actor is presented: how often named, with which labels, and how.

    Shares come with 95 % intervals from resampling articles, outlets with contrasts.

    Example: stance profile seeds/ --by article --format html -o actors.html
    """
    from dataclasses import replace

    from stance.actors.matching import ActorMatcher
    from stance.actors.profile import profile as sum_up
    from stance.actors.tally import kept_apart, tally
    from stance.model import load_model
    from stance.output.passages import Passages
    from stance.storage import location
    from stance.text.files import refuse_overwriting
    from stance.text.outlets import read_outlets, with_outlets
    from stance.text.reading import Columns, read_articles

    chosen = output_format or _default_format(output)
    if output is not None:
        tables = [outlets] if outlets else []
        read = [*paths, *tables, *(actors or only_actors or ())]
        refuse_overwriting(location(output), read)
    loaded = load_model(model)
    catalogue = chosen_actors(loaded.actors, actors, only_actors)
    loaded = replace(loaded, actors=catalogue)
    problems = Problems()
    columns = Columns(
        text=text_column,
        id=id_column,
        title=title_column,
        outlet=outlet_column,
        published=date_column,
    )
    articles = read_articles(paths, columns=columns, problems=problems, strict=strict)
    if outlets is not None:
        origins = read_outlets(outlets, problems=problems, strict=strict)
        articles = with_outlets(articles, origins, problems=problems)
    task = next((task.name for task in loaded.codebook.of_unit("target")), "")
    passages = Passages(task) if chosen is ProfileFormat.html else None
    # Its own, for a model without a stance task looks for no actors.
    matcher = ActorMatcher(catalogue)
    tallies = []
    for article, codings in _coded(loaded, kept_apart(articles)):
        mentions = matcher.mentions(article.text)
        if passages is not None:
            passages.read(article, codings, mentions)
        tallies.append(tally(article, codings, mentions, task=task))
    if by is Grouping.outlet and tallies and not any(item.outlet for item in tallies):
        print(  # noqa: T201 - this is the command line
            "stance: no article says its outlet, so that all are one group. Add --outlets or "
            "--outlet-column, or compare --by article.",
            file=sys.stderr,
        )
    short = chosen in {ProfileFormat.table, ProfileFormat.html}
    n_actors = number or (_MOST_READ if short else None)
    found = sum_up(tallies, loaded.codebook, by=by.value, n_actors=n_actors, seed=seed)
    page = ""
    if passages is not None:
        from stance.output.profile_page import render_profile

        by_date = sum_up(tallies, loaded.codebook, by="date", n_actors=n_actors, seed=seed)
        page = render_profile(
            found, by_date, passages, model=loaded.name, fingerprint=loaded.fingerprint
        )
    with text_output(output) as out:
        _write(found, loaded, chosen, out, page)
    problems.finish()


def _coded(model: Model, articles: Iterator[Article]) -> Iterator[tuple[Article, list[Coding]]]:
    """The articles, coded many at a time."""
    articles, coded = tee(articles)
    yield from zip(articles, model.classify_each(coded), strict=True)


def _default_format(output: str | None) -> ProfileFormat:
    if output is None:
        return ProfileFormat.table
    known = {
        ".csv": ProfileFormat.csv,
        ".json": ProfileFormat.json,
        ".html": ProfileFormat.html,
        ".htm": ProfileFormat.html,
        ".txt": ProfileFormat.table,
    }
    return by_ending(output, known)


def _write(found: Profile, model: Model, chosen: ProfileFormat, out: TextIO, page: str) -> None:
    from stance.output.profile_records import print_profile, profile_json, write_profile_csv

    if chosen is ProfileFormat.html:
        out.write(page)
    elif chosen is ProfileFormat.csv:
        write_profile_csv(found, out)
    elif chosen is ProfileFormat.json:
        out.write(profile_json(found, model.name, model.fingerprint))
    else:
        from rich.console import Console

        print_profile(found, Console(file=out, width=None if out.isatty() else 140))
