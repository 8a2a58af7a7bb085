"""Corpora in object stores: read, coded, resumed and written there as on a disk."""

import json
import logging
import os
import sys
import urllib.request
import uuid
from contextlib import suppress
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stance import corpus_run
from stance.corpus import CorpusSettings, code_corpus
from stance.corpus_shards import ShardCoder
from stance.errors import InputError, MissingExtraError
from stance.object_store import Store
from stance.storage import Disk, location

SETTINGS = CorpusSettings(shard_articles=5)
TEXT = "Rebels shelled the town on Monday.\n\nAid workers fled to the {} camp."


@pytest.fixture(scope="session")
def s3_server():
    """The address of a server on loopback that speaks as S3 does."""
    server = pytest.importorskip("moto.server")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    running = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    yield f"http://{host}:{port}"
    running.stop()


@pytest.fixture
def s3(s3_server, monkeypatch):
    """The address of a new bucket."""
    settings = {
        "AWS_ACCESS_KEY_ID": "nobody",
        "AWS_SECRET_ACCESS_KEY": "nothing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": s3_server,
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    bucket = f"bucket-{uuid.uuid4().hex}"
    asked = urllib.request.Request(f"{s3_server}/{bucket}", method="PUT")  # noqa: S310 - loopback
    urllib.request.urlopen(asked).close()  # noqa: S310 - the same
    return f"s3://{bucket}"


@pytest.fixture
def memory():
    """The address of a new folder in fsspec's store in memory."""
    pytest.importorskip("fsspec")
    return f"memory://folder-{uuid.uuid4().hex}"


@pytest.fixture(params=["s3", "memory", "file"])
def store(request, tmp_path):
    """The address of a new folder, in one store after the other."""
    if request.param == "file":
        return (tmp_path / "store").as_uri()
    return request.getfixturevalue(request.param)


def put(address, data):
    """Write an object."""
    place = location(address)
    place.parent.make_folder()
    with place.written() as scratch:
        scratch.write_bytes(data)


def get(address):
    """The bytes of an object."""
    with location(address).opened() as file:
        return file.read()


def table(n=20):
    """A small table of articles as the bytes of a Parquet file."""
    out = pa.BufferOutputStream()
    told = {"text": [TEXT.format(i) for i in range(n)], "day": list(range(n))}
    pq.write_table(pa.table(told), out)
    return out.getvalue().to_pybytes()


@pytest.fixture
def news(store):
    """The address of a small table of articles in that store."""
    put(f"{store}/news.parquet", table())
    return f"{store}/news.parquet"


@pytest.fixture
def whole(small_folder, tmp_path):
    """The bytes that a run on a disk writes."""
    path = tmp_path / "news.parquet"
    path.write_bytes(table())
    output = tmp_path / "whole.parquet"
    code_corpus([path], output, model=small_folder, settings=SETTINGS)
    return pq.read_table(output)


def names(folder):
    """What a folder in a store holds."""
    return location(folder).names()


def same_but_for_ids(found, expected):
    """Whether two outputs agree in all but the articles' ids, which name the file."""
    return found.drop("article").equals(expected.drop("article"))


def test_a_corpus_in_a_store_is_coded_there(stance, store, news, small_folder, whole):
    """From an address to an address, with the manifest beside the output and nothing else."""
    code, _, err = stance(
        *("classify", news, "--model", small_folder),
        *("-o", f"{store}/out/coded.parquet", "--shard-size", "5"),
    )
    assert (code, err) == (0, "")
    assert names(f"{store}/out") == ["coded.parquet", "coded.parquet.manifest.json"]
    found = pq.read_table(pa.BufferReader(get(f"{store}/out/coded.parquet")))
    assert same_but_for_ids(found, whole)
    told = json.loads(get(f"{store}/out/coded.parquet.manifest.json"))
    assert told["state"] == "whole"
    assert [entry["name"] for entry in told["inputs"]] == [location(news).name]


def test_a_stopped_run_is_resumed_in_a_store(store, news, small_folder, whole, monkeypatch):
    """Parts and manifest outlive the run; what is missing is coded, and nothing else."""
    output = f"{store}/coded.parquet"

    def stop(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(corpus_run, "join_parts", stop)
        with pytest.raises(KeyboardInterrupt):
            code_corpus([news], output, model=small_folder, settings=SETTINGS)
    assert "coded.parquet" not in names(store)
    with pytest.raises(InputError, match="Add --resume"):
        code_corpus([news], output, model=small_folder, settings=SETTINGS)
    parts = location(f"{store}/.coded.parquet.parts")
    (plan,) = parts.names()
    put(parts.child(plan).child("000002.parquet").name, b"damaged")
    coded = []
    code = ShardCoder.__call__
    monkeypatch.setattr(
        ShardCoder, "__call__", lambda self, shard: coded.append(shard.number) or code(self, shard)
    )
    code_corpus([news], output, model=small_folder, settings=SETTINGS, resume=True)
    assert coded == [2]
    assert same_but_for_ids(pq.read_table(pa.BufferReader(get(output))), whole)
    assert [name for name in names(store) if name.startswith(".")] == []


def test_shards_are_left_in_a_store(store, news, small_folder, whole):
    """One object a shard, twice in the same place, and never over other objects."""
    settings = CorpusSettings(shard_articles=5, shards=True)
    for _ in range(2):
        code_corpus([news], f"{store}/shards", model=small_folder, settings=settings)
    expected = [f"00000{n}.parquet" for n in range(1, 5)]
    assert names(f"{store}/shards") == expected
    parts = [pq.read_table(pa.BufferReader(get(f"{store}/shards/{n}"))) for n in expected]
    assert same_but_for_ids(pa.concat_tables(parts), whole)
    put(f"{store}/mine/letter.txt", b"Dear reader")
    with pytest.raises(InputError, match="holds other files"):
        code_corpus([news], f"{store}/mine", model=small_folder, settings=settings)


def test_a_folder_in_a_store_is_walked(stance, store, small_folder):
    """Files in folders are read in order; hidden ones, and those of other kinds, are not."""
    for name in ("b.txt", "a/2.txt", "a/1 & one.txt", ".hidden.txt", "a/.parts/x.txt", "z.docx"):
        put(f"{store}/in/{name}", b"Aid came.")
    code, out, err = stance("classify", f"{store}/in", "--model", small_folder)
    read = [json.loads(line)["article"].rpartition("/in/")[2] for line in out.splitlines()]
    assert read == ["b.txt", "a/1 & one.txt", "a/2.txt"]
    assert code == 1
    assert "1 files with other endings were left out (.docx: 1)" in err


def test_what_is_not_there_is_named(stance, store, small_folder):
    """A missing object is one line, as a missing file is."""
    code, out, err = stance("classify", f"{store}/none.txt", "--model", small_folder)
    assert (code, out) == (1, "")
    assert "none.txt: there is no such file or folder." in err


def test_settings_behind_the_address_are_passed_on(s3, small_folder, monkeypatch):
    """An endpoint may stand behind a question mark, and stays with what lies beside."""
    endpoint = os.environ["AWS_ENDPOINT_URL"].removeprefix("http://")
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    settings = f"?scheme=http&endpoint_override={endpoint}&region=us-east-1"
    put(f"{s3}/news.parquet{settings}", table())
    output = f"{s3}/coded.parquet{settings}"
    code_corpus([f"{s3}/news.parquet{settings}"], output, model=small_folder)
    assert pq.read_table(pa.BufferReader(get(output))).num_rows == 40
    assert location(f"{s3}/{settings}").names() == [
        "coded.parquet",
        "coded.parquet.manifest.json",
        "news.parquet",
    ]


def test_a_large_object_comes_through_whole(s3):
    """What is put in several pieces is read again byte for byte, from any place."""
    data = os.urandom(13_000_000)
    put(f"{s3}/large.bin", data)
    assert get(f"{s3}/large.bin") == data
    with location(f"{s3}/large.bin").opened() as file:
        file.seek(12_345_678)
        assert file.read(10) == data[12_345_678:][:10]


def test_nothing_appears_of_what_is_interrupted(s3):
    """An error while an object is made leaves none, and an older one as it was."""
    put(f"{s3}/kept.txt", b"old")
    for name in ("kept.txt", "new.txt"):
        with suppress(KeyboardInterrupt), location(f"{s3}/{name}").written() as scratch:
            scratch.write_bytes(b"half")
            raise KeyboardInterrupt
    assert names(s3) == ["kept.txt"]
    assert get(f"{s3}/kept.txt") == b"old"


@pytest.mark.usefixtures("s3")
def test_a_store_that_refuses_is_quoted(stance, small_folder, tmp_path):
    """No such bucket: one line with what the store said, and exit code 1."""
    source = tmp_path / "news.txt"
    source.write_text("Aid came.", "utf-8")
    code, _, err = stance(
        "classify", source, "--model", small_folder, "-o", "s3://no-such-bucket/coded.jsonl"
    )
    assert code == 1
    assert err.startswith("stance: s3://no-such-bucket/coded.jsonl: cannot be written (")
    assert "bucket" in err.partition("(")[2]
    assert err.count("\n") == 1


def test_addresses_and_paths_are_told_apart(tmp_path):
    """A drive is no scheme; file:// is a path; keys may hold what paths may."""
    assert location("C:/news.txt") == Disk(Path("C:/news.txt"))
    assert location("file:///news%20today.txt") == Disk(Path("/news today.txt"))
    assert location(tmp_path) == Disk(tmp_path)
    with pytest.raises(InputError, match=r'"news" is no part of a path.*file:///news/'):
        location("file://news/a.txt")
    pytest.importorskip("fsspec")
    found = location("memory://a/b/c d?e.txt")
    assert isinstance(found, Store)
    assert (found.base, found.parent.name) == ("c d?e.txt", "memory://a/b")


def test_an_unknown_address_is_refused(stance, small_folder, monkeypatch):
    """A scheme that nobody knows, or whose package is missing, is one clear line."""
    code, _, err = stance("classify", "gopher://host/news.txt", "--model", small_folder)
    assert (code, err.count("\n")) == (1, 1)
    assert "gopher://host: there is no way to this address" in err
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(MissingExtraError, match=r'pip install "stance\[fsspec\]"'):
        location("memory://never-asked-for-before/b")


def test_passwords_in_addresses_are_refused():
    """They would stand in manifests; the message does not repeat them."""
    with pytest.raises(InputError, match="the address holds a password") as caught:
        location("s3://KEY:SECRET@bucket/news.parquet")
    assert ":SECRET@" not in str(caught.value)
