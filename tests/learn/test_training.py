"""Training follows its recipe: distillation, pruning, context, and figures that are honest."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from stance import load_model
from stance.errors import InputError, SettingsError
from stance.output.card import render_card
from stance.recipe import parse_recipe
from stance.recipe_settings import BlockSettings, PartSettings, TaskSettings
from stance.records import Unit
from stance.training import train

BOOK = {"tasks": {"mood": {"labels": ["a", "b"], "several": False}}}


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
    monkeypatch.setattr("stance.learn.notices.is_installed", lambda: False)
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


@pytest.mark.parametrize("own", [True, False])
def test_an_optional_block_of_a_task_is_left_out_too(study, monkeypatch, own):
    """A task's own optional block, or its own part that reads the recipe's, is left out as well."""
    monkeypatch.setattr("stance.learn.notices.is_installed", lambda: False)
    words = study.features["words"]
    features = {"words": words, "meaning": BlockSettings("semantic", optional=True)}
    parts = {name: PartSettings(features=(name,)) for name in features}
    task = TaskSettings(features=features if own else None, parts=parts)
    recipe = replace(study, features={"words": words} if own else features, tasks={"labels": task})
    notices = []
    model = train(recipe, problems=pytest.fail, notices=notices.append)
    assert [part.name for part in model.spaces[model.tasks["labels"].space].blocks] == ["words"]
    assert ['block "meaning" is left out' in notice for notice in notices] == [True]


def test_entries_that_can_never_be_found_are_told_once(study, tmp_path):
    """A lexicon's lost entries are counted and named with their places, once for each file."""
    signs = [f"{'!' * number}\t1" for number in range(1, 7)]
    (tmp_path / "words.dic").write_text("\n".join(["%", "1\tcolour", "%", "red\t1", *signs]))
    listed = BlockSettings("lexicon", options={"lexicon": "words.dic"})
    recipe = replace(study, features={**study.features, "listed": listed, "again": listed})
    notices = []
    train(recipe, problems=pytest.fail, notices=notices.append)
    (notice,) = notices
    assert notice.startswith(f"lexicon {tmp_path / 'words.dic'}: 6 entries are left out")
    assert 'line 5: "!"' in notice
    assert 'line 9: "!!!!!" and 1 more' in notice


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"tasks": {"lables": {"classifier": {"C": [1.0]}}}}, 'no task "lables".*Did you mean'),
        ({"data": {"evaluate": ["labelled.jsonl"]}}, "stands in train and in evaluate"),
    ],
)
def test_a_recipe_that_does_not_fit_its_data_is_refused(study, change, found):
    """Settings of a task that is not there, or a test on what was learned from, are told."""
    plain = {"name": "study", "features": {}, "data": {"train": ["labelled.jsonl"]}}
    plain["data"].update(change.pop("data", {}))
    recipe = parse_recipe({**plain, **change}, folder=study.folder)
    with pytest.raises(SettingsError, match=found):
        train(recipe, problems=pytest.fail)


def steps_until(recipe, error, found):
    """The steps of a training until it ends in an error."""
    steps = []
    with pytest.raises(error, match=found):
        train(recipe, problems=pytest.fail, progress=lambda step, _: steps.append(step))
    return steps


@pytest.mark.parametrize(
    ("name", "rows", "found"),
    [
        ("none.jsonl", None, "no such file"),
        ("bare.jsonl", '{"text": "red", "labels": null}\n', "no row has a label"),
    ],
)
def test_files_to_evaluate_on_are_looked_at_first(study, name, rows, found):
    """No model is lost because a file that it is evaluated on at the end cannot be."""
    if rows:
        study.path(name).write_text(rows)
    recipe = replace(study, data=replace(study.data, evaluate=(name,)))
    assert steps_until(recipe, InputError, found) == ["reading labels"]


def test_the_features_of_all_tasks_are_read_first(study):
    """No task is learned in vain where the features of another cannot be read."""
    rows = [json.loads(line) for line in study.path("labelled.jsonl").read_text().splitlines()]
    rows = [{**row, "mood": row["labels"]} for row in rows]
    study.path("both.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    data = {"train": ["both.jsonl"], "labels": {"labels": "labels", "mood": "mood"}}
    tasks = {"mood": {"features": {"words": {"kind": "tfidf", "min_df": 1000}}}}
    recipe = parse_recipe({"name": "x", "data": data, "tasks": tasks}, folder=study.folder)
    steps = steps_until(recipe, SettingsError, "No terms remain")
    assert not any("training" in step for step in steps)


@pytest.mark.parametrize(
    ("data", "found"),
    [
        ({"group": "artikle"}, 'no row has the field "artikle".*names as group.*"article"'),
        ({"noise": "noize"}, 'no row has the field "noize".*names as noise'),
        ({"topic": "issue"}, 'no row has the field "issue".*names as topic'),
        ({"labels": {"mood": "moood"}}, 'no row has the field "moood".*names as labels.mood'),
        ({"target": {"within": "actors"}}, 'the field "actors".*names as target.within'),
        ({"group_pattern": "zzz"}, 'pattern "zzz" is found in the field "article" of no row'),
    ],
)
def test_a_field_that_no_row_has_is_refused(study, data, found):
    """A mistyped field is an error: of a group, articles would leak between folds."""
    plain = {"name": "study", "data": {"train": ["labelled.jsonl"], **data}}
    if "labels" in data:
        plain["codebook"] = BOOK
    recipe = parse_recipe(plain, folder=study.folder)
    with pytest.raises(InputError, match=found):
        train(recipe, problems=pytest.fail)


def test_rows_without_articles_are_told(study, tmp_path):
    """Where no row names its article, each is one, and that is told once."""
    lines = study.path("labelled.jsonl").read_text("utf-8").splitlines()
    rows = [{**json.loads(line), "article": None} for line in lines]
    (tmp_path / "bare.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    bare = replace(study.data, train=(str(tmp_path / "bare.jsonl"),))
    notices = []
    train(replace(study, data=bare), problems=pytest.fail, notices=notices.append)
    (notice,) = notices
    assert notice.startswith('No row names its article in the field "article", so that each counts')


def test_a_task_that_is_left_out_is_told(study):
    """A codebook's task whose field is called otherwise is not left out in silence."""
    tasks = {"labels": {"labels": ["colour", "shape"]}, "artikle": {"labels": ["a", "b"]}}
    plain = {"name": "x", "data": {"train": ["labelled.jsonl"]}, "codebook": {"tasks": tasks}}
    notices = []
    recipe = parse_recipe(plain, folder=study.folder)
    model = train(recipe, problems=pytest.fail, notices=notices.append)
    assert list(model.tasks) == ["labels"]
    assert notices[0].startswith('No row has the field "artikle" with labels of that task, which')
    assert 'Did you mean "article"' in notices[0]


def test_rows_without_topics_are_told(study):
    """Where a recipe names a topic, rows without one are counted."""
    rows = [json.loads(line) for line in study.path("labelled.jsonl").read_text().splitlines()]
    rows = [{**row, "issue": "trees" if i % 8 else None} for i, row in enumerate(rows)]
    study.path("topics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    plain = {"name": "x", "data": {"train": ["topics.jsonl"], "topic": "issue"}}
    notices = []
    recipe = parse_recipe(plain, folder=study.folder)
    train(recipe, problems=pytest.fail, notices=notices.append)
    assert notices[0].startswith('10 of 80 rows name no topic in the field "issue"')


@pytest.mark.parametrize(
    ("field", "labels", "codebook"),
    [("label", {}, {}), ("label", {}, BOOK), ("mood", {}, BOOK), ("m", {"mood": "m"}, BOOK)],
)
def test_rows_with_a_blank_label_are_told(study, field, labels, codebook):
    """Single labels with blank cells are learned from without them, and so it is told."""
    rows = [f"text,{field},article"]
    rows += [f"red filler{i % 5},{('a', 'b', '')[i % 3]},{i}" for i in range(60)]
    study.path("single.csv").write_text("\n".join(rows) + "\n")
    plain = {"name": "x", "data": {"train": ["single.csv"], "labels": labels}}
    plain |= {"codebook": codebook} if codebook else {}
    notices = []
    recipe = parse_recipe(plain, folder=study.folder)
    model = train(recipe, problems=pytest.fail, notices=notices.append)
    (task,) = model.tasks.values()
    assert task.training["n"] == 40
    assert f"20 of 60 rows have a blank cell in {field} and do not count" in notices[0]


def test_labels_in_too_few_articles_are_told(study):
    """A label of the codebook that hardly any row has, or none, is no label that is learned."""
    rows = [json.loads(line) for line in study.path("labelled.jsonl").read_text().splitlines()]
    rows[0]["labels"].append("rare")
    study.path("rare.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    labels = ["colour", "shape", "rare", "never", *(f"n{i}" for i in range(99))]
    plain = {
        "name": "x",
        "data": {"train": ["rare.jsonl"]},
        "codebook": {"tasks": {"labels": {"labels": labels}}},
    }
    notices = []
    recipe = parse_recipe(plain, folder=study.folder)
    model = train(recipe, problems=pytest.fail, notices=notices.append)
    assert notices[0].startswith("Labels of the task labels that hold in fewer articles than there")
    assert " folds (5): rare (1), never (0), n0 (0), " in notices[0]
    assert re.search(r" and \d+ more. Such labels are", notices[0])
    assert model.tasks["labels"].training["out_of_fold"]["labels"]["never"]["f1"] is None


def test_labels_that_were_not_learned_are_told(study):
    """A label that no word tells is given to nearly all, which is told; the others are learned."""
    rows = [json.loads(line) for line in study.path("labelled.jsonl").read_text().splitlines()]
    for row in rows[::7]:
        row["labels"].append("chance")
    study.path("chance.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    notices = []
    recipe = replace(study, data=replace(study.data, train=("chance.jsonl",), evaluate=()))
    train(recipe, problems=pytest.fail, notices=notices.append)
    (notice,) = notices
    assert re.search(r"all paragraphs: chance \(F1 0\.\d\d, given to all 0\.26\)\. They", notice)


def test_labels_that_look_alike_are_told(study):
    """One label that coders spelled in two ways is two, and that is said."""
    rows = [json.loads(line) for line in study.path("labelled.jsonl").read_text().splitlines()]
    for row in rows[::2]:
        row["labels"] = [label.title() for label in row["labels"]]
    study.path("alike.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    notices = []
    recipe = replace(study, data=replace(study.data, train=("alike.jsonl",), evaluate=()))
    train(recipe, problems=pytest.fail, notices=notices.append)
    assert [notice.partition(": ")[2] for notice in notices[:2]] == [
        '"Colour", "colour". If they are one, write it in one way.',
        '"Shape", "shape". If they are one, write it in one way.',
    ]


def test_a_task_with_too_few_articles_is_named(study):
    """Of several tasks one may be labelled in few articles: it is named before any is learned."""
    rows = [json.loads(line) for line in study.path("labelled.jsonl").read_text().splitlines()]
    rows = [{**row, "mood": ["glad"] if i < 4 else None} for i, row in enumerate(rows)]
    study.path("both.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    data = {"train": ["both.jsonl"], "labels": {"labels": "labels", "mood": "mood"}}
    recipe = parse_recipe({"name": "x", "data": data}, folder=study.folder)
    found = "the task mood has labels in 2 articles .*, fewer than folds = 5. Label more"
    assert steps_until(recipe, SettingsError, found) == ["reading labels"]
