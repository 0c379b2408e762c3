"""What an address tells by its form: whether it can be a post's own, and the day, month or year that its path names.

| left out, as no post's | by |
|---|---|
| the front page | an empty path, index.html and its like, without a number or a title in its query |
| lists | a part `tag`, `tags`, `category`, `categories`, `author`, `authors`, `label`, `user`, `members`, `profile` ... with a name behind it; `/page/7` and `/page7`; a query of `paged`, `cat`, `tag`, `author`, `s`, `m`, or `page=7` |
| date archives | a path of year, month, day and nothing else, `archive` or `archives` alone |
| feeds | a last part `feed`, `rss`, `atom`, or one ending in .xml, .rss, .atom, .json, .rdf |
| files and machinery | endings of pictures, styles, scripts, media and packages; parts that begin with `wp-` |

What is not in the table is a post's for all that is known: an odd page too many costs one request, a post too few is lost.
"""

import re
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

from postetl import urls

_INDEX = re.compile(r"/*(?:index|default|home)\.[a-z]{3,5}|/*", re.IGNORECASE)
_LISTS = frozenset({"tag", "tags", "category", "categories", "author", "authors", "label", "members", "user", "users", "profile", "profiles"})
_LIST_QUERIES = frozenset({"paged", "cat", "tag", "author", "s", "m", "feed"})  # WordPress' public query variables that give lists
_PAGE = re.compile(r"/page/?\d+(?:/|\.html?$|$)", re.IGNORECASE)
_FEED = re.compile(r"(?:^|/)(?:feed|rss|atom|rss2|comments/feed)/*$|\.(?:xml|rss|atom|json|rdf)(?:\.gz)?$", re.IGNORECASE)
_FILE = re.compile(
    r"\.(?:jpe?g|png|gif|webp|avif|svg|ico|bmp|tiff?|css|m?js|map|woff2?|ttf|eot|mp[34]|m4[av]|og[gv]|wav|webm|mov|avi|mkv|flac|pdf|epub|mobi|"
    r"zip|gz|tgz|bz2|xz|7z|rar|exe|dmg|iso|docx?|xlsx?|pptx?|csv|tsv)$", re.IGNORECASE)  # fmt: skip
_DATED = re.compile(r"/((?:19|20)\d\d)(?:[/-](0?[1-9]|1[0-2]))?(?:[/-](0?[1-9]|[12]\d|3[01]))?(?=[/_.-]|$)")
_ARCHIVE = re.compile(r"/((?:19|20)\d\d)(?:/(0[1-9]|1[0-2]))?(?:/(0[1-9]|[12]\d|3[01]))?(?:/(?:index\.[a-z]{3,5}|page/\d+)?)*/*$", re.IGNORECASE)


def can_be(url: str) -> bool:
    """Whether the address may be a post's own."""
    known = urls.canonical(url)  # without what tracks
    if known is None or not urls.is_web(known):
        return False
    parts = urlsplit(known)
    query = {name.lower(): value for name, value in parse_qsl(parts.query)}
    if query.keys() & _LIST_QUERIES or query.get("page", "").isdigit():
        return False
    if _INDEX.fullmatch(parts.path):
        return any(re.search(r"\d|[^\W_]-[^\W_]+-[^\W_]", value) for value in query.values())  # `/?p=12`, `/?entry=a-long-night`
    pieces = [p.lower() for p in parts.path.split("/") if p]
    if any(p in _LISTS for p in pieces[:-1]) or pieces[-1] in _LISTS or pieces in (["archive"], ["archives"]) or any(p.startswith("wp-") for p in pieces):
        return False
    return not (_PAGE.search(parts.path) or _FEED.search(parts.path) or _FILE.search(parts.path) or _ARCHIVE.search(parts.path))


def archive(url: str) -> tuple[int, int | None] | None:
    """(year, month) of a path that is a year's or a month's archive, (year, None) for a year; None for a post, and for a day."""
    found = _ARCHIVE.search(_path(url))
    return None if found is None or found[3] else (int(found[1]), int(found[2]) if found[2] else None)


def is_day(url: str) -> bool:
    """Whether the path is a day's archive: a calendar has thousands of them."""
    found = _ARCHIVE.search(_path(url))
    return found is not None and found[3] is not None


def day(url: str) -> datetime | None:
    """The day or month at the head of a post's path, as its site counts days: `/2019/03/14/title`, `/2019/03/title.html`."""
    found = _DATED.search(_path(url))
    if found is None or not found[2]:
        return None
    try:
        return datetime(int(found[1]), int(found[2]), int(found[3] or 1), tzinfo=UTC)
    except ValueError:
        return None


def names_day(url: str) -> bool:
    """Whether `day` is exact, not the first of a month."""
    found = _DATED.search(_path(url))
    return found is not None and bool(found[3])


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return ""
