"""When a post was published and last changed, and what says so. Never from a copyright line, a comment or another post."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from selectolax.lexbor import LexborHTMLParser

from postetl.extract import dates, pagedate, titledate
from postetl.extract.declared import Declared, host, text
from postetl.extract.named import Named
from postetl.extract.nearby import Near
from postetl.extract.starter import Starter
from postetl.model import DateSource

_PUBLISHED = dict.fromkeys((
    "article:published_time", "datepublished", "published-date", "og:published_time", "date", "pubdate", "publishdate", "publish-date", "publish_date",
    "parsely-pub-date", "sailthru.date", "dc.date.issued", "dcterms.issued", "dc.date", "dcterms.date", "dcterms.created", "dc.date.created",
    "citation_publication_date", "citation_online_date", "citation_date", "article.published", "cxenseparse:recs:publishtime", "cxenseparse:publishtime",
    "og:article:published_time", "datecreated", "og:pubdate", "displaydate", "published", "uploaddate", "w-published-date", "last-published", "publication_date",
    "article_date_original", "originalpublicationdate", "publishedat", "og:publish_date", "shareaholic:article_published_time", "vr:published_time", "created",
))  # fmt: skip
_UPDATED = dict.fromkeys((
    "article:modified_time", "datemodified", "updated-date", "og:updated_time", "dcterms.modified", "last-modified", "dc.date.modified", "lastmod", "updated",
    "dateupdate", "modified", "revised",
))  # fmt: skip
_FARTHEST_ZONE = 12  # hours
_DAY_FIRST = ("uk", "au", "nz", "ie", "in", "za")


@dataclass(frozen=True, slots=True)
class Times:
    published: datetime | None = None
    source: DateSource | None = None
    updated: datetime | None = None


def times(tree: LexborHTMLParser, declared: Declared, near: Near, named: Named, starter: Starter, *, address: str | None, language: str | None) -> Times:
    month_first = _month_first(declared, language, address)
    updated = _first(map(text, declared.said("dateModified")), month_first) or _of_meta(declared, _UPDATED, month_first)
    published, source = _declared(declared, month_first)
    shown, shown_source, changed, sure = titledate.shown(near, month_first, declared=published is not None, updated=updated is not None)
    updated = updated or changed
    day = dates.in_url(address)
    if published is None and shown:
        published, source = (day, "url") if day and not sure and _turned(shown, day) else (shown, shown_source)
    elif published is None:
        published, source = _elsewhere(tree, named, starter, month_first, day, changed)
    elif (day and source != "url" and (there := _on(day, published))) or (shown and sure and (there := _on(shown, published))):
        published = there
    elif shown and sure and shown < published - timedelta(hours=36) and shown.year > 1990 and (not updated or abs(shown - updated) > timedelta(days=1)):
        published, source = shown, shown_source  # the time a post was moved to this system, or built again; its readers are told the day
    return Times(published, source, updated)


def _elsewhere(
    tree: LexborHTMLParser, named: Named, starter: Starter, month_first: bool | None, day: datetime | None, changed: datetime | None
) -> tuple[datetime | None, DateSource | None]:
    """The day that the page tells away from its title. The day of a change is none, wherever it stands: `changed`, as the title's lines have it."""
    timed, source = pagedate.timed(tree, month_first)
    if timed and not _same(timed, changed):
        return timed, source
    if day:
        return day, "url"
    alone, changed_then = pagedate.alone(named, month_first)
    if alone and not _same(alone, changed):
        return alone, "text"
    changed = changed or changed_then
    for found in (pagedate.labelled, pagedate.said):
        if (when := found(named, month_first)) and not _same(when, changed):
            return when, "text"
    if began := starter.published(month_first):
        return began, "text"
    if counted := pagedate.counted(tree):
        return counted, "time"
    if scripted := pagedate.scripted(tree, month_first):
        return scripted, "json-ld"
    changed = changed or pagedate.changed(named, month_first)
    return changed, "updated" if changed else None  # published then or before: nothing else is told


def _same(when: datetime, other: datetime | None) -> bool:
    return other is not None and when.date() == other.date()


def _turned(figures: datetime, day: datetime) -> bool:
    """Whether 3/10/2017 is 10/3/2017, as the address has it."""
    return (figures.year, figures.month, figures.day) == (day.year, day.day, day.month)


def _on(day: datetime, instant: datetime) -> datetime | None:
    """The same instant by the clock of a place where it falls on `day`: told in UTC, but its page's readers are told the day before or after; or the other way round."""
    if not any((instant.hour, instant.minute, instant.second)) or abs((day.date() - instant.date()).days) != 1:
        return None
    if instant.utcoffset():
        utc = instant.astimezone(UTC)
        return utc if utc.date() == day.date() else None
    hours = 24 - instant.hour if day.date() > instant.date() else -instant.hour - 1
    return instant.astimezone(timezone(timedelta(hours=hours))) if abs(hours) <= _FARTHEST_ZONE else None


def _first(values: Iterable[str | None], month_first: bool | None) -> datetime | None:
    return next((when for value in values if (when := dates.machine(value, month_first=month_first))), None)


def _declared(declared: Declared, month_first: bool | None) -> tuple[datetime | None, DateSource | None]:
    if when := _first(map(text, declared.said("datePublished", "dateCreated")), month_first):
        return when, "json-ld"
    if when := _of_meta(declared, _PUBLISHED, month_first):
        return when, "meta"
    when = _first(map(text, declared.said("uploadDate")), month_first)  # of a video, which the post may have taken from elsewhere
    return when, "json-ld" if when else None


def _of_meta(declared: Declared, names: dict[str, None], month_first: bool | None) -> datetime | None:
    return _first(declared.all(*names), month_first) if not names.keys().isdisjoint(declared.meta) else None


def _month_first(declared: Declared, language: str | None, address: str | None) -> bool | None:
    """Whether 3/4/2017 is March: in the United States it is, and in pages in English that do not say which."""
    said = [(tag or "").replace("_", "-").lower() for tag in (language, declared.first("og:locale"))]
    if said[0] and not said[0].startswith("en"):
        return False
    if any(tag.startswith("en-us") for tag in said):
        return True
    if any(tag.startswith("en-") for tag in said):
        return False
    tag = next((tag for tag in said if tag), "")
    if tag and not tag.startswith("en"):
        return False
    return None if not tag else not host(address).endswith(_DAY_FIRST)
