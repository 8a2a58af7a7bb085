"""What one article says of its actors, in counts: all that a profile needs to remember."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from stance.actors.placing import mentions_in
from stance.records import Article, Coding, Mention


@dataclass(frozen=True, slots=True)
class ActorTally:
    """One actor in one article, boilerplate left out.

    Attributes
    ----------
    n_mentions, n_paragraphs
        How often it is named, and in how many paragraphs.
    labels
        By task and label: how many of these paragraphs carry the label.
    stances
        By label of the stance task: how many of these paragraphs present it so. Paragraphs of
        which the model cannot say are in none.
    """

    actor: str
    kind: str
    n_mentions: int
    n_paragraphs: int
    labels: Mapping[str, Mapping[str, int]]
    stances: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class ArticleTally:
    """An article's actors; ``outlet`` and ``published`` are empty where they are not known."""

    article: str
    title: str
    outlet: str
    published: str
    n_paragraphs: int
    actors: tuple[ActorTally, ...]


def tally(
    article: Article, codings: Sequence[Coding], mentions: Sequence[Mention], *, task: str = ""
) -> ArticleTally:
    """Count an article's actors.

    Parameters
    ----------
    codings
        Of all its paragraphs, boilerplate among them.
    mentions
        All of the article, in order; those in boilerplate do not count.
    task
        The stance task; stances of other tasks are left out.
    """
    n_told = 0
    kinds: dict[str, str] = {}
    n_mentions: Counter[str] = Counter()
    n_paragraphs: Counter[str] = Counter()
    labels: dict[str, dict[str, Counter[str]]] = {}
    stances: dict[str, Counter[str]] = {}
    placed = mentions_in((coding.paragraph for coding in codings), mentions)
    for coding, (paragraph, inside) in zip(codings, placed, strict=True):
        if paragraph.is_noise:
            continue
        n_told += 1
        n_mentions.update(mention.actor for mention in inside)
        kinds.update((mention.actor, mention.kind) for mention in inside)
        for actor in dict.fromkeys(mention.actor for mention in inside):
            n_paragraphs[actor] += 1
            for name, given in coding.labels.items():
                labels.setdefault(actor, {}).setdefault(name, Counter()).update(given)
        for stance in coding.stances:
            # A stance that is no label of its task means that the model cannot say.
            if stance.task == task and stance.stance in stance.scores:
                stances.setdefault(stance.actor, Counter())[stance.stance] += 1
    return ArticleTally(
        article=article.id,
        title=article.title,
        outlet=article.outlet,
        published=article.published,
        n_paragraphs=n_told,
        actors=tuple(
            ActorTally(
                actor=actor,
                kind=kinds[actor],
                n_mentions=n_mentions[actor],
                n_paragraphs=n_paragraphs[actor],
                labels=labels.get(actor, {}),
                stances=stances.get(actor, {}),
            )
            for actor in n_mentions
        ),
    )


def kept_apart(articles: Iterable[Article]) -> Iterator[Article]:
    """The articles, with one name for one article where several tables number theirs from 1.

    Rows of one table that share an id are paragraphs of one article. Where the id came from another
    file before, it becomes ``FILE: ID``.
    """
    sources: dict[str, str] = {}
    for article in articles:
        if sources.setdefault(article.id, article.source) == article.source:
            yield article
        else:
            yield replace(article, id=f"{article.source}: {article.id}")


def joined(tallies: Iterable[ArticleTally]) -> list[ArticleTally]:
    """One tally an article, where several rows of a table were paragraphs of one."""
    by_article: dict[str, list[ArticleTally]] = {}
    for item in tallies:
        by_article.setdefault(item.article, []).append(item)
    return [parts[0] if len(parts) == 1 else _joined(parts) for parts in by_article.values()]


def _joined(parts: Sequence[ArticleTally]) -> ArticleTally:
    actors: dict[str, ActorTally] = {}
    for part in parts:
        for item in part.actors:
            first = actors.get(item.actor)
            actors[item.actor] = item if first is None else _sum(first, item)
    return replace(
        parts[0],
        title=next((part.title for part in parts if part.title), ""),
        outlet=next((part.outlet for part in parts if part.outlet), ""),
        published=next((part.published for part in parts if part.published), ""),
        n_paragraphs=sum(part.n_paragraphs for part in parts),
        actors=tuple(actors.values()),
    )


def _sum(one: ActorTally, other: ActorTally) -> ActorTally:
    tasks = dict.fromkeys((*one.labels, *other.labels))
    return replace(
        one,
        n_mentions=one.n_mentions + other.n_mentions,
        n_paragraphs=one.n_paragraphs + other.n_paragraphs,
        labels={
            task: Counter(one.labels.get(task, {})) + Counter(other.labels.get(task, {}))
            for task in tasks
        },
        stances=Counter(one.stances) + Counter(other.stances),
    )
