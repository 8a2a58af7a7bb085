"""The commands about actors: proposals, checks and profiles, and what they say of bad input."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


def test_suggestions_of_the_seeds_are_an_actor_file(stance, root, tmp_path):
    """What suggest writes, check accepts and show prints."""
    path = tmp_path / "mine.toml"
    assert stance("actors", "suggest", root / "seeds", "-o", path) == (0, "", "")
    assert "fine" in stance("actors", "check", path)[1]
    assert "Sirte\tother\t" in stance("actors", "show", path)[1]
    assert "Islamic State\tarmed group\t" in stance("actors", "show")[1]


def test_where_nothing_is_proposed_the_remedy_fits(stance, tmp_path):
    """Lowering --least is told where it may help."""
    path = tmp_path / "a.txt"
    path.write_text("Then the Reed Boat Guard left.\n\nIt went far away.", "utf-8")
    message = "stance: no unlisted name stands there"
    assert stance("actors", "suggest", path) == (
        0,
        "",
        f"{message} 2 times or more. Lower --least.\n",
    )
    path.write_text("Nobody left.\n\nIt rained.", "utf-8")
    assert stance("actors", "suggest", path, "--least", "1") == (0, "", f"{message}.\n")


def test_a_page_needs_no_home_folder(root, small_folder, tmp_path):
    """Where nothing can be kept from run to run, nothing is said of it."""
    code = "from stance.cli import main; main()"
    command = ("profile", root / "seeds", "--model", small_folder, "--by", "article")
    nowhere = {"HOME": str(tmp_path / "file" / "home"), "MPLCONFIGDIR": "", "XDG_CACHE_HOME": ""}
    (tmp_path / "file").touch()
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, command), "-o", tmp_path / "page.html"],
        env={**os.environ, **nowhere},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.fixture
def outlets(tmp_path):
    """A table of the seeds' outlets, with a row too many."""
    path = tmp_path / "outlets.csv"
    rows = ("000_dec3375e6a5c7f32.txt,Libyan Gazette", "004_27db448f5d0ecbff.txt,Inquisitr")
    path.write_text("\n".join(("article,outlet", *rows, "nowhere.txt,Stele")) + "\n")
    return path


def test_the_seeds_outlets_are_profiled(stance, root, small_folder, outlets):
    """ISIS and the GNA are told by outlet; a row without its article is named."""
    command = ("profile", root / "seeds", "--model", small_folder, "--outlets", outlets)
    code, out, err = stance(*command, "--format", "csv")
    rows = list(csv.DictReader(out.splitlines()))
    told = {(row["actor"], row["group"]) for row in rows}
    for actor in ("Islamic State", "Government of National Accord"):
        assert {(actor, "Libyan Gazette"), (actor, "Inquisitr"), (actor, "all")} <= told
    assert code == 1
    assert "outlets.csv, row 3: it names no article that was read." in err


def test_a_file_name_of_two_articles_is_told(stance, small_folder, tmp_path, monkeypatch):
    """A row that fits two articles is no outlet of the second."""
    monkeypatch.chdir(tmp_path)
    for folder in ("north", "south"):
        Path(folder).mkdir()
        Path(folder, "a.txt").write_text("ISIS fled to the hills.", "utf-8")
    Path("outlets.csv").write_text("article,outlet\na.txt,Tablet\n", "utf-8")
    command = ("profile", "north", "south", "--model", small_folder, "--format", "json")
    code, out, err = stance(*command, "--outlets", "outlets.csv")
    assert [(g["name"], g["n_articles"]) for g in json.loads(out)["groups"]] == [
        ("Tablet", 1),
        ("unknown", 1),
    ]
    assert code == 1
    assert "outlets.csv, row 1: it names both north/a.txt and south/a.txt." in err


def test_the_other_formats_hold_the_same(stance, root, small_folder, tmp_path):
    """Tables, JSON and pages tell of the same actors; unknown outlets are said."""
    command = ("profile", root / "seeds", "--model", small_folder)
    code, out, err = stance(*command, "--by", "article", "-n", "1")
    assert (code, err) == (0, "")
    assert out.startswith("2 articles, 35 paragraphs; 1 actor shown\n")
    assert "Islamic State" in out
    said = " ".join(out.split())
    assert "95 % intervals by article; below 5 there is none. The model has no task that" in said
    code, out, err = stance(*command, "--format", "json")
    assert json.loads(out)["actors"][0]["actor"] == "Islamic State"
    assert "no article says its outlet" in err
    stance(*command, "-o", tmp_path / "page.html")
    assert "Islamic State" in (tmp_path / "page.html").read_text("utf-8")


def test_own_actors_add_or_replace(stance, root, small_folder, tmp_path):
    """--actors adds to the shipped actors, --only-actors replaces them, both is wrong use."""
    mine = tmp_path / "mine.toml"
    mine.write_text('[[actors]]\nname = "Sirte"\n')
    command = ("profile", root / "seeds", "--model", small_folder, "--format", "json")
    added = json.loads(stance(*command, "--actors", mine)[1])["actors"]
    only = json.loads(stance(*command, "--only-actors", mine)[1])["actors"]
    assert {"Sirte", "Islamic State"} <= {actor["actor"] for actor in added}
    assert [actor["actor"] for actor in only] == ["Sirte"]
    assert stance(*command, "--actors", mine, "--only-actors", mine)[0] == 2


def test_bad_actor_files_end_in_one_line(stance, tmp_path):
    """A mistake in an actor file is named with its line."""
    mine = tmp_path / "mine.toml"
    mine.write_text('[[actors]]\nname = "A"\naliases = ["A"]\n')
    code, _, err = stance("actors", "check", mine)
    assert code == 1
    assert 'mine.toml, line 3: "A" is named twice for A.' in err
    assert err.count("\n") == 1


def test_two_tables_that_number_their_articles_alike_keep_them_apart(
    stance, small_folder, tmp_path
):
    """An id stands for one article in its own table, and for another in another one."""
    for name in "ab":
        rows = [f"{number},NATO sent aid to Libya." for number in (1, 1, 2)]
        (tmp_path / f"{name}.csv").write_text("\n".join(("id,text", *rows)) + "\n")
    command = ("profile", tmp_path, "--model", small_folder, "--by", "article", "--format", "json")
    found = json.loads(stance(*command)[1])
    second = tmp_path / "b.csv"
    assert [one["name"] for one in found["groups"]] == ["1", "2", f"{second}: 1", f"{second}: 2"]
    assert [one["n_paragraphs"] for one in found["groups"]] == [2, 1, 2, 1]
