"""Which links of a page are those of its posts, told from navigation by where they stand and how they look.

Each link outside nav, footer and aside is weighed: within an article or an entry, in a heading, a date beside it, a date in its path, the
words of its address and of its anchor. Links that stand in the same structure (the same tags up to the body) are judged together: a list of
posts repeats itself, and what most of its lines are, all are.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from lxml import etree

from postetl import urls
from postetl.sources import dateline, permalinks

MAX_LINKS = 2_000  # links of a page that are looked at: an archive of everything on one page has as many
CROWD = 12  # links in one entry of a listing, at most: title, picture, author, tags, comments, share buttons
SENTENCE = 40  # characters before a link that make it one in running text
ENOUGH = 3.0  # weight of a link that is a post's; the mean of a group that is a list of posts
_NAVIGATION = re.compile(
    r"(?:^|[\s_-])(?:nav|navigation|navbar|menu|sidebar|widget|footer|breadcrumbs?|pagination|pager|comments?|comment-list|related|share|sharing|social|"
    r"tag-?cloud|blogroll|cookie|banner|skip-link|screen-reader-text|site-header|masthead|meta|byline|tags|cat-links|tags-links)(?:$|[\s_-])", re.IGNORECASE)  # fmt: skip
_BOILERPLATE = frozenset({"nav", "footer", "aside", "form", "header", "noscript", "template", "menu"})
_ENTRY = re.compile(r"(?:^|\s)(?:h-entry|hentry|post|entry|blog-?post|post-?(?:item|card|preview|outer)|article|card|story|teaser|archive-item)(?:$|[\s_-])", re.IGNORECASE)
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5"})
_CONTAINERS = frozenset({"article", "li", "tr", "dd", "dt", "div", "section", "p"})
_BLOCKS = _CONTAINERS | _HEADINGS | {"ul", "ol", "dl", "table", "tbody", "td", "blockquote", "pre", "figure", "figcaption", "br", "hr", "body", "main", "header", "footer", "nav", "aside", "form"}
_DATE = re.compile(r"\b(?:19|20)\d\d[-./\u5e74\ub144]\s?(?:0?[1-9]|1[0-2])\b|\b\d{1,2}[./]\d{1,2}[./](?:19|20)\d\d\b")
_DATE_CLASS = re.compile(r"(?:^|[\s_-])(?:date|time|published|posted|posted-on|timestamp)(?:$|[\s_-])", re.IGNORECASE)
_SLUG = re.compile(r"[^\W_]+(?:[-_][^\W_]+){2,}")
_MORE = re.compile(r"\W*(?:read more|more|continue reading|continue|weiterlesen|mehr|lire la suite|leer m\u00e1s|leggi tutto|lees meer|\d+ comments?|no comments|comments?)\b.*", re.IGNORECASE)


@dataclass(slots=True)
class Link:
    """A link as it stands on the page: `weight` is how much speaks for a post, `group` where it stands."""

    url: str
    text: str
    rel: str
    element: str  # id and class of the link and of what it stands in
    boilerplate: bool
    after: str = ""  # the text that follows it: `(12)` in a list of months
    weight: float = 0.0
    group: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """`links` of all kinds in the page's order, `posts` as (address, title), `head` the links of its head: (rel, type, title, address)."""

    title: str | None
    links: tuple[Link, ...]
    posts: tuple[tuple[str, str | None], ...]
    head: tuple[tuple[str, str, str, str], ...]


def read(text: str, url: str) -> Page:
    """Never raises for what the page holds; one without any element has no links."""
    tree = _tree(text)
    if tree is None:
        return Page(None, (), (), ())
    base = _base(tree, url)
    anchors = [a for _, a in zip(range(MAX_LINKS), tree.iter("a"), strict=False)]
    crowd: dict[etree._Element, int] = defaultdict(int)  # links in an element
    for anchor in anchors:
        for around in anchor.iterancestors():
            crowd[around] += 1
    dated: dict[etree._Element, bool] = {}
    links = [link for a in anchors if (link := _link(a, base, crowd, dated)) is not None]
    title = tree.find(".//title")
    head = tuple(_head(tree, base))
    return Page(_text(title)[:500] or None if title is not None else None, tuple(links), tuple(_posts(links, url)), head)


def _tree(text: str) -> etree._Element | None:
    if not text.strip():
        return None
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    try:
        return etree.fromstring(text.replace("\x00", " ").encode("utf-8", "replace"), parser)
    except (etree.LxmlError, ValueError):
        return None


def _base(tree: etree._Element, url: str) -> str:
    given = tree.find(".//base[@href]")
    return urls.join(url, given.get("href", "")) if given is not None else url


def _head(tree: etree._Element, base: str) -> Iterator[tuple[str, str, str, str]]:
    for link in tree.iter("link"):
        if href := (link.get("href") or "").strip():
            yield (link.get("rel") or "").lower(), (link.get("type") or "").partition(";")[0].strip().lower(), link.get("title") or "", urls.join(base, href)


def _link(anchor: etree._Element, base: str, crowd: dict[etree._Element, int], dated: dict[etree._Element, bool]) -> Link | None:
    href = (anchor.get("href") or "").strip()
    url = urls.join(base, href) if href and not href.startswith("#") else ""
    if not urls.is_web(url) or len(url) > 2048:
        return None
    around = list(anchor.iterancestors())
    names = [_named(e) for e in around[:6]]
    article = next((n for n, e in enumerate(around) if e.tag in ("article", "main")), len(around))
    boilerplate = any(
        (e.tag in _BOILERPLATE and not (e.tag == "header" and n < article)) or e.get("role") in ("navigation", "contentinfo", "complementary")
        or (e.tag not in ("body", "html", "main", "article") and _NAVIGATION.search(_named(e)))
        for n, e in enumerate(around)
    )  # fmt: skip
    text = _text(anchor)[:500] or (anchor.get("title") or "").strip()
    heading = any(e.tag in _HEADINGS for e in around[:4]) or any(e.tag in _HEADINGS for e in anchor.iterdescendants())
    group = "/".join(str(e.tag) for e in reversed((anchor, *around)))
    link = Link(url, text, (anchor.get("rel") or "").lower(), " ".join((_named(anchor), *names[:2])), bool(boilerplate), after=(anchor.tail or "").strip()[:20], group=group)
    own = next((e for e in around if e.tag == "article" or re.search(r"\bh-?entry\b", _named(e))), None)
    link.weight = (
        3.0 * (own is not None and crowd[own] <= CROWD)  # with more, it is the page's own article
        or 2.0 * any(_ENTRY.search(name) and crowd[e] <= CROWD for name, e in zip(names, around, strict=False))
    ) - 4.0 * (not heading and _in_prose(anchor))  # fmt: skip
    link.weight += 3.0 * heading + 2.5 * any(_dated(e, dated) for e in _own(around, crowd)) + _address(url) + _words(text)
    return link


def _in_prose(anchor: etree._Element) -> bool:
    """Whether a sentence stands before the link in its paragraph: it is quoted there, not listed."""
    before, element = "", anchor
    while len(before) <= SENTENCE and (parent := element.getparent()) is not None:
        earlier = [e for _, e in zip(range(10), element.itersiblings(preceding=True), strict=False)]
        before = " ".join([(parent.text or "").strip() if len(earlier) < 10 else "", *(f"{_text(e)[:100]} {(e.tail or '').strip()}" for e in reversed(earlier) if e.tag not in _BLOCKS), before]).strip()
        if any(e.tag in _BLOCKS for e in earlier):
            before = "" if earlier[0].tag in _BLOCKS and not (earlier[0].tail or "").strip() else before
            break
        if parent.tag in _BLOCKS:
            break
        element = parent
    return len(before) > SENTENCE and not _is_date(before[:40])


def _own(around: list[etree._Element], crowd: dict[etree._Element, int]) -> Iterator[etree._Element]:
    """What surrounds the link and no other line of its list: a post's title, picture, tags, comments may be links too."""
    for element in around[:6]:
        if element.tag in ("body", "html", "main") or crowd[element] > 8:
            return
        if element.tag in _CONTAINERS:
            yield element
            if element.tag in ("li", "tr", "article"):
                return


def _dated(element: etree._Element, known: dict[etree._Element, bool]) -> bool:
    if element not in known:
        known[element] = any(
            e.tag == "time" or _DATE_CLASS.search(_named(e)) or any(_is_date(t) for t in (e.text, e.tail if e is not element else None) if t)
            for _, e in zip(range(60), element.iter(), strict=False)
        )
        before = element.getprevious() if element.tag == "dd" else None
        known[element] = known[element] or (before is not None and _is_date(_text(before)))
    return known[element]


def _is_date(text: str) -> bool:
    line = text.strip()
    return len(line) <= 100 and any(c.isdigit() for c in line) and (bool(_DATE.search(line)) or dateline.is_within(line))


def _address(url: str) -> float:
    path = urlsplit(url).path
    last = path.rstrip("/").rpartition("/")[2]
    weight = 3.0 if permalinks.names_day(url) else 2.5 if permalinks.day(url) else 0.0
    weight += 1.0 if _SLUG.search(last.rpartition(".")[0] or last) else 0.0
    weight += 0.5 if path.rstrip("/").count("/") >= 2 else 0.0  # `/posts/title`
    return weight - (2.0 if re.fullmatch(r"/[a-z]{1,12}(?:\.[a-z]{3,5})?/?", path) else 0.0)  # `/about`


def _words(text: str) -> float:
    return 1.0 if len(text.split()) >= 3 or sum(c > "\u2e80" for c in text) >= 6 else 0.0


def _text(element: etree._Element) -> str:
    return " ".join("".join(str(piece) for piece in element.itertext()).split())


def _named(element: etree._Element) -> str:
    return f"{element.get('class') or ''} {element.get('id') or ''}".strip()


def _posts(links: list[Link], url: str) -> Iterator[tuple[str, str | None]]:
    """Each post once, in the page's order, with the longest of its anchors for a title."""
    here, site = urls.canonical(url), _site(url)
    groups: dict[str, dict[str, float]] = defaultdict(dict)
    titles: dict[str, str] = {}
    first: dict[str, str] = {}
    for link in links:
        known = urls.canonical(link.url)
        if known is None or known == here or link.boilerplate or _site(link.url) != site or not permalinks.can_be(link.url) or "nofollow" in link.rel.split():
            continue
        groups[link.group][known] = max(link.weight, groups[link.group].get(known, -9.0))
        first.setdefault(known, link.url.partition("#")[0])
        if not _MORE.fullmatch(link.text) and len(link.text) > len(titles.get(known, "")):
            titles[known] = link.text
    chosen: set[str] = set()
    for group in groups.values():
        repeated = 0.5 * (len(group) >= 3) + 0.5 * (len(group) >= 5)
        mean = sum(group.values()) / len(group) + repeated
        chosen |= {known for known, weight in group.items() if weight + repeated >= ENOUGH or (len(group) >= 3 and mean >= ENOUGH and weight > 0)}
    for known, address in first.items():
        if known in chosen:
            yield address, titles.get(known) or None


def same_site(one: str, other: str) -> bool:
    return _site(one) == _site(other)


def _site(url: str) -> str:
    """The host and port; `www.` and the scheme make no other site."""
    _, host, port = urls.origin(url)
    return f"{host.removeprefix('www.')}:{443 if port == 80 else port}"
