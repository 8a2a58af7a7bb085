"""What a recipe may say, as frozen settings: data, features, parts, classifier, decision, teacher.

Every setting has its default here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, Self

from stance.errors import SettingsError
from stance.settings import converted

# An encoder's layers that may be tuned; the lowest stays, as the layers below run by themselves.
MOST_TUNED = 5


@dataclass(frozen=True, slots=True)
class TargetFields:
    """Where a row names its targets.

    ``within`` is the field that lists the targets, each a table with the other fields; empty
    means that the row itself is one target. ``start`` and ``end`` (exclusive) count code points
    in the row's text; ``mention`` is the wording, used alone where a row has no span.
    """

    within: str = ""
    start: str = "start"
    end: str = "end"
    mention: str = "mention"


@dataclass(frozen=True, slots=True)
class DataSettings:
    """Which files to learn from, and which of their fields say what.

    ``evaluate`` names labelled files that are never learned from; the card reports on them.

    ``labels`` maps each task to its field. Left out, rows with ``labels`` (a list) or ``label``
    (one value) are understood. ``group`` holds what must stay on one side of a split (the
    article); with ``group_pattern``, a regular expression, only its first match in that field
    counts. ``topic`` holds the issue that a text takes a stance on, where no target is named in it.
    """

    train: tuple[str, ...] = ()
    evaluate: tuple[str, ...] = ()
    text: str = "text"
    id: str = "id"
    group: str = "article"
    group_pattern: str = ""
    title: str = "title"
    noise: str = "noise"
    topic: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    target: TargetFields = TargetFields()


@dataclass(frozen=True, slots=True)
class BlockSettings:
    """One feature block: its kind, its weight beside the other blocks, and its options.

    With ``optional``, the block is left out, and said to be, where the extra that it needs is not
    installed. With ``context``, the block reads not the unit but the other units of its article
    (their mean vector; zeros where there are none). The options are the constructor arguments of
    the extractor of that kind.
    """

    kind: str
    weight: float = 1.0
    context: bool = False
    optional: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_table(cls, data: Mapping[str, Any], where: str) -> Self:
        """The block that a table holds: what is no field is an option."""
        kind = data.get("kind")
        if not isinstance(kind, str):
            message = f'{where}: "kind" is {kind!r}. Write the block\'s kind, as kind = "tfidf".'
            raise SettingsError(message)
        weight = converted(float, data.get("weight", 1.0), f'{where}, "weight"')
        if weight <= 0:
            message = (
                f"{where}: weight is {weight}. Write a number above 0, or leave the block out."
            )
            raise SettingsError(message)
        own = {
            key: converted(bool, data[key], f'{where}, "{key}"')
            for key in ("context", "optional")
            if key in data
        }
        plain = {"kind", "weight", "context", "optional"}
        options = {key: value for key, value in data.items() if key not in plain}
        return cls(kind=kind, weight=weight, options=options, **own)

    def as_dict(self) -> dict[str, Any]:
        """The table that the block was read from."""
        own = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "options"}
        return {**own, **self.options}


# What a recipe without [features] reads: words alone and in pairs.
DEFAULT_FEATURES: Mapping[str, BlockSettings] = {
    "words": BlockSettings("tfidf", options={"ngrams": [1, 2], "min_df": 2})
}


@dataclass(frozen=True, slots=True)
class ClassifierSettings:
    """The linear classifier of a task.

    Attributes
    ----------
    C
        Inverse strengths of the L2 penalty to choose from, by cross-validation.
    class_weight
        "balanced" weighs each class by its inverse frequency; "none" does not. A soft label's
        weight goes to both sides (see `stance.classify.solver.balanced_weights`).
    nb_weights
        Whether features are scaled by naive-Bayes log-count ratios before fitting, label by label
        (Wang and Manning 2012); not for "multinomial".
    multiclass
        Where one label holds: "multinomial" learns all classes together, "one-vs-rest" each
        against all others.
    """

    C: tuple[float, ...] = (0.3, 1.0, 3.0, 10.0)
    class_weight: Literal["balanced", "none"] = "balanced"
    nb_weights: bool = False
    multiclass: Literal["multinomial", "one-vs-rest"] = "multinomial"


@dataclass(frozen=True, slots=True)
class TuningSettings:
    """How a part's upper layers are tuned on the labels.

    Attributes
    ----------
    layers
        How many of the encoder's layers move, from the top.
    epochs
        How often every text is learned from. Fewer than some 800 texts are learned from more
        often, until 75 steps of 32 texts are taken.
    rate
        The layers' learning rate.
    windows
        How many windows of 256 tokens of a text are read, from its beginning; 0 reads all. The
        cost of long texts grows with it.
    folds
        How many folds the cross-validation of the part has; tuning takes long, so it has fewer.
    """

    layers: int = 2
    epochs: int = 3
    rate: float = 1e-4
    windows: int = 0
    folds: int = 3


@dataclass(frozen=True, slots=True)
class PartSettings:
    """A linear model of some of the blocks, whose scores are averaged with the other parts'.

    Blocks that need different penalties (thousands of rare words, a few hundred numbers of an
    encoder) do better apart than with one penalty for all.

    Attributes
    ----------
    features
        Names of the blocks that it reads; empty means all.
    read
        "whole" reads a text as one; "sentences" reads each of its sentences by itself and takes
        the best score, for long texts that carry a label because of a sentence or two. "tuned"
        reads no blocks, but with the sentence encoder of ``stance[semantic]``, its upper layers
        tuned on the hand labels.
    C
        Inverse strengths of the penalty to choose from, for this part; empty means as the
        classifier says.
    share
        Its weight in the average, above 0; shares need not sum to 1. Scores are brought to
        standard deviation 1 before they are averaged.
    taught
        Whether it listens to the teacher of a recipe with ``[distill]``; if not, it learns from
        the hand labels alone.
    optional
        Whether a part that is tuned is left out, and said to be, where the encoder is missing.
    tuning
        How a part that is tuned is.
    """

    features: tuple[str, ...] = ()
    read: Literal["whole", "sentences", "tuned"] = "whole"
    C: tuple[float, ...] = ()
    share: float = 1.0
    taught: bool = True
    optional: bool = False
    tuning: TuningSettings = TuningSettings()


@dataclass(frozen=True, slots=True)
class CalibrationSettings:
    """How raw scores become probabilities.

    "auto" takes isotonic regression where at least ``isotonic_from`` out-of-fold scores are of
    units with the label and as many of units without it, and Platt's sigmoid where either is rarer.
    """

    method: Literal["auto", "isotonic", "platt"] = "auto"
    isotonic_from: int = 1000


@dataclass(frozen=True, slots=True)
class DecisionSettings:
    """How probabilities become labels.

    Attributes
    ----------
    optimise
        What the thresholds are chosen for, on out-of-fold scores: the F1 of each label
        ("f1"), the example-based F1 ("example_f1"), or, where one label holds, macro-F1
        ("f1") or accuracy ("accuracy", the most probable label).
    at_least_one
        Whether a unit always carries its most probable label.
    draws
        How many label sets, drawn from the calibrated probabilities, are counted beside each
        unit's own when thresholds are chosen. With few units the best threshold is a matter of
        chance; drawn labels smooth it.
    """

    optimise: Literal["f1", "example_f1", "accuracy"] = "f1"
    at_least_one: bool = False
    draws: int = 0


@dataclass(frozen=True, slots=True)
class DistillSettings:
    """Unlabelled text and the teacher whose opinions on it the student learns.

    Where ``weight``, ``sample``, ``terms`` or ``rounds`` lists several values, every combination
    is tried, and article-grouped cross-validation on the hand labels chooses.

    Attributes
    ----------
    unlabelled
        Files of text without labels, any that `stance classify` reads.
    teacher
        A recipe to fit as teacher on the same labels, or a trained model's folder.
    tasks
        The tasks that are distilled; empty means all. A task that codes targets needs the
        recipe's ``actors``, which are looked for in the unlabelled text.
    keep_apart
        Files of text, labelled or not, that the model will be evaluated on: unlabelled
        paragraphs that are near-duplicates of theirs are left out, as are those of the training
        files and of the files to evaluate on.
    weight
        Weight of one unlabelled paragraph beside one hand-labelled, above 0.
    sample
        How many unlabelled paragraphs to use at most; 0 means all.
    terms
        How many terms the student reads at most, those that most texts hold; 0 means all.
    rounds
        How often the student is taught anew by the student before it (self-training); 0 means
        that the teacher alone teaches.
    """

    unlabelled: tuple[str, ...] = ()
    teacher: str = ""
    tasks: tuple[str, ...] = ()
    keep_apart: tuple[str, ...] = ()
    weight: tuple[float, ...] = (0.3,)
    sample: tuple[int, ...] = (0,)
    terms: tuple[int, ...] = (0,)
    rounds: tuple[int, ...] = (0,)

    def teaches(self, task: str) -> bool:
        """Whether a task is distilled."""
        return not self.tasks or task in self.tasks


@dataclass(frozen=True, slots=True)
class TaskSettings:
    """What a task does in its own way; None means as the whole recipe does."""

    features: Mapping[str, BlockSettings] | None = None
    parts: Mapping[str, PartSettings] | None = None
    classifier: ClassifierSettings | None = None
    calibration: CalibrationSettings | None = None
    decision: DecisionSettings | None = None
