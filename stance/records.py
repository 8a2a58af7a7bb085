"""The frozen types that flow from room to room.

Spans are half-open and count Unicode code points, as Python does: ``text[start:end]``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]
Span: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Article:
    """One news article, its text as it was read and never edited afterwards.

    ``source`` is the file that it came from, ``row`` the 1-based row in it where the file is a
    table; ``published`` is kept as it was written in the source. ``extra`` holds the row's other
    cells by column name, if they were asked for.
    """

    id: str
    text: str
    title: str = ""
    outlet: str = ""
    published: str = ""
    language: str = ""
    url: str = ""
    source: str = ""
    row: int | None = None
    # Left out of the hash: cells may be lists.
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of an article: ``article.text[start:end] == text`` holds for any Unicode.

    ``noise`` names the kind of boilerplate ("byline", "caption", "link", ...), or is empty for
    a paragraph that is part of the report.
    """

    article: str
    index: int
    start: int
    end: int
    text: str
    noise: str = ""

    @property
    def is_noise(self) -> bool:
        """Whether this is boilerplate, which carries no labels and never counts."""
        return bool(self.noise)


@dataclass(frozen=True, slots=True)
class Unit:
    """What a task codes: a paragraph, or a target marked in it.

    ``start`` and ``end`` mark the target in ``text`` (both None where the paragraph itself is
    coded); ``others`` are the spans of other actors in the same text; ``topic`` is the issue
    that the text takes a stance on, where no target is named in it. ``article`` names the
    article that the unit is part of: units of one article, read together, are each other's
    context; empty where there is none.
    """

    text: str
    start: int | None = None
    end: int | None = None
    others: tuple[Span, ...] = ()
    topic: str = ""
    article: str = ""


@dataclass(frozen=True, slots=True)
class Mention:
    """An actor named in a text: ``text[start:end]`` is the wording that named it."""

    actor: str
    start: int
    end: int
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Scores:
    """What a model says of n units (paragraphs or targets) for one task.

    Attributes
    ----------
    task
        Name of the task in the codebook.
    raw
        Linear scores, float64 of shape (n, n_labels), columns in codebook order.
    values
        Calibrated probabilities in [0, 1], the same shape; rows sum to 1 where the task allows
        one label only.
    """

    task: str
    raw: Floats
    values: Floats


@dataclass(frozen=True, slots=True)
class Evidence:
    """One feature's part in a label's raw score.

    ``contribution`` is signed; the contributions of all features and the label's intercept sum
    to the raw score. ``spans`` are where the feature stands in the paragraph.
    """

    feature: str
    contribution: float
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class LabelEvidence:
    """Why a label got its raw score: ``intercept + rest + sum of contributions == raw``.

    ``features`` are the strongest, largest contribution first by size; ``rest`` is what all
    other features add together. Spans count in the paragraph's text.
    """

    raw: float
    intercept: float
    features: tuple[Evidence, ...]
    rest: float = 0.0


@dataclass(frozen=True, slots=True)
class Stance:
    """How a paragraph presents one actor; the span counts in the article's text."""

    task: str
    actor: str
    mention: str
    start: int
    end: int
    stance: str
    scores: Mapping[str, float]
    evidence: Mapping[str, LabelEvidence] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Coding:
    """A paragraph with all that the model says of it.

    ``labels`` and ``scores`` are keyed by task, then by label in codebook order. A task that the
    model cannot decide at the asked confidence stands in ``undecided`` (for a task with several
    labels: the labels that it cannot decide). A noise paragraph has neither labels nor scores.
    ``evidence`` is keyed by task and label and is filled only when it was asked for.
    """

    paragraph: Paragraph
    title: str = ""
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    scores: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    undecided: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    stances: tuple[Stance, ...] = ()
    evidence: Mapping[str, Mapping[str, LabelEvidence]] = field(default_factory=dict)
