"""Stations 3 to 5 for one document: bytes in; posts with chunks, what to follow, and rejects out. Pure; runs in a worker.

The rooms it joins (sources, extract, clean, chunk) do not know each other; this is the only place that puts them in a row.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import astuple, dataclass, replace
from datetime import datetime
from hashlib import sha256

from postetl.chunk import chunk, count_tokens
from postetl.clean import clean, fields, identity
from postetl.errors import Malformed, Reason
from postetl.extract import extract, literal, render, told
from postetl.model import Extracted, Parsed, Post, RawPost, Rejected, Stage, Target
from postetl.sources import read

CONTENT = "content:"  # the kind of identity key made of title, text and date


@dataclass(frozen=True, slots=True)
class Options:
    """What the source's settings say about reading its documents. `since` inclusive, `until` exclusive, UTC."""

    source_id: str
    fetched_at: datetime
    full_text: bool | None = None
    max_tokens: int = 512
    overlap: int = 0
    since: datetime | None = None
    until: datetime | None = None
    chrome: frozenset[str] = frozenset()  # marks of the blocks that most posts of the source have: taken out of their text
    simple: bool = False  # pages without the thorough extractor: it came to no end with this document

    def covers(self, day: datetime | None) -> bool:
        """Whether a post of that date is wanted; without a window every post is."""
        if self.since is None and self.until is None:
            return True
        return day is not None and (self.since is None or day >= self.since) and (self.until is None or day < self.until)


@dataclass(frozen=True, slots=True)
class Transformed:
    """One document, done. Dates are of every dated post in it, inside the window or not."""

    kind: str | None = None
    title: str | None = None
    posts: tuple[Post, ...] = ()
    follow: tuple[Target, ...] = ()
    rejects: tuple[Rejected, ...] = ()
    undated: int = 0
    outside: int = 0
    oldest: datetime | None = None
    newest: datetime | None = None
    failed: Rejected | None = None  # the document as a whole could not be read
    every: int | None = None  # as in Parsed
    encoding: str | None = None


def transform(body: bytes, target: Target, *, url: str, content_type: str | None, options: Options, base: str | None = None) -> Transformed:
    """Read a fetched document; `base` as in `sources.read`. Never raises for what the document holds: see `Transformed.failed` and `.rejects`."""
    if target.entry is not None:
        return _page_of_entry(body, target, target.entry, url, content_type, options)
    try:
        parsed = read(body, url=url, content_type=content_type, kind=target.kind, base=base)
    except Malformed as error:
        return Transformed(failed=Rejected(url, "read", error.reason, str(error)))
    return _document(_signed(parsed), options)


def entry_alone(target: Target, options: Options) -> Transformed:
    """The post of a feed entry whose page could not be had: what the feed gave. It has no entry_hash, so the page is tried again."""
    assert target.entry is not None
    posts, rejects = _clean(target.entry, _body(target.entry, "feed"), target.shared_keys, options)
    return _finished(Transformed(kind="page", posts=posts, rejects=rejects), options)


def entry_hash(entry: RawPost) -> str:
    """A hash of everything a feed says of an entry: unchanged, its page is not fetched again."""
    return sha256(repr(astuple(entry)).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _signed(parsed: Parsed) -> Parsed:
    """The document's authors where an entry names nobody."""
    if not parsed.authors:
        return parsed
    signed = {id(raw): replace(raw, authors=parsed.authors) for raw in parsed.posts if not raw.authors}
    return replace(
        parsed,
        posts=tuple(signed.get(id(raw), raw) for raw in parsed.posts),
        follow=tuple(replace(t, entry=signed[id(t.entry)]) if id(t.entry) in signed else t for t in parsed.follow),
    )


def _document(parsed: Parsed, options: Options) -> Transformed:
    shared = identity.shared_keys(parsed.posts)
    follow = _to_follow(parsed, options)
    posts: list[Post] = []
    rejects = list(parsed.rejects)
    outside = 0
    for number, raw in enumerate(parsed.posts):
        if number in follow:
            continue
        if raw.published_at is not None and not options.covers(raw.published_at):
            outside += 1  # before the work of cleaning it
            continue
        body = _page(raw.html, raw.url, options) if parsed.kind == "page" and raw.html is not None else _body(raw, parsed.kind)
        made, why = _clean(raw, body, shared, options)
        posts += made
        rejects += why
    kept, doubled = _twins(posts)
    kept = _told_apart(kept)
    own = {id(raw) for raw in parsed.posts}
    listed = [*follow.values(), *(t for t in parsed.follow if t.entry is not None and id(t.entry) not in own)]  # a sitemap lists pages only
    entries = [t for t in listed if t.entry and (t.entry.published_at is None or options.covers(t.entry.published_at))]
    outside += len(listed) - len(entries)
    dates = [p.published_at for p in parsed.posts if p.published_at is not None]
    result = Transformed(
        kind=parsed.kind,
        title=fields.heading(parsed.title, parsed.title_type),
        posts=tuple(kept),
        follow=(*(replace(t, shared_keys=shared.intersection(identity.entry_keys(t.entry))) for t in entries if t.entry), *(t for t in parsed.follow if t.entry is None)),
        rejects=(*rejects, *doubled),
        outside=outside,
        oldest=min(dates, default=None),
        newest=max(dates, default=None),
        every=parsed.every,
        encoding=parsed.encoding,
    )
    return _finished(result, options)


def _to_follow(parsed: Parsed, options: Options) -> dict[int, Target]:
    """{place of the entry: the page behind it}. full_text unset: entries without a body; true: all; false: none."""
    if options.full_text is False or parsed.kind == "page":
        return {}
    if options.full_text:
        return {
            number: Target(url=raw.url, kind="page", depth=1, entry=raw)
            for number, raw in enumerate(parsed.posts)
            if raw.url and raw.url.startswith(("http://", "https://"))
        }
    by_entry = {id(t.entry): t for t in parsed.follow if t.entry is not None}
    return {number: by_entry[id(raw)] for number, raw in enumerate(parsed.posts) if id(raw) in by_entry}


def _body(raw: RawPost, kind: str) -> Extracted:
    """Station 4, first half: the record's own body as text."""
    html = raw.html
    if html is None and raw.text is None and raw.summary_type == "html" and fields.abstract(raw.summary, "html") is None:
        html = raw.summary  # without words: a picture
    if html is not None:
        post = render(html, base_url=raw.url)
        return Extracted(text=post.text, links=post.links, images=post.images, embeds=post.embeds, method=kind, confidence=1.0)
    return Extracted(text=literal(raw.text or ""), method=kind, confidence=1.0 if raw.text else 0.0)


def _page(html: str, url: str | None, options: Options) -> Extracted:
    """Station 4, first half, for a whole page."""
    return extract(html, url=url, simple=options.simple)


def _page_of_entry(
    body: bytes, target: Target, entry: RawPost, url: str, content_type: str | None, options: Options
) -> Transformed:
    """The page behind a feed entry: the page's text wins, the feed's metadata stay."""
    rejects: list[Rejected] = []
    encoding = None
    try:
        parsed = read(body, url=url, content_type=content_type, kind="page")
        encoding = parsed.encoding
        page = _page(parsed.posts[0].html or "", url, options)
    except Malformed as error:
        page = Extracted(text="")
        rejects.append(Rejected(url, "read", error.reason, f"the entry keeps the text of its feed: {error}"))
    unread = bool(rejects)
    own = _body(entry, "feed")
    wordless = not (page.text or own.text) and bool(page.images)  # pictures, which is more than nothing
    if not wordless and (not page.text or len(own.text) > 2 * len(page.text)):  # a paywall's or an error page's few words never replace the feed's body
        if not unread:
            rejects.append(Rejected(url, "extract", Reason.NO_TEXT, "no article found in the page; the entry keeps the text of its feed"))
        page = replace(page, text=own.text, links=own.links, images=own.images, embeds=own.embeds, method=own.method, confidence=own.confidence)
    posts, why = _clean(replace(entry, html=None, text=None), page, target.shared_keys, options)
    if not unread:
        posts = tuple(replace(p, entry_hash=entry_hash(entry)) for p in posts)
    return _finished(Transformed(kind="page", posts=posts, rejects=(*rejects, *why), encoding=encoding), options)


def _clean(raw: RawPost, body: Extracted, shared: frozenset[str], options: Options) -> tuple[tuple[Post, ...], tuple[Rejected, ...]]:
    """Station 4, second half, and the post's identity keys. What has neither text nor summary has the words of its pictures."""
    cleaned = clean(raw, body, source_id=options.source_id, fetched_at=options.fetched_at, chrome=options.chrome)
    if body.images and (cleaned.post is None or not cleaned.post.text):
        cleaned = clean(raw, told(body), source_id=options.source_id, fetched_at=options.fetched_at, chrome=options.chrome)
    if cleaned.post is None:
        return (), cleaned.rejects
    post, claimed = cleaned.post, identity.entry_keys(raw)
    own = tuple(key for key in claimed if key in shared)
    return (replace(post, keys=identity.keys(claimed, post, shared), shared_keys=own),), cleaned.rejects


def _finished(result: Transformed, options: Options) -> Transformed:
    """The window, then station 5."""
    inside = [p for p in result.posts if options.covers(p.published_at)]
    undated = sum(p.published_at is None for p in result.posts) if len(inside) < len(result.posts) else 0
    dates = [d for d in (result.oldest, result.newest, *(p.published_at for p in result.posts)) if d is not None]
    return replace(
        result,
        posts=tuple(_chunked(inside, options)),
        undated=result.undated + undated,
        outside=result.outside + len(result.posts) - len(inside) - undated,
        oldest=min(dates, default=None),
        newest=max(dates, default=None),
    )


def _chunked(posts: Iterable[Post], options: Options) -> Iterable[Post]:
    for post in posts:
        chunks = chunk(post.text, max_tokens=options.max_tokens, overlap=options.overlap)
        tokens = chunks[0].tokens if len(chunks) == 1 and chunks[0].text == post.text else count_tokens(post.text)
        yield replace(post, chunks=tuple(chunks), tokens=tokens)


def _twins(posts: list[Post]) -> tuple[list[Post], list[Rejected]]:
    """The same record twice in one document is one post, and a row that says so."""
    seen: set[tuple[str | None, str]] = set()
    kept, rejects = [], []
    for post in posts:
        mark = (post.external_id, post.row_hash)
        if mark in seen:
            stage: Stage = "clean"
            rejects.append(Rejected(post.url, stage, Reason.DUPLICATE, f"the same entry again: {post.external_id or post.url or post.title!r}"))
            continue
        seen.add(mark)
        kept.append(post)
    return kept, rejects


def _told_apart(posts: list[Post]) -> list[Post]:
    """Several different entries of one document with the same content: it identifies none of them; their guids and links do."""
    count = Counter(key for post in posts for key in post.keys if key.startswith(CONTENT))
    return [without_content(p) if any(count[key] > 1 for key in p.keys if key.startswith(CONTENT)) else p for p in posts]


def without_content(post: Post) -> Post:
    """The post with its content key among the shared ones: another post has the same words and date."""
    return without(post, tuple(key for key in post.keys if key.startswith(CONTENT)))


def without(post: Post, contested: tuple[str, ...]) -> Post:
    """The post with these of its keys among the shared ones, which identify nobody."""
    own = tuple(key for key in post.keys if key not in contested)
    return replace(post, keys=identity.keys(own, post, frozenset((*post.shared_keys, *contested))), shared_keys=(*post.shared_keys, *contested))
