"""The model card: what a person should know before using a model.

After Mitchell et al. 2019, Model cards for model reporting. Every figure on it comes from the
training's out-of-fold scores, which the model keeps, or from an evaluation on files that were not
learned from, which stands beside the card as `evaluation.json`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from stance.evaluate.evaluation import OverlapResult
from stance.model import Model
from stance.output.rendering import cell, render

# The file beside the card with the figures that it cites.
EVALUATION = "evaluation.json"


def card_figures(evaluations: Mapping[str, Mapping[str, Any]]) -> str:
    """The content of `evaluation.json` beside a card: all figures that the card cites, and more.

    Parameters
    ----------
    evaluations
        As for `render_card`. Of each file they are what ``stance evaluate --json`` writes.
    """
    return json.dumps({"files": evaluations}, indent=1, ensure_ascii=False) + "\n"


def render_card(
    model: Model,
    evaluations: Mapping[str, Mapping[str, Any]],
    overlaps: Mapping[str, OverlapResult] | None = None,
) -> str:
    """The card in Markdown.

    Parameters
    ----------
    evaluations
        What `stance.evaluate.harness.evaluate` found, by the name of the file.
    overlaps
        What of each file the model learned from, where any of it was looked for.
    """
    return render(
        "card.md",
        {"cell": cell, "number": _number, "interval": _interval, "how_fitted": how_fitted},
        model=model,
        recipe=model.recipe,
        provenance=model.provenance,
        evaluations=evaluations,
        learned={name: _learned(found) for name, found in (overlaps or {}).items()},
        features=_features(model),
        optimised=_optimised(model),
    )


def how_fitted(training: Mapping[str, Any]) -> str:
    """The penalty that a task was fitted with, or how each of its parts was."""
    from stance.learn.tuning import epochs_taken

    if "parts" not in training:
        return f"C = {training['C']}"
    told = []
    for name, part in training["parts"].items():
        tuning = part.get("tuning")
        if tuning:
            epochs = epochs_taken(tuning["epochs"], training["n"])
            told.append(f"{name}, {tuning['layers']} layers tuned in {epochs} epochs")
        else:
            told.append(f"{name}, C = {part['C']}")
    return f"average of {' and '.join(told)}"


def _learned(overlap: OverlapResult) -> str:
    """How much of a test the model learned from; empty for a clean one."""
    if overlap.is_clean:
        return ""
    n_seen = (overlap.same_paragraph or 0) + (overlap.near_duplicate or 0)
    return (
        f"{n_seen} of {overlap.n} paragraphs learned from or nearly so, {overlap.same_article} "
        "in articles of a name learned from"
    )


def _optimised(model: Model) -> str:
    """What thresholds were chosen for, task by task where tasks differ."""
    own = model.recipe.get("tasks") or {}
    chosen = {
        name: ((own.get(name) or {}).get("decision") or model.recipe["decision"])["optimise"]
        for name in model.tasks
    }
    if len(set(chosen.values())) == 1:
        return str(next(iter(chosen.values())))
    return "; ".join(f"{cell(name)}: {figure}" for name, figure in chosen.items())


def _features(model: Model) -> list[str]:
    return [
        f"{space}: {part.name}, {part.block.state().kind}"
        f"{' of the rest of the article' if part.context else ''}, "
        f"{len(part.block.feature_names):,} columns, weight {part.weight:g}"
        for space, joined in model.spaces.items()
        for part in joined.blocks
    ]


def _number(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.3f}"


def _interval(ends: Sequence[float] | None) -> str:
    return "" if ends is None else f"{ends[0]:.3f} to {ends[1]:.3f}"
