"""Layers are tuned on labels: they learn, always the same, and become a block of the model."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from stance.errors import ModelError, SettingsError
from stance.features.transformer import Shape
from stance.features.tuned import TunedBlock
from stance.learn import notices, tuning
from stance.learn.tuning import Adam, Texts, batches_of, tune
from stance.model import load_model
from stance.output.card import how_fitted, render_card
from stance.recipe import parse_recipe
from stance.recipe_settings import PartSettings, TaskSettings, TuningSettings
from stance.records import Unit
from stance.training import train

WIDTH, SHAPE = 8, Shape(2)
SETTINGS = TuningSettings(layers=1, epochs=12, rate=3e-3)


def made_up_layer():
    """One layer's parameters by chance."""
    random = np.random.default_rng(0)
    sizes = {"attention": (8, 24), "mix": (8, 8), "inner": (8, 16), "outer": (16, 8)}
    layer = {f"0.{name}.weight": random.normal(size=size) * 0.3 for name, size in sizes.items()}
    layer |= {f"0.{name}.bias": np.zeros(size[1]) for name, size in sizes.items()}
    for name in ("norm_mixed", "norm_out"):
        layer |= {f"0.{name}.weight": np.ones(8), f"0.{name}.bias": np.zeros(8)}
    return {name: values.astype(np.float32) for name, values in layer.items()}


def made_up_texts(n_texts, *, several, seed):
    """Texts in which one token of a kind makes the label, wherever it stands."""
    random = np.random.default_rng(seed)
    kinds = random.normal(size=(3, WIDTH)) * 2
    states, gold = [], np.zeros((n_texts, 3))
    for row in range(n_texts):
        tokens = random.normal(size=(random.integers(4, 9), WIDTH))
        kind = random.integers(3)
        tokens[random.integers(len(tokens))] += kinds[kind]
        gold[row, kind] = 1
        states.append([tokens.astype(np.float16)])
    return Texts(states, gold, several)


@pytest.mark.parametrize("several", [True, False])
def test_a_rule_is_learned(several):
    """Texts that were not learned from get the label of the token that makes it."""
    known = made_up_texts(600, several=several, seed=1)
    # The same seed makes the same kinds of tokens.
    both = made_up_texts(800, several=several, seed=1)
    tuned = tune(made_up_layer(), SHAPE, known, SETTINGS, seed=0, progress=lambda _share: None)
    new = slice(600, 800)
    given = tuned.scores(batches_of(both.states[new]), 200).argmax(axis=1)
    assert (given == both.gold[new].argmax(axis=1)).mean() > 0.8


def test_the_threads_do_not_show(monkeypatch):
    """One processor or four: the same bytes; another seed: other bytes."""
    texts = made_up_texts(70, several=True, seed=2)
    short = replace(SETTINGS, epochs=2)

    def tuned(seed, n_processors):
        monkeypatch.setattr(tuning, "cpu_count", lambda: n_processors)
        layers = tune(made_up_layer(), SHAPE, texts, short, seed=seed, progress=lambda _share: None)
        return layers.parameters

    one, four, other = tuned(0, 1), tuned(0, 4), tuned(1, 1)
    assert all(np.array_equal(one[name], four[name]) for name in one)
    assert not all(np.array_equal(one[name], other[name]) for name in one)


def test_what_is_tuned_does_not_change_what_it_came_from():
    """The encoder's own layers stay, for the next fold."""
    layer, before = made_up_layer(), made_up_layer()
    texts = made_up_texts(40, several=True, seed=3)
    tuned = tune(layer, SHAPE, texts, SETTINGS, seed=0, progress=lambda _share: None)
    assert all(np.array_equal(layer[name], before[name]) for name in layer)
    assert not np.array_equal(tuned.parameters["0.inner.weight"], layer["0.inner.weight"])


def test_few_texts_are_learned_from_more_often():
    """Twenty texts make one step an epoch; the share done tells how many steps there are."""
    shares = []
    texts = made_up_texts(20, several=True, seed=6)
    once = replace(SETTINGS, epochs=1)
    tune(made_up_layer(), SHAPE, texts, once, seed=0, progress=shares.append)
    assert len(shares) == 75


def test_progress_is_told_to_the_end():
    """Shares increase and end at 1."""
    shares = []
    texts = made_up_texts(50, several=True, seed=4)
    tune(made_up_layer(), SHAPE, texts, SETTINGS, seed=0, progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1)


def test_adam_takes_the_steps_of_the_paper():
    """Two steps, computed by hand as algorithm 1 says (Kingma and Ba 2015)."""
    parameter = np.array([1.0, -2.0], dtype=np.float32)
    adam = Adam({"p": parameter}, {"p": 0.1})
    expected, mean, square = np.array([1.0, -2.0]), np.zeros(2), np.zeros(2)
    for number, gradient in enumerate(([0.5, -1.0], [0.1, 3.0]), start=1):
        adam.step({"p": np.array(gradient, dtype=np.float32)}, rate=0.5)
        g = np.array(gradient)
        mean, square = 0.9 * mean + 0.1 * g, 0.999 * square + 0.001 * g * g
        unbiased = mean / (1 - 0.9**number), square / (1 - 0.999**number)
        expected -= 0.5 * 0.1 * unbiased[0] / (np.sqrt(unbiased[1]) + 1e-8)
    np.testing.assert_allclose(parameter, expected, rtol=1e-5)


@pytest.fixture(scope="module")
def tuned_recipe(small_recipe):
    """Words, and one layer that is tuned for an instant, on the seeds' paragraphs."""
    pytest.importorskip("onnxruntime", reason='the extra "semantic" is not installed')
    parts = {
        "words": PartSettings(("words",)),
        "tuned": PartSettings(read="tuned", tuning=TuningSettings(layers=1, epochs=1, folds=2)),
    }
    data = replace(small_recipe.data, train=("labels/seeds.jsonl",))
    features = {"words": replace(small_recipe.features["words"], options={"min_df": 1})}
    return replace(small_recipe, data=data, features=features, parts=parts, folds=2)


@pytest.fixture(scope="module")
def tuned_model(tuned_recipe):
    """A model with a tuned part for each of two tasks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tuning, "_LEAST_STEPS", 1)
        return train(tuned_recipe, problems=pytest.fail)


TEXTS = ["Troops stormed the village.", "", "Aid reached the camp. " * 200]


def test_a_tuned_model_is_what_it_was_when_it_is_read(tuned_model, tmp_path):
    """Saved and loaded, it gives the same scores; its folder holds no weights of lower layers."""
    tuned_model.save(tmp_path / "model")
    loaded = load_model(tmp_path / "model")
    before, after = tuned_model.scores(TEXTS), loaded.scores(TEXTS)
    for task in before:
        np.testing.assert_array_equal(before[task].raw, after[task].raw)
        assert np.isfinite(after[task].values).all()
    assert (tmp_path / "model" / "arrays.safetensors").stat().st_size < 9_000_000


def test_tasks_share_a_space_with_each_others_readers(tuned_model):
    """One space for both tasks; a reader's columns count in its own task alone."""
    (space,) = tuned_model.spaces.values()
    names = [space.feature_name(column) for column in range(space.n_features)]
    for task, other in (("topic", "frame"), ("frame", "topic")):
        weights = tuned_model.tasks[task].weights
        own = [i for i, name in enumerate(names) if name.startswith(f"tuned_{task}: ")]
        others = [i for i, name in enumerate(names) if name.startswith(f"tuned_{other}: ")]
        assert np.array_equal(weights[own] != 0, np.eye(len(own), dtype=bool))
        assert not weights[others].any()


def test_evidence_adds_up_with_a_tuned_part(tuned_model):
    """The tuned score is one named contribution to the raw score."""
    (coded,) = tuned_model.classify("Troops stormed the village on Monday.", explain=True)
    found = coded.evidence["topic"]["military"]
    total = found.intercept + found.rest + sum(f.contribution for f in found.features)
    assert total == pytest.approx(found.raw)
    assert "tuned_topic: military" in {feature.feature for feature in found.features}


def test_many_texts_are_scored_as_each_alone(tuned_model, monkeypatch):
    """The compiled way and the plain way agree."""
    plain = tuned_model.scores(TEXTS)["topic"].raw
    monkeypatch.setattr("stance.model.are_many", lambda _units: True)
    np.testing.assert_allclose(tuned_model.scores(TEXTS)["topic"].raw, plain, atol=1e-4)


def test_another_encoder_is_refused(tuned_model):
    """A model whose layers belong to another encoder says so."""
    (space,) = tuned_model.spaces.values()
    state = space.blocks[-1].block.state()
    other = TunedBlock.from_state(
        replace(state, settings={**state.settings, "fingerprint": "0" * 64})
    )
    with pytest.raises(ModelError, match="is not the one that the model was trained with"):
        other.rows([Unit("Aid came.")])


def test_no_texts_give_no_scores(tuned_model):
    """Nothing in, nothing out, with the right columns."""
    (space,) = tuned_model.spaces.values()
    rows = space.blocks[-1].block.rows([])
    assert (rows.n_rows, rows.n_columns) == (0, 5)


def test_an_optional_tuned_part_is_left_out_with_a_notice(small_recipe, monkeypatch):
    """Without the extra the rest is trained, and the person is told."""
    monkeypatch.setattr(notices, "is_installed", lambda: False)
    parts = {"words": PartSettings(), "tuned": PartSettings(read="tuned", optional=True)}
    told = []
    recipe = replace(small_recipe, parts=parts, tasks={"frame": TaskSettings(parts=parts)})
    found = notices.with_what_is_installed(recipe, told.append)
    assert [*found.parts] == [*found.tasks["frame"].parts] == ["words"]
    assert told[0].startswith('The part "tuned" is left out')


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ({"features": ["words"]}, "a tuned part reads with the encoder, not with the block words"),
        ({"tuning": {"layers": 6}}, "layers is 6. Write a number from 1 to 5"),
        ({"tuning": {"epochs": 0}}, "epochs is 0"),
        ({"tuning": {"folds": 1}}, "folds is 1. Write 2 or more"),
        ({"tuning": {"speed": 1}}, "speed"),
        ({"C": 1}, "a tuned part has no penalty"),
        ({"read": "whole", "optional": True}, "only a tuned part may be left out"),
        ({"read": "whole", "tuning": {"epochs": 9}}, 'tuning is for a part with read = "tuned"'),
    ],
)
def test_what_cannot_be_tuned_is_refused(part, message):
    """The recipe's error names the part and the remedy."""
    recipe = {"name": "x", "parts": {"all": {}, "tuned": {"read": "tuned", **part}}}
    with pytest.raises(SettingsError, match=message):
        parse_recipe(recipe, folder=Path())


def test_a_tuned_part_does_not_stand_alone():
    """The person is not told of a block that the recipe never named."""
    recipe = {"name": "x", "parts": {"tuned": {"read": "tuned"}}}
    with pytest.raises(SettingsError, match="a tuned part stands beside others"):
        parse_recipe(recipe, folder=Path())


def test_a_rate_that_is_too_high_is_told():
    """What is not a number never becomes a model."""
    texts = made_up_texts(40, several=True, seed=5)
    wild = replace(SETTINGS, rate=1e38)
    with (
        np.errstate(all="ignore"),
        pytest.raises(SettingsError, match="Write a smaller rate"),
    ):
        tune(made_up_layer(), SHAPE, texts, wild, seed=0, progress=lambda _share: None)


def test_the_card_and_the_command_say_how_a_part_was_tuned(tuned_model):
    """A tuned part has no penalty to show, and tells the epochs that were taken."""
    epochs = tuning.epochs_taken(1, tuned_model.tasks["topic"].training["n"])
    assert epochs > 1
    told = f"average of words, C = 1.0 and tuned, 1 layers tuned in {epochs} epochs"
    assert told in render_card(tuned_model, {})
    assert how_fitted(tuned_model.tasks["topic"].training) == told


def test_epochs_are_as_asked_unless_texts_are_few():
    """At least 75 steps of 32 texts are taken, and otherwise the epochs that were asked for."""
    assert [tuning.epochs_taken(3, n) for n in (1, 32, 33, 3554)] == [75, 75, 38, 3]


def test_what_takes_long_is_found_once():
    """A student of other settings does not tune again; another task does."""
    encoded, found = tuning.EncodedTexts([]), []
    for task in ("topic", "topic", "frame"):
        encoded.once((task, TuningSettings()), lambda task=task: found.append(task))
    assert found == ["topic", "frame"]


def test_blocks_of_one_name_are_refused(tuned_recipe, monkeypatch):
    """Their arrays would overwrite each other in the model's folder."""
    monkeypatch.setattr(tuning, "_LEAST_STEPS", 1)
    features = {"tuned_topic": tuned_recipe.features["words"]}
    parts = {"words": PartSettings(), "tuned": tuned_recipe.parts["tuned"]}
    with pytest.raises(SettingsError, match="Two blocks would be named tuned_topic"):
        train(replace(tuned_recipe, features=features, parts=parts), problems=pytest.fail)


def test_a_part_that_is_tuned_does_not_teach_itself():
    """Rounds of self-training need a student that reads unlabelled text at every round."""
    recipe = {
        "name": "x",
        "parts": {"all": {}, "tuned": {"read": "tuned"}},
        "distill": {"rounds": 1, "unlabelled": ["x.txt"], "teacher": "y.toml"},
    }
    with pytest.raises(SettingsError, match="a tuned part does not teach itself"):
        parse_recipe(recipe, folder=Path())


def test_targets_are_not_tuned_for(tuned_recipe):
    """An encoder reads the whole text and does not tell one actor in it from another."""
    labels = {"stance": "stance"}
    data = replace(
        tuned_recipe.data, labels=labels, target=replace(tuned_recipe.data.target, within="targets")
    )
    with pytest.raises(SettingsError, match="codes targets, and its part tuned"):
        train(
            replace(
                tuned_recipe,
                data=data,
                features={},
                parts=tuned_recipe.parts | {"words": PartSettings()},
            ),
            problems=pytest.fail,
        )
