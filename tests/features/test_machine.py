"""Compiled code is kept for the next process, until a file of the loops changes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("numba")

from stance.features import compiled

SCRIPT = """
import numpy as np
from loops import machine
numbers = np.arange(3, dtype=np.uint64)
machine.mix_all(numbers, numbers)
print(sum(machine.mix_all.stats.cache_hits.values()))
"""


def hits(folder: Path) -> int:
    """How much kept code a fresh process uses that reads the loops from a folder."""
    environment = {**os.environ, "PYTHONPATH": str(folder), "NUMBA_CACHE_DIR": str(folder / "kept")}
    return int(
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env=environment,
            capture_output=True,
            check=True,
            text=True,
        ).stdout
    )


def test_code_is_kept_until_any_file_changes(tmp_path):
    """A second process compiles nothing, and a changed file beside the function makes it anew."""
    (source,) = map(Path, compiled.__path__)
    (tmp_path / "loops").mkdir()
    for name in ("machine.py", "text.py"):
        shutil.copy(source / name, tmp_path / "loops" / name)
    (tmp_path / "loops" / "__init__.py").touch()
    assert hits(tmp_path) == 0
    assert hits(tmp_path) == 1
    with (tmp_path / "loops" / "text.py").open("a") as file:
        file.write("# Changed.\n")
    assert hits(tmp_path) == 0
