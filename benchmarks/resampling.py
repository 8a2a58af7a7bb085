"""How long the intervals of a report take: all figures at once beside a loop over resamples.

    python benchmarks/resampling.py [--json FILE]

2,000 resamples of 5,000 paragraphs in 1,000 articles, with 10 labels. The loop computes only each
label's F1 and average precision with scikit-learn, on as many resamples as ``LOOP``, and is
reckoned up; the package's intervals are of all figures of the report.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from sklearn.metrics import average_precision_score, f1_score

from stance.evaluate.intervals import article_weights, intervals
from stance.evaluate.statistic import task_statistic

N_PARAGRAPHS, N_ARTICLES, N_LABELS, N_RESAMPLES = 5000, 1000, 10, 2000
PREVALENCE, THRESHOLD = 0.2, 0.5
LOOP = 20


def main() -> None:
    """Measure both and store them."""
    parser = argparse.ArgumentParser(description=__doc__)
    default = Path(__file__).parent / "results" / "resampling.json"
    parser.add_argument("--json", type=Path, default=default)
    arguments = parser.parse_args()
    random = np.random.default_rng(0)
    gold = random.random((N_PARAGRAPHS, N_LABELS)) < PREVALENCE
    probabilities = random.random((N_PARAGRAPHS, N_LABELS))
    given = probabilities > THRESHOLD
    articles = np.arange(N_PARAGRAPHS) % N_ARTICLES
    names = tuple("abcdefghij")

    start = time.process_time()
    statistic = task_statistic(gold, given, articles, names, probabilities=probabilities)
    found = intervals(statistic, article_weights(N_ARTICLES, n_resamples=N_RESAMPLES, seed=0))
    together = time.process_time() - start

    rows_of = [np.flatnonzero(articles == number) for number in range(N_ARTICLES)]
    start = time.process_time()
    for _ in range(LOOP):
        rows = np.concatenate([rows_of[i] for i in random.integers(0, N_ARTICLES, N_ARTICLES)])
        f1_score(gold[rows], given[rows], average=None)
        average_precision_score(gold[rows], probabilities[rows], average=None)
    loop = (time.process_time() - start) * N_RESAMPLES / LOOP

    stored = {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{platform.machine()}, {platform.system()}, one core",
        "figures": len(found.low),
        "processor_seconds": round(together, 2),
        "loop_of_two_figures": round(loop, 1),
        "ratio": round(loop / together, 1),
    }
    print(json.dumps(stored, indent=1))
    arguments.json.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
