"""How scores grow with training articles, and what twice as many would give."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from stance.codebook import Codebook, Task
from stance.errors import SettingsError, StanceError, plural
from stance.evaluate.duplicates import overlap
from stance.evaluate.estimates import estimates
from stance.evaluate.evaluation import CurvePoint, Estimate, LearningCurve
from stance.evaluate.intervals import article_weights, bundled, intervals
from stance.evaluate.scoring import given_labels
from stance.evaluate.splits import group_numbers
from stance.evaluate.statistic import task_statistic
from stance.model import Model
from stance.recipe import Recipe
from stance.text.labelled import LabelledData, LabelledUnits
from stance.training import Progress, train_on

Array = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

# Shares of the training articles: halves tell the curve's bend, the rest steadies its end.
SHARES = (0.125, 0.25, 0.5, 0.75, 1.0)

# A curve of three unknowns needs four points to be more than a drawing.
_MIN_POINTS = 4

# Rates of the power law that are tried: below .1 it is a line, above 2 a step.
_RATES = np.linspace(0.1, 2.0, 39)


@dataclass(frozen=True, slots=True)
class PowerLaw:
    """``limit - loss * n ** -rate``, one curve a column; arrays of shape (n_curves,)."""

    limit: Array
    loss: Array
    rate: Array

    def __call__(self, n: float) -> Array:
        """The curves' values at n."""
        return np.asarray(self.limit - self.loss * n**-self.rate)


def fit_power_law(sizes: Array, scores: Array) -> PowerLaw:
    """The curves of least squares that rise towards a limit of at most 1.

    Parameters
    ----------
    sizes
        Shape (n_points,), above 0.
    scores
        Shape (n_points, n_curves).

    References
    ----------
    Cortes et al. 1994, Learning curves: asymptotic values and rate of convergence.
    """
    n_curves = scores.shape[1]
    best = np.full(n_curves, np.inf)
    limit, loss, rate = (np.zeros(n_curves) for _ in range(3))
    centred = scores - scores.mean(axis=0)
    for tried in _RATES:
        # Given the rate, the curve is a line in x; its slope is not below 0.
        x = -(sizes**-tried)
        off = x - x.mean()
        slope = np.maximum(off @ centred / (off @ off), 0.0)
        top = scores.mean(axis=0) - slope * x.mean()
        # No score is above 1: a line that would lead there is fitted anew, to end at 1.
        slope = np.where(top > 1, np.maximum(x @ (scores - 1) / (x @ x), 0.0), slope)
        top = np.minimum(top, 1.0)
        error = ((top + np.outer(x, slope) - scores) ** 2).sum(axis=0)
        better = error < best
        best = np.where(better, error, best)
        loss = np.where(better, slope, loss)
        limit = np.where(better, top, limit)
        rate = np.where(better, tried, rate)
    # Where nothing rises, every rate fits as well: the curve is flat.
    return PowerLaw(limit, loss, rate)


def learning_curves(  # noqa: PLR0913 - a recipe, its labels, the test and its settings
    recipe: Recipe,
    training: LabelledData,
    test: LabelledData,
    *,
    seed: int,
    n_resamples: int,
    progress: Progress,
) -> dict[str, LearningCurve]:
    """For each task, macro-F1 on the test after training on more and more articles.

    Raises
    ------
    SettingsError
        If there are too few training articles, or the recipe's tasks are not those of the test.
    """
    _check_tasks(training.codebook, test.codebook)
    articles = np.array(sorted(set(training.paragraphs.groups)))
    order = np.random.default_rng([seed, 3]).permutation(len(articles))
    sizes = sorted({round(share * len(articles)) for share in SHARES})
    sizes = [size for size in sizes if size >= recipe.folds]
    models: dict[int, Model] = {}
    n_units: dict[int, int] = {}
    for number, size in enumerate(sizes):
        progress(f"learning curve: {plural(size, 'article')}", number / len(sizes))
        part = _only(training, set(articles[order[:size]].tolist()))
        try:
            models[size] = train_on(recipe, part)
        except StanceError:
            # Too few articles or labels for so small a part; the curve begins further on.
            continue
        n_units[size] = len(part.paragraphs)
    if len(models) < _MIN_POINTS:
        message = (
            f"The learning curve has {plural(len(models), 'point')} from "
            f"{plural(len(articles), 'training article')}. Expected {_MIN_POINTS} or more. "
            "Give more labelled articles, or fewer folds."
        )
        raise SettingsError(message)
    coded = {
        name: units.of_task(name)
        for name, task in test.codebook.tasks.items()
        if all(name in model.tasks for model in models.values())
        and name in (units := test.of_unit(task.unit)).gold
        and units.coded[name].any()
    }
    given = {size: given_labels(model, test, coded) for size, model in models.items()}
    curves = {
        name: _curve(
            recipe,
            test.codebook.tasks[name],
            units,
            {size: labels[name] for size, labels in given.items()},
            n_units,
            seed=seed,
            n_resamples=n_resamples,
        )
        for name, units in coded.items()
    }
    return {name: curve for name, curve in curves.items() if curve is not None}


def without_test(training: LabelledData, test: LabelledData) -> tuple[LabelledData, int]:
    """The labels without the articles of which a paragraph stands in the test, and their number.

    Raises
    ------
    SettingsError
        If no article is left.
    """
    paragraphs = training.paragraphs
    tested = [unit.text for unit in test.paragraphs.units]
    near = overlap([unit.text for unit in paragraphs.units], tested).near
    seen = {group for group, is_near in zip(paragraphs.groups, near, strict=True) if is_near}
    kept = set(paragraphs.groups) - seen
    if not kept:
        message = (
            f"The learning curve's recipe trains on {plural(len(seen), 'article')}, and the test "
            "holds them all. Name a recipe that trains on others."
        )
        raise SettingsError(message)
    return _only(training, kept), len(seen)


def _check_tasks(own: Codebook, tested: Codebook) -> None:
    """Raise a `SettingsError` where a recipe codes other tasks, or other labels, than the test."""
    shared = [name for name in own.tasks if name in tested.tasks]
    if not shared:
        message = (
            f"The learning curve's recipe codes {', '.join(own.tasks)}, the model "
            f"{', '.join(tested.tasks)}. Name a recipe of the same tasks."
        )
        raise SettingsError(message)
    for name in shared:
        if mismatch := own.tasks[name].mismatch(tested.tasks[name]):
            message = (
                "The learning curve's recipe does not code what the model codes: "
                f"{mismatch}. Name a recipe with the model's codebook."
            )
            raise SettingsError(message)


def _curve(  # noqa: PLR0913 - one task, and what models of each size say
    recipe: Recipe,
    task: Task,
    coded: LabelledUnits,
    given: Mapping[int, Bools],
    n_units: Mapping[int, int],
    *,
    seed: int,
    n_resamples: int,
) -> LearningCurve | None:
    """The curve of a task; None where macro-F1 is undefined at too many points to fit one."""
    groups = bundled(group_numbers(coded.groups), seed=seed)
    weights = article_weights(int(groups.max()) + 1, n_resamples=n_resamples, seed=seed)
    points, replicates = [], []
    gold, single = coded.gold[task.name], not task.several
    for size, labels in given.items():
        statistic = task_statistic(gold, labels, groups, task.label_names, single=single)
        found = estimates(statistic, intervals(statistic, weights))
        points.append(CurvePoint(size, n_units[size], found["macro_f1", ""]))
        replicates.append(statistic(weights)[:, statistic.place("macro_f1")])
    values = np.array([[np.nan if (v := p.macro_f1.value) is None else v] for p in points])
    known = ~np.isnan(values[:, 0])
    drawn = np.stack(replicates)[known]
    drawn = drawn[:, ~np.isnan(drawn).any(axis=0)]
    if known.sum() < _MIN_POINTS or not drawn.size:
        return None
    sizes = np.array(list(given), dtype=np.float64)[known]
    law = fit_power_law(sizes, values[known])
    resampled = fit_power_law(sizes, drawn)
    last = points[-1].n_articles
    doubled = _estimate(law, resampled, lambda curve: curve(2 * last))
    gain = _estimate(law, resampled, lambda curve: curve(2 * last) - curve(last))
    return LearningCurve(
        recipe=recipe.name,
        points=tuple(points),
        limit=float(law.limit[0]),
        loss=float(law.loss[0]),
        rate=float(law.rate[0]),
        doubled=doubled,
        gain=gain,
    )


def _estimate(law: PowerLaw, resampled: PowerLaw, ask: Callable[[PowerLaw], Array]) -> Estimate:
    """The answer of the fitted curve, with the middle 95 % of the resampled curves' answers."""
    value = float(np.clip(ask(law)[0], -1.0, 1.0))
    low, high = np.clip(np.quantile(ask(resampled), [0.025, 0.975]), -1.0, 1.0)
    return Estimate(value, min(float(low), value), max(float(high), value))


def _only(data: LabelledData, articles: set[str]) -> LabelledData:
    """The units of these articles."""

    def keep(groups: tuple[str, ...]) -> npt.NDArray[np.bool_]:
        return np.array([group in articles for group in groups], dtype=np.bool_)

    return replace(
        data,
        paragraphs=data.paragraphs.subset(keep(data.paragraphs.groups)),
        targets=data.targets.subset(keep(data.targets.groups)),
    )
