"""Articles that are near-duplicates of each other count as one article."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from stance.evaluate.duplicates import near_duplicate_groups
from stance.text.labelled import LabelledData, LabelledUnits


def merged_articles(texts: Sequence[str], articles: Sequence[str]) -> list[str]:
    """The name of each paragraph's article, near-duplicate articles under one name.

    Whole articles are compared, so that two that share a phrase of the trade stay two.

    Parameters
    ----------
    texts, articles
        Paragraphs in order, and the article of each.

    Returns
    -------
    One name a paragraph: the first, in alphabetical order, of the articles that were merged.
    """
    paragraphs: dict[str, list[str]] = {}
    for text, article in zip(texts, articles, strict=True):
        paragraphs.setdefault(article, []).append(text)
    names = list(paragraphs)
    found = near_duplicate_groups(["\n".join(paragraphs[name]) for name in names], names)
    name_of = dict(zip(names, found, strict=True))
    return [name_of[article] for article in articles]


def with_merged_articles(data: LabelledData) -> LabelledData:
    """The same data, its groups merged where articles are near-duplicates."""
    texts = [unit.text for unit in data.paragraphs.units]
    groups = merged_articles(texts, data.paragraphs.groups)
    name_of = dict(zip(data.paragraphs.groups, groups, strict=True))

    def renamed(units: LabelledUnits) -> LabelledUnits:
        return replace(units, groups=tuple(name_of[group] for group in units.groups))

    return replace(data, paragraphs=renamed(data.paragraphs), targets=renamed(data.targets))
