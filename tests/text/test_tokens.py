"""Lower case that keeps every character's place."""

import sys

from hypothesis import given
from hypothesis import strategies as st

from stance.text.tokens import fold_character, folded

# The letters whose lower case depends on others, or is longer than they are, and some neighbours.
SPECIAL = st.text(st.sampled_from("aA\u03a3\u03c3\u03c2\u0130iI\u0307\u00df \u00c9\ud800"))


@given(st.one_of(SPECIAL, st.text()))
def test_text_is_folded_character_by_character(text):
    """Neighbours change nothing, and no place is lost."""
    assert folded(text) == "".join(map(fold_character, text))


def test_every_character_is_folded_alone():
    """All characters in one text give what each gives alone."""
    text = "".join(map(chr, range(sys.maxunicode + 1)))
    assert folded(text) == "".join(map(fold_character, text))
