"""XML of the wild as text: find the feed in it, refuse attacks, mend what stops an XML parser. No parsing here.

Everything is linear in the length of the text: an unfinished comment or tag must not make a scan start again.
"""

import re
from collections import Counter
from html.entities import html5

from postetl.errors import Malformed
from postetl.sources.constructs import MAX_ATTRIBUTES

MAX_DEPTH = 2_000  # open elements; a feed with deep XHTML has 100
MAX_EXPANSION = 1_000_000  # characters that a document's own entities may add to it

PREFIXES = {
    "atom": "http://www.w3.org/2005/Atom", "content": "http://purl.org/rss/1.0/modules/content/", "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/", "fh": "http://purl.org/syndication/history/1.0", "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/", "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#", "sy": "http://purl.org/rss/1.0/modules/syndication/",
    "xhtml": "http://www.w3.org/1999/xhtml", "xlink": "http://www.w3.org/1999/xlink",
}  # fmt: skip
ROOTS = frozenset({"rss", "feed", "rdf", "channel", "entry"})
_SKIP = re.compile(r"\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<((?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*))(?=[\s/>])")
_FEED_TAG = re.compile(  # for a feed that stands behind something else: it must say more than its name
    r"<(?:[A-Za-z_][\w.-]*:)?(?:rss\s[^<>]*version|feed\s[^<>]*(?:xmlns|version)|rdf\s[^<>]*xmlns)[^<>]*>", re.IGNORECASE)
_OPENING = re.compile(r"<!--|<!\[CDATA\[|<\?")
_CLOSING = {"<!--": "-->", "<![CDATA[": "]]>", "<?": "?>"}
_ENTRY = re.compile(r"<(?:[A-Za-z_][\w.-]*:)?(?:item|entry)[\s/>]", re.IGNORECASE)
_ELEMENT = re.compile(r"""<(/?)([A-Za-z_][^\s<>"'/=]*+)((?:[^<>"']|"[^"<]*"|'[^'<]*')*+)(>?)""")
_ATTRIBUTE = re.compile(r"""=\s*(?:"[^"]*"|'[^']*'|[^\s"'>]+)""")
_VOID = frozenset({"br", "hr", "img", "input", "meta", "wbr", "area", "base", "col", "embed", "param", "p", "li"})
_ENTITY = re.compile(r"""<!ENTITY\s+([\w.:-]+)\s+(?:"([^"]*)"|'([^']*)')\s*>""")
_REFERENCE = re.compile(r"&(#(?:[0-9]{1,10}|[xX][0-9a-fA-F]{1,8});|[A-Za-z][\w.-]{0,40};)?")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_ROOT = re.compile(rb"<([^\s/>]+)")
_PREDEFINED = frozenset({"lt", "gt", "amp", "quot", "apos"})

_BEGINS = re.compile(  # the plain case of the above, in any encoding that writes ASCII as ASCII
    rb"""(?:\xef\xbb\xbf)?\s*+(?:<\?xml[^>]{0,60}?\sencoding=["'](utf-8)["'][^>]*+>)?+(?>\s+|<\?[^>]*>|<!--(?>[^-]+|-(?!->))*-->|<!DOCTYPE[^\[>]*>)*+(?=<(?:rss|feed)[\s>]|(<rdf:RDF\s))""", re.IGNORECASE)
_RSS_IN_RDF = (b"purl.org/rss/1", b"netscape.com/rdf/simple/")


def begins_as_feed(body: bytes) -> tuple[int, bool] | None:
    """(where the root element begins, whether UTF-8 is declared before it), when it is plain to see; None is no answer."""
    found = _BEGINS.match(body, 0, 4096)
    if found is None:
        return None
    at = found.end()
    if found[2] is not None:  # RDF describes anything
        root = body[at : at + 2048].partition(b">")[0].lower()
        if not any(space in root for space in _RSS_IN_RDF):
            return None
    return at, found[1] is not None


def feed_root(text: str) -> int | None:
    """Where the feed's root element begins, or None when this is none.

    What stands before it (warnings of a broken PHP, blank lines, a doctype) is passed over; an HTML page is no feed, whatever it quotes.
    """
    at = 0
    while found := _SKIP.match(text, at):
        at = found.end()
    first = _TAG.match(text, at)
    if first and first[2].lower() in ROOTS:
        return at if _is_feed(text, at, first[2].lower()) else None
    head = text[: 64 * 1024]
    behind = _FEED_TAG.search(head, at)
    if behind is None or (first and first[2].lower() in ("urlset", "sitemapindex", "opml")):
        return None
    if re.search(r"<!DOCTYPE\s+html|<(?:html|head|body|script)[\s>]", head[: behind.start()], re.IGNORECASE):
        wrapped = re.fullmatch(r"(?:\s|</?(?:html|head|body|div)[^<>]*>)*", text[at: behind.start()], re.IGNORECASE)
        return behind.start() if wrapped else None  # a page may quote a feed; some feeds are sent inside an empty page
    return behind.start()


def _is_feed(text: str, at: int, name: str) -> bool:
    if name == "rdf":  # RDF describes anything; only with RSS's vocabulary is it a feed (1.0, 0.9, 1.1)
        head = text[at: at + 16384].lower()
        return any(space in head for space in ("purl.org/rss/1", "my.netscape.com/rdf/simple/0.9", "channel.netscape.com/rdf/simple", "purl.org/net/rss1.1", "<item", "<channel"))
    if name == "entry":
        return "w3.org/2005/atom" in text[at: at + 4096].lower()
    return True


def bare(text: str) -> str:
    """The text without CDATA sections, comments and processing instructions: only markup and its characters."""
    kept: list[str] = []
    endless: set[str] = set()
    at, scan = 0, _OPENING.search(text)
    while scan:
        start, opening = scan.start(), scan[0]
        end = -1 if opening in endless else text.find(_CLOSING[opening], scan.end())
        if end == -1:
            if opening == "<![CDATA[":  # the document was cut off inside it
                return "".join(kept) + text[at:start]
            endless.add(opening)
            scan = _OPENING.search(text, scan.end())
            continue
        kept.append(text[at:start])
        at = end + len(_CLOSING[opening])
        scan = _OPENING.search(text, at)
    return "".join(kept) + text[at:]


def count_entries(bare_text: str) -> int:
    """How many items or entries the markup begins; compared with what a parser found, it shows a silent loss."""
    return sum(1 for _ in _ENTRY.finditer(bare_text))


def unfinished(bare_text: str) -> bool:
    """Whether the root element is never closed: the document was cut off."""
    root = _TAG.search(bare_text)
    return root is not None and re.search(rf"</{re.escape(root[1])}\s*>|<{re.escape(root[1])}[^<>]*/>", bare_text, re.IGNORECASE) is None


def guard(bare_text: str, url: str) -> None:
    """Malformed for what would keep a parser busy for minutes: huge start tags and bottomless nesting."""
    stack: list[str] = []
    inside: Counter[str] = Counter()
    for found in _ELEMENT.finditer(bare_text):
        # a tag may be long (data: URIs are), but not of many parts
        if len(found[3]) > 4 * MAX_ATTRIBUTES and (many := sum(1 for _ in _ATTRIBUTE.finditer(found[3]))) > MAX_ATTRIBUTES:
            raise Malformed(f"a start tag with {many:,} attributes", url=url)
        name = found[2].lower()
        if found[1]:
            while inside[name]:
                inside[last := stack.pop()] -= 1
                if last == name:
                    break
        elif not found[3].endswith("/") and name not in _VOID:
            stack.append(name)
            inside[name] += 1
            if len(stack) > MAX_DEPTH:
                raise Malformed(f"elements nested more than {MAX_DEPTH:,} deep", url=url)


def mend(text: str, root: int, url: str) -> bytes:
    """The document from its root on, as XML that needs no DTD: own and HTML entities resolved, impossible characters gone.

    A bare `&` becomes `&amp;`. CDATA sections keep their text. Raises Malformed for an entity bomb.
    """
    own = _own_entities(text[:root], url)
    room = MAX_EXPANSION

    def resolve(found: re.Match[str]) -> str:
        nonlocal room
        name = found[1]
        if name is None:
            return "&amp;"
        if name.startswith("#"):
            code = int(name[2:-1], 16) if name[1] in "xX" else int(name[1:-1])
            return found[0] if code in (9, 10, 13) or 32 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code < 0x110000 else ""
        if name[:-1] in _PREDEFINED:
            return found[0]
        if name[:-1] in own:
            value = own[name[:-1]]
            room -= len(value)
            if room < 0:
                raise Malformed("its entities expand without end", url=url)
            return value
        known = html5.get(name)
        return "&amp;" + name if known is None else known.replace("&", "&amp;").replace("<", "&lt;")

    # the prolog goes: its encoding has been used, its DTD has been read
    body = _CONTROL.sub(_gone, text[root:])
    pieces, at = [], 0
    while (start := body.find("<![CDATA[", at)) != -1:
        pieces.append(_REFERENCE.sub(resolve, body[at:start]))
        end = body.find("]]>", start)
        at = len(body) if end == -1 else end + 3
        pieces.append(body[start:at])
    pieces.append(_REFERENCE.sub(resolve, body[at:]))
    return without_tail("".join(pieces).encode("utf-8", "surrogatepass"))


def declare(document: bytes, prefix: str) -> bytes:
    """The document, its root first, with a namespace for the prefix: the one that everyone calls so. feedparser goes by the prefix, too."""
    root = _ROOT.match(document)
    at = root.end() if root else 0
    return document[:at] + f' xmlns:{prefix}="{PREFIXES.get(prefix.lower(), "urn:prefix:" + prefix)}"'.encode() + document[at:]


def without_tail(document: bytes) -> bytes:
    """Without what a cache or a counter appends behind the root element, unless there are entries in it."""
    root = _ROOT.match(document)
    end = document.rfind(b"</" + root[1] + b">") if root else -1
    if root is None or end == -1:
        return document
    end += len(root[1]) + 3
    return document if _ENTRY.search(document[end:].decode("utf-8", "replace")) else document[:end]


def _gone(found: re.Match[str]) -> str:
    return " " if found[0] in "\x0b\x0c\x1c\x1d\x1e\x1f" else ""  # those that Unicode takes for white space keep words apart


def _own_entities(prolog: str, url: str) -> dict[str, str]:
    """The internal entities of the DTD, expanded in full. External ones are left unread, and so unresolved."""
    raw = {m[1]: re.sub(r"&#(?:(\d{1,7})|[xX]([0-9a-fA-F]{1,6}));", _char, m[2] if m[2] is not None else m[3]) for m in _ENTITY.finditer(prolog)}
    done: dict[str, str] = {}

    def expand(name: str, depth: int) -> str:
        if depth > 16:
            raise Malformed("its entities refer to each other without end", url=url)
        if name not in done:
            value = re.sub(r"&([\w.:-]+);", lambda m: expand(m[1], depth + 1) if m[1] in raw and m[1] not in _PREDEFINED else m[0], raw[name])
            if len(value) > MAX_EXPANSION // 10:
                raise Malformed("its entities expand without end", url=url)
            done[name] = value
        return done[name]

    for name in raw:
        expand(name, 0)
    return done


def _char(found: re.Match[str]) -> str:
    code = int(found[1]) if found[1] else int(found[2], 16)
    return chr(code) if 32 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code < 0x110000 else " "
