"""HTML without its deepest tags: what makes a tree of it takes the square of the depth otherwise, and a hundred thousand <div> hang it."""

import re
from collections import Counter
from itertools import islice

DEEPEST = 400  # open elements; deeper ones are taken as text of the last. Browsers stop at 512 (Blink), and the tree builder's
_MANY_TAGS = 6000  # own search for open elements takes the square of the depth: pages with fewer tags need no count

MOST_TAGS = 120_000
LONGEST_TAG = 25_000  # characters: the tree builder looks each attribute up among those before it
_STRETCH = LONGEST_TAG // 2
_LONG = re.compile(rf"<([A-Za-z][^\s<>/]{{0,100}})[^<>]{{{LONGEST_TAG},}}>")
_OPENING = re.compile("<")
_SHORTEST_TAG = 3  # characters
_TAG = re.compile(r"<!--|<(/?)([A-Za-z][^\s/>]*)")
_RAW = frozenset(["script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes", "noscript"])
_UNCOUNTED = frozenset(
    ["p", "li", "dt", "dd", "option", "optgroup", "tr", "td", "th", "thead", "tbody", "tfoot", "colgroup", "rt", "rp", "html", "head", "body",
     "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr", "frame", "keygen"]
)  # fmt: skip

# The next tag that changes the depth for long, as a group. What opens and closes with no tag between, and raw text, goes by as a whole.
_NEXT = re.compile(
    r"<(?:!--.*?-->|([A-Za-z][^\s/<>]*+)(?=[\s>])[^<]*+</\1>|(?i:(script|style|noscript|textarea)(?=[\s>]).*?</\2)|(/?[A-Za-z][^\s/>]*+))", re.DOTALL
)


def cut(html: str, most: int = MOST_TAGS) -> str:
    """A page up to so many tags: many times what the longest articles have, and two seconds' work."""
    if len(html) <= _SHORTEST_TAG * most or html.count("<") <= most:
        return html
    return html[: next(islice(_OPENING.finditer(html), most, None)).start()]


def shallow(html: str) -> str:
    """The same without the tags of elements deeper than DEEPEST, so that building the tree takes linear time.

    Tags of more than LONGEST_TAG characters go without their attributes.
    """
    if long := {html.rfind("<", 0, at) for at in range(0, len(html) - _STRETCH, _STRETCH) if _within_a_tag(html, at)}:
        html = _without_attributes(html, sorted(long))
    if len(html) < _SHORTEST_TAG * _MANY_TAGS or html.count("<") < _MANY_TAGS or not _is_deep(html):
        return html
    pieces: list[str] = []
    begun = 0
    opened: Counter[str] = Counter()
    dropped: Counter[str] = Counter()
    depth = 0
    tags = _TAG.finditer(html)
    while found := next(tags, None):
        slash, name = found.groups()
        if name is None:
            at = html.find("-->", found.end())
            if at < 0:
                break
            tags = _TAG.finditer(html, at)
            continue
        if name in _UNCOUNTED or (name := name.lower()) in _UNCOUNTED:
            continue
        drop = False
        if slash:
            if dropped and dropped[name]:
                dropped[name] -= 1
                drop = True
            elif opened[name]:
                opened[name] -= 1
                depth -= 1
        elif depth >= DEEPEST:
            dropped[name] += 1
            drop = True
        else:
            opened[name] += 1
            depth += 1
            if name in _RAW:
                closing = re.compile(f"</{name}", re.IGNORECASE).search(html, found.end())
                if not closing:
                    break
                tags = _TAG.finditer(html, closing.start())
        if drop:
            end = html.find(">", found.end())
            if end < 0:
                break
            pieces.append(html[begun : found.start()])
            begun = end + 1
            tags = _TAG.finditer(html, begun)
    return "".join((*pieces, html[begun:])) if pieces else html


def _is_deep(html: str) -> bool:
    """Whether an element may be deeper than DEEPEST."""
    steps: dict[str | None, tuple[str, int]] = {None: ("", 0)}  # what a tag opens or closes, as it is written
    opened: dict[str, int] = {}
    depth = 0
    for found in _NEXT.finditer(html):
        tag = found[3]
        if tag not in steps:
            name = tag.lstrip("/").lower()
            if name in _RAW:  # without an end, or within other raw text
                return True
            steps[tag] = name, 0 if name in _UNCOUNTED else -1 if tag[0] == "/" else 1
            opened.setdefault(name, 0)
        name, step = steps[tag]
        if step > 0:
            opened[name] += 1
            depth += 1
            if depth >= DEEPEST:
                return True
        elif step and opened[name]:
            opened[name] -= 1
            depth -= 1
    return False


def _without_attributes(html: str, long: list[int]) -> str:
    """The same with the bare names of the long tags among those that begin there."""
    pieces: list[str] = []
    begun = 0
    for at in long:
        end = html.find(">", at)
        if end - at > LONGEST_TAG + 1 and html.find("<", at + 1, end) < 0 and (found := _LONG.match(html, at)):
            pieces += (html[begun:at], f"<{found[1]}>")
            begun = found.end()
    return "".join((*pieces, html[begun:]))


def _within_a_tag(html: str, at: int) -> bool:
    """Whether a tag goes on from there for half of LONGEST_TAG."""
    if html.find("<", at, at + _STRETCH) >= 0 or html.find(">", at, at + _STRETCH) >= 0:
        return False
    return html.rfind("<", 0, at) > html.rfind(">", 0, at)
