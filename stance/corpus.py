"""A whole corpus coded to one file, or to one a shard, so that an interruption loses nothing.

>>> from stance.corpus import CorpusSettings, code_corpus  # doctest: +SKIP
>>> code_corpus(["news.parquet"], "coded.parquet", jobs=4, resume=True)  # doctest: +SKIP

The corpus is cut into shards, always in the same places. A shard is coded to a part in a folder
beside the output; when all are there, they are joined. Two runs with the same inputs, model and
settings write the same bytes, whatever the number of workers and however often they were stopped.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePath
from typing import get_args

from stance.corpus_engines import with_dask, with_joblib
from stance.corpus_inputs import CorpusInput
from stance.corpus_lock import locked
from stance.corpus_run import CorpusSettings, Progress, Run
from stance.corpus_shards import Format
from stance.errors import InputError, SettingsError, nearest
from stance.manifest import Counts
from stance.model import DEFAULT_MODEL
from stance.storage import Location, location
from stance.text.files import Paths
from stance.text.problems import Problem

__all__ = ["CorpusSettings", "Counts", "Progress", "code_corpus"]

DEFAULT_SETTINGS = CorpusSettings()

# What the ending of an output tells; all others are Parquet, and so are shards.
_ENDINGS: dict[str, Format] = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv"}


def code_corpus(  # noqa: PLR0913 - where from, where to, how, and where
    paths: Paths,
    output: str | Path,
    *,
    model: str | Path = DEFAULT_MODEL,
    settings: CorpusSettings = DEFAULT_SETTINGS,
    jobs: int | None = None,
    scheduler: str = "",
    resume: bool = False,
    strict: bool = False,
    problems: Callable[[Problem], None] | None = None,
    progress: Progress | None = None,
) -> Counts:
    """Code a corpus of any size to a file, through parts that outlive an interruption.

    Parameters
    ----------
    paths
        One, or several as for `stance.text.reading.read_articles`, without standard input.
    output
        The file to write, or with ``settings.shards`` the folder. The manifest appears beside
        it, as ``OUTPUT.manifest.json``.
    model
        A shipped model's name, or a folder.
    jobs
        Processes; None leaves this to ``joblib.parallel_config``.
    scheduler
        Address of a dask.distributed scheduler that codes instead of joblib.
    resume
        Whether to go on where an earlier run was stopped.
    strict
        Raise at the first file or row that cannot be read.
    problems
        Is told of all that could not be read, in order, after the coding.
    progress
        Is told how far the run is.

    Returns
    -------
    How much the output holds.

    Raises
    ------
    InputError
        If the output is being written by another process; if an earlier run was stopped and
        ``resume`` is not asked for, or was another run; if the disk is full.
    SettingsError
        If there is no such format, or it cannot keep columns.
    MissingExtraError
        If a scheduler is given and dask.distributed is not installed.
    """
    engine = with_dask(scheduler) if scheduler else with_joblib(jobs)
    several = [paths] if isinstance(paths, (str, Path)) else paths
    corpus = CorpusInput(tuple(map(str, several)), settings.columns, keep=settings.keep)
    place = location(output)
    run = Run(place, settings, corpus, format=_format(settings, place), strict=strict)
    try:
        run.output.parent.make_folder()
        with locked(run.beside("lock")):
            return run.finish(model, engine, resume=resume, problems=problems, progress=progress)
    except OSError as error:
        message = (
            f"{run.output.name}: cannot be written ({error.strerror or error}). Finished parts are "
            "kept: make room, check permissions, and run again with --resume."
        )
        raise InputError(message) from error


def _format(settings: CorpusSettings, output: Location) -> Format:
    """The format that is set, or that the output's ending tells."""
    told = "" if settings.shards else PurePath(output.base).suffix.lower()
    found = settings.format or _ENDINGS.get(told, "parquet")
    if found not in get_args(Format):
        message = f'The format "{found}" is not known. {nearest(found, get_args(Format))}'
        raise SettingsError(message)
    if found == "csv" and settings.keep:
        message = "CSV cannot keep columns. Write Parquet or JSON Lines."
        raise SettingsError(message)
    return found
