"""Model folders come back as they were, and nothing damaged or foreign is ever loaded."""

import json
import os
import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from stance.classify.store import ModelFiles, read_description, read_folder, write_folder
from stance.errors import ModelError

FILES = ModelFiles(
    description={"name": "tiny", "tasks": {}},
    arrays={"weights": np.arange(6, dtype=np.float32).reshape(3, 2)},
    texts={"vocabulary": ["aid", " r", "日本"]},
    card="# Tiny\n",
)


@pytest.fixture
def folder(tmp_path):
    """A folder with a tiny model."""
    write_folder(tmp_path / "tiny", FILES)
    return tmp_path / "tiny"


def test_what_was_written_is_read(folder):
    """Description, arrays, texts and card come back."""
    found = read_folder(folder)
    assert found.description == FILES.description
    np.testing.assert_array_equal(found.arrays["weights"], FILES.arrays["weights"])
    assert found.texts["vocabulary"] == FILES.texts["vocabulary"]
    assert found.card == FILES.card
    assert read_description(folder) == FILES.description


def test_equal_models_are_equal_bytes(folder, tmp_path):
    """The same content gives the same files and the same fingerprint."""
    fingerprint = write_folder(tmp_path / "again", FILES)
    assert read_folder(folder).fingerprint == fingerprint
    for path in folder.iterdir():
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes()


def test_a_model_replaces_a_model_and_nothing_else(folder, tmp_path):
    """Writing over a model works; writing over other files is refused, and they stay."""
    write_folder(folder, ModelFiles(description={"name": "new"}, arrays=FILES.arrays))
    assert read_folder(folder).description["name"] == "new"
    assert not (folder / "vocabulary.txt").exists()
    other = tmp_path / "thesis"
    other.mkdir()
    (other / "chapter.txt").write_text("years of work")
    with pytest.raises(ModelError, match="holds other files"):
        write_folder(other, FILES)
    assert (other / "chapter.txt").read_text() == "years of work"
    with pytest.raises(ModelError, match="this is a file"):
        write_folder(other / "chapter.txt", FILES)
    with pytest.raises(ModelError, match=r"nothing can be written in .*chapter\.txt"):
        write_folder(other / "chapter.txt" / "model", FILES)


def test_the_folder_that_one_is_in_is_not_replaced(folder, monkeypatch):
    """Whoever is in a folder would be left in one that is gone."""
    monkeypatch.chdir(folder)
    with pytest.raises(ModelError, match="you are in this folder"):
        write_folder(Path(), FILES)
    assert read_folder(folder).description == FILES.description


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"texts": {"words": ["good", "air\nstrike"]}},
            r"words.txt: the entry 'air\\nstrike' holds",
        ),
        ({"texts": {"words": ["\ud83d!"]}}, r"words.txt: holds '\\ud83d', half a character"),
        ({"description": {"name": "\ud83d"}}, r"model.json: holds '\\ud83d'"),
    ],
)
def test_what_no_file_can_hold_is_told_before_anything_is_written(folder, change, message):
    """Text that would not come back is an error, and the model that was there stays."""
    with pytest.raises(ModelError, match=message):
        write_folder(folder, replace(FILES, **change))
    assert read_folder(folder).description == FILES.description


@pytest.mark.parametrize("name", ["model.json", "arrays.safetensors", "vocabulary.txt", "CARD.md"])
def test_a_missing_cut_or_altered_file_is_named(folder, name):
    """Each file is checked before anything is built from it."""
    path = folder / name
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    with pytest.raises(ModelError, match=f"{name}: altered or cut short"):
        read_folder(folder)
    path.write_bytes(whole[:-1] + b"?")
    with pytest.raises(ModelError, match=f"{name}: altered or cut short"):
        read_folder(folder)
    path.unlink()
    with pytest.raises(ModelError, match=f"{name}: missing or unreadable"):
        read_folder(folder)


def test_a_pipe_in_a_files_place_is_not_waited_for(folder):
    """What is no plain file is missing."""
    (folder / "CARD.md").unlink()
    os.mkfifo(folder / "CARD.md")
    with pytest.raises(ModelError, match=r"CARD\.md: missing or unreadable"):
        read_folder(folder)


def test_a_newer_format_asks_for_an_update(folder):
    """A model of tomorrow is refused with the way out."""
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "version": 99}))
    with pytest.raises(ModelError, match=r"format 99, this stance reads \d+\. Update stance"):
        read_folder(folder)


@pytest.mark.parametrize(
    "manifest",
    [
        *("", "[]", "{}", '{"format": "stance model", "version": "x", "sha256": {}}', "\xff"),
        '{"format": "stance model", "version": Infinity, "sha256": {}}',
        '{"format": "stance model", "version": 1, "sha256": {"a\\u0000": "0"}}',
        "[" * 100_000,
    ],
)
def test_a_manifest_that_makes_no_sense_is_refused(folder, manifest):
    """A broken manifest is an error, not a traceback."""
    (folder / "manifest.json").write_text(manifest)
    with pytest.raises(ModelError, match=r"manifest\.json"):
        read_folder(folder)


def test_a_manifest_cannot_reach_outside_the_folder(folder, tmp_path):
    """File names with a path in them are refused before they are opened."""
    (tmp_path / "secret").write_text("x")
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["sha256"]["../secret"] = "0"
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ModelError, match="not a file of the folder"):
        read_folder(folder)


def test_folders_that_are_no_models_are_refused(tmp_path):
    """A missing folder and a folder without a manifest are told apart."""
    with pytest.raises(ModelError, match="no such model folder"):
        read_folder(tmp_path / "none")
    with pytest.raises(ModelError, match="not a model folder"):
        read_folder(tmp_path)


def test_a_pickle_is_never_opened(folder):
    """A pickle in the arrays' place is refused by its hash, and by its format with a true hash."""

    class Hostile:
        def __reduce__(self):
            return (pytest.fail, ("a pickle was opened",))

    bad = pickle.dumps(Hostile())
    (folder / "arrays.safetensors").write_bytes(bad)
    with pytest.raises(ModelError, match="altered"):
        read_folder(folder)
    import hashlib

    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["sha256"]["arrays.safetensors"] = hashlib.sha256(bad).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ModelError, match="cannot be read"):
        read_folder(folder)
