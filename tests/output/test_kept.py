"""Columns that are passed through have a name of their own and are valid, however often."""

import json
import math
from datetime import date
from itertools import pairwise

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stance.corpus import code_corpus
from stance.corpus_run import CorpusSettings
from stance.output.kept import common_schema, in_schema, kept_name
from stance.output.records import json_line
from stance.records import Coding, Paragraph

NEWS = "Rebels shelled the town on Monday."


@pytest.mark.parametrize(
    "coded",
    [
        ("text", "start"),
        ("text", "input", "input.vote"),
        ("text", "input", "input.text", "input.input.text"),
    ],
)
def test_no_two_columns_have_one_name(coded):
    """Not even where a task is called like the prefix, or names were prefixed before."""
    prefixes = ("", "input.", "input.input.", "input.input.input.")
    kept = [f"{prefix}{name}" for prefix in prefixes for name in ("text", "vote", "day", "input")]
    names = [kept_name(name, coded) for name in kept]
    assert len({*names, *coded}) == len(names) + len(coded)
    assert kept_name("day", coded) == "day"


@pytest.mark.parametrize("explain", [False, True])
def test_an_output_is_an_input_as_often_as_one_likes(small_folder, tmp_path, explain):
    """What a run kept, the next one keeps."""
    files = [tmp_path / f"{number}.parquet" for number in range(4)]
    pq.write_table(pa.table({"text": [NEWS], "noise": ["none"]}), files[0])
    settings = CorpusSettings(keep=True, explain=explain)
    for source, target in pairwise(files):
        code_corpus([source], target, model=small_folder, settings=settings)
    (row,) = pq.read_table(files[-1]).to_pylist()
    assert row["text"] == NEWS
    assert row["noise"] is row["input.noise"] is row["input.input.noise"] is False
    assert row["input.input.input.noise"] == "none"


@pytest.mark.parametrize("text", ["news", "lone \ud800"])
def test_numbers_that_json_cannot_hold_are_null(text):
    """A line of JSON is valid, wherever in the kept cells such a number stands."""
    kept = {"a": math.nan, "b": [1.5, -math.inf, {"c": math.inf}], "d": "NaN"}
    line = json_line(Coding(Paragraph("1", 0, 0, len(text), text)), kept=kept)
    found = json.loads(line, parse_constant=pytest.fail)
    assert found["kept"] == {"a": None, "b": [1.5, None, {"c": None}], "d": "NaN"}


def test_times_among_texts_are_written_as_they_are():
    """A column of days in one part and of texts in another holds days, not days in quotes."""
    days = pa.table({"day": [date(2016, 11, 22)], "n": [3], "tags": [["a"]]})
    texts = pa.table({"day": ["yesterday"], "n": ["many"], "tags": ["b"]})
    schema = common_schema([days.schema, texts.schema])
    assert in_schema(days, schema).to_pylist() == [{"day": "2016-11-22", "n": "3", "tags": '["a"]'}]
    assert in_schema(texts, schema).to_pylist() == texts.to_pylist()


def test_half_a_character_in_the_name_of_a_column_is_written_as_its_number(small_folder, tmp_path):
    """JSON can name a column with a lone surrogate, and Parquet cannot."""
    (tmp_path / "a.jsonl").write_text(json.dumps({"text": NEWS, "no\ud83dte": "\ud83d"}), "utf-8")
    coded = tmp_path / "a.parquet"
    settings = CorpusSettings(keep=True)
    code_corpus([tmp_path / "a.jsonl"], coded, model=small_folder, settings=settings)
    (row,) = pq.read_table(coded).to_pylist()
    assert row["no\\ud83dte"] == "?"
