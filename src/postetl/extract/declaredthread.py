"""The posts of a thread as its page tells them to machines: JSON-LD's DiscussionForumPosting with comments, Question with answers (schema.org)."""

import json
import re
from html import escape, unescape

from selectolax.lexbor import LexborHTMLParser

from postetl.extract.declared import declares_thread, text, types

_SCRIPTS = "script[type='application/ld+json']"
_KINDS = frozenset(["DiscussionForumPosting", "Question"])
_ARTICLES = frozenset(["Article", "NewsArticle", "BlogPosting"])  # one told before a thread is what the page is
_INTO = ("@graph", "mainEntity")
_REPLIES = ("acceptedAnswer", "suggestedAnswer", "comment")
_TAGS = re.compile(r"<(?:p|br|div|ul|ol|li|pre|blockquote|code|a|b|i|em|strong)\b", re.IGNORECASE)
_MOST_CHARACTERS = 1_000_000  # of one script
_MOST_POSTS = 1000
_MOST_TWICE = 20  # posts that a later one is compared with
_MOST_SCRIPTS = 20
_FEWEST = 2  # posts

Post = tuple[str | None, str]  # the author's name, and the body's HTML


def declared_posts(tree: LexborHTMLParser) -> list[Post]:
    """Two posts or more, the opening one first; none where the page declares fewer."""
    for script in tree.css(_SCRIPTS)[:_MOST_SCRIPTS]:
        source = script.text()
        if len(source) > _MOST_CHARACTERS or not declares_thread(source):
            continue
        try:
            thread = _thread(json.loads(source, strict=False))
        except (ValueError, RecursionError):
            continue
        if thread is not None and len(posts := _posts(thread)) >= _FEWEST:
            return posts
    return []


def _thread(value: object) -> dict[str, object] | None:
    waiting = [value]
    for part in waiting:
        if isinstance(part, list):
            waiting += part[:50]
        elif isinstance(part, dict):
            if _KINDS.intersection(types(part)):
                return part
            if _ARTICLES.intersection(types(part)):
                return None
            waiting += [part[key] for key in _INTO if key in part]
        if len(waiting) > _MOST_POSTS:
            break
    return None


def _posts(thread: dict[str, object]) -> list[Post]:
    """In the order of the thread: each post before the replies to it."""
    posts: list[Post] = []
    waiting: list[object] = [thread]
    looked = 0
    while waiting and looked < _MOST_POSTS:
        post = waiting.pop()
        looked += 1
        if isinstance(post, list):
            waiting += reversed(post[:_MOST_POSTS])
        elif isinstance(post, dict):
            said = post.get("articleBody") or post.get("text")
            if isinstance(said, str) and said.strip():
                told = (text(post.get("author")), _html(said))
                if told not in posts[:_MOST_TWICE]:  # an accepted answer is among those suggested, too
                    posts.append(told)
            waiting += [post[key] for key in reversed(_REPLIES) if key in post]
    return posts


def _html(said: str) -> str:
    if _TAGS.search(said):
        return said
    return "".join(f"<p>{escape(line.strip(), quote=False)}</p>" for line in unescape(said).splitlines() if line.strip())
