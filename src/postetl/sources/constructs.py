"""Text constructs: an element of a feed that holds text, HTML or XHTML, as one string and what it is.

Kinds of content as Atom names them (RFC 4287 3.1, 4.1.3; Atom 0.3 by media type and `mode`), with feedparser's guess where RSS says nothing.
"""

import base64
import binascii
import contextlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from html import entities
from typing import Any
from xml.sax.saxutils import escape

from lxml import etree

from postetl import urls
from postetl.sources import fragments
from postetl.sources.wire import Content

XML = "{http://www.w3.org/XML/1998/namespace}"
_BASE, _LANGUAGE = XML + "base", XML + "lang"
_XML_LOWER = XML.lower()
_XHTML = "http://www.w3.org/1999/xhtml"
_FOREIGN = {"math": "http://www.w3.org/1998/Math/MathML", "svg": "http://www.w3.org/2000/svg"}
_PREFIXES = {XML: "xml:", "{http://www.w3.org/1999/xlink}": "xlink:"}
_KINDS = {"text": "text/plain", "plain": "text/plain", "html": "text/html", "xhtml": "application/xhtml+xml"}
_RESOLVED = frozenset({"href", "src", "cite", "poster", "action", "background", "longdesc", "data", "codebase"})
_HTML = frozenset(
    ["a", "abbr", "acronym", "address", "area", "article", "aside", "audio", "b", "big", "blockquote", "br", "button", "canvas", "caption", "center", "cite", "code", "col", "colgroup", "command", "datagrid", "datalist", "dd", "del", "details", "dfn", "dialog", "dir", "div", "dl", "dt", "em", "event-source", "fieldset", "figcaption", "figure", "font", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "i", "img", "input", "ins", "kbd", "keygen", "label", "legend", "li", "m", "map", "menu", "meter", "multicol", "nav", "nextid", "noscript", "ol", "optgroup", "option", "output", "p", "pre", "progress", "q", "s", "samp", "section", "select", "small", "sound", "source", "spacer", "span", "strike", "strong", "sub", "sup", "table", "tbody", "td", "textarea", "tfoot", "th", "thead", "time", "tr", "tt", "u", "ul", "var", "video"])
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_QUOTE = {'"': "&quot;"}
_TYPE = ["type"]
_NONE: dict[str, str] = {}
_DECLARATION = re.compile(r' xmlns(?:="(?:http://www\.w3\.org/1999/xhtml)?"|:[\w.-]+="[^"]*")(?=[^<>]*+>)')  # in a tag: in text lxml writes `&gt;`
_XHTML_PREFIX = re.compile(r' xmlns:([\w.-]+)="http://www\.w3\.org/1999/xhtml"')
_PERHAPS_PREFIXED = re.compile(r":[\w.-]++(?:=\"|[ />])")  # begins with a literal, and is found as fast as one
_PREFIXED = re.compile(r"<[\w.-]++:|:[\w.-]++=\"(?<! xml:lang=\")(?<! xlink:href=\")")  # HTML has these two as they are
_OTHER_SPACE = re.compile(
    r' xmlns="(?!(?<=<svg xmlns=")http://www\.w3\.org/2000/svg"|(?<=<math xmlns=")http://www\.w3\.org/1998/Math/MathML")')
_OTHER_XLINK = re.compile(r' xmlns:xlink="(?!http://www\.w3\.org/1999/xlink")')
_EMPTY = re.compile("/>")  # in text that is not ASCII twice as fast as str.find
_PLAIN_TYPES = frozenset({"text/plain", "text/html"})
MAX_ATTRIBUTES = 256  # of one start tag: feedparser compares each attribute with every other (20,000 of them: 10 s)


class Unsure(Exception):  # noqa: N818  no fault of the document's
    """Here one would have to guess."""


@dataclass(slots=True)
class Scope:
    """What holds for an element from those around it."""

    base: str
    language: str | None  # BCP 47
    atom: bool  # RSS declares no types: there plain text that looks like HTML is HTML
    unwrap: bool  # Atom 1.0: the <div> around XHTML is no part of it (RFC 4287 3.1.1.3)
    twice: Callable[[], bool]  # whether the document holds text that was encoded twice, or characters that no one means

    def inside(self, attributes: dict[str, str]) -> "Scope":
        """The scope in an element with these attributes: xml:base and xml:lang, and what stands for them without the prefix."""
        base = attributes.get(_BASE, attributes.get("base"))
        language = attributes.get(_LANGUAGE, attributes.get("lang"))
        if base is None and language is None:
            return self
        return Scope(
            urls.join(self.base, base) if base else self.base, (language.replace("_", "-") or None) if language is not None else self.language,
            self.atom, self.unwrap, self.twice)

    def text(self, element: Any) -> str:
        """The text of an element that can hold nothing else."""
        text: str | None = element.text
        if text is None:
            return ""
        text = text.strip()
        return text if text.isascii() or not self.twice() else repaired(text)


def attributes(element: Any) -> dict[str, str]:
    """By their names in lower case; namespaces in braces before them, in lower case but for XML's own."""
    items = element.items()
    if not items:
        return _NONE
    said = dict(items)
    if len(said) > MAX_ATTRIBUTES:
        raise Unsure(f"a start tag with {len(said):,} attributes")
    names = "".join(said).replace(XML, "")
    return said if names == names.lower() else {name.lower().replace(_XML_LOWER, XML): value for name, value in items}


def construct(element: Any, default: str, scope: Scope) -> Content:
    kind, src, mode = default, None, None
    names = element.keys()
    if names == _TYPE:
        kind = (element.get("type") or "").strip().lower()
        kind = _KINDS.get(kind, kind)
    elif names:
        said = attributes(element)
        scope = scope.inside(said)
        kind, src, mode = said.get("type", default).strip().lower(), said.get("src"), said.get("mode")
        kind = _KINDS.get(kind, kind)
    language = scope.language
    if kind in _PLAIN_TYPES and mode is None and not len(element):  # the usual case, and nothing but it
        value = (element.text or "").strip()
        if not value.isascii() and scope.twice():
            value = repaired(value)
        html = kind == "text/html" or (not scope.atom and ("<" in value or "&" in value) and looks_like_html(value))
        return Content(fragments.settled(value, scope.base) if html and "<" in value else value, html, language, src)
    settled: Callable[[str, str], str] = fragments.settled
    if len(element):
        if not kind.endswith("xml") and (only := _only(element)) is not None and _local(only) == "div":
            element = only  # Typepad's <div> around escaped markup
        if len(element):
            value, settled = _inline(element, scope)
            kind = kind if kind.endswith("xml") else "application/xhtml+xml"
        else:
            value = element.text or ""
    else:
        value = element.text or ""
    value = value.strip()
    if mode == "base64" or not (kind in _PLAIN_TYPES or kind.startswith("text/") or kind.endswith(("+xml", "/xml"))):
        (value, html), settled = _decoded(value, kind), fragments.settled
    elif kind == "application/xhtml+xml" and "<" not in value:
        value, html = (value if len(element) else escape(value)), True
    else:
        html = kind == "text/html" or "html" in kind or kind.endswith("xml")
    if not value.isascii() and scope.twice():
        value = repaired(value)
    if not html and not scope.atom and kind == "text/plain" and ("<" in value or "&" in value):
        html = looks_like_html(value)
    return Content(settled(value, scope.base) if html else value, html, language, src)


def looks_like_html(text: str) -> bool:
    """What feedparser guesses for RSS, on the careful side: a closing tag or a reference, and no tag or entity that HTML does not know."""
    if not (re.search(r"</\w+>|&#?\w+;", text)):
        return False
    if any(name.lower() not in _HTML for name in re.findall(r"</?(\w+)", text)):
        return False
    return all(name in entities.entitydefs for name in re.findall(r"&(\w+);", text))


def repaired(text: str) -> str:
    """UTF-8 that was read as Latin-1 and encoded again, and windows-1252 under Latin-1's numbers (`&#147;`), as they were meant."""
    with contextlib.suppress(UnicodeError):
        text = text.encode("latin-1").decode("utf-8")
    return re.sub("[\x80-\x9f]", _meant, text)


def _meant(found: re.Match[str]) -> str:
    return found[0].encode("latin-1").decode("cp1252", "ignore") or found[0]


def _decoded(value: str, kind: str) -> tuple[str, bool]:
    """Base64, as Atom's content of other types is written; what is none stays as it is. Pictures and sounds are no text."""
    if kind.startswith(("image/", "audio/", "video/", "font/")):
        return "", False
    with contextlib.suppress(binascii.Error, UnicodeDecodeError):
        value = base64.decodebytes(value.encode()).decode()
    return value, "html" in kind or kind.endswith("xml") or (not kind.startswith("text/") and _TAG.search(value) is not None)


def _inline(element: Any, scope: Scope) -> tuple[str, Callable[[str, str], str]]:
    """(markup that stands in the feed itself, as HTML; how it is settled)."""
    base = scope.base
    if scope.unwrap and (only := _only(element)) is not None and _local(only) == "div":
        element, base = only, scope.inside(attributes(only)).base
    if not len(element):
        return escape(element.text or ""), fragments.settled
    whole: str = etree.tostring(element, encoding="unicode", with_tail=False)
    start = whole.index(">")
    prefix = _XHTML_PREFIX.search(whole, 0, start)
    inner = whole[start + 1 : whole.rindex("</")]
    written = _DECLARATION.sub("", inner)
    if len(written) < len(inner):
        prefix = prefix or _XHTML_PREFIX.search(inner)
    if prefix:
        written = written.replace(f"<{prefix[1]}:", "<").replace(f"</{prefix[1]}:", "</")
    if base == scope.base and not (_PERHAPS_PREFIXED.search(written) and (_PREFIXED.search(written) or _OTHER_XLINK.search(whole) or _OTHER_SPACE.search(written))):
        return _closed(written), fragments.settled_xml  # XHTML, SVG and MathML without prefixes, as nearly all of it is
    pieces: list[str] = []
    _serialise(element, pieces, scope.base, base)
    return "".join(pieces), fragments.settled


def _closed(written: str) -> str:
    """HTML knows no `<p/>`. As lxml writes it, `/>` stands nowhere else."""
    if _EMPTY.search(written) is None:
        return written
    *pieces, last = written.split("/>")
    for n, piece in enumerate(pieces):
        name = piece[piece.rindex("<") + 1 :].partition(" ")[0]
        pieces[n] = piece + (" />" if name in fragments.VOID else f"></{name}>")
    return "".join(pieces) + last


def _only(element: Any) -> Any:
    """The one element in it, when there is nothing else."""
    return element[0] if len(element) == 1 and not (element.text or "").strip() and not (element[0].tail or "").strip() else None


def _local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _serialise(element: Any, pieces: list[str], outer: str, base: str) -> None:
    """What is in the element. Where an inner xml:base moves the base, addresses are resolved at once; the rest `links.absolute` does."""
    if text := element.text:
        pieces.append(escape(text) if "&" in text or "<" in text or ">" in text else text)
    for child in element:
        space, _, name = str(child.tag).rpartition("}")
        said = dict(child.items())
        here = urls.join(base, said[XML + "base"]) if XML + "base" in said else base
        pieces.append(f"<{name}")
        if space[1:] != _XHTML and _FOREIGN.get(name) == space[1:]:
            pieces.append(f' xmlns="{space[1:]}"')
        for key, value in said.items():
            head, brace, local = key.rpartition("}")
            if here != outer and key in _RESOLVED and not value.startswith("#"):
                value = urls.join(here, value)  # noqa: PLW2901
            shown = escape(value, _QUOTE) if "&" in value or "<" in value or ">" in value or '"' in value else value
            pieces.append(f' {_PREFIXES.get(head + brace, "")}{local}="{shown}"')
        if name in fragments.VOID and child.text is None and not len(child):
            pieces.append(" />")
        else:
            pieces.append(">")
            _serialise(child, pieces, outer, here)
            pieces.append(f"</{name}>")
        if text := child.tail:
            pieces.append(escape(text) if "&" in text or "<" in text or ">" in text else text)
