"""``stance evaluate``: how good a model is on labelled files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from stance.cli.classify import Problems, whole_file


def evaluate(
    model: Annotated[str, typer.Argument(help="A model folder, or the name of a shipped model.")],
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Labelled files.")],
    *,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the figures to this file.")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Stop at the first row that cannot be used.")
    ] = False,
) -> None:
    """Say how good a model is on labelled files.

    Example: stance evaluate conflict-news training/labels/seeds.jsonl
    """
    from stance.evaluate.harness import evaluate as evaluate_model
    from stance.evaluate.harness import read_gold
    from stance.model import load_model

    loaded = load_model(model)
    problems = Problems()
    figures = evaluate_model(loaded, read_gold(loaded, files, problems=problems, strict=strict))
    if json_file is not None:
        with whole_file(json_file) as scratch:
            scratch.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    for name, task in figures["tasks"].items():
        typer.echo(_lines(name, task))
    problems.finish()


def _lines(name: str, task: dict[str, Any]) -> str:
    head = ", ".join(
        f"{key.replace('_', '-')} {_number(task[key])}"
        for key in ("macro_f1", "micro_f1", "example_f1", "accuracy")
    )
    lines = [f"{name} (n = {task['n']}): {head}"]
    lines += [
        f"  {label}: precision {_number(f['precision'])}, recall {_number(f['recall'])}, "
        f"F1 {_number(f['f1'])}, support {f['support']}"
        for label, f in task["labels"].items()
    ]
    return "\n".join(lines)


def _number(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.3f}"
