"""Plan a large corpus from measured rates: cores, hours, memory and storage.

Run: python benchmarks/plan.py [--articles 100_000_000] [--kilobytes 3] [--model conflict-news]

Reads what `benchmarks/corpus.py` measured (`benchmarks/results/corpus.json`). With --write, the
plan for 100 million articles takes its place in `docs/corpora.md`; a test tells if it is stale.
"""

from __future__ import annotations

import argparse
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results" / "corpus.json"
PAGE = ROOT / "docs" / "corpora.md"

MODEL = "conflict-news"
ARTICLES = 100_000_000
# Kilobytes of text an article: a usual length of news.
KILOBYTES = 3.0
CORES = (8, 32, 128, 512)


@dataclass(frozen=True)
class Rates:
    """What a megabyte of text costs on the machine that was measured.

    Seconds are of one core: ``reading`` and ``joining`` of the one process that reads and writes,
    while the others code and when they have ended; ``coding`` of all that code. ``output`` is
    megabytes written. Memory is in megabytes.
    """

    model: str
    measured: str
    reading: float
    joining: float
    coding: float
    output: float
    reader_memory: float
    worker_memory: float


def rates(runs: list[dict[str, Any]], model: str) -> Rates:
    """The rates of the largest run with workers.

    Raises
    ------
    SystemExit
        If the model was not measured with workers.
    """
    found = [run for run in runs if run["model"] == model and run["engine"] == "joblib"]
    run = max(
        (run for run in found if run["jobs"] > 1), key=lambda run: run["megabytes"], default=None
    )
    if run is None:
        message = f"{model} was not measured. Run: python benchmarks/corpus.py {model} --jobs 2"
        raise SystemExit(message)
    size, joining = run["megabytes"], run["processor_seconds_joining"]
    return Rates(
        model=model,
        measured=f"{size:,.0f} MB, {run['jobs']} processes, {run['machine']}, {run['date']}",
        reading=(run["processor_seconds_reading_process"] - joining) / size,
        joining=joining / size,
        coding=run["processor_seconds_workers"] / size,
        output=run["output_megabytes"] / size,
        reader_memory=run["peak_mb_reading_process"],
        worker_memory=run["peak_mb_largest_worker"],
    )


def plan(found: Rates, *, articles: int = ARTICLES, kilobytes: float = KILOBYTES) -> str:
    """The plan as a Markdown table with the sentences that belong to it."""
    megabytes = articles * kilobytes / 1000
    gigabytes = megabytes / 1000
    most = found.coding / found.reading
    rows = []
    for cores in CORES:
        runs = math.ceil(cores / most)
        together = (found.reading + found.coding) / cores
        hours = megabytes * (together + found.joining / runs) / 3600
        memory = (runs * found.reader_memory + cores * found.worker_memory) / 1000
        rows.append(f"| {cores} | {runs} | {_figures(hours)} | {_figures(memory)} |")
    table = "\n".join(rows)
    return f"""\
{articles:,} articles of {kilobytes:g} kB, {gigabytes:,.0f} GB of text, with the model
`{found.model}`:

| cores | runs side by side | hours | memory of all, GB |
| ---: | ---: | ---: | ---: |
{table}

A megabyte of text takes {found.coding:.2f} seconds of a core to code, {found.reading:.3f} to read
and hand out, and {found.joining:.3f} to join when all is coded
({found.measured}).
So the reading process of a run keeps {math.floor(most)} others busy; for more cores, part the files
into as many runs as the table says. It is assumed that cores do not slow each other down.

Storage: {_figures(gigabytes * found.output)} GB of Parquet, every paragraph with its text and
scores, and as much again while parts are joined. `--shards` spares the joining, and on a disk the
second copy.
"""


def _figures(value: float) -> str:
    """Two significant figures: a plan knows no more."""
    digits = 1 - math.floor(math.log10(value))
    return f"{round(value, digits):,.{max(0, digits)}f}"


def memory(runs: list[dict[str, Any]]) -> str:
    """The peak memory of one process that codes alone, by model and size of the corpus."""
    alone = [run for run in runs if run["engine"] == "joblib" and run["jobs"] == 1]
    rows = [
        f"| `{run['model']}` | {run['megabytes']:,.0f} | {run['articles']:,} "
        f"| {run['peak_mb_reading_process']:,} |"
        for run in sorted(alone, key=lambda run: (run["model"], run["megabytes"]))
    ]
    head = ["| model | corpus, MB | articles | peak memory, MB |", "| --- | ---: | ---: | ---: |"]
    return "\n".join([*head, *rows]) + "\n"


def in_page(text: str, runs: list[dict[str, Any]]) -> str:
    """The page with plan and memory in their places."""
    for name, written in (("plan", plan(rates(runs, MODEL))), ("memory", memory(runs))):
        begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->\n"
        before, _, rest = text.partition(begin)
        _, _, after = rest.partition(end)
        text = f"{before}{begin}{written}{end}{after}"
    return text


def main() -> None:
    """Print the plan, or write it to the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=ARTICLES)
    parser.add_argument("--kilobytes", type=float, default=KILOBYTES)
    parser.add_argument("--model", default=MODEL)
    parser.add_argument("--write", action="store_true", help="write the plan to the page")
    asked = parser.parse_args()
    runs = json.loads(RESULTS.read_text("utf-8"))["runs"]
    if asked.write:
        PAGE.write_text(in_page(PAGE.read_text("utf-8"), runs), "utf-8")
    else:
        found = rates(runs, asked.model)
        print(plan(found, articles=asked.articles, kilobytes=asked.kilobytes))


if __name__ == "__main__":
    main()
