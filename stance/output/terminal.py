"""Codings for reading in a terminal: one row a paragraph, a summary an article."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby

from rich.console import Console
from rich.table import Table
from rich.text import Text

from stance.errors import plural
from stance.output.records import stance_text
from stance.output.shown import shown
from stance.records import Coding

# So much of a paragraph is enough to recognise it.
_EXCERPT = 300


def print_codings(codings: Iterable[Coding], console: Console) -> None:
    """Print each article's paragraphs as a table with a summary below it."""
    for article, found in groupby(codings, key=lambda coding: coding.paragraph.article):
        listed = list(found)
        console.print(_table(article, listed))
        console.print(_summary(listed))
        console.print()


def _table(article: str, codings: Sequence[Coding]) -> Table:
    tasks = list(dict.fromkeys(task for coding in codings for task in coding.labels))
    heading = Text(shown(codings[0].title or article), style="table.title")
    table = Table(title=heading, title_justify="left", expand=True, show_lines=False)
    table.add_column("¶", justify="right", style="dim", min_width=4, no_wrap=True)
    # Folded where it does not fit: a label must be legible, and not all scripts have spaces.
    table.add_column("paragraph", ratio=5, overflow="fold")
    for task in tasks:
        table.add_column(Text(shown(task)), ratio=2, overflow="fold")
    if any(coding.stances for coding in codings):
        table.add_column("actors", ratio=3, overflow="fold")
    for coding in codings:
        table.add_row(*_cells(coding, tasks, len(table.columns)), style=_style(coding))
    return table


def _style(coding: Coding) -> str:
    return "dim" if coding.paragraph.is_noise else ""


def _cells(coding: Coding, tasks: Sequence[str], n_columns: int) -> list[Text]:
    paragraph = coding.paragraph
    text = " ".join(paragraph.text.split())
    excerpt = text if len(text) <= _EXCERPT else text[: _EXCERPT - 1] + "…"
    cells = [Text(str(paragraph.index)), Text(shown(excerpt))]
    if paragraph.is_noise:
        cells.append(Text(f"noise: {paragraph.noise}"))
        return cells + [Text("")] * (n_columns - len(cells))
    for task in tasks:
        scores = coding.scores.get(task, {})
        lines = [f"{label} {scores[label]:.2f}" for label in coding.labels.get(task, ())]
        lines += [f"{label}: cannot say" for label in coding.undecided.get(task, ())]
        cells.append(Text(shown("\n".join(lines)) or "–"))
    if len(cells) < n_columns:
        actors = "\n".join(f"{s.actor}: {stance_text(s)}" for s in coding.stances)
        cells.append(Text(shown(actors)))
    return cells


def _summary(codings: Sequence[Coding]) -> Text:
    told = [coding for coding in codings if not coding.paragraph.is_noise]
    parts = [f"{plural(len(told), 'paragraph')}, {len(codings) - len(told)} noise"]
    for task in dict.fromkeys(task for coding in told for task in coding.labels):
        counts = Counter(label for coding in told for label in coding.labels[task])
        listed = ", ".join(f"{label} {n}" for label, n in counts.most_common())
        parts.append(f"{task}: {listed or 'none'}")
    return Text(shown("  ·  ".join(parts)), style="bold")
