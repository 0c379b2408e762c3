"""A site's front page: where its feed is. Read as this kind only when it declares one; else a front page is a page like any other."""

from urllib.parse import urlsplit

from postetl.errors import Malformed, Reason
from postetl.model import Parsed, Target
from postetl.sources import page
from postetl.sources.discovery import Offer, offers

NAME = "site"
_DECLARED = "declared by the page"


def recognises(body: bytes, content_type: str | None, url: str) -> bool:
    """The page at the root of a web site that declares a feed (RFC 4287, RSS autodiscovery)."""
    parts = urlsplit(url)
    front = parts.scheme in ("http", "https") and parts.path in ("", "/") and not parts.query
    return front and page.recognises(body, content_type, url) and _feed(body, url, content_type) is not None


def read(body: bytes, *, url: str, content_type: str | None = None) -> Parsed:
    """No posts: they are in the feed that it leads to. Raises Malformed(WRONG_KIND) for a page that declares none."""
    feed = _feed(body, url, content_type)
    if feed is None:
        raise Malformed("a page that declares no feed", url=url, reason=Reason.WRONG_KIND)
    return Parsed(NAME, follow=(Target(feed.url, kind=None, depth=1),))


def _feed(body: bytes, url: str, content_type: str | None) -> Offer | None:
    found = offers(body, url=url, content_type=content_type)
    return next((o for o in found if o.why.startswith(_DECLARED) and "for comments" not in o.why), None)
