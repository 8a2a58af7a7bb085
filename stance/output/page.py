"""Codings as one self-contained web page: no network, readable on a phone and on paper."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any

from stance import __version__
from stance.model import Model
from stance.output.records import stance_text
from stance.output.rendering import render
from stance.records import Coding, Span

# So many of a label's strongest words are marked; more would colour the whole paragraph.
_MARKED_FEATURES = 6


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a paragraph: marked with the label it speaks for, or plain."""

    text: str
    task: str = ""
    label: str = ""
    reason: str = ""


def render_page(codings: Iterable[Coding], model: Model) -> str:
    """The page for some articles' codings; words are marked where evidence is there."""
    articles = [
        _article(name, list(found))
        for name, found in groupby(codings, key=lambda coding: coding.paragraph.article)
    ]
    tasks = {task.name: list(task.label_names) for task in model.codebook.of_unit("paragraph")}
    return render(
        "codings.html",
        {"stance_text": stance_text},
        articles=articles,
        tasks=tasks,
        hues=_hues(tasks),
        definitions={t: dict(model.codebook.tasks[t].labels) for t in tasks},
        model=model,
        version=__version__,
    )


def _hues(tasks: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """A colour number for each label, the same on the whole page."""
    labels = [f"{task}.{label}" for task, names in tasks.items() for label in names]
    return {label: number % 8 for number, label in enumerate(labels)}


def _article(name: str, codings: list[Coding]) -> dict[str, Any]:
    # Places, and not paragraphs' numbers, which begin anew where rows of a table share an id.
    told = [(place, c) for place, c in enumerate(codings) if not c.paragraph.is_noise]
    counts = {
        task: {label: sum(label in c.labels.get(task, ()) for _, c in told) for label in labels}
        for task, labels in (told[0][1].scores.items() if told else ())
    }
    return {
        "name": name,
        "title": codings[0].title or name,
        "codings": [(coding, pieces(coding)) for coding in codings],
        "told": told,
        "n_noise": len(codings) - len(told),
        "counts": counts,
    }


def pieces(coding: Coding) -> list[Piece]:
    """The paragraph cut where marked words begin and end.

    A word is marked for the given label that it speaks for most.
    """
    text = coding.paragraph.text
    marks = _marks(coding)
    cuts = sorted({0, len(text), *(place for span, _ in marks for place in span)})
    found = []
    for start, end in pairwise(cuts):
        covering = [piece for (s, e), piece in marks if s <= start and end <= e]
        best = covering[0] if covering else Piece("")
        found.append(Piece(text[start:end], best.task, best.label, best.reason))
    return _merged(found)


def _marks(coding: Coding) -> list[tuple[Span, Piece]]:
    """Spans to mark, the strongest evidence first."""
    marks: list[tuple[float, Span, Piece]] = []
    for task, labels in coding.evidence.items():
        for label in coding.labels.get(task, ()):
            speaking = [f for f in labels[label].features if f.contribution > 0 and f.spans]
            for feature in speaking[:_MARKED_FEATURES]:
                reason = f"{label} {feature.contribution:+.2f}: {feature.feature}"
                piece = Piece("", task, label, reason)
                marks += [(feature.contribution, span, piece) for span in feature.spans]
    marks.sort(key=lambda mark: -mark[0])
    return [(span, piece) for _, span, piece in marks]


def _merged(found: list[Piece]) -> list[Piece]:
    """Neighbours that say the same, joined."""
    merged: list[Piece] = []
    for piece in found:
        last = merged[-1] if merged else None
        if last and (last.task, last.label, last.reason) == (piece.task, piece.label, piece.reason):
            merged[-1] = Piece(last.text + piece.text, last.task, last.label, last.reason)
        else:
            merged.append(piece)
    return merged
