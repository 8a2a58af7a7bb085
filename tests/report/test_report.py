"""Reports are drawn from the record alone, say what the numbers say, and escape what they show."""

import json
import re
from dataclasses import replace
from itertools import pairwise

import pytest

from stance.evaluate.evaluation import Estimate, OverlapResult, as_plain, parse_evaluation
from stance.report.answer import answers, label_kind, warnings
from stance.report.html import pieces, render_html
from stance.report.markdown import render_markdown


@pytest.fixture(scope="module")
def page(record):
    """The report as a page."""
    return render_html(record)


def test_is_redrawn_from_json_alone(record, page):
    """What `as_plain` wrote gives the same page and the same Markdown."""
    again = parse_evaluation(json.loads(json.dumps(as_plain(record), allow_nan=False)))
    assert again == record
    assert render_html(again) == page
    assert render_markdown(again) == render_markdown(record)


def test_is_self_contained(page):
    """The page names no address that a browser would load."""
    assert not re.search(r'(?:src|href)="(?!#)', page)
    assert "@import" not in page
    assert "url(http" not in page


def test_names_are_escaped(record, page):
    """Markup in a model's name or a text is shown, not followed."""
    assert "held-out <model>" not in page
    assert "held-out &lt;model&gt;" in page
    assert "held-out \\<model\\>" in render_markdown(record)


def test_has_no_id_twice(page):
    """Ids are unique, also those inside drawings."""
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_every_plot_has_a_table(record, page):
    """Each figure has a title with its n, and a table of its values."""
    figures = re.findall(r"<figure>.*?</figure>", page, re.DOTALL)
    n_labels = sum(len(task.labels) for task in record.tasks)
    assert len(figures) == 4 * len(record.tasks) + 2 * n_labels
    for figure in figures:
        assert "<figcaption" in figure
        assert "(n = " in figure
        assert "<details>" in figure
        assert '<th scope="row">' in figure


def test_headings_go_down_by_one(page):
    """No level of headings is left out."""
    levels = [int(level) for level in re.findall(r"<h(\d)", page)]
    assert levels[0] == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))


def _with_alpha(record, value, low, high):
    label = record.tasks[0].labels[0]
    return replace(label, metrics={**label.metrics, "alpha": Estimate(value, low, high)})


@pytest.mark.parametrize(
    ("value", "low", "high", "kind"),
    [
        (0.9, 0.8, 0.95, "good"),
        (0.9, 0.7, 0.95, "fair"),
        (0.9, 0.5, 0.95, "near"),
        (0.5, 0.4, 0.7, "poor"),
        (0.5, 0.1, 0.9, "open"),
        (None, None, None, "open"),
    ],
)
def test_verdicts_follow_the_whole_interval(record, value, low, high, kind):
    """Only an interval beyond Krippendorff's limit gives a verdict; a wide one gives none."""
    assert label_kind(_with_alpha(record, value, low, high)) == kind


def test_first_screen_speaks_of_people_and_rivals(record):
    """It says how the model stands to a second coder, to guessing and to itself."""
    for answer in answers(record):
        said = " ".join(answer.sentences)
        assert "one coder against another" in said
        assert "better than majority" in said
        assert "cannot be told apart from" in said
        assert "the same again" in said
        assert "Twice the labelled articles" in said


def test_overlap_stands_on_top(record):
    """An overlap is a warning before everything else, with the figures without it."""
    overlap = OverlapResult("text", "compared", 100, 3, 2, 1, ("p1",))
    task = replace(
        record.tasks[0], n_overlapping=3, without_overlap={"macro_f1": Estimate(0.5, 0.4, 0.6)}
    )
    found = replace(record, overlap=overlap, tasks=(task,))
    said = warnings(found)
    assert "overlaps with the training data" in said[0]
    assert "without: 0.500" in said[1]
    page = render_html(found)
    assert page.index("overlaps with the training data") < page.index("Can I use this model")
    assert "The test was fair" not in page


def test_unknown_articles_are_a_warning(record):
    """Where no row names its article, the intervals may be too narrow, and the report says so."""
    assert not any("name no article" in one for one in warnings(record))
    said = warnings(replace(record, articles_known=False))
    assert any("the intervals are too narrow" in one for one in said)


def test_nobody_checked_is_a_warning(record):
    """A test whose overlap cannot be known is not called fair."""
    overlap = OverlapResult("nothing", "the model keeps no fingerprints", 100)
    assert "Nobody knows" in warnings(replace(record, overlap=overlap))[0]
    assert not overlap.is_clean


def test_undefined_says_why(record):
    """A figure without a value shows its reason, never 0."""
    label = record.tasks[0].labels[0]
    none = Estimate(None, reason="the label is never predicted")
    changed = replace(label, metrics={**label.metrics, "precision": none})
    task = replace(record.tasks[0], labels=(changed, *record.tasks[0].labels[1:]))
    found = replace(record, tasks=(task, *record.tasks[1:]))
    assert "the label is never predicted" in render_html(found)
    assert "undefined: the label is never predicted" in render_markdown(found)


def test_marked_words_keep_the_text(record):
    """The pieces of a mistake's text are the text, and some of them are marked."""
    found = [mistake for task in record.tasks for mistake in task.mistakes]
    assert found
    for mistake in found:
        assert "".join(piece.text for piece in pieces(mistake)) == mistake.text
    assert any(piece.kind for mistake in found for piece in pieces(mistake))
