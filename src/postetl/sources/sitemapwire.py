"""A sitemap's bytes: unpacked, and read as entries (sitemaps.org protocol 0.9, Google's news extension).

The format is flat, so it is read as a row of tags, not as a tree: what is broken in one entry (a bare `&` in an address is the rule, not the
exception) stays there, and nothing an XML parser can be attacked with is even looked at. Linear in the length of the text.
"""

import html
import re
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime

from postetl import urls
from postetl.sources import moments

MAX_BYTES = 50 * 1024 * 1024  # unpacked, and MAX_URLS: what the protocol allows (https://www.sitemaps.org/protocol.html#index)
MAX_URLS = 50_000
_HEAD = 64 * 1024  # characters in which the root element must stand
MAX_URL = 2048  # characters; longer ones are against the protocol too
_ROOT = re.compile(r"(?:\s++|<\?[^>]*+>|<!--(?:(?!-->).)*+-->|<!DOCTYPE[^>\[]*+>)*+<(?:([A-Za-z_][\w.-]*):)?(urlset|sitemapindex)(?=[\s/>])([^<>]*)>", re.DOTALL | re.IGNORECASE)
_BEHIND = re.compile(r"""<(?:([A-Za-z_][\w.-]*):)?(urlset|sitemapindex)(?=\s)([^<>]*sitemap[^<>]*)>""", re.IGNORECASE)  # warnings of a broken PHP stand before it
_TOKEN = re.compile(r"<!--|<!\[CDATA\[|<(/?)(?:([A-Za-z_][\w.-]*):)?([A-Za-z_][\w.-]*)([^<>]*)>")
_W3C = re.compile(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?")  # https://www.w3.org/TR/NOTE-datetime: year, month or day alone
_REFERENCE = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]\w{1,30});")  # with its semicolon: in `?a=1&copy=2` there is none
_NEWS = re.compile(r"""xmlns:([A-Za-z_][\w.-]*)\s*=\s*["']https?://www\.google\.com/schemas/sitemap-news/""", re.IGNORECASE)
_OWN = frozenset({"loc", "lastmod"})
_OF_NEWS = frozenset({"publication_date", "title", "language"})


@dataclass(frozen=True, slots=True)
class Entry:
    """A `<url>` or `<sitemap>`: dates in UTC."""

    url: str
    lastmod: datetime | None = None
    news_date: datetime | None = None
    title: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """What a sitemap lists, in its order, each address once. `notes` say what of it could not be read."""

    index: bool
    entries: tuple[Entry, ...]
    notes: tuple[str, ...] = ()


def is_packed(body: bytes) -> bool:
    return body.startswith(b"\x1f\x8b")


def unpack(body: bytes, limit: int = MAX_BYTES) -> tuple[bytes, bool]:
    """A gzip file's content, whatever it was served as, and whether that is all of it. Bytes that are no gzip come back as they are."""
    if not is_packed(body):
        return body[:limit], len(body) <= limit
    out, rest, left = [], body, limit
    while is_packed(rest):  # members may follow each other (RFC 1952 2.2)
        engine = zlib.decompressobj(31)
        try:
            out.append(engine.decompress(rest, left))
        except zlib.error:
            return b"".join(out), False
        left -= len(out[-1])
        if left <= 0 or not engine.eof:
            return b"".join(out), False
        rest = engine.unused_data
    return b"".join(out), True


def root(text: str) -> re.Match[str] | None:
    """The root element's tag: (prefix, name, attributes). None: no sitemap, or a page that quotes one."""
    head = text[:_HEAD]
    behind = _BEHIND.search(head)
    return _ROOT.match(head) or (behind if behind and not re.search(r"<(?:!doctype\s+html|html|head|body|rss|feed)\b", head[: behind.start()], re.IGNORECASE) else None)


def parse(text: str, base: str) -> Document | None:
    """The document, or None when its root is no sitemap's."""
    opening = root(text)
    if opening is None:
        return None
    reader = _Reader(opening[1], _NEWS.findall(text[:_HEAD]) or ["news"], index=opening[2].lower() == "sitemapindex", base=base)
    at = opening.end()
    while len(reader.entries) < MAX_URLS and (token := _TOKEN.search(text, at)):
        reader.text(text[at : token.start()])
        at = token.end()
        if token[0] in ("<!--", "<![CDATA["):
            end = text.find("-->" if token[0] == "<!--" else "]]>", at)
            if end == -1:
                break
            if token[0] != "<!--":
                reader.text(text[at:end], literal=True)
            at = end + 3
        elif reader.tag(token[2], token[3].lower(), closing=bool(token[1]), empty=token[4].endswith("/")):
            return reader.document()
    if len(reader.entries) >= MAX_URLS:
        if _TOKEN.search(text, at) and re.search(r"<(?:[\w.-]+:)?loc[\s>]", text[at:]):
            reader.notes.append(f"more than {MAX_URLS:,} addresses, against the protocol: the rest was left")
    elif not opening[3].endswith("/"):
        reader.notes.append("the document was cut off: addresses may be missing")
    return reader.document()


def plain(text: str, base: str) -> Document | None:
    """One address a line, as the protocol has it for text files; None when a line is anything else."""
    lines = [stripped for line in text.split("\n") if (stripped := line.strip())]
    if not lines or not all(re.match(r"https?://\S+$", line, re.IGNORECASE) for line in lines):
        return None
    reader = _Reader(None, [], index=False, base=base)
    for line in lines[:MAX_URLS]:
        reader.add({"loc": line})
    if len(lines) > MAX_URLS:
        reader.notes.append(f"more than {MAX_URLS:,} addresses, against the protocol: the rest was left")
    return reader.document()


@dataclass(slots=True)
class _Reader:
    """Tags and text come in, entries go out."""

    prefix: str | None
    news: list[str]
    index: bool
    base: str
    entries: list[Entry] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    bad: int = 0
    values: dict[str, str] | None = None  # of the entry at hand
    name: str | None = None  # of the value at hand

    def text(self, piece: str, *, literal: bool = False) -> None:
        if self.name is not None and self.values is not None and len(kept := self.values.get(self.name, "")) <= 2 * MAX_URL:
            self.values[self.name] = kept + (piece if literal else _REFERENCE.sub(lambda m: html.unescape(m[0]), piece[: 4 * MAX_URL]))

    def tag(self, prefix: str | None, name: str, *, closing: bool, empty: bool) -> bool:
        """Whether that was the end of the document."""
        own, news = prefix == self.prefix, prefix in self.news
        self.name = None
        if own and name == ("sitemap" if self.index else "url"):
            self.add(self.values)  # of one that was not closed, too
            self.values = None if closing or empty else {}
        elif self.values is not None and not closing and not empty and ((own and name in _OWN) or (news and name in _OF_NEWS)):
            key = f"news:{name}" if news and not (own and name in _OWN) else name
            if key not in self.values:  # the first counts
                self.values[key], self.name = "", key
        return closing and own and name in ("urlset", "sitemapindex")

    def add(self, values: dict[str, str] | None) -> None:
        if values is None:
            return
        url = urls.join(self.base, values.get("loc", "").strip())
        known = urls.canonical(url) if values.get("loc", "").strip() else None
        if known is None or not urls.is_web(url) or len(url) > MAX_URL:
            self.bad += 1
        elif known not in self.seen:
            self.seen.add(known)
            self.entries.append(Entry(
                url, _when(values.get("lastmod")), _when(values.get("news:publication_date")),
                " ".join(values.get("news:title", "").split()) or None, values.get("news:language", "").strip() or None,
            ))  # fmt: skip

    def document(self) -> Document:
        self.add(self.values)
        if self.bad:
            self.notes.append(f"{self.bad} entries without an http or https address")
        return Document(self.index, tuple(self.entries[:MAX_URLS]), tuple(self.notes))


def _when(text: str | None) -> datetime | None:
    """A W3C date. A day, month or year alone begins at midnight UTC."""
    text = (text or "").strip()
    if found := _W3C.fullmatch(text):
        try:
            return moments.believable(datetime(int(found[1]), int(found[2] or 1), int(found[3] or 1), tzinfo=UTC))
        except ValueError:
            return None
    return moments.believable(moments.instant(text)) if text else None
