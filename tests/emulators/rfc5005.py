"""A feed whose past lies behind its links: paged, archived or complete, in Atom or RSS.

What is imitated, and where it is described:
- paged feeds, rel=next, pages that shift while somebody reads: https://www.rfc-editor.org/rfc/rfc5005#section-3
- archived feeds, prev-archive and current, documents that never change again, fh:archive in them: https://www.rfc-editor.org/rfc/rfc5005#section-4
- complete feeds, fh:complete: https://www.rfc-editor.org/rfc/rfc5005#section-2
- few publish them, and readers do not walk them: https://github.com/newsboat/newsboat/issues/628, https://github.com/samuelclay/NewsBlur/issues/1109
- an edited entry is published again in the current document, its old self stays in the archive (section 4: the most recent wins)
- a last page whose next is the first, or itself: what a template makes that counts pages modulo
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import format_datetime
from html import escape

from emulators.weblog import Post, Weblog, missing, origin, routes
from web import Answer, Request

ATOM = '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xmlns:fh="http://purl.org/syndication/history/1.0">'
RSS = (
    '<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:fh="http://purl.org/syndication/history/1.0">'
    "<channel><link>https://log.example/</link><description>d</description>"
)


@dataclass
class Quirks:
    """What this feed does; each may be changed while it runs."""

    how: str = "paged"  # "paged", "archived", "complete"
    form: str = "atom"  # or "rss": the links are then atom:link in the channel
    each: int = 20  # entries a document
    bodies: bool = True  # False: the text is on the pages alone
    relative: bool = False  # links without a host, to be resolved against xml:base or the document
    loop: str = ""  # "first": the last page's next is the first; "self": it is the page itself
    past: int = 404  # status past the end; 200: an empty document that has a next link, too
    empty: tuple[int, ...] = ()  # pages without an entry, which go on
    etags: bool = True
    on_page: Callable[[], object] | None = None  # called after each document that was asked for
    frozen: dict[int, list[Post]] = field(default_factory=dict)  # archive documents as they were written, by number from the oldest


def site(log: Weblog, quirks: Quirks | None = None) -> Mapping[str, Callable[[Request], Answer]]:
    """Routes for web.serve: /feed, /feed?page=N or /archive/N, and the posts' own pages."""
    own = quirks or Quirks()

    def answer(request: Request) -> Answer:
        if (post := log.at(request.path)) is not None:
            return log.page(post)
        if request.path == "/":
            kind = "atom" if own.form == "atom" else "rss"
            return Answer(f'<!doctype html><html><head><title>{escape(log.title)}</title><link rel="alternate" type="application/{kind}+xml" href="/feed"></head><body></body></html>')
        made = _archived(request, log, own) if own.how == "archived" else _paged(request, log, own)
        if own.on_page is not None:
            own.on_page()
        return made

    return routes(answer)


def _paged(request: Request, log: Weblog, own: Quirks) -> Answer:
    asked = request.query.removeprefix("page=")
    if request.path != "/feed" or (asked and not asked.isdigit()):
        return missing()
    if own.how == "complete":
        return _document(log.posts, own, request, {}, "<fh:complete/>")
    number, last = int(asked or 1), max(-(-len(log.posts) // own.each), 1)
    if number > last and own.past != 200:
        return Answer("no such page", status=own.past, content_type="text/plain")
    onward = number + 1 if number < last or own.past == 200 else None
    if number >= last and own.loop:
        onward = 1 if own.loop == "first" else number
    links = {"self": f"/feed?page={number}", "first": "/feed", "last": f"/feed?page={last}"} | ({"next": f"/feed?page={onward}"} if onward else {}) | ({"previous": f"/feed?page={number - 1}"} if number > 1 else {})
    part = [] if number in own.empty else log.posts[(number - 1) * own.each : number * own.each]
    return _document(part, own, request, links, "")


def _archived(request: Request, log: Weblog, own: Quirks) -> Answer:
    """Archive 1 is the oldest. What is in one was written when it was full, and stays as it was."""
    by_number = sorted(log.posts, key=lambda p: p.number)
    filed = {p.number for posts in own.frozen.values() for p in posts}
    loose = [p for p in by_number if p.number not in filed]
    while len(loose) >= 2 * own.each:
        own.frozen[len(own.frozen) + 1], loose = loose[: own.each], loose[own.each :]
    last = len(own.frozen)
    if request.path == "/feed":
        before = {p.number: p for posts in own.frozen.values() for p in posts}
        edited = [p for p in by_number if p.number in before and p != before[p.number]]
        newest = sorted((*loose, *edited), key=lambda p: p.updated, reverse=True)
        return _document(newest, own, request, {"self": "/feed"} | ({"prev-archive": f"/archive/{last}"} if last else {}), "")
    number = int(request.path.removeprefix("/archive/")) if request.path.removeprefix("/archive/").isdigit() else 0
    if number not in own.frozen:
        return missing()
    before_it = {"first": last, "self": number}.get(own.loop, 0) if number == 1 else number - 1
    links = {"self": f"/archive/{number}", "current": "/feed"} | ({"prev-archive": f"/archive/{before_it}"} if before_it else {})
    links |= {"next-archive": f"/archive/{number + 1}"} if number < last else {}
    return _document(own.frozen[number][::-1], own, request, links, "<fh:archive/>")


def _document(posts: Sequence[Post], own: Quirks, request: Request, links: Mapping[str, str], history: str) -> Answer:
    root = "" if own.relative else origin(request)
    tag = f'"{hash((tuple(posts), tuple(links.items()))) & 0xFFFFFFFF:x}"' if own.etags else None
    if own.form == "atom":
        said = "".join(f'<link rel="{rel}" href="{root}{escape(href)}"/>' for rel, href in links.items())
        body = f"{ATOM}<title>The ferry log</title><id>tag:log.example,2009:feed</id>{history}{said}{''.join(_atom(p, own, root) for p in posts)}</feed>"
        return Answer(body, content_type="application/atom+xml", etag=tag)
    said = "".join(f'<atom:link rel="{rel}" href="{root}{escape(href)}"/>' for rel, href in links.items())
    return Answer(f"{RSS}<title>The ferry log</title>{history}{said}{''.join(_rss(p, own, root) for p in posts)}</channel></rss>", content_type="application/rss+xml", etag=tag)


def _atom(post: Post, own: Quirks, root: str) -> str:
    body = f'<content type="html">{escape(post.html)}</content>' if own.bodies else ""
    return (
        f'<entry><id>tag:log.example,2009:{post.number}</id><title>{escape(post.title)}</title><link rel="alternate" href="{root}{post.path}"/>'
        f"<published>{post.published.isoformat()}</published><updated>{post.updated.isoformat()}</updated>{body}</entry>"
    )


def _rss(post: Post, own: Quirks, root: str) -> str:
    body = f"<description>{escape(post.html)}</description>" if own.bodies else ""
    return (
        f'<item><guid isPermaLink="false">tag:log.example,2009:{post.number}</guid><title>{escape(post.title)}</title><link>{root}{post.path}</link>'
        f"<pubDate>{format_datetime(post.published, usegmt=True)}</pubDate>{body}</item>"
    )
