"""A table of codings made column by column holds what the table made row by row holds."""

import pytest

from stance.model import load_model
from stance.output.batches import batch_table
from stance.output.tables import flat_row, parquet_schema, printable
from stance.records import Article

ODD = (
    "The United States praised NATO “today”, and NATO's troops killed 20 rebels in Syria; Syria "
    "said so.\n\nBy Jane Doe\n\nlone \ud800 surrogate in Iran, İran and “Iran”\n\n"
    "Nobody was here at all."
)


@pytest.fixture(scope="module")
def model():
    """The default model."""
    return load_model()


@pytest.fixture(scope="module")
def articles(seeds):
    """News, an odd text, one without words and one of noise alone."""
    texts = [path.read_text("utf-8") for path in seeds]
    return [
        Article(id=str(number % 3), text=text, title=f'"{number}" \u00e9')
        for number, text in enumerate([*texts, ODD, " \n ", "Advertisement"])
    ]


@pytest.mark.parametrize("abstain", [None, 0.8])
@pytest.mark.parametrize("batch", [1, 10_000_000])
def test_columns_hold_what_rows_hold(model, articles, abstain, batch):
    """Every cell is the same, whatever the batches, with and without abstention."""
    schema = parquet_schema(model.codebook)
    batches = list(model.code_batches(articles, abstain=abstain, batch=batch))
    found = [row for one in batches for row in batch_table(one, schema).to_pylist()]
    codings = model.classify_many(articles, abstain=abstain, batch=batch)
    expected = [printable(flat_row(coding, schema.names)) for coding in codings]
    assert [set(row) for row in found] == [set(row) for row in expected]
    for row, other in zip(found, expected, strict=True):
        assert row == pytest.approx(other, abs=1e-6)
    assert any(row["stances"] != "[]" for row in found)
    assert any(row["noise"] for row in found)


def test_no_articles_give_an_empty_table(model):
    """No articles, no batches; an article without text gives a table without rows."""
    schema = parquet_schema(model.codebook)
    assert list(model.code_batches([])) == []
    (batch,) = model.code_batches([""])
    assert batch_table(batch, schema).num_rows == 0
