"""Compression undone, and of damaged data all that comes out before the damage.

The decompressors give nothing of what they were asked for where they meet damage on the way, so
that a table of a few hundred rows would be lost with its last byte. Here the rows come first, and
the error where it stands.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

GZIP = b"\x1f\x8b"
ZSTD = b"\x28\xb5\x2f\xfd"

# Bytes that are decompressed at once: damage loses the good ones that are in the same piece.
PIECE = 4096
# The checksum at the end of zstd data: read apart, it loses nothing where it is wrong.
ZSTD_CHECKSUM = 4
# No byte of UTF-8, which tables are in.
NO_TEXT = b"\xff"


def decompressed(raw: io.BufferedReader) -> io.BufferedReader:
    """The bytes with gzip or zstd compression undone, as the first of them tell."""
    start = raw.peek(len(ZSTD))
    if start.startswith(GZIP):
        stream: io.RawIOBase = _Gzip(raw)
    elif start.startswith(ZSTD):
        stream = _Zstd(raw)
    else:
        return raw
    return io.BufferedReader(stream, io.DEFAULT_BUFFER_SIZE * 16)


class _Gzip(io.RawIOBase):
    def __init__(self, raw: io.BufferedReader) -> None:
        import gzip

        self._file = gzip.GzipFile(fileobj=raw)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer)
        # `read` would go on until it has all, and lose that in an error.
        found = self._file.read1(len(view))
        view[: len(found)] = found
        return len(found)


class _Zstd(io.RawIOBase):
    def __init__(self, raw: io.BufferedReader) -> None:
        import pyarrow as pa

        self._file = pa.input_stream(_Pieces(raw), compression="zstd")
        self._error: OSError | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        if self._error is not None:
            raise self._error
        view = memoryview(buffer)
        # Arrow does not say how much it has written before an error: what is left of this does.
        view[:] = NO_TEXT * len(view)
        try:
            return int(self._file.readinto(view))
        except OSError as error:
            self._error = error
            n_written = len(bytes(view).rstrip(NO_TEXT))
            if not n_written:
                raise
            return n_written


class _Pieces(io.RawIOBase):
    """Compressed bytes in small pieces, the last few one by one."""

    def __init__(self, raw: io.BufferedReader) -> None:
        self._raw = raw

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> Any:  # noqa: ANN401 - bytes, which newer stubs widen
        n_there = len(self._raw.peek(1)) - ZSTD_CHECKSUM
        return self._raw.read1(max(1, min(n_there, size if size >= 0 else PIECE, PIECE)))
