"""What a page says about its post: JSON-LD first, then <meta>, then what stands in the page. Each date with where it was found."""

import html
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from selectolax.lexbor import LexborHTMLParser, LexborNode

from postetl.extract import dates
from postetl.model import DateSource
from postetl.urls import join

_ARTICLE = re.compile(r"(?:Article|Posting|Report|Review|NewsStory|ScholarlyArticle|Recipe)$")
_MOST_OBJECTS = 2000  # of JSON-LD that are looked at
_LONGEST_NAME = 80
_SEPARATOR = re.compile(r"\s+(?:[|·•»«~:/]|::|[-–—])\s+|\s*[|»«]\s*")
_SPLIT = re.compile(r"\s*(?:,|;|&|\||\band\b|\bund\b|\bet\b)\s*")
_NOT_A_NAME = re.compile(r"https?:|//|@|^(?:admin|administrator|editor|staff|unknown|none|null|undefined|by)$", re.IGNORECASE)
_PUBLISHED = (
    "article:published_time", "datepublished", "og:published_time", "date", "pubdate", "publishdate", "publish-date", "publish_date", "parsely-pub-date",
    "sailthru.date", "dc.date", "dc.date.issued", "dcterms.date", "dcterms.created", "dcterms.issued", "dc.date.created", "citation_publication_date",
    "citation_date", "article.published", "published-date", "cxenseparse:recs:publishtime", "datecreated", "og:pubdate", "displaydate", "published",
)  # fmt: skip
_UPDATED = ("article:modified_time", "datemodified", "og:updated_time", "dcterms.modified", "last-modified", "dc.date.modified", "lastmod")
_AUTHOR = ("author", "article:author", "parsely-author", "sailthru.author", "dc.creator", "dcterms.creator", "citation_author", "byl", "article:author_name")
_BYLINES = (
    "[rel~=author]", "[itemprop~=author] [itemprop~=name]", "[itemprop~=author]", ".p-author .p-name", ".p-author", ".author .fn", ".vcard .fn",
    ".author-name", ".byline-name", ".byline a", ".post-author a", ".entry-author", ".post-author", ".author a", ".byline__name", ".byline", ".author",
)  # fmt: skip
_TIMES = (
    "time[pubdate]", "time[itemprop~=datePublished]", "time.dt-published", "time.entry-date.published", "time.published", "article header time[datetime]",
    ".entry-meta time[datetime]", "article time[datetime]", "main time[datetime]",
)  # fmt: skip
_DATED = ", ".join(
    ["[itemprop~=datePublished]", "time", *(f"[class*={word} i]" for word in ("date", "publish", "posted", "byline", "meta", "submitted", "datum", "author", "time"))]
)
_MOST_DATED = 40
_NOT_PUBLISHED = re.compile(r"©|\(c\)|copyright|all rights reserved|updated|modified|aktualisiert|mis à jour|actualizado|registered|joined", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Metadata:
    title: str | None = None
    authors: tuple[str, ...] = ()
    published_at: datetime | None = None
    date_source: DateSource | None = None
    updated_at: datetime | None = None
    language: str | None = None
    canonical_url: str | None = None
    tags: tuple[str, ...] = ()


def metadata(tree: LexborHTMLParser, *, url: str | None = None) -> Metadata:
    """The metadata of a parsed page. Times are UTC; addresses absolute where `url` (or the page) makes them so."""
    ld, meta = _json_ld(tree), _Meta(tree)
    canonical = _attribute(tree, "link[rel~=canonical][href]", "href") or meta.first("og:url")
    canonical = join(url, canonical) if canonical and url else canonical
    published, source = _published(tree, ld, meta, url or canonical)
    return Metadata(
        title=_title(tree, ld, meta),
        authors=_authors(tree, ld, meta),
        published_at=published,
        date_source=source,
        updated_at=dates.machine(_text(ld.get("dateModified"))) or next(filter(None, map(dates.machine, meta.all(*_UPDATED))), None),
        language=_attribute(tree, "html[lang]", "lang") or _attribute(tree, "html", "xml:lang") or _text(ld.get("inLanguage"))
        or meta.first("og:locale", "content-language", "language", "dc.language"),
        canonical_url=canonical if canonical and re.match(r"https?://", canonical, re.IGNORECASE) else None,
        tags=_tags(tree, ld, meta),
    )  # fmt: skip


class _Meta:
    """<meta> by name, property, itemprop or http-equiv, in lower case."""

    def __init__(self, tree: LexborHTMLParser) -> None:
        self._by_name: dict[str, list[str]] = {}
        for node in tree.css("meta[content]"):
            attributes = node.attributes
            content = " ".join((attributes.get("content") or "").split())
            for key in ("property", "name", "itemprop", "http-equiv"):
                if content and (name := attributes.get(key)):
                    self._by_name.setdefault(name.lower(), []).append(content)

    def all(self, *names: str) -> Iterator[str]:
        for name in names:
            yield from self._by_name.get(name, ())

    def first(self, *names: str) -> str | None:
        return next(self.all(*names), None)


def _json_ld(tree: LexborHTMLParser) -> dict[str, object]:
    """The object that describes the post: the first article, else the page's."""
    best: dict[str, object] = {}
    rank, looked = 0, 0
    for script in tree.css("script[type*='ld+json']"):
        source = re.sub(r"^\s*(?:<!--|//<!\[CDATA\[|<!\[CDATA\[)|(?://)?(?:-->|\]\]>)\s*$", "", script.text())
        try:
            waiting: list[object] = [json.loads(source, strict=False)]
        except (ValueError, RecursionError):
            continue
        while waiting and looked < _MOST_OBJECTS:
            value = waiting.pop(0)
            looked += 1
            if isinstance(value, list):
                waiting += value
            elif isinstance(value, dict):
                types = value.get("@type")
                names = [t for t in (types if isinstance(types, list) else [types]) if isinstance(t, str)]
                own = 3 if any(map(_ARTICLE.search, names)) else 1 if {"WebPage", "ItemPage"} & set(names) else 0
                if own > rank:
                    best, rank = value, own
                waiting += [value[key] for key in ("@graph", "mainEntity", "mainEntityOfPage", "itemListElement") if isinstance(value.get(key), list | dict)]
    return best


def _text(value: object) -> str | None:
    if isinstance(value, list):
        value = next((part for part in value if isinstance(part, str | dict)), None)
    if isinstance(value, dict):
        value = value.get("name") or value.get("@value")
    if not isinstance(value, str):
        return None
    return " ".join(html.unescape(re.sub(r"</?[a-z][^<>]{0,200}>", "", value)).split()) or None


def _title(tree: LexborHTMLParser, ld: dict[str, object], meta: _Meta) -> str | None:
    site = meta.first("og:site_name")
    headings = [text for node in tree.css("h1") if (text := _words(node))]
    whole = _words(tree.css_first("title"))
    for candidate in (_text(ld.get("headline")), meta.first("og:title", "twitter:title")):
        if candidate:
            return _without_site(html.unescape(candidate), site, headings)
    if whole and (heading := next((h for h in headings if len(h) > 3 and h.casefold() in whole.casefold()), None)):
        return heading
    if len(headings) == 1:
        return headings[0]
    return _without_site(whole, site, headings) if whole else headings[0] if headings else None


def _without_site(title: str, site: str | None, headings: list[str]) -> str:
    """Turn "A post - The site" into "A post": where a heading says it, the site's name is known, or the last part is the shorter one."""
    for heading in headings:
        if len(heading) > 3 and title.casefold().startswith(heading.casefold()) and _SEPARATOR.match(title, len(heading)):
            return title[: len(heading)]
    if title in headings:
        return title
    found = list(_SEPARATOR.finditer(title))
    if site and found:
        for cut in found:
            if title[cut.end() :].casefold() == site.casefold():
                return title[: cut.start()]
            if title[: cut.start()].casefold() == site.casefold():
                return title[cut.end() :]
    if not site and found and len(title) - found[-1].end() < found[-1].start() * 0.6 and found[-1].start() > 10:
        return title[: found[-1].start()]
    return title


def _authors(tree: LexborHTMLParser, ld: dict[str, object], meta: _Meta) -> tuple[str, ...]:
    given = ld.get("author") or ld.get("creator")
    people = [given] if isinstance(given, str | dict) else given if isinstance(given, list) else []
    names = _names(name for person in people if not (isinstance(person, dict) and person.get("@type") == "Organization") and (name := _text(person)))
    if names or (names := _names(meta.all(*_AUTHOR))):
        return names
    for selector in _BYLINES:
        if names := _names(text for node in tree.css(selector)[:4] if len(text := _words(node)) <= _LONGEST_NAME):
            return names[:4]
    return ()


def _names(found: Iterable[str]) -> tuple[str, ...]:
    names: dict[str, str] = {}
    for text in found:
        bare = re.sub(r"^(?:(?:written|posted|published|story)\s+)?(?:by|von|par|por|di)\b:?\s+", "", html.unescape(text).strip(), flags=re.IGNORECASE)
        for name in _SPLIT.split(bare):
            if 1 < len(name) <= _LONGEST_NAME and len(name.split()) <= 6 and not _NOT_A_NAME.search(name) and not any(c.isdigit() for c in name):
                names.setdefault(name.casefold(), name)
    return tuple(names.values())


def _published(tree: LexborHTMLParser, ld: dict[str, object], meta: _Meta, url: str | None) -> tuple[datetime | None, DateSource | None]:
    if when := dates.machine(_text(ld.get("datePublished") or ld.get("dateCreated"))):
        return when, "json-ld"
    if when := next(filter(None, map(dates.machine, meta.all(*_PUBLISHED))), None):
        return when, "meta"
    for selector in _TIMES:
        for node in tree.css(selector)[:3]:
            if when := dates.machine(node.attributes.get("datetime")) or dates.machine(_words(node)):
                return when, "time"
    if when := dates.in_url(url):
        return when, "url"
    for script in tree.css("script[type*='ld+json']"):  # JSON that is none, or describes something we do not know
        if (said := re.search(r'"datePublished"\s*:\s*"([^"]{8,40})"', script.text())) and (when := dates.machine(said[1])):
            return when, "json-ld"
    for node in tree.css(_DATED)[:_MOST_DATED]:
        text = _words(node)
        if len(text) < 200 and not _NOT_PUBLISHED.search(text) and not _NOT_PUBLISHED.search(node.attributes.get("class") or ""):
            said_here = node.attributes.get("content") or node.attributes.get("datetime") or node.attributes.get("title")
            if when := dates.machine(said_here) or dates.human(text):
                return when, "text"
    heading = tree.css_first("h1")
    after = heading.next if heading is not None else None
    for _ in range(6):  # what stands right under the title
        if after is None:
            break
        if len(text := " ".join(after.text(separator=" ").split())) < 100 and not _NOT_PUBLISHED.search(text) and (when := dates.human(text)):
            return when, "text"
        after = after.next
    return None, None


def _tags(tree: LexborHTMLParser, ld: dict[str, object], meta: _Meta) -> tuple[str, ...]:
    keywords = ld.get("keywords")
    if isinstance(keywords, str):
        keywords = keywords.split(",")
    found = [text for word in keywords if (text := _text(word))] if isinstance(keywords, list) else []
    found = found or list(meta.all("article:tag")) or [_words(node) for node in tree.css("a[rel~=tag]")[:50]]
    found = found or [word.strip() for word in (meta.first("keywords", "news_keywords") or "").split(",")]
    tags: dict[str, str] = {}
    for tag in found:
        if 0 < len(tag) <= _LONGEST_NAME:
            tags.setdefault(tag.casefold(), tag)
    return tuple(tags.values())


def _attribute(tree: LexborHTMLParser, selector: str, name: str) -> str | None:
    node = tree.css_first(selector)
    return (node.attributes.get(name) or "").strip() or None if node is not None else None


def _words(node: LexborNode | None) -> str:
    return " ".join(node.text(separator=" ").split())[:2000] if node is not None else ""
