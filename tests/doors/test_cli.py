"""The commands do what the README says, and every mistake ends in one clear line."""

import csv
import gzip
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from stance import load_model
from stance.recipe_settings import DataSettings, TargetFields
from stance.text.labelled import read_labelled


def lines(out):
    """JSON lines as objects."""
    return [json.loads(line) for line in out.splitlines()]


def test_the_seeds_are_coded(stance, seeds, small_folder):
    """Both articles come out paragraph by paragraph, spans exact."""
    code, out, err = stance("classify", *seeds, "--model", small_folder, "--format", "jsonl")
    assert (code, err) == (0, "")
    records = lines(out)
    assert len({record["article"] for record in records}) == 2
    assert len(records) == 45
    for record in records:
        text = Path(record["article"]).read_bytes().decode("utf-8")
        assert text[record["start"] : record["end"]] == record["text"]


def test_the_seeds_noise_is_what_a_reader_would_call_noise(stance, seeds, small_folder, root):
    """Exactly the paragraphs that the hand labels call noise are marked."""
    _, out, _ = stance("classify", *seeds, "--model", small_folder, "--format", "jsonl")
    rows = (root / "training/labels/seeds.jsonl").read_text("utf-8").splitlines()
    expected = [json.loads(row) for row in rows]
    assert [(r["text"], r["noise"]) for r in lines(out)] == [
        (r["text"], r["noise"]) for r in expected
    ]


def test_standard_input_is_an_article(stance, small_folder):
    """A dash reads from standard input."""
    code, out, _ = stance(
        "classify", "-", "--model", small_folder, stdin="Rebels shelled the town on Monday.\n"
    )
    (record,) = lines(out)
    assert code == 0
    assert record["labels"]["topic"] == ["military"]


@pytest.mark.parametrize("ending", ["jsonl", "csv", "parquet", "html"])
def test_every_format_holds_every_paragraph(stance, seeds, small_folder, tmp_path, ending):
    """Each file format carries all paragraphs, with the text unchanged."""
    path = tmp_path / f"coded.{ending}"
    code, out, _ = stance("classify", *seeds, "--model", small_folder, "-o", path)
    assert (code, out) == (0, "")
    if ending == "jsonl":
        texts = [r["text"] for r in lines(path.read_text("utf-8"))]
    elif ending == "csv":
        texts = [r["text"] for r in csv.DictReader(io.StringIO(path.read_text("utf-8")))]
    elif ending == "parquet":
        texts = pq.read_table(path)["text"].to_pylist()
    else:
        page = path.read_text("utf-8")
        assert page.count('class="paragraph') == 45
        assert "<script" not in page
        assert "http" not in page.replace("http-equiv", "")
        return
    assert len(texts) == 45
    articles = "".join(seed.read_bytes().decode() for seed in seeds)
    assert all(text in articles for text in texts)


def test_explained_evidence_is_in_the_json(stance, seeds, small_folder):
    """--explain adds evidence that sums to the raw score."""
    _, out, _ = stance("classify", seeds[0], "--model", small_folder, "--explain")
    record = next(r for r in lines(out) if not r["noise"])
    evidence = record["evidence"]["topic"]["military"]
    total = evidence["intercept"] + evidence["rest"]
    total += sum(feature["contribution"] for feature in evidence["features"])
    assert total == pytest.approx(evidence["raw"])


def test_bad_files_are_named_and_good_ones_coded(stance, seeds, small_folder, tmp_path):
    """Each bad file is one line on standard error; the rest is coded; the exit code is 1."""
    (tmp_path / "empty.txt").write_bytes(b"")
    (tmp_path / "picture.txt").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    (tmp_path / "table.csv").write_text("number,colour\n1,red\n")
    (tmp_path / "rows.jsonl").write_text('{"text": "Rebels fled."}\n{"text": 3}\nnot json\n')
    (tmp_path / "cut.txt.gz").write_bytes(gzip.compress(b"Aid came." * 50)[:20])
    bad = ["empty.txt", "picture.txt", "table.csv", "cut.txt.gz", "missing.txt", "rows.jsonl"]
    code, out, err = stance(
        "classify", seeds[0], *[tmp_path / b for b in bad], "--model", small_folder
    )
    assert code == 1
    assert {r["text"] for r in lines(out)} >= {"Rebels fled.", "More Loses for ISIS in Sirte Libya"}
    for name in bad:
        assert name in err
    assert "row 2" in err
    assert "Traceback" not in err
    assert "all else was done" in err
    code, _, err = stance("classify", tmp_path / "rows.jsonl", "--strict", "--model", small_folder)
    assert code == 1
    assert "row 2" in err


def test_nothing_is_left_of_a_file_that_could_not_be_finished(stance, small_folder, tmp_path):
    """With --strict an output appears only when it is whole."""
    (tmp_path / "rows.jsonl").write_text('{"text": "Rebels fled."}\nnot json\n')
    target = tmp_path / "coded.jsonl"
    code, _, _ = stance(
        "classify", tmp_path / "rows.jsonl", "--strict", "--model", small_folder, "-o", target
    )
    assert code == 1
    assert [path.name for path in tmp_path.iterdir()] == ["rows.jsonl"]


def test_names_of_files_neither_steer_a_terminal_nor_look_like_lines(
    stance, small_folder, tmp_path
):
    """Control characters and line ends in what is said of a file are replaced."""
    bad = tmp_path / "bad\x1b[2J\nstance: all fine.txt"
    bad.write_bytes(b"")
    code, out, err = stance("classify", bad, "--model", small_folder)
    assert (code, out) == (1, "")
    assert "bad\ufffd[2J\ufffdstance: all fine.txt" in err
    assert "\x1b" not in err
    _, _, strict = stance("classify", bad, "--strict", "--model", small_folder)
    assert strict.count("\n") == 1
    assert "\x1b" not in strict


def test_a_dash_is_standard_output(stance, seeds, small_folder, tmp_path, monkeypatch):
    """`-o -` writes no file of that name; where standard output will not do, it is said."""
    monkeypatch.chdir(tmp_path)
    command = ("classify", seeds[0].resolve(), "--model", small_folder)
    plain = stance(*command, "--format", "csv")
    assert stance(*command, "--format", "csv", "-o", "-") == plain
    assert plain[1].startswith("article,title,")
    assert "Parquet is binary" in stance(*command, "--format", "parquet", "-o", "-")[2]
    assert list(tmp_path.iterdir()) == []


def test_a_terminated_command_leaves_nothing(small_folder, tmp_path):
    """SIGTERM ends a command as an error does: no scratch file stays behind."""
    code = "from stance.cli import main; main()"
    options = ("--model", str(small_folder), "-o", "coded.jsonl")
    with subprocess.Popen(
        [sys.executable, "-c", code, "classify", "-", *options], stdin=subprocess.PIPE, cwd=tmp_path
    ) as process:
        # It has begun to write, and waits for the text.
        while not list(tmp_path.iterdir()):
            assert process.poll() is None
            time.sleep(0.02)
        process.terminate()
        assert process.wait(timeout=60) == 128 + signal.SIGTERM
    assert list(tmp_path.iterdir()) == []


def test_a_link_stays_one(stance, seeds, small_folder, tmp_path):
    """What is written to a link lands behind it."""
    (tmp_path / "link.jsonl").symlink_to(tmp_path / "there.jsonl")
    stance("classify", seeds[0], "--model", small_folder, "-o", tmp_path / "link.jsonl")
    assert (tmp_path / "link.jsonl").is_symlink()
    assert lines((tmp_path / "there.jsonl").read_text("utf-8"))


def test_a_pipe_is_written_to(small_folder, seeds, tmp_path):
    """Pipes and devices are not replaced by files; a corpus is not coded to one."""
    os.mkfifo(tmp_path / "pipe")
    code = "from stance.cli import main; main()"
    arguments = ("classify", seeds[0], "--model", small_folder, "--format", "jsonl")
    command = [sys.executable, "-c", code, *map(str, arguments), "-o", tmp_path / "pipe"]
    with subprocess.Popen(command) as process:
        assert lines((tmp_path / "pipe").read_text("utf-8"))
    assert process.returncode == 0
    assert (tmp_path / "pipe").is_fifo()
    done = subprocess.run([*command, "--jobs", "1"], capture_output=True, text=True, check=False)
    assert (done.returncode, "a pipe or a device. Name a file" in done.stderr) == (1, True)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize(
    "command",
    [("classify", "seeds"), ("classify", "seeds", "--format", "table"), ("codebook", "show")],
)
def test_full_and_closed_outputs_end_in_one_line(root, small_folder, command):
    """A full disk behind standard output, or none at all, is no traceback."""
    options = ("--model", str(small_folder)) if command[0] == "classify" else ()
    arguments = [sys.executable, "-m", "stance", *command, *options]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            arguments, stdout=full, stderr=subprocess.PIPE, text=True, check=False, cwd=root
        )
    assert done.returncode == 1
    assert "No space left on device" in done.stderr
    assert done.stderr.count("\n") == 1
    closed = subprocess.run(
        ["/bin/sh", "-c", '"$@" >&-', "sh", *arguments],
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        cwd=root,
    )
    assert "Traceback" not in closed.stderr
    assert "Exception" not in closed.stderr


def test_a_closed_standard_error_is_no_output(root):
    """Where nobody can hear of problems, they do not stand among the results."""
    closed = subprocess.run(
        [
            "/bin/sh",
            "-c",
            '"$@" 2>&-',
            "sh",
            sys.executable,
            "-m",
            "stance",
            "models",
            "show",
            "no",
        ],
        stdout=subprocess.PIPE,
        check=False,
        cwd=root,
    )
    assert (closed.returncode, closed.stdout) == (1, b"")


def test_a_reader_that_leaves_is_no_error(root, small_folder, tmp_path):
    """As `head` does: exit code 0, and nothing on standard error."""
    (tmp_path / "many.jsonl").write_text('{"text": "Aid came."}\n' * 3000, "utf-8")
    arguments = ("classify", tmp_path / "many.jsonl", "--model", small_folder)
    with subprocess.Popen(
        [sys.executable, "-m", "stance", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=root,
    ) as process:
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


@pytest.mark.parametrize("command", [("models", "list"), ("codebook", "show"), ("actors", "show")])
def test_a_reader_that_has_gone_is_no_error_of_any_command(root, command):
    """What has nobody to read it ends as it does for codings: with exit code 0, and silently."""
    read, written = os.pipe()
    os.close(read)
    with open(written, "wb") as gone:  # noqa: PTH123 - a descriptor, not a path
        done = subprocess.run(
            [sys.executable, "-m", "stance", *command],
            stdout=gone,
            stderr=subprocess.PIPE,
            check=False,
            cwd=root,
        )
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(not Path("/dev/stdout").exists(), reason="there is no such file")
def test_a_reader_of_a_named_pipe_that_has_gone_is_no_error(small_folder, tmp_path):
    """Standard output under its name as a file ends in silence, too."""
    path = tmp_path / "a.txt"
    path.write_text("\n\n".join(["Rebels shelled the town on Monday."] * 1000), "utf-8")
    command = ("classify", path, "--model", small_folder, "-o", "/dev/stdout", "--format", "jsonl")
    with subprocess.Popen(
        [sys.executable, "-m", "stance", *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as run:
        assert run.stdout.read(1) == b"{"
        run.stdout.close()
        assert (run.stderr.read(), run.wait()) == (b"", 0)


def test_where_no_model_can_be_written_none_is_trained(stance, tmp_path):
    """A folder with other files is refused before the labels are even looked for."""
    recipe = tmp_path / "mine.toml"
    recipe.write_text('name = "mine"\n[data]\ntrain = ["none.jsonl"]\n')
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("years of work")
    code, _, err = stance("train", recipe, "--out", tmp_path / "thesis")
    assert code == 1
    assert "this folder holds other files" in err


def test_a_recipe_trains_and_its_model_evaluates(stance, tmp_path):
    """Foreign rows train and evaluate as they are: labels as a list, or one label."""
    kinds = [
        ("wheat", ["trade"]),
        ("wheat statue", ["trade", "art"]),
        ("statue", ["art"]),
        ("", []),
    ]
    rows = [
        {"text": f"number {i} {words} and {i * i}", "labels": labels, "article": str(i // 2)}
        for i, (words, labels) in enumerate(kinds * 6)
    ]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    recipe = tmp_path / "mine.toml"
    recipe.write_text('name = "mine"\nfolds = 3\n[data]\ntrain = ["rows.jsonl"]\n')
    code, out, _ = stance("train", recipe, "--out", tmp_path / "mine")
    assert code == 0
    assert "macro-F1" in out
    figures = tmp_path / "figures.json"
    code, out, _ = stance("evaluate", tmp_path / "mine", tmp_path / "rows.jsonl", "--json", figures)
    assert code == 0
    task = json.loads(figures.read_text())["tasks"]["labels"]
    assert set(task) >= {"macro_f1", "micro_f1", "example_f1", "accuracy", "n", "labels"}
    assert set(task["labels"]["art"]) >= {"precision", "recall", "f1", "support"}
    assert task["n"] == 24
    assert task["labels"]["art"]["f1"] == 1.0


def test_figures_that_are_undefined_are_printed_as_that(stance, tmp_path):
    """A label that no row has is no reason to end a training in a traceback."""
    rows = [
        {"text": f"Day {i}: {word}.", "labels": labels, "article": i}
        for i, (word, labels) in enumerate([("wheat", ["trade"]), ("statue", [])] * 9)
    ]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "test.jsonl").write_text('{"text": "A statue fell.", "labels": []}\n')
    recipe = tmp_path / "mine.toml"
    recipe.write_text(
        'name = "mine"\n[data]\ntrain = ["rows.jsonl"]\nevaluate = ["test.jsonl"]\n'
        '[codebook.tasks.labels]\nlabels = ["trade", "art"]\n'
    )
    code, out, err = stance("train", recipe, "--out", tmp_path / "mine")
    assert code == 0
    assert "  art: F1 undefined, support 0" in out
    assert "labels on test.jsonl: macro-F1 undefined (n = 1)" in out
    assert "in fewer articles than there are folds (5): art (0). Such labels" in err


@pytest.fixture
def voting(stance, tmp_path):
    """A function that trains a model on rows of votes and gives what the command said."""

    def trained(field):
        rows = [
            {"body": f"In district {i} voters {words}.", field: vote, "article": i}
            for i, (words, vote) in enumerate(
                [("cheered", "for"), ("booed", "against"), ("shrugged", "undecided")] * 6
            )
        ]
        (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        recipe = tmp_path / "votes.toml"
        recipe.write_text(
            'name = "votes"\nfolds = 3\n[data]\ntrain = ["rows.jsonl"]\ntext = "body"\n'
            f'[data.labels]\n{field} = "{field}"\n'
        )
        return stance("train", recipe, "--out", tmp_path / "votes")

    return trained


def test_a_label_called_undecided_has_its_column_in_every_table(stance, voting, tmp_path):
    """Its probability and what cannot be said stand apart, in CSV and in Parquet, by all ways."""
    assert voting("vote")[0] == 0
    (tmp_path / "news.txt").write_text("Many voters shrugged and booed.\n")
    found = []
    for number, (ending, *options) in enumerate(
        [("csv",), ("parquet",), ("parquet", "--explain"), ("parquet", "--jobs", "1")]
    ):
        path = tmp_path / f"{number}.{ending}"
        asked = ("--model", tmp_path / "votes", "--abstain", "1", "-o", path, *options)
        code, _, err = stance("classify", tmp_path / "news.txt", *asked)
        assert (code, err) == (0, "")
        if ending == "csv":
            (row,) = csv.DictReader(io.StringIO(path.read_text("utf-8")))
        else:
            (row,) = pq.read_table(path).to_pylist()
        found.append((float(row["vote.undecided"]), row["vote.cannot_say"]))
    score = found[0][0]
    assert score > 0.5
    assert found == [(pytest.approx(score, abs=1e-6), "against;for;undecided")] * 4


@pytest.mark.parametrize("ending", ["csv", "parquet", "jsonl"])
def test_what_was_coded_can_be_learned_from(stance, seeds, tmp_path, ending):
    """Coded paragraphs are hand labels once corrected, and so are their actors: in every format."""
    path = tmp_path / f"coded.{ending}"
    assert stance("classify", *seeds, "-o", path) == (0, "", "")
    model = load_model("conflict-news")
    settings = DataSettings(
        labels={task: task for task in model.codebook.tasks}, target=TargetFields(within="stances")
    )
    data = read_labelled([path], settings, model.codebook, problems=pytest.fail)
    codings = [
        coding
        for seed in seeds
        for coding in model.classify(Path(seed).read_text("utf-8"))
        if not coding.paragraph.is_noise
    ]
    units, names = data.paragraphs, model.codebook.tasks["topic"].label_names
    assert [
        {name for name, holds in zip(names, gold, strict=True) if holds}
        for gold in units.gold["topic"]
    ] == [set(coding.labels["topic"]) for coding in codings]
    assert [unit.text[unit.start : unit.end] for unit in data.targets.units] == [
        one.mention for coding in codings for one in coding.stances
    ]


def test_coded_json_lines_are_split_evenly_by_task(stance, seeds, small_folder, tmp_path):
    """Labels that stand under their tasks are told in the balance, and stay as they were."""
    path = tmp_path / "coded.jsonl"
    stance("classify", *seeds, "--model", small_folder, "-o", path)
    asked = ("--dev", "0", "--test", "0.5", "--out", tmp_path / "parts")
    code, out, _ = stance("split", path, *asked)
    assert (code, "topic: military" in out) == (0, True)
    parts = [tmp_path / "parts" / f"{name}.jsonl" for name in ("train", "test")]
    written = "".join(part.read_text("utf-8") for part in parts)
    assert sorted(written.splitlines()) == sorted(path.read_text("utf-8").splitlines())


def test_the_home_folder_may_stand_behind_an_equals_sign(stance, tmp_path, monkeypatch):
    """Shells leave ``--out=~/parts`` as it is; no folder called "~" is made of it."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    rows = [{"text": f"Text {i}.", "article": f"a{i}", "labels": ["art"]} for i in range(4)]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert stance("split", "rows.jsonl", "--dev", "0", "--out=~/parts")[0] == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["parts", "rows.jsonl"]


def test_rows_that_name_no_article_are_told_where_they_are_split(stance, tmp_path):
    """Merged cells name an article in its first row alone: the others would stand on any side."""
    path = tmp_path / "rows.csv"
    path.write_text("text,article,labels\nA.,a1,x\nB.,,x\nC.,a2,x\nD.,,x\n")
    code, _, err = stance("split", path, "--dev", "0", "--out", tmp_path / "parts")
    assert (code, '2 of 4 rows have a blank cell in the field "article"' in err) == (0, True)


@pytest.mark.parametrize(
    "given", [{"theme": "art"}, {"topic": "art"}, {"labels": {"theme": ["art"]}}]
)
def test_a_split_without_labels_is_told(stance, tmp_path, given):
    """Where no usual field holds labels, none are spread, and the command says so."""
    rows = [{"text": f"Text {i}.", "article": f"a{i}", **given} for i in range(4)]
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    code, _, err = stance("split", path, "--dev", "0", "--out", tmp_path / "parts")
    told = "No row has labels in labels or label or topic or frame, so that none are spread evenly."
    assert (code, told in err) == (0, "theme" in given)


def test_blank_labels_are_told_where_a_model_is_evaluated(stance, voting, tmp_path):
    """A cell that was not coded is no mistake of the model, and no reason to fail."""
    assert voting("vote")[0] == 0
    rows = tmp_path / "gold.csv"
    rows.write_text("body,vote\nSome voters booed.,against\nSome voters cheered.,\n")
    code, out, err = stance("evaluate", tmp_path / "votes", rows)
    assert (code, "(n = 1," in out) == (0, True)
    assert "1 of 2 rows have a blank cell in vote and do not count" in err


def test_a_task_may_not_take_a_column_of_tables(stance, voting, tmp_path):
    """A task called as a column trains and codes to JSON Lines; a table is refused in one line."""
    assert voting("text")[0] == 0
    news = tmp_path / "news.txt"
    news.write_text("Many voters shrugged and booed.\n")
    asked = ("classify", news, "--model", tmp_path / "votes", "-o")
    assert stance(*asked, tmp_path / "a.jsonl")[0] == 0
    for options in (("a.csv",), ("a.parquet",), ("a.csv", "--jobs", "1")):
        code, _, err = stance(*asked, tmp_path / options[0], *options[1:])
        assert code == 1
        assert 'task text: tables of codings would have two columns "text"' in err


def test_mistakes_end_in_one_line(stance, tmp_path, small_folder):
    """A wrong model, recipe or labelled file is one line and exit code 1."""
    for arguments in (
        ("classify", tmp_path, "--model", "nowhere"),
        ("train", tmp_path / "none.toml", "--out", tmp_path / "m"),
        ("evaluate", small_folder, tmp_path / "none.jsonl"),
        ("codebook", "check", tmp_path / "none.toml"),
        ("models", "show", "nowhere"),
    ):
        code, out, err = stance(*arguments)
        assert (code, out) == (1, ""), arguments
        assert err.startswith("stance: ")
        assert err.count("\n") == 1


def test_wrong_use_is_exit_code_two(stance, seeds, tmp_path):
    """An unknown option or command, or a value that cannot be, is wrong use."""
    labels = tmp_path / "rows.jsonl"
    for command in (
        ("agreement", labels),
        ("split", labels, "--out", tmp_path / "parts"),
        ("profile", seeds[0]),
    ):
        assert stance(*command, "--seed", "-1")[0] == 2, command
    assert stance("classify", seeds[0], "--formt", "csv")[0] == 2
    assert stance("clasify")[0] == 2
    assert stance("classify", seeds[0], "--format", "parquet")[0] == 2


def test_the_codebook_is_shown_and_checked(stance, root):
    """The default codebook prints its labels; a good file is called fine."""
    code, out, _ = stance("codebook", "show")
    assert code == 0
    assert "human_interest" in out
    code, out, _ = stance("codebook", "check", root / "training/codebooks/conflict-news.toml")
    assert (code, "fine, 3 tasks with 11 labels" in out) == (0, True)


def test_every_command_has_help_with_an_example(stance):
    """The help of every command ends with an example."""
    import typer.main

    from stance.cli.app import app

    def commands(group, path=()):
        for name, command in group.commands.items():
            if hasattr(command, "commands"):
                yield from commands(command, (*path, name))
            else:
                yield (*path, name)

    found = list(commands(typer.main.get_command(app)))
    assert ("classify",) in found
    for path in found:
        code, out, _ = stance(*path, "--help")
        assert code == 0
        assert "Example: stance" in out, path


def test_starting_is_quick():
    """Neither the import nor the help brings scikit-learn, scipy or numpy in."""
    program = (
        "import sys, stance; sys.argv = ['stance', '--help']\n"
        "from stance.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print([m for m in ('sklearn', 'scipy', 'numpy', 'pyarrow') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_classifying_needs_no_scikit_learn(small_folder, seeds):
    """Coding an article imports what it needs and no more."""
    program = (
        "import sys\n"
        f"sys.argv = ['stance', 'classify', {str(seeds[0])!r}, '--model', {str(small_folder)!r}]\n"
        "from stance.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print([m for m in ('sklearn', 'scipy', 'pyarrow', 'numba') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_no_command_writes_over_what_it_reads(stance, seeds, small_folder, tmp_path, root):
    """An output that is one of a command's own inputs is refused, and the file stays as it is."""
    for name in ("train.jsonl", "report.md"):
        (tmp_path / name).write_bytes((root / "training/labels/seeds.jsonl").read_bytes())
    rows = tmp_path / "train.jsonl"
    text = tmp_path / "a.txt"
    text.write_text("Rebels shelled the town on Monday.\n")
    actors = tmp_path / "mine.toml"
    actors.write_text('[[actors]]\nname = "Sirte"\n')
    outlets = tmp_path / "outlets.csv"
    outlets.write_text("article,outlet\na.txt,Stele\n")
    model = ("--model", small_folder)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    for command in (
        ("split", rows, "--out", tmp_path),
        ("evaluate", small_folder, rows, "--json", rows),
        ("evaluate", small_folder, tmp_path / "report.md", "--out", tmp_path),
        ("evaluate", small_folder, seeds[0], "--train", rows, "--json", rows, "--out", "r"),
        ("agreement", rows, "--json", rows),
        ("actors", "suggest", text, "-o", text),
        ("actors", "suggest", text, "--actors", actors, "-o", actors),
        ("profile", text, *model, "--outlets", outlets, "-o", outlets),
        ("profile", text, *model, "--actors", actors, "-o", actors, "--format", "csv"),
        ("classify", text, *model, "--actors", actors, "-o", actors, "--format", "csv"),
        ("classify", text, *model, "--only-actors", actors, "-o", actors, "--format", "csv"),
    ):
        code, out, err = stance(*command)
        assert (code, out) == (1, ""), command
        assert "this file is also read" in err
        assert err.count("\n") == 1
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_model_does_not_replace_the_files_it_learns_from(stance, small_folder, tmp_path):
    """A model's folder is replaced as a whole, so no label or recipe may lie in it."""
    folder = tmp_path / "m"
    shutil.copytree(small_folder, folder)
    (folder / "rows.jsonl").write_text('{"text": "Talks began.", "labels": ["talks"]}\n')
    for place in (tmp_path, folder):
        path = "m/rows.jsonl" if place == tmp_path else "rows.jsonl"
        (place / "mine.toml").write_text(f'name = "mine"\n[data]\ntrain = ["{path}"]\n')
        code, _, err = stance("train", place / "mine.toml", "--out", folder)
        assert code == 1
        assert "lies in this folder and would be lost" in err
    assert (folder / "rows.jsonl").exists()


def test_options_of_the_report_ask_for_one(stance, small_folder, root):
    """What only the report reads is told without --out, not passed over."""
    rows = root / "training" / "labels" / "seeds.jsonl"
    options = ("--against", "nope", "--slice", "zzz", "--coders", "people", "--no-texts")
    code, out, err = stance("evaluate", small_folder, rows, *options)
    assert code == 0
    assert "macro-f1" in out
    told = "no report is written, which --against, --slice, --coders, --no-texts would be for"
    assert f"stance: {told}. Add --out DIR." in err


def test_a_test_that_was_learned_from_is_said(stance, small_folder, root):
    """Figures on a model's own training file come with a warning on standard error."""
    own = root / "training" / "labels" / "seeds.jsonl"
    code, out, err = stance("evaluate", small_folder, own)
    assert code == 0
    assert "too good" not in out
    assert "were trained on word for word" in err
    assert "The figures are too good." in err
