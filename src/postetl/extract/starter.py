"""Who began a thread, and when, as its first post has it: for pages that declare neither."""

import re
from collections.abc import Iterator
from datetime import datetime

from selectolax.lexbor import LexborHTMLParser, LexborNode

from postetl.extract import dates
from postetl.extract.alike import MOST_POSTS, inside
from postetl.extract.forums import LAYOUTS
from postetl.extract.named import Named
from postetl.extract.posters import authors
from postetl.extract.thread import classes_in
from postetl.extract.titledate import not_of_the_post, says_updated

_CLASS = re.compile(r"\.([\w-]+)")


def _asked() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Selectors, each with classes of which the page has one where it finds anything; the sure ones alone where they go by something else."""
    for layout in LAYOUTS:
        classes = [_CLASS.findall(way) for way in layout.posts.split(", ")]
        if all(classes):
            yield layout.posts, tuple(max(found, key=len).lower() for found in classes)
        elif layout.sure:
            yield layout.posts, ("",)


_LAYOUTS = tuple(_asked())
_LONGEST = 2000  # characters around a post that are looked at
_MOST_LEVELS = 12  # up from a post to the box that is its own


class Starter:
    """The first post of a page that is a thread in a known layout, of two posts or more. Looked for when the first question comes; the tree is left as it is."""

    def __init__(self, tree: LexborHTMLParser, named: Named, *, thread: bool) -> None:
        """`thread`: the page calls itself one."""
        self._tree = tree
        self._named = named
        self._thread = thread
        self._posts: list[LexborNode] | None = None

    def author(self) -> str | None:
        posts, root = self._read(), self._tree.root
        return authors(posts[:2], classes_in(root))[0] if posts and root is not None else None

    def published(self, month_first: bool | None) -> datetime | None:
        """The day beside the post, not in it."""
        posts = self._read()
        if not posts:
            return None
        box, others = posts[0], _around(posts[1])
        for _ in range(_MOST_LEVELS):
            if (parent := box.parent) is None or parent.mem_id in others:
                break
            box = parent
        return _dated(box, posts[0], month_first)

    def _read(self) -> list[LexborNode]:
        if self._posts is None:
            body = self._tree.body
            found = _posts(body, self._named) if self._thread and body is not None else []
            self._posts = found if len(found) > 1 else []
        return self._posts


def _posts(body: LexborNode, named: Named) -> list[LexborNode]:
    for selector, classes in _LAYOUTS:
        if any(map(named.has, classes)) and (found := {node.mem_id: node for node in body.css(selector)[:MOST_POSTS]}):
            return [node for node in found.values() if not inside(node, found.keys())]
    return []


def _around(post: LexborNode) -> set[int]:
    found: set[int] = set()
    at = post.parent
    while at is not None:
        found.add(at.mem_id)
        at = at.parent
    return found


def _dated(box: LexborNode, post: LexborNode, month_first: bool | None) -> datetime | None:
    for node in box.css("time[datetime]")[:5]:
        if not inside(node, {post.mem_id}) and (when := dates.machine(node.attributes.get("datetime"), month_first=month_first)):
            return when
    said = " ".join(post.text(separator="\n", strip=True)[:_LONGEST].split("\n")[:1])
    around = box.text(separator="\n", strip=True)[:_LONGEST]
    around = around.partition(said)[0] if len(said) > 20 else around
    for dated in dates.all_in(around, month_first=month_first):
        if not not_of_the_post(around, dated.start) and not says_updated(around, dated.start):
            return dated.when
    return None
