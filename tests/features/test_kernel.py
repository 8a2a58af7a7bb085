"""The compiled scoring path against the reference in numpy."""

from __future__ import annotations

import itertools

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("numba")

from stance.classify.linear import raw_scores
from stance.features.buffers import text_buffer
from stance.features.compiled.text import MOST_GROWTH
from stance.features.hashing import fold_table
from stance.features.joined import JoinedBlocks, WeightedBlock
from stance.features.kernel import Kernel, KernelBlock
from stance.features.terms import Terms
from stance.features.tfidf import TfidfBlock
from stance.records import Unit
from stance.text.tokens import TOKEN, folded, tokens

TEXTS = [
    "Rebels shelled the town on Monday; the town's mayor said the rebels had fled.",
    "The MINISTER — “who else?” — said: the truce holds, the truce holds, the truce holds!",
    "Straße, İstanbul, ΣΊΣΥΦΟΣ, ﬁn, cafe\u0301, naïve, Ǆ, кабмин УКРАЇНИ, 平和 協定, 𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𐐀𐐁",
    "a\x00b NUL, \u200dzero\u200bwidth, __init__ 3.5% ½ ² ٣٤",
    "",
    " ",
    "x",
]
# Letters that n-grams are made of, and what comes between and around them.
ALPHABET = "abAB ,\x00'“”—’\u0301\u0307\u200d1²_éÉßİıΣσςǅДж平ﷺ𐐀𐐨😀\ud800\udfff\ufffd\n"


def replaced(text: str) -> str:
    """The text with U+FFFD for every lone surrogate."""
    return "".join("\ufffd" if 0xD800 <= ord(c) < 0xE000 else c for c in text)


def make_blocks(*analyses: tuple[str, int, int], texts=TEXTS, every=2, sublinear=True):
    """Reference and kernel blocks that know every so many-th term of the texts."""
    rng = np.random.default_rng(7)
    blocks, kernel_blocks = [], []
    for number, (analyzer, low, high) in enumerate(analyses):
        terms = Terms(analyzer, low, high)
        found = sorted({term for text in texts for term in terms.of(Unit(replaced(text)))})[::every]
        idf = rng.uniform(1, 5, len(found)).astype(np.float32)
        block = TfidfBlock(terms=terms, vocabulary=found, idf=idf, sublinear=sublinear)
        weight = 1.0 + number / 2
        blocks.append(WeightedBlock(str(number), block, weight))
        kernel_blocks.append(
            KernelBlock(analyzer, (low, high), found, idf, sublinear=sublinear, weight=weight)
        )
    return JoinedBlocks(blocks), kernel_blocks


def make_pair(*analyses, n_labels=3, **options):
    """A kernel, and a function that scores texts with the reference."""
    joined, kernel_blocks = make_blocks(*analyses, **options)
    rng = np.random.default_rng(11)
    weights = rng.normal(size=(joined.n_features, n_labels)).astype(np.float32)
    intercept = rng.normal(size=n_labels)

    def reference(texts):
        rows = joined.rows([Unit(replaced(text)) for text in texts])
        return raw_scores(rows, weights, intercept)

    return Kernel(kernel_blocks, weights, intercept), reference


WORDS_AND_CHARACTERS = (("word", 1, 2), ("char", 2, 4))
LETTERS = make_pair(
    ("word", 1, 3),
    ("char", 1, 3),
    texts=[a + b + c for a, b, c in itertools.product(ALPHABET, repeat=3)][::3],
    every=2,
)


@pytest.mark.parametrize("sublinear", [True, False])
@pytest.mark.parametrize(
    "analyses",
    [
        (("word", 1, 1),),
        (("word", 2, 3),),
        (("char", 1, 5),),
        (("char", 6, 7),),
        (("char", 1, 9),),
        (("word", 1, 2), ("char", 8, 8), ("char", 2, 2)),
        WORDS_AND_CHARACTERS,
    ],
)
def test_scores_are_the_reference_scores(analyses, sublinear):
    """The kernel gives the reference's scores for every kind of block."""
    kernel, reference = make_pair(*analyses, sublinear=sublinear)
    np.testing.assert_allclose(kernel.scores(TEXTS), reference(TEXTS), atol=1e-6)


@pytest.mark.parametrize("n_labels", [1, 7, 8, 15, 16, 21])
def test_any_number_of_labels(n_labels):
    """Rows of any width are scored alike."""
    kernel, reference = make_pair(*WORDS_AND_CHARACTERS, n_labels=n_labels)
    assert kernel.scores(TEXTS).shape == (len(TEXTS), n_labels)
    np.testing.assert_allclose(kernel.scores(TEXTS), reference(TEXTS), atol=1e-6)


@settings(deadline=None)
@given(st.lists(st.text(alphabet=ALPHABET, max_size=30), max_size=4))
def test_scores_agree_on_odd_text(texts):
    """Kernel and reference agree on marks, scripts, quotes, NUL and lone surrogates."""
    kernel, reference = LETTERS
    np.testing.assert_allclose(kernel.scores(texts), reference(texts), atol=1e-6)


@settings(deadline=None, max_examples=50)
@given(st.text(alphabet=st.characters(exclude_categories=[]), max_size=20))
def test_scores_agree_on_any_text(text):
    """Kernel and reference agree on any code points, known to the vocabulary or not."""
    kernel, reference = make_pair(("word", 1, 2), ("char", 1, 2), texts=[text, "a b"], every=1)
    texts = [text, text + " " + text, text[::-1]]
    np.testing.assert_allclose(kernel.scores(texts), reference(texts), atol=1e-6)


@settings(deadline=None)
@given(st.lists(st.binary(max_size=12), min_size=1, max_size=5))
def test_invalid_bytes_are_read_as_python_reads_them(contents):
    """Bytes that are not UTF-8 count as U+FFFD, and no byte of the next text is read."""
    kernel, reference = LETTERS
    data = np.frombuffer(b"".join(contents), dtype=np.uint8)
    offsets = np.cumsum([0, *map(len, contents)])
    texts = [content.decode("utf-8", "replace") for content in contents]
    np.testing.assert_allclose(kernel.scores_of_buffer(data, offsets), reference(texts), atol=1e-6)


@pytest.mark.parametrize(
    "content",
    [b"\xc3", b"\xe2\x82", b"\xe2\x82a", b"\xc0\xafa", b"\xed\xa0\x80a", b"\xf4\x90\x80\x80a",
     b"\xf0\x9f\x98", b"\x80a\xbfb", b"\xe0\x80\xafa", b"\xf0\x80\x80\xafab", b"\xc3\xa9\xc3a"],
)  # fmt: skip
def test_broken_sequences(content):
    """A sequence that is cut short, overlong or a surrogate separates tokens."""
    kernel, reference = LETTERS
    # The buffer goes on with bytes that would complete the sequence.
    data = np.frombuffer(content + b"\xa9\xa9\xa9", dtype=np.uint8)
    scores = kernel.scores_of_buffer(data, np.array([0, len(content)]))
    np.testing.assert_allclose(scores, reference([content.decode("utf-8", "replace")]), atol=1e-6)


def test_long_texts_and_long_tokens():
    """Texts beyond one window and counts beyond 65,535 are scored exactly."""
    kernel, reference = make_pair(*WORDS_AND_CHARACTERS)
    texts = ["the town " * 70_000, "the" * 5_000, " ".join(TEXTS) * 40, "x"]
    np.testing.assert_allclose(kernel.scores(texts), reference(texts), atol=1e-6)


def test_threads_and_batches_do_not_show():
    """Scores are the same bits for any number of threads and any division into batches."""
    kernel, _ = make_pair(*WORDS_AND_CHARACTERS)
    texts = [" ".join(TEXTS[i % 7 :]) for i in range(60)]
    whole = kernel.scores(texts)
    for threads in (2, 3, 100):
        assert (kernel.scores_of_buffer(*text_buffer(texts), threads=threads) == whole).all()
    assert (np.concatenate([kernel.scores([text]) for text in texts]) == whole).all()


def test_matrix_is_the_reference_matrix():
    """The sparse matrix has the reference's values in the reference's columns, in order."""
    joined, kernel_blocks = make_blocks(*WORDS_AND_CHARACTERS)
    kernel = Kernel(kernel_blocks, np.zeros((joined.n_features, 0), np.float32), np.zeros(0))
    matrix, rows = kernel.matrix(TEXTS), joined.rows([Unit(text) for text in TEXTS])
    assert matrix.dtype == np.float32
    assert matrix.shape == (rows.n_rows, rows.n_columns)
    assert matrix.indptr.tolist() == rows.starts.tolist()
    assert matrix.indices.tolist() == rows.columns.tolist()
    np.testing.assert_allclose(matrix.data, rows.values, rtol=1e-6)


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.binary()])
def test_arrow_arrays_are_read_in_place(kind):
    """Arrow arrays of any string type, sliced or not, score like lists."""
    kernel, _ = make_pair(*WORDS_AND_CHARACTERS)
    array = pa.array([text.encode() for text in TEXTS], kind)
    assert (kernel.scores(array) == kernel.scores(TEXTS)).all()
    assert (kernel.scores(array[2:5]) == kernel.scores(TEXTS[2:5])).all()


def test_missing_text_is_empty_and_no_text_gives_no_scores():
    """A null scores like the empty text, and an empty batch has no rows."""
    kernel, reference = make_pair(*WORDS_AND_CHARACTERS)
    assert (kernel.scores(pa.array(["the town", None])) == kernel.scores(["the town", ""])).all()
    assert kernel.scores([]).shape == reference([]).shape == (0, 3)
    assert kernel.matrix([]).shape[0] == 0


def test_fold_table_is_the_tokeniser():
    """The table knows for every code point what the tokeniser makes of it."""
    table = fold_table()
    for point in range(0x110000):
        if 0xD800 <= point < 0xE000:
            assert table[point] == ord(" ")
            continue
        character = folded(chr(point))
        expected = ord(character if TOKEN.match(character) else " ")
        if table[point] != expected:
            pytest.fail(f"U+{point:04X} {tokens(chr(point))}: {table[point]}, not {expected}")


def test_folding_makes_no_text_longer_than_there_is_room():
    """No code point takes more bytes folded than the room for a text counts on."""
    for point, code in enumerate(fold_table().tolist()):
        if not 0xD800 <= point < 0xE000:
            assert len(chr(code).encode()) <= MOST_GROWTH * len(chr(point).encode())


def test_wrong_offsets_are_refused():
    """Offsets that leave the buffer are refused before any loop trusts them."""
    kernel, _ = make_pair(("word", 1, 1))
    data = np.frombuffer(b"the town", dtype=np.uint8)
    for offsets in ([0, 9], [-1, 3], [0, 5, 3, 8], []):
        with pytest.raises(ValueError, match="do not divide 8 bytes"):
            kernel.scores_of_buffer(data, np.array(offsets, dtype=np.int64))


def test_repeated_terms_are_refused():
    """A vocabulary with a term twice has no clear column for it."""
    block = KernelBlock("word", (1, 1), ["a", "a"], np.ones(2, np.float32))
    with pytest.raises(ValueError, match="holds a term twice"):
        Kernel([block], np.zeros((2, 1), np.float32), np.zeros(1))


def test_weights_of_another_shape_are_refused():
    """Weights must have one row a term."""
    block = KernelBlock("word", (1, 1), ["a"], np.ones(1, np.float32))
    with pytest.raises(ValueError, match=r"Found weights of shape \(2, 1\), expected \(1, 1\)"):
        Kernel([block], np.zeros((2, 1), np.float32), np.zeros(1))
