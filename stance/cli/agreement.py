"""``stance agreement``: how far coders agree on the same paragraphs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from stance.cli.problems import Problems, tell
from stance.output.shown import shown
from stance.settings import DEFAULT_SEED


def agreement(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Labelled files.")],
    *,
    coders: Annotated[
        str,
        typer.Option(help="Field that holds the coders, or their columns: coder_1,coder_2."),
    ] = "coders",
    group: Annotated[str, typer.Option(help="Field with the article.")] = "article",
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the figures to this file.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the resampling.")] = DEFAULT_SEED,
) -> None:
    """Say how far coders agree: alpha, kappa, percent, and the F1 of one against another.

    Example: stance agreement training/labels/seeds.jsonl
    """
    from stance.errors import EmptyEvaluationError
    from stance.evaluate.ceiling import agreement_figures
    from stance.evaluate.coders import read_codings
    from stance.evaluate.evaluation_file import as_plain
    from stance.storage import location, whole_file
    from stance.text.files import refuse_overwriting

    if json_file is not None:
        refuse_overwriting(location(json_file), files)
    problems = Problems()
    names = [name.strip() for name in coders.split(",") if name.strip()]
    if not names:
        message = "Found no name. Give the field that holds the coders, or one column a coder."
        raise typer.BadParameter(message, param_hint="--coders")
    tasks: dict[str, Any] = {}
    reasons: list[str] = []
    given = read_codings(files, names, group=group, problems=problems, notices=tell)
    for task, codings in given.items():
        try:
            found = agreement_figures(codings, seed=seed)
        except EmptyEvaluationError as error:
            reasons.append(f"{task}: {error}")
            continue
        tasks[task] = as_plain(found)
    if not tasks:
        raise EmptyEvaluationError(" ".join(reasons))
    # Before anything is printed, for whoever reads that may leave.
    if json_file is not None:
        with whole_file(json_file) as scratch:
            scratch.write_text(json.dumps({"tasks": tasks}, indent=1) + "\n", encoding="utf-8")
    for task, figures in tasks.items():
        typer.echo(shown(_table(task, figures)))
    for reason in reasons:
        typer.echo(shown(reason), err=True)
    problems.finish()


def _table(task: str, found: dict[str, Any]) -> str:
    from stance.errors import plural

    head = f"{task}: {found['n_coders']} coders, {plural(found['n'], 'shared unit')}"
    articles = plural(found["n_articles"], "article")
    lines = [f"{head}, {articles}; 95 % intervals by article"]
    lines += [f"  {name}: {_text(one)}" for name, one in found["metrics"].items()]
    for label, numbers in found["labels"].items():
        lines.append(f"  {label}:")
        lines += [f"    {name}: {_text(one)}" for name, one in numbers.items()]
    return "\n".join(lines)


def _text(one: dict[str, Any]) -> str:
    if one["value"] is None:
        return f"undefined ({one['reason']})"
    return f"{one['value']:.3f} ({one['low']:.3f} to {one['high']:.3f})"
