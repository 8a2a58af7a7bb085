"""How long a fresh process takes to code one article: this package beside the usual tools.

Part of `benchmarks/speed.py`. The others are given every advantage: their scripts import nothing
but what they need, read a file of plain UTF-8 and split it at empty lines, and code topics and
frames only, where ``stance classify`` also reads boilerplate, actors and stances.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import joblib
import numpy as np
from sklearn.pipeline import Pipeline

ROOT = Path(__file__).parent.parent
ARTICLE = ROOT / "seeds" / "000_dec3375e6a5c7f32.txt"

SCIKIT_LEARN = "scikit-learn pipeline from a joblib file"

_SCIKIT_LEARN_SCRIPT = """
import sys
import joblib
pipeline = joblib.load(sys.argv[1])
paragraphs = open(sys.argv[2], encoding="utf-8").read().split("\\n\\n")
for row in pipeline.predict_proba(paragraphs):
    print(row)
"""

_FASTTEXT_SCRIPT = """
import re
import sys
import fasttext
fasttext.FastText.eprint = lambda _: None
model = fasttext.load_model(sys.argv[1])
paragraphs = open(sys.argv[2], encoding="utf-8").read().split("\\n\\n")
lines = [" ".join(re.findall(r"\\w+", text.lower())) for text in paragraphs]
for row in zip(*model.predict(lines, k=-1)):
    print(row)
"""


_STANCE_SCRIPT = """
import sys
from stance import load_model
for coding in load_model().classify(open(sys.argv[1], encoding="utf-8").read()):
    print(coding.scores)
"""


@dataclass(frozen=True)
class Start:
    """A contender's least seconds, by the clock and of the processor, and the ratio."""

    name: str
    wall: float
    processor: float
    ratio: float


def cold_starts(pipeline: Pipeline, fasttext_model: Path | None, folder: Path) -> list[Start]:
    """Fresh processes, each coding one article, that take turns.

    Parameters
    ----------
    pipeline
        scikit-learn's, fitted.
    fasttext_model
        A stored fastText model, where it is installed.
    folder
        Where files can be written.
    """
    stored = folder / "pipeline.joblib"
    joblib.dump(pipeline, stored)
    python = sys.executable
    commands = {
        SCIKIT_LEARN: [python, "-c", _SCIKIT_LEARN_SCRIPT, str(stored), str(ARTICLE)],
        "stance classify": [python, "-m", "stance", "classify", str(ARTICLE)],
        "stance from Python": [python, "-c", _STANCE_SCRIPT, str(ARTICLE)],
        "Python alone": [python, "-c", "pass"],
        "Python and numpy alone": [python, "-c", "import numpy"],
    }
    if fasttext_model is not None:
        commands["fastText, 16 dimensions"] = [
            python,
            "-c",
            _FASTTEXT_SCRIPT,
            str(fasttext_model),
            str(ARTICLE),
        ]
    # Installed packages have their compiled modules beside them; a checkout may be told not to.
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(folder / "modules")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return measure_starts(commands, environment)


def measure_starts(
    commands: Mapping[str, Sequence[str]], environment: Mapping[str, str], rounds: int = 9
) -> list[Start]:
    """Let the commands take turns and return the best of each; the first turn only warms up."""
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for turn in range(rounds + 1):
        for name, command in commands.items():
            taken = _run(command, environment)
            if turn:
                times[name].append(taken)
    best = {name: np.min(taken, axis=0).tolist() for name, taken in times.items()}
    base = best[SCIKIT_LEARN][1]
    return [
        Start(name, wall, processor, processor / base) for name, (wall, processor) in best.items()
    ]


def _run(command: Sequence[str], environment: Mapping[str, str]) -> tuple[float, float]:
    """Seconds that a process takes, by the clock and of the processor."""
    began = time.perf_counter()
    with subprocess.Popen(  # noqa: S603 - our own commands
        command, stdout=subprocess.DEVNULL, env=environment
    ) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        message = f"{command[0]} ended with {process.returncode}. Run it by hand to see why."
        raise RuntimeError(message)
    return time.perf_counter() - began, usage.ru_utime + usage.ru_stime
