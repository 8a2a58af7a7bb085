"""A model as it stands in its folder: a description, arrays and lists of terms, and no code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stance.actors.catalogue import stored_catalogue
from stance.classify.calibration import parse_calibration
from stance.classify.decision import parse_decision
from stance.classify.linear import TaskModel
from stance.classify.store import ModelFiles
from stance.codebook import parse_codebook
from stance.errors import ModelError, SettingsError
from stance.features.block import Block, BlockState
from stance.features.joined import JoinedBlocks, WeightedBlock
from stance.features.lexicon import LexiconBlock
from stance.features.semantic import SemanticBlock
from stance.features.sentences import SentencesBlock
from stance.features.tfidf import TfidfBlock
from stance.features.tuned import TunedBlock
from stance.model import Model

# Names of the arrays that tell which texts were trained on begin with this; no task or feature
# space has a dot in front.
_MEMORY = ".overlap."

# What a description that does not fit its files ends in.
_MISFITS = (KeyError, ValueError, TypeError, IndexError, AttributeError)

_BLOCKS: dict[str, Any] = {
    "tfidf": TfidfBlock,
    "lexicon": LexiconBlock,
    "semantic": SemanticBlock,
    "sentences": SentencesBlock,
    "tuned": TunedBlock,
}


def to_files(model: Model) -> ModelFiles:
    """What a model is, for a folder."""
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


def from_files(files: ModelFiles) -> Model:
    """The model that a folder holds.

    Raises
    ------
    ModelError
        If its files do not fit one another.
    """
    try:
        return _build(files)
    except (*_MISFITS, SettingsError) as error:
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
    if not description["tasks"]:
        message = "no task"
        raise ValueError(message)
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
