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
from postetl.urls import is_web, join

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
_BYLINES = "[rel~=author], [itemprop~=author], [class*=author i], [class*=byline i], [class*=autor i], .fn"
_CALLED = (" p-author ", " fn ", "author-name", "author__name", "authorname", "byline-name", "byline__name", " byline ", "post-author", "entry-author", " author ", "autor")
_PERSON = re.compile(r"[A-ZÄÖÜÉ][\w'’.-]+(?: (?:von|van|de|der|den|la|le|di|da|zu|[A-ZÄÖÜÉ][\w'’.-]*)){1,4}")
_ONLY_BY = re.compile(r"(?:(?:written|posted|published|text|words|story)\s+)?(?:by|von|par|por|di|autor(?:in)?|text|author)\s*:?", re.IGNORECASE)
_BY = re.compile(r"(?:(?:written|posted|published|text|words|story)\s+)?(?:by|von|par|por|di|autor(?:in)?|text|author)\s*:?", re.IGNORECASE)
_SIGNED = "p, span, div, small, address, em, i, li, td"
_BY = re.compile(r"^(?:(?:written|posted|published|text|autor|autorin|words|story|reviewed|redaktion)\s*)?(?:by|von|par|por|di|autor(?:in)?\s*:|text\s*:)\s*:?\s+((?:(?:Dr|Prof|Mag|Dipl)\.\s?|[A-ZÄÖÜ][\w.'’-]+\s?|(?:von|van|de|der|und|and|&|,)\s){1,8})", re.IGNORECASE)
_LONGEST_BYLINE = 100
_DATED = ", ".join(
    ["[itemprop~=datePublished]", "time", *(f"[class*={word} i]" for word in ("date", "publish", "posted", "byline", "meta", "submitted", "datum", "author", "time"))]
)
_MOST_DATED = 40
_MOST_HEADINGS = 12
_LONGEST_TITLE = 300
_ALIKE = 0.34  # of a heading's words that stand in the page's titles
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_NOWHERE = frozenset(["script", "style", "nav", "footer", "aside", "noscript", "template", "option", "title"])
_LONGEST_DATE = 80  # characters of a text that is taken for a line with a date
_COPYRIGHT = re.compile(r"©|\(c\)|copyright|all rights reserved|registered|joined|\bsince\b|\bseit\b", re.IGNORECASE)
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
    site_name: str | None = None
    image: str | None = None


def metadata(tree: LexborHTMLParser, *, url: str | None = None) -> Metadata:
    """The metadata of a parsed page. Times have the offset that the page gives them; addresses absolute where `url` (or the page) makes them so."""
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
        site_name=meta.first("og:site_name") or _text(ld.get("publisher")),
        image=_image(ld, meta, url or canonical),
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
    """The heading that the page shows, when what it calls itself elsewhere says the same in other words; else that."""
    site = meta.first("og:site_name")
    headings = [text for node in tree.css("h1")[:_MOST_HEADINGS] if (text := _words(node))]
    whole = _words(tree.css_first("title"))
    said = [html.unescape(text) for text in (_text(ld.get("headline")), meta.first("og:title", "twitter:title"), whole) if text]
    known = set(re.findall(r"\w+", " ".join(said).casefold()))
    best, most = None, 0.0
    for heading in headings:
        words = re.findall(r"\w+", heading.casefold())
        shared = sum(word in known for word in words) / len(words) if words else 0.0
        if shared > most and heading.casefold() != (site or "").casefold() and len(heading) <= _LONGEST_TITLE:
            best, most = heading, shared
    if best and most >= _ALIKE:
        short = [_without_site(text, site, headings) for text in said]
        # what stands above the heading and in the same element (a kicker) is not in the titles elsewhere
        return next((text for text in short if len(text) > len(best) // 2 and best.casefold().endswith(text.casefold())), best)
    return _without_site(said[0], site, headings) if said else headings[0] if headings else None


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
    if found and len(title) - found[-1].end() < found[-1].start() and found[-1].start() > 10:
        return title[: found[-1].start()]
    return title


def _authors(tree: LexborHTMLParser, ld: dict[str, object], meta: _Meta) -> tuple[str, ...]:
    given = ld.get("author") or ld.get("creator")
    people = [given] if isinstance(given, str | dict) else given if isinstance(given, list) else []
    names = _names(name for person in people if not (isinstance(person, dict) and person.get("@type") == "Organization") and (name := _text(person)))
    if names or (names := _names(meta.all(*_AUTHOR))):
        return names
    return _bylines(tree) or _signed(tree)


def _bylines(tree: LexborHTMLParser) -> tuple[str, ...]:
    """What is marked as the author: by rel, itemprop, microformat or class, the most telling first."""
    found: dict[int, list[str]] = {}
    for node in tree.css(_BYLINES)[:_MOST_DATED]:
        text = _words(node)
        if not 1 < len(text) <= _LONGEST_BYLINE:
            continue
        attributes = node.attributes
        called = f" {(attributes.get('class') or '').casefold()} "
        if "author" in (attributes.get("rel") or "").split():
            rank = 0
        elif "author" in (attributes.get("itemprop") or "").split():
            rank = 1
        else:
            rank = next((place for place, part in enumerate(_CALLED, 2) if part in called), 2 + len(_CALLED))
        if rank < 2 + len(_CALLED) or (signed := _BY.search(text)) or _PERSON.fullmatch(text):
            found.setdefault(rank, []).append(signed[1] if rank >= 2 + len(_CALLED) and (signed := _BY.search(text)) else text)
    for rank in sorted(found):
        if names := _names(text for text in found[rank][:4] if len(text) <= _LONGEST_NAME):
            return names[:4]
    return ()


def _signed(tree: LexborHTMLParser) -> tuple[str, ...]:
    """`By Ann Lee`, in a text of its own: the words behind it may stand in an element of their own."""
    before = ""
    for _, text in _short_texts(tree):
        signed = _BY.search(f"{before} {text}" if _ONLY_BY.fullmatch(before) else text)
        if signed and len(text) <= _LONGEST_BYLINE and (names := _names([signed[1]])):
            return names[:4]
        before = text
    return ()


def _short_texts(tree: LexborHTMLParser) -> Iterator[tuple[bool, str]]:
    """Texts of a line, outside of menus and the like, and whether they stand behind the page's heading."""
    heading = tree.css_first("h1")
    behind, own = heading is None, heading.mem_id if heading is not None else 0
    for node in tree.body.traverse(include_text=True) if tree.body is not None else ():
        if node.tag == "-text":
            text = (node.text_content or "").strip()
            if 1 < len(text) < _LONGEST_DATE and not _NOWHERE.intersection(_around(node)):
                yield behind, text
        elif not behind and node.mem_id == own:
            behind = True


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
    if when := _time(tree):
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
    if when := _shown(tree):
        return when, "text"
    if when := dates.machine(_text(ld.get("dateModified"))):
        return when, "json-ld"
    return next(((when, "meta") for when in map(dates.machine, meta.all(*_UPDATED)) if when), (None, None))


def _time(tree: LexborHTMLParser) -> datetime | None:
    """Of the <time> elements, the one marked as the publication's, else the first of the article's own."""
    found: dict[int, LexborNode] = {}
    for node in tree.css("time")[:_MOST_DATED]:
        attributes = node.attributes
        called = (attributes.get("class") or "").casefold().split()
        if "pubdate" in attributes or "datepublished" in (attributes.get("itemprop") or "").casefold():
            rank = 0
        elif {"dt-published", "entry-date", "published"}.intersection(called):
            rank = 1
        elif attributes.get("datetime") and "updated" not in called:
            around = _around(node)
            rank = 2 if "article" in around and "header" in around else 3 if "article" in around else 4 if "main" in around else 9
        else:
            continue
        if rank < 9:
            found.setdefault(rank, node)
    for rank in sorted(found):
        if when := dates.machine(found[rank].attributes.get("datetime")) or dates.machine(_words(found[rank])):
            return when
    return None


def _shown(tree: LexborHTMLParser) -> datetime | None:
    """The first short text with a date behind the heading, or else in front of it; one of an update, when there is no other."""
    found: dict[int, datetime] = {}
    for behind, text in _short_texts(tree):
        if len(text) < 8 or not _YEAR.search(text):
            continue
        when = dates.human(text)
        if when and not _COPYRIGHT.search(text):
            found.setdefault((0 if behind else 2) + (_NOT_PUBLISHED.search(text) is not None), when)
            if 0 in found:
                break
    return found[min(found)] if found else None


def _around(node: LexborNode) -> list[str]:
    tags: list[str] = []
    above = node.parent
    while above is not None and len(tags) < 30:
        tags.append(above.tag or "")
        above = above.parent
    return tags


def _image(ld: dict[str, object], meta: _Meta, base: str | None) -> str | None:
    """The lead image's address, absolute."""
    pictures = ld.get("image")
    picture = next(iter(pictures), None) if isinstance(pictures, list) else pictures
    picture = picture.get("url") if isinstance(picture, dict) else picture
    found = meta.first("og:image", "og:image:secure_url", "twitter:image", "twitter:image:src") or (picture if isinstance(picture, str) else None)
    found = join(base, found) if found and base else found
    return found if is_web(found) else None


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
    return " ".join(node.text(separator=" ")[:4000].split())[:2000] if node is not None else ""
