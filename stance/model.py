"""The one public object: a trained model that codes articles.

The same `Model` serves the command line, Python and everything else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stance.classify.calibration import parse_calibration
from stance.classify.decision import parse_decision
from stance.classify.explanation import explain
from stance.classify.linear import TaskModel
from stance.classify.store import ModelFiles, read_folder, write_folder
from stance.codebook import Codebook, parse_codebook
from stance.errors import ModelError, nearest
from stance.features.block import Block, BlockState
from stance.features.joined import JoinedBlocks, WeightedBlock
from stance.features.lexicon import LexiconBlock
from stance.features.tfidf import TfidfBlock
from stance.places import shipped
from stance.records import Article, Coding, Paragraph, Scores, Unit
from stance.text.cleaning import paragraphs_of

DEFAULT_MODEL = "conflict-news"

_BLOCKS: dict[str, Any] = {"tfidf": TfidfBlock, "lexicon": LexiconBlock}


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
        rows = {space: self.spaces[space].rows(found) for space in {t.space for t in tasks}}
        return {task.task.name: task.scores(rows[task.space]) for task in tasks}

    def classify(
        self,
        articles: str | Article | Iterable[str | Article],
        *,
        explain: bool = False,
        abstain: float | None = None,
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

        Returns
        -------
        One coding a paragraph, noise included (without labels), in order.
        """
        several = [articles] if isinstance(articles, (str, Article)) else articles
        codings = []
        for number, article in enumerate(several):
            record = article if isinstance(article, Article) else Article(str(number), article)
            paragraphs = paragraphs_of(record)
            codings += self.code(paragraphs, title=record.title, explain=explain, abstain=abstain)
        return codings

    def code(
        self,
        paragraphs: Sequence[Paragraph],
        *,
        title: str = "",
        explain: bool = False,
        abstain: float | None = None,
    ) -> list[Coding]:
        """Code the paragraphs of one article."""
        if abstain is not None and not 0 <= abstain <= 1:
            message = f"abstain is {abstain}. Give a probability from 0 to 1."
            raise ValueError(message)
        told = [paragraph for paragraph in paragraphs if not paragraph.is_noise]
        units = [Unit(paragraph.text) for paragraph in told]
        scores = self.scores(units)
        coded = {
            paragraph.index: self._coding(
                paragraph, units[i], i, scores, title=title, why=explain, abstain=abstain
            )
            for i, paragraph in enumerate(told)
        }
        return [coded.get(p.index, Coding(paragraph=p, title=title)) for p in paragraphs]

    def _coding(  # noqa: PLR0913 - one step of `code`, cut out to be read
        self,
        paragraph: Paragraph,
        unit: Unit,
        row: int,
        scores: Mapping[str, Scores],
        *,
        title: str,
        why: bool,
        abstain: float | None,
    ) -> Coding:
        labels, values, undecided = {}, {}, {}
        for name, found in scores.items():
            task = self.tasks[name]
            names, one = task.task.label_names, found.values[row : row + 1]
            given = task.decision(one)[0]
            if abstain is not None:
                unsure = task.decision.unsure(one, abstain)[0]
                undecided[name] = tuple(
                    n for n, is_unsure in zip(names, unsure, strict=True) if is_unsure
                )
                given = given & ~unsure
            labels[name] = tuple(n for n, is_given in zip(names, given, strict=True) if is_given)
            values[name] = dict(zip(names, map(float, one[0]), strict=True))
        evidence = {
            name: explain(self.tasks[name], self.spaces[self.tasks[name].space], unit)
            for name in (scores if why else ())
        }
        return Coding(
            paragraph=paragraph,
            title=title,
            labels=labels,
            scores=values,
            undecided={name: names for name, names in undecided.items() if names},
            evidence=evidence,
        )

    def save(self, folder: Path) -> str:
        """Write the model folder and return its fingerprint."""
        return write_folder(folder, _to_files(self))


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
    }
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
    return WeightedBlock(name=part["name"], block=block, weight=part["weight"])
