"""What stands around a post's title: the line of its author and its date, without the post itself."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from postetl.extract.tagids import COMMENT, TEXT, number, numbers

SKIPPED = frozenset(["script", "style", "template", "noscript", "form", "nav", "select", "svg", "footer", "iframe", "aside", "object", "video", "pre", "code"])
# On lower case, each way opening with a letter of its own, so that the search skips to those letters: a ninth of the time of plain words that ignore case
_ELSEWHERE = re.compile(
    r"comment|carousel|re(?:lated|commend|cent|ad-?next)|si(?:de-?bar|milar)|n(?:ewsletter|avigation|av\b(?<=\bnav))|footer|widget_|menu|more-(?<=\bmore-)|breadcrumb|popular|t(?:rending|easer)"
)
_NOT_SO = re.compile(
    r"elementor|(?:post|entry|article|node)[-_]+(?:footer|navigation)|comments?-(?:link|count|number)|(?:no|has|with|without)[-_]?(?:left|right|both|two)?[-_]?sidebars?|content-sidebar|has-|with-|"
    r"comments-(?:open|closed)|(?:post|popup|user)_?menu"
)
_AFTER_THE_POST = re.compile(r"(?:\d{1,5} )?(?:comments?|kommentare?|responses|commentaires?|comentarios|leave a (?:reply|comment)|related (?:posts|articles))\b", re.IGNORECASE)
_SHORT = 30  # characters of a heading that ends the post
_ASIDES = frozenset(["aside", "footer"])
_OF_THE_POST = re.compile(r"(?:^|[\s_-])(?:meta|byline|author|date|submitted)(?:$|[\s_-])")
_NEVER = frozenset([COMMENT, *numbers(SKIPPED - _ASIDES | {"br", "img", "hr", "meta", "link", "source", "input", "wbr"})])
_BESIDE, _WHOLE = frozenset(numbers(_ASIDES)), frozenset(numbers(["article", "main", "body"]))
_A, _TIME = _LABELS = number("a"), number("time")
_MOST_NODES, _FEW_NODES, _MOST_CHARACTERS, _LONG = 140, 20, 600, 200  # nodes and characters that are read after the title; a text of the post itself
_BEFORE_NODES, _BEFORE_CHARACTERS = 10, 250


class Piece(NamedTuple):
    text: str
    node: LexborNode | None = None  # a <time>, or a link
    updated: bool = False


class Near:
    """What stands at the title, read as far as somebody asks."""

    def __init__(self, heading: LexborNode | None, tree: LexborHTMLParser, *, brief: bool = False) -> None:
        """`brief`: for a page that declares what is sought; only a line that says otherwise, and stands next to the title, matters."""
        self._heading = heading
        self._before: list[Piece] | None = None
        self._after: list[Piece] = []
        body = tree.body if heading is None else None
        start = heading if heading is not None else body.child if body is not None else None
        self._coming = _after(start, _FEW_NODES if brief else _MOST_NODES, stay=heading is None) if start is not None else iter(())

    def before(self) -> list[Piece]:
        """What stands before the title, in reading order."""
        if self._before is None:
            self._before = _before(self._heading) if self._heading is not None else []
        return self._before

    def after(self, most: int = _MOST_NODES) -> list[Piece]:
        """The pieces after it, at least `most` of them if there are as many."""
        if len(self._after) < most:
            self._after.extend(islice(self._coming, most - len(self._after)))
        return self._after


def elsewhere(node: LexborNode, *, levels: int = 9) -> bool:
    """Whether a node belongs to comments, a list of other posts, a menu, or the like. The footer of an article is the article's."""
    at: LexborNode | None = node
    footer = False
    for _ in range(levels):
        tag = at.tag if at is not None else None
        if at is None or tag in ("body", "html", "main"):
            break
        attributes = at.attributes
        kind = (attributes.get("class") or "").lower()
        own = (attributes.get("id") or "").lower()
        if tag in ("nav", "aside") or _elsewhere(kind.replace("footer", ""), own.replace("footer", "")):
            return True
        if tag == "article":
            footer = False
        elif tag == "footer" or (("footer" in kind or "footer" in own) and _elsewhere(kind, own)):
            footer = True
        at = at.parent
    return footer


def _elsewhere(kind: str, own: str | None) -> bool:
    """Whether a class, in lower case, or an id says so."""
    if not kind and not own:
        return False
    named = f"{kind[:200]} {own[:60].lower()}" if own else kind[:200]
    return _ELSEWHERE.search(named) is not None and _ELSEWHERE.search(_NOT_SO.sub("", named)) is not None


def _after(start: LexborNode, most: int, *, stay: bool = False) -> Iterator[Piece]:
    node: LexborNode | None = start if stay else _over(start)
    characters = long = 0
    for _ in range(most):
        if node is None or characters > _MOST_CHARACTERS or long > 1:
            return
        tag = node.tag_id
        if tag == TEXT:
            if not node.is_empty_text_node and (text := " ".join((node.text_content or "")[:2000].split())):
                if long and len(text) < _SHORT and _AFTER_THE_POST.match(text):
                    return
                characters += min(len(text), 300)
                long += len(text) > _LONG
                yield Piece(text[:_LONG])
        elif tag not in _NEVER:
            attributes = node.attributes
            kind, own = attributes.get("class"), attributes.get("id")
            kind = kind.lower() if kind else ""
            if (tag in _BESIDE and not _OF_THE_POST.search(kind)) or ((kind or own) and _elsewhere(kind, own)):
                pass
            elif tag in _LABELS:
                if tag == _A and (inner := _time_in(node)) is not None:
                    node, tag, kind = inner, _TIME, (inner.attributes.get("class") or "").lower()
                yield Piece(" ".join(node.text(separator=" ")[:200].split()), node, tag == _TIME and names_an_update(f"{kind} {(node.attributes.get('itemprop') or '').lower()}"))
            else:
                if kind and names_an_update(kind) and tag not in _WHOLE:
                    yield Piece("", None, updated=True)
                if (child := node.first_child) is not None:
                    node = child
                    continue
        node = node.next or _over(node)


def _time_in(link: LexborNode) -> LexborNode | None:
    """The <time> that is all of a link, as forums have it."""
    child = link.child
    while child is not None and child.is_empty_text_node:
        child = child.next
    return child if child is not None and child.tag == "time" else None


def names_an_update(kind: str) -> bool:
    """Whether a class, in lower case, is that of the day of a change; WordPress has `published updated` for a post that never was, Drupal `name-changed`."""
    return ("updat" in kind or "modif" in kind or "-changed" in kind) and "publish" not in kind


def _before(heading: LexborNode) -> list[Piece]:
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
    return pieces[::-1]


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
