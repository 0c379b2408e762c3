"""A weblog that has nothing but its pages: ten posts on the front page, the rest behind "older posts" or in month archives.

What is imitated, and where it is described:
- WordPress' themes: /page/2/, `nav-previous` for the older ones, 404 past the end: https://developer.wordpress.org/themes/functionality/pagination/
- Blogger's: rel-less `blog-pager-older-link`, /search?updated-max=...: https://github.com/ArchiveTeam/ArchiveBot/blob/master/db/ignore_patterns/blogs.json
- month archives with counts, as WordPress' Archives block lists them: https://developer.wordpress.org/reference/functions/wp_get_archives/
- calendars that link every month there will ever be: https://github.com/solspace/craft-calendar/issues/171 and
  https://github.com/ArchiveTeam/ArchiveBot/pull/449
- a bare list of links, newest first, all on one page or numbered: what static generators make, https://jekyllrb.com/docs/pagination/
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape

from emulators.weblog import Post, Weblog, missing, origin, routes
from web import Answer, Request


@dataclass
class Quirks:
    """What this site does; each may be changed while it runs."""

    each: int = 10  # posts a page
    theme: str = "wordpress"  # "wordpress", "cards" (headings in divs), "bare" (list items with a date), "table", "titles" (links alone)
    onward: str = "nav"  # "rel" in the head, "nav" (older posts), "query" (?paged=N), "numbers", "months" (archives), "calendar", "none"
    counts: bool = True  # the list of months says how many
    loop: bool = False  # the last page's next is the first; the third's next is the second
    past: int = 404  # status past the end
    empty: tuple[int, ...] = ()  # pages that show nothing, and go on
    on_page: Callable[[], object] | None = None  # called after each page that was asked for


def site(log: Weblog, quirks: Quirks | None = None) -> Mapping[str, Callable[[Request], Answer]]:
    """Routes for web.serve."""
    own = quirks or Quirks()

    def answer(request: Request) -> Answer:
        if (post := log.at(request.path)) is not None:
            return log.page(post)
        pieces = [p for p in request.path.split("/") if p]
        number = 1
        if len(pieces) >= 2 and pieces[-2] == "page" and pieces[-1].isdigit():
            number, pieces = int(pieces[-1]), pieces[:-2]
        if request.query.startswith("paged="):
            number = int(request.query.removeprefix("paged="))
        if not pieces:
            shown, prefix = log.posts, ""
        elif len(pieces) == 2 and all(p.isdigit() for p in pieces):
            year, month = int(pieces[0]), int(pieces[1])
            shown, prefix = [p for p in log.posts if (p.published.year, p.published.month) == (year, month)], f"/{year}/{month:02}"
        else:
            return missing()
        page = _page(log, shown, own, number, prefix, origin(request))
        if own.on_page is not None:
            own.on_page()
        return page

    return routes(answer)


def _page(log: Weblog, shown: list[Post], own: Quirks, number: int, prefix: str, root: str) -> Answer:
    each = len(shown) if own.onward == "none" or (own.onward == "months" and not prefix) else own.each
    each = own.each if own.onward in ("months", "calendar") and not prefix else max(each, 1)
    part = shown[(number - 1) * each : number * each]
    last = max(-(-len(shown) // each), 1)
    if number > last:
        return Answer("<!doctype html><html><body><main><h1>Nothing here</h1></main></body></html>", status=own.past)
    onward = number + 1 if number < last else None
    if own.loop:
        onward = 1 if number == last else onward
    listed = "" if number in own.empty else "".join(_entry(p, own.theme) for p in part)
    listed = f"<ul>{listed}</ul>" if own.theme in ("bare", "titles") else f"<table>{listed}</table>" if own.theme == "table" else listed
    paged = own.onward if own.onward in ("rel", "query", "numbers") else "nav"
    paging = _paging(paged, onward, number, last, prefix, root) if prefix or own.onward not in ("months", "calendar", "none") else ""
    head = f'<link rel="next" href="{root}{prefix}/page/{onward}/">' if paged == "rel" and onward and paging is not None and own.onward == "rel" else ""
    around = _months(log, own) if own.onward == "months" else _calendar(prefix) if own.onward == "calendar" else ""
    return Answer(
        f'<!doctype html><html lang="en"><head><title>{escape(log.title)}</title>{head}</head><body><header class="site-header"><h1><a href="/">{escape(log.title)}</a></h1>'
        f'<nav class="menu"><ul><li><a href="/about/">About this log</a></li><li><a href="/a-page-of-links/">A page of links</a></li></ul></nav></header>'
        f'<main>{listed}{paging or ""}</main><aside class="sidebar"><ul><li><a href="/category/boats/">All about boats</a></li>'
        f'<li><a href="https://elsewhere.example/2019/03/04/a-friend-of-ours/">A friend of ours</a></li></ul></aside>{around}'
        f'<footer><a href="/imprint-and-privacy-policy/">Imprint and privacy policy</a> <a href="/feed/">Feed</a></footer></body></html>'
    )


def _entry(post: Post, theme: str) -> str:
    link, stamp = f'<a href="{post.path}">{escape(post.title)}</a>', f'<time datetime="{post.published.isoformat()}">{post.published:%d %B %Y}</time>'
    match theme:
        case "wordpress":
            return (
                f'<article id="post-{post.number}" class="post hentry"><header class="entry-header"><h2 class="entry-title">{link}</h2><div class="entry-meta">{stamp} '
                f'<a href="/author/ida/">Ida</a></div></header><p>{escape(post.text[:90])} <a class="more-link" href="{post.path}#more">Continue reading</a></p>'
                f'<footer><a href="/category/boats/">Boats</a> <a href="{post.path}#respond">Leave a comment</a></footer></article>'
            )
        case "cards":
            return f'<div class="grid-item"><a href="{post.path}"><img src="/i/{post.number}.jpg" alt=""></a><h3>{link}</h3><p>{escape(post.text[:60])}</p></div>'
        case "bare":
            return f"<li>{post.published:%Y-%m-%d} {link}</li>"
        case "table":
            return f"<tr><td>{post.published:%d %B %Y}</td><td>{link}</td></tr>"
        case _:
            return f"<li>{link}</li>"


def _paging(how: str, onward: int | None, number: int, last: int, prefix: str, root: str) -> str:
    newer = f'<a href="{prefix}/page/{number - 1}/">Newer posts</a>' if number > 1 else ""
    if how == "numbers":
        near = sorted({1, *range(max(number - 2, 1), min(number + 2, last) + 1), last})
        return "<p>" + " ".join(f'<a href="{prefix}/page/{n}/">{n}</a>' if n != number else f"<b>{n}</b>" for n in near) + "</p>"
    if onward is None or how == "rel":
        return newer
    if how == "query":
        return f'{newer}<a href="{prefix or ""}/?paged={onward}">Next page \u00bb</a>'
    return f'<nav class="navigation"><div class="nav-next">{newer}</div><div class="nav-previous"><a href="{root}{prefix}/page/{onward}/">\u2190 Older posts</a></div></nav>'


def _months(log: Weblog, own: Quirks) -> str:
    counted: dict[str, int] = {}
    for post in log.posts:
        counted[f"{post.published:%Y/%m}"] = counted.get(f"{post.published:%Y/%m}", 0) + 1
    lines = "".join(f'<li><a href="/{month}/">{month}</a>{f"&nbsp;({count})" if own.counts else ""}</li>' for month, count in counted.items())
    return f'<section class="widget widget_archive"><ul>{lines}</ul></section>'


def _calendar(prefix: str) -> str:
    year, month = (int(p) for p in prefix.strip("/").split("/")) if prefix else (2021, 1)
    before, after = (year - (month == 1), (month - 2) % 12 + 1), (year + (month == 12), month % 12 + 1)
    days = "".join(f'<td><a href="/{year}/{month:02}/{day:02}/">{day}</a></td>' for day in range(1, 29))
    return (
        f'<table class="calendar"><tr>{days}</tr></table><a rel="prev" href="/{before[0]}/{before[1]:02}/">previous month</a> '
        f'<a rel="next" href="/{after[0]}/{after[1]:02}/">next month</a>'
    )
