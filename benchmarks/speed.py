"""How many megabytes of text a second are scored here: this package beside the usual tools.

    python benchmarks/speed.py [--megabytes 30] [--text FILE] [--rounds 5] [--json FILE]

Everything runs on one invented corpus (or on ``--text``, one paragraph a line, JSON Lines with a
"text", plain or .gz). Three tables are told:

1. scoring alone, with the same 12 labels and, but for fastText, the same word 1-2 gram TF-IDF and
   the same weights;
2. the shipped model's topics and frames (`speed_shipped`);
3. a fresh process that codes one article (`cold_start`).

The contenders of a table take turns, and each figure is that of its best turn: what other programs
do only ever slows one down. Times are told by the clock on the wall and of the processor, which
says what one core does even while other programs use it too. Ratios are of processor time where
one thread works.
"""

from __future__ import annotations

import argparse
import gzip
import json
import platform
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from cold_start import Start, cold_starts
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import Pipeline
from speed_shipped import pipeline_like

from stance.features.buffers import text_buffer
from stance.features.kernel import Kernel, KernelBlock
from stance.model import Model, load_model
from stance.text.tokens import folded

ROOT = Path(__file__).parent.parent
N_FEATURES = 208_000
SEED = 20

# Words that decide the invented labels, one each.
CUES = ("govern", "army", "court", "people", "market", "church")
CUES += ("school", "police", "health", "border", "vote", "attack")
N_LABELS = len(CUES)

# The slow contenders read this share of the text: their rate does not depend on how much it is.
SLOW_SHARE = 6
SLOWER_SHARE = 30

# Share of the runs of words that a rare word follows.
RARE_SHARE = 0.6

# Paragraphs to fit the linear models on; the weights' values do not change the speed.
N_TRAINING = 3_000

SCIKIT_LEARN = "scikit-learn pipeline"


@dataclass(frozen=True)
class Contender:
    """A way of scoring: what it is called, what it does, and on how many bytes of text."""

    name: str
    predict: Callable[[], object]
    n_bytes: int
    threads: int = 1


@dataclass(frozen=True)
class Rate:
    """A contender's best rates in MB of text a second, and the ratio to the first contender."""

    name: str
    threads: int
    wall: float
    processor: float
    ratio: float


def read_paragraphs(path: Path) -> list[str]:
    """The paragraphs of a file: lines, or the "text" of JSON Lines."""
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as lines:
        found = [line.rstrip("\n") for line in lines]
    if ".json" in path.name:
        return [json.loads(line)["text"] for line in found]
    return [line for line in found if line]


def invented_paragraphs(n_bytes: int) -> list[str]:
    """So many bytes of `invented_news`, and a little more."""
    paragraphs, size = [], 0
    for paragraph in invented_news():
        paragraphs.append(paragraph)
        size += len(paragraph.encode()) + 1
        if size >= n_bytes:
            break
    return paragraphs


def invented_news() -> Iterator[str]:
    """News-like paragraphs: runs of words from the repository's texts, and invented rare words.

    Runs of two to eight words keep the pairs of words that news repeats; one word in eight is
    drawn from 60,000 invented ones whose frequencies fall as Zipf's law has it.
    """
    texts = read_paragraphs(ROOT / "training" / "labels" / "authored.jsonl")
    texts += [path.read_text() for path in sorted((ROOT / "seeds").glob("*.txt"))]
    words = [word for text in texts for word in text.split()]
    rng = np.random.default_rng(SEED)
    syllables = ("ba", "ken", "tor", "mi", "sal", "dra", "vo", "lin", "ge", "ru", "pas", "tem")
    picks = rng.integers(0, len(syllables), size=(60_000, 4))
    rare = ["".join(syllables[k] for k in row) for row in picks]
    shares = np.cumsum(1.0 / np.arange(10, len(rare) + 10))
    shares /= shares[-1]
    while True:
        n_runs = int(rng.integers(6, 24))
        starts = rng.integers(0, len(words) - 8, n_runs)
        lengths = rng.integers(2, 9, n_runs)
        tail = np.searchsorted(shares, rng.random(n_runs), side="right")
        odd = rng.random(n_runs) < RARE_SHARE
        pieces = []
        for start, length, k, is_odd in zip(starts, lengths, tail, odd, strict=True):
            pieces += words[start : start + length]
            if is_odd:
                pieces.append(rare[k])
        yield " ".join(pieces)


def planted_labels(paragraphs: Sequence[str]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Twelve labels that words decide, so that there is something to learn; (n, 12) of 0 and 1."""
    return np.array([[int(cue in text.lower()) for cue in CUES] for text in paragraphs])


@dataclass(frozen=True)
class Linear:
    """scikit-learn's fitted pipeline, and its weights and intercepts as arrays."""

    pipeline: Pipeline
    weights: np.ndarray[Any, np.dtype[np.float32]]
    intercept: np.ndarray[Any, np.dtype[np.float64]]


def fit_linear(paragraphs: Sequence[str]) -> Linear:
    """The pipeline of scikit-learn's manual, its vectoriser fitted on all paragraphs."""
    vectoriser = TfidfVectorizer(
        ngram_range=(1, 2),
        min_df=2,
        max_features=N_FEATURES,
        sublinear_tf=True,
        token_pattern=r"\w+",  # noqa: S106 - not that kind of token
    )
    vectoriser.fit(paragraphs)
    labels = planted_labels(paragraphs[:N_TRAINING])
    # A label that no or every paragraph has cannot be fitted.
    labels[0], labels[1] = 0, 1
    classifier = OneVsRestClassifier(LogisticRegression(solver="liblinear"))
    classifier.fit(vectoriser.transform(paragraphs[:N_TRAINING]), labels)
    weights = np.vstack([e.coef_ for e in classifier.estimators_]).T.astype(np.float32)
    intercept = np.concatenate([e.intercept_ for e in classifier.estimators_])
    return Linear(Pipeline([("tfidf", vectoriser), ("labels", classifier)]), weights, intercept)


def tuned_scorer(linear: Linear) -> Callable[[Sequence[str]], Any]:
    """The same model with a quick analyser, float32 and one product for all labels."""
    old = linear.pipeline["tfidf"]
    find = re.compile(r"\w+").findall

    def analyse(text: str) -> list[str]:
        words = find(text.lower())
        return words + [f"{a} {b}" for a, b in pairwise(words)]

    tuned = TfidfVectorizer(
        analyzer=analyse, vocabulary=old.vocabulary_, sublinear_tf=True, dtype=np.float32
    )
    tuned.idf_ = old.idf_
    return lambda texts: tuned.transform(texts) @ linear.weights + linear.intercept


def fasttext_model(paragraphs: Sequence[str]) -> Any | None:  # noqa: ANN401 - it has no types
    """FastText trained on the same labels; None, and the reason told, where it is not installed."""
    try:
        import fasttext
    except ImportError as error:
        print(f"fastText is left out: {error}; pip install fasttext-wheel", file=sys.stderr)
        return None
    labels = planted_labels(paragraphs)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "train.txt"
        with path.open("w") as file:
            for text, row in zip(paragraphs, labels, strict=True):
                marks = " ".join(f"__label__{k}" for k in np.flatnonzero(row)) or "__label__none"
                file.write(f"{marks} {normalised(text)}\n")
        return fasttext.train_supervised(
            str(path),
            dim=16,
            wordNgrams=2,
            epoch=1,
            loss="ova",
            thread=1,
            bucket=N_FEATURES,
            verbose=0,
        )


def normalised(text: str) -> str:
    """Text as fastText wants it: words in lower case between spaces, on one line."""
    return " ".join(re.findall(r"\w+", text.lower()))


def n_bytes(texts: Sequence[str]) -> int:
    """The texts' size in UTF-8."""
    return sum(len(text.encode()) for text in texts)


def contenders(paragraphs: list[str], fasttext: Any | None) -> list[Contender]:  # noqa: ANN401
    """Ways of scoring with the same features, models fitted."""
    few = paragraphs[: max(1, len(paragraphs) // SLOW_SHARE)]
    size, few_size = n_bytes(paragraphs), n_bytes(few)
    linear = fit_linear(paragraphs)
    tuned = tuned_scorer(linear)
    vectoriser = linear.pipeline["tfidf"]
    block = KernelBlock(
        "word",
        (1, 2),
        vectoriser.get_feature_names_out().tolist(),
        vectoriser.idf_.astype(np.float32),
    )
    kernel = Kernel([block], linear.weights, linear.intercept)
    data, offsets = text_buffer(paragraphs)
    # The two part ways where Python's lower case makes two letters of one, as it does of "İ".
    alike = [text for text in few if folded(text) == text.lower()]
    difference = float(np.abs(kernel.scores(alike) - tuned(alike)).max())
    print(
        f"{size / 1e6:.1f} MB in {len(paragraphs):,} paragraphs, {N_LABELS} labels, "
        f"{len(block.vocabulary):,} features; "
        f"kernel and scikit-learn differ by at most {difference:.1e}",
        file=sys.stderr,
    )
    found = [
        Contender(SCIKIT_LEARN, lambda: linear.pipeline.decision_function(few), few_size),
        Contender("tuned analyser, one matrix product", lambda: tuned(few), few_size),
    ]
    if fasttext is not None:
        lines = [normalised(text) for text in few]
        found.append(
            Contender(
                "fastText, 16 dimensions",
                lambda: fasttext.predict(lines, k=N_LABELS, threshold=0.0),
                n_bytes(lines),
            )
        )
    for threads in (1, 2):
        score = partial(kernel.scores_of_buffer, data, offsets, threads=threads)
        found.append(Contender("stance kernel, Arrow buffer", score, size, threads))
    found.append(Contender("stance kernel, list of str", lambda: kernel.scores(paragraphs), size))
    return found


def shipped_contenders(paragraphs: list[str], model: Model, pipeline: Pipeline) -> list[Contender]:
    """The shipped model's topics and frames, and a pipeline with its features."""
    few = paragraphs[: max(1, len(paragraphs) // SLOWER_SHARE)]
    return [
        Contender(SCIKIT_LEARN, lambda: pipeline.predict_proba(few), n_bytes(few)),
        Contender(
            "stance, probabilities from a list of str",
            lambda: model.scores(paragraphs),
            n_bytes(paragraphs),
        ),
    ]


def measure(found: Sequence[Contender], rounds: int) -> list[Rate]:
    """Let the contenders take turns and return the best of each."""
    walls: dict[int, list[float]] = {k: [] for k in range(len(found))}
    processors: dict[int, list[float]] = {k: [] for k in range(len(found))}
    for turn in range(rounds + 1):
        for k, contender in enumerate(found):
            wall, processor = time.perf_counter(), time.process_time()
            contender.predict()
            # The first turn compiles and warms up.
            if turn:
                walls[k].append(contender.n_bytes / 1e6 / (time.perf_counter() - wall))
                processors[k].append(contender.n_bytes / 1e6 / (time.process_time() - processor))
    base, base_wall = max(processors[0]), max(walls[0])
    rates = []
    for k, contender in enumerate(found):
        wall, processor = max(walls[k]), max(processors[k])
        ratio = processor / base if contender.threads == 1 else wall / base_wall
        rates.append(Rate(contender.name, contender.threads, wall, processor, ratio))
    return rates


def print_table(rates: Sequence[Rate]) -> None:
    """The rates as a Markdown table."""
    print("| | threads | MB/s by the clock | MB a processor second | times scikit-learn |")
    print("|---|---:|---:|---:|---:|")
    for rate in rates:
        print(
            f"| {rate.name} | {rate.threads} | {rate.wall:.1f} | {rate.processor:.1f} "
            f"| {rate.ratio:.1f} |"
        )


def print_starts(starts: Sequence[Start]) -> None:
    """The starts as a Markdown table."""
    print("| | seconds by the clock | processor seconds | of scikit-learn's |")
    print("|---|---:|---:|---:|")
    for start in starts:
        print(f"| {start.name} | {start.wall:.2f} | {start.processor:.2f} | {start.ratio:.2f} |")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure scoring speed on this machine.")
    parser.add_argument("--megabytes", type=float, default=30.0, help="how much text")
    parser.add_argument("--text", type=Path, help="paragraphs to use instead of invented ones")
    parser.add_argument("--rounds", type=int, default=5, help="turns that count")
    parser.add_argument("--json", type=Path, help="where to store the result")
    options = parser.parse_args()
    wanted = int(options.megabytes * 1e6)
    paragraphs = read_paragraphs(options.text) if options.text else invented_paragraphs(wanted)
    while n_bytes(paragraphs) < wanted / 2:
        paragraphs = paragraphs * 2
    fasttext = fasttext_model(paragraphs)
    model = load_model()
    pipeline = pipeline_like(model, paragraphs)
    rates = measure(contenders(paragraphs, fasttext), options.rounds)
    print_table(rates)
    shipped = measure(shipped_contenders(paragraphs, model, pipeline), options.rounds)
    print_table(shipped)
    with tempfile.TemporaryDirectory() as folder:
        stored = None
        if fasttext is not None:
            stored = Path(folder) / "fasttext.bin"
            fasttext.save_model(str(stored))
        starts = cold_starts(pipeline, stored, Path(folder))
    print_starts(starts)
    if options.json:
        report = {
            "date": datetime.now(tz=UTC).date().isoformat(),
            "machine": f"{platform.machine()}, {platform.system()}",
            "python": platform.python_version(),
            "megabytes": round(n_bytes(paragraphs) / 1e6, 1),
            "text": "given" if options.text else "invented",
            "rates": [asdict(rate) for rate in rates],
            "shipped": [asdict(rate) for rate in shipped],
            "cold_start": [asdict(start) for start in starts],
        }
        options.json.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
