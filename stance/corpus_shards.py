"""A corpus cut into shards, always in the same places, and a shard coded to the bytes of a part.

Whoever reads the corpus cuts it; workers get articles, not paths. They need a model and nothing
else, and can be anywhere.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from stance.errors import ModelError
from stance.manifest import Counts, Receipt
from stance.output.kept import kept_fields
from stance.output.records import json_line
from stance.output.tables import BATCH, flat_row, parquet_schema, printable, write_csv
from stance.records import Article, Coding
from stance.text.problems import Problem

if TYPE_CHECKING:
    from stance.model import Model

Format: TypeAlias = Literal["parquet", "jsonl", "csv"]


@dataclass(frozen=True, slots=True)
class Shard:
    """A piece of the corpus: articles, and what could not be read between them."""

    number: int
    articles: tuple[Article, ...]
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class ShardCoder:
    """All that a worker needs to know to code any shard.

    ``model`` is the name of a shipped model or a folder; it must have this ``fingerprint``
    wherever it is loaded. ``actors`` is a catalogue as JSON that takes the place of the model's,
    or is empty. ``kept_schema`` is the Arrow schema of kept columns where that is known.
    """

    model: str
    fingerprint: str
    format: Format
    actors: str = ""
    explain: bool = False
    abstain: float | None = None
    topic: str = ""
    keep: bool = False
    kept_schema: Any = None

    def __call__(self, shard: Shard) -> tuple[bytes, Receipt]:
        """Code a shard: the bytes of its part, and their receipt."""
        model = _loaded(self.model, self.fingerprint, self.actors)
        # By their place, because rows may share an id.
        places = [replace(article, id=str(i)) for i, article in enumerate(shard.articles)]
        counted = _Counted(
            model.classify_many(
                places, explain=self.explain, abstain=self.abstain, topic=self.topic
            ),
            shard.articles,
        )
        data = self._written(counted, model, shard)
        receipt = Receipt(
            number=shard.number,
            sha256=hashlib.sha256(data).hexdigest(),
            counts=Counts(
                articles=len(shard.articles),
                paragraphs=counted.n_paragraphs,
                noise=counted.n_noise,
                problems=len(shard.problems),
            ),
            problems=shard.problems,
        )
        return data, receipt

    def _written(self, codings: _Counted, model: Model, shard: Shard) -> bytes:
        if self.format == "parquet":
            return self._parquet(codings, model, shard)
        if self.format == "csv":
            out = io.StringIO(newline="")
            write_csv(
                (_named(*pair) for pair in codings), model.codebook, out, evidence=self.explain
            )
            return out.getvalue().encode("utf-8", "replace")
        return b"".join(
            f"{json_line(_named(*pair), kept=pair[1].extra if self.keep else None)}\n".encode()
            for pair in codings
        )

    def _parquet(self, codings: _Counted, model: Model, shard: Shard) -> bytes:
        import pyarrow as pa
        from pyarrow import parquet

        coded = parquet_schema(model.codebook, evidence=self.explain)
        schema, kept = coded, dict[str, list[Any]]()
        if self.keep:
            fields, kept = kept_fields([a.extra for a in shard.articles], coded, self.kept_schema)
            schema = pa.schema([*coded, *fields])
        out = io.BytesIO()
        with parquet.ParquetWriter(out, schema, compression="zstd") as writer:
            rows: list[dict[str, Any]] = []
            for coding, article in codings:
                row = flat_row(coding, coded.names)
                row["article"] = article.id
                row.update({name: cells[codings.place] for name, cells in kept.items()})
                rows.append(row)
                if len(rows) == BATCH:
                    writer.write_table(_table(rows, schema))
                    rows = []
            if rows:
                writer.write_table(_table(rows, schema))
        return out.getvalue()


class _Counted:
    """Codings, which name the place of their article, with that article; counted as they pass."""

    def __init__(self, codings: Iterable[Coding], articles: tuple[Article, ...]) -> None:
        self._codings = codings
        self._articles = articles
        self.n_paragraphs = self.n_noise = self.place = 0

    def __iter__(self) -> Iterator[tuple[Coding, Article]]:
        for coding in self._codings:
            self.place = int(coding.paragraph.article)
            article = self._articles[self.place]
            self.n_paragraphs += 1
            self.n_noise += coding.paragraph.is_noise
            yield coding, article


def _named(coding: Coding, article: Article) -> Coding:
    """A coding under its article's own id."""
    return replace(coding, paragraph=replace(coding.paragraph, article=article.id))


def _table(rows: Sequence[dict[str, Any]], schema: Any) -> Any:  # noqa: ANN401 - Arrow's
    import pyarrow as pa

    try:
        columns = [pa.array([row[field.name] for row in rows], field.type) for field in schema]
    except UnicodeEncodeError:
        return pa.Table.from_pylist([printable(row) for row in rows], schema=schema)
    return pa.table(columns, schema=schema)


@lru_cache(maxsize=1)
def _loaded(name: str, fingerprint: str, actors: str) -> Model:
    """The model, loaded once a process."""
    from stance.actors.catalogue import stored_catalogue
    from stance.model import load_model

    model = load_model(name)
    if model.fingerprint != fingerprint:
        message = (
            f"The model {name} is {model.fingerprint} where a worker runs, and {fingerprint} where "
            "the run was started. Copy the same model to all machines."
        )
        raise ModelError(message)
    return replace(model, actors=stored_catalogue(json.loads(actors))) if actors else model


def cut(
    items: Iterable[Article | Problem], *, most_articles: int, most_characters: int
) -> Iterator[Shard]:
    """Cut a corpus, problems and all, into shards of neighbours; there is at least one.

    Parameters
    ----------
    most_articles
        Articles, and as many problems, that a shard may have.
    most_characters
        Characters of text from which on a shard is full.
    """
    number, n_characters = 1, 0
    articles: list[Article] = []
    problems: list[Problem] = []
    for item in items:
        if isinstance(item, Problem):
            problems.append(item)
        else:
            articles.append(item)
            n_characters += len(item.text)
        is_full = max(len(articles), len(problems)) >= most_articles
        if is_full or n_characters >= most_characters:
            yield Shard(number, tuple(articles), tuple(problems))
            number, n_characters = number + 1, 0
            articles, problems = [], []
    if articles or problems or number == 1:
        yield Shard(number, tuple(articles), tuple(problems))
