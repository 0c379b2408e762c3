"""Who began a thread, and when, as its first post has it: for pages that declare neither."""

from datetime import datetime

from selectolax.lexbor import LexborHTMLParser, LexborNode

from postetl.extract import dates
from postetl.extract.alike import MOST_POSTS, inside
from postetl.extract.forums import LAYOUTS, narrowed
from postetl.extract.posters import authors
from postetl.extract.thread import classes_in
from postetl.extract.titledate import not_of_the_post, says_updated

# those that go by a class in each of their ways, and the sure ones
_LAYOUTS = tuple(layout for layout in LAYOUTS if layout.sure or all("." in way for way in layout.posts.split(", ")))
_LONGEST = 2000  # characters around a post that are looked at
_MOST_LEVELS = 12  # up from a post to the box that is its own


class Starter:
    """The first post of a page that is a thread in a known layout, of two posts or more. Looked for when the first question comes; the tree is left as it is."""

    def __init__(self, tree: LexborHTMLParser, *, thread: bool) -> None:
        """`thread`: the page calls itself one."""
        self._tree = tree
        self._thread = thread
        self._posts: list[LexborNode] | None = None
        self._classes: frozenset[str] = frozenset()

    def author(self) -> str | None:
        posts = self._read()
        return authors(posts[:2], self._classes)[0] if posts else None

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
            self._posts = []
            root, body = self._tree.root, self._tree.body
            if self._thread and root is not None and body is not None:
                self._classes = classes_in(root)
                found = _posts(body, self._classes)
                self._posts = found if len(found) > 1 else []
        return self._posts


def _posts(body: LexborNode, classes: frozenset[str]) -> list[LexborNode]:
    for layout in _LAYOUTS:
        if (selectors := narrowed(layout.posts, classes)) and (found := {node.mem_id: node for node in body.css(selectors)[:MOST_POSTS]}):
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
