"""Where shards are coded: in this process and its neighbours (joblib), or on a cluster (dask).

Parts come back in the order in which they are finished. Few shards are under way at any time, so
that memory does not grow with the corpus.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib import import_module
from typing import Any, TypeAlias

from stance.corpus_shards import Shard, ShardCoder
from stance.errors import MissingExtraError, SettingsError, StanceError
from stance.manifest import Receipt

Part: TypeAlias = tuple[bytes, Receipt]
Engine: TypeAlias = Callable[[ShardCoder, Iterable[Shard]], Iterator[Part]]

# Shards that a worker has ahead of it, so that it never waits.
SHARDS_A_WORKER = 2


# Seconds between two looks whether the parent of a worker process still runs.
PARENT_CHECK = 1.0

# Seconds that a scheduler may take to answer; a busy one takes some.
ANSWER = 10

# Seconds that a cluster may take to bring up its first worker.
WAIT = 60

LOST = (
    "The cluster lost a shard, perhaps because workers ran out of memory. Finished parts are kept: "
    "run the command again with --resume."
)


class WorkersLostError(StanceError):
    """The workers died before they were done; what they had finished is kept."""


def with_joblib(jobs: int | None) -> Engine:
    """Code in ``jobs`` processes of this machine.

    Parameters
    ----------
    jobs
        Processes; -1 for one a core. None leaves the number, and the back end, to
        ``joblib.parallel_config``; without one, all is done in this process.

    Raises
    ------
    SettingsError
        If ``jobs`` is 0.
    """
    if jobs == 0:
        message = "jobs is 0, and nobody would do the work. Give a number of processes, or -1."
        raise SettingsError(message)

    def run(coder: ShardCoder, shards: Iterable[Shard]) -> Iterator[Part]:
        from joblib import Parallel, delayed
        from joblib.externals.loky.process_executor import TerminatedWorkerError

        parallel = Parallel(
            n_jobs=jobs,
            return_as="generator_unordered",
            pre_dispatch=f"{SHARDS_A_WORKER} * n_jobs",
            batch_size=1,
        )
        source = _Held(shards)
        try:
            parent = os.getpid()
            yield from parallel(delayed(_code)(coder, shard, parent) for shard in source)
        except TerminatedWorkerError as error:
            message = (
                "A worker process died, perhaps because memory ran out. Finished parts are kept: "
                "run the command again with --resume, and fewer --jobs."
            )
            raise WorkersLostError(message) from error
        source.raise_error()

    return run


def _code(coder: ShardCoder, shard: Shard, parent: int) -> Part:
    """Code a shard, in a process that ends with the one that started it."""
    # Not what the system calls the parent now: that one may be gone before the first shard comes.
    starter = multiprocessing.parent_process()
    if starter is not None and starter.pid == parent:
        _end_with(parent)
    return coder(shard)


@cache
def _end_with(parent: int) -> None:
    """End this process soon after its parent, which may be killed without a word."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(PARENT_CHECK)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def with_dask(scheduler: str) -> Engine:
    """Code on the workers of a dask.distributed cluster.

    Parameters
    ----------
    scheduler
        The scheduler's address, like ``tcp://10.0.0.1:8786``.

    Raises
    ------
    MissingExtraError
        If dask.distributed is not installed.
    WorkersLostError
        If no scheduler answers at the address, before anything is written.
    """
    try:
        distributed: Any = import_module("distributed")
    except ImportError as error:
        message = (
            "dask.distributed is not installed, and --engine dask needs it. Run: "
            'pip install "stance[dask]"'
        )
        raise MissingExtraError(message) from error
    _greet(scheduler)

    def run(coder: ShardCoder, shards: Iterable[Shard]) -> Iterator[Part]:
        try:
            client: Any = distributed.Client(scheduler, timeout=ANSWER, set_as_default=False)
        except OSError as error:
            raise _no_scheduler(scheduler, error) from error
        with client:
            try:
                client.wait_for_workers(1, timeout=WAIT)
            except TimeoutError as error:
                message = (
                    f"The dask scheduler at {scheduler} has no workers after {WAIT} seconds. Start "
                    f"some: dask worker {scheduler}"
                )
                raise WorkersLostError(message) from error
            n_threads = sum(client.nthreads().values())
            source = iter(shards)
            running: Any = distributed.as_completed(loop=client.loop, with_results=True)
            # A shard goes as part of its task, so that the scheduler can give it to another
            # worker when one dies.
            for shard in _first(source, SHARDS_A_WORKER * n_threads):
                running.add(client.submit(coder, shard, pure=False))
            try:
                for future, part in running:
                    yield _finished(part)
                    future.release()
                    for shard in _first(source, 1):
                        running.add(client.submit(coder, shard, pure=False))
            except (distributed.KilledWorker, OSError) as error:
                raise WorkersLostError(LOST) from error

    return run


def _greet(scheduler: str) -> None:
    """Shake hands with a scheduler.

    A client that finds none takes 20 seconds to end, with a traceback of its own; and it waits for
    ever where something else listens.
    """
    core: Any = import_module("distributed.comm")
    security: Any = import_module("distributed.security")

    async def greet() -> None:
        secrets = security.Security().get_connection_args("client")
        comm = await core.connect(scheduler, timeout=ANSWER, **secrets)
        comm.abort()

    async def greet_soon() -> None:
        await asyncio.wait_for(greet(), ANSWER)

    try:
        # In a thread of its own: a notebook's has a loop already.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, greet_soon()).result()
    except Exception as error:  # what a stranger at this address says may fail in any way
        raise _no_scheduler(scheduler, error) from error


def _no_scheduler(address: str, error: Exception) -> WorkersLostError:
    reason = str(error).partition("\n")[0].rstrip(".") or f"no answer within {ANSWER} seconds"
    message = (
        f"There is no dask scheduler at {address} ({reason}). Start one, or check the address."
    )
    return WorkersLostError(message)


def _finished(part: Part | BaseException) -> Part:
    """What a worker made of a shard; an error where it is an error."""
    if isinstance(part, StanceError):
        raise part
    if isinstance(part, BaseException):
        raise WorkersLostError(LOST) from part
    return part


def _first(source: Iterator[Shard], n: int) -> Iterator[Shard]:
    for _, shard in zip(range(n), source, strict=False):
        yield shard


class _Held:
    """Shards, ending at an error, which is held back.

    joblib takes shards from threads of its own, where an error would be lost.
    """

    def __init__(self, shards: Iterable[Shard]) -> None:
        self._shards = shards
        self._error: Exception | None = None

    def __iter__(self) -> Iterator[Shard]:
        try:
            yield from self._shards
        except Exception as error:  # noqa: BLE001 - raised again, in the thread that can tell
            self._error = error

    def raise_error(self) -> None:
        """Raise the error that ended the shards, if one did."""
        if self._error is not None:
            raise self._error
