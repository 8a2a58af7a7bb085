"""The first screen: can I use this model for my question, in plain words from the numbers.

A label is judged as a human coder would be: by Krippendorff's alpha between model and gold, with
the limits that he gives (2004, Content analysis, section 11.4.2): .80 to rely on, .667 for
tentative conclusions. The whole interval has to be beyond a limit, so a small test cannot promise.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from stance.errors import plural
from stance.evaluate.evaluation import (
    Estimate,
    Evaluation,
    LabelResult,
    OverlapResult,
    System,
    TaskResult,
)
from stance.output.numbers import number
from stance.report.words import in_hundred, listed, with_interval

# Labels of one verdict that the headline names; of more it tells the number.
_MOST_NAMED = 8

RELIABLE = 0.8
TENTATIVE = 0.667


@dataclass(frozen=True, slots=True)
class LabelAnswer:
    """A label's verdict (``kind`` for its colour), the agreement behind it, and what it means."""

    label: str
    kind: str
    verdict: str
    agreement: str
    right: str
    found: str
    given: str
    true: str
    support: int


@dataclass(frozen=True, slots=True)
class TaskAnswer:
    """What the first screen says of a task."""

    task: str
    headline: str
    sentences: tuple[str, ...]
    labels: tuple[LabelAnswer, ...]


# What stands in the place of a verdict where half of the test or more was learned from.
LEARNED = "no answer: the model learned from the test"

VERDICTS = {
    "good": "rely on it",
    "fair": "for tentative conclusions",
    "near": "perhaps for tentative conclusions; a larger test would tell",
    "poor": "do not rely on it",
    "open": "the test is too small to say",
}


def answers(evaluation: Evaluation) -> tuple[TaskAnswer, ...]:
    """The first screen of each task."""
    return tuple(
        _unanswered(_task(task), task) if _is_learned(task, evaluation.overlap) else _task(task)
        for task in evaluation.tasks
    )


def _is_learned(task: TaskResult, overlap: OverlapResult) -> bool:
    """Whether half of a task's test or more was learned from."""
    # Articles of the same name, "1" or "2", may be others: paragraphs must be the same. There may
    # be more of them than the task has units, or fewer than their targets.
    n_learned = (overlap.same_paragraph or 0) + (overlap.near_duplicate or 0)
    return 2 * task.n_overlapping >= task.n and 2 * n_learned >= min(task.n, overlap.n)


def warnings(evaluation: Evaluation) -> tuple[str, ...]:
    """What stands above everything else: a test that was not fair, or that nobody checked."""
    overlap = evaluation.overlap
    found: list[str] = []
    if told := unfairness(overlap):
        found.append(told)
    if not overlap.is_clean:
        found += [
            f"{task.name}: macro-F1 {with_interval(task.metrics['macro_f1'])} with the "
            f"{plural(task.n_overlapping, task.unit)} that overlap; "
            f"without: {with_interval(task.without_overlap['macro_f1'])}."
            for task in evaluation.tasks
            if task.n_overlapping
        ]
    if not evaluation.articles_known:
        found.append(
            "The rows name no article, so each paragraph counts as one. If several come from one "
            "article, the intervals are too narrow: add a field with the article."
        )
    small = [task.name for task in evaluation.tasks if task.n_articles < 20]  # noqa: PLR2004
    if small:
        found.append(
            f"The test of {listed(small)} has fewer than 20 articles. "
            "Its intervals are rough; read them as the least doubt there is."
        )
    return tuple(found)


def unfairness(overlap: OverlapResult) -> str:
    """Why a test was not fair, or that nobody knows; empty where it was."""
    if overlap.checked_with == "nothing":
        return f"Nobody knows whether the test was fair: {overlap.reason}."
    if overlap.is_clean:
        return ""
    if not overlap.same_paragraph and not overlap.near_duplicate:
        return (
            f"Of {plural(overlap.n, 'paragraph')}, {overlap.same_article} stand in articles called "
            "as ones that were trained on. If they are the same articles, the figures are too good."
        )
    return (
        f"The test overlaps with the training data: of {plural(overlap.n, 'paragraph')}, "
        f"{overlap.same_article} stand in articles that were trained on, "
        f"{overlap.same_paragraph} were trained on word for word, and "
        f"{overlap.near_duplicate} nearly so. The figures are too good."
    )


def label_kind(label: LabelResult) -> str:
    """Which verdict a label gets: good, fair, near, poor or open."""
    alpha = label.metrics["alpha"]
    if alpha.value is None or alpha.low is None or alpha.high is None:
        return "open"
    if alpha.low >= RELIABLE:
        return "good"
    if alpha.low >= TENTATIVE:
        return "fair"
    if alpha.value >= TENTATIVE:
        return "near"
    return "poor" if alpha.high < RELIABLE else "open"


def _task(task: TaskResult) -> TaskAnswer:
    labels = tuple(_label(label) for label in task.labels)
    return TaskAnswer(
        task=task.name,
        headline=_headline(labels),
        sentences=tuple(s for s in (_size(task), _people(task), *_rivals(task), _data(task)) if s),
        labels=labels,
    )


def _unanswered(answer: TaskAnswer, task: TaskResult) -> TaskAnswer:
    """The same without verdicts: a test that was learned from says nothing of other texts."""
    return replace(
        answer,
        headline=(
            f"No answer: {task.n_overlapping} of the {plural(task.n, task.unit)} overlap with "
            "what the model learned from. Evaluate it on others."
        ),
        labels=tuple(replace(one, kind="open", verdict=LEARNED) for one in answer.labels),
    )


def _headline(labels: tuple[LabelAnswer, ...]) -> str:
    of_kind = {kind: [one.label for one in labels if one.kind == kind] for kind in VERDICTS}
    if len(of_kind["good"]) == len(labels):
        return "Yes: every label can be relied on."
    told = {
        kind: listed(names) if len(names) <= _MOST_NAMED else f"{len(names)} labels"
        for kind, names in of_kind.items()
        if names
    }
    parts = []
    if "good" in told:
        parts.append(f"you can rely on {told['good']}")
    if "fair" in told:
        parts.append(f"use {told['fair']} for tentative conclusions")
    if "near" in told:
        parts.append(f"perhaps {told['near']}, of which a larger test would tell more")
    if "open" in told:
        parts.append(f"the test is too small to say of {told['open']}")
    if "poor" in told:
        parts.append(f"do not rely on {told['poor']} without reading for yourself")
    if len(of_kind["poor"]) == len(labels):
        return "No: no label can be relied on without reading for yourself."
    start = "In part: " if of_kind["good"] or of_kind["fair"] else "Not yet: "
    return f"{start}{'; '.join(parts)}."


def _label(label: LabelResult) -> LabelAnswer:
    kind = label_kind(label)
    return LabelAnswer(
        label=label.name,
        kind=kind,
        verdict=VERDICTS[kind],
        agreement=with_interval(label.metrics["alpha"], digits=2),
        right=in_hundred(label.metrics["precision"]),
        found=in_hundred(label.metrics["recall"]),
        given=in_hundred(label.metrics["predicted_prevalence"]),
        true=in_hundred(label.metrics["prevalence"]),
        support=label.support,
    )


def _size(task: TaskResult) -> str:
    return (
        f"Tested on {plural(task.n, task.unit)} of {plural(task.n_articles, 'article')}. "
        "Over all labels, its score (macro-F1: 0 is useless, 1 is perfect) is "
        f"{with_interval(task.metrics['macro_f1'])}."
    )


def _people(task: TaskResult) -> str:
    if task.ceiling is None:
        return ""
    people, model = task.ceiling.agreement.metrics["macro_f1"], task.ceiling.model["macro_f1"]
    if people.value is None or model.value is None:
        return ""
    if model.high is not None and people.low is not None and model.high < people.low:
        verdict = "The model is not yet as good as a second person"
    elif model.low is not None and people.high is not None and model.low > people.high:
        verdict = "The model agrees with the hand labels more than people agree with each other"
    else:
        verdict = "Model and second person cannot be told apart here"
    return (
        f"{verdict}: on the same {plural(task.ceiling.agreement.n, task.unit)}, one coder against "
        f"another scores {with_interval(people)}, the model {with_interval(model)}."
    )


def _rivals(task: TaskResult) -> list[str]:
    known = [
        one for one in task.systems if not one.unavailable and one.difference.value is not None
    ]
    better = [one for one in known if one.told_apart and _gap(one) > 0]
    same = [one.name for one in known if not one.told_apart]
    worse = [one.name for one in known if one.told_apart and _gap(one) < 0]
    missing = [one.name for one in task.systems if one.unavailable]
    sentences = []
    if better:
        sentences.append(f"It is better than {listed(_grouped(better))}.")
    if same:
        sentences.append(
            f"It cannot be told apart from {listed(same)}: this test does not show which is better."
        )
    if worse:
        sentences.append(f"It is worse than {listed(worse)}: use that instead.")
    if missing:
        sentences.append(f"Not compared with {listed(missing)}; the table says why.")
    return sentences


def _grouped(systems: list[System]) -> list[str]:
    """The systems' names, guesses and simpler models told to be such."""
    names = {
        kind: [one.name for one in systems if one.kind == kind]
        for kind in ("guess", "baseline", "model")
    }
    found = []
    if names["guess"]:
        found.append(f"guessing ({', '.join(names['guess'])})")
    if names["baseline"]:
        found.append(f"simpler models ({', '.join(names['baseline'])})")
    return found + names["model"]


def _gap(system: System) -> float:
    return system.difference.value or 0.0


def _data(task: TaskResult) -> str:
    curve = task.learning_curve
    if curve is None:
        return ""
    gain: Estimate = curve.gain
    if gain.value is None or gain.low is None:
        return ""
    return (
        f"Twice the labelled articles would change macro-F1 by about {number(gain.value)} "
        f"({number(gain.low)} to {number(gain.high)}), by the fitted learning curve."
    )
