"""A feed that only guessing can read, by feedparser: XML text in, `Document` of `Entry` out. What is well-formed never comes here (`feedtree`).

feedparser is driven below `feedparser.parse` (its SAX handler on expat, its tolerant parser as fallback): the text is decoded and mended
here, an id must come out as it was given, and `parse` takes a string for a file name or an address. Nothing of feedparser's own
shapes leaves this module.
"""

import io
import re
import xml.sax
import xml.sax.handler
from collections.abc import Iterable, Mapping
from typing import Any

import feedparser.api as fp

from postetl.errors import Malformed
from postetl.sources import fragments
from postetl.sources.wire import Content, Document, Entry, Person, minutes, people


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
            entries=[_entry(e) for e in handler.entries],
            every=minutes(*(_string(handler.feeddata.get(name)) for name in ("ttl", "sy_updateperiod", "sy_updatefrequency"))),
            links=[(r, x["href"]) for x in handler.feeddata.get("links") or () if x.get("href") for r in str(x.get("rel") or "").lower().split()],
            complete="fh_complete" in handler.feeddata,
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


def _entry(e: Mapping[str, Any]) -> Entry:
    detail = dict(e.items())  # a FeedParserDict answers for keys that are not there
    return Entry(
        id=_string(detail.get("id")),
        link=_link(detail),
        id_is_link=bool(detail.get("guidislink")),
        title=_first(detail, "title"),
        summary=_first(detail, "summary"),
        contents=[c for c in map(_content, detail.get("content") or ()) if c],
        authors=_people(detail),
        source_authors=tuple(_people(detail.get("source") or {})),
        published=_string(detail.get("published")) or _string(detail.get("created")),
        updated=_string(detail.get("updated")),
        tags=[tag for t in detail.get("tags") or () if (tag := _string(t.get("term") or t.get("label")))],
        language=_string(detail.get("language")),
        enclosures=[(x["href"], _string(x.get("type")), _string(x.get("length"))) for x in _enclosures(detail)],
    )


def _people(detail: Mapping[str, Any]) -> list[Person]:
    named = [p for p in detail.get("authors") or () if p] or [detail.get("author_detail") or {"name": detail.get("author")}]
    said = _string(detail.get("author")) or ""
    if len(named) == 1 and "@" in said:  # feedparser knows no top-level domain of more than four letters, and one person an element
        return people(said)
    return [(_string(p.get("name")), _string(p.get("email"))) for p in named]


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


def _first(detail: Mapping[str, Any], name: str) -> Content | None:
    """The first non-empty value, for which feedparser keeps the last detail, e.g. that of an empty <media:description> behind <description>."""
    content, value = _content(detail.get(f"{name}_detail")), _string(detail.get(name))
    if content is None or value is None or str(detail[f"{name}_detail"].get("value") or "").strip() == value:
        return content
    return Content(fragments.settled(value, str(detail[f"{name}_detail"].get("base") or "")), re.search(r"</?[A-Za-z][^<>]*>|&#?\w+;", value) is not None, content.language)


def _content(detail: Any) -> Content | None:
    if not detail or (detail.get("value") is None and not detail.get("src")):
        return None
    kind = str(detail.get("type") or "text/plain").lower()
    value = str(detail.get("value") or "")
    if kind.startswith(("image/", "audio/", "video/", "font/")) or ("\ufffd" in value and not kind.startswith("text/")):
        value = ""  # decoded base64 that is no text
    typed = kind.startswith("text/") or kind.endswith("xml")  # else (Atom 0.3's mode="base64" loses the type): by its looks
    markup = "html" in kind or kind.endswith("xml") or (not typed and re.search(r"</?[A-Za-z][^<>]*>", value) is not None)
    return Content(fragments.settled(value, str(detail.get("base") or "")) if markup else value, markup, _string(detail.get("language")), _string(detail.get("src")))


def _string(value: object) -> str | None:
    return (str(value).strip() or None) if value is not None else None
