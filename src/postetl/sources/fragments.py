"""HTML in a feed as its readers hand it on: addresses absolute, and the few things written in one way that feeds write in several.

Those are feedparser's ways: `<br/>` as `<br />`, `<i/>` as `<i></i>` (HTML takes it for an open one), SVG and MathML with their namespaces and
sorted attributes. All else stays as it is: each look through a body costs a thirtieth of reading it.
"""

import re
from collections.abc import Callable

from postetl.sources import links

VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"})
_SPACES = {"svg": "http://www.w3.org/2000/svg", "math": "http://www.w3.org/1998/Math/MathML"}
_XLINK = "http://www.w3.org/1999/xlink"
# A tag without attributes that closes itself, but for `<br />` and `<hr />`: found from its end, because there are few
_MAYBE = re.compile(r"/>(?:(?<=\w/>)|(?<=\w\s/>)(?<!<[bh]r />))")
_SHORT = re.compile(r"<([A-Za-z][\w.:-]*+)\s*+/>")
_OPENING = re.compile(r"<(svg|math)(?=[\s>])")
_TAG = re.compile(r"""<([A-Za-z][\w.:-]*+)((?:[^<>"']++|"[^"]*+"|'[^']*+')*+)>(?=(</)?)""")
_XML_TAG = re.compile(r"<([A-Za-z][\w.:-]*+)([^<>]*+)>(?=(</)?)")
_XML_PAIR = re.compile(r""" ([^ ="]++)="([^"]*+)\"""")
_PLAIN = re.compile(r"""(?: (?!xlink:)[A-Za-z][A-Za-z0-9:._-]*+="[^"]*+")*+""")
_PAIR = re.compile(r""" ([A-Za-z][A-Za-z0-9:._-]*+)="([^"]*+)\"""")
_ATTRIBUTE = re.compile(r"""([^\s=<>"'/]++)(?:\s*+=\s*+("[^"]*"|'[^']*'|[^\s"'>]++))?""")


def settled(fragment: str, base: str) -> str:
    """The fragment so written. `base` as in `links.absolute`."""
    if "<" not in fragment:
        return fragment
    if _MAYBE.search(fragment):
        fragment = _closed(fragment)
    if _OPENING.search(fragment):
        fragment = _foreign(fragment, _TAG, _sorted)
    return links.absolute(fragment, base)


def settled_xml(fragment: str, base: str) -> str:
    """`settled` for what an XML serialiser wrote, but for its short tags: each attribute once, in one form, without a `<` or `>`."""
    if _OPENING.search(fragment):
        fragment = _foreign(fragment, _XML_TAG, _xml_sorted)
    return links.absolute(fragment, base)


def _closed(fragment: str) -> str:
    pieces: list[str] = []
    at = 0
    for hit in _MAYBE.finditer(fragment):
        start = fragment.rfind("<", at, hit.start())
        tag = _SHORT.match(fragment, start) if start >= 0 else None
        if tag is not None and tag.end() == hit.end():
            name = tag[1]
            pieces += (fragment[at:start], f"<{name} />" if name.lower() in VOID else f"<{name}></{name}>")
            at = hit.end()
    return "".join(pieces) + fragment[at:]


def _foreign(fragment: str, tag: re.Pattern[str], in_order: Callable[[re.Match[str]], str]) -> str:
    pieces: list[str] = []
    at = 0
    while opening := _OPENING.search(fragment, at):
        closing = f"</{opening[1]}>"
        end = fragment.find(closing, opening.end())
        end = len(fragment) if end == -1 else end + len(closing)
        pieces += (fragment[at : opening.start()], tag.sub(in_order, fragment[opening.start() : end]))
        at = end
    return "".join((*pieces, fragment[at:]))


def _xml_sorted(found: re.Match[str]) -> str:
    name, written = found.group(1, 2)
    if name in VOID or (name in _SPACES and ' xmlns="' not in written) or "xlink:" in written:
        return _sorted(found)
    if not written:
        return found[0]
    said = _XML_PAIR.findall(written)
    ordered = sorted(said)
    return found[0] if ordered == said else f"<{name}" + "".join([f' {key}="{value}"' for key, value in ordered]) + ">"


def _sorted(found: re.Match[str]) -> str:
    name, written = found.group(1, 2)
    if _PLAIN.fullmatch(written) and name not in VOID and "<" not in written and ">" not in written:  # as most are
        pairs = _PAIR.findall(written)
        plain = dict(pairs)
        if len(plain) == len(pairs):
            if name in _SPACES and "xmlns" not in plain:
                pairs = [*pairs, ("xmlns", _SPACES[name])]
            return f"<{name}" + "".join([f' {key}="{value}"' for key, value in sorted(pairs)]) + ">"
    said: dict[str, str] = {}
    for attribute in _ATTRIBUTE.finditer(written):
        value = attribute[2] or ""
        said.setdefault(attribute[1], value[1:-1] if value[:1] in ('"', "'") else value)
    if name in _SPACES:
        said.setdefault("xmlns", _SPACES[name])
    if "xlink:" in written and any(key.startswith("xlink:") for key in said):
        said.setdefault("xmlns:xlink", _XLINK)
    shown = "".join([f' {key}="{_quoted(said[key])}"' for key in sorted(said)])
    if name in VOID:
        return f"<{name}{shown} />"
    # the end of what it is in ends it, too (HTML 13.2.6.5), and feedparser writes no other
    return f"<{name}{shown}>" + (f"</{name}>" if written.endswith("/") and not found[3] else "")


def _quoted(value: str) -> str:
    return value.replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")
