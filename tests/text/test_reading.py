"""Files to articles and rows; what cannot be read becomes one clear line."""

import gzip
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from stance.errors import InputError, RowError
from stance.records import Article
from stance.text import files
from stance.text.columns import told_apart
from stance.text.encodings import decode
from stance.text.labels import parse_label_list
from stance.text.reading import Columns, Problem, read_articles, read_rows

STORY = "The road is open again, the council said.\n\nRepairs cost 40,000 crowns.\n"

PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">
<title>Road Open Again</title><meta property="og:title" content="Road Open Again">
<meta property="og:site_name" content="Milldale Gazette">
<meta property="article:published_time" content="2016-05-03T10:00:00Z"></head><body>
<nav><ul><li><a href="/">Home</a></li><li><a href="/w">World</a></li></ul></nav>
<article><h1>Road Open Again</h1>
<p>Council workers cleared the flooded road on Monday, a spokeswoman said, after two days in
which no lorry had been able to pass the lower bridge and shops ran short of bread.</p>
<p>“We carried the sacks across by hand,” said baker Ina Roth, whose van stood in the water
until the evening. She lost flour, she said, but no customers in the whole week.</p>
<p>Farmers above the town had warned of the swollen river a week before. Their letters, they
told the council, were never answered by the office that is charged with the dykes.</p>
</article><footer>Copyright Milldale Gazette</footer></body></html>"""


def read(*paths, **options) -> tuple[list[Article], list[str]]:
    """The articles and the problems as lines."""
    problems: list[Problem] = []
    articles = list(read_articles(paths, problems=problems.append, **options))
    return articles, [str(problem) for problem in problems]


def rows(path) -> tuple[list, list[str]]:
    """The rows of a table and the problems as lines."""
    problems: list[Problem] = []
    return list(read_rows(path, problems=problems.append)), [str(one) for one in problems]


def zstd_file(path: Path, data: bytes) -> None:
    """Write a file compressed with Zstandard."""
    with pa.output_stream(str(path), compression="zstd") as stream:
        stream.write(data)


def test_text_file_is_one_article(tmp_path, monkeypatch):
    """A text file is one article, its id the path as typed, its text as it stands."""
    monkeypatch.chdir(tmp_path)
    Path("news").mkdir()
    Path("news/a.txt").write_bytes(b"One.\r\nTwo.\r")
    articles, problems = read("news/a.txt")
    assert articles == [Article(id="news/a.txt", text="One.\r\nTwo.\r", source="news/a.txt")]
    assert problems == []


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "latin-1"],
)
def test_encodings(tmp_path, encoding):
    """Text is read in the encodings that files come in."""
    text = "Le café de la gare a rouvert, a déclaré le maire à Montréal.\n" * 4
    (tmp_path / "a.txt").write_bytes(text.encode(encoding))
    articles, problems = read(tmp_path / "a.txt")
    assert [article.text for article in articles] == [text]
    assert problems == []


CHINESE = "军队星期二进入该镇,发言人说。平民整夜逃离。"
JAPANESE = "兵士たちは火曜日に町に入ったと、司令部の報道官が述べた。市長は停戦を求めた。"


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1252", "The “safe passage” was closed, the commander’s aide said."),
        ("cp1252", "The ransom was £5 million, or a £2m house – no more."),
        ("cp1252", "The dose is 45 \u00b5g for a child, the doctors said."),
        ("cp1252", "Turnover (£million) fell, and I don´t know why."),
        ("cp1252", "Øystein Holm and Mr Orbán met at the town hall on Sunday, the spokesman said."),
        ("cp1252", "Mr Øst, Mr Åkesson, Mr Håkan, Ms Ségolène and Mr Çelik of the Hôtel Noir"),
        ("cp1252", "„no“"),
        ("cp1250", "Mr Łukasz said “no” in Kraków."),
        ("cp1251", "Войска вошли в город во вторник, сообщил представитель командования."),
        ("cp1256", "دخلت القوات المدينة يوم الثلاثاء وقال متحدث باسم الجيش إن القتال توقف"),
        ("cp1250", "Żołnierze weszli do miasta we wtorek, powiedział rzecznik dowództwa."),
        (
            "cp1250",
            "Vojáci vstoupili do města v úterý, řekl mluvčí velitelství. Lidé odešli přes řeku.",
        ),
        ("cp1250", "Starosta Zürichu žádal příměří, řekl v úterý Çelik. Lidé odešli přes řeku."),
        ("iso8859_2", "Przyjął ustawę większością"),
        ("iso8859_2", "Vojáci vstoupili do města v úterý, řekl mluvčí. Starosta žádal příměří."),
        ("cp1254", "Askerler salı günü şehre girdi, dedi komutanlık sözcüsü. Siviller dağa kaçtı."),
        ("cp1257", "Kareiviai antradienį įžengė į miestą, sakė vadovybės atstovė. Žmonės išėjo."),
        ("gb18030", CHINESE),
    ],
)
def test_guessed_encodings(encoding, text):
    """Windows and Chinese encodings are guessed rightly."""
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize(("encoding", "text"), [("gb18030", CHINESE), ("cp932", JAPANESE)])
@pytest.mark.parametrize("start", ["", "x"])
def test_encodings_of_large_files_are_guessed(encoding, text, start):
    """What the guess is made from may end within a character."""
    text = f"{start}{text}\n" * 9_000
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize(("encoding", "text"), [("gb18030", CHINESE), ("cp932", JAPANESE)])
def test_a_damaged_place_does_not_lead_to_another_encoding(tmp_path, encoding, text):
    """Text of two bytes a character with a wrong one is no Western text: the place is named."""
    lines = [text.encode(encoding)] * 9
    lines[4] += b"\x81"
    place = sum(map(len, lines[:5])) + 4 - 1
    found = f"parts of it are {encoding.upper()}, but not byte {place} (line 5). Copy the file"
    cut = b"\n".join(lines[:4])[:-1]
    for data, told in [(b"\n".join(lines), found), (cut, "it breaks off in the middle of a char")]:
        (tmp_path / "a.txt").write_bytes(data)
        articles, (problem,) = read(tmp_path / "a.txt")
        assert articles == []
        assert problem.startswith(f"{tmp_path}/a.txt: {told}")
    (tmp_path / "a.tsv").write_bytes(b"\n".join([b"text", *lines]))
    articles, (problem,) = read(tmp_path / "a.tsv")
    assert [article.text for article in articles] == [text] * 8
    assert ", row 5: some bytes are not in the file's encoding" in problem


def test_a_byte_that_stands_for_nothing_leaves_the_others_as_they_are():
    """One of the bytes that Windows-1252 leaves open does not lead to another encoding."""
    text = "Le maire a déclaré que « l’été » reviendrait à Montréal.\n"
    assert decode(text.encode("cp1252") + b"\x81\n") == f"{text}\x81\n"


QUOTED = "The mayor’s aide said “no” – twice.\n"


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (
            QUOTED.encode()[:26],
            "it breaks off in the middle of a character, at byte 24 (line 1). Copy the file",
        ),
        (
            QUOTED.encode() + b"Out \xff.\n" + QUOTED.encode(),
            "parts of it are UTF-8, but not byte 48 (line 2). Copy the file",
        ),
        (
            QUOTED.encode() + (QUOTED * 9).encode("cp1252"),
            "parts of it are UTF-8, but not byte 53 (line 2). Copy the file",
        ),
    ],
    ids=["cut", "byte", "two encodings"],
)
def test_broken_utf8_is_named(tmp_path, data, found):
    """UTF-8 with a place that is none is not read as another encoding: the place is named."""
    (tmp_path / "a.txt").write_bytes(data)
    articles, (problem,) = read(tmp_path / "a.txt")
    assert articles == []
    assert problem.startswith(f"{tmp_path}/a.txt: {found}")


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv"])
def test_rows_in_another_encoding_are_named(tmp_path, name):
    """A row that breaks the encoding of the others is named, the first too; the others are read."""
    quoted = QUOTED.strip()
    row = json.dumps({"text": quoted}, ensure_ascii=False) if name == "a.jsonl" else quoted
    head = "" if name == "a.jsonl" else "text\n"
    for own, other in (("utf-8", "cp1252"), ("cp1252", "utf-8")):
        lines = [row.encode(own)] * 20
        lines[12] = row.encode(other)
        if own == "utf-8":
            lines[0] = row.encode(other)
        (tmp_path / name).write_bytes(head.encode() + b"\n".join(lines))
        articles, problems = read(tmp_path / name)
        assert {article.text for article in articles} == {quoted}
        assert len(articles) + len(problems) == 20
        assert all("some bytes are not in the file's encoding" in one for one in problems)
        assert [", row 13: " in one for one in problems][-1:] == [True]


@pytest.mark.parametrize("name", ["a.txt", "a.csv"])
def test_numbers_of_16_bits_are_binary(tmp_path, name):
    """Numbers of two bytes look like UTF-16, but are control characters there."""
    (tmp_path / name).write_bytes(b"".join(bytes([n * 7 % 30, 0]) for n in range(1, 500)))
    articles, (problem,) = read(tmp_path / name)
    assert articles == []
    assert "it is binary, not text" in problem


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv"])
@pytest.mark.parametrize("place", [1, 150])
def test_a_binary_row_is_named(tmp_path, name, place):
    """A row of zeros, near the top too, does not make the table binary: the others are read."""
    row = json.dumps({"text": "Plain."}) if name == "a.jsonl" else "Plain."
    lines = [row] * 200
    lines[place] = "\0" * 300
    if name == "a.csv":
        lines.insert(0, "text")
    (tmp_path / name).write_text("\n".join(lines))
    articles, (problem,) = read(tmp_path / name)
    assert len(articles) == 199
    assert problem.startswith(f"{tmp_path / name}, row {place + 1}: it is ")


def test_nul_in_text_is_kept(tmp_path):
    """A stray NUL is part of the text and is not edited away."""
    (tmp_path / "a.txt").write_text("The road\x00 is open." + STORY * 2, encoding="utf-8")
    articles, problems = read(tmp_path / "a.txt")
    assert articles[0].text == "The road\x00 is open." + STORY * 2
    assert problems == []


@given(st.text(min_size=1).filter(lambda text: text.strip()))
def test_any_text_survives_json(text):
    """Any text comes through JSON Lines unchanged, lone surrogates too."""
    from stance.text.reading import _as_articles
    from stance.text.tables import json_line_records

    records = json_line_records("a", iter([json.dumps({"text": text}) + "\n"]))
    articles = list(_as_articles("a", records, Columns()))
    assert [article.text for article in articles] == [text]


@pytest.mark.parametrize("ending", [".gz", ".zst"])
@pytest.mark.parametrize("name", ["a.txt", "a.jsonl", "a.csv", "a.parquet"])
def test_compressed_files(tmp_path, ending, name):
    """Every kind of file is read from gzip and Zstandard as it is."""
    path = tmp_path / (name + ending)
    if name.endswith("parquet"):
        buffer = pa.BufferOutputStream()
        parquet.write_table(pa.table({"text": [STORY]}), buffer)
        data = buffer.getvalue().to_pybytes()
    else:
        data = {
            "a.txt": STORY,
            "a.jsonl": json.dumps({"text": STORY}) + "\n",
            "a.csv": f'text\n"{STORY}"\n',
        }[name].encode()
    if ending == ".gz":
        path.write_bytes(gzip.compress(data))
    else:
        zstd_file(path, data)
    articles, problems = read(path)
    assert [article.text for article in articles] == [STORY]
    assert problems == []


@pytest.mark.parametrize("ending", [".gz", ".zst"])
def test_compressed_file_cut_short(tmp_path, ending):
    """A compressed table that breaks off gives one problem, and its whole rows where it can."""
    data = "".join(json.dumps({"text": f"{i} {i * 7919 % 1009}"}) + "\n" for i in range(50_000))
    path = tmp_path / f"a.jsonl{ending}"
    if ending == ".gz":
        path.write_bytes(gzip.compress(data.encode()))
    else:
        zstd_file(path, data.encode())
    path.write_bytes(path.read_bytes()[:-100])
    articles, problems = read(path)
    assert articles[0].text == "0 0"
    cut = f"the compressed data is cut short, after row {len(articles)}"
    assert problems == [f"{path}: {cut}. Copy or download the file again."]


SENTENCE_ROWS = b'{"text": "The road is open."}\n' * 400
# The same as the zstd program compresses it, with a checksum at the end.
SENTENCE_ZSTD = bytes.fromhex(
    "28b52ffd64e02d350100f07b2274657874223a202254686520726f6164206973206f70656e2e227d0a0100febac0"
    "2b27d0824d0a"
)


@pytest.mark.parametrize("ending", ["gz", "zst"])
@pytest.mark.parametrize("damage", ["cut", "checksum", "more"])
def test_damage_at_the_end_loses_no_row(tmp_path, ending, damage):
    """All rows that decompress are read, however few, and the problem comes behind them."""
    data = gzip.compress(SENTENCE_ROWS) if ending == "gz" else SENTENCE_ZSTD
    place = -5 if ending == "gz" else -1  # gzip's checksum stands before the length
    damaged = {
        "cut": data[:-1],
        "checksum": data[:place] + bytes([data[place] ^ 1]) + data[place:][1:],
        "more": data + b"more",
    }
    path = tmp_path / f"a.jsonl.{ending}"
    path.write_bytes(damaged[damage])
    articles, (problem,) = read(path)
    assert [article.text for article in articles] == ["The road is open."] * 400
    assert problem.startswith(f"{path}: the compressed data is ")
    assert problem.endswith(", after row 400. Copy or download the file again.")


def test_damage_loses_no_row_that_an_encoding_is_guessed_from(tmp_path):
    """Lines that were read ahead of the damage are rows like others."""
    row = json.dumps({"text": QUOTED}, ensure_ascii=False).encode("cp1252")
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress((row + b"\n") * 400)[:-1])
    articles, (problem,) = read(path)
    assert [article.text for article in articles] == [QUOTED] * 400
    assert problem.endswith("is cut short, after row 400. Copy or download the file again.")


def test_web_page(tmp_path):
    """Of a saved web page the main text is read, with title, outlet, date and language."""
    (tmp_path / "a.html").write_text(PAGE, encoding="utf-8")
    (article,), problems = read(tmp_path / "a.html")
    assert problems == []
    assert article.title == "Road Open Again"
    assert article.outlet == "Milldale Gazette"
    assert article.published == "2016-05-03"
    assert article.language == "en"
    assert "carried the sacks" in article.text
    assert "Copyright" not in article.text


def test_web_page_with_xml_declaration(tmp_path):
    """An XHTML page in Latin-1 is read by its own declaration."""
    page = '<?xml version="1.0" encoding="iso-8859-1"?>\n' + PAGE.replace("utf-8", "iso-8859-1")
    page = page.replace("“", '"').replace("”", '"').replace("bread", "café")
    (tmp_path / "a.xhtml").write_bytes(page.encode("latin-1"))
    (article,), problems = read(tmp_path / "a.xhtml")
    assert problems == []
    assert "short of café" in article.text


@pytest.mark.parametrize("named", ["iso-8859-1", "us-ascii", "windows-1252"])
def test_web_page_in_windows_encoding(tmp_path, named):
    """What a page calls Latin-1 or ASCII is Windows-1252, as browsers read it."""
    (tmp_path / "a.html").write_bytes(PAGE.replace("utf-8", named).encode("cp1252"))
    (article,), problems = read(tmp_path / "a.html")
    assert problems == []
    assert "“We carried" in article.text


@pytest.mark.parametrize("named", ["utf-16", "undefined", "punycode", "no-such"])
def test_web_page_wrong_about_its_encoding(tmp_path, named):
    """A page in UTF-8 that names what it cannot be in is read all the same."""
    (tmp_path / "a.html").write_text(PAGE.replace("utf-8", named), encoding="utf-8")
    (article,), problems = read(tmp_path / "a.html")
    assert problems == []
    assert "“We carried" in article.text


def test_web_page_with_a_broken_byte(tmp_path):
    """A broken byte outside the article does no harm; one in it is named."""
    page = PAGE.encode()
    (tmp_path / "a.html").write_bytes(page.replace(b"Home<", b"Home\xff<"))
    (article,), problems = read(tmp_path / "a.html")
    assert "“We carried" in article.text
    assert problems == []
    (tmp_path / "a.html").write_bytes(page.replace(b"no lorry", b"no l\xffrry"))
    articles, (problem,) = read(tmp_path / "a.html")
    assert articles == []
    assert "parts of it are UTF-8, but not byte" in problem


def test_web_page_without_text(tmp_path):
    """A web page without an article gives one problem."""
    (tmp_path / "a.html").write_text("<html><body><script>x</script></body></html>")
    _, problems = read(tmp_path / "a.html")
    assert problems == [
        (
            f"{tmp_path}/a.html: no article text was found in the web page. "
            "Copy the article's text into a .txt file."
        )
    ]


def test_columns_by_usual_names(tmp_path):
    """Columns are found by usual names, whatever their capitals and spaces."""
    path = tmp_path / "a.csv"
    path.write_text("Doc ID,Headline,Body,Publish Date,Source,lang,URL\n7,T,B.,2016,G,en,u\n")
    (article,), problems = read(path)
    assert article == Article("7", "B.", "T", "G", "2016", "en", "u", str(path), 1)
    assert problems == []


def test_columns_by_name(tmp_path):
    """A column that the user names is taken, and a wrong name is answered with the right ones."""
    path = tmp_path / "a.csv"
    path.write_text("text,wording\nA.,B.\n")
    assert read(path, columns=Columns(text="wording"))[0][0].text == "B."
    assert read(path, columns=Columns(text="wordin"))[1] == [
        f'{path}: there is no column "wordin". Did you mean "wording"? Choose from: text, wording.'
    ]


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.parquet"])
def test_table_without_text(tmp_path, name):
    """A table without a text column gives one problem that lists the columns."""
    path = tmp_path / name
    if name == "a.csv":
        path.write_text("x,y\n1,2\n3,4\n")
    elif name == "a.jsonl":
        path.write_text('{"x": 1, "y": 2}\n' * 3)
    else:
        parquet.write_table(pa.table({"x": [1, 2], "y": [3, 4]}), path)
    assert read(path) == (
        [],
        [f"{path}: there is no text column among x, y. Name the column with --text-column."],
    )


def test_marked_table_without_text(tmp_path):
    """Where a table in UTF-16 is given up, one problem says so and nothing else is printed."""
    path = tmp_path / "a.csv"
    path.write_text("id,id\n1,2\n", encoding="utf-16")
    assert read(path)[1] == [f'{path}: two columns are called "id". Give each column its own name.']


def test_csv_with_quotes_and_line_breaks(tmp_path):
    """Cells of CSV keep their quotation marks, separators and line breaks."""
    path = tmp_path / "a.csv"
    path.write_bytes(b'id,text\r\n1,"He said ""no"", twice.\r\n\r\nThen left."\r\n2,Plain\r\n')
    articles, problems = read(path)
    assert [article.text for article in articles] == [
        'He said "no", twice.\r\n\r\nThen left.',
        "Plain",
    ]
    assert problems == []


def test_csv_with_semicolons(tmp_path):
    """CSV as Excel writes it where the comma is the decimal sign is understood."""
    (tmp_path / "a.csv").write_text("id;text\n1;One, two.\n", encoding="utf-8-sig")
    assert read(tmp_path / "a.csv")[0][0].text == "One, two."


@pytest.mark.parametrize("line", ["sep=;", '"sep=;"', "SEP=;;"])
def test_csv_that_names_its_separator(tmp_path, line):
    """The line that tells Excel the separator does not name columns."""
    path = tmp_path / "a.csv"
    path.write_bytes(f"{line}\r\ntext;a, b, c\r\nOne, two.;x\r\n;y\r\n".encode())
    articles, (problem,) = read(path)
    assert [article.text for article in articles] == ["One, two."]
    assert problem.startswith(f'{path}, row 2: the text (column "text") is empty')


def test_csv_of_an_old_macintosh(tmp_path):
    """Rows may end with a carriage return alone; within a cell a line break is kept."""
    path = tmp_path / "a.csv"
    path.write_bytes(b'id,text\r1,One.\r2,"Two, \nthree\r."\r3\r4,Four.')
    articles, (problem,) = read(path)
    assert [article.text for article in articles] == ["One.", "Two, \nthree\r.", "Four."]
    assert problem.startswith(f"{path}, row 3: 1 cells for 2 columns (line 6 of the file)")


def test_csv_with_columns_of_one_name(tmp_path):
    """Columns of one name are told apart by their places; only those that are read must differ."""
    path = tmp_path / "a.csv"
    path.write_text("note,text,note\nA,B.,C\n")
    (article,), problems = read(path, keep=True)
    assert (article.text, problems) == ("B.", [])
    assert article.extra == {"note (column 1)": "A", "note (column 3)": "C"}
    (problem,) = read(path, columns=Columns(title="note"))[1]
    assert 'there is no column "note". Choose from: note (column 1), text,' in problem
    for name in ("text", "id", "noise"):
        path.write_text(f"text,{name},{name}\nA,B.,C\n")
        assert read(path)[1] == [
            f'{path}: two columns are called "{name}". Give each column its own name.'
        ]


def test_csv_in_windows_encoding(tmp_path):
    """CSV that is not UTF-8 is read in the encoding that it has."""
    text = "id,text\n1,plain\n2,Le café a rouvert à Montréal, a déclaré\n".replace(", a", " a")
    (tmp_path / "a.csv").write_bytes(text.encode("cp1252"))
    assert read(tmp_path / "a.csv")[0][1].text == "Le café a rouvert à Montréal a déclaré"


def test_csv_with_long_cell(tmp_path):
    """A cell may be longer than the limit of Python's reader."""
    (tmp_path / "a.csv").write_text("text\n" + "word " * 100_000 + "\n")
    (article,), problems = read(tmp_path / "a.csv")
    assert len(article.text) == 500_000
    assert problems == []


def test_bad_csv_rows(tmp_path):
    """Bad rows of CSV are named by number and line, and the others are read."""
    path = tmp_path / "a.csv"
    path.write_text('id,text\n1,"A\nB"\n2\n3,  \n4,D,E\n5,"x"y\n6,F\n')
    articles, problems = read(path)
    assert [article.id for article in articles] == ["1", "6"]
    assert [line.partition(". ")[0].removeprefix(f"{path}, ") for line in problems] == [
        "row 2: 1 cells for 2 columns (line 4 of the file)",
        'row 3: the text (column "text") is empty',
        "row 4: 3 cells for 2 columns (line 6 of the file)",
        "row 5: it is not a row of CSV (',' expected after '\"'; line 7 of the file)",
    ]


def test_tsv_with_and_without_quoting(tmp_path):
    """TSV is read with quoted cells, and with quotation marks that enclose nothing."""
    path = tmp_path / "a.tsv"
    path.write_text('id\ttext\n1\t"No," he said, "never."\n2\t"Two\nlines"\n3\t"Quoted"\n')
    assert [article.text for article in read(path)[0]] == [
        '"No," he said, "never."',
        "Two\nlines",
        "Quoted",
    ]


@pytest.mark.parametrize("end", ["", '7,"Quoted, twice\nover."\n8,H\n'], ids=["end", "quote"])
def test_stray_quote_loses_its_own_row_alone(tmp_path, end):
    """The rows behind a quotation mark that is not closed are read, with their own numbers."""
    path = tmp_path / "a.csv"
    path.write_text('id,text\n1,A\n2,B\n3,"He said: we fight\n4,D\n5,""\n6,F\n' + end)
    articles, problems = read(path)
    texts = ["A", "B", "D", "F"] + (["Quoted, twice\nover.", "H"] if end else [])
    assert [article.text for article in articles] == texts
    assert [article.row for article in articles] == [1, 2, 4, 6, 7, 8][: len(texts)]
    assert [line.partition(". ")[0].removeprefix(f"{path}, ") for line in problems][1:] == [
        'row 5: the text (column "text") is empty'
    ]
    assert "row 3: it is not a row of CSV (" in problems[0]
    assert "line 4 of the file" in problems[0]


def test_tsv_with_odd_quotes(tmp_path):
    """In TSV a quotation mark that the line does not close is a sign, unless the next lines do."""
    path = tmp_path / "a.tsv"
    lines = ['1\t"We fight', "2\tB", '3\t"Two', 'lines"', '4\t"No', '5\the said"', '6\t"So']
    path.write_text("id\ttext\n" + "\n".join(lines) + "\n")
    articles, problems = read(path)
    assert [article.text for article in articles] == [
        *('"We fight', "B", "Two\nlines", '"No', 'he said"', '"So'),
    ]
    assert problems == []


def test_bad_json_rows(tmp_path):
    """Bad lines of JSON Lines are named by line, and the others are read."""
    path = tmp_path / "a.jsonl"
    path.write_bytes(
        b'{"text": "A", "id": 1}\n\n{"text": \n["B"]\n{"text": 3}\n{"text": null}\n{"id": 4}\n'
        b'{"text": "caf\xc3\xa9"}\n{"text": "caf\xe9"}\n{"text": "Z", "id": "z"}'
    )
    articles, problems = read(path)
    assert [article.id for article in articles] == ["1", f"{path}#8", "z"]
    assert [line.partition(". ")[0].removeprefix(f"{path}, ") for line in problems] == [
        "row 3: it is not JSON (Expecting value, character 11)",
        "row 4: it is a JSON list, not an object",
        'row 5: the text (column "text") is of type int, not a string',
        'row 6: the text (column "text") is empty',
        "row 7: there is no text column among id",
        "row 9: some bytes are not in the file's encoding",
    ]


def test_json_list_and_object(tmp_path):
    """A .json file holds a list of articles, one article, or JSON Lines after all."""
    path = tmp_path / "a.json"
    for content in ('[{"text": "A"}]', '{"text": "A"}', '{"text": "A"}\n{"text": "B"}\n'):
        path.write_text(content)
        articles, problems = read(path)
        assert articles[0].text == "A"
        assert problems == []


def test_rows_may_share_an_id(tmp_path):
    """Rows that repeat an article's id keep it: they are its paragraphs."""
    path = tmp_path / "a.jsonl"
    path.write_text('{"article": "x", "id": 1, "text": "A"}\n{"article": "x", "text": "B"}\n')
    assert [(one.id, one.row) for one in read(path)[0]] == [("x", 1), ("x", 2)]


def test_parquet_fields(tmp_path):
    """Dates, numbers and gaps in Parquet become text."""
    table = pa.table(
        {"text": ["A", "B"], "id": [1.0, None], "date": pa.array([0, None], pa.date32())}
    )
    path = tmp_path / "a.parquet"
    parquet.write_table(table, path)
    articles, problems = read(path)
    assert [(one.id, one.published) for one in articles] == [("1", "1970-01-01"), (f"{path}#2", "")]
    assert problems == []


BAD_FILES = {
    "empty.txt": (b"", "the file is empty"),
    "white.txt": (b" \n\t\n", "it holds white space alone"),
    "picture.txt": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "it is a picture, not text"),
    "report.txt": (b"%PDF-1.7\n%\xe2\xe3", "it is a PDF document, not text"),
    "noise.txt": (bytes(range(256)) * 20, "it is binary, not text"),
    "cut.txt": (b"\xff\xfea\x00b", "it is marked as UTF-16 but breaks off at byte"),
    "empty.csv": (b"", "the file is empty"),
    "header.csv": (b"id,text\n", "the table has no rows"),
    "twice.csv": (b"text,text\na,b\n", 'two columns are called "text"'),
    "binary.csv": (b"\x89PNG\r\n\x1a\n\x00", "it is a picture, not text"),
    "empty.jsonl": (b"", "the file is empty"),
    "empty.json": (b"[]", "the table has no rows"),
    "broken.json": (b'[{"text": "a"', "it is not JSON"),
    "bad.parquet": (b"PAR1 and then nothing", "it is not a whole Parquet table"),
    "empty.parquet": (b"", "it is not a whole Parquet table"),
    "bad.txt.gz": (b"\x1f\x8b\x08\x00 no gzip at all", "the compressed data is"),
    "bad.txt.zst": (b"\x28\xb5\x2f\xfd no zstd", "the compressed data is"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_file_is_one_line_and_others_go_on(tmp_path, name):
    """A file that cannot be read gives one line with file, reason and remedy; others are read."""
    data, found = BAD_FILES[name]
    (tmp_path / name).write_bytes(data)
    (tmp_path / "zz.txt").write_text("Good.")
    articles, problems = read(tmp_path)
    assert [article.text for article in articles] == ["Good."]
    (line,) = problems
    assert line.startswith(f"{tmp_path / name}: {found}")
    assert line.endswith(".")
    assert "\n" not in line


def test_strict_raises_the_same_line(tmp_path):
    """In strict mode the first problem is raised, with the text that it is reported with."""
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "A"}\n{"text": ""}\n')
    (line,) = read(path)[1]
    with pytest.raises(RowError) as caught:
        read(path, strict=True)
    assert str(caught.value) == line
    with pytest.raises(InputError, match="there is no such file or folder"):
        read(tmp_path / "none.txt", strict=True)


def test_permission_denied(tmp_path, monkeypatch):
    """A file that may not be read is named with the reason."""
    (tmp_path / "a.txt").write_text("A")

    def refuse(*_args, **_options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    assert read(tmp_path / "a.txt")[1] == [
        f"{tmp_path}/a.txt: permission to read it is denied. Change its permissions or its owner."
    ]


def test_too_large_for_one_article(tmp_path, monkeypatch):
    """A text file above the limit is refused with what to do instead."""
    monkeypatch.setattr(files, "LARGEST_ARTICLE", 1_000_000)
    (tmp_path / "a.txt").write_text("word " * 200_001)
    (line,) = read(tmp_path / "a.txt")[1]
    assert "more than 1 MB, too much for one article. Split it" in line


@pytest.mark.parametrize("parts", ["page_files", "page-Dateien", "page_fichiers"])
def test_folder(tmp_path, parts):
    """A folder is read in order with the folders in it; files of other kinds are counted."""
    (tmp_path / "b").mkdir()
    (tmp_path / parts).mkdir()
    others = ("c.txt", "a.md", "b/a.txt", ".hidden.txt", "x.docx", "y.docx")
    for name in (*others, f"{parts}/f.txt"):
        (tmp_path / name).write_text(name)
    (tmp_path / "page.html").write_text(PAGE, encoding="utf-8")
    articles, (line,) = read(tmp_path, tmp_path / "c.txt")
    names = [Path(article.id).relative_to(tmp_path).as_posix() for article in articles]
    assert names == ["a.md", "c.txt", "page.html", "b/a.txt"]
    assert line.startswith(f"{tmp_path}: 2 files with other endings were left out (.docx: 2). ")


@pytest.mark.parametrize("kind", [str, Path])
def test_one_path_need_not_stand_in_a_list(tmp_path, kind):
    """A path is one path, not as many as it has letters."""
    (tmp_path / "a.txt").write_text("Peace holds.", "utf-8")
    articles = read_articles(kind(tmp_path), problems=pytest.fail)
    assert [article.text for article in articles] == ["Peace holds."]


def test_folder_with_a_link_to_itself(tmp_path):
    """A link to a folder above it leads nowhere new: nothing is counted or named twice."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "up").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "a.txt").write_text("Aid came.")
    (tmp_path / "b.docx").write_text("")
    (tmp_path / "empty.txt").write_text("")
    os.mkfifo(tmp_path / "pipe.txt")
    articles, problems = read(tmp_path)
    assert [article.text for article in articles] == ["Aid came."]
    assert sorted(line.removeprefix(str(tmp_path)).partition(". ")[0] for line in problems) == [
        "/empty.txt: the file is empty",
        "/pipe.txt: it is a pipe, a device or the like, no plain file",
        ": 1 files with other endings were left out (.docx: 1)",
    ]


def test_a_folder_and_one_in_it(tmp_path):
    """A folder whose files have been read before is not said to hold none."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.txt").write_text("Aid came.")
    articles, problems = read(tmp_path / "sub", tmp_path, tmp_path)
    assert (len(articles), problems) == (1, [])


def test_an_empty_name_is_refused():
    """An empty name, as an unset variable leaves it, is not the current folder."""
    with pytest.raises(InputError, match="An empty name stands for no file or folder"):
        read("")


def test_folder_without_articles(tmp_path):
    """A folder in which nothing can be read is a problem."""
    (line,) = read(tmp_path)[1]
    assert line.startswith(f"{tmp_path}: the folder holds no file that can be read. Read are .txt")


@pytest.mark.parametrize(
    ("data", "texts"),
    [
        (STORY.encode(), [STORY]),
        (b'{"text": "A"}\n{"text": "B"}\n', ["A", "B"]),
        (b'[{"text": "A"}]', ["A"]),
        (b"[Image by Jane Doe]\n\nThe road is open.", ["[Image by Jane Doe]\n\nThe road is open."]),
        (gzip.compress(b'{"text": "A"}\n'), ["A"]),
    ],
    ids=["text", "json-lines", "json", "bracket", "gzip"],
)
def test_standard_input(monkeypatch, data, texts):
    """Standard input may hold text, JSON Lines or JSON, compressed or not; it is read once."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    articles, problems = read("-", "-")
    assert [article.text for article in articles] == texts
    assert problems == []


@pytest.mark.parametrize(
    ("data", "texts", "found"),
    [
        (b'\n\r\n{"text": "A"}\n{"text": "B"}\n', ["A", "B"], ""),
        (b'{"text": "A\n{"text": "B"}\n', ["B"], "stdin, row 1: it is not JSON (Invalid control"),
        (b'{"text": A}\n{"text": B}\n{"text": "C"}', ["C"], "stdin, row 1: it is not JSON ("),
        (b'\nnull\n{"text": "B"}\n', ["B"], "stdin, row 2: it is a JSON null, not an object"),
        (b'{"text": "A"', [], "stdin: it is not JSON ("),
        (b'[{"text": "A"},\n{"text": "B"}', [], "stdin: it is not JSON ("),
        (b'{\n"text": "A\xff\xc3\xa9\xc3\xa9\xc3\xa9"\n}', [], "stdin: some bytes are not in"),
        (b'[\n{"text": "A"}\n]', ["A"], ""),
        (b'{\n "text": "A"\n}', ["A"], ""),
        (b"{Photo}\n\n{Map} The road is open.", ["{Photo}\n\n{Map} The road is open."], ""),
    ],
)
def test_standard_input_with_bad_rows(monkeypatch, data, texts, found):
    """JSON on standard input is known as such whatever is wrong with its first line."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    articles, problems = read("-")
    assert [article.text for article in articles] == texts
    assert bool(problems) == bool(found)
    assert "".join(problems).startswith(found)


def test_labelled_rows(tmp_path):
    """Labelled rows come with their numbers and all their cells."""
    path = tmp_path / "a.csv"
    path.write_text('text,labels\nA,"[""x"", ""y""]"\nB,x; y\n')
    got, problems = rows(path)
    assert [number for number, _ in got] == [1, 2]
    assert [parse_label_list(cells["labels"]) for _, cells in got] == [["x", "y"]] * 2
    assert problems == []
    (problem,) = rows(tmp_path / "a.xlsx")[1]
    assert problem.startswith(f"{tmp_path}/a.xlsx: it is no table that can be read. Name a file")
    assert problem.endswith("; spreadsheet programs save CSV.")


@pytest.mark.parametrize(("name", "cut"), [("a.csv", ";"), ("a.tsv", "\t")])
def test_rows_that_nobody_has_filled_are_no_rows(tmp_path, name, cut):
    """Spreadsheets leave rows of blank cells behind: they are numbered, and are no paragraphs."""
    lines = (("text", "labels"), ("A", "x"), ("", ""), (" ", ""), ("", "x"), ("B", ""), ("", ""))
    (tmp_path / name).write_text("".join(cut.join(line) + "\r\n" for line in lines))
    got, problems = rows(tmp_path / name)
    assert [(number, cells["text"]) for number, cells in got] == [(1, "A"), (4, ""), (5, "B")]
    assert problems == []
    (tmp_path / name).write_text(f"text{cut}labels\n{cut}\n")
    assert "the table has no rows" in rows(tmp_path / name)[1][0]


def test_reading_streams(tmp_path):
    """The first article comes before the file has been read to its damaged end."""
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "A"}\n' * 3 + "broken\n")
    articles = read_articles([path], problems=lambda _: pytest.fail("read too far"))
    assert next(articles).text == "A"


def test_plain_text_imports_little(tmp_path):
    """Reading a text file imports none of the large libraries that other files need."""
    (tmp_path / "a.txt").write_text(STORY)
    code = (
        "import sys; from stance.text.reading import read_articles; "
        "from stance.text.cleaning import paragraphs_of; "
        "[paragraphs_of(a) for a in read_articles([sys.argv[1]], problems=print)]; "
        "large = {'pyarrow', 'pandas', 'trafilatura', 'charset_normalizer', 'sklearn', 'gzip'}; "
        "print(sorted(large & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "a.txt")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_a_folder_with_a_pipe_is_read(tmp_path):
    """A pipe in a folder is named and left out: nobody may ever write to it."""
    (tmp_path / "a.txt").write_text("Aid came.", "utf-8")
    os.mkfifo(tmp_path / "b.txt")
    found, problems = read(tmp_path)
    assert [article.text for article in found] == ["Aid came."]
    assert len(problems) == 1
    assert "b.txt: it is a pipe, a device or the like, no plain file" in problems[0]


def test_unnamed_columns_are_numbered(tmp_path):
    """Spreadsheets leave empty columns behind."""
    (tmp_path / "a.csv").write_text("id,,text,,\n1,,Aid came.,,x\n", "utf-8")
    (article,), problems = read(tmp_path / "a.csv", keep=True)
    assert (article.text, problems) == ("Aid came.", [])
    assert article.extra == {"column 2": "", "column 4": "", "column 5": "x"}


@pytest.mark.parametrize("wanted", ["", "body"])
@pytest.mark.parametrize(
    ("header", "shown"),
    [
        ('"Once upon a time\n' + "there was a mill " * 50 + '"', "time there was a mill"),
        (",".join(map(str, range(500))), "38, 39, and 460 more."),
    ],
    ids=["article", "numbers"],
)
def test_names_of_columns_are_cut(tmp_path, header, shown, wanted):
    """Where an article or numbers stand for the names of columns, the message is short."""
    (tmp_path / "a.csv").write_text(f"{header}\n1{',' * header.count(',')}\n")
    _, (problem,) = read(tmp_path / "a.csv", columns=Columns(text=wanted))
    assert len(problem) < 500
    assert "\n" not in problem
    assert shown in problem


def test_columns_of_one_name_are_refused(tmp_path):
    """In Parquet as in CSV: one of the two would be lost."""
    table = pa.table([["Aid came."], [1], [2]], names=["text", "x", "x"])
    parquet.write_table(table, tmp_path / "a.parquet")
    found, (problem,) = read(tmp_path / "a.parquet")
    assert found == []
    assert 'two columns are called "x"' in problem


def test_parquet_beyond_python_is_read(tmp_path):
    """Nanoseconds and years past 9999 become text; text that is not UTF-8 is a bad row."""
    broken = pa.array([b"Aid came.", b"\xff came.", None], pa.binary()).view(pa.string())
    moments = [1_234_567_891_234_567_891, 0, 0]
    table = pa.table(
        {
            "text": broken,
            "date": pa.array(moments, pa.timestamp("ns")),
            "far": pa.array([2**40, 0, 0], pa.timestamp("s")),
            "span": pa.array(moments, pa.duration("ns")),
        }
    )
    parquet.write_table(table, tmp_path / "a.parquet")
    (article,), problems = read(tmp_path / "a.parquet", keep=True)
    assert article.published == "2009-02-13 23:31:31.234567891"
    assert article.extra["far"].startswith("<value out of range")
    assert article.extra["span"] == "1234567891234567891"
    assert "row 2: some bytes of its text are not UTF-8" in problems[0]
    assert 'row 3: the text (column "text") is empty' in problems[1]


def test_a_table_that_breaks_off_says_where(tmp_path):
    """What was read before a cut is kept, and the last row of it is named."""
    rows = "".join(json.dumps({"text": os.urandom(40).hex()}) + "\n" for _ in range(20_000))
    packed = gzip.compress(rows.encode())
    (tmp_path / "cut.jsonl.gz").write_bytes(packed[: len(packed) // 2])
    found, (problem,) = read(tmp_path / "cut.jsonl.gz")
    assert f"the compressed data is cut short, after row {len(found)}. Copy" in problem
    assert [article.text for article in found] == [
        json.loads(row)["text"] for row in rows.splitlines()[: len(found)]
    ]
    assert len(found) > 5_000


def test_pieces_of_a_cell_with_a_stray_quote_are_no_articles(tmp_path):
    """A quotation mark within a quoted text costs its row, whose lines are not taken for rows."""
    path = tmp_path / "a.csv"
    text = 'One, they said.\nTwo\nThree\nHe called it "a victory", and left.'
    path.write_text(f'id,text\n1,A\n2,"{text}"\n3,C\n')
    articles, problems = read(path)
    assert [article.id for article in articles] == ["1", "3"]
    assert len(problems) == 1


def test_two_byte_text_that_could_be_utf8_in_places_is_read(tmp_path):
    """A line of Chinese that happens to be valid UTF-8 does not make the article a mixture."""
    heading, body = "实施停战", "军队星期二进入该镇,发言人说。平民整夜逃离。"
    assert len(heading.encode("gb18030").decode()) == 4
    path = tmp_path / "a.txt"
    path.write_text(f"{heading}\n\n{body}\n" * 3, "gb18030")
    articles, problems = read(path)
    assert problems == []
    assert heading in articles[0].text


@pytest.mark.parametrize("named", ["us-ascii", "iso-8859-1", "windows-1252"])
def test_web_page_in_utf8_that_names_another_encoding(tmp_path, named):
    """What is valid UTF-8 is UTF-8, whatever one-byte encoding the page names."""
    page = tmp_path / "a.html"
    page.write_text(PAGE.replace("utf-8", named).replace("workers", "workers from Köln"), "utf-8")
    (article,), _ = read(page)
    assert "from Köln" in article.text


def test_web_page_with_a_byte_that_stands_for_nothing(tmp_path):
    """One of the five unused bytes of Windows-1252 does not lead to another encoding."""
    page = tmp_path / "a.html"
    text = PAGE.replace("utf-8", "iso-8859-1").replace("workers", "workers of señor Peña")
    page.write_bytes(text.encode("cp1252").replace(b"</body>", b"<p>\x81</p></body>"))
    (article,), _ = read(page)
    assert "señor Peña" in article.text


def test_columns_of_one_name_are_told_apart_quickly():
    """Each column gets a name of its own, however many there are and whatever they are called."""
    assert told_apart(["a", "a", "a (column 1)"]) == [
        *("a (column 1) (column 1)", "a (column 2)", "a (column 1)"),
    ]
    assert len(set(told_apart(["x"] * 50_000))) == 50_000
