"""``stance split``: labelled rows to training, development and test files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stance.cli.problems import Problems, tell
from stance.output.shown import shown
from stance.settings import DEFAULT_SEED

if TYPE_CHECKING:
    from stance.evaluate.splits import Balance


def split(  # noqa: PLR0913 - a command's options
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Labelled files.")],
    *,
    out: Annotated[Path, typer.Option(help="Folder to write train, dev and test files to.")],
    dev: Annotated[float, typer.Option(help="Share of rows for development.")] = 0.2,
    test: Annotated[float, typer.Option(help="Share of rows for the test.")] = 0.2,
    group: Annotated[str, typer.Option(help="Field that no split may cut.")] = "article",
    text: Annotated[str, typer.Option(help="Field with the text.")] = "text",
    labels: Annotated[
        list[str] | None,
        typer.Option(help="Field with labels to spread evenly; repeat for several."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the split.")] = DEFAULT_SEED,
) -> None:
    """Split labelled rows by article, near-duplicate articles together, labels spread evenly.

    Example: stance split training/labels/authored.jsonl --dev 0.2 --test 0.2 --out parts
    """
    from stance.evaluate.parts import USUAL_LABELS, part_file, split_files, write_parts
    from stance.evaluate.splits import PARTS
    from stance.storage import location
    from stance.text.files import refuse_overwriting

    for name in PARTS:
        refuse_overwriting(location(part_file(out, name)), files)
    problems = Problems()
    found = split_files(
        files,
        dev=dev,
        test=test,
        group=group,
        text=text,
        labels=tuple(labels or ()),
        seed=seed,
        problems=problems,
    )
    for path in write_parts(found, out):
        typer.echo(f"written: {path}", err=True)
    if found.n_alone:
        n_rows = sum(map(len, found.rows))
        tell(
            f'{found.n_alone} of {n_rows} rows have a blank cell in the field "{group}", and each '
            "counts as an article of its own. If it is that of the row above, write it there too."
        )
    if not found.label_names:
        fields = " or ".join(labels or USUAL_LABELS)
        tell(
            f"No row has labels in {fields}, so that none are spread evenly. "
            "Name the fields that hold them with --labels."
        )
    typer.echo(shown(_table(found.names, found.label_names, found.balance)))
    problems.finish()


def _table(names: tuple[str, ...], label_names: tuple[str, ...], balance: Balance) -> str:
    width = max([len(name) for name in label_names] + [8])
    head = "".join(f"{name:>16}" for name in names)
    lines = [f"{'':{width}}{head}"]
    lines.append(f"{'rows':{width}}" + "".join(f"{n:>16}" for n in balance.rows))
    lines.append(f"{'articles':{width}}" + "".join(f"{n:>16}" for n in balance.groups))
    for number, label in enumerate(label_names):
        cells = "".join(
            f"{f'{n} ({share:.1%})':>16}"
            for n, share in zip(
                balance.positives[:, number], balance.shares[:, number], strict=True
            )
        )
        lines.append(f"{label:{width}}{cells}")
    return "\n".join(lines)
