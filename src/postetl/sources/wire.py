"""A feed document as it stands on the wire: `Document` of `Entry`, filled by `feedtree` (lxml) or `feedwire` (feedparser).

Entries are filled field by field while their element is walked, and read once: they are not frozen.
"""

import re
from dataclasses import dataclass, field
from typing import Any

Person = tuple[str | None, str | None]  # (name, mail)

_MAIL = re.compile(r"[^\s()<>,;:\"]+@[^\s()<>,;\"]+")


@dataclass(slots=True)
class Content:
    """A text construct: `html` tells markup from plain text; `src` is where out-of-line content lies (RFC 4287 4.1.3.2)."""

    value: str
    html: bool
    language: str | None = None
    src: str | None = None


@dataclass(slots=True)
class Entry:
    id: str | None = None
    link: str | None = None
    id_is_link: bool = False  # `link` was taken from a guid
    title: Content | None = None
    summary: Content | None = None  # RSS description or Atom summary
    contents: list[Content] = field(default_factory=list)  # content:encoded, atom:content, fullitem, xhtml:body ...
    authors: list[Person] = field(default_factory=list)
    source_authors: tuple[Person, ...] = ()  # of the feed that it was taken from
    published: str | None = None  # as written
    updated: str | None = None
    tags: list[str] = field(default_factory=list)
    language: str | None = None
    enclosures: list[tuple[str, str | None, str | None]] = field(default_factory=list)
    created: str | None = None
    has_content: bool = False
    caption: Content | None = None  # media:description
    inner: list[Any] = field(default_factory=list)  # elements to be looked into when its own are read


@dataclass(slots=True)
class Document:
    atom: bool  # has `summary` proper; RSS has only `description`, which is summary or body
    title: Content | None = None
    link: str | None = None  # the site
    language: str | None = None
    authors: list[Person] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    every: int | None = None  # minutes, as in Parsed
    links: list[tuple[str, str]] = field(default_factory=list)  # (relation, address) of the document itself, as far as they may lead to older ones
    complete: bool = False  # fh:complete (RFC 5005 2): there is no more than this
    counted: int = 0  # items and entries its markup begins, wherever they stand


_PERIODS = {"hourly": 60, "daily": 1440, "weekly": 10_080, "monthly": 43_200, "yearly": 525_600}


def minutes(ttl: str | None, period: str | None, frequency: str | None) -> int | None:
    """RSS 2.0 ttl (minutes), else the syndication module of RSS 1.0: period / frequency; None when they are not there or no numbers."""
    if ttl and (number := re.fullmatch(r"\s*(\d{1,6})\s*", ttl)) and int(number[1]):
        return int(number[1])
    length = _PERIODS.get((period or "").strip().lower())
    if length is None:
        return None
    often = re.fullmatch(r"\s*(\d{1,6})\s*", frequency or "1")
    return max(1, length // max(int(often[1]) if often else 1, 1))


def people(text: str) -> list[Person]:
    """One element may name several people, by their addresses."""
    return [person(p) for p in re.split(r"\s*[,;]\s*(?=\S+@)", text)] if "@" in text else [(text, None)]


def person(text: str) -> Person:
    """`mail (Name)`, `Name <mail>`, `Name (mail)`, either alone -> (name, mail)."""
    found = _MAIL.search(text)
    if found is None:
        return text, None
    name = (text[: found.start()].replace("mailto:", "") + text[found.end():]).replace("()", "").replace("<>", "").strip(" \t\r\n\"'")
    if name.startswith("(") and name.endswith(")"):
        name = name[1:-1].strip()
    return name or None, found[0]
