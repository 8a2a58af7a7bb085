"""How much a student listens to its teacher, as cross-validation on the hand labels chooses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from stance.features.matrices import TrainingMatrices
from stance.features.tfidf import TfidfBlock
from stance.learn.choice import Chosen, choose
from stance.learn.lesson import Lesson, widened
from stance.learn.progress import Step
from stance.learn.teacher import Teacher
from stance.recipe_settings import DistillSettings

Array = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class _Student:
    """A student of some settings, and what was chosen for it."""

    settings: dict[str, Any]
    chosen: Chosen


def choose_student(lesson: Lesson, gold: Bools, groups: list[str], step: Step) -> Chosen:
    """What cross-validation chooses for a lesson with a teacher, over all that its recipe lists.

    Parameters
    ----------
    gold, groups
        Labels and article of each coded row.
    """
    settings = lesson.recipe.distill or DistillSettings()
    students = list(_students(lesson, settings, gold, groups, step))
    # Of equal students the first, as the recipe lists them.
    best = max(students, key=lambda student: student.chosen.decided.score)
    tried = [
        {**one.settings, "score": one.chosen.decided.score, "chosen": one is best}
        for one in students
    ]
    told = {**best.chosen.settings, "distilled": {**best.settings, "tried": tried}}
    return replace(best.chosen, settings=told)


def _students(
    lesson: Lesson, settings: DistillSettings, gold: Bools, groups: list[str], step: Step
) -> Iterator[_Student]:
    """Every student that the settings list, each taught by the teacher or the student before."""
    listed = list(product(settings.terms, settings.sample, settings.weight))
    size = step.size / len(listed) / (1 + max(settings.rounds))
    for number, (terms, sample, weight) in enumerate(listed):
        student, kept = _limited(lesson, terms)
        for done in range(1 + max(settings.rounds)):
            if student.taught is None:
                return
            taught = replace(student.taught, sample=sample, weight=weight)
            place = step.start + size * (number * (1 + max(settings.rounds)) + done)
            own = replace(step, start=place, size=size)
            student = replace(student, taught=taught)
            chosen = choose(student, gold, groups, own)
            if done in settings.rounds:
                told = {"weight": weight, "sample": sample, "terms": terms, "rounds": done}
                yield _Student(told, replace(chosen, fit=partial(_wide, chosen.fit, kept)))
            itself = Teacher(
                chosen.decided.calibration,
                student.matrices,
                taught.unlabelled,
                chosen.fit,
                student.kept,
            )
            student = replace(student, taught=replace(taught, teacher=itself))


def _limited(lesson: Lesson, n_terms: int) -> tuple[Lesson, Bools]:
    """The lesson without the terms that few texts hold, and which columns it keeps."""
    kept = most_frequent(lesson.matrices, n_terms)
    if kept.all() or lesson.taught is None:
        return lesson, kept
    taught = replace(lesson.taught, unlabelled=lesson.taught.unlabelled.pruned(kept))
    return replace(lesson, matrices=lesson.matrices.pruned(kept), taught=taught), kept


def most_frequent(matrices: TrainingMatrices, n_terms: int) -> Bools:
    """Which columns hold the terms that most texts hold, so many of them, or no term at all.

    Parameters
    ----------
    n_terms
        0 for all terms.
    """
    rarity = np.concatenate(
        [
            part.block.idf
            if isinstance(part.block, TfidfBlock)
            else np.full(len(part.block.feature_names), -np.inf)
            for part in matrices.joined.blocks
        ]
    )
    n_others = int(np.isneginf(rarity).sum())
    kept = np.ones(len(rarity), dtype=np.bool_)
    if n_terms:
        kept[np.argsort(rarity, kind="stable")[n_others + n_terms :]] = False
    return kept


def _wide(fit: Callable[[Bools], Array], kept: Bools, training: Bools) -> Array:
    """The fit with a weight of 0 for each column that is not kept."""
    return widened(fit(training), kept)
