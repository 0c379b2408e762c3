"""Forum threads and pages of questions and answers: their posts are the content, in order, each under its author's name.

Each forum software names its posts' bodies in its own way; what the page calls itself (address, <html>, <body>, generator) says whether
to look for them at all.
"""

import re
from collections.abc import Container
from html import escape

from selectolax.lexbor import LexborHTMLParser, LexborNode

from postetl.extract.container import names

_SAYS_SO = re.compile(
    r"forum|thread|topic|discuss|/t/|/questions?[/-]|question-page|/comments/|community|\bboards?\b|\bbbs\b|\bXF\b|xenforo|phpbb|vbulletin|ipsapp|nodebb|flarum"
    r"|vanilla|\blia-|bbpress|punbb|mybb|smf|/talk/|coffeehouse|lobste|lemmy|/s/|qapage",
    re.IGNORECASE,
)
_BODIES = (  # the first that is there, by software
    ".js-post-body",  # Stack Exchange
    ".message-body .bbWrapper, .message-content .bbWrapper",  # XenForo 2
    ".messageContent .messageText",  # XenForo 1
    "[data-role=commentContent]",  # Invision
    "[component='post/content']",  # NodeBB
    ".Post-body",  # Flarum
    ".userContent",  # Vanilla
    "shreddit-post [slot=text-body], shreddit-comment [slot=comment]",  # Reddit
    ".sitetable .usertext-body .md",  # Reddit, old
    ".story_text, .comment_text",  # Lobsters
    ".md-div",  # Lemmy
    ".lia-message-body-content",  # Khoros
    ".bbp-topic-content, .bbp-reply-content",  # bbPress
    ".post_body",  # MyBB
    ".postbody .content",  # phpBB
    ".postmsg",  # FluxBB, PunBB
    "[id^=post_message_]",  # vBulletin 3, 4
    ".js-post__content-text",  # vBulletin 5
    "[id^=msg_].inner",  # Simple Machines
    "[itemtype*=Comment] [itemprop=text], [itemtype*=DiscussionForumPosting] [itemprop=text], [itemtype*=Question] [itemprop=text], [itemtype*=Answer] [itemprop=text]",
    ".topic-body .cooked, [itemprop=text]",  # Discourse
    ".narrow",
    ".msg_body",
)
# Earlier posts, quoted: they stand in the thread already. And what stands under every post of its author.
_REPEATED = (
    ".bbCodeBlock--quote, .bbCodeQuote, .ipsQuote, aside.quote, .quoteheader, .bbc_standard_quote, .quotebox, .postbody .content > blockquote, .bbcode_container,"
    " .message-signature, .signature, .post-signature, .mycode_quote, .js-post-menu, script, style, button, form"
)
_AUTHORS = (
    "[itemprop=author] [itemprop=name], .message-name, .username, .bigusername, .poster, [itemprop=author], [rel~=author], .author, .user-name, .userName,"
    " .names, .user-details a, .ipsType_break, a.user, .name"
)
_POSTLIKE = "[class*=post],[class*=message],[class*=comment],[class*=reply],[class*=answer],[id^=post],[id^=comment],[id^=msg],[id^=reply],article"
_MOST = 0.4  # of the page's text
_LONGEST_NAME = 40
_FEWEST = 200  # characters of all the posts


def thread_html(tree: LexborHTMLParser, address: str) -> str | None:
    """The posts of a thread, each under its author's name, as HTML; None when the page is none. Takes quotes out of the tree.

    `address`: the page's, as far as it is known.
    """
    root, body = tree.root, tree.body
    if root is None or body is None:
        return None
    said = tree.head.css("link[rel=canonical], meta[name=generator]") if tree.head is not None else []
    called = " ".join((address, names(root.attributes), names(body.attributes), *(s.attributes.get("href") or s.attributes.get("content") or "" for s in said)))
    if not _SAYS_SO.search(called):
        return None
    posts = _posts(body)
    if not posts:
        return None
    for post in posts:
        for quote in post.css(_REPEATED):
            if quote.mem_id != post.mem_id:
                quote.decompose()
    if sum(len(post.text().strip()) for post in posts) < _FEWEST:
        return None
    ids = {post.mem_id for post in posts}
    return "".join(f"<p><b>{escape(author)}</b></p><div>{post.html}</div>" if (author := _author(post, ids)) else f"<div>{post.html}</div>" for post in posts)


def _posts(body: LexborNode) -> list[LexborNode]:
    for selector in _BODIES:
        found = {node.mem_id: node for node in body.css(selector)}  # a node that two of its parts match comes twice
        outer = [node for node in found.values() if not _inside(node, found.keys())]
        if len(outer) > 1 or (outer and len(outer[0].text().strip()) >= _FEWEST):
            return outer
    return _alike(body)


def _alike(body: LexborNode) -> list[LexborNode]:
    """Boxes of one name that is used for posts, three or more of them, which together hold most of the page's text."""
    groups: dict[tuple[str, str], dict[int, LexborNode]] = {}
    for node in body.css(_POSTLIKE):
        name = (node.attributes.get("class") or node.attributes.get("id") or "").split()
        groups.setdefault((node.tag or "", re.sub(r"[0-9]+", "", name[0]) if name else ""), {})[node.mem_id] = node
    best: list[LexborNode] = []
    most = len(body.text().strip()) * _MOST
    for found in groups.values():
        outer = [node for node in found.values() if not _inside(node, found.keys())]
        size = sum(len(node.text().strip()) for node in outer) if len(outer) > 2 else 0
        if size > most:
            best, most = outer, size
    return best


def _inside(node: LexborNode, ids: Container[int]) -> bool:
    above = node.parent
    while above is not None:
        if above.mem_id in ids:
            return True
        above = above.parent
    return False


def _author(post: LexborNode, posts: set[int]) -> str | None:
    """The name in the largest box around a post that holds no other post."""
    box: LexborNode | None = post
    above = post.parent
    while above is not None and above.tag != "body" and not _others(above, post, posts):
        box, above = above, above.parent
    if box is None or box.mem_id == post.mem_id:
        return None
    for node in box.css(_AUTHORS):
        name = " ".join(node.text().split())
        if name and len(name) <= _LONGEST_NAME and not _inside(node, {post.mem_id}):
            return name
    return None


def _others(box: LexborNode, post: LexborNode, posts: set[int]) -> bool:
    """Whether another post stands in the box. Looks at the box's children only: those below were looked at on the way up."""
    child = box.child
    while child is not None:
        if child.mem_id in posts and child.mem_id != post.mem_id:
            return True
        child = child.next
    return any(node.mem_id in posts and node.mem_id != post.mem_id for node in box.traverse())
