"""What stands around a post's title: the line of its author and its date, without the post itself."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

SKIPPED = frozenset(["script", "style", "template", "noscript", "form", "nav", "select", "svg", "footer", "iframe", "aside", "object", "video", "pre", "code"])
ELSEWHERE = re.compile(
    r"comment|related|sidebar|side-bar|recommend|newsletter|footer|widget_|\bnav\b|navigation|menu|breadcrumb|popular|trending|teaser|\bmore-|read-?next|similar|carousel|recent",
    re.IGNORECASE,
)
_NOT_SO = re.compile(r"elementor|(?:post|entry|article|node)[-_]+(?:footer|navigation)|comments?-(?:link|count|number)|no-?sidebar|has-|with-|comments-(?:open|closed)", re.IGNORECASE)
_AFTER_THE_POST = re.compile(r"(?:\d{1,5} )?(?:comments?|kommentare?|responses|commentaires?|comentarios|leave a (?:reply|comment)|related (?:posts|articles))\b", re.IGNORECASE)
_SHORT = 30  # characters of a heading that ends the post
_UPDATED = re.compile(r"updat|modif", re.IGNORECASE)
_PARTED = frozenset(["div", "p", "li", "td", "ul", "h1", "h2", "h3", "section", "article", "header", "table", "tr", "dd", "dt"])
_MOST_NODES, _MOST_CHARACTERS, _LONG = 140, 1000, 200  # nodes and characters that are read after the title; a text of the post itself
_BEFORE_NODES, _BEFORE_CHARACTERS = 40, 250


@dataclass(frozen=True, slots=True)
class Piece:
    text: str
    node: LexborNode | None = None  # a <time>, or a link
    updated: bool = False


def around(heading: LexborNode | None, tree: LexborHTMLParser) -> tuple[list[Piece], list[Piece]]:
    """(what stands before the title, in reading order; what stands after it)."""
    if heading is None:
        body = tree.body
        return [], list(_after(body.child, stay=True)) if body is not None and body.child is not None else []
    return list(_before(heading)), list(_after(heading))


def elsewhere(node: LexborNode, *, levels: int = 9) -> bool:
    """Whether a node belongs to comments, a list of other posts, a menu, or the like."""
    at: LexborNode | None = node
    for _ in range(levels):
        if at is None or at.tag in ("body", "html"):
            return False
        if at.tag in ("nav", "footer", "aside") or _named_elsewhere(at):
            return True
        at = at.parent
    return False


def _named_elsewhere(node: LexborNode) -> bool:
    attributes = node.attributes
    named = f"{(attributes.get('class') or '')[:200]} {(attributes.get('id') or '')[:60]}"
    return len(named) > 1 and ELSEWHERE.search(named) is not None and ELSEWHERE.search(_NOT_SO.sub("", named)) is not None


def _after(start: LexborNode, *, stay: bool = False) -> Iterator[Piece]:
    node: LexborNode | None = start if stay else _over(start)
    characters = long = 0
    for _ in range(_MOST_NODES):
        if node is None or characters > _MOST_CHARACTERS or long > 1:
            return
        tag = node.tag
        if tag == "-text":
            text = " ".join((node.text_content or "")[:2000].split())
            if long and len(text) < _SHORT and _AFTER_THE_POST.match(text):
                return
            if text:
                characters += min(len(text), 300)
                long += len(text) > _LONG
                yield Piece(text[:_LONG])
            node = _over(node)
        elif tag is None or tag.startswith(("-", "!")) or tag in SKIPPED or _named_elsewhere(node):
            node = _over(node)
        elif tag == "time":
            yield Piece(" ".join(node.text(separator=" ")[:200].split()), node, updated=bool(_UPDATED.search(node.attributes.get("class") or "")))
            node = _over(node)
        elif tag == "a":
            yield Piece(" ".join(node.text(separator=" ")[:200].split()), node)
            node = _over(node)
        else:
            if _UPDATED.search(node.attributes.get("class") or "") and tag not in ("article", "main", "body"):
                yield Piece("", None, updated=True)
            node = node.child or _over(node)


def _before(heading: LexborNode) -> Iterator[Piece]:
    pieces: list[Piece] = []
    node: LexborNode | None = heading
    characters = 0
    for _ in range(_BEFORE_NODES):
        node = _back(node) if node is not None else None
        if node is None or characters > _BEFORE_CHARACTERS or node.tag in ("body", "nav"):
            break
        if node.tag == "-text" and (text := " ".join((node.text_content or "")[:400].split())):
            parent = node.parent
            if parent is not None and parent.tag in SKIPPED:
                continue
            characters += len(text)
            pieces.append(Piece(text[:_LONG], parent if parent is not None and parent.tag in ("time", "a") else None))
    return reversed(pieces)


def _over(node: LexborNode) -> LexborNode | None:
    """The next node in reading order that is not inside of this one."""
    at: LexborNode | None = node
    while at is not None:
        if (following := at.next) is not None:
            return following
        at = at.parent
        if at is None or at.tag == "body":
            return None
    return None


def _back(node: LexborNode) -> LexborNode | None:
    """The node before, in reading order."""
    before = node.prev
    if before is None:
        return node.parent
    for _ in range(60):
        if before.tag in SKIPPED or (last := before.last_child) is None:
            return before
        before = last
    return before
