"""HTML without its deepest tags: what makes a tree of it takes the square of the depth otherwise, and a hundred thousand <div> hang it."""

import re
from itertools import islice

DEEPEST = 400  # open elements; deeper ones are taken as text of the last. Browsers stop at 512 (Blink), and the tree builder's
_MANY_TAGS, _SHORTEST_TAG = 6000, 3  # own search for open elements takes the square of the depth: pages with fewer tags need no count

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
    if len(html) < _SHORTEST_TAG * _MANY_TAGS:
        return html
    tags = [html.count("<", at, at + _STRETCH) for at in range(0, len(html), _STRETCH)]  # one way through the page tells how many, and where none is
    if sum(tags) > most:
        html = html[: next(islice(_OPENING.finditer(html), most, None)).start()]
    if 0 in tags and (long := _long_tags(html, tags)):
        html = _without_attributes(html, long)
    return html if sum(tags) < _MANY_TAGS else _without_the_deepest(html)


def _without_the_deepest(html: str) -> str:
    pieces: list[str] = []
    begun = 0
    opened: dict[str, int] = {}
    dropped: dict[str, int] = {}
    depth = at = 0
    while at >= 0:
        start, at = at, -1
        for found in _TAG.finditer(html, start):
            slash, name = found.groups()
            if name is None:
                at = html.find("-->", found.end())
                break
            if not name.islower() and (name := name.lower()) in _UNCOUNTED:
                continue
            if slash:
                if dropped and dropped.get(name):
                    dropped[name] -= 1
                else:
                    if opened.get(name):
                        opened[name] -= 1
                        depth -= 1
                    continue
            elif depth >= DEEPEST:
                dropped[name] = dropped.get(name, 0) + 1
            else:
                opened[name] = opened.get(name, 0) + 1
                depth += 1
                if name in _RAW:
                    closing = re.compile(f"</{name}", re.IGNORECASE).search(html, found.end())
                    at = closing.start() if closing else -1
                    break
                continue
            if end := html.find(">", found.end()) + 1:
                pieces.append(html[begun : found.start()])
                begun = at = end
            break
    return "".join((*pieces, html[begun:])) if pieces else html


def _long_tags(html: str, tags: list[int]) -> list[int]:
    """Where tags begin that go on through a stretch, by the number of tags in each."""
    before = 0  # tags in the stretch before
    long: list[int] = []
    for stretch, count in zip(range(_STRETCH, len(html), _STRETCH), tags, strict=False):
        if before and not count and html.find(">", at := html.rfind("<", 0, stretch - _STRETCH), stretch) < 0:
            long.append(at)
        before = count
    return long


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
