"""The error family: everything that stance raises on purpose.

```
StanceError
├── InputError          a file or a row of it cannot be read
│   └── RowError        one row is bad; the others may still be good
├── SettingsError       a codebook, recipe, lexicon or actor file says something we cannot follow
├── ModelError          a model folder is missing, damaged, or of another format
├── MissingExtraError   an optional part of stance is not installed
└── EmptyEvaluationError  there is nothing to compute a number from
```

Every message has three parts: what was found, what was expected, and what to do.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

# A message lists no more names than this, and none in more characters: what should be the names of
# columns may be an article.
MOST_NAMES = 40
LONGEST_NAME = 60


class StanceError(Exception):
    """Base of all errors that stance raises on purpose."""


class InputError(StanceError):
    """A file cannot be read, in whole; other files are not concerned."""


class RowError(InputError):
    """One row of a file is bad; the message names the file and the row."""


class SettingsError(StanceError):
    """A codebook, recipe, lexicon or actor file cannot be followed as it stands."""


class ModelError(StanceError):
    """A model folder is missing, damaged, altered, or of another format."""


class MissingExtraError(StanceError):
    """An optional part of stance is not installed."""


class EmptyEvaluationError(StanceError):
    """A number was asked for, and there is nothing to compute it from."""


def nearest(name: str, choices: Iterable[str]) -> str:
    """Say which of the choices was probably meant, and list them all.

    Returns
    -------
    A sentence for the end of an error message.
    """
    known = list(choices)
    close = difflib.get_close_matches(name, known, n=1)
    hint = f'Did you mean "{close[0]}"? ' if close else ""
    return f"{hint}Choose from: {listed(known)}."


def listed(names: Sequence[str]) -> str:
    """The names for a message of one line, long ones and long lists of them cut.

    >>> listed(["text", "Once upon a time there was a town by a river, and a mill stood in it."])
    'text, Once upon a time there was a town by a river, and a mill sto...'
    >>> listed([])
    '(none)'
    """
    shown = [
        " ".join(name[:LONGEST_NAME].splitlines()) + "..." * (len(name) > LONGEST_NAME)
        for name in names[:MOST_NAMES]
    ]
    if len(names) > len(shown):
        shown.append(f"and {len(names) - len(shown)} more")
    return ", ".join(shown) or "(none)"


def plural(n: int, noun: str) -> str:
    """A count with its noun.

    >>> plural(1, "article"), plural(1200, "article")
    ('1 article', '1,200 articles')
    """
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"
