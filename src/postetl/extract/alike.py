"""Posts of a thread whose software is not known: sibling boxes of one name, numbered or called posts, which together hold most of the page's text."""

import re
from collections.abc import Container
from itertools import takewhile

from selectolax.lexbor import LexborNode

_POSTLIKE = (
    "[class*=post],[class*=message],[class*=comment],[class*=reply],[class*=answer],[class*=Post],[class*=Message],[class*=Comment],[class*=Reply],[class*=Answer],[id^=post],[id^=comment],[id^=msg],"
    "[id^=reply],article"
)
_COMMENTS = re.compile(r"comment|kommentar|respond|disqus", re.IGNORECASE)
BLOG = (
    "[itemtype*=FAQPage], #respond, .comment-respond, #disqus_thread, .commentlist, .comment-list, .wp-block-comments, [itemtype$=BlogPosting], [itemtype$=NewsArticle], [itemtype$='/Article'] [itemprop=articleBody], .post-body.entry-content, .hentry .entry-content,"
    " .h-entry .e-content, .single-post"
)
_NUMBERED = re.compile(
    r"(?:[a-z]+[-_])?(?:post|reply|message|msg|answer|pid|p|entry|comment)[-_]?(?:body|text|content|message|msg|inner)?[-_]?[0-9]{1,20}",
    re.IGNORECASE,
)
_BODY = re.compile(
    r"(?:[a-z]+[-_])?(?:post|reply|message|msg|answer|comment)[-_]?(?:body|text|content|message|msg)[-_]?[0-9]{1,20}",
    re.IGNORECASE,
)
_SIMPLE = re.compile(r"[A-Za-z][\w-]*")
_MOST = 0.4  # of the page's text
_SHARE = 0.5  # of a box's text that its body holds
MOST_POSTS = 3000  # on one page
_FEWEST = 20  # characters of a post, on average
_MOST_IDS = 20_000
_NAMES = 40  # looked at in one box


def numbered(body: LexborNode, *, comments: bool = False, whole: bool = False) -> list[LexborNode]:
    """Boxes with an id like reply-body-123 (`whole`: like reply-123), and those of the same class that stand before them: the opening post."""
    groups: dict[str, dict[int, LexborNode]] = {}
    for node in body.css("[id]")[:_MOST_IDS]:
        number = node.attributes.get("id") or ""
        if (_NUMBERED if whole else _BODY).fullmatch(number) and (comments or not _COMMENTS.search(number)):
            groups.setdefault(re.sub(r"[0-9]+", "", number), {})[node.mem_id] = node
    best: list[LexborNode] = []
    most = count = 0
    for found in groups.values():
        outer = [node for node in found.values() if not inside(node, found.keys())]
        size = sum(len(node.text().strip()) for node in outer) if len(outer) > 1 else 0
        if size > most:
            best, most, count = outer, size, len(found)
    if most < _FEWEST * len(best) or not (comments or body.css_first(BLOG) is None):
        return []
    name = _name(best[0]) if best else ""
    if best and best[0].attributes.get("class") and _SIMPLE.fullmatch(name) and _SIMPLE.fullmatch(best[0].tag or ""):
        taken = {node.mem_id for node in best}
        before = takewhile(lambda node: node.mem_id not in taken and not holds(node, best[0]), body.css(f"{best[0].tag}.{name}"))
        once = {node.mem_id: node for node in before}
        opening = [node for node in once.values() if not inside(node, once.keys())]
        best, count = [*opening, *best], count + len(opening)
    return _bodies(best, count)[:MOST_POSTS] if best else []


def alike(body: LexborNode, *, comments: bool = False) -> list[LexborNode]:
    """The bodies of three or more such boxes; none where they are the comments under a blog's post, unless the page says that it is a thread (`comments`)."""
    groups: dict[tuple[str, str], dict[int, LexborNode]] = {}
    for node in body.css(_POSTLIKE)[:MOST_POSTS]:
        groups.setdefault((node.tag or "", _name(node)), {})[node.mem_id] = node
    best: list[LexborNode] = []
    called, count = "", 0
    most = len(body.text().strip()) * _MOST
    for (_, name), found in groups.items():
        outer = [node for node in found.values() if not inside(node, found.keys())]
        size = sum(len(node.text().strip()) for node in outer) if len(found) > 2 else 0
        if size > most:
            best, most, called, count = outer, size, name, len(found)
    if best and not comments and (_COMMENTS.search(called) or body.css_first(BLOG) is not None):
        return []
    return _bodies(best, count)[:MOST_POSTS] if best else []


def holds(box: LexborNode, node: LexborNode) -> bool:
    return inside(node, {box.mem_id})


def inside(node: LexborNode, ids: Container[int]) -> bool:
    above = node.parent
    while above is not None:
        if above.mem_id in ids:
            return True
        above = above.parent
    return False


def _name(node: LexborNode) -> str:
    name = (node.attributes.get("class") or node.attributes.get("id") or "").split()
    return re.sub(r"[0-9]+", "", name[0]) if name else ""


def _bodies(boxes: list[LexborNode], count: int) -> list[LexborNode]:
    """The smallest parts of one name that hold most of what the boxes say, one for each of the `count` posts in them (replies stand in the boxes of what they answer, too); else the boxes."""
    found: dict[str, dict[int, LexborNode]] = {}
    for box in boxes:
        for node in box.css("[class]")[: _NAMES * count]:
            if node.mem_id != box.mem_id and (name := _name(node)):
                found.setdefault(name, {})[node.mem_id] = node
    whole = sum(len(box.text().strip()) for box in boxes)
    best, least = boxes, whole
    for nodes in found.values():
        if 0.9 * count <= len(nodes) <= 1.1 * count:
            size = sum(len(node.text().strip()) for node in nodes.values())
            if _SHARE * whole <= size <= least and not any(inside(node, nodes.keys()) for node in nodes.values()):
                best, least = [*nodes.values()], size
    return best
