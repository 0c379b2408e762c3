"""Autodiscovery: what the document at an address tells of its site's feeds and archives, best first. Pure: nothing is asked for here.

The order is that of what the candidates give: an archive that a document names (its kinds in the order handed in), the feeds that it declares
(RFC 4287 and RSS autodiscovery, `<link rel=alternate>`), links that look like feeds, the neutral ways (`listing` and `sitemap`), and last,
where nothing was declared, the places at which most sites have their feed. Whoever asks for one of these has to see whether it was meant:
many sites answer every address with their home page (https://github.com/miniflux/v2/issues/870).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from postetl import urls
from postetl.sources import charset, feed, jsonfeed, page, postlinks, sitemap
from postetl.sources.archive import Archive

MOST = 20  # offers: a page can declare a feed for each of its comments
NEUTRAL = ("listing", "sitemap")
USUAL = ("/feed/", "/feed.xml", "/atom.xml", "/rss.xml", "/index.xml", "/feed.json", "/rss", "/feeds/posts/default")
_TYPES = {
    "application/rss+xml": "feed", "application/atom+xml": "feed", "application/rdf+xml": "feed", "application/xml": "feed", "text/xml": "feed",
    "application/feed+json": "jsonfeed", "application/json": "jsonfeed",
}  # fmt: skip
_FEED_WORD = re.compile(r"(?:^|[^a-z])(?:feeds?|rss2?|atom)(?:[^a-z]|$)", re.IGNORECASE)
_COMMENTS = re.compile(r"comment|kommentar|commentaire|comentario|replies", re.IGNORECASE)
_NO_FEED = re.compile(r"oembed|/wp-json/|/xmlrpc|opensearch|\.(?:html?|php|png|jpe?g|svg|css|js)$|//(?:[^/]*\.)?(?:feedly|inoreader|newsblur|netvibes|bloglovin)\.", re.IGNORECASE)
_LINK_HEADER = re.compile(r"<([^<>]*)>((?:\s*;[^;,<>]*)*)")
_BAD_HREFS = re.compile(r"(?:feed|pcast|itpc):(?://)?", re.IGNORECASE)  # feed://example.org/rss and feed:https://example.org/rss


@dataclass(frozen=True, slots=True)
class Offer:
    """A way to a site's posts: how to read it, where it is, and what speaks for it, in a few words."""

    kind: str
    url: str
    why: str


def offers(
    body: bytes, *, url: str, headers: Mapping[str, str] | None = None, content_type: str | None = None, archives: Sequence[Archive] = ()
) -> tuple[Offer, ...]:
    """What the document tells, best first, each kind and address once. `headers` in lower case. Never raises."""
    given = headers or {}
    seen: dict[tuple[str, str], Offer] = {}
    for offer in _all(body, url, given, content_type, archives):
        place = urls.canonical(offer.url)
        if place is not None and urls.is_web(offer.url):
            seen.setdefault((offer.kind, place), offer)
    return tuple(seen.values())[:MOST]


def _all(body: bytes, url: str, headers: Mapping[str, str], content_type: str | None, archives: Sequence[Archive]) -> Iterator[Offer]:
    found = [(a.NAME, place) for a in archives if (place := a.found(body, url=url, headers=headers, content_type=content_type))]
    yield from (Offer(name, place, "an archive of the whole site") for name, place in found if name not in NEUTRAL)
    own = next((kind.NAME for kind in (sitemap, feed, jsonfeed) if kind.recognises(body, content_type, url)), None)
    if own is not None:
        yield Offer(own, url, "this address itself")
    text = charset.decode(body, content_type) if own is None and page.recognises(body, content_type, url) else ""
    document = postlinks.read(text, url)
    declared = list(_declared(document, headers, url))
    yield from sorted(declared, key=lambda o: "comments" in o.why)  # in the page's order, those of comments last
    linked = [Offer("feed", place, "a link that looks like a feed's") for place in _linked(document, url)]
    yield from linked
    for name, place in sorted((f for f in found if f[0] in NEUTRAL), key=lambda f: f[1] in (urls.join(url, u) for u in sitemap.USUAL)):
        guessed = name == "sitemap" and urlsplit(place).path in sitemap.USUAL and place not in text
        yield Offer(name, place, "where most sites have their sitemap" if guessed else "the links to posts in the page" if name == "listing" else "the site's own list of its pages")
    if text and not declared and not linked:
        base = url if urlsplit(url).path.endswith("/") else f"{url}/"
        places = dict.fromkeys(urls.join(where, usual) for where in (base, url) for usual in ([u.lstrip("/") for u in USUAL] if where == base else USUAL))
        yield from (Offer("jsonfeed" if place.endswith(".json") else "feed", place, "where many sites have their feed") for place in places)


def _declared(document: postlinks.Page, headers: Mapping[str, str], url: str) -> Iterator[Offer]:
    said = [*document.head]
    for place, parameters in _LINK_HEADER.findall(headers.get("link", "")[:8192]):
        named = {name.strip().lower(): value.strip(' "') for name, _, value in (p.partition("=") for p in parameters.split(";") if "=" in p)}
        said.append((named.get("rel", "").lower(), named.get("type", "").lower(), named.get("title", ""), urls.join(url, place)))
    for rel, type_, title, address in said:
        kind = _TYPES.get(type_)
        if kind is None or not {"alternate", "feed"} & set(rel.split()):
            continue
        place = _mended(address, url)
        if not urls.is_web(place) or _NO_FEED.search(place) or (type_ in ("application/json", "application/xml", "text/xml") and not _FEED_WORD.search(f"{place} {title}")):
            continue
        of_comments = _COMMENTS.search(f"{title} {urlsplit(place).path}")
        yield Offer(kind, place, f"declared by the page{', for comments' if of_comments else ''}{f': {title[:80]}' if title else ''}")


def _linked(document: postlinks.Page, url: str) -> Iterator[str]:
    """Links of the same site, or of a feed service, whose address or anchor says feed."""
    for link in document.links:
        place = _mended(link.url, url)
        parts = urlsplit(place)
        says = _FEED_WORD.search(parts.path) or _FEED_WORD.search(parts.query) or link.text.strip().lower() in ("rss", "atom", "feed", "rss feed", "rss-feed", "atom feed")
        served = parts.hostname and parts.hostname.startswith(("feeds.", "feed.", "rss."))
        if says and not _NO_FEED.search(place) and not _COMMENTS.search(place) and (postlinks.same_site(place, url) or served):
            yield place.partition("#")[0]


def _mended(address: str, url: str) -> str:
    bare = _BAD_HREFS.sub("", address.strip(), count=1)
    if bare == address.strip():
        return urls.join(url, bare)
    return bare if re.match(r"https?://", bare, re.IGNORECASE) else f"http://{bare.lstrip('/')}"
