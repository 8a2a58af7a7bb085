"""Profiles as data: one row a number for tables, one object for JSON, a table for a terminal."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from stance.actors.profile import ActorProfile, Contrast, Profile, Share
from stance.actors.resampling import LEAST_ARTICLES, LEVEL, N_RESAMPLES
from stance.errors import plural
from stance.output.numbers import p_value, signed
from stance.output.shown import shown

COLUMNS = (
    *("actor", "kind", "group", "mentions", "paragraphs", "articles"),
    *("measure", "label", "value", "low", "high", "n_paragraphs", "n_articles"),
    *("against", "p", "p_holm", "reason"),
)
# What stands as group where all articles are meant.
ALL = "all"
_DIGITS = 6


def write_profile_csv(found: Profile, out: TextIO) -> None:
    """One row a number: shares by label, mean stances, and contrasts between outlets."""
    writer = csv.DictWriter(out, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for row in _rows(found):
        writer.writerow({key: _cell(value) for key, value in row.items()})


def profile_json(found: Profile, model: str, fingerprint: str) -> str:
    """The whole profile with the model that coded and how intervals were made."""
    record = {
        "model": model,
        "fingerprint": fingerprint,
        "level": LEVEL,
        "n_resamples": N_RESAMPLES,
        **asdict(found),
    }
    return json.dumps(_rounded(record), ensure_ascii=False, indent=1) + "\n"


def print_profile(found: Profile, console: Console) -> None:
    """Tables for reading in a terminal: actors overall, by group, and contrasts."""
    read = f"{plural(found.n_articles, 'article')}, {plural(found.n_paragraphs, 'paragraph')}"
    console.print(Text(f"{read}; {plural(len(found.actors), 'actor')} shown", style="bold"))
    console.print(_table(found, found.actors, "How actors are presented", with_group=False))
    if len(found.groups) > 1:
        console.print(_table(found, found.by_group, f"By {found.by}", with_group=True))
    note = f"In square brackets: 95 % intervals by article; below {LEAST_ARTICLES} there is none."
    if not found.stance_labels:
        note += " The model has no task that codes targets: stances are undefined."
    console.print(Text(note))
    told = [contrast for contrast in found.contrasts if contrast.difference is not None]
    if told:
        console.print(_contrast_table(told))
    if found.contrasts:
        n_untold = len(found.contrasts) - len(told)
        console.print(
            f"Contrasts between outlets: {len(told)} told, {n_untold} with too few articles."
        )


def _rows(found: Profile) -> Iterator[dict[str, Any]]:
    for item in (*found.actors, *found.by_group):
        head = {
            "actor": item.actor,
            "kind": item.kind,
            "group": item.group or ALL,
            "mentions": item.n_mentions,
            "paragraphs": item.n_paragraphs,
            "articles": item.n_articles,
        }
        for task, shares in item.labels.items():
            for label, share in shares.items():
                yield {**head, "measure": task, "label": label, **_numbers(share)}
        for label, share in item.stances.items():
            yield {**head, "measure": "stance", "label": label, **_numbers(share)}
        yield {**head, "measure": "mean stance", **_numbers(item.mean_stance)}
    for contrast in found.contrasts:
        yield {
            "actor": contrast.actor,
            "group": contrast.first,
            "against": contrast.second,
            "measure": "contrast of mean stance",
            "value": contrast.difference,
            "low": contrast.low,
            "high": contrast.high,
            "n_articles": sum(contrast.n_articles),
            "p": contrast.p,
            "p_holm": contrast.p_holm,
            "reason": contrast.reason,
        }


def _numbers(share: Share) -> dict[str, Any]:
    return {
        "value": share.value,
        "low": share.low,
        "high": share.high,
        "n_paragraphs": share.n,
        "n_articles": share.n_articles,
        "reason": share.reason,
    }


def _cell(value: object) -> object:
    if value is None:
        return ""
    return round(value, _DIGITS) if isinstance(value, float) else value


def _rounded(value: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, float):
        return round(value, _DIGITS)
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(item) for item in value]
    return value


def _table(
    found: Profile, items: tuple[ActorProfile, ...], title: str, *, with_group: bool
) -> Table:
    table = Table(title=title, title_justify="left", expand=True)
    table.add_column("actor", ratio=3)
    if with_group:
        table.add_column(found.by, ratio=3)
    for noun in ("named", "¶", "articles"):
        table.add_column(noun, justify="right")
    for label in found.stance_labels:
        table.add_column(Text(shown(label)), ratio=2)
    table.add_column("mean stance", ratio=2)
    table.add_column("most frequent labels", ratio=4)
    titles = {group.name: group.title for group in found.groups}
    last = ""
    for item in items:
        actor = "" if with_group and item.actor == last else item.actor
        last = item.actor
        cells = [actor, titles[item.group]] if with_group else [item.actor]
        cells += [str(n) for n in (item.n_mentions, item.n_paragraphs, item.n_articles)]
        cells += [percent(item.stances[label]) for label in found.stance_labels]
        cells += [mean(item.mean_stance), leading_labels(item)]
        table.add_row(*_texts(cells))
    return table


def _contrast_table(contrasts: list[Contrast]) -> Table:
    table = Table(title="Mean stance, contrasts between outlets", title_justify="left")
    for heading in ("actor", "outlet", "against", "difference", "p (Holm)"):
        table.add_column(heading)
    for item in contrasts:
        cells = [item.actor, item.first, item.second, difference(item), p_value(item.p_holm)]
        table.add_row(*_texts(cells))
    return table


def _texts(cells: list[str]) -> list[Text]:
    return [Text(shown(cell)) for cell in cells]


def percent(share: Share) -> str:
    """A share as per cent with its interval; a dash where there is none."""
    if share.value is None:
        return "–"
    if share.low is None or share.high is None:
        return f"{100 * share.value:.0f} %"
    return f"{100 * share.value:.0f} % [{100 * share.low:.0f}, {100 * share.high:.0f}]"


def mean(share: Share) -> str:
    """A mean stance or difference with its interval; a dash where there is none."""
    if share.value is None:
        return "–"
    value = signed(share.value, digits=2)
    if share.low is None or share.high is None:
        return value
    return f"{value} [{signed(share.low, digits=2)}, {signed(share.high, digits=2)}]"


def difference(contrast: Contrast) -> str:
    """The difference between two outlets with its interval; a dash where there is none."""
    return mean(Share(contrast.difference, contrast.low, contrast.high, 0, 0))


def leading_labels(item: ActorProfile, n: int = 4) -> str:
    """The labels of most of an actor's paragraphs."""
    shares = [
        (share.value, label)
        for labels in item.labels.values()
        for label, share in labels.items()
        if share.value
    ]
    shares.sort(key=lambda pair: -pair[0])
    return ", ".join(f"{label} {100 * value:.0f} %" for value, label in shares[:n]) or "–"
