"""What a text says of one marked target, as named terms with their places.

Each reader is an analyzer of TF-IDF blocks, so that every kind of sign gets its own block and
weight:

- ``target.words``: words and word pairs of the whole text, names masked;
- ``target.distance``: each word with its side of the target and its distance;
- ``target.letters``: letter runs inside the words near the target;
- ``target.role``: who does what to whom (`stance.features.target_role`);
- ``target.polarity``: good and bad words by side and distance (needs a word list of valences);
- ``target.cues``: harm, praise, failure... and what stands between them and the target (needs a
  word list of stems);
- ``target.classes``: classes of words that keep the same company (needs a word list of classes);
- ``target.quotation``: whether the target is quoted or speaks;
- ``target.shape``: the kind of mention and its place in the text;
- ``target.mention``: the target's own wording.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from stance.features.english import BREAKS, ENDINGS, PRONOUNS, QUOTES, SPEECH, SUFFIXES
from stance.features.target_marking import NUMBER, OTHER, TARGET, MarkedText, mark_target
from stance.features.target_role import role_terms
from stance.features.wordlist import WordList
from stance.records import Span, Unit
from stance.text.tokens import folded, tokens

# Words on each side of the target whose letters are read; wider windows gained nothing.
LETTER_WINDOW: Final = 8

# The lowest distances of the buckets that words fall into, farthest first.
FINE: Final = (17, 9, 5, 3, 2, 1)
COARSE: Final = (13, 7, 4, 2, 1)

# From this valence on a word is strong: half of the scale, which ends at 4.
STRONG: Final = 2.0

# A term with the numbers of its first and last word.
Found = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Options:
    """What a block may set: lengths of n-grams (words or letters) and a word list."""

    low: int
    high: int
    words: WordList


def target_terms(analyzer: str, unit: Unit, options: Options) -> list[str]:
    """The terms that one of the readers finds in a unit."""
    return [name for name, _, _ in TARGET_READERS[analyzer](mark_target(unit), options)]


def target_term_spans(analyzer: str, unit: Unit, options: Options) -> Iterator[tuple[str, Span]]:
    """The same terms with where each stands in the unit's text."""
    marked = mark_target(unit)
    for name, first, last in TARGET_READERS[analyzer](marked, options):
        yield name, marked.span(first, last)


def _words(marked: MarkedText, options: Options) -> Iterator[Found]:
    forms = marked.forms
    for n in range(options.low, options.high + 1):
        for i in range(len(forms) - n + 1):
            yield " ".join(forms[i : i + n]), i, i + n - 1


def _distance(marked: MarkedText, _options: Options) -> Iterator[Found]:
    for i, form in enumerate(marked.forms):
        if i != marked.target:
            yield f"{_place(marked, i)}:{form}", i, i


def _letters(marked: MarkedText, options: Options) -> Iterator[Found]:
    first = max(0, marked.target - LETTER_WINDOW)
    last = min(len(marked.forms), marked.target + LETTER_WINDOW + 1)
    for i in range(first, last):
        for run in _letter_runs(marked.forms[i], options.low, options.high):
            yield run, i, i


# Few words make up most of a text; the bound keeps a large corpus from filling the memory.
@lru_cache(maxsize=50_000)
def _letter_runs(form: str, low: int, high: int) -> tuple[str, ...]:
    """Letter runs of a padded word; the whole of it where it is no longer than a run."""
    if form in {TARGET, OTHER, NUMBER}:
        return (form,)
    padded = f" {form} "
    runs: list[str] = []
    for length in range(low, high + 1):
        if len(padded) <= length:
            runs.append(padded)
            break
        runs += (padded[at : at + length] for at in range(len(padded) - length + 1))
    return tuple(runs)


def _polarity(marked: MarkedText, options: Options) -> Iterator[Found]:
    """A negation turns good to bad and bad to good."""
    valences = options.words.values
    for i, form in enumerate(marked.forms):
        if i == marked.target or form not in valences:
            continue
        value = float(valences[form][0]) * (-1 if marked.is_negated(i) else 1)
        strength = "strong" if abs(value) >= STRONG else "weak"
        yield f"{_place(marked, i)}:{strength} {'good' if value > 0 else 'bad'}", i, i


def _cues(marked: MarkedText, options: Options) -> Iterator[Found]:
    """Cues by distance, and by what stands between: clause break, other actor, sentence end."""
    is_agent = marked.target > 0 and marked.forms[marked.target - 1] == "by"
    for i, form in enumerate(marked.forms):
        cues = () if i == marked.target else _cues_of(form, options.words)
        if not cues:
            continue
        path = _path(marked, i)
        negation = "not " if marked.is_negated(i) else ""
        for cue in cues:
            yield f"{negation}{cue}:{_coarse_place(marked, i)}", i, i
            yield f"{negation}{cue}:{path}", i, i
            if marked.is_passive and i > marked.target:
                yield f"{cue}:passive {path}", i, i
            if is_agent and i < marked.target:
                yield f"{cue}:by {path}", i, i


def _cues_of(form: str, stems: WordList) -> tuple[str, ...]:
    """The cues of a word, each once: those of every stem that it continues."""
    cues: list[str] = []
    for cut in range(2, len(form) + 1):
        if form[cut:] in SUFFIXES and form[:cut] in stems.values:
            cues += stems.values[form[:cut]]
    return tuple(dict.fromkeys(cues))


def _path(marked: MarkedText, index: int) -> str:
    """Side, and what stands between the word and the target."""
    between = marked.between(index)
    side = marked.side(index)
    if not ENDINGS.isdisjoint(between):
        return f"{side} sentence"
    crossed = "" if BREAKS.isdisjoint(between) else " break"
    return f"{side}{crossed}{' other' if OTHER in between else ''}"


def _classes(marked: MarkedText, options: Options) -> Iterator[Found]:
    classes = options.words.values
    for i, form in enumerate(marked.forms):
        if i != marked.target:
            for name in classes.get(form, ()):
                yield name, i, i
                yield f"{_coarse_place(marked, i)}:{name}", i, i


def _quotation(marked: MarkedText, _options: Options) -> Iterator[Found]:
    """Whether the target stands in quotes, and how far the nearest verb of speech is."""
    forms, target = marked.forms, marked.target
    is_open = False
    for form in forms[:target]:
        is_open = {"“": True, "”": False, '"': not is_open}.get(form, is_open)
    quoting = (
        f"{'inside' if is_open else 'outside'} {'plain' if QUOTES.isdisjoint(forms) else 'quotes'}"
    )
    yield quoting, target, target
    verbs = [i for i, form in enumerate(forms) if form in SPEECH]
    if verbs:
        nearest = min(verbs, key=marked.distance)
        yield f"speech {_place(marked, nearest)}", nearest, nearest
        yield f"speech {_place(marked, nearest)} {quoting}", nearest, nearest
        if marked.distance(nearest) == 1:
            yield "speaker", nearest, nearest


def _shape(marked: MarkedText, _options: Options) -> Iterator[Found]:
    """Kind of mention, its place in the text, the text's length and the other actors."""
    target, n_words = marked.target, len(marked.forms)
    names = [
        f"kind:{_mention_kind(marked.mention)}",
        f"n_words:{min(4, len(marked.mention.split()))}",
        f"fifth:{5 * target // max(1, n_words - 1)}",
        f"from_start:{_bucket(target + 1, FINE)}",
        f"length:{min(8, n_words // 8)}",
        f"n_others:{min(5, marked.forms.count(OTHER))}",
    ]
    if target == 0 or marked.forms[target - 1] in ENDINGS:
        names.append("opens")
    return ((name, target, target) for name in names)


def _mention_kind(mention: str) -> str:
    if folded(mention) in PRONOUNS:
        return "pronoun"
    if mention.isupper():
        return "capitals"
    return "name" if mention[:1].isupper() else "noun"


def _mention(marked: MarkedText, _options: Options) -> Iterator[Found]:
    for word in tokens(marked.mention):
        yield f"word:{word}", marked.target, marked.target
    # Terms are kept one a line, so a line break in a mention becomes a space.
    whole = re.sub(r"\s+", " ", folded(marked.mention))
    yield f"whole:{whole}", marked.target, marked.target


def _place(marked: MarkedText, index: int) -> str:
    """Side and distance, in buckets that double: ``L3`` for three or four words before."""
    return f"{marked.side(index)}{_bucket(marked.distance(index), FINE)}"


def _coarse_place(marked: MarkedText, index: int) -> str:
    return f"{marked.side(index)}{_bucket(marked.distance(index), COARSE)}"


def _bucket(distance: int, lows: tuple[int, ...]) -> int:
    """The lowest distance of the bucket that holds ``distance``."""
    return next(low for low in lows if distance >= low)


def _role(marked: MarkedText, _options: Options) -> Iterator[Found]:
    return role_terms(marked)


TARGET_READERS: Final[Mapping[str, Callable[[MarkedText, Options], Iterable[Found]]]] = {
    "target.words": _words,
    "target.distance": _distance,
    "target.letters": _letters,
    "target.role": _role,
    "target.polarity": _polarity,
    "target.cues": _cues,
    "target.classes": _classes,
    "target.quotation": _quotation,
    "target.shape": _shape,
    "target.mention": _mention,
}

# The readers that look words up.
READERS_OF_LISTS: Final = frozenset({"target.polarity", "target.cues", "target.classes"})
