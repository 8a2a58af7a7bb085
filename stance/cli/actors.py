"""``stance actors``: propose actors from articles, check and show actor files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from stance.cli.actor_files import (
    ActorFiles,
    OnlyActorFiles,
    chosen_actors,
    shipped_actors,
)
from stance.cli.inputs import Output, Strict, TextColumn
from stance.cli.outputs import text_output
from stance.cli.problems import Problems
from stance.output.shown import shown

app = typer.Typer(
    no_args_is_help=True, help="Propose actors from articles; check and show actor files."
)


@app.command("suggest")
def suggest(  # noqa: PLR0913 - one parameter an option
    paths: Annotated[
        list[str], typer.Argument(metavar="PATH...", help="Files and folders, as for classify.")
    ],
    *,
    number: Annotated[
        int, typer.Option("-n", "--number", min=1, help="Propose at most so many names.")
    ] = 50,
    least: Annotated[
        int, typer.Option(min=1, help="Leave out names that stand there less often.")
    ] = 2,
    output: Output = None,
    actors: ActorFiles = None,
    only_actors: OnlyActorFiles = None,
    strict: Strict = False,
    text_column: TextColumn = "",
) -> None:
    """Propose names that no actor file lists, as an actor file with sample sentences.

    Names are ranked by frequency times evenness over articles (1 less Gries's DPnorm).

    Example: stance actors suggest seeds/ -n 20 -o my-actors.toml
    """
    from stance.actors.suggestion import Suggester, suggestion_file
    from stance.actors.tally import kept_apart
    from stance.storage import location
    from stance.text.files import refuse_overwriting
    from stance.text.reading import Columns, read_articles

    if output is not None:
        refuse_overwriting(location(output), [*paths, *(actors or only_actors or ())])
    problems = Problems()
    suggester = Suggester(chosen_actors(None, actors, only_actors))
    columns = Columns(text=text_column)
    articles = read_articles(paths, columns=columns, problems=problems, strict=strict)
    for article in kept_apart(articles):
        suggester.read(article)
    found = suggester.suggestions(number, least=least)
    text = suggestion_file(found, n_articles=suggester.n_articles)
    if not found:
        often, remedy = (f" {least} times or more", " Lower --least.") if least > 1 else ("", "")
        print(  # noqa: T201 - this is the command line
            f"stance: no unlisted name stands there{often}.{remedy}",
            file=sys.stderr,
        )
    else:
        with text_output(output) as out:
            out.write(text)
    problems.finish()


@app.command("check")
def check(
    file: Annotated[Path, typer.Argument(help="The actor file to check.")],
) -> None:
    """Check an actor file; the first mistake is named with its line and its remedy.

    Example: stance actors check training/actors/world.toml
    """
    from stance.actors.catalogue import load_catalogue

    catalogue = load_catalogue(file)
    n_names = sum(len(actor.wordings) for actor in catalogue.actors)
    typer.echo(f"{file}: fine, {len(catalogue.actors)} actors with {n_names} names.")


@app.command("show")
def show(
    file: Annotated[
        Path | None, typer.Argument(help="An actor file; left out, the shipped one.")
    ] = None,
) -> None:
    """Print the actors of a file: name, kind and all that names them, one a line.

    Example: stance actors show
    """
    from stance.actors.catalogue import load_catalogue

    for actor in load_catalogue(file or shipped_actors()).actors:
        others = "; ".join((*actor.aliases, *(f"{word} …" for word in actor.adjectives)))
        typer.echo(shown(f"{actor.name}\t{actor.kind}\t{others}"))
