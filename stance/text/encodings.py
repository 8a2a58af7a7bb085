"""Bytes to text: byte order marks first, then UTF-8, then a guess.

Bytes that are valid UTF-8 are UTF-8, because no other encoding makes longer valid UTF-8 by
accident. What is UTF-8 in part is broken, and said to be. The rest is guessed among the encodings
that news is kept in (`stance.text.guessing`).
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain, islice

from stance.text.files import LARGEST_ARTICLE, empty
from stance.text.guessing import ASCII, SAMPLE, guess, is_one_byte
from stance.text.problems import Unreadable

# Longest first: the mark of UTF-32 begins with that of UTF-16.
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

# What share of the bytes that are not ASCII may be broken in UTF-8 that was damaged. Texts in other
# encodings read as UTF-8 have more: Thai and Japanese half, Western ones nearly all.
MOST_BROKEN = 0.2
# A line with this many characters beyond ASCII that is valid UTF-8 is so by no accident.
SURE = 4
# What Python calls a character whose last bytes are missing at the end of all.
CUT = ("unexpected end of data", "incomplete multibyte sequence")

# Lines that are read ahead for a guess in a table.
SAMPLE_LINES = 2_000

# Control characters are rare in text; a few are left by bad conversions and do no harm.
CONTROLS = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
MOST_CONTROLS = 0.02

MAGIC = (
    (b"%PDF-", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive or an Office document"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"),
    (b"{\\rtf", "a Rich Text document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"PAR1", "a Parquet table"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"SQLite format 3", "a database"),
)


# Bytes that stand for nothing in an encoding of a byte a character, as surrogates escape them, and
# the characters that Latin-1 and, for Windows-1252, browsers make of them.
UNUSED = {0xDC00 + byte: byte for byte in range(0x80, 0x100)}


class BrokenText(Unreadable):
    """Text of more than a byte a character that was cut short or damaged, or is in two encodings.

    ``encoding`` is that of most of it.
    """

    def __init__(self, found: str, remedy: str, encoding: str) -> None:
        super().__init__(found, remedy)
        self.encoding = encoding


def decode(data: bytes) -> str:
    """The text that the bytes stand for, without a byte order mark, line ends as they are.

    Raises
    ------
    Unreadable
        If the bytes are no text, or text in no encoding that we know (`BrokenText`: in part).
    """
    refuse_known_binary(data)
    encoding = marked_encoding(data)
    if encoding:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError as error:
            found = f"it is marked as {encoding.upper()} but breaks off at byte {error.start:,}"
            raise Unreadable(found, "Save it as UTF-8.") from error
    else:
        try:
            text = data.decode()
        except UnicodeDecodeError as error:
            if b"\0" in data[:SAMPLE]:
                raise binary() from None
            is_cut = error.reason in CUT and not data[: error.start].isascii()
            if is_cut or is_mostly_utf8(data):
                raise _broken(data, error, "utf-8") from error
            encoding = guess(data)
            if is_one_byte(encoding) and any(map(is_surely_utf8, data.splitlines())):
                raise _broken(data, error, "utf-8") from error
            text = _decode_guessed(data, encoding)
    if is_binary(text):
        raise binary()
    return text


def is_mostly_utf8(data: bytes) -> bool:
    """Whether nearly all that is not ASCII is valid UTF-8."""
    n_broken = len(data) - len(data.decode("utf-8", "ignore").encode())
    return n_broken <= MOST_BROKEN * len(data.translate(None, ASCII))


def is_surely_utf8(line: bytes) -> bool:
    """Whether a line is valid UTF-8, and with more characters beyond ASCII than by accident."""
    if line.isascii():
        return False
    try:
        return sum(not character.isascii() for character in line.decode()) >= SURE
    except UnicodeDecodeError:
        return False


def _broken(data: bytes, error: UnicodeDecodeError, encoding: str) -> BrokenText:
    line = data.count(b"\n", 0, error.start) + 1
    place = f"byte {error.start:,} (line {line:,})"
    if error.reason in CUT:
        found = f"it breaks off in the middle of a character, at {place}"
        remedy = "Copy the file again, or delete what is left of the character."
    else:
        found = f"parts of it are {encoding.upper()}, but not {place}"
        remedy = "Copy the file again, or save all of it as UTF-8."
    return BrokenText(found, remedy, encoding)


def marked_encoding(data: bytes) -> str:
    """The encoding that a byte order mark, or UTF-16 without one, shows; empty if none does."""
    for mark, encoding in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return encoding
    # UTF-16 text in a Latin script has a zero in nearly every second byte, and only there.
    sample = data[:1000]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    few, many = len(sample) // 50, len(sample) // 3
    if odd > many and even <= few:
        return "utf-16-le"
    if even > many and odd <= few:
        return "utf-16-be"
    return ""


def is_binary(text: str) -> bool:
    """Whether the start of the text has more control characters than text has."""
    sample = text[:SAMPLE]
    return len(CONTROLS.findall(sample)) > MOST_CONTROLS * len(sample)


def is_mostly_binary(text: str) -> bool:
    """Whether most of the start of a table is in binary lines; a bad row does not make it so."""
    lines = text.split("\n")
    return 2 * sum(len(line) for line in lines if is_binary(line)) > len(text)


def binary() -> Unreadable:
    """What is wrong with a file that is no text at all."""
    return Unreadable("it is binary, not text", "Save it as plain text in UTF-8 (.txt).")


def refuse_known_binary(data: bytes) -> None:
    """Name the format of a file that is known not to be text by its first bytes."""
    for magic, format_name in MAGIC:
        if data.startswith(magic):
            found = f"it is {format_name}, not text"
            raise Unreadable(found, "Save its text as UTF-8 (.txt), or its table as CSV.")


def decoded_lines(stream: io.BufferedReader) -> Iterator[str]:
    r"""The lines of a stream, ends kept, decoded one by one so that memory stays small.

    Lines end with ``\n``. The encoding is settled where the first line that is not ASCII comes.
    A line that breaks it keeps the broken bytes as lone surrogates (``surrogateescape``), so that
    a caller can see and report that line alone (`broken_bytes`).

    Raises
    ------
    Unreadable
        If the file is empty, is no text, or has a line longer than one article may be.
    """
    head = stream.peek(io.DEFAULT_BUFFER_SIZE)
    if not head:
        raise empty()
    refuse_known_binary(head)
    marked = marked_encoding(head)
    if marked == "utf-8-sig":
        stream.read(len(codecs.BOM_UTF8))
    elif is_mostly_binary(head.decode(marked or "latin-1", "ignore")):
        raise binary()
    elif marked:
        yield from _marked_lines(stream, marked)
        return
    lines = _lines(stream)
    for line in lines:
        if line.isascii():
            yield line.decode("ascii")
            continue
        encoding = "utf-8"
        if not is_mostly_utf8(line):
            ahead, lines = _read_ahead(lines)
            sample = line + b"".join(ahead)
            encoding = "utf-8" if is_mostly_utf8(sample) else guess(sample)
        yield line.decode(encoding, "surrogateescape")
        break
    for line in lines:
        # Another reading would make signs of its letters, and nobody would be told.
        is_other = is_one_byte(encoding) and is_surely_utf8(line)
        yield line.decode("ascii" if is_other else encoding, "surrogateescape")


def _marked_lines(stream: io.BufferedReader, encoding: str) -> Iterator[str]:
    reader = io.TextIOWrapper(stream, encoding, errors="surrogatepass", newline="\n")
    try:
        yield from reader
    except UnicodeDecodeError as error:
        found = f"it is {encoding.upper()} but breaks off in the middle of a character"
        raise Unreadable(found, "Copy the file again, or save it as UTF-8.") from error
    finally:
        # Whoever stops reading has closed the stream before this runs.
        with suppress(ValueError):
            reader.detach()


def _lines(stream: io.BufferedReader) -> Iterator[bytes]:
    while line := stream.readline(LARGEST_ARTICLE + 1):
        if len(line) > LARGEST_ARTICLE:
            found = f"a line has more than {LARGEST_ARTICLE // 1_000_000} MB, too much for memory"
            raise Unreadable(found, "Write one article a line.")
        yield line


def _read_ahead(lines: Iterator[bytes]) -> tuple[list[bytes], Iterator[bytes]]:
    """The next lines for a guess, and all lines; an error comes behind the lines before it."""
    ahead: list[bytes] = []
    try:
        ahead += islice(lines, SAMPLE_LINES)
    except Exception as error:  # noqa: BLE001 - raised again, in its place
        lines = _failing(error)
    return ahead, chain(ahead, lines)


def _failing(error: Exception) -> Iterator[bytes]:
    yield from ()
    raise error


BROKEN = re.compile("[\udc80-\udcff]")


def broken_bytes(line: str) -> bool:
    """Whether a line from `decoded_lines` has bytes that its encoding does not allow."""
    return not line.isascii() and BROKEN.search(line) is not None


def _decode_guessed(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        if is_one_byte(encoding):
            return data.decode(encoding, "surrogateescape").translate(UNUSED)
        raise _broken(data, error, encoding) from error
