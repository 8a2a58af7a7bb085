"""Paragraphs of an article, with the boilerplate among them marked and none deleted.

Each kind of boilerplate is a list of patterns (`RULES`), tried in order on the paragraph alone;
headlines of other articles need the article around them (`_mark_related`). A false mark loses a
paragraph of news and a missed one costs little, so a rule is here only if it hardly ever hits
news. The words are English; file names, dates, web addresses and fragments are found in any
language.

Patterns see a repaired copy (`repaired`): plain quotation marks, dashes and blanks. The text of
the article is never edited.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from stance.records import Article, Paragraph
from stance.text.boilerplate import (
    CREDIT_AT_END,
    LONGEST_CAPTION,
    LONGEST_NOISE,
    PHOTO_AT_START,
    RULES,
    Rule,
)
from stance.text.paragraphs import split_paragraphs

# How much of a paragraph's end is searched for a photo credit, and of its start for "photo".
CREDIT_LENGTH = 110
CAPTION_START_LENGTH = 160
# Headlines of other articles are no longer than this.
LONGEST_HEADLINE = 160
# Shorter ones are names and labels rather than headlines, in words.
SHORTEST_HEADLINE = 4
# What share of a headline's words of four and more letters is capitalised: all, or all but one.
CAPITALS = 0.8
# A paragraph of this length, or one that ends a sentence, shows that the report has begun.
SHORTEST_BODY = 120

# Characters that mean the same as a plain one, and some that are not seen at all.
_PLAIN = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′`´", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"),
    }
)
# Curly quotes and dashes that were UTF-8 and have been read as Windows-1252.
_MISREAD = {"â€™": "'", "â€˜": "'", "â€œ": '"', "â€\x9d": '"', "â€“": "-", "â€”": "-", "Â ": " "}

ENDS_SENTENCE = re.compile(r"[.!?…:;。！？؟۔।][\"')\]]*$")
ENDS_HEADLINE = re.compile(r"[^.…:;,。]$")
WORD = re.compile(r"[^\W_][\w'-]*")


def repaired(text: str) -> str:
    """The text with plain quotation marks, dashes and blanks, for patterns to match.

    >>> repaired("\u200bShare\u00a0this – “now”")
    'Share this - "now"'
    """
    if text.isascii():
        return text.strip()
    if "â€" in text or "Â" in text:
        for misread, meant in _MISREAD.items():
            text = text.replace(misread, meant)
    return unicodedata.normalize("NFKC", text.translate(_PLAIN)).strip()


def noise_kind(text: str) -> str:
    """The kind of boilerplate that a paragraph is, judged alone; empty for news.

    >>> noise_kind("[Image by Jane Doe/AP Photo]")
    'credit'
    >>> noise_kind("BAGHDAD (Reuters) - Troops entered the town on Monday.")
    ''
    """
    if len(text) > LONGEST_CAPTION:
        return ""
    if _ends_with_credit(text):
        return "credit" if len(text) < CREDIT_LENGTH and text[0] in "[(" else "caption"
    if _starts_with_photo(text):
        return "caption"
    if len(text) > LONGEST_NOISE and not text[0].isdigit():
        return ""
    plain = repaired(text)
    for rule in _rules_for(len(plain)):
        if rule.pattern.match(plain):
            return rule.kind
    return ""


@cache
def _rules_for(length: int) -> tuple[Rule, ...]:
    """The rules for paragraphs of that many characters."""
    return tuple(rule for rule in RULES if length <= rule.longest)


def _ends_with_credit(text: str) -> bool:
    # The last two characters are looked at first: the search is ten times as dear.
    if not ("]" in text[-2:] or ")" in text[-2:]):
        return False
    return CREDIT_AT_END.search(text, max(0, len(text) - CREDIT_LENGTH)) is not None


def _starts_with_photo(text: str) -> bool:
    start = text[:CAPTION_START_LENGTH].lower()
    if "photo" not in start and "picture" not in start and "image" not in start:
        return False
    return PHOTO_AT_START.match(text, 0, CAPTION_START_LENGTH) is not None


def paragraphs_of(article: Article) -> list[Paragraph]:
    """The paragraphs of an article in order, boilerplate marked.

    Besides the rules for single paragraphs (`noise_kind`), headlines of other articles at the end
    of the report are marked: in title case and without a full stop.
    """
    text = article.text
    spans = split_paragraphs(text)
    texts = [text[start:end] for start, end in spans]
    kinds = [noise_kind(paragraph) for paragraph in texts]
    _mark_related(texts, kinds)
    return [
        Paragraph(article.id, index, start, end, paragraph, kind)
        for index, ((start, end), paragraph, kind) in enumerate(
            zip(spans, texts, kinds, strict=True)
        )
    ]


def _mark_related(texts: list[str], kinds: list[str]) -> None:
    """Mark the headlines of other articles that stand behind the report, in place.

    Going back from the end, paragraphs are passed over while they are noise or read like a
    headline, up to the first that is news. Headlines under a heading for links need no title case.
    """
    first = len(texts)
    while first and (kinds[first - 1] or _is_short_line(texts[first - 1])):
        first -= 1
    if not any(not kinds[i] and _is_body(texts[i]) for i in range(first)):
        return
    is_under_links = False
    first_link = kinds.index("link", first) if "link" in kinds[first:] else len(texts)
    # Nothing above a line that is no headline is related: it may be the report's own.
    start = len(texts)
    for i in range(len(texts) - 1, first - 1, -1):
        if not kinds[i] and first_link >= i and not is_headline(texts[i]):
            break
        start = i
    for i in range(start, len(texts)):
        is_under_links = is_under_links or kinds[i] == "link"
        if not kinds[i] and (is_under_links or is_headline(texts[i])):
            kinds[i] = "headline"


def _is_short_line(text: str) -> bool:
    return len(text) <= LONGEST_HEADLINE and ENDS_HEADLINE.search(text) is not None


def _is_body(text: str) -> bool:
    return len(text) >= SHORTEST_BODY or ENDS_SENTENCE.search(repaired(text)) is not None


def is_headline(text: str) -> bool:
    """Whether a paragraph reads like a headline in title case: capitals, and no full stop.

    >>> is_headline("Mayor Holds Meeting with Members of Council")
    True
    >>> is_headline("The mayor met members of the Council")
    False
    """
    if not _is_short_line(text):
        return False
    words = WORD.findall(repaired(text))
    if len(words) < SHORTEST_HEADLINE:
        return False
    long = [word for word in words if len(word) >= SHORTEST_HEADLINE and not word[0].isdigit()]
    n_capitals = sum(word[0].isupper() for word in long)
    # A small word between long ones ("with", "from") is written small in many styles.
    return bool(long) and n_capitals >= max(2, CAPITALS * len(long))
