"""What pruning costs: a recipe's figures with all terms and with the terms that move scores most.

    python benchmarks/pruning.py training/recipes/conflict-news.toml --keep 0 60000

Prints, for each number of terms kept (0 keeps all), macro-F1 of the paragraph tasks out of fold and
on the recipe's files to evaluate on, and stores them with ``--json FILE``.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from stance.evaluate.harness import evaluate, read_gold
from stance.model import Model
from stance.recipe import Recipe, load_recipe
from stance.text.problems import Problem
from stance.training import train


def main() -> None:
    """Train once for each number of terms."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--keep", type=int, nargs="+", required=True)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    recipe = _paragraph_tasks(load_recipe(arguments.recipe))
    rows = []
    for keep in arguments.keep:
        model = train(replace(recipe, keep=keep), problems=complain)
        rows.append({"keep": keep, **_figures(model, recipe)})
        print(rows[-1], flush=True)
    if arguments.json:
        found = {"recipe": arguments.recipe.name, "rows": rows}
        arguments.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def complain(problem: Problem) -> None:
    """Print a problem."""
    print(problem, file=sys.stderr)


def _paragraph_tasks(recipe: Recipe) -> Recipe:
    """The recipe without its tasks on targets, whose features are others."""
    units = {} if recipe.codebook is None else recipe.codebook.tasks
    fields = {t: f for t, f in recipe.data.labels.items() if units[t].unit == "paragraph"}
    return replace(recipe, data=replace(recipe.data, labels=fields), tasks={})


def _figures(model: Model, recipe: Recipe) -> dict[str, Any]:
    files = [recipe.path(name) for name in recipe.data.evaluate]
    held_out = evaluate(model, read_gold(model, files, problems=complain))["tasks"]
    joined = model.spaces["paragraph"]
    return {
        "n_features": joined.n_features,
        **{
            name: {
                "out_of_fold": round(task.training["out_of_fold"]["macro_f1"], 4),
                "held_out": round(held_out[name]["macro_f1"], 4),
            }
            for name, task in model.tasks.items()
        },
    }


if __name__ == "__main__":
    main()
