"""Where a page's post stands: the one chain of elements that holds most of its paragraphs, and the link of it that is the post's own box.

Every box that holds more than half of the page's running text lies on one path from <body> down, so no selector has to be tried on the
whole page: the path is walked once and its names are read.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from selectolax.lexbor import LexborNode

from postetl.extract.tagids import TEXT, number

# Names of boxes that hold a post's body and nothing else, as WordPress, Blogger, Ghost, Substack, Medium, Webflow, Drupal, TYPO3, the
# common Hugo and Jekyll themes, schema.org's articleBody and newspapers' own systems have them; in lower case, which is three times as fast.
_BODY = re.compile(
    r"articlebody|(?:article|post|entry|story|blog|news|page|single|body|main|text)[-_]{0,2}(?:content|body|text|copy|inner-content)|richtext|rich[-_]text"
    r"|\bprose\b|markdown|gh-content|available-content|e-content|wysiwyg|postcontent|storybody|blogpost|post-?text|body-copy|artikel"
)
_POST = re.compile(r"\b(?:content|main|post|article|entry|hentry|story|blog)\b")
_OFF = re.compile(
    r"comment(?!ary)|disqus|r(?<=\br)espond\b|kommentar|related|recommend|sidebar|side-bar|f(?<=\bf)ooter|cookie|consent|newsletter|outbrain|taboola|nocontent|modal|popup"
)  # of names in lower case: each begins with a letter, so that only places of such letters are looked at
_COMMENTS = re.compile(
    r"(?:^|[\s_-])(?:comments?|comment-?list|comments?-?(?:area|section|wrapper|container|content|body|text)|disqus\w*|kommentare?)(?:$|[\s_-])|^comment|\scomment",
    re.IGNORECASE,
)
INLINE = frozenset(
    ["a", "abbr", "acronym", "b", "bdi", "bdo", "big", "br", "cite", "code", "data", "del", "dfn", "em", "font", "i", "img", "ins", "kbd", "label", "mark", "meter",
     "output", "picture", "q", "rp", "rt", "ruby", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr", "source", "map",
     "area", "video", "audio", "iframe", "object", "embed", "progress", "slot", "nobr", "link", "meta"]
)  # fmt: skip
NEVER = frozenset(
    ["script", "style", "template", "svg", "select", "button", "textarea", "datalist", "canvas", "input", "dialog", "menu", "math-field", "noscript", "head"]
)
NOSCRIPT = 500  # characters from which a <noscript> is taken for the page's text
BOXES = "div[class], section[class], article[class], div[itemprop], td[class], div[id]"  # elements that may have a body's name
_ASIDE = frozenset(["nav", "footer", "aside", "noscript", "dialog", "button"])

PARAGRAPH = 40  # characters from which a <p> counts
RUN = 50  # characters from which a text node counts, where a page has few <p>
FEW = 1000  # characters in <p>, under which text nodes are counted, too
MOST = 0.6  # of the running text, for a box on the chain
LITTLE = 600  # characters of running text, under which a post of a few words is looked for by its box's name
DEEP = 0.85  # of the outermost box's text that a box further in must keep
DOWN = 0.8  # the same for a child of a box that only has a general name

_P, _A, _ARTICLE, _H1 = number("p"), number("a"), number("article"), number("h1")


class Mass:
    """Characters of running text in elements, by LexborNode.mem_id; `below`: which of an element's children have some."""

    __slots__ = ("below", "nodes", "sizes")

    def __init__(self) -> None:
        self.sizes: dict[int, int] = {}
        self.nodes: dict[int, LexborNode] = {}
        self.below: dict[int, list[int]] = {}

    def add(self, node: LexborNode, size: int) -> None:
        key = node.mem_id
        if key in self.sizes:
            self.sizes[key] += size
        else:
            self.sizes[key], self.nodes[key] = size, node


@dataclass(frozen=True, slots=True)
class Chosen:
    """`box` holds the post; `root` holds it and the heading above it; `share` of the page's running text is in `box`."""

    box: LexborNode
    root: LexborNode
    how: str
    share: float


def names(attributes: dict[str, str | None]) -> str:
    """What an element is called: its classes, id and role."""
    called = attributes.get("class") or ""
    if called and len(attributes) == 1:
        return called
    if own := attributes.get("id"):
        called = f"{called} {own}"
    if role := attributes.get("itemprop") or attributes.get("role") or attributes.get("data-testid"):
        called = f"{called} {role}"
    return called


def landmarks(body: LexborNode) -> tuple[list[LexborNode], LexborNode | None]:
    """Paragraphs and articles of a page, and its first <h1>: one way through it, which takes its time whatever is looked for."""
    found = body.css("p, article, h1")
    return found, next((node for node in found if node.tag_id == _H1), None)


def choose(body: LexborNode, heading: LexborNode | None, found: list[LexborNode] | None = None) -> Chosen:
    """The post's box in a page. `heading`: the page's first <h1>; `found`: its `landmarks`, where they are known.

    A list that does not hold the longest text of the page is no post, but teasers of others, a slide show, comments: the next best is.
    """
    if found is None:
        found, _ = landmarks(body)
    chosen = _chosen(body, heading, found)
    if chosen.box.tag in ("ul", "ol") and (own := _paragraphs([node for node in found if node.tag_id == _P])).sizes:
        longest = max(own.sizes, key=own.sizes.__getitem__)
        if chosen.box.mem_id not in _lineage(own.nodes[longest]):
            return _chosen(body, heading, found, chosen.box)
    return chosen


def _chosen(body: LexborNode, heading: LexborNode | None, found: list[LexborNode], without: LexborNode | None = None) -> Chosen:
    top = body.mem_id
    mass = _added_up(_besides(_paragraphs([node for node in found if node.tag_id == _P]), without), top)
    total = mass.sizes.get(top, 0)
    if total < FEW:
        runs = _added_up(_besides(_runs(body), without), top)
        if runs.sizes.get(top, 0) > 1.5 * total:
            mass, total = runs, runs.sizes[top]
    if total < LITTLE and (short := _short_post(body, total)) is not None:
        return Chosen(short, _with_heading(short, heading), "body", 1.0)
    if not total:
        return Chosen(body, body, "whole", 0.0)
    chain = list(_chain(body, mass, MOST * total))
    called = [names(node.attributes).lower() for node, _ in chain]
    how = "body"
    boxes = [link for link, name in zip(chain, called, strict=True) if link[0] is not body and _BODY.search(name)]
    if not boxes:
        how = "post"
        boxes = [link for link, name in zip(chain, called, strict=True) if link[0].tag in ("article", "main") or (link[0] is not body and _POST.search(name))]
    if boxes:
        outer = boxes[0][1]
        box = [node for node, size in boxes if size >= DEEP * outer][-1]
        if how == "post":
            box = _down(box, mass, DOWN)
    else:
        how, outer = "text", total
        box = _down(body, mass, MOST)
    first = _first_of_many(box, heading, mass) if sum(node.tag_id == _ARTICLE for node in found) > 1 else box
    return Chosen(first, _with_heading(first, heading), how, mass.sizes[first.mem_id] / total)


def clear_around(chosen: Chosen, heading: LexborNode | None) -> None:
    """Take out of the root what stands before the heading and behind the box: of its words, one in forty is the post's."""
    top, behind, before = chosen.root.mem_id, list(_siblings(chosen.box, chosen.root.mem_id, "next")), []
    above = _lineage(heading)
    if heading is not None and top in above and chosen.box.mem_id not in above and all(node.mem_id not in above for node in behind):
        before = list(_siblings(heading, top, "prev"))
    for node in behind + before:
        node.decompose()


def _siblings(node: LexborNode, top: int, side: Literal["next", "prev"]) -> Iterator[LexborNode]:
    """All that follows (or precedes) a node in the element `top`, as the siblings of it and of what it is in."""
    level: LexborNode | None = node
    while level is not None and level.mem_id != top:
        sibling = getattr(level, side)
        while sibling is not None:
            yield sibling
            sibling = getattr(sibling, side)
        level = level.parent


def _short_post(body: LexborNode, total: int) -> LexborNode | None:
    """The first box with a body's name that holds as much as the paragraphs that were found, and no less than a sentence."""
    small: set[int] = set()  # what is in a box that holds too little holds too little
    for node in body.css(BOXES):
        if (around := node.parent) is not None and around.mem_id in small:
            small.add(node.mem_id)
        elif is_body(names(node.attributes)):
            if len(" ".join(node.text().split())) >= max(PARAGRAPH, total // 2):
                return node
            small.add(node.mem_id)
    return None


def distinct(nodes: list[LexborNode]) -> list[LexborNode]:
    """What css() gives, each once: a node that two parts of a selector match comes twice, and must not be freed twice."""
    return list({node.mem_id: node for node in nodes}.values())


def is_body(name: str) -> bool:
    return _BODY.search(name.lower()) is not None and not is_beside(name)


def is_beside(name: str) -> bool:
    return _OFF.search(name.lower()) is not None


def is_comments(name: str) -> bool:
    """A post (hentry) is none, whatever its classes say of its comments: `commented`, `category-kommentare`."""
    return _COMMENTS.search(name) is not None and "hentry" not in name


def _paragraphs(paragraphs: Iterable[LexborNode]) -> Mass:
    """Characters in <p>, by the element around them; paragraphs of links are none."""
    found = Mass()
    for p in paragraphs:
        inner = p.first_child
        alone = inner.text_content if inner is not None and inner.next is None else None  # of a <p> that holds nothing else
        size = len((p.text() if alone is None else alone).strip())
        if size < PARAGRAPH or (alone is None and size < 400 and 2 * sum([len(node.text()) for node in p.traverse() if node.tag_id == _A]) > size):
            continue
        if (around := p.parent) is not None:
            found.add(around, size)
    return found


def _runs(body: LexborNode) -> Mass:
    """Characters in text nodes outside of links, by the block around them."""
    found = Mass()
    blocks: dict[int, LexborNode | None] = {}  # around inline elements
    for node in body.traverse(include_text=True):
        if node.tag_id != TEXT or len(text := node.text_content or "") < RUN or (size := len(text.strip())) < RUN:
            continue
        around = node.parent
        path: list[int] = []
        while around is not None and around.tag in INLINE and around.tag != "a":
            if (at := around.mem_id) in blocks:
                around = blocks[at]
                break
            path.append(at)
            around = around.parent
        blocks.update(dict.fromkeys(path, around))
        if around is None or around.tag == "a" or around.tag in NEVER:
            continue
        if around.tag in ("p", "li") and around.parent is not None:
            around = around.parent
        found.add(around, size)
    return found


def _added_up(own: Mass, top: int) -> Mass:
    """The same for all ancestors up to `top`; without what stands in links, comments, side columns and the like."""
    found = Mass()
    nodes, above = found.nodes, dict[int, int]()
    paths: list[list[int]] = []  # each from an element up to one that is on a path before
    for start in own.nodes.values():
        path: list[int] = []
        node: LexborNode | None = start
        while node is not None and (at := node.mem_id) not in nodes:
            path.append(at)
            nodes[at] = node
            node = node.parent if at != top else None
            above[at] = node.mem_id if node is not None else 0
        paths.append(path)
    inner_first = [at for path in reversed(paths) for at in path]
    found.sizes = _sums(own.sizes, inner_first, above)
    total = found.sizes.get(top, 0)
    gone: set[int] = set()
    for at in reversed(inner_first):
        if above[at] in gone or (at != top and _is_off(nodes[at], found.sizes[at], total)):
            gone.add(at)
    if gone and (kept := {at: size for at, size in own.sizes.items() if at not in gone}):
        found.sizes = _sums(kept, inner_first, above)
    for at in inner_first:
        found.below.setdefault(above[at], []).append(at)
    return found


def _sums(own: dict[int, int], inner_first: list[int], above: dict[int, int]) -> dict[int, int]:
    sizes = dict.fromkeys(inner_first, 0) | own
    for at in inner_first:
        if size := sizes[at]:
            around = above[at]
            if around:
                sizes[around] += size
    return sizes


def _is_off(node: LexborNode, size: int, total: int) -> bool:
    tag = node.tag
    if tag == "a":
        return True
    if 2 * size < total:
        return tag in _ASIDE or is_beside(names(node.attributes))
    return (10 * size < 9 * total or tag in ("ul", "ol", "li")) and tag != "main" and is_comments(names(node.attributes))


def _lineage(node: LexborNode | None) -> set[int]:
    """The node and all that it is in, by mem_id."""
    found = set()
    while node is not None:
        found.add(node.mem_id)
        node = node.parent
    return found


def _besides(own: Mass, box: LexborNode | None) -> Mass:
    if box is None:
        return own
    found = Mass()
    for key, node in own.nodes.items():
        if box.mem_id not in _lineage(node):
            found.add(node, own.sizes[key])
    return found


def _chain(body: LexborNode, mass: Mass, least: float) -> Iterator[tuple[LexborNode, int]]:
    node, at = body, body.mem_id
    while True:
        yield node, mass.sizes[at]
        if not (at := next((child for child in mass.below.get(at, ()) if mass.sizes[child] >= least), 0)):
            return
        node = mass.nodes[at]


def children(node: LexborNode) -> Iterator[LexborNode]:
    child = node.child
    while child is not None:
        yield child
        child = child.next


def _down(node: LexborNode, mass: Mass, share: float) -> LexborNode:
    """Further in, as long as one child holds that share of the text."""
    at = node.mem_id
    while True:
        best = max(mass.below.get(at, ()), key=mass.sizes.__getitem__, default=at)
        if not mass.sizes[best] or best == at or mass.sizes[best] < share * mass.sizes[at]:
            return mass.nodes[at]
        at = best


def _first_of_many(box: LexborNode, heading: LexborNode | None, mass: Mass) -> LexborNode:
    """Of several posts under each other, the one with the page's heading: pages that load the next story at their end."""
    posts = box.css("article")
    if len(posts) < 2:
        return box
    large = {post.mem_id for post in posts if mass.sizes.get(post.mem_id, 0) >= 250}
    node, found = heading if large else None, box
    while node is not None:
        if node.mem_id == box.mem_id:
            return found
        if node.mem_id in large:
            found = node
        node = node.parent
    return box


def _with_heading(box: LexborNode, heading: LexborNode | None) -> LexborNode:
    """Up to four elements further out, where that reaches the page's first <h1>: standfirsts stand between it and the box."""
    above = _lineage(heading)
    out: LexborNode | None = box
    for _ in range(5):
        if not above or out is None or out.tag == "html":
            return box
        if out.mem_id in above:
            return out
        out = out.parent
    return box
