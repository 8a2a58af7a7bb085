"""Object stores, named by addresses like ``s3://bucket/key``.

S3, Google Cloud, Azure and HDFS are reached through Arrow, all other addresses through fsspec; what
they want to know (keys, regions, endpoints) they find in the environment, or behind a question
mark: ``s3://bucket/news.parquet?region=eu-west-1``.
"""

from __future__ import annotations

import errno
import io
import tempfile
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from stance.errors import InputError, MissingExtraError
from stance.storage import Kind, Location

# Schemes that Arrow opens by itself.
_ARROW = ("s3", "gs", "gcs", "abfs", "abfss", "hdfs", "viewfs")

# Bytes that are asked of a store at once: few requests, and little memory.
_BLOCK = 4_000_000


def reached(root: str, settings: str, key: str) -> Store:
    """The object or folder of that key, in a store that there is a way to.

    Raises
    ------
    InputError
        If no store can be reached by the address.
    MissingExtraError
        If it takes a package that is not installed.
    """
    _filesystem(root, settings)
    return Store(root, settings, key)


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
        return io.BufferedReader(_Reading(raw), _BLOCK)

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
    address = root if scheme in _ARROW else f"fsspec+{root}"
    try:
        if scheme not in _ARROW:
            import_module("fsspec")
        files, top = fs.FileSystem.from_uri(f"{address}/{settings}")
    except ImportError as error:
        message = (
            f"{root}: reaching this takes a package that is not installed ({error}). Addresses "
            f'other than {", ".join(_ARROW)} go through fsspec: pip install "stance[fsspec]", and '
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
