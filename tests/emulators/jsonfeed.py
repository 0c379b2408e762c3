"""A JSON Feed whose past lies behind next_url.

What is imitated, and where it is described:
- next_url, and that it must not lead round: https://www.jsonfeed.org/version/1.1/#top-level
- an opaque next_url, by offset or by the last item's id, as micro.blog and the WordPress plugin make them: https://github.com/manton/JSONFeed/issues/100
- a relative next_url, though it has to be absolute; ids that are numbers ("coerce to a string"): https://www.jsonfeed.org/version/1.1/#items
- posts added while somebody reads: pages by offset shift, those by id do not
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs

from emulators.weblog import Post, Weblog, missing, origin, routes
from web import Answer, Request


@dataclass
class Quirks:
    """What this feed does; each may be changed while it runs."""

    each: int = 25  # items a document
    by: str = "page"  # "page": ?page=N; "before": ?before=<id of the last item>, which does not shift
    bodies: str = "html"  # "html", "text", "none": then the text is on the pages alone
    numbers: bool = False  # ids as JSON numbers
    relative: bool = False  # next_url without a host
    loop: str = ""  # "first": the last document's next is the first; "self": it is itself
    past: int = 404  # status past the end; 200: no items, and a next_url all the same
    version: str = "https://jsonfeed.org/version/1.1"
    on_page: Callable[[], object] | None = None  # called after each document that was asked for


def site(log: Weblog, quirks: Quirks | None = None) -> Mapping[str, Callable[[Request], Answer]]:
    """Routes for web.serve: /feed.json and what it leads to, and the posts' own pages."""
    own = quirks or Quirks()

    def answer(request: Request) -> Answer:
        if (post := log.at(request.path)) is not None:
            return log.page(post)
        if request.path == "/":
            return Answer('<!doctype html><html><head><title>log</title><link rel="alternate" type="application/feed+json" href="/feed.json"></head><body></body></html>')
        if request.path != "/feed.json":
            return missing()
        made = _document(log, own, request)
        if own.on_page is not None:
            own.on_page()
        return made

    return routes(answer)


def _document(log: Weblog, own: Quirks, request: Request) -> Answer:
    asked = {name: values[0] for name, values in parse_qs(request.query).items()}
    rest = log.posts
    number = int(asked.get("page", "1"))
    if own.by == "page":
        rest = rest[(number - 1) * own.each :]
    elif "before" in asked:
        rest = [p for p in rest if p.number < int(asked["before"])]
    part = rest[: own.each]
    if not part and own.past != 200:
        return Answer("no such page", status=own.past, content_type="text/plain")
    onward: str | None = None
    if len(rest) > own.each or own.past == 200:
        onward = f"/feed.json?page={number + 1}" if own.by == "page" else f"/feed.json?before={part[-1].number if part else 0}"
    elif own.loop:
        onward = "/feed.json" if own.loop == "first" else request.target
    root = origin(request)
    document: dict[str, object] = {"version": own.version, "title": log.title, "home_page_url": f"{root}/", "feed_url": f"{root}/feed.json"}
    if onward is not None:
        document["next_url"] = onward if own.relative else f"{root}{onward}"
    document["items"] = [_item(p, own, root) for p in part]
    body = json.dumps(document)
    return Answer(body, content_type="application/feed+json", etag=f'"{hash(body) & 0xFFFFFFFF:x}"')


def _item(post: Post, own: Quirks, root: str) -> dict[str, object]:
    item: dict[str, object] = {
        "id": post.number if own.numbers else f"{root}{post.path}", "url": f"{root}{post.path}", "title": post.title,
        "date_published": post.published.isoformat(), "date_modified": post.updated.isoformat(), "tags": ["log"],
    }  # fmt: skip
    return item | ({"content_html": post.html} if own.bodies == "html" else {"content_text": post.text} if own.bodies == "text" else {})
