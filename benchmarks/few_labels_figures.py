"""What `few_labels.py` measured, summed up.

A figure is the mean over samples. Its 95 % interval adds up two sources of chance: which articles
were held out (resampled, the same draws for all samples and ways) and which were learned from
(the spread of the samples). With a single sample the second is not known and left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from few_labels import RECIPES, SAMPLES
from few_labels_sets import OURS, PUBLIC

Array = npt.NDArray[np.float64]

SETS = (*OURS, *PUBLIC)
WAYS = tuple(RECIPES)

# The way that each is compared with.
BESIDE = {"plain": "bare", "semantic": "plain", "distilled": "plain"}

# Standard errors that a 95 % interval reaches to either side.
_NORMAL = 1.96

# Examples of a label in the sample from which a row of the table on rarity begins.
POSITIVES = (1, 5, 10, 20, 40, 80, 160)

# Held-out examples that a label must have for its F1 to be counted there.
LEAST_SUPPORT = 10


def summarise(cells: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Every figure of the page, from the lines of the measurement."""
    found: dict[str, Any] = {}
    for name in SETS:
        own = [cell for cell in cells if cell["set"] == name]
        if own:
            found[name] = {
                "held_out": own[0]["n_held_out"],
                "held_out_articles": own[0]["n_held_out_articles"],
                "left_out": own[0]["n_left_out"],
                "labels": list(own[0]["labels"]),
                "sizes": [_size(own, size) for size in SAMPLES if _of(own, size, "plain")],
            }
    return {"sets": found, "gains": _gains(found), "rarity": _rarity(cells)}


def _of(cells: Sequence[dict[str, Any]], size: int, way: str) -> list[dict[str, Any]]:
    """The samples of one size, in order."""
    own = [cell for cell in cells if cell["size"] == size and cell["way"] == way]
    return sorted(own, key=lambda cell: cell["seed"])


def _size(cells: Sequence[dict[str, Any]], size: int) -> dict[str, Any]:
    plain = _of(cells, size, "plain")
    found: dict[str, Any] = {
        "articles": plain[0]["n_articles"],
        "all": size == 0,
        "texts": round(float(np.mean([cell["n_rows"] for cell in plain]))),
        "samples": len(plain),
    }
    for way in WAYS:
        own = _of(cells, size, way)
        seeds = {cell["seed"] for cell in own}
        if own:
            values = np.array([cell["macro_f1"] for cell in own])
            found[way] = {
                **estimate(values, _resampled(own)),
                "lowest": values.min(),
                "highest": values.max(),
            }
        beside = [cell for cell in _of(cells, size, BESIDE.get(way, "")) if cell["seed"] in seeds]
        if own and len(own) == len(beside):
            gain = np.array(
                [a["macro_f1"] - b["macro_f1"] for a, b in zip(own, beside, strict=True)]
            )
            found[way]["gain"] = estimate(gain, _resampled(own) - _resampled(beside))
    return found


def _resampled(cells: Sequence[dict[str, Any]]) -> Array:
    """The figures on resampled articles, shape (n_samples, n_resamples)."""
    return np.array([cell["resampled"] for cell in cells], dtype=np.float64)


def estimate(values: Array, resampled: Array) -> dict[str, float]:
    """The mean of some samples' figures with its 95 % interval.

    Parameters
    ----------
    values
        A figure of each sample, shape (n_samples,).
    resampled
        The same on resampled held-out articles, shape (n_samples, n_resamples).
    """
    variance = float(np.nanvar(resampled.mean(axis=0)))
    if len(values) > 1:
        variance += float(values.var(ddof=1)) / len(values)
    mean, reach = float(values.mean()), _NORMAL * variance**0.5
    low, high = np.clip([mean - reach, mean + reach], -1, 1)
    return {"value": round(mean, 4), "low": round(float(low), 4), "high": round(float(high), 4)}


def _gains(sets: dict[str, Any]) -> list[dict[str, Any]]:
    """The mean gain of all sets over another way, by size, and of how many sets it is sure."""
    found = []
    for size in SAMPLES:
        for way, over in BESIDE.items():
            gains = [
                one[way]["gain"]
                for own in sets.values()
                for one in own["sizes"]
                if "gain" in one.get(way, {})
                and (one["all"] if size == 0 else one["articles"] == size)
            ]
            if gains:
                values = np.array([gain["value"] for gain in gains])
                found.append(
                    {
                        "size": size,
                        "way": way,
                        "over": over,
                        "sets": len(gains),
                        "mean": round(float(values.mean()), 4),
                        "lowest": round(float(values.min()), 4),
                        "highest": round(float(values.max()), 4),
                        "surely_better": sum(gain["low"] > 0 for gain in gains),
                        "surely_worse": sum(gain["high"] < 0 for gain in gains),
                    }
                )
    return found


def _rarity(cells: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """F1 of single labels by how many examples of them a sample had."""
    found = []
    for least, below in zip(POSITIVES, (*POSITIVES[1:], None), strict=True):
        for way in WAYS:
            values = [
                label["f1"]
                for cell in cells
                if cell["way"] == way
                for label in cell["labels"].values()
                if label["support"] >= LEAST_SUPPORT
                and least <= label["positives"] < (below or np.inf)
            ]
            if values:
                low, middle, high = np.quantile(np.nan_to_num(np.array(values, float)), _QUARTILES)
                found.append(
                    {
                        "from": least,
                        "below": below,
                        "way": way,
                        "n": len(values),
                        "median": round(float(middle), 4),
                        "low": round(float(low), 4),
                        "high": round(float(high), 4),
                    }
                )
    return found


_QUARTILES = (0.25, 0.5, 0.75)
