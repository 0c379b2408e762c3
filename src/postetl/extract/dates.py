"""Dates as pages write them. A date without a zone is taken as UTC, one without a time as midnight; one with a zone keeps it: its day is the page's day."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from postetl import months

_LONGEST = 80  # characters of an attribute that are looked at


def _folded(word: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", word.casefold()) if not unicodedata.combining(c))


_MONTHS = {name: number for number, names in enumerate(months.NAMES, 1) for name in _folded(names).split()}
_WORD = r"[^\W\d_]{3,14}\.?"
_OF = r"(?:de|del|di|of|d['’])"
_FORMS = re.compile(  # those that begin with a figure together, so that letters are looked at once
    rf"(?=\d)(?:(?<![\d.,:/-])(?P<d1>\d{{1,2}})(?:st|nd|rd|th|er|º|ª)?[.\s-]{{0,3}}(?:{_OF}\s{{1,2}})?(?P<n1>{_WORD}),?[\s-]{{0,2}}(?:{_OF}\s{{1,2}})?(?P<y1>\d{{4}}|['’]?\d\d(?!,?\s{{1,2}}\d{{4}}))(?![\d:])"
    rf"|(?<!\d)(?P<y3>\d{{4}})[\s.,-]{{1,2}}(?P<n3>{_WORD})[\s.-]{{0,2}}(?P<d3>\d{{1,2}})(?!\d)"
    r"|(?<![\d/-])(?P<y4>(?:19|20)\d\d)(?P<s4>[-/.])(?P<m4>\d{1,2})(?P=s4)(?P<d4>\d{1,2})(?!\d)"
    r"|(?P<y5>\d{4})\s?[年년]\s?(?P<m5>\d{1,2})\s?[月월]\s?(?P<d5>\d{1,2})\s?[日일]"
    r"|(?<![\d.,/:-])(?P<a>\d{1,2})(?P<s6>\.|/|-)\s?(?P<b>\d{1,2})(?P=s6)\s?(?P<y6>(?:19|20)\d\d(?!\.\d)|\d\d(?!\.))(?![\d/:%-]))"
    rf"|\b(?P<n2>{_WORD})\s{{0,2}}(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?(?:\s?[,.]\s?|\s{{1,2}})(?P<y2>\d{{4}})(?!\d)",
    re.IGNORECASE,
)
_NAMED_MONTH = {"y1": ("d1", "n1", "y1"), "y2": ("d2", "n2", "y2"), "d3": ("d3", "n3", "y3")}  # by the group that ends a form
_YEAR = re.compile(r"\d\d(?<!\d\d\d)(?:(?<=19|20)\d\d(?!\d)|(?<=[./'’ -]..)(?!\d))")  # by which a date is known: of two figures only behind such a sign
_REACH = 30
_CENTURY = 100
_HALF_YEAR = 12
_IN_URL = re.compile(
    r"/((?:19|20)\d\d)[/-](0?[1-9]|1[0-2])[/-](0?[1-9]|[12]\d|3[01])(?=[/_.+-]|$)|/((?:19|20)\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?=[/_-]|$)"
)
_IN_URL_NAMED = re.compile(r"/((?:19|20)\d\d)/([a-z]{3,9})/(0?[1-9]|[12]\d|3[01])(?=[/_-]|$)", re.IGNORECASE)
_IN_URL_DAY_FIRST = re.compile(r"/(0?[1-9]|[12]\d|3[01])-(0?[1-9]|1[0-2])-((?:19|20)\d\d)(?=[/_-]|$)")


_SPACED_ZONE = re.compile(r"^(\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?) ([+-]\d\d:?\d\d)$")


@dataclass(frozen=True, slots=True)
class Dated:
    """A date in a line of text: where it stands, and what it says."""

    start: int
    end: int
    when: datetime
    sure: bool = True  # not in figures that can be read in two ways


_FIRST_YEAR = 1000  # what is earlier is no date of a page, and days cannot be counted before the year 1


def machine(text: str | None, *, month_first: bool | None = None) -> datetime | None:
    """A date from an attribute: ISO 8601 or RFC 5322, then as `human`."""
    if not text:
        return None
    try:
        return _aware(datetime.fromisoformat(text[:_LONGEST]))
    except ValueError:
        text = " ".join(text[: 4 * _LONGEST].split())[:_LONGEST]
    if not text:
        return None
    if text[0].isdigit():
        try:
            return _aware(datetime.fromisoformat(_SPACED_ZONE.sub(r"\1\2", text.replace(" UTC", "+00:00").replace(" GMT", "+00:00"))))
        except ValueError:
            pass
    if "," in text or text[-5:-4] in "+-":
        try:
            return _aware(parsedate_to_datetime(text))
        except (ValueError, TypeError, IndexError, OverflowError):
            pass
    return human(text, month_first=month_first)


def human(text: str, *, month_first: bool | None = None) -> datetime | None:
    """The first date in a few words."""
    return next((dated.when for dated in all_in(text, month_first=month_first)), None)


def all_in(text: str, *, month_first: bool | None = None) -> Iterator[Dated]:
    """The dates in a text. 01/08/2017 is one only where it is known whether the month comes first."""
    at = 0
    for year in _YEAR.finditer(text):
        start, end = year.span()
        if start < at:
            continue
        found = _FORMS.search(text, max(at, start - _REACH), end + _REACH)
        if found is None:
            continue
        at = found.end()
        if when := _read(found, month_first=month_first):
            twofold = found["a"] is not None and found["s6"] != "." and int(found["a"]) <= _HALF_YEAR and int(found["b"]) <= _HALF_YEAR
            yield Dated(found.start(), found.end(), when, sure=not twofold)


def in_url(url: str | None) -> datetime | None:
    """A path that goes by day: /2017/08/01/, /2017-08-01-title, /20170801/, /2017/aug/01/, /1-8-2017."""
    path = (url or "").partition("?")[0]
    if found := _IN_URL.search(path):
        return _day(*(int(part) for part in found.groups() if part))
    if (found := _IN_URL_NAMED.search(path)) and (month := _MONTHS.get(found[2].lower())):
        return _day(int(found[1]), month, int(found[3]))
    found = _IN_URL_DAY_FIRST.search(path)
    return _day(int(found[3]), int(found[2]), int(found[1])) if found else None


def _read(found: re.Match[str], *, month_first: bool | None) -> datetime | None:
    last = found.lastgroup
    if form := _NAMED_MONTH.get(last or ""):
        day, name, year = found.group(*form)
        month = _MONTHS.get(name.lower()) or _MONTHS.get(_folded(name.rstrip(".")))
        return _day(_year(year), month, int(day)) if month else None
    if last in ("d4", "d5"):
        return _day(*map(int, found.group(*(("y4", "m4", "d4") if last == "d4" else ("y5", "m5", "d5")))))
    a, b, mark, year = int(found["a"]), int(found["b"]), found["s6"], found["y6"]
    if len(year) == 2 and (mark == "-" or (mark == "/" and month_first is None)):
        return None
    if mark == ".":
        month_first = False
    if month_first is None and a != b and (a > _HALF_YEAR) == (b > _HALF_YEAR):
        return None
    first = month_first if (a > _HALF_YEAR) == (b > _HALF_YEAR) else b > _HALF_YEAR
    return _day(_year(year), a if first else b, b if first else a)


def _year(said: str) -> int:
    year = int(said.lstrip("'’"))
    return year if year >= _CENTURY else year + (1900 if year > 68 else 2000)  # as POSIX has it


def _day(year: int, month: int, day: int) -> datetime | None:
    try:
        return datetime(year, month, day, tzinfo=UTC)
    except ValueError:
        return None


def _aware(when: datetime) -> datetime | None:
    if when.tzinfo is UTC and when.year >= _FIRST_YEAR:
        return when
    try:
        when = when.replace(tzinfo=UTC) if when.tzinfo is None else when
        utc = when.astimezone(UTC)  # an offset across the end of the calendar has no such time
    except (OverflowError, ValueError):
        return None
    if utc.year < _FIRST_YEAR:
        return None
    return utc if not when.utcoffset() else when
