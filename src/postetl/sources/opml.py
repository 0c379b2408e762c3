"""Lists of sources: OPML 1.0 and 2.0 (http://opml.org/spec2.opml), and files of one address a line. Text in, subscriptions out, and back.

OPML in the wild is often no XML: a bare `&` in an address or a title is mended, since it can mean one thing only; anything else that stops
an XML parser is refused with its line.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

from lxml import etree

from postetl import urls
from postetl.errors import Malformed, Reason
from postetl.sources import charset

MAX_OUTLINES = 100_000
_SPACE = "urn:postetl"  # OPML 2.0 lets attributes of other namespaces in
_KIND = f"{{{_SPACE}}}kind"
_BARE = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});)")
_IMPOSSIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_PROLOG = re.compile(r"\s*<\?xml[^>]*\?>\s*")


Skipped = tuple[int | None, str, str]  # (line, what, why)


@dataclass(frozen=True, slots=True)
class Subscription:
    """A source as a list has it. `kind` is what a list that we wrote says, and "page" where another says that it is no feed."""

    url: str
    title: str | None = None
    site: str | None = None  # the page that the feed is of
    kind: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """`skipped` is what stands in the list and was not taken."""

    subscriptions: tuple[Subscription, ...]
    skipped: tuple[Skipped, ...] = ()


def read(body: bytes, *, name: str = "the file") -> Listed:
    """OPML when there is markup in it, else one address a line (`#` begins a comment). Each address once.

    Raises Malformed, with the line, for what is neither.
    """
    text = charset.decode(body)
    found, skipped = _outlines(text, name) if text.lstrip("\ufeff \t\r\n").startswith("<") else _lines(text, name)
    taken: dict[str, Subscription] = {}
    for subscription in found:
        known = urls.canonical(subscription.url)
        if known is None or not urls.is_web(subscription.url):
            skipped.append((subscription.line, subscription.url, "no http or https address"))
        elif known in taken:
            skipped.append((subscription.line, subscription.url, f"listed before{f', in line {taken[known].line}' if taken[known].line else ''}"))
        else:
            taken[known] = subscription
    return Listed(tuple(taken.values()), tuple(skipped))


def write(subscriptions: Iterable[Subscription], *, title: str) -> str:
    """OPML 2.0: what is read as HTML is a `link`, everything else `rss`; a configured kind comes back with `read`."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f'<opml version="2.0" xmlns:postetl="{_SPACE}">', f"  <head><title>{_escaped(title)}</title></head>", "  <body>"]
    for one in subscriptions:
        said = {"text": one.title or one.url, "type": "link", "url": one.url} if one.kind in ("page", "listing") else {"text": one.title or one.url, "type": "rss", "xmlUrl": one.url}
        said |= {"htmlUrl": one.site} if one.site else {}
        said |= {"postetl:kind": one.kind} if one.kind else {}
        lines.append("    <outline " + " ".join(f"{key}={quoteattr(_IMPOSSIBLE.sub('', value))}" for key, value in said.items()) + "/>")
    return "\n".join([*lines, "  </body>", "</opml>", ""])


def _escaped(text: str) -> str:
    return _IMPOSSIBLE.sub("", text).replace("&", "&amp;").replace("<", "&lt;")


def _lines(text: str, name: str) -> tuple[list[Subscription], list[Skipped]]:
    """What stands behind an address on its line (a comment, the tags of newsboat's `urls` file) is not ours."""
    found: list[Subscription] = []
    skipped: list[Skipped] = []
    for number, line in enumerate(text.splitlines(), 1):
        address = line.split(maxsplit=1)[0] if line.strip() else "#"
        if re.match(r"https?:", address, re.IGNORECASE):
            found.append(Subscription(address, line=number))
        elif not address.startswith("#"):
            skipped.append((number, line.strip()[:200], "no http or https address"))
    if not found and skipped:
        raise Malformed(f"{name}:{skipped[0][0]}: neither OPML nor a list of addresses, one a line: {skipped[0][1][:80]!r}", reason=Reason.WRONG_KIND)
    return found, skipped


def _outlines(text: str, name: str) -> tuple[list[Subscription], list[Skipped]]:
    root = _tree(text, name)
    if not isinstance(root.tag, str) or etree.QName(root).localname.lower() != "opml":
        raise Malformed(f"{name}:{root.sourceline}: <{root.tag}> where <opml> should begin: not OPML", reason=Reason.WRONG_KIND)
    found: list[Subscription] = []
    skipped: list[Skipped] = []
    for outline in _flat(root):
        said = {str(key).lower(): str(value).strip() for key, value in outline.attrib.items()}
        title = " ".join((said.get("title") or said.get("text") or "").split()) or None
        line: int | None = getattr(outline, "sourceline", None)
        of_feed, link = said.get("xmlurl") or "", said.get("url", "") if said.get("type", "").lower() in ("link", "include", "rss", "") else ""
        if of_feed or link:
            page = not of_feed and said.get("type", "").lower() == "link"
            found.append(Subscription(of_feed or link, title, said.get("htmlurl") or None, said.get(_KIND) or ("page" if page else None), line))
        elif len(outline) == 0:
            skipped.append((line, title or "an outline without a name", "no xmlUrl, so no feed"))
        if len(found) + len(skipped) > MAX_OUTLINES:
            raise Malformed(f"{name}: more than {MAX_OUTLINES:,} outlines")
    return found, skipped


def _flat(root: etree._Element) -> Iterator[etree._Element]:
    for element in root.iter():
        if isinstance(element.tag, str) and etree.QName(element).localname.lower() == "outline":
            yield element


def _tree(text: str, name: str) -> etree._Element:
    if "<!ENTITY" in text:
        raise Malformed(f"{name}:{text[: text.index('<!ENTITY')].count(chr(10)) + 1}: a list that declares entities is not read")
    for given in (text, _mended(text)):
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True)
        try:
            # the line of the prolog stays, so that the numbers of lines do
            return etree.fromstring(_PROLOG.sub(lambda m: "\n" * m[0].count("\n"), given, count=1).encode("utf-8", "surrogatepass"), parser)
        except etree.XMLSyntaxError as error:
            line, said = error.position[0], str(error.msg)
        except ValueError as error:
            line, said = 1, str(error)
    raise Malformed(f"{name}:{line}: not well-formed XML: {said}")


def _mended(text: str) -> str:
    """Bare ampersands escaped, characters that XML forbids gone: all that is certain."""
    return _BARE.sub("&amp;", _IMPOSSIBLE.sub("", text.lstrip("\ufeff \t\r")))
