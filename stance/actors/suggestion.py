"""Names that no actor file lists, proposed by how often and how evenly articles say them.

A candidate is a run of capitalised words ("Petroleum Facilities Guard"), a name after a title
("Commander Haftar") or an abbreviation ("PFG"), outside boilerplate and headlines. What an article
defines belongs together ("Petroleum Facilities Guard (PFG)"), and so do a person's full name and
surname in one article. Candidates are ranked by adjusted frequency: frequency times evenness, where
evenness is 1 less Gries's normalised deviation of proportions (DPnorm) over the articles. It is 1
for a name spread as the text is, and near 0 for one that a single article repeats.

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

from stance.actors.catalogue import Actor, Catalogue
from stance.actors.matching import ActorMatcher
from stance.actors.placing import mentions_in, spans_touching
from stance.actors.titles import DAYS_AND_MONTHS, TITLES
from stance.actors.writing import Entry, write_actors
from stance.records import Article, Span
from stance.text.cleaning import paragraphs_of
from stance.text.tokens import tokens

# Capital letters, those with accents and of other scripts as well.
_CAPITAL = f"[{''.join(filter(str.isupper, map(chr, range(1 << 16))))}]"
# A capitalised word: "Al-Bunyan", "O'Neill", "U.N.", "PFG"; a possessive is left outside.
_CAPITALISED = rf"(?:{_CAPITAL}\.){{2,}}|{_CAPITAL}(?:['’]?[^\W_]|[-.&](?=[^\W_]))*"
_JOINING = r"(?:of|of the|for|for the|and|de|del|della|von|van|der|den|el|al|bin|ibn|ben)"
_CAPITALISED_WORD = rf"(?:al-)?(?:{_CAPITALISED})"
_RUN = re.compile(rf"(?<![\w-]){_CAPITALISED_WORD}(?: (?:{_JOINING} )?{_CAPITALISED_WORD})*")
_SENTENCE_END = re.compile(rf"(?<=[^\s.][.!?])[\"'”’)]*\s+(?=[\"'“‘(]?{_CAPITAL})|\n+")
_DEFINED = re.compile(rf"\s*\(({_CAPITAL}[\w.&-]{{1,9}})\)")
_POSSESSIVE = re.compile(r"['’]s$")
_WORD = re.compile(r"[^\W\d_][\w'’-]*")

# Words that begin sentences and are no names, in small corpora too.
_FUNCTION_WORDS = """
a about above according across after again against all almost along already also although always
am among an and another any are around as at away back be because been before behind being below
beneath beside between beyond both but by can close could despite did do does down during each early
either even every few first five following for four from further given had has have he hence her
here his how however i if in indeed inside instead into is it its just last later least less like
many may meanwhile might more moreover most much must my near nearly neither never nevertheless no
nor not nothing now of off on once one only onto or other others our out outside over part per
perhaps rather second several she should since six so some somehow soon still such ten than that
the their them then there therefore these they third this those though three through throughout
thus till to today tomorrow too toward towards two under unlike until up upon us was we well were
what when where whereas whether which while who whom whose why will with within without would yes
yesterday yet you your
"""
# What tells one part of a place from another, and no first name.
_PARTS_OF_PLACES = frozenset(
    f"{word}{ending}"
    for word in (
        "north",
        "south",
        "east",
        "west",
        "northeast",
        "northwest",
        "southeast",
        "southwest",
    )
    for ending in ("", "ern")
) | {"central", "middle", "upper", "lower", "inner", "outer", "greater", "new", "old"}
_NO_NAMES = frozenset(_FUNCTION_WORDS.split()) | {name.lower() for name in DAYS_AND_MONTHS}
# A sentence of which more words begin with a capital, and which no full stop ends, is a headline.
_MOST_CAPITALS = 0.6
_SHORTEST_HEADLINE = 4
# A candidate needs so many letters.
_SHORTEST = 2
# Longer samples are cut, in characters.
_LONGEST_SAMPLE = 240
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


@dataclass(frozen=True, slots=True)
class _Said:
    """A capitalised run in an article: where, after what, in which sentence."""

    name: str
    first: bool
    after_title: bool
    alias: str
    sentence: str


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
        said: list[_Said] = []
        size = 0
        for paragraph, inside in mentions_in(paragraphs_of(article), mentions):
            if paragraph.is_noise:
                continue
            size += len(tokens(paragraph.text))
            self._lower.update(w for w in _WORD.findall(paragraph.text) if w[0].islower())
            offset = paragraph.start
            spans = [(mention.start - offset, mention.end - offset) for mention in inside]
            said += _said(paragraph.text, spans)
        if number == len(self._sizes):
            self._sizes.append(0)
        self._sizes[number] += size
        full = _full_names(said)
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
        alone = len(words) == 1 and not _is_abbreviation(plain)
        # Seen at the start of sentences alone, one word may be any word.
        if alone and not (candidate.n_inside or candidate.n_after_title):
            return ""
        return plain if _is_name(plain) and plain not in self._adjectives else ""

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
    noun = "article" if n_articles == 1 else "articles"
    head = (
        f"Names that no actor file lists, in {n_articles} {noun}. Keep actors, delete the rest,",
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
                        f"{_times(suggestion.frequency)} in {suggestion.n_articles} of "
                        f"{n_articles} {noun}, evenness {suggestion.evenness:.2f}"
                    ),
                    *(f"- {sample}" for sample in suggestion.samples),
                ),
            )
            for suggestion in suggestions
        ),
        comments=head,
    )


def _times(frequency: int) -> str:
    return "once" if frequency == 1 else f"{frequency} times"


def _said(text: str, mentions: list[Span]) -> Iterator[_Said]:
    """The unlisted names in a paragraph, headlines left out."""
    for (start, end), inside in spans_touching(_sentences(text), mentions):
        sentence = text[start:end]
        words = [w for w in _WORD.findall(sentence) if len(w) >= _SHORTEST_HEADLINE]
        capitals = sum(word[0].isupper() for word in words)
        ended = sentence.rstrip("\"'”’) ").endswith((".", "!", "?"))
        if (
            not ended
            and len(words) >= _SHORTEST_HEADLINE
            and capitals > _MOST_CAPITALS * len(words)
        ):
            continue
        for match in _RUN.finditer(text, start, end):
            for span in _parts(text, match.span(), inside):
                yield from _name(text, span, (start, end), inside)


def _parts(text: str, run: Span, mentions: list[Span]) -> Iterator[Span]:
    """A run of capitalised words without the listed names of several words in it.

    Where "and" joins, it is cut, unless it stands in one name: "Ministry of Labour and Health".
    """
    cuts = [(s, e) for s, e in mentions if run[0] <= s and e <= run[1] and " " in text[s:e]]
    starts = {start for start, _ in mentions}
    cuts += [
        (run[0] + match.start(), run[0] + match.end())
        for match in re.finditer(r" and ", text[run[0] : run[1]])
        if run[0] + match.end() in starts
        or not re.search(r" (?:of|for) ", text[run[0] : run[0] + match.start()])
    ]
    start = run[0]
    for begin, end in sorted(cuts):
        yield start, begin
        start = max(start, end)
    yield start, run[1]


def _name(text: str, span: Span, sentence: Span, mentions: list[Span]) -> Iterator[_Said]:
    """The name in a run, if it is an unlisted one, without titles and the like before it."""
    run = text[slice(*span)]
    begin = span[0] + len(run) - len(run.lstrip())
    words = _POSSESSIVE.sub("", run.strip()).rstrip(".,-'’&").split(" ")
    if "." in run and _is_abbreviation(run.strip()):
        words = [run.strip()]
    first = not any(c.isalnum() for c in text[sentence[0] : begin])
    titled = False
    while words and _is_beside(words[0]):
        titled = words[0].lower().rstrip(".") in TITLES
        begin += len(words[0]) + 1
        del words[0]
        first = False
    name = " ".join(words)
    end = begin + len(name)
    if not _is_name(name) or any(s <= begin and end <= e for s, e in mentions):
        return
    if len(words) == 1 and any(s < end and begin < e for s, e in mentions):
        return
    defined = _DEFINED.match(text, end)
    yield _Said(
        name=name,
        first=first,
        after_title=titled,
        alias=defined.group(1).rstrip(".") if defined and _fits(defined.group(1), name) else "",
        sentence=_sample(text[slice(*sentence)], name),
    )


def _is_beside(word: str) -> bool:
    """Whether a word stands before names and is no part of them: "President", "We're"."""
    plain = re.split("['’.]", word.lower(), maxsplit=1)[0]
    return plain in TITLES or plain in _NO_NAMES


def _fits(abbreviation: str, name: str) -> bool:
    """Whether a bracket after a name abbreviates it: its letters stand there in that order."""
    letters = iter(name.lower())
    return abbreviation != name and all(c in letters for c in abbreviation.lower() if c.isalnum())


def _sentences(text: str) -> Iterator[Span]:
    start = 0
    for match in _SENTENCE_END.finditer(text):
        yield start, match.start()
        start = match.end()
    yield start, len(text)


def _sample(sentence: str, name: str) -> str:
    """The sentence on one line, cut to the words around the name."""
    plain = " ".join(sentence.split())
    if len(plain) <= _LONGEST_SAMPLE:
        return plain
    start = max(0, min(plain.find(name) - _LONGEST_SAMPLE // 2, len(plain) - _LONGEST_SAMPLE))
    cut = plain[start : start + _LONGEST_SAMPLE]
    return f"{'…' if start else ''}{cut}{'…' if start + _LONGEST_SAMPLE < len(plain) else ''}"


def _full_names(said: list[_Said]) -> dict[str, str]:
    """The one longer name in the article that each surname ends."""
    longer: dict[str, set[str]] = {}
    for item in said:
        words = item.name.split(" ")
        is_place = words[0].lower() in _PARTS_OF_PLACES
        if len(words) in {2, 3} and not is_place and not _is_abbreviation(words[-1]):
            longer.setdefault(words[-1], set()).add(item.name)
    return {surname: names.pop() for surname, names in longer.items() if len(names) == 1}


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


def _is_abbreviation(name: str) -> bool:
    letters = [c for c in name if c.isalpha()]
    return len(letters) >= _SHORTEST and all(c.isupper() for c in letters) and " " not in name


def _is_name(name: str) -> bool:
    return (
        sum(c.isalpha() for c in name) >= _SHORTEST
        and name.lower() not in _NO_NAMES
        and name.lower() not in TITLES
    )


def _kind(name: str, candidate: _Candidate) -> str:
    """The kind that its words or the titles before it make likely."""
    for kind, words in _KINDS:
        if re.search(rf"(?<!\w)(?:{words})(?!\w)", name.lower()):
            return kind
    return "person" if candidate.n_after_title else "other"
