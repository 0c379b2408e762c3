"""WordPress by its REST API: every post, oldest first, in windows of dates; by the pages of its feed where the API is off.

The wire is read in wordpress_posts, the way through it found in wordpress_paging, the site in wordpress_site.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from postetl import urls
from postetl.errors import Malformed, Reason
from postetl.model import Answer, Parsed, Plan, Rejected, Target, Window
from postetl.sources import charset, feed, moments, spans
from postetl.sources import wordpress_paging as paging
from postetl.sources import wordpress_posts as wire
from postetl.sources.query import ask, parameters
from postetl.sources.wordpress_site import posts_address

NAME = "wordpress"
OFF = frozenset({401, 403, 404, 405, 410, 501})  # what plugins that switch the API off answer with
PAST_THE_END = re.compile(r"rest_\w*invalid_page_number")  # https://github.com/WordPress/wordpress-develop: class-wp-rest-posts-controller.php
_ENDS = 2  # answers of the first round
COUNTED = 60  # windows whose posts are counted, a small request each; past that a plan says `at least`
LAG = timedelta(days=1)  # what an increment asks for again: clocks differ, and before 5.3 an offset was lost
_CAP = re.compile(r"between 1 \(inclusive\) and (\d{1,3}) \(inclusive\)|\band (\d{1,3})\b")


def recognises(body: bytes, content_type: str | None, url: str) -> bool:
    """A list of posts, an error of the API; an empty list only at the API's own address."""
    begin = body[:64].lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00")
    if not begin.startswith((b"[", b"{")) or not charset.readable(body):
        return False
    value = wire.document(body, content_type)
    if isinstance(value, list):
        return wire.is_post(value[0]) if value else urls.is_web(url) and paging.is_posts(url)
    return _error(value) is not None


def read(body: bytes, *, url: str, content_type: str | None = None) -> Parsed:
    """The posts of a page of the API, or of the feed where the API is off; `follow` leads on within the window.

    Raises Malformed: WRONG_KIND for what is neither, MALFORMED for an error of the API, with the site's own words.
    """
    charset.text_of(body, content_type, url)
    if feed.recognises(body, content_type, url):
        return _feed(body, url, content_type)
    value = wire.document(body, content_type)
    if said := _error(value):
        if PAST_THE_END.match(said[0]):
            return Parsed(NAME)
        raise Malformed(f"the site's API refuses: {': '.join(said)}"[:300], url=url)
    if not isinstance(value, list):
        broken = value is None and body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"[")
        raise Malformed("no list of WordPress posts in it", url=url, reason=Reason.MALFORMED if broken else Reason.WRONG_KIND)
    if value and not any(isinstance(v, dict) and ("id" in v or "link" in v) for v in value):
        raise Malformed("a list, but of no WordPress posts", url=url, reason=Reason.WRONG_KIND)
    web = urls.is_web(url)
    items, rejects = wire.items(value, url, paging.home_of(url) if web else url)
    posts = tuple(i.post for i in items if i.post)
    follow: tuple[Target, ...]
    if web and "offset" not in parameters(url) and paging.strays(url, items):
        if parameters(url).get("orderby") == "modified":
            return Parsed(NAME, None, posts, (paging.by_number(url, NAME),), tuple(rejects))
        rejects.append(Rejected(url, "read", Reason.MALFORMED, "the site sent posts that were not asked for: it, or a cache before it, ignores `after` or `before`; the walk ends here"))
        follow = ()
    else:
        follow = paging.onward(url, items, NAME) if web else ()
    pages = (Target(url=str(p.url), kind="page", depth=1, entry=p) for p in posts if p.html is None and urls.is_web(p.url))
    return Parsed(NAME, None, posts, (*pages, *follow), tuple(rejects))


def found(body: bytes, *, url: str, headers: Mapping[str, str], content_type: str | None = None) -> str | None:
    """By the API's own answers, the Link header, the link element, or the generator."""
    return posts_address(body, url=url, headers=headers, content_type=content_type, listed=recognises(body, content_type, url))


def survey(
    where: str, *, since: datetime | None = None, until: datetime | None = None, answers: Sequence[Answer] = ()
) -> tuple[Target, ...]:
    """First the two ends, then, once these answers are given, a count of each window. An API that is off is asked no more."""
    if not answers:
        return _targets(where, since, until)
    state = _Survey(answers)
    if state.off or state.oldest is None:
        return ()
    if state.newest is None:
        return _targets(where, since, until, cap=state.cap)[1:] if state.refused and len(answers) == _ENDS else ()
    windows = state.spans(since, until)
    if len(answers) > _ENDS + state.refused or not 1 < len(windows) <= COUNTED:
        return ()
    return tuple(_small(where, s.since, s.until, order="asc") for s in windows)


def plan(where: str, answers: Sequence[Answer], *, since: datetime | None = None, until: datetime | None = None) -> Plan:
    """Windows of dates; where the API is off, the pages of the feed, the first of which leads to the others.

    Raises Malformed when the site did not answer, or with nothing that WordPress says.
    """
    state = _Survey(answers)
    if state.off:
        page = paging.feed_page(paging.home_of(where), 1)
        return Plan((Window(page, page, NAME),), exact=False, requests=1, where=page)
    if state.none:
        return Plan((), exact=True, posts=0, requests=0)
    if state.oldest is None or state.newest is None:
        said = ", ".join(str(a.status or "no answer") for a in answers) or "nothing was asked"
        raise Malformed(f"the site's API did not say how far its posts go back ({said}): try again later", url=where)
    windows = []
    parts = state.spans(since, until)
    for span in parts:
        count = state.total if len(parts) == 1 else state.counts.get((_after(span.since), _until(span.until)))
        begin = ask(where, per_page=state.cap, order="asc", orderby="date", after=_after(span.since), before=_until(span.until), _embed="author,wp:term")
        windows.append(Window(span.key, begin, NAME, span.since, span.until, count, None if count is None else _requests(count, state.cap)))
    known = [w.requests for w in windows if w.requests is not None]
    exact = len(known) == len(windows)
    posts = sum(w.posts or 0 for w in windows) if exact else state.total
    least = sum(known) if exact else _requests(state.total or 0, state.cap) + len(windows) - 1
    return Plan(tuple(windows), exact=exact, posts=posts, requests=least, oldest=state.oldest)


def increment(where: str, since: datetime) -> Target | None:
    """By the date of change, a day before `since` again; nothing where there is only the feed, which a run reads anyway. `modified_after` is heard since 5.7, and strays tell where it is not:

    https://make.wordpress.org/core/2021/02/23/rest-api-changes-in-wordpress-5-7/
    """
    if "feed" in parameters(where):
        return None  # the API is off
    after = spans.stamp((since - LAG).replace(microsecond=0))
    return Target(ask(where, order="asc", orderby="modified", modified_after=after, _embed="author,wp:term"), kind=NAME)


class _Survey:
    """What the answers say together, whatever round they are of."""

    def __init__(self, answers: Sequence[Answer]) -> None:
        self.oldest: datetime | None = None
        self.newest: datetime | None = None
        self.total: int | None = None
        self.cap = paging.PAGE
        self.counts: dict[tuple[str, str], int] = {}
        self.refused = self.none = False
        for number, answer in enumerate(answers):
            value = wire.document(answer.body, answer.content_type)
            if answer.status == 200 and isinstance(value, list):
                self._page(number, answer, value)
            elif (said := _error(value)) and said[0] == "rest_invalid_param" and "per_page" in answer.body[:4000].decode("utf-8", "replace"):
                self.refused = True
                self.cap = _cap(said[1])
        first = answers[0] if answers else None
        value = wire.document(first.body, first.content_type) if first else None
        # an HTML page with a 200 is what a site answers whose API was taken away without a word
        self.off = first is not None and (first.status in OFF or (first.status == 200 and not isinstance(value, list)))

    def _page(self, number: int, answer: Answer, value: list[object]) -> None:
        total = answer.headers.get("x-wp-total", "")
        count = int(total) if total.isascii() and total.isdecimal() and len(total) < 10 else None
        dates = [when for v in value if isinstance(v, dict) and (when := _moment(v))]
        if number == 0:
            self.total, self.oldest, self.none = count, min(dates, default=None), count == 0 or not value
        elif self.newest is None:
            self.newest = max(dates, default=None)
        elif count is not None:
            query = parameters(answer.url)
            self.counts[query.get("after", ""), query.get("before", "")] = count

    def spans(self, since: datetime | None, until: datetime | None) -> list[spans.Span]:
        if self.oldest is None or self.newest is None:
            return []
        return spans.planned(self.oldest, self.newest, self.total, since=since, until=until)


def _targets(where: str, since: datetime | None, until: datetime | None, *, cap: int = paging.PAGE) -> tuple[Target, ...]:
    """The oldest post with the total, and the newest with the question whether a full page is allowed."""
    return (_small(where, since, until, order="asc"), _small(where, since, until, order="desc", per_page=cap))


def _small(where: str, since: datetime | None, until: datetime | None, *, order: str, per_page: int = 1) -> Target:
    """`_fields` keeps it small since 4.9.8; before, whole posts come and are read as well."""
    url = ask(where, per_page=per_page, order=order, orderby="date", after=_after(since) if since else None, before=_until(until) if until else None, _fields="id,date,date_gmt")
    return Target(url, kind=NAME)


def _after(since: datetime) -> str:
    return spans.stamp(spans.moved(spans.whole(since), -1))  # exclusive, and dates have whole seconds


def _until(until: datetime) -> str:
    return spans.stamp(spans.whole(until))


def _requests(posts: int, cap: int) -> int:
    return math.ceil(posts / cap) + 1  # and the empty page that ends it


def _feed(body: bytes, url: str, content_type: str | None) -> Parsed:
    """A page of the feed: the next is there until it is a 404. https://developer.wordpress.org/reference/classes/wp/handle_404/"""
    parsed = feed.read(body, url=url, content_type=content_type)
    page = parameters(url).get("paged", "1")
    follow = parsed.follow
    if parsed.posts and urls.is_web(url) and page.isdecimal() and len(page) < 8:
        follow += (Target(ask(url, paged=int(page) + 1), kind=NAME, depth=1, opens=True, may_end=True),)
    return replace(parsed, kind=NAME, follow=follow)


def _moment(value: Mapping[str, object]) -> datetime | None:
    given = next((t for t in (value.get("date_gmt"), value.get("date")) if isinstance(t, str)), None)
    return moments.believable(moments.instant(given)) if given else None


def _error(value: object) -> tuple[str, str] | None:
    """(code, message) of an API error."""
    if not isinstance(value, dict) or not isinstance(code := value.get("code"), str) or not code.startswith("rest_"):
        return None
    message, data = value.get("message"), value.get("data")
    details = data.get("params") if isinstance(data, dict) else None
    words = [message] if isinstance(message, str) else []
    words += [w for w in details.values() if isinstance(w, str)] if isinstance(details, dict) else []
    return code, " ".join(words)


def _cap(said: str) -> int:
    numbers = [int(a or b) for a, b in _CAP.findall(said)]
    return next((n for n in numbers if 1 <= n <= paging.PAGE), 10)

