"""What `draws` brings: decisions chosen on half of the articles and read on the other half.

    python benchmarks/thresholds.py RECIPE ... [--draws 0 4 20] [--halves 30] [--json FILE]

For each task of the recipes (without their tuned parts and their teachers, for time), calibration
and decision are chosen from the out-of-fold scores of one half of the articles and give labels to
the other half, both ways round, for many random halves. Prints the mean of the figure that the
recipe optimises, and its gain over no draws with the standard error over halves, and stores them.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from stance.codebook import Task
from stance.evaluate.articles import with_merged_articles
from stance.evaluate.summary import summary
from stance.learn.choice import choose, decide
from stance.learn.progress import Step, silent
from stance.learn.school import School
from stance.recipe import Recipe, load_recipe
from stance.text.labelled import read_labelled
from stance.text.problems import Problem

METRICS = {"f1": "macro_f1", "example_f1": "example_f1", "accuracy": "accuracy"}


def main() -> None:
    """Compare numbers of draws on each task of each recipe."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recipes", type=Path, nargs="+")
    parser.add_argument("--draws", type=int, nargs="+", default=[0, 4, 20])
    parser.add_argument("--halves", type=int, default=30)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    found: dict[str, Any] = {"date": datetime.now(UTC).date().isoformat(), "tasks": []}
    for path in arguments.recipes:
        for one in measure(load_recipe(path), arguments.draws, arguments.halves):
            found["tasks"].append(one)
            print(json.dumps(one), flush=True)
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def measure(recipe: Recipe, draws: Sequence[int], n_halves: int) -> list[dict[str, Any]]:
    """The recipe's tasks, each with its figure for each number of draws."""
    parts = {name: part for name, part in recipe.parts.items() if part.read != "tuned"}
    recipe = replace(recipe, distill=None, parts=parts)
    paths = [recipe.path(name) for name in recipe.data.train]
    data = read_labelled(paths, recipe.data, recipe.codebook, problems=complain)
    data = with_merged_articles(data)
    school = School(recipe, data)
    tasks = [t for t in data.codebook.tasks.values() if t.name in data.of_unit(t.unit).gold]
    with threadpool_limits(limits=1):
        return [compare(school, task, draws, n_halves) for task in tasks]


def compare(school: School, task: Task, draws: Sequence[int], n_halves: int) -> dict[str, Any]:
    """One task with each number of draws, on the same halves."""
    lesson = school.lesson(task)
    gold = lesson.gold[lesson.coded] > 0
    groups = np.array(lesson.groups)[lesson.coded]
    raw = choose(lesson, gold, groups.tolist(), Step(silent, "", 0, 1)).raw
    articles = np.unique(groups)
    random = np.random.default_rng(0)
    metric = METRICS[lesson.recipe.decision.optimise]
    scores: dict[int, list[float]] = {n: [] for n in draws}
    for _ in range(n_halves):
        half = np.isin(groups, random.permutation(articles)[: len(articles) // 2])
        for own in (half, ~half):
            for n, listed in scores.items():
                recipe = lesson.recipe
                recipe = replace(recipe, decision=replace(recipe.decision, draws=n))
                fitted = decide(task, recipe, raw[own], gold[own], groups[own].tolist())
                given = fitted.decision(fitted.calibration(raw[~own]))
                listed.append(float(summary(task, gold[~own], given)[metric] or 0))
    least = np.array(scores[draws[0]])
    return {
        "recipe": lesson.recipe.name,
        "task": task.name,
        "n": len(gold),
        "articles": len(articles),
        "metric": metric,
        "draws": {
            str(n): {
                "mean": round(float(np.mean(listed)), 4),
                "gain": round(float(np.mean(listed - least)), 4),
                "error": round(float(np.std(listed - least) / np.sqrt(len(listed))), 4),
            }
            for n, listed in scores.items()
        },
    }


def complain(problem: Problem) -> None:
    """Print a problem."""
    print(problem, file=sys.stderr)


if __name__ == "__main__":
    main()
