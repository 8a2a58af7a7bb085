"""Where files lie: on a disk, or in an object store named by an address like ``s3://bucket/key``.

S3, Google Cloud, Azure and HDFS are reached through Arrow, all other addresses through fsspec; what
they want to know (keys, regions, endpoints) they find in the environment, or behind a question
mark: ``s3://bucket/news.parquet?region=eu-west-1``. What is written appears under its name whole or
not at all: on a disk by renaming, in a store because a store shows an object when all of it is
there.
"""

from __future__ import annotations

import errno
import io
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias, cast

from stance.errors import InputError, MissingExtraError

Kind: TypeAlias = Literal["file", "folder", "nothing"]

# Two letters at least: "C:" is a drive.
ADDRESS = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]+)://(?P<host>[^/?]*)/*(?P<key>.*?)(?P<settings>\?\w+=[^/]*)?$",
    re.IGNORECASE | re.DOTALL,
)
# Schemes that Arrow opens by itself.
ARROW = ("s3", "gs", "gcs", "abfs", "abfss", "hdfs", "viewfs")

# Bytes that are asked of a store at once: few requests, and little memory.
BLOCK = 4_000_000


class Location(Protocol):
    """A file or folder, there or not. Whatever fails raises an OSError that says why."""

    @property
    def name(self) -> str:
        """The path or address, as `location` takes it."""

    @property
    def base(self) -> str:
        """The last part of the name."""

    def kind(self) -> Kind:
        """What is there."""

    def identity(self) -> Hashable:
        """The same for the same file or folder under whatever name, if it is there."""

    def is_plain(self) -> bool:
        """Whether it can be read as often as one likes, unlike a pipe."""

    def is_inside(self, folder: Location) -> bool:
        """Whether it lies, or would lie, in that folder or in a folder in it."""

    def child(self, base: str) -> Location:
        """What is called so in this folder."""

    @property
    def parent(self) -> Location:
        """The folder that this is in."""

    def names(self) -> list[str]:
        """What a folder holds, sorted; nothing if there is no such folder."""

    def walk(
        self, refused: Callable[[OSError], None]
    ) -> Iterator[tuple[Location, list[str], list[str]]]:
        """Folders from here down with the names in each, as of `os.walk`."""

    def opened(self) -> io.BufferedReader:
        """The bytes of a file, from any place in it."""

    def written(self, mark: str = "scratch") -> _Scratch:
        """A scratch file on a disk that becomes this file if the block ends well.

        On a disk it lies beside the file, hidden, with ``mark`` in its name. What is a pipe or a
        device is written to directly.
        """

    def make_folder(self) -> None:
        """Make the folder, where folders are made."""

    def take(self, folder: Location) -> None:
        """Become a second copy of a folder in the same place, without its hidden files."""

    def delete(self) -> None:
        """Delete the file, or the folder with all in it; nothing if there is none."""


_Scratch: TypeAlias = Any  # a context manager that gives a Path


def location(name: str | Path) -> Location:
    """The file or folder of that path or address.

    Raises
    ------
    InputError
        If no store can be reached by the address, or it holds a password.
    MissingExtraError
        If it takes a package that is not installed.
    """
    found = ADDRESS.match(name) if isinstance(name, str) else None
    if found is None:
        return Disk(Path(name))
    scheme, host, key = found["scheme"].lower(), found["host"], found["key"]
    if scheme == "file":
        from urllib.request import url2pathname

        if host not in {"", "localhost"}:
            message = (
                f'{name}: "{host}" is no part of a path. Write three slashes: file:///{host}/...'
            )
            raise InputError(message)
        return Disk(Path(url2pathname(f"/{key}")))
    if ":" in host.rpartition("@")[0]:
        message = (
            f"{scheme}://...@{host.rpartition('@')[2]}: the address holds a password, which would "
            "stand in outputs and manifests. Put it where the store looks for it, like in the "
            "environment (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY for S3)."
        )
        raise InputError(message)
    store = Store(f"{scheme}://{host}", found["settings"] or "", key.rstrip("/"))
    _filesystem(store.root, store.settings)
    return store


def is_address(name: str) -> bool:
    """Whether this names something in an object store."""
    return isinstance(location(name), Store)


@dataclass(frozen=True, slots=True)
class Disk:
    """A file or folder on a disk; see `Location`."""

    path: Path

    @property
    def name(self) -> str:  # noqa: D102 - as are all below: the protocol says it
        return self.path.as_posix()

    @property
    def base(self) -> str:  # noqa: D102
        return self.path.name

    def kind(self) -> Kind:  # noqa: D102
        return "folder" if self.path.is_dir() else "file" if self.path.exists() else "nothing"

    def identity(self) -> Hashable:  # noqa: D102
        status = self.path.stat()
        return status.st_dev, status.st_ino

    def is_plain(self) -> bool:  # noqa: D102
        return self.path.is_file() or not self.path.exists()

    def is_inside(self, folder: Location) -> bool:  # noqa: D102
        return isinstance(folder, Disk) and folder.path.resolve() in self.path.resolve().parents

    def child(self, base: str) -> Disk:  # noqa: D102
        return Disk(self.path / base)

    @property
    def parent(self) -> Disk:  # noqa: D102
        return Disk(self.path.parent)

    def names(self) -> list[str]:  # noqa: D102
        return sorted(os.listdir(self.path)) if self.path.is_dir() else []  # noqa: PTH208

    def walk(  # noqa: D102
        self, refused: Callable[[OSError], None]
    ) -> Iterator[tuple[Disk, list[str], list[str]]]:
        for folder, folders, files in os.walk(self.path, onerror=refused, followlinks=True):
            yield Disk(Path(folder)), folders, files

    def opened(self) -> io.BufferedReader:  # noqa: D102
        return self.path.open("rb")

    @contextmanager
    def written(self, mark: str = "scratch") -> Iterator[Path]:  # noqa: D102
        if not self.is_plain():
            yield self.path
            return
        # Behind a link, so that the link stays one.
        path = self.path.resolve()
        scratch = path.with_name(f".{path.name}.{mark}")
        try:
            yield scratch
            with scratch.open("rb+") as file:
                os.fsync(file.fileno())
            scratch.replace(path)
        finally:
            with suppress(OSError):
                scratch.unlink(missing_ok=True)

    def make_folder(self) -> None:  # noqa: D102
        self.path.mkdir(parents=True, exist_ok=True)

    def take(self, folder: Location) -> None:  # noqa: D102
        scratch = self.parent.child(f".{self.path.name}.scratch")
        scratch.delete()
        hidden = shutil.ignore_patterns(".*")
        shutil.copytree(folder.name, scratch.path, ignore=hidden, copy_function=_link_or_copy)
        self.delete()
        scratch.path.rename(self.path)

    def delete(self) -> None:  # noqa: D102
        if self.path.is_dir() and not self.path.is_symlink():
            shutil.rmtree(self.path)
        else:
            self.path.unlink(missing_ok=True)


def _link_or_copy(source: str, target: str) -> None:
    """The same file under another name, without its bytes a second time where that is possible."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


@dataclass(frozen=True, slots=True)
class Store:
    """An object in a store, or a folder, which is how their names begin; see `Location`.

    ``root`` is the address up to the key, ``settings`` what stands behind the question mark.
    """

    root: str
    settings: str
    key: str

    @property
    def name(self) -> str:  # noqa: D102 - as are all below: the protocol says it
        return f"{self.root}/{self.key}{self.settings}"

    @property
    def base(self) -> str:  # noqa: D102
        return self.key.rpartition("/")[2]

    @property
    def _files(self) -> Any:  # noqa: ANN401 - Arrow's
        return _filesystem(self.root, self.settings)[0]

    @property
    def path(self) -> str:
        """The name by which the store knows it."""
        return f"{_filesystem(self.root, self.settings)[1]}/{self.key}".rstrip("/")

    def _info(self) -> Any:  # noqa: ANN401 - Arrow's
        with _told():
            return self._files.get_file_info(self.path)

    def kind(self) -> Kind:  # noqa: D102
        kinds: dict[str, Kind] = {"File": "file", "Directory": "folder"}
        return kinds.get(self._info().type.name, "nothing")

    def identity(self) -> Hashable:  # noqa: D102
        return self.name

    def is_plain(self) -> bool:  # noqa: D102
        return True

    def is_inside(self, folder: Location) -> bool:  # noqa: D102
        return (
            isinstance(folder, Store)
            and folder.root == self.root
            and f"{self.key}/".startswith(f"{folder.key}/".lstrip("/"))
        )

    def child(self, base: str) -> Store:  # noqa: D102
        return Store(self.root, self.settings, f"{self.key}/{base}".lstrip("/"))

    @property
    def parent(self) -> Store:  # noqa: D102
        return Store(self.root, self.settings, self.key.rpartition("/")[0])

    def names(self) -> list[str]:  # noqa: D102
        return sorted(name for names in self._listed() for name in names)

    def _listed(self) -> tuple[list[str], list[str]]:
        """Names of folders and of files in this folder."""
        from pyarrow import fs

        with _told():
            found = self._files.get_file_info(fs.FileSelector(self.path, allow_not_found=True))
        folders = [info.base_name for info in found if info.type is fs.FileType.Directory]
        # Stores keep an empty folder as an object of no name.
        files = [i.base_name for i in found if i.type is fs.FileType.File and i.base_name]
        return folders, files

    def walk(  # noqa: D102
        self, refused: Callable[[OSError], None]
    ) -> Iterator[tuple[Store, list[str], list[str]]]:
        try:
            folders, files = self._listed()
        except OSError as error:
            refused(OSError(error.errno, error.strerror, self.name))
            return
        yield self, folders, files
        for folder in folders:
            yield from self.child(folder).walk(refused)

    def opened(self) -> io.BufferedReader:  # noqa: D102
        with _told():
            raw = self._files.open_input_file(self.path)
        return io.BufferedReader(_Reading(raw), BLOCK)

    @contextmanager
    def written(self, mark: str = "scratch") -> Iterator[Path]:  # noqa: D102
        with tempfile.TemporaryDirectory(prefix="stance-") as folder:
            scratch = Path(folder) / mark
            yield scratch
            # In one call. A stream would be closed by whatever interrupts its writing, and closing
            # makes an object of what there is.
            with _told():
                self._put(scratch)

    def _put(self, scratch: Path) -> None:
        from pyarrow import fs

        handler = getattr(self._files, "handler", None)
        if handler is not None:
            handler.fs.makedirs(self.path.rpartition("/")[0], exist_ok=True)
            handler.fs.put_file(str(scratch), self.path)
        else:
            fs.copy_files(
                str(scratch),
                self.path,
                source_filesystem=fs.LocalFileSystem(),
                destination_filesystem=self._files,
            )

    def make_folder(self) -> None:
        """Stores make folders themselves, by the names of what is in them."""

    def take(self, folder: Location) -> None:  # noqa: D102
        self.delete()
        source = cast("Store", folder)
        for base in source.names():
            if not base.startswith("."):
                with _told():
                    self._files.copy_file(source.child(base).path, self.child(base).path)

    def delete(self) -> None:  # noqa: D102
        kind = self.kind()
        with _told(), suppress(FileNotFoundError):
            if kind == "folder":
                self._files.delete_dir(self.path)
            elif kind == "file":
                self._files.delete_file(self.path)


class _Reading(io.RawIOBase):
    """An Arrow file as Python's buffers want it, with errors that say what a store said."""

    def __init__(self, file: Any) -> None:  # noqa: ANN401 - Arrow's
        self._file = file

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        return int(self._file.seek(offset, whence))

    def tell(self) -> int:
        return int(self._file.tell())

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - what can be written to
        with _told():
            return int(self._file.readinto(buffer))

    def close(self) -> None:
        self._file.close()
        super().close()


@lru_cache(maxsize=16)
def _filesystem(root: str, settings: str) -> tuple[Any, str]:
    """Arrow's way to a store, and the name of its root there."""
    import pyarrow as pa
    from pyarrow import fs

    scheme = root.partition(":")[0]
    address = root if scheme in ARROW else f"fsspec+{root}"
    try:
        if scheme not in ARROW:
            import_module("fsspec")
        files, top = fs.FileSystem.from_uri(f"{address}/{settings}")
    except ImportError as error:
        message = (
            f"{root}: reaching this takes a package that is not installed ({error}). Addresses "
            f'other than {", ".join(ARROW)} go through fsspec: pip install "stance[fsspec]", and '
            "what it names for them."
        )
        raise MissingExtraError(message) from error
    except (pa.ArrowException, ValueError, OSError) as error:
        message = f"{root}: there is no way to this address ({_first_line(error)}). Check it."
        raise InputError(message) from error
    return files, top.rstrip("/")


@contextmanager
def _told() -> Iterator[None]:
    """Errors of a store as the operating system's: with a number, and a reason in one line."""
    import pyarrow as pa

    try:
        yield
    except OSError as error:
        if error.errno is not None:
            raise
        numbers = {FileNotFoundError: errno.ENOENT, PermissionError: errno.EACCES}
        raise OSError(numbers.get(type(error), errno.EIO), _first_line(error)) from error
    except pa.ArrowException as error:
        raise OSError(errno.EIO, _first_line(error)) from error


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0].rstrip(".") or type(error).__name__
