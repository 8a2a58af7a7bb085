"""The plan for a large corpus follows from what was measured."""

import json

import pytest


@pytest.fixture
def plan(root, monkeypatch):
    """The benchmark's module."""
    monkeypatch.syspath_prepend(str(root / "benchmarks"))
    import plan

    return plan


def run(**changes):
    """A measured run of 100 MB with two workers: 50 s of coding, 5 s of reading, 1 s of joining."""
    measured = {
        "model": "m",
        "engine": "joblib",
        "jobs": 2,
        "megabytes": 100.0,
        "articles": 1000,
        "machine": "x",
        "date": "2026-01-01",
        "processor_seconds_reading_process": 6.0,
        "processor_seconds_joining": 1.0,
        "processor_seconds_workers": 50.0,
        "output_megabytes": 60.0,
        "peak_mb_reading_process": 200,
        "peak_mb_largest_worker": 400,
    }
    return {**measured, **changes}


def test_the_page_shows_what_was_measured_last(plan):
    """docs/corpora.md is what `python benchmarks/plan.py --write` would write."""
    page = plan.PAGE.read_text("utf-8")
    runs = json.loads(plan.RESULTS.read_text("utf-8"))["runs"]
    assert page == plan.in_page(page, runs)
    assert "runs side by side" in page


def test_hours_memory_and_storage_are_reckoned(plan):
    """A million articles of 3.6 kB: 3,600 MB at 0.55 seconds a core, and 0.01 to join them."""
    found = plan.rates([run(), run(megabytes=10.0), run(jobs=1), run(engine="dask")], "m")
    text = plan.plan(found, articles=1_000_000, kilobytes=3.6)
    assert "| 8 | 1 | 0.079 | 3.4 |" in text
    assert "| 32 | 4 | 0.020 | 14 |" in text
    assert "keeps 10 others busy" in text
    assert "Storage: 2.2 GB" in text


def test_what_was_not_measured_is_not_planned(plan):
    """Without a run with workers, the command to measure one is named."""
    with pytest.raises(SystemExit, match=r"corpus\.py other --jobs 2"):
        plan.rates([run(), run(model="other", jobs=1)], "other")
