"""A feed document as it stands on the wire: XML text in, `Document` of `Entry` out, by feedparser.

feedparser is driven below `feedparser.parse` (its SAX handler on expat, its tolerant parser as fallback): the text is decoded and mended
here, an id must come out as it was given, and `parse` takes a string for a file name or an address. Nothing of feedparser's own
shapes leaves this module.
"""

import io
import re
import xml.sax
import xml.sax.handler
from calendar import timegm
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import feedparser.api as fp

from postetl.errors import Malformed
from postetl.sources import links


@dataclass(frozen=True, slots=True)
class Content:
    """A text construct: `html` tells markup from plain text; `src` is where out-of-line content lies (RFC 4287 4.1.3.2)."""

    value: str
    html: bool
    language: str | None = None
    src: str | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """A date as written, and what feedparser makes of it (None: nothing)."""

    text: str
    read: datetime | None


@dataclass(frozen=True, slots=True)
class Entry:
    id: str | None = None
    link: str | None = None
    id_is_link: bool = False  # `link` was taken from a guid
    title: Content | None = None
    summary: Content | None = None  # RSS description or Atom summary
    contents: tuple[Content, ...] = ()  # content:encoded, atom:content, fullitem, xhtml:body ...
    authors: tuple[tuple[str | None, str | None], ...] = ()  # (name, mail)
    published: Moment | None = None
    updated: Moment | None = None
    tags: tuple[str, ...] = ()
    language: str | None = None
    enclosures: tuple[tuple[str, str | None, str | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    atom: bool  # has `summary` proper; RSS has only `description`, which is summary or body
    title: Content | None
    link: str | None  # the site
    language: str | None
    authors: tuple[tuple[str | None, str | None], ...]
    entries: tuple[Entry, ...]
    every: int | None = None  # minutes, as in Parsed


_PERIODS = {"hourly": 60, "daily": 1440, "weekly": 10_080, "monthly": 43_200, "yearly": 525_600}


class _Strict(fp.StrictFeedParser):  # type: ignore[misc]  # feedparser has no types
    can_be_relative_uri = fp.StrictFeedParser.can_be_relative_uri - {"id"}


class _Tolerant(fp.LooseFeedParser):  # type: ignore[misc]
    can_be_relative_uri = fp.LooseFeedParser.can_be_relative_uri - {"id"}


def parse(text: str, url: str) -> Document:
    """Read mended XML (see `markup.mend`). `url` is the base of relative addresses; '' leaves them as they are.

    Raises Malformed when feedparser gives up (it raises anything: its issue 599).
    """
    try:
        handler = _strict(text, url) or _tolerant(text, url)
        return Document(  # in here, because feedparser computes some fields when they are asked for
            atom=str(handler.version).startswith("atom"),
            title=_content(handler.feeddata.get("title_detail")),
            link=_link(dict(handler.feeddata.items())),
            language=_string(handler.feeddata.get("language")),
            authors=_people(handler.feeddata),
            entries=tuple(_entry(e) for e in handler.entries),
            every=_every(handler.feeddata),
        )
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001  see the docstring
        raise Malformed(f"the feed cannot be read: {type(error).__name__}: {error}"[:200], url=url or None) from None


def _configured(handler: Any) -> Any:
    handler.resolve_relative_uris = False  # `links.absolute` does it: it keeps the markup as it is, and takes a tenth of the time
    handler.sanitize_html = False  # the cleaner's business: it sees the whole body or it cannot judge it
    return handler


def _strict(text: str, url: str) -> Any:
    """The handler after a well-formed document, None when it is not well-formed."""
    handler = _configured(_Strict(url, None, "utf-8"))
    parser = xml.sax.make_parser()  # noqa: S317  no DTD is left in the text: markup.mend
    parser.setFeature(xml.sax.handler.feature_namespaces, True)
    parser.setFeature(xml.sax.handler.feature_external_ges, False)
    parser.setContentHandler(handler)
    parser.setErrorHandler(handler)
    source = xml.sax.xmlreader.InputSource()
    source.setByteStream(io.BytesIO(b"<?xml version='1.0' encoding='utf-8'?>" + text.encode()))
    try:
        parser.parse(source)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001  not well-formed, or one of feedparser's own slips: the tolerant parser may still read it
        return None
    return handler


def _tolerant(text: str, url: str) -> Any:
    handler = _configured(_Tolerant(url, None, "utf-8", {}))
    handler.feed(text)
    return handler


def _every(feed: Mapping[str, Any]) -> int | None:
    """RSS 2.0 ttl (minutes), else the syndication module of RSS 1.0: period / frequency; None when they are not there or no numbers."""
    if (ttl := re.fullmatch(r"\s*(\d{1,6})\s*", str(feed.get("ttl") or ""))) and int(ttl[1]):
        return int(ttl[1])
    minutes = _PERIODS.get(str(feed.get("sy_updateperiod") or "").strip().lower())
    if minutes is None:
        return None
    often = re.fullmatch(r"\s*(\d{1,6})\s*", str(feed.get("sy_updatefrequency") or "1"))
    return max(1, minutes // max(int(often[1]) if often else 1, 1))


def _entry(e: Mapping[str, Any]) -> Entry:
    detail = dict(e.items())  # a FeedParserDict answers for keys that are not there
    return Entry(
        id=_string(detail.get("id")),
        link=_link(detail),
        id_is_link=bool(detail.get("guidislink")),
        title=_first(detail, "title"),
        summary=_first(detail, "summary"),
        contents=tuple(c for c in map(_content, detail.get("content") or ()) if c),
        authors=_people(detail),
        published=_moment(detail, "published") or _moment(detail, "created"),
        updated=_moment(detail, "updated"),
        tags=tuple(_unique(t.get("term") or t.get("label") for t in detail.get("tags") or ())),
        language=_string(detail.get("language")),
        enclosures=tuple((x["href"], _string(x.get("type")), _string(x.get("length"))) for x in _enclosures(detail)),
    )


def _people(detail: Mapping[str, Any]) -> tuple[tuple[str | None, str | None], ...]:
    people = [p for p in detail.get("authors") or () if p] or [detail.get("author_detail") or {"name": detail.get("author")}]
    said = _string(detail.get("author")) or ""
    if len(people) == 1 and "@" in said:  # feedparser knows no top-level domain of more than four letters, and one person an element
        return tuple(_person(p) for p in re.split(r"\s*[,;]\s*(?=\S+@)", said))
    return tuple((_string(p.get("name")), _string(p.get("email"))) for p in people)


def _person(text: str) -> tuple[str | None, str | None]:
    """`mail (Name)`, `Name <mail>`, `Name (mail)`, either alone -> (name, mail)."""
    found = re.search(r"[^\s()<>,;:\"]+@[^\s()<>,;\"]+", text)
    if found is None:
        return text, None
    name = (text[: found.start()].replace("mailto:", "") + text[found.end():]).replace("()", "").replace("<>", "").strip(" \t\r\n\"'")
    if name.startswith("(") and name.endswith(")"):
        name = name[1:-1].strip()
    return name or None, found[0]


def _link(detail: Mapping[str, Any]) -> str | None:
    """The choice of feedparser, unless that is a link of another relation while an alternate is there (RFC 4287 4.2.7.2)."""
    chosen = _string(detail.get("link"))
    links = [x for x in detail.get("links") or () if x.get("href")]
    alternates = [x["href"] for x in links if x.get("rel") == "alternate"]
    if alternates and chosen not in alternates and any(x["href"] == chosen for x in links):
        return _string(alternates[0])
    return chosen


def _enclosures(detail: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    return (x for x in detail.get("links") or () if x.get("rel") == "enclosure" and x.get("href"))


def _moment(detail: Mapping[str, Any], name: str) -> Moment | None:
    text = _string(detail.get(name))
    if text is None:
        return None
    read = detail.get(f"{name}_parsed")
    try:
        return Moment(text, datetime.fromtimestamp(timegm(read), UTC) if read else None)
    except (ValueError, OverflowError, OSError, TypeError):
        return Moment(text, None)


def _first(detail: Mapping[str, Any], name: str) -> Content | None:
    """The first non-empty value, for which feedparser keeps the last detail, e.g. that of an empty <media:description> behind <description>."""
    content, value = _content(detail.get(f"{name}_detail")), _string(detail.get(name))
    if content is None or value is None or str(detail[f"{name}_detail"].get("value") or "").strip() == value:
        return content
    return Content(links.absolute(value, str(detail[f"{name}_detail"].get("base") or "")), re.search(r"</?[A-Za-z][^<>]*>|&#?\w+;", value) is not None, content.language)


def _content(detail: Any) -> Content | None:
    if not detail or (detail.get("value") is None and not detail.get("src")):
        return None
    kind = str(detail.get("type") or "text/plain").lower()
    value = str(detail.get("value") or "")
    if kind.startswith(("image/", "audio/", "video/", "font/")) or ("\ufffd" in value and not kind.startswith("text/")):
        value = ""  # decoded base64 that is no text
    typed = kind.startswith("text/") or kind.endswith("xml")  # else (Atom 0.3's mode="base64" loses the type): by its looks
    markup = "html" in kind or kind.endswith("xml") or (not typed and re.search(r"</?[A-Za-z][^<>]*>", value) is not None)
    return Content(links.absolute(value, str(detail.get("base") or "")) if markup else value, markup, _string(detail.get("language")), _string(detail.get("src")))


def _string(value: object) -> str | None:
    return (str(value).strip() or None) if value is not None else None


def _unique(values: Iterable[str | None]) -> Iterable[str]:
    return dict.fromkeys(v.strip() for v in values if v and v.strip())
