"""Unlabelled text for a student: read, without what it is evaluated on, its actors marked.

A teacher's calibrated probabilities on this text are the student's soft labels (Hinton, Vinyals
and Dean 2015, Distilling the knowledge in a neural network); `stance.learn.teacher` has the
teachers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress

import numpy as np
import numpy.typing as npt

from stance.actors.catalogue import Catalogue
from stance.errors import InputError, SettingsError
from stance.evaluate.duplicates import overlap
from stance.features.target_batch import TargetBatch
from stance.recipe import Recipe
from stance.recipe_settings import DistillSettings
from stance.records import Article, Paragraph, Unit
from stance.text.cleaning import paragraphs_of
from stance.text.problems import Problem
from stance.text.reading import read_articles

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Pool:
    """Unlabelled units of one kind.

    ``rank`` has the place of each unit's paragraph in a random order, shape (n,): the paragraphs
    of the lowest ranks are a random sample, and smaller samples are part of larger ones.
    """

    units: tuple[Unit, ...]
    rank: Ints


NO_UNITS = Pool((), np.zeros(0, dtype=np.int64))


@dataclass(frozen=True)
class Unlabelled:
    """Paragraphs without labels, and the actors named in them as targets.

    ``n_left_out`` counts the paragraphs that near-duplicate labelled or evaluation text and were
    left out.
    """

    paragraphs: Pool
    targets: Pool
    n_left_out: int

    def of_unit(self, unit: str) -> Pool:
        """The units of that kind, "paragraph" or "target"."""
        return self.targets if unit == "target" else self.paragraphs


@dataclass(frozen=True)
class _Read:
    """A paragraph and the article that it stands in."""

    paragraph: Paragraph
    article: Article


def read_unlabelled(
    recipe: Recipe,
    settings: DistillSettings,
    known: Iterable[str],
    *,
    actors: Catalogue | None = None,
    problems: Callable[[Problem], None],
) -> Unlabelled:
    """Read the paragraphs of the unlabelled files, without near-duplicates of known text.

    Parameters
    ----------
    known
        Texts that the student is trained or evaluated on, beside the files that the settings
        name to keep apart.
    actors
        Actors to look for, for tasks that code targets; None for none.

    Raises
    ------
    SettingsError
        If no file is named.
    InputError
        If no paragraph is left.
    """
    paths = [recipe.path(name) for name in settings.unlabelled]
    if not paths:
        message = f"recipe {recipe.name}: [distill] names no unlabelled files. Name some."
        raise SettingsError(message)
    read = {
        paragraph.text: _Read(paragraph, article)
        for article in read_articles(paths, problems=problems)
        for paragraph in paragraphs_of(article)
        if not paragraph.is_noise
    }
    fresh = _fresh(read, [*known, *_texts(recipe, settings.keep_apart, problems)])
    if not fresh:
        names = ", ".join(map(str, paths))
        message = f"{names}: no paragraph that is not labelled already. Bring other text."
        raise InputError(message)
    n_left_out = len(read) - len(fresh)
    rank = np.random.default_rng(recipe.seed).permutation(len(fresh))
    if 0 not in settings.sample:
        taken = rank < max(settings.sample)
        fresh, rank = list(compress(fresh, taken)), rank[taken]
    units = tuple(Unit(one.paragraph.text, article=one.paragraph.article) for one in fresh)
    return Unlabelled(Pool(units, rank), _targets(fresh, rank, actors), n_left_out)


def _texts(recipe: Recipe, files: Sequence[str], problems: Callable[[Problem], None]) -> list[str]:
    """The texts of the files."""
    paths = [recipe.path(name) for name in files]
    return [article.text for article in read_articles(paths, problems=problems)] if paths else []


def _fresh(read: Mapping[str, _Read], known: Sequence[str]) -> list[_Read]:
    """Those that near-duplicate no known text and no paragraph of one."""
    whole = (Article("", text) for text in known)
    apart = {part.text for article in whole for part in paragraphs_of(article)}.union(known)
    repeats = overlap(list(read), sorted(apart)).near
    return [one for one, repeated in zip(read.values(), repeats, strict=True) if not repeated]


def _targets(read: Sequence[_Read], rank: Ints, actors: Catalogue | None) -> Pool:
    """Every actor that a paragraph names, marked where it names it first."""
    if actors is None:
        return NO_UNITS
    from stance.actors.matching import ActorMatcher

    matcher = ActorMatcher(actors)
    named = {text: matcher.mentions(text) for text in {one.article.text for one in read}}
    targets, counts = TargetBatch(), []
    for one in read:
        first, last = one.paragraph.start, one.paragraph.end
        inside = [m for m in named[one.article.text] if first <= m.start and m.end <= last]
        counts.append(len(targets.add_named(one.paragraph, inside)))
    return Pool(tuple(targets), np.repeat(rank, counts))
