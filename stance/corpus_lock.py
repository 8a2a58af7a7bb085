"""A lock file beside an output, so that two runs never write it at the same time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stance.errors import InputError
from stance.storage import Disk, Location


@contextmanager
def locked(place: Location) -> Iterator[None]:
    """Hold a lock file for as long as the block runs, if it lies on a disk; stores know no locks.

    The operating system lets go of the lock when its holder ends, however it ends: a file that a
    killed process left behind locks nobody out.

    Raises
    ------
    InputError
        If another process holds it.
    """
    if not isinstance(place, Disk):
        yield
        return
    path = place.path
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            _lock(file)
        except OSError as error:
            holder = os.pread(file, 20, 0).decode("ascii", "replace") if os.name != "nt" else ""
            os.close(file)
            who = f"process {holder}" if holder else "another process"
            message = (
                f"{path}: {who} is writing this output. Wait until it ends, or write to another."
            )
            raise InputError(message) from error
        if _is_at(file, path):
            break
        # Its last holder has just deleted it: a lock on it would keep nobody out.
        os.close(file)
    try:
        os.truncate(file, 0)
        os.write(file, str(os.getpid()).encode())
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(file)


def _is_at(file: int, path: Path) -> bool:
    try:
        found = path.stat()
    except FileNotFoundError:
        return False
    return (found.st_dev, found.st_ino) == (os.fstat(file).st_dev, os.fstat(file).st_ino)


def _lock(file: int) -> None:
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
    else:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
