"""A box of a page as its units: the running text of each block element, in order, with what surrounds it."""

import re

from selectolax.lexbor import LexborNode

from postetl.extract.container import INLINE, NEVER, NOSCRIPT, is_comments, names
from postetl.extract.inline import squeezed
from postetl.extract.tagids import number, numbers

_NAME = re.compile(r"[A-Z]?[a-z]{2,}|[A-Z]{2,}")
_LETTERS = bytes(byte if byte in b"abcdefghijklmnopqrstuvwxyz" else 32 for byte in range(256))
_SINGLE = frozenset("abcdefghijklmnopqrstuvwxyz")  # letters are no words
_HIDDEN = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
_INLINE, _STRONG, _BR, _A, _MATH = numbers(INLINE), numbers(["b", "strong", "i", "em"]), number("br"), number("a"), number("math")
BOXES = {tag: place for place, tag in enumerate(["aside", "header", "footer", "form", "ul", "ol", "table", "figure", "blockquote", "dl", "details", "nav"])}
_PLAIN = numbers(["div", "p", "li", "td", "tr", "tbody", "section", "article", "h1", "h2", "h3", "h4", "figcaption", *BOXES])
_BLOCKS = {tag: (name, 1 << BOXES[name] if name in BOXES else 0) for tag, name in _PLAIN.items()}  # name and bit of a box, of most elements that are no NEVER
_MOST_NAMES = 4096
NOTHING: frozenset[str] = frozenset()
GOOD = 60  # characters from which a unit is a paragraph, when less than two fifths of it are links


class Element:
    """A block element. Counts are of its whole subtree: characters, those in links, those in paragraphs, and units."""

    __slots__ = ("around", "boxes", "chars", "good", "hidden", "inside", "kept", "link", "names", "node", "parent", "tag", "units")

    def __init__(self, node: LexborNode, tag: str, parent: "Element | None", around: frozenset[str], boxes: int, inside: bool, hidden: bool) -> None:
        self.node, self.tag, self.parent = node, tag, parent
        self.names = NOTHING  # words of its class, id and role
        self.around = around  # the same of it and all its ancestors in the box
        self.boxes = boxes  # BOXES of it and all its ancestors in the box, a bit each
        self.hidden, self.inside = hidden, inside  # inside of the post's own box
        self.chars = self.link = self.good = self.units = self.kept = 0


class Unit:
    """The text right in an element, up to the next block: its text nodes, and how many of its characters are links or emphasised."""

    __slots__ = ("chars", "element", "good", "kept", "link", "nodes", "number", "pieces", "styled", "text")

    def __init__(self, element: Element, number: int) -> None:
        self.element, self.number = element, number
        self.nodes: list[LexborNode] = []
        self.pieces: list[str] = []
        self.text = ""
        self.chars = self.link = self.styled = 0
        self.kept, self.good = True, False  # good: a paragraph


def words_of_name(name: str, known: dict[str, frozenset[str]], vocabulary: frozenset[str] | None = None) -> frozenset[str]:
    """`entry-content postBody` -> {entry, content, post, body}, or those of them that are in the vocabulary."""
    found = known.get(name)
    if found is None:
        words = name.encode().translate(_LETTERS).decode().split() if name == name.lower() else map(str.lower, _NAME.findall(name))  # the former takes half of the time
        found = frozenset(words) - _SINGLE if vocabulary is None else vocabulary.intersection(words)
        if len(known) >= _MOST_NAMES:
            known.clear()
        known[name] = found
    return found


def walk(root: LexborNode, box: LexborNode, known: dict[str, frozenset[str]], left_out: list[LexborNode], vocabulary: frozenset[str] | None = None) -> tuple[list[Element], list[Unit]]:
    """Elements in document order (the first is `root`) and units. Sections of comments are left out, and added to `left_out`.

    `known` remembers the words of names from page to page; of those not in the `vocabulary` nothing is kept.
    """
    inner = box.mem_id
    around_box = set()
    above: LexborNode | None = box
    while above is not None and above.mem_id != root.mem_id:
        around_box.add(above.mem_id)
        above = above.parent
    element = Element(root, root.tag or "", None, NOTHING, 0, root.mem_id == inner, False)
    elements = [element]
    units: list[Unit] = []
    unit: Unit | None = None
    owner: Element | None = None  # of the unit
    link = styled = False
    waiting: list[tuple[LexborNode, Element, bool, bool]] = []
    joined: dict[tuple[int, frozenset[str]], frozenset[str]] = {}  # names around an element (by id) and its own, together
    node = root.first_child
    while True:
        if node is None:
            if not waiting:
                break
            node, element, link, styled = waiting.pop()
        text = node.text_content  # None of what is no text
        if text is None:
            child = node.first_child
            if child is None:
                if owner is not None and unit is not None and node.tag_id == _BR:
                    unit.pieces.append("\n")
                node = node.next
                continue
            tag = node.tag_id
            if tag in _INLINE:
                if (after := node.next) is not None:
                    waiting.append((after, element, link, styled))
                link, styled = link or tag == _A, styled or tag in _STRONG
                node = child
                continue
            if (block := _BLOCKS.get(tag)) is not None:
                name, bit = block
            elif tag == _MATH:  # a formula is a word of its paragraph, whatever it is built of
                text = node.text()
            else:
                other, bit = node.tag, 0
                if other is None or (other in NEVER and (other != "noscript" or len(node.text()) < NOSCRIPT)):
                    node = node.next
                    continue
                name = other
        if text is not None:
            if text and not text.isspace():
                if owner is not element or unit is None:
                    owner = element
                    unit = Unit(element, len(units))
                    units.append(unit)
                unit.nodes.append(node)
                unit.pieces.append(text)
                if link:
                    unit.link += len(text)
                if styled:
                    unit.styled += len(text)
            node = node.next
            continue
        new = Element(node, name, element, element.around, element.boxes | bit, element.inside or node.mem_id == inner, element.hidden)
        if attributes := node.attributes:
            if called := (len(attributes) == 1 and attributes.get("class")) or names(attributes):
                own = known.get(called)
                if own is None:
                    comments = ("omment" in called or "disqus" in called) and is_comments(called)
                    if comments and node.mem_id not in around_box:
                        left_out.append(node)
                        node = node.next
                        continue
                    own = words_of_name(called, {} if comments else known, vocabulary)  # what is known is no comments' name
                new.names = own
                if own and not own <= (around := element.around):
                    key = (id(around), own)
                    new.around = joined.get(key) or joined.setdefault(key, around | own)
            if not new.hidden:
                new.hidden = "hidden" in attributes or bool((style := attributes.get("style")) and _HIDDEN.search(style))
        elements.append(new)
        if (after := node.next) is not None:
            waiting.append((after, element, link, styled))
        element, styled, owner, node = new, False, None, child
    _count(elements, units)
    return elements, units


def _count(elements: list[Element], units: list[Unit]) -> None:
    for unit in units:
        pieces = unit.pieces
        text = (pieces[0] if len(pieces) == 1 else "".join(pieces)).strip()
        if len(text) <= 64:
            odd = "  " in text or not text.isprintable()  # no white space is, but for the space
        elif (text := squeezed(text)).isascii():
            odd = "\x0b" in text or "\x1c" in text or "\x1d" in text or "\x1e" in text or "\x1f" in text
        else:
            odd = not text.isprintable()
        unit.text = text = " ".join(text.split()) if odd else text
        unit.chars = size = len(text)
        if unit.link > size:  # noqa: PLR1730  a call costs more, and a unit is seldom squeezed
            unit.link = size
        if unit.styled > size:  # noqa: PLR1730
            unit.styled = size
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
