"""Splits that keep an article on one side and every label's share the same on each.

Iterative stratification (Sechidis, Tsoumakas and Vlahavas 2011, On the stratification of
multi-label data, algorithm 1), with whole groups in place of single examples: the rarest label
is dealt out first, each group to the part that still wants most of that label. Groups that carry
the same counts are dealt out in bulk first, which changes nothing but the speed. The result
depends on the groups' names, labels and sizes and on the seed, not on the order of the rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stance.errors import SettingsError, plural

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Array = npt.NDArray[np.float64]

PARTS = ("train", "dev", "test")


@dataclass(frozen=True, slots=True)
class Split:
    """Row numbers of the three parts, each in rising order; a part that was not asked is empty."""

    train: Ints
    dev: Ints
    test: Ints


@dataclass(frozen=True, slots=True)
class Balance:
    """How evenly a split came out.

    Attributes
    ----------
    rows, groups
        Counts per part, shape (n_parts,).
    positives
        Rows with each label, shape (n_parts, n_labels).
    shares
        Share of each part's rows with each label, the same shape; NaN for a part without rows.
    """

    rows: Ints
    groups: Ints
    positives: Ints
    shares: Array


def grouped_folds(
    labels: npt.NDArray[np.bool_], groups: Sequence[str], *, n_folds: int, seed: int
) -> npt.NDArray[np.int64]:
    """The fold of each row, in 0 .. n_folds - 1, whole groups to a fold.

    Parameters
    ----------
    labels
        Shape (n, n_labels); a row may have several labels or none.
    groups
        The article of each row, length n.
    n_folds
        At least 2 and at most the number of groups; every fold gets a group.
    seed
        Settles ties; equal seeds give equal folds.

    Raises
    ------
    SettingsError
        If there are fewer groups than folds, or lengths differ.
    """
    if n_folds < 2:  # noqa: PLR2004 - one fold leaves nothing to test on
        message = f"{n_folds} folds were asked for. A cross-validation needs 2 or more."
        raise SettingsError(message)
    return _assign(labels, groups, np.full(n_folds, 1 / n_folds), seed, f"{n_folds} folds")


def split_groups(
    labels: npt.NDArray[np.bool_],
    groups: Sequence[str],
    *,
    dev: float = 0.0,
    test: float = 0.2,
    seed: int,
) -> Split:
    """Rows for training, development and test, whole groups to a part.

    Parameters
    ----------
    labels
        Shape (n, n_labels).
    groups
        The article (or cluster of near-duplicate articles) of each row, length n.
    dev, test
        Shares of the rows, at least 0 each and together below 1; the rest is for training.

    Raises
    ------
    SettingsError
        If the shares cannot be, or there are fewer groups than parts.
    """
    # Said so that it holds for no NaN.
    if not (min(dev, test) >= 0 and 0 < dev + test < 1):
        message = (
            f"The shares are dev {dev:g} and test {test:g}. "
            "Expected 0 or more each, above 0 and below 1 together; the rest is for training."
        )
        raise SettingsError(message)
    shares = np.array([1 - dev - test, dev, test])
    wanted = np.flatnonzero(shares)
    part = wanted[_assign(labels, groups, shares[wanted], seed, f"{len(wanted)} parts")]
    return Split(*(np.flatnonzero(part == number) for number in range(len(PARTS))))


def balance(
    labels: npt.NDArray[np.bool_], groups: Sequence[str], part: Ints, *, n_parts: int
) -> Balance:
    """Rows, groups and labels in each part.

    Parameters
    ----------
    labels
        Shape (n, n_labels).
    part
        The part of each row, shape (n,), in 0 .. n_parts - 1.
    """
    rows = np.bincount(part, minlength=n_parts)
    positives = np.stack([labels[part == number].sum(axis=0) for number in range(n_parts)])
    names: list[set[str]] = [set() for _ in range(n_parts)]
    for number, group in zip(part.tolist(), groups, strict=True):
        names[number].add(group)
    shares = np.full(positives.shape, np.nan)
    np.divide(positives, rows[:, None], out=shares, where=rows[:, None] > 0)
    return Balance(rows, np.array([len(group) for group in names]), positives, shares)


def group_numbers(groups: Sequence[str]) -> Ints:
    """The place of each row's group among the sorted group names, shape (n,)."""
    place = {name: number for number, name in enumerate(sorted(set(groups)))}
    return np.fromiter((place[name] for name in groups), dtype=np.int64, count=len(groups))


def _assign(labels: Bools, groups: Sequence[str], shares: Array, seed: int, what: str) -> Ints:
    """The part of each row; part k gets about ``shares[k]`` of the rows and of each label."""
    if labels.ndim != 2 or len(labels) != len(groups):  # noqa: PLR2004 - a matrix
        message = (
            f"The labels have shape {labels.shape} and there are {len(groups)} groups. "
            "Expected one row of labels and one group for each row."
        )
        raise SettingsError(message)
    numbers = group_numbers(groups)
    n_groups = int(numbers.max()) + 1 if len(numbers) else 0
    if n_groups < len(shares):
        message = (
            f"Found {plural(n_groups, 'group')} (articles; near-duplicates count as one) for "
            f"{what}. Expected at least {len(shares)}, for a group stays whole. "
            "Give more articles, or ask for fewer."
        )
        raise SettingsError(message)
    # The last column counts rows: it is the "label" that every row has, so it is dealt out last.
    counts = np.empty((n_groups, labels.shape[1] + 1), dtype=np.int64)
    for column in range(labels.shape[1]):
        counts[:, column] = np.bincount(numbers[labels[:, column]], minlength=n_groups)
    counts[:, -1] = np.bincount(numbers, minlength=n_groups)
    return _assign_groups(counts, shares, np.random.default_rng(seed))[numbers]


def _assign_groups(counts: Ints, shares: Array, random: np.random.Generator) -> Ints:
    """The part of each group, from its counts of each label and, last, of rows."""
    part = np.full(len(counts), -1, dtype=np.int64)
    desired = counts.sum(axis=0)[:, None] * shares
    _deal_bulk(counts, shares, part, desired, random)
    # Ties go to the part that comes first in a random order.
    order = random.permutation(len(shares))
    wishes: list[list[float]] = desired[:, order].tolist()
    filled = np.bincount(part[part >= 0], minlength=len(shares))[order] > 0
    empty = set(np.flatnonzero(~filled).tolist())
    left = np.flatnonzero(part < 0)
    left = left[random.permutation(len(left))]
    while len(left):
        remaining = counts[left].sum(axis=0)
        carried = np.flatnonzero(remaining)
        # A group without rows cannot be, so the last column is always among them.
        label = int(carried[remaining[carried].argmin()])
        bearers = left[counts[left, label] > 0]
        # Large groups first, while there is room; equal ones stay in their random order.
        bearers = bearers[np.argsort(-counts[bearers, label], kind="stable")]
        n_left = len(left)
        for group, own in zip(bearers.tolist(), counts[bearers].tolist(), strict=True):
            # Each part gets a group: the last groups go to parts that have none.
            open_parts = empty if len(empty) >= n_left else range(len(shares))
            want, rows = wishes[label], wishes[-1]
            chosen = max(open_parts, key=lambda k: (want[k], rows[k], -k))
            for wish, count in zip(wishes, own, strict=True):
                if count:
                    wish[chosen] -= count
            empty.discard(chosen)
            part[group] = order[chosen]
            n_left -= 1
        left = left[part[left] < 0]
    return part


def _deal_bulk(
    counts: Ints, shares: Array, part: Ints, desired: Array, random: np.random.Generator
) -> None:
    """Deal out groups of equal counts by share, as far as they go; changes part and desired."""
    # A column at a time: ten times as fast as np.unique on rows, and the kinds are the same.
    kind = np.zeros(len(counts), dtype=np.int64)
    for column in counts.T:
        _, kind = np.unique(kind * (column.max() + 1) + column, return_inverse=True)
    size = np.bincount(kind)
    # In a random order within each kind, then by kind.
    shuffled = random.permutation(len(counts))
    shuffled = shuffled[np.argsort(kind[shuffled], kind="stable")]
    ends = np.cumsum(size)
    for number in np.flatnonzero(size >= 1 / shares.max()).tolist():
        members = shuffled[ends[number] - size[number] : ends[number]]
        # The margin forgives floating point: 5 groups at a share of 1/5 are one group.
        quota = np.floor(size[number] * shares + 1e-9).astype(np.int64)
        parts = np.repeat(np.arange(len(shares)), quota)
        part[members[: len(parts)]] = parts
        desired -= counts[members[0]][:, None] * quota
