"""Forum threads and pages of questions and answers: their posts are the content, in order, each under its author's name.

Each forum software names its posts' bodies in its own way; what the page calls itself (address, <html>, <body>, generator) says whether
to look for them at all.
"""

import re
from collections import Counter
from collections.abc import Container
from html import escape

from selectolax.lexbor import LexborHTMLParser, LexborNode

from postetl.extract.container import distinct, names

_SAYS_SO = re.compile(
    r"forum|thread|topic|discuss|/t/|/questions?[/-]|question-page|/comments/|community|b(?<=\bb)(?:oards?|bs)\b|x(?<=\bx)f\b|xenforo|phpbb|vbulletin|ipsapp|nodebb|flarum"
    r"|vanilla|l(?<=\bl)ia-|bbpress|punbb|mybb|smf|/talk/|coffeehouse|lobste|lemmy|/s/|qapage"
)  # of what is in lower case; each begins with a character of its own, so that only places of such are looked at
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
_MOST_POSTS = 3000  # on one page
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
    if not _SAYS_SO.search(called.lower()):
        return None
    posts = _posts(body)
    if not posts:
        return None
    for post in posts:
        for quote in reversed(distinct(post.css(_REPEATED))):  # the inner ones first: the outer ones take them along
            if quote.mem_id != post.mem_id:
                quote.decompose()
    if sum(len(post.text().strip()) for post in posts) < _FEWEST:
        return None
    authors = _authors(posts)
    return "".join(f"<p><b>{escape(author)}</b></p><div>{post.html}</div>" if author else f"<div>{post.html}</div>" for post, author in zip(posts, authors, strict=True))


def _posts(body: LexborNode) -> list[LexborNode]:
    for selector in _BODIES:
        found = {node.mem_id: node for node in body.css(selector)[:_MOST_POSTS]}  # a node that two of its parts match comes twice
        outer = [node for node in found.values() if not _inside(node, found.keys())]
        if len(outer) > 1 or (outer and len(outer[0].text().strip()) >= _FEWEST):
            return outer
    return _alike(body)


def _alike(body: LexborNode) -> list[LexborNode]:
    """Boxes of one name that is used for posts, three or more of them, which together hold most of the page's text."""
    groups: dict[tuple[str, str], dict[int, LexborNode]] = {}
    for node in body.css(_POSTLIKE)[:_MOST_POSTS]:
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


def _authors(posts: list[LexborNode]) -> list[str | None]:
    """The name in the largest box around each post that holds no other post."""
    above: list[list[LexborNode]] = []
    holds: Counter[int] = Counter()
    for post in posts:
        boxes: list[LexborNode] = []
        box = post.parent
        while box is not None and box.tag != "body":
            boxes.append(box)
            box = box.parent
        above.append(boxes)
        holds.update(box.mem_id for box in boxes)
    return [_author(post, [box for box in boxes if holds[box.mem_id] == 1]) for post, boxes in zip(posts, above, strict=True)]


def _author(post: LexborNode, boxes: list[LexborNode]) -> str | None:
    for node in boxes[-1].css(_AUTHORS) if boxes else ():
        name = " ".join(node.text().split())
        if name and len(name) <= _LONGEST_NAME and not _inside(node, {post.mem_id}):
            return name
    return None
