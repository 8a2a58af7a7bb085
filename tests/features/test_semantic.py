"""Meaning is read without torch, kept on disk, and asked for plainly where it is missing."""

import importlib.metadata
import sqlite3
import sys

import numpy as np
import pytest

from stance.errors import MissingExtraError, ModelError, SettingsError
from stance.features.encoder import Encoder, _graph_of, packaged_folder
from stance.features.extractors import SemanticExtractor
from stance.features.semantic import SemanticBlock
from stance.features.tuned import TunedLayers
from stance.features.vectors import cache_folder, cached_vectors
from stance.records import Unit

pytest.importorskip("onnxruntime", reason='the extra "semantic" is not installed')


@pytest.fixture(scope="module")
def encoder():
    """The encoder that the extra installs."""
    return Encoder()


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    """Each test has its own cache."""
    monkeypatch.setenv("STANCE_CACHE", str(tmp_path / "cache"))


def test_like_meanings_lie_close(encoder):
    """Texts that share a meaning and no word are nearer than texts that share neither."""
    attack, raid, cake = encoder.vectors(
        ["Troops stormed the village.", "Soldiers attacked a hamlet.", "She baked a lemon cake."]
    )
    assert attack @ raid > attack @ cake + 0.1
    assert np.linalg.norm(attack) == pytest.approx(1, abs=1e-3)


def test_long_texts_are_windowed_not_cut(encoder):
    """What stands beyond the window still counts."""
    filler = "The committee met again. " * 120
    plain, changed = encoder.vectors([filler, filler + "Bombs fell on the hospital. " * 20])
    assert np.abs(plain - changed).max() > 1e-3


def test_the_company_of_other_texts_does_not_matter(encoder):
    """A text's vector does not depend on what it is encoded with."""
    texts = ["Aid came.", "Rebels fled from the town on Monday night.", ""]
    together = encoder.vectors(texts)
    alone = np.vstack([encoder.vectors([text]) for text in texts])
    np.testing.assert_allclose(together, alone, atol=2e-3)


def test_vectors_are_kept_by_content(encoder, monkeypatch):
    """A text seen before is not computed again, and its vector is the same."""
    texts = ["Aid came.", "Rebels fled.", "Aid came."]
    first = cached_vectors(encoder, texts)
    monkeypatch.setattr(encoder, "vectors", lambda texts: pytest.fail(f"computed {texts}"))
    np.testing.assert_array_equal(cached_vectors(encoder, texts), first)


def test_vectors_of_another_way_of_reading_are_not_taken(encoder, monkeypatch):
    """What was kept of a text is computed again once the encoder reads in another way."""
    first = cached_vectors(encoder, ["Aid came."])
    monkeypatch.setattr("stance.features.vectors.READING", "another")
    monkeypatch.setattr(encoder, "vectors", lambda texts: first + len(texts))
    np.testing.assert_allclose(cached_vectors(encoder, ["Aid came."]), first + 1, atol=2e-3)


def test_an_interrupted_run_goes_on(encoder, monkeypatch):
    """What was computed before an interruption is there afterwards."""
    monkeypatch.setattr("stance.features.vectors._CHUNK", 1)
    compute = encoder.vectors

    def stop(texts):
        if texts == ["two"]:
            raise KeyboardInterrupt
        return compute(texts)

    monkeypatch.setattr(encoder, "vectors", stop)
    with pytest.raises(KeyboardInterrupt):
        cached_vectors(encoder, ["one", "two", "three"])
    seen = []
    monkeypatch.setattr(encoder, "vectors", lambda texts: (seen.extend(texts), compute(texts))[1])
    cached_vectors(encoder, ["one", "two", "three"])
    assert seen == ["two", "three"]


def test_the_cache_is_bounded(encoder, monkeypatch):
    """The oldest vectors make room for new ones."""
    monkeypatch.setattr("stance.features.vectors.MAX_VECTORS", 2)
    cached_vectors(encoder, ["one", "two", "three"])
    with sqlite3.connect(cache_folder() / "vectors.sqlite") as cache:
        assert cache.execute("SELECT count(*) FROM vectors").fetchone() == (2,)
    cache.close()


def test_a_damaged_cache_is_done_without(encoder):
    """A cache file that is no database costs time and nothing else."""
    cache_folder().mkdir(parents=True)
    (cache_folder() / "vectors.sqlite").write_bytes(b"not a database" * 100)
    assert cached_vectors(encoder, ["Aid came."]).shape == (1, encoder.width)


def test_without_a_home_nothing_is_kept(encoder, monkeypatch):
    """Where the user has no folder, vectors are computed all the same."""

    def homeless():
        raise RuntimeError

    monkeypatch.setattr("stance.features.vectors.cache_folder", homeless)
    assert cached_vectors(encoder, ["Aid came."]).shape == (1, encoder.width)


def test_another_encoder_is_refused():
    """A model is not used with an encoder that it was not trained with."""
    with pytest.raises(ModelError, match="not the one that the model was trained with"):
        SemanticBlock(fingerprint="0", mean=np.zeros(3), scale=np.ones(3)).rows([Unit("Aid came.")])


def test_a_folder_without_an_encoder_is_named(tmp_path):
    """A folder that holds no encoder is an error with what it should hold."""
    with pytest.raises(SettingsError, match=r"tokenizer\.json and model\.onnx"):
        SemanticExtractor(model=tmp_path).fit(["Aid came."])


@pytest.mark.parametrize("damaged", ["tokenizer.json", "model.onnx"])
def test_an_encoder_that_does_not_work_is_told(tmp_path, damaged):
    """Files cut short end in one line that names the folder, and no traceback of a library."""
    files = packaged_folder()
    (tmp_path / "tokenizer.json").write_bytes((files / "tokenizer.json").read_bytes())
    (tmp_path / "model.onnx").write_bytes(_graph_of(files).read_bytes())
    (tmp_path / damaged).write_bytes((tmp_path / damaged).read_bytes()[:100])
    with pytest.raises(SettingsError, match=r"does not work .*Get its files again") as error:
        SemanticExtractor(model=tmp_path).fit(["Aid came."])
    assert str(tmp_path) in str(error.value)


def test_a_missing_extra_names_the_install_command(monkeypatch):
    """One line says what is missing and how to install it."""

    def missing(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr("importlib.metadata.distribution", missing)
    with pytest.raises(MissingExtraError, match=r'pip install "stance\[semantic\]"'):
        Encoder()
    monkeypatch.undo()
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(MissingExtraError, match=r'pip install "stance\[semantic\]"'):
        Encoder()


def test_upper_layers_do_what_the_encoder_does(encoder):
    """ONNX Runtime's whole encoder, and its lower layers with ours above: the same means."""
    texts = ["Troops stormed the village.", "", "Aid reached the camp. " * 200]
    layers, shape = encoder.upper_layers(2)
    plain = {"head.weight": np.eye(384, dtype=np.float32), "head.bias": np.zeros(384, np.float32)}
    ours = TunedLayers({**layers, **plain}, shape).scores(encoder.states(texts, 2), 3)
    theirs = encoder.vectors(texts)[:, -384:]
    ours, theirs = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in (ours, theirs))
    np.testing.assert_allclose(ours, theirs, atol=2e-3)


def test_windows_beyond_the_asked_are_not_read(encoder):
    """The beginning of a long text alone; a short text whole."""
    texts = ["Aid reached the camp. " * 200, "Aid came."]
    all_windows = [row for batch in encoder.states(texts, 1) for row, _ in batch]
    first = [row for batch in encoder.states(texts, 1, n_windows=1) for row, _ in batch]
    assert all_windows.count(0) > 1
    assert sorted(first) == [0, 1]


def test_the_last_states_are_kept(encoder, monkeypatch):
    """A second block that reads the same texts does not encode them again; others are encoded."""
    texts = ["Aid came.", "Rebels fled."]
    first = list(encoder.states(texts, 1))
    monkeypatch.setattr(encoder, "_states", lambda *_asked: pytest.fail("encoded again"))
    again = list(encoder.states(texts, 1))
    assert [len(batch) for batch in again] == [len(batch) for batch in first]
    with pytest.raises(pytest.fail.Exception, match="encoded again"):
        list(encoder.states(texts, 2))


def test_states_are_kept_within_bounds(encoder, monkeypatch):
    """The oldest go when there are too many; texts that are too long alone are never kept."""
    kept = {}
    monkeypatch.setattr(encoder, "_kept", kept)
    monkeypatch.setattr("stance.features.encoder._MOST_KEPT", 20)
    for text in ("Aid came.", "Rebels fled.", "The minister resigned after the vote."):
        list(encoder.states([text], 1))
    assert [texts for _, _, texts in kept] == [("Rebels fled.",)]
