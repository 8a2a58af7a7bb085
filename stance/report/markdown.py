"""An evaluation as Markdown: the page's words and tables, without drawings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from stance.evaluate.evaluation import Evaluation
from stance.output import numbers
from stance.output.rendering import cell, render
from stance.report import words
from stance.report.answer import answers, warnings
from stance.report.plots import ABSTAINING_HEAD, abstaining_rows

# Mistakes of a task that the text shows; the page has them all.
_SHOWN = 5


def render_markdown(evaluation: Evaluation) -> str:
    """The report as Markdown; a pure function of the record."""
    filters: dict[str, Callable[..., Any]] = {
        "number": numbers.number,
        "signed": numbers.signed,
        "estimate": words.with_interval,
        "metric": words.name_of,
        "p_value": numbers.p_value,
        "cell": cell,
    }
    return render(
        "report.md",
        filters,
        package="stance.report",
        evaluation=evaluation,
        answers=answers(evaluation),
        warnings=warnings(evaluation),
        shown=_SHOWN,
        abstaining_head=ABSTAINING_HEAD,
        abstaining_rows=abstaining_rows,
    )
