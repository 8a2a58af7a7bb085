"""Which encoding bytes are in that are no UTF-8: a guess by charset-normalizer, and what it misses.

It cannot tell the alphabets of Europe apart, which share their bytes: there the language decides
whose letters these are. And it gives up an encoding at the first byte that is none: text with a
place that is damaged is guessed again without it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

# What to guess from, commonest first. DOS and Macintosh code pages would fit many Western texts
# as well as the right one does, and hardly any news is kept in them.
GUESSES = (
    *("cp1252", "cp1251", "cp1250", "cp1256", "gb18030", "cp932", "cp949", "big5", "euc_jp"),
    *("cp1254", "cp1253", "cp1255", "cp1257", "cp874", "koi8_r", "koi8_u", "iso8859_2"),
)

# How Python's names of encodings begin that have more than a byte a character.
MULTIBYTE = (
    *("utf", "gb", "hz", "big5", "cp932", "cp949", "cp950"),
    *("shift", "euc", "johab", "iso2022"),
)

# The letters beyond ASCII of the languages that are written in an encoding of Latin letters.
_CENTRAL = ("ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "áéíóöőúüű", "ćčđšž", "ăâîşţ")
ALPHABETS = {
    "cp1252": (
        *("àâæçèéêëîïôœùûüÿ", "äöüß", "áéíñóúüªº", "áâãàçéêíóôõúü", "àèéìíîòóù", "àçèéíïòóúü"),
        *("åäöæøé", "áðéíóöúýþæ", "áéëïíóöúü"),
    ),
    "cp1250": _CENTRAL,
    "cp1254": ("çğıiöşüâîû",),
    "cp1257": ("ąčęėįšųūž", "āčēģīķļņšūž", "äöõüšž"),
    "iso8859_2": _CENTRAL,
}

# A sign inside a word ("¯o³nierze"), or a pound before one that is no amount ("£ukasz"): text of
# another alphabet read as Western European. Left out are soft hyphens, accents that stand for an
# apostrophe ("don´t") and the middle dot, which Catalan spells with.
SIGN_IN_WORD = re.compile(
    r"[^\W\d_][¡-¬®-³µ¶¸-¿×÷]+[^\W\d_]|£(?!.illion|trillion|thousand|pound|sterling)[^\W\d_]{4}",
    re.IGNORECASE,
)

# So many letters beyond ASCII, with this share of all letters, are of the text's own language:
# less are names of all countries in an English text.
OWN_LETTERS = 5
OWN_SHARE = 0.03
# What share of them one language has at least, or how much more than in the commonest reading: a
# list of names has neither.
OF_ONE_LANGUAGE = 0.95
CLEARLY_MORE = 0.3

# Two readings this close in charset-normalizer's measures (0 to 1) are equally good to it.
AS_GOOD = 0.1

# What share of the bytes that are not ASCII may be damaged; one byte always in Windows-1252, which
# leaves five open.
MOST_DAMAGED = 0.02

# Bytes that a guess is made from: more does not change it, and takes seconds.
SAMPLE = 200_000

ASCII = bytes(range(128))


def guess(data: bytes) -> str:
    """The likeliest encoding of bytes that are not UTF-8; ``cp1252`` if nothing tells.

    Bytes that are damaged may not be valid in it.
    """
    sample = _sample(data)
    found = _likeliest(sample)
    if found is None or is_one_byte(found):
        for encoding, whole in _undamaged(sample):
            if _likeliest(whole) == encoding:
                return encoding
    return found or "cp1252"


def is_one_byte(encoding: str) -> bool:
    """Whether an encoding has a byte a character: two-byte ones are UTF-8 by accident at times."""
    return not encoding.startswith(MULTIBYTE)


def _sample(data: bytes) -> bytes:
    """Lines that are not ASCII, whole ones but where the first is too long."""
    lines: list[bytes] = []
    n_bytes = 0
    for line in data.splitlines():
        if line.isascii():
            continue
        n_bytes += len(line)
        if lines and n_bytes > SAMPLE:
            break
        lines.append(line[:SAMPLE])
    return b"\n".join(lines)


def _likeliest(sample: bytes) -> str | None:
    """The likeliest of the encodings that all bytes are valid in."""
    from charset_normalizer import from_bytes

    matches = list(from_bytes(sample, cp_isolation=list(GUESSES)))
    if not matches:
        return None
    best = matches[0]
    good = {
        encoding: match
        for match in reversed(matches)
        for encoding in match.could_be_from_charset
        if match.chaos <= best.chaos + AS_GOOD
        and match.coherence >= best.coherence - AS_GOOD
        and not SIGN_IN_WORD.search(str(match))
    }
    found = next((encoding for encoding in GUESSES if encoding in good), best.encoding)
    if found not in good or found not in ALPHABETS or not _has_own_letters(str(good[found])):
        return str(found)
    shares = {
        encoding: _share_of_one_language(str(good[encoding]), encoding)
        for encoding in GUESSES
        if encoding in good and encoding in ALPHABETS
    }
    # Of equals the first, which is the commonest.
    fitting = max(shares, key=shares.__getitem__)
    limit = min(OF_ONE_LANGUAGE, shares[found] + CLEARLY_MORE)
    return fitting if shares[fitting] >= limit else found


def _has_own_letters(text: str) -> bool:
    """Whether the language of a text, not names in it alone, is written with more than ASCII."""
    letters = {letter: n for letter, n in Counter(text).items() if letter.isalpha()}
    n_own = sum(n for letter, n in letters.items() if not letter.isascii())
    return n_own >= max(OWN_LETTERS, OWN_SHARE * sum(letters.values()))


def _share_of_one_language(text: str, encoding: str) -> float:
    """The largest share of letters beyond ASCII that are of one language."""
    letters = {
        letter: n
        for letter, n in Counter(text).items()
        if letter.isalpha() and not letter.isascii()
    }
    return max(
        sum(n for letter, n in letters.items() if letter.lower()[0] in alphabet)
        for alphabet in ALPHABETS[encoding]
    ) / max(sum(letters.values()), 1)


def _undamaged(sample: bytes) -> Iterator[tuple[str, bytes]]:
    """Encodings that a few bytes are not valid in, each with the other bytes."""
    most = MOST_DAMAGED * len(sample.translate(None, ASCII))
    for encoding in GUESSES:
        whole = sample.decode(encoding, "ignore").encode(encoding, "ignore")
        n_damaged = len(sample) - len(whole)
        if 0 < n_damaged <= (max(1, most) if encoding == "cp1252" else most):
            yield encoding, whole
