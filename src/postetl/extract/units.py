"""A box of a page as its units: the running text of each block element, in order, with what surrounds it."""

import re
from dataclasses import dataclass, field

from selectolax.lexbor import LexborNode

from postetl.extract.container import INLINE, NEVER, NOSCRIPT, is_comments, names

_NAME = re.compile(r"[A-Z]?[a-z]{2,}|[A-Z]{2,}")
_HIDDEN = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
_STRONG = frozenset(["b", "strong", "i", "em"])
_MOST_NAMES = 4096
NOTHING: frozenset[str] = frozenset()
BOXES = {tag: place for place, tag in enumerate(["aside", "header", "footer", "form", "ul", "ol", "table", "figure", "blockquote", "dl", "details", "nav"])}
GOOD = 60  # characters from which a unit is a paragraph, when less than two fifths of it are links


@dataclass(slots=True, eq=False)
class Element:
    """A block element. Counts are of its whole subtree: characters, those in links, those in paragraphs, and units."""

    node: LexborNode
    tag: str
    parent: "Element | None"
    names: frozenset[str] = NOTHING  # words of its class, id and role
    around: frozenset[str] = NOTHING  # the same of it and all its ancestors in the box
    boxes: int = 0  # BOXES of it and all its ancestors in the box, a bit each
    hidden: bool = False
    inside: bool = False  # of the post's own box
    chars: int = 0
    link: int = 0
    good: int = 0
    units: int = 0
    kept: int = 0


@dataclass(slots=True, eq=False)
class Unit:
    """The text right in an element, up to the next block: its text nodes, and how many of its characters are links or emphasised."""

    element: Element
    number: int
    nodes: list[LexborNode] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    text: str = ""
    chars: int = 0
    link: int = 0
    styled: int = 0
    kept: bool = True
    good: bool = False  # a paragraph


def words_of_name(name: str, known: dict[str, frozenset[str]]) -> frozenset[str]:
    """`entry-content postBody` -> {entry, content, post, body}."""
    found = known.get(name)
    if found is None:
        found = frozenset(map(str.lower, _NAME.findall(name)))
        if len(known) < _MOST_NAMES:
            known[name] = found
    return found


def walk(root: LexborNode, box: LexborNode, known: dict[str, frozenset[str]], left_out: list[LexborNode]) -> tuple[list[Element], list[Unit]]:
    """Elements in document order (the first is `root`) and units. Sections of comments are left out, and added to `left_out`.

    `known` remembers the words of names from page to page.
    """
    inner = box.mem_id
    around_box = set()
    above: LexborNode | None = box
    while above is not None and above.mem_id != root.mem_id:
        around_box.add(above.mem_id)
        above = above.parent
    top = Element(root, root.tag or "", None, inside=root.mem_id == inner)
    elements = [top]
    units: list[Unit] = []
    unit: Unit | None = None
    element, link, styled = top, False, False
    waiting: list[tuple[LexborNode | None, Element, bool, bool]] = []
    node = root.child
    while True:
        if node is None:
            if not waiting:
                break
            node, element, link, styled = waiting.pop()
            continue
        tag = node.tag
        if tag == "-text":
            text = node.text_content
            if text and not text.isspace():
                size = len(text)
                if unit is None or unit.element is not element:
                    unit = Unit(element, len(units))
                    units.append(unit)
                unit.nodes.append(node)
                unit.pieces.append(text)
                if link:
                    unit.link += size
                if styled:
                    unit.styled += size
            node = node.next
            continue
        child = node.child
        if tag is None or child is None:
            if tag == "br" and unit is not None and unit.pieces:
                unit.pieces.append("\n")
            node = node.next
            continue
        if tag in INLINE:
            waiting.append((node.next, element, link, styled))
            link, styled = link or tag == "a", styled or tag in _STRONG
            node = child
            continue
        if tag in NEVER and (tag != "noscript" or len(node.text()) < NOSCRIPT):
            node = node.next
            continue
        inside = element.inside or node.mem_id == inner
        new = Element(node, tag, element, NOTHING, element.around, element.boxes, inside=inside)
        if tag in BOXES:
            new.boxes |= 1 << BOXES[tag]
        if attributes := node.attributes:
            if name := names(attributes):
                new.names = words_of_name(name, known)
                if ("omment" in name or "disqus" in name) and is_comments(name) and node.mem_id not in around_box:
                    left_out.append(node)
                    node = node.next
                    continue
                if not new.names <= new.around:
                    new.around = new.around | new.names
            style = attributes.get("style")
            new.hidden = element.hidden or "hidden" in attributes or bool(style and _HIDDEN.search(style))
        else:
            new.hidden = element.hidden
        elements.append(new)
        waiting.append((node.next, element, link, styled))
        element, styled, unit, node = new, False, None, child
    _count(elements, units)
    return elements, units


def _count(elements: list[Element], units: list[Unit]) -> None:
    for unit in units:
        pieces = unit.pieces
        unit.text = " ".join((pieces[0] if len(pieces) == 1 else "".join(pieces)).split())
        size = len(unit.text)
        unit.chars, unit.link, unit.styled = size, min(unit.link, size), min(unit.styled, size)
        element = unit.element
        element.chars += size
        element.link += unit.link
        element.units += 1
        if size >= GOOD and unit.link * 5 < size * 2:
            unit.good = True
            element.good += size - unit.link
    for element in reversed(elements):
        parent = element.parent
        if parent is not None and element.units:
            parent.chars += element.chars
            parent.link += element.link
            parent.good += element.good
            parent.units += element.units
