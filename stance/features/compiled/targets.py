"""The compiled loops of `stance.features.target`: texts with marked targets in, scores out.

Every reader is written a second time, term for term, in the modules whose names begin alike; the
tests hold the two together.
"""

# Loops take plain arguments, many of them, and readers are long for having no strings.
# ruff: noqa: C901, PLR0912, PLR0913

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from stance.features.compiled.machine import Hashes, Places, compiled_once, compiled_part
from stance.features.compiled.target_context import (
    read_distance,
    read_letters,
    read_quotation,
    read_words,
)
from stance.features.compiled.target_hashes import count_noted
from stance.features.compiled.target_layout import (
    CLASSES,
    CUES,
    DISTANCE,
    LETTERS,
    MENTION,
    POLARITY,
    PRONOUN,
    QUOTATION,
    ROLE,
    SHAPE,
    WORDS,
    Points,
    ReaderRow,
    Targets,
    TargetScratch,
    Values,
)
from stance.features.compiled.target_lists import read_classes, read_cues, read_polarity
from stance.features.compiled.target_marking import mark
from stance.features.compiled.target_mention import read_mention, read_shape
from stance.features.compiled.target_role import read_role


@compiled_once
def score_targets(
    points: Points,
    bounds: Places,
    targets: Targets,
    info: Points,
    rows: tuple[ReaderRow, ...],
    known: Hashes,
    fixed: Hashes,
    starts: Values,
    values: Values,
    names: Hashes,
    rows_of: npt.NDArray[np.float32],
    scratch: TargetScratch,
    scores: npt.NDArray[np.float64],
) -> None:
    """Add to ``scores[i]`` what the blocks say of target i.

    ``points[bounds[t]:bounds[t + 1]]`` is text t; code points that occur are known in ``info``.
    ``rows_of`` holds for each term its weights and, last, its idf.
    """
    letters, words, hashes = scratch.letters, scratch.words, scratch.hashes
    cues, noted = scratch.cues, scratch.noted
    found, tf_idf = scratch.found, scratch.tf_idf
    for i in range(targets.texts.size):
        text = points[bounds[targets.texts[i]] : bounds[targets.texts[i] + 1]]
        start, end = targets.starts[i], targets.ends[i]
        first, last = targets.firsts[i], targets.lasts[i]
        n_words, target, kind = mark(
            text,
            start,
            end,
            targets.span_starts[first:last],
            targets.span_ends[first:last],
            targets.owns[i] - first,
            info,
            letters,
            words,
            hashes,
            fixed,
        )
        mention = text[start:end]
        for row in rows:
            n = 0
            if row.reader == WORDS:
                n = read_words(hashes, n_words, row, known, noted, n)
            elif row.reader == DISTANCE:
                n = read_distance(hashes, n_words, target, row, known, noted, n)
            elif row.reader == LETTERS:
                n = read_letters(letters, words, hashes, n_words, target, row, known, noted, n)
            elif row.reader == ROLE:
                n = read_role(words, hashes, n_words, target, row, known, noted, n)
            elif row.reader == POLARITY:
                n = read_polarity(
                    words, hashes, n_words, target, row, known, starts, values, noted, n
                )
            elif row.reader == CUES:
                n = read_cues(
                    letters,
                    words,
                    hashes,
                    n_words,
                    target,
                    row,
                    known,
                    fixed,
                    starts,
                    values,
                    names,
                    cues,
                    noted,
                    n,
                )
            elif row.reader == CLASSES:
                n = read_classes(
                    words, hashes, n_words, target, row, known, starts, values, names, noted, n
                )
            elif row.reader == QUOTATION:
                n = read_quotation(letters, words, n_words, target, row, known, noted, n)
            elif row.reader == SHAPE:
                is_pronoun = kind & PRONOUN != 0
                n = read_shape(
                    mention, is_pronoun, info, words, n_words, target, row, known, noted, n
                )
            elif row.reader == MENTION:
                n = read_mention(mention, info, row, known, noted, n)
            n = count_noted(noted, n, known, found)
            factor = _factor(row, n, rows_of, found, tf_idf)
            for k in range(n):
                value, number = factor * tf_idf[k], found[k, 0]
                for label in range(scores.shape[1]):
                    scores[i, label] += value * rows_of[number, label]


@compiled_part
def _factor(
    row: ReaderRow,
    n_found: int,
    rows_of: npt.NDArray[np.float32],
    found: Values,
    tf_idf: npt.NDArray[np.float64],
) -> float:
    """Write the found terms' tf * idf, and return the block's weight by the vector's length."""
    total, last = 0.0, rows_of.shape[1] - 1
    for k in range(n_found):
        number = found[k, 0]
        count = found[number, 1]
        found[number, 1] = 0
        frequency = float(count)
        if row.sublinear and count > 1:
            frequency = 1.0 + math.log(frequency)
        tf_idf[k] = frequency * rows_of[number, last]
        total += tf_idf[k] * tf_idf[k]
    return row.weight / math.sqrt(total) if total > 0.0 else 0.0
