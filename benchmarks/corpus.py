"""Measure how fast a corpus is coded, file to file, and that memory does not grow with it.

Run: python benchmarks/corpus.py MODEL [--megabytes 10 100] [--jobs 1]

The corpus is invented: words of the texts in `seeds/` in random order. Results go to
`benchmarks/results/corpus.json`.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results" / "corpus.json"

# One run in a process of its own, which tells its peak memory, in kB, and its children's.
RUN = """
import resource, sys
from stance.cli import main
try:
    main()
except SystemExit as end:
    if end.code:
        raise
for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
    print(resource.getrusage(who).ru_maxrss)
"""


def write_news(path: Path, megabytes: float, seed: int) -> int:
    """Write invented articles of ten paragraphs as JSON Lines; get their number."""
    random_words = random.Random(seed)  # noqa: S311 - no secret
    words = [w for p in sorted((ROOT / "seeds").glob("*.txt")) for w in p.read_text().split()]
    size = n_articles = 0
    with path.open("w", encoding="utf-8") as out:
        while size < megabytes * 1e6:
            text = "\n\n".join(" ".join(random_words.choices(words, k=60)) for _ in range(10))
            line = json.dumps({"id": f"a{n_articles}", "text": text, "day": n_articles % 31})
            size += out.write(line + "\n")
            n_articles += 1
    return n_articles


def measure(model: str, megabytes: float, jobs: int) -> dict[str, Any]:
    """Code a corpus of that size; seconds, rate, and peak memory of the largest process."""
    with tempfile.TemporaryDirectory() as folder:
        news = Path(folder) / "news.jsonl"
        n_articles = write_news(news, megabytes, seed=1)
        command = ["classify", news, "--model", model, "-o", Path(folder) / "coded.parquet"]
        arguments = [*map(str, command), "--keep", "--jobs", str(jobs)]
        start = time.perf_counter()
        done = subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-c", RUN, *arguments], capture_output=True, text=True, check=True
        )
        seconds = time.perf_counter() - start
    main, children = map(int, done.stdout.split())
    return {
        "megabytes": megabytes,
        "articles": n_articles,
        "jobs": jobs,
        "seconds": round(seconds, 1),
        "megabytes_per_second": round(megabytes / seconds, 2),
        "peak_mb_reading_process": main // 1024,
        "peak_mb_largest_worker": children // 1024 if jobs != 1 else 0,
    }


def main() -> None:
    """Measure, print and store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("--megabytes", type=float, nargs="+", default=[10, 100])
    parser.add_argument("--jobs", type=int, default=1)
    asked = parser.parse_args()
    runs = []
    for megabytes in asked.megabytes:
        runs.append(measure(asked.model, megabytes, asked.jobs))
        print(json.dumps(runs[-1]))
    record = {
        "date": time.strftime("%Y-%m-%d"),
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
        "model": Path(asked.model).name,
        "runs": runs,
    }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(record, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
