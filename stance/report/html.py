"""An evaluation as one self-contained web page: no network, for screens, phones and paper."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from stance.evaluate.evaluation import (
    MAX_MISTAKES,
    Evaluation,
    LabelResult,
    Mistake,
    TaskResult,
)
from stance.output import numbers
from stance.output.rendering import render
from stance.report import words
from stance.report.answer import answers, warnings
from stance.report.drawing import Plot, key_of
from stance.report.plots import (
    abstaining_plot,
    label_plot,
    learning_plot,
    precision_recall_plot,
    reliability_plot,
    system_plot,
)

# Mistakes of each label and kind that are printed: all of them would fill fifty pages.
_ON_PAPER = 3


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text: plain, or marked as speaking for or against a label, or the target."""

    text: str
    kind: str = ""
    reason: str = ""


def render_html(evaluation: Evaluation) -> str:
    """The report as a page; a pure function of the record."""
    filters: dict[str, Callable[..., Any]] = {
        "number": numbers.number,
        "signed": numbers.signed,
        "interval": words.interval,
        "estimate": words.with_interval,
        "metric": words.name_of,
        "meaning": words.meaning_of,
        "p_value": numbers.p_value,
        "key": key_of,
        "pieces": pieces,
    }
    return render(
        "report.html",
        filters,
        package="stance.report",
        evaluation=evaluation,
        answers=answers(evaluation),
        warnings=warnings(evaluation),
        plots={task.name: _task_plots(task, evaluation.model) for task in evaluation.tasks},
        label_plots={
            (task.name, label.name): _label_plots(task, label)
            for task in evaluation.tasks
            for label in task.labels
        },
        mistakes=_mistakes(evaluation),
        max_mistakes=MAX_MISTAKES,
        on_paper=_ON_PAPER,
        drawn=_drawn,
    )


def pieces(mistake: Mistake) -> tuple[Piece, ...]:
    """A mistake's text cut where words spoke for or against the label, strongest first to mark."""
    marks: list[tuple[int, int, str, str]] = []
    if mistake.target is not None:
        marks.append((*mistake.target, "target", "the actor that is judged"))
    for word in sorted(mistake.words, key=lambda one: -abs(one.contribution)):
        kind = "for" if word.contribution > 0 else "against"
        reason = f"{kind} {mistake.label}: {word.feature} {numbers.signed(word.contribution)}"
        for start, end in word.spans:
            if all(end <= first or start >= last for first, last, _, _ in marks):
                marks.append((start, end, kind, reason))
    result: list[Piece] = []
    place = 0
    for start, end, kind, reason in sorted(marks):
        result += [Piece(mistake.text[place:start]), Piece(mistake.text[start:end], kind, reason)]
        place = end
    result.append(Piece(mistake.text[place:]))
    return tuple(piece for piece in result if piece.text)


def _mistakes(evaluation: Evaluation) -> list[tuple[Mistake, bool]]:
    """All mistakes, and whether so many of the label and kind went before that paper has enough."""
    seen: Counter[tuple[str, str, str]] = Counter()
    found = []
    for mistake in (mistake for task in evaluation.tasks for mistake in task.mistakes):
        kind = (mistake.task, mistake.label, mistake.kind)
        found.append((mistake, seen[kind] >= _ON_PAPER))
        seen[kind] += 1
    return found


def _task_plots(task: TaskResult, model: str) -> dict[str, Plot | None]:
    return {
        "labels": label_plot(task),
        "systems": system_plot(task, model),
        "abstaining": abstaining_plot(task),
        "learning": learning_plot(task),
    }


def _label_plots(task: TaskResult, label: LabelResult) -> Sequence[Plot]:
    found = (reliability_plot(task, label), precision_recall_plot(task, label))
    return [plot for plot in found if plot is not None]


def _drawn(plot: Plot) -> Markup:
    """A plot's drawing, which is ours and already made of escaped text."""
    return Markup(plot.svg)  # noqa: S704 - matplotlib escapes the texts in it
