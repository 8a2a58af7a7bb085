"""Measure how fast a corpus is coded, file to file, and that memory does not grow with it.

Run: python benchmarks/corpus.py conflict-news [--megabytes 100 2000] [--jobs 1 2] [--dask]

The corpus is invented: words of the texts in `seeds/` in random order, ten paragraphs an article.
Results go to `benchmarks/results/corpus.json`, each in the place of an older one of the same kind;
`benchmarks/plan.py` computes from them how long a larger corpus takes.
"""

from __future__ import annotations

import argparse
import json
import os
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

# One run in a process of its own, which tells of itself and of its workers: peak memory of the
# largest in kB, and seconds of processor time of all together; of itself also the seconds that
# joining parts took, while workers had nothing to do. A cluster has its scheduler here.
RUN = """
import resource, sys, time
from contextlib import ExitStack
from stance import corpus_run
from stance.cli import main
join_parts, joining = corpus_run.join_parts, []
def timed(*arguments):
    start = time.process_time()
    join_parts(*arguments)
    joining.append(time.process_time() - start)
corpus_run.join_parts = timed
with ExitStack() as stack:
    if "dask" in sys.argv:
        from distributed import LocalCluster
        jobs = int(sys.argv.pop())
        cluster = stack.enter_context(LocalCluster(
            n_workers=jobs, threads_per_worker=1, host="127.0.0.1", dashboard_address=None))
        sys.argv += ["--scheduler", cluster.scheduler_address]
    try:
        main()
    except SystemExit as end:
        if end.code:
            raise
from joblib.externals.loky import get_reusable_executor
if "--jobs" in sys.argv:
    # Only children that have ended are counted.
    get_reusable_executor().shutdown(wait=True)
for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
    used = resource.getrusage(who)
    print(used.ru_maxrss, used.ru_utime + used.ru_stime)
print(sum(joining))
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


def measure(model: str, megabytes: float, jobs: int, engine: str) -> dict[str, Any]:
    """Code a corpus of that size: rate, processor time, and peak memory of the largest process."""
    with tempfile.TemporaryDirectory() as folder:
        news, coded = Path(folder) / "news.jsonl", Path(folder) / "coded.parquet"
        n_articles = write_news(news, megabytes, seed=1)
        command = ["classify", str(news), "--model", model, "-o", str(coded), "--keep"]
        command += ["--jobs", str(jobs)] if engine == "joblib" else ["--engine", "dask", str(jobs)]
        start = time.perf_counter()
        done = subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-c", RUN, *command],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )
        seconds = time.perf_counter() - start
        size = coded.stat().st_size
    *told, joining = done.stdout.splitlines()[-3:]
    (main, main_seconds), (worker, worker_seconds) = map(str.split, told)
    is_alone = engine == "joblib" and jobs == 1
    return {
        "model": Path(model).name,
        "megabytes": megabytes,
        "articles": n_articles,
        "engine": engine,
        "jobs": jobs,
        "seconds": round(seconds, 1),
        "megabytes_per_second": round(megabytes / seconds, 2),
        "processor_seconds_reading_process": round(float(main_seconds), 1),
        "processor_seconds_joining": round(float(joining), 2),
        "processor_seconds_workers": 0 if is_alone else round(float(worker_seconds), 1),
        "peak_mb_reading_process": int(main) // 1024,
        "peak_mb_largest_worker": 0 if is_alone else int(worker) // 1024,
        "output_megabytes": round(size / 1e6, 2),
        "date": time.strftime("%Y-%m-%d"),
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
    }


def store(run: dict[str, Any]) -> None:
    """Keep a result, in the place of an older one of the same kind."""
    kind = ("model", "megabytes", "engine", "jobs")
    runs = json.loads(RESULTS.read_text("utf-8"))["runs"] if RESULTS.exists() else []
    runs = [old for old in runs if [old[key] for key in kind] != [run[key] for key in kind]]
    runs = sorted([*runs, run], key=lambda run: [str(run[key]) for key in kind])
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps({"runs": runs}, indent=1) + "\n", "utf-8")


def main() -> None:
    """Measure, print and store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("--megabytes", type=float, nargs="+", default=[100])
    parser.add_argument("--jobs", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--dask", action="store_true", help="on a cluster of so many processes")
    asked = parser.parse_args()
    for megabytes in asked.megabytes:
        for jobs in asked.jobs:
            engine = "dask" if asked.dask else "joblib"
            run = measure(asked.model, megabytes, jobs, engine)
            print(json.dumps(run))
            store(run)


if __name__ == "__main__":
    main()
