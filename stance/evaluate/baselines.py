"""What a model is compared with: guesses, simpler models trained on the same labels, others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from stance.codebook import Task
from stance.errors import StanceError
from stance.evaluate.comparison import Answers, compare
from stance.evaluate.estimates import estimated
from stance.evaluate.evaluation import Estimate, System
from stance.evaluate.intervals import bundled
from stance.evaluate.scoring import given_labels
from stance.evaluate.splits import group_numbers
from stance.evaluate.statistic import task_statistic
from stance.model import Model
from stance.recipe import Recipe, parse_data
from stance.recipe_settings import BlockSettings
from stance.text.labelled import LabelledData, LabelledUnits
from stance.training import Progress, silent, train_on

Bools = npt.NDArray[np.bool_]
Array = npt.NDArray[np.float64]

MAJORITY, RANDOM = "majority", "random by prevalence"
LEXICON, WORDS, BOTH = "lexicon counts alone", "TF-IDF alone", "TF-IDF and lexicon counts"

_WORDS = BlockSettings("tfidf", options={"ngrams": [1, 2], "min_df": 2})


@dataclass(frozen=True, slots=True)
class Rival:
    """A model to compare with, or the reason why there is none.

    ``given`` are the labels that it gives in the tasks that it codes in the same way.
    """

    name: str
    is_baseline: bool
    model: Model | None = None
    unavailable: str = ""
    given: Mapping[str, Bools] = field(default_factory=dict)


def trained_baselines(
    model: Model,
    training: LabelledData | None,
    *,
    why_not: str = "",
    lexicon: Path | None = None,
    progress: Progress = silent,
) -> list[Rival]:
    """The three simple models, trained on the model's own training labels.

    Parameters
    ----------
    training
        The labels that the model was trained on; None where they are not at hand.
    why_not
        Why they are not.
    lexicon
        A word list; None where there is none, and then the two models that count its words
        are missing.
    """
    words = {"words": _WORDS}
    counts = {"lexicon": BlockSettings("lexicon", options={"lexicon": str(lexicon)})}
    no_lexicon = "there is no word list for these texts; name one with --lexicon"
    wanted: list[tuple[str, Mapping[str, BlockSettings] | None]] = [
        (LEXICON, counts if lexicon else None),
        (WORDS, words),
        (BOTH, words | counts if lexicon else None),
    ]
    found = []
    for number, (name, features) in enumerate(wanted):
        if training is None or features is None:
            reason = why_not if training is None else no_lexicon
            found.append(Rival(name, is_baseline=True, unavailable=reason))
            continue
        progress(f"training a baseline: {name}", number / len(wanted))
        recipe = baseline_recipe(model, training, name, features)
        try:
            found.append(Rival(name, is_baseline=True, model=train_on(recipe, training)))
        except StanceError as error:
            found.append(Rival(name, is_baseline=True, unavailable=str(error)))
    return found


def baseline_recipe(
    model: Model, training: LabelledData, name: str, features: Mapping[str, BlockSettings]
) -> Recipe:
    """A small recipe with these features and default settings for all else."""
    n_articles = len(set(training.paragraphs.groups))
    recipe = Recipe(
        name=name,
        data=replace(parse_data(model.recipe["data"]), train=(), evaluate=()),
        features=features,
        codebook=model.codebook,
        seed=int(model.provenance["seed"]),
    )
    return replace(recipe, folds=max(2, min(recipe.folds, n_articles)))


def prevalence(model: Model, task: str) -> Array:
    """Share of training units with each label, from what the model keeps, shape (n_labels,)."""
    figures: Mapping[str, Any] = model.tasks[task].training["out_of_fold"]
    support = [numbers["support"] for numbers in figures["labels"].values()]
    return np.asarray(support, dtype=np.float64) / max(int(figures["n"]), 1)


def majority(shares: Array, n: int) -> Bools:
    """The most frequent training label for every unit, shape (n, n_labels)."""
    given = np.zeros((n, len(shares)), dtype=np.bool_)
    given[:, int(shares.argmax())] = True
    return given


def random_by_prevalence(shares: Array, n: int, *, several: bool, seed: int) -> Bools:
    """Labels drawn once, as often as in training, shape (n, n_labels); one where one holds."""
    random = np.random.default_rng([seed, 2])
    if several:
        return np.asarray(random.random((n, len(shares))) < shares)
    chosen = random.choice(len(shares), size=n, p=shares / shares.sum())
    return np.eye(len(shares), dtype=np.bool_)[chosen]


def answered(rival: Rival, data: LabelledData, tasks: Sequence[Task]) -> Rival:
    """The rival with the labels that it gives to the units that carry the tasks' labels."""
    names = [task.name for task in tasks if not _misfit(rival, task)]
    given = given_labels(rival.model, data, names) if rival.model else {}
    return replace(rival, given=given)


def systems(  # noqa: PLR0913 - a task, its units, and whom to compare with
    model: Model,
    task: Task,
    coded: LabelledUnits,
    predicted: Bools,
    rivals: list[Rival],
    *,
    seed: int,
    n_resamples: int,
) -> tuple[System, ...]:
    """Figures of each baseline and rival on the same units, and the model's difference to them."""
    shares, n = prevalence(model, task.name), len(coded)
    gold = coded.gold[task.name]
    guesses: list[tuple[str, Bools]] = [
        (MAJORITY, majority(shares, n)),
        (RANDOM, random_by_prevalence(shares, n, several=task.several, seed=seed)),
    ]
    judge = _Judge(gold, predicted, coded, task, seed, n_resamples)
    found = [judge.system(System(name, "guess"), given) for name, given in guesses]
    for rival in rivals:
        bare = System(rival.name, "baseline" if rival.is_baseline else "model")
        reason = rival.unavailable or _misfit(rival, task)
        found.append(
            replace(bare, unavailable=reason)
            if reason
            else judge.system(bare, rival.given[task.name])
        )
    return tuple(found)


def _misfit(rival: Rival, task: Task) -> str:
    """Why a rival cannot be compared on a task; empty if it can."""
    if rival.model is None:
        return "there is no such model"
    own = rival.model.tasks.get(task.name)
    if own is None:
        return f"it does not code {task.name}"
    return own.task.mismatch(task)


@dataclass(frozen=True, slots=True)
class _Judge:
    """Compares others with one model's answers to one task."""

    gold: Bools
    predicted: Bools
    coded: LabelledUnits
    task: Task
    seed: int
    n_resamples: int

    def system(self, bare: System, given: Bools) -> System:
        """The system with its figures, its p-value not yet corrected."""
        task, single = self.task, not self.task.several
        groups = bundled(group_numbers(self.coded.groups), seed=self.seed)
        statistic = task_statistic(self.gold, given, groups, task.label_names, single=single)
        figures = estimated(statistic, n_resamples=self.n_resamples, seed=self.seed)
        known = replace(
            bare,
            macro_f1=figures["macro_f1", ""],
            micro_f1=figures["micro_f1", ""],
            labels={name: figures["f1", name] for name in task.label_names},
        )
        if statistic.n_groups < 2:  # noqa: PLR2004 - nothing to exchange
            return replace(known, difference=Estimate(None, reason="there is only one article"))
        found = compare(
            self.gold,
            Answers(self.predicted),
            Answers(given),
            groups,
            task.label_names,
            single=single,
            n_resamples=self.n_resamples,
            seed=self.seed,
        )
        place = statistic.place("macro_f1")
        if np.isnan(found.difference[place]):
            undefined = Estimate(None, reason="macro-F1 is undefined for one of the two")
            return replace(known, difference=undefined)
        return replace(
            known,
            difference=Estimate(
                float(found.difference[place]), float(found.low[place]), float(found.high[place])
            ),
            p_value=float(found.p_value[place]),
        )
