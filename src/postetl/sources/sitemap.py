"""Sitemaps: a site's own list of its addresses, and so the neutral way to the whole past of any site that keeps one.

A `<urlset>` gives an entry for each address that can be a post's (`permalinks`), to be followed to its page; a `<sitemapindex>` leads on to
its sitemaps. `lastmod` is when a page changed, never when it was published; where all entries of a document have the same one, it is the
moment at which the file was made and says nothing (https://developers.google.com/search/docs/crawling-indexing/sitemaps/build-sitemap).
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from postetl import urls
from postetl.errors import Malformed, Reason
from postetl.model import Answer, Parsed, Plan, RawPost, Rejected, Target, Window
from postetl.sources import charset, page, permalinks, sitemapwire, slices
from postetl.sources.sitemapwire import Document, Entry

NAME = "sitemap"
USUAL = ("/sitemap.xml", "/sitemap_index.xml", "/wp-sitemap.xml")  # everybody's; Yoast's; WordPress' own since 5.5
_GUESSES = ("", "/", "/robots.txt", USUAL[0])
_SAME = 10  # entries from which on one `lastmod` for all of them is the file's own
_SLACK = timedelta(hours=38)  # a path names a day of 24 hours in some zone of UTC-12 to UTC+14
_DECLARED = re.compile(r"^[^\S\n]*sitemap[^\S\n]*:[^\S\n]*(\S+)", re.IGNORECASE | re.MULTILINE)  # RFC 9309 2.2.4 leaves the line to others
_LINK = re.compile(r"<link\b[^<>]*>", re.IGNORECASE)
_REL = re.compile(r"""\brel\s*=\s*["']?[^"'<>]*\bsitemap\b""", re.IGNORECASE)
_HREF = re.compile(r"""\bhref\s*=\s*(?:"([^"<>]*)"|'([^'<>]*)'|([^\s"'<>]+))""", re.IGNORECASE)
_NO_POSTS = re.compile(  # sitemaps of lists, by the names that WordPress, Yoast, Rank Math, Ghost and Shopify give them
    r"(?:wp-sitemap-(?:taxonomies|users)-|(?:^|[/_-])(?:category|post_tag|product_cat|product_tag|author|authors|tag|tags|taxonomies|users|image|images|video|videos)"
    r"[_-]?sitemap\d*\.|sitemap[_-](?:categories|tags|authors|users|images|videos)\d*\.)", re.IGNORECASE)  # fmt: skip


def recognises(body: bytes, content_type: str | None, url: str) -> bool:  # noqa: ARG001  the root element alone decides
    head, _ = sitemapwire.unpack(body, 64 * 1024)
    return charset.readable(head) and sitemapwire.root(charset.decode(head, content_type)) is not None


def read(body: bytes, *, url: str, content_type: str | None = None) -> Parsed:
    """Every entry is in `posts` and in `follow`; an index, or the Sitemap lines of a robots.txt, is in `follow` alone.

    Raises Malformed(WRONG_KIND) for what is neither a sitemap nor a list of addresses, one a line.
    """
    ask = slices.Ask.of(url)
    unpacked, whole = sitemapwire.unpack(body)
    text = charset.text_of(unpacked, content_type, url)
    encoding = charset.decoded(unpacked, content_type)[1]
    if _is_robots(url):
        return Parsed(NAME, follow=tuple(_on(Entry(u), ask) for u in declared(text, url)), encoding=encoding)
    document = _document(text, slices.without(url))
    if document is None:
        raise Malformed("neither a sitemap (urlset, sitemapindex) nor a list of addresses, one a line", url=url, reason=Reason.WRONG_KIND)
    notes = document.notes if whole else (*document.notes, "its gzip data is damaged, cut off, or more than 50 MB: addresses may be missing")
    parsed = Parsed(NAME, rejects=tuple(Rejected(url, "read", Reason.MALFORMED, note) for note in notes), encoding=encoding)
    if document.index:
        return replace(parsed, follow=tuple(_on(child, ask) for child in _children(document, ask.since)))
    entries = list(_wanted(document, ask))
    if ask.split and len(entries) > slices.MOST:
        parts = (replace(ask, key=key, split=False).at(url) for key, _ in slices.cut([_mark(e) for e in entries]))
        return replace(parsed, follow=tuple(Target(url=part, kind=NAME, depth=1, opens=True) for part in parts))
    posts = [RawPost(
        url=e.url, title=e.title, published_at=e.news_date, updated_at=e.lastmod, language=e.language, date_source="feed" if e.news_date else None,
    ) for e in entries]  # fmt: skip
    return replace(parsed, posts=tuple(posts), follow=tuple(Target(url=p.url or "", kind="page", depth=1, entry=p) for p in posts))


def found(body: bytes, *, url: str, headers: Mapping[str, str], content_type: str | None = None) -> str | None:
    """What a robots.txt, a Link header or a page's <link rel=sitemap> names; for any other page of a site, where most sites have theirs."""
    if not urls.is_web(url):
        return None
    if recognises(body, content_type, url):
        return url
    text = charset.decode(body[: 512 * 1024], content_type) if charset.readable(body) else ""
    if _is_robots(url):
        named = declared(text, url)
        return named[0] if len(named) == 1 else url if named else None
    for link in (*re.findall(r"<([^<>]*)>[^,<>]*;\s*rel\s*=\s*\"?sitemap\b", headers.get("link", ""), re.IGNORECASE), *_linked(text)):
        if (place := urls.canonical(link, url)) and urls.is_web(place):
            return place
    return urls.join(url, USUAL[0]) if page.recognises(body, content_type, url) else None


def declared(robots: str, url: str) -> list[str]:
    """The addresses of a robots.txt's Sitemap lines, each once."""
    named = (urls.canonical(line, url) for line in _DECLARED.findall(robots))
    return [place for place in dict.fromkeys(named) if place and urls.is_web(place)][:100]


def survey(
    where: str, *, since: datetime | None = None, until: datetime | None = None, answers: Sequence[Answer] = ()  # noqa: ARG001  the same for every window
) -> tuple[Target, ...]:
    """The sitemap itself and the site's robots.txt; the usual places too, where the address is only a guess."""
    if answers:
        return ()
    where = slices.without(where)
    places = [where, urls.join(where, "/robots.txt")]
    if urlsplit(where).path in _GUESSES:
        places += [urls.join(where, usual) for usual in USUAL]
    places = [p for p in dict.fromkeys(places) if urlsplit(p).path not in ("", "/")]
    return tuple(Target(url=place, kind=NAME, may_end=True) for place in places)


def plan(where: str, answers: Sequence[Answer], *, since: datetime | None = None, until: datetime | None = None) -> Plan:
    """A window for each sitemap of an index, and for each slice of a flat one: these are exact.

    What a robots.txt names counts when the address itself gives no sitemap; without either, the first of the usual places that does.
    """
    ask = slices.Ask(since=since, until=until, split=True)
    read_, named = [], []
    for answer in answers:
        if answer.status != 200:  # anything else is no document of the site
            continue
        body, _ = sitemapwire.unpack(answer.body)
        text = charset.decode(body, answer.content_type) if charset.readable(body) else ""
        if _is_robots(answer.url):
            named = declared(text, answer.url)
        elif document := _document(text, slices.without(answer.url)):
            read_.append((slices.without(answer.url), document))
    known = {urls.canonical(place): document for place, document in read_}
    own = [(place, document) for place, document in read_ if urls.canonical(place) == urls.canonical(slices.without(where))]
    listed: list[tuple[str, Document | None]] = [(place, known.get(place)) for place in named]
    guessed = urlsplit(where).path in _GUESSES
    chosen = (listed or [*own] if guessed else [*own] or listed) or [*read_[:1]]
    if not chosen:
        tried = ", ".join(f"{a.url}: {a.status or 'no answer'}" for a in answers)
        raise Malformed(f"no sitemap found ({tried})", url=where, reason=Reason.WRONG_KIND)
    windows = list({w.key: w for place, document in chosen for w in _windows(place, document, ask, alone=len(chosen) == 1)}.values())
    exact = all(w.posts is not None for w in windows)
    dates = [e.news_date for _, d in chosen for e in (_wanted(d, ask) if d and not d.index else ())]
    return Plan(
        tuple(windows), exact=exact, posts=sum(w.posts or 0 for w in windows) if exact else None, requests=sum(w.requests or 1 for w in windows),
        oldest=min((d for d in dates if d is not None), default=None) if exact and None not in dates else None,
    )  # fmt: skip


def increment(where: str, since: datetime) -> Target | None:
    """The sitemap again, for what was changed since then and for what does not say."""
    return Target(url=slices.Ask(since=since).at(where), kind=NAME)


def _windows(place: str, document: Document | None, ask: slices.Ask, *, alone: bool) -> Iterator[Window]:
    if document is None:
        yield Window(key=replace(ask, split=False).at(place), url=ask.at(place), kind=NAME)
    elif document.index:
        for child in _children(document, ask.since):
            yield Window(key=replace(ask, split=False).at(child.url), url=ask.at(child.url), kind=NAME)
    else:
        entries = list(_wanted(document, ask))
        for key, members in slices.cut([_mark(e) for e in entries]):
            part = replace(ask, key=key, split=False)
            dates = [entries[n].news_date for n in members]
            dated = [d for d in dates if d is not None] if None not in dates else []
            yield Window(
                key="&".join(filter(None, (key, part.bounds))) if alone else part.at(place), url=part.at(place), kind=NAME, posts=len(members), requests=len(members) + 1,
                since=min(dated, default=None), until=max(dated) + timedelta(microseconds=1) if dated else None,
            )  # fmt: skip


def _children(document: Document, since: datetime | None) -> list[Entry]:
    """An index's sitemaps, the newest first: what their names call lists is left out, and what was last changed before `since`."""
    children = [e for e in document.entries if not _NO_POSTS.search(urlsplit(e.url).path)]
    kept = [e for e in children if since is None or e.lastmod is None or e.lastmod >= since]
    return sorted(kept, key=lambda e: e.lastmod or permalinks.day(e.url) or datetime.min.replace(tzinfo=UTC), reverse=True)


def _wanted(document: Document, ask: slices.Ask) -> Iterator[Entry]:
    """The entries that can be posts and can have been published, or changed, in what is asked for."""
    for entry in _truthful(document.entries):
        if not permalinks.can_be(entry.url) or (ask.key is not None and not slices.holds(ask.key, _mark(entry))):
            continue
        newest = max((d for d in (entry.news_date, entry.lastmod) if d is not None), default=None)
        if ask.since is not None and newest is not None and newest < ask.since:
            continue
        day = permalinks.day(entry.url)
        latest = day + timedelta(days=1 if permalinks.names_day(entry.url) else 31) + _SLACK if day is not None else None
        if ask.since is not None and (ask.key or ask.split) and latest is not None and latest < ask.since:
            continue  # a window is one of publication; an increment wants what was changed, too
        earliest = entry.news_date or (day - _SLACK if day is not None else None)
        if ask.until is not None and earliest is not None and earliest >= ask.until:
            continue
        yield entry


def _truthful(entries: Iterable[Entry]) -> list[Entry]:
    entries = list(entries)
    dates = [e.lastmod for e in entries if e.lastmod is not None]
    return [replace(e, lastmod=None) for e in entries] if len(dates) >= _SAME and len(set(dates)) == 1 else entries


def _mark(entry: Entry) -> slices.Mark:
    return slices.mark(entry.news_date or entry.lastmod or permalinks.day(entry.url), entry.url)


def _on(child: Entry, ask: slices.Ask) -> Target:
    return Target(url=ask.at(child.url), kind=NAME, depth=1, opens=True)


def _document(text: str, base: str) -> Document | None:
    return sitemapwire.parse(text, base) or sitemapwire.plain(text, base)


def _linked(text: str) -> Iterator[str]:
    for tag in _LINK.findall(text):
        if _REL.search(tag) and (href := _HREF.search(tag)):
            yield next(group for group in href.groups() if group is not None)


def _is_robots(url: str) -> bool:
    return urlsplit(url).path.lower() == "/robots.txt"
