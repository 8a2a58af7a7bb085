"""Invented studies that the tests of learning train on."""

import json

import numpy as np
import pytest

from stance.recipe import parse_recipe

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
