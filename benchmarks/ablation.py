"""What each feature block of a recipe is worth: cross-validated macro-F1 with the block left out.

    python benchmarks/ablation.py training/benchmarks/newsmtsc.toml --task stance

Prints one line a block and stores them as JSON with ``--json FILE``. The figures are out of fold,
by article, with thresholds chosen on the same scores, as on the model's card.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from stance.recipe import Recipe, load_recipe
from stance.recipe_settings import TaskSettings
from stance.training import train


def main() -> None:
    """Train once with all blocks and once without each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--task", required=True)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    recipe = load_recipe(arguments.recipe)
    blocks = dict(recipe.for_task(arguments.task).features)
    found: dict[str, Any] = {"recipe": arguments.recipe.name, "task": arguments.task, "rows": []}
    for left_out in (None, *blocks):
        kept = {name: block for name, block in blocks.items() if name != left_out}
        figures = _figures(_alone(recipe, arguments.task, kept), arguments.task)
        row = {"left_out": left_out or "nothing", **figures}
        found["rows"].append(row)
        low, high = row["interval"]
        print(f"without {row['left_out']}: {row['macro_f1']:.3f} ({low:.3f} to {high:.3f})")
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def _alone(recipe: Recipe, task: str, blocks: dict[str, Any]) -> Recipe:
    """The recipe for that one task with those blocks."""
    own = recipe.tasks.get(task, TaskSettings())
    field = recipe.data.labels.get(task, task)
    return replace(
        recipe,
        data=replace(recipe.data, labels={task: field}, evaluate=()),
        tasks={task: replace(own, features=blocks)},
        distill=None,
        keep=0,
    )


def _figures(recipe: Recipe, task: str) -> dict[str, Any]:
    model = train(recipe, problems=lambda problem: print(problem, file=sys.stderr))
    figures = model.tasks[task].training["out_of_fold"]
    return {
        "macro_f1": figures["macro_f1"],
        "interval": figures["intervals"]["macro_f1"],
        "n": figures["n"],
    }


if __name__ == "__main__":
    main()
