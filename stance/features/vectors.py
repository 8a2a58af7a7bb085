"""Text vectors on disk, by the content of the text, so that none is computed twice.

One SQLite file, safe for several processes, bounded in size; an interrupted run goes on where it
stopped. Nothing but numbers is in it: texts are known by their SHA-256.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt

from stance.features.encoder import READING, Encoder

# The file grows to at most so many vectors (about 2 GB of 2,304 half-precision numbers).
MAX_VECTORS = 400_000

# Vectors computed between two writes: what an interruption may lose.
_CHUNK = 256

# Is told how many of the vectors that are missing are computed, and how many are missing.
Progress = Callable[[int, int], None]


def unwatched(_done: int, _total: int) -> None:
    """Progress that nobody watches."""


def cache_folder() -> Path:
    """Where vectors are kept: ``STANCE_CACHE``, else the user's cache folder."""
    named = os.environ.get("STANCE_CACHE")
    if named:
        return Path(named)
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    return (Path(base) if base else Path.home() / ".cache") / "stance"


def cached_vectors(
    encoder: Encoder,
    texts: Sequence[str],
    *,
    progress: Progress = unwatched,
) -> npt.NDArray[np.float32]:
    """The encoder's vectors of texts, from the cache where they are there.

    A cache that cannot be used (no space, no permission, damaged) is done without.

    Returns
    -------
    float32 of shape (n_texts, width).
    """
    keys = [_key(encoder, text) for text in texts]
    found: dict[bytes, npt.NDArray[np.float32]] = {}
    with _opened() as cache:
        if cache is not None:
            found = dict(_stored(cache, keys, encoder.width))
        missing = {k: text for k, text in zip(keys, texts, strict=True) if k not in found}
        waiting = list(missing.items())
        for start in range(0, len(waiting), _CHUNK):
            chunk = waiting[start : start + _CHUNK]
            vectors = encoder.vectors([text for _, text in chunk])
            new = {key: vector for (key, _), vector in zip(chunk, vectors, strict=True)}
            if cache is not None:
                _store(cache, new)
            found.update(new)
            progress(start + len(chunk), len(waiting))
    if not texts:
        return np.zeros((0, encoder.width), dtype=np.float32)
    return np.stack([found[key] for key in keys])


def _key(encoder: Encoder, text: str) -> bytes:
    content = text.encode("utf-8", "surrogatepass")
    known = f"{encoder.fingerprint}{READING}"
    return hashlib.sha256(known.encode() + b"\0" + content).digest()


@contextmanager
def _opened() -> Iterator[sqlite3.Connection | None]:
    """The cache, or None where it cannot be used."""
    try:
        path = cache_folder() / "vectors.sqlite"
        path.parent.mkdir(parents=True, exist_ok=True)
        cache = sqlite3.connect(path, timeout=30)
    # Without a home there is no cache folder either.
    except (OSError, RuntimeError, sqlite3.Error):
        yield None
        return
    with closing(cache):
        yield cache if _has_table(cache) else None


def _has_table(cache: sqlite3.Connection) -> bool:
    """Whether the cache has its table now: a file that is no database, or is read-only, has not."""
    try:
        cache.execute("CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB)")
    except sqlite3.Error:
        return False
    return True


def _stored(
    cache: sqlite3.Connection, keys: Sequence[bytes], width: int
) -> Iterator[tuple[bytes, npt.NDArray[np.float32]]]:
    for key in dict.fromkeys(keys):
        try:
            row = cache.execute("SELECT vector FROM vectors WHERE key = ?", (key,)).fetchone()
        except sqlite3.Error:
            return
        # A vector of another length was cut short when it was written; it is computed again.
        if row and len(row[0]) == 2 * width:
            yield key, np.frombuffer(row[0], dtype=np.float16).astype(np.float32)


def _store(cache: sqlite3.Connection, new: dict[bytes, npt.NDArray[np.float32]]) -> None:
    rows = [(key, vector.astype(np.float16).tobytes()) for key, vector in new.items()]
    try:
        with cache:
            cache.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)
            (n_vectors,) = cache.execute("SELECT count(*) FROM vectors").fetchone()
            if n_vectors > MAX_VECTORS:
                oldest = "SELECT rowid FROM vectors ORDER BY rowid LIMIT ?"
                surplus = n_vectors - MAX_VECTORS
                cache.execute(f"DELETE FROM vectors WHERE rowid IN ({oldest})", (surplus,))  # noqa: S608 - no text of the user's in it
    except sqlite3.Error:
        # Disk full, or another process holds the file for long: the vectors are still in memory.
        return
