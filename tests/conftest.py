"""What tests share: the seeds, a small model trained once, an invented study, no stopwatch."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

# Machines that run tests are shared and slow at times; a deadline would fail at random.
settings.register_profile("stance", deadline=None)
settings.load_profile("stance")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def root():
    """The project's folder."""
    return ROOT


@pytest.fixture(scope="session")
def seeds(root):
    """The two articles that the project was created from, by name."""
    return sorted((root / "seeds").glob("*.txt"))


@pytest.fixture(scope="session")
def small_recipe(root):
    """The recipe of a model trained in seconds on the bundled labels."""
    from stance.recipe import parse_recipe

    return parse_recipe(
        {
            "name": "small",
            "folds": 3,
            "codebook": "codebooks/conflict-news.toml",
            "data": {
                "train": ["labels/seeds.jsonl", "labels/authored.jsonl"],
                "labels": {"topic": "topic", "frame": "frame"},
            },
            "features": {"words": {"kind": "tfidf", "ngrams": [1, 1], "min_df": 3}},
            "classifier": {"C": [1.0]},
        },
        folder=root / "training",
    )


@pytest.fixture(scope="session")
def small_model(small_recipe):
    """A model trained on the bundled labels, words alone."""
    from stance.training import train

    return train(small_recipe, problems=pytest.fail)


@pytest.fixture(scope="session")
def small_folder(small_model, tmp_path_factory):
    """The small model's folder."""
    folder = tmp_path_factory.mktemp("models") / "small"
    small_model.save(folder)
    return folder


@pytest.fixture(scope="session")
def held_out(small_recipe, tmp_path_factory):
    """A model trained on a part of the bundled labels, and that part and the rest as files."""
    from dataclasses import replace

    from stance.evaluate.parts import split_files, write_parts
    from stance.training import train

    folder = tmp_path_factory.mktemp("parts")
    labels = [ROOT / "training" / "labels" / "authored.jsonl"]
    found = split_files(labels, dev=0, test=0.3, seed=1, problems=pytest.fail)
    train_file, test_file = write_parts(found, folder)
    data = replace(small_recipe.data, train=(str(train_file),))
    recipe = replace(small_recipe, name="held-out <model>", data=data)
    return train(recipe, problems=pytest.fail), train_file, test_file


@pytest.fixture(scope="session")
def record(held_out):
    """The evaluation of that model, with baselines, coders, slices and a learning curve."""
    from stance.evaluate.fairness import find_training
    from stance.evaluate.harness import Plan, assess, read_gold
    from stance.recipe import parse_recipe
    from stance.text.labelled import read_labelled

    model, train_file, test_file = held_out
    training = find_training(model, [train_file], problems=pytest.fail)
    recipe = parse_recipe(dict(model.recipe), folder=ROOT)
    labels = read_labelled([train_file], recipe.data, recipe.codebook, problems=pytest.fail)
    plan = Plan(
        against=(("the same again", model),),
        lexicon=ROOT / "training" / "lexicons" / "conflict-news.toml",
        learning_curve=(recipe, labels),
        # P-values can be no smaller than one by this, and 12 comparisons are corrected for.
        n_resamples=400,
    )
    data = read_gold(model, [test_file], problems=pytest.fail)
    return assess(model, data, training, plan, files=["test.jsonl"])


COLOURS = ("red", "scarlet", "crimson", "ruby")
SHAPES = ("square", "cube", "block", "tile")


def invented_rows(n, seed, *, words=2):
    """Invented paragraphs about colours and shapes, two to an article."""
    rng = np.random.default_rng(seed)
    found = []
    for i in range(n):
        labels = [name for name in ("colour", "shape") if rng.random() < 0.5]
        text = [f"filler{rng.integers(30)}" for _ in range(6)]
        for name, vocabulary in (("colour", COLOURS), ("shape", SHAPES)):
            if name in labels:
                text += list(rng.choice(vocabulary[:words], 1))
        found.append({"text": " ".join(text), "labels": labels, "article": f"{seed}-{i // 2}"})
    return found


@pytest.fixture
def study(tmp_path):
    """A folder with labelled and unlabelled invented rows, and a recipe for them."""
    from stance.recipe import parse_recipe

    def write(name, listed):
        text = "".join(json.dumps(row) + "\n" for row in listed)
        (tmp_path / name).write_text(text)

    write("labelled.jsonl", invented_rows(80, 1))
    write("held-out.jsonl", invented_rows(40, 2, words=4))
    write("unlabelled.jsonl", [{"text": r["text"]} for r in invented_rows(300, 3, words=4)])
    return parse_recipe(
        {
            "name": "study",
            "folds": 3,
            "data": {"train": ["labelled.jsonl"], "evaluate": ["held-out.jsonl"]},
            "features": {"words": {"kind": "tfidf", "ngrams": [1, 1], "min_df": 2}},
            "classifier": {"C": [1.0, 10.0]},
        },
        folder=tmp_path,
    )


@pytest.fixture
def rows():
    """Makes invented paragraphs: how many, the seed, and how many words each label has."""
    return invented_rows
