"""HTML to CommonMark without link targets: structure kept, markup that carries no text dropped, links beside the text.

    found = render("<p>See <a href='/a'>this</a>", base_url="https://a.example/")
    found.text, found.links  # "See this", (Link("https://a.example/a", "this", 4, 8),)

Parsed as browsers do (lexbor, WHATWG HTML); walked without recursion. Choices: a single <br> is a line end, two are a new paragraph;
images and embedded pages stand beside the text, at the end of the block they are in; an image that stands for a character or a formula
is its alternative text; <dt> and <dd> are lines, the latter behind ": "; tables without a header row get an empty one.
"""

import re
from collections.abc import Sequence

from selectolax.lexbor import LexborHTMLParser, LexborNode

from postetl.extract.code import BOXES, IN_BOXES, NUMBERED, numbers
from postetl.extract.formulas import TYPESET, doubled
from postetl.extract.marking import Walk
from postetl.extract.rendered import Rendered
from postetl.extract.shallow import MOST_TAGS, shallow

__all__ = ["Rendered", "render", "render_node"]

_NAMED = ("screen-reader", "sr-only", "visually-hidden", *NUMBERED, *TYPESET)
_NONE: frozenset[int] = frozenset()
_BETWEEN = "\0"  # in no attribute: the parser makes it U+FFFD
_UNSEEN = re.compile(r"(?:^|\s)(?:screen-reader-text|sr-only|visually-hidden)(?:\s|$)")
_HIDES = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)\b", re.IGNORECASE)


def render(html: str, *, base_url: str | None = None) -> Rendered:
    """A document or fragment as CommonMark.

    Links are absolute http, https or mailto addresses (relative ones by `base_url`); any other leaves its words only. Images and
    embedded pages (iframe, video) are absolute http and https addresses. Deterministic; linear in the input's length. Raises nothing
    of its own.
    """
    # everything into the body: in a head, the parser would end at the first words of a <noscript>
    tree = LexborHTMLParser("<body>" + shallow(html.replace("\x00", ""), 4 * MOST_TAGS))
    if tree.root is None:
        return Rendered()
    return render_node(tree.root, base_url=base_url)


def render_node(node: LexborNode, *, base_url: str | None = None) -> Rendered:
    """The same for an element of a page that is parsed already; takes out of it what does not show."""
    marked, boxes = _marked(node)
    for element in marked:
        if element.mem_id != node.mem_id and _does_not_show(element):
            element.decompose()
    walk = Walk(base_url, frozenset(box.mem_id for box in node.css(BOXES)) if boxes else _NONE)
    walk.tree(node)
    return walk.result()


def _marked(node: LexborNode) -> tuple[list[LexborNode], bool]:
    """Elements that may not show, the inner ones first (the outer ones take them along), and whether there may be boxes of code.

    One look at every element costs less than selectors for what is sought.
    """
    found: dict[int, LexborNode] = {}
    named: list[tuple[int, LexborNode]] = []
    classes: list[str] = []
    boxes = False
    for number, element in enumerate(node.traverse()):
        if attributes := element.attributes:
            if name := attributes.get("class"):
                named.append((number, element))
                classes.append(name)
            if "hidden" in attributes or ((style := attributes.get("style")) and ("none" in style or "hidden" in style)):
                found[number] = element
            elif attributes.get("name") == "code":
                boxes = True
    said = _BETWEEN.join(classes)
    found |= [named[place] for place in _having(said, _NAMED)]
    if "MathJax" in said:
        found |= {number: element for number, element in enumerate(node.traverse()) if element.tag == "mjx-math"}
    return [found[number] for number in sorted(found, reverse=True)], boxes or any(map(said.__contains__, IN_BOXES))


def _having(classes: str, words: Sequence[str]) -> set[int]:
    """The numbers of those classes that have one of the words anywhere."""
    found: set[int] = set()
    for word in words:
        number = last = 0
        at = classes.find(word)
        while at >= 0:
            number += classes.count(_BETWEEN, last, at)
            found.add(number)
            last = at
            end = classes.find(_BETWEEN, at)
            at = classes.find(word, end) if end >= 0 else -1
    return found


def _does_not_show(node: LexborNode) -> bool:
    attributes = node.attributes
    names = attributes.get("class") or ""
    return bool(
        "hidden" in attributes
        or _HIDES.search(attributes.get("style") or "")
        or _UNSEEN.search(names)
        or numbers(node, names)
        or ((node.tag == "mjx-math" or "MathJax" in names or "katex-html" in names) and doubled(node, names))
    )
