"""How often 95 % intervals hold the true value, by simulation: the choice of the methods.

Articles of one to nine paragraphs are drawn with labels and predictions that are alike within an
article; the true figures are those of a very large draw. Run it as

    python benchmarks/interval_coverage.py --trials 1000

It writes ``results/interval_coverage.json`` beside it. For each scenario it holds, in % of trials,

- ``figures``: how often each method's interval held the true figure of a model against gold;
- ``coders``: the same for the agreement of three coders;
- ``difference``: the same for the difference of two models of unequal skill on the same test;
- ``false_alarms``: how often the paired test told two models of equal skill apart at p < .05;
- ``probabilities``: the same as the first for the Brier score, the expected calibration error and
  the bins of the reliability diagram (least, mean and greatest of its ten bins), for probabilities
  that are true and for ones that are too sure.

Seeded: equal arguments, equal file.
"""

from __future__ import annotations

import argparse
import json
import warnings
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats
from scipy.optimize import brentq
from scipy.special import expit, logit

from stance.evaluate.agreement import AgreementStatistic, Codings, agreement_statistic
from stance.evaluate.calibration_error import reliability
from stance.evaluate.comparison import Answers, compare
from stance.evaluate.intervals import Statistic, article_weights, intervals, jackknife
from stance.evaluate.probabilities import ece_with_interval, mean_with_interval
from stance.evaluate.statistic import Figure, TaskStatistic, task_statistic

Array = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Limits = tuple[Array, Array]

LABELS = ("rare", "medium", "frequent")

# Resamples in each trial: fewer than a report takes, for there are thousands of trials.
N_RESAMPLES = 400

# Articles of the draw that stands for the truth, and how many such draws are averaged.
TRUTH_ARTICLES, TRUTH_DRAWS = 30_000, 6

# Standard deviation of what the scores of one article share, in units of the score's noise.
SHARED_NOISE = 0.6

# Where each label's decision stands: rare labels are found less often than wrongly given.
_LEVEL = np.array([1.2, 0.3, 0.0])

# The skill of the weaker model of a difference, as a share of the other's, and how alike the two
# models' noise is.
_WEAKER, _LIKE = 0.7, 0.7

# Too sure: the log-odds are this much too far from 0.
_TOO_SURE = 1.7


@dataclass(frozen=True, slots=True)
class Scenario:
    """A test set: its size, how rare its labels are, how alike an article's paragraphs are.

    ``likeness`` is the standard deviation of an article's log-odds of a label; ``skill`` the
    distance of the scores of units with and without a label, in units of their noise; ``single``
    whether each unit has exactly one label.
    """

    articles: int
    prevalence: tuple[float, float, float]
    likeness: float
    skill: float
    single: bool = False


SCENARIOS = (
    Scenario(20, (0.06, 0.30, 0.50), 1.0, 3.0),
    Scenario(40, (0.03, 0.30, 0.50), 1.0, 4.0),
    Scenario(50, (0.04, 0.30, 0.50), 1.0, 2.2),
    Scenario(60, (0.05, 0.30, 0.50), 2.0, 3.0),
    Scenario(120, (0.04, 0.20, 0.50), 1.5, 2.5),
    Scenario(200, (0.03, 0.30, 0.50), 1.0, 3.0),
    Scenario(60, (0.10, 0.30, 0.60), 1.0, 2.5, single=True),
)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A test set: gold, the scores of three models (or coders), and the article of each unit."""

    gold: Bools
    scores: tuple[Array, ...]
    groups: Ints
    single: bool

    def given(self, model: int) -> Bools:
        """The labels that a model gives, shape (n, n_labels)."""
        score = self.scores[model]
        if self.single:
            return np.asarray(score == score.max(axis=1, keepdims=True))
        return np.asarray(score > 0)

    def statistic(self) -> TaskStatistic:
        """The figures of the first model."""
        return task_statistic(
            self.gold,
            self.given(0),
            self.groups,
            LABELS,
            probabilities=expit(self.scores[0]),
            single=self.single,
        )

    def coders(self) -> AgreementStatistic:
        """The agreement of the three, taken for coders."""
        labels = np.stack([self.given(model) for model in range(3)])
        coded = np.ones(labels.shape[:2], dtype=np.bool_)
        return agreement_statistic(Codings(labels, coded, self.groups, LABELS, self.single))


def draw(
    scenario: Scenario, articles: int, random: np.random.Generator, *, weaker: float = 1.0
) -> Drawn:
    """A random test set with this many articles; the second model's skill is ``weaker`` as much."""
    groups = np.repeat(np.arange(articles), random.integers(1, 10, articles))
    shape = (len(groups), len(LABELS))
    own = (random.normal(size=(articles, len(LABELS))) * scenario.likeness)[groups]
    if scenario.single:
        wish = np.log(scenario.prevalence) + own + random.gumbel(size=shape)
        gold = wish == wish.max(axis=1, keepdims=True)
    else:
        gold = random.random(shape) < expit(_base(scenario) + own)

    def noise() -> Array:
        shared = random.normal(size=(articles, len(LABELS)))[groups]
        return np.asarray(random.normal(size=shape) + SHARED_NOISE * shared)

    common = noise()
    scores = tuple(
        scenario.skill * skill * (gold - 0.5)
        + np.sqrt(_LIKE) * common
        + np.sqrt(1 - _LIKE) * noise()
        - (0.0 if scenario.single else _LEVEL)
        for skill in (1.0, weaker, 1.0)
    )
    return Drawn(gold, scores, groups, scenario.single)


_BASES: dict[tuple[Any, ...], Array] = {}


def _base(scenario: Scenario) -> Array:
    """The log-odds at which each label is as frequent as the scenario says."""
    key = (scenario.prevalence, scenario.likeness)
    if key not in _BASES:
        own = np.random.default_rng(1).normal(size=200_000) * scenario.likeness
        _BASES[key] = np.array(
            [brentq(lambda x, p=p: expit(x + own).mean() - p, -12, 12) for p in scenario.prevalence]
        )
    return _BASES[key]


def methods(statistic: TaskStatistic, weights: Array) -> dict[str, Limits]:
    """The limits of each figure by each method."""
    value = statistic(np.ones((1, statistic.n_groups)))[0]
    replicates = statistic(weights)
    error = np.nanstd(replicates, axis=0, ddof=1)
    z = stats.norm.ppf(0.975)
    chosen = intervals(statistic, weights)
    lowest = statistic.lowest
    share = np.clip((value - lowest) / (1 - lowest), 1e-6, 1 - 1e-6)
    reach = z * error / (1 - lowest) / (share * (1 - share))
    scaled = [expit(logit(share) + sign * reach) * (1 - lowest) + lowest for sign in (-1, 1)]
    low, high = np.nanquantile(replicates, [0.025, 0.975], axis=0)
    return {
        "percentile": (low, high),
        "bca": _bca(value, replicates, jackknife(statistic)),
        "normal": (value - z * error, value + z * error),
        "logit": (scaled[0], scaled[1]),
        "chosen": (chosen.low, chosen.high),
    }


def _bca(value: Array, replicates: Array, left_out: Array) -> Limits:
    """Efron 1987, Better bootstrap confidence intervals."""
    n = (~np.isnan(replicates)).sum(axis=0)
    below = ((replicates < value).sum(axis=0) + 0.5 * (replicates == value).sum(axis=0)) / n
    bias = stats.norm.ppf(np.clip(below, 1 / len(replicates), 1 - 1 / len(replicates)))
    influence = np.nan_to_num(np.nanmean(left_out, axis=0) - left_out)
    skew = np.nan_to_num(
        (influence**3).sum(axis=0) / (6 * (influence**2).sum(axis=0) ** 1.5), posinf=0.0, neginf=0.0
    )
    limits = []
    for z in stats.norm.ppf([0.025, 0.975]):
        share = stats.norm.cdf(bias + (bias + z) / (1 - skew * (bias + z)))
        share = np.clip(np.nan_to_num(share, nan=0.5), 0, 1)
        limits.append(
            np.array([np.nanquantile(c, q) for c, q in zip(replicates.T, share, strict=True)])
        )
    return limits[0], limits[1]


class Tally:
    """How often intervals held the truth, by name; an undefined figure does not count."""

    def __init__(self) -> None:
        self._held: dict[str, Array] = {}
        self._known: dict[str, Array] = {}

    def add(self, name: str, truth: Array, low: Array, high: Array) -> None:
        """Count one trial's intervals."""
        known = ~(np.isnan(low) | np.isnan(high))
        held = known & (low <= truth + 1e-9) & (truth - 1e-9 <= high)
        self._held[name] = self._held.get(name, 0) + held.astype(np.float64)
        self._known[name] = self._known.get(name, 0) + known.astype(np.float64)

    def percent(self, name: str) -> Array:
        """The share of trials, in %."""
        return np.asarray(100 * self._held[name] / np.maximum(self._known[name], 1))

    def named(self, name: str, figures: Sequence[str]) -> dict[str, float]:
        """The same by figure, rounded."""
        return dict(zip(figures, np.round(self.percent(name), 1).tolist(), strict=True))


def simulate(
    scenario: Scenario, trials: int, seed: int, *, truth_articles: int = TRUTH_ARTICLES
) -> dict[str, Any]:
    """All parts of one scenario."""
    return {
        "scenario": asdict(scenario),
        "trials": trials,
        **figures(scenario, trials, seed, truth_articles=truth_articles),
        **coders(scenario, trials, seed, truth_articles=truth_articles),
        **comparisons(scenario, trials, seed, truth_articles=truth_articles),
        **probabilities(scenario, trials, seed, truth_articles=truth_articles),
    }


def figures(scenario: Scenario, trials: int, seed: int, *, truth_articles: int) -> dict[str, Any]:
    """A model's figures against gold, by each method."""
    random = np.random.default_rng([seed, 1])
    truth = _truth(scenario, random, Drawn.statistic, truth_articles)
    tally, names = Tally(), []
    for trial in range(trials):
        statistic = draw(scenario, scenario.articles, random).statistic()
        weights = article_weights(scenario.articles, n_resamples=N_RESAMPLES, seed=seed + trial)
        undefined = np.isnan(statistic(np.ones((1, scenario.articles)))[0])
        for name, (low, high) in methods(statistic, weights).items():
            tally.add(name, truth, np.where(undefined, np.nan, low), high)
        names = _names(statistic.figures)
    found = ("percentile", "bca", "normal", "logit", "chosen")
    return {
        "true": dict(zip(names, np.round(truth, 3).tolist(), strict=True)),
        "figures": {name: tally.named(name, names) for name in found},
    }


def coders(scenario: Scenario, trials: int, seed: int, *, truth_articles: int) -> dict[str, Any]:
    """The agreement of three coders."""
    random = np.random.default_rng([seed, 2])
    truth = _truth(scenario, random, Drawn.coders, truth_articles)
    tally, names = Tally(), []
    for trial in range(trials):
        statistic = draw(scenario, scenario.articles, random).coders()
        weights = article_weights(scenario.articles, n_resamples=N_RESAMPLES, seed=seed + trial)
        found = intervals(statistic, weights)
        tally.add("coders", truth, found.low, found.high)
        names = _names(statistic.figures)
    return {"coders": tally.named("coders", names)}


def comparisons(
    scenario: Scenario, trials: int, seed: int, *, truth_articles: int
) -> dict[str, Any]:
    """Two models on the same test: of unequal skill, and of equal skill."""
    random = np.random.default_rng([seed, 3])
    truth = np.mean(
        [
            _value(_model(large, 0)) - _value(_model(large, 1))
            for large in (
                draw(scenario, truth_articles, random, weaker=_WEAKER) for _ in range(TRUTH_DRAWS)
            )
        ],
        axis=0,
    )
    tally, names = Tally(), []
    alarms, known = np.zeros(len(truth)), np.zeros(len(truth))
    for trial in range(trials):
        for weaker in (_WEAKER, 1.0):
            drawn = draw(scenario, scenario.articles, random, weaker=weaker)
            result = compare(
                drawn.gold,
                Answers(drawn.given(0)),
                Answers(drawn.given(1)),
                drawn.groups,
                LABELS,
                single=scenario.single,
                n_resamples=N_RESAMPLES,
                seed=seed + trial,
            )
            if weaker < 1:
                tally.add("difference", truth, result.low, result.high)
            else:
                alarms += np.nan_to_num(result.p_value, nan=1.0) < 0.05  # noqa: PLR2004 - the level
                known += ~np.isnan(result.p_value)
        names = _names(result.figures)
    share = np.round(100 * alarms / np.maximum(known, 1), 1)
    found = {
        "difference": tally.named("difference", names),
        "false_alarms": dict(zip(names, share.tolist(), strict=True)),
    }
    # How often a label holds in gold is the same for both.
    return {
        part: {name: one for name, one in values.items() if not name.endswith(" prevalence")}
        for part, values in found.items()
    }


def probabilities(
    scenario: Scenario, trials: int, seed: int, *, truth_articles: int
) -> dict[str, Any]:
    """Brier score, expected calibration error and reliability diagram of one label of a model."""
    random = np.random.default_rng([seed, 4])
    large = draw(scenario, 4 * truth_articles, random)
    tally, result = Tally(), {}
    for label, name in enumerate(LABELS):
        calibrated = _calibration(large.scores[0][:, label], large.gold[:, label])
        kinds: dict[str, Callable[[Array], Array]] = {
            "true": calibrated,
            "too sure": lambda x, to=calibrated: expit(
                _TOO_SURE * logit(np.clip(to(x), 1e-6, 1 - 1e-6))
            ),
        }
        for kind, probability in kinds.items():
            whole = probability(large.scores[0][:, label])
            known = large.gold[:, label]
            diagram = reliability(known, whole)
            brier = np.array([((whole - known) ** 2).mean()])
            order = np.argsort(whole, kind="stable")
            ranked, hits = whole[order], np.concatenate([[0], np.cumsum(known[order])])
            key = f"{name}, {kind}"
            for trial in range(trials):
                drawn = draw(scenario, scenario.articles, random)
                gold, groups = drawn.gold[:, label], drawn.groups
                if not gold.any():
                    continue
                p = probability(drawn.scores[0][:, label])
                weights = article_weights(
                    scenario.articles, n_resamples=N_RESAMPLES, seed=seed + trial
                )
                score = mean_with_interval((p - gold) ** 2, groups, weights)
                tally.add(f"{key}: Brier", brier, *_ends(score))
                ece, _ = ece_with_interval(gold, p, groups, weights, seed=seed + trial)
                tally.add(f"{key}: ECE", np.array([diagram.ece]), *_ends(ece))
                bins = reliability(gold, p, groups)
                first = np.searchsorted(ranked, bins.lowest, side="left")
                last = np.searchsorted(ranked, bins.highest, side="right")
                share = (hits[last] - hits[first]) / np.maximum(last - first, 1)
                if len(share) == 10:  # noqa: PLR2004 - ties leave fewer bins, which differ
                    tally.add(f"{key}: bins", share, bins.low, bins.high)
            bins_held = tally.percent(f"{key}: bins")
            result[key] = {
                "ECE, true": round(diagram.ece, 3),
                "Brier": round(float(tally.percent(f"{key}: Brier")[0]), 1),
                "ECE": round(float(tally.percent(f"{key}: ECE")[0]), 1),
                "bins": [
                    round(float(one), 1)
                    for one in (bins_held.min(), bins_held.mean(), bins_held.max())
                ],
            }
    return {"probabilities": result}


def _ends(one: Any) -> Limits:  # noqa: ANN401 - an estimate
    return np.array([one.low]), np.array([one.high])


def _calibration(score: Array, gold: Bools) -> Callable[[Array], Array]:
    """From scores to true probabilities: the share that has the label, of two hundred bins."""
    order = np.array_split(np.argsort(score), 200)
    at = np.array([score[part].mean() for part in order])
    share = np.array([(gold[part].sum() + 0.5) / (len(part) + 1) for part in order])
    rising = np.maximum.accumulate(share)
    # A slope too small to matter keeps units apart that would fall into one bin of the diagram.
    return lambda x: np.asarray(np.interp(x, at, rising) + 1e-9 * x)


def _model(drawn: Drawn, model: int) -> TaskStatistic:
    return task_statistic(drawn.gold, drawn.given(model), drawn.groups, LABELS, single=drawn.single)


def _value(statistic: Statistic) -> Array:
    return np.asarray(statistic(np.ones((1, statistic.n_groups)))[0])


def _truth(
    scenario: Scenario,
    random: np.random.Generator,
    statistic: Callable[[Drawn], Statistic],
    articles: int,
) -> Array:
    """The figures of very large draws."""
    draws = [_value(statistic(draw(scenario, articles, random))) for _ in range(TRUTH_DRAWS)]
    return np.asarray(np.mean(draws, axis=0))


def _names(found: Sequence[Figure]) -> list[str]:
    return [f"{figure.label or 'task'} {figure.metric}" for figure in found]


def main() -> None:
    """Simulate all scenarios, print a summary and store the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=20161122)
    parser.add_argument("--only", type=int, nargs="*", help="numbers of scenarios, from 0")
    parser.add_argument(
        "--out", type=Path, default=Path(__file__).parent / "results" / "interval_coverage.json"
    )
    arguments = parser.parse_args()
    # Figures that are undefined in a resample are expected here.
    warnings.simplefilter("ignore", RuntimeWarning)
    results = []
    for number in arguments.only or range(len(SCENARIOS)):
        result = simulate(SCENARIOS[number], arguments.trials, arguments.seed)
        results.append(result)
        print(SCENARIOS[number])
        parts = {**result["figures"], **{k: result[k] for k in ("coders", "difference")}}
        for name, coverage in parts.items():
            values = np.array(list(coverage.values()))
            inside = ((values >= 93) & (values <= 97)).mean()  # noqa: PLR2004 - what is asked
            print(
                f"  {name:10} lowest {values.min():5.1f}  highest {values.max():5.1f}  "
                f"within 93 to 97 %: {inside:.0%} of figures",
                flush=True,
            )
        alarms = np.array(list(result["false_alarms"].values()))
        print(f"  false alarms at p < .05: {alarms.min():.1f} to {alarms.max():.1f} %")
        for key, one in result["probabilities"].items():
            print(f"  {key}: {one}", flush=True)
    arguments.out.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
