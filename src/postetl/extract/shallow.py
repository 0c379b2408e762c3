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
_RAW = frozenset(["script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes", "noscript"])
_UNCOUNTED = frozenset(
    ["p", "li", "dt", "dd", "option", "optgroup", "tr", "td", "th", "thead", "tbody", "tfoot", "colgroup", "rt", "rp", "html", "head", "body",
     "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr", "frame", "keygen"]
)  # fmt: skip
_TAG = re.compile(rf"<!--|<(/?)(?!(?:{'|'.join(sorted(_UNCOUNTED))})[\s/>])([A-Za-z][^\s/>]*)")


def shallow(html: str, most: int = MOST_TAGS) -> str:
    """A page without the tags of elements deeper than DEEPEST, so that building the tree takes linear time.

    It ends before the tag number `most`: many times what the longest articles have, and two seconds' work.
    Tags of more than LONGEST_TAG characters go without their attributes.
    """
    if len(html) < _MANY_TAGS:
        return html
    tags = [html.count("<", at, at + _STRETCH) for at in range(0, len(html), _STRETCH)]  # one way through the page tells how many, and where none is
    if sum(tags) > most:
        html = html[: next(islice(_OPENING.finditer(html), most, None)).start()]
    if 0 in tags and (long := {html.rfind("<", 0, at) for at in range(0, len(html) - _STRETCH, _STRETCH) if not tags[at // _STRETCH] and _within_a_tag(html, at)}):
        html = _without_attributes(html, sorted(long))
    return html if sum(tags) < _MANY_TAGS else _without_the_deepest(html)


def _without_the_deepest(html: str) -> str:
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
    """Whether a tag goes on from there for half of LONGEST_TAG, in which none begins."""
    return html.find(">", at, at + _STRETCH) < 0 and html.rfind("<", 0, at) > html.rfind(">", 0, at)
