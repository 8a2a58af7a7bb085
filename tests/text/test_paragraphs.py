"""Texts to paragraphs: layouts told apart, spans exact."""

import json
import textwrap
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.text.paragraphs import LONGEST_LINE, split_paragraphs

PROJECT = Path(__file__).parents[2]
SEEDS = sorted((PROJECT / "seeds").glob("*.txt"))

BRIDGE = (
    "Council workers cleared the flooded road on Monday, a spokeswoman said, after two days in "
    "which no lorry had been able to pass the lower bridge and shops ran short of bread."
)
BAKER = (
    "“We carried the sacks across by hand,” said baker Ina Roth, whose van stood in the water "
    "until the evening. She lost flour, she said, but no customers."
)
REPAIRS = "Repairs to the bridge will take three weeks and cost 40,000 crowns."
LETTERS = (
    "Farmers above the town had warned of the swollen river a week before. Their letters, they "
    "told the council, were never answered by the office that is charged with the dykes."
)
STORY = (BRIDGE, BAKER, REPAIRS, LETTERS)


def paragraphs(text: str) -> list[str]:
    """The texts of the spans, white space within made plain."""
    return [" ".join(text[start:end].split()) for start, end in split_paragraphs(text)]


def seed_rows(article: str) -> list[str]:
    """The labelled paragraphs of a seed article, in order."""
    lines = (PROJECT / "training/labels/seeds.jsonl").read_text(encoding="utf-8").splitlines()
    return [row["text"] for row in map(json.loads, lines) if row["article"] == article]


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.stem)
def test_seeds_split_as_labelled(path):
    """The seeds split into the paragraphs that were labelled, character for character."""
    text = path.read_text(encoding="utf-8")
    assert [text[start:end] for start, end in split_paragraphs(text)] == seed_rows(path.stem)


@pytest.mark.parametrize("separator", ["\n\n", "\n", "\r\n", "\r", "\u2028", "\u2029", "\n \t\n"])
def test_unbroken_paragraphs(separator):
    """Paragraphs on one line each are found, with or without blank lines, whatever the ends."""
    assert paragraphs(separator.join(STORY)) == list(STORY)


@pytest.mark.parametrize("width", [40, 60, 72, 100])
@pytest.mark.parametrize(
    ("separator", "indent"), [("\n\n", ""), ("\n", "    "), ("\r\n\r\n", "  "), ("\n", "\t")]
)
def test_wrapped_paragraphs(width, separator, indent):
    """Lines broken at a fixed width are joined, between blank lines or indents."""
    filled = [textwrap.fill(one, width, initial_indent=indent) for one in STORY]
    assert paragraphs(separator.join(filled)) == list(STORY)


@pytest.mark.parametrize("width", [48, 65, 90])
def test_wrapped_without_marks(width):
    """Wrapped paragraphs directly below one another part where a line is short."""
    text = "\n".join(textwrap.fill(one, width) for one in STORY)
    assert paragraphs(text) == list(STORY)


def test_headline_above_wrapped_text():
    """A short headline directly above wrapped text stays apart from it."""
    text = "Road open again\n" + textwrap.fill(STORY[0], 60)
    assert paragraphs(text) == ["Road open again", STORY[0]]


def test_long_line_in_wrapped_text():
    """A line far longer than the others is a paragraph of its own, the others still join."""
    text = "\n".join([textwrap.fill(STORY[0], 60), STORY[3], textwrap.fill(STORY[1], 60)])
    assert paragraphs(text) == [STORY[0], STORY[3], STORY[1]]


def test_list_of_short_lines():
    """Short lines in lower case are a list, not wrapped text."""
    assert paragraphs("bread\nmilk\nflour\nsalt") == ["bread", "milk", "flour", "salt"]


def test_wrapped_script_without_case():
    """Wrapped text in a script without capitals is joined."""
    sentence = "دخلت القوات المدينة يوم الثلاثاء وقال متحدث باسم الجيش إن القتال توقف في الليل"
    story = " ".join([sentence] * 6) + "."
    assert paragraphs(textwrap.fill(story, 50) + "\n\n" + textwrap.fill(story, 50)) == [story] * 2


def test_windows_ellipsis_is_no_line_end():
    """U+0085, mostly a misread ellipsis, ends no line."""
    assert paragraphs("He waited\u0085and waited") == ["He waited and waited"]


def test_no_text_no_paragraphs():
    """White space alone has no paragraphs."""
    assert split_paragraphs(" \n\t\u00a0\r\n") == []
    assert split_paragraphs("") == []


ODD_TEXT = st.text(
    st.one_of(
        st.sampled_from("\n\n\r\v\f\x1c\x85\u2028\u2029 \t\u00a0.aB\x00\ud800😀"), st.characters()
    )
)


@given(ODD_TEXT)
def test_spans_cover_the_text(text):
    """Spans are in order, apart, trimmed, and hold every character that is not white space."""
    end_before = 0
    for start, end in split_paragraphs(text):
        assert end_before <= start < end
        assert not text[end_before:start].strip()
        assert text[start:end] == text[start:end].strip()
        end_before = end
    assert not text[end_before:].strip()


@given(st.integers(45, 120), st.permutations(STORY))
def test_any_width_between_blank_lines(width, story):
    """Text wrapped at any usual width and parted by blank lines comes apart rightly."""
    text = "\n\n".join(textwrap.fill(one, width) for one in story)
    assert paragraphs(text) == story


@pytest.mark.parametrize(
    ("unit", "ending"),
    [("Troops left. Who won? ", (".", "?")), ("word ", ("word",)), ("x", ("x",))],
)
def test_a_line_longer_than_any_paragraph_is_cut(unit, ending):
    """It is cut at the ends of sentences, else of words, else anywhere; nothing is lost."""
    text = unit * (4 * LONGEST_LINE // len(unit))
    spans = split_paragraphs(text)
    assert 4 <= len(spans) <= 8
    pieces = [text[start:end] for start, end in spans]
    assert all(piece == piece.strip() and piece.endswith(ending) for piece in pieces)
    assert max(map(len, pieces)) <= LONGEST_LINE
    assert "".join("".join(pieces).split()) == "".join(text.split())


def test_a_line_as_long_as_may_be_is_whole():
    """An article on one line is one paragraph."""
    assert split_paragraphs("x" * LONGEST_LINE) == [(0, LONGEST_LINE)]
