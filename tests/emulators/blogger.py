"""A Blogger blog of generated posts on loopback, as its documents and users say; no page of anybody's is in it.

    blog = blogger.Blog(1000, cap=100)
    with web.serve({"*": blog}) as site: ...        # site.url("/") is its home page
    blog.edit(7, when); blog.delete(9); blog.add(when)    # at any time, also in blog.meanwhile, which is called before each answer

- `start-index` from 1, `max-results` (25 unless asked), `published-min` inclusive and `published-max` exclusive, `orderby`, OpenSearch totals:
  https://developers.google.com/gdata/docs/1.0/reference
- `updated-min` and `updated-max` are ignored unless orderby=updated: https://developers.google.com/blogger/docs/2.0/reference#Parameters
- a page holds 500 posts, 150 (https://github.com/bebraw/blogger2ghost/issues/19), 100 or, by their bytes, fewer, whatever was asked for:
  https://too-clever-by-half.blogspot.com/2019/03/the-incredible-shrinking-feeds.html
- past the last post there is an empty feed; the owner may give out summaries, or nothing (404): https://support.google.com/blogger/answer/41450
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

import web

FIRST = datetime(2009, 3, 2, 8, 15, 0, 1000, tzinfo=UTC)
PACIFIC = timezone(timedelta(hours=-8))
NUMBER = "1234567890123456789"


@dataclass(frozen=True)
class Post:
    number: int
    at: datetime
    updated: datetime
    text: str


@dataclass
class Blog:
    count: int = 1000
    every: timedelta = timedelta(hours=80, minutes=11)
    same: int = 1  # so many posts in a row have one date
    cap: int = 150
    size: int = 2_000_000  # bytes of text that a page may have
    feed: bool = True  # off: 404
    summaries: bool = False
    counts_the_query: bool = True  # else totalResults is the whole blog's
    throttled: int = 0
    meanwhile: Callable[[web.Request], None] = lambda request: None
    posts: dict[int, Post] = field(default_factory=dict)
    origin: str = ""

    def __post_init__(self) -> None:
        for number in range(1, self.count + 1):
            at = FIRST + self.every * ((number - 1) // self.same)
            self.posts[number] = Post(number, at, at + timedelta(minutes=2), f"<p>Text of post {number}.</p>" + "<br/>" * (number % 40))

    def add(self, at: datetime) -> Post:
        number = max(self.posts, default=0) + 1
        self.posts[number] = post = Post(number, at, at, f"<p>Text of added post {number}.</p>")
        return post

    def edit(self, number: int, at: datetime) -> None:
        self.posts[number] = replace(self.posts[number], text=f"<p>Edited text of post {number}.</p>", updated=at)

    def delete(self, number: int) -> None:
        del self.posts[number]

    def __call__(self, request: web.Request) -> web.Answer:
        self.meanwhile(request)
        self.origin = f"http://{request.headers['host']}"
        if self.throttled:
            self.throttled -= 1
            return web.Answer(status=429, headers={"Retry-After": "1"}, body="slow down")
        if request.path == "/":
            return self._home()
        if request.path == "/feeds/posts/default" and self.feed:
            return self._feed({name: values[-1] for name, values in parse_qs(request.query).items()})
        return web.Answer(status=404, body="<!DOCTYPE html><title>Nothing here</title>")

    def _home(self) -> web.Answer:
        return web.Answer(
            f"<!DOCTYPE html><html><head><title>B</title><meta content='blogger' name='generator'/>"
            f'<link rel="alternate" type="application/atom+xml" title="B - Atom" href="{self.origin}/feeds/posts/default" />'
            f'<link rel="service.post" type="application/atom+xml" title="B - Atom" href="https://www.blogger.com/feeds/{NUMBER}/posts/default" /></head><body></body></html>'
        )

    def _feed(self, query: dict[str, str]) -> web.Answer:
        by_update = query.get("orderby") == "updated"

        def chosen(post: Post) -> bool:
            limits = [("published-min", post.at, True), ("published-max", post.at, False)]
            if by_update:
                limits += [("updated-min", post.updated, True), ("updated-max", post.updated, False)]
            return all((when >= datetime.fromisoformat(query[n])) is least for n, when, least in limits if n in query)

        found = [p for p in self.posts.values() if chosen(p)]
        # what is equal has an order of its own in each query, whose pages fit together
        random.Random(str(sorted(i for i in query.items() if i[0] not in ("start-index", "max-results")))).shuffle(found)
        found.sort(key=lambda p: p.updated if by_update else p.at, reverse=True)
        start = int(query.get("start-index", "1"))
        page, weight = [], 0
        for post in found[start - 1 : start - 1 + min(int(query.get("max-results", "25")), self.cap)]:
            weight += len(post.text)
            if page and weight > self.size:
                break
            page.append(post)
        total = len(found) if self.counts_the_query else len(self.posts)
        return web.Answer(
            body=f"<?xml version='1.0' encoding='UTF-8'?><feed xmlns='http://www.w3.org/2005/Atom' xmlns:openSearch='http://a9.com/-/spec/opensearchrss/1.0/' "
            f"xmlns:blogger='http://schemas.google.com/blogger/2008'><id>tag:blogger.com,1999:blog-{NUMBER}</id><updated>{_stamp(FIRST)}</updated><title type='text'>B</title>"
            f"<link rel='http://schemas.google.com/g/2005#feed' type='application/atom+xml' href='{self.origin}/feeds/posts/default'/>"
            f"<link rel='alternate' type='text/html' href='{self.origin}/'/><generator version='7.00' uri='http://www.blogger.com'>Blogger</generator>"
            f"<openSearch:totalResults>{total}</openSearch:totalResults><openSearch:startIndex>{start}</openSearch:startIndex>"
            f"<openSearch:itemsPerPage>{len(page)}</openSearch:itemsPerPage>{''.join(map(self._entry, page))}</feed>",
            content_type="application/atom+xml; charset=UTF-8",
        )

    def _entry(self, post: Post) -> str:
        body = "<summary type='text'>Text of ...</summary>" if self.summaries else f"<content type='html'>{escape(post.text)}</content>"
        return (
            f"<entry><id>tag:blogger.com,1999:blog-{NUMBER}.post-{post.number}</id><published>{_stamp(post.at)}</published><updated>{_stamp(post.updated)}</updated>"
            f"<category scheme='http://www.blogger.com/atom/ns#' term='ice'/><title type='text'>Post {post.number}</title>{body}"
            f"<link rel='alternate' type='text/html' href='{self.origin}/{post.at:%Y/%m}/post-{post.number}.html'/><author><name>Ada</name></author></entry>"
        )


def _stamp(when: datetime) -> str:
    return when.astimezone(PACIFIC).isoformat(timespec="milliseconds")
