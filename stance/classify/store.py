"""Model folders: JSON, plain text and plain arrays, each checked by its SHA-256. No code.

A folder holds::

    model.json            what the model is and how it decides
    arrays.safetensors    numbers
    *.txt                 vocabularies, one entry a line
    CARD.md               what a person should know before using it
    manifest.json         the format's version and the SHA-256 of every other file

Reading goes from description to checks to objects: the manifest first, then every hash, and only
then is anything built. Nothing is ever unpickled.

When the format changes: raise ``FORMAT_VERSION``, teach `read_folder` the old one or refuse it
with a way out, and keep a folder of the old format as a test.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from stance.errors import ModelError

FORMAT_VERSION = 1

MANIFEST = "manifest.json"
DESCRIPTION = "model.json"
ARRAYS = "arrays.safetensors"
CARD = "CARD.md"


# How reading fails where a manifest is none: JSON may hold anything, however deep and large.
_DAMAGED = (
    *(ValueError, KeyError, TypeError, AttributeError, OSError),
    *(OverflowError, RecursionError),
)


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """What a model folder holds, before any of it means anything."""

    description: Mapping[str, Any]
    arrays: Mapping[str, npt.NDArray[Any]]
    texts: Mapping[str, Sequence[str]] = field(default_factory=dict)
    card: str = ""
    fingerprint: str = ""


def write_folder(folder: Path, files: ModelFiles) -> str:
    """Write a model folder, whole or not at all, and return its fingerprint.

    The same content gives the same bytes. An existing model folder is replaced; any other
    existing folder that is not empty is refused.

    Raises
    ------
    ModelError
        If the folder holds something else than a model, or cannot be written, or the model holds
        text that its files cannot; the folder is then left as it was.
    """
    refuse_folder(folder)
    contents = _contents(files)
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    manifest = _json({"format": "stance model", "version": FORMAT_VERSION, "sha256": hashes})
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".stance-") as scratch:
            new = Path(scratch) / "new"
            new.mkdir()
            for name, content in {**contents, MANIFEST: manifest}.items():
                (new / name).write_bytes(content)
            if folder.exists():
                folder.rename(Path(scratch) / "old")
            new.rename(folder)
    except OSError as error:
        message = f"{folder}: cannot write the model ({error}). Check space and permissions."
        raise ModelError(message) from error
    return _fingerprint(hashes)


def refuse_folder(folder: Path) -> None:
    """Make sure that a model can be written there, before hours go into training it.

    Raises
    ------
    ModelError
        If it is a file, holds something else than a model, or its place cannot be written to.
    """
    if folder.exists() and not folder.is_dir():
        message = f"{folder}: this is a file. Name a folder to write the model to."
        raise ModelError(message)
    above = next(place for place in folder.absolute().parents if place.exists())
    if not (above.is_dir() and os.access(above, os.W_OK | os.X_OK)):
        message = f"{folder}: nothing can be written in {above}. Name a folder elsewhere."
        raise ModelError(message)
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MANIFEST).is_file():
        message = f"{folder}: this folder holds other files. Name a new or empty folder."
        raise ModelError(message)
    if Path.cwd().is_relative_to(folder.resolve()):
        message = f"{folder}: you are in this folder, and it is replaced as a whole. Name another."
        raise ModelError(message)


def _contents(files: ModelFiles) -> dict[str, bytes]:
    from safetensors.numpy import save

    ordered = {name: np.ascontiguousarray(files.arrays[name]) for name in sorted(files.arrays)}
    contents = {
        DESCRIPTION: _json(files.description),
        ARRAYS: save(ordered),
        CARD: _encoded(files.card, CARD),
    }
    for name, lines in files.texts.items():
        contents[f"{name}.txt"] = _encoded(_listed(lines, f"{name}.txt"), f"{name}.txt")
    return contents


def _listed(lines: Sequence[str], name: str) -> str:
    """One entry a line."""
    text = "".join(f"{line}\n" for line in lines)
    if text.count("\n") > len(lines):
        broken = next(line for line in lines if "\n" in line)
        message = (
            f"{name}: the entry {broken!r} holds a line break, where each line is an entry. "
            "Write it on one line."
        )
        raise ModelError(message)
    return text


def _json(data: Mapping[str, Any]) -> bytes:
    text = json.dumps(data, ensure_ascii=False, indent=1, allow_nan=False)
    return _encoded(f"{text}\n", DESCRIPTION)


def _encoded(text: str, name: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        message = (
            f"{name}: holds {text[error.start]!r}, half a character, which UTF-8 cannot write. "
            "Remove it from the recipe, the labels or the list that it comes from."
        )
        raise ModelError(message) from error


def _fingerprint(hashes: Mapping[str, str]) -> str:
    """One hash for the whole model; the card's words do not count."""
    listed = "".join(f"{name} {hashes[name]}\n" for name in sorted(hashes) if name != CARD)
    return hashlib.sha256(listed.encode()).hexdigest()


def read_folder(folder: Path) -> ModelFiles:
    """Read and check a model folder.

    Raises
    ------
    ModelError
        If it is missing, is not a model, is of a newer format, or any file is missing, cut
        short or altered.
    """
    hashes = _read_manifest(folder)
    contents = {name: _checked(folder / name, expected) for name, expected in hashes.items()}
    for needed in (DESCRIPTION, ARRAYS):
        if needed not in contents:
            message = f"{folder / MANIFEST}: does not list {needed}. Get the model folder again."
            raise ModelError(message)
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        description = json.loads(contents[DESCRIPTION])
        arrays = load(contents[ARRAYS])
        texts = {
            name.removesuffix(".txt"): content.decode().split("\n")[:-1]
            for name, content in contents.items()
            if name.endswith(".txt")
        }
        card = contents.get(CARD, b"").decode()
    except (ValueError, SafetensorError) as error:
        message = f"{folder}: the model's files cannot be read ({error}). Get the folder again."
        raise ModelError(message) from error
    return ModelFiles(
        description=description,
        arrays=arrays,
        texts=texts,
        card=card,
        fingerprint=_fingerprint(hashes),
    )


def read_description(folder: Path) -> Mapping[str, Any]:
    """What a model folder says of itself, checked, without its arrays."""
    hashes = _read_manifest(folder)
    if DESCRIPTION not in hashes:
        message = f"{folder / MANIFEST}: does not list {DESCRIPTION}. Get the model folder again."
        raise ModelError(message)
    description: Mapping[str, Any] = json.loads(_checked(folder / DESCRIPTION, hashes[DESCRIPTION]))
    return description


def _read_manifest(folder: Path) -> dict[str, str]:
    path = folder / MANIFEST
    if not folder.is_dir():
        message = f"{folder}: there is no such model folder. See `stance models list`."
        raise ModelError(message)
    if not path.is_file():
        message = f"{folder}: not a model folder, it has no {MANIFEST}. Name one that has."
        raise ModelError(message)
    try:
        manifest = json.loads(path.read_bytes())
        is_model = manifest["format"] == "stance model"
        version = int(manifest["version"])
        hashes = {str(name): str(value) for name, value in manifest["sha256"].items()}
    except _DAMAGED as error:
        message = f"{path}: damaged, or not of a stance model ({error}). Get the folder again."
        raise ModelError(message) from error
    if not is_model:
        message = f"{path}: not of a stance model. Name a folder written by `stance train`."
        raise ModelError(message)
    if version != FORMAT_VERSION:
        remedy = "Update stance" if version > FORMAT_VERSION else "Train the model again"
        message = (
            f"{path}: the model has format {version}, this stance reads {FORMAT_VERSION}. {remedy}."
        )
        raise ModelError(message)
    for name in hashes:
        if Path(name).name != name or name in {"", ".", ".."} or not name.isprintable():
            message = f'{path}: names "{name}", which is not a file of the folder. Do not use it.'
            raise ModelError(message)
    return hashes


def _checked(path: Path, expected: str) -> bytes:
    try:
        # A pipe that nobody writes to would be waited for.
        content = path.read_bytes() if path.is_file() else None
    except OSError:
        content = None
    if content is None:
        message = f"{path}: missing or unreadable. Get the model folder again, whole."
        raise ModelError(message)
    if hashlib.sha256(content).hexdigest() != expected:
        message = (
            f"{path}: altered or cut short, its SHA-256 is not the manifest's. "
            "Get the model folder again, or train it anew."
        )
        raise ModelError(message)
    return content
