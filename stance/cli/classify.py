"""``stance classify``: articles in, coded paragraphs out."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from stance.cli.actor_files import ActorFiles, OnlyActorFiles, with_actors
from stance.cli.corpus import (
    ChosenEngine,
    CorpusOptions,
    Jobs,
    Keep,
    Resume,
    Scheduler,
    ShardsFolder,
    ShardSize,
    code_to_file,
    is_large,
)
from stance.cli.inputs import (
    DateColumn,
    IdColumn,
    LanguageColumn,
    OutletColumn,
    Output,
    Strict,
    TextColumn,
    TitleColumn,
    UrlColumn,
)
from stance.cli.outputs import by_ending, text_output
from stance.cli.problems import Problems
from stance.storage import location, whole_file

if TYPE_CHECKING:
    from stance.corpus_shards import Format
    from stance.model import Model
    from stance.records import Coding


class OutputFormat(StrEnum):
    """How codings are written."""

    table = "table"
    jsonl = "jsonl"
    csv = "csv"
    parquet = "parquet"
    html = "html"


# The formats that a corpus can be coded to in parts.
CORPUS_FORMATS: dict[OutputFormat, Format] = {
    OutputFormat.parquet: "parquet",
    OutputFormat.jsonl: "jsonl",
    OutputFormat.csv: "csv",
}


def classify(  # noqa: PLR0913 - one parameter an option
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH...",
            help="Files (.txt .md .html .jsonl .json .csv .tsv .parquet, also .gz and .zst), "
            "folders, addresses like s3://bucket/key, or - for standard input (text, a web page, "
            "JSON Lines or JSON).",
        ),
    ],
    *,
    model: Annotated[
        str, typer.Option(help="A model folder, or the name of a shipped model.")
    ] = "conflict-news",
    output_format: Annotated[
        OutputFormat | None,
        typer.Option(
            "--format",
            help="How to write. Left out: by the ending of -o, else table on a terminal and "
            "jsonl elsewhere.",
        ),
    ] = None,
    output: Output = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say which words decided, and by how much.")
    ] = False,
    abstain: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=1,
            metavar="P",
            help='Say "cannot say" where the probability of being right is below P.',
        ),
    ] = None,
    topic: Annotated[
        str,
        typer.Option(help="The issue that the texts take a stance on, for a model by topic."),
    ] = "",
    actors: ActorFiles = None,
    only_actors: OnlyActorFiles = None,
    strict: Strict = False,
    text_column: TextColumn = "",
    id_column: IdColumn = "",
    title_column: TitleColumn = "",
    outlet_column: OutletColumn = "",
    date_column: DateColumn = "",
    language_column: LanguageColumn = "",
    url_column: UrlColumn = "",
    jobs: Jobs = None,
    keep: Keep = False,
    resume: Resume = False,
    engine: ChosenEngine = None,
    scheduler: Scheduler = "",
    shards: ShardsFolder = None,
    shard_size: ShardSize = None,
) -> None:
    """Code articles paragraph by paragraph: topics, frames and stance, with probabilities.

    Example: stance classify seeds/ --format jsonl --explain -o coded.jsonl
    """
    from stance.model import load_model
    from stance.text.files import refuse_overwriting
    from stance.text.reading import Columns

    columns = Columns(
        text=text_column,
        id=id_column,
        title=title_column,
        outlet=outlet_column,
        published=date_column,
        language=language_column,
        url=url_column,
    )
    options = CorpusOptions(
        jobs=jobs,
        keep=keep,
        resume=resume,
        engine=engine,
        scheduler=scheduler,
        shards=shards,
        shard_size=shard_size,
    )
    shard_format = OutputFormat.parquet if shards else None
    chosen = output_format or shard_format or _default_format(output)
    is_corpus = options.are_given or (
        output is not None and chosen in CORPUS_FORMATS and "-" not in paths and is_large(paths)
    )
    if chosen is OutputFormat.parquet and output is None and shards is None:
        message = "Parquet is binary. Name a file to write: -o coded.parquet."
        raise typer.BadParameter(message, param_hint="--format")
    if output is not None:
        refuse_overwriting(location(output), [*paths, *(actors or only_actors or ())])
    loaded = with_actors(load_model(model), actors, only_actors)
    problems = Problems()
    if is_corpus:
        if chosen not in CORPUS_FORMATS:
            message = (
                f"A corpus is not coded as {chosen}. Choose from: {', '.join(CORPUS_FORMATS)}."
            )
            raise typer.BadParameter(message, param_hint="--format")
        from stance.corpus_run import SHARD_ARTICLES, CorpusSettings

        settings = CorpusSettings(
            explain=explain,
            abstain=abstain,
            topic=topic,
            actors=loaded.actors if actors or only_actors else None,
            columns=columns,
            keep=keep,
            format=CORPUS_FORMATS[chosen],
            shards=shards is not None,
            shard_articles=shard_size or SHARD_ARTICLES,
        )
        code_to_file(
            paths,
            output,
            model=model,
            settings=settings,
            options=options,
            strict=strict,
            problems=problems,
        )
        problems.finish()
        return
    from stance.text.reading import read_articles

    articles = read_articles(paths, columns=columns, problems=problems, strict=strict)
    if chosen is OutputFormat.parquet and output is not None and not explain:
        from stance.output.batches import write_batches

        with whole_file(output) as scratch:
            batches = loaded.code_batches(articles, abstain=abstain, topic=topic)
            write_batches(batches, loaded.codebook, scratch)
    else:
        with_evidence = explain or chosen is OutputFormat.html
        codings = loaded.classify_many(
            articles, explain=with_evidence, abstain=abstain, topic=topic
        )
        write(codings, loaded, chosen, output, evidence=explain)
    problems.finish()


def _default_format(output: str | None) -> OutputFormat:
    if output is None:
        is_read_by_a_person = sys.stdout is not None and sys.stdout.isatty()
        return OutputFormat.table if is_read_by_a_person else OutputFormat.jsonl
    known = {
        ".jsonl": OutputFormat.jsonl,
        ".ndjson": OutputFormat.jsonl,
        ".csv": OutputFormat.csv,
        ".parquet": OutputFormat.parquet,
        ".html": OutputFormat.html,
        ".htm": OutputFormat.html,
        ".txt": OutputFormat.table,
    }
    return by_ending(output, known)


def write(
    codings: Iterable[Coding],
    model: Model,
    chosen: OutputFormat,
    output: str | None,
    *,
    evidence: bool,
) -> None:
    """Write the codings in the chosen format, to the file or to standard output."""
    if chosen is OutputFormat.parquet and output is not None:
        from stance.output.tables import write_parquet

        with whole_file(output) as scratch:
            write_parquet(codings, model.codebook, scratch, evidence=evidence)
        return
    with text_output(output) as out:
        _write_text(codings, model, chosen, out, evidence=evidence)


def _write_text(
    codings: Iterable[Coding],
    model: Model,
    chosen: OutputFormat,
    out: TextIO,
    *,
    evidence: bool,
) -> None:
    if chosen is OutputFormat.jsonl:
        from stance.output.records import json_line

        out.writelines(f"{json_line(coding)}\n" for coding in codings)
    elif chosen is OutputFormat.csv:
        from stance.output.tables import write_csv

        write_csv(codings, model.codebook, out, evidence=evidence)
    elif chosen is OutputFormat.html:
        from stance.output.page import render_page

        out.write(render_page(codings, model))
    else:
        from rich.console import Console

        from stance.output.terminal import print_codings

        width = None if out.isatty() else 120
        print_codings(codings, Console(file=out, width=width))
