"""Codebooks are checked part by part, and every mistake is named with its remedy."""

import re
from dataclasses import replace

import pytest

from stance.codebook import load_codebook, parse_codebook
from stance.errors import SettingsError
from stance.output.tables import columns

GOOD = {
    "tasks": {
        "mood": {"labels": {"glad": "In good spirits.", "sad": "Not so."}, "several": False},
        "theme": {"labels": ["trade", "art"]},
    }
}


def test_label_order_is_the_file_order():
    """Labels keep the order in which they are written."""
    codebook = parse_codebook(GOOD)
    assert codebook.task("mood").label_names == ("glad", "sad")
    assert codebook.task("theme").label_names == ("trade", "art")
    assert codebook.task("theme").several


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"definition": "Another.", "labels": {"trade": "Other.", "art": ""}}, ""),
        ({"unit": "target"}, "it codes theme of paragraphs, not of targets"),
        ({"labels": {"art": "", "trade": ""}}, "are trade, art; expected: art, trade"),
        ({"several": False}, "of theme it gives a paragraph several labels, not one"),
    ],
)
def test_tasks_of_one_name_may_be_different(change, says):
    """Labels, their order, how many may hold and of what: definitions alone do not matter."""
    task = parse_codebook(GOOD).task("theme")
    found = task.mismatch(replace(task, **change))
    assert found.endswith(says)
    assert bool(found) is bool(says)


def test_a_codebook_comes_back_from_plain_data():
    """Plain data describes a codebook in full."""
    codebook = parse_codebook(GOOD)
    assert parse_codebook(codebook.as_dict()) == codebook


def test_the_default_codebook_is_ours(root):
    """The shipped codebook has topic, frame and stance with their labels in order."""
    codebook = load_codebook(root / "training" / "codebooks" / "conflict-news.toml")
    assert {name: task.label_names for name, task in codebook.tasks.items()} == {
        "topic": ("military", "humanitarian", "political"),
        "frame": ("conflict", "human_interest", "responsibility", "morality", "economic"),
        "stance": ("favourable", "neutral", "unfavourable"),
    }
    assert codebook.task("stance").unit == "target"


@pytest.mark.parametrize(
    ("task", "message"),
    [
        ({"labels": {}}, "no labels"),
        ({"labels": ["a", "a"]}, "named twice: a"),
        ({"labels": ["a"], "several": False}, "no choice"),
        ({"labels": ["a"], "unit": "sentence"}, "unknown unit"),
        ({"labels": ["a", "b"], "unit": "target"}, "several = false"),
        ({"labels": ["a"], "severel": True}, 'Did you mean "several"'),
        ({"labels": ["a"], "several": "yes"}, "true or false"),
        ({"labels": {"a": 3}}, "Write a sentence"),
        ({"labels": [["a", "b"]]}, "is not a label's name"),
        ("a, b", "expected a table"),
    ],
)
def test_mistakes_in_a_task_are_named(task, message):
    """A task that cannot be followed names the task, the mistake and the way out."""
    with pytest.raises(SettingsError, match=message) as error:
        parse_codebook({"tasks": {"theme": task}}, where="codebook my.toml")
    assert "codebook my.toml, task theme" in str(error.value)


@pytest.mark.parametrize(
    ("tasks", "message"),
    [
        (
            {"text": {"labels": ["a"]}},
            'two columns "text". Write JSON Lines, or give the task another name',
        ),
        (
            {"stances": {"labels": ["a"]}},
            'two columns "stances". Write JSON Lines, or give the task',
        ),
        (
            {"evidence": {"labels": ["a"]}},
            'two columns "evidence". Write JSON Lines, or give the task',
        ),
        (
            {"a": {"labels": ["b"]}, "a.b": {"labels": ["c"]}},
            'two columns "a.b". Write JSON Lines, or give the task',
        ),
        (
            {"a": {"labels": ["b.c"]}, "a.b": {"labels": ["c"]}},
            'two columns "a.b.c". Write JSON Lines, or give a label',
        ),
        (
            {"a": {"labels": ["undecided", "cannot_say"]}},
            'two columns "a.cannot_say". Write JSON Lines, or give a label',
        ),
    ],
)
def test_names_that_tables_could_not_tell_apart_are_refused(tasks, message):
    """Every column of a table of codings has a name of its own."""
    with pytest.raises(SettingsError, match=re.escape(message)):
        columns(parse_codebook({"tasks": tasks}), evidence=True)


def test_a_label_may_be_called_undecided_and_a_target_task_may_be_called_text():
    """What cannot be said has another column then; tasks on targets have no columns."""
    tasks = {
        "vote": {"labels": ["for", "undecided"]},
        "text": {"labels": ["a", "b"], "several": False, "unit": "target"},
    }
    columns = parse_codebook({"tasks": tasks}).task("vote").columns
    assert columns == ("vote", "vote.for", "vote.undecided", "vote.cannot_say")
    tasks["vote"]["labels"] = ["for"]
    assert parse_codebook({"tasks": tasks}).task("vote").columns[-1] == "vote.undecided"


def test_a_file_that_is_not_toml_names_the_line(tmp_path):
    """Broken TOML is an error with the place."""
    path = tmp_path / "book.toml"
    path.write_text("[tasks.a\nlabels = []")
    with pytest.raises(SettingsError, match=r"book.toml.*line 1"):
        load_codebook(path)
    with pytest.raises(SettingsError, match="no such file"):
        load_codebook(tmp_path / "none.toml")
    for name in ("C:\\users\\mine", "D:\\labels"):
        path.write_text(f'name = "{name}"')
        with pytest.raises(SettingsError, match="Write / in paths, not a backslash"):
            load_codebook(path)
    path.write_bytes(b'name = "\xff"')
    with pytest.raises(SettingsError, match="not UTF-8"):
        load_codebook(path)


def test_an_unknown_task_lists_the_choices():
    """Asking for a task that is not there names those that are."""
    with pytest.raises(SettingsError, match='Did you mean "theme"'):
        parse_codebook(GOOD).task("themes")
