"""Who wrote each post of a thread: the name in the largest box around it that holds no other post."""

from collections import Counter
from collections.abc import Container, Iterator

from selectolax.lexbor import LexborNode

from postetl.extract.alike import inside
from postetl.extract.container import distinct
from postetl.extract.forums import AUTHORS, LIKE_AUTHORS, PROFILE, SAID, TOLD, narrowed

_LONGEST_NAME = 40
_MOST_NAMES = 200  # looked at for one post
_MOST_BEFORE = 8  # elements and texts before one post, in a box with others


def authors(posts: list[LexborNode], classes: frozenset[str]) -> list[str | None]:
    """The name in the largest box around each post that holds no other post. `classes`: all that are on the page, in lower case."""
    selectors = tuple(selector for selector in (TOLD, narrowed(AUTHORS, classes), LIKE_AUTHORS) if selector)
    above: list[list[LexborNode]] = []
    holds: Counter[int] = Counter()
    for post in posts:
        boxes: list[LexborNode] = []
        box = post.parent
        while box is not None and box.tag != "body":
            boxes.append(box)
            box = box.parent
        above.append(boxes)
        holds.update(box.mem_id for box in (post, *boxes))
    found: list[str | None] = []
    for post, boxes in zip(posts, above, strict=True):
        own = [box for box in boxes if holds[box.mem_id] == 1]
        found.append(_author(post, own, [own[-1]] if own else [*_before(post, holds)], selectors))
    return found


def _author(post: LexborNode, boxes: list[LexborNode], parts: list[LexborNode], selectors: tuple[str, ...]) -> str | None:
    for box in boxes:
        for key in SAID:
            if name := _name(box.attributes.get(key)):
                return name
    for selector in selectors:
        for part in parts:
            found = distinct(part.css(selector)[:_MOST_NAMES])
            for at, node in enumerate(found):
                if at + 1 < len(found) and inside(found[at + 1], {node.mem_id}) and _name(found[at + 1].text()):
                    continue  # a box around the name, with rank and badges
                if (name := _name(node.text())) and node.mem_id != post.mem_id and not inside(node, {post.mem_id}):
                    return name
    for part in parts:
        for link in part.css("a[href]")[:_MOST_NAMES]:
            if (
                PROFILE.search(link.attributes.get("href") or "")
                and (name := _name(link.text()))
                and not inside(link, {post.mem_id})
            ):
                return name
    return None


def _before(post: LexborNode, posts: Container[int]) -> Iterator[LexborNode]:
    """What stands right before a post in a box that holds the replies to it, too: up to another post."""
    node = post.prev
    for _ in range(_MOST_BEFORE):
        if node is None or node.mem_id in posts:
            return
        if node.tag != "-text":
            yield node
        node = node.prev


def _name(said: str | None) -> str | None:
    name = " ".join(said.split()) if said else ""
    return name if 0 < len(name) <= _LONGEST_NAME and (len(name) > 1 or not name.isascii()) else None
