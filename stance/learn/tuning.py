"""Tuning the upper layers of a sentence encoder on labels, without torch.

Adam (Kingma and Ba 2015) with a warm-up and a linear decay, dropout (Srivastava et al. 2014) and
gradients cut to length 1, as BERT is usually tuned (Devlin et al. 2019; Mosbach, Andriushchenko and
Klakow 2021). Only the upper layers move, so that the lower ones run once, whatever the folds.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
from joblib import cpu_count
from threadpoolctl import threadpool_limits

from stance.errors import SettingsError
from stance.features.encoder import Encoder, like_lengths, loaded_encoder
from stance.features.transformer import Parameters, Shape, Singles
from stance.features.tuned import TunedLayers, Window
from stance.recipe_settings import TuningSettings
from stance.records import Unit

Array = npt.NDArray[np.float64]
State = npt.NDArray[np.float16]

Found = TypeVar("Found")

# Texts a step learns from, and texts of them that one thread takes. Both show in the result, the
# number of threads does not.
_BATCH = 32
_SHARE = 8

# Windows of a text that are learned from, spread over it: what a step computes is kept in memory.
_MOST_WINDOWS = 8

# Steps that are taken at least. After fewer, scores tell the folds apart better than the texts.
_LEAST_STEPS = 75

_DROPPED = 0.1
_WARM_UP = 0.06
_LONGEST_STEP = 1.0

# The head starts from nothing and may move faster than layers that know their language.
_HEAD_RATE = 20.0

# Texts of like length are batched together; so many tokens of chance keep the batches changing.
_JITTER = 8.0


class EncodedTexts:
    """A lesson's texts as they come to an encoder's upper layers, computed once for all tasks."""

    def __init__(self, units: Sequence[Unit]) -> None:
        self._units = units
        self._known: dict[tuple[int, int], list[list[State]]] = {}
        self._found: dict[Hashable, Any] = {}

    def once(self, key: Hashable, find: Callable[[], Found]) -> Found:
        """What was found for a key before, or what is found now: tuning takes long."""
        if key not in self._found:
            self._found[key] = find()
        found: Found = self._found[key]
        return found

    @property
    def encoder(self) -> Encoder:
        """The encoder that the extra installs."""
        return loaded_encoder()

    def states(self, settings: TuningSettings) -> list[list[State]]:
        """Each text's windows, as they come to the layers that move."""
        key = settings.layers, settings.windows
        if key not in self._known:
            found: list[list[State]] = [[] for _ in self._units]
            texts = [unit.text for unit in self._units]
            for windows in self.encoder.states(texts, key[0], n_windows=key[1]):
                for row, state in windows:
                    found[row].append(state)
            self._known[key] = found
        return self._known[key]


def batches_of(texts: Sequence[Sequence[State]]) -> Iterator[list[Window]]:
    """Windows of like length together, each with the number of its text."""
    windows = [(row, state) for row, states in enumerate(texts) for state in states]
    for batch in like_lengths([len(state) for _, state in windows]):
        yield [windows[i] for i in batch]


class Adam:
    """Steps for parameters, by the running means of their gradients and of the squares of these.

    Parameters
    ----------
    parameters
        Changed in place.
    rates
        The learning rate of each.
    """

    _KEPT = (0.9, 0.999)
    _EPSILON = np.float32(1e-8)

    def __init__(self, parameters: Parameters, rates: dict[str, float]) -> None:
        self._parameters = parameters
        self._rates = rates
        self._means = {name: np.zeros_like(p) for name, p in parameters.items()}
        self._squares = {name: np.zeros_like(p) for name, p in parameters.items()}
        self._n_steps = 0

    def step(self, gradients: Parameters, rate: float) -> None:
        """Take a step; ``rate`` is a factor on all learning rates."""
        self._n_steps += 1
        first, second = (1 - kept**self._n_steps for kept in self._KEPT)
        for name, parameter in self._parameters.items():
            mean, square, gradient = self._means[name], self._squares[name], gradients[name]
            mean += np.float32(1 - self._KEPT[0]) * (gradient - mean)
            square += np.float32(1 - self._KEPT[1]) * (gradient * gradient - square)
            size = np.float32(rate * self._rates[name] / first)
            deviation = np.sqrt(square / np.float32(second)) + self._EPSILON
            np.subtract(parameter, size * mean / deviation, out=parameter)


@dataclass(frozen=True, slots=True)
class Texts:
    """What is learned from: the texts' states under the layers that move, and their labels.

    ``gold`` has shape (n_texts, n_labels); with ``several``, any number of labels may hold.
    """

    states: Sequence[Sequence[State]]
    gold: Array
    several: bool


def epochs_taken(asked: int, n_texts: int) -> int:
    """How often each text is learned from: as asked, or more where there are few texts."""
    return max(asked, -(-_LEAST_STEPS // -(-n_texts // _BATCH)))


def tune(  # noqa: PLR0913 - a start, the texts, and how
    layers: Parameters,
    shape: Shape,
    texts: Texts,
    settings: TuningSettings,
    *,
    seed: int,
    progress: Callable[[float], None],
) -> TunedLayers:
    """Tune layers, and a new head over them, on labelled texts.

    The result depends on the seed and not on how many processors there are.

    Parameters
    ----------
    layers
        The layers as they come with the encoder; not changed.
    progress
        Is told which share is done.
    """
    n_texts, n_labels = texts.gold.shape
    width = len(layers["0.mix.bias"])
    parameters = {name: array.copy() for name, array in layers.items()}
    parameters["head.weight"] = np.zeros((width, n_labels), dtype=np.float32)
    parameters["head.bias"] = _first_bias(texts)
    rates = {
        name: settings.rate * (_HEAD_RATE if name.startswith("head.") else 1) for name in parameters
    }
    tuned, optimiser = TunedLayers(parameters, shape), Adam(parameters, rates)
    random = np.random.default_rng(seed)
    lengths = np.array([sum(map(len, states)) for states in texts.states])
    n_batches = -(-n_texts // _BATCH)
    epochs = epochs_taken(settings.epochs, n_texts)
    n_steps = epochs * n_batches
    number = 0
    # One thread a product, or the number of threads would show in the sums.
    with (
        threadpool_limits(limits=1),
        ThreadPoolExecutor(min(_BATCH // _SHARE, cpu_count())) as threads,
    ):
        for _ in range(epochs):
            for batch in _batches(lengths, random):
                shares = [batch[i : i + _SHARE] for i in range(0, len(batch), _SHARE)]
                given = [(number, place, rows) for place, rows in enumerate(shares)]

                def own(task: tuple[int, int, list[int]], size: int = len(batch)) -> Parameters:
                    step, place, rows = task
                    return _gradients(tuned, texts, rows, size, seed=(seed, step, place))

                found = list(threads.map(own, given))
                optimiser.step(_limited(_summed(found)), _schedule(number / n_steps, 1 / n_steps))
                number += 1
                progress(number / n_steps)
    return tuned


def _first_bias(texts: Texts) -> Singles:
    """The scores that give each label its share in the texts."""
    n_texts = len(texts.gold)
    shares = (texts.gold.sum(axis=0) + 0.5) / (n_texts + 1)
    odds = shares / (1 - shares) if texts.several else shares
    bias: Singles = np.log(odds).astype(np.float32)
    return bias


def _batches(lengths: npt.NDArray[np.int64], random: np.random.Generator) -> Iterator[list[int]]:
    """All texts once, those of like length together, the batches in random order."""
    order = np.argsort(lengths + random.random(len(lengths)) * _JITTER, kind="stable")
    batches = [order[i : i + _BATCH] for i in range(0, len(order), _BATCH)]
    for place in random.permutation(len(batches)):
        yield batches[place].tolist()


def _gradients(
    tuned: TunedLayers, texts: Texts, rows: Sequence[int], size: int, *, seed: tuple[int, ...]
) -> Parameters:
    """Gradients of the batch's mean loss, as far as these rows of it go."""
    random = np.random.default_rng(seed)

    def dropout(shape: tuple[int, ...]) -> Singles:
        kept = random.random(shape, dtype=np.float32) >= np.float32(_DROPPED)
        return kept * np.float32(1 / (1 - _DROPPED))

    # What is not a number is told of where gradients are added up.
    with np.errstate(over="ignore", invalid="ignore"):
        windows = [
            (place, state)
            for place, row in enumerate(rows)
            for state in texts.states[row][:: -(-len(texts.states[row]) // _MOST_WINDOWS)]
        ]
        scores, tape = tuned.forward(windows, len(rows), dropout)
        gold = texts.gold[rows].astype(np.float32)
        # Cross-entropy's slope: what is thought less what is so.
        if texts.several:
            slopes = (_sigmoid(scores) - gold) / np.float32(gold.size / len(rows) * size)
        else:
            slopes = (_softmax(scores) - gold) / np.float32(size)
        return tuned.gradients(tape, slopes)


def _sigmoid(scores: Singles) -> Singles:
    found: Singles = 0.5 * (1 + np.tanh(0.5 * scores))
    return found


def _softmax(scores: Singles) -> Singles:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    found: Singles = powers / powers.sum(axis=1, keepdims=True)
    return found


def _summed(found: Sequence[Parameters]) -> dict[str, Singles]:
    """The sum, always in the same order."""
    return {name: sum((one[name] for one in found[1:]), found[0][name]) for name in found[0]}


def _limited(gradients: dict[str, Singles]) -> dict[str, Singles]:
    """Gradients whose common length is no more than 1."""
    length = np.sqrt(sum(float(np.vdot(g, g)) for g in gradients.values()))
    if not np.isfinite(length):
        message = (
            "Tuning has lost its way: a gradient is not a number. Write a smaller rate for the "
            "tuned part, as tuning = { rate = 3e-5 }."
        )
        raise SettingsError(message)
    if length <= _LONGEST_STEP:
        return gradients
    return {name: g * np.float32(_LONGEST_STEP / length) for name, g in gradients.items()}


def _schedule(done: float, one: float) -> float:
    """The factor on the learning rate: up at first, then down to nothing."""
    return min(1.0, (done + one) / _WARM_UP) * (1 - done)
