"""Where files lie: on a disk, or in an object store named by an address like ``s3://bucket/key``.

What is written appears under its name whole or not at all: on a disk by renaming, in a store
because a store shows an object when all of it is there (`stance.object_store`).
"""

from __future__ import annotations

import io
import os
import re
import shutil
from collections.abc import Callable, Hashable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

from stance.errors import InputError

Kind: TypeAlias = Literal["file", "folder", "nothing"]

# Two letters at least: "C:" is a drive.
ADDRESS = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]+)://(?P<host>[^/?]*)/*(?P<key>.*?)(?P<settings>\?\w+=[^/]*)?$",
    re.IGNORECASE | re.DOTALL,
)


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

    def written(self, mark: str = "scratch") -> AbstractContextManager[Path]:
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


def location(name: str | Path) -> Location:
    """The file or folder of that path or address.

    Raises
    ------
    InputError
        If the name is empty, no store can be reached by the address, or it holds a password.
    MissingExtraError
        If it takes a package that is not installed.
    """
    if not str(name):
        message = 'An empty name stands for no file or folder. Write "." for the current folder.'
        raise InputError(message)
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
    from stance.object_store import reached

    return reached(f"{scheme}://{host}", found["settings"] or "", key.rstrip("/"))


@contextmanager
def whole_file(name: str | Path) -> Iterator[Path]:
    """A scratch file on a disk that becomes the file only when the block ends well.

    Raises
    ------
    InputError
        If nothing can be written there.
    """
    target = location(name)
    try:
        if target.kind() == "folder":
            message = f"{name}: this is a folder. Name a file to write to."
            raise InputError(message)
        target.parent.make_folder()
        with target.written(f"{os.getpid()}.part") as scratch:
            yield scratch
    except BrokenPipeError:
        # Whoever read a pipe of that name has gone, as of standard output: that is not an error.
        raise
    except OSError as error:
        raise unwritten(str(name), error) from error


def unwritten(name: str, error: OSError) -> InputError:
    """The error that says why nothing could be written there."""
    reason = error.strerror or error
    return InputError(f"{name}: cannot be written ({reason}). Check space and permissions.")


def is_address(name: str) -> bool:
    """Whether this names something in an object store."""
    return not isinstance(location(name), Disk)


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
        # Behind a link, as in `written`.
        target = Disk(self.path.resolve())
        scratch = target.parent.child(f".{target.base}.scratch")
        scratch.delete()
        hidden = shutil.ignore_patterns(".*")
        shutil.copytree(folder.name, scratch.path, ignore=hidden, copy_function=_link_or_copy)
        target.delete()
        scratch.path.rename(target.path)

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
