"""Listing pages: a home, archive, tag or month page whose post links are found (`postlinks`) and followed, and the pages after it.

On goes rel=next, a link that says `older posts`, the next number of `/page/N/` or `?paged=N`, or, without any, the month archives that a page
lists. A page without posts may be a gap; after EMPTY of them in a row there is no further one, so a calendar that links every month there
will ever be comes to an end. How many they were travels in the fragment of the address.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import urldefrag, urlsplit

from postetl import urls
from postetl.errors import Malformed, Reason
from postetl.model import Answer, Parsed, Plan, RawPost, Target, Window
from postetl.sources import charset, page, permalinks, postlinks

NAME = "listing"
LEAST = 3  # post links, or month archives, that make a page a listing
EMPTY = 3  # pages without a post in a row, after which nothing follows
_NUMBER = re.compile(r"/page/(\d{1,6})/?$|/page(\d{1,6})(?:\.html?)?/?$|[?&](?:paged|page|pg|seite)=(\d{1,6})(?:&|$)", re.IGNORECASE)
_OLDER = re.compile(
    r"(?:view |see |show |load )?(?:older|earlier)(?: posts?| entries| articles| stories| news)?|previous (?:posts|entries|articles)|more posts|next(?: page| posts)?|"
    r"\u00e4ltere(?: beitr\u00e4ge| artikel| eintr\u00e4ge| posts)?|vorherige beitr\u00e4ge|n\u00e4chste(?: seite)?|weiter|(?:articles|billets|messages)(?: plus)? (?:anciens|pr\u00e9c\u00e9dents)|"
    r"(?:page )?suivante?|(?:entradas|publicaciones) (?:m\u00e1s )?(?:antiguas|anteriores)|(?:p\u00e1gina )?siguiente|(?:articoli|post) (?:meno recenti|precedenti|pi\u00f9 vecchi)|"
    r"(?:pagina )?successiva|postagens mais antigas|(?:p\u00e1gina )?pr\u00f3xima|oudere berichten|volgende(?: pagina)?|\u00e4ldre(?: inl\u00e4gg)?|n\u00e4sta(?: sida)?|"
    r"\u6b21\u306e?\u30da\u30fc\u30b8|\u6b21\u3078|\u4e0b\u4e00\u9875|\u4e0b\u4e00\u9801|\u0441\u043b\u0435\u0434\u0443\u044e\u0449\u0430\u044f|\u2192|\u00bb|\u203a", re.IGNORECASE)  # fmt: skip
_OLDER_CLASS = re.compile(r"(?:^|[\s_-])(?:older|nav-previous|blog-pager-older-link)(?:$|[\s_-])", re.IGNORECASE)  # WordPress' and Blogger's themes
_ARTICLE = re.compile(r"""<meta\b[^<>]{0,100}\bog:type["'][^<>]{0,100}\bcontent\s*=\s*["'](?:article|blogpost)|<meta\b[^<>]{0,100}\bproperty\s*=\s*["']article:published_time""", re.IGNORECASE)
_XML = re.compile(r"(?:\s++|<\?[^>]*+>|<!--(?:(?!-->).)*+-->)*+<(?:[\w.-]+:)?(?:rss|feed|rdf|urlset|sitemapindex|opml)\b", re.DOTALL | re.IGNORECASE)
_ARROWS = " \t\n.\u00a0\u2190\u2039\u00ab<([" + "\u2192\u203a\u00bb>)]"
_COUNT = re.compile(r"\((\d{1,5})\)\s*$")
_AHEAD, _BEHIND = timedelta(hours=14), timedelta(hours=12)  # a month archive goes by its site's clock: UTC-12 to UTC+14


def recognises(body: bytes, content_type: str | None, url: str) -> bool:  # noqa: ARG001  asked for by name, or chosen by discovery
    """Never: a page with links is a page, unless somebody says otherwise."""
    return False


def read(body: bytes, *, url: str, content_type: str | None = None) -> Parsed:
    """Every post that the page links to is in `posts` and in `follow`, then in `follow` where the listing goes on.

    Raises Malformed(WRONG_KIND) for what is no HTML.
    """
    text = charset.text_of(body, content_type, url)
    if not _is_page(body, content_type, url):
        raise Malformed("no HTML in it, so no links to posts", url=url, reason=Reason.WRONG_KIND)
    seen = postlinks.read(text, url)
    posts = tuple(RawPost(url=address, title=title) for address, title in seen.posts)
    empty = 0 if posts else _empty(url) + 1
    onward = _onward(seen, url) if empty < EMPTY else []
    mark = f"#empty={empty}" if empty else ""
    return Parsed(NAME, seen.title, posts, (
        *(Target(url=p.url or "", kind="page", depth=1, entry=p) for p in posts),
        *(Target(url=place + mark, kind=NAME, depth=1, opens=permalinks.archive(url) is None, may_end=True) for place in onward),  # a month is one window
    ))  # fmt: skip


def found(body: bytes, *, url: str, headers: Mapping[str, str], content_type: str | None = None) -> str | None:  # noqa: ARG001  the links alone decide
    """The page itself, when at least LEAST of its links are posts' or lead to months of them, and it does not call itself an article."""
    if not urls.is_web(url) or not page.recognises(body, content_type, url) or not _is_page(body, content_type, url):
        return None
    text = charset.decode(body, content_type)
    if _ARTICLE.search(text, 0, 200_000):
        return None
    seen = postlinks.read(text, url)
    return urldefrag(url).url if len(seen.posts) >= LEAST or len(_months(seen, url)) >= LEAST else None


def survey(
    where: str, *, since: datetime | None = None, until: datetime | None = None, answers: Sequence[Answer] = ()  # noqa: ARG001  the same for every window
) -> tuple[Target, ...]:
    return () if answers else (Target(url=where, kind=NAME),)


def plan(where: str, answers: Sequence[Answer], *, since: datetime | None = None, until: datetime | None = None) -> Plan:
    """The month archives that the page lists, each by its dates; otherwise the page itself, from which the others open one by one."""
    answer = next((a for a in answers if a.status == 200), None)
    if answer is None or not _is_page(answer.body, answer.content_type, answer.url):
        raise Malformed("no page of links there", url=where, reason=Reason.WRONG_KIND)
    seen = postlinks.read(charset.decode(answer.body, answer.content_type), answer.url)
    months = _months(seen, answer.url)
    if len(months) < LEAST:
        if not seen.posts and not _onward(seen, answer.url):
            raise Malformed("no links to posts found in the page", url=where, reason=Reason.WRONG_KIND)
        posts = len(seen.posts)
        return Plan((Window(key=answer.url, url=answer.url, kind=NAME, requests=posts + 1),), exact=False, posts=posts, requests=posts + 1)
    windows = [
        Window(key=f"{year:04}-{month:02}" if month else f"{year:04}", url=place, kind=NAME, since=begins, until=ends, posts=count, requests=None if count is None else count + 1)
        for (year, month), (place, count) in months.items()
        for begins, ends in (_span(year, month),)
        if (since is None or ends > since) and (until is None or begins < until)
    ]
    exact = all(w.posts is not None for w in windows)
    return Plan(tuple(windows), exact=exact, posts=sum(w.posts or 0 for w in windows), requests=sum(w.requests or 1 for w in windows), oldest=_oldest(windows, since))


def increment(where: str, since: datetime) -> Target | None:  # noqa: ARG001  the first page tells
    return None


def _is_page(body: bytes, content_type: str | None, url: str) -> bool:
    return page.recognises(body, content_type or "text/html", url) and _XML.match(charset.decode(body[:4096], content_type)) is None


def _onward(seen: postlinks.Page, url: str) -> list[str]:
    """The next page, else the month archives that are listed."""
    place = next(_next(seen, url), None)
    if place is not None:
        return [place]
    return [] if permalinks.archive(url) else [place for place, _ in _months(seen, url).values()]


def _next(seen: postlinks.Page, url: str) -> Iterator[str]:
    """Candidates, the surest first: each of the same site, no post, and behind this page where both say where they are."""
    posts = {address for address, _ in seen.posts}
    named = [address for rel, _, _, address in seen.head if "next" in rel.split()]
    named += [link.url for link in seen.links if "next" in link.rel.split()]
    named += [link.url for link in seen.links if _OLDER_CLASS.search(link.element)]
    named += [link.url for link in seen.links if len(link.text) < 40 and _OLDER.fullmatch(link.text.strip(_ARROWS) or link.text)]
    number = _number(url) or 1
    named += [link.url for link in seen.links if _number(link.url) == number + 1]
    for address in named:
        place = urldefrag(address).url
        if place not in posts and urls.is_web(place) and urls.canonical(place) != urls.canonical(url) and postlinks.same_site(place, url) and _is_behind(place, url):
            yield place


def _is_behind(place: str, url: str) -> bool:
    here, there = permalinks.archive(url), permalinks.archive(place)
    if here is not None and there is not None and here != there:
        return (there[0], there[1] or 0) < (here[0], here[1] or 0)
    if permalinks.is_day(place):
        return False
    number, after = _number(url), _number(place)
    return after is None or after > (number or 1)


def _number(url: str) -> int | None:
    parts = urlsplit(url)
    found_ = _NUMBER.search(f"{parts.path}?{parts.query}" if parts.query else parts.path)
    return int(next(g for g in found_.groups() if g)) if found_ else None


def _months(seen: postlinks.Page, url: str) -> dict[tuple[int, int | None], tuple[str, int | None]]:
    """{(year, month): (address, how many posts it says)} of the same site, newest first; years only where there are no months."""
    listed: dict[tuple[int, int | None], tuple[str, int | None]] = {}
    for link in seen.links:
        place = urldefrag(link.url).url
        dates = permalinks.archive(place)
        if dates is not None and _number(place) is None and postlinks.same_site(place, url):
            count = _COUNT.search(link.text) or _COUNT.search(link.after)
            listed.setdefault(dates, (place, int(count[1]) if count else None))
    years = {year for year, month in listed if month}
    return {dates: listed[dates] for dates in sorted(listed, key=lambda d: (d[0], d[1] or 0), reverse=True) if dates[1] or dates[0] not in years}


def _span(year: int, month: int | None) -> tuple[datetime, datetime]:
    """All moments that can be in that month, or year, on some clock."""
    begins = datetime(year, month or 1, 1, tzinfo=UTC)
    ends = datetime(year + (month in (None, 12)), (month or 12) % 12 + 1, 1, tzinfo=UTC)
    return begins - _AHEAD, ends + _BEHIND


def _oldest(windows: Sequence[Window], since: datetime | None) -> datetime | None:
    """The first day of the oldest month, as far as it is asked for."""
    first = min((w.since + _AHEAD for w in windows if w.since), default=None)
    return max(first, since) if first and since else first


def _empty(url: str) -> int:
    counted = re.fullmatch(r"empty=(\d)", urldefrag(url).fragment)
    return int(counted[1]) if counted else 0
