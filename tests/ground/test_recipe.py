"""Recipes become checked settings; every unknown key and wrong value is named."""

from pathlib import Path

import pytest

from stance.errors import SettingsError
from stance.recipe import load_recipe, parse_recipe
from stance.recipe_settings import BlockSettings
from stance.settings import as_plain

LEAST = {"name": "mine", "data": {"train": ["a.jsonl"]}}


def test_defaults_fill_what_is_left_out():
    """A name and a file are enough."""
    recipe = parse_recipe(LEAST, folder=Path("here"))
    assert recipe.data.text == "text"
    assert recipe.classifier.class_weight == "balanced"
    assert recipe.path("a.jsonl") == Path("here/a.jsonl")


def test_a_task_may_go_its_own_way():
    """A task's own settings replace the recipe's, one kind at a time."""
    blocks = {"words": {"kind": "tfidf", "ngrams": [1, 1]}}
    recipe = parse_recipe(
        {**LEAST, "tasks": {"mood": {"classifier": {"C": [2]}, "features": blocks}}}, folder=Path()
    )
    own = recipe.for_task("mood")
    assert own.classifier.C == (2.0,)
    assert own.features == {"words": BlockSettings("tfidf", options={"ngrams": [1, 1]})}
    assert own.decision == recipe.decision
    assert recipe.has_own_features("mood")
    assert not recipe.has_own_features("other")


def test_a_recipe_comes_back_from_plain_data():
    """The settings written into a model say all that the recipe said."""
    recipe = parse_recipe(
        {
            **LEAST,
            "features": {"words": {"kind": "tfidf", "weight": 2, "min_df": 3}},
            "codebook": {"tasks": {"mood": {"labels": ["glad", "sad"]}}},
        },
        folder=Path(),
    )
    assert parse_recipe(as_plain(recipe), folder=Path()) == recipe


def limits(**options):
    """A recipe's change: a block of words with these options."""
    return {"features": {"words": {"kind": "tfidf", **options}}}


def own(task):
    """A recipe's change: a task with features of its own."""
    return {"tasks": {task: limits()}}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sead": 3}, 'unknown key "sead". Did you mean "seed"'),
        ({"folder": "here"}, 'unknown key "folder"'),
        ({"codebook": 3}, "codebook: found 3, expected a table"),
        ({"seed": "3"}, "\"seed\": found '3'. Write a whole number"),
        ({"seed": True}, "Write a whole number"),
        ({"folds": 1}, "folds is 1. Write 2 or more"),
        ({"seed": -1}, "seed is -1. Write 0 or more"),
        ({"keep": -1}, "keep is -1. Write 0 to keep all terms, or more"),
        ({"classifier": {"C": []}}, "classifier: C is an empty list. Write at least one number"),
        ({"classifier": {"C": [1, 0]}}, "classifier: C holds 0. Write numbers above 0"),
        ({"classifier": {"C": float("nan")}}, '"C": found nan. Write a number'),
        ({"tasks": {"mood": {"classifier": {"C": -2}}}}, "tasks.mood, classifier: C holds -2"),
        ({"parts": {"a": {"C": [-1]}}}, "parts.a: C holds -1. Write numbers above 0"),
        ({"parts": {"a": {"share": 0}}}, "parts.a: share is 0. Write a number above 0"),
        ({"parts": {"a/b": {}}}, "the name 'a/b' of a part holds '/'"),
        ({"calibration": {"isotonic_from": -1}}, "calibration: isotonic_from is -1"),
        ({"decision": {"draws": -1}}, "decision: draws is -1. Write 0 or more"),
        ({"features": {"a/b": {"kind": "lexicon"}}}, "the name 'a/b' of a block holds '/'"),
        ({"features": {"a\nb": {"kind": "lexicon"}}}, "of a block holds '\\n'"),
        (own("ö" * 60), "of a task is longer than 100 bytes"),
        (own("a\\b"), "the name 'a\\\\b' of a task holds"),
        (own("target"), 'the task "target" has features of its own'),
        (own("paragraph"), 'the task "paragraph" has features of its own'),
        (limits(min_df=0), "features.words: min_df is 0. Write a whole number of 1 or more"),
        (limits(min_df=0.5), "min_df is 0.5. Write a whole number"),
        (limits(max_df=0), "max_df is 0. Write a share of the texts, above 0 and at most 1"),
        (limits(max_df=2), "max_df is 2. Write a share"),
        (limits(max_features=0), "max_features is 0. Write a whole number of 1 or more, or leave"),
        (limits(max_features=-5), "max_features is -5"),
        (limits(ngrams=[1]), "ngrams is [1]. Write two whole numbers"),
        (limits(sublinear="false"), "\"sublinear\": found 'false'. Write true or false"),
        (limits(analyzer=3), '"analyzer": found 3. Write text in quotes'),
        (limits(drop=[3]), '"drop": found 3. Write text in quotes'),
        ({"classifier": {"class_weight": "balance"}}, 'Did you mean "balanced"'),
        ({"classifier": 3}, "expected a table"),
        ({"features": {"words": {"ngrams": [1, 2]}}}, '"kind" is None'),
        ({"features": {"words": {"kind": "tfidf", "weight": 0}}}, "weight is 0"),
        ({"data": {"train": [3]}}, "Write text in quotes"),
        ({"codebook": {"tasks": {"a": {"labels": ["b"]}}}, "tasks": {"c": {}}}, 'no task "c"'),
        (
            {"codebook": {"tasks": {"a": {"labels": ["b"]}}}, "distill": {"tasks": ["c"]}},
            'no task "c"',
        ),
        (
            {**limits(analyzer="target.words"), "parts": {"a": {"read": "sentences"}}},
            "no target is marked in sentences by themselves, and words reads around one",
        ),
        ({"distill": {"weight": [0.3, 0]}}, "weight is 0. Write a number above 0, or a list"),
        ({"distill": {"sample": []}}, "sample is an empty list. Write a number of 0 or more"),
        ({"distill": {"terms": -1}}, "terms is -1. Write a number of 0 or more"),
        ({"distill": {"rounds": [0.5]}}, '"rounds": found 0.5. Write a whole number'),
    ],
)
def test_mistakes_are_named(change, message):
    """Each mistake says where it is and what to write instead."""
    with pytest.raises(SettingsError, match="recipe") as error:
        parse_recipe({**LEAST, **change}, folder=Path())
    assert message in str(error.value)


def test_a_task_read_by_sentences_gives_files_their_names():
    """The name of a task whose sentences are read must do for a file, as its terms are in one."""
    change = {"data": {**LEAST["data"], "labels": {"a/b": "mood"}}}
    assert parse_recipe({**LEAST, **change}, folder=Path()).data.labels == {"a/b": "mood"}
    change["parts"] = {"one": {"read": "sentences"}}
    with pytest.raises(SettingsError, match="the name 'a/b' of a task holds '/'"):
        parse_recipe({**LEAST, **change}, folder=Path())


def test_a_setting_of_the_student_may_be_one_value_or_several():
    """What cross-validation chooses from is a list, and one value is a list of one."""
    recipe = parse_recipe({**LEAST, "distill": {"weight": 1, "rounds": [0, 2]}}, folder=Path())
    assert recipe.distill.weight == (1.0,)
    assert recipe.distill.rounds == (0, 2)
    assert parse_recipe(as_plain(recipe), folder=Path()) == recipe


def test_a_name_is_asked_for():
    """A recipe without a name says so."""
    with pytest.raises(SettingsError, match='"name" is missing'):
        parse_recipe({}, folder=Path())


def test_every_recipe_of_the_project_can_be_read(root):
    """All recipes that ship are valid."""
    recipes = sorted((root / "training").glob("**/*.toml"))
    recipes = [path for path in recipes if path.parent.name in {"recipes", "benchmarks"}]
    assert recipes
    for path in recipes:
        assert load_recipe(path).name
