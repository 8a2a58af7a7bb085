"""Who does what to whom, as far as word order tells: the target's verb, its governor, its goods."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from stance.features.english import AUXILIARIES, BE, DETERMINERS, NEGATIONS, PREPOSITIONS
from stance.features.target_marking import OTHER, MarkedText

# More auxiliaries and adverbs in a row do not occur; going on would leave the clause.
MOST_BEFORE_VERB: Final = 6

N_OWNED: Final = 3


def role_terms(marked: MarkedText) -> Iterator[tuple[str, int, int]]:
    """Terms with the numbers of their first and last word.

    "TARGET killed" gives ``does:killed``, "was killed by TARGET" ``after:killed by``, "accused
    TARGET" ``undergoes:accused``, and "TARGET's victims" ``owns:victims``.
    """
    if marked.forms[marked.target + 1 : marked.target + 2] == ("'s",):
        yield from _owned(marked)
    else:
        yield from _done(marked)
    yield from _governing(marked)


def _owned(marked: MarkedText) -> Iterator[tuple[str, int, int]]:
    """``TARGET's victims``: the words that follow."""
    forms, first = marked.forms, marked.target + 2
    yield "owner", marked.target, marked.target
    for i in range(first, min(first + N_OWNED, len(forms))):
        yield f"owns:{forms[i]}", i, i
    if first + 1 < len(forms):
        yield f"owns:{forms[first]} {forms[first + 1]}", first, first + 1


def _done(marked: MarkedText) -> Iterator[tuple[str, int, int]]:
    """``TARGET [auxiliaries] verb word word``, with negation and a form of *be* noted."""
    forms, verb = marked.forms, marked.target + 1
    limit = min(verb + MOST_BEFORE_VERB, len(forms))
    negation = passive = ""
    while verb < limit and _is_before_verb(forms[verb]):
        negation = "not " if forms[verb] in NEGATIONS else negation
        passive = "be " if forms[verb] in BE else passive
        verb += 1
    if verb >= len(forms):
        return
    action = f"{negation}{passive}{forms[verb]}"
    yield f"does:{action}", verb, verb
    if verb + 1 < len(forms):
        yield f"does:{action} {forms[verb + 1]}", verb, verb + 1
    if verb + 2 < len(forms):
        yield f"does:{action} _ {forms[verb + 2]}", verb, verb + 2


def _is_before_verb(form: str) -> bool:
    """Whether a word may stand between a subject and its verb."""
    is_adverb = form.endswith("ly") and form != "ly"
    return form in AUXILIARIES or form in NEGATIONS or is_adverb


def _governing(marked: MarkedText) -> Iterator[tuple[str, int, int]]:
    """``verb TARGET`` or ``word preposition TARGET``, such as *killed by TARGET*."""
    forms, near = marked.forms, marked.target - 1
    while near >= 0 and (forms[near] in DETERMINERS or forms[near] == OTHER):
        near -= 1
    if near < 0:
        return
    if forms[near] not in PREPOSITIONS:
        yield f"undergoes:{forms[near]}", near, near
        if near:
            yield f"undergoes:{forms[near - 1]} {forms[near]}", near - 1, near
        return
    yield f"after:{forms[near]}", near, near
    head = near - 1
    while head >= 0 and forms[head] in DETERMINERS:
        head -= 1
    if head >= 0:
        yield f"after:{forms[head]} {forms[near]}", head, near
    if head >= 1:
        yield f"after:{forms[head - 1]} _ {forms[near]}", head - 1, near
