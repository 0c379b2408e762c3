"""A WordPress of generated posts on loopback, as its documents and code say; no page of anybody's is in it.

    blog = wordpress.Blog(1000, zone="America/New_York")
    with web.serve({"*": blog}) as site: ...        # site.url("/") is its home page
    blog.edit(7); blog.delete(9); blog.add(when)    # at any time, also in blog.meanwhile, which is called before each answer

- `after`, `before`, `modified_*`: exclusive, in the site's clock unless they have an offset:
  https://developer.wordpress.org/reference/classes/wp_date_query/build_mysql_datetime/; before 5.3 the offset was dropped (`version`)
- a page past the end: 400 rest_post_invalid_page_number, but an empty result is an empty list; X-WP-Total, X-WP-TotalPages:
  https://developer.wordpress.org/rest-api/using-the-rest-api/pagination/
- `per_page` over 100 (or what a plugin allows): 400 rest_invalid_param; some plugins cap without a word (`silent_cap`)
- equal dates come in any order, another one on each page: MySQL promises none, https://dev.mysql.com/doc/refman/8.0/en/limit-optimization.html
- `modified_after` since 5.7: https://make.wordpress.org/core/2021/02/23/rest-api-changes-in-wordpress-5-7/
- `_embed`: https://developer.wordpress.org/rest-api/using-the-rest-api/linking-and-embedding/; error objects for hidden authors
- protected posts: no content, `protected` true: https://developer.wordpress.org/rest-api/reference/posts/
- plain permalinks: only `?rest_route=`: https://developer.wordpress.org/rest-api/extending-the-rest-api/routes-and-endpoints/#routes-vs-endpoints
- the feed: ten a page, `paged`, 404 past the end: https://wordpress.org/documentation/article/wordpress-feeds/
"""

import html
import json
import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import web

FIRST = datetime(2012, 1, 15, 9, 30, tzinfo=UTC)
AUTHORS = {1: "Ada O\u2019Neil", 2: "Ben & Co"}
TERMS = {1: ("category", "News &amp; Notes"), 2: ("category", "Rivers"), 3: ("post_tag", "caf\u00e9"), 4: ("post_tag", "ice")}


@dataclass(frozen=True)
class Post:
    number: int
    at: datetime  # UTC, whole seconds
    modified: datetime
    text: str
    protected: bool = False

    @property
    def title(self) -> str:
        return f"Post &amp; no. {self.number}"


@dataclass
class Blog:
    count: int = 1000
    zone: str = "UTC"
    every: timedelta = timedelta(hours=73, minutes=7)
    same: int = 1  # so many posts in a row have one date
    cap: int = 100
    silent_cap: int | None = None
    api: int = 200  # 401, 403, 404: switched off
    pretty: bool = True  # /wp-json/; else only ?rest_route=
    version: tuple[int, int] = (6, 4)
    hidden_authors: bool = False
    totals: bool = True  # else a proxy drops the X- headers
    throttled: int = 0  # so many 429 answers come first
    deaf: frozenset[str] = frozenset()  # parameters that a cache before the site drops
    meanwhile: Callable[[web.Request], None] = lambda request: None
    posts: dict[int, Post] = field(default_factory=dict)
    origin: str = ""

    def __post_init__(self) -> None:
        for number in range(1, self.count + 1):
            at = FIRST + self.every * ((number - 1) // self.same)
            self.posts[number] = Post(number, at, at, f"<p>Text of post {number}, with <a href='/about/'>a link</a>.</p>")

    def add(self, at: datetime, *, modified: datetime | None = None) -> Post:
        number = max(self.posts, default=0) + 1
        self.posts[number] = post = Post(number, at, modified or at, f"<p>Text of added post {number}.</p>")
        return post

    def edit(self, number: int, at: datetime) -> None:
        self.posts[number] = replace(self.posts[number], text=f"<p>Edited text of post {number}.</p>", modified=at)

    def delete(self, number: int) -> None:
        del self.posts[number]

    def __call__(self, request: web.Request) -> web.Answer:
        self.meanwhile(request)
        self.origin = f"http://{request.headers['host']}"
        if self.throttled:
            self.throttled -= 1
            return web.Answer(status=429, headers={"Retry-After": "1"}, body="slow down")
        query = {name: values[-1] for name, values in parse_qs(request.query, keep_blank_values=True).items() if name not in self.deaf}
        route = query.pop("rest_route", None)
        if route is None and self.pretty and request.path.startswith("/wp-json"):
            route = request.path.removeprefix("/wp-json")
        if route is not None:
            return self._api(route.rstrip("/"), query)
        if query.get("feed") or request.path.rstrip("/") == "/feed":
            return self._feed(int(query.get("paged", "1")))
        if request.path == "/":
            return self._home()
        return web.Answer(status=404, body="<!DOCTYPE html><title>Nothing here</title>")

    def local(self, at: datetime) -> str:
        return at.astimezone(ZoneInfo(self.zone)).strftime("%Y-%m-%dT%H:%M:%S")

    @property
    def root(self) -> str:
        return f"{self.origin}/wp-json/" if self.pretty else f"{self.origin}/index.php?rest_route=/"

    def _home(self) -> web.Answer:
        links = "" if self.api != 200 else f'<link rel="https://api.w.org/" href="{self.root}" />'
        return web.Answer(
            body=f'<!DOCTYPE html><html><head><title>B</title>{links}<meta name="generator" content="WordPress 6.4" />'
            f'<link rel="alternate" type="application/rss+xml" href="{self.origin}/feed/" /></head><body></body></html>',
            headers={"Link": f'<{self.root}>; rel="https://api.w.org/"'} if self.api == 200 else {},
        )

    def _api(self, route: str, query: dict[str, str]) -> web.Answer:
        if self.api != 200:
            return _json({"code": "rest_disabled", "message": "The API is off.", "data": {"status": self.api}}, self.api)
        if route == "":
            return _json({"name": "B", "url": self.origin, "home": self.origin, "namespaces": ["oembed/1.0", "wp/v2"]})
        if route != "/wp/v2/posts":
            return _json({"code": "rest_no_route", "message": "No route was found.", "data": {"status": 404}}, 404)
        per_page = query.get("per_page", "10")
        if not per_page.isdecimal() or not 1 <= int(per_page) <= self.cap:
            said = f"per_page must be between 1 (inclusive) and {self.cap} (inclusive)"
            return _json({"code": "rest_invalid_param", "message": "Invalid parameter(s): per_page", "data": {"status": 400, "params": {"per_page": said}}}, 400)
        size = min(int(per_page), self.silent_cap or 100)
        chosen = [p for p in self.posts.values() if self._in(p, query)]
        excluded = {int(n) for n in query.get("exclude", "").split(",") if n}
        chosen = [p for p in chosen if p.number not in excluded]
        random.Random(str(sorted(query.items()))).shuffle(chosen)  # what is equal has no order
        by = {"id": lambda p: p.number, "modified": lambda p: self.local(p.modified), "date": lambda p: self.local(p.at)}[query.get("orderby", "date")]
        chosen.sort(key=by, reverse=query.get("order", "desc") == "desc")
        page, total = int(query.get("page", "1")), len(chosen)
        pages = math.ceil(total / size)
        if page > pages and total:
            said = "The page number requested is larger than the number of pages available."
            return _json({"code": "rest_post_invalid_page_number", "message": said, "data": {"status": 400}}, 400)
        begin = int(query["offset"]) if "offset" in query else (page - 1) * size
        fields = query.get("_fields", "").split(",") if query.get("_fields") else None
        body = [self._post(p, embed="_embed" in query) for p in chosen[begin : begin + size]]
        body = [{k: v for k, v in p.items() if k in fields} for p in body] if fields else body
        return _json(body, headers={"X-WP-Total": str(total), "X-WP-TotalPages": str(pages)} if self.totals else None)

    def _in(self, post: Post, query: dict[str, str]) -> bool:
        at, modified = self.local(post.at), self.local(post.modified)
        late = self.version >= (5, 7)
        return (
            ("after" not in query or at > self._clock(query["after"]))
            and ("before" not in query or at < self._clock(query["before"]))
            and (not late or "modified_after" not in query or modified > self._clock(query["modified_after"]))
            and (not late or "modified_before" not in query or modified < self._clock(query["modified_before"]))
        )

    def _clock(self, text: str) -> str:
        when = datetime.fromisoformat(text)
        if when.tzinfo is None:  # PHP takes a time that clocks leapt over for the one an hour later
            return self.local(when.replace(tzinfo=ZoneInfo(self.zone)))
        return self.local(when) if self.version >= (5, 3) else when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")

    def _post(self, post: Post, *, embed: bool) -> dict[str, object]:
        def gmt(at: datetime) -> str:
            return at.strftime("%Y-%m-%dT%H:%M:%S")

        author = 1 + post.number % 2
        terms = [1 + post.number % 2, 3 + post.number % 2]
        found: dict[str, object] = {
            "id": post.number, "date": self.local(post.at), "date_gmt": gmt(post.at), "guid": {"rendered": self._guid(post)},
            "modified": self.local(post.modified), "modified_gmt": gmt(post.modified), "slug": f"post-{post.number}", "status": "publish", "type": "post",
            "link": self._link(post), "title": {"rendered": post.title},
            "content": {"rendered": "" if post.protected else post.text + "\n", "protected": post.protected},
            "excerpt": {"rendered": "" if post.protected else f"<p>Excerpt {post.number} [&hellip;]</p>\n", "protected": post.protected},
            "author": author, "categories": terms[:1], "tags": terms[1:],
        }  # fmt: skip
        if embed:
            hidden = {"code": "rest_user_invalid_id", "message": "Invalid user ID.", "data": {"status": 404}}
            named = [{"id": t, "name": TERMS[t][1], "taxonomy": TERMS[t][0]} for t in terms]
            found["_embedded"] = {"author": [hidden if self.hidden_authors else {"id": author, "name": AUTHORS[author]}], "wp:term": [named[:1], named[1:]]}
        return found

    def _guid(self, post: Post) -> str:
        return f"{self.origin}/?p={post.number}"

    def _link(self, post: Post) -> str:
        return f"{self.origin}/{post.at:%Y/%m}/post-{post.number}/"

    def _feed(self, page: int) -> web.Answer:
        newest = sorted(self.posts.values(), key=lambda p: (p.at, p.number), reverse=True)[(page - 1) * 10 : page * 10]
        if not newest:
            return web.Answer(status=404, body="<!DOCTYPE html><title>Nothing here</title>")
        items = "".join(
            f"<item><title>{p.title}</title><link>{self._link(p)}</link><pubDate>{format_datetime(p.at)}</pubDate><guid isPermaLink='false'>{self._guid(p)}</guid>"
            f"<description><![CDATA[Excerpt {p.number} [&#8230;]]]></description><content:encoded><![CDATA[{p.text}]]></content:encoded></item>" for p in newest
        )  # fmt: skip
        return web.Answer(
            body=f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:atom="http://www.w3.org/2005/Atom"><channel>'
            f'<title>B</title><atom:link href="{self.origin}/feed/" rel="self" type="application/rss+xml" /><link>{html.escape(self.origin)}</link>'
            f"<generator>https://wordpress.org/?v=6.4</generator>{items}</channel></rss>",
            content_type="application/rss+xml; charset=UTF-8",
            headers={"Link": f'<{self.root}>; rel="https://api.w.org/"'} if self.api == 200 else {},
        )


def _json(value: object, status: int = 200, headers: dict[str, str] | None = None) -> web.Answer:
    return web.Answer(body=json.dumps(value), status=status, content_type="application/json; charset=UTF-8", headers=headers or {})


def home(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/"
