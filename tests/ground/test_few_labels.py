"""The page on few labels says what was measured, and its quick way is the usual training."""

import json
from dataclasses import replace

import numpy as np
import pytest

from stance.recipe_settings import DataSettings
from stance.text.labelled import read_labelled
from stance.training import train_on


@pytest.fixture
def scripts(root, monkeypatch):
    """The benchmark's scripts: the measurement, its data, its figures and its page."""
    import importlib

    monkeypatch.syspath_prepend(str(root / "benchmarks"))
    names = ("few_labels", "few_labels_sets", "few_labels_figures", "few_labels_page")
    return {name: importlib.import_module(name) for name in names}


def test_the_tables_are_those_of_the_stored_figures(root, scripts):
    """Writing the page anew from the stored figures changes nothing."""
    page = scripts["few_labels_page"]
    found = json.loads(page.RESULTS.read_text("utf-8"))
    written = page.PAGE.read_text("utf-8")
    assert page.filled(written, page.tables(found)) == written
    found["sets"]["topic"]["sizes"][0]["plain"]["value"] += 0.01
    assert page.filled(written, page.tables(found)) != written
    drawn = (root / "docs" / "few-labels.svg").read_text("utf-8")
    assert all(f">{name}<" in drawn for name in found["sets"])


def test_a_page_without_a_place_for_a_table_is_refused(scripts):
    """A table that has no markers would be lost."""
    with pytest.raises(ValueError, match="no markers for the table sets"):
        scripts["few_labels_page"].filled("# Page\n", {"sets": "| a |"})


def test_an_interval_holds_both_sources_of_chance(scripts):
    """Held-out articles and samples both widen an interval; a mean stands in its middle."""
    estimate = scripts["few_labels_figures"].estimate
    still = np.full((2, 100), 0.5)
    moving = 0.5 + 0.1 * np.random.default_rng(1).standard_normal((2, 100))
    widths = [
        found["high"] - found["low"]
        for found in (
            estimate(np.array([0.5, 0.5]), still),
            estimate(np.array([0.4, 0.6]), still),
            estimate(np.array([0.4, 0.6]), moving),
        )
    ]
    assert widths[0] == 0
    # Two samples .2 apart: standard error .1, so 1.96 times that to either side.
    assert widths[1] == pytest.approx(0.392, abs=1e-3)
    assert widths[2] > widths[1]


def invented(path, n, seed):
    """Labelled texts of two subjects."""
    rng = np.random.default_rng(seed)
    with path.open("w") as file:
        for number in range(n):
            labels = [name for name in ("sea", "hill") if rng.random() < 0.5]
            words = [f"filler{rng.integers(20)}" for _ in range(6)]
            words += [f"{name}{rng.integers(3)}" for name in labels]
            row = {"text": " ".join(words), "labels": labels, "article": f"{seed}-{number // 2}"}
            file.write(json.dumps(row) + "\n")
    return read_labelled([path], DataSettings(), None, problems=pytest.fail)


def test_the_quick_way_learns_as_training_does(scripts, tmp_path):
    """Terms counted once for all samples give the decisions of a model trained on the sample."""
    measure, sets = scripts["few_labels"], scripts["few_labels_sets"]
    train = invented(tmp_path / "train.jsonl", 60, 1)
    held_out = invented(tmp_path / "dev.jsonl", 30, 2)
    (task,) = train.codebook.tasks.values()
    plain = measure.recipe("plain")
    units = (*train.paragraphs.units, *held_out.paragraphs.units)
    matrices = sets.fit_blocks(plain.features, train.paragraphs.units, folder=plain.folder)
    study = sets.Study(
        "invented",
        task,
        units,
        np.vstack([train.paragraphs.gold[task.name], held_out.paragraphs.gold[task.name]]),
        (*train.paragraphs.groups, *held_out.paragraphs.groups),
        len(held_out.paragraphs),
        matrices.read(units),
        None,
        0,
    )
    rows = study.sample(20, 0)
    assert len(rows) == 40
    assert set(study.sample(10, 0)) < set(rows)
    own = sets.only_rows(study.matrices, rows)
    known = sets.frequent(own)
    lesson = measure.lesson(study, "plain", own.pruned(known), rows)
    learned = measure.learn(lesson, measure.QUIET)
    rest = sets.only_rows(study.matrices, np.arange(study.n_train, len(units)))
    quick = measure.decided(lesson, learned, rest.pruned(known), 0.0).given
    part = replace(train, paragraphs=train.paragraphs.subset(rows))
    model = train_on(plain, part)
    scores = model.scores(held_out.paragraphs.units)[task.name].values
    assert (model.tasks[task.name].decision(scores) == quick).all()
    assert 0 < quick.mean() < 1
