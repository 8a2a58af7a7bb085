"""File to coded file: ``stance classify`` beside a scikit-learn pipeline that reads and writes too.

    python benchmarks/end_to_end.py [--megabytes 20] [--file FILE.parquet] [--json RESULT.json]

The scikit-learn pipeline has the shipped model's features (word and character TF-IDF with its
n-gram lengths and vocabularies), as many labels, one-vs-rest logistic regression from a joblib
file, and writes one row a paragraph with probabilities and labels, as Parquet. It does not look for
boilerplate; `stance` does. Both are told twice, with the stance towards each actor and without. For
scikit-learn's stance, names are found as they are written, by Aho and Corasick's method, and the
words 1-2 and characters 3-5 of 200 characters on each side of a name's first mention are read.

Everything runs in processes of its own on one thread. Rates are megabytes of the articles' text
by processor second, start and loading of the model included.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pyarrow as pa
from pyarrow import parquet
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import FeatureUnion, Pipeline
from speed import invented_paragraphs

from stance.codebook import Codebook
from stance.features.tfidf import TfidfBlock
from stance.model import Model, load_model

ROOT = Path(__file__).parent.parent
SEED = 20

PARAGRAPHS_AN_ARTICLE = 10

# Names of actors put into a paragraph, on average; news that we counted has about as many.
NAMES_A_PARAGRAPH = 2.0

# Paragraphs to fit the linear model on; the weights' values do not change the speed.
N_TRAINING = 1_000

SLOW = "scikit-learn pipeline"
SLOW_STANCE = "scikit-learn pipelines, with the stance towards each actor"

# What somebody who uses scikit-learn would write: read, cut at blank lines, predict, write.
SCIKIT_LEARN = """
import sys
import joblib
import pyarrow as pa
from pyarrow import json, parquet

source, output, names, labels = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4].split(";")
pipeline = joblib.load(names)
targets = sys.argv[5] if len(sys.argv) > 5 else ""
if targets:
    from ahocorasick_rs import AhoCorasick, MatchKind

    actors, stances = joblib.load(targets)
    finder = AhoCorasick(actors, matchkind=MatchKind.LeftmostLongest)

def stances_of(texts):
    found, around, bounds = [], [], [0]
    for text in texts:
        first = {}
        for actor, start, end in finder.find_matches_as_indexes(text):
            if not (text[max(0, start - 1) : start] + text[end : end + 1]).strip().isalnum():
                first.setdefault(actor, (start, end))
        for actor, (start, end) in first.items():
            found.append((actors[actor], start, end))
            around.append(text[max(0, start - 200) : start] + " TARGET " + text[end : end + 200])
        bounds.append(len(found))
    values = stances.predict_proba(around) if around else []
    told = [(*mention, *row) for mention, row in zip(found, values)]
    keys = ("actor", "start", "end", "favourable", "neutral", "unfavourable")
    told = [dict(zip(keys, one)) for one in told]
    return [told[low:high] for low, high in zip(bounds, bounds[1:])]

table = (parquet.read_table if source.endswith(".parquet") else json.read_json)(source)
found = [
    (article, number, paragraph)
    for article, text in zip(table["id"].to_pylist(), table["text"].to_pylist())
    for number, paragraph in enumerate(text.split("\\n\\n"))
]
writer = None
for start in range(0, len(found), 10_000):
    rows = found[start : start + 10_000]
    values = pipeline.predict_proba([text for _, _, text in rows])
    given = values >= 0.5
    columns = {
        "article": [article for article, _, _ in rows],
        "paragraph": [number for _, number, _ in rows],
        "text": [text for _, _, text in rows],
        "labels": [";".join(l for l, is_given in zip(labels, row) if is_given) for row in given],
    }
    columns.update({label: values[:, i] for i, label in enumerate(labels)})
    if targets:
        columns["stances"] = stances_of(columns["text"])
    batch = pa.table(columns)
    writer = writer or parquet.ParquetWriter(output, batch.schema, compression="zstd")
    writer.write_table(batch)
writer.close()
"""


@dataclass(frozen=True)
class Rate:
    """What one way of coding took; ``ratio`` is its rate by that of the scikit-learn pipeline."""

    name: str
    input: str
    processor_seconds: float
    wall_seconds: float
    megabytes_per_processor_second: float
    peak_megabytes: int
    ratio: float = 1.0


def invented_articles(n_bytes: int) -> list[dict[str, str]]:
    """News-like articles: the paragraphs of `speed.invented_paragraphs` with names of actors."""
    with (ROOT / "training" / "actors" / "world.toml").open("rb") as file:
        names = [actor["name"] for actor in tomllib.load(file)["actors"]]
    rng = np.random.default_rng(SEED)
    names = [names[i] for i in rng.permutation(len(names))]
    # A few actors fill the news, as Zipf's law has it.
    shares = 1.0 / np.arange(3, len(names) + 3)
    paragraphs = []
    for paragraph in invented_paragraphs(n_bytes):
        words = paragraph.split(" ")
        picks = rng.choice(len(names), rng.poisson(NAMES_A_PARAGRAPH), p=shares / shares.sum())
        for pick in picks:
            words.insert(int(rng.integers(0, len(words) + 1)), names[pick])
        paragraphs.append(" ".join(words))
    return [
        {"id": f"a{start}", "text": "\n\n".join(paragraphs[start : start + PARAGRAPHS_AN_ARTICLE])}
        for start in range(0, len(paragraphs), PARAGRAPHS_AN_ARTICLE)
    ]


def fitted_pipeline(model: Model, articles: Sequence[dict[str, str]], n_labels: int) -> Pipeline:
    """The model's features and as many labels in scikit-learn's words, weights unlike."""
    parts = []
    (space,) = {task.space for task in model.tasks.values() if task.task.unit == "paragraph"}
    for part in model.spaces[space].blocks:
        if isinstance(part.block, TfidfBlock):
            terms = part.block.terms
            parts.append(
                (
                    part.name,
                    TfidfVectorizer(
                        analyzer="word" if terms.analyzer == "word" else "char_wb",
                        ngram_range=(terms.low, terms.high),
                        vocabulary=list(part.block.vocabulary),
                        sublinear_tf=True,
                        token_pattern=r"\w+",  # noqa: S106 - not that kind of token
                    ),
                )
            )
    features = FeatureUnion(parts)
    texts = [p for a in articles[:N_TRAINING] for p in a["text"].split("\n\n")][:N_TRAINING]
    labels = np.random.default_rng(SEED).integers(0, 2, (len(texts), n_labels))
    classifier = OneVsRestClassifier(LogisticRegression(solver="liblinear"))
    classifier.fit(features.fit_transform(texts), labels)
    return Pipeline([("features", features), ("labels", classifier)])


def fitted_stances(model: Model, articles: Sequence[dict[str, str]]) -> tuple[list[str], Pipeline]:
    """The names of the model's actors, and a pipeline for the stance towards one."""
    actors = model.actors.actors if model.actors else ()
    names = sorted({name for actor in actors for name in actor.names})
    features = FeatureUnion(
        [
            ("words", TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)),
            ("letters", TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), min_df=2)),
        ]
    )
    texts = [a["text"][:400] for a in articles[:N_TRAINING]]
    stances = np.random.default_rng(SEED).integers(0, 3, len(texts))
    classifier = OneVsRestClassifier(LogisticRegression(solver="liblinear"))
    classifier.fit(features.fit_transform(texts), stances)
    return names, Pipeline([("features", features), ("stance", classifier)])


def without_targets(model: Model) -> Model:
    """The model without the tasks that code targets."""
    kept = {name: t for name, t in model.tasks.items() if t.task.unit == "paragraph"}
    tasks = {name: task for name, task in model.codebook.tasks.items() if name in kept}
    codebook: Codebook = replace(model.codebook, tasks=tasks)
    spaces = {t.space: model.spaces[t.space] for t in kept.values()}
    return replace(model, codebook=codebook, tasks=kept, spaces=spaces, actors=None)


def run(command: Sequence[str]) -> tuple[float, float, int]:
    """Processor seconds, seconds by the clock and peak megabytes of a process."""
    threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "ARROW_IO_THREADS": "1"}
    began = time.perf_counter()
    process = subprocess.Popen(command, env=os.environ | threads)  # noqa: S603 - our own command
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    processor = usage.ru_utime + usage.ru_stime
    return processor, time.perf_counter() - began, usage.ru_maxrss // 1024


def measure(articles: Sequence[dict[str, str]], name: str, rounds: int) -> list[Rate]:
    """Code the articles in all ways, from Parquet and from JSON Lines; medians of the rounds."""
    model = load_model(name)
    labels = [
        f"{task.name}.{label}"
        for task in model.codebook.of_unit("paragraph")
        for label in task.labels
    ]
    size = sum(len(article["text"].encode("utf-8", "replace")) for article in articles) / 1e6
    rates: list[Rate] = []
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        joblib.dump(fitted_pipeline(model, articles, len(labels)), here / "pipeline.joblib")
        joblib.dump(fitted_stances(model, articles), here / "targets.joblib")
        without_targets(model).save(here / "paragraphs")
        parquet.write_table(pa.Table.from_pylist(list(articles)), here / "news.parquet")
        with (here / "news.jsonl").open("w", encoding="utf-8") as out:
            out.writelines(f"{json.dumps(article)}\n" for article in articles)
        classify = [sys.executable, "-m", "stance", "classify"]
        output = str(here / "coded.parquet")
        for kind in ("parquet", "jsonl"):
            source = str(here / f"news.{kind}")
            pipeline = str(here / "pipeline.joblib")
            slow = [sys.executable, "-c", SCIKIT_LEARN, source, output, pipeline, ";".join(labels)]
            ways = {
                SLOW: slow,
                SLOW_STANCE: [*slow, str(here / "targets.joblib")],
                "stance, topic and frame": [
                    *(*classify, source, "-o", output, "--model", str(here / "paragraphs"))
                ],
                "stance, with the stance towards each actor": [
                    *(*classify, source, "-o", output, "--model", name)
                ],
            }
            # scikit-learn's pipelines take ten times as long as reading, so they read one kind.
            if kind == "jsonl":
                del ways[SLOW], ways[SLOW_STANCE]
            for way, command in ways.items():
                if way not in {SLOW, SLOW_STANCE}:
                    # The first use on a machine compiles.
                    warm = here / "warm.parquet"
                    parquet.write_table(pa.Table.from_pylist(list(articles[:200])), warm)
                    run([str(warm) if part == source else part for part in command])
                found = sorted(run(command) for _ in range(rounds))[rounds // 2]
                rate = size / found[0]
                base = rates[0].megabytes_per_processor_second if rates else rate
                rates.append(
                    Rate(
                        name=way,
                        input=kind,
                        processor_seconds=round(found[0], 2),
                        wall_seconds=round(found[1], 2),
                        megabytes_per_processor_second=round(rate, 2),
                        peak_megabytes=found[2],
                        ratio=round(rate / base, 1),
                    )
                )
                print(json.dumps(asdict(rates[-1])), flush=True)
    return rates


def main() -> None:
    """Measure, print and store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=float, default=20)
    parser.add_argument("--file", type=Path, help='articles of your own: Parquet, "id" and "text"')
    parser.add_argument("--model", default="conflict-news")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--json", type=Path, help="where the result is stored")
    asked = parser.parse_args()
    articles: list[dict[str, Any]] = (
        parquet.read_table(asked.file, columns=["id", "text"]).to_pylist()
        if asked.file
        else invented_articles(int(asked.megabytes * 1e6))
    )
    rates = measure(articles, asked.model, asked.rounds)
    if asked.json:
        record = {
            "date": time.strftime("%Y-%m-%d"),
            "machine": f"{platform.machine()}, Python {platform.python_version()}",
            "model": Path(asked.model).name,
            "megabytes": round(sum(len(a["text"]) for a in articles) / 1e6, 1),
            "articles": len(articles),
            "rates": [asdict(rate) for rate in rates],
        }
        asked.json.write_text(json.dumps(record, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
