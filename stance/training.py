"""From a recipe to a model.

For each task: terms are counted once and shared by all labels, folds and penalties; the penalty is
chosen by article-grouped cross-validation; the out-of-fold scores of the chosen penalty give the
calibration, the thresholds and the figures; and a last fit uses all rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from stance import __version__
from stance.actors.catalogue import load_catalogue
from stance.classify.best_sentence import fit_best_sentence
from stance.classify.calibration import PerLabel, Softmax
from stance.classify.decision import Largest, Thresholds
from stance.classify.fitting import (
    example_f1_thresholds,
    f1_threshold,
    fit_per_label,
    fit_softmax,
    macro_f1_factors,
    with_draws,
)
from stance.classify.linear import TaskModel
from stance.classify.solver import balanced_weights_within, fit_classes, fit_labels
from stance.codebook import Task
from stance.distillation import (
    Teacher,
    TrainedTeacher,
    Unlabelled,
    read_unlabelled,
    teacher_matrices,
    teacher_recipe,
)
from stance.errors import SettingsError
from stance.evaluate.articles import with_merged_articles
from stance.evaluate.figures import task_figures, with_intervals
from stance.evaluate.memory import remember
from stance.evaluate.splits import grouped_folds
from stance.features.encoder import INSTALL, is_installed
from stance.features.joined import JoinedBlocks, WeightedBlock
from stance.features.matrices import (
    TrainingMatrices,
    contributions,
    fit_blocks,
    log_count_ratios,
)
from stance.features.sentences import SentencesBlock, sentence_units
from stance.model import Model
from stance.recipe import DEFAULT_FEATURES, PartSettings, Recipe, as_plain
from stance.records import Unit
from stance.text.labelled import LabelledData, LabelledUnits, read_labelled
from stance.text.problems import Problem

Array = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

# Told of each step: what is being done, and which share of all is done, in [0, 1].
Progress = Callable[[str, float], None]


def silent(_step: str, _share: float) -> None:
    """Progress that nobody watches."""


def unheard(_notice: str) -> None:
    """Notices that nobody reads."""


def train(
    recipe: Recipe,
    *,
    progress: Progress = silent,
    problems: Callable[[Problem], None],
    notices: Callable[[str], None] = unheard,
    strict: bool = False,
) -> Model:
    """Train a model as a recipe says.

    Parameters
    ----------
    progress
        Is told of each step.
    problems
        Is told of each row that cannot be used; such rows are left out.
    notices
        Is told of optional blocks that are left out, as an extra is not installed.
    strict
        Raise at the first such row instead.

    Raises
    ------
    SettingsError
        If the recipe cannot be followed.
    InputError
        If the data cannot be read.
    """
    recipe = _with_what_is_installed(recipe, notices)
    if not recipe.data.train:
        message = f"recipe {recipe.name}: no training data. Name files: [data] train = [...]."
        raise SettingsError(message)
    progress("reading labels", 0.0)
    paths = [recipe.path(name) for name in recipe.data.train]
    data = read_labelled(paths, recipe.data, recipe.codebook, problems=problems, strict=strict)
    unlabelled = None
    if recipe.distill is not None:
        progress("reading unlabelled text", 0.0)
        known = [unit.text for unit in data.paragraphs.units]
        if recipe.data.evaluate:
            held_out = [recipe.path(name) for name in recipe.data.evaluate]
            gold = read_labelled(held_out, recipe.data, data.codebook, problems=problems)
            known += [unit.text for unit in gold.paragraphs.units]
        unlabelled = read_unlabelled(recipe, recipe.distill, known, problems=problems)
    return train_on(recipe, data, unlabelled=unlabelled, progress=progress)


def _with_what_is_installed(recipe: Recipe, notices: Callable[[str], None]) -> Recipe:
    """The recipe without optional blocks that read meaning, where the encoder is missing."""
    for name, block in recipe.features.items():
        if block.optional and block.kind == "semantic" and not is_installed():
            notices(f'The block "{name}" is left out, and figures will be lower. {INSTALL}')
            recipe = recipe.without(name)
    return recipe


def train_on(
    recipe: Recipe,
    data: LabelledData,
    *,
    unlabelled: Unlabelled | None = None,
    progress: Progress = silent,
) -> Model:
    """Train a model on data that was read already, near-duplicate articles as one.

    Raises
    ------
    SettingsError
        If the recipe cannot be followed.
    """
    # Many threads slow these small products down, and their number must not show in the result.
    with threadpool_limits(limits=1):
        model = _train_tasks(recipe, with_merged_articles(data), unlabelled, progress)
    texts = [unit.text for unit in data.paragraphs.units]
    return replace(model, memory=remember(texts, data.paragraphs.groups).arrays())


def _train_tasks(
    recipe: Recipe, data: LabelledData, unlabelled: Unlabelled | None, progress: Progress
) -> Model:
    tasks = [t for t in data.codebook.tasks.values() if t.name in data.of_unit(t.unit).gold]
    if not tasks:
        message = (
            f"recipe {recipe.name}: no task of the codebook has labels in the data. "
            "Check [data.labels]."
        )
        raise SettingsError(message)
    school = _School(recipe, data, unlabelled)
    if recipe.keep:
        progress("choosing terms", 0.0)
        school.prune(tasks, recipe.keep)
    models: dict[str, TaskModel] = {}
    spaces: dict[str, JoinedBlocks] = {}
    for number, task in enumerate(tasks):
        progress(f"reading features of {task.name}", number / len(tasks))
        step = _Step(progress, f"training {task.name}", number / len(tasks), 1 / len(tasks))
        learned = _learn(school.lesson(task), step)
        models[task.name] = learned.model
        spaces[learned.model.space] = learned.joined
    progress("done", 1.0)
    return Model(
        name=recipe.name,
        codebook=data.codebook.only(models),
        spaces=spaces,
        tasks=models,
        recipe=as_plain(recipe),
        provenance=_provenance(recipe, data, unlabelled),
        actors=load_catalogue(recipe.path(recipe.actors)) if recipe.actors else None,
    )


@dataclass(frozen=True)
class _Step:
    """A task's part of the whole progress."""

    progress: Progress
    name: str
    start: float
    size: float

    def __call__(self, share: float) -> None:
        self.progress(self.name, self.start + share * self.size)


@dataclass(frozen=True)
class _Lesson:
    """All that one task is learned from.

    ``gold`` has a row for each row of ``matrices``; only rows in ``coded`` carry labels.
    """

    task: Task
    recipe: Recipe
    space: str
    matrices: TrainingMatrices
    gold: Array
    coded: Bools
    groups: tuple[str, ...]
    topics: Ints
    units: tuple[Unit, ...]
    unlabelled: TrainingMatrices | None = None
    teacher: Teacher | TrainedTeacher | None = None

    def part(self, settings: PartSettings) -> _Lesson:
        """The lesson of one part, which reads its own blocks alone."""
        classifier = replace(self.recipe.classifier, C=settings.C or self.recipe.classifier.C)
        own = replace(self, recipe=replace(self.recipe, parts={}, classifier=classifier))
        if settings.read == "sentences":
            return own.by_sentences(settings.features or tuple(self.recipe.features))
        if not settings.features:
            return own
        read = self.unlabelled.only(settings.features) if self.unlabelled else None
        return replace(own, matrices=self.matrices.only(settings.features), unlabelled=read)

    def by_sentences(self, names: Sequence[str]) -> _SentenceLesson:
        """The lesson of a part that reads sentences with the blocks of these names."""
        pieces = [sentence_units(unit) for unit in self.units]
        features = self.recipe.features or DEFAULT_FEATURES
        blocks = {name: features[name] for name in names or tuple(features)}
        flat = [piece for listed in pieces for piece in listed]
        given = {f.name: getattr(self, f.name) for f in fields(_Lesson)}
        given["matrices"] = fit_blocks(blocks, flat, folder=self.recipe.folder)
        return _SentenceLesson(**given, counts=np.array([len(listed) for listed in pieces]))

    def scores(self, fitted: Sequence[Array], training: Bools, asked: Ints) -> list[Array]:
        """Raw scores of the asked rows, for each of the weights learned from ``training``."""
        rows = self.matrices.fold(training)[asked]
        return [rows @ weights[:-1] + weights[-1] for weights in fitted]

    def fit(self, training: Bools, penalties: Sequence[float]) -> list[Array]:
        """Weights with the intercepts in the last row, learned from these rows, for each C."""
        X, y = self.matrices.fold(training)[training], self.gold[training]
        importance, topics = np.ones(len(y)), self.topics[training]
        if self.teacher is not None and self.unlabelled is not None and self.recipe.distill:
            X = X.below(self.matrices.fold_of(self.unlabelled, training))
            opinions = self.teacher.opinions(training)
            y = np.vstack([y, opinions])
            weight = self.recipe.distill.weight
            importance = np.concatenate([importance, np.full(len(opinions), weight)])
            topics = np.concatenate([topics, np.zeros(len(opinions), dtype=np.int64)])
        fitted: list[Array] = []
        for C in penalties:
            start = fitted[-1] if fitted else None
            fitted.append(
                fit_linear(self.task, self.recipe, X, y, C, importance, topics, start=start)
            )
        return fitted


@dataclass(frozen=True)
class _SentenceLesson(_Lesson):
    """A lesson whose matrices have a row for each sentence; ``counts`` tells each unit's."""

    counts: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    def scores(self, fitted: Sequence[Array], training: Bools, asked: Ints) -> list[Array]:
        """Raw scores of the asked units' best sentences."""
        firsts = np.cumsum(self.counts) - self.counts
        rows = self.matrices.fold(np.repeat(training, self.counts))
        places = [np.arange(firsts[unit], firsts[unit] + self.counts[unit]) for unit in asked]
        rows = rows[np.concatenate(places)]
        starts = np.cumsum(self.counts[asked]) - self.counts[asked]
        return [
            np.maximum.reduceat(rows @ weights[:-1] + weights[-1], starts, axis=0)
            for weights in fitted
        ]

    def fit(self, training: Bools, penalties: Sequence[float]) -> list[Array]:
        """Weights of a reader of sentences, learned from these units."""
        rows = np.repeat(training, self.counts)
        X, y = self.matrices.fold(rows)[rows], self.gold[training]
        weight = label_weights(self.recipe, y, np.ones(len(y)), self.topics[training])
        counts = self.counts[training]
        return [fit_best_sentence(X, counts, y, C=C, weight=weight) for C in penalties]


class _School:
    """Makes the tasks' lessons; tasks with the same features share their matrices."""

    def __init__(self, recipe: Recipe, data: LabelledData, unlabelled: Unlabelled | None) -> None:
        self._recipe = recipe
        self._data = data
        self._unlabelled = unlabelled
        self._teacher = (
            teacher_recipe(recipe, recipe.distill) if recipe.distill and unlabelled else None
        )
        self._teacher_spaces: dict[str, tuple[TrainingMatrices, TrainingMatrices]] = {}
        self._read: dict[str, TrainingMatrices] = {}
        self.spaces: dict[str, TrainingMatrices] = {}

    def lesson(self, task: Task) -> _Lesson:
        """What the task is learned from."""
        recipe, units = self._recipe.for_task(task.name), self._data.of_unit(task.unit)
        space = task.name if self._recipe.has_own_features(task.name) else task.unit
        distilled = self._unlabelled is not None and task.unit == "paragraph"
        more = self._unlabelled.units if distilled and self._unlabelled else ()
        if space not in self.spaces:
            features = recipe.features or DEFAULT_FEATURES
            self.spaces[space] = fit_blocks(features, units.units, folder=recipe.folder, more=more)
            if more:
                self._read[space] = self.spaces[space].read(more)
        return _Lesson(
            task=task,
            recipe=recipe,
            space=space,
            matrices=self.spaces[space],
            gold=units.gold[task.name].astype(float),
            coded=units.coded[task.name],
            groups=units.groups,
            topics=_topic_numbers(units),
            units=units.units,
            unlabelled=self._read.get(space) if distilled else None,
            teacher=self._teacher_of(task, units) if distilled else None,
        )

    def prune(self, tasks: Sequence[Task], n_terms: int) -> None:
        """Keep the terms that move the scores of any task most, after a first fit on all rows.

        Among the first fit's penalties the middle one is taken: the order hardly depends on it.
        """
        movers: dict[str, Array] = {}
        for task in tasks:
            lesson = self.lesson(task)
            penalties = lesson.recipe.classifier.C
            (fitted,) = lesson.fit(lesson.coded, penalties[len(penalties) // 2 :][:1])
            found = contributions(lesson.matrices, fitted[:-1])
            before = movers.get(lesson.space, found)
            movers[lesson.space] = np.maximum(before, found)
        for space, found in movers.items():
            is_term = np.isfinite(found)
            if is_term.sum() > n_terms:
                limit = np.sort(found[is_term])[-n_terms]
                self.spaces[space] = self.spaces[space].pruned(found >= limit)
                if space in self._read:
                    self._read[space] = self._read[space].pruned(found >= limit)

    def _teacher_of(self, task: Task, units: LabelledUnits) -> Teacher | TrainedTeacher:
        unlabelled = self._unlabelled.units if self._unlabelled else ()
        if isinstance(self._teacher, Model):
            return TrainedTeacher(self._teacher, task.name, unlabelled)
        if self._teacher is None:  # pragma: no cover - `lesson` asks for no teacher then
            message = "no teacher"
            raise SettingsError(message)
        recipe = self._teacher.for_task(task.name)
        space = task.name if self._teacher.has_own_features(task.name) else task.unit
        if space not in self._teacher_spaces:
            found = teacher_matrices(recipe, units.units, unlabelled)
            self._teacher_spaces[space] = found
        matrices, read = self._teacher_spaces[space]
        gold, coded = units.gold[task.name].astype(float), units.coded[task.name]
        own = _Lesson(
            task,
            recipe,
            space,
            matrices,
            gold,
            coded,
            units.groups,
            _topic_numbers(units),
            units.units,
        )
        learned = _learn(own, _Step(silent, "", 0, 0))
        return Teacher(learned.model, matrices, read, learned.fit)


@dataclass(frozen=True)
class _Learned:
    """A trained task, and how to train it in the same way on other rows."""

    model: TaskModel
    fit: Callable[[Bools], Array]
    joined: JoinedBlocks


def _learn(lesson: _Lesson, step: _Step) -> _Learned:
    task, recipe = lesson.task, lesson.recipe
    gold = lesson.gold[lesson.coded] > 0
    groups = [
        group for group, is_coded in zip(lesson.groups, lesson.coded, strict=True) if is_coded
    ]
    choose = _choose_parts if recipe.parts else _choose
    chosen = choose(lesson, gold, groups, step)
    step(0.9)
    fitted = chosen.fit(lesson.coded)
    readers = [reader(lesson.coded) for reader in chosen.readers]
    weights = np.vstack([fitted[:-1], *(np.diag(reader.factor) for reader in readers)])
    joined = lesson.matrices.joined
    if readers:
        joined = JoinedBlocks([*joined.blocks, *(reader.block for reader in readers)])
    model = TaskModel(
        task=task,
        space=task.name if readers else lesson.space,
        weights=weights.astype(np.float32),
        intercept=fitted[-1],
        calibration=chosen.decided.calibration,
        decision=chosen.decided.decision,
        training={
            **chosen.settings,
            "n": int(lesson.coded.sum()),
            "n_groups": len(set(groups)),
            "out_of_fold": with_intervals(
                task, gold, chosen.decided.given, groups, seed=recipe.seed
            ),
        },
    )
    return _Learned(model, chosen.fit, joined)


@dataclass(frozen=True)
class _Chosen:
    """What cross-validation chose: the out-of-fold scores, what they gave, and how to fit."""

    raw: Array
    decided: _Decided
    settings: dict[str, Any]
    fit: Callable[[Bools], Array]
    readers: Sequence[Callable[[Bools], _Reader]] = ()


@dataclass(frozen=True)
class _Reader:
    """A reader of sentences as a block of the model, and each label's factor on its score."""

    block: WeightedBlock
    factor: Array


def _reader(
    name: str, lesson: _SentenceLesson, chosen: _Chosen, factor: Array
) -> Callable[[Bools], _Reader]:
    """Makes the block of a part that reads sentences, from the rows to learn from."""

    def make(training: Bools) -> _Reader:
        fitted = chosen.fit(training)
        block = SentencesBlock(
            inner=lesson.matrices.joined,
            weights=fitted[:-1].astype(np.float32),
            intercept=fitted[-1],
            labels=lesson.task.label_names,
        )
        return _Reader(WeightedBlock(name, block), factor)

    return make


def _choose(lesson: _Lesson, gold: Bools, groups: list[str], step: _Step) -> _Chosen:
    """Choose the penalty."""
    penalties = lesson.recipe.classifier.C
    scores = _out_of_fold(lesson, gold, groups, step)
    tried = [_decide(lesson.task, lesson.recipe, raw, gold) for raw in scores]
    best = int(np.argmax([found.score for found in tried]))
    told = {f"{C:g}": found.score for C, found in zip(penalties, tried, strict=True)}
    C = penalties[best]
    return _Chosen(
        scores[best],
        tried[best],
        {"C": C, "tried": told},
        lambda training: lesson.fit(training, [C])[0],
    )


def _choose_parts(lesson: _Lesson, gold: Bools, groups: list[str], step: _Step) -> _Chosen:
    """Choose each part's penalty and average the parts.

    An average of linear models of different columns is a linear model of all the columns, so
    nothing but the fit knows of parts.
    """
    recipe, size = lesson.recipe, step.size / len(lesson.recipe.parts)
    raw: Array = np.zeros(gold.shape)
    told: dict[str, Any] = {}
    members: list[tuple[Ints, _Chosen, Array]] = []
    readers: list[Callable[[Bools], _Reader]] = []
    for number, (name, part) in enumerate(recipe.parts.items()):
        own = replace(
            step, name=f"{step.name}: {name}", start=step.start + number * size, size=size
        )
        part_lesson = lesson.part(part)
        chosen = _choose(part_lesson, gold, groups, own)
        told[name] = {**chosen.settings, "share": part.share}
        names = part.features or tuple(block.name for block in lesson.matrices.joined.blocks)
        factor = part.share / _spread(lesson.task, chosen.raw)
        raw += factor * chosen.raw
        if isinstance(part_lesson, _SentenceLesson):
            readers.append(_reader(name, part_lesson, chosen, factor))
            continue
        members.append((lesson.matrices.columns(names), chosen, factor))

    def fit(training: Bools) -> Array:
        joined = np.zeros((lesson.matrices.joined.n_features + 1, raw.shape[1]))
        for columns, chosen, factor in members:
            fitted = chosen.fit(training) * factor
            joined[columns] += fitted[:-1]
            joined[-1] += fitted[-1]
        return joined

    decided = _decide(lesson.task, recipe, raw, gold)
    return _Chosen(raw, decided, {"parts": told}, fit, readers)


def _spread(task: Task, raw: Array) -> Array:
    """The scores' standard deviation: of each label, or of all classes together, shape (n_labels,).

    Classes are compared with one another, so they keep one scale.
    """
    found = raw.std(axis=0) if task.several else np.full(raw.shape[1], raw.std())
    return np.where(found > 0, found, 1.0)


def _out_of_fold(lesson: _Lesson, gold: Bools, groups: list[str], step: _Step) -> list[Array]:
    """Raw scores of every coded row by a model that has not seen its article, for each C."""
    recipe = lesson.recipe
    folds = grouped_folds(gold, groups, n_folds=recipe.folds, seed=recipe.seed)
    raw = [np.zeros(gold.shape) for _ in recipe.classifier.C]
    places = np.flatnonzero(lesson.coded)
    for fold in range(recipe.folds):
        held_out = folds == fold
        training = lesson.coded.copy()
        training[places[held_out]] = False
        fitted = lesson.fit(training, recipe.classifier.C)
        for number, scores in enumerate(lesson.scores(fitted, training, places[held_out])):
            raw[number][held_out] = scores
        step(0.9 * (fold + 1) / recipe.folds)
    return raw


def fit_linear(  # noqa: PLR0913 - one fit and its settings
    task: Task,
    recipe: Recipe,
    X: Any,  # noqa: ANN401 - scipy's matrices are untyped
    y: Array,
    C: float,
    importance: Array,
    topics: Ints,
    *,
    start: Array | None = None,
) -> Array:
    """Fit a task's linear classifier.

    Parameters
    ----------
    y
        Labels, or probabilities of labels, shape (n, n_labels).
    importance
        Weights of the rows beside their class weights, shape (n,).
    topics
        The number of each row's topic, shape (n,); classes are balanced within each topic, so that
        a model that reads all terms by topic is one model a topic.

    Returns
    -------
    Weights with the intercepts in the last row, shape (n_features + 1, n_labels).
    """
    balanced = recipe.classifier.class_weight == "balanced"
    if not task.several and recipe.classifier.multiclass == "multinomial":
        weight = importance * balanced_weights_within(y, topics) if balanced else importance
        return fit_classes(X, y, C=C, sample_weight=weight, start=start)
    weights = label_weights(recipe, y, importance, topics)
    scale = log_count_ratios(X, y, importance) if recipe.classifier.nb_weights else None
    return fit_labels(X, y, C=C, sample_weight=weights, start=start, scale=scale)


def label_weights(recipe: Recipe, y: Array, importance: Array, topics: Ints) -> Array:
    """The rows' weights for each label, as for `fit_linear`, shape (n, n_labels)."""
    weights = np.repeat(importance[:, None], y.shape[1], axis=1)
    if recipe.classifier.class_weight == "balanced":
        weights *= np.column_stack([balanced_weights_within(one, topics) for one in y.T])
    return weights


def _topic_numbers(units: LabelledUnits) -> Ints:
    """The number of each unit's topic, shape (n,)."""
    topics = [unit.topic for unit in units.units]
    return np.unique(topics, return_inverse=True)[1].astype(np.int64)


@dataclass(frozen=True)
class _Decided:
    """Calibration and decision chosen on out-of-fold scores, and how good they are there."""

    calibration: PerLabel | Softmax
    decision: Thresholds | Largest
    given: Bools
    score: float


def _decide(task: Task, recipe: Recipe, raw: Array, gold: Bools) -> _Decided:
    optimise = recipe.decision.optimise
    calibration: PerLabel | Softmax
    decision: Thresholds | Largest
    if task.several:
        calibration = fit_per_label(raw, gold, recipe.calibration)
        values = calibration(raw)
        p, g = with_draws(values, gold, recipe.decision.draws, several=True, seed=recipe.seed)
        if optimise == "example_f1":
            limits = example_f1_thresholds(p, g)
        else:
            limits = np.array([f1_threshold(a, b) for a, b in zip(p.T, g.T, strict=True)])
        decision = Thresholds(tuple(map(float, limits)), recipe.decision.at_least_one)
    else:
        calibration = fit_softmax(raw, gold)
        values = calibration(raw)
        p, g = with_draws(values, gold, recipe.decision.draws, several=False, seed=recipe.seed)
        factors = np.ones(gold.shape[1]) if optimise == "accuracy" else macro_f1_factors(p, g)
        decision = Largest(tuple(map(float, factors)))
    given = decision(values)
    figures = task_figures(task, gold, given)
    name = {"f1": "macro_f1", "example_f1": "example_f1", "accuracy": "accuracy"}[optimise]
    score = figures[name]
    return _Decided(calibration, decision, given, float(score) if score is not None else 0.0)


def _provenance(
    recipe: Recipe, data: LabelledData, unlabelled: Unlabelled | None
) -> dict[str, Any]:
    """What the model was made from; no clock, so that equal runs give equal bytes."""
    units = data.paragraphs
    found: dict[str, Any] = {
        "stance": __version__,
        "seed": recipe.seed,
        "files": list(recipe.data.train),
        "data_sha256": data.fingerprint,
        "n_paragraphs": len(units),
        "n_articles": len(set(units.groups)),
        "n_targets": len(data.targets),
        "n_noise": data.n_noise,
    }
    if unlabelled is not None:
        found["n_unlabelled"] = len(unlabelled.units)
        found["n_unlabelled_left_out"] = unlabelled.n_left_out
    return found
