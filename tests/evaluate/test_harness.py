"""The whole evaluation: what it compares, what it warns of, what it leaves undefined."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from scipy.optimize import curve_fit

from stance.actors.catalogue import Actor, Catalogue
from stance.classify.decision import Thresholds
from stance.cli import main
from stance.codebook import Task
from stance.errors import EmptyEvaluationError, InputError, SettingsError
from stance.evaluate.agreement import Codings
from stance.evaluate.articles import merged_articles
from stance.evaluate.baselines import Rival, answered, majority, random_by_prevalence, systems
from stance.evaluate.ceiling import agreement_figures
from stance.evaluate.coders import codings_of, read_codings
from stance.evaluate.fairness import Training, find_training
from stance.evaluate.harness import Plan, assess, find_lexicon, read_gold
from stance.evaluate.intervals import article_weights
from stance.evaluate.learning import fit_power_law, learning_curves, without_test
from stance.evaluate.memory import parse_memory, remember
from stance.evaluate.mistakes import mistakes
from stance.evaluate.parts import split_files, write_parts
from stance.evaluate.probabilities import mean_with_interval
from stance.evaluate.scoring import coded_probabilities
from stance.evaluate.slices import columns_of, slices
from stance.evaluate.statistic import TaskStatistic
from stance.model import Model, load_model
from stance.records import Unit
from stance.text.labelled import LabelledUnits, Row, read_labelled
from stance.training import silent, train_on

STORY = "The council voted on Monday to close the old bridge, and boats now carry the people over. "


def _rows(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def _run(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["stance", *map(str, arguments)])
    try:
        main()
    except SystemExit as end:
        return end.code or 0
    return 0


def test_record_has_all_parts(record):
    """Baselines, ceiling, curves, slices, mistakes and doubts are there for each task."""
    assert [task.name for task in record.tasks] == ["topic", "frame"]
    for task in record.tasks:
        names = [one.name for one in task.systems]
        assert names[:2] == ["majority", "random by prevalence"]
        assert {"lexicon counts alone", "TF-IDF alone", "TF-IDF and lexicon counts"} < set(names)
        assert not any(one.unavailable for one in task.systems)
        assert task.ceiling is not None
        assert task.ceiling.agreement.n_coders == 2
        assert task.slices
        assert task.mistakes
        assert task.abstaining
        assert task.learning_curve is not None
        for label in task.labels:
            assert {"precision", "recall", "f1", "average_precision", "alpha"} <= set(label.metrics)
            assert sum(one.count for one in label.calibration.bins) == task.n
            assert label.curve[-1].x == 1


def test_a_model_cannot_be_told_apart_from_itself(record):
    """The difference to the same model is 0, with a p-value of 1."""
    for task in record.tasks:
        same = task.systems[-1]
        assert same.name == "the same again"
        assert same.difference.value == 0
        assert same.adjusted == 1
        assert not same.told_apart


def test_p_values_are_corrected_for_all_tasks(record):
    """Holm's smallest corrected p-value is the number of comparisons times the smallest."""
    systems = [one for task in record.tasks for one in task.systems]
    raw = min(one.p_value for one in systems)
    assert min(one.adjusted for one in systems) == pytest.approx(min(1, len(systems) * raw))


def test_figures_are_those_of_the_plain_harness(held_out, record):
    """The record and the short figures say the same."""
    from stance.evaluate.harness import evaluate

    model, _, test_file = held_out
    plain = evaluate(model, read_gold(model, [test_file], problems=pytest.fail))
    for task in record.tasks:
        assert task.metrics["macro_f1"].value == pytest.approx(
            plain["tasks"][task.name]["macro_f1"]
        )


def test_a_fair_test_is_clean(record):
    """Nothing of the test stands in the training part."""
    assert record.overlap.is_clean
    assert record.overlap.checked_with == "text"


def test_overlap_is_found_without_the_training_text(held_out, tmp_path):
    """A saved model knows its training paragraphs, and the figures without them are given."""
    model, train_file, test_file = held_out
    model.save(tmp_path / "m")
    loaded = load_model(tmp_path / "m")
    rows = [json.loads(line) for line in test_file.read_text("utf-8").splitlines()]
    known = [json.loads(line) for line in train_file.read_text("utf-8").splitlines()][:12]
    for row in known:
        row["article"] = "copied-" + row["article"]
    mixed = _rows(tmp_path / "mixed.jsonl", rows + known)
    data = read_gold(loaded, [mixed], problems=pytest.fail)
    found = assess(loaded, data, Training(None, "they are gone"), Plan(n_resamples=50))
    assert found.overlap.checked_with == "signatures"
    assert found.overlap.same_article == 0
    n_known = sum(not row["noise"] for row in known)
    assert found.overlap.same_paragraph == n_known
    task = found.tasks[0]
    assert task.n_overlapping == n_known
    assert task.without_overlap["macro_f1"].value != task.metrics["macro_f1"].value
    reasons = {one.unavailable for one in task.systems if one.unavailable}
    assert reasons == {"they are gone"}


def test_rows_without_articles_do_not_overlap_by_their_names(held_out, tmp_path):
    """Files of one name in two folders are not the same articles because their rows count alike."""
    model, train_file, _ = held_out
    rows = [
        {"text": f"Team {i} won its match in the rain, by {i} goals.", "topic": []}
        for i in range(9)
    ]
    path = _rows(tmp_path / train_file.name, rows)
    data = read_gold(model, [path], problems=pytest.fail)
    found = assess(model, data, Training(data), Plan(n_resamples=20))
    assert found.overlap.same_article == 0
    assert found.overlap.same_paragraph == 9
    assert not found.articles_known


def test_memory_finds_edited_copies():
    """A paragraph with a word changed is near, an unrelated one is not."""
    text = STORY * 3 + "Nobody was hurt, and the mayor of the town promised a new bridge by spring."
    memory = parse_memory(remember([text, "too short", ""], ["a", "b", "c"]).arrays())
    found = memory.overlap([text.replace("spring", "summer"), "Something else was said.", text, ""])
    assert found.near.tolist() == [True, False, True, False]
    assert found.exact.tolist() == [False, False, True, False]
    assert memory.seen_articles(["b", "d"]).tolist() == [True, False]
    assert parse_memory({}) is None


def test_training_files_must_be_the_same(held_out):
    """Files of the recipe that changed since are not taken for the training data."""
    model, train_file, _ = held_out
    assert find_training(model, [], problems=pytest.fail).data is not None
    before = train_file.read_text("utf-8")
    edited = before + before.splitlines()[0] + "\n"
    for other in (edited, '{"body": "of another study"}\n', "[]\n", ""):
        train_file.write_text(other, encoding="utf-8")
        try:
            found = find_training(model, [], problems=pytest.fail)
        finally:
            train_file.write_text(before, encoding="utf-8")
        assert found.data is None
        assert "not those that the model learned" in found.why_not


def test_other_training_files_do_not_hide_an_overlap(held_out, tmp_path):
    """Where the files named are not those that were learned from, the model's memory counts too."""
    model, train_file, _ = held_out
    other = _rows(tmp_path / "other.jsonl", [{"text": "A match was lost.", "topic": []}] * 9)
    training = find_training(model, [other], problems=pytest.fail)
    data = read_gold(model, [train_file], problems=pytest.fail)
    found = assess(model, data, training, Plan(n_resamples=20))
    assert found.overlap.same_paragraph == found.n_paragraphs
    assert "not those that the model learned from" in found.overlap.reason
    assert any("The baselines learned from" in note for note in found.notes)


def test_word_list_of_the_baselines(held_out):
    """A recipe that counts no words takes the project's list, unless its texts are not English."""
    model, _, _ = held_out
    assert find_lexicon(model).name == "conflict-news.toml"
    assert find_lexicon(replace(model, recipe={**model.recipe, "language": "de"})) is None


def test_majority_gives_the_most_frequent_label():
    """Every unit gets it, and no other."""
    assert majority(np.array([0.2, 0.5]), 2).tolist() == [[False, True], [False, True]]


@pytest.mark.parametrize("several", [True, False])
def test_random_guessing_keeps_the_shares(several):
    """Labels are as frequent as in training; a single-label task gets one label a unit."""
    shares = np.array([0.1, 0.3, 0.6])
    given = random_by_prevalence(shares, 20000, several=several, seed=5)
    assert given.mean(axis=0) == pytest.approx(shares, abs=0.02)
    if not several:
        assert (given.sum(axis=1) == 1).all()


def test_a_rival_of_another_kind_is_not_compared(held_out):
    """A model that codes the task of targets, or with other labels, says why it has no figures."""
    model, _, test_file = held_out
    data = read_gold(model, [test_file], problems=pytest.fail)
    own = model.tasks["topic"]
    tasks = [
        replace(own.task, unit="target"),
        replace(own.task, labels={"war": "", "peace": ""}),
    ]
    rivals = [
        Rival("r", is_baseline=False, model=replace(model, tasks={"topic": replace(own, task=t)}))
        for t in tasks
    ]
    rivals = [answered(rival, data, [own.task]) for rival in rivals]
    coded = data.paragraphs.of_task("topic")
    gold = coded.gold["topic"]
    found = systems(model, own.task, coded, gold, rivals, seed=1, n_resamples=10)
    assert [one.unavailable for one in found[2:]] == [
        "it codes topic of targets, not of paragraphs",
        f"its labels of topic are war, peace; expected: {', '.join(own.task.label_names)}",
    ]


def test_every_model_reads_the_test_once(held_out, monkeypatch):
    """Topics and frames come from one reading, the model's own and each rival's."""
    model, _, test_file = held_out
    data = read_gold(model, [test_file], problems=pytest.fail)
    read, scores = [], Model.scores
    monkeypatch.setattr(Model, "scores", lambda self, units: read.append(1) or scores(self, units))
    plan = Plan(against=(("the same again", model),), n_resamples=10)
    found = assess(model, data, Training(None, "they are gone"), plan)
    assert [task.name for task in found.tasks] == ["topic", "frame"]
    assert len(read) == 2


def test_rows_without_a_label_are_context(tmp_path):
    """What stands beside a coded paragraph is read as when the article is coded."""
    model = load_model("conflict-news")
    rows = [
        {"article": "a", "text": "The committee met again on Monday.", "topic": ["political"]},
        {"article": "a", "text": "Shells hit the hospital and militants died.", "frame": []},
    ]
    file = _rows(tmp_path / "labels.jsonl", rows)
    data = read_gold(model, [file], problems=pytest.fail)
    units = data.paragraphs
    found = coded_probabilities(model, data, ["topic"])["topic"]
    assert found.shape == (1, 3)
    assert np.array_equal(found[0], model.scores(units.units)["topic"].values[0])
    assert not np.allclose(found[0], model.scores(units.units[:1])["topic"].values[0])


def test_articles_without_labels_are_not_read(tmp_path, monkeypatch):
    """A few labels in a large file take no longer than the articles that they stand in."""
    model = load_model("conflict-news")
    texts = {"a": "The committee met.", "b": "Militants died.", "": "It rained."}
    rows = [{"article": name, "text": text} for name, text in texts.items() for _ in range(2)]
    rows[0]["topic"] = rows[4]["topic"] = ["political"]
    data = read_gold(model, [_rows(tmp_path / "l.jsonl", rows)], problems=pytest.fail)
    read, scores = [], Model.scores
    monkeypatch.setattr(Model, "scores", lambda self, u: read.extend(u) or scores(self, u))
    assert coded_probabilities(model, data, ["topic"])["topic"].shape == (2, 3)
    assert [unit.text for unit in read] == [rows[i]["text"] for i in (0, 1, 4)]


def test_evidence_of_a_mistake_reads_the_same_context(tmp_path):
    """Rows without a task's labels are context of a mistake's evidence as of its probability."""
    model = load_model("conflict-news")
    rows = [
        {"article": "a", "text": "The committee met again on Monday.", "topic": ["military"]},
        {"article": "a", "text": "Shells hit the hospital and militants died.", "frame": []},
    ]
    file = _rows(tmp_path / "labels.jsonl", rows)
    units = read_gold(model, [file], problems=pytest.fail).paragraphs
    coded, probabilities = units.of_task("topic"), np.zeros((1, 3))
    missed = mistakes(model, "topic", coded, probabilities, probabilities > 0, units.units)
    assert any(word.feature.startswith("around: ") for word in missed[0].words)


def test_power_law_is_that_of_scipy():
    """The fitted curve is as close as scipy's least squares, and exact where it can be."""
    sizes = np.array([10.0, 20, 40, 80, 160])
    exact = 0.9 - 1.2 * sizes**-0.5
    law = fit_power_law(sizes, exact[:, None])
    assert law(320)[0] == pytest.approx(0.9 - 1.2 * 320**-0.5, abs=1e-9)
    noisy = exact + np.array([0.01, -0.02, 0.015, 0.0, -0.01])
    ours = fit_power_law(sizes, noisy[:, None])
    theirs, _ = curve_fit(
        lambda n, a, b, c: a - b * n**-c, sizes, noisy, p0=[0.8, 1.0, 0.5], maxfev=10000
    )
    assert ours(320)[0] == pytest.approx(theirs[0] - theirs[1] * 320 ** -theirs[2], abs=0.003)


def test_power_law_leads_to_no_more_than_one():
    """Scores that still rise steeply are led to 1 at most, as scipy's bounded least squares are."""
    sizes = np.array([126.0, 252, 504, 755, 1007])
    scores = np.array([0.428, 0.535, 0.704, 0.753, 0.819])
    ours = fit_power_law(sizes, scores[:, None])
    theirs, _ = curve_fit(
        lambda n, a, b, c: a - b * n**-c,
        sizes,
        scores,
        p0=[0.9, 5.0, 0.5],
        bounds=([0, 0, 0.1], [1, 100, 2]),
    )
    assert ours.limit[0] == 1
    assert ours(2014)[0] == pytest.approx(theirs[0] - theirs[1] * 2014 ** -theirs[2], abs=0.003)


def test_power_law_never_falls():
    """Scores that fall give a flat curve, not one that promises a loss."""
    law = fit_power_law(np.array([10.0, 20, 40]), np.array([[0.7], [0.6], [0.5]]))
    assert law(80)[0] == pytest.approx(0.6)


def test_too_few_articles_for_a_curve(held_out):
    """A learning curve of three points is refused with the way out."""
    from stance.recipe import parse_recipe

    model, train_file, test_file = held_out
    recipe = parse_recipe(dict(model.recipe), folder=train_file.parent)
    data = read_gold(model, [test_file], problems=pytest.fail)
    recipe = replace(recipe, folds=len(set(data.paragraphs.groups)) - 1)
    with pytest.raises(SettingsError, match="more labelled articles"):
        learning_curves(recipe, data, data, seed=1, n_resamples=10, progress=silent)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda task: {"labels": replace(task, labels={"z": "", "a": ""})}, "expected: z, a. Name"),
        (lambda task: {"other": replace(task, name="other")}, "the model other"),
    ],
)
def test_a_curve_of_other_labels_is_refused(study, change, says):
    """Columns are compared by place: labels in another order would give wrong figures."""
    path = study.path("labelled.jsonl")
    data = read_labelled([path], study.data, None, problems=pytest.fail)
    tasks = change(data.codebook.tasks["labels"])
    test = replace(data, codebook=replace(data.codebook, tasks=tasks))
    with pytest.raises(SettingsError, match=says):
        learning_curves(study, data, test, seed=1, n_resamples=10, progress=silent)


def test_a_curve_does_not_learn_from_the_test(study):
    """Articles of which a paragraph is tested are left out, with all their paragraphs."""
    path = study.path("labelled.jsonl")
    training = read_labelled([path], study.data, None, problems=pytest.fail)
    groups = np.array(training.paragraphs.groups)
    first = np.arange(len(groups)) == 0
    test = replace(training, paragraphs=training.paragraphs.subset(first))
    kept, n_left_out = without_test(training, test)
    copies = set(groups[[unit == test.paragraphs.units[0] for unit in training.paragraphs.units]])
    assert n_left_out == len(copies)
    assert set(kept.paragraphs.groups) == set(groups) - copies
    with pytest.raises(SettingsError, match="the test holds them all"):
        without_test(training, training)


def test_interval_of_a_mean_is_the_cluster_formula():
    """With articles of equal size it is Student's interval of the articles' means."""
    random = np.random.default_rng(8)
    by_article = random.random((40, 5))
    weights = article_weights(40, n_resamples=20000, seed=2)
    found = mean_with_interval(by_article.ravel(), np.arange(40).repeat(5), weights)
    means = by_article.mean(axis=1)
    low, high = stats.t.interval(0.95, 39, means.mean(), means.std(ddof=0) / np.sqrt(40))
    assert (found.value, found.low, found.high) == pytest.approx(
        (means.mean(), low, high), abs=2e-3
    )


def test_a_slice_that_differs_is_marked():
    """A slice where the model is always wrong differs; one made by chance does not."""
    random = np.random.default_rng(3)
    n = 400
    groups = [f"a{i // 4}" for i in range(n)]
    gold = random.random((n, 2)) < 0.5
    bad = np.array([(i // 4) % 4 == 0 for i in range(n)])
    predicted = np.where(bad[:, None], ~gold, gold ^ (random.random((n, 2)) < 0.1))
    columns = {
        "outlet": ["bad" if one else "good" for one in bad],
        "coin": ["heads" if one else "tails" for one in random.random(n) < 0.5],
        "same": ["worst" if one else "" for one in bad],
        "rare": ["here" if i < 3 else "" for i in range(n)],
    }
    task = Task("t", {"x": "", "y": ""})
    found = slices(task, gold, predicted, groups, columns, seed=1, n_resamples=300)
    assert {(one.column, one.value): one.differs for one in found} == {
        ("outlet", "bad"): True,
        ("outlet", "good"): True,
        ("coin", "heads"): False,
        ("coin", "tails"): False,
    }
    assert found[0].difference.value < 0


def test_slices_differ_by_chance_as_often_as_promised():
    """Where no slice differs, at most about one test in twenty says so, corrected for all."""
    n, wrong = 240, 0
    groups = [f"a{i // 4}" for i in range(n)]
    task = Task("t", {"x": "", "y": ""})
    for seed in range(60):
        random = np.random.default_rng(seed)
        gold = random.random((n, 2)) < 0.4
        predicted = gold ^ (random.random((n, 2)) < 0.15)
        value = random.integers(0, 3, n // 4).repeat(4)
        columns = {"outlet": [str(one) for one in value]}
        found = slices(task, gold, predicted, groups, columns, seed=seed, n_resamples=200)
        wrong += any(one.differs for one in found)
    assert wrong <= 8


def test_a_zero_a_false_and_a_mark_are_values_to_slice_by():
    """Only what is missing has no value, and a mark that some units have is one.

    Cells are written as where articles are read: floats that are whole, and an outlet's name.
    """
    missing = {"n": float("nan"), "b": None, "m": ""}
    cells = [{"n": 0, "b": False, "m": {"name": "x"}}, {"n": 1.0, "b": True}, missing]
    units = LabelledUnits(
        units=tuple(Unit("It rained.") for _ in cells),
        ids=("1", "2", "3"),
        groups=("a", "b", "c"),
        gold={},
        coded={},
        rows=tuple(Row(Path("x.jsonl"), i, cell) for i, cell in enumerate(cells)),
    )
    found = columns_of(units, Task("t", {"x": ""}), ("n", "b", "m"), {})
    assert found == {"n": ["0", "1", ""], "b": ["False", "True", ""], "m": ["x", "", ""]}


def test_a_column_without_a_slice_is_told(held_out):
    """A field that was asked for and tells nothing apart is not left out in silence."""
    model, _, test_file = held_out
    data = read_gold(model, [test_file], problems=pytest.fail)
    found = assess(model, data, Training(None, "gone"), Plan(columns=("id",), n_resamples=20))
    assert any(note.startswith("There is no slice by id: ") for note in found.notes)


def test_an_article_may_be_called_zero(tmp_path):
    """Numbers are names of articles, the 0 among them: splits and agreement keep it whole."""
    rows = [
        {"text": f"w{i} " * 9, "article": i // 5, "coders": {"a": ["x"][: i % 2], "b": ["x"]}}
        for i in range(30)
    ]
    path = _rows(tmp_path / "all.jsonl", rows)
    parts = split_files([path], dev=0, test=0.5, seed=2, problems=pytest.fail)
    assert parts.balance.groups.sum() == 6
    found = read_codings([path], ["coders"], problems=pytest.fail, notices=pytest.fail)
    assert len(set(found["labels"].groups.tolist())) == 6


def test_what_is_not_a_number_names_no_article(tmp_path):
    """A gap in a column of numbers comes so: such rows are no article together."""
    rows = [
        {"text": f"w{i} " * 9, "article": float("nan"), "coders": {"a": "x", "b": "y"}}
        for i in range(4)
    ]
    path = _rows(tmp_path / "all.jsonl", rows)
    parts = split_files([path], dev=0, test=0.5, seed=2, problems=pytest.fail)
    assert parts.balance.groups.sum() == 4
    found = read_codings([path], ["coders"], problems=pytest.fail, notices=pytest.fail)
    assert len(set(found["labels"].groups.tolist())) == 4


def test_articles_whose_texts_are_missing_stay_apart(tmp_path):
    """No text is like no other: it does not make articles near-duplicates."""
    rows = [{"text": None, "article": f"a{i}", "coders": {"a": "x", "b": "y"}} for i in range(4)]
    found = read_codings(
        [_rows(tmp_path / "c.jsonl", rows)], ["coders"], problems=pytest.fail, notices=pytest.fail
    )
    assert found["labels"].groups.tolist() == [0, 1, 2, 3]


def test_near_duplicate_articles_are_one():
    """A syndicated copy counts with its original; an article of its own does not."""
    texts = [STORY * 4, STORY * 4 + "More tomorrow.", "A match was lost in the rain today."]
    assert merged_articles(texts, ["b", "a", "c"]) == ["a", "a", "c"]


def test_split_keeps_copies_together_and_loses_nothing(tmp_path):
    """All rows come out once, no article and no copy of one is cut."""
    rows = [
        {"text": f"{word} " * 8 + str(i % 3), "article": f"a{i // 3}", "labels": ["x"][: i % 2]}
        for i, word in enumerate(f"w{n}" for n in range(60))
    ]
    copy = [{"text": row["text"], "article": "copy", "labels": row["labels"]} for row in rows[:3]]
    path = _rows(tmp_path / "all.jsonl", rows + copy)
    found = split_files([path], dev=0.2, test=0.2, seed=4, problems=pytest.fail)
    assert found.names == ("train", "dev", "test")
    articles = [{row["article"] for row in part} for part in found.rows]
    assert sum(len(part) for part in found.rows) == 63
    assert sum(len(part) for part in articles) == len(set.union(*articles))
    assert any({"copy", "a0"} <= part for part in articles)
    assert found.balance.rows.sum() == 63
    assert [path.name for path in write_parts(found, tmp_path / "out")] == [
        "train.jsonl",
        "dev.jsonl",
        "test.jsonl",
    ]


def test_a_split_writes_what_it_read_and_leaves_no_half_file(tmp_path, monkeypatch):
    """Lone surrogates come back as they were; where writing fails, files keep what they held."""
    rows = [{"text": f"{i} boats", "article": f"{i}"} for i in range(9)]
    path = _rows(tmp_path / "all.jsonl", rows)
    found = split_files([path], dev=0, test=0.3, seed=4, problems=pytest.fail)
    odd = tuple(tuple({**row, "note": "\ud800 é"} for row in part) for part in found.rows)
    written = write_parts(replace(found, rows=odd), tmp_path / "out")
    for file, part in zip(written, odd, strict=True):
        assert [json.loads(line) for line in file.read_text("utf-8").splitlines()] == list(part)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    before = [file.read_bytes() for file in written]
    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(InputError, match=r"train.jsonl: cannot be written \(No space left"):
        write_parts(found, tmp_path / "out")
    assert [file.read_bytes() for file in written] == before


def test_split_names_a_missing_field(tmp_path):
    """A wrong field is an error that lists the right ones."""
    path = _rows(tmp_path / "a.jsonl", [{"text": "Rain.", "article": "a"}])
    with pytest.raises(InputError, match=r'no field "articel".*Did you mean "article"'):
        split_files([path], dev=0, test=0.5, group="articel", seed=1, problems=pytest.fail)
    with pytest.raises(InputError, match='there is no field "words"'):
        split_files([path], dev=0, test=0.5, text="words", seed=1, problems=pytest.fail)


def test_coders_are_read_from_a_field_or_from_columns(tmp_path):
    """All ways of writing several coders give the same codings: JSON in a cell of text, too."""
    one = [
        {"text": f"T{i}", "article": f"a{i}", "coders": {"p": {"t": ["x"]}, "q": {"t": ["y", "x"]}}}
        for i in range(3)
    ]
    other = [
        {"text": f"T{i}", "article": f"a{i}", "first": "x", "second": "y; x"} for i in range(3)
    ]
    found = read_codings(
        [_rows(tmp_path / "one.jsonl", one)], ["coders"], problems=pytest.fail, notices=pytest.fail
    )["t"]
    cells = [{**row, "coders": json.dumps(row["coders"])} for row in one]
    told = read_codings(
        [_rows(tmp_path / "three.jsonl", cells)],
        ["coders"],
        problems=pytest.fail,
        notices=pytest.fail,
    )
    assert (told["t"].labels == found.labels).all()
    columns = read_codings(
        [_rows(tmp_path / "two.jsonl", other)],
        ["first", "second"],
        problems=pytest.fail,
        notices=pytest.fail,
    )["labels"]
    assert found.label_names == columns.label_names == ("x", "y")
    assert (found.labels == columns.labels).all()
    assert found.coded.all()


@pytest.mark.parametrize("is_only", [True, False])
def test_labels_right_under_a_coder_are_those_of_the_only_task(study, is_only):
    """As `stance agreement` reads them; of several tasks nobody could tell which it is."""
    path = study.path("labelled.jsonl")
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    coded = [{**row, "coders": {"a": row["labels"], "b": []}} for row in rows]
    data = read_labelled([_rows(path, coded)], study.data, None, problems=pytest.fail)
    ask = {"coders": "coders", "fields": ["labels"], "is_only": is_only}
    found = codings_of(data.paragraphs, data.codebook.tasks["labels"], **ask)
    if not is_only:
        assert found is None
        return
    codings, shared = found
    assert shared.all()
    assert (codings.labels[0] == data.paragraphs.gold["labels"]).all()
    assert not codings.labels[1].any()


def test_targets_are_units_of_their_own(tmp_path):
    """Where coders judge mentions, a mention that both named is a shared unit."""
    rows = [
        {
            "text": "Ann met Bob.",
            "article": "a",
            "coders": {
                "p": {"stance": {"Ann": "good", "Bob": "bad"}},
                "q": {"stance": {"Ann": "bad"}},
            },
        }
    ]
    path = _rows(tmp_path / "a.jsonl", rows)
    found = read_codings([path], ["coders"], problems=pytest.fail, notices=pytest.fail)["stance"]
    assert found.single
    assert found.coded.sum(axis=0).tolist() == [2, 1]


def test_a_blank_cell_of_a_coder_was_not_coded(tmp_path):
    """A coder's blank cell takes part in no comparison and is counted; a bad cell is told."""
    path = tmp_path / "a.csv"
    path.write_text("text,first,second\nA.,x,x\nB.,y,\nC.,y,[null]\nD.,y,x\n", encoding="utf-8")
    problems, notices = [], []
    found = read_codings(
        [path], ["first", "second"], problems=problems.append, notices=notices.append
    )["labels"]
    assert found.single
    assert found.coded.sum(axis=0).tolist() == [2, 1, 1, 2]
    assert [problem.row for problem in problems] == [3]
    assert problems[0].found == 'a label is null, not text, of the coder "second"'
    (notice,) = notices
    assert notice.startswith(
        "1 of 4 rows have a blank cell in first or second, which counts as not"
    )


def test_a_cell_that_names_no_coders_is_told(tmp_path):
    """Broken JSON costs its row and not the others; a row that nobody coded is no problem."""
    path = tmp_path / "a.csv"
    good = '"{""p"": ""x"", ""q"": ""y""}"'
    broken = '"{""p"": ""x"""'
    rows = f"A.,{good}\nB.,{broken}\nC.,\nD.,{{}}\nE.,[]\n"
    path.write_text(f"text,coders\n{rows}", encoding="utf-8")
    problems = []
    found = read_codings([path], ["coders"], problems=problems.append, notices=pytest.fail)
    assert found["labels"].coded.sum(axis=0).tolist() == [2]
    assert [(one.row, one.found) for one in problems] == [
        (2, 'the field "coders" is no JSON object of coders')
    ]


def test_labels_that_look_alike_are_told_where_coders_are_compared(tmp_path):
    """A number that a gap made one with a point, or a capital, is no disagreement in truth."""
    path = tmp_path / "a.csv"
    path.write_text("text,first,second\nA.,3,3.0\nB.,art,Art\nC.,x,x\n", encoding="utf-8")
    notices = []
    read_codings([path], ["first", "second"], problems=pytest.fail, notices=notices.append)
    (notice,) = notices
    assert notice.startswith("labels: labels that look alike count as different ones: ")
    assert '"3" and "3.0", "Art" and "art"' in notice


def test_a_coders_column_that_is_not_there_is_named(tmp_path):
    """A column misspelt is an error that names the nearest, not one coder fewer."""
    path = _rows(tmp_path / "a.jsonl", [{"text": "A.", "first": "x", "second": "x", "third": "x"}])
    with pytest.raises(InputError, match=r'"thrid" of a coder. Did you mean "third"'):
        read_codings(
            [path], ["first", "second", "thrid"], problems=pytest.fail, notices=pytest.fail
        )


def test_one_coder_is_an_error(tmp_path, monkeypatch, capsys):
    """Agreement with nobody is refused, not 1."""
    rows = [{"text": "T", "article": "a", "coders": {"p": {"t": ["x"]}}}]
    assert _run(monkeypatch, "agreement", _rows(tmp_path / "a.jsonl", rows)) == 1
    assert "at least two" in capsys.readouterr().err


def test_one_value_is_undefined():
    """Coders who give one value throughout have no alpha, and the reason is told."""
    labels = np.ones((2, 4, 1), dtype=bool)
    codings = Codings(labels, np.ones((2, 4), dtype=bool), np.arange(4), ("x",))
    found = agreement_figures(codings, seed=1, n_resamples=50)
    assert found.metrics["alpha"].value is None
    assert "one and the same value" in found.metrics["alpha"].reason
    assert found.metrics["percent"].value == 1
    with pytest.raises(EmptyEvaluationError, match="shared units"):
        agreement_figures(
            Codings(labels, np.eye(2, 4, dtype=bool), np.arange(4), ("x",)), seed=1, n_resamples=50
        )


def test_many_articles_are_resampled_in_bundles(held_out, record, monkeypatch):
    """No part of a record resamples more bundles than there may be; articles stay counted."""
    model, train_file, test_file = held_out
    widths, ask = set(), TaskStatistic.__call__
    monkeypatch.setattr("stance.evaluate.intervals.MOST_BUNDLES", 15)
    monkeypatch.setattr(
        TaskStatistic, "__call__", lambda self, w: widths.add(w.shape[1]) or ask(self, w)
    )
    training = find_training(model, [train_file], problems=pytest.fail)
    plan = Plan(against=(("the same again", model),), n_resamples=50)
    found = assess(model, read_gold(model, [test_file], problems=pytest.fail), training, plan)
    # Two models are compared over the bundles of both.
    assert max(widths) == 30
    assert [t.n_articles for t in found.tasks] == [t.n_articles for t in record.tasks]
    assert found.tasks[0].ceiling.agreement.n_articles > 15


def test_commands_write_all_files(held_out, tmp_path, monkeypatch, capsys):
    """`evaluate --out` writes the page, the Markdown and the JSON with the plain figures."""
    model, train_file, test_file = held_out
    model.save(tmp_path / "m")
    out = tmp_path / "report"
    code = _run(
        monkeypatch,
        *("evaluate", tmp_path / "m", test_file, "--out", out, "--train", train_file),
        *("--against", tmp_path / "m", "--slice", "title", "--json", tmp_path / "f.json"),
    )
    assert code == 0, capsys.readouterr().err
    assert sorted(path.name for path in out.iterdir()) == [
        "evaluation.json",
        "report.html",
        "report.md",
    ]
    whole = json.loads((out / "evaluation.json").read_text("utf-8"))
    short = json.loads((tmp_path / "f.json").read_text("utf-8"))
    assert whole["tasks"] == short["tasks"]
    # Where files lie is nobody's business.
    assert whole["evaluation"]["files"] == [test_file.name]
    assert set(short["tasks"]["topic"]) >= {"macro_f1", "micro_f1", "example_f1", "accuracy", "n"}
    assert "Report written" in capsys.readouterr().out
    again = tmp_path / "again"
    assert _run(monkeypatch, "report", out / "evaluation.json", "--out", again) == 0
    for path in out.iterdir():
        assert (again / path.name).read_bytes() == path.read_bytes()
    quoted = json.loads(test_file.read_text("utf-8").splitlines()[0])["text"][:30]
    assert _run(monkeypatch, "report", out / "evaluation.json", "--out", out, "--no-texts") == 1
    assert "this file is also read" in capsys.readouterr().err
    code = _run(monkeypatch, "report", out / "evaluation.json", "--out", again, "--no-texts")
    assert code == 0
    short = _run(
        monkeypatch,
        *("evaluate", tmp_path / "m", test_file, "--out", tmp_path / "bare", "--no-texts"),
        *("--train", train_file, "--against", tmp_path / "m", "--slice", "title"),
    )
    assert short == 0
    for path in (tmp_path / "bare").iterdir():
        assert quoted not in path.read_text("utf-8")
        assert path.read_bytes() == (again / path.name).read_bytes()


GOOD = {"text": "Talks began in Geneva.", "article": "a", "topic": ["political"], "frame": []}


@pytest.fixture
def evaluated(small_folder, tmp_path, monkeypatch, capsys):
    """Evaluates the small model on rows: the exit code, what was said, and the report's folder."""

    def run(rows, *options):
        path = _rows(tmp_path / "gold.jsonl", rows)
        out = tmp_path / "r"
        code = _run(monkeypatch, "evaluate", small_folder, path, "--out", out, *options)
        return code, capsys.readouterr().err, out

    return run


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([], "the file is empty"),
        ([{**GOOD, "topic": ["martial"]}], 'row 1: unknown label "martial" of task "topic"'),
        ([{"text": "Talks began.", "article": "a"}], "labels for none of the model's tasks"),
        ([{"article": "a", "topic": []}], 'no field "text" with the text'),
        ([{**GOOD, "noise": True}], "no labelled paragraph found"),
    ],
)
def test_files_that_cannot_be_evaluated_are_named(evaluated, rows, says):
    """Nothing to read, a label nobody knows, no labels, no text: one line, and no report."""
    code, said, out = evaluated(rows)
    assert code == 1
    assert says in said
    assert not out.exists()


@pytest.mark.parametrize(
    ("option", "says"),
    [
        (("--slice", "outlett"), 'No row has the field "outlett" to slice by'),
        (("--coders", "codrs"), 'No row has the field "codrs" with several coders'),
        (("--lexicon", "nothing.toml"), "nothing.toml: there is no such word list"),
        (("--against", "nobody"), 'There is no model "nobody"'),
        (("--train", "nothing.jsonl"), "nothing.jsonl: there is no such file"),
    ],
)
def test_options_that_name_nothing_are_refused(evaluated, option, says):
    """A field, word list, model or file that is not there ends the command, and is named."""
    code, said, _ = evaluated([GOOD], *option)
    assert code == 1
    assert says in said


def test_what_is_made_of_fields_can_be_asked_for(evaluated):
    """The year of a date may be named as a column to slice by."""
    assert evaluated([{**GOOD, "date": "2016-11-22"}], "--slice", "year")[0] == 0


def test_coders_that_cannot_be_read_are_told_with_the_report(evaluated):
    """A cell of broken JSON beside good ones is told; a field of another kind is left alone."""
    both = json.dumps({"a": {"topic": ["political"]}, "b": {"topic": []}})
    code, err, out = evaluated([{**GOOD, "coders": both}, {**GOOD, "coders": both[:-1]}])
    assert 'row 2: the field "coders" is no JSON object of coders' in err
    assert (code, (out / "report.md").exists()) == (1, True)
    assert evaluated([{**GOOD, "coders": "Ann and Bob"}])[0] == 0


def test_a_file_is_no_folder_for_a_report(small_folder, tmp_path, monkeypatch, capsys):
    """`--out` with a file is refused before the work is done, and the file stays as it is."""
    path = _rows(tmp_path / "gold.jsonl", [GOOD])
    for command in (("evaluate", small_folder, path), ("report", path)):
        assert _run(monkeypatch, *command, "--out", path) == 1
        assert "this is a file. Name a folder" in capsys.readouterr().err
    assert json.loads(path.read_text("utf-8")) == GOOD


@pytest.mark.parametrize(
    "rows",
    [
        [{**GOOD, "text": f"Talks began in town {i}."} for i in range(4)],
        [{**GOOD, "text": f"Talks began in town {i}.", "article": f"a{i}"} for i in range(4)],
    ],
)
def test_one_article_or_one_class_makes_a_report(evaluated, rows):
    """Too small a test says so on its first screen; what cannot be told is undefined."""
    code, _, out = evaluated(rows)
    assert code == 0
    said = (out / "report.md").read_text("utf-8")
    assert "fewer than 20 articles" in said
    assert "the test is too small to say" in said
    assert "undefined" in said
    assert (out / "report.html").exists()


def test_coders_must_be_found(tmp_path, monkeypatch, capsys):
    """No rows, a wrong field, a wrong article field: each is named."""
    empty = _rows(tmp_path / "empty.jsonl", [])
    assert _run(monkeypatch, "agreement", empty) == 1
    assert "no rows found" in capsys.readouterr().err
    coded = {"p": {"t": ["x"]}, "q": {"t": ["y"]}}
    rows = _rows(tmp_path / "a.jsonl", [{"text": "T", "story": "s", "coders": coded}])
    assert _run(monkeypatch, "agreement", rows, "--group", "storry") == 1
    assert 'Did you mean "story"?' in capsys.readouterr().err
    assert _run(monkeypatch, "agreement", rows, "--coders", "people") == 1
    assert "no labels of coders in the field people" in capsys.readouterr().err


def test_split_and_agreement_commands(root, tmp_path, monkeypatch, capsys):
    """Both run on the bundled labels, and print balance and agreement."""
    labels = root / "training" / "labels" / "authored.jsonl"
    assert _run(monkeypatch, "split", labels, "--out", tmp_path / "parts") == 0
    assert "topic: military" in capsys.readouterr().out
    assert _run(monkeypatch, "agreement", labels, "--json", tmp_path / "a.json") == 0
    assert "alpha_masi" in capsys.readouterr().out
    found = json.loads((tmp_path / "a.json").read_text("utf-8"))["tasks"]
    assert found["topic"]["n_coders"] == 2
    assert found["targets"]["metrics"]["alpha"]["value"] < 1


def test_parts_of_two_splits_do_not_stand_side_by_side(root, tmp_path, monkeypatch, capsys):
    """A part that would not be written now is refused before any other is, for it may overlap."""
    command = ("split", root / "training" / "labels" / "authored.jsonl", "--out", tmp_path)
    assert _run(monkeypatch, *command) == 0
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    capsys.readouterr()
    assert _run(monkeypatch, *command, "--dev", "0", "--seed", "5") == 1
    said = capsys.readouterr().err
    assert "dev.jsonl: this part is of another split" in said
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert _run(monkeypatch, *command, "--seed", "5") == 0


def test_targets_are_sliced_by_actor():
    """A target's wordings are gathered under one actor; an unlisted wording stands for itself."""
    task = Task("stance", dict.fromkeys(("good", "bad"), ""), several=False, unit="target")
    texts = ["ISIS fled", "Daesh fled", "Umbria won"]
    units = LabelledUnits(
        units=tuple(Unit(text, start=0, end=text.index(" ")) for text in texts),
        ids=("1", "2", "3"),
        groups=("a", "b", "c"),
        gold={},
        coded={},
        rows=tuple(Row(Path("x.jsonl"), i, {}) for i in range(3)),
    )
    catalogue = Catalogue((Actor("Islamic State", aliases=("ISIS", "Daesh")),))
    columns = columns_of(units, task, (), {}, actors=catalogue)
    assert columns["actor"] == ["Islamic State", "Islamic State", "Umbria"]


def test_a_curve_of_undefined_figures_is_not_drawn(study, monkeypatch):
    """Where macro-F1 is undefined, as no unit has or gets a label, nothing is taken for 0."""
    path = study.path("labelled.jsonl")
    training = read_labelled([path], study.data, None, problems=pytest.fail)
    ask = {"seed": 1, "n_resamples": 20, "progress": silent}
    assert list(learning_curves(study, training, training, **ask)) == ["labels"]
    model = train_on(study, training)
    mute = replace(model.tasks["labels"], decision=Thresholds((2.0, 2.0), at_least_one=False))
    shy = replace(model, tasks={"labels": mute})
    monkeypatch.setattr("stance.evaluate.learning.train_on", lambda *_: shy)
    plain = np.array([not labels.any() for labels in training.paragraphs.gold["labels"]])
    bare = replace(training, paragraphs=training.paragraphs.subset(plain))
    assert learning_curves(study, training, bare, **ask) == {}
