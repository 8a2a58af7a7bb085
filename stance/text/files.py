"""Which files are read, of which kind, and their bytes with any compression undone.

The kind of a file is told by its ending (``.gz`` and ``.zst`` are set aside first), compression by
the first bytes alone: a browser may have unpacked what is still called ``.gz``.
"""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
import zlib
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Literal, TypeAlias

from stance.errors import InputError
from stance.storage import Location, location
from stance.text.compression import decompressed
from stance.text.problems import Problem, Unreadable

# One file or folder, or several.
Paths: TypeAlias = str | Path | Sequence[str | Path]
Kind: TypeAlias = Literal["text", "page", "lines", "json", "csv", "tsv", "parquet", "guess"]

KINDS: dict[str, Kind] = {
    ".txt": "text",
    ".md": "text",
    ".html": "page",
    ".htm": "page",
    ".xhtml": "page",
    ".jsonl": "lines",
    ".ndjson": "lines",
    ".json": "json",
    ".csv": "csv",
    ".tsv": "tsv",
    ".parquet": "parquet",
}
COMPRESSED = (".gz", ".zst")
# What browsers call the folder with the parts of a page that they save, in their user's language.
PAGE_PARTS = (
    *("_files", "-Dateien", "_fichiers", "_archivos", "_arquivos", "_ficheiros", "_file"),
    *("_bestanden", "-filer", "_filer", "_tiedostot", "_pliki", "_soubory", "_dosyalar"),
)

STANDARD_INPUT = "-"
# How standard input is called in problems and article ids.
STANDARD_INPUT_NAME = "stdin"

# Bytes that one article, or one row of a table, may have. A text takes four bytes a character
# in memory as soon as it holds one emoji, and its paragraphs are copies: 200 MB become 2 GB.
# No article is that long; a file that is holds many, and belongs into a table.
LARGEST_ARTICLE = 200_000_000
TOO_LARGE = "Split it into one file an article, or put its articles into a table (.jsonl, .csv)."


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read: its name as the user gave it, and its kind."""

    name: str
    kind: Kind

    @property
    def is_standard_input(self) -> bool:
        """Whether this is standard input, not a file."""
        return self.name == STANDARD_INPUT_NAME and self.kind == "guess"

    @property
    def is_compressed(self) -> bool:
        """Whether the file's ending says so."""
        return location(self.name).base.lower().endswith(COMPRESSED)


@dataclass(slots=True)
class _Walk:
    """What a walk through the paths has met so far."""

    seen: set[Hashable] = field(default_factory=set)
    ignored: Counter[str] = field(default_factory=Counter)
    n_read: int = 0


def kind_of(name: str) -> Kind | None:
    """The kind that the ending of a file name tells, or None if it tells nothing."""
    path = Path(location(name).base)
    if path.suffix.lower() in COMPRESSED:
        path = path.with_suffix("")
    return KINDS.get(path.suffix.lower())


def find_sources(paths: Paths) -> Iterator[Source | Problem]:
    """The files that the paths stand for, in the order given, each once.

    A folder stands for all files below it with an ending that we know: first its own in order
    of name, then its folders'. Hidden files are left out, and so are the parts of a saved web
    page (``NAME_files`` beside ``NAME.html``, or what that is in other languages). Files with
    other endings are counted in one problem a folder. A file that is named itself is read
    whatever its ending, as plain text if that is unknown.
    """
    walk = _Walk()
    for given in [paths] if isinstance(paths, (str, Path)) else paths:
        if str(given) == STANDARD_INPUT:
            if STANDARD_INPUT not in walk.seen:
                walk.seen.add(STANDARD_INPUT)
                yield Source(STANDARD_INPUT_NAME, "guess")
            continue
        found = location(given)
        try:
            if not _is_new(found, walk.seen):
                continue
            if found.kind() == "folder":
                yield from _find_in_folder(found, walk)
            else:
                yield Source(found.name, kind_of(found.name) or "text")
        except OSError as error:
            yield unreadable(error).at(found.name)


def refuse_overwriting(output: Location, paths: Paths) -> None:
    """Refuse an output that is one of the files to be read.

    Raises
    ------
    InputError
        If it is.
    """
    try:
        if output.kind() != "file":
            return
        identity = output.identity()
    except OSError:
        # It cannot even be looked at: writing will fail, and say why.
        return
    for source in find_sources(paths):
        if isinstance(source, Source) and not source.is_standard_input:
            with suppress(OSError):
                if location(source.name).identity() == identity:
                    message = (
                        f"{output.name}: this file is also read, as {source.name}, and would be "
                        "overwritten. Write to another file."
                    )
                    raise InputError(message)


def _find_in_folder(top: Location, walk: _Walk) -> Iterator[Source | Problem]:
    walk.ignored.clear()
    walk.n_read = 0
    # A link may lead back to a folder above it.
    folders_seen = {top.identity()}
    refused: list[OSError] = []
    for folder, folders, files in top.walk(refused.append):
        pages = {Path(file).stem for file in files if kind_of(file) == "page"}
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".")
            and not any(name.removesuffix(parts) in pages - {name} for parts in PAGE_PARTS)
            and _is_new(folder.child(name), folders_seen)
        )
        for file in sorted(files):
            kind = kind_of(file)
            if file.startswith("."):
                continue
            if kind is None:
                walk.ignored[Path(file).suffix.lower() or "(none)"] += 1
            else:
                walk.n_read += 1
                path = folder.child(file)
                try:
                    if _is_new(path, walk.seen):
                        yield Source(path.name, kind) if path.is_plain() else _no_plain_file(path)
                except OSError as error:
                    yield unreadable(error).at(path.name)
    for refusal in refused:
        yield unreadable(refusal).at(str(refusal.filename))
    if problem := _ignored_problem(top.name, walk, refused=bool(refused)):
        yield problem


def _is_new(found: Location, seen: set[Hashable]) -> bool:
    """Whether this file or folder comes for the first time, under whatever name."""
    identity = found.identity()
    if identity in seen:
        return False
    seen.add(identity)
    return True


def _no_plain_file(place: Location) -> Problem:
    # Reading a pipe that nobody writes to would wait for ever.
    found = "it is a pipe, a device or the like, no plain file"
    return Problem(place.name, None, found, "Name it itself to read it, or move it away.")


def _ignored_problem(top: str, walk: _Walk, *, refused: bool) -> Problem | None:
    known = f"Read are {' '.join(KINDS)}, each also as .gz or .zst."
    endings = ", ".join(f"{ending}: {n}" for ending, n in sorted(walk.ignored.items()))
    if walk.n_read:
        if not walk.ignored:
            return None
        found = f"{walk.ignored.total()} files with other endings were left out ({endings})"
        return Problem(top, None, found, f"{known} Convert them, or move them away.")
    if refused and not walk.ignored:
        return None
    found = "the folder holds no file that can be read" + (f" ({endings})" if endings else "")
    return Problem(top, None, found, f"{known} Convert the files, or name another folder.")


@contextmanager
def opened(source: Source) -> Iterator[io.BufferedReader]:
    """The bytes of a file or of standard input, with gzip or zstd compression undone.

    Raises
    ------
    Unreadable
        If the file cannot be opened, or if reading it within the block fails: it is damaged,
        cut short, or the disk fails.
    """
    try:
        with _raw(source) as raw:
            yield decompressed(raw)
    except (OSError, EOFError, zlib.error) as error:
        raise unreadable(error) from error


@contextmanager
def seekable(source: Source) -> Iterator[BinaryIO]:
    """A file that can be read from any place; a compressed one by way of a scratch file.

    Raises
    ------
    Unreadable
        If the file cannot be opened, or its compressed data is damaged.
    """
    with ExitStack() as stack:
        try:
            place = location(source.name)
            if not place.is_plain():
                found = "it is a pipe, and tables of this kind are not read from front to back"
                raise Unreadable(found, "Save it as a file first.")
            if source.is_compressed:
                file: BinaryIO = stack.enter_context(tempfile.TemporaryFile())
                with opened(source) as stream:
                    shutil.copyfileobj(stream, file)
                file.seek(0)
            else:
                file = stack.enter_context(place.opened())
        except OSError as error:
            raise unreadable(error) from error
        yield file


@contextmanager
def _raw(source: Source) -> Iterator[io.BufferedReader]:
    if source.is_standard_input:
        if sys.stdin is None:
            closed = "standard input is closed"
            raise Unreadable(closed, "Open it, or name a file.")
        # Wrapped so that it has `peek`, also where a test or a notebook has put another in.
        standard_input: Any = sys.stdin.buffer
        reader: io.BufferedReader = io.BufferedReader(standard_input)
        try:
            yield reader
        finally:
            reader.detach()
    else:
        with location(source.name).opened() as file:
            yield file


def whole(stream: BinaryIO) -> bytes:
    """All bytes of a stream.

    Raises
    ------
    Unreadable
        If there are none, or more than one article may have.
    """
    data = stream.read(LARGEST_ARTICLE + 1)
    if not data:
        raise empty()
    if len(data) > LARGEST_ARTICLE:
        found = f"it has more than {LARGEST_ARTICLE // 1_000_000} MB, too much for one article"
        raise Unreadable(found, TOO_LARGE)
    return data


def empty() -> Unreadable:
    """What is wrong with a file of no bytes."""
    return Unreadable("the file is empty", "Put the text in, or leave the file out.")


def unreadable(error: Exception) -> Unreadable:
    """What the operating system or a decompressor said, in words with a remedy."""
    if isinstance(error, FileNotFoundError):
        return Unreadable("there is no such file or folder", "Check the spelling of the path.")
    if isinstance(error, PermissionError):
        return Unreadable("permission to read it is denied", "Change its permissions or its owner.")
    if isinstance(error, EOFError) or "runcated" in str(error):
        found, remedy = "the compressed data is cut short", "Copy or download the file again."
    elif isinstance(error, OSError) and error.errno is not None:
        found = f"it cannot be read ({error.strerror})"
        remedy = "Check the disk and the path."
    else:
        found = f"the compressed data is damaged ({error})"
        remedy = "Copy or download the file again."
    return Unreadable(found, remedy)
