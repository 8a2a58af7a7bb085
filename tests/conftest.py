"""What all tests share: the seeds, a small model trained once, hypothesis without a stopwatch."""

from pathlib import Path

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
