"""The plots of a report, each with its title, n and a table of its values."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from stance.errors import plural
from stance.evaluate.evaluation import Estimate, LabelResult, Point, TaskResult
from stance.output.drawing import BLUE, GREEN, ORANGE, PURPLE, VERMILION
from stance.output.numbers import number
from stance.report.drawing import Canvas, Plot, canvas, dots, key_of
from stance.report.words import interval, with_interval

# Height of a row of a dot plot and of what stands around it, in inches.
_ROW, _AROUND = 0.34, 1.2

# Characters of a name beside a drawing: about a third of its width.
_LONGEST = 32

# Rows of a table of a curve: enough to follow it, few enough to read.
_TABLE_ROWS = 15

ABSTAINING_HEAD = ("--abstain", "share made", "share of them wrong")


def label_plot(task: TaskResult) -> Plot:
    """F1 of each label, with the human ceiling beside it where it is known."""
    key = key_of("f1", task.name)
    ceiling = task.ceiling.agreement.labels if task.ceiling else {}
    names = [label.name for label in task.labels]
    model = [label.metrics["f1"] for label in task.labels]
    people = [ceiling.get(name, {}).get("f1", Estimate(None)) for name in names]
    with canvas(key, height=_AROUND + _ROW * len(names)) as made:
        shift = 0.14 if ceiling else 0.0
        _series(made, model, -shift, colour=BLUE, marker="o", label="model")
        if ceiling:
            _series(made, people, shift, colour=ORANGE, marker="s", label="one coder to another")
        _label_axis(made, names, "F1")
        if ceiling:
            made.axes.figure.legend(loc="outside lower center", ncols=2)
    head: tuple[str, ...] = ("label", "F1", "95 % interval", "n with the label")
    rows: list[tuple[str, ...]] = [
        (name, number(one.value), interval(one), str(label.support))
        for name, one, label in zip(names, model, task.labels, strict=True)
    ]
    if ceiling:
        head += ("coder to coder", "its interval")
        rows = [
            (*row, number(one.value), interval(one)) for row, one in zip(rows, people, strict=True)
        ]
    return Plot(
        key,
        f"F1 of each label, {task.name}",
        f"n = {plural(task.n, task.unit)} of {plural(task.n_articles, 'article')}",
        made.svg,
        "One row a label: a point for F1 and a line for its 95 % interval, from 0 to 1.",
        head,
        tuple(rows),
    )


def system_plot(task: TaskResult, model_name: str) -> Plot:
    """Macro-F1 of the model and of all that it is compared with."""
    key = key_of("systems", task.name)
    known = [one for one in task.systems if one.macro_f1.value is not None]
    names = [model_name, *(one.name for one in known)]
    values = [task.metrics["macro_f1"], *(one.macro_f1 for one in known)]
    with canvas(key, height=_AROUND + _ROW * len(names)) as made:
        _series(made, values[:1], 0.0, colour=BLUE, marker="o", label="the model")
        _series(made, [Estimate(None), *values[1:]], 0.0, colour=VERMILION, marker="D", label="")
        _label_axis(made, names, "Macro-F1")
    return Plot(
        key,
        f"Compared with what: macro-F1, {task.name}",
        f"n = {plural(task.n, task.unit)} of {plural(task.n_articles, 'article')}",
        made.svg,
        "One row a system: a point for macro-F1 and a line for its 95 % interval.",
        ("system", "macro-F1", "95 % interval"),
        tuple(
            (name, number(one.value), interval(one))
            for name, one in zip(names, values, strict=True)
        ),
    )


def reliability_plot(task: TaskResult, label: LabelResult) -> Plot | None:
    """Share of units with the label against the probability given; none without units."""
    if label.calibration is None:
        return None
    key = key_of("reliability", task.name, label.name)
    bins = label.calibration.bins
    with canvas(key, width=4.2, height=3.6) as made:
        made.axes.plot([0, 1], [0, 1], color=made.ink, linewidth=0.8, linestyle=":")
        made.axes.errorbar(
            [one.probability for one in bins],
            [one.share for one in bins],
            yerr=[
                [max(one.share - one.low, 0.0) for one in bins],
                [max(one.high - one.share, 0.0) for one in bins],
            ],
            fmt="o-",
            color=BLUE,
            capsize=3,
            linewidth=1.2,
            markersize=5,
        )
        _unit_square(made, "probability given", "share that have the label")
    return Plot(
        key,
        f"Are the probabilities of {label.name} true?",
        f"n = {plural(task.n, task.unit)}, ECE {with_interval(label.calibration.ece)}",
        made.svg,
        "Points on the dotted diagonal are true probabilities; below it the model is too sure. "
        f"{plural(len(bins), 'point')}, {_sizes([one.count for one in bins])}.",
        ("probability from", "to", "mean", "share with the label", "95 % interval", "units"),
        tuple(
            (
                number(one.lowest),
                number(one.highest),
                number(one.probability),
                number(one.share),
                f"{number(one.low)} to {number(one.high)}",
                str(one.count),
            )
            for one in bins
        ),
    )


def precision_recall_plot(task: TaskResult, label: LabelResult) -> Plot | None:
    """Precision against recall, with the chosen threshold; none where the label is not in gold."""
    if not label.curve:
        return None
    key = key_of("curve", task.name, label.name)
    with canvas(key, width=4.2, height=3.6) as made:
        made.axes.plot(*steps(label.curve), color=BLUE, linewidth=1.5)
        base = label.metrics["prevalence"].value or 0.0
        made.axes.axhline(base, color=made.ink, linewidth=0.8, linestyle=":")
        if label.chosen is not None:
            made.axes.plot([label.chosen.x], [label.chosen.y], "*", color=VERMILION, markersize=13)
        _unit_square(made, "recall", "precision")
    average = label.metrics.get("average_precision", Estimate(None))
    shown = label.curve[:: max(1, len(label.curve) // _TABLE_ROWS)]
    rows = [(number(p.at), number(p.y), number(p.x)) for p in shown]
    if label.chosen is not None:
        whole = "whole sets" if task.several else "largest"
        at = whole if label.chosen.at is None else number(label.chosen.at)
        rows.append((f"chosen: {at}", number(label.chosen.y), number(label.chosen.x)))
    return Plot(
        key,
        f"Precision and recall of {label.name}",
        f"n = {plural(label.support, task.unit)} with the label of {task.n:,}, "
        f"average precision {number(average.value)}",
        made.svg,
        "The star is where the model's decisions stand; the dotted line is guessing.",
        ("threshold", "precision", "recall"),
        tuple(rows),
    )


def steps(curve: Sequence[Point]) -> tuple[list[float], list[float]]:
    """Corners of a precision-recall curve, whose area is the average precision.

    Between two recalls stands the precision of the larger one.
    """
    recalls = [0.0, *(point.x for point in curve)]
    xs = [x for pair in pairwise(recalls) for x in pair]
    return xs, [point.y for point in curve for _ in range(2)]


def abstaining_plot(task: TaskResult) -> Plot | None:
    """Share of wrong decisions against the share that is kept."""
    if not task.abstaining:
        return None
    key = key_of("abstaining", task.name)
    with canvas(key, height=3.2) as made:
        xs, ys = [p.x for p in task.abstaining], [p.y for p in task.abstaining]
        made.axes.plot(xs, ys, color=GREEN, linewidth=1.8)
        made.axes.set_xlim(0, 1)
        made.axes.set_ylim(0, max([*ys, 0.01]) * 1.1)
        made.axes.set_xlabel("share of decisions that are made")
        made.axes.set_ylabel("share of them wrong")
    n = task.n * (len(task.labels) if task.several else 1)
    return Plot(
        key,
        f"What abstaining buys, {task.name}",
        f"n = {plural(n, 'decision')}",
        made.svg,
        "Left: only the surest decisions are made. Right: all are made.",
        ABSTAINING_HEAD,
        abstaining_rows(task),
    )


def abstaining_rows(task: TaskResult) -> tuple[tuple[str, ...], ...]:
    """The confidence asked for, the share of decisions made, and the share of them wrong."""
    step = max(1, len(task.abstaining) // _TABLE_ROWS)
    # From the last point back: it is all decisions, and must be among those shown.
    shown = task.abstaining[::-1][::step][::-1]
    return tuple((number(p.at), number(p.x), number(p.y)) for p in shown)


def learning_plot(task: TaskResult) -> Plot | None:
    """Macro-F1 against training articles, and the fitted curve to twice as many."""
    curve = task.learning_curve
    if curve is None:
        return None
    key = key_of("learning", task.name)
    points = [p for p in curve.points if p.macro_f1.value is not None]
    last = points[-1].n_articles
    with canvas(key, height=3.4) as made:
        values = [p.macro_f1.value or 0.0 for p in points]
        made.axes.errorbar(
            [p.n_articles for p in points],
            values,
            yerr=[
                [v - (p.macro_f1.low or 0.0) for v, p in zip(values, points, strict=True)],
                [(p.macro_f1.high or 1.0) - v for v, p in zip(values, points, strict=True)],
            ],
            fmt="o",
            color=BLUE,
            capsize=3,
        )
        first = points[0].n_articles
        xs = [first + (2 * last - first) * i / 60 for i in range(61)]
        ys = [curve.limit - curve.loss * x**-curve.rate for x in xs]
        made.axes.plot(xs, ys, color=PURPLE, linestyle="--")
        doubled = curve.doubled
        if doubled.value is not None and doubled.low is not None and doubled.high is not None:
            reach = [[doubled.value - doubled.low], [doubled.high - doubled.value]]
            made.axes.errorbar(
                [2 * last], [doubled.value], yerr=reach, fmt="D", color=PURPLE, capsize=3
            )
        made.axes.set_ylim(0, 1)
        made.axes.set_xlabel("training articles")
        made.axes.set_ylabel("macro-F1")
    rows = [
        (str(p.n_articles), str(p.n_units), number(p.macro_f1.value), interval(p.macro_f1))
        for p in points
    ]
    rows.append((f"{2 * last} (fitted)", "", number(curve.doubled.value), interval(curve.doubled)))
    return Plot(
        key,
        f"How much more data: {task.name}",
        f"n = {plural(task.n, task.unit)} in the test, recipe {curve.recipe}",
        made.svg,
        "Points: models trained on so many articles. Dashed: the fitted curve, to twice as many.",
        ("training articles", "paragraphs", "macro-F1", "95 % interval"),
        tuple(rows),
    )


def _sizes(counts: Sequence[int]) -> str:
    """How many units the bins hold; units of equal probability can make one far larger."""
    least, most = min(counts), max(counts)
    return f"{least:,} units each" if least == most else f"{least:,} to {most:,} units each"


def _series(  # noqa: PLR0913 - one series of a dot plot
    made: Canvas, found: Sequence[Estimate], shift: float, *, colour: str, marker: str, label: str
) -> None:
    known = [
        (place + shift, one.value, one.low, one.high)
        for place, one in enumerate(found)
        if one.value is not None and one.low is not None and one.high is not None
    ]
    if known:
        places, values, lows, highs = zip(*known, strict=True)
        dots(made, places, values, lows, highs, colour=colour, marker=marker, label=label)


def _short(name: str) -> str:
    """A name that leaves room for what is drawn; the table of values has it whole."""
    line = " ".join(name.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def _label_axis(made: Canvas, names: Sequence[str], what: str) -> None:
    axes = made.axes
    axes.set_yticks(range(len(names)), [_short(name) for name in names])
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_xlim(0, 1)
    axes.set_xlabel(what)
    axes.grid(axis="x", color=made.ink, alpha=0.15)


def _unit_square(made: Canvas, across: str, up: str) -> None:
    axes = made.axes
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.02)
    axes.set_xlabel(across)
    axes.set_ylabel(up)
