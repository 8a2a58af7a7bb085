"""The card says what the evaluation beside it says."""

import json
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from stance.cli import main
from stance.evaluate.evaluation import OverlapResult
from stance.model import load_model
from stance.output.card import EVALUATION, render_card


def _run(patch, *arguments):
    patch.setattr(sys, "argv", ["stance", *map(str, arguments)])
    try:
        main()
    except SystemExit as end:
        return end.code or 0
    return 0


@pytest.fixture(scope="module")
def trained(root, held_out, tmp_path_factory):
    """A model folder trained by the command, with a file to evaluate on."""
    _, train_file, test_file = held_out
    folder = tmp_path_factory.mktemp("trained")
    recipe = folder / "recipe.toml"
    recipe.write_text(
        f"""
name = "small"
folds = 3
codebook = "{(root / "training" / "codebooks" / "conflict-news.toml").as_posix()}"
[data]
train = ["{train_file.as_posix()}"]
evaluate = ["{test_file.as_posix()}"]
[data.labels]
topic = "topic"
[features.words]
kind = "tfidf"
ngrams = [1, 1]
min_df = 3
[classifier]
C = [1.0]
""",
        encoding="utf-8",
    )
    with pytest.MonkeyPatch.context() as patch:
        assert _run(patch, "train", recipe, "--out", folder / "m") == 0
    return folder / "m", test_file


def test_card_and_evaluation_agree(trained):
    """Each number in a table of the card is that of the file beside it, to three digits."""
    folder, test_file = trained
    card = (folder / "CARD.md").read_text("utf-8")
    figures = json.loads((folder / EVALUATION).read_text("utf-8"))["files"][test_file.name]
    task = figures["tasks"]["topic"]
    low, high = task["intervals"]["macro_f1"]
    row = f"| {task['n']} | {task['macro_f1']:.3f} | {low:.3f} to {high:.3f} |"
    assert f"| topic | {test_file.name} (not learned from) {row}" in card
    rows = re.findall(r"^\| (\w+) \| (0\.\d+|1\.000) \|.*$", card, re.MULTILINE)
    assert [label for label, _ in rows] == list(task["labels"])
    for label, precision in rows:
        assert precision == f"{task['labels'][label]['precision']:.3f}"
    assert EVALUATION in card


def test_card_says_what_of_a_test_was_learned_from(trained):
    """No test that overlaps with the training data is said not to be learned from."""
    folder, test_file = trained
    model = load_model(str(folder))
    clean = (folder / "CARD.md").read_text("utf-8")
    figures = json.loads((folder / EVALUATION).read_text("utf-8"))["files"]
    overlap = OverlapResult(
        "signatures", "", n=40, same_article=9, same_paragraph=3, near_duplicate=2
    )
    assert "5 of 40" not in clean
    card = render_card(model, figures, {test_file.name: overlap})
    told = "5 of 40 paragraphs learned from or nearly so, 9 in articles of a name learned from"
    assert f"| topic | {test_file.name} ({told}) |" in card
    assert "not learned from" not in card


def test_training_warns_of_a_test_that_was_learned_from(trained, tmp_path, monkeypatch, capsys):
    """A copy of training rows to evaluate on is said to be one, on standard error and card."""
    folder, test_file = trained
    recipe = (folder.parent / "recipe.toml").read_text("utf-8")
    (train_file,) = re.findall(r'^train = \["(.*)"\]$', recipe, re.MULTILINE)
    rows = Path(train_file).read_text("utf-8").splitlines()[:30]
    copied = tmp_path / "copied.jsonl"
    copied.write_text("\n".join(rows) + "\n", "utf-8")
    own = tmp_path / "own.toml"
    own.write_text(recipe.replace(test_file.as_posix(), copied.as_posix()), "utf-8")
    assert _run(monkeypatch, "train", own, "--out", tmp_path / "m") == 0
    assert "stance: copied.jsonl: The test overlaps" in capsys.readouterr().err
    assert "paragraphs learned from or nearly so" in (tmp_path / "m" / "CARD.md").read_text("utf-8")


def test_files_of_one_name_both_stand_on_the_card(trained, tmp_path, monkeypatch):
    """Two tests that are called alike are told apart by their folders, and none is lost."""
    folder, test_file = trained
    recipe = (folder.parent / "recipe.toml").read_text("utf-8")
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "test.jsonl").write_bytes(test_file.read_bytes())
    own = tmp_path / "own.toml"
    named = '"one/test.jsonl", "two/test.jsonl"'
    own.write_text(recipe.replace(f'"{test_file.as_posix()}"', named), "utf-8")
    assert _run(monkeypatch, "train", own, "--out", tmp_path / "m") == 0
    figures = json.loads((tmp_path / "m" / EVALUATION).read_text("utf-8"))["files"]
    assert list(figures) == ["one/test.jsonl", "two/test.jsonl"]
    card = (tmp_path / "m" / "CARD.md").read_text("utf-8")
    assert all(f"### topic on {name}" in card for name in figures)


def test_card_says_what_each_task_was_decided_by(trained):
    """One figure where all tasks have the recipe's; each task's where one has its own."""
    model = load_model(str(trained[0]))
    assert "thresholds chosen there for f1." in render_card(model, {})
    own = {"topic": {"decision": {"optimise": "accuracy"}}}
    model = replace(model, recipe={**model.recipe, "tasks": own})
    assert "thresholds chosen there for accuracy." in render_card(model, {})
    model = replace(model, tasks={"topic": model.tasks["topic"], "frame": model.tasks["topic"]})
    assert "thresholds chosen there for topic: accuracy; frame: f1." in render_card(model, {})


def test_no_name_breaks_a_table_of_the_card(trained):
    """A label with a bar stays in its cell, whatever else is in its name."""
    folder, _ = trained
    model = load_model(str(folder))
    odd = {"military": "a|b", "humanitarian": "_c_ d_e", "political": "[f]\n## g"}
    figures = json.loads((folder / EVALUATION).read_text("utf-8"))["files"]
    (labels,) = (task["topic"]["labels"] for task in (one["tasks"] for one in figures.values()))
    for plain, name in odd.items():
        labels[name] = labels.pop(plain)
    card = render_card(model, figures)
    for cell in (r"| a\|b | ", r"| \_c\_ d_e | ", r"| \[f\] ## g | "):
        assert cell in card


def test_evaluation_beside_the_card_is_that_of_the_command(trained, tmp_path, monkeypatch):
    """`stance evaluate --json` on the finished model gives the same figures and fingerprint."""
    folder, test_file = trained
    path = tmp_path / "f.json"
    assert _run(monkeypatch, "evaluate", folder, test_file, "--json", path) == 0
    beside = json.loads((folder / EVALUATION).read_text("utf-8"))["files"][test_file.name]
    assert beside == json.loads(path.read_text("utf-8"))


@pytest.mark.parametrize("name", ["conflict-news", "conflict-news-semantic"])
def test_shipped_cards_cite_the_evaluation_beside_them(root, name):
    """Each row of a shipped card is in its `evaluation.json`, which is of this very model."""
    folder = root / "models" / name
    card = (folder / "CARD.md").read_text("utf-8")
    files = json.loads((folder / EVALUATION).read_text("utf-8"))["files"]
    for file, figures in files.items():
        assert figures["model"]["fingerprint"] == load_model(str(folder)).fingerprint
        for task, found in figures["tasks"].items():
            low, high = found["intervals"]["macro_f1"]
            row = f"{found['n']} | {found['macro_f1']:.3f} | {low:.3f} to {high:.3f} |"
            assert f"| {task} | {file} (not learned from) | {row}" in card
            for label, one in found["labels"].items():
                numbers = " | ".join(f"{one[name]:.3f}" for name in ("precision", "recall", "f1"))
                assert f"| {label} | {numbers} |" in card


def test_the_card_tells_what_was_kept_and_drawn(small_model):
    """A small model's card says how its terms were chosen, and how its thresholds were steadied."""
    plain = render_card(small_model, {})
    assert "terms that move" not in plain
    assert "label sets drawn" not in plain
    recipe = dict(small_model.recipe)
    recipe = {**recipe, "keep": 70, "decision": {**recipe["decision"], "draws": 9}}
    told = render_card(replace(small_model, recipe=recipe), {})
    assert "keeps the 70 terms that move its scores most" in told
    assert "9 label sets drawn" in told
