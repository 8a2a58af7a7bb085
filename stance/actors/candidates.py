"""Names in a paragraph that no actor file lists, as its capital letters tell.

A name is a run of capitalised words ("Petroleum Facilities Guard"), a name after a title
("Commander Haftar") or an abbreviation ("PFG"), outside headlines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from stance.actors.placing import spans_touching
from stance.actors.titles import DAYS_AND_MONTHS, TITLES
from stance.records import Span

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
WORD = re.compile(r"[^\W\d_][\w'’-]*")

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


@dataclass(frozen=True, slots=True)
class Said:
    """A capitalised run in an article: where, after what, in which sentence."""

    name: str
    first: bool
    after_title: bool
    alias: str
    sentence: str


def names_said(text: str, mentions: list[Span]) -> Iterator[Said]:
    """The unlisted names in a paragraph, headlines left out."""
    for (start, end), inside in spans_touching(_sentences(text), mentions):
        sentence = text[start:end]
        words = [w for w in WORD.findall(sentence) if len(w) >= _SHORTEST_HEADLINE]
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


def _name(text: str, span: Span, sentence: Span, mentions: list[Span]) -> Iterator[Said]:
    """The name in a run, if it is an unlisted one, without titles and the like before it."""
    run = text[slice(*span)]
    begin = span[0] + len(run) - len(run.lstrip())
    words = _POSSESSIVE.sub("", run.strip()).rstrip(".,-'’&").split(" ")
    if "." in run and is_abbreviation(run.strip()):
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
    if not is_name(name) or any(s <= begin and end <= e for s, e in mentions):
        return
    if len(words) == 1 and any(s < end and begin < e for s, e in mentions):
        return
    defined = _DEFINED.match(text, end)
    yield Said(
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


def full_names(said: list[Said]) -> dict[str, str]:
    """The one longer name in the article that each surname ends."""
    longer: dict[str, set[str]] = {}
    for item in said:
        words = item.name.split(" ")
        is_place = words[0].lower() in _PARTS_OF_PLACES
        if len(words) in {2, 3} and not is_place and not is_abbreviation(words[-1]):
            longer.setdefault(words[-1], set()).add(item.name)
    return {surname: names.pop() for surname, names in longer.items() if len(names) == 1}


def is_abbreviation(name: str) -> bool:
    """Whether it is one word in capitals: "PFG", "U.N."."""
    letters = [c for c in name if c.isalpha()]
    return len(letters) >= _SHORTEST and all(c.isupper() for c in letters) and " " not in name


def is_name(name: str) -> bool:
    """Whether it may be a name: not a letter alone, a title, a day, or a word of grammar."""
    return (
        sum(c.isalpha() for c in name) >= _SHORTEST
        and name.lower() not in _NO_NAMES
        and name.lower() not in TITLES
    )
