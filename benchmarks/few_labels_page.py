"""The page on few labels: tables and a plot from what `few_labels.py` measured.

    python benchmarks/few_labels_page.py [--cells FILE ...]

With FILEs, first sums their lines up into ``results/few_labels.json``. Then writes the tables of
``docs/few-labels.md`` anew between their markers, and ``docs/few-labels.svg``.
"""

from __future__ import annotations

import argparse
import io
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from few_labels import RECIPES
from few_labels_figures import WAYS, summarise

from stance.output.drawing import BLUE, GREEN, VERMILION

ROOT = Path(__file__).parent.parent
RESULTS = Path(__file__).parent / "results" / "few_labels.json"
PAGE = ROOT / "docs" / "few-labels.md"
PLOT = ROOT / "docs" / "few-labels.svg"

# The ways that are drawn: colour and kind of line.
LINES = {"plain": (VERMILION, ":"), "semantic": (BLUE, "-"), "distilled": (GREEN, "--")}


def tables(found: dict[str, Any]) -> dict[str, str]:
    """The tables of the page in Markdown, by the name of their marker."""
    return {
        "sets": _sets_table(found["sets"]),
        "curves": _curves_table(found["sets"]),
        "gains": _gains_table(found["gains"]),
        "rarity": _rarity_table(found["rarity"]),
    }


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _sets_table(sets: dict[str, Any]) -> str:
    return _table(
        ("set", "labels", "texts to learn from", "held-out texts (articles)", "left out"),
        [
            (
                f"`{name}`",
                str(len(own["labels"])),
                str(max(one["texts"] for one in own["sizes"])),
                f"{own['held_out']} ({own['held_out_articles']})",
                str(own["left_out"]),
            )
            for name, own in sets.items()
        ],
    )


def _curves_table(sets: dict[str, Any]) -> str:
    rows = []
    for name, own in sets.items():
        for one in own["sizes"]:
            articles = f"{one['articles']}{' (all)' if one['all'] else ''}"
            values = [_value(one[way]) if way in one else "–" for way in WAYS]
            told = f"`{name}`" if one is own["sizes"][0] else ""
            plain = one["plain"]
            span = f"{_plain(plain['lowest'])} to {_plain(plain['highest'])}"
            span = span if one["samples"] > 1 else "–"
            rows.append((told, articles, str(one["texts"]), str(one["samples"]), *values, span))
    head = ("set", "articles", "texts", "samples", *WAYS, "samples of plain")
    return _table(head, rows)


def _value(one: dict[str, float], key: str = "value") -> str:
    """A figure with its ends."""
    return f"{_plain(one[key])} ({_plain(one['low'])} to {_plain(one['high'])})"


def _plain(value: float, *, signed: bool = False) -> str:
    """A figure as the page writes it, ".674" or "+.021"."""
    text = f"{value:+.3f}" if signed else f"{value:.3f}"
    return text.replace("0.", ".", 1).replace("-", "−")


def _gains_table(gains: Sequence[dict[str, Any]]) -> str:
    return _table(
        (
            "articles",
            "way",
            "over",
            "sets",
            "mean gain",
            "least to most",
            "surely better",
            "surely worse",
        ),
        [
            (
                str(one["size"] or "all"),
                one["way"],
                one["over"],
                str(one["sets"]),
                _plain(one["mean"], signed=True),
                f"{_plain(one['lowest'], signed=True)} to {_plain(one['highest'], signed=True)}",
                str(one["surely_better"]),
                str(one["surely_worse"]),
            )
            for one in gains
        ],
    )


def _rarity_table(rows: Sequence[dict[str, Any]]) -> str:
    ends = {one["from"]: one["below"] for one in rows}
    told = []
    for least, below in ends.items():
        own = {one["way"]: one for one in rows if one["from"] == least}
        values = [_value(own[way], "median") if way in own else "–" for way in LINES]
        span = f"{least} to {below - 1}" if below else f"{least} and more"
        told.append((span, str(own["plain"]["n"]), *values))
    return _table(("examples of the label", "labels and samples", *LINES), told)


def draw(sets: dict[str, Any]) -> str:
    """The curves as a drawing: a panel a set, a line a way with a band for its interval."""
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    settings: Any = {
        "svg.hashsalt": "few-labels",
        "svg.fonttype": "none",
        "font.family": ["sans-serif"],
        "font.size": 9,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "legend.frameon": False,
    }
    columns = 3
    lines = -(-len(sets) // columns)
    with mpl.rc_context(settings):
        figure = Figure(figsize=(9, 2.6 * lines + 0.4), layout="constrained")
        FigureCanvasSVG(figure)
        panels = figure.subplots(lines, columns, squeeze=False).ravel()
        for panel, (name, own) in zip(panels, sets.items(), strict=False):
            _panel(panel, name, own["sizes"])
        for panel in panels[len(sets) :]:
            panel.set_axis_off()
        handles, names = panels[0].get_legend_handles_labels()
        figure.legend(handles, names, loc="outside upper center", ncols=len(LINES))
        figure.supxlabel("articles learned from")
        figure.supylabel("macro-F1 on held-out articles")
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    svg = re.sub(r"<metadata>.*?</metadata>", "", buffer.getvalue(), flags=re.DOTALL)
    title = "<title>Macro-F1 by number of labelled articles, for each set and way</title>"
    start = svg.index(">", svg.index("<svg")) + 1
    return (
        "\n".join(line.rstrip() for line in (svg[:start] + title + svg[start:]).splitlines()) + "\n"
    )


# Numbers on the axis are written where the next is so many times as large.
_TICK_APART = 1.4


def _panel(panel: Any, name: str, sizes: Sequence[dict[str, Any]]) -> None:  # noqa: ANN401 - matplotlib's axes are loosely typed
    for way, (colour, dash) in LINES.items():
        own = [one for one in sizes if way in one]
        x = [one["articles"] for one in own]
        panel.fill_between(
            x,
            [one[way]["low"] for one in own],
            [one[way]["high"] for one in own],
            color=colour,
            alpha=0.13,
            linewidth=0,
        )
        panel.plot(
            x,
            [one[way]["value"] for one in own],
            color=colour,
            linestyle=dash,
            marker="o",
            markersize=3,
            label=way,
        )
    ticks = [sizes[-1]["articles"]]
    for one in reversed(sizes[:-1]):
        if one["articles"] * _TICK_APART <= ticks[-1]:
            ticks.append(one["articles"])
    panel.set_xscale("log")
    panel.set_xticks(ticks, [str(tick) for tick in ticks])
    panel.minorticks_off()
    panel.set_title(name, fontsize=9)


def filled(page: str, parts: dict[str, str]) -> str:
    """The page with the tables between their markers.

    Raises
    ------
    ValueError
        If the page lacks a table's markers.
    """
    for name, table in parts.items():
        pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->)", flags=re.DOTALL)
        if not pattern.search(page):
            message = f"The page has no markers for the table {name}. Add <!-- {name} -->."
            raise ValueError(message)
        page = pattern.sub(lambda match, own=table: f"{match[1]}{own}\n{match[2]}", page)
    return page


def main() -> None:
    """Sum up if asked, then write the page and its plot."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cells", type=Path, nargs="+")
    arguments = parser.parse_args()
    if arguments.cells:
        lines = [line for path in arguments.cells for line in path.read_text("utf-8").splitlines()]
        found = {"recipes": RECIPES, **summarise([json.loads(line) for line in lines])}
        RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    found = json.loads(RESULTS.read_text("utf-8"))
    PAGE.write_text(filled(PAGE.read_text("utf-8"), tables(found)), encoding="utf-8")
    PLOT.write_text(draw(found["sets"]), encoding="utf-8")


if __name__ == "__main__":
    main()
