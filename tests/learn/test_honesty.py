"""What is told of a model is true of texts that it has not seen."""

import json
from dataclasses import replace

import numpy as np
import pytest

from stance.classify.linear import raw_scores
from stance.codebook import parse_codebook
from stance.features.matrices import without_terms
from stance.learn.school import School
from stance.recipe_settings import PartSettings
from stance.text.labelled import read_labelled
from stance.training import train


def write(path, rows):
    """Write JSON Lines."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def labelled(folder):
    """The study's rows."""
    return [json.loads(line) for line in (folder / "labelled.jsonl").read_text().splitlines()]


def read(recipe):
    """The recipe's training data."""
    paths = [recipe.path(name) for name in recipe.data.train]
    return read_labelled(paths, recipe.data, recipe.codebook, problems=pytest.fail)


def test_keeping_few_terms_learns_nothing_from_noise(study, tmp_path):
    """Labels by chance stay chance out of fold, however few terms are kept."""
    random = np.random.default_rng(0)
    words = [f"w{i}" for i in range(1500)]
    rows = [
        {"text": " ".join(random.choice(words, 40)), "labels": ["x"] if i % 2 else ["y"]}
        for i in range(160)
    ]
    write(tmp_path / "labelled.jsonl", rows)
    small = train(replace(study, keep=100), problems=pytest.fail)
    assert small.tasks["labels"].training["out_of_fold"]["macro_f1"] < 0.75


def test_a_task_coded_on_some_rows_sees_them_as_the_model_will(study, tmp_path):
    """Rows without labels count in document frequencies, as they do in the stored model."""
    more = [{"text": f"red vote {i % 7}", "tone": ["warm"] if i % 2 else []} for i in range(60)]
    rows = labelled(tmp_path)
    write(tmp_path / "labelled.jsonl", [*rows, *more])
    fields = {"labels": "labels", "tone": "tone"}
    codebook = {"labels": ["colour", "shape"], "tone": ["warm", "cold"]}
    tasks = {name: {"labels": labels} for name, labels in codebook.items()}
    recipe = replace(
        study,
        data=replace(study.data, labels=fields),
        codebook=parse_codebook({"name": "c", "tasks": tasks}, where="test"),
    )
    data = read(recipe)
    lesson = School(recipe, data).lesson(data.codebook.tasks["tone"])
    assert 0 < lesson.coded.sum() < len(lesson.coded)
    learned_from = lesson.matrices.fold(lesson.coded, lesson.coded)
    units = [lesson.units[row] for row in np.flatnonzero(lesson.coded)]
    (part,) = learned_from.parts
    assert part.data == pytest.approx(lesson.matrices.joined.rows(units).values, abs=1e-6)


def test_few_terms_are_calibrated_as_the_model_reads_them(study):
    """Terms that are left out lengthen no vector out of fold, as they lengthen none in use."""
    recipe = replace(study, keep=3)
    data = read(recipe)
    lesson = School(recipe, data).lesson(data.codebook.tasks["labels"])
    fitted = lesson.fit(lesson.coded, [1.0])
    (raw,) = lesson.scores(fitted, lesson.coded, lesson.coded)
    kept = fitted[0][:-1].any(axis=1)
    assert kept.sum() == 3
    rows = without_terms(lesson.matrices.joined, kept).rows(lesson.units)
    weights = fitted[0][:-1][kept].astype(np.float32)
    np.testing.assert_allclose(raw, raw_scores(rows, weights, fitted[0][-1]), atol=1e-5)


def test_a_part_is_read_with_the_terms_that_others_may_keep(study):
    """What one part leaves out may stay in the model, which has the terms of all."""
    recipe = replace(study, keep=3)
    data = read(recipe)
    part = School(recipe, data).lesson(data.codebook.tasks["labels"]).alone(PartSettings())
    fitted = part.fit(part.coded, [1.0])
    assert np.count_nonzero(fitted[0][:-1].any(axis=1)) == 3
    assert part.kept(fitted) is None


@pytest.mark.parametrize("field", ["labels", "article", "text"])
def test_a_fingerprint_is_of_all_that_is_read(study, tmp_path, field):
    """Other labels, articles or texts are other data."""
    before = read(study).fingerprint
    assert read(study).fingerprint == before
    rows = labelled(tmp_path)
    rows[0][field], rows[1][field] = rows[1][field], rows[0][field]
    rows[2][field], rows[40][field] = rows[40][field], rows[2][field]
    write(tmp_path / "labelled.jsonl", rows)
    assert read(study).fingerprint != before
