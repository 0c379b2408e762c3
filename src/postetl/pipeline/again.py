"""One source's archived bodies, read by today's code: of the rows that were made of them, those that come out otherwise.

Documents newest first. A page of a feed entry is read when the document is met that listed its entry: the newest before it. No network.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from postetl.chunk import chunk_ids
from postetl.clean import chrome, identity
from postetl.errors import Reason
from postetl.lake import Bodies, ChromeRecord, PostRecord
from postetl.lake.tables import clean
from postetl.model import Post, Rejected, Target
from postetl.pipeline.pairing import pair, said
from postetl.pipeline.placing import Rows
from postetl.pipeline.reading import in_worker, transformed
from postetl.pipeline.reports import Change, Learned, Run, SourceReport, Step, Stock
from postetl.runlog import now
from postetl.settings import Source
from postetl.transform import Options, Transformed
from postetl.urls import without_credentials
from postetl.warehouse import Document, MadePost, MadeSource
from postetl.worker import WorkerError

if TYPE_CHECKING:
    from postetl.warehouse.origins import Made

SLICE = 64  # bodies in memory: a row group of the archive, and
SLICE_BYTES = 32 * 1024 * 1024  # no more than this of them

Made_ = tuple[Post, MadePost, datetime, str | None]  # a record, the post that it is, when its body was fetched, its raw_ref


@dataclass(slots=True)
class Pages:
    """Posts whose text is of the page behind a feed entry, until their entry is met."""

    posts: list[MadePost]  # oldest first
    documents: Mapping[str, Document]  # by post_id; none: the entry stands alone
    active: dict[str, MadePost] = field(default_factory=dict)  # fetched after the document that is read now
    tried: dict[str, int] = field(default_factory=dict)  # raw_ref -> how many had become active when it was read
    began: int = 0

    def due(self, at: datetime) -> bool:
        """Whether some were fetched after a document of that time, and not after the one before."""
        return bool(self.posts) and self.posts[-1].fetched_at >= at

    def activate(self, at: datetime) -> None:
        while self.due(at):
            post = self.posts.pop()
            self.active[post.post_id] = post
            self.began += 1

    def hopeful(self, document: Document) -> bool:
        """Whether this document, which may have been read at a later time already, can have an entry that is sought."""
        return bool(self.active) and self.tried.get(document.raw_ref) != self.began

    def claim(self, target: Target, keys: Mapping[str, str | None]) -> list[MadePost]:
        """The posts of an entry, by its keys; else the one whose page has its address."""
        assert target.entry is not None
        owner = next((o for key in identity.entry_keys(target.entry) if (o := keys.get(key)) in self.active and key not in target.shared_keys), None)
        if owner is None:
            where = without_credentials(target.url)
            owners = [post_id for post_id in self.active if (page := self.documents.get(post_id)) is not None and page.url == where]
            owner = owners[0] if len(owners) == 1 else None
        return [self.active.pop(owner)] if owner is not None else []


class Again:
    """`await go(after)`, then `rows` and `report()`. `changes` are those of a dry run."""

    def __init__(self, run: Run, source: Source, made: "Made", bodies: Bodies, readers: Executor, on_step: Callable[[Step], None] | None = None) -> None:
        self.run, self.source, self.made, self.bodies, self.readers, self.on_step = run, source, made, bodies, readers, on_step
        self.rows = Rows()
        self.changes: list[Change] = []
        self.keys: dict[str, str | None] = {}
        self.ids: set[str] = set()
        self.chrome: frozenset[str] = frozenset()
        self.stock = Stock()
        self.done = SourceReport(source.id, source.where)
        self.read = 0

    def report(self, seconds: float) -> SourceReport:
        return replace(self.done, again=self.stock, seconds=seconds)

    def broke(self, error: Exception) -> None:
        """A bug of ours ended it: said of the source; the rows before are kept."""
        self.done = replace(self.done, error=Reason.READER_FAILED, detail=f"internal error, please report: {type(error).__name__}: {error}")

    async def go(self, after: Callable[["Again"], Awaitable[None]]) -> None:
        known = await asyncio.to_thread(self.made.source, self.source.id)
        self.keys, self.ids = dict(known.keys), {post.post_id for post in known.posts}
        keep = self.run.settings.keep_boilerplate(self.source)
        learned = known.chrome
        if keep is not True and not self._windowed:
            learned |= await self._learn(learned, keep)
        self.chrome = chrome.applied(learned, keep)
        own, pages = self._sorted(known)
        total = sum(any(map(self._wanted, posts)) for posts in own.values()) + len(pages.posts)
        slice_: list[Document] = []
        met: set[tuple[str, datetime]] = set()
        refs: set[str] = set()
        size = 0
        for document in known.documents:
            if _is_page(document):
                continue
            if pages.due(document.fetched_at):
                await self._documents(slice_, own, pages, total)  # they are newer than the pages
                slice_, size = [], 0
                pages.activate(document.fetched_at)
            key = (document.raw_ref, document.fetched_at)
            unread = document.unread and document.whole and document.raw_ref not in refs
            due = key not in met and (unread or any(map(self._wanted, own.get(key, ()))))
            if not due and not pages.hopeful(document):
                continue
            met.add(key)
            refs.add(document.raw_ref)
            slice_.append(document)
            size += document.bytes
            if pages.active or len(slice_) == SLICE or size > SLICE_BYTES:
                await self._documents(slice_, own, pages, total)
                slice_, size = [], 0
                await after(self)
        await self._documents(slice_, own, pages, total)
        self._count(entryless=len(pages.active) + len(pages.posts))
        await after(self)

    @property
    def _windowed(self) -> bool:
        window = self.run.window
        return window is not None and (window.since is not None or window.until is not None)

    async def _learn(self, known: frozenset[str], keep: bool | Sequence[str]) -> frozenset[str]:
        """What most posts have in common is taken out of all of them. What was learned once stays, whatever stands in most posts later."""
        repeated = [r for r in await asyncio.to_thread(self.made.repeated, self.source.id) if r.mark not in known]
        wanted = chrome.applied(frozenset(r.mark for r in repeated), keep)
        found = [r for r in repeated if r.mark in wanted]
        self.done = replace(self.done, learned=tuple(Learned(r.text, r.posts, r.out_of) for r in found))
        if not self.run.dry:
            self.rows.chrome += [ChromeRecord(self.source.id, r.mark, r.text, r.posts, r.out_of, now()) for r in found]
        return wanted

    def _sorted(self, known: MadeSource) -> tuple[dict[tuple[str, datetime], list[MadePost]], Pages]:
        """The posts by the document that they were read from, and those that were read from entries' pages (or stand without)."""
        exact = {(d.raw_ref, d.fetched_at): d for d in known.documents}
        newest: dict[str, Document] = {}
        for document in known.documents:
            newest.setdefault(document.raw_ref, document)
        own: dict[tuple[str, datetime], list[MadePost]] = defaultdict(list)
        pages: list[MadePost] = []
        of_pages: dict[str, Document] = {}
        for post in known.posts:
            origin = exact.get((post.raw_ref, post.fetched_at)) or newest.get(post.raw_ref) if post.raw_ref else None
            if origin is None or _is_page(origin):
                if self._wanted(post):
                    pages.append(post)
                    if origin is not None:
                        of_pages[post.post_id] = origin
            else:
                own[origin.raw_ref, origin.fetched_at].append(post)
        return own, Pages(pages, of_pages)

    def _wanted(self, post: MadePost | Post) -> bool:
        window, day = self.run.window, post.published_at
        if window is None or not self._windowed:
            return True
        return day is not None and (window.since is None or day >= window.since) and (window.until is None or day < window.until)

    async def _documents(self, documents: Sequence[Document], own: Mapping[tuple[str, datetime], list[MadePost]], pages: Pages, total: int) -> None:
        """Read these; more than one only where no entry is sought."""
        bodies = await asyncio.to_thread(self.bodies.read, {d.raw_ref for d in documents})
        results = await asyncio.gather(*(self._read(document, bodies) for document in documents))
        made: list[Made_] = []
        for document, result in zip(documents, results, strict=True):
            pages.tried[document.raw_ref] = pages.began
            stored = own.get((document.raw_ref, document.fetched_at), [])
            if result is None:
                self._count(lost=sum(map(self._wanted, stored)))
            elif result.failed is not None:
                self._failed(result.failed, sum(map(self._wanted, stored)))
            else:
                made += self._place(document, result, stored, pages)
                await self._follow(result.follow, pages, total)
        await self._compare(made)
        self._step(sum(bool(own.get((d.raw_ref, d.fetched_at))) for d in documents), total)

    async def _read(self, document: Document, bodies: Mapping[str, bytes], target: Target | None = None) -> Transformed | None:
        """What today's code finds in it; None: the archive has lost it."""
        body = bodies.get(document.raw_ref)
        if body is None:
            return None
        kind = self.source.kind if document.depth == 0 else document.kind
        target = target or Target(document.url, self.source.id, kind, document.depth)
        return await transformed(
            self.readers, body, target, url=document.final_url, content_type=document.content_type,
            options=self._options(document.fetched_at), base=document.base,
        )  # fmt: skip

    def _place(self, document: Document, result: Transformed, stored: Sequence[MadePost], pages: Pages) -> Iterator[Made_]:
        """Whose the records of a document are. Those of entries that were followed once, and are not any more, are the entries' own."""
        keys, found = self.keys, []
        for post in result.posts:
            owner = next((o for key in post.keys if (o := keys.get(key)) in pages.active), None)
            if owner is not None:
                yield post, pages.active.pop(owner), document.fetched_at, document.raw_ref
            else:
                found.append(post)
        pairs = pair(found, stored, keys)
        for post, known in pairs.pairs:
            yield post, known, known.fetched_at, known.raw_ref
        ids = {known.post_id for known in pairs.left}
        followed = {o for t in result.follow if t.entry for key in identity.entry_keys(t.entry) if (o := keys.get(key)) in ids}
        self._count(followed=len(followed), vanished=sum(map(self._wanted, pairs.left)) - len(followed), unsure=pairs.unsure)
        if document.whole:
            self._add([post for post in pairs.new if self._wanted(post)], document)

    def _add(self, posts: Sequence[Post], document: Document) -> None:
        """Posts that were not seen in this body before."""
        for post in posts:
            post_id = identity.new_post_id(self.source.id, post.keys[0])
            if post_id in self.ids:
                continue  # its first key is nobody's any more
            record = PostRecord(replace(post, post_id=post_id, whole=None), tuple(chunk_ids(post_id, post.chunks)), document.fetched_at, post.shared_keys, document.raw_ref)
            self.ids.add(post_id)
            for key in post.keys:  # an older body may have it, too
                self.keys.setdefault(key, post_id)
            self._emit(record, Change("+", self.source.id, post.url, post.title))
            self.done = replace(self.done, new=self.done.new + 1)

    async def _follow(self, targets: Sequence[Target], pages: Pages, total: int) -> None:
        """The pages behind these entries that were read once."""
        found: list[tuple[Target, MadePost]] = []
        for target in targets:
            if target.entry is not None and pages.active:
                found += [(replace(target, source_id=self.source.id), post) for post in pages.claim(target, self.keys)]
        for part in _slices(found, pages):
            bodies = await asyncio.to_thread(self.bodies.read, {post.raw_ref for _, post in part if post.raw_ref})
            results = await asyncio.gather(*(self._page(target, post, pages.documents.get(post.post_id), bodies) for target, post in part))
            made: list[Made_] = []
            for (_, post), result in zip(part, results, strict=True):
                if result is None:
                    self._count(lost=1)
                elif result.failed is not None:
                    self._failed(result.failed, 1)
                elif result.posts:
                    made.append((result.posts[0], post, post.fetched_at, post.raw_ref))
                else:
                    self._count(vanished=1)
            await self._compare(made)
            self._step(len(part), total)

    async def _page(self, target: Target, post: MadePost, document: Document | None, bodies: Mapping[str, bytes]) -> Transformed | None:
        if document is not None:
            result = await self._read(document, bodies, replace(target, depth=document.depth))
            if result is None or result.failed is None:
                return result
        try:  # the page could not be had, or came to no end
            return await in_worker(self.readers, "entry_alone", target, self._options(post.fetched_at))
        except WorkerError as error:
            return Transformed(failed=Rejected(target.url, "clean", error.reason, str(error)))

    async def _compare(self, made: Sequence[Made_]) -> None:
        """A row for each that is not as it was."""
        chunks = await asyncio.to_thread(self.made.chunks, {known.post_id for _, known, *_ in made}) if made else {}
        changed: list[tuple[PostRecord, MadePost, bool]] = []
        for post, known, at, raw_ref in made:
            if not self._wanted(known):
                continue
            ids = tuple(chunk_ids(known.post_id, post.chunks))
            pieces = [(i, c.start, c.end, c.tokens, tuple(map(clean, c.heading_path))) for i, c in zip(ids, post.chunks, strict=True)]
            same = pieces == chunks.get(known.post_id, [])
            filled = post.language_confidence is None or known.language_confidence is not None  # rows of before there was such a column
            if same and filled and said(replace(post, external_id=post.external_id and clean(post.external_id))) == said(known):
                self.done = replace(self.done, seen=self.done.seen + 1)
                continue
            record = PostRecord(replace(post, post_id=known.post_id, whole=None), ids, at, post.shared_keys, raw_ref, reread=known.raw_ref or "")
            changed.append((record, known, same))
        before = await asyncio.to_thread(self.made.rows, {known.post_id for _, known, _ in changed}) if changed and self.run.dry else {}
        for record, known, same in changed:
            post = record.post
            differs, lines = _differences(post, before[known.post_id]) if self.run.dry else ((), None)
            self._emit(record, Change("~", self.source.id, post.url, post.title or known.title, (*differs, *(() if same else ("chunks",))), lines))
            self.done = replace(self.done, changed=self.done.changed + 1)

    def _emit(self, record: PostRecord, change: Change) -> None:
        if self.run.dry:
            self.changes.append(change)
            return
        self.rows.posts.append(record)
        self.rows.body_bytes += 2 * len(record.post.text)  # it is in its chunks once more

    def _options(self, fetched_at: datetime) -> Options:
        settings = self.run.settings
        return Options(
            self.source.id, fetched_at, settings.full_text(self.source), settings.defaults.chunk_tokens, settings.defaults.chunk_overlap, chrome=self.chrome
        )

    def _count(self, **more: int) -> None:
        self.stock = replace(self.stock, **{name: getattr(self.stock, name) + number for name, number in more.items()})

    def _failed(self, why: Rejected, posts: int) -> None:
        if posts:  # one that could not be read then either is no news
            self._count(failed=posts)
            self.done = self.done if self.done.error else replace(self.done, error=why.reason, detail=why.detail)

    def _step(self, more: int, total: int) -> None:
        self.read += more
        if self.on_step:
            self.on_step(Step(self.source.id, min(self.read, total), total))


def _is_page(document: Document) -> bool:
    """Whether it was followed from a feed entry: read as a page, or not at all."""
    return document.depth > 0 and document.kind in ("page", None)


def _slices(found: Sequence[tuple[Target, MadePost]], pages: Pages) -> Iterator[Sequence[tuple[Target, MadePost]]]:
    """As many as may be in memory at once."""
    part: list[tuple[Target, MadePost]] = []
    size = 0
    for target, post in found:
        part.append((target, post))
        size += pages.documents[post.post_id].bytes if post.post_id in pages.documents else 0
        if len(part) == SLICE or size > SLICE_BYTES:
            yield part
            part, size = [], 0
    if part:
        yield part


def _differences(post: Post, before: Mapping[str, object]) -> tuple[tuple[str, ...], tuple[str, str] | None]:
    """The columns that differ, and the first line of the text that does, before and now."""
    columns = [name for name, value in before.items() if name != "post_id" and _shown(getattr(post, name)) != value]
    old, new = ([line for line in text.split("\n") if line] for text in (str(before["text"]), post.text))
    at = next((n for n in range(max(len(old), len(new))) if old[n : n + 1] != new[n : n + 1]), None)
    return tuple(columns), None if at is None else ("".join(old[at : at + 1]), "".join(new[at : at + 1]))


def _shown(value: object) -> object:
    return clean(value) if isinstance(value, str) else tuple(map(clean, value)) if isinstance(value, tuple) else value
