"""Forum threads and pages of questions and answers: their posts are the content, in order, each under its author's name.

Each forum software names its posts' bodies in its own way (`forums`); what the page calls itself (address, <html>, <body>, generator) says whether
to look for them at all.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from html import escape

from selectolax.lexbor import LexborHTMLParser, LexborNode

from postetl.extract.alike import BLOG, MOST_POSTS, alike, inside, numbered
from postetl.extract.container import distinct, names
from postetl.extract.declaredthread import declared_posts
from postetl.extract.forums import LAYOUTS, QUOTES_IN_TABLES, REPEATED, Layout, narrowed, says_so
from postetl.extract.posters import authors

_MOST_QUOTES = 2000  # in tables, in one post
_FEWEST = 200  # characters of all the posts
_TWICE = 80  # characters, from which a post with the words of an earlier one is that one: answers that stand at the top and in their place
_NAMED = 0.5  # of boxes that are alike, whose authors' names can be told
_SIGNATURE = re.compile(r"\s{0,99}_{5}")
_BESIDE = "aside, .sidebar, #sidebar, [id^=sidebar]"
_DECLARED = ("itemtype", "op", "data-template", "data-pageapp")  # of <html> and <body>
_THREADS = "[itemtype*=DiscussionForumPosting], [itemtype*=QAPage], [itemtype*='/Question']"

_ANSWERS = "[itemtype*=FAQPage]"  # questions and answers by one hand


def calls_itself_thread(tree: LexborHTMLParser, called: str) -> bool:
    """`called`: what else the page calls itself, as far as that is known: its address, and what its head says."""
    root, body = tree.root, tree.body
    return root is not None and body is not None and says_so(f"{called} {_calls(root)} {_calls(body)}")


def thread_html(tree: LexborHTMLParser) -> str | None:
    """The posts of a page that calls itself a thread, each under its author's name, as HTML; None when it is none. Takes quotes out of the tree."""
    root, body = tree.root, tree.body
    if root is None or body is None:
        return None
    classes = classes_in(root)
    posts = _laid(body, classes)
    if not posts:
        told = declared_posts(tree)
        says = _says_thread(body)
        posts = (
            numbered(body, comments=says)
            or _signed(numbered(body, comments=says, whole=True), classes)
            or _signed(alike(body, comments=says), classes)
        )
        if len(told) >= len(posts) and sum(len(html) for _, html in told) >= _FEWEST:
            return _threaded(told)
    repeated = narrowed(REPEATED, classes)
    for post in posts:
        _without_quotes(post, repeated)
    if sum(len(post.text().strip()) for post in posts) < _FEWEST:
        return None
    return _threaded(_distinct(posts, classes))


def _says_thread(body: LexborNode) -> bool:
    return body.css_first(_THREADS) is not None and body.css_first(_ANSWERS) is None


def classes_in(root: LexborNode) -> frozenset[str]:
    """Of all elements of a page, in lower case."""
    return frozenset(" ".join([node.attrs["class"] or "" for node in root.css("[class]")]).lower().split())


def _signed(posts: list[LexborNode], classes: frozenset[str]) -> list[LexborNode]:
    """Posts whose authors are named: teasers of other articles have none."""
    return posts if sum(map(bool, authors(posts, classes))) >= _NAMED * len(posts) else []


def _calls(node: LexborNode) -> str:
    """What an <html> or <body> is called, by the software that made it."""
    attributes = node.attributes
    return " ".join((names(attributes), *(f"{key}={value}" for key in _DECLARED if (value := attributes.get(key)))))


def _distinct(posts: list[LexborNode], classes: frozenset[str]) -> Iterator[tuple[str | None, str]]:
    """Each post that says or shows something, once: its author's name and its HTML."""
    seen: set[tuple[str | None, str]] = set()
    for post, author in zip(posts, authors(posts, classes), strict=True):
        said = post.text().strip()
        html = _html(post)
        if (said or "<img" in html) and (author, said) not in seen:
            yield author, html
        if len(said) >= _TWICE:
            seen.add((author, said))


def _html(post: LexborNode) -> str:
    """Without the quotation marks of software that has each whole post in a <blockquote>."""
    inner = post
    while (
        inner.tag != "blockquote"
        and len(parts := [part for part in inner.iter(include_text=True) if part.tag != "-text" or part.text().strip()][:2]) == 1
        and parts[0].tag != "-text"
    ):
        inner = parts[0]
    return (inner.inner_html if inner.tag == "blockquote" else post.html) or ""


def _threaded(posts: Iterable[tuple[str | None, str]]) -> str | None:
    return (
        "".join(f"<p><b>{escape(author)}</b></p><div>{html}</div>" if author else f"<div>{html}</div>" for author, html in posts)
        or None
    )


def _laid(body: LexborNode, classes: frozenset[str]) -> list[LexborNode]:
    for layout in LAYOUTS:
        if found := _laid_out(body, layout, classes):
            return found
    return []


def _laid_out(body: LexborNode, layout: Layout, classes: frozenset[str]) -> list[LexborNode]:
    selectors = narrowed(f"{layout.opening}, {layout.posts}" if layout.opening else layout.posts, classes)
    found = {node.mem_id: node for node in (body.css(selectors)[:MOST_POSTS] if selectors else ())}
    if not found:
        return []
    outer = [node for node in found.values() if not inside(node, found.keys())]
    if layout.opening and body.css_first(layout.opening) is None:
        return []
    beside = {node.mem_id for node in body.css(_BESIDE)}
    if beside:
        outer = [node for node in outer if node.mem_id not in beside and not inside(node, beside)] or outer
    outer = _whole(outer)
    if not layout.sure:
        return outer if len(outer) > 1 and (_says_thread(body) or body.css_first(BLOG) is None) else []
    return outer if len(outer) > 1 or (outer and len(outer[0].text().strip()) >= _FEWEST) else []


def _whole(posts: list[LexborNode]) -> list[LexborNode]:
    """Where parts of a post share a cell of a table, for the quotes between them are tables themselves: the cell, without the part that is a signature."""
    cells = Counter(post.parent.mem_id for post in posts if post.parent is not None and post.parent.tag == "td")
    whole: list[LexborNode] = []
    for post in posts:
        cell = post.parent
        if cell is None or cells[cell.mem_id] < 2:
            whole.append(post)
            continue
        if not whole or whole[-1].mem_id != cell.mem_id:
            whole.append(cell)
        if _SIGNATURE.match(post.text()):
            post.decompose()
    once = {node.mem_id: node for node in whole}
    return [node for node in once.values() if not inside(node, once.keys())]


def _without_quotes(post: LexborNode, repeated: str) -> None:
    boxes: dict[int, LexborNode] = {}
    for quote in post.css(QUOTES_IN_TABLES)[:_MOST_QUOTES]:
        box = _above(quote, "table") if quote.tag == "td" else quote.parent
        if box is not None and inside(box, {post.mem_id}):
            boxes[box.mem_id] = box
    for box in [box for box in boxes.values() if not inside(box, boxes.keys())]:
        box.decompose()
    for quote in reversed(distinct(post.css(repeated))):  # the inner ones first: the outer ones take them along
        if quote.mem_id != post.mem_id:
            quote.decompose()


def _above(node: LexborNode, tag: str) -> LexborNode | None:
    above = node.parent
    while above is not None and above.tag != tag:
        above = above.parent
    return above
