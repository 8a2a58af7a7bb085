"""The record of an evaluation: all numbers that the report shows, without the data's files.

An undefined number is None with its reason, never 0. Every score comes as an `Estimate`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

# Mistakes of each kind that are kept for a label.
MAX_MISTAKES = 25


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval; None where it is undefined, and then why."""

    value: float | None
    low: float | None = None
    high: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far coders agree, for label sets and for each label."""

    n_coders: int
    n: int
    n_articles: int
    metrics: Mapping[str, Estimate]
    labels: Mapping[str, Mapping[str, Estimate]]


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The coders' agreement, and the model's figures on the same units."""

    agreement: Agreement
    model: Mapping[str, Estimate]
    model_labels: Mapping[str, Estimate]


@dataclass(frozen=True, slots=True)
class System:
    """A guess, a simple model as a baseline, or another model beside the model.

    ``difference`` is the model's macro-F1 minus this one's; ``p_value`` is from a paired
    permutation test over articles and ``adjusted`` is it after Holm's correction for all
    comparisons of the report. ``told_apart`` says whether the two differ at the 5 % level.
    ``unavailable`` says why there are no figures, where there are none.
    """

    name: str
    kind: Literal["guess", "baseline", "model"]
    macro_f1: Estimate = Estimate(None)
    micro_f1: Estimate = Estimate(None)
    labels: Mapping[str, Estimate] = field(default_factory=dict)
    difference: Estimate = Estimate(None)
    p_value: float | None = None
    adjusted: float | None = None
    told_apart: bool = False
    unavailable: str = ""


@dataclass(frozen=True, slots=True)
class Bin:
    """Units of about equal probability; ``low`` and ``high`` bound the share."""

    count: int
    lowest: float
    highest: float
    probability: float
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """Whether a label's probabilities are true.

    ``chance_ece`` is the expected calibration error that true probabilities would show in a test
    of this size, by chance alone. ``score`` is the Brier score with its interval; ``brier`` holds
    it and its parts by name.
    """

    bins: tuple[Bin, ...]
    ece: Estimate
    chance_ece: float
    score: Estimate
    brier: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Point:
    """A point of a curve."""

    x: float
    y: float
    at: float | None = None


@dataclass(frozen=True, slots=True)
class LabelResult:
    """One label: its figures, its probabilities and its precision-recall curve.

    ``chosen`` is the point of the curve that the model's decisions stand at, ``at`` the threshold
    (None where labels are given together: the most probable one, or the best set).
    """

    name: str
    definition: str
    support: int
    n_predicted: int
    metrics: Mapping[str, Estimate]
    calibration: Calibration | None = None
    curve: tuple[Point, ...] = ()
    chosen: Point | None = None


@dataclass(frozen=True, slots=True)
class Slice:
    """Results on the units that share a value of a column.

    ``difference`` is the micro-F1 inside minus that outside, ``adjusted`` its p-value after Holm's
    correction for all slices of the task.
    """

    column: str
    value: str
    n: int
    n_articles: int
    micro_f1: Estimate
    macro_f1: Estimate
    difference: Estimate
    adjusted: float | None
    differs: bool


@dataclass(frozen=True, slots=True)
class Word:
    """A feature that spoke for a label (above 0) or against it, and where it stands."""

    feature: str
    contribution: float
    spans: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Mistake:
    """A decision that differs from gold, worst first; the text may be left out."""

    task: str
    label: str
    kind: Literal["false positive", "false negative"]
    id: str
    article: str
    text: str
    probability: float
    gold: tuple[str, ...]
    predicted: tuple[str, ...]
    words: tuple[Word, ...] = ()
    target: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Doubt:
    """A gold label that is probably wrong, to be read again."""

    label: str
    id: str
    article: str
    text: str
    has_label: bool
    probability: float


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """Macro-F1 of a model trained on so many articles."""

    n_articles: int
    n_units: int
    macro_f1: Estimate


@dataclass(frozen=True, slots=True)
class LearningCurve:
    """Scores against training articles, and what twice as many would give by the fitted curve.

    The curve is ``limit - loss * n ** -rate``.
    """

    recipe: str
    points: tuple[CurvePoint, ...]
    limit: float
    loss: float
    rate: float
    doubled: Estimate
    gain: Estimate


@dataclass(frozen=True, slots=True)
class TaskResult:
    """All that is known of one task.

    ``together`` counts units with both labels in gold, shape (n_labels, n_labels); ``confusion``
    counts units that miss the row's gold label and wrongly have the column's, hits on the
    diagonal. ``without_overlap`` holds macro-F1, micro-F1 and subset accuracy on the units
    that training has not seen.
    """

    name: str
    unit: str
    several: bool
    definition: str
    n: int
    n_articles: int
    metrics: Mapping[str, Estimate]
    labels: tuple[LabelResult, ...]
    systems: tuple[System, ...] = ()
    ceiling: Ceiling | None = None
    no_ceiling: str = ""
    abstaining: tuple[Point, ...] = ()
    together: tuple[tuple[int, ...], ...] = ()
    confusion: tuple[tuple[int, ...], ...] = ()
    slices: tuple[Slice, ...] = ()
    mistakes: tuple[Mistake, ...] = ()
    n_mistakes: int = 0
    doubts: tuple[Doubt, ...] = ()
    n_overlapping: int = 0
    without_overlap: Mapping[str, Estimate] = field(default_factory=dict)
    learning_curve: LearningCurve | None = None


@dataclass(frozen=True, slots=True)
class OverlapResult:
    """How much of the test stands in the training data; None where it cannot be known."""

    checked_with: Literal["text", "signatures", "nothing"]
    reason: str
    n: int
    same_article: int | None = None
    same_paragraph: int | None = None
    near_duplicate: int | None = None
    examples: tuple[str, ...] = ()

    @property
    def is_clean(self) -> bool:
        """Whether the check was made and found nothing."""
        found = (self.same_article, self.same_paragraph, self.near_duplicate)
        return self.checked_with != "nothing" and not any(found)


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """SHA-256 of what the numbers were made from; empty where it is not known."""

    model: str
    data: str
    recipe: str
    training_data: str


@dataclass(frozen=True, slots=True)
class Evaluation:
    """An evaluation of one model on labelled files.

    ``articles_known`` says whether any row names its article; if none does, each paragraph counts
    as an article of its own. ``quotes_texts`` says whether paragraphs of the test stand in it.
    """

    model: str
    description: str
    files: tuple[str, ...]
    n_paragraphs: int
    n_articles: int
    n_noise: int
    articles_known: bool
    fingerprints: Fingerprints
    training: Mapping[str, int]
    overlap: OverlapResult
    tasks: tuple[TaskResult, ...]
    notes: tuple[str, ...]
    seed: int
    n_resamples: int
    stance: str
    recipe: Mapping[str, Any] = field(default_factory=dict)
    quotes_texts: bool = True


def without_texts(evaluation: Evaluation) -> Evaluation:
    """The same evaluation without a word of the test: paragraphs keep their names alone.

    For texts that may not be copied, or that would tell who wrote or is named in them.
    """
    tasks = tuple(
        replace(
            task,
            mistakes=tuple(replace(m, text="", words=(), target=None) for m in task.mistakes),
            doubts=tuple(replace(doubt, text="") for doubt in task.doubts),
        )
        for task in evaluation.tasks
    )
    return replace(evaluation, tasks=tasks, quotes_texts=False)
