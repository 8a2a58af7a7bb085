"""The one public object: a trained model that codes articles.

The same `Model` serves the command line, Python and everything else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stance.actors.catalogue import Catalogue
from stance.classify.bulk import BulkScorer, bulk_scorers
from stance.classify.bulk_targets import TargetScorer, target_scorers
from stance.classify.coded import CodedBatch
from stance.classify.linear import TaskModel
from stance.classify.store import read_folder, write_folder
from stance.codebook import Codebook
from stance.coder import Articles, Coder, gathered
from stance.errors import ModelError, SettingsError, nearest
from stance.features.counting import LEAST_TEXT, are_many
from stance.features.joined import JoinedBlocks
from stance.features.target_batch import TargetBatch
from stance.features.terms import TOPIC_MARK
from stance.features.tfidf import TfidfBlock
from stance.places import shipped
from stance.records import (
    Coding,
    Mention,
    Scores,
    Unit,
)

if TYPE_CHECKING:
    from stance.actors.matching import ActorMatcher

DEFAULT_MODEL = "conflict-news"

# Characters of text that are coded together: enough for the compiled path to pay off, and little
# beside what a model takes in memory.
BATCH = 2_000_000


@dataclass(frozen=True)
class Model:
    """A trained model.

    Attributes
    ----------
    spaces
        The feature spaces by name; several tasks may share one.
    tasks
        What is known of each task, by name in codebook order.
    recipe
        The settings that the model was trained with, as plain data.
    provenance
        Fingerprints and counts of the training data, seed, versions.
    actors
        The actors to look for, where a task codes targets.
    memory
        Fingerprints of the training paragraphs and articles, as arrays, that tell whether a test
        overlaps with them (`stance.evaluate.memory`); empty where none were kept.
    card
        What a person should know before using it, in Markdown.
    fingerprint
        SHA-256 over the model's files; empty before it is saved.
    """

    name: str
    codebook: Codebook
    spaces: Mapping[str, JoinedBlocks]
    tasks: Mapping[str, TaskModel]
    recipe: Mapping[str, Any]
    provenance: Mapping[str, Any]
    actors: Catalogue | None = None
    memory: Mapping[str, Any] = field(default_factory=dict)
    card: str = ""
    fingerprint: str = ""

    def scores(self, units: Sequence[Unit] | Sequence[str]) -> dict[str, Scores]:
        """What the model says of units, for each task that codes them.

        Parameters
        ----------
        units
            Paragraphs as strings or units, or targets as units with a marked span, but not both.

        Returns
        -------
        For each task of that kind of unit, scores of shape (n_units, n_labels).
        """
        if isinstance(units, TargetBatch):
            found: Sequence[Unit] = units
            kinds, is_much = {"target"}, sum(map(len, units.texts)) >= LEAST_TEXT
        else:
            found = [Unit(unit) if isinstance(unit, str) else unit for unit in units]
            kinds = {"paragraph" if unit.start is None else "target" for unit in found}
            is_much = are_many(found)
        if len(kinds) > 1:
            message = "Found paragraphs and targets together. Score each kind by itself."
            raise ValueError(message)
        kind = kinds.pop() if kinds else "paragraph"
        tasks = [task for task in self.tasks.values() if task.task.unit == kind]
        spaces = {task.space for task in tasks}
        bulk = {s: b for s, b in self._bulk.items() if s in spaces} if is_much else {}
        raw = {name: own for scorer in bulk.values() for name, own in scorer.scores(found).items()}
        rows = {space: self.spaces[space].rows(found) for space in spaces - bulk.keys()}
        return {
            task.task.name: task.calibrated(raw[task.task.name])
            if task.space in bulk
            else task.scores(rows[task.space])
            for task in tasks
        }

    @cached_property
    def _bulk(self) -> dict[str, BulkScorer | TargetScorer]:
        """The quick way to score many units, by feature space, made ready when first needed."""
        tasks = tuple(self.tasks.values())
        return {**bulk_scorers(self.spaces, tasks), **target_scorers(self.spaces, tasks)}

    def classify(
        self,
        articles: Articles,
        *,
        explain: bool = False,
        abstain: float | None = None,
        topic: str = "",
    ) -> list[Coding]:
        """Code articles paragraph by paragraph.

        Parameters
        ----------
        articles
            One article, as text or record, or several.
        explain
            Whether to say which features decided.
        abstain
            Least probability of being right, in [0, 1]; below it a label is "cannot say".
        topic
            The issue that the articles take a stance on, for a model that learned by topic: one
            of its ``topics``.

        Returns
        -------
        One coding a paragraph, noise included (without labels), in order.

        Raises
        ------
        TypeError
            If something stands for an article that is neither text nor record.
        """
        return list(self.classify_many(articles, explain=explain, abstain=abstain, topic=topic))

    def classify_many(
        self,
        articles: Articles,
        *,
        explain: bool = False,
        abstain: float | None = None,
        topic: str = "",
        batch: int = BATCH,
    ) -> Iterator[Coding]:
        """Code a stream of articles as `classify` does, with memory that does not grow with it.

        Parameters
        ----------
        batch
            Characters of text to gather before they are coded together, whole articles at a time.
            Raw scores depend on it by some 1e-6, and probabilities by less than 1e-4 but where
            isotonic calibration rises steeply: there by some thousandths.
        """
        each = self.classify_each(
            articles, explain=explain, abstain=abstain, topic=topic, batch=batch
        )
        return chain.from_iterable(each)

    def classify_each(
        self,
        articles: Articles,
        *,
        explain: bool = False,
        abstain: float | None = None,
        topic: str = "",
        batch: int = BATCH,
    ) -> Iterator[list[Coding]]:
        """As `classify_many`, with the codings of each article in a list of their own."""
        coder = self._coder(explain=explain, abstain=abstain, topic=topic)
        return (
            codings
            for together in gathered(articles, batch)
            for codings in coder.codings(coder.batch(together))
        )

    def code_batches(
        self,
        articles: Articles,
        *,
        abstain: float | None = None,
        topic: str = "",
        batch: int = BATCH,
    ) -> Iterator[CodedBatch]:
        """Code a stream of articles to arrays; the quickest way, and made for tables."""
        coder = self._coder(explain=False, abstain=abstain, topic=topic)
        return map(coder.batch, gathered(articles, batch))

    def _coder(self, *, explain: bool, abstain: float | None, topic: str) -> Coder:
        self._check_topic(topic)
        if abstain is not None and not 0 <= abstain <= 1:
            message = f"abstain is {abstain}. Give a probability from 0 to 1."
            raise ValueError(message)
        return Coder(self, explain=explain, abstain=abstain, topic=topic)

    def _check_topic(self, topic: str) -> None:
        if (topic or self.topics) and topic not in self.topics:
            message = (
                f'The model knows no topic "{topic}". {nearest(topic, self.topics)}'
                if topic and self.topics
                else "The model did not learn by topic. Leave the topic out."
                if topic
                else f"The model needs a topic. {nearest(topic, self.topics)}"
            )
            raise SettingsError(message)

    @cached_property
    def topics(self) -> tuple[str, ...]:
        """The topics that a model which reads terms by topic has learned, sorted; else none."""
        blocks = (part.block for space in self.spaces.values() for part in space.blocks)
        found = {
            term.partition(TOPIC_MARK)[0]
            for block in blocks
            if isinstance(block, TfidfBlock) and block.terms.by_topic
            for term in block.vocabulary
        }
        return tuple(sorted(found))

    def mentions(self, text: str) -> list[Mention]:
        """The actors named in an article's text; none where no task codes targets."""
        return self._matcher.mentions(text) if self._matcher else []

    @cached_property
    def _matcher(self) -> ActorMatcher | None:
        if self.actors is None or not any(t.task.unit == "target" for t in self.tasks.values()):
            return None
        from stance.actors.matching import ActorMatcher

        return ActorMatcher(self.actors)

    def save(self, folder: Path) -> str:
        """Write the model folder and return its fingerprint."""
        from stance.model_files import to_files

        return write_folder(folder, to_files(self))


def load_model(name: str | Path = DEFAULT_MODEL) -> Model:
    """Load a model by the name of a shipped one or by its folder.

    Raises
    ------
    ModelError
        If there is no such model, or its files are damaged.
    """
    from stance.model_files import from_files

    return from_files(read_folder(find_model(name)))


def find_model(name: str | Path) -> Path:
    """The folder of a model: a path that exists, else a shipped model of that name."""
    folder = Path(name)
    if folder.exists():
        return folder
    inside = shipped("models") / str(name)
    if folder.name == str(name) and inside.is_dir():
        return inside
    message = f'There is no model "{name}". {nearest(str(name), shipped_models())}'
    raise ModelError(message)


def shipped_models() -> list[str]:
    """Names of the models that ship with stance."""
    folder = shipped("models")
    if not folder.is_dir():
        return []
    return sorted(p.name for p in folder.iterdir() if (p / "manifest.json").is_file())
