"""The data of `few_labels.py`: sets to learn from and to score on, their terms counted once."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from stance.codebook import Task, load_codebook
from stance.distillation import read_unlabelled
from stance.evaluate.articles import with_merged_articles
from stance.evaluate.duplicates import overlap
from stance.evaluate.splits import group_numbers, split_groups
from stance.features.block import SparseRows
from stance.features.encoder import Encoder
from stance.features.matrices import TrainingMatrices, fit_blocks
from stance.features.tfidf import TfidfBlock
from stance.features.vectors import cached_vectors
from stance.recipe import Recipe
from stance.recipe_settings import DataSettings, DistillSettings
from stance.records import Unit
from stance.text.labelled import LabelledUnits, read_labelled
from stance.text.problems import Problem

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

ROOT = Path(__file__).parent.parent
PUBLIC = (
    "cameo_class",
    "satp",
    "indiapolice_sents",
    "narrative_frames",
    "insightcrime",
    "indiapolice_docs",
    "bbc_conflict",
)
OURS = ("topic", "frame")

# Sentences that stand for all of a set that has more: their training grows with them.
MOST = 2500

# Unlabelled paragraphs that a student of our own tasks reads.
N_UNLABELLED = 3000

SEED = 20161122


@dataclass(frozen=True)
class Study:
    """A task's articles to learn from and to score on, its terms counted once.

    ``matrices`` has the rows of ``units``, of which the last ``n_held_out`` are the held-out ones;
    ``groups`` names their articles. ``unlabelled`` is text beside the set's own, as matrices too;
    ``n_left_out`` the training rows that were near-duplicates of held-out ones.
    """

    name: str
    task: Task
    units: tuple[Unit, ...]
    gold: Bools
    groups: tuple[str, ...]
    n_held_out: int
    matrices: TrainingMatrices
    unlabelled: TrainingMatrices | None
    n_left_out: int

    @property
    def n_train(self) -> int:
        """Rows to learn from."""
        return len(self.units) - self.n_held_out

    def sample(self, size: int, seed: int) -> Ints:
        """Rows of so many random articles (all where ``size`` is 0); larger samples hold smaller.

        ``seed`` numbers the samples.
        """
        numbers = group_numbers(self.groups[: self.n_train])
        order = np.random.default_rng([SEED, seed]).permutation(int(numbers.max()) + 1)
        return np.flatnonzero(np.isin(numbers, order[: size or None]))


def prepare(name: str, data: Path, reader: Recipe) -> Study:
    """Read a set and count its terms, with the blocks of a recipe.

    Rows to learn from that are near-duplicates of held-out ones are left out.
    """
    if name in OURS:
        train = own_labels(data / "labels" / "train.jsonl")
        held_out = own_labels(data / "labels" / "dev.jsonl")
        task = load_codebook(CODEBOOK).tasks[name]
    else:
        train, held_out, task = public_set(name, data / "benchmarks" / name)
    train, held_out = train.of_task(task.name), held_out.of_task(task.name)
    known = [unit.text for unit in held_out.units]
    repeated = overlap([unit.text for unit in train.units], known).near
    train = train.subset(~repeated)
    if name not in OURS and len(train) > MOST:
        random = np.random.default_rng([SEED, 98])
        train = train.subset(np.sort(random.choice(len(train), MOST, replace=False)))
    units = (*train.units, *held_out.units)
    matrices = fit_blocks(reader.features, train.units, folder=reader.folder)
    unlabelled = None
    if name in OURS:
        news = str((data / "unlabelled" / "news.jsonl.gz").resolve())
        read = DistillSettings(unlabelled=(news,), sample=(N_UNLABELLED,))
        texts = [unit.text for unit in units]
        more = read_unlabelled(reader, read, texts, problems=complain).paragraphs.units
        unlabelled = matrices.read(more)
    return Study(
        name,
        task,
        units,
        np.vstack([train.gold[task.name], held_out.gold[task.name]]),
        (*train.groups, *held_out.groups),
        len(held_out),
        matrices.read(units),
        unlabelled,
        int(repeated.sum()),
    )


CODEBOOK = ROOT / "training" / "codebooks" / "conflict-news.toml"


def own_labels(path: Path) -> LabelledUnits:
    """Our own labelled paragraphs."""
    settings = DataSettings(labels={name: name for name in OURS})
    book = load_codebook(CODEBOOK).only(OURS)
    return with_merged_articles(read_labelled([path], settings, book, problems=complain)).paragraphs


def public_set(name: str, folder: Path) -> tuple[LabelledUnits, LabelledUnits, Task]:
    """What to learn from and what to score on.

    A set without a development file has three tenths of its clusters of like texts held out.
    """
    settings = DataSettings(group="article", labels=_FIELDS.get(name, {"labels": "labels"}))
    train = with_merged_articles(
        read_labelled([folder / "train.jsonl"], settings, None, problems=complain)
    )
    (task,) = train.codebook.tasks.values()
    units = train.paragraphs
    if (folder / "dev.jsonl").is_file():
        files = [folder / "dev.jsonl"]
        dev = read_labelled(files, settings, train.codebook, problems=complain)
        return units, with_merged_articles(dev).paragraphs, task
    clusters = like_texts([unit.text for unit in units.units])
    split = split_groups(units.gold[task.name], clusters, test=0.3, seed=SEED)
    return units.subset(split.train), units.subset(split.test), task


_FIELDS = {"cameo_class": {"label": "label"}, "bbc_conflict": {"label": "label"}}


def like_texts(texts: Sequence[str], n_clusters: int = 60) -> list[str]:
    """The cluster of each text, by k-means on its meaning."""
    from sklearn.cluster import KMeans

    vectors = cached_vectors(Encoder(None), texts)
    found = KMeans(n_clusters, random_state=SEED, n_init=1).fit_predict(vectors)
    return [str(number) for number in found]


def only_rows(matrices: TrainingMatrices, rows: Ints) -> TrainingMatrices:
    """These rows of the matrices."""

    def of(part: SparseRows) -> SparseRows:
        lengths = np.diff(part.starts)[rows]
        starts = np.concatenate([[0], np.cumsum(lengths)])
        places = np.repeat(part.starts[rows] - starts[:-1], lengths) + np.arange(starts[-1])
        return SparseRows(starts, part.columns[places], part.values[places], part.n_columns)

    parts = (of(part) if isinstance(part, SparseRows) else part[rows] for part in matrices.parts)
    return replace(matrices, parts=tuple(parts))


def frequent(matrices: TrainingMatrices) -> Bools:
    """Which columns hold a term that the rows have often enough, or no term at all."""
    kept = []
    for part, counts, least in zip(
        matrices.joined.blocks, matrices.parts, matrices.least, strict=True
    ):
        width = len(part.block.feature_names)
        if isinstance(part.block, TfidfBlock) and isinstance(counts, SparseRows):
            kept.append(np.bincount(counts.columns, minlength=width) >= least)
        else:
            kept.append(np.ones(width, dtype=np.bool_))
    return np.concatenate(kept)


def complain(problem: Problem) -> None:
    """Tell of a row that cannot be used."""
    print(problem, file=sys.stderr)
