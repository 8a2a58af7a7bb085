"""A model codes articles exactly, explains itself exactly, and comes back from its folder."""

import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stance import load_model
from stance.classify.store import read_folder
from stance.errors import ModelError
from stance.features.lexicon import LexiconBlock
from stance.model import find_model
from stance.model_files import from_files
from stance.output.records import coding_record
from stance.records import Article, Unit
from stance.training import train

TEXT = (
    "Rebels shelled the town on Monday, killing three soldiers.\n\n"
    "Share this article: Rebels shell town\n\n"
    "Aid workers said that thousands of families had fled without food.\n"
)


def test_every_paragraph_is_coded_and_noise_is_not(small_model):
    """Paragraphs carry labels and probabilities; noise stands there without."""
    first, noise, last = small_model.classify(TEXT)
    assert "military" in first.labels["topic"]
    assert "humanitarian" in last.labels["topic"]
    assert noise.paragraph.is_noise
    assert not noise.labels
    assert not noise.scores
    for coding in (first, last):
        for task, scores in coding.scores.items():
            assert tuple(scores) == small_model.codebook.tasks[task].label_names
            assert all(0 <= p <= 1 for p in scores.values())


@settings(max_examples=40)
@given(text=st.text())
def test_spans_hold_for_any_unicode(small_model, text):
    """A paragraph's text stands in the article's text where it says."""
    for coding in small_model.classify(text, explain=True):
        paragraph = coding.paragraph
        assert text[paragraph.start : paragraph.end] == paragraph.text
        for labels in coding.evidence.values():
            for evidence in labels.values():
                for feature in evidence.features:
                    for start, end in feature.spans:
                        assert 0 <= start < end <= len(paragraph.text)


def test_evidence_sums_to_the_raw_score(small_model):
    """Contributions, the rest and the intercept are the raw score, and make the probability."""
    (coding,) = small_model.classify(TEXT.split("\n", maxsplit=1)[0], explain=True)
    scores = small_model.scores([Unit(coding.paragraph.text)])
    for task, labels in coding.evidence.items():
        for number, (label, evidence) in enumerate(labels.items()):
            parts = [feature.contribution for feature in evidence.features]
            assert evidence.intercept + evidence.rest + sum(parts) == pytest.approx(evidence.raw)
            assert evidence.raw == pytest.approx(scores[task].raw[0, number])
            assert coding.scores[task][label] == pytest.approx(scores[task].values[0, number])
            sizes = [abs(part) for part in parts]
            assert sizes == sorted(sizes, reverse=True)
            for feature in evidence.features:
                for start, end in feature.spans:
                    word = feature.feature.split(": ")[1]
                    assert coding.paragraph.text[start:end].lower() == word


def test_abstaining_says_what_cannot_be_said(small_model):
    """At full confidence nothing is said; at none, all that is said without abstaining."""
    silent = small_model.classify(TEXT, abstain=1.0)[0]
    assert silent.labels == {"topic": (), "frame": ()}
    assert silent.undecided["topic"] == ("military", "humanitarian", "political")
    assert small_model.classify(TEXT, abstain=0.0) == small_model.classify(TEXT)
    with pytest.raises(ValueError, match="from 0 to 1"):
        small_model.classify(TEXT, abstain=1.5)


def test_records_have_the_fields_that_others_rely_on(small_model):
    """The names and the order of the JSON fields are a contract."""
    article = Article("a1", TEXT, title="Town shelled")
    record = coding_record(small_model.classify(article)[0])
    assert list(record) == [
        "article",
        "title",
        "paragraph",
        "start",
        "end",
        "text",
        "noise",
        "labels",
        "scores",
        "stances",
    ]
    assert record["article"] == "a1"
    assert record["title"] == "Town shelled"
    assert json.loads(json.dumps(record)) == record


def test_a_model_comes_back_from_its_folder(small_model, small_folder):
    """A loaded model says what the trained one said."""
    again = load_model(small_folder)
    assert again.classify(TEXT, explain=True) == small_model.classify(TEXT, explain=True)
    assert again.fingerprint


def test_equal_training_gives_equal_bytes(small_recipe, small_folder, tmp_path):
    """The same recipe, data and seed give byte-identical model files."""
    train(small_recipe, problems=pytest.fail).save(tmp_path / "again")
    for path in small_folder.iterdir():
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes(), path.name


def test_paragraphs_and_targets_are_not_mixed(small_model):
    """Units of two kinds in one call are refused."""
    with pytest.raises(ValueError, match="Score each kind by itself"):
        small_model.scores([Unit("Rebels fled."), Unit("Rebels fled.", start=0, end=6)])
    assert small_model.scores([])["topic"].values.shape == (0, 3)


@pytest.mark.parametrize(
    ("articles", "found"),
    [
        (None, "NoneType"),
        (b"Rebels fled.", "bytes"),
        ({"text": "Rebels fled."}, "dict"),
        (pa.table({"text": ["Rebels fled."]}), "Table"),
        (["Rebels fled.", None], "NoneType"),
        ([{"text": "Rebels fled."}], "dict"),
    ],
)
def test_what_is_no_article_is_refused(small_model, articles, found):
    """Neither the names of fields nor single letters are coded as if they were articles."""
    with pytest.raises(TypeError, match=f"Found {found} where articles are expected"):
        small_model.classify(articles)


def test_one_article_may_stand_for_several(small_model):
    """A text or a record is one article, wherever several are taken."""
    (coding,) = small_model.classify("Rebels fled.")
    for one in ("Rebels fled.", Article("0", "Rebels fled.")):
        assert list(small_model.classify_many(one)) == [coding]


def test_an_unknown_model_lists_the_choices():
    """A misspelt name is an error with what there is."""
    with pytest.raises(ModelError, match='no model "conflict-new"'):
        find_model("conflict-new")


def test_probabilities_are_near_the_truth(small_model, root):
    """Mean probabilities of a label are its share, up to what training on the texts adds."""
    lines = (root / "training/labels/authored.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    rows = [row for row in rows if not row["noise"]]
    values = small_model.scores([Unit(row["text"]) for row in rows])["topic"].values
    shares = np.mean(
        [["military" in r["topic"], "humanitarian" in r["topic"]] for r in rows], axis=0
    )
    np.testing.assert_allclose(values.mean(axis=0)[:2], shares, atol=0.1)


def test_evidence_counts_the_rest_of_the_article():
    """The shipped model reads context; its evidence still makes the probability it gives."""
    model = load_model("conflict-news")
    codings = [c for c in model.classify(TEXT, explain=True) if not c.paragraph.is_noise]
    for coding in codings:
        for task, labels in coding.evidence.items():
            raw = np.array([[evidence.raw for evidence in labels.values()]])
            expected = model.tasks[task].calibration(raw)[0]
            np.testing.assert_allclose(list(coding.scores[task].values()), expected, atol=1e-4)


def test_evidence_takes_time_that_grows_with_the_article(monkeypatch):
    """What stands around a paragraph is read once an article, not once a paragraph."""
    model = load_model("conflict-news")
    read = []
    count = LexiconBlock.rows
    monkeypatch.setattr(
        LexiconBlock, "rows", lambda self, units: read.extend(units) or count(self, units)
    )
    model.classify("\n\n".join([TEXT] * 20), explain=True)
    # Twice to be scored and twice to be explained: alone, and as what stands around others.
    assert len(read) == 4 * 2 * 20


@pytest.mark.parametrize("key", ["spaces", "tasks", "codebook"])
@pytest.mark.parametrize("damaged", [None, 7, "x", ["x"], {}])
def test_a_description_that_does_not_fit_is_told(small_folder, key, damaged):
    """Whatever a description holds, loading ends in a model or in one clear line."""
    files = read_folder(small_folder)
    with pytest.raises(ModelError, match="Train it again"):
        from_files(replace(files, description={**files.description, key: damaged}))
