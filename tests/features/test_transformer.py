"""A layer goes forward as ONNX Runtime's does, and backward as small steps show."""

import math

import numpy as np
import pytest
from scipy.special import ndtr

from stance.features.compiled.gelu import gelu
from stance.features.transformer import Shape, backward, forward
from stance.features.tuned import TunedLayers

WIDTH, INNER, HEADS = 12, 20, 3
SHAPE = Shape(HEADS)


def small_layer(seed=0):
    """A layer's parameters by chance, a little apart from what they usually start from."""
    random = np.random.default_rng(seed)
    sizes = {
        "attention": (WIDTH, 3 * WIDTH),
        "mix": (WIDTH, WIDTH),
        "inner": (WIDTH, INNER),
        "outer": (INNER, WIDTH),
    }
    layer = {f"{name}.weight": random.normal(size=size) * 0.4 for name, size in sizes.items()}
    layer |= {f"{name}.bias": random.normal(size=size[1]) * 0.1 for name, size in sizes.items()}
    for name in ("norm_mixed", "norm_out"):
        layer[f"{name}.weight"] = 1 + random.normal(size=WIDTH) * 0.1
        layer[f"{name}.bias"] = random.normal(size=WIDTH) * 0.1
    return {name: values.astype(np.float32) for name, values in layer.items()}


def by_small_steps(loss, values, places):
    """The slopes of a loss at some places of an array, by going a little to both sides."""
    found = []
    for place in places:
        before, step = values[place], 1e-2
        values[place] = before + step
        up = loss()
        values[place] = before - step
        found.append((up - loss()) / (2 * step))
        values[place] = before
    return np.array(found)


def test_gelu_is_the_normal_share():
    """Values and slopes, against scipy's normal distribution."""
    x = np.linspace(-9, 9, 2001).astype(np.float32)
    values, slopes = x.copy(), np.empty_like(x)
    gelu(values, slopes)
    exact = x.astype(float)
    bell = np.exp(-(exact**2) / 2) / math.sqrt(2 * math.pi)
    np.testing.assert_allclose(values, exact * ndtr(exact), atol=1e-6)
    np.testing.assert_allclose(slopes, ndtr(exact) + exact * bell, atol=1e-6)


def test_padding_does_not_matter():
    """What stands in places without a token does not show in places with one."""
    random = np.random.default_rng(1)
    states = random.normal(size=(2, 6, WIDTH)).astype(np.float32)
    held = np.arange(6) < np.array([[6], [4]])
    out, _ = forward(small_layer(), states, held, SHAPE)
    states[1, 4:] = 9
    again, _ = forward(small_layer(), states, held, SHAPE)
    np.testing.assert_array_equal(out[held], again[held])
    alone, _ = forward(small_layer(), states[1:, :4], held[1:, :4], SHAPE)
    np.testing.assert_allclose(out[1, :4], alone[0], atol=1e-5)


def test_the_way_back_through_a_layer():
    """Gradients of a made-up loss by the input and by every parameter, against small steps."""
    random = np.random.default_rng(2)
    layer, held = small_layer(), np.arange(5) < np.array([[5], [3]])
    states = random.normal(size=(2, 5, WIDTH)).astype(np.float32)
    wish = random.normal(size=(2, 5, WIDTH)).astype(np.float32) * held[:, :, None]
    mask = (random.random((2, 2, 5, WIDTH)) > 0.3).astype(np.float32)

    def loss():
        drops = iter(mask)
        out, _ = forward(layer, states, held, SHAPE, lambda _shape: next(drops))
        return float((out.astype(float) * wish).sum())

    drops = iter(mask)
    _, tape = forward(layer, states, held, SHAPE, lambda _shape: next(drops))
    by_states, gradients = backward(layer, tape, wish, SHAPE)
    assert gradients.keys() == layer.keys()
    for name, values in {**layer, "states": states}.items():
        found = by_states if name == "states" else gradients[name]
        places = [tuple(random.integers(values.shape)) for _ in range(12)]
        expected = by_small_steps(loss, values, places)
        np.testing.assert_allclose([found[p] for p in places], expected, atol=0.03, err_msg=name)


@pytest.mark.parametrize("n_layers", [1, 2])
def test_the_way_back_through_all(n_layers):
    """Gradients of the head and of all layers, for texts of several windows and unlike lengths."""
    random = np.random.default_rng(3)
    parameters = {
        f"{n}.{name}": values for n in range(n_layers) for name, values in small_layer(n).items()
    }
    parameters["head.weight"] = random.normal(size=(WIDTH, 4)).astype(np.float32)
    parameters["head.bias"] = random.normal(size=4).astype(np.float32)
    tuned = TunedLayers(parameters, SHAPE)
    windows = [
        (row, random.normal(size=(length, WIDTH)).astype(np.float16))
        for row, length in ((0, 5), (1, 4), (1, 3), (2, 1))
    ]
    wish = random.normal(size=(3, 4)).astype(np.float32)

    def loss():
        return float((tuned.forward(windows, 3)[0].astype(float) * wish).sum())

    _, tape = tuned.forward(windows, 3)
    gradients = tuned.gradients(tape, wish)
    assert gradients.keys() == parameters.keys()
    for name, values in tuned.parameters.items():
        places = [tuple(random.integers(values.shape)) for _ in range(6)]
        expected = by_small_steps(loss, values, places)
        np.testing.assert_allclose(
            [gradients[name][p] for p in places], expected, atol=0.03, err_msg=name
        )
    apart = tuned.scores(([window] for window in windows), 3)
    np.testing.assert_allclose(apart, tuned.forward(windows, 3)[0], atol=1e-4)
