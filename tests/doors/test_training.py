"""Training follows its recipe: distillation, pruning, context, and figures that are honest."""

import json
from dataclasses import replace

import numpy as np
import pytest

from stance import load_model
from stance.errors import InputError, SettingsError
from stance.output.card import render_card
from stance.recipe import BlockSettings, DistillSettings, PartSettings, parse_recipe
from stance.records import Unit
from stance.training import train

COLOURS = ("red", "scarlet", "crimson", "ruby")
SHAPES = ("square", "cube", "block", "tile")


def rows(n, seed, *, words=2):
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

    write("labelled.jsonl", rows(80, 1))
    write("held-out.jsonl", rows(40, 2, words=4))
    write("unlabelled.jsonl", [{"text": r["text"]} for r in rows(300, 3, words=4)])
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


def test_a_student_learns_words_that_only_its_teacher_read(study, tmp_path):
    """Distillation gives weight to words that no labelled paragraph holds."""
    teacher = tmp_path / "teacher"
    train(study, problems=pytest.fail).save(teacher)
    settings = DistillSettings(unlabelled=("unlabelled.jsonl",), teacher="teacher", weight=0.5)
    student = train(replace(study, distill=settings), problems=pytest.fail)
    names = student.spaces["paragraph"].blocks[0].block.feature_names
    assert "ruby" in names
    assert student.provenance["n_unlabelled"] > 250
    weights = student.tasks["labels"].weights
    assert weights[list(names).index("red")][0] > weights[list(names).index("filler1")][0]


def test_a_teacher_may_be_a_recipe(study, tmp_path):
    """A recipe as teacher is fitted in every fold, so the student's figures are honest."""
    (tmp_path / "teacher.toml").write_text(
        'name = "teacher"\nfolds = 3\n[features.words]\nkind = "tfidf"\nngrams = [1, 1]\n'
        "min_df = 1\n[classifier]\nC = [1.0]\n"
    )
    settings = DistillSettings(unlabelled=("unlabelled.jsonl",), teacher="teacher.toml", sample=50)
    student = train(replace(study, distill=settings), problems=pytest.fail)
    assert student.provenance["n_unlabelled"] == 50
    assert student.tasks["labels"].training["out_of_fold"]["macro_f1"] > 0.9


def test_known_text_is_left_out_of_the_unlabelled(study, tmp_path):
    """Unlabelled text that repeats labelled or held-out text is left out and counted."""
    known = [row["text"] for row in (*rows(80, 1)[:5], *rows(40, 2, words=4)[:5])]
    with (tmp_path / "unlabelled.jsonl").open("a") as file:
        file.writelines(json.dumps({"text": text}) + "\n" for text in known)
    settings = DistillSettings(unlabelled=("unlabelled.jsonl",), teacher="teacher")
    train(study, problems=pytest.fail).save(tmp_path / "teacher")
    student = train(replace(study, distill=settings), problems=pytest.fail)
    assert student.provenance["n_unlabelled_left_out"] == len(set(known))


def test_nothing_new_to_learn_from_is_an_error(study, tmp_path):
    """Unlabelled files that hold nothing new are named."""
    train(study, problems=pytest.fail).save(tmp_path / "teacher")
    settings = DistillSettings(unlabelled=("labelled.jsonl",), teacher="teacher")
    with pytest.raises(InputError, match=r"labelled\.jsonl: no paragraph that is not labelled"):
        train(replace(study, distill=settings), problems=pytest.fail)
    with pytest.raises(SettingsError, match="names no unlabelled files"):
        train(replace(study, distill=DistillSettings(teacher="teacher")), problems=pytest.fail)


def test_pruning_keeps_the_terms_that_decide(study):
    """A small model keeps the words that move the scores and decides as the large one does."""
    small = train(replace(study, keep=8), problems=pytest.fail)
    names = small.spaces["paragraph"].blocks[0].block.feature_names
    assert len(names) == 8
    assert {"red", "scarlet", "square", "cube"} <= set(names)
    assert small.tasks["labels"].weights.shape == (8, 2)
    assert small.tasks["labels"].training["out_of_fold"]["macro_f1"] > 0.9


def test_context_reads_the_rest_of_the_article(study, tmp_path):
    """A context block sees the other units of the article and nothing else."""
    (tmp_path / "words.toml").write_text('colour = ["red", "scarlet"]\n')
    recipe = replace(
        study,
        features=parse_recipe(
            {
                "name": "x",
                "features": {
                    "around": {"kind": "lexicon", "lexicon": "words.toml", "context": True}
                },
            },
            folder=tmp_path,
        ).features,
    )
    model = train(recipe, problems=pytest.fail)
    units = [Unit("red red"), Unit("red", article="a"), Unit("square", article="a")]
    seen = np.diff(model.spaces["paragraph"].rows(units).starts)
    assert seen.tolist() == [0, 0, 2]


def test_the_card_tells_what_a_reader_must_know(study, tmp_path):
    """The card names data, figures and features, and comes back with the model."""
    model = train(study, problems=pytest.fail)
    card = render_card(model, {})
    for part in (
        "80 hand-labelled paragraphs of 40 articles",
        "out of fold",
        " to ",
        "words, tfidf",
    ):
        assert part in card
    replace(model, card=card).save(tmp_path / "m")
    assert load_model(tmp_path / "m").card == card


def test_an_optional_block_is_left_out_where_its_extra_is_missing(study, monkeypatch):
    """Without the encoder a recipe with an optional block trains on the rest, and says so."""
    monkeypatch.setattr("stance.training.is_installed", lambda: False)
    meaning = BlockSettings("semantic", optional=True)
    parts = {
        "terms": PartSettings(features=("words",)),
        "meaning": PartSettings(features=("meaning",)),
    }
    features = {**study.features, "meaning": meaning}
    notices = []
    model = train(
        replace(study, features=features, parts=parts),
        problems=pytest.fail,
        notices=notices.append,
    )
    assert [part.name for part in model.spaces["paragraph"].blocks] == ["words"]
    (notice,) = notices
    assert 'block "meaning" is left out' in notice
    assert 'pip install "stance[semantic]"' in notice
