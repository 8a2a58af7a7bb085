"""A corpus is coded by way of parts: the same bytes however often the run was stopped."""

import errno
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stance import corpus_engines, corpus_run, storage
from stance.corpus import CorpusSettings, code_corpus
from stance.corpus_engines import WorkersLostError, with_joblib
from stance.corpus_lock import locked
from stance.corpus_shards import ShardCoder
from stance.errors import InputError, MissingExtraError, SettingsError
from stance.storage import Disk
from stance.text import reading

SETTINGS = CorpusSettings(shard_articles=5)
TEXT = "Rebels shelled the town on Monday.\n\nAid workers fled to the {} camp."


@pytest.fixture
def news(tmp_path):
    """Forty articles as JSON Lines, one line among them broken."""
    path = tmp_path / "news.jsonl"
    rows = [
        json.dumps({"id": f"a{i % 30}", "text": TEXT.format(i), "day": i, "tags": ["x", str(i)]})
        for i in range(40)
    ]
    rows.insert(17, "not json")
    path.write_text("\n".join(rows) + "\n", "utf-8")
    return path


@pytest.fixture
def whole(news, small_folder, tmp_path):
    """The bytes that an uninterrupted run writes."""
    output = tmp_path / "whole.parquet"
    code_corpus([news], output, model=small_folder, settings=SETTINGS)
    return output.read_bytes()


def leftovers(folder):
    """Hidden files and folders, of which none should remain."""
    return [path.name for path in folder.iterdir() if path.name.startswith(".")]


def command(*arguments):
    """A command line that runs stance in a process of its own."""
    code = "from stance.cli import main; main()"
    return [sys.executable, "-c", code, *map(str, arguments)]


def test_a_corpus_is_coded_as_its_articles_are(stance, news, small_folder, tmp_path):
    """By way of parts or not, the rows are the same, and so are the problems."""
    plain, parts = tmp_path / "plain.parquet", tmp_path / "parts.parquet"
    first = stance("classify", news, "--model", small_folder, "-o", plain)
    second = stance(
        *("classify", news, "--model", small_folder),
        *("-o", parts, "--shard-size", "7", "--jobs", "1"),
    )
    assert first == second
    assert first[0] == 1
    assert "news.jsonl, row 18: it is not JSON" in first[2]
    assert pq.read_table(plain).equals(pq.read_table(parts))
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize("kind", ["jsonl", "csv"])
def test_text_formats_are_joined(stance, news, small_folder, tmp_path, kind):
    """JSON Lines and CSV come out of parts byte for byte as without them."""
    plain, parts = tmp_path / f"plain.{kind}", tmp_path / f"parts.{kind}"
    stance("classify", news, "--model", small_folder, "-o", plain)
    settings = CorpusSettings(shard_articles=7, format=kind)
    code_corpus([news], parts, model=small_folder, settings=settings)
    assert plain.read_bytes() == parts.read_bytes()


def test_workers_do_not_change_a_byte(news, small_folder, tmp_path, whole):
    """Two processes write what one writes."""
    output = tmp_path / "two.parquet"
    code_corpus([news], output, model=small_folder, settings=SETTINGS, jobs=2)
    assert output.read_bytes() == whole


def test_any_joblib_back_end_is_taken(news, small_folder, tmp_path, whole):
    """`joblib.parallel_config` decides where no number of jobs is given."""
    import joblib

    output = tmp_path / "threads.parquet"
    with joblib.parallel_config("threading", n_jobs=2):
        code_corpus([news], output, model=small_folder, settings=SETTINGS)
    assert output.read_bytes() == whole


def test_killed_at_any_moment_and_resumed(news, small_folder, tmp_path, whole):
    """After SIGKILL at random moments, a resumed run writes the same bytes."""
    random_moment = random.Random(5)  # noqa: S311 - no secret
    output = tmp_path / "killed.parquet"
    arguments = command(
        *("classify", news, "--model", small_folder, "-o", output),
        *("--shard-size", "5", "--resume", "--jobs", "1"),
    )
    n_killed = 0
    for _ in range(4):
        process = subprocess.Popen(arguments, stderr=subprocess.DEVNULL)
        parts = tmp_path / ".killed.parquet.parts"
        deadline = time.monotonic() + 20
        while not parts.exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.002)
        time.sleep(random_moment.random() * 0.06)
        process.send_signal(signal.SIGKILL)
        n_killed += process.wait() == -signal.SIGKILL
        if output.exists():
            assert output.read_bytes() == whole
    assert n_killed >= 1
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    assert output.read_bytes() == whole
    assert leftovers(tmp_path) == []


def test_finished_parts_are_not_coded_again(news, small_folder, stopped, whole, monkeypatch):
    """A resumed run codes only what is missing or damaged, and tells of all problems."""
    assert not stopped.exists()
    parts = stopped.with_name(".stopped.parquet.parts")
    (folder,) = parts.iterdir()
    (folder / "000003.parquet").write_bytes(b"damaged")
    (folder / "000005.parquet").unlink()
    coded = []
    code = ShardCoder.__call__

    def spy(self, shard):
        coded.append(shard.number)
        return code(self, shard)

    monkeypatch.setattr(ShardCoder, "__call__", spy)
    met = []
    code_corpus(
        [news], stopped, model=small_folder, settings=SETTINGS, resume=True, problems=met.append
    )
    assert coded == [3, 5]
    assert [problem.row for problem in met] == [18]
    assert stopped.read_bytes() == whole


def test_a_full_disk_loses_nothing(news, small_folder, tmp_path, whole, monkeypatch):
    """No space: one clear error, parts kept, and a resumed run ends well."""
    output = tmp_path / "full.parquet"
    n_synced = 0
    sync = os.fsync

    def fail_later(file):
        nonlocal n_synced
        n_synced += 1
        if n_synced == 8:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        sync(file)

    with monkeypatch.context() as patch:
        patch.setattr(storage.os, "fsync", fail_later)
        with pytest.raises(InputError, match=r"No space left on device.*run again with --resume"):
            code_corpus([news], output, model=small_folder, settings=SETTINGS)
    assert len(list((tmp_path / ".full.parquet.parts").rglob("*.parquet"))) >= 3
    code_corpus([news], output, model=small_folder, settings=SETTINGS, resume=True)
    assert output.read_bytes() == whole
    assert leftovers(tmp_path) == []


def test_two_processes_do_not_write_one_output(news, small_folder, tmp_path):
    """The second gets one clear error; a lock file left behind by a dead one hinders nobody."""
    output = tmp_path / "raced.parquet"
    lock = tmp_path / ".raced.parquet.lock"
    with locked(Disk(lock)):
        done = subprocess.run(
            command("classify", news, "--model", small_folder, "-o", output, "--jobs", "1"),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1
        assert f"process {os.getpid()} is writing this output" in done.stderr
        assert "Traceback" not in done.stderr
    lock.write_text("1")
    code_corpus([news], output, model=small_folder, settings=SETTINGS)
    assert output.exists()


def stop(*_):
    """End a run as control-C does, in place of the joining of parts."""
    raise KeyboardInterrupt


@pytest.fixture
def stopped(news, small_folder, tmp_path, monkeypatch):
    """The output of a run that was stopped before its end."""
    output = tmp_path / "stopped.parquet"
    with monkeypatch.context() as patch:
        patch.setattr(corpus_run, "join_parts", stop)
        with pytest.raises(KeyboardInterrupt):
            code_corpus([news], output, model=small_folder, settings=SETTINGS)
    return output


def test_control_c_is_answered(stance, news, small_folder, tmp_path, monkeypatch):
    """An interrupted run says what is kept, and ends with the exit code of an interruption."""
    monkeypatch.setattr(corpus_run, "join_parts", stop)
    command = ("classify", news, "--model", small_folder, "-o", tmp_path / "c.jsonl", "--jobs", "1")
    code, out, err = stance(*command)
    assert (code, out) == (130, "")
    assert err.splitlines()[1:] == [
        "stance: finished parts are kept; go on with --resume.",
        "stance: interrupted.",
    ]


def test_a_stopped_run_is_not_written_over(news, small_folder, stopped):
    """Without --resume, a stopped run's parts stay, and the error says what to do."""
    with pytest.raises(InputError, match=r"stopped before its end\. Add --resume"):
        code_corpus([news], stopped, model=small_folder, settings=SETTINGS)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (CorpusSettings(format="jsonlines"), 'format "jsonlines" is not known. Did'),
        (CorpusSettings(format="csv", keep=True), "CSV cannot keep columns"),
        (CorpusSettings(abstain=2.0), "abstain is 2.0"),
    ],
)
def test_wrong_settings_begin_no_run(news, small_folder, tmp_path, settings, message):
    """What cannot be done is told before a manifest says that a run was begun."""
    with pytest.raises((SettingsError, ValueError), match=message):
        code_corpus([news], tmp_path / "c", model=small_folder, settings=settings)
    assert list(tmp_path.glob("*c.*")) == []


@pytest.mark.parametrize(("name", "first"), [("c.jsonl", b"{"), ("c.CSV", b"a"), ("c", b"P")])
def test_the_ending_tells_the_format(news, small_folder, tmp_path, name, first):
    """Where no format is set, it is that of the command line."""
    code_corpus([news], tmp_path / name, model=small_folder)
    assert (tmp_path / name).read_bytes().startswith(first)


def test_no_process_does_nothing_and_leaves_nothing(news, small_folder, tmp_path):
    """Zero processes are refused before a manifest says that a run was begun."""
    with pytest.raises(SettingsError, match="jobs is 0"):
        code_corpus([news], tmp_path / "none.parquet", model=small_folder, jobs=0)
    assert [path.name for path in tmp_path.iterdir()] == [news.name]


@pytest.mark.parametrize("key", ["counts", "inputs", "model", "parts"])
def test_a_damaged_manifest_is_told(news, small_folder, tmp_path, key):
    """A manifest that lacks what it should hold ends in one line."""
    output = tmp_path / "told.parquet"
    code_corpus([news], output, model=small_folder, settings=SETTINGS)
    manifest = tmp_path / "told.parquet.manifest.json"
    told = json.loads(manifest.read_text("utf-8"))
    for damaged in (None, [{}], 3):
        manifest.write_text(json.dumps({**told, key: damaged}))
        with pytest.raises(InputError, match="this is no manifest"):
            code_corpus([news], output, model=small_folder, settings=SETTINGS, resume=True)


def test_another_input_is_not_resumed(news, small_folder, stopped):
    """A changed file is named."""
    news.write_text(news.read_text("utf-8") + '{"text": "More news."}\n', "utf-8")
    with pytest.raises(InputError, match=r"the input .*news\.jsonl has changed since"):
        code_corpus([news], stopped, model=small_folder, settings=SETTINGS, resume=True)


def test_an_input_under_another_name_is_not_resumed(news, small_folder, stopped, monkeypatch):
    """Articles may be named by their file: both of its names are told."""
    monkeypatch.chdir(news.parent)
    with pytest.raises(InputError, match=r"news\.jsonl is now named news\.jsonl, as articles may"):
        code_corpus(["news.jsonl"], stopped, model=small_folder, settings=SETTINGS, resume=True)
    (news.parent / "more.txt").write_text(TEXT, "utf-8")
    both = [news, "more.txt"]
    with pytest.raises(InputError, match=r"the input more\.txt is new\. Run it as before"):
        code_corpus(both, stopped, model=small_folder, settings=SETTINGS, resume=True)
    with pytest.raises(InputError, match=r"the input .*news\.jsonl is missing\. Run it as"):
        code_corpus("more.txt", stopped, model=small_folder, settings=SETTINGS, resume=True)


def test_the_same_model_under_another_name_is_resumed(
    news, small_folder, stopped, whole, monkeypatch
):
    """What a model is called changes no byte of the output."""
    monkeypatch.chdir(small_folder.parent)
    code_corpus([news], stopped, model=small_folder.name, settings=SETTINGS, resume=True)
    assert stopped.read_bytes() == whole


def test_other_settings_are_not_resumed(news, small_folder, stopped):
    """The setting is named with both values."""
    settings = CorpusSettings(shard_articles=5, abstain=0.7)
    with pytest.raises(InputError, match=r"its setting abstain was None, and now it is 0\.7"):
        code_corpus([news], stopped, model=small_folder, settings=settings, resume=True)


def test_another_model_is_not_resumed(news, small_model, stopped, tmp_path):
    """Both models are named by fingerprint."""
    from dataclasses import replace

    other = tmp_path / "other"
    replace(small_model, name="other").save(other)
    with pytest.raises(InputError, match=r"it was begun with the model .* and now it is"):
        code_corpus([news], stopped, model=other, settings=SETTINGS, resume=True)


def test_a_finished_run_is_not_done_again(news, small_folder, tmp_path, monkeypatch):
    """--resume behind the end does nothing; an output that was changed is made again."""
    output = tmp_path / "done.parquet"
    counts = code_corpus([news], output, model=small_folder, settings=SETTINGS)
    made = output.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(ShardCoder, "__call__", lambda *_: pytest.fail("coded again"))
        again = code_corpus([news], output, model=small_folder, settings=SETTINGS, resume=True)
    assert again == counts
    assert (counts.articles, counts.paragraphs, counts.problems) == (40, 80, 1)
    output.write_bytes(b"changed")
    code_corpus([news], output, model=small_folder, settings=SETTINGS, resume=True)
    assert output.read_bytes() == made


def test_the_manifest_tells_what_was_done(news, small_folder, tmp_path):
    """Inputs and output by hash, the model by fingerprint, settings and counts."""
    import hashlib

    output = tmp_path / "told.parquet"
    code_corpus([news], output, model=small_folder, settings=SETTINGS)
    told = json.loads((tmp_path / "told.parquet.manifest.json").read_text("utf-8"))
    (entry,) = told["inputs"]
    assert entry["sha256"] == hashlib.sha256(news.read_bytes()).hexdigest()
    assert entry["size"] == news.stat().st_size
    assert told["output"] == hashlib.sha256(output.read_bytes()).hexdigest()
    assert len(told["model"]["fingerprint"]) == 64
    assert told["state"] == "whole"
    assert told["counts"] == {"articles": 40, "paragraphs": 80, "noise": 0, "problems": 1}
    assert sum(part["articles"] for part in told["parts"]) == 40


def test_kept_columns_of_parquet_come_through_unchanged(small_folder, tmp_path):
    """Types and values stay; a name that codings use gets a prefix."""
    table = pa.table(
        {
            "text": [TEXT.format(i) for i in range(12)],
            "id": [f"a{i}" for i in range(12)],
            "when": pa.array([None, *range(11)], pa.timestamp("ms")),
            "price": pa.array(range(12), pa.decimal128(9, 2)),
            "tags": [["x", str(i)] for i in range(12)],
            "start": pa.array(range(12), pa.int8()),
        }
    )
    news, output = tmp_path / "news.parquet", tmp_path / "kept.parquet"
    pq.write_table(table, news)
    settings = CorpusSettings(shard_articles=5, keep=True)
    code_corpus([news], output, model=small_folder, settings=settings)
    found = pq.read_table(output).filter(pa.compute.field("paragraph") == 0)
    for name in ("when", "price", "tags"):
        assert found[name].combine_chunks().equals(table[name].combine_chunks())
    assert found["input.start"].combine_chunks().equals(table["start"].combine_chunks())


def test_kept_times_are_exact(small_folder, tmp_path):
    """Nanoseconds, with zones or without, come through; what no year can hold comes as text."""
    moments = [1_234_567_891_234_567_891, 1_234_567_891_000_000_000, None]
    table = pa.table(
        {
            "text": [TEXT.format(i) for i in range(3)],
            "plain": pa.array(moments, pa.timestamp("ns")),
            "zoned": pa.array(moments, pa.timestamp("ns", "Europe/Warsaw")),
            "far": pa.array([2**40, 0, None], pa.timestamp("s")),
        }
    )
    news, output = tmp_path / "news.parquet", tmp_path / "kept.parquet"
    pq.write_table(table, news, row_group_size=1)
    code_corpus([news], output, model=small_folder, settings=CorpusSettings(keep=True))
    found = pq.read_table(output).filter(pa.compute.field("paragraph") == 0)
    for name in ("plain", "zoned"):
        assert found[name].combine_chunks().equals(table[name].combine_chunks())
    first, *others = found["far"].to_pylist()
    assert first.startswith("<value out of range")
    assert others == ["1970-01-01 00:00:00.000", None]


def test_kept_cells_of_mixed_types_become_text(small_folder, tmp_path):
    """A column that JSON Lines fill with numbers here and strings there is one of text."""
    news, output = tmp_path / "news.jsonl", tmp_path / "kept.parquet"
    cells = [1, 2, "three", None, [4], {"five": 5}]
    rows = [json.dumps({"text": TEXT.format(i), "cell": cell}) for i, cell in enumerate(cells)]
    news.write_text("\n".join(rows), "utf-8")
    settings = CorpusSettings(shard_articles=2, keep=True)
    code_corpus([news], output, model=small_folder, settings=settings)
    found = pq.read_table(output)["cell"].to_pylist()[::2]
    assert found == ["1", "2", "three", None, "[4]", '{"five": 5}']


def test_kept_cells_stand_in_json_lines(news, small_folder, tmp_path):
    """JSON Lines hold the cells of the article's row in one field."""
    output = tmp_path / "kept.jsonl"
    settings = CorpusSettings(shard_articles=5, keep=True, format="jsonl")
    code_corpus([news], output, model=small_folder, settings=settings)
    records = [json.loads(line) for line in output.read_text("utf-8").splitlines()]
    assert [record["kept"] for record in records[4:6]] == [{"day": 2, "tags": ["x", "2"]}] * 2


def test_one_file_a_shard(stance, news, small_folder, tmp_path):
    """--shards leaves the parts in a folder, and never writes over what is not its own."""
    folder = tmp_path / "shards"
    arguments = ("classify", news, "--model", small_folder, "--shard-size", "5")
    code, _, _ = stance(*arguments, "--shards", folder)
    assert code == 1
    assert len(list(folder.iterdir())) == 8
    assert pq.read_table(folder).num_rows == 80
    assert "1 file or row could" in stance(*arguments, "--shards", folder, "--resume")[2]
    code, _, err = stance(*arguments, "--shards", tmp_path)
    assert (code, "holds other files" in err) == (1, True)
    assert news.exists()


def test_shards_behind_a_link(news, small_folder, tmp_path):
    """A link to a folder stays one, and the folder gets the shards."""
    folder = tmp_path / "shards"
    folder.mkdir()
    link = tmp_path / "link"
    link.symlink_to(folder)
    settings = CorpusSettings(shard_articles=20, shards=True)
    for _ in range(2):
        code_corpus([news], link, model=small_folder, settings=settings)
        assert link.is_symlink()
        names = sorted(path.name for path in folder.iterdir())
        assert names == ["000001.parquet", "000002.parquet"]


def test_a_folder_of_files_is_a_corpus(seeds, small_folder, tmp_path):
    """Text files are cut into shards as rows are."""
    output = tmp_path / "coded.parquet"
    settings = CorpusSettings(shard_articles=1)
    counts = code_corpus([seeds[0].parent], output, model=small_folder, settings=settings)
    assert counts.articles == 2
    assert pq.read_table(output).num_rows == counts.paragraphs == 45


def test_one_path_need_not_stand_in_a_list(news, small_folder, tmp_path):
    """A path is one path, not as many as it has letters."""
    for number, paths in enumerate((str(news), news, [news])):
        code_corpus(
            paths,
            tmp_path / f"{number}.jsonl",
            model=small_folder,
            settings=CorpusSettings(format="jsonl"),
            jobs=1,
        )
    written = {(tmp_path / f"{number}.jsonl").read_bytes() for number in range(3)}
    assert len(written) == 1
    assert b"label" in written.pop()


def test_web_pages_are_parsed_where_shards_are_coded(stance, small_folder, tmp_path, monkeypatch):
    """The reading process passes pages on as bytes; rows and problems are as without parts."""
    pages = tmp_path / "pages"
    pages.mkdir()
    paragraphs = "".join(
        f"<p>{TEXT.format(i)} Nobody knew when it would end.</p>" for i in range(5)
    )
    for number in range(4):
        body = "" if number == 2 else f"<article><h1>News {number}</h1>{paragraphs}</article>"
        page = f"<html><head><title>News {number}</title></head><body>{body}</body></html>"
        (pages / f"{number}.html").write_text(page, "utf-8")
    plain, parts = tmp_path / "plain.parquet", tmp_path / "parts.parquet"
    first = stance("classify", pages, "--model", small_folder, "-o", plain)
    assert (first[0], "2.html: no article text was found" in first[2]) == (1, True)
    monkeypatch.setattr(ShardCoder, "__call__", in_a_worker(ShardCoder.__call__))
    monkeypatch.setattr(reading, "read_page", only_in_a_worker(reading.read_page))
    options = ("-o", parts, "--shard-size", "1")
    assert stance("classify", pages, "--model", small_folder, *options) == first
    assert pq.read_table(plain).equals(pq.read_table(parts))


WORKING = []


def in_a_worker(code):
    """The coding of a shard, marked as such while it runs."""

    def run(self, shard):
        WORKING.append(shard.number)
        try:
            return code(self, shard)
        finally:
            WORKING.pop()

    return run


def only_in_a_worker(read_page):
    """The parser of pages, failing where no shard is being coded."""

    def run(data):
        assert WORKING
        return read_page(data)

    return run


def test_strict_stops_at_the_first_problem(news, small_folder, tmp_path):
    """The error names the row, from whatever thread it was met in."""
    with pytest.raises(InputError, match="row 18: it is not JSON"):
        code_corpus(
            [news],
            tmp_path / "strict.parquet",
            model=small_folder,
            settings=CorpusSettings(shard_articles=2),
            strict=True,
            jobs=2,
        )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["-o", "c.html", "--jobs", "2"], "A corpus is not coded as html"),
        (["-o", "c.csv", "--keep"], "CSV cannot keep columns"),
        (["-o", "c.parquet", "--engine", "dask"], "belong together"),
        (["-o", "c.parquet", "--shards", "d"], "Give one of the two"),
        (["--format", "jsonl", "--jobs", "2"], "A corpus is coded to a file"),
    ],
)
def test_wrong_use_is_told(  # noqa: PLR0913 - fixtures, and the two parameters
    stance, news, small_folder, tmp_path, options, message
):
    """Options that do not go together end in one clear message and exit code 2."""
    options = [tmp_path / o if o.startswith("c.") else o for o in options]
    code, _, err = stance("classify", news, "--model", small_folder, *options)
    assert code == 2
    assert message in " ".join(err.replace("│", " ").split())


def test_a_missing_extra_is_named(news, small_folder, tmp_path, monkeypatch):
    """Without dask.distributed, one line says how to install it."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MissingExtraError, match=r'pip install "stance\[dask\]"'):
        code_corpus([news], tmp_path / "c.parquet", model=small_folder, scheduler="tcp://x:1")


@pytest.fixture
def impatient(monkeypatch):
    """A run over a cluster that does not wait long for its scheduler."""
    pytest.importorskip("distributed")
    monkeypatch.setattr(corpus_engines, "ANSWER", 0.5)


@pytest.fixture
def silence():
    """The address of something that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"tcp://127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("address", ["nonsense://127.0.0.1:1", "127.0.0.1", "tcp://127.0.0.1:1"])
def test_a_missing_scheduler_is_named(stance, news, small_folder, tmp_path, address):
    """No scheduler at the address: one line that says so, and no run is begun."""
    code, _, err = stance(
        *("classify", news, "--model", small_folder, "-o", tmp_path / "coded.parquet"),
        *("--engine", "dask", "--scheduler", address),
    )
    assert code == 1
    assert err.startswith(f"stance: There is no dask scheduler at {address} (")
    assert len(err.splitlines()) == 1
    assert list(tmp_path.glob("*coded*")) == []


@pytest.mark.usefixtures("impatient")
def test_what_is_no_scheduler_is_not_waited_for(news, small_folder, tmp_path, silence):
    """Something else at the address is told as soon as a scheduler would have answered."""
    with pytest.raises(WorkersLostError, match=r"\(no answer within 0.5 seconds\)"):
        code_corpus([news], tmp_path / "c.parquet", model=small_folder, scheduler=silence)


def test_a_cluster_codes_the_same_with_a_worker_killed(news, small_folder, tmp_path, whole):
    """A real scheduler, two worker processes on loopback, one of them killed half way."""
    pytest.importorskip("distributed")
    output = tmp_path / "cluster.parquet"
    script = Path(__file__).with_name("cluster_run.py")
    done = subprocess.run(
        [sys.executable, script, news, small_folder, output],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert output.read_bytes() == whole


def test_a_large_input_is_coded_in_parts_unasked(stance, news, small_folder, tmp_path, monkeypatch):
    """From so many bytes on, a file comes with a manifest; a small one does not."""
    from stance.cli import corpus

    arguments = ("classify", news, "--model", small_folder, "-o")
    stance(*arguments, tmp_path / "small.parquet")
    monkeypatch.setattr(corpus, "LARGE", 1000)
    stance(*arguments, tmp_path / "large.parquet")
    assert [path.name for path in tmp_path.glob("*.json")] == ["large.parquet.manifest.json"]
    assert pq.read_table(tmp_path / "large.parquet").num_rows == 80


@pytest.mark.parametrize("name", ["-", "pipe.txt"])
def test_what_cannot_be_read_twice_is_refused(stance, small_folder, tmp_path, monkeypatch, name):
    """Neither standard input nor a pipe makes a corpus, and the error says what to do."""
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe.txt")
    arguments = ("classify", name, "--model", small_folder, "--jobs", "1")
    code, _, err = stance(*arguments, "-o", tmp_path / "coded.parquet")
    assert (code, "Save it as a file first" in err) == (1, True)


def test_an_output_is_no_input(stance, news, small_folder, tmp_path):
    """Neither a file that is read, under whatever name, nor one in a folder that is read."""
    before = news.read_bytes()
    (tmp_path / "same.jsonl").symlink_to(news)
    for options in ((), ("--jobs", "1")):
        arguments = ("classify", news, "--model", small_folder, *options)
        code, _, err = stance(*arguments, "-o", tmp_path / "same.jsonl")
        assert (code, "same.jsonl: this file is also read" in err) == (1, True)
    assert news.read_bytes() == before
    inside = tmp_path / "deep" / "coded.parquet"
    code, _, err = stance(
        "classify", tmp_path, "--model", small_folder, "--jobs", "1", "-o", inside
    )
    assert (code, "would read what it has written itself" in err) == (1, True)


def test_a_finished_run_with_problems_says_so_again(stance, news, small_folder, tmp_path):
    """--resume behind the end does nothing, but does not hide what was not read."""
    arguments = (
        "classify",
        news,
        "--model",
        small_folder,
        "-o",
        tmp_path / "c.parquet",
        "--resume",
    )
    assert stance(*arguments)[0] == 1
    code, _, err = stance(*arguments)
    assert code == 1
    assert "c.parquet: 1 file or row could not be read when it was made." in err


def test_several_compressed_files_make_one_output(news, small_folder, tmp_path):
    """Files are read in order, compressed or not, and each is in the manifest."""
    import gzip

    packed, output = tmp_path / "more.jsonl.gz", tmp_path / "both.jsonl"
    packed.write_bytes(gzip.compress(news.read_bytes()))
    settings = CorpusSettings(shard_articles=7, format="jsonl")
    counts = code_corpus([news, packed], output, model=small_folder, settings=settings)
    assert (counts.articles, counts.problems) == (80, 2)
    lines = output.read_text("utf-8").splitlines()
    assert lines[:80] == lines[80:]
    told = json.loads((tmp_path / "both.jsonl.manifest.json").read_text("utf-8"))
    assert [Path(entry["name"]).name for entry in told["inputs"]] == ["news.jsonl", "more.jsonl.gz"]


def test_lone_surrogates_do_not_stop_a_part(small_folder, tmp_path):
    """What UTF-8 cannot hold becomes a question mark, in texts and in kept cells."""
    news, output = tmp_path / "news.jsonl", tmp_path / "coded.parquet"
    rows = [{"text": "Rebels \ud800 fled.", "note": "a"}, {"text": "Aid came.", "note": "\udc00"}]
    news.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    code_corpus([news], output, model=small_folder, settings=CorpusSettings(keep=True))
    found = pq.read_table(output)
    assert found["text"].to_pylist() == ["Rebels ? fled.", "Aid came."]
    assert found["note"].to_pylist() == ["a", "?"]


def test_a_worker_whose_parent_is_gone_before_its_first_shard_ends_too(monkeypatch):
    """The worker knows who started it, whoever the system calls its parent since."""
    ended = []
    monkeypatch.setattr("stance.corpus_engines._end_with", ended.append)
    monkeypatch.setattr("os.getppid", lambda: 1)
    run, own = with_joblib(1), os.getpid()
    for starter in (own + 1, own):
        found = SimpleNamespace(pid=starter)
        monkeypatch.setattr("multiprocessing.parent_process", lambda found=found: found)
        assert list(run(lambda shard: shard, ["shard"])) == ["shard"]
    assert ended == [own]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
def test_workers_end_with_a_killed_parent(news, small_folder, tmp_path):
    """SIGKILL of the run leaves no worker process behind."""
    output = tmp_path / "orphans.parquet"
    parts = tmp_path / ".orphans.parquet.parts"
    options = ("--model", small_folder, "-o", output, "--shard-size", "1", "--jobs", "2")
    process = subprocess.Popen(
        command("classify", news, *options), stderr=subprocess.DEVNULL, cwd=tmp_path
    )
    # A busy machine needs long to begin, and to end what was begun.
    deadline = time.monotonic() + 120
    listed = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    children = []
    while not list(parts.rglob("*.parquet")) and time.monotonic() < deadline:
        children = listed.read_text("ascii").split() or children
        time.sleep(0.005)
    process.kill()
    process.wait()
    assert children

    def runs(pid):
        try:
            status = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0]
        except OSError:
            return False
        return status != "Z"

    deadline = time.monotonic() + 60
    while any(map(runs, children)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert [pid for pid in children if runs(pid)] == []
