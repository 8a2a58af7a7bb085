"""``stance classify`` over a large corpus: the options, the progress bar, and the call."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stance.storage import is_address

if TYPE_CHECKING:
    from stance.corpus_run import CorpusSettings
    from stance.manifest import Counts
    from stance.text.problems import Problem

# Bytes of input from which on a file is written by way of parts, so that nothing is lost.
LARGE = 50_000_000


class EngineName(StrEnum):
    """Where shards are coded."""

    joblib = "joblib"
    dask = "dask"


Jobs = Annotated[
    int | None,
    typer.Option("--jobs", metavar="N", help="Code in N processes; -1 for one a core."),
]
Keep = Annotated[
    bool,
    typer.Option("--keep", help="Pass the other columns of tables through (Parquet, JSON Lines)."),
]
Resume = Annotated[bool, typer.Option("--resume", help="Go on where an earlier run was stopped.")]
ChosenEngine = Annotated[
    EngineName | None,
    typer.Option("--engine", help="Code on this machine, or on a dask.distributed cluster."),
]
Scheduler = Annotated[
    str, typer.Option(metavar="ADDRESS", help="The dask scheduler, like tcp://10.0.0.1:8786.")
]
ShardsFolder = Annotated[
    str | None,
    typer.Option("--shards", metavar="DIR", help="Write one file a shard into this new folder."),
]
ShardSize = Annotated[
    int | None,
    typer.Option(min=1, metavar="N", help="Articles a shard, at most. [default: 20000]"),
]


@dataclass(frozen=True, slots=True)
class CorpusOptions:
    """The options that only a run over a corpus has."""

    jobs: int | None
    keep: bool
    resume: bool
    engine: EngineName | None
    scheduler: str
    shards: str | None
    shard_size: int | None

    @property
    def are_given(self) -> bool:
        """Whether any was given."""
        return bool(
            self.jobs is not None
            or self.keep
            or self.resume
            or self.engine
            or self.scheduler
            or self.shards
            or self.shard_size
        )


def is_large(paths: Sequence[str]) -> bool:
    """Whether a run is worth resuming: for files of so many bytes, and for all object stores."""
    return any(map(is_address, paths)) or sum(_sizes(paths)) >= LARGE


def _sizes(paths: Sequence[str]) -> Iterator[int]:
    for path in paths:
        if path == "-":
            continue
        if os.path.isdir(path):  # noqa: PTH112 - os.walk deals in strings
            for folder, _, files in os.walk(path):
                for file in files:
                    yield _size(f"{folder}/{file}")
        else:
            yield _size(path)


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size  # noqa: PTH116 - as above
    except OSError:
        return 0


def code_to_file(  # noqa: PLR0913 - one parameter an option
    paths: Sequence[str],
    output: str | None,
    *,
    model: str,
    settings: CorpusSettings,
    options: CorpusOptions,
    strict: bool,
    problems: Callable[[Problem], None],
) -> None:
    """Code the corpus to the file, or to the folder of shards."""
    from stance.corpus import code_corpus

    target = options.shards or output
    if target is None:
        message = "A corpus is coded to a file. Name it: -o coded.parquet."
        raise typer.BadParameter(message, param_hint="--output")
    if options.shards and output:
        message = "-o writes one file and --shards one a shard. Give one of the two."
        raise typer.BadParameter(message, param_hint="--shards")
    if (options.engine is EngineName.dask) != bool(options.scheduler):
        message = "--engine dask and --scheduler ADDRESS belong together. Give both or neither."
        raise typer.BadParameter(message, param_hint="--engine")
    if options.keep and settings.format == "csv":
        message = "CSV cannot keep columns. Write Parquet or JSON Lines: -o coded.parquet."
        raise typer.BadParameter(message, param_hint="--keep")
    try:
        with progress_bar() as bar:
            code_corpus(
                paths,
                target,
                model=model,
                settings=settings,
                jobs=options.jobs,
                scheduler=options.scheduler,
                resume=options.resume,
                strict=strict,
                problems=problems,
                progress=bar,
            )
    except KeyboardInterrupt:
        typer.echo("stance: finished parts are kept; go on with --resume.", err=True)
        raise


class _Bar:
    def __init__(self, progress: Any) -> None:  # noqa: ANN401 - rich's
        self._progress = progress
        self._task: Any = None

    def start(self, total: int | None) -> None:
        """Show the bar."""
        self._task = self._progress.add_task("coding", total=total, paragraphs=0)

    def advance(self, counts: Counts) -> None:
        """Move the bar on."""
        (task,) = (task for task in self._progress.tasks if task.id == self._task)
        paragraphs = task.fields["paragraphs"] + counts.paragraphs
        self._progress.update(self._task, advance=counts.articles, paragraphs=paragraphs)


@contextmanager
def progress_bar() -> Iterator[_Bar]:
    """A bar on standard error with rate and time left; nothing where that is no terminal."""
    from rich import progress
    from rich.console import Console

    console = Console(stderr=True)
    columns = (
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.TextColumn("{task.completed:,.0f} articles"),
        progress.TextColumn("{task.fields[paragraphs]:,} paragraphs"),
        _rate_column(),
        progress.TimeRemainingColumn(),
    )
    # The rate is that of the last minutes: parts come seldom, and a resumed run leaps at first.
    with progress.Progress(
        *columns,
        console=console,
        transient=True,
        disable=not console.is_terminal,
        speed_estimate_period=300,
    ) as shown:
        yield _Bar(shown)


def _rate_column() -> Any:  # noqa: ANN401 - rich's
    from rich.progress import ProgressColumn, Task
    from rich.text import Text

    class Rate(ProgressColumn):
        """Articles a second."""

        def render(self, task: Task) -> Text:
            return Text(f"{task.speed:,.0f}/s" if task.speed else "")

    return Rate()
