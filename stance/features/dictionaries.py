"""Reading lexicons: our TOML, LIWC's ``.dic``, YAML and JSON (as quanteda writes them), CSV.

What is read:

- ``.toml``: ours, ``[categories.NAME]`` with ``entries``; or simply ``NAME = ["entry", ...]``;
- ``.dic``: LIWC's, categories by number between two ``%`` lines, then entries with their numbers,
  parted by tabs or spaces, in any of the versions' dialects;
- ``.yaml``, ``.yml``, ``.json``: categories with lists of entries, in any depth ("a.b.c");
- ``.csv``, ``.tsv``: a row an entry with its category; or LIWC-22's, a row an entry and a column a
  category, marked with an X.

An entry without a letter or digit (":)") can never be found among tokens; it is left out and
listed in the lexicon's ``left_out``.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from stance.codebook import check_keys, read_toml
from stance.errors import SettingsError
from stance.features.lexicon import Lexicon, parse_entry
from stance.text.encodings import decode
from stance.text.problems import Unreadable
from stance.text.tokens import TOKEN

# One entry of one category: the category, the entry, and where it stands ("line 12").
Entry = tuple[str, str, str]

_ENTRY_COLUMNS = ("entry", "word", "term", "dicterm", "pattern")
_CATEGORY_COLUMNS = ("category", "label", "class")
# LIWC 2007's conditions, "(02 134)125/464" and "<of>131/125": the number after the stroke holds
# without the condition.
_CONDITION = re.compile(r"(?:\([^)]*\)|<[^>]*>)\s*[\d\s]*/?")
_DIC_LINE = re.compile(r"^(?P<entry>.+?)(?:\t\s*|\s+)(?P<numbers>\d[\d\s]*)$")


def load_lexicon(path: Path) -> Lexicon:
    """Read and check a lexicon file.

    Raises
    ------
    SettingsError
        If the file cannot be read, is of no known kind, or a line of it makes no sense; the
        message names the file and the line.
    """
    where = f"lexicon {path}"
    ending = path.suffix.lower()
    readers = {
        ".toml": _read_toml,
        ".dic": _read_dic,
        ".yaml": _read_yaml,
        ".yml": _read_yaml,
        ".json": _read_json,
        ".csv": _read_csv,
        ".tsv": _read_csv,
    }
    if ending not in readers:
        message = f'{where}: unknown ending "{ending}". Use one of {", ".join(sorted(readers))}.'
        raise SettingsError(message)
    try:
        return _collect(readers[ending](path, where), path.stem, where)
    except RecursionError:
        message = f"{where}: lists in lists, too deep to be read. Write categories with entries."
        raise SettingsError(message) from None


def _collect(entries: Iterable[Entry], name: str, where: str) -> Lexicon:
    categories: dict[str, dict[str, None]] = {}
    left_out = []
    for category, written, place in entries:
        kept = categories.setdefault(_on_one_line(category), {})
        entry = _on_one_line(written)
        if entry and not TOKEN.search(entry):
            left_out.append(f'{place}: "{entry}"')
            continue
        try:
            parse_entry(entry)
        except SettingsError as error:
            message = f"{where}, {place}: {error}"
            raise SettingsError(message) from error
        kept[entry] = None
    if not any(categories.values()):
        message = f"{where}: no entries found. Check that it is a lexicon of its ending's kind."
        raise SettingsError(message)
    return Lexicon(
        categories={category: tuple(kept) for category, kept in categories.items()},
        name=name,
        left_out=tuple(left_out),
    )


def _on_one_line(text: str) -> str:
    """The text as a model's lists can hold it: JSON may escape line breaks and half characters."""
    return " ".join(text.encode("utf-8", "replace").decode().split())


def _text(path: Path, where: str) -> str:
    try:
        return decode(path.read_bytes())
    except FileNotFoundError:
        message = f"{where}: there is no such file. Check the path."
        raise SettingsError(message) from None
    except OSError as error:
        message = f"{where}: cannot be read ({error.strerror}). Check the path and permissions."
        raise SettingsError(message) from error
    except Unreadable as error:
        message = f"{where}: {error.found}. {error.remedy}"
        raise SettingsError(message) from error


def _read_toml(path: Path, where: str) -> Iterator[Entry]:
    data = read_toml(path, "lexicon")
    categories = data.get("categories")
    if categories is None:
        yield from _nested(data, "", where)
        return
    check_keys(data, ("name", "language", "licence", "version", "description", "categories"), where)
    if not isinstance(categories, Mapping):
        message = (
            f"{where}: categories is {categories!r}. Write [categories.NAME] with entries = [...]."
        )
        raise SettingsError(message)
    for name, category in categories.items():
        if not isinstance(category, Mapping):
            message = f"{where}, category {name}: found {category!r}. Write entries = [...]."
            raise SettingsError(message)
        check_keys(category, ("description", "entries"), f"{where}, category {name}")
        yield from _nested({name: category.get("entries", [])}, "", where)


def _read_yaml(path: Path, where: str) -> Iterator[Entry]:
    import yaml

    try:
        data = yaml.safe_load(_text(path, where))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f", line {mark.line + 1}" if mark else ""
        message = f"{where}{place}: not valid YAML. Correct that place."
        raise SettingsError(message) from error
    except ValueError as error:
        # What looks like a date or a number and is none; where it stands is not told.
        message = f"{where}: an entry is no value of YAML ({error}). Write it in quotes."
        raise SettingsError(message) from error
    yield from _nested(data, "", where)


def _read_json(path: Path, where: str) -> Iterator[Entry]:
    try:
        data = json.loads(_text(path, where))
    except json.JSONDecodeError as error:
        message = f"{where}, line {error.lineno}: not valid JSON ({error.msg}). Correct that place."
        raise SettingsError(message) from error
    except ValueError as error:
        message = f"{where}: a number is too long ({error}). Write it in quotes."
        raise SettingsError(message) from error
    yield from _nested(data, "", where)


def _nested(data: object, category: str, where: str) -> Iterator[Entry]:
    """Categories within categories, down to lists of entries."""
    if isinstance(data, Mapping):
        for key, value in data.items():
            yield from _nested(value, f"{category}.{key}" if category else str(key), where)
    elif isinstance(data, (list, tuple)) and category:
        for item in data:
            if isinstance(item, Mapping):
                yield from _nested(item, category, where)
            elif isinstance(item, bool) or not isinstance(item, (str, int, float)):
                message = f"{where}, category {category}: {item!r} is no entry. Write it in quotes."
                raise SettingsError(message)
            else:
                yield category, str(item).strip(), f"category {category}"
    elif isinstance(data, str) and category:
        yield category, data.strip(), f"category {category}"
    else:
        message = (
            f"{where}: found {data!r}, expected categories with lists of entries. Write them so."
        )
        raise SettingsError(message)


def _read_dic(path: Path, where: str) -> Iterator[Entry]:
    lines = _text(path, where).splitlines()
    marks = [number for number, line in enumerate(lines) if line.strip().startswith("%")]
    if len(marks) < 2:  # noqa: PLR2004 - one before the categories and one behind them
        message = (
            f'{where}: a .dic file names its categories between two "%" lines, '
            f"here are {len(marks)}. Add them."
        )
        raise SettingsError(message)
    names = dict(_dic_categories(lines[marks[0] : marks[1]], marks[0], where))
    for number in range(marks[1], len(lines)):
        line = lines[number].strip().removeprefix("%").strip()
        if not line:
            continue
        place = f"line {number + 1}"
        plain = " ".join(_CONDITION.sub(" ", line).split()) if "/" in line else line
        match = _DIC_LINE.match(plain)
        if not match:
            message = (
                f'{where}, {place}: "{line}" is not an entry with the numbers of its categories. '
                "Write the word, a tab, and the numbers."
            )
            raise SettingsError(message)
        for key in match["numbers"].split():
            if key not in names:
                known = ", ".join(names)
                message = f"{where}, {place}: there is no category {key}. Choose from: {known}."
                raise SettingsError(message)
            yield names[key], match["entry"].strip(), place


def _dic_categories(lines: list[str], first: int, where: str) -> Iterator[tuple[str, str]]:
    for offset, raw in enumerate(lines):
        line = raw.strip().removeprefix("%").strip()
        if not line:
            continue
        number, _, name = line.replace("\t", " ").partition(" ")
        if not number.isdigit() or not name.strip():
            message = (
                f'{where}, line {first + offset + 1}: "{line}" is not a category. '
                "Write its number, a tab, and its name."
            )
            raise SettingsError(message)
        yield number, name.strip()


def _read_csv(path: Path, where: str) -> Iterator[Entry]:
    lines = _text(path, where).splitlines()
    separator = "\t" if path.suffix.lower() == ".tsv" else _separator(lines[0] if lines else "")
    # Strict, for else a quote that is not closed would take all lines below it for one entry.
    rows = csv.DictReader(lines, delimiter=separator, strict=True)
    try:
        yield from _rows_of(rows, where)
    except csv.Error as error:
        message = (
            f"{where}, line {rows.reader.line_num}: no row of a table ({error}). "
            "Close the quotes there or above, or leave them out."
        )
        raise SettingsError(message) from error


def _rows_of(rows: csv.DictReader[str], where: str) -> Iterator[Entry]:
    columns = {name.strip().lower(): name for name in rows.fieldnames or () if name}
    entry = next((columns[name] for name in _ENTRY_COLUMNS if name in columns), None)
    category = next((columns[name] for name in _CATEGORY_COLUMNS if name in columns), None)
    if entry is None:
        found = ", ".join(columns.values()) or "none"
        message = f'{where}: no column with the entries among {found}. Call it "entry".'
        raise SettingsError(message)
    for row in rows:
        place = f"line {rows.line_num}"
        word = (row[entry] or "").strip()
        if category is not None:
            yield (row[category] or "").strip() or "unnamed", word, place
        else:
            yield from ((name, word, place) for name in _marked(row, entry))


def _marked(row: Mapping[str, Any], entry: str) -> list[str]:
    """The columns in which a row of LIWC-22's table has a mark."""
    return [name for name, cell in row.items() if name and name != entry and (cell or "").strip()]


def _separator(header: str) -> str:
    return max(",;\t", key=header.count)
