"""Was the test fair: the labels that a model was trained on, and what of a test stands in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from stance.errors import InputError
from stance.evaluate.duplicates import overlap
from stance.evaluate.evaluation import OverlapResult
from stance.evaluate.memory import parse_memory
from stance.model import Model
from stance.places import shipped
from stance.recipe import parse_data
from stance.text.labelled import LabelledData, article_of, read_labelled
from stance.text.problems import Problem

# Overlapping paragraphs that are named as examples.
_MAX_EXAMPLES = 10

# What a report calls training files that were named and are not those of the model.
OTHER_FILES = (
    "the training files named (not those that the model learned from, or in another order)"
)


@dataclass(frozen=True, slots=True)
class Training:
    """The labels that a model was trained on, or why they are not at hand."""

    data: LabelledData | None
    why_not: str = ""


def learned_from(model: Model, data: LabelledData) -> bool:
    """Whether these are the very labels that a model was trained on, in their order."""
    return data.fingerprint == model.provenance.get("data_sha256")


@dataclass(frozen=True, slots=True)
class Fairness:
    """The overlap of a test with the training data, and the paragraphs and articles concerned."""

    result: OverlapResult
    texts: frozenset[str] = frozenset()
    articles: frozenset[str] = frozenset()


def find_training(
    model: Model,
    files: Sequence[Path],
    *,
    beside: Sequence[Path] = (),
    problems: Callable[[Problem], None],
) -> Training:
    """The model's training labels: the files named, else those of its recipe if they are there.

    Parameters
    ----------
    files
        Training files; none to look for those of the recipe.
    beside
        Folders from which the recipe's paths may count, beside the current one.
    """
    settings = parse_data(model.recipe["data"])
    names = ", ".join(settings.train) or "(none named)"
    if files:
        return Training(read_labelled(files, settings, model.codebook, problems=problems))
    why_not = f"the training files ({names}) are not here; name them with --train"
    for folder in (Path(), *beside, shipped("training", "recipes")):
        paths = [folder / Path(name).expanduser() for name in settings.train]
        if not paths or not all(path.is_file() for path in paths):
            continue
        told: list[Problem] = []
        # Another file of that name, or an edited one: the wrong baselines would be unfair, and
        # what is wrong with it is nobody's concern.
        with suppress(InputError):
            data = read_labelled(paths, settings, model.codebook, problems=told.append)
            if learned_from(model, data):
                for problem in told:
                    problems(problem)
                return Training(data)
        why_not = (
            f"the training files ({names}) were found, but are not those that the model learned "
            "from; name them with --train"
        )
    return Training(None, why_not)


def overlap_with_training(model: Model, data: LabelledData, training: Training) -> Fairness:
    """Which paragraphs of a test stand in the training data.

    It is compared with the training texts; where those are not at hand, or others were named in
    their place, with the fingerprints that the model keeps of them.
    """
    units = data.paragraphs
    texts = [unit.text for unit in units.units]
    # Groups may carry the name of a near-duplicate article; the row knows the article's own.
    settings = parse_data(model.recipe["data"])
    names = [article_of(row, settings) for row in units.rows]
    memory = parse_memory(model.memory)
    exact, near, same = (np.zeros(len(texts), dtype=np.bool_) for _ in range(3))
    compared: list[str] = []
    is_own = training.data is not None and learned_from(model, training.data)
    if training.data is not None:
        known = training.data.paragraphs
        found = overlap(texts, [unit.text for unit in known.units])
        exact, near = found.exact, found.near
        trained = {article_of(row, settings) for row in known.rows}
        same = np.array([name in trained for name in names], dtype=np.bool_)
        compared.append("the training texts themselves" if is_own else OTHER_FILES)
    if memory is not None and not is_own:
        found = memory.overlap(texts)
        exact, near = exact | found.exact, near | found.near
        same = same | memory.seen_articles(names)
        compared.append("the fingerprints that the model keeps")
    if not compared:
        reason = f"the model keeps no fingerprints of its training texts, and {training.why_not}"
        return Fairness(OverlapResult("nothing", reason, len(texts)))
    # Rows without an article are named by file and number, which may be alike by chance.
    same &= np.array([bool(unit.article) for unit in units.units], dtype=np.bool_)
    result = OverlapResult(
        checked_with="signatures" if training.data is None else "text",
        reason=f"compared with {' and with '.join(compared)}",
        n=len(texts),
        same_article=int(same.sum()),
        same_paragraph=int(exact.sum()),
        near_duplicate=int((near & ~exact).sum()),
        examples=tuple(units.ids[i] for i in np.flatnonzero(same | near)[:_MAX_EXAMPLES].tolist()),
    )
    return Fairness(
        result,
        texts=frozenset(texts[i] for i in np.flatnonzero(near)),
        articles=frozenset(units.groups[i] for i in np.flatnonzero(same)),
    )
