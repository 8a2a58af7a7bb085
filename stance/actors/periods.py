"""Dates as sources write them, to years and months."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

_ISO = re.compile(r"\s*([12]\d{3})(?:[-/.]?(0[1-9]|1[0-2])(?:[-/.]?(?:[0-2]\d|3[01]))?)?(?!\d)")
# As spreadsheets write it.
_UNPADDED = re.compile(r"\s*([12]\d{3})[-/.]([1-9])[-/.]\d{1,2}(?!\d)")
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2})(?!\d)")
_MONTH_NAMES = "jan feb mar apr may jun jul aug sep oct nov dec"
_MONTHS = _MONTH_NAMES.split()
_MONTH = re.compile(rf"(?i)\b({'|'.join(_MONTHS)})[a-z]*\b")
# Date and time without separators, down to hours, minutes or seconds. The same digits as seconds or
# milliseconds since 1970 would be of 1976, or of 2030 and later.
_COMPACT = re.compile(
    r"\s*((?:19|20)\d{2})(0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
    r"(?:[01]\d|2[0-3])(?:[0-5]\d){0,2}(?:\.\d+)?\s*$"
)
# Seconds or milliseconds since 1970, as some archives write.
_EPOCH = re.compile(r"\s*(\d{9,10})(?:\d{3})?(?:\.\d+)?\s*$")
# Up to so many years, a period is a month; beyond, months are too many to read.
_MONTHS_UP_TO = 3

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, order=True)
class YearMonth:
    """A year and, where the source says it without doubt, a month (else 0)."""

    year: int
    month: int = 0


def parse_date(written: str) -> YearMonth | None:
    """The year and month of a date as a source wrote it; None where it says no year.

    ISO dates, dates with the month in English words, and seconds since 1970 give both; of
    "03/04/2016" the month is in doubt.

    >>> parse_date("2016-11-22T10:00:00Z"), parse_date("November 22, 2016")
    (YearMonth(year=2016, month=11), YearMonth(year=2016, month=11))
    >>> parse_date("03/04/2016")
    YearMonth(year=2016, month=0)
    """
    compact, epoch = _COMPACT.match(written), _EPOCH.match(written)
    if epoch and not compact:
        moment = datetime.fromtimestamp(int(epoch.group(1)), tz=UTC)
        return YearMonth(moment.year, moment.month)
    iso = compact or _UNPADDED.match(written) or _ISO.match(written)
    if iso:
        return YearMonth(int(iso.group(1)), int(iso.group(2) or 0))
    year = _YEAR.search(written)
    if year is None:
        return None
    month = _MONTH.search(written)
    number = 1 + _MONTHS.index(month.group(1).lower()) if month else 0
    return YearMonth(int(year.group(1)), number)


def period_names(dates: Iterable[str]) -> dict[str, str]:
    """The period of each date: its month ("2016-11") if all lie within three years and say it.

    Otherwise its year; "unknown" where there is none.
    """
    known = {written: parse_date(written) for written in dates}
    found = [date for date in known.values() if date is not None]
    years = [date.year for date in found]
    monthly = bool(found) and all(date.month for date in found)
    monthly = monthly and max(years) - min(years) < _MONTHS_UP_TO
    return {written: _name(date, monthly=monthly) for written, date in known.items()}


def calendar(periods: Collection[str]) -> list[str]:
    """All periods from the first to the last, also those of which there is no article.

    >>> calendar(["2015-11", "2016-02"])
    ['2015-11', '2015-12', '2016-01', '2016-02']
    >>> calendar(["2012", "2010"])
    ['2010', '2011', '2012']
    """
    if not periods:
        return []
    first, last = min(periods), max(periods)
    years = range(int(first[:4]), int(last[:4]) + 1)
    if "-" not in first:
        return [str(year) for year in years]
    months = (f"{year}-{month:02}" for year in years for month in range(1, 13))
    return [month for month in months if first <= month <= last]


def _name(date: YearMonth | None, *, monthly: bool) -> str:
    if date is None:
        return UNKNOWN
    return f"{date.year}-{date.month:02}" if monthly else str(date.year)
