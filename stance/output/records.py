"""A coding as plain data: the fields that other tools rely on."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from stance.records import Coding, LabelEvidence, Stance

# Six digits tell probabilities apart that differ at all, and keep lines short.
DIGITS = 6


def coding_record(coding: Coding) -> dict[str, Any]:
    """One paragraph's coding, ready for JSON.

    ``start`` and ``end`` count in the article's text, as do the spans of ``stances``; spans in
    ``evidence`` count in the paragraph's ``text``. ``undecided`` and ``evidence`` are there only
    when they were asked for.
    """
    paragraph = coding.paragraph
    record: dict[str, Any] = {
        "article": paragraph.article,
        "title": coding.title,
        "paragraph": paragraph.index,
        "start": paragraph.start,
        "end": paragraph.end,
        "text": paragraph.text,
        "noise": paragraph.is_noise,
        "labels": {task: list(labels) for task, labels in coding.labels.items()},
        "scores": {task: rounded(scores) for task, scores in coding.scores.items()},
        "stances": [stance_record(stance) for stance in coding.stances],
    }
    if coding.undecided:
        record["undecided"] = {task: list(labels) for task, labels in coding.undecided.items()}
    if coding.evidence:
        record["evidence"] = {
            task: {label: evidence_record(found) for label, found in labels.items()}
            for task, labels in coding.evidence.items()
        }
    return record


def stance_record(stance: Stance) -> dict[str, Any]:
    """One actor's presentation, ready for JSON."""
    record: dict[str, Any] = {
        "actor": stance.actor,
        "mention": stance.mention,
        "start": stance.start,
        "end": stance.end,
        "stance": stance.stance,
        "scores": rounded(stance.scores),
    }
    if stance.evidence:
        record["evidence"] = {
            label: evidence_record(found) for label, found in stance.evidence.items()
        }
    return record


def stance_text(stance: Stance) -> str:
    """A stance with its probability, for reading; "cannot say" has none."""
    probability = stance.scores.get(stance.stance)
    return stance.stance if probability is None else f"{stance.stance} {probability:.2f}"


def evidence_record(evidence: LabelEvidence) -> dict[str, Any]:
    """Why a label got its raw score: intercept + contributions + rest = raw, exactly."""
    return {
        "raw": evidence.raw,
        "intercept": evidence.intercept,
        "rest": evidence.rest,
        "features": [
            {
                "feature": feature.feature,
                "contribution": feature.contribution,
                "spans": [list(span) for span in feature.spans],
            }
            for feature in evidence.features
        ],
    }


def rounded(scores: Mapping[str, float]) -> dict[str, float]:
    """Probabilities to six digits."""
    return {label: round(value, DIGITS) for label, value in scores.items()}


def json_line(coding: Coding, *, kept: Mapping[str, Any] | None = None) -> str:
    """The coding as one line of JSON, valid UTF-8 even where the text holds lone surrogates.

    ``kept`` are cells of the article's row to pass through, as field ``kept``; a number that JSON
    cannot hold is null there.
    """
    record = coding_record(coding)
    if kept is not None:
        record["kept"] = kept
    try:
        line = _dumped(record, ensure_ascii=False)
        line.encode()
    except UnicodeEncodeError:
        line = _dumped(record, ensure_ascii=True)
    return line


def _dumped(record: dict[str, Any], *, ensure_ascii: bool) -> str:
    try:
        return json.dumps(record, ensure_ascii=ensure_ascii, default=str, allow_nan=False)
    except ValueError:
        return json.dumps(_finite(record), ensure_ascii=ensure_ascii, default=str)


def _finite(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """The same without numbers that are none, or without end."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value
