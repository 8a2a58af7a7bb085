"""Names that no actor file lists, proposed by how often and how evenly articles say them.

A candidate is what stands in capitals (`stance.actors.candidates`), outside boilerplate. What an
article defines belongs together ("Petroleum Facilities Guard (PFG)"), and so do a person's full
name and surname in one article. Candidates are ranked by adjusted frequency: frequency times
evenness, where evenness is 1 less Gries's normalised deviation of proportions (DPnorm) over the
articles. It is 1 for a name spread as the text is, and near 0 for one that a single article
repeats.

References
----------
Gries 2008, Dispersions and adjusted frequencies in corpora, International Journal of Corpus
Linguistics 13(4); normalised as Lijffijt and Gries 2012, the same journal, 17(1).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from stance.actors.candidates import WORD, Said, full_names, is_abbreviation, is_name, names_said
from stance.actors.catalogue import Actor, Catalogue
from stance.actors.matching import ActorMatcher
from stance.actors.placing import mentions_in
from stance.actors.writing import Entry, write_actors
from stance.errors import plural
from stance.records import Article
from stance.text.cleaning import paragraphs_of
from stance.text.tokens import tokens

_N_SAMPLES = 3

# What a word in a name says of its bearer, the first that fits.
_KINDS = (
    ("party", r"party|parties"),
    ("news agency", r"news agency|news|times|tribune|post|gazette|herald|journal|press|television"),
    ("ministry", r"ministry|department"),
    ("court", r"court|tribunal"),
    ("government", r"government|parliament|cabinet|administration|congress|assembly"),
    ("armed force", r"army|forces|guard|guards|navy|air force|police|marines"),
    ("armed group", r"brigades?|militias?|front|battalions?|movement|fighters|jihad|mujahideen"),
    ("company", r"inc|corp|corporation|company|ltd|llc|airlines"),
    ("aid organisation", r"relief|red cross|red crescent|aid|charity"),
    (
        "organisation",
        (
            r"organi[sz]ation|council|committee|commission|association|union|federation|agency|"
            r"university|institute|foundation|league|network|centre|center|alliance|coalition"
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A name that is not listed, with what speaks for it.

    Attributes
    ----------
    evenness
        1 less DPnorm, in [0, 1]: how evenly the articles say it.
    adjusted
        Frequency times evenness, by which suggestions are ranked.
    samples
        Sentences that say it, of different articles where there are some.
    """

    actor: Actor
    frequency: int
    n_articles: int
    evenness: float
    adjusted: float
    samples: tuple[str, ...]


@dataclass(slots=True)
class _Candidate:
    """What the articles read so far say of a name."""

    counts: Counter[int] = field(default_factory=Counter)
    samples: dict[int, str] = field(default_factory=dict)
    n_after_title: int = 0
    n_inside: int = 0
    aliases: Counter[str] = field(default_factory=Counter)


class Suggester:
    """Reads articles one by one and proposes the names in them that a catalogue does not hold."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._matcher = ActorMatcher(catalogue)
        adjectives = {word for actor in catalogue.actors for word in actor.adjectives}
        self._adjectives = adjectives | {f"{word}s" for word in adjectives}
        self._candidates: dict[str, _Candidate] = {}
        self._lower: set[str] = set()
        self._numbers: dict[str, int] = {}
        self._sizes: list[int] = []

    @property
    def n_articles(self) -> int:
        """How many articles have been read."""
        return len(self._sizes)

    def read(self, article: Article) -> None:
        """Count the names in one article, or in a paragraph of one where several share an id."""
        number = self._numbers.setdefault(article.id, len(self._sizes))
        mentions = self._matcher.mentions(article.text)
        said: list[Said] = []
        size = 0
        for paragraph, inside in mentions_in(paragraphs_of(article), mentions):
            if paragraph.is_noise:
                continue
            size += len(tokens(paragraph.text))
            self._lower.update(w for w in WORD.findall(paragraph.text) if w[0].islower())
            offset = paragraph.start
            spans = [(mention.start - offset, mention.end - offset) for mention in inside]
            said += names_said(paragraph.text, spans)
        if number == len(self._sizes):
            self._sizes.append(0)
        self._sizes[number] += size
        full = full_names(said)
        for item in said:
            name = full.get(item.name, item.name)
            candidate = self._candidates.setdefault(name, _Candidate())
            candidate.counts[number] += 1
            candidate.n_inside += not item.first
            candidate.n_after_title += item.after_title
            if item.alias:
                candidate.aliases[item.alias] += 1
            if number not in candidate.samples and len(candidate.samples) < _N_SAMPLES:
                candidate.samples[number] = item.sentence

    def suggestions(self, n: int, *, least: int = 1) -> list[Suggestion]:
        """The n names of highest adjusted frequency that were said at least so often."""
        merged: dict[str, _Candidate] = {}
        for name, candidate in self._candidates.items():
            plain = self._without_sentence_start(name, candidate)
            if plain:
                _add(merged.setdefault(plain, _Candidate()), candidate)
        owners = {a: name for name, c in merged.items() for a in c.aliases}
        for alias, owner in owners.items():
            if alias in merged and alias != owner and owner in merged:
                _add(merged[owner], merged.pop(alias))
        found = [
            self._suggestion(name, candidate)
            for name, candidate in merged.items()
            if candidate.counts.total() >= least
        ]
        found.sort(key=lambda s: (-s.adjusted, -s.n_articles, s.actor.name))
        return list(_without_shared_aliases(found[:n]))

    def _without_sentence_start(self, name: str, candidate: _Candidate) -> str:
        """The name without a first word that only a sentence's start capitalised, or nothing."""
        words = name.split(" ")
        while words and not candidate.n_inside and words[0].lower() in self._lower:
            del words[0]
        while words and words[0] in {"of", "for", "and", "the"}:
            del words[0]
        plain = " ".join(words)
        alone = len(words) == 1 and not is_abbreviation(plain)
        # Seen at the start of sentences alone, one word may be any word.
        if alone and not (candidate.n_inside or candidate.n_after_title):
            return ""
        return plain if is_name(plain) and plain not in self._adjectives else ""

    def _suggestion(self, name: str, candidate: _Candidate) -> Suggestion:
        frequency = candidate.counts.total()
        evenness = 1 - deviation_of_proportions(candidate.counts, self._sizes)
        return Suggestion(
            actor=Actor(name, kind=_kind(name, candidate), aliases=tuple(candidate.aliases)),
            frequency=frequency,
            n_articles=len(candidate.counts),
            evenness=evenness,
            adjusted=frequency * evenness,
            samples=tuple(candidate.samples.values()),
        )


def deviation_of_proportions(counts: Counter[int], sizes: list[int]) -> float:
    """Gries's DPnorm of a word: 0 spread as the text is, near 1 all in the smallest part.

    Parameters
    ----------
    counts
        How often each part (article) says it, by the part's number; at least one.
    sizes
        How many tokens each part holds.

    >>> deviation_of_proportions(Counter({0: 1, 1: 1}), [50, 50])
    0.0
    >>> deviation_of_proportions(Counter({0: 2}), [50, 50])
    1.0
    """
    total, n = sum(sizes), counts.total()
    smallest = min(sizes) / total
    if smallest >= 1:
        return 0.0
    present = sum(sizes[part] / total for part in counts)
    apart = sum(abs(count / n - sizes[part] / total) for part, count in counts.items())
    deviation = 0.5 * (apart + 1 - present)
    return min(max(deviation / (1 - smallest), 0.0), 1.0)


def suggestion_file(suggestions: Iterable[Suggestion], *, n_articles: int) -> str:
    """The suggestions as an actor file, with figures and sample sentences as comments."""
    among = plural(n_articles, "article")
    head = (
        f"Names that no actor file lists, in {among}. Keep actors, delete the rest,",
        "and correct each kind. Places and works are capitalised, too: only you can tell.",
        "Ranked by frequency times evenness, which is 1 less Gries's DPnorm over articles:",
        "1 where a name is spread as the text is, near 0 where one article repeats it.",
    )
    return write_actors(
        (
            Entry(
                suggestion.actor,
                (
                    (
                        f"{_times(suggestion.frequency)} in {suggestion.n_articles:,} of "
                        f"{among}, evenness {suggestion.evenness:.2f}"
                    ),
                    *(f"- {sample}" for sample in suggestion.samples),
                ),
            )
            for suggestion in suggestions
        ),
        comments=head,
    )


def _times(frequency: int) -> str:
    return "once" if frequency == 1 else f"{frequency:,} times"


def _add(target: _Candidate, other: _Candidate) -> None:
    target.counts.update(other.counts)
    target.n_inside += other.n_inside
    target.n_after_title += other.n_after_title
    target.aliases.update(other.aliases)
    for number, sample in other.samples.items():
        if len(target.samples) < _N_SAMPLES:
            target.samples.setdefault(number, sample)


def _without_shared_aliases(found: Sequence[Suggestion]) -> Iterator[Suggestion]:
    """Of several that claim one abbreviation, the first keeps it: a file may name it only once."""
    claimed = {suggestion.actor.name for suggestion in found}
    for suggestion in found:
        own = tuple(alias for alias in suggestion.actor.aliases if alias not in claimed)
        claimed.update(own)
        yield replace(suggestion, actor=replace(suggestion.actor, aliases=own))


def _kind(name: str, candidate: _Candidate) -> str:
    """The kind that its words or the titles before it make likely."""
    for kind, words in _KINDS:
        if re.search(rf"(?<!\w)(?:{words})(?!\w)", name.lower()):
            return kind
    return "person" if candidate.n_after_title else "other"
