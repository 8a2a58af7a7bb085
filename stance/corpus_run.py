"""A run over a corpus: what it makes ready, codes, and joins, and when it refuses to.

The order of writing is what makes a kill harmless: the manifest, then parts, each with its receipt
behind it, then the output, then the manifest again, and only then are the parts deleted.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

from stance import __version__
from stance.actors.catalogue import Catalogue
from stance.corpus_engines import Engine
from stance.corpus_inputs import CorpusInput
from stance.corpus_shards import Format, Shard, ShardCoder, cut
from stance.errors import InputError
from stance.manifest import (
    Counts,
    Manifest,
    Parts,
    Plan,
    Receipt,
    hash_file,
    read_manifest,
    receipts_table,
)
from stance.model import find_model, load_model
from stance.output.parts import join_parts
from stance.storage import Disk, Location, location
from stance.text.columns import Columns
from stance.text.files import refuse_overwriting
from stance.text.problems import Problem

# So many articles make a shard: few enough that a kill loses little.
SHARD_ARTICLES = 20_000
# Characters of text from which on a shard is full, however few its articles: some seconds' work.
SHARD_CHARACTERS = 4_000_000


@dataclass(frozen=True, slots=True)
class CorpusSettings:
    """How a corpus is coded; `stance.model.Model.classify` says what the first four mean.

    ``actors`` take the place of the model's. ``keep`` passes other columns of tables through, but
    into CSV. ``format`` is told by the output's ending where it is None. ``shards`` leaves one file
    a shard, in a folder, instead of one file.
    """

    explain: bool = False
    abstain: float | None = None
    topic: str = ""
    actors: Catalogue | None = None
    columns: Columns = field(default_factory=Columns)
    keep: bool = False
    format: Format | None = None
    shards: bool = False
    shard_articles: int = SHARD_ARTICLES
    shard_characters: int = SHARD_CHARACTERS


class Progress(Protocol):
    """Is told how far a run is."""

    def start(self, total: int | None) -> None:
        """Coding begins; ``total`` is about how many articles there are, None if unknown."""

    def advance(self, counts: Counts) -> None:
        """A part is finished, now or in an earlier run."""


@dataclass(frozen=True)
class Run:
    """One run: where it writes, how it codes, and what it reads."""

    output: Location
    settings: CorpusSettings
    corpus: CorpusInput
    format: Format
    strict: bool = False

    def beside(self, what: str) -> Location:
        """The hidden file or folder beside the output for that purpose."""
        return self.output.parent.child(f".{self.output.base}.{what}")

    @property
    def manifest(self) -> Location:
        """The manifest's place, beside the output."""
        return self.output.parent.child(f"{self.output.base}.manifest.json")

    def parts(self, plan: Plan) -> Parts:
        """The finished parts: in a folder of the plan's own, so that no other run's get in."""
        return Parts(self.beside("parts").child(plan.digest), self.format)

    def finish(
        self,
        model: str | Path,
        engine: Engine,
        *,
        resume: bool,
        problems: Callable[[Problem], None] | None,
        progress: Progress | None,
    ) -> Counts:
        """Do what is left to do of the run."""
        self._check_output()
        coder = self._coder(model)
        files = self.corpus.hashed()
        plan = Plan(
            version=__version__,
            inputs=files,
            model={"name": str(model), "fingerprint": coder.fingerprint},
            settings={**_plain_settings(self.settings), "format": self.format},
        )
        counts = self._begin(plan, resume=resume, problems=problems)
        if counts is not None:
            return counts
        if progress:
            progress.start(self.corpus.n_articles(files))
        parts = self.parts(plan)
        receipts = self._code(parts, coder, engine, progress)
        if problems:
            for receipt in parts.receipts(len(receipts)):
                for problem in receipt.problems:
                    problems(problem)
        return self._end(plan, parts, receipts)

    def _coder(self, name: str | Path) -> ShardCoder:
        """What workers get to know; what cannot work fails here, before they start."""
        model = load_model(name)
        model.classify([], abstain=self.settings.abstain, topic=self.settings.topic)
        folder = find_model(name)
        is_path = Path(name).exists()
        actors = self.settings.actors
        return ShardCoder(
            model=str(folder.resolve() if is_path else name),
            fingerprint=model.fingerprint,
            format=self.format,
            actors=json.dumps(actors.as_dict()) if actors else "",
            explain=self.settings.explain,
            abstain=self.settings.abstain,
            topic=self.settings.topic,
            keep=self.settings.keep,
            kept_schema=self.corpus.kept_schema(),
            strict=self.strict,
        )

    def _begin(
        self, plan: Plan, *, resume: bool, problems: Callable[[Problem], None] | None
    ) -> Counts | None:
        """Make everything ready; the counts if all is done already."""
        earlier = read_manifest(self.manifest)
        if earlier is not None and resume:
            reason = plan.difference(earlier)
            if reason:
                message = (
                    f"{self.output.name}: the earlier run cannot be resumed, because {reason}. Run "
                    f"it as before, or delete {self.manifest.name} to start from the beginning."
                )
                raise InputError(message)
            if earlier["state"] == "whole" and self._is_whole(earlier):
                self._tidy()
                counts = Counts(**earlier["counts"])
                if problems and counts.problems:
                    problems(_problems_then(self.output.name, counts.problems))
                return counts
        elif earlier is not None and earlier["state"] != "whole":
            message = (
                f"{self.output.name}: an earlier run was stopped before its end. Add --resume to "
                f"go on, or delete {self.manifest.name} to start from the beginning."
            )
            raise InputError(message)
        if earlier is None or not resume:
            self._tidy()
        Manifest(plan.as_dict()).write(self.manifest)
        self.parts(plan).folder.make_folder()
        return None

    def _tidy(self) -> None:
        """Delete parts that nobody wants any more; what cannot be deleted does no harm."""
        with suppress(OSError):
            self.beside("parts").delete()

    def _check_output(self) -> None:
        """Never write over what is not ours, nor where it would be read."""
        kind, name = self.output.kind(), self.output.name
        refuse_overwriting(self.output, self.corpus.paths)
        for path in self.corpus.paths:
            if self.output.is_inside(location(path)):
                message = (
                    f"{name}: this lies in {path}, all of which is read, so that the run would "
                    "read what it has written itself. Write to another folder."
                )
                raise InputError(message)
        if not self.output.is_plain() and kind == "file":
            message = f"{name}: this is a pipe or a device. Name a file to write to."
            raise InputError(message)
        if not self.settings.shards:
            if kind == "folder":
                message = f"{name}: this is a folder. Name a file to write to."
                raise InputError(message)
            return
        if kind == "file":
            message = f"{name}: this is a file. Name a folder for the shards."
            raise InputError(message)
        ours = re.compile(rf"\d{{6,}}\.{self.format}")
        found = self.output.names()
        is_ours = all(map(ours.fullmatch, found))
        if not is_ours or (found and self.manifest.kind() == "nothing"):
            message = f"{name}: the folder holds other files. Name a new folder for the shards."
            raise InputError(message)

    def _is_whole(self, earlier: dict[str, Any]) -> bool:
        try:
            if not self.settings.shards:
                return bool(hash_file(self.output).sha256 == earlier["output"])
            parts = Parts(self.output, self.format)
            return all(
                hash_file(parts.path(part["part"])).sha256 == part["sha256"]
                for part in earlier["parts"]
            )
        except FileNotFoundError:
            return False

    def _code(
        self, parts: Parts, coder: ShardCoder, engine: Engine, progress: Progress | None
    ) -> list[Receipt]:
        """Code the shards that are not finished; receipts of all, without problems' wording."""
        receipts: dict[int, Receipt] = {}

        def note(receipt: Receipt) -> None:
            receipts[receipt.number] = Receipt(receipt.number, receipt.sha256, receipt.counts)
            if progress:
                progress.advance(receipt.counts)

        def unfinished() -> Iterator[Shard]:
            shards = cut(
                self.corpus.items(),
                most_articles=self.settings.shard_articles,
                most_characters=self.settings.shard_characters,
            )
            for shard in shards:
                receipt = parts.finished(shard.number)
                if receipt is None:
                    yield shard
                else:
                    note(receipt)

        for data, receipt in engine(coder, unfinished()):
            parts.add(data, receipt)
            note(receipt)
        return [receipts[number] for number in sorted(receipts)]

    def _end(self, plan: Plan, parts: Parts, receipts: Sequence[Receipt]) -> Counts:
        """Join the parts under the output's name, and complete the manifest."""
        counts = sum((receipt.counts for receipt in receipts), Counts())
        if self.settings.shards:
            output = hashlib.sha256("".join(r.sha256 for r in receipts).encode()).hexdigest()
            self.output.take(parts.folder)
        else:
            with self.output.written() as scratch:
                join_parts([parts.path(r.number) for r in receipts], scratch, self.format)
                output = hash_file(Disk(scratch)).sha256
        Manifest(plan.as_dict(), counts, receipts_table(receipts), output).write(self.manifest)
        self._tidy()
        return counts


def _problems_then(output: str, n_problems: int) -> Problem:
    """What is said of a finished run that could not read everything."""
    noun = "file or row" if n_problems == 1 else "files or rows"
    found = f"{n_problems} {noun} could not be read when it was made"
    return Problem(output, None, found, "Run again without --resume to see which.")


def _plain_settings(settings: CorpusSettings) -> dict[str, Any]:
    plain = {name: getattr(settings, name) for name in CorpusSettings.__slots__}
    plain["columns"] = asdict(settings.columns)
    if settings.actors:
        data = json.dumps(settings.actors.as_dict(), sort_keys=True).encode()
        plain["actors"] = f"sha256 {hashlib.sha256(data).hexdigest()}"
    return plain
