"""Where WordPress' posts are, and how a walk through them goes on: addresses in, addresses out.

A page number would shift when a post is deleted, and MySQL orders equal dates as it likes, another way on each page. So a walk goes by
date, oldest first, and asks for the last date again without the posts that it has: nothing is lost, nothing comes twice, whatever is
added or deleted meanwhile, however small the pages are that a plugin allows, and it ends with an empty page.

`after` and `before` are exclusive. Without an offset they are the site's clock, as `date` is, in every version; with one they are
turned into it by its present zone, since 5.3: https://developer.wordpress.org/reference/classes/wp_date_query/build_mysql_datetime/
(before 5.3 the offset was lost: https://make.wordpress.org/core/2019/09/23/date-time-improvements-wp-5-3/). A window begins and ends by
UTC; inside it a walk keeps to the site's clock, which holds for a site that has moved to another zone, too.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit, urlunsplit

from postetl import urls
from postetl.model import Target
from postetl.sources import moments
from postetl.sources.query import ask, parameters
from postetl.sources.wordpress_posts import Item

ROUTE = "wp/v2/posts"
PAGE = 100  # the most that wp/v2 allows; plugins allow less, so that only a walk that was surveyed asks for more than the ten that come unasked
OVERLAP = 5  # where there is only an offset to go by, so many deletions between two pages lose nothing
MOST_EXCLUDED = 300  # numbers in an address: 3 KB; past that the posts of one second get a walk of their own
SLACK = timedelta(days=2)  # between clocks: what no zone makes
_GAP = 3600  # seconds that a clock leaps in spring
_NAIVE = 19  # characters of a date without an offset
_NUMBER = re.compile(r"[0-9]{1,18}")
_WALK = frozenset({
    "per_page", "page", "offset", "order", "orderby", "after", "before", "exclude", "modified_after", "modified_before", "_embed", "_fields", "context",
    "_envelope", "_jsonp",
})  # fmt: skip


def posts_of(root: str) -> str:
    """The address of the posts, from that of the API: `.../wp-json/`, or `/?rest_route=/` where permalinks are plain.

    https://developer.wordpress.org/rest-api/extending-the-rest-api/routes-and-endpoints/#routes-vs-endpoints
    """
    if "rest_route" in parameters(root):
        return ask(root, rest_route=f"/{ROUTE}")
    return urls.join(root if root.endswith("/") else root + "/", ROUTE)


def is_posts(url: str) -> bool:
    return parameters(url).get("rest_route", urlsplit(url).path).rstrip("/").endswith(f"/{ROUTE}")


def bare(url: str) -> str:
    """Without what belongs to a walk; what else chooses posts (`categories=3`) stays."""
    return ask(url, **dict.fromkeys(_WALK))


def home_of(posts: str) -> str:
    """The site whose posts are at that address."""
    if "rest_route" in parameters(posts):
        return urlunsplit(urlsplit(posts)._replace(query="", fragment=""))
    parts = urlsplit(posts)
    if parts.netloc == "public-api.wordpress.com":  # /wp/v2/sites/HOST/posts
        return f"https://{parts.path.removesuffix('/posts').rpartition('/')[2]}/"
    path = parts.path.rstrip("/").removesuffix(ROUTE).rstrip("/").rpartition("/")[0]
    return urlunsplit(parts._replace(path=path.removesuffix("/index.php") + "/", query="", fragment=""))


def feed_page(home: str, number: int) -> str:
    """A page of the RSS feed, by the parameters that every permalink structure knows: https://wordpress.org/documentation/article/wordpress-feeds/"""
    return ask(home, feed="rss2", paged=number)


def onward(url: str, items: Sequence[Item], kind: str) -> tuple[Target, ...]:
    """What follows that page; nothing after an empty one."""
    query = parameters(url)
    if not items:
        return ()
    if "offset" in query:
        return _by_offset(url, query, items, kind)
    by = query.get("orderby", "date")
    clocks = _clocks(items, by)
    if not clocks:
        page = query.get("page", "1")
        return (Target(ask(url, page=int(page) + 1), kind=kind, depth=1, may_end=True),) if _NUMBER.fullmatch(page) else ()
    rising = query.get("order") == "asc"
    prefix = "modified_" if by == "modified" else ""
    edge, bound = (max(clocks), f"{prefix}after") if rising else (min(clocks), f"{prefix}before")
    cursor = _before(edge) if rising else _moved(edge, 1)
    came = [str(i.number) for i in items if (at := i.clock if by == "date" else i.modified_clock) and i.number is not None and (at > cursor) == rising]
    near = abs(_seconds(cursor) - _seconds(query.get(bound, ""))) <= _GAP  # what was left out before may lie past the new cursor, too
    known = [n for n in query.get("exclude", "").split(",") if _NUMBER.fullmatch(n)] if near else []
    step = ask(url, page=None, _embed=query.get("_embed", "author,wp:term"), exclude=None)
    opens = not rising and "after" not in query  # the newest posts, of which a run is told: the rest is the past

    def to(address: str) -> Target:  # past the last post there is an empty list: an error is none of the ends
        return Target(address, kind=kind, depth=1, opens=opens)

    if known and len(came) == len(items) and set(came) <= set(known):  # a site that does not hear `exclude` would send them for ever
        return (to(ask(step, **{bound: edge})),)
    seen = list(dict.fromkeys(known + came))
    if len(seen) > MOST_EXCLUDED:
        block = {f"{prefix}after": _before(edge), f"{prefix}before": _moved(edge, 1)}
        return to(ask(step, orderby="id", order="asc", offset=0, **block)), to(ask(step, **{bound: edge}))
    return (to(ask(step, **{bound: cursor, "exclude": ",".join(seen)})),)


def strays(url: str, items: Sequence[Item]) -> bool:
    """Whether posts came that were not asked for: the site (or a cache before it) does not hear the parameters, and a walk would never end."""
    query = parameters(url)
    by = query.get("orderby", "date")
    prefix = "modified_" if by == "modified" else ""
    after, before = query.get(f"{prefix}after", ""), query.get(f"{prefix}before", "")
    if any((len(after) == _NAIVE and clock <= after) or (len(before) == _NAIVE and clock >= before) for clock in _clocks(items, by)):
        return True
    asked = moments.instant(after) if prefix and len(after) > _NAIVE else None
    return asked is not None and any(i.modified and i.modified < asked - SLACK for i in items)


def by_number(url: str, kind: str) -> Target:
    """An increment where `modified_after` is not heard: newest changes first, until they are older than that."""
    return Target(ask(url, order="desc", offset=0, exclude=None), kind=kind, depth=1)


def _clocks(items: Sequence[Item], by: str) -> list[str]:
    return [clock for i in items if (clock := {"date": i.clock, "modified": i.modified_clock}.get(by))]


def _by_offset(url: str, query: Mapping[str, str], items: Sequence[Item], kind: str) -> tuple[Target, ...]:
    asked, last, since = query["offset"], items[-1].modified, moments.instant(query.get("modified_after", ""))
    if len(items) <= OVERLAP or not _NUMBER.fullmatch(asked) or (query.get("orderby") == "modified" and since and last and last < since):
        return ()
    return (Target(ask(url, offset=int(asked) + len(items) - OVERLAP), kind=kind, depth=1),)


def _before(clock: str) -> str:
    """Where to begin so that `clock` comes again: the second before; before the hour that clocks leap over, if they may have leapt to it.

    PHP takes a time within the leap, 02:59:59, for one after it, 03:59:59, and an hour of posts would be lost.
    """
    return _moved(clock, -1 - _GAP if clock[14:] in ("00:00", "30:00") else -1)


def _seconds(clock: str) -> float:
    try:
        return datetime.fromisoformat(clock).replace(tzinfo=UTC).timestamp() if len(clock) == _NAIVE else float("inf")
    except ValueError:
        return float("inf")


def _moved(clock: str, seconds: int) -> str:
    try:
        return (datetime.fromisoformat(clock) + timedelta(seconds=seconds)).isoformat()
    except (ValueError, OverflowError):
        return clock
