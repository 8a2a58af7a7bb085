"""Texts as one UTF-8 buffer with offsets, as Arrow lays them out, and memory for the loops."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Offsets: TypeAlias = npt.NDArray[np.int32] | npt.NDArray[np.int64]

# Bytes: rows start where a memory page of this size does, so that few address look-ups cover them.
_HUGE_PAGE = 2 << 20
_CACHE_LINE = 64


def text_buffer(
    texts: Sequence[str] | pa.Array,
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Texts as one UTF-8 buffer with offsets; a missing text is empty, a lone surrogate is "?"."""
    try:
        array = texts if isinstance(texts, pa.Array) else pa.array(texts, pa.large_string())
    except UnicodeEncodeError:
        whole = [text.encode("utf-8", "replace") for text in texts]
        array = pa.array(whole, pa.large_binary())
    if array.null_count:
        array = array.fill_null("")
    kind = pa.large_binary() if pa.types.is_large_binary(array.type) else pa.large_string()
    whole = array.cast(kind)
    _, ends, data = whole.buffers()
    offsets = np.frombuffer(ends, np.int64) if ends else np.zeros(1, np.int64)
    content = np.frombuffer(data, np.uint8) if data else np.empty(0, np.uint8)
    return content, offsets[whole.offset : whole.offset + len(whole) + 1]


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
