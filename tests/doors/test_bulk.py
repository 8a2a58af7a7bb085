"""Many articles at once, on the compiled path, against one by one on the reference path."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("numba")

from stance.classify.bulk import BulkScorer, context_means, numbers_of
from stance.features import counting, kernel
from stance.features.block import stack_rows
from stance.features.joined import as_dense, context_rows
from stance.features.lexicon import LexiconBlock
from stance.features.tfidf import TfidfBlock
from stance.model import Model
from stance.recipe import parse_recipe
from stance.records import Article, Unit
from stance.training import train

ODD = [
    "Straße, İstanbul, ΣΊΣΥΦΟΣ, ﬁn, cafe\u0301, naïve, Ǆ, кабмин УКРАЇНИ, 平和 協定, 𝔘𝔫𝔦𝔠𝔬𝔡𝔢",
    "a\x00b NUL, \u200dzero\u200bwidth, “who else?” __init__ 3.5% ½ ² ٣٤ \ud800 lone \udfff",
    "",
    " \n",
    "x",
]


@pytest.fixture(scope="module")
def model(root) -> Model:
    """A model with every kind of block that the default model's paragraphs have."""
    lexicon = {"kind": "lexicon", "lexicon": "lexicons/conflict-news.toml", "measures": ["hits"]}
    recipe = parse_recipe(
        {
            "name": "mixed",
            "folds": 2,
            "codebook": "codebooks/conflict-news.toml",
            "data": {
                "train": ["labels/seeds.jsonl", "labels/authored.jsonl"],
                "labels": {"topic": "topic", "frame": "frame"},
            },
            "features": {
                "words": {"kind": "tfidf", "ngrams": [1, 2], "min_df": 2, "weight": 1.5},
                "letters": {"kind": "tfidf", "analyzer": "char", "ngrams": [2, 5], "min_df": 4},
                "lexicon": {**lexicon, "weight": 0.3},
                "around": {**lexicon, "weight": 0.3, "context": True},
            },
            "classifier": {"C": [1.0]},
        },
        folder=root / "training",
    )
    return train(recipe, problems=pytest.fail)


@pytest.fixture(scope="module")
def texts(root):
    """The bundled paragraphs and articles, and odd ones."""
    lines = (root / "training/labels/authored.jsonl").read_text("utf-8").splitlines()
    whole = [path.read_text("utf-8") for path in sorted((root / "seeds").glob("*.txt"))]
    return [json.loads(line)["text"] for line in lines] + whole + ODD


def on_both_paths(model, units, monkeypatch):
    """Scores of the reference path and of the compiled one."""
    monkeypatch.setattr(counting, "LEAST_TEXT", 10**12)
    slow = model.scores(units)
    monkeypatch.setattr(counting, "LEAST_TEXT", 0)
    return slow, model.scores(units)


def test_the_compiled_path_agrees_with_the_reference(model, texts, monkeypatch):
    """Words, characters, lexicon and context together give the same scores to 1e-6."""
    units = [Unit(text, article=str(i // 4)) for i, text in enumerate(texts)]
    slow, quick = on_both_paths(model, units, monkeypatch)
    assert list(quick) == list(slow)
    for task, scores in slow.items():
        np.testing.assert_allclose(quick[task].raw, scores.raw, atol=1e-6, rtol=0)
        np.testing.assert_allclose(quick[task].values, scores.values, atol=1e-6, rtol=0)


@given(st.lists(st.text(max_size=60), min_size=1, max_size=4))
@settings(max_examples=60)
def test_any_text_agrees(model, found):
    """Whatever the characters are, both paths say the same."""
    units = [Unit(text, article="a") for text in found]
    with pytest.MonkeyPatch.context() as patch:
        slow, quick = on_both_paths(model, units, patch)
    for task, scores in slow.items():
        np.testing.assert_allclose(quick[task].raw, scores.raw, atol=1e-6, rtol=0)


def test_an_equal_lexicon_is_read_once(model, monkeypatch):
    """A lexicon and the same one for the context are counted together."""
    given_lexicons = []
    make = kernel.make_entries
    monkeypatch.setattr(
        kernel,
        "make_entries",
        lambda found, seed: given_lexicons.extend(found) or make(found, seed),
    )
    tasks = [task for task in model.tasks.values() if task.space == "paragraph"]
    BulkScorer(model.spaces["paragraph"], tasks)
    assert len(given_lexicons) == 1


def test_no_block_is_read_text_by_text(model, texts, monkeypatch):
    """The compiled loops read words, characters and lexicons of many texts."""
    for kind in (TfidfBlock, LexiconBlock):
        monkeypatch.setattr(kind, "rows", lambda *_: pytest.fail("read by the reference"))
    monkeypatch.setattr(counting, "LEAST_TEXT", 0)
    model.scores(texts[:3])


@given(st.lists(st.sampled_from(["", "a", "b", "c"]), max_size=9))
def test_context_is_the_mean_of_the_others(articles):
    """Means are those of the reference, for articles in any order and units of none."""
    values = np.arange(2 * len(articles), dtype=np.float32).reshape(-1, 2) + 1
    rows = stack_rows([((0, 1), tuple(own)) for own in values], 2)
    expected = as_dense(context_rows(rows, articles))
    means = context_means(values.astype(np.float64), numbers_of(articles))
    np.testing.assert_allclose(means, expected, rtol=1e-6)


def articles_of(texts):
    """Articles of some paragraphs each; every second one has the same id."""
    found = []
    for number, part in enumerate(_fives(texts)):
        name = "twice" if number % 2 else str(number)
        found.append(Article(name, "\n\n".join(part), title=f"Title {number}"))
    return found


def _fives(texts):
    return [texts[i : i + 5] for i in range(0, len(texts), 5)]


@pytest.mark.parametrize("least", [0, 10**12])
@pytest.mark.parametrize("batch", [1, 3_000, 10**9])
def test_batches_change_nothing(model, texts, monkeypatch, least, batch):
    """Articles coded together are coded as one by one, also where two share an id."""
    articles = articles_of(texts)
    monkeypatch.setattr(counting, "LEAST_TEXT", 10**12)
    alone = [coding for article in articles for coding in model.classify(article)]
    monkeypatch.setattr(counting, "LEAST_TEXT", least)
    together = list(model.classify_many(articles, batch=batch))
    assert [plain(c) for c in together] == [plain(c) for c in alone]
    for one, other in zip(together, alone, strict=True):
        for task, scores in one.scores.items():
            assert scores == pytest.approx(other.scores[task], abs=1e-6)


def plain(coding):
    """A coding without its scores."""
    return replace(coding, scores={})


def test_coding_a_stream_reads_it_as_it_goes(small_model):
    """No more articles are read than a batch needs."""
    read = []

    def stream():
        for number in range(100):
            read.append(number)
            yield f"Rebels shelled the town of number {number} on Monday, the mayor said there."

    first = next(small_model.classify_many(stream(), batch=200))
    assert first.paragraph.article == "0"
    assert len(read) < 10


def test_wrong_settings_are_refused_at_once(small_model):
    """A wrong abstention or topic is an error before anything is read."""
    with pytest.raises(ValueError, match="abstain is 2"):
        small_model.classify_many([], abstain=2)
