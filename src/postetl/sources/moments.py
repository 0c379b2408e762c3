"""Dates as feeds write them (RFC 3339, RFC 5322, then every dialect feedparser knows), and which of them can be true."""

import re
from calendar import timegm
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_ISO = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?\s*(?:[Zz]|[+-]\d\d:?\d\d)?")
_MAIL = re.compile(  # with RFC 822's years of two digits (00-68 are 2000-2068) and zone names
    r"(?:[A-Za-z]{3,9},?\s+)?\d{1,2}\s+[A-Za-z]{3,9}\s+(?:[1-9]\d{3}|\d\d)\s+\d\d:\d\d(?::\d\d)?\s+(?:GMT|UTC?|Z|[ECMP][SD]T|[+-]\d{4})")
_USUAL = re.compile(r"[A-Z][a-z]{2}, (\d\d?) ([A-Z][a-z]{2}) ([12]\d{3}) (\d\d):(\d\d):(\d\d) (?:GMT|UTC|Z|([+-])(\d\d)(\d\d))")  # how nearly all are written
_MONTHS = {name: n for n, name in enumerate(["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"], 1)}
_PLAIN_LENGTHS = (20, 25)  # with Z, with an offset
EARLIEST, LATEST = 1000, 2200  # years: outside them a date is a template's zero or a database's infinity


def instant(text: str) -> datetime | None:
    """The moment, UTC-aware and to the microsecond; without an offset it is taken as UTC. None for anything not written by the rules."""
    text = text.strip()
    try:
        if text[10:11] == "T" and len(text) in _PLAIN_LENGTHS and text[4] == text[7] == "-" and text[13] == text[16] == ":":
            when = datetime.fromisoformat(text)
        elif (usual := _USUAL.fullmatch(text)) and (month := _MONTHS.get(usual[2])):
            day, _, year, hour, minute, second, sign, hours, minutes = usual.groups()
            when = datetime(int(year), month, int(day), int(hour), int(minute), int(second), tzinfo=UTC)
            if sign is None or (hours == "00" and minutes == "00"):
                return when
            ahead = timedelta(hours=int(hours), minutes=int(minutes))
            return when - ahead if sign == "+" else when + ahead
        elif _ISO.fullmatch(text):
            when = datetime.fromisoformat(re.sub(r"\s+(?=[Zz+-])", "", text.upper().replace(",", ".")))
        elif _MAIL.fullmatch(text):
            when = parsedate_to_datetime(text)
        else:
            return None
        if when.tzinfo is UTC:
            return when
        return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def dialect(text: str) -> datetime | None:
    """The moment by feedparser's handlers: asctime, W3CDTF and ISO 8601 in parts, RFC 822 with its errors, Korean, Greek, Hungarian, Perforce."""
    from feedparser.datetimes import _parse_date

    try:
        read = _parse_date(text.strip())
        return datetime.fromtimestamp(timegm(read), UTC) if read else None
    except (ValueError, OverflowError, OSError, TypeError):
        return None


def told(text: str) -> datetime | None:
    """The moment by the rules or by a dialect; None for none, and for one that cannot be true."""
    when = instant(text) or dialect(text)
    return when if when is not None and EARLIEST <= when.year <= LATEST else None


def believable(when: datetime | None) -> datetime | None:
    return when if when is not None and EARLIEST <= when.year <= LATEST else None
