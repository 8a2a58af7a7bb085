"""What a run over a corpus leaves beside its output: a manifest, and parts with receipts.

A part counts as finished when its receipt is there, and the receipt is written last, so that a
kill at any moment leaves whole parts or none.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from stance.errors import InputError
from stance.storage import Location
from stance.text.problems import Problem

FORMAT_VERSION = 1

# Bytes that are hashed at once.
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file that was read: its name as given, its size in bytes, and its SHA-256.

    ``n_lines`` counts line ends; it only serves to estimate how long a run will take.
    """

    name: str
    size: int
    sha256: str
    n_lines: int = 0


@dataclass(frozen=True, slots=True)
class Counts:
    """How much was coded."""

    articles: int = 0
    paragraphs: int = 0
    noise: int = 0
    problems: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.articles + other.articles,
            self.paragraphs + other.paragraphs,
            self.noise + other.noise,
            self.problems + other.problems,
        )


@dataclass(frozen=True, slots=True)
class Receipt:
    """A finished part: its number, from 1, the SHA-256 of its bytes, and what it holds."""

    number: int
    sha256: str
    counts: Counts
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What makes two runs the same run: nothing else changes a byte of the output.

    Of the model that is its ``fingerprint``; its ``name`` is told to people.
    """

    version: str
    inputs: tuple[InputFile, ...]
    model: Mapping[str, str]
    settings: Mapping[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """Plain data, as it stands in the manifest."""
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return {"format": FORMAT_VERSION, **plain}

    @property
    def digest(self) -> str:
        """A name for all runs of this plan."""
        plain = json.dumps({**self.as_dict(), "model": self.model["fingerprint"]}, sort_keys=True)
        return hashlib.sha256(plain.encode()).hexdigest()[:16]

    def difference(self, other: Mapping[str, Any]) -> str:
        """In what a manifest's run differs from this one, in words; empty if in nothing."""
        mine = self.as_dict()
        if other.get("format") != FORMAT_VERSION or other.get("version") != self.version:
            return f"it was begun by stance {other.get('version')}, and this is {self.version}"
        began, now = other["model"], mine["model"]
        if began.get("fingerprint") != now["fingerprint"]:
            return (
                f"it was begun with the model {began.get('name')} ({began.get('fingerprint')}), "
                f"and now it is {now['name']} ({now['fingerprint']})"
            )
        if other["inputs"] != mine["inputs"]:
            return _changed_input(other["inputs"], mine["inputs"])
        for name, value in mine["settings"].items():
            before = other["settings"].get(name)
            if before != value:
                return f"its setting {name} was {before!r}, and now it is {value!r}"
        return ""


def _changed_input(began: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]) -> str:
    """The first change from the inputs of one run to those of another, in words."""
    before, after = ({item["name"]: item for item in items} for items in (began, now))
    for name, item in before.items():
        if name not in after:
            renamed = [n for n, one in after.items() if one == {**item, "name": n}]
            if renamed and renamed[0] not in before:
                return f"the input {name} is now named {renamed[0]}, as articles may be, too"
            return f"the input {name} is missing"
        if after[name] != item:
            return f"the input {name} has changed since"
    new = next((name for name in after if name not in before), None)
    return f"the input {new} is new" if new else "the inputs came in another order"


@dataclass(frozen=True, slots=True)
class Manifest:
    """The record of a run: ``output`` is the SHA-256 of the whole output, empty before it is."""

    plan: Mapping[str, Any]
    counts: Counts = field(default_factory=Counts)
    parts: tuple[Mapping[str, Any], ...] = ()
    output: str = ""

    def write(self, place: Location) -> None:
        """Write it as JSON, whole or not at all."""
        record = {
            **self.plan,
            "state": "whole" if self.output else "unfinished",
            "output": self.output,
            "counts": asdict(self.counts),
            "parts": list(self.parts),
        }
        text = json.dumps(record, indent=1, ensure_ascii=False)
        write_whole(place, text.encode("utf-8", "backslashreplace") + b"\n")


def read_manifest(place: Location) -> dict[str, Any] | None:
    """The manifest as plain data; None if there is none.

    Raises
    ------
    InputError
        If the file is no manifest.
    """
    try:
        with place.opened() as file:
            found = json.load(file)
    except FileNotFoundError:
        return None
    except ValueError as error:
        message = (
            f"{place.name}: this is no manifest ({error}). Delete it to start from the beginning."
        )
        raise InputError(message) from error
    if not _is_manifest(found):
        message = f"{place.name}: this is no manifest. Delete it to start from the beginning."
        raise InputError(message)
    return dict(found)


def _is_manifest(found: object) -> bool:
    """Whether plain data has the shape that `Manifest.write` gives it."""
    if not isinstance(found, dict) or "state" not in found:
        return False
    if found.get("format") != FORMAT_VERSION:
        return True
    inputs, counts, parts = (found.get(key) for key in ("inputs", "counts", "parts"))
    return (
        isinstance(inputs, list)
        and all(isinstance(item, dict) and "name" in item for item in inputs)
        and isinstance(counts, dict)
        and counts.keys() == {one.name for one in fields(Counts)}
        and all(isinstance(found.get(key), dict) for key in ("model", "settings"))
        and isinstance(parts, list)
        and all(isinstance(part, dict) and {"part", "sha256"} <= part.keys() for part in parts)
    )


def hash_file(place: Location) -> InputFile:
    """A file's size, SHA-256 and number of line ends."""
    digest = hashlib.sha256()
    size = n_lines = 0
    with place.opened() as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
            n_lines += chunk.count(b"\n")
    return InputFile(place.name, size, digest.hexdigest(), n_lines)


@dataclass(frozen=True, slots=True)
class Parts:
    """The finished parts in a folder, each with a receipt beside it."""

    folder: Location
    ending: str

    def path(self, number: int) -> Location:
        """Where a part lies."""
        return self.folder.child(f"{number:06d}.{self.ending}")

    def add(self, data: bytes, receipt: Receipt) -> None:
        """Write a part, and then its receipt."""
        write_whole(self.path(receipt.number), data)
        record = json.dumps(asdict(receipt), ensure_ascii=True)
        write_whole(self._receipt(receipt.number), record.encode())

    def finished(self, number: int) -> Receipt | None:
        """The receipt of a part that is there and as it was written; else None."""
        receipt = self.receipt(number)
        if receipt is None:
            return None
        try:
            is_same = hash_file(self.path(number)).sha256 == receipt.sha256
        except FileNotFoundError:
            return None
        return receipt if is_same else None

    def receipt(self, number: int) -> Receipt | None:
        """The receipt of a part; None if there is none."""
        try:
            with self._receipt(number).opened() as file:
                record = json.load(file)
            return Receipt(
                number=record["number"],
                sha256=record["sha256"],
                counts=Counts(**record["counts"]),
                problems=tuple(Problem(**problem) for problem in record["problems"]),
            )
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None

    def _receipt(self, number: int) -> Location:
        return self.folder.child(f".{number:06d}.json")

    def receipts(self, n_parts: int) -> Iterator[Receipt]:
        """The receipts of the first parts, in order."""
        for number in range(1, n_parts + 1):
            receipt = self.receipt(number)
            if receipt is not None:
                yield receipt


def write_whole(place: Location, data: bytes) -> None:
    """Write a file so that it has its name only when all of it is there."""
    with place.written() as scratch:
        scratch.write_bytes(data)


def receipts_table(receipts: Sequence[Receipt]) -> tuple[dict[str, Any], ...]:
    """Receipts as they stand in the manifest, without the problems' wording."""
    return tuple(
        {"part": r.number, "sha256": r.sha256, **asdict(r.counts)} for r in receipts
    )  # fmt: skip
