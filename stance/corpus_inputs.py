"""What a run over a corpus reads: its files, their hashes, and its articles in order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from stance.errors import InputError
from stance.manifest import InputFile, hash_file
from stance.records import Article
from stance.storage import location
from stance.text.columns import Columns, find_columns
from stance.text.files import Source, find_sources
from stance.text.parquet import opened_parquet, parquet_columns
from stance.text.problems import Problem, Unreadable
from stance.text.reading import SavedPage, read_unparsed


@dataclass(frozen=True, slots=True)
class CorpusInput:
    """Files and folders that are read as one corpus; see `stance.text.reading.read_articles`."""

    paths: tuple[str, ...]
    columns: Columns
    keep: bool = False

    def sources(self) -> Iterator[Source]:
        """The files.

        Raises
        ------
        InputError
            If standard input or a pipe is among them.
        """
        for source in find_sources(self.paths):
            if isinstance(source, Source):
                if source.is_standard_input or not location(source.name).is_plain():
                    name = "Standard input" if source.is_standard_input else source.name
                    message = (
                        f"{name} cannot be read a second time, which a run over a corpus needs. "
                        "Save it as a file first."
                    )
                    raise InputError(message)
                yield source

    def hashed(self) -> tuple[InputFile, ...]:
        """The files with their hashes; one that cannot be read has neither size nor hash."""
        return tuple(_hashed(source) for source in self.sources())

    def items(self) -> Iterator[Article | SavedPage | Problem]:
        """The articles, web pages unparsed, and what could not be read, in order."""
        return read_unparsed(self.paths, self.columns, keep=self.keep)

    def n_articles(self, files: tuple[InputFile, ...]) -> int | None:
        """About how many articles there are; None where that takes reading them."""
        total = 0
        for source, file in zip(self.sources(), files, strict=False):
            if source.kind in {"text", "page"}:
                total += 1
            elif source.is_compressed or source.kind == "json":
                return None
            elif source.kind == "parquet":
                with suppress(*_damaged()), opened_parquet(source) as table:
                    total += table.metadata.num_rows
            else:
                total += file.n_lines
        return total

    def kept_schema(self) -> Any:  # noqa: ANN401 - Arrow's
        """The Arrow schema of kept columns where all files are Parquet and agree; else None."""
        sources = list(self.sources())
        if not self.keep or any(source.kind != "parquet" for source in sources):
            return None
        import pyarrow as pa

        kinds: dict[str, Any] = {}
        for source in sources:
            with suppress(*_damaged()):
                places = find_columns(self.columns, parquet_columns(source))
                coded = {places.get(field) for field in ("text", "id", "title")}
                with opened_parquet(source) as table:
                    for column in table.schema_arrow:
                        if column.name in coded:
                            continue
                        if kinds.setdefault(column.name, column.type) != column.type:
                            return None
        return pa.schema(list(kinds.items()))


def _damaged() -> tuple[type[Exception], ...]:
    """What a damaged table raises; the reader says what is wrong with it."""
    import pyarrow as pa

    return pa.ArrowException, OSError, Unreadable


def _hashed(source: Source) -> InputFile:
    try:
        return hash_file(location(source.name))
    except OSError:
        return InputFile(source.name, 0, "")
