"""N-grams of words and of characters: the terms that TF-IDF weighs.

A word n-gram is n tokens in a row, joined by one space. A character n-gram is n characters in a
row of a token padded with one space on both sides, so that " un" is a beginning and "ed " an end.
"""

from __future__ import annotations

from collections.abc import Iterator

from stance.text.tokens import token_spans, tokens


def word_ngrams(text: str, low: int, high: int) -> list[str]:
    """Every run of ``low`` to ``high`` tokens.

    >>> word_ngrams("The rebels shelled.", 1, 2)
    ['the', 'rebels', 'shelled', 'the rebels', 'rebels shelled']
    """
    words = tokens(text)
    terms = list(words) if low == 1 else []
    for n in range(max(low, 2), high + 1):
        terms.extend(" ".join(words[i : i + n]) for i in range(len(words) - n + 1))
    return terms


def character_ngrams(text: str, low: int, high: int) -> list[str]:
    """Every run of ``low`` to ``high`` characters within a padded token.

    >>> character_ngrams("UN", 2, 3)
    [' u', 'un', 'n ', ' un', 'un ']
    """
    terms: list[str] = []
    for word in tokens(text):
        padded = f" {word} "
        for n in range(low, high + 1):
            terms.extend(padded[i : i + n] for i in range(len(padded) - n + 1))
    return terms


def word_ngram_spans(text: str, low: int, high: int) -> Iterator[tuple[str, int, int]]:
    """Each word n-gram with its start and end (exclusive) in the text."""
    found = list(token_spans(text))
    for n in range(low, high + 1):
        for i in range(len(found) - n + 1):
            run = found[i : i + n]
            yield " ".join(word for word, _, _ in run), run[0][1], run[-1][2]


def character_ngram_spans(text: str, low: int, high: int) -> Iterator[tuple[str, int, int]]:
    """Each character n-gram with the span of it that stands in the text, padding left out."""
    for word, start, end in token_spans(text):
        padded = f" {word} "
        for n in range(low, high + 1):
            for i in range(len(padded) - n + 1):
                first = start + i - 1
                yield padded[i : i + n], max(first, start), min(first + n, end)
