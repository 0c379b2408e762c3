"""Blogger by its own Atom feed, `/feeds/posts/default`: every post, newest first, in windows of dates.

A plain Blogger feed stays a `feed`; as this kind a document is read only when that is said, and then `follow` leads on. What a page may
hold has shrunk over the years, 500 posts, 150, 100, and its bytes count, too (https://too-clever-by-half.blogspot.com/2019/03/the-incredible-shrinking-feeds.html,
https://github.com/bebraw/blogger2ghost/issues/19): so a walk goes on by what came, and ends with an empty page. `start-index` alone would
shift when a post is deleted; it goes by date, and asks for the last second again. The parameters: https://developers.google.com/gdata/docs/1.0/reference
(the lower bound of dates is inclusive, the upper exclusive), https://developers.google.com/blogger/docs/2.0/reference.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit, urlunsplit

from postetl import urls
from postetl.errors import Malformed
from postetl.model import Answer, Parsed, Plan, RawPost, Target, Window
from postetl.sources import charset, feed, hints, moments, spans
from postetl.sources.query import ask, parameters

NAME = "blogger"
PAGE = 150  # asked for; what comes is the server's to say
COUNTED = 60  # windows whose posts are counted, a small request each; past that a plan says `at least`
LAG = timedelta(hours=1)  # what an increment asks for again
GDATA = "http://schemas.google.com/g/2005#feed"
_POSTS = re.compile(r"(?:/feeds(?:/\d+)?/posts/(?:default|full|summary)(?:/-/[^?#]+)?|/atom\.xml|/rss\.xml)/?$")  # the last two lead there
_ARCHIVE = re.compile(r"/feeds(?:/\d+)?/posts/(?:default|full|summary)(?:/-/[^?#]+)?/?$")
_GENERATOR = re.compile(r"<generator\b[^<>]{0,400}>\s*Blogger\s*</generator>", re.IGNORECASE)
_HOST = re.compile(r"(?:^|\.)blogspot\.(?:com?\.)?[a-z]{2,3}$")  # blogspot.com, blogspot.de, blogspot.co.uk
_TOTAL = re.compile(r"<(?:[\w-]{1,40}:)?totalResults\b[^<>]{0,200}>\s*([0-9]{1,9})\s*<")
_PUBLISHED = re.compile(r"<(?:[\w-]{1,40}:)?published\b[^<>]{0,200}>\s*([^<>]{1,40}?)\s*<")
_WALK = frozenset({"start-index", "max-results", "published-min", "published-max", "updated-min", "updated-max", "orderby", "alt", "redirect"})


def recognises(body: bytes, content_type: str | None, url: str) -> bool:  # noqa: ARG001
    """Never by itself: its documents are feeds, and a source that is one is asked for its newest posts, not walked."""
    return False


def read(body: bytes, *, url: str, content_type: str | None = None) -> Parsed:
    """As the feed reader does; `follow` has the next page within the window. Raises Malformed as it does."""
    parsed = feed.read(body, url=url, content_type=content_type)
    onward = _onward(url, parsed.posts, _total(body, content_type)) if urls.is_web(url) else ()
    return replace(parsed, kind=NAME, follow=(*parsed.follow, *onward))


def found(body: bytes, *, url: str, headers: Mapping[str, str], content_type: str | None = None) -> str | None:  # noqa: ARG001  it sends none
    """By the feed's own link to itself, a page's service.post, the generator, or a host of Blogger's."""
    if not urls.is_web(url):
        return None
    text = hints.head(body, content_type)
    if not text:
        return None
    if feed.recognises(body, content_type, url):
        if not (_GENERATOR.search(text) or GDATA in text):
            return None
        if _ARCHIVE.search(urlsplit(url).path):
            return _bare(url)  # with its label, if it has one
        if "/feeds/" in urlsplit(url).path:
            return None  # comments, of the blog or of one post
        return next((_bare(a) for rel, a in hints.links(text, url) if GDATA in rel and _is_posts(a)), None)
    own = [a for rel, a in hints.links(text, url) if "alternate" in rel and _is_posts(a)]
    service = [a for rel, a in hints.links(text, url) if "service.post" in rel and _is_posts(a)]
    if not (service or hints.generator(text).lower() == "blogger" or (_HOST.search(urls.origin(url)[1]) and own)):
        return None
    same = [a for a in own if urls.origin(a)[1] == urls.origin(url)[1]]
    return _bare((same or [urls.join(url, "/feeds/posts/default")])[0])


def survey(
    where: str, *, since: datetime | None = None, until: datetime | None = None, answers: Sequence[Answer] = ()
) -> tuple[Target, ...]:
    """First the newest post with the total, then, once that is answered, the oldest, then a count of each window."""
    if not answers:
        return (_small(where, since, until),)
    state = _Survey(answers)
    if state.newest is None or not state.total:
        return ()
    if state.oldest is None:
        return (_small(where, since, until, start=state.total),) if len(answers) == 1 else ()
    parts = state.spans(since, until)
    if len(answers) > 2 or not 1 < len(parts) <= COUNTED:
        return ()
    return tuple(_small(where, s.since, s.until) for s in parts)


def plan(where: str, answers: Sequence[Answer], *, since: datetime | None = None, until: datetime | None = None) -> Plan:
    """Windows of dates; while the oldest post is not known, one that is walked from the newest on.

    Raises Malformed when the feed is off (404) or did not answer: the blog's pages of months are there for a listing.
    """
    first = answers[0] if answers else None
    state = _Survey(answers)
    if first is None or first.status != 200 or not state.readable:
        said = "nothing was asked" if first is None else f"it answered {first.status}" if first.status else "no answer"
        raise Malformed(f"the blog gives out no feed of its posts ({said}): its pages of months, /YYYY/MM/, can be listed instead", url=where)
    if state.total == 0 or state.newest is None:
        return Plan((), exact=state.total == 0, posts=state.total, requests=0)
    if state.oldest is None:
        return Plan((Window("all", _page(where, since, until), NAME, since, until, state.total, None),), exact=False, posts=state.total, requests=_requests(state.total or 0))
    windows, parts = [], state.spans(since, until)
    counts = state.counts if sum(state.counts.values()) == state.total else {}  # a server that counts the blog, not the window, counts nothing
    for span in parts:
        count = state.total if len(parts) == 1 else counts.get((spans.stamp(span.since), spans.stamp(span.until)))
        begin = _page(where, span.since, span.until)
        windows.append(Window(span.key, begin, NAME, span.since, span.until, count, None if count is None else _requests(count)))
    known = [w.requests for w in windows if w.requests is not None]
    posts = sum(w.posts or 0 for w in windows) if len(known) == len(windows) else state.total
    least = sum(known) if len(known) == len(windows) else _requests(state.total or 0) + len(windows) - 1
    # how many posts a page holds is the server's secret: the posts are exact, the requests are not
    return Plan(tuple(windows), exact=False, posts=posts, requests=least, oldest=state.oldest)


def increment(where: str, since: datetime) -> Target | None:
    """`updated-min` is ignored unless the order is by it: https://developers.google.com/blogger/docs/2.0/reference#Parameters"""
    after = spans.stamp((since - LAG).replace(microsecond=0))
    more: dict[str, str | int | None] = {"max-results": PAGE, "orderby": "updated", "updated-min": after}
    return Target(ask(where, **more), kind=NAME)


class _Survey:
    """What the answers say together, in the order of `survey`'s rounds."""

    def __init__(self, answers: Sequence[Answer]) -> None:
        self.total: int | None = None
        self.newest: datetime | None = None
        self.oldest: datetime | None = None
        self.readable = False
        self.counts: dict[tuple[str, str], int] = {}
        for number, answer in enumerate(answers):
            if answer.status != 200 or not feed.recognises(answer.body, answer.content_type, answer.url):
                continue
            total, when = _total(answer.body, answer.content_type), _published(answer)
            if number == 0:
                self.readable, self.total, self.newest = True, total, when
            elif number == 1:
                self.oldest = when
            elif total is not None:
                query = parameters(answer.url)
                self.counts[query.get("published-min", ""), query.get("published-max", "")] = total

    def spans(self, since: datetime | None, until: datetime | None) -> list[spans.Span]:
        if self.oldest is None or self.newest is None:
            return []
        return spans.planned(self.oldest, self.newest, self.total, since=since, until=until)


def _onward(url: str, posts: Sequence[RawPost], total: int | None) -> tuple[Target, ...]:
    """The next page. The last second is asked for again; only where nothing but it came does `start-index` go on."""
    if not posts:
        return ()
    query = parameters(url)
    by_update = query.get("orderby") == "updated"
    start = int(query["start-index"]) if re.fullmatch(r"[1-9][0-9]{0,8}", query.get("start-index", "")) else 1
    upper = "updated-max" if by_update else "published-max"
    dates = [when for p in posts if (when := p.updated_at if by_update else p.published_at)]
    bound = moments.instant(query.get(upper, ""))
    cursor = min(dates).replace(microsecond=0) + timedelta(seconds=1) if len(dates) == len(posts) else None
    more: dict[str, str | int | None] = {"max-results": query.get("max-results", str(PAGE)), "orderby": "updated" if by_update else "published"}
    onward = cursor is not None and (bound is None or cursor < bound)
    if cursor and onward:
        more |= {upper: spans.stamp(cursor), "start-index": None}
    elif total is not None and total < start + len(posts):
        return ()  # the second that was asked for again has no more
    else:
        more |= {"start-index": start + len(posts)}
    return (Target(ask(url, **more), kind=NAME, depth=1, opens=not _windowed(query), may_end=not onward),)


def _windowed(query: Mapping[str, str]) -> bool:
    """A bound is set, or the order that only an increment asks for: the walk is under way and goes on by itself."""
    return "published-min" in query or "updated-min" in query


def _small(where: str, since: datetime | None, until: datetime | None, *, start: int | None = None) -> Target:
    return Target(_page(where, since, until, size=1, start=start), kind=NAME)


def _page(where: str, since: datetime | None, until: datetime | None, *, size: int = PAGE, start: int | None = None) -> str:
    bounds = {"published-min": spans.stamp(since) if since else None, "published-max": spans.stamp(until) if until else None}
    paging: dict[str, str | int | None] = {"max-results": size, "orderby": "published", "start-index": start}
    return ask(where, **paging, **bounds)


def _requests(posts: int) -> int:
    return math.ceil(posts / PAGE) + 1


def _total(body: bytes, content_type: str | None) -> int | None:
    """OpenSearch's, 1.0 or 1.1, which stands before the entries."""
    said = _TOTAL.search(hints.head(body, content_type))
    return int(said[1]) if said else None


def _published(answer: Answer) -> datetime | None:
    """Of the only entry there."""
    said = _PUBLISHED.search(charset.decode(answer.body, answer.content_type))
    return moments.believable(moments.instant(said[1])) if said else None


def _is_posts(address: str) -> bool:
    return urls.is_web(address) and _POSTS.search(urlsplit(address).path) is not None


def _bare(url: str) -> str:
    """As Atom and from the beginning; a choice of posts (a label, `q`) stays."""
    parts = urlsplit(url)
    if not _ARCHIVE.search(parts.path):
        return urls.join(url, "/feeds/posts/default")
    return ask(urlunsplit(parts), **dict.fromkeys(_WALK))
