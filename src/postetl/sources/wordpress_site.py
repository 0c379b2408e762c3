"""Where a WordPress site's posts are, told by a document of the site."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from postetl import urls
from postetl.sources import feed, hints
from postetl.sources import wordpress_paging as paging
from postetl.sources import wordpress_posts as wire
from postetl.sources.query import ask, parameters

API = "https://api.w.org/"  # https://developer.wordpress.org/rest-api/using-the-rest-api/discovery/
_FEED_PATH = re.compile(r"/?(?:index\.php/?)?(?:feed/?)?(?:rss2?/?|rdf/?|atom/?|(?:wp-)?(?:rss2?|atom|rdf|feed)\.php|rss2?\.xml|atom\.xml|feed\.xml|index\.rdf)?", re.IGNORECASE)
_ONE_FEED = frozenset({"feed", "paged"})  # any other parameter chooses among the posts
_GENERATOR = re.compile(r"<generator[^<>]{0,200}>\s*(?:https?://wordpress\.(?:org|com)/|WordPress\b)", re.IGNORECASE)
_CHANNEL = re.compile(r"<channel\b[^<>]*>(?:(?!<(?:item|link)\b).){0,4000}<link>\s*(https?://[^<\s]{1,2000})\s*</link>", re.IGNORECASE | re.DOTALL)


def posts_address(body: bytes, *, url: str, headers: Mapping[str, str], content_type: str | None, listed: bool) -> str | None:
    """By the API's own answers, the Link header, the link element, or the generator. A feed of a category, an author or comments has no archive of its own.

    `listed`: the document is a page of the API.
    """
    if not urls.is_web(url):
        return None
    if paging.is_posts(url) and listed:
        return paging.bare(url)
    if body[:1] == b"{" and _is_index(wire.document(body, content_type)):
        return paging.bare(paging.posts_of(url))
    text = hints.head(body, content_type)
    is_feed = bool(text) and feed.recognises(body, content_type, url)
    home = _home(text, url) if is_feed else None
    if is_feed and home is None:
        return None
    for relations, address in (*hints.header_links(headers, url), *hints.links(text, url)):
        if API in relations and urls.is_web(address):
            return paging.bare(paging.posts_of(address))
    if not (_GENERATOR.search(text) if is_feed else re.match(r"WordPress(?:\.com|\s|$)", hints.generator(text))):
        return None
    home = home or _home_of_page(text, url)
    return _hosted(home) or ask(home, rest_route=f"/{paging.ROUTE}")


def _home(text: str, url: str) -> str | None:
    """The site that a feed is the whole of, None for a part of one. Every WordPress feed's channel links to the home page."""
    channel = _CHANNEL.match(text, max(text.find("<channel"), 0))
    home = channel[1] if channel else next((a for rel, a in hints.links(text, url) if "alternate" in rel and urls.is_web(a)), None)
    if home is None:
        return None
    home = home if home.endswith("/") else home + "/"
    path, base = urlsplit(url).path, urlsplit(home).path
    if urls.origin(url)[1].removeprefix("www.") != urls.origin(home)[1].removeprefix("www."):
        return home  # served from elsewhere: nothing can be told by its path
    whole = path.startswith(base.rstrip("/")) and _FEED_PATH.fullmatch(path[len(base.rstrip("/")):]) and not set(parameters(url)) - _ONE_FEED
    return home if whole else None


def _home_of_page(text: str, url: str) -> str:
    """By the address of what old editors ask, by that of its feed, or else the host's front page."""
    for relations, address in hints.links(text, url):
        for relation, ending in (("edituri", "xmlrpc.php?rsd"), ("alternate", "/feed/")):
            if relation in relations and address.endswith(ending) and not address.endswith("/comments/feed/") and urls.is_web(address):
                return address.removesuffix(ending).rstrip("/") + "/"
    return urls.join(url, "/")


def _hosted(home: str) -> str | None:
    """WordPress.com serves the API of its sites at one address. https://developer.wordpress.com/docs/api/"""
    host = urls.origin(home)[1]
    return f"https://public-api.wordpress.com/wp/v2/sites/{host}/posts" if host.endswith(".wordpress.com") else None


def _is_index(value: object) -> bool:
    """What stands at the API's root."""
    return isinstance(value, dict) and isinstance(spaces := value.get("namespaces"), list) and "wp/v2" in spaces
