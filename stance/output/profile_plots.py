"""Plots of profiles as inline SVG; every bar also bears its number."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stance.actors.periods import UNKNOWN, calendar
from stance.actors.profile import ActorProfile, Profile, Share
from stance.output.drawing import BLUE, VERMILION, drawing, element
from stance.output.numbers import number, signed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# The colours of the first and the last label, with grey between.
_ENDS = (BLUE, VERMILION)
_BETWEEN = "#B9B9B9"
_FONT = 9
_WIDTH = 5.2
_ROW = 0.27
_MOST_ACTORS = 12
_MOST_PANELS = 6
# Groups of an actor that are drawn.
_MOST_ROWS = 24
_LONGEST_NAME = 26
# Narrower bars have no room for their number.
_LEAST_NUMBERED = 0.09
_MANY_PERIODS = 8


@dataclass(frozen=True, slots=True)
class Plot:
    """A drawing with all that must stand beside it."""

    title: str
    about: str
    svg: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def stance_plot(found: Profile) -> Plot | None:
    """Bars of each actor's shares by stance, over all articles."""
    every = [item for item in found.actors if item.mean_stance.n]
    items = every[:_MOST_ACTORS]
    if not items:
        return None
    cut = f" Shown are the {_MOST_ACTORS} actors named most." if items != every else ""

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        rows = list(range(len(items)))
        left = [0.0] * len(items)
        for place, label in enumerate(found.stance_labels):
            widths = [item.stances[label].value or 0.0 for item in items]
            colour = _colour(place, len(found.stance_labels))
            axes.barh(rows, widths, left=left, color=colour, height=0.72, label=label)
            for row, width in enumerate(widths):
                if width >= _LEAST_NUMBERED:
                    axes.text(
                        left[row] + width / 2,
                        row,
                        f"{100 * width:.0f}",
                        ha="center",
                        va="center",
                        color="#1b1b1b" if colour == _BETWEEN else "#ffffff",
                    )
            left = [start + width for start, width in zip(left, widths, strict=True)]
        _name_rows(axes, [f"{_short(i.actor)} ({i.mean_stance.n:,})" for i in items])
        axes.set_xlim(0, 1)
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0 %", "25 %", "50 %", "75 %", "100 %"])
        figure.legend(loc="outside upper center", ncols=3, frameon=False, fontsize=9)

    total = sum(item.mean_stance.n for item in items)
    return Plot(
        title="How actors are presented",
        about=f"Share of the paragraphs naming each actor, in per cent; in brackets the number "
        f"of paragraphs (together n = {total:,}).{cut}",
        svg=_drawn(draw, 0.9 + _ROW * len(items)),
        headings=("actor", *found.stance_labels, "paragraphs", "articles"),
        rows=tuple(
            (
                item.actor,
                *(_percent(item.stances[label]) for label in found.stance_labels),
                str(item.mean_stance.n),
                str(item.mean_stance.n_articles),
            )
            for item in items
        ),
    )


def group_plot(found: Profile) -> Plot | None:
    """Mean stance towards each actor in each outlet (or other group), with intervals."""
    every = _panels(found)
    panels = [items[:_MOST_ROWS] for items in every]
    if not panels:
        return None
    cut = f" Of each actor the first {_MOST_ROWS} are shown." if panels != every else ""
    titles = {group.name: group.title for group in found.groups}
    n_rows = sum(len(items) for items in panels)

    def draw(figure: Figure) -> None:
        heights = [len(items) + 0.6 for items in panels]
        grid = figure.subplots(
            len(panels), 1, sharex=True, squeeze=False, gridspec_kw={"height_ratios": heights}
        )
        for axes, items in zip(grid[:, 0], panels, strict=True):
            for row, item in enumerate(items):
                _dot(axes, item.mean_stance, row)
            _name_rows(axes, [f"{_short(titles[i.group])} ({i.mean_stance.n:,})" for i in items])
            axes.set_title(_short(items[0].actor), loc="left", fontsize=9, fontweight="bold")
            axes.axvline(0, color=_BETWEEN, linewidth=0.8, zorder=0)
            axes.set_ylim(len(items) - 0.5, -0.5)
        _stance_axis(grid[-1, 0], found.stance_labels)

    total = sum(item.mean_stance.n for items in panels for item in items)
    return Plot(
        title=f"Actor by {found.by}",
        about=f"Mean stance from -1 (all {found.stance_labels[-1]}) to 1 (all "
        f"{found.stance_labels[0]}) with 95 % intervals; hollow dots rest on too few articles for "
        f"one. In brackets the number of paragraphs (together n = {total:,}).{cut}",
        svg=_drawn(draw, 0.7 + 0.36 * len(panels) + _ROW * n_rows),
        headings=("actor", found.by, "mean stance", "95 % interval", "paragraphs", "articles"),
        rows=_mean_rows(panels, titles),
    )


def time_plot(found: Profile) -> Plot | None:
    """Mean stance towards each actor over time, with intervals; ``found`` is by date."""
    # Those without articles as well: places tell how far two periods are apart.
    periods = calendar([group.name for group in found.groups if group.name != UNKNOWN])
    panels = [[item for item in items if item.group != UNKNOWN] for items in _panels(found)]
    panels = [items for items in panels if len(items) > 1]
    if not panels:
        return None

    def draw(figure: Figure) -> None:
        grid = figure.subplots(len(panels), 1, sharex=True, sharey=True, squeeze=False)
        for axes, items in zip(grid[:, 0], panels, strict=True):
            places = [periods.index(item.group) for item in items]
            values = [item.mean_stance.value or 0.0 for item in items]
            axes.plot(places, values, color=_ENDS[0], linewidth=0.8)
            for place, item in zip(places, items, strict=True):
                _dot(axes, item.mean_stance, place, upright=True)
            n = sum(item.mean_stance.n for item in items)
            name = f"{_short(items[0].actor)} (n = {n:,})"
            axes.set_title(name, loc="left", fontsize=9, fontweight="bold")
            axes.axhline(0, color=_BETWEEN, linewidth=0.8, zorder=0)
            axes.set_ylim(-1.08, 1.08)
            axes.set_yticks([-1, 0, 1], ["-1", "0", "+1"])
        every = max(1, len(periods) // _MANY_PERIODS)
        grid[-1, 0].set_xticks(range(0, len(periods), every), periods[::every])
        grid[-1, 0].tick_params(axis="x", rotation=30)

    total = sum(item.mean_stance.n for items in panels for item in items)
    return Plot(
        title="Over time",
        about=f"Mean stance from -1 (all {found.stance_labels[-1]}) to 1 (all "
        f"{found.stance_labels[0]}) by period with 95 % intervals; hollow dots rest on too few "
        f"articles for one (together n = {total:,} paragraphs).",
        svg=_drawn(draw, 0.6 + 1.15 * len(panels)),
        headings=("actor", "period", "mean stance", "95 % interval", "paragraphs", "articles"),
        rows=_mean_rows(panels, {name: name for name in periods}),
    )


def _panels(found: Profile) -> list[list[ActorProfile]]:
    """The groups of each of the first actors, where there is something to compare."""
    panels = []
    for actor in found.actors:
        items = [i for i in found.by_group if i.actor == actor.actor and i.mean_stance.n]
        if len(found.groups) > 1 and items:
            panels.append(items)
    return panels[:_MOST_PANELS]


def _mean_rows(
    panels: Sequence[Sequence[ActorProfile]], titles: dict[str, str]
) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (
            item.actor,
            titles[item.group],
            signed(item.mean_stance.value, digits=2),
            _interval(item.mean_stance),
            str(item.mean_stance.n),
            str(item.mean_stance.n_articles),
        )
        for items in panels
        for item in items
    )


def _dot(axes: Axes, share: Share, place: int, *, upright: bool = False) -> None:
    if share.value is None:
        return
    at = (place, share.value) if upright else (share.value, place)
    known = share.low is not None and share.high is not None
    face = _ENDS[0] if known else "none"
    axes.plot(*at, "o", markersize=5, markerfacecolor=face, markeredgecolor=_ENDS[0], clip_on=False)
    if share.low is not None and share.high is not None:
        limits, same = [share.low, share.high], [place, place]
        line = (same, limits) if upright else (limits, same)
        axes.plot(*line, color=_ENDS[0], linewidth=1.6)


def _stance_axis(axes: Axes, labels: Sequence[str]) -> None:
    axes.set_xlim(-1.05, 1.05)
    axes.set_xticks([-1, 0, 1], [f"-1\n{labels[-1]}", "0", f"+1\n{labels[0]}"])


def _name_rows(axes: Axes, names: Sequence[str]) -> None:
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)


def _colour(number: int, n_labels: int) -> str:
    if number == 0:
        return _ENDS[0]
    return _ENDS[1] if number == n_labels - 1 else _BETWEEN


def _short(name: str) -> str:
    # No font has half a character, which JSON can name.
    name = name.encode("utf-8", "replace").decode()
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"


def _percent(share: Share) -> str:
    value = f"{100 * (share.value or 0):.1f} %"
    return value if share.low is None else f"{value} {_interval(share, scale=100)}"


def _interval(share: Share, *, scale: int = 1) -> str:
    if share.low is None or share.high is None:
        return share.reason or "undefined"
    digits = 0 if scale > 1 else 2
    low, high = (number(scale * end, digits=digits) for end in (share.low, share.high))
    return f"[{low}, {high}]"


def _drawn(draw: Callable[[Figure], None], height: float) -> str:
    """The SVG that a function draws on a figure."""
    with drawing(width=_WIDTH, height=height, font=_FONT, salt="stance") as made:
        draw(made.figure)
    return made.svg


def inline(svg: str, prefix: str, title: str) -> str:
    """The SVG as an element of a page that says its title."""
    body = element(svg, prefix, {"role": "img", "aria-label": title})
    return re.sub(r'\s(?:xmlns(?::\w+)?|width|height|version)="[^"]*"', "", body, count=5)
