"""Dates as feeds write them (RFC 3339, RFC 5322), and which of them can be true."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_ISO = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?\s*(?:[Zz]|[+-]\d\d:?\d\d)?")
_MAIL = re.compile(  # with RFC 822's years of two digits (00-68 are 2000-2068) and zone names
    r"(?:[A-Za-z]{3,9},?\s+)?\d{1,2}\s+[A-Za-z]{3,9}\s+(?:[1-9]\d{3}|\d\d)\s+\d\d:\d\d(?::\d\d)?\s+(?:GMT|UTC?|Z|[ECMP][SD]T|[+-]\d{4})")
EARLIEST, LATEST = 1000, 2200  # years: outside them a date is a template's zero or a database's infinity


def instant(text: str) -> datetime | None:
    """The moment, UTC-aware and to the microsecond; without an offset it is taken as UTC. None for anything not written by the rules."""
    text = text.strip()
    try:
        if _ISO.fullmatch(text):
            when = datetime.fromisoformat(re.sub(r"\s+(?=[Zz+-])", "", text.upper().replace(",", ".")))
        elif _MAIL.fullmatch(text):
            when = parsedate_to_datetime(text)
        else:
            return None
        return when.replace(tzinfo=when.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def believable(when: datetime | None) -> datetime | None:
    return when if when is not None and EARLIEST <= when.year <= LATEST else None
