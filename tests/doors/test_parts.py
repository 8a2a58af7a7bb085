"""A model of parts is the average of the parts' models, and still one linear model."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.classify.best_sentence import fit_best_sentence
from stance.errors import SettingsError
from stance.features.joined import as_dense
from stance.recipe import parse_recipe
from stance.recipe_settings import BlockSettings, ClassifierSettings, PartSettings
from stance.records import Unit
from stance.text.sentences import sentences
from stance.training import train

TEXTS = [
    "Rebels shelled the town on Monday, killing three soldiers.",
    "Aid workers said that thousands of families had fled without food.",
    "The minister resigned after the vote in parliament.",
]


@pytest.fixture(scope="module")
def recipe(small_recipe):
    """The small recipe with words and characters, one penalty."""
    features = {
        "words": BlockSettings("tfidf", options={"ngrams": [1, 1], "min_df": 3}),
        "letters": BlockSettings(
            "tfidf", weight=2.0, options={"analyzer": "char", "ngrams": [2, 3], "min_df": 5}
        ),
    }
    return replace(small_recipe, features=features)


PARTS = {
    "words": PartSettings(("words",), C=(1.0,), share=0.5),
    "letters": PartSettings(("letters",), C=(0.3,), share=1.5),
}


@pytest.fixture(scope="module")
def in_parts(recipe):
    """A model of two parts."""
    return train(replace(recipe, parts=PARTS), problems=pytest.fail)


def test_parts_average_their_models(recipe, in_parts):
    """Raw scores are the shares' weighted sum of what each part alone would say, by its spread."""
    alone = {
        name: train(
            replace(
                recipe,
                features={name: recipe.features[name]},
                classifier=ClassifierSettings(C=part.C),
            ),
            problems=pytest.fail,
        ).scores(TEXTS)["topic"]
        for name, part in PARTS.items()
    }
    raw = in_parts.scores(TEXTS)["topic"].raw
    columns = [np.column_stack([alone[name].raw[:, k] for name in PARTS]) for k in range(3)]
    for label, both in enumerate(columns):
        factors, *_ = np.linalg.lstsq(both, raw[:, label], rcond=None)
        np.testing.assert_allclose(both @ factors, raw[:, label], rtol=1e-4, atol=1e-4)
        assert np.all(factors > 0)


def test_one_part_of_all_blocks_decides_as_no_parts(recipe):
    """A single part only stretches the scores, which changes no label."""
    settings = replace(recipe, classifier=ClassifierSettings(C=(1.0,)))
    plain = train(settings, problems=pytest.fail)
    one = train(replace(settings, parts={"all": PartSettings()}), problems=pytest.fail)
    for task in plain.tasks:
        before, after = plain.tasks[task].training, one.tasks[task].training
        assert before["out_of_fold"]["macro_f1"] == pytest.approx(
            after["out_of_fold"]["macro_f1"], abs=1e-9
        )
        assert after["parts"]["all"]["C"] == before["C"]


def test_parts_come_back_and_explain_themselves(in_parts, tmp_path):
    """A saved model of parts says the same, and its evidence sums to its scores."""
    from stance import load_model

    in_parts.save(tmp_path / "model")
    read = load_model(tmp_path / "model")
    np.testing.assert_array_equal(
        read.scores(TEXTS)["frame"].raw, in_parts.scores(TEXTS)["frame"].raw
    )
    (coding,) = read.classify(TEXTS[0], explain=True)
    evidence = coding.evidence["topic"]["military"]
    told = sum(feature.contribution for feature in evidence.features)
    assert evidence.intercept + evidence.rest + told == pytest.approx(evidence.raw)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"a": {"features": ["word"]}}, 'no block "word".*words'),
        ({"a": {"features": ["words"], "share": 0}}, "share is 0.*above 0"),
        ({"a": {"features": ["words"]}}, "no part reads the block letters"),
    ],
)
def test_parts_that_cannot_be_are_refused(parts, message, tmp_path):
    """An unknown block, a share of nothing and a block without a part are told of."""
    features = {"words": {"kind": "tfidf"}, "letters": {"kind": "tfidf", "analyzer": "char"}}
    with pytest.raises(SettingsError, match=message):
        parse_recipe({"name": "x", "features": features, "parts": parts}, folder=tmp_path)


@pytest.fixture(scope="module")
def with_sentences(recipe):
    """A model of a part that reads wholes and a part that reads sentences."""
    parts = {**PARTS, "sentences": PartSettings(("words",), "sentences", (1.0,))}
    return train(replace(recipe, parts=parts), problems=pytest.fail)


def test_the_best_sentence_speaks_for_the_text(with_sentences):
    """A text's sentence score is its best sentence's, however much else is around it."""
    block = with_sentences.spaces["paragraph"].blocks[-1].block
    alone = as_dense(block.rows([Unit(text) for text in TEXTS]))
    together = as_dense(block.rows([Unit(" ".join(TEXTS))]))
    np.testing.assert_allclose(together[0], alone.max(axis=0), rtol=1e-6)


def test_the_deciding_sentence_is_shown(with_sentences):
    """The evidence of a part that reads sentences is the sentence with the label's best score."""
    block = with_sentences.spaces["paragraph"].blocks[-1].block
    unit = Unit(" ".join(TEXTS))
    ((start, end),) = block.spans(unit, {0})[0]
    best = as_dense(block.rows([Unit(text) for text in TEXTS]))[:, 0].argmax()
    assert unit.text[start:end] == TEXTS[best]


def test_sentence_readers_come_back(with_sentences, tmp_path):
    """A saved model that reads sentences says the same."""
    from stance import load_model

    with_sentences.save(tmp_path / "model")
    read = load_model(tmp_path / "model")
    for task, scores in with_sentences.scores(TEXTS).items():
        np.testing.assert_array_equal(read.scores(TEXTS)[task].raw, scores.raw)


def test_sentences_are_read_by_terms_alone(tmp_path):
    """A block that is not TF-IDF in a part that reads sentences is told of."""
    recipe = {
        "name": "x",
        "features": {"meaning": {"kind": "semantic"}},
        "parts": {"a": {"read": "sentences"}},
    }
    with pytest.raises(SettingsError, match="meaning is another"):
        parse_recipe(recipe, folder=tmp_path)


def test_a_reader_of_sentences_finds_the_sentence():
    """From labels of texts alone, the one word that makes the label is learned."""
    random = np.random.default_rng(2)
    counts = random.integers(1, 9, size=150)
    X = random.normal(size=(counts.sum(), 5)) * 0.3
    y = (random.random((150, 1)) < 0.4).astype(float)
    firsts = np.cumsum(counts) - counts
    for first, count, carried in zip(firsts, counts, y[:, 0], strict=True):
        if carried:
            X[first + random.integers(count), 3] += 2
    fitted = fit_best_sentence(X, counts, y, C=1.0, weight=np.ones_like(y))
    best = np.maximum.reduceat(X @ fitted[:-1] + fitted[-1], firsts, axis=0)
    assert np.mean((best > 0) == (y > 0)) > 0.95
    assert np.abs(fitted[:-1, 0]).argmax() == 3


@given(st.text())
def test_sentences_lose_no_letter(text):
    """Sentences stand in order, do not overlap, and leave out nothing but white space."""
    spans = sentences(text)
    assert all(a < b or not text for a, b in spans)
    assert all(b <= c for (_, b), (c, _) in pairwise(spans))
    kept = "".join(text[a:b] for a, b in spans)
    assert "".join(kept.split()) == "".join(text.split())
