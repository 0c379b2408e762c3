"""RawPost and its body in, one Post out, or the row that says why not."""

import json
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from postetl.clean import fields
from postetl.clean.chrome import split
from postetl.clean.identity import digest
from postetl.clean.language import count_words, detect
from postetl.clean.text import body as clean_body
from postetl.clean.text import plain, without
from postetl.errors import Reason
from postetl.model import DateSource, Extracted, Link, Post, RawPost, Rejected
from postetl.urls import canonical


@dataclass(frozen=True, slots=True)
class Cleaned:
    """`post` is None only when `rejects` says why; a post can come with rejects, too (a date it was kept without)."""

    post: Post | None
    rejects: tuple[Rejected, ...] = ()


def clean(raw: RawPost, body: Extracted, *, source_id: str, fetched_at: datetime, chrome: Collection[str] = ()) -> Cleaned:
    """One clean post of what a source said (`raw`) and what its body says (`body`): the source's word first, the body's fills gaps.

    `fetched_at` (UTC) bounds the dates. Without text the summary stands in; without that the title alone makes a post; with
    neither it is Rejected(NO_TEXT). `chrome`: marks of the blocks that most posts of the source have, which go (`clean.chrome`). `keys`, `post_id`, `tokens` and `chunks` are left for the pipeline. Pure, and never raises.
    """
    rejects: list[Rejected] = []
    title = fields.one_line(fields.heading(raw.title, raw.title_type)) or fields.one_line(body.title)
    summary = fields.abstract(raw.summary, raw.summary_type)
    text, marks = clean_body(body.text, (*body.links, *body.images, *body.embeds))
    whole, parted = text, split(text, chrome)
    if parted.removed is not None:
        text, marks = without(text, marks, parted.edits)
    links, media = marks[: len(body.links)], marks[len(body.links) :]
    method = body.method
    if not text.strip() and summary:
        text, links, media, method = summary, (), (), "summary"
    if not text.strip() and not title:
        return Cleaned(None, (Rejected(raw.url, "clean", Reason.NO_TEXT, "neither text, title nor summary"),))

    def date(name: str, *candidates: datetime | None) -> int | None:
        """Index of the first plausible candidate; the others leave a row."""
        for index, when in enumerate(candidates):
            if when is not None:
                if fields.plausible(when, fetched_at):
                    return index
                rejects.append(Rejected(raw.url, "clean", Reason.BAD_DATE, f"{name} {when.isoformat()} cannot be true"))
        return None

    published, updated = (raw.published_at, body.published_at), (raw.updated_at, body.updated_at)
    first, last = date("published_at", *published), date("updated_at", *updated)
    sources: tuple[DateSource | None, DateSource | None] = (raw.date_source or "feed", body.date_source)
    language, sure = _language(raw, body, title, text)
    post = Post(
        source_id=source_id,
        url=canonical(raw.url) if raw.url else None,
        external_id=plain(raw.external_id) or None if raw.external_id else None,
        title=title,
        text=text,
        extracted_by=method,
        content_hash=digest(title, text),
        row_hash="",
        authors=fields.people(raw.authors) or fields.people(body.authors),
        published_at=None if first is None else _utc(published[first], fetched_at),
        date_source=None if first is None else sources[first],
        updated_at=None if last is None else _utc(updated[last], fetched_at),
        language=language,
        tags=fields.labels(raw.tags) or fields.labels(body.tags),
        summary=summary,
        links=tuple(Link(plain(link.url), link.anchor, link.start, link.end) for link in links),
        enclosures=tuple((plain(url), type_ and plain(type_), length and plain(length)) for url, type_, length in raw.enclosures),
        canonical_url=canonical(body.canonical_url, raw.url) if body.canonical_url else None,
        words=count_words(text),
        confidence=body.confidence if method == body.method else None,
        images=_beside(body.images, media[: len(body.images)]),
        embeds=_beside(body.embeds, media[len(body.images) :]),
        image=plain(body.image) or None if body.image else None,
        site_name=fields.one_line(body.site_name),
        language_confidence=sure,
        boilerplate=parted.removed,
        whole_hash=None if parted.removed is None else digest(title, whole),
        whole=None if parted.removed is None else whole,
    )
    return Cleaned(replace(post, row_hash=row_hash(post)), tuple(rejects))


def row_hash(post: Post) -> str:
    """Hash of everything the source said: every field but identities, hashes, counts and what the pipeline adds. A guid is left out
    on purpose: some sources make a new one at each request.
    """
    said = (
        post.url, post.title, post.text, post.extracted_by, post.authors, _iso(post.published_at), post.date_source, _iso(post.updated_at),
        post.language, post.tags, post.summary, [(k.url, k.anchor, k.start, k.end) for k in post.links], post.enclosures, post.canonical_url,
        *(part for part in ([(k.url, k.anchor, k.start) for k in post.images], [k.url for k in post.embeds], post.image, post.site_name, post.boilerplate) if part),
    )  # fmt: skip
    return digest(json.dumps(said, ensure_ascii=False))


def _language(raw: RawPost, body: Extracted, title: str | None, text: str) -> tuple[str | None, float | None]:
    """The language and how sure it is: as declared, else as detected."""
    if declared := fields.language_tag(raw.language) or fields.language_tag(body.language):
        return declared, 1.0
    return detect(text if len(text) > 200 else f"{title or ''}\n{text}") or (None, None)


def _beside(before: tuple[Link, ...], after: tuple[Link, ...]) -> tuple[Link, ...]:
    """Pictures and the like at their places in the clean text, with the words that they came with."""
    return tuple(Link(plain(old.url), plain(old.anchor), new.start, new.start) for old, new in zip(before, after, strict=False))


def _utc(when: datetime | None, fetched_at: datetime) -> datetime | None:
    return fields.plausible(when, fetched_at) if when else None


def _iso(when: datetime | None) -> str | None:
    return when.isoformat() if when else None
