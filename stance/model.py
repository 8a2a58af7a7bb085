"""The one public object: a trained model that codes articles.

The same `Model` serves the command line, Python and everything else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain, compress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stance.actors.catalogue import Catalogue, stored_catalogue
from stance.classify.bulk import BulkScorer, bulk_scorers
from stance.classify.bulk_targets import TargetScorer, target_scorers
from stance.classify.calibration import parse_calibration
from stance.classify.decision import parse_decision
from stance.classify.explanation import explain
from stance.classify.linear import TaskModel
from stance.classify.store import ModelFiles, read_folder, write_folder
from stance.codebook import Codebook, parse_codebook
from stance.errors import ModelError, SettingsError, nearest
from stance.features.block import Block, BlockState
from stance.features.counting import are_many
from stance.features.joined import JoinedBlocks, WeightedBlock
from stance.features.lexicon import LexiconBlock
from stance.features.semantic import SemanticBlock
from stance.features.sentences import SentencesBlock
from stance.features.terms import TOPIC_MARK
from stance.features.tfidf import TfidfBlock
from stance.places import shipped
from stance.records import (
    Article,
    Coding,
    Floats,
    LabelEvidence,
    Mention,
    Paragraph,
    Scores,
    Stance,
    Unit,
)
from stance.text.cleaning import paragraphs_of

if TYPE_CHECKING:
    from stance.actors.matching import ActorMatcher

DEFAULT_MODEL = "conflict-news"

# What stands in the place of a single label that is too unsure to be given.
CANNOT_SAY = "cannot say"

# Characters of text that are coded together: enough for the compiled path to pay off, and little
# beside what a model takes in memory.
BATCH = 2_000_000

# Names of the arrays that tell which texts were trained on begin with this; no task or feature
# space has a dot in front.
_MEMORY = ".overlap."

_BLOCKS: dict[str, Any] = {
    "tfidf": TfidfBlock,
    "lexicon": LexiconBlock,
    "semantic": SemanticBlock,
    "sentences": SentencesBlock,
}


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
        found = [Unit(unit) if isinstance(unit, str) else unit for unit in units]
        kinds = {"paragraph" if unit.start is None else "target" for unit in found}
        if len(kinds) > 1:
            message = "Found paragraphs and targets together. Score each kind by itself."
            raise ValueError(message)
        kind = kinds.pop() if kinds else "paragraph"
        tasks = [task for task in self.tasks.values() if task.task.unit == kind]
        spaces = {task.space for task in tasks}
        bulk = {s: b for s, b in self._bulk.items() if s in spaces} if are_many(found) else {}
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
        articles: str | Article | Iterable[str | Article],
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
        """
        several = [articles] if isinstance(articles, (str, Article)) else articles
        return list(self.classify_many(several, explain=explain, abstain=abstain, topic=topic))

    def classify_many(
        self,
        articles: Iterable[str | Article],
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
            Raw scores depend on it by less than 1e-6, and probabilities by less than 1e-4.
        """
        each = self.classify_each(
            articles, explain=explain, abstain=abstain, topic=topic, batch=batch
        )
        return chain.from_iterable(each)

    def classify_each(
        self,
        articles: Iterable[str | Article],
        *,
        explain: bool = False,
        abstain: float | None = None,
        topic: str = "",
        batch: int = BATCH,
    ) -> Iterator[list[Coding]]:
        """As `classify_many`, with the codings of each article in a list of their own."""
        self._check_topic(topic)
        if abstain is not None and not 0 <= abstain <= 1:
            message = f"abstain is {abstain}. Give a probability from 0 to 1."
            raise ValueError(message)
        coder = _Coder(self, explain=explain, abstain=abstain)
        records = (
            article if isinstance(article, Article) else Article(str(number), article)
            for number, article in enumerate(articles)
        )
        return (
            codings
            for together in _batches(records, batch)
            for codings in self._code(together, coder, topic)
        )

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

    def _code(
        self, articles: Sequence[Article], coder: _Coder, topic: str
    ) -> Iterator[list[Coding]]:
        """Code articles: all their paragraphs together, then all actors in them together."""
        paragraphs = [paragraphs_of(article) for article in articles]
        told = [
            (number, paragraph)
            for number, listed in enumerate(paragraphs)
            for paragraph in listed
            if not paragraph.is_noise
        ]
        # Numbers tell articles apart even where two records share an id.
        units = [Unit(p.text, article=str(number), topic=topic) for number, p in told]
        coded = coder.codings(told, units)
        stances = coder.stances(told, [self.mentions(article.text) for article in articles])
        for number, (article, listed) in enumerate(zip(articles, paragraphs, strict=True)):
            yield [
                replace(
                    coded.get((number, paragraph.index), Coding(paragraph=paragraph)),
                    title=article.title,
                    stances=tuple(stances.get((number, paragraph.index), ())),
                )
                for paragraph in listed
            ]

    def save(self, folder: Path) -> str:
        """Write the model folder and return its fingerprint."""
        return write_folder(folder, _to_files(self))


def _batches(articles: Iterable[Article], size: int) -> Iterator[list[Article]]:
    """Articles in lists that hold at least so many characters each, but for the last."""
    together: list[Article] = []
    length = 0
    for article in articles:
        together.append(article)
        length += len(article.text)
        if length >= size:
            yield together
            together, length = [], 0
    if together:
        yield together


@dataclass(frozen=True, slots=True)
class _Decided:
    """Labels given, labels that cannot be decided, and probabilities, of one unit."""

    labels: tuple[str, ...]
    undecided: tuple[str, ...]
    scores: dict[str, float]


@dataclass(frozen=True, slots=True)
class _Coder:
    """Turns scores into codings, with evidence and abstention as asked.

    A paragraph's place is its article's number in the batch and its own index there.
    """

    model: Model
    explain: bool
    abstain: float | None

    def codings(
        self, told: Sequence[tuple[int, Paragraph]], units: Sequence[Unit]
    ) -> dict[tuple[int, int], Coding]:
        """The coding of each paragraph, by its place."""
        scores = self.model.scores(units)
        decided = {name: self._decide(name, found.values) for name, found in scores.items()}
        articles: dict[str, list[Unit]] = {}
        for unit in units:
            articles.setdefault(unit.article, []).append(unit)
        codings = {}
        for row, (number, paragraph) in enumerate(told):
            own = {name: listed[row] for name, listed in decided.items()}
            codings[number, paragraph.index] = Coding(
                paragraph=paragraph,
                labels={name: found.labels for name, found in own.items()},
                scores={name: found.scores for name, found in own.items()},
                undecided={name: d.undecided for name, d in own.items() if d.undecided},
                evidence={name: self._evidence(name, units[row], articles) for name in own}
                if self.explain
                else {},
            )
        return codings

    def _evidence(
        self, name: str, unit: Unit, articles: Mapping[str, Sequence[Unit]]
    ) -> dict[str, LabelEvidence]:
        task = self.model.tasks[name]
        beside = [other for other in articles.get(unit.article, ()) if other is not unit]
        return explain(task, self.model.spaces[task.space], unit, beside=beside)

    def _decide(self, name: str, values: Floats) -> list[_Decided]:
        """What is decided of each unit."""
        task = self.model.tasks[name]
        names = task.task.label_names
        given = task.decision(values)
        unsure = given & False
        if self.abstain is not None:
            unsure = task.decision.unsure(values, self.abstain)
            given = given & ~unsure
        return [
            _Decided(
                tuple(compress(names, is_given)),
                tuple(compress(names, is_unsure)),
                dict(zip(names, row, strict=True)),
            )
            for is_given, is_unsure, row in zip(
                given.tolist(), unsure.tolist(), values.tolist(), strict=True
            )
        ]

    def stances(
        self, told: Sequence[tuple[int, Paragraph]], mentions: Sequence[Sequence[Mention]]
    ) -> dict[tuple[int, int], list[Stance]]:
        """How each paragraph presents each actor that it names, by its first mention there.

        ``mentions`` are those of each article.
        """
        targets: list[tuple[int, Paragraph, Mention]] = []
        units: list[Unit] = []
        for number, paragraph in told:
            first, last = paragraph.start, paragraph.end
            inside = [m for m in mentions[number] if first <= m.start and m.end <= last]
            spans = [(m.start - first, m.end - first) for m in inside]
            firsts = {m.actor: i for i, m in reversed(list(enumerate(inside)))}
            for i in sorted(firsts.values()):
                others = tuple(s for s, m in zip(spans, inside, strict=True) if m is not inside[i])
                targets.append((number, paragraph, inside[i]))
                units.append(Unit(paragraph.text, *spans[i], others=others))
        found: dict[tuple[int, int], list[Stance]] = {}
        for name, scores in (self.model.scores(units) if units else {}).items():
            decided = self._decide(name, scores.values)
            for (number, paragraph, mention), unit, own in zip(
                targets, units, decided, strict=True
            ):
                stance = self._stance(name, paragraph, mention, unit, own)
                found.setdefault((number, paragraph.index), []).append(stance)
        return found

    def _stance(
        self, name: str, paragraph: Paragraph, mention: Mention, unit: Unit, decided: _Decided
    ) -> Stance:
        start, end = mention.start - paragraph.start, mention.end - paragraph.start
        return Stance(
            task=name,
            actor=mention.actor,
            mention=paragraph.text[start:end],
            start=mention.start,
            end=mention.end,
            stance=decided.labels[0] if decided.labels else CANNOT_SAY,
            scores=decided.scores,
            evidence=self._evidence(name, unit, {}) if self.explain else {},
        )


def load_model(name: str | Path = DEFAULT_MODEL) -> Model:
    """Load a model by the name of a shipped one or by its folder.

    Raises
    ------
    ModelError
        If there is no such model, or its files are damaged.
    """
    return _from_files(read_folder(find_model(name)))


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


def _to_files(model: Model) -> ModelFiles:
    arrays: dict[str, Any] = {}
    texts: dict[str, Sequence[str]] = {}
    spaces: dict[str, Any] = {}
    for space, joined in model.spaces.items():
        spaces[space] = []
        for part in joined.blocks:
            state = part.block.state()
            prefix = f"{space}.{part.name}"
            arrays.update({f"{prefix}.{key}": value for key, value in state.arrays.items()})
            texts.update({f"{prefix}.{key}": lines for key, lines in state.texts.items()})
            spaces[space].append(
                {
                    "name": part.name,
                    "weight": part.weight,
                    "context": part.context,
                    "kind": state.kind,
                    "settings": dict(state.settings),
                }
            )
    tasks = {}
    for name, task in model.tasks.items():
        arrays[f"{name}.weights"] = task.weights
        arrays[f"{name}.intercept"] = task.intercept
        tasks[name] = {
            "space": task.space,
            "calibration": task.calibration.as_dict(),
            "decision": task.decision.as_dict(),
            "training": dict(task.training),
        }
    description = {
        "name": model.name,
        "codebook": model.codebook.as_dict(),
        "spaces": spaces,
        "tasks": tasks,
        "recipe": dict(model.recipe),
        "provenance": dict(model.provenance),
        "actors": model.actors.as_dict() if model.actors else None,
    }
    arrays.update({f"{_MEMORY}{name}": array for name, array in model.memory.items()})
    return ModelFiles(description=description, arrays=arrays, texts=texts, card=model.card)


def _from_files(files: ModelFiles) -> Model:
    try:
        return _build(files)
    except (KeyError, ValueError, TypeError, IndexError) as error:
        message = f"The model's description does not fit its files ({error!r}). Train it again."
        raise ModelError(message) from error


def _build(files: ModelFiles) -> Model:
    description = files.description
    codebook = parse_codebook(description["codebook"], where="model.json, codebook")
    spaces = {
        name: JoinedBlocks([_block(name, part, files) for part in parts])
        for name, parts in description["spaces"].items()
    }
    tasks = {}
    for name, data in description["tasks"].items():
        weights, intercept = files.arrays[f"{name}.weights"], files.arrays[f"{name}.intercept"]
        expected = (spaces[data["space"]].n_features, len(codebook.tasks[name].labels))
        if weights.shape != expected:
            message = f"weights of {name} have shape {weights.shape}, expected {expected}"
            raise ValueError(message)
        tasks[name] = TaskModel(
            task=codebook.tasks[name],
            space=data["space"],
            weights=weights,
            intercept=intercept,
            calibration=parse_calibration(data["calibration"]),
            decision=parse_decision(data["decision"]),
            training=data["training"],
        )
    return Model(
        name=description["name"],
        codebook=codebook,
        spaces=spaces,
        tasks=tasks,
        recipe=description["recipe"],
        provenance=description["provenance"],
        actors=stored_catalogue(description["actors"]) if description["actors"] else None,
        memory={
            name.removeprefix(_MEMORY): array
            for name, array in files.arrays.items()
            if name.startswith(_MEMORY)
        },
        card=files.card,
        fingerprint=files.fingerprint,
    )


def _block(space: str, part: Mapping[str, Any], files: ModelFiles) -> WeightedBlock:
    prefix = f"{space}.{part['name']}."
    state = BlockState(
        kind=part["kind"],
        settings=part["settings"],
        texts={k.removeprefix(prefix): v for k, v in files.texts.items() if k.startswith(prefix)},
        arrays={k.removeprefix(prefix): v for k, v in files.arrays.items() if k.startswith(prefix)},
    )
    if state.kind not in _BLOCKS:
        message = f'unknown feature block "{state.kind}"'
        raise ValueError(message)
    block: Block = _BLOCKS[state.kind].from_state(state)
    return WeightedBlock(part["name"], block, part["weight"], part["context"])
