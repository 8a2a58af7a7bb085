"""Results on parts of the test: an outlet, a year, short paragraphs, those about a war."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy.stats import t

from stance.actors.catalogue import Catalogue
from stance.codebook import Task
from stance.evaluate.comparison import holm, told_apart
from stance.evaluate.estimates import estimates
from stance.evaluate.evaluation import Estimate, Slice
from stance.evaluate.intervals import article_weights, bundled, intervals, standard_error
from stance.evaluate.splits import group_numbers
from stance.evaluate.statistic import TaskStatistic, task_statistic
from stance.text.columns import cell_text
from stance.text.labelled import LabelledUnits
from stance.text.tokens import tokens

Bools = npt.NDArray[np.bool_]
Array = npt.NDArray[np.float64]

# Columns that are looked at unasked, where they are there.
USUAL_COLUMNS = ("outlet", "source", "language")

# Columns that hold a date, of which the year is taken.
DATE_COLUMNS = ("date", "published", "year")

# A slice of fewer units or articles says nothing; its units stay in the comparison's other side.
MIN_UNITS = 15
MIN_ARTICLES = 5

# Values of a column that are shown at most, the most frequent ones.
MAX_VALUES = 12

# Words from which a paragraph is of middle length, and long: about thirds of news paragraphs.
_MIDDLE, _LONG = 25, 45

_YEAR = re.compile(r"\b(1[89]\d\d|20\d\d)\b")


def columns_of(
    units: LabelledUnits,
    task: Task,
    asked: Sequence[str],
    other_gold: Mapping[str, Bools],
    *,
    actors: Catalogue | None = None,
) -> dict[str, list[str]]:
    """The value of each unit in each column, empty where it has none.

    Parameters
    ----------
    asked
        Fields of the rows beside the usual ones.
    other_gold
        For other tasks' labels, which units have them, shape (n,).
    actors
        Gathers a target's wordings ("ISIS", "Daesh") under one actor; a wording that it does not
        know stands for itself.
    """
    columns: dict[str, list[str]] = {}
    for name in dict.fromkeys((*USUAL_COLUMNS, *asked)):
        columns[name] = [cell_text(row.values.get(name)).strip() for row in units.rows]
    for name in DATE_COLUMNS:
        years = [_YEAR.search(str(row.values.get(name) or "")) for row in units.rows]
        if any(years):
            columns["year"] = [year.group() if year else "" for year in years]
            break
    if task.unit == "target":
        names = {w: actor.name for actor in (actors.actors if actors else ()) for w in actor.names}
        said = [unit.text[unit.start : unit.end] for unit in units.units]
        columns["actor"] = [names.get(wording, wording) for wording in said]
    sizes = [len(tokens(unit.text)) for unit in units.units]
    short, middle, long = f"under {_MIDDLE} words", f"{_MIDDLE} to {_LONG - 1}", f"{_LONG} and more"
    columns["length"] = [short if n < _MIDDLE else middle if n < _LONG else long for n in sizes]
    columns.pop(task.name, None)
    columns = {name: values for name, values in columns.items() if len(set(values)) > 1}
    # Those without the label are the comparison's other side, and need no slice of their own.
    for name, has in other_gold.items():
        columns[f"gold {name}"] = ["yes" if one else "" for one in has]
    return columns


def slices(  # noqa: PLR0913 - a task's labels and where they stand
    task: Task,
    gold: Bools,
    predicted: Bools,
    groups: Sequence[str],
    columns: Mapping[str, Sequence[str]],
    *,
    seed: int,
    n_resamples: int,
) -> tuple[Slice, ...]:
    """Micro- and macro-F1 of each value of each column that is frequent enough.

    The difference between a slice and the rest is tested by its standard error over resamples of
    articles that both share (two-sided, Student's), corrected after Holm for all slices of the
    task.
    """
    numbers = group_numbers(groups)
    bundles = bundled(numbers, seed=seed)
    weights = article_weights(int(bundles.max()) + 1, n_resamples=n_resamples, seed=seed)
    found: list[Slice] = []
    p_values: list[float] = []
    seen: set[bytes] = set()
    for column, values in columns.items():
        listed = np.array(values)
        counts = Counter(value for value in values if value)
        for value in sorted(name for name, _ in counts.most_common(MAX_VALUES)):
            inside = listed == value
            n_articles = len(set(numbers[inside].tolist()))
            # Two columns may hold the same value of the same units (an outlet that is a source).
            again = inside.tobytes() in seen
            if inside.sum() < MIN_UNITS or n_articles < MIN_ARTICLES or inside.all() or again:
                continue
            seen.add(inside.tobytes())
            one, p_value = _slice(
                Slice(
                    column=column,
                    value=value,
                    n=int(inside.sum()),
                    n_articles=n_articles,
                    micro_f1=Estimate(None),
                    macro_f1=Estimate(None),
                    difference=Estimate(None),
                    adjusted=None,
                    differs=False,
                ),
                [_statistic(task, gold, predicted, bundles, part) for part in (inside, ~inside)],
                weights,
            )
            found.append(one)
            p_values.append(p_value)
    adjusted = holm(np.array(p_values)) if p_values else np.empty(0)
    return tuple(
        replace(one, adjusted=None if np.isnan(p) else float(p), differs=bool(is_apart))
        for one, p, is_apart in zip(found, adjusted, told_apart(adjusted), strict=True)
    )


def _statistic(
    task: Task, gold: Bools, predicted: Bools, numbers: npt.NDArray[np.int64], part: Bools
) -> tuple[TaskStatistic, npt.NDArray[np.int64]]:
    """The figures of a part, and the numbers of its articles, or of their bundles."""
    articles, own = np.unique(numbers[part], return_inverse=True)
    single = not task.several
    return (
        task_statistic(gold[part], predicted[part], own, task.label_names, single=single),
        articles,
    )


def _slice(
    bare: Slice,
    parts: list[tuple[TaskStatistic, npt.NDArray[np.int64]]],
    weights: Array,
) -> tuple[Slice, float]:
    (inside, own_articles), (outside, other_articles) = parts
    own, other = weights[:, own_articles], weights[:, other_articles]
    figures = estimates(inside, intervals(inside, own))
    place = inside.place("micro_f1")
    value = float(
        inside(np.ones((1, own.shape[1])))[0, place]
        - outside(np.ones((1, other.shape[1])))[0, place]
    )
    known = replace(bare, micro_f1=figures["micro_f1", ""], macro_f1=figures["macro_f1", ""])
    error = float(standard_error((inside(own) - outside(other))[:, [place]])[0])
    if np.isnan(value) or not error > 0:
        reason = "no unit of one of the two has a label" if np.isnan(value) else "no article varies"
        return replace(known, difference=Estimate(None, reason=reason)), float("nan")
    # A side of few articles tells its own standard error badly.
    freedom = min(len(own_articles), len(other_articles)) - 1
    reach = float(t.ppf(0.975, max(freedom, 1))) * error
    p_value = float(2 * t.sf(abs(value) / error, max(freedom, 1)))
    low, high = max(value - reach, -1.0), min(value + reach, 1.0)
    return replace(known, difference=Estimate(value, low, high)), p_value
