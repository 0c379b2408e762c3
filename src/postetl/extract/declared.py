"""What a page declares for machines: JSON-LD (schema.org), and <meta>."""

import html
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from postetl.extract.tagids import number

_ARTICLE = re.compile(r"(?:Article|Posting|Report|Review|NewsStory|Recipe|Question)$")
_PAGES = frozenset(["WebPage", "ItemPage", "QAPage", "MedicalWebPage", "VideoObject", "PodcastEpisode", "AboutPage", "FAQPage"])
_ORGANISATIONS = frozenset(["Organization", "NewsMediaOrganization", "Corporation", "LocalBusiness", "WebSite"])
_INTO = ("@graph", "mainEntity", "mainEntityOfPage")
_IN_HEAD = "meta[content], link[rel~=canonical][href], script[type*='ld+json' i], title, link[rel=alternate][hreflang=en][href], link[href*=showthread]"
_IN_BODY = "p, article, h1, script[type*='ld+json' i], meta[content], a[rel~=tag]"  # all in one walk; what the head tells is not sought again
_SELDOM_IN_BODY = ", link[rel~=canonical][href], title"
_MOST_NODES, _MOST_LINKS = 2000, 50
_LONGEST = 4000  # characters of a value
_MOST_OBJECTS = 2000  # of JSON-LD that are looked at
_MOST_SCRIPTS = 40
_MOST_CHARACTERS = 300_000  # of one script; the largest of 1,268 pages that told anything new had 90,000
_HOST = re.compile(r"[a-z][a-z0-9+.-]{0,20}://(?:[^/?#@]{0,200}@)?([^/?#:@]{1,255})", re.IGNORECASE)
_BROKEN = re.compile(r'"(headline|datePublished|dateModified|dateCreated|uploadDate)"\s{0,9}:\s{0,9}"([^"\\]{4,200})"')
_FRAME = re.compile(r"^\s{0,99}(?:<!--|//<!\[CDATA\[|<!\[CDATA\[)|(?://)?(?:-->|\]\]>)\s{0,99}$")
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")
_PUNCTUATION = {code: None for code in range(128) if not chr(code).isalnum()}
_JSON = json.JSONDecoder(strict=False)  # line breaks in strings are common
_NAMES = frozenset(["property", "name", "itemprop", "http-equiv"])
_META, _LINK, _H1, _A, _TITLE = map(number, ("meta", "link", "h1", "a", "title"))
_BOXES = frozenset(map(number, ("p", "article")))


@dataclass(slots=True)
class Declared:
    """`post` describes the post: the first article, else nothing. `page` the page around it."""

    post: dict[str, object] = field(default_factory=dict)
    page: dict[str, object] = field(default_factory=dict)
    named: dict[str, dict[str, object]] = field(default_factory=dict)  # objects with a name, by @id
    sites: list[str] = field(default_factory=list)  # what the site and its publisher are called
    meta: dict[str, list[str]] = field(default_factory=dict)  # by name, property, itemprop or http-equiv, in lower case; as it stands there
    canonical: str | None = None
    title: str = ""  # of the page: <title>
    titles: str = ""  # those that the head has
    headings: list[LexborNode] = field(default_factory=list)  # <h1>
    landmarks: list[LexborNode] = field(default_factory=list)  # paragraphs, articles and <h1> of the body
    tagged: list[LexborNode] = field(default_factory=list)  # <a rel=tag>
    links: list[str] = field(default_factory=list)  # addresses that may call the page a thread, as they stand in the head
    thread: bool = False  # whether JSON-LD in the head has one

    def said(self, *keys: str) -> Iterator[object]:
        for part in (self.post, self.page):
            yield from (value for key in keys if (value := part.get(key)))

    def all(self, *names: str) -> Iterator[str]:
        for name in names:
            for content in self.meta.get(name, ()):
                if folded := " ".join(content[:_LONGEST].split()):
                    yield folded

    def first(self, *names: str) -> str | None:
        return next(self.all(*names), None)


def declared(tree: LexborHTMLParser) -> Declared:
    found = Declared()
    scripts: list[LexborNode] = []
    head, body = tree.head, tree.body
    if head is not None:
        _sift(head.css(_IN_HEAD), found, scripts)
    in_head = len(scripts)
    found.titles = f"{found.title} {found.first('og:title') or ''}"
    if body is not None:
        _sift(body.css(_IN_BODY if found.canonical and found.title else _IN_BODY + _SELDOM_IN_BODY), found, scripts)
    ranks = {"post": 0, "page": 0}
    looked = 0
    for nth, script in enumerate(scripts[:_MOST_SCRIPTS]):
        source = script.text()[:_MOST_CHARACTERS].strip()
        found.thread = found.thread or (nth < in_head and declares_thread(source))
        try:
            waiting: list[object] = [_JSON.decode(source if source[:1] in "[{" and source[-1:] in "]}" else _FRAME.sub("", source))]
        except (ValueError, RecursionError):
            waiting = [_broken(source)]
        at = 0
        while at < len(waiting) and looked < _MOST_OBJECTS:
            value = waiting[at]
            at += 1
            looked += 1
            if isinstance(value, list):
                waiting += value[: _MOST_OBJECTS - looked]
            elif isinstance(value, dict):
                _sort(value, found, ranks)
                waiting += [value[key] for key in _INTO if isinstance(value.get(key), list | dict)]
    found.sites += [name for name in found.all("og:site_name", "application-name", "apple-mobile-web-app-title") if name]
    return found


def _sift(nodes: list[LexborNode], found: Declared, scripts: list[LexborNode]) -> None:
    meta, landmarks, left = found.meta, found.landmarks, _MOST_NODES
    for node in nodes:
        tag = node.tag_id
        if tag == _META:
            left -= 1
            attributes = node.attributes
            if left >= 0 and (content := attributes.get("content")):
                for key, name in attributes.items():
                    if name and key in _NAMES:
                        meta.setdefault(name.lower(), []).append(content)
        elif tag in _BOXES:
            landmarks.append(node)
        elif tag == _H1:
            landmarks.append(node)
            found.headings.append(node)
        elif tag == _A:
            found.tagged.append(node)
        elif tag == _LINK:
            attributes = node.attributes
            address = (attributes.get("href") or "").strip()[:2000]
            if len(found.links) < _MOST_LINKS:
                found.links.append(address)
            if not found.canonical and "canonical" in (attributes.get("rel") or "").lower().split():
                found.canonical = address or None
        elif tag == _TITLE:
            found.title = found.title or words(node.text())
        else:
            scripts.append(node)


def _sort(value: dict[str, object], found: Declared, ranks: dict[str, int]) -> None:
    kinds, own = types(value), value.get("@id")
    if isinstance(own, str) and text(value.get("name")):
        found.named.setdefault(own, value)
    if any(map(_ARTICLE.search, kinds)):
        rank = 1 + (value.get("headline") is not None) + (value.get("datePublished") is not None)
        if not ranks["post"]:
            found.post, ranks["post"] = value, rank
        elif ranks["post"] < rank:  # a bare reference before the article itself
            found.post, ranks["post"] = {**found.post, **value}, rank
    elif not ranks["page"] and _PAGES.intersection(kinds):
        found.page, ranks["page"] = value, 1
    if _ORGANISATIONS.intersection(kinds) and (name := text(value.get("name"))):
        found.sites.append(name)
    if isinstance(publisher := value.get("publisher"), dict) and (name := text(publisher)):
        found.sites.append(name)


def _broken(source: str) -> dict[str, object]:
    """JSON that is none: what can be told of an article without reading it."""
    if not re.search(r'"@type"\s{0,9}:\s{0,9}\[?\s{0,9}"\w{0,30}(?:Article|Posting|WebPage|VideoObject)"', source):
        return {}
    found: dict[str, object] = {"@type": "Article"}
    for said in _BROKEN.finditer(source):
        found.setdefault(said[1], said[2])
    return found


def declares_thread(source: str) -> bool:
    return "DiscussionForumPosting" in source or '"QAPage"' in source


def types(value: dict[str, object]) -> list[str]:
    kinds = value.get("@type")
    return [kind.rpartition("/")[2] for kind in (kinds if isinstance(kinds, list) else [kinds]) if isinstance(kind, str)]


def text(value: object) -> str | None:
    """The words of a value: of a name, of the first of a list, without markup."""
    if isinstance(value, list):
        value = next((part for part in value if isinstance(part, str | dict)), None)
    if isinstance(value, dict):
        value = value.get("name") or value.get("@value")
        if isinstance(value, list):
            value = next((part for part in value if isinstance(part, str)), None)
    return words(value) or None if isinstance(value, str) else None


def words(source: str) -> str:
    """Plain words: entities (twice, as some plugins escape them) and tags resolved, spaces folded."""
    source = source[:_LONGEST]
    if "&" in source:
        source = html.unescape(html.unescape(source))
    if "<" in source:
        source = _TAG.sub("", source)
    return " ".join(source.split())


def objects(values: Iterable[object]) -> Iterator[object]:
    """Values, lists opened."""
    for value in values:
        if isinstance(value, list):
            yield from value[:50]
        else:
            yield value


def host(address: str | None) -> str:
    """The host of an address, in lower case; none is the empty one."""
    found = _HOST.match(address or "")
    return found[1].lower() if found else ""


def squeezed(name: str) -> str:
    """The letters and figures of a name, by which names are compared."""
    name = name.casefold()
    return name.translate(_PUNCTUATION) if name.isascii() else "".join(filter(str.isalnum, name))
