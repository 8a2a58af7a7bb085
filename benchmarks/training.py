"""How long training takes here: this package beside the equivalent scikit-learn script.

    python benchmarks/training.py [--paragraphs 5000] [--text FILE] [--json FILE]

Both choose C from the same four values by five-fold cross-validation, by macro-averaged F1, for
word 1-2 gram TF-IDF and one logistic regression a label, classes weighed alike. scikit-learn's
script is its manual's: a pipeline in GridSearchCV. This package's training does more in its time:
it reads the file, looks for near-duplicates, calibrates, chooses thresholds and tells intervals.

The text is that of benchmarks/speed.py, invented or given (``--text``, one paragraph a line); its
labels are planted by words, and one in twenty is then turned over.
"""

from __future__ import annotations

import argparse
import json
import platform
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import Pipeline
from speed import CUES, invented_paragraphs, n_bytes, planted_labels, read_paragraphs

from stance.recipe import parse_recipe
from stance.text.problems import Problem
from stance.training import train

N_LABELS = 10
PENALTIES = (0.3, 1.0, 3.0, 10.0)
N_FOLDS = 5
SEED = 20

# Share of the planted labels that are turned over, so that no model is perfect.
NOISE = 0.05

# A paragraph of the invented text has about so many bytes.
PARAGRAPH = 520


@dataclass(frozen=True)
class Run:
    """One way of training: how long it took, and its cross-validated macro F1."""

    name: str
    wall: float
    processor: float
    macro_f1: float


def noisy_labels(paragraphs: Sequence[str]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Planted labels of which some are turned over, shape (n_paragraphs, N_LABELS)."""
    planted = planted_labels(paragraphs)[:, :N_LABELS]
    turned = np.random.default_rng(SEED).random(planted.shape) < NOISE
    return np.where(turned, 1 - planted, planted)


def timed(name: str, fit: Callable[[], float]) -> Run:
    """Run and time a training that returns its macro F1."""
    wall, processor = time.perf_counter(), time.process_time()
    macro_f1 = fit()
    return Run(name, time.perf_counter() - wall, time.process_time() - processor, macro_f1)


def with_scikit_learn(
    paragraphs: Sequence[str], labels: np.ndarray[Any, np.dtype[np.int64]], solver: str
) -> float:
    """Macro F1 of the best C, the pipeline of scikit-learn's manual."""
    classifier = LogisticRegression(solver=solver, class_weight="balanced", max_iter=1000)
    pipeline = Pipeline(
        [
            ("tfidf", TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)),
            ("labels", OneVsRestClassifier(classifier)),
        ]
    )
    search = GridSearchCV(
        pipeline,
        {"labels__estimator__C": PENALTIES},
        scoring="f1_macro",
        cv=KFold(N_FOLDS, shuffle=True, random_state=SEED),
    )
    search.fit(paragraphs, labels)
    return float(search.best_score_)


def with_stance(
    paragraphs: Sequence[str], labels: np.ndarray[Any, np.dtype[np.int64]], folder: Path
) -> float:
    """Macro F1 of the best C, out of fold."""
    names = [f"label{k}" for k in range(N_LABELS)]
    with (folder / "rows.jsonl").open("w", encoding="utf-8") as rows:
        for number, (text, own) in enumerate(zip(paragraphs, labels, strict=True)):
            given = [name for name, is_given in zip(names, own, strict=True) if is_given]
            row = {"article": f"a{number}", "text": text, "subject": given}
            rows.write(json.dumps(row) + "\n")
    defined = "\n".join(
        f'{name} = "Speaks of: {cue}."' for name, cue in zip(names, CUES, strict=False)
    )
    (folder / "codebook.toml").write_text(
        'name = "planted"\nversion = "1"\ndescription = "Planted labels."\n'
        '[tasks.subject]\ndefinition = "Words it holds."\nseveral = true\nunit = "paragraph"\n'
        f"[tasks.subject.labels]\n{defined}\n"
    )
    recipe = parse_recipe(
        {
            "name": "planted",
            "folds": N_FOLDS,
            "codebook": "codebook.toml",
            "data": {"train": ["rows.jsonl"], "labels": {"subject": "subject"}},
            "features": {"words": {"kind": "tfidf", "ngrams": [1, 2], "min_df": 2}},
            "classifier": {"C": list(PENALTIES)},
        },
        folder=folder,
    )
    model = train(recipe, problems=_refuse)
    return float(model.tasks["subject"].training["out_of_fold"]["macro_f1"])


def _refuse(problem: Problem) -> None:
    raise ValueError(str(problem))


def measure(paragraphs: list[str]) -> list[Run]:
    """Train in every way, the compiled loops ready."""
    labels = noisy_labels(paragraphs)
    with tempfile.TemporaryDirectory() as folder:
        few = slice(0, len(paragraphs) // 5)
        with_stance(paragraphs[few], labels[few], Path(folder))
        return [
            timed(
                "scikit-learn, liblinear",
                lambda: with_scikit_learn(paragraphs, labels, "liblinear"),
            ),
            timed("scikit-learn, lbfgs", lambda: with_scikit_learn(paragraphs, labels, "lbfgs")),
            timed("stance train", lambda: with_stance(paragraphs, labels, Path(folder))),
        ]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure training time on this machine.")
    parser.add_argument("--paragraphs", type=int, default=5_000, help="how many")
    parser.add_argument("--text", type=Path, help="paragraphs to use instead of invented ones")
    parser.add_argument("--json", type=Path, help="where to store the result")
    options = parser.parse_args()
    found = (
        read_paragraphs(options.text)
        if options.text
        else invented_paragraphs(2 * PARAGRAPH * options.paragraphs)
    )
    paragraphs = found[: options.paragraphs]
    runs = measure(paragraphs)
    own = runs[-1]
    print("| | seconds by the clock | processor seconds | macro F1 | times as long as stance |")
    print("|---|---:|---:|---:|---:|")
    for run in runs:
        print(
            f"| {run.name} | {run.wall:.1f} | {run.processor:.1f} | {run.macro_f1:.3f} "
            f"| {run.processor / own.processor:.1f} |"
        )
    if options.json:
        report = {
            "date": datetime.now(tz=UTC).date().isoformat(),
            "machine": f"{platform.machine()}, {platform.system()}",
            "python": platform.python_version(),
            "scikit-learn": sklearn.__version__,
            "paragraphs": len(paragraphs),
            "megabytes": round(n_bytes(paragraphs) / 1e6, 1),
            "labels": N_LABELS,
            "text": "given" if options.text else "invented",
            "runs": [asdict(run) for run in runs],
        }
        options.json.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
