"""Station 3: bytes to RawPosts. A kind is a module with NAME, recognises(body, content_type, url) and read(body, url=, content_type=).

`KINDS` is asked in order; the first that recognises the bytes reads them. Strict shapes stand before tolerant ones: a feed served as
text/html is a feed, and plain text is what is nothing else. The feed stands first, because most documents are feeds.
"""

from dataclasses import replace
from typing import Protocol, cast

from postetl import urls
from postetl.errors import Malformed, Reason
from postetl.model import Parsed
from postetl.sources import blogger, charset, feed, jsonfeed, listing, page, plaintext, site, sitemap, wordpress
from postetl.sources.archive import Archive


class Kind(Protocol):
    """A way to read a document. `recognises` never raises; `read` raises Malformed and nothing else."""

    NAME: str

    def recognises(self, body: bytes, content_type: str | None, url: str) -> bool: ...

    def read(self, body: bytes, *, url: str, content_type: str | None = None) -> Parsed: ...


KINDS: tuple[Kind, ...] = tuple(
    cast("Kind", module) for module in (feed, sitemap, jsonfeed, wordpress, blogger, site, page, plaintext, listing)
)

_BASED = frozenset({feed.NAME, jsonfeed.NAME})  # a page's own address is its name, and an archive's says where in it we are

_BLANK = b" \t\r\n\f\x00\xef\xbb\xbf\xfe\xff"

# asked in order for a site's past: those that give dates and totals before those that are walked page by page
ARCHIVES: tuple[Archive, ...] = tuple(cast("Archive", module) for module in (wordpress, blogger, feed, jsonfeed, sitemap, listing))

__all__ = ["ARCHIVES", "KINDS", "Archive", "Kind", "read"]


def read(body: bytes, *, url: str, content_type: str | None = None, kind: str | None = None, base: str | None = None) -> Parsed:
    """The posts in a document as fetched.

    `content_type` is a hint and the charset; `kind` names the reader and switches recognition off. `url` is where the bytes came
    from: relative addresses are resolved against it, or in a feed against `base`, which is what the answer's Content-Location said
    (RFC 3986 5.1.2; itself relative to `url`). Raises Malformed with the reason EMPTY_BODY, UNKNOWN_KIND, WRONG_KIND or MALFORMED.
    """
    if not body[:64].strip(_BLANK) and not body.strip(_BLANK):
        raise Malformed("nothing in it", url=url, reason=Reason.EMPTY_BODY)
    if kind is not None:
        named = next((k for k in KINDS if kind == k.NAME), None)
        if named is None:
            raise Malformed(f"no kind {kind!r}: one of {', '.join(k.NAME for k in KINDS)}", url=url, reason=Reason.UNKNOWN_KIND)
        return _read(named, body, url, content_type, base)
    for candidate in KINDS:
        if candidate.recognises(body, content_type, url):
            return _read(candidate, body, url, content_type, base)
    served = f" (served as {content_type[:80]})" if content_type else ""
    raise Malformed(f"neither feed, JSON Feed, WordPress posts, sitemap, HTML page nor plain text{served}", url=url, reason=Reason.UNKNOWN_KIND)


def _read(kind: Kind, body: bytes, url: str, content_type: str | None, base: str | None) -> Parsed:
    if base and kind.NAME in _BASED:
        url = urls.join(url, base)
    parsed = kind.read(body, url=url, content_type=content_type)
    if parsed.encoding is not None:  # of what was packed
        return parsed
    _, encoding = charset.decoded(body, content_type, declared=kind.NAME in ("feed", "page", "listing"))
    return replace(parsed, encoding=encoding)
