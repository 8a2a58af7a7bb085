"""A model of parts is the average of the parts' models, and still one linear model."""

from dataclasses import replace

import numpy as np
import pytest

from stance.errors import SettingsError
from stance.recipe import BlockSettings, ClassifierSettings, PartSettings, parse_recipe
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
    "words": PartSettings(("words",), (1.0,), share=0.5),
    "letters": PartSettings(("letters",), (0.3,), share=1.5),
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
