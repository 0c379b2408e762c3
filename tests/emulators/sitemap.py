"""A site whose past is in its sitemaps, and nowhere else: its home page and feed show ten posts.

What is imitated, and where it is described:
- 50,000 addresses and 50 MB a sitemap, an index above several, gzip, text files of one address a line: https://www.sitemaps.org/protocol.html
- WordPress' own: /wp-sitemap.xml, children of 2,000 named wp-sitemap-posts-post-1.xml, taxonomies and users beside them, no lastmod in the index
  before 6.5: https://make.wordpress.org/core/2020/07/22/new-xml-sitemaps-functionality-in-wordpress-5-5/
- Yoast: /sitemap_index.xml, children of 1,000 (post-sitemap2.xml), image entries in them: https://yoast.com/help/xml-sitemaps-in-the-wordpress-seo-plugin/
- news: two days, 1,000 entries: https://developers.google.com/search/docs/crawling-indexing/sitemaps/news-sitemap
- lastmod that is the time of the request, for every entry: https://developers.google.com/search/docs/crawling-indexing/sitemaps/build-sitemap
- gzip bytes without a word of it in the header, and gzip by Content-Encoding alone: https://github.com/crawler-commons/crawler-commons/issues/111
  and https://github.com/GateNLP/ultimate-sitemap-parser/pull/89
"""

import gzip
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from emulators.weblog import Post, Weblog, missing, origin, routes
from web import Answer, Request

URLSET = '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:image="http://www.google.com/schemas/sitemap-image/1.1" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml">'
INDEX = '<?xml version="1.0" encoding="UTF-8"?>\n<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'


@dataclass
class Quirks:
    """What this site does; each may be changed while it runs."""

    child: int = 0  # addresses in a sitemap of an index; 0: one flat sitemap
    place: str = "/sitemap.xml"
    robots: bool = True  # a robots.txt names it
    lastmod: str = "true"  # "true", "none", or the same date for every entry
    news: bool = False  # publication dates and titles
    packed: str = "no"  # "file": gzip bytes as application/gzip; "encoding": Content-Encoding; "both": a packed file, packed once more
    noise: bool = True  # lists, feeds, pictures and the home page are listed, too
    loop: bool = False  # the index lists itself, and an index that lists the first
    on_sitemap: Callable[[], object] | None = None  # called after each sitemap that was asked for: add, edit, delete while somebody reads


def site(log: Weblog, quirks: Quirks | None = None) -> Mapping[str, Callable[[Request], Answer]]:
    """Routes for web.serve."""
    own = quirks or Quirks()

    def answer(request: Request) -> Answer:
        root = origin(request)
        if request.path == "/robots.txt":
            return Answer(f"User-agent: *\nDisallow: /wp-admin/\n{f'Sitemap: {root}{own.place}' if own.robots else ''}\n", content_type="text/plain")
        if request.path == "/":
            links = "".join(f'<li><a href="{p.path}">{escape(p.title)}</a></li>' for p in log.posts[:10])
            return Answer(f"<!doctype html><html><head><title>{escape(log.title)}</title></head><body><main><ul>{links}</ul></main></body></html>")
        if (post := log.at(request.path)) is not None:
            return log.page(post)
        text = _sitemap(request.path, log, own, root)
        if text is None:
            return missing()
        if own.on_sitemap is not None:
            own.on_sitemap()
        return _packed(text.encode(), own.packed)

    return routes(answer)


def _sitemap(path: str, log: Weblog, own: Quirks, root: str) -> str | None:
    oldest_first = log.posts[::-1]
    if own.child == 0:
        return _urlset(oldest_first, own, root, noise=own.noise) if path == own.place else None
    children = [oldest_first[n : n + own.child] for n in range(0, len(oldest_first), own.child)]
    names = [f"/wp-sitemap-posts-post-{n}.xml" for n in range(1, len(children) + 1)]
    if path in (own.place, "/again.xml"):
        listed = [(name, max(p.updated for p in posts)) for name, posts in zip(names, children, strict=True)]
        others = ["/wp-sitemap-taxonomies-category-1.xml", "/wp-sitemap-users-1.xml", *([own.place, "/again.xml"] if own.loop else [])]
        return f"{INDEX}{''.join(_child(root + n, d, own) for n, d in listed)}{''.join(_child(root + n, None, own) for n in others)}</sitemapindex>"
    if path in names:
        return _urlset(children[names.index(path)], own, root, noise=own.noise and path == names[0])
    return f"{URLSET}<url><loc>{root}/category/boats/</loc></url></urlset>" if path.startswith("/wp-sitemap-") else None


def _child(url: str, changed: datetime | None, own: Quirks) -> str:
    return f"<sitemap><loc>{url}</loc>{_lastmod(changed, own) if changed else ''}</sitemap>"


def _urlset(posts: Sequence[Post], own: Quirks, root: str, *, noise: bool) -> str:
    lists = ("/", "/category/boats/", "/tag/weir/", "/author/ida/", "/page/2/", "/feed/", "/2011/", "/2011/05/", "/wp-content/uploads/a.jpg")
    extra = "".join(f"<url><loc>{root}{path}</loc></url>" for path in lists) if noise else ""
    return f"{URLSET}{extra}{''.join(_url(p, own, root) for p in posts)}</urlset>"


def _url(post: Post, own: Quirks, root: str) -> str:
    news = (
        f"<news:news><news:publication><news:name>Log</news:name><news:language>en</news:language></news:publication>"
        f"<news:publication_date>{post.published.isoformat()}</news:publication_date><news:title>{escape(post.title)}</news:title></news:news>"
    )
    picture = f"<image:image><image:loc>{root}/pictures/{post.number}.jpg</image:loc><image:title>a picture</image:title></image:image>"
    other = f'<xhtml:link rel="alternate" hreflang="de" href="{root}/de{post.path}"/>'
    return f"<url><loc>{root}{post.path}</loc>{_lastmod(post.updated, own)}{news if own.news else ''}{picture}{other}</url>"


def _lastmod(changed: datetime, own: Quirks) -> str:
    said = changed.isoformat() if own.lastmod == "true" else "" if own.lastmod == "none" else own.lastmod
    return f"<lastmod>{said}</lastmod>" if said else ""


def _packed(body: bytes, how: str) -> Answer:
    if how == "no":
        return Answer(body, content_type="application/xml")
    once = gzip.compress(body, mtime=0)
    if how == "file":
        return Answer(once, content_type="application/gzip")
    return Answer(once if how == "encoding" else gzip.compress(once, mtime=0), content_type="application/xml", headers={"Content-Encoding": "gzip"})
