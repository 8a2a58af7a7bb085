"""Estimates and names as people read them."""

from __future__ import annotations

from stance.evaluate.evaluation import Estimate
from stance.output.numbers import UNDEFINED, number

# What a metric is called in a report, and what it says in a few words.
METRICS: dict[str, tuple[str, str]] = {
    "macro_f1": ("Macro-F1", "mean F1 of the labels, each counting the same"),
    "micro_f1": ("Micro-F1", "F1 of all decisions together"),
    "weighted_f1": ("Weighted F1", "mean F1 of the labels, each by its frequency"),
    "example_f1": ("Example-based F1", "mean F1 between gold and predicted label sets"),
    "jaccard": ("Jaccard", "mean share of shared labels among all labels of a unit"),
    "subset_accuracy": ("Subset accuracy", "share of units with exactly the gold labels"),
    "hamming_loss": ("Hamming loss", "share of wrong decisions; less is better"),
    "mcc": ("Matthews correlation", "from -1 to 1; 0 is chance"),
    "kappa": ("Cohen's kappa", "agreement with gold beyond chance"),
    "alpha": ("Krippendorff's alpha", "agreement with gold beyond chance; .80 is reliable"),
    "alpha_masi": ("Alpha, MASI", "agreement on label sets; near sets count in part"),
    "percent": ("Percent agreement", "share of units with equal labels"),
    "precision": ("Precision", "of the units given the label, the share that have it"),
    "recall": ("Recall", "of the units that have the label, the share that is found"),
    "f1": ("F1", "harmonic mean of precision and recall"),
    "average_precision": ("Average precision", "how well probabilities rank the units"),
    "prevalence": ("True share", "share of units that have the label"),
    "predicted_prevalence": ("Given share", "share of units that are given the label"),
}


def name_of(metric: str) -> str:
    """A metric's name in a report."""
    return METRICS.get(metric, (metric.replace("_", " "), ""))[0]


def meaning_of(metric: str) -> str:
    """A metric in a few words; empty for one that is not known."""
    return METRICS.get(metric, ("", ""))[1]


def interval(one: Estimate, *, digits: int = 3) -> str:
    """The interval of an estimate, in one line; empty where there is none."""
    if one.low is None or one.high is None:
        return ""
    return f"{number(one.low, digits=digits)}\u00a0to\u00a0{number(one.high, digits=digits)}"


def with_interval(one: Estimate, *, digits: int = 3) -> str:
    """An estimate with its interval, or why it is undefined."""
    if one.value is None:
        return f"{UNDEFINED}: {one.reason}" if one.reason else UNDEFINED
    value, ends = number(one.value, digits=digits), interval(one, digits=digits)
    return f"{value} ({ends})" if ends else value


def in_hundred(one: Estimate) -> str:
    """A share as so many in a hundred, with its interval.

    >>> " ".join(in_hundred(Estimate(0.876, 0.8, 0.93)).split())
    '88 in 100 (80 to 93)'
    """
    if one.value is None:
        return UNDEFINED
    text = f"{100 * one.value:.0f} in 100"
    if one.low is None or one.high is None:
        return text
    return f"{text} ({100 * one.low:.0f}\u00a0to\u00a0{100 * one.high:.0f})"


def listed(names: list[str]) -> str:
    """Names as a phrase.

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
