"""Texts as one UTF-8 buffer with offsets, as Arrow lays them out, and memory for the loops."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Offsets: TypeAlias = npt.NDArray[np.int32] | npt.NDArray[np.int64]

# Arrow's types of texts laid out so, with the type of their offsets; others are made one of them.
_OFFSETS = {
    pa.string(): np.int32,
    pa.binary(): np.int32,
    pa.large_string(): np.int64,
    pa.large_binary(): np.int64,
}

# Bytes: rows start where a memory page of this size does, so that few address look-ups cover them.
_HUGE_PAGE = 2 << 20
_CACHE_LINE = 64


def text_buffer(
    texts: Sequence[str] | pa.Array,
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Texts as one UTF-8 buffer with offsets; a missing text is empty, a lone surrogate is "?"."""
    if isinstance(texts, pa.Array):
        return _arrow_buffer(texts)
    # `pyarrow.array` would import pandas, where it is installed, in a fifth of a second.
    builder = pa.lib.StringBuilder()
    try:
        builder.append_values(texts)
    except (UnicodeEncodeError, pa.ArrowException):
        # A lone surrogate, or more than Arrow's builder takes.
        encoded = [text.encode("utf-8", "replace") for text in texts]
        offsets = np.cumsum([0, *map(len, encoded)], dtype=np.int64)
        return np.frombuffer(b"".join(encoded), dtype=np.uint8), offsets
    return _arrow_buffer(builder.finish())


def _arrow_buffer(
    array: pa.Array,
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    if array.null_count:
        array = array.fill_null("")
    if array.type not in _OFFSETS:
        array = array.cast(pa.large_string())
    _, ends, data = array.buffers()
    kind = _OFFSETS[array.type]
    offsets = np.frombuffer(ends, kind) if ends else np.zeros(1, kind)
    content = np.frombuffer(data, np.uint8) if data else np.empty(0, np.uint8)
    return content, offsets[array.offset : array.offset + len(array) + 1].astype(np.int64)


def check_offsets(data: npt.NDArray[np.uint8], offsets: Offsets) -> npt.NDArray[np.int64]:
    """The offsets as int64, which the compiled loops trust.

    Raises
    ------
    ValueError
        If they decrease or leave the data.
    """
    checked = np.ascontiguousarray(offsets, dtype=np.int64)
    is_inside = len(checked) > 0 and checked[0] >= 0 and checked[-1] <= len(data)
    if not is_inside or (np.diff(checked) < 0).any():
        message = (
            f"Found offsets that do not divide {len(data)} bytes into texts. "
            "Give increasing offsets from 0 to the number of bytes, one more than there are texts."
        )
        raise ValueError(message)
    return checked


def pieces_of(offsets: npt.NDArray[np.int64], n_pieces: int) -> list[slice]:
    """At most so many runs of texts, at least one, with about the same number of bytes each."""
    n_texts = len(offsets) - 1
    aims = np.linspace(offsets[0], offsets[-1], n_pieces + 1)[1:-1]
    inner = np.minimum(np.searchsorted(offsets, aims), n_texts)
    bounds = np.unique(np.concatenate([[0], inner, [n_texts]])).tolist()
    return [slice(a, b) for a, b in pairwise(bounds)] or [slice(0, 0)]


def page_aligned(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """A copy that begins at a huge page's start, or at a cache line's where it is small."""
    boundary = _HUGE_PAGE if array.nbytes >= _HUGE_PAGE else _CACHE_LINE
    room = np.empty(array.nbytes + 2 * boundary, dtype=np.uint8)
    first = -room.ctypes.data % boundary
    copy = room[first : first + array.nbytes].view(array.dtype).reshape(array.shape)
    copy[:] = array
    return copy
