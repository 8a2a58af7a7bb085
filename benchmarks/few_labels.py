"""How good a model gets from few labels: learning curves of three ways to learn.

    python benchmarks/few_labels.py NAME ... --cells FILE [--data FOLDER]
    python benchmarks/few_labels_page.py --cells FILE ...

The first trains on nested random samples of articles and adds a line to FILE for every sample, way
and task; what stands in FILE already is not measured again, so a run may be interrupted. The
second sums the lines up, with 95 % intervals over held-out articles and over samples.

The ways: *bare* reads words and characters; *plain* counts a lexicon's words too; *semantic*
averages that with a linear model of sentence embeddings; *distilled* reads as plain does and
learns, beside the labels, the semantic way's opinions on unlabelled text: for a public set the
rest of its own training articles with their labels hidden, for ``topic`` and ``frame`` a sample of
unlabelled news. Settings are the same for all sets, so that the curves compare ways and not tuning.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from few_labels_sets import OURS, PUBLIC, ROOT, SEED, Study, frequent, only_rows, prepare
from threadpoolctl import threadpool_limits

from stance.evaluate.intervals import article_weights
from stance.evaluate.splits import group_numbers
from stance.evaluate.statistic import task_statistic
from stance.features.matrices import TrainingMatrices
from stance.learn.lesson import Lesson, Taught
from stance.learn.progress import Step, silent
from stance.learn.school import Learned, learn
from stance.learn.teacher import Teacher
from stance.learn.tuning import EncodedTexts
from stance.recipe import Recipe, parse_recipe

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

# Articles to learn from, and how many samples of each size; 0 means all, of which there is one.
SAMPLES = {50: 5, 100: 5, 200: 4, 500: 2, 0: 1}

# Weight of an unlabelled text beside a labelled one.
WEIGHT = 0.3

# Resamples of the held-out articles whose figures are kept for every cell.
N_RESAMPLES = 400

BARE = ("words", "characters")
TERMS = (*BARE, "lexicon")

_FEATURES: dict[str, Any] = {
    "words": {"kind": "tfidf", "ngrams": [1, 2], "min_df": 2, "weight": 1.5},
    "characters": {
        "kind": "tfidf",
        "analyzer": "char",
        "ngrams": [2, 5],
        "min_df": 3,
        "weight": 1.5,
    },
    "lexicon": {
        "kind": "lexicon",
        "lexicon": "lexicons/conflict-news.toml",
        "measures": ["hits"],
        "weight": 0.3,
    },
    "meaning": {"kind": "semantic", "weight": 8},
}
_PLAIN: dict[str, Any] = {
    "name": "plain",
    "folds": 3,
    "features": {name: _FEATURES[name] for name in TERMS},
    "classifier": {"C": [1, 10], "nb_weights": True, "multiclass": "one-vs-rest"},
    "decision": {"optimise": "f1"},
}
RECIPES = {
    "bare": {**_PLAIN, "features": {name: _FEATURES[name] for name in BARE}},
    "plain": _PLAIN,
    "semantic": {
        **_PLAIN,
        "features": _FEATURES,
        "parts": {
            "terms": {"features": list(TERMS)},
            "meaning": {"features": ["meaning"], "C": [0.03, 0.3, 3]},
        },
    },
    "distilled": {**_PLAIN, "distill": {"weight": WEIGHT}},
}


def recipe(way: str) -> Recipe:
    """How that way learns."""
    return parse_recipe(RECIPES[way], folder=ROOT / "training")


@dataclass(frozen=True)
class Held:
    """A task learned in one way, and what it decides on the held-out rows."""

    given: Bools
    seconds: float


def learn_all(study: Study, rows: Ints, ways: Collection[str]) -> dict[str, Held]:
    """The task learned in each way from these rows; distilled only where there is other text."""
    own, rest = only_rows(study.matrices, rows), np.setdiff1d(np.arange(study.n_train), rows)
    held_out = only_rows(study.matrices, np.arange(study.n_train, len(study.units)))
    known = frequent(own)
    found = {}
    for way, blocks in {"bare": BARE, "plain": TERMS}.items():
        if way in ways:
            start = time.process_time()
            one = lesson(study, way, own.pruned(known).only(blocks), rows)
            found[way] = decided(one, learn(one, QUIET), held_out.pruned(known), start)
    if not {"semantic", "distilled"}.intersection(ways):
        return found
    start = time.process_time()
    semantic = lesson(study, "semantic", own.pruned(known), rows)
    teacher = learn(semantic, QUIET)
    found["semantic"] = decided(semantic, teacher, held_out.pruned(known), start)
    more = study.unlabelled or only_rows(study.matrices, rest)
    if study.unlabelled is None and not len(rest):
        return found
    start = time.process_time()
    student = replace(
        lesson(study, "distilled", replace(own.only(TERMS), fixed=True), rows),
        taught=Taught(
            teacher=Teacher(
                teacher.model.calibration, own.pruned(known), more.pruned(known), teacher.fit
            ),
            unlabelled=replace(more.only(TERMS), fixed=True),
            rank=np.arange(len(more.parts[0].starts) - 1),
            sample=0,
            weight=WEIGHT,
        ),
    )
    found["distilled"] = decided(student, learn(student, QUIET), held_out, start)
    return found


def decided(own: Lesson, learned: Learned, held_out: TrainingMatrices, start: float) -> Held:
    """What a task that was learned from ``start`` on decides on the held-out rows."""
    names = [block.name for block in own.matrices.joined.blocks]
    rows = own.matrices.fold_of(held_out.only(names), own.coded)
    raw = rows @ learned.model.weights.astype(np.float64) + learned.model.intercept
    given = learned.model.decision(learned.model.calibration(raw))
    return Held(given, round(time.process_time() - start, 2))


QUIET = Step(silent, "", 0, 0)


def lesson(study: Study, way: str, matrices: TrainingMatrices, rows: Ints) -> Lesson:
    """The lesson of one way."""
    units = tuple(study.units[i] for i in rows)
    return Lesson(
        task=study.task,
        recipe=recipe(way),
        space="paragraph",
        matrices=matrices,
        gold=study.gold[rows].astype(float),
        coded=np.ones(len(rows), dtype=np.bool_),
        groups=tuple(study.groups[i] for i in rows),
        topics=np.zeros(len(rows), dtype=np.int64),
        units=units,
        encoded=EncodedTexts(units),
    )


def cells(study: Study, size: int, seed: int, ways: Collection[str]) -> list[dict[str, Any]]:
    """What each of the ways reaches on the held-out articles after learning from one sample."""
    rows = study.sample(size, seed)
    gold = study.gold[study.n_train :]
    groups = group_numbers(study.groups[study.n_train :])
    weights = article_weights(int(groups.max()) + 1, n_resamples=N_RESAMPLES, seed=SEED)
    names = study.task.label_names
    found = []
    for way, held in learn_all(study, rows, ways).items():
        if way not in ways:
            continue
        told = task_statistic(gold, held.given, groups, names, single=not study.task.several)
        places = {(f.metric, f.label): i for i, f in enumerate(told.figures)}
        value = told(np.ones((1, told.n_groups)))[0]
        resampled = told(weights)[:, places["macro_f1", ""]]
        labels = {
            name: {
                "positives": int(study.gold[rows, column].sum()),
                "support": int(gold[:, column].sum()),
                "f1": number(value[places["f1", name]]),
            }
            for column, name in enumerate(names)
        }
        found.append(
            {
                "set": study.name,
                "way": way,
                "size": size,
                "seed": seed,
                "n_articles": len({study.groups[i] for i in rows}),
                "n_rows": len(rows),
                "n_left_out": study.n_left_out,
                "n_held_out": len(gold),
                "n_held_out_articles": told.n_groups,
                "macro_f1": number(value[places["macro_f1", ""]]),
                "labels": labels,
                "seconds": held.seconds,
                "resampled": [number(one) for one in resampled],
            }
        )
    return found


def number(value: float) -> float | None:
    """The value as JSON holds it; None where it is undefined."""
    return None if np.isnan(value) else round(float(value), 4)


def measure(names: Sequence[str], ways: Sequence[str], data: Path, path: Path) -> None:
    """Measure what is not in the file yet: the first sample of every size of every set first."""
    lines = path.read_text("utf-8").splitlines() if path.is_file() else []
    done = {(one["set"], one["size"], one["seed"], one["way"]) for one in map(json.loads, lines)}
    ready: dict[str, Study] = {}
    for seed in range(max(SAMPLES.values())):
        for name in names:
            for size in (size for size, n in SAMPLES.items() if seed < n):
                missing = [way for way in ways if (name, size, seed, way) not in done]
                # Where all articles are learned from, a public set has no text left to distil.
                if not missing or (missing == ["distilled"] and size == 0 and name in PUBLIC):
                    continue
                ready[name] = ready.get(name) or prepare(name, data, recipe("semantic"))
                if size > len(set(ready[name].groups[: ready[name].n_train])):
                    continue
                found = cells(ready[name], size, seed, missing)
                with path.open("a", encoding="utf-8") as file:
                    file.writelines(json.dumps(one) + "\n" for one in found)
                told = ", ".join(f"{c['way']} {c['macro_f1']} ({c['seconds']} s)" for c in found)
                print(f"{name}, {size or 'all'} articles, sample {seed}: {told}", flush=True)


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join((*PUBLIC, *OURS)))
    parser.add_argument("--ways", nargs="+", choices=tuple(RECIPES), default=tuple(RECIPES))
    parser.add_argument("--cells", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared")
    arguments = parser.parse_args()
    with threadpool_limits(limits=1):
        measure(arguments.names, arguments.ways, arguments.data, arguments.cells)


if __name__ == "__main__":
    main()
