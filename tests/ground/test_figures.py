"""Figures in the documents are those that were measured and stored."""

import json

import pytest


@pytest.fixture
def stored(root):
    """Reads what a benchmark stored."""

    def read(name):
        return json.loads((root / "benchmarks" / "results" / f"{name}.json").read_text("utf-8"))

    return read


def row(page, name):
    """The cells of the first table row that begins so."""
    line = next(line for line in page.splitlines() if line.startswith(f"| {name} |"))
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_public_sets(root, stored):
    """The README's table of public sets is that of `benchmarks/quality.py`."""
    page = (root / "README.md").read_text("utf-8")
    for name, found in stored("quality")["sets"].items():
        _, _, out_of_fold, development, _ = row(page, name)
        told = f"{100 * found['out_of_fold']:.1f}"
        if "by_cluster" in found:
            told += f" ({100 * found['by_cluster']:.1f} by cluster)"
        assert out_of_fold == told
        assert development == (f"{100 * found['dev']:.1f}" if "dev" in found else "–")


def test_scoring(root, stored):
    """The table of scoring, and the README's line of it, are those of `benchmarks/speed.py`."""
    page = (root / "docs" / "speed.md").read_text("utf-8")
    found = stored("speed")
    for one in [*found["rates"], *found["shipped"]]:
        if one["threads"] == 1 and one["name"] != "scikit-learn pipeline":
            cells = row(page, one["name"])
            assert cells[1:] == [f"{one['processor']:.1f}", f"{one['ratio']:.1f}"]
    ours = max(one["ratio"] for one in found["rates"] if one["threads"] == 1)
    shipped = max(one["ratio"] for one in found["shipped"])
    readme = (root / "README.md").read_text("utf-8")
    assert f"| {ours:.1f} |" in readme
    assert f"| {shipped:.1f} |" in readme


def test_training(root, stored):
    """The table of training, and the README's line of it, are those of `benchmarks/training.py`."""
    page = (root / "docs" / "speed.md").read_text("utf-8")
    runs = {one["name"]: one for one in stored("training")["runs"]}
    for name, one in runs.items():
        told = name.replace("scikit-learn,", "scikit-learn, GridSearchCV,")
        f1 = f"{one['macro_f1']:.3f}".lstrip("0")
        assert row(page, told)[1:] == [f"{one['processor']:.1f}", f1]
    ours = runs.pop("stance train")["processor"]
    ratio = min(one["processor"] for one in runs.values()) / ours
    assert f"| {ratio:.1f} |" in (root / "README.md").read_text("utf-8")


def test_from_file_to_file(root, stored):
    """The table from file to coded file is that of `benchmarks/end_to_end.py`."""
    page = (root / "docs" / "speed.md").read_text("utf-8")
    kinds = {"parquet": "Parquet", "jsonl": "JSON Lines"}
    for one in stored("end_to_end")["rates"]:
        rate, ratio = f"{one['megabytes_per_processor_second']:.1f}", f"{one['ratio']:.1f}"
        assert f"| {one['name']} | {kinds[one['input']]} | {rate} | {ratio} |" in page
