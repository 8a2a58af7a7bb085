"""Hand-labelled rows to units; a row that cannot be used is named, and the others count."""

import json
from dataclasses import replace

import pytest

from stance.codebook import Codebook, Task
from stance.errors import InputError, RowError
from stance.recipe_settings import DataSettings, TargetFields
from stance.text.labelled import LabelledData, read_labelled
from stance.text.labels import label_values

TEXT = "The mayor thanked the bakers."
WITHIN = DataSettings(
    labels={"topic": "topic", "stance": "stance"}, target=TargetFields(within="targets")
)
CODEBOOK = Codebook(
    tasks={
        "topic": Task(name="topic", labels={"flood": "", "bread": ""}, several=True),
        "stance": Task(name="stance", labels={"for": "", "against": ""}, unit="target"),
    }
)


@pytest.fixture
def labelled(tmp_path):
    """Reads rows of labels: the units, and the problems as lines."""

    def read(rows, codebook=CODEBOOK) -> tuple[LabelledData, list[str]]:
        path = tmp_path / "gold.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
        problems: list[str] = []
        settings = WITHIN if codebook else DataSettings(labels={"topic": "topic"})
        data = read_labelled(
            [path], settings, codebook, problems=lambda one: problems.append(str(one))
        )
        return data, [line.removeprefix(f"{path}, ") for line in problems]

    return read


GOOD = {
    "text": TEXT,
    "topic": ["bread"],
    "targets": [{"mention": "bakers", "stance": "for"}],
}


@pytest.mark.parametrize(
    "targets", [["bakers"], "bakers", '{"mention": "bakers"}', 3, [["bakers"]]]
)
def test_targets_of_the_wrong_kind_are_named(labelled, targets):
    """Targets that are no list of objects are one line, and the other rows count."""
    data, problems = labelled([{**GOOD, "targets": targets}, GOOD])
    assert (len(data.paragraphs), len(data.targets)) == (2, 1)
    (problem,) = problems
    assert problem.startswith('row 1: the field "targets" is not a list of objects. Write a list')


@pytest.mark.parametrize("targets", [None, "", [], "[]"])
def test_a_row_may_have_no_targets(labelled, targets):
    """A row without targets has none, whatever stands for that."""
    data, problems = labelled([{**GOOD, "targets": targets}, GOOD])
    assert (len(data.targets), problems) == (1, [])


def test_targets_may_be_written_as_json(labelled):
    """In a spreadsheet a list of targets is JSON in a cell."""
    data, problems = labelled([{**GOOD, "targets": json.dumps(GOOD["targets"])}])
    assert problems == []
    assert [(unit.start, unit.end) for unit in data.targets.units] == [(22, 28)]


def test_a_span_without_end_is_named(labelled):
    """A span that no text has is one line."""
    _, problems = labelled([{**GOOD, "targets": [{"start": 0, "end": float("inf")}]}, GOOD])
    assert problems[0].startswith("row 1: the target's span is 0 to inf, not two whole numbers")


@pytest.mark.parametrize("text", [None, 7, ["x"]])
def test_a_row_whose_text_is_no_text_is_named(labelled, text):
    """What is no text is no unit: it is reported and left out."""
    data, problems = labelled([{**GOOD, "text": text}, GOOD])
    assert len(data.paragraphs) == 1
    assert problems == ['row 1: the field "text" holds no text. Fill it or delete the row.']


@pytest.mark.parametrize(
    ("noise", "n"),
    [(True, 1), ("TRUE", 1), (1, 1), (1.0, 1), ("x", 1), (0.0, 2), ("no", 2), (float("nan"), 2)],
)
def test_noise_is_told_in_many_ways(labelled, noise, n):
    """A gap makes a column of truth values one of floats, and a hand ticks with an x."""
    data, problems = labelled([{**GOOD, "noise": noise}, GOOD])
    assert (len(data.paragraphs), problems) == (n, [])


def test_tasks_may_stand_under_labels(tmp_path):
    """As `stance classify` writes them; where labels are expected, such a cell is named."""
    path, problems = tmp_path / "gold.jsonl", []

    def read(*rows, **settings):
        path.write_text("".join(json.dumps({"text": TEXT, **row}) + "\n" for row in rows))
        given = DataSettings(**settings)
        return read_labelled([path], given, None, problems=problems.append).paragraphs

    theme = {"labels": {"theme": ["bread"]}}
    assert read(theme, theme, labels={"theme": "theme"}).gold["theme"].tolist() == [[True]] * 2
    with pytest.raises(InputError, match="no labels found among the fields labels, text, theme"):
        read(theme, theme)
    assert read({"labels": ["flood"]}, theme).coded["labels"].tolist() == [True, False]
    assert [(one.row, one.found) for one in problems] == [
        (2, 'a label is of type dict, not text, in task "labels"')
    ]


@pytest.mark.parametrize("text", ["", " \n"])
def test_an_empty_text_counts(labelled, text):
    """Whoever labelled an empty text meant it to count, as the public sets do."""
    data, problems = labelled([{**GOOD, "text": text, "targets": []}, GOOD])
    assert (len(data.paragraphs), problems) == (2, [])


@pytest.mark.parametrize("place", ["text", "id", "topic", "targets"])
def test_half_a_character_is_named(labelled, place):
    """A row with half an emoji anywhere could not be written again: it is reported and left out."""
    half = {"text": "A \ud83d B", "id": "\ud83d", "topic": ["\ude00"], "targets": [{"\ud83d": 1}]}
    data, problems = labelled([{**GOOD, place: half[place]}, GOOD])
    assert len(data.paragraphs) == 1
    assert problems == [
        "row 1: it holds half a character. Write the character whole, or delete it."
    ]


def test_a_row_may_be_nested_deep(labelled):
    """What stands beside the text and the labels is no reason to fail."""
    deep = json.loads("[" * 700 + "]" * 700)
    data, problems = labelled([{**GOOD, "deep": deep}, GOOD])
    assert (len(data.paragraphs), problems) == (2, [])


@pytest.mark.parametrize(
    ("cell", "labels"),
    [
        (None, None),
        (float("nan"), None),
        ("", None),
        (" ", None),
        ([], ()),
        ("[]", ()),
        ("bread; flood", ("bread", "flood")),
        ('["bread", 3]', ("bread", "3")),
        ([3, 3.0, True], ("3", "3", "True")),
        (3.0, ("3",)),
        ("[sic] bread", ("[sic] bread",)),
    ],
)
def test_labels_in_a_cell(cell, labels):
    """A blank cell was not coded, an empty list has no label, whole floats are whole numbers."""
    assert label_values(cell) == labels


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ([None], "null, not text"),
        ("[null]", "null, not text"),
        ([["flood"]], "of type list, not text"),
        ({"flood": 1}, "of type dict, not text"),
        ([""], "empty"),
        ([float("nan")], "of type float, not text"),
        (2.5, "of type float, not text"),
    ],
)
@pytest.mark.parametrize("codebook", [CODEBOOK, None])
def test_what_is_no_label_is_named(labelled, cell, found, codebook):
    """A cell that holds something else than labels never becomes one; its row is not coded."""
    data, problems = labelled([GOOD, {**GOOD, "topic": cell}], codebook)
    assert data.codebook.tasks["topic"].label_names[-1:] == ("bread",)
    assert data.paragraphs.coded["topic"].tolist() == [True, False]
    assert len(problems) == 1
    assert problems[0].startswith(f'row 2: a label is {found}, in task "topic". Write a label as')


def test_an_unknown_label_is_named(labelled):
    """One typo does not end the run: the other rows count, and so do the row's other labels."""
    typo = {**GOOD, "topic": ["bred"], "targets": [{"mention": "bakers", "stance": "foor"}]}
    data, problems = labelled([GOOD, typo, {**GOOD, "topic": ["flod"]}])
    assert data.paragraphs.coded["topic"].tolist() == [True, False, False]
    assert data.targets.coded["stance"].tolist() == [True, False, True]
    assert [problem.partition("?")[0] for problem in problems] == [
        'row 2: unknown label "bred" of task "topic". Did you mean "bread"',
        'row 3: unknown label "flod" of task "topic". Did you mean "flood"',
        'row 2: unknown label "foor" of task "stance". Did you mean "for"',
    ]


def test_labels_of_another_codebook_end_the_run(labelled):
    """Where no label is known, one error says so instead of one problem a row."""
    with pytest.raises(RowError, match='row 1: unknown label "war" of task "topic"'):
        labelled([{**GOOD, "topic": ["war"]}] * 3)


def test_targets_in_other_fields_are_one_problem(labelled):
    """Where no target is where it is looked for, that is said once, and paragraphs count."""
    rows = [{**GOOD, "targets": [{"begin": 22, "end": 28, "stance": "for"}]}] * 3
    data, (problem,) = labelled(rows)
    assert "row 1: the target's span is None to 28" in problem
    assert "and no other row has a target that can be used. Correct the span" in problem
    assert (len(data.paragraphs), len(data.targets)) == (3, 0)


@pytest.mark.parametrize("name", ["gold.csv", "gold.tsv", "gold.jsonl"])
def test_a_blank_cell_was_not_coded(tmp_path, name):
    """A blank cell leaves the task one of single labels, in every kind of table."""
    path = tmp_path / name
    between = {"gold.csv": ",", "gold.tsv": "\t"}.get(name)
    rows = [(TEXT, "bread"), (TEXT, "flood"), (TEXT, "")]
    if between:
        lines = [between.join(row) for row in [("text", "label"), *rows]]
    else:
        lines = [json.dumps({"text": text, "label": label}) for text, label in rows]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    data = read_labelled([path], DataSettings(), None, problems=pytest.fail)
    assert not data.codebook.tasks["label"].several
    assert data.paragraphs.coded["label"].tolist() == [True, True, False]


def test_a_blank_cell_has_no_label_where_several_may_hold(tmp_path):
    """What `stance classify` writes to CSV for a paragraph without a label comes back as that."""
    path = tmp_path / "gold.csv"
    path.write_text(f'text,label\n"{TEXT}",bread;flood\n"{TEXT}",\n', "utf-8")
    data = read_labelled([path], DataSettings(), None, problems=pytest.fail)
    assert data.paragraphs.coded["label"].tolist() == [True, True]
    assert data.paragraphs.gold["label"].tolist() == [[True, True], [False, False]]


def test_a_file_named_twice_is_read_once(tmp_path):
    """Rows do not count twice, under whatever name their file is reached."""
    path = tmp_path / "gold.jsonl"
    path.write_text('{"text": "Bread rose.", "labels": ["bread"]}\n')
    again = tmp_path / "sub" / ".." / "gold.jsonl"
    (tmp_path / "sub").mkdir()
    data = read_labelled([path, again, path], DataSettings(), None, problems=pytest.fail)
    assert len(data.paragraphs) == 1


def test_labels_of_another_kind_everywhere_are_named(labelled):
    """Where no cell holds a label, what the first holds instead is said."""
    rows = [{**GOOD, "topic": {"bread": True}}] * 3
    with pytest.raises(RowError, match='row 1: a label is of type dict, not text, in the field "t'):
        labelled(rows, None)


def test_one_label_is_no_choice(tmp_path):
    """Where every row has the same single label, no model could be made that is read again."""
    path = tmp_path / "gold.jsonl"
    path.write_text('{"text": "Bread rose.", "label": "bread"}\n' * 3)
    with pytest.raises(InputError, match='the label "bread" alone, and one label is no choice'):
        read_labelled([path], DataSettings(), None, problems=pytest.fail)


def test_names_may_be_numbers_and_may_be_missing(labelled):
    """0 is an article, a whole float is a whole number, and not-a-number is no article."""
    articles = [0, 0.0, 1, None, float("nan"), ""]
    data, problems = labelled([{**GOOD, "article": article, "id": article} for article in articles])
    assert problems == []
    assert data.paragraphs.groups == ("0", "0", "1", *(f"gold.jsonl#{n}" for n in (4, 5, 6)))
    assert data.paragraphs.ids == data.paragraphs.groups
    assert [unit.article for unit in data.paragraphs.units] == ["0", "0", "1", "", "", ""]


def test_a_topic_is_read_where_it_is_named_alone(tmp_path):
    """Rows without a topic have none, and a column without a name is none."""
    path = tmp_path / "gold.jsonl"
    rows = [{"": str(n), "issue": issue, **GOOD} for n, issue in enumerate([None, "bread"])]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    for topic, found in [("", ["", ""]), ("issue", ["", "bread"])]:
        settings = replace(WITHIN, topic=topic)
        data = read_labelled([path], settings, CODEBOOK, problems=pytest.fail)
        assert [unit.topic for unit in data.paragraphs.units] == found
