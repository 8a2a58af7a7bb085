"""Word lists: what is known of single words, such as how good or bad they sound.

A word-list file is text in UTF-8, one ``word<TAB>value`` a line; lines that start with ``#`` and
empty lines are skipped. A word may stand on several lines and then has several values. The list
that a model was trained with is kept inside the model.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path

from stance.errors import InputError, SettingsError
from stance.text.tokens import folded


@dataclass(frozen=True)
class WordList:
    """Words, folded, each with its values in the order of the file."""

    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def lines(self) -> list[str]:
        """The list as lines of a file; `parse_word_list` reads them back."""
        return [f"{word}\t{value}" for word, found in self.values.items() for value in found]


def load_word_list(path: Path) -> WordList:
    """Read and check a word-list file.

    Raises
    ------
    InputError
        If the file cannot be read.
    SettingsError
        If a line is not a word, a tab and a value.
    """
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        message = f"{path}: the word list cannot be read ({error}). Name a text file in UTF-8."
        raise InputError(message) from error
    return parse_word_list(text.splitlines(), where=str(path))


def parse_word_list(lines: Iterable[str], *, where: str) -> WordList:
    """The word list that lines describe, with errors that name the line."""
    values: dict[str, tuple[str, ...]] = {}
    for number, line in enumerate(lines, start=1):
        if line.startswith("#"):
            continue
        word, _, value = line.partition("\t")
        word, value = word.strip(), value.strip()
        if not word or not value or "\t" in value:
            if not line.strip():
                continue
            message = (
                f"{where}, line {number}: found {line!r}, expected a word, one tab and a value. "
                "Correct the line."
            )
            raise SettingsError(message)
        word = folded(word)
        values[word] = (*values[word], value) if word in values else (value,)
    return WordList(values)


def check_valences(words: WordList) -> None:
    """Raise a `SettingsError` where what stands for a word is no number."""
    for word, (valence, *_) in words.values.items():
        try:
            is_number = isfinite(float(valence))
        except ValueError:
            is_number = False
        if not is_number:
            message = (
                f'The word list has "{valence}" for "{word}", which is no number. Write how good '
                "(above 0) or bad (below 0) the word sounds, as -2.5."
            )
            raise SettingsError(message)
