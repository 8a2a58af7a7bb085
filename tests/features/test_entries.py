"""Lexicon entries counted by the compiled loops against the reference in Python."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("numba")

from stance.features.buffers import text_buffer
from stance.features.joined import as_dense
from stance.features.kernel import Kernel
from stance.features.lexicon import Lexicon, LexiconBlock
from stance.records import Unit

# Pieces that entries and texts are made of, so that the ones are found in the others.
PIECES = ["a", "ab", "abc", "abcd", "abcde", "éß", "éßéß", "Σίσυφος", "平和", "𐐀𐐁", "cafe", "n_1"]
BETWEEN = [" ", "-", "’", "\u0301", "\x00", "\u200b", "“", "\ud800", ". "]


def found(lexicons, texts):
    """Hits and tokens, counted by the loops."""
    kernel = Kernel([], np.zeros((0, 0), np.float32), np.zeros(0), lexicons=lexicons)
    return kernel.find(*text_buffer(texts))


def replaced(text: str) -> str:
    """The text with U+FFFD for every lone surrogate."""
    return "".join("\ufffd" if 0xD800 <= ord(c) < 0xE000 else c for c in text)


def check(lexicon, texts):
    """Compare both measures of a lexicon with the reference's."""
    block = LexiconBlock(lexicon)
    expected = as_dense(block.rows([Unit(replaced(text)) for text in texts]))
    own = found([lexicon], texts)
    np.testing.assert_allclose(block.measured(own.hits, own.n_tokens), expected, rtol=1e-6)


@pytest.mark.parametrize("name", ["conflict-news"])
def test_the_shipped_lexicon(root, name):
    """All entries of the shipped lexicon are counted as the reference counts them."""
    from stance.model import load_model

    blocks = load_model(name).spaces["paragraph"].blocks
    (lexicon, *_) = (p.block.lexicon for p in blocks if isinstance(p.block, LexiconBlock))
    lines = (root / "training/labels/authored.jsonl").read_text("utf-8").splitlines()
    entries = [
        entry.replace("*", "s") for listed in lexicon.categories.values() for entry in listed
    ]
    check(lexicon, [json.loads(line)["text"] for line in lines] + entries + [" ".join(entries)])


ENTRIES = st.lists(st.sampled_from(PIECES).flatmap(lambda p: st.sampled_from([p, p + "*"])),
                   min_size=1, max_size=3).map(" ".join)  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES + BETWEEN), max_size=12).map("".join)


@settings(deadline=None)
@given(st.lists(st.lists(ENTRIES, min_size=1, max_size=4), min_size=1, max_size=4),
       st.lists(TEXTS, min_size=1, max_size=4))  # fmt: skip
def test_any_entries_in_any_text(categories, texts):
    """Hits agree however entries overlap, on marks, scripts, quotes, NUL and lone surrogates."""
    check(Lexicon({str(i): tuple(listed) for i, listed in enumerate(categories)}), texts)


def test_a_whole_word_is_no_beginning():
    """A word that goes on is not found by an entry without a star, whatever others have one."""
    check(Lexicon({"a": ("bomb", "raid*"), "b": ("bomber*",)}), ["bombs", "bomb", "raids bombers"])


def test_beginnings_of_any_length_are_found():
    """A word is found by each of its beginnings, also those longer than eight bytes."""
    word = "straßenbahnschienenweiche"
    lexicon = Lexicon({str(n): (word[:n] + "*",) for n in range(1, len(word) + 1)})
    check(lexicon, [word, word[:-1], word[:12], word + "n", "s", ""])


def test_several_lexicons_stand_side_by_side():
    """Categories of a second lexicon follow those of the first."""
    first, second = Lexicon({"a": ("one",), "b": ("two",)}), Lexicon({"a": ("two", "three*")})
    own = found([first, second], ["one two threefold", "two"])
    assert own.hits.tolist() == [[1, 1, 2], [0, 1, 1]]
    assert own.n_tokens.tolist() == [3, 1]


def test_threads_do_not_show():
    """Hits are the same for any number of threads."""
    kernel = Kernel([], np.zeros((0, 0), np.float32), np.zeros(0),
                    lexicons=[Lexicon({"a": ("one",), "b": ("one two",)})])  # fmt: skip
    buffer = text_buffer(["one two one", "two", "", "one"] * 50)
    whole = kernel.find(*buffer)
    for threads in (2, 7):
        pieces = kernel.find(*buffer, threads=threads)
        assert (pieces.hits == whole.hits).all()
        assert (pieces.n_tokens == whole.n_tokens).all()
