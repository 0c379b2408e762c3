"""One HTML page: one post whose html is the whole page. What in it is the post, its title and date: the extractor's business."""

import re

from postetl.errors import Malformed, Reason
from postetl.model import Parsed, RawPost
from postetl.sources import charset

NAME = "page"
_HEAD = 16 * 1024
_DOCUMENT = re.compile(r"\s*(?:<!--.*?-->\s*|<\?xml[^>]*>\s*)*<(?:!doctype\s+html|html|head|body)\b", re.DOTALL | re.IGNORECASE)
_TAGS = re.compile(r"</?(?:html|head|body|title|meta|link|script|style|div|p|span|a|h[1-6]|table|tr|td|ul|ol|li|br|img|article|section|main|header|pre|b|i|em|strong|font|center|blockquote)\b[^<>]*>", re.IGNORECASE)

_FEED_TYPE = re.compile(r"[/+](?:xml|rss|atom|rdf)$")
_FEED_NAME = re.compile(r"\.(?:xml|rss|atom|rdf)(?:$|[?#])", re.IGNORECASE)


def recognises(body: bytes, content_type: str | None, url: str) -> bool:
    """A document that begins as HTML, whatever it is served as; a fragment of HTML unless it is served or named as plain text or as a feed."""
    if not charset.readable(body):
        return False
    head = charset.decode(body[:_HEAD], content_type)
    if _DOCUMENT.match(head):
        return True
    served = (content_type or "").partition(";")[0].strip().lower()
    if head.lstrip().startswith("<?xml") or served == "text/plain" or re.search(r"\.te?xt(?:$|[?#])", url, re.IGNORECASE):
        return re.match(r"\s*<\?xml[^>]*>\s*(?:<!doctype[^>]*>\s*)?<html\b", head, re.IGNORECASE) is not None
    if served in ("text/html", "application/xhtml+xml"):
        return not re.match(r"\s*[\[{]", head)  # JSON that is served as HTML
    if _FEED_TYPE.search(served) or _FEED_NAME.search(url):
        return False  # what a server says in place of a feed (an error of its PHP, one post's markup) is no post
    return len(_TAGS.findall(head)) >= 2 and re.match(r"\s*<[a-z!]", head, re.IGNORECASE) is not None


def read(body: bytes, *, url: str, content_type: str | None = None) -> Parsed:
    """Raises Malformed(WRONG_KIND) for binary data and for plain text, whose lines HTML would run together."""
    text = charset.text_of(body, content_type, url)
    served = (content_type or "").partition(";")[0].strip().lower()
    if not _TAGS.search(text) and served not in ("text/html", "application/xhtml+xml"):
        raise Malformed("no HTML in it", url=url, reason=Reason.WRONG_KIND)
    return Parsed(NAME, None, (RawPost(url=url, html=text),))
