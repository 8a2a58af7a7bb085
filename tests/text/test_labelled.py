"""Hand-labelled rows to units; a row that cannot be used is named, and the others count."""

import json

import pytest

from stance.codebook import Codebook, Task
from stance.recipe_settings import DataSettings, TargetFields
from stance.text.labelled import LabelledData, read_labelled

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

    def read(rows) -> tuple[LabelledData, list[str]]:
        path = tmp_path / "gold.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
        problems: list[str] = []
        data = read_labelled(
            [path], WITHIN, CODEBOOK, problems=lambda one: problems.append(str(one))
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
