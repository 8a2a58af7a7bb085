"""Reports are drawn from the record alone, say what the numbers say, and escape what they show."""

import json
import logging
import re
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from markupsafe import escape

from stance.errors import InputError
from stance.evaluate.evaluation import Estimate, OverlapResult, without_texts
from stance.evaluate.evaluation_file import as_file, as_plain, parse_evaluation, read_evaluation
from stance.evaluate.probabilities import curve
from stance.evaluate.ranking import average_precision
from stance.output.drawing import element
from stance.output.rendering import cell
from stance.report.answer import answers, label_kind, unfairness, warnings
from stance.report.drawing import key_of
from stance.report.html import pieces, render_html
from stance.report.markdown import render_markdown
from stance.report.plots import label_plot, precision_recall_plot, reliability_plot, steps


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


def test_the_file_is_read_back_as_it_was_written(record, tmp_path):
    """`evaluation.json` gives the short figures and the whole record again."""
    path = tmp_path / "evaluation.json"
    short = {"model": {"name": "m"}, "data": {"n_noise": 0}, "tasks": {}}
    path.write_text(as_file(short, record), encoding="utf-8")
    assert read_evaluation(path) == (short, record)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "this is not JSON"),
        ("[1, 2]", "this is not an evaluation"),
        ("[" * 100_000, "this is not JSON"),
        ('{"model": "m"}', "this is not an evaluation"),
        ('{"format": "stance evaluation", "version": 1}', "has format 1, this stance reads"),
        ('{"format": "stance evaluation", "version": 2}', "the record cannot be read"),
        (
            '{"format": "stance evaluation", "version": 2, "evaluation": {"model": "m"}}',
            "the record cannot be read",
        ),
    ],
)
def test_other_files_are_refused(tmp_path, content, says):
    """A file that is no evaluation, or an old or broken one, is named with the remedy."""
    path = tmp_path / "evaluation.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=says) as caught:
        read_evaluation(path)
    assert str(path) in str(caught.value)


def test_texts_can_be_left_out(record):
    """Without texts no word run of the test stands in page, Markdown or numbers; names do."""
    bare = without_texts(record)
    drawn = (render_html(bare), render_markdown(bare), as_file({}, bare))
    quoted = [one for task in record.tasks for one in (*task.mistakes, *task.doubts)]
    assert quoted
    for one in quoted:
        run = " ".join(one.text.split()[:5])
        assert not any(run in " ".join(file.split()) for file in drawn)
        assert all(one.id in file.replace("\\", "") for file in drawn[:1])
    assert all("--no-texts" in file for file in drawn[:2])
    assert all(mistake.words == () for task in bare.tasks for mistake in task.mistakes)
    assert replace(bare, tasks=record.tasks, quotes_texts=True) == record


def test_markdown_has_the_tables_of_the_page(record):
    """Doubtful gold labels, what abstaining buys and labels that occur together stand in both."""
    text = render_markdown(record)
    for task in record.tasks:
        part = text[text.index(f"## Task {task.name}") :]
        together = part[part.index("Labels that occur together") :]
        first = task.labels[0].name.replace("_", "\\_")
        row = " | ".join(str(one) for one in task.together[0])
        assert f"| {first} | {row} |" in together
        bought = part[part.index("What abstaining buys") :]
        last = task.abstaining[-1]
        assert f"| {last.x:.3f} | {last.y:.3f} |" in bought
        again = part[part.index("Gold labels to read again") :]
        assert all(doubt.id.replace("_", "\\_") in again for doubt in task.doubts)


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


def test_names_mean_nothing_in_markdown():
    """Markup, entities, formulas and struck-out text in a name are shown as they stand."""
    assert cell("R&amp;D ~~x~~ $y$ <b>") == r"R\&amp;D \~\~x\~\~ \$y\$ \<b\>"


def test_names_that_are_drawn_stay_as_they_are():
    """What a drawing's tags mean is changed in tags alone."""
    name = 'id="a" href="#b" url(#c) #010203'
    found = element(f'<svg><g id="d" fill="url(#d)"/><text>{name}</text></svg>', "p", {})
    assert f"<text>{name}</text>" in found
    assert '<g id="p-d" fill="url(#p-d)"/>' in found


def test_names_of_other_scripts_have_ids_of_their_own():
    """Where no letter is plain, ids differ all the same, and so do those of parts cut elsewhere."""
    names = [chr(0x4E00 + i) for i in range(2000)]
    assert len({key_of("f1", name) for name in names}) == len(names)
    assert key_of("a|b", "c") != key_of("a", "b|c")


def test_who_draws_with_matplotlib_too_goes_on_hearing_from_it(record, monkeypatch):
    """What it says of its fonts is kept from a page, and from nothing else."""
    logger = logging.getLogger("matplotlib")
    monkeypatch.setattr(logger, "level", logging.INFO)
    label_plot(record.tasks[0])
    assert logger.level == logging.INFO


def test_the_drawn_curve_has_the_area_that_is_named():
    """The area under precision and recall as drawn is the average precision, from recall 0 on."""
    random = np.random.default_rng(5)
    gold, probabilities = random.random(60) < 0.3, random.random(60).round(1)
    xs, ys = steps(curve(gold, probabilities))
    assert xs[0] == 0
    area = sum((b - a) * y for (a, b), y in zip(pairwise(xs), ys[1:], strict=True))
    assert area == pytest.approx(average_precision(gold, probabilities))


def test_decisions_on_whole_sets_have_no_threshold(record):
    """What is chosen is told by how it was: a threshold, whole sets, or the most probable label."""
    task = record.tasks[0]
    label = task.labels[0]
    assert label.chosen.at is not None
    whole = replace(label, chosen=replace(label.chosen, at=None))
    for several, says in ((True, "chosen: whole sets"), (False, "chosen: largest")):
        plot = precision_recall_plot(replace(task, several=several), whole)
        assert plot.rows[-1][0] == says


def test_long_names_and_long_lists_leave_room(record):
    """Names are cut in a drawing alone; what is what stands right below, however many there are."""
    task = record.tasks[0]
    long = "an actor that helps people\nin need, whoever they are"
    for n in (1, 40):
        labels = tuple(replace(task.labels[0], name=f"{long} {i}") for i in range(n))
        plot = label_plot(replace(task, labels=labels))
        assert ">an actor that helps people in n…<" in plot.svg
        assert plot.rows[0][0] == f"{long} 0"
        axis, key = (
            float(re.search(rf'y="([\d.]+)"[^>]*>{text}<', plot.svg)[1]) for text in ("F1", "model")
        )
        assert 10 < key - axis < 40


def test_bins_of_equal_probabilities_are_told_by_their_sizes(record):
    """Units of equal probability stay together: bins need not be of about one size."""
    task = record.tasks[0]
    label = task.labels[0]
    first, second = label.calibration.bins[:2]
    bins = (replace(first, count=3), replace(second, count=1200))
    calibration = replace(label.calibration, bins=bins)
    plot = reliability_plot(task, replace(label, calibration=calibration))
    assert plot.description.endswith("2 points, 3 to 1,200 units each.")


def test_has_no_id_twice(page):
    """Ids are unique, also those inside drawings."""
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_text_runs_in_its_own_direction(page):
    """Paragraphs from right to left stand so."""
    assert page.count('<p class="text" dir="auto">') == page.count('<p class="text"') > 0


def test_every_plot_has_a_table(record, page):
    """Each figure has a title with its n, and a table of its values."""
    figures = re.findall(r"<figure>.*?</figure>", page, re.DOTALL)
    n_labels = sum(len(task.labels) for task in record.tasks)
    assert len(figures) == 4 * len(record.tasks) + 2 * n_labels
    for figure in figures:
        assert "<figcaption" in figure
        assert "(n = " in figure
        assert '<details class="values">' in figure
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


def test_the_headline_counts_labels_where_they_are_many(record):
    """Nobody reads a hundred names in one sentence; the table below has them all."""
    good, poor = _with_alpha(record, 0.9, 0.85, 0.95), _with_alpha(record, 0.1, 0.0, 0.2)
    many = tuple(replace(good, name=f"label {i}") for i in range(40))
    task = replace(record.tasks[0], labels=(*many, poor))
    (told,) = answers(replace(record, tasks=(task,)))
    assert told.headline.startswith(
        f"In part: you can rely on 40 labels; do not rely on {poor.name}"
    )
    assert len(told.labels) == 41


def test_first_screen_speaks_of_people_and_rivals(record):
    """It says how the model stands to a second coder, to guessing and to itself."""
    for answer in answers(record):
        said = " ".join(answer.sentences)
        assert "one coder against another" in said
        assert "better than guessing (majority" in said
        assert "cannot be told apart from" in said
        assert "the same again" in said
        assert "Twice the labelled articles" in said


def test_every_label_can_be_filtered_by(record):
    """Also those whose names differ in case alone, or hold more than one space in a row."""
    task = record.tasks[0]
    names = ("Aid", "aid", "aid  by  air", 'say "no"')
    mistakes = tuple(replace(task.mistakes[0], label=name) for name in names)
    page = render_html(replace(record, tasks=(replace(task, mistakes=mistakes),)))
    offered = page[page.index('<select id="f-label">') : page.index('<select id="f-kind">')]
    for name in names:
        assert f'<option value="{escape(name)}">' in offered


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


def test_a_test_that_was_learned_from_gives_no_verdict(record):
    """Where half of it or more was, no label is said to be reliable, however good it looks."""
    good = _with_alpha(record, 0.95, 0.9, 0.99)
    # Behind them a task of few paragraphs in a large test, and one of many targets in a small one.
    seen = (
        *((10, 5, 5, False), (10, 4, 4, True), (10, 5, 0, True), (10, 10, 1, True)),
        *((100, 5, 5, False), (4, 5, 3, False)),
    )
    for n, n_seen, same_paragraph, is_answered in seen:
        task = replace(record.tasks[0], labels=(good,), n=10, n_overlapping=n_seen)
        overlap = OverlapResult("text", "compared", n, 5, same_paragraph, 0)
        (told,) = answers(replace(record, overlap=overlap, tasks=(task,)))
        assert told.headline.startswith("Yes: " if is_answered else "No answer: 5 of the 10 ")
        assert (told.labels[0].verdict == "rely on it") == is_answered


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


def test_names_alone_do_not_make_a_test_unfair():
    """Articles of the same number need not be the same: nothing is said for certain."""
    found = OverlapResult("signatures", "", 40, same_article=9, same_paragraph=0, near_duplicate=0)
    assert "If they are the same articles" in unfairness(found)
    assert "The figures are too good" in unfairness(replace(found, near_duplicate=1))
