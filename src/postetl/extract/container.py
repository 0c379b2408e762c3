"""Where a page's post stands: the one chain of elements that holds most of its paragraphs, and the link of it that is the post's own box.

Every box that holds more than half of the page's running text lies on one path from <body> down, so no selector has to be tried on the
whole page: the path is walked once and its names are read.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from selectolax.lexbor import LexborNode

# Names of boxes that hold a post's body and nothing else, as WordPress, Blogger, Ghost, Substack, Medium, Webflow, Drupal, TYPO3, the
# common Hugo and Jekyll themes, schema.org's articleBody and newspapers' own systems have them.
_BODY = re.compile(
    r"articlebody|(?:article|post|entry|story|blog|news|page|single|body|main|text)[-_]{0,2}(?:content|body|text|copy|inner-content)|richtext|rich[-_]text"
    r"|\bprose\b|markdown|gh-content|available-content|e-content|wysiwyg|postcontent|storybody|blogpost|post-?text|body-copy|artikel",
    re.IGNORECASE,
)
_POST = re.compile(r"\b(?:content|main|post|article|entry|hentry|story|blog)\b", re.IGNORECASE)
_OFF = re.compile(
    r"comment(?!ary)|disqus|\brespond\b|kommentar|related|recommend|sidebar|side-bar|\bfooter|cookie|consent|newsletter|outbrain|taboola|nocontent|modal|popup",
    re.IGNORECASE,
)
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
_ASIDE = frozenset(["nav", "footer", "aside", "noscript", "dialog", "button"])

PARAGRAPH = 40  # characters from which a <p> counts
RUN = 50  # characters from which a text node counts, where a page has few <p>
FEW = 1000  # characters in <p>, under which text nodes are counted, too
MOST = 0.6  # of the running text, for a box on the chain
LITTLE = 600  # characters of running text, under which a post of a few words is looked for by its box's name
DEEP = 0.85  # of the outermost box's text that a box further in must keep
DOWN = 0.8  # the same for a child of a box that only has a general name

Mass = dict[int, tuple[int, LexborNode]]  # by LexborNode.mem_id


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


def choose(body: LexborNode, heading: LexborNode | None) -> Chosen:
    """The post's box in a page. `heading`: the page's first <h1>."""
    top = body.mem_id
    mass = _added_up(_paragraphs(body), top)
    total = mass[top][0] if top in mass else 0
    if total < FEW:
        runs = _added_up(_runs(body), top)
        if top in runs and runs[top][0] > 1.5 * total:
            mass, total = runs, runs[top][0]
    if total < LITTLE and (short := _short_post(body, total)) is not None:
        return Chosen(short, _with_heading(short, heading), "body", 1.0)
    if not total:
        return Chosen(body, body, "whole", 0.0)
    chain = list(_chain(body, mass, MOST * total))
    called = [names(node.attributes) for node, _ in chain]
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
    first = _first_of_many(box, heading, mass)
    return Chosen(first, _with_heading(first, heading), how, mass[first.mem_id][0] / total)


def _short_post(body: LexborNode, total: int) -> LexborNode | None:
    """The first box with a body's name that holds as much as the paragraphs that were found, and no less than a sentence."""
    for node in body.css("div[class], section[class], article[class], div[itemprop], td[class], div[id]"):
        name = names(node.attributes)
        if _BODY.search(name) and not _OFF.search(name) and len(" ".join(node.text().split())) >= max(PARAGRAPH, total // 2):
            return node
    return None


def distinct(nodes: list[LexborNode]) -> list[LexborNode]:
    """What css() gives, each once: a node that two parts of a selector match comes twice, and must not be freed twice."""
    return list({node.mem_id: node for node in nodes}.values())


def is_comments(name: str) -> bool:
    return _COMMENTS.search(name) is not None


def _paragraphs(body: LexborNode) -> Mass:
    """Characters in <p>, by the element around them; paragraphs of links are none."""
    found: Mass = {}
    for p in body.css("p"):
        size = len(p.text().strip())
        if size < PARAGRAPH or (size < 400 and p.css_first("a") is not None and 2 * sum(len(a.text()) for a in p.css("a")) > size):
            continue
        if (around := p.parent) is not None:
            _add(found, around, size)
    return found


def _runs(body: LexborNode) -> Mass:
    """Characters in text nodes outside of links, by the block around them."""
    found: Mass = {}
    for node in body.traverse(include_text=True):
        if node.tag != "-text" or len(text := node.text_content or "") < RUN or (size := len(text.strip())) < RUN:
            continue
        around = node.parent
        while around is not None and around.tag in INLINE and around.tag != "a":
            around = around.parent
        if around is None or around.tag == "a" or around.tag in NEVER:
            continue
        if around.tag in ("p", "li") and around.parent is not None:
            around = around.parent
        _add(found, around, size)
    return found


def _add(mass: Mass, node: LexborNode, size: int) -> None:
    key = node.mem_id
    mass[key] = (mass[key][0] + size, node) if key in mass else (size, node)


def _added_up(own: Mass, top: int) -> Mass:
    """The same for all ancestors up to `top`; without what stands in links, comments, side columns and the like."""
    raw: Mass = {}
    paths: list[tuple[int, list[int]]] = []
    for size, start in own.values():
        path: list[int] = []
        node: LexborNode | None = start
        while node is not None:
            _add(raw, node, size)
            path.append(node.mem_id)
            if path[-1] == top:
                break
            node = node.parent
        paths.append((size, path))
    total = raw[top][0] if top in raw else 0
    off = {key for key, (size, node) in raw.items() if key != top and _is_off(node, size, total)}
    if not off:
        return raw
    kept: Mass = {}
    for size, path in paths:
        if off.isdisjoint(path):
            for key in path:
                _add(kept, raw[key][1], size)
    return kept or raw


def _is_off(node: LexborNode, size: int, total: int) -> bool:
    tag = node.tag
    if tag == "a":
        return True
    if 2 * size < total:
        return tag in _ASIDE or _OFF.search(names(node.attributes)) is not None
    return (10 * size < 9 * total or tag in ("ul", "ol", "li")) and tag != "main" and is_comments(names(node.attributes))


def _chain(body: LexborNode, mass: Mass, least: float) -> Iterator[tuple[LexborNode, int]]:
    node: LexborNode | None = body
    while node is not None:
        yield node, mass[node.mem_id][0]
        node = next((child for child in _children(node) if child.mem_id in mass and mass[child.mem_id][0] >= least), None)


def _children(node: LexborNode) -> Iterator[LexborNode]:
    child = node.child
    while child is not None:
        yield child
        child = child.next


def _down(node: LexborNode, mass: Mass, share: float) -> LexborNode:
    """Further in, as long as one child holds that share of the text."""
    while True:
        size, best = max(((mass[child.mem_id][0], child) for child in _children(node) if child.mem_id in mass), key=lambda pair: pair[0], default=(0, node))
        if not size or size < share * mass[node.mem_id][0]:
            return node
        node = best


def _first_of_many(box: LexborNode, heading: LexborNode | None, mass: Mass) -> LexborNode:
    """Of several posts under each other, the one with the page's heading: pages that load the next story at their end."""
    posts = box.css("article")
    if len(posts) < 2:
        return box
    large = {post.mem_id for post in posts if post.mem_id in mass and mass[post.mem_id][0] >= 250}
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
    node = heading
    above = set()
    while node is not None:
        above.add(node.mem_id)
        node = node.parent
    out: LexborNode | None = box
    for _ in range(5):
        if not above or out is None or out.tag == "html":
            return box
        if out.mem_id in above:
            return out
        out = out.parent
    return box
