"""How often 95 % intervals hold the true value, by simulation: the choice of the method.

Articles of one to nine paragraphs are drawn with labels and predictions that are alike within an
article; the true figures are those of a very large draw. Run it as

    python benchmarks/interval_coverage.py --trials 2000

It writes ``results/interval_coverage.json`` beside it: for each scenario, method and figure the
share of trials (in %) whose interval held the true value. Seeded: equal arguments, equal file.
"""

from __future__ import annotations

import argparse
import json
import warnings
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats
from scipy.optimize import brentq
from scipy.special import expit, logit

from stance.evaluate.intervals import article_weights, intervals, jackknife
from stance.evaluate.statistic import TaskStatistic, task_statistic

Array = npt.NDArray[np.float64]
Limits = tuple[Array, Array]

LABELS = ("rare", "medium", "frequent")

# Resamples in each trial: fewer than a report takes, for there are thousands of trials.
N_RESAMPLES = 600

# Articles of the draw that stands for the truth, and how many such draws are averaged.
TRUTH_ARTICLES, TRUTH_DRAWS = 30_000, 6

# Standard deviation of what the scores of one article share, in units of the score's noise.
SHARED_NOISE = 0.6


@dataclass(frozen=True, slots=True)
class Scenario:
    """A test set: its size, how rare its labels are, how alike an article's paragraphs are.

    ``likeness`` is the standard deviation of an article's log-odds of a label; ``skill`` the
    distance of the scores of units with and without a label, in units of their noise.
    """

    articles: int
    prevalence: tuple[float, float, float]
    likeness: float
    skill: float


SCENARIOS = (
    Scenario(40, (0.03, 0.30, 0.50), 1.0, 4.0),
    Scenario(50, (0.04, 0.30, 0.50), 1.0, 2.2),
    Scenario(60, (0.05, 0.30, 0.50), 2.0, 3.0),
    Scenario(120, (0.04, 0.20, 0.50), 1.5, 2.5),
    Scenario(200, (0.03, 0.30, 0.50), 1.0, 3.0),
)


def draw(scenario: Scenario, articles: int, random: np.random.Generator) -> TaskStatistic:
    """A random test set of the scenario, with this many articles."""
    sizes = random.integers(1, 10, articles)
    groups = np.repeat(np.arange(articles), sizes)
    n, n_labels = len(groups), len(LABELS)
    own = random.normal(size=(articles, n_labels)) * scenario.likeness
    gold = random.random((n, n_labels)) < expit(_base(scenario) + own[groups])
    noise = random.normal(size=(n, n_labels))
    noise += SHARED_NOISE * random.normal(size=(articles, n_labels))[groups]
    score = scenario.skill * (gold - 0.5) + noise - np.array([1.2, 0.3, 0.0])
    return task_statistic(gold, score > 0, groups, LABELS, probabilities=expit(score))


_BASES: dict[Scenario, Array] = {}


def _base(scenario: Scenario) -> Array:
    """The log-odds at which each label is as frequent as the scenario says."""
    if scenario not in _BASES:
        own = np.random.default_rng(1).normal(size=200_000) * scenario.likeness
        _BASES[scenario] = np.array(
            [brentq(lambda x, p=p: expit(x + own).mean() - p, -12, 12) for p in scenario.prevalence]
        )
    return _BASES[scenario]


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


def simulate(scenario: Scenario, trials: int, seed: int) -> dict[str, Any]:
    """The share of trials, in %, in which each interval held the true value."""
    random = np.random.default_rng(seed)
    truth = np.mean(
        [
            (large := draw(scenario, TRUTH_ARTICLES, random))(np.ones((1, large.n_groups)))[0]
            for _ in range(TRUTH_DRAWS)
        ],
        axis=0,
    )
    held: dict[str, Array] = {}
    defined = np.zeros(len(truth))
    for trial in range(trials):
        statistic = draw(scenario, scenario.articles, random)
        weights = article_weights(scenario.articles, n_resamples=N_RESAMPLES, seed=seed + trial)
        known = ~np.isnan(statistic(np.ones((1, scenario.articles)))[0])
        defined += known
        for name, (low, high) in methods(statistic, weights).items():
            held[name] = held.get(name, 0) + (known & (low <= truth) & (truth <= high))
    names = [f"{figure.label or 'task'} {figure.metric}" for figure in statistic.figures]
    return {
        "scenario": asdict(scenario),
        "trials": trials,
        "true": dict(zip(names, np.round(truth, 3).tolist(), strict=True)),
        "coverage": {
            name: dict(zip(names, np.round(100 * hits / defined, 1).tolist(), strict=True))
            for name, hits in held.items()
        },
    }


def main() -> None:
    """Simulate all scenarios, print a summary and store the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=20161122)
    parser.add_argument(
        "--out", type=Path, default=Path(__file__).parent / "results" / "interval_coverage.json"
    )
    arguments = parser.parse_args()
    # Figures that are undefined in a resample are expected here.
    warnings.simplefilter("ignore", RuntimeWarning)
    results = []
    for scenario in SCENARIOS:
        result = simulate(scenario, arguments.trials, arguments.seed)
        results.append(result)
        print(scenario)
        for name, coverage in result["coverage"].items():
            values = np.array(list(coverage.values()))
            inside = ((values >= 93) & (values <= 97)).mean()  # noqa: PLR2004 - what is asked
            print(
                f"  {name:10} lowest {values.min():5.1f}  highest {values.max():5.1f}  "
                f"within 93 to 97 %: {inside:.0%} of figures",
                flush=True,
            )
    arguments.out.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
