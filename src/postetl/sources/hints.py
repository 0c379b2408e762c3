"""What a document says of its site in its head: `<link>` elements, the generator, a Link header. By patterns: it is read once, to look for an archive."""

import html
import re
from collections.abc import Iterator, Mapping

from postetl import urls
from postetl.sources import charset

_HEAD = 96 * 1024  # bytes; themes put a hundred lines of script before their links
_TAG = re.compile(r"<(link|meta)\b([^<>]{0,4000})>", re.IGNORECASE)  # a `<` ends it: a thousand `<link` without an end cost nothing
_ATTRIBUTE = re.compile(r"""([a-z:-]{1,40})\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+)""", re.IGNORECASE)
_HEADER = re.compile(r"""<([^<>]{1,2000})>((?:\s*;\s*[\w*!#$&+.^`|~-]+\s*=\s*(?:"[^"]*"|[^\s",;]+))*)""")  # RFC 8288 3
_REL = re.compile(r"""\brel\s*=\s*(?:"([^"]*)"|([^\s",;]+))""", re.IGNORECASE)


def head(body: bytes, content_type: str | None) -> str:
    """The beginning of a document as text; '' for what is none."""
    return charset.decode(body[:_HEAD], content_type) if charset.readable(body) else ""


def links(text: str, base: str) -> Iterator[tuple[frozenset[str], str]]:
    """(relations, address) of every link element, HTML's and Atom's."""
    for name, attributes in _tags(text):
        if name == "link" and (href := attributes.get("href")):
            yield frozenset(attributes.get("rel", "").lower().split()), urls.join(base, href.strip())


def header_links(headers: Mapping[str, str], base: str) -> Iterator[tuple[frozenset[str], str]]:
    """As `links`, of the Link header."""
    for href, parameters in _HEADER.findall(headers.get("link", "")[:16384]):
        if rel := _REL.search(parameters):
            yield frozenset((rel[1] or rel[2]).lower().split()), urls.join(base, href.strip())


def generator(text: str) -> str:
    """What a page's meta element calls the program that made it; ''."""
    return next((a.get("content", "") for name, a in _tags(text) if name == "meta" and a.get("name", "").lower() == "generator"), "")


def _tags(text: str) -> Iterator[tuple[str, dict[str, str]]]:
    for tag in _TAG.finditer(text):
        yield tag[1].lower(), {name.lower(): html.unescape(value.strip("\"'")) for name, value in reversed(_ATTRIBUTE.findall(tag[2]))}
