"""A profile as one self-contained web page: plots with their numbers, tables, and paragraphs."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

from stance import __version__
from stance.actors.profile import ActorProfile, Contrast, Profile
from stance.actors.resampling import LEAST_ARTICLES, N_RESAMPLES
from stance.output.numbers import p_value
from stance.output.passages import MOST_SHOWN, Passage, Passages
from stance.output.profile_plots import Plot, group_plot, inline, stance_plot, time_plot
from stance.output.profile_records import difference, leading_labels, mean, percent
from stance.output.rendering import render


@dataclass(frozen=True, slots=True)
class _Section:
    """One actor: overall, by group, contrasts, and where to read."""

    actor: ActorProfile
    groups: tuple[ActorProfile, ...]
    contrasts: tuple[Contrast, ...]
    links: tuple[tuple[int, Passage], ...]


def render_profile(
    found: Profile, by_date: Profile, passages: Passages, *, model: str, fingerprint: str
) -> str:
    """The page.

    Parameters
    ----------
    found
        The profile by outlet, article or date.
    by_date
        The same articles by date, for the plot over time.
    """
    numbers: dict[tuple[str, int, str], int] = {}
    listed: list[Passage] = []
    sections = []
    for actor in found.actors:
        links = []
        for passage in passages.of(actor.actor):
            key = (passage.article, passage.index, passage.text)
            if key not in numbers:
                numbers[key] = len(listed)
                listed.append(passage)
            links.append((numbers[key], passage))
        sections.append(
            _Section(
                actor=actor,
                groups=tuple(item for item in found.by_group if item.actor == actor.actor),
                contrasts=tuple(c for c in found.contrasts if c.actor == actor.actor),
                links=tuple(links),
            )
        )
    named = {section.actor.actor for section in sections}
    return render(
        "profile.html",
        {
            "percent": percent,
            "mean": mean,
            "difference": difference,
            "p_value": p_value,
            "leading": leading_labels,
        },
        found=found,
        titles={group.name: group.title for group in found.groups},
        plots=_plots(found, by_date),
        sections=sections,
        passages=[(passage, _pieces(passage, named)) for passage in listed],
        named=named,
        model=model,
        fingerprint=fingerprint,
        version=__version__,
        least_articles=LEAST_ARTICLES,
        n_resamples=N_RESAMPLES,
        most_shown=MOST_SHOWN,
    )


def _plots(found: Profile, by_date: Profile) -> list[tuple[Plot, Markup]]:
    plots = [stance_plot(found), None if found.by == "date" else group_plot(found)]
    drawn = [plot for plot in (*plots, time_plot(by_date)) if plot is not None]
    # matplotlib escapes all text that it draws.
    return [
        (plot, Markup(inline(plot.svg, f"plot{number}", plot.title)))  # noqa: S704
        for number, plot in enumerate(drawn)
    ]


def _pieces(passage: Passage, named: set[str]) -> list[tuple[str, str]]:
    """The text cut at its mentions, each piece with the actor that it names or an empty string."""
    spans = sorted(
        (span, actor) for actor, spans in passage.spans.items() if actor in named for span in spans
    )
    cuts = [0, *(place for span, _ in spans for place in span), len(passage.text)]
    names = dict(spans)
    return [
        (passage.text[start:end], names.get((start, end), ""))
        for start, end in pairwise(cuts)
        if start < end
    ]
