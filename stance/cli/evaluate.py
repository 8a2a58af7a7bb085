"""``stance evaluate``: how good a model is on labelled files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stance.cli.problems import Problems, tell
from stance.cli.progress import progress_bar
from stance.cli.report import check_folder, write_report
from stance.errors import InputError
from stance.output.shown import shown
from stance.storage import location, whole_file

if TYPE_CHECKING:
    from stance.model import Model
    from stance.recipe import Recipe
    from stance.text.labelled import LabelledData

_CODERS = "coders"


def evaluate(  # noqa: PLR0913 - a command's options
    model: Annotated[str, typer.Argument(help="A model folder, or the name of a shipped model.")],
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Labelled files.")],
    *,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for report.html, report.md and evaluation.json."),
    ] = None,
    against: Annotated[
        list[str] | None, typer.Option(help="Another model to compare with; repeatable.")
    ] = None,
    slices: Annotated[
        list[str] | None,
        typer.Option("--slice", metavar="COLUMN", help="Field to slice by; repeatable."),
    ] = None,
    learning_curve: Annotated[
        Path | None,
        typer.Option(metavar="RECIPE", help="Train this recipe on more and more articles."),
    ] = None,
    train: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="The model's training files; repeatable."),
    ] = None,
    lexicon: Annotated[
        Path | None, typer.Option(help="Word list for the baselines that count its words.")
    ] = None,
    coders: Annotated[str, typer.Option(help="Field with several coders' labels.")] = _CODERS,
    no_texts: Annotated[
        bool, typer.Option("--no-texts", help="Leave the paragraphs of the test out of the report.")
    ] = False,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the figures to this file.")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Stop at the first row that cannot be used.")
    ] = False,
) -> None:
    """Say how good a model is on labelled files, and write the whole report with --out.

    Example: stance evaluate conflict-news training/labels/seeds.jsonl --out report
    """
    from stance.evaluate.coders import tell_of_unread_cells
    from stance.evaluate.evaluation import without_texts
    from stance.evaluate.fairness import Training, find_training, overlap_with_training
    from stance.evaluate.harness import Plan, assess, find_lexicon, read_gold
    from stance.evaluate.harness import evaluate as short_figures
    from stance.learn.notices import tell_of_blank_labels
    from stance.model import find_model, load_model
    from stance.report.answer import unfairness
    from stance.text.files import refuse_overwriting

    optional = [path for path in (lexicon, learning_curve) if path]
    read = [*files, *(train or ()), *optional]
    if out is not None:
        check_folder(out, read)
    else:
        _tell_of_unused(
            {
                "--against": against,
                "--slice": slices,
                "--learning-curve": learning_curve,
                "--train": train,
                "--lexicon": lexicon,
                "--coders": coders != _CODERS,
                "--no-texts": no_texts,
            }
        )
    if json_file is not None:
        refuse_overwriting(location(json_file), read)
    if lexicon is not None and not lexicon.is_file():
        message = f"{lexicon}: there is no such word list. Check the path given with --lexicon."
        raise InputError(message)
    loaded, folder = load_model(model), find_model(model)
    beside = (folder, folder.parent)
    problems = Problems()
    data = read_gold(loaded, files, problems=problems, strict=strict)
    tell_of_blank_labels(data, tell)
    figures = short_figures(loaded, data)
    if out is not None:
        tell_of_unread_cells(data.paragraphs.rows, coders, problems)
        plan = Plan(
            against=_rivals(loaded, against or []),
            columns=tuple(slices or ()),
            coders=coders,
            lexicon=lexicon or find_lexicon(loaded, beside=beside),
            learning_curve=_curve_plan(learning_curve, problems) if learning_curve else None,
        )
        training = find_training(loaded, train or [], beside=beside, problems=problems)
        # A report may be published: it need not tell where its files lie.
        names = [path.name if path.is_absolute() else str(path) for path in files]
        with progress_bar("evaluating") as progress:
            record = assess(loaded, data, training, plan, files=names, progress=progress)
        write_report(out, figures, without_texts(record) if no_texts else record)
        overlap = record.overlap
    else:
        training = Training(None, "its training files are looked for with --out alone")
        overlap = overlap_with_training(loaded, data, training).result
    if json_file is not None:
        with whole_file(json_file) as scratch:
            scratch.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    if told := unfairness(overlap):
        tell(told)
    for name, task in figures["tasks"].items():
        typer.echo(shown(_lines(name, task)))
    if out is not None:
        typer.echo(f"Report written to {out / 'report.html'}.")
    problems.finish()


def _tell_of_unused(options: Mapping[str, object]) -> None:
    """Tell which options, by their names, do nothing here: a report alone follows them."""
    unused = ", ".join(option for option, value in options.items() if value)
    if unused:
        tell(f"no report is written, which {unused} would be for. Add --out DIR.")


def _rivals(model: Model, against: list[str]) -> tuple[tuple[str, Model], ...]:
    """The other models by their names, or as they were asked for where names are alike."""
    from stance.model import load_model

    found = [(asked, load_model(asked)) for asked in against]
    names = [model.name, *(other.name for _, other in found)]
    return tuple(
        (other.name if names.count(other.name) == 1 else asked, other) for asked, other in found
    )


def _curve_plan(path: Path, problems: Problems) -> tuple[Recipe, LabelledData]:
    """The recipe of a learning curve with its labels."""
    from stance.recipe import load_recipe
    from stance.text.labelled import read_labelled

    recipe = load_recipe(path)
    paths = [recipe.path(name) for name in recipe.data.train]
    return recipe, read_labelled(paths, recipe.data, recipe.codebook, problems=problems)


def _lines(name: str, task: dict[str, Any]) -> str:
    head = ", ".join(
        f"{key.replace('_', '-')} {_number(task[key])}{_interval(task['intervals'][key])}"
        for key in ("macro_f1", "micro_f1", "example_f1", "accuracy")
    )
    lines = [f"{name} (n = {task['n']}, 95 % intervals by article): {head}"]
    lines += [
        f"  {label}: precision {_number(f['precision'])}, recall {_number(f['recall'])}, "
        f"F1 {_number(f['f1'])}{_interval(f['f1_interval'])}, support {f['support']}"
        for label, f in task["labels"].items()
    ]
    return "\n".join(lines)


def _number(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.3f}"


def _interval(ends: list[float] | None) -> str:
    return "" if ends is None else f" ({ends[0]:.3f} to {ends[1]:.3f})"
