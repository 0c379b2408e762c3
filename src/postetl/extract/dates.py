"""Dates as pages write them, with the offset they have there: the day is the page's. Without a zone it is UTC, without a time midnight."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

# January to December: English, German, French, Spanish, Italian, Portuguese, Dutch
_NAMES = (
    "jan january januar jänner janvier janv enero ene gennaio gen janeiro januari", "feb february februar février fevrier févr febrero febbraio fevereiro fev februari",
    "mar march märz maerz mär mars marzo março marco maart mrt", "apr april avril avr abril abr aprile", "may mai mayo maggio maio mei mag",
    "jun june juni juin junio giugno junho giu", "jul july juli juillet juil julio luglio julho lug", "aug august août aout agosto ago augustus",
    "sep sept september septembre septiembre settembre setembro set", "oct october oktober octobre octubre ottobre outubro okt out ott",
    "nov november novembre noviembre novembro", "dec december dezember décembre decembre déc diciembre dicembre dezembro dez dic",
)  # fmt: skip
_MONTHS = {name: number for number, names in enumerate(_NAMES, 1) for name in names.split()}
_MONTH = "(" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\b\.?"
_DAY_FIRST = re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th|er|º|\.)?\s+(?:of\s+|de\s+)?{_MONTH},?\s+(?:de\s+)?(\d{{4}})\b", re.IGNORECASE)
_MONTH_FIRST = re.compile(rf"\b{_MONTH}\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+(\d{{4}})\b", re.IGNORECASE)
_ISO = re.compile(r"\b(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})\b")
_EAST_ASIAN = re.compile(r"(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日일]")
_GERMAN = re.compile(r"\b(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})\b")
_SLASHED = re.compile(r"\b(\d{1,2})[/-](\d{1,2})[/-]((?:19|20)\d\d)\b")
_IN_URL = re.compile(r"/((?:19|20)\d\d)[/-](0?[1-9]|1[0-2])[/-](0?[1-9]|[12]\d|3[01])(?=[/_-]|$)|/((?:19|20)\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?=[/_-]|$)")


def machine(text: str | None) -> datetime | None:
    """A date from an attribute: ISO 8601 or RFC 5322, then as `human`."""
    text = " ".join((text or "").split())[:80]
    if not text:
        return None
    iso = re.sub(r"\.(\d{6})\d+", r".\1", text.replace(" UTC", "+00:00").replace(" GMT", "+00:00"))
    iso = re.sub(r"^(\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?) ([+-]\d\d:?\d\d)$", r"\1\2", iso)
    try:
        return _zoned(datetime.fromisoformat(iso))
    except ValueError:
        pass
    if "," in text or text[-5:-4] in "+-":
        try:
            return _zoned(parsedate_to_datetime(text))
        except (ValueError, TypeError, IndexError):
            pass
    return human(text)


def human(text: str) -> datetime | None:
    """The first date in a few words. Day and month as numbers only where no country reads them the other way round."""
    if found := _DAY_FIRST.search(text):
        return _day(int(found[3]), _MONTHS[found[2].lower()], int(found[1]))
    if found := _MONTH_FIRST.search(text):
        return _day(int(found[3]), _MONTHS[found[1].lower()], int(found[2]))
    if found := _ISO.search(text) or _EAST_ASIAN.search(text):
        return _day(int(found[1]), int(found[2]), int(found[3]))
    if found := _GERMAN.search(text):
        return _day(int(found[3]), int(found[2]), int(found[1]))
    if found := _SLASHED.search(text):
        first, second, year = int(found[1]), int(found[2]), int(found[3])
        if (first > 12) != (second > 12):
            return _day(year, second, first) if first > 12 else _day(year, first, second)
        return _day(year, first, second) if first == second else None
    return None


def in_url(url: str | None) -> datetime | None:
    """A path that goes by day: /2017/08/01/, /2017-08-01-title, /20170801/."""
    found = _IN_URL.search((url or "").partition("?")[0])
    return _day(*(int(part) for part in found.groups() if part)) if found else None


def _day(year: int, month: int, day: int) -> datetime | None:
    try:
        return datetime(year, month, day, tzinfo=UTC)
    except ValueError:
        return None


def _zoned(when: datetime) -> datetime | None:
    try:
        when.astimezone(UTC)  # the first and the last year have instants that UTC has no name for
        return when.replace(tzinfo=UTC) if when.tzinfo is None else when
    except (OverflowError, ValueError):
        return None
