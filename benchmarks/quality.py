"""How well the recipes of the public data sets do: each is trained and read on its dev split.

    python benchmarks/quality.py [NAME ...] [--terms-alone | --untuned] [--data DIR] [--json FILE]

Prints a table beside the published figures (test splits, see ``--data``'s README) and stores it in
``results/quality.json``; names given are measured anew, the others keep their last figures. A set
without a dev split has its out-of-fold figures alone, and once more with twelve clusters of like
texts kept together, as its test split is of another domain. Out-of-fold figures are of the training
split, with thresholds chosen on the same scores, so they are a little kind.

``--terms-alone`` measures, in place of the recipes, one plain model: words 1-2 and characters 2-5,
TF-IDF, classes balanced, C chosen from four. ``--untuned`` measures them without
their tuned parts; name the sets that have one.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from few_labels_sets import like_texts

from stance.evaluate.harness import evaluate, read_gold
from stance.model import Model
from stance.recipe import Recipe, load_recipe
from stance.recipe_settings import BlockSettings, ClassifierSettings, DecisionSettings
from stance.text.labelled import read_labelled
from stance.text.problems import Problem
from stance.training import train, train_on

ROOT = Path(__file__).parent.parent
RECIPES = ROOT / "training" / "benchmarks"
N_CLUSTERS = 12


@dataclass(frozen=True, slots=True)
class Set:
    """A data set: the figure that counts, what it should reach, and what others published.

    ``metric`` is a key of a task's figures, or ``LABEL.f1`` for the F1 of one label. ``target`` is
    the least and the wished-for figure, ``published`` the models' figures on the test split.
    """

    metric: str
    target: tuple[float, float]
    published: dict[str, float]


SETS = {
    "bbc_conflict": Set("1.f1", (0.97, 0.98), {"ConfliBERT": 0.981, "ModernBERT-base": 0.978}),
    "satp": Set("example_f1", (0.845, 0.86), {"ConfliBERT": 0.894, "ModernBERT-base": 0.872}),
    "insightcrime": Set(
        "example_f1", (0.665, 0.68), {"ConfliBERT": 0.682, "ModernBERT-base": 0.696}
    ),
    "indiapolice_sents": Set(
        "example_f1", (0.66, 0.67), {"ConfliBERT": 0.661, "ModernBERT-base": 0.666}
    ),
    "indiapolice_docs": Set(
        "example_f1", (0.655, 0.67), {"ConfliBERT": 0.708, "ModernBERT-base": 0.631}
    ),
    "cameo_class": Set("macro_f1", (0.68, 0.75), {"ConfliBERT": 0.895, "ModernBERT-base": 0.870}),
    "narrative_frames": Set("macro_f1", (0.61, 0.65), {"TF-IDF, five folds": 0.586}),
}


def figure(figures: dict[str, Any], metric: str) -> float:
    """The figure that counts."""
    label, _, name = metric.rpartition(".")
    return float(figures["labels"][label][name] if label else figures[name])


def measure(name: str, data: Path, changed: Callable[[Recipe], Recipe]) -> dict[str, Any]:
    """Train a set's recipe and read its dev split.

    Parameters
    ----------
    data
        Folder with one folder a set, for its dev split; the recipe names its training files.
    changed
        What is made of the recipe before it is followed.
    """
    metric = SETS[name].metric
    recipe = load_recipe(RECIPES / f"{name}.toml")
    # The recipes learn from both parts; the development part is held out here, to measure on.
    learned = tuple(file for file in recipe.data.train if not file.endswith("dev.jsonl"))
    recipe = changed(replace(recipe, data=replace(recipe.data, train=learned)))
    start = time.perf_counter()
    model = train(recipe, problems=complain)
    seconds = time.perf_counter() - start
    (task,) = model.tasks.values()
    found: dict[str, Any] = {
        "metric": metric,
        "out_of_fold": round(figure(task.training["out_of_fold"], metric), 4),
        "n_train": task.training["n"],
        "seconds_of_training": round(seconds, 1),
        "date": datetime.now(UTC).date().isoformat(),
    }
    dev = data / name / "dev.jsonl"
    if dev.is_file():
        (figures,) = evaluate(model, read_gold(model, [dev], problems=complain))["tasks"].values()
        found["dev"] = round(figure(figures, metric), 4)
        found["n_dev"] = figures["n"]
    else:
        (task,) = train_by_cluster(recipe).tasks.values()
        found["by_cluster"] = round(figure(task.training["out_of_fold"], metric), 4)
    return found


def plain(recipe: Recipe) -> Recipe:
    """The recipe with words and characters alone, and one model of them."""
    return replace(
        recipe,
        features={
            "words": BlockSettings("tfidf", options={"ngrams": [1, 2], "min_df": 2}),
            "characters": BlockSettings(
                "tfidf", options={"analyzer": "char", "ngrams": [2, 5], "min_df": 3}
            ),
        },
        parts={},
        classifier=ClassifierSettings(C=(0.3, 1.0, 3.0, 10.0), class_weight="balanced"),
        decision=DecisionSettings(optimise=recipe.decision.optimise),
    )


def untuned(recipe: Recipe) -> Recipe:
    """The recipe without its tuned parts."""
    parts = {name: part for name, part in recipe.parts.items() if part.read != "tuned"}
    return replace(recipe, parts=parts)


def as_it_is(recipe: Recipe) -> Recipe:
    """The recipe."""
    return recipe


# What may be measured, by its name among the results.
WAYS: dict[str, Callable[[Recipe], Recipe]] = {
    "sets": as_it_is,
    "terms_alone": plain,
    "untuned": untuned,
}


def train_by_cluster(recipe: Recipe) -> Model:
    """Train with like texts kept on one side of every fold."""
    paths = [recipe.path(name) for name in recipe.data.train]
    data = read_labelled(paths, recipe.data, recipe.codebook, problems=complain)
    clusters = like_texts([unit.text for unit in data.paragraphs.units], N_CLUSTERS)
    return train_on(
        recipe, replace(data, paragraphs=replace(data.paragraphs, groups=tuple(clusters)))
    )


def complain(problem: Problem) -> None:
    """Tell of a row that cannot be used."""
    print(problem, file=sys.stderr)


def line(name: str, found: dict[str, Any]) -> str:
    """A set's row of the table."""
    wanted = SETS[name]
    dev = f"{found['dev']:.3f}" if "dev" in found else "  -  "
    low, high = wanted.target
    published = ", ".join(f"{who} {value:.3f}" for who, value in wanted.published.items())
    return (
        f"{name:18} {wanted.metric:11} {found['out_of_fold']:.3f}  {dev}  {low:.3f} / {high:.3f}  "
        f"{found['seconds_of_training']:6.0f} s  {published}"
    )


def main() -> None:
    """Measure the sets asked for, print all and store them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(SETS))
    ways = parser.add_mutually_exclusive_group()
    ways.add_argument("--terms-alone", dest="way", action="store_const", const="terms_alone")
    ways.add_argument("--untuned", dest="way", action="store_const", const="untuned")
    parser.set_defaults(way="sets")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "benchmarks")
    parser.add_argument(
        "--json", type=Path, default=Path(__file__).parent / "results" / "quality.json"
    )
    arguments = parser.parse_args()
    unknown = [name for name in arguments.names if name not in SETS]
    if unknown:
        parser.error(f"unknown set {unknown[0]}; choose from {', '.join(SETS)}")
    known = json.loads(arguments.json.read_text("utf-8")) if arguments.json.is_file() else {}
    kind = arguments.way
    results: dict[str, Any] = known.get(kind, {})
    print(
        "set                metric       folds  dev    target          training  published (test)"
    )
    for name in arguments.names or SETS:
        results[name] = measure(name, arguments.data, WAYS[kind])
        print(line(name, results[name]), flush=True)
        stored = {
            **known,
            "machine": f"{platform.machine()}, {platform.system()}, one core",
            "python": platform.python_version(),
            kind: {name: results[name] for name in SETS if name in results},
        }
        arguments.json.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
