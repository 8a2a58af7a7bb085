"""Lexicons are read from the usual formats and their dialects; a bad line is named by number."""

import csv

import pytest

from stance.errors import SettingsError
from stance.features.dictionaries import load_lexicon

EXPECTED = {"war": ("bomb*", "air strike*"), "aid": ("relief", "bomb*")}

GOOD = {
    "ours.toml": '[categories.war]\nentries = ["bomb*", "air strike*"]\n'
    '[categories.aid]\ndescription = "Help."\nentries = ["relief", "bomb*"]\n',
    "plain.toml": 'war = ["bomb*", "air strike*"]\naid = ["relief", "bomb*"]\n',
    "liwc.dic": "%\n1\twar\n2\taid\n%\nbomb*\t1\t2\nair strike*\t1\nrelief\t2\n",
    "spaces.dic": "%\r\n1 war\r\n2 aid\r\n%\r\nbomb* 1 2\r\nair strike*  1\r\nrelief 2\r\n",
    "tight.dic": "%1\twar\n2\taid\n%\n\nbomb*\t\t1 2\nair strike*\t1\n\nrelief\t(01 02)1/2\n",
    "nested.yaml": "war:\n  - bomb*\n  - air strike*\naid: [relief, bomb*]\n",
    "flat.json": '{"war": ["bomb*", "air strike*"], "aid": ["relief", "bomb*"]}',
    "long.csv": "category,entry\nwar,bomb*\nwar,air strike*\naid,relief\naid,bomb*\n",
    "long.tsv": "word\tlabel\nbomb*\twar\nair strike*\twar\nrelief\taid\nbomb*\taid\n",
    "semicolons.csv": "Category;Term\nwar;bomb*\nwar;air strike*\naid;relief\naid;bomb*\n",
    "liwc22.csv": "DicTerm,war,aid\nbomb*,X,X\nair strike*,X,\nrelief,,X\n",
}


@pytest.mark.parametrize("name", GOOD)
def test_every_format_gives_the_same_lexicon(tmp_path, name):
    """The same lists in any format and dialect are the same lexicon."""
    path = tmp_path / name
    path.write_bytes(GOOD[name].encode())
    found = load_lexicon(path).categories
    assert {key: set(value) for key, value in found.items()} == {
        key: set(value) for key, value in EXPECTED.items()
    }


def test_categories_in_categories_are_joined(tmp_path):
    """A YAML dictionary of any depth is flattened with dots."""
    path = tmp_path / "deep.yml"
    path.write_text("frame:\n  conflict: [clash*]\n  economic:\n    - oil\n")
    assert load_lexicon(path).categories == {
        "frame.conflict": ("clash*",),
        "frame.economic": ("oil",),
    }


def test_other_encodings_are_read(tmp_path):
    """A .dic file in an old encoding is read, byte order mark or not."""
    path = tmp_path / "old.dic"
    path.write_bytes("%\n1\tgefühl\n%\nfürchterlich*\t1\n".encode("cp1252"))
    assert load_lexicon(path).categories == {"gefühl": ("fürchterlich*",)}
    path.write_bytes("\ufeff%\n1\twar\n%\nbomb\t1\n".encode())
    assert load_lexicon(path).categories == {"war": ("bomb",)}


def test_entries_that_can_never_match_are_listed(tmp_path):
    """Emoticons have no token; they are left out and said to be."""
    path = tmp_path / "mood.dic"
    path.write_text("%\n1\tglad\n%\n:)\t1\nhappy\t1\n")
    lexicon = load_lexicon(path)
    assert lexicon.categories == {"glad": ("happy",)}
    assert lexicon.left_out == ('line 4: ":)"',)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.dic", "bomb\t1\n", 'between two "%" lines, here are 0'),
        ("a.dic", "%\none\twar\n%\nbomb\t1\n", "line 2: .* is not a category"),
        ("a.dic", "%\n1\twar\n%\nbomb\n", "line 4: .* is not an entry"),
        ("a.dic", "%\n1\twar\n%\nbomb\t7\n", "line 4: there is no category 7. Choose from: 1"),
        ("a.dic", "%\n1\twar\n%\nbo*mb\t1\n", "line 4: .* is not a lexicon entry"),
        ("a.csv", "number,colour\n1,red\n", "no column with the entries among number, colour"),
        ("a.csv", "entry,category\n,war\n", "line 2: An empty entry"),
        ("a.yaml", "war: [bomb\n", "line 2: not valid YAML"),
        ("a.csv", 'entry,category\nbomb,war\n"raid,war\naid,help\n', "line 4: .* Close the quotes"),
        ("a.yaml", "war: [2001-99-99]\n", "month must be in 1..12.*Write it in quotes"),
        ("a.yaml", "war: 3\n", "found 3, expected categories"),
        ("a.json", '{"war": [}', "line 1: not valid JSON"),
        ("a.json", '{"war": ' * 5000, "too deep"),
        ("a.json", '{"war": [' + "1" * 5000 + "]}", "a number is too long"),
        ("a.toml", "categories = 3\n", r"categories is 3. Write \[categories.NAME\]"),
        ("a.toml", '[categories.war]\nentry = ["bomb"]\n', 'Did you mean "entries"'),
        ("a.toml", "", "no entries found"),
        ("a.dic", "%\n1\twar\n%\nbo\0mb\t1\n", "a.dic: it is binary, not text. Save it as"),
        ("a.txt", "bomb", 'unknown ending ".txt"'),
    ],
)
def test_bad_lines_are_named(tmp_path, name, text, message):
    """Each mistake is named with the file, the line and the remedy."""
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(SettingsError, match=message) as error:
        load_lexicon(path)
    assert name in str(error.value)


def test_a_cell_beyond_the_limit_of_csv_is_named(tmp_path):
    """A cell that Python's reader of CSV refuses is named like any other mistake."""
    path = tmp_path / "a.csv"
    path.write_text(f"entry,category\n{'x' * 200},war\n")
    limit = csv.field_size_limit(100)
    try:
        with pytest.raises(SettingsError, match=r"line 2: .*field larger than"):
            load_lexicon(path)
    finally:
        csv.field_size_limit(limit)


def test_escaped_white_space_is_one_space(tmp_path):
    """Line breaks, tabs and half characters that JSON escapes never reach a model's lists."""
    path = tmp_path / "escaped.json"
    path.write_text(r'{"of\twar": ["air\nstrike", "air strike", "bomb\ud83d"]}')
    assert load_lexicon(path).categories == {"of war": ("air strike", "bomb?")}


def test_a_missing_file_is_named(tmp_path):
    """A lexicon that is not there is an error with its path."""
    for name in ("none.dic", "none.toml"):
        with pytest.raises(SettingsError, match="no such file"):
            load_lexicon(tmp_path / name)
