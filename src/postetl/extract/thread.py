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
from postetl.extract.declaredthread import declared_posts, declares_thread
from postetl.extract.forums import LAYOUTS, QUOTES_IN_TABLES, REPEATED, Layout, says_so
from postetl.extract.posters import authors

_MOST_QUOTES = 2000  # in tables, in one post
_FEWEST = 200  # characters of all the posts
_TWICE = 80  # characters, from which a post with the words of an earlier one is that one: answers that stand at the top and in their place
_NAMED = 0.5  # of boxes that are alike, whose authors' names can be told
_SAID = "link[rel=canonical], meta[name=generator], meta[property='og:url'], meta[property='og:site_name'], link[rel=alternate][hreflang=en], link[href*=showthread], script[type='application/ld+json']"
_SIGNATURE = re.compile(r"\s{0,99}_{5}")
_BESIDE = "aside, .sidebar, #sidebar, [id^=sidebar]"
_DECLARED = ("itemtype", "op", "data-template", "data-pageapp")  # of <html> and <body>
_THREADS = "[itemtype*=DiscussionForumPosting], [itemtype*=QAPage], [itemtype*='/Question']"

_ANSWERS = "[itemtype*=FAQPage]"  # questions and answers by one hand


def thread_html(tree: LexborHTMLParser, address: str) -> str | None:
    """The posts of a thread, each under its author's name, as HTML; None when the page is none. Takes quotes out of the tree.

    `address`: the page's, as far as it is known.
    """
    root, body = tree.root, tree.body
    if root is None or body is None:
        return None
    if not says_so(_calls_itself(tree, root, body, address)):
        return None
    posts = _laid(body)
    if not posts:
        told = declared_posts(tree)
        says = _says_thread(body)
        posts = (
            numbered(body, comments=says)
            or _signed(numbered(body, comments=says, whole=True))
            or _signed(alike(body, comments=says))
        )
        if len(told) >= len(posts) and sum(len(html) for _, html in told) >= _FEWEST:
            return _threaded(told)
    for post in posts:
        _without_quotes(post)
    if sum(len(post.text().strip()) for post in posts) < _FEWEST:
        return None
    return _threaded(_distinct(posts))


def _says_thread(body: LexborNode) -> bool:
    return body.css_first(_THREADS) is not None and body.css_first(_ANSWERS) is None


def _signed(posts: list[LexborNode]) -> list[LexborNode]:
    """Posts whose authors are named: teasers of other articles have none."""
    return posts if sum(map(bool, authors(posts))) >= _NAMED * len(posts) else []


def _calls_itself(tree: LexborHTMLParser, root: LexborNode, body: LexborNode, address: str) -> str:
    called = [address, calls(root), calls(body)]
    for node in tree.head.css(_SAID) if tree.head is not None else ():
        if node.tag != "script":
            called.append(node.attributes.get("href") or node.attributes.get("content") or "")
        elif declares_thread(node.text()):
            called.append("discussion")
    return " ".join(called)


def calls(node: LexborNode) -> str:
    """What an <html> or <body> is called, by the software that made it."""
    attributes = node.attributes
    return " ".join((names(attributes), *(f"{key}={value}" for key in _DECLARED if (value := attributes.get(key)))))


def _distinct(posts: list[LexborNode]) -> Iterator[tuple[str | None, str]]:
    """Each post that says or shows something, once: its author's name and its HTML."""
    seen: set[tuple[str | None, str]] = set()
    for post, author in zip(posts, authors(posts), strict=True):
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


def _laid(body: LexborNode) -> list[LexborNode]:
    for layout in LAYOUTS:
        if found := _laid_out(body, layout):
            return found
    return []


def _laid_out(body: LexborNode, layout: Layout) -> list[LexborNode]:
    found = {
        node.mem_id: node
        for node in body.css(f"{layout.opening}, {layout.posts}" if layout.opening else layout.posts)[:MOST_POSTS]
    }
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


def _without_quotes(post: LexborNode) -> None:
    boxes: dict[int, LexborNode] = {}
    for quote in post.css(QUOTES_IN_TABLES)[:_MOST_QUOTES]:
        box = _above(quote, "table") if quote.tag == "td" else quote.parent
        if box is not None and inside(box, {post.mem_id}):
            boxes[box.mem_id] = box
    for box in [box for box in boxes.values() if not inside(box, boxes.keys())]:
        box.decompose()
    for quote in reversed(distinct(post.css(REPEATED))):  # the inner ones first: the outer ones take them along
        if quote.mem_id != post.mem_id:
            quote.decompose()


def _above(node: LexborNode, tag: str) -> LexborNode | None:
    above = node.parent
    while above is not None and above.tag != tag:
        above = above.parent
    return above
