"""How actors are presented: a corpus summed up per actor, and per outlet, period or article.

A share is of the paragraphs that name the actor. Its interval resamples articles and needs at least
five of them; a number that cannot be told says why and is never 0 instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import PurePath
from typing import Literal, TypeAlias

import numpy as np

from stance.actors.periods import UNKNOWN, period_names
from stance.actors.resampling import (
    LEAST_ARTICLES,
    Array,
    difference_limits,
    holm,
    permutation_p,
    shares,
)
from stance.actors.tally import ActorTally, ArticleTally, joined
from stance.codebook import Codebook, Task
from stance.errors import plural

By: TypeAlias = Literal["outlet", "date", "article"]

# With more outlets, each is held against all others together: pairs would be too many to read.
_MOST_PAIRED = 5


@dataclass(frozen=True, slots=True)
class Share:
    """A share, or a mean stance, with its 95 % interval.

    ``n`` counts paragraphs and ``n_articles`` articles that it rests on; ``reason`` says why the
    value or the interval is None.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    n_articles: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ActorProfile:
    """How the articles of one group (all articles where it is empty) present an actor.

    Attributes
    ----------
    labels
        By task and label, the share of the paragraphs naming it that carry the label.
    stances
        By stance, in codebook order, the share of the paragraphs presenting it so.
    mean_stance
        Share of the first stance less share of the last, in [-1, 1].
    """

    actor: str
    kind: str
    group: str
    n_mentions: int
    n_paragraphs: int
    n_articles: int
    labels: Mapping[str, Mapping[str, Share]]
    stances: Mapping[str, Share]
    mean_stance: Share


@dataclass(frozen=True, slots=True)
class Contrast:
    """The first outlet's mean stance towards an actor less the second's.

    ``p`` is of a permutation of articles, ``p_holm`` adjusted for all contrasts of the profile.
    """

    actor: str
    first: str
    second: str
    difference: float | None
    low: float | None
    high: float | None
    p: float | None
    p_holm: float | None
    n_articles: tuple[int, int]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """An outlet, a period or an article."""

    name: str
    title: str
    n_articles: int
    n_paragraphs: int


@dataclass(frozen=True, slots=True)
class Profile:
    """A corpus summed up.

    Attributes
    ----------
    groups
        In order: outlets by size, periods by time, articles as they came.
    actors
        Over all articles, the actor named in most paragraphs first.
    by_group
        Each actor in each group that names it, in the order of both.
    """

    by: By
    n_articles: int
    n_paragraphs: int
    stance_labels: tuple[str, ...]
    groups: tuple[Group, ...]
    actors: tuple[ActorProfile, ...]
    by_group: tuple[ActorProfile, ...]
    contrasts: tuple[Contrast, ...]


_Named: TypeAlias = list[ActorTally]


def profile(
    tallies: Iterable[ArticleTally],
    codebook: Codebook,
    *,
    by: By = "outlet",
    n_actors: int | None = None,
    seed: int = 0,
) -> Profile:
    """Sum up articles per actor, and per actor and group.

    Parameters
    ----------
    codebook
        Of the model that coded them; its first task of unit "target" is the stance.
    n_actors
        Keep the actors named in most paragraphs only; None keeps all.
    seed
        Of the resampling; the same articles and seed give the same numbers.
    """
    articles = joined(tallies)
    ranked = _ranked(articles)[:n_actors]
    group_of = _grouping(articles, by)
    groups = _groups(articles, group_of, by)
    measure = _Measure(codebook, seed)
    found: dict[str, dict[str, _Named]] = {actor: {} for actor in ranked}
    for article in articles:
        for item in article.actors:
            if item.actor in found:
                found[item.actor].setdefault(group_of(article), []).append(item)
    overall = tuple(
        measure.profile([item for items in in_groups.values() for item in items], "")
        for in_groups in found.values()
    )
    by_group = tuple(
        measure.profile(in_groups[group.name], group.name)
        for in_groups in found.values()
        for group in groups
        if group.name in in_groups
    )
    names = [group.name for group in groups if group.name != UNKNOWN]
    contrasts = _contrasts(found, names, measure) if by == "outlet" and measure.task else []
    return Profile(
        by=by,
        n_articles=len(articles),
        n_paragraphs=sum(article.n_paragraphs for article in articles),
        stance_labels=measure.task.label_names if measure.task else (),
        groups=groups,
        actors=overall,
        by_group=by_group,
        contrasts=tuple(contrasts),
    )


def _ranked(articles: Iterable[ArticleTally]) -> list[str]:
    counts: dict[str, int] = {}
    for article in articles:
        for item in article.actors:
            counts[item.actor] = counts.get(item.actor, 0) + item.n_paragraphs
    return sorted(counts, key=lambda actor: (-counts[actor], actor))


def _grouping(articles: Sequence[ArticleTally], by: By) -> Callable[[ArticleTally], str]:
    if by == "article":
        return lambda article: article.article
    if by == "outlet":
        return lambda article: article.outlet or UNKNOWN
    periods = period_names({article.published for article in articles})
    return lambda article: periods[article.published]


def _groups(
    articles: Sequence[ArticleTally], group_of: Callable[[ArticleTally], str], by: By
) -> tuple[Group, ...]:
    members: dict[str, list[ArticleTally]] = {}
    for article in articles:
        members.setdefault(group_of(article), []).append(article)
    groups = [
        Group(
            name=name,
            title=(items[0].title or PurePath(name).name) if by == "article" else name,
            n_articles=len(items),
            n_paragraphs=sum(item.n_paragraphs for item in items),
        )
        for name, items in members.items()
    ]
    if by == "outlet":
        groups.sort(key=lambda g: (g.name == UNKNOWN, -g.n_articles, g.name))
    elif by == "date":
        groups.sort(key=lambda g: (g.name == UNKNOWN, g.name))
    return tuple(groups)


class _Measure:
    """Measures one actor in one group of articles."""

    def __init__(self, codebook: Codebook, seed: int) -> None:
        self.tasks = codebook.of_unit("paragraph")
        self.task: Task | None = next(iter(codebook.of_unit("target")), None)
        self.seed = seed

    def profile(self, items: _Named, group: str) -> ActorProfile:
        """All numbers of an actor in a group."""
        n_paragraphs = np.array([item.n_paragraphs for item in items], dtype=np.float64)
        columns = [(task.name, label) for task in self.tasks for label in task.label_names]
        parts = np.array(
            [[item.labels.get(task, {}).get(label, 0) for task, label in columns] for item in items]
        ).reshape(len(items), len(columns))
        totals = np.repeat(n_paragraphs[:, None], len(columns), axis=1)
        measured = _measured(parts.astype(np.float64), totals, self.seed)
        labels: dict[str, dict[str, Share]] = {task.name: {} for task in self.tasks}
        for (task, label), share in zip(columns, measured, strict=True):
            labels[task][label] = share
        stances, mean_stance = self._stances(items)
        return ActorProfile(
            actor=items[0].actor,
            kind=items[0].kind,
            group=group,
            n_mentions=sum(item.n_mentions for item in items),
            n_paragraphs=int(n_paragraphs.sum()),
            n_articles=len(items),
            labels=labels,
            stances=stances,
            mean_stance=mean_stance,
        )

    def _stances(self, items: _Named) -> tuple[dict[str, Share], Share]:
        if self.task is None:
            reason = "the model has no task that codes targets"
            return {}, Share(None, None, None, 0, 0, reason)
        names = self.task.label_names
        counts = _counts(items, names)
        parts = np.column_stack([counts, tone_parts(counts)])
        totals = np.repeat(counts.sum(axis=1)[:, None], len(names) + 1, axis=1)
        *measured, tone = _measured(parts, totals, self.seed)
        return dict(zip(names, measured, strict=True)), _from_tone(tone)

    def contrast(self, actor: str, first: _Named, second: _Named) -> Contrast:
        """The difference of two groups' mean stances, not yet adjusted."""
        assert self.task is not None  # noqa: S101 - the caller checks; for the type checker
        counts = [_counts(items, self.task.label_names) for items in (first, second)]
        bearing = tuple(int((c.sum(axis=1) > 0).sum()) for c in counts)
        contrast = Contrast(actor, "", "", None, None, None, None, None, (bearing[0], bearing[1]))
        if min(bearing) < LEAST_ARTICLES:
            few = " and ".join(str(n) for n in bearing)
            reason = f"{few} articles name it; a contrast needs {LEAST_ARTICLES} each"
            return replace(contrast, reason=reason)
        sides = []
        for side in counts:
            tone = shares(tone_parts(side)[:, None], side.sum(axis=1)[:, None], seed=self.seed)
            sides.append(np.array([tone.value[0], tone.low[0], tone.high[0]]))
        low, high = difference_limits(*sides)
        both = np.vstack(counts)
        in_first = np.arange(len(both)) < len(counts[0])
        p = permutation_p(tone_parts(both), both.sum(axis=1), in_first, seed=self.seed)
        # Tones lie in [0, 1] and mean stances in [-1, 1]: differences are twice as large.
        difference = 2 * float(sides[0][0] - sides[1][0])
        return replace(contrast, difference=difference, low=2 * low, high=2 * high, p=p)


def _counts(items: _Named, names: Sequence[str]) -> Array:
    """Paragraphs by stance, shape (n_articles, n_stances)."""
    rows = [[item.stances.get(name, 0) for name in names] for item in items]
    return np.array(rows, dtype=np.float64).reshape(len(items), len(names))


def tone_parts(counts: Array) -> Array:
    """Numerators of the mean stance brought to [0, 1]: half of 1 plus first less last."""
    return np.asarray((counts[:, 0] - counts[:, -1] + counts.sum(axis=1)) / 2)


def _measured(parts: Array, totals: Array, seed: int) -> list[Share]:
    found = shares(parts, totals, seed=seed)
    sums, bearing = totals.sum(axis=0), (totals > 0).sum(axis=0)
    return [
        _share(found.value[i], found.low[i], found.high[i], int(sums[i]), int(bearing[i]))
        for i in range(parts.shape[1])
    ]


def _share(value: float, low: float, high: float, n: int, n_articles: int) -> Share:
    if n == 0:
        return Share(None, None, None, 0, 0, "no paragraph was decided")
    if np.isnan(low):
        reason = f"{plural(n_articles, 'article')}; an interval needs {LEAST_ARTICLES}"
        return Share(float(value), None, None, n, n_articles, reason)
    return Share(float(value), float(low), float(high), n, n_articles)


def _from_tone(tone: Share) -> Share:
    """The mean stance, brought back to [-1, 1]."""
    value, low, high = (None if x is None else 2 * x - 1 for x in (tone.value, tone.low, tone.high))
    return replace(tone, value=value, low=low, high=high)


def _contrasts(
    found: Mapping[str, Mapping[str, _Named]], names: Sequence[str], measure: _Measure
) -> list[Contrast]:
    """Between outlets: all pairs if they are few, else each against all others together."""
    contrasts = []
    for actor, in_groups in found.items():
        known = [name for name in names if name in in_groups]
        if len(names) <= _MOST_PAIRED:
            for first, second in combinations(known, 2):
                contrast = measure.contrast(actor, in_groups[first], in_groups[second])
                contrasts.append(replace(contrast, first=first, second=second))
        elif len(known) > 1:
            for first in known:
                rest = [item for name in known if name != first for item in in_groups[name]]
                contrast = measure.contrast(actor, in_groups[first], rest)
                contrasts.append(replace(contrast, first=first, second="all others"))
    told = [place for place, contrast in enumerate(contrasts) if contrast.p is not None]
    adjusted = holm(np.array([contrasts[place].p for place in told], dtype=np.float64))
    for place, p in zip(told, adjusted, strict=True):
        contrasts[place] = replace(contrasts[place], p_holm=float(p))
    return contrasts
