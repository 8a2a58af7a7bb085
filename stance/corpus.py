"""A whole corpus coded to one file, or to one a shard, so that an interruption loses nothing.

>>> from stance.corpus import CorpusSettings, code_corpus  # doctest: +SKIP
>>> code_corpus(["news.parquet"], "coded.parquet", jobs=4, resume=True)  # doctest: +SKIP

The corpus is cut into shards, always in the same places. A shard is coded to a part in a folder
beside the output; when all are there, they are joined. Two runs with the same inputs, model and
settings write the same bytes, whatever the number of workers and however often they were stopped.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from stance.corpus_engines import with_dask, with_joblib
from stance.corpus_inputs import CorpusInput
from stance.corpus_lock import locked
from stance.corpus_run import CorpusSettings, Progress, Run
from stance.errors import InputError
from stance.manifest import Counts
from stance.model import DEFAULT_MODEL
from stance.storage import location
from stance.text.files import Paths
from stance.text.problems import Problem

__all__ = ["CorpusSettings", "Counts", "Progress", "code_corpus"]

DEFAULT_SETTINGS = CorpusSettings()


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
    MissingExtraError
        If a scheduler is given and dask.distributed is not installed.
    """
    engine = with_dask(scheduler) if scheduler else with_joblib(jobs)
    several = [paths] if isinstance(paths, (str, Path)) else paths
    corpus = CorpusInput(tuple(map(str, several)), settings.columns, keep=settings.keep)
    run = Run(location(output), settings, corpus, strict=strict)
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
