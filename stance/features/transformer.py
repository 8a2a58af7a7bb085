"""Layers of a BERT-like transformer in numpy, forward and backward, so that they can be tuned.

A layer is attention and an inner network, each added to what went in and normalised afterwards
(Vaswani et al. 2017, Attention is all you need; Devlin et al. 2019, BERT). All arrays are float32.
Parameters are flat: ``"0.inner.weight"`` is a weight of the first layer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Singles: TypeAlias = npt.NDArray[np.float32]
Parameters: TypeAlias = Mapping[str, Singles]

# A mask for dropout of an array's shape: zeros, and what makes up for them; or None for no dropout.
Dropout: TypeAlias = Callable[[tuple[int, ...]], Singles | None]

# Added to the attention that nobody may pay.
_NEVER = np.float32(-1e9)


@dataclass(frozen=True, slots=True)
class Shape:
    """What a layer's parameters do not tell: how many heads it has, and the norm's epsilon."""

    n_heads: int
    epsilon: float = 1e-12


@dataclass(frozen=True, slots=True)
class _Norm:
    """A normalisation's output before scaling, and the inverse deviations, for the way back."""

    scaled: Singles
    inverse: Singles


@dataclass(frozen=True, slots=True)
class LayerTape:
    """What a layer computed on its way forward, for the way back."""

    states: Singles
    queries: Singles
    keys: Singles
    values: Singles
    attention: Singles
    mixed: Singles
    dropped: tuple[Singles | None, Singles | None]
    norms: tuple[_Norm, _Norm]
    between: Singles
    inner: Singles
    slopes: Singles


def no_dropout(_shape: tuple[int, ...]) -> None:
    """Nothing is dropped."""


def forward(
    layer: Parameters,
    states: Singles,
    held: npt.NDArray[np.bool_],
    shape: Shape,
    dropout: Dropout = no_dropout,
) -> tuple[Singles, LayerTape]:
    """A layer's output for a batch of texts.

    Parameters
    ----------
    layer
        ``attention.weight`` of shape (width, 3 · width) for queries, keys and values, ``mix``
        (width, width), ``inner`` (width, inner width), ``outer`` (inner width, width), each with
        its ``bias``; ``norm_mixed`` and ``norm_out`` with ``weight`` and ``bias`` of (width,).
    states
        Shape (n_texts, n_tokens, width).
    held
        Which places hold a token, shape (n_texts, n_tokens); the others are padding.

    Returns
    -------
    States of the same shape, those of padding without meaning, and the tape for `backward`.
    """
    # Compiled on import, which a model that reads no encoder need not wait for.
    from stance.features.compiled.gelu import gelu

    n_texts, n_tokens, width = states.shape
    projected = linear(states, layer, "attention")
    heads = projected.reshape(n_texts, n_tokens, 3, shape.n_heads, width // shape.n_heads)
    queries, keys, values = (np.ascontiguousarray(part) for part in heads.transpose(2, 0, 3, 1, 4))
    queries *= np.float32(1 / np.sqrt(width // shape.n_heads))
    attention = queries @ keys.swapaxes(2, 3)
    attention += np.where(held, np.float32(0), _NEVER)[:, None, None, :]
    attention -= attention.max(axis=3, keepdims=True)
    np.exp(attention, out=attention)
    attention /= attention.sum(axis=3, keepdims=True)
    mixed: Singles = (attention @ values).swapaxes(1, 2).reshape(n_texts, n_tokens, width)
    added = linear(mixed, layer, "mix")
    first = _drop(added, dropout)
    added += states
    between, norm_mixed = _normalised(added, layer, "norm_mixed", shape)
    inner = linear(between, layer, "inner")
    slopes = np.empty_like(inner)
    gelu(inner.reshape(-1), slopes.reshape(-1))
    added = linear(inner, layer, "outer")
    second = _drop(added, dropout)
    added += between
    out, norm_out = _normalised(added, layer, "norm_out", shape)
    tape = LayerTape(
        states=states,
        queries=queries,
        keys=keys,
        values=values,
        attention=attention,
        mixed=mixed,
        dropped=(first, second),
        norms=(norm_mixed, norm_out),
        between=between,
        inner=inner,
        slopes=slopes,
    )
    return out, tape


def backward(
    layer: Parameters, tape: LayerTape, given: Singles, shape: Shape
) -> tuple[Singles, dict[str, Singles]]:
    """The loss's gradients by a layer's input and by its parameters.

    Parameters
    ----------
    given
        The gradient by the layer's output, shape (n_texts, n_tokens, width), 0 for padding.
    """
    n_texts, n_tokens, width = given.shape
    gradients: dict[str, Singles] = {}
    added = _normalised_back(given, tape.norms[1], layer, "norm_out", gradients)
    inner = _linear_back(_kept(added, tape.dropped[1]), tape.inner, layer, "outer", gradients)
    inner *= tape.slopes
    between = added + _linear_back(inner, tape.between, layer, "inner", gradients)
    added = _normalised_back(between, tape.norms[0], layer, "norm_mixed", gradients)
    mixed = _linear_back(_kept(added, tape.dropped[0]), tape.mixed, layer, "mix", gradients)
    by_head = mixed.reshape(n_texts, n_tokens, shape.n_heads, -1).swapaxes(1, 2)
    attention = by_head @ tape.values.swapaxes(2, 3)
    attention -= (attention * tape.attention).sum(axis=3, keepdims=True)
    attention *= tape.attention
    heads = np.empty((3, *by_head.shape), dtype=np.float32)
    # The queries on the tape are scaled already, their gradients are not.
    heads[0] = (attention @ tape.keys) * np.float32(1 / np.sqrt(width // shape.n_heads))
    heads[1] = attention.swapaxes(2, 3) @ tape.queries
    heads[2] = tape.attention.swapaxes(2, 3) @ by_head
    projected = np.ascontiguousarray(heads.transpose(1, 3, 0, 2, 4)).reshape(
        n_texts, n_tokens, 3 * width
    )
    return added + _linear_back(projected, tape.states, layer, "attention", gradients), gradients


def linear(inputs: Singles, layer: Parameters, name: str) -> Singles:
    """Inputs times a weight, and a bias."""
    found: Singles = np.matmul(inputs, layer[f"{name}.weight"])
    found += layer[f"{name}.bias"]
    return found


def _drop(values: Singles, dropout: Dropout) -> Singles | None:
    """Drop values in place, and tell which."""
    mask = dropout(values.shape)
    if mask is not None:
        values *= mask
    return mask


def _kept(gradient: Singles, mask: Singles | None) -> Singles:
    return gradient if mask is None else gradient * mask


def _normalised(
    values: Singles, layer: Parameters, name: str, shape: Shape
) -> tuple[Singles, _Norm]:
    """Values with mean 0 and deviation 1 over the width, scaled (Ba, Kiros and Hinton 2016)."""
    values = values - values.mean(axis=-1, keepdims=True)
    variance = np.einsum("...i,...i->...", values, values)[..., None] / np.float32(values.shape[-1])
    inverse = 1 / np.sqrt(variance + np.float32(shape.epsilon))
    values *= inverse
    return values * layer[f"{name}.weight"] + layer[f"{name}.bias"], _Norm(values, inverse)


def _normalised_back(
    given: Singles, norm: _Norm, layer: Parameters, name: str, gradients: dict[str, Singles]
) -> Singles:
    weighted = given * norm.scaled
    gradients[f"{name}.weight"] = weighted.sum(axis=(0, 1))
    gradients[f"{name}.bias"] = given.sum(axis=(0, 1))
    found = given * layer[f"{name}.weight"]
    along = np.einsum("...i,...i->...", found, norm.scaled)[..., None]
    width = np.float32(given.shape[-1])
    found -= found.mean(axis=-1, keepdims=True)
    found -= norm.scaled * (along / width)
    found *= norm.inverse
    return found


def _linear_back(
    given: Singles, inputs: Singles, layer: Parameters, name: str, gradients: dict[str, Singles]
) -> Singles:
    flat = given.reshape(-1, given.shape[-1])
    gradients[f"{name}.weight"] = inputs.reshape(len(flat), -1).T @ flat
    gradients[f"{name}.bias"] = flat.sum(axis=0)
    return given @ layer[f"{name}.weight"].T
