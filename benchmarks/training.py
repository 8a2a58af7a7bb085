"""How long training takes here: this package beside the equivalent scikit-learn script.

    python benchmarks/training.py [--paragraphs 5000] [--text FILE] [--json FILE]
    python benchmarks/training.py --only stance --paragraphs 1000000 --penalties 0.3

Both choose C from the same values (``--penalties``, else four) by five-fold cross-validation, by
macro-averaged F1, for word 1-2 gram TF-IDF and one logistic regression a label, classes weighed
alike. scikit-learn's script is its manual's: a pipeline in GridSearchCV. This package's training
does more in its time: it reads the file, looks for near-duplicates, calibrates, chooses thresholds
and tells intervals.

The text is that of benchmarks/speed.py, invented or given (``--text``, one paragraph a line); its
labels are planted by words, and one in twenty is then turned over.

With ``--only stance`` the paragraphs go to a file, one by one, and ``stance train`` reads it in a
process of its own, whose time and largest memory (``ru_maxrss``) are told; that fails where it is
more than ``--limit-memory``. Its vocabulary is cut to the 200,000 most frequent terms.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import Pipeline
from speed import CUES, invented_news, n_bytes, planted_labels, read_paragraphs

from stance.model import Model, load_model
from stance.recipe import load_recipe
from stance.text.problems import Problem
from stance.training import train

N_LABELS = 10
PENALTIES = (0.3, 1.0, 3.0, 10.0)
N_FOLDS = 5
SEED = 20

# Share of the planted labels that are turned over, so that no model is perfect.
NOISE = 0.05

# Terms that are kept where paragraphs are very many.
MAX_FEATURES = 200_000


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
    paragraphs: Sequence[str],
    labels: np.ndarray[Any, np.dtype[np.int64]],
    penalties: Sequence[float],
    solver: str,
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
        {"labels__estimator__C": penalties},
        scoring="f1_macro",
        cv=KFold(N_FOLDS, shuffle=True, random_state=SEED),
    )
    search.fit(paragraphs, labels)
    return float(search.best_score_)


def rows_of(paragraphs: Iterable[str]) -> Iterator[str]:
    """Lines of JSON with planted labels, of which some are turned over."""
    random = np.random.default_rng(SEED)
    for number, text in enumerate(paragraphs):
        lowered = text.lower()
        turned = random.random(N_LABELS) < NOISE
        given = [
            f"label{k}"
            for k, cue, is_turned in zip(range(N_LABELS), CUES, turned, strict=False)
            if (cue in lowered) != is_turned
        ]
        yield json.dumps({"article": f"a{number}", "text": text, "subject": given}) + "\n"


def write_recipe(
    folder: Path,
    paragraphs: Iterable[str],
    *,
    penalties: Sequence[float] = PENALTIES,
    max_features: int | None = None,
) -> Path:
    """Write the data, a codebook and a recipe; returns the recipe's place."""
    with (folder / "rows.jsonl").open("w", encoding="utf-8") as rows:
        rows.writelines(rows_of(paragraphs))
    defined = "\n".join(
        f'label{k} = "Speaks of: {cue}."' for k, cue in zip(range(N_LABELS), CUES, strict=False)
    )
    (folder / "codebook.toml").write_text(
        'name = "planted"\nversion = "1"\ndescription = "Planted labels."\n'
        '[tasks.subject]\ndefinition = "Words it holds."\nseveral = true\nunit = "paragraph"\n'
        f"[tasks.subject.labels]\n{defined}\n"
    )
    most = "" if max_features is None else f"max_features = {max_features}\n"
    (folder / "recipe.toml").write_text(
        f'name = "planted"\nfolds = {N_FOLDS}\ncodebook = "codebook.toml"\n'
        '[data]\ntrain = ["rows.jsonl"]\n[data.labels]\nsubject = "subject"\n'
        f'[features.words]\nkind = "tfidf"\nngrams = [1, 2]\nmin_df = 2\n{most}'
        f"[classifier]\nC = {list(penalties)}\n"
    )
    return folder / "recipe.toml"


def with_stance(paragraphs: Sequence[str], penalties: Sequence[float], folder: Path) -> float:
    """Macro F1 of the best C, out of fold."""
    path = write_recipe(folder, paragraphs, penalties=penalties)
    return macro_f1(train(load_recipe(path), problems=_refuse))


def macro_f1(model: Model) -> float:
    """The macro F1 out of fold that the model was trained with."""
    return float(model.tasks["subject"].training["out_of_fold"]["macro_f1"])


def _refuse(problem: Problem) -> None:
    raise ValueError(str(problem))


def measure(paragraphs: list[str], penalties: Sequence[float]) -> list[Run]:
    """Train in every way, the compiled loops ready."""
    labels = noisy_labels(paragraphs)
    with tempfile.TemporaryDirectory() as folder:
        with_stance(paragraphs[: len(paragraphs) // 5], penalties, Path(folder))
        return [
            timed(
                "scikit-learn, liblinear",
                lambda: with_scikit_learn(paragraphs, labels, penalties, "liblinear"),
            ),
            timed(
                "scikit-learn, lbfgs",
                lambda: with_scikit_learn(paragraphs, labels, penalties, "lbfgs"),
            ),
            timed("stance train", lambda: with_stance(paragraphs, penalties, Path(folder))),
        ]


@dataclass(frozen=True)
class Child:
    """A training in a process of its own; memory in GiB."""

    wall: float
    processor: float
    memory: float
    macro_f1: float
    megabytes: float


def in_a_child(paragraphs: Iterable[str], penalties: Sequence[float]) -> Child:
    """Train on paragraphs that are written to a file first, as a user would."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        recipe = write_recipe(folder, paragraphs, penalties=penalties, max_features=MAX_FEATURES)
        size = (folder / "rows.jsonl").stat().st_size / 1e6
        command = ["stance", "train", str(recipe), "--out", str(folder / "model")]
        started = time.perf_counter()
        child = os.posix_spawn(sys.executable, [sys.executable, "-m", *command], dict(os.environ))
        _, status, used = os.wait4(child, 0)
        wall = time.perf_counter() - started
        if os.waitstatus_to_exitcode(status):
            sys.exit(f"stance train ended with {os.waitstatus_to_exitcode(status)}.")
        # Kilobytes on Linux, bytes on macOS.
        unit = 1 if sys.platform == "darwin" else 1 << 10
        found = macro_f1(load_model(folder / "model"))
        return Child(
            wall, used.ru_utime + used.ru_stime, used.ru_maxrss * unit / 2**30, found, size
        )


def setting() -> dict[str, str]:
    """What the figures were measured on."""
    return {
        "date": datetime.now(tz=UTC).date().isoformat(),
        "machine": f"{platform.machine()}, {platform.system()}",
        "python": platform.python_version(),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure training time on this machine.")
    parser.add_argument("--paragraphs", type=int, default=5_000, help="how many")
    parser.add_argument("--text", type=Path, help="paragraphs to use instead of invented ones")
    parser.add_argument("--json", type=Path, help="where to store the result")
    parser.add_argument("--only", choices=["stance"], help="train with this package alone")
    parser.add_argument("--penalties", type=float, nargs="+", default=PENALTIES, help="values of C")
    parser.add_argument("--limit-memory", type=float, help="the most GiB that are allowed")
    options = parser.parse_args()
    found = read_paragraphs(options.text) if options.text else invented_news()
    paragraphs = islice(found, options.paragraphs)
    about = {
        **setting(),
        "labels": N_LABELS,
        "penalties": options.penalties,
        "folds": N_FOLDS,
        "text": "given" if options.text else "invented",
    }
    if options.only:
        report = alone(paragraphs, options.penalties, options.limit_memory)
    else:
        report = compared(paragraphs, options.penalties)
    if options.json:
        options.json.write_text(json.dumps({**about, **report}, indent=1) + "\n")


def alone(
    paragraphs: Iterable[str], penalties: Sequence[float], most: float | None
) -> dict[str, Any]:
    """Train with this package alone, and say what it took."""
    counted = Counted(paragraphs)
    child = in_a_child(counted, penalties)
    print(
        f"{counted.n:,} paragraphs, {child.megabytes:.0f} MB: {child.wall / 60:.1f} minutes by "
        f"the clock, {child.processor / 60:.1f} of the processor, {child.memory:.2f} GiB, "
        f"macro F1 {child.macro_f1:.3f}"
    )
    if most is not None and child.memory > most:
        sys.exit(f"That is more than the {most:g} GiB allowed.")
    return {"paragraphs": counted.n, "max_features": MAX_FEATURES, **asdict(child)}


class Counted:
    """What passes through it, counted."""

    def __init__(self, values: Iterable[str]) -> None:
        self._values = values
        self.n = 0

    def __iter__(self) -> Iterator[str]:
        for value in self._values:
            self.n += 1
            yield value


def compared(found: Iterable[str], penalties: Sequence[float]) -> dict[str, Any]:
    """Train in every way, and print a table."""
    paragraphs = list(found)
    runs = measure(paragraphs, penalties)
    own = runs[-1]
    print("| | seconds by the clock | processor seconds | macro F1 | times as long as stance |")
    print("|---|---:|---:|---:|---:|")
    for run in runs:
        print(
            f"| {run.name} | {run.wall:.1f} | {run.processor:.1f} | {run.macro_f1:.3f} "
            f"| {run.processor / own.processor:.1f} |"
        )
    return {
        "scikit-learn": sklearn.__version__,
        "paragraphs": len(paragraphs),
        "megabytes": round(n_bytes(paragraphs) / 1e6, 1),
        "runs": [asdict(run) for run in runs],
    }


if __name__ == "__main__":
    main()
