"""One source: its queue of Targets, from the source itself to everything its documents told us to follow."""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from hashlib import sha256

from postetl import __version__, worker
from postetl.chunk import chunk_ids
from postetl.clean import identity
from postetl.errors import PASSING, Reason
from postetl.fetch import Fetcher, FetchOptions, local
from postetl.lake import FetchRecord, PostRecord, RejectRecord, Sighting, SourceRecord
from postetl.model import ROBOTS, Fetched, Post, Rejected, Target, Validators
from postetl.pipeline.reports import Run, SourceReport, Step
from postetl.pipeline.schedule import next_check
from postetl.runlog import now
from postetl.settings import Settings, Source
from postetl.transform import CONTENT, Options, Transformed, entry_hash, without_content
from postetl.warehouse import Known, KnownPost, KnownSource, Reading
from postetl.worker import WorkerError

READ_SECONDS = 60.0  # for one document: 60 long posts take 0.3 s, a 10 MB post 4 s
READ_MEMORY_MB = 1024  # above the worker's idle

# A failure that a person should see among the set-aside records: asking again will not mend it.
LASTING = frozenset({
    Reason.REFUSED_ADDRESS, Reason.REFUSED_SCHEME, Reason.REFUSED_ROBOTS, Reason.NOT_FOUND, Reason.GONE, Reason.FORBIDDEN,
    Reason.TOO_MANY_REDIRECTS, Reason.BODY_TOO_LARGE, Reason.BAD_CONTENT_ENCODING, Reason.EMPTY_BODY, Reason.FILE_UNREADABLE,
})  # fmt: skip


@dataclass(slots=True)
class Rows:
    """Rows on their way to a package."""

    fetches: list[FetchRecord] = field(default_factory=list)
    posts: list[PostRecord] = field(default_factory=list)
    sightings: list[Sighting] = field(default_factory=list)
    rejects: list[RejectRecord] = field(default_factory=list)
    sources: list[SourceRecord] = field(default_factory=list)
    body_bytes: int = 0

    def __bool__(self) -> bool:
        return bool(self.fetches or self.posts or self.sightings or self.rejects or self.sources)

    def take(self, other: "Rows") -> None:
        """Move everything out of another."""
        for name in ("fetches", "posts", "sightings", "rejects", "sources"):
            getattr(self, name).extend(getattr(other, name))
            getattr(other, name).clear()
        self.body_bytes += other.body_bytes
        other.body_bytes = 0


def where_now(source: Source, known: KnownSource | None) -> str:
    """The address at which a source is asked: the configured one, or where it has moved for good since."""
    assert source.url is not None
    return source.url if known is None or known.url != source.where or known.current_url == known.url else known.current_url


def read_as(settings: Settings, source: Source) -> str:
    """The code and the settings that decide what becomes of a document: with others, an unchanged document is read again."""
    said = (__version__, source.kind, settings.full_text(source), settings.max_follow(source), settings.defaults.chunk_tokens, settings.defaults.chunk_overlap)
    return sha256(repr(said).encode()).hexdigest()[:16]


class Walk:
    """`await go()`, then `rows` and `report()`. `recall` gives what is known of the source's posts, when a document has to be read."""

    def __init__(
        self,
        run: Run,
        source: Source,
        recall: Callable[[str], Awaitable[Known]],
        fetcher: Fetcher,
        readers: Executor,
        on_step: Callable[[Step], None] | None = None,
    ) -> None:
        self.run, self.source, self.recall, self.fetcher, self.readers, self.on_step = run, source, recall, fetcher, readers, on_step
        known = run.known.get(source.id)
        self.known = known if known is not None and known.url == source.where else None  # of another address: of no use
        self.read_as = read_as(run.settings, source)
        self.readings = {url: r for url, r in self.known.readings.items() if r.read_as == self.read_as} if self.known and not (run.force or run.window) else {}
        validators = {url: Validators(r.etag, r.last_modified) for url, r in self.readings.items() if r.etag or r.last_modified}
        self.options = replace(FetchOptions.of(run.settings, source), validators=validators)
        self.rows = Rows()
        self.reasons: Counter[Reason] = Counter()
        self.recalled = False
        self.stored: Mapping[str, KnownPost] = {}
        self.keys: dict[str, str | None] = {}
        self.seen: set[str] = set()  # post_ids met in this run
        self.doubtful: list[tuple[Post, Fetched]] = []
        self.done = SourceReport(source.id, source.where)
        self.title: str | None = None
        self.order = 0
        self.own: FetchRecord | None = None  # the source's own document: committed with the last of its posts
        self.unread: Fetched | None = None  # arrived, and not yet a row
        self.whole = run.window is None  # nothing was left for the next run to find in the documents as they are

    async def go(self, after: Callable[["Walk"], Awaitable[None]]) -> None:
        """Walk the queue to its end. `after` each step rows may be taken."""
        began = time.monotonic()
        queue = deque(await self._start())
        finished = follows = 0
        limit = self.run.settings.max_follow(self.source)
        over = 0
        while queue:
            target = queue.popleft()
            if target.entry is not None and (same := self._same_entry(target)):
                self._sight(same, now())
            elif target.depth and follows >= limit:
                over += 1
                await self._entry_alone(target, None)
            else:
                follows += target.depth > 0
                queue.extend(await self._visit(target))
            finished += 1
            if self.on_step:
                self.on_step(Step(self.source.id, finished, finished + len(queue)))
            await after(self)
        self._settle_doubtful()
        if over:
            self.whole = False
            self._reject(Rejected(self.source.where, "follow", Reason.FOLLOW_LIMIT, f"{over} pages over max_follow = {limit}: the next run goes on"), now())
        if self.own is not None:
            self.rows.fetches.append(self.own if self.whole else replace(self.own, read_as=None))
            self.own = None
        self._note_source()
        self.done = replace(self.done, followed=follows, seconds=time.monotonic() - began)

    def report(self) -> SourceReport:
        return self.done

    def _note_source(self) -> None:
        """A row of what the source is, when that is new."""
        known, kind, title = self.known, self.done.kind, self.title
        if known is None or (kind or known.kind, title or known.title) != (known.kind, known.title):
            self.rows.sources.append(SourceRecord(self.source.id, self.source.where, kind, title, now()))

    async def _start(self) -> list[Target]:
        """Station 1: the source itself, or each of its files."""
        source = self.source
        if source.url is not None:
            return [Target(url=where_now(source, self.known), source_id=source.id, kind=source.kind)]
        assert source.path is not None
        return await asyncio.to_thread(local.targets, source.id, self.run.settings.home, source.path, source.kind)

    async def _visit(self, target: Target) -> list[Target]:
        """Stations 2 to 5 for one Target; what it says to follow."""
        fetched = self.unread = await self._fetch(target)
        for earlier in fetched.before:
            self._record(earlier, kind=earlier.target.kind)
        if fetched.error is not None:
            self._record(fetched)
            if target.entry is not None:
                await self._entry_alone(target, fetched)
            return []
        if target.depth == 0 and (known := self._unchanged(fetched)) is not None:
            self._record(fetched, every=known.every, read_as=self.read_as)
            self.done = replace(self.done, unchanged=self.done.unchanged + 1, kind=self.done.kind or (self.known.kind if self.known else None))
            return []
        await self._recollect()
        result = await self._transform(fetched)
        self._record(fetched, kind=result.kind, encoding=result.encoding, every=result.every, read_as=self.read_as if result.failed is None else None)
        if result.failed is not None:
            self._reject(result.failed, fetched.fetched_at, fetched.raw_ref)
            if target.depth == 0:
                self._fail(result.failed.reason, result.failed.detail)
            elif target.entry is not None:
                await self._entry_alone(target, fetched)
            return []
        self._absorb(result, fetched)
        broken = next((r for r in result.rejects if r.reason is Reason.MALFORMED), None)
        self.whole = self.whole and broken is None  # what could not be read may be there when it is asked for again
        if target.depth == 0 and broken and not (result.posts or result.follow or result.outside or result.undated):
            self._fail(broken.reason, broken.detail)  # recognised, and nothing came of it
        return [replace(t, source_id=self.source.id, depth=target.depth + 1) for t in result.follow]

    def _unchanged(self, fetched: Fetched) -> Reading | None:
        """The reading that this answer repeats: by 304, or byte for byte from a site that knows no validators."""
        reading = self.readings.get(fetched.final_url)
        return reading if reading is not None and (fetched.status == 304 or fetched.raw_ref == reading.raw_ref) else None

    async def _recollect(self) -> None:
        if not self.recalled:
            known = await self.recall(self.source.id)
            self.stored, self.keys, self.recalled = known.rows, dict(known.keys.get(self.source.id, {})), True

    async def _fetch(self, target: Target) -> Fetched:
        if target.depth == 0 and self.source.path is not None:
            return await asyncio.to_thread(local.read_file, self.run.settings.home, target, self.options.max_body)
        return await self.fetcher.fetch(target, self.options)

    async def _read(self, function: str, *args: object, **kwargs: object) -> Transformed:
        """A function of postetl.transform, in a worker. Raises WorkerError."""
        call = partial(worker.call, f"postetl.transform:{function}", *args, timeout=READ_SECONDS, memory_mb=READ_MEMORY_MB, **kwargs)
        result: Transformed = await asyncio.get_running_loop().run_in_executor(self.readers, call)
        return result

    async def _transform(self, fetched: Fetched) -> Transformed:
        """Stations 3 to 5; once more without the thorough page extractor when the first try came to no end."""
        options = self._options(fetched.fetched_at)
        error: WorkerError | None = None
        for attempt in (options, replace(options, simple=True)):
            try:
                return await self._read(
                    "transform", fetched.body, fetched.target, url=fetched.final_url, content_type=fetched.content_type, options=attempt
                )
            except WorkerError as failed:
                error = error or failed
        assert error is not None
        return Transformed(failed=Rejected(fetched.final_url, "read", error.reason, str(error)))

    async def _entry_alone(self, target: Target, fetched: Fetched | None) -> None:
        """The page behind an entry could not be had: the entry is kept as its feed gave it, and tried again next time."""
        if target.entry is None:
            return
        try:
            made = await self._read("entry_alone", target, self._options(now()))
        except WorkerError as error:
            self._reject(Rejected(target.url, "clean", error.reason, str(error)), now(), fetched.raw_ref if fetched else None)
            return
        known = identity.match(self._entry_keys(target), self.keys)
        if fetched is None or fetched.error in PASSING or known is None:
            self.whole = False  # worth another look; a page that was out of reach in an earlier run, too, waits until its feed changes
        if known and known in self.stored and self.stored[known].entry_hash is not None:
            self._sight(known, now())  # a page that was read once is not replaced by its summary
            return
        self._absorb(made, fetched or Fetched(target, target.url, now(), 0))

    def _record(self, fetched: Fetched, *, kind: str | None = None, encoding: str | None = None, every: int | None = None,
                read_as: str | None = None) -> None:  # fmt: skip
        """The request's row. That of the source's own document waits for the end of the walk, which decides whether all was taken in."""
        depth, robots = fetched.target.depth, kind == ROBOTS
        self.unread = self.unread if robots else None
        self.order += 1
        fetch_id = sha256(f"{self.run.run_id}\n{self.source.id}\n{fetched.target.url}\n{self.order}".encode()).hexdigest()[:32]
        record = FetchRecord(fetched, self.run.run_id, fetch_id, kind=kind, encoding=encoding, every=every, read_as=None if depth else read_as)
        if depth == 0 and not robots:
            answered = fetched.error is None and (kind is not None or read_as is not None)
            failures = 0 if answered else 1 + (self.known.failures if self.known else 0)
            check = next_check(fetched, interval=self.run.settings.interval(self.source), every=every, failures=failures)
            record = replace(record, next_check_at=check.at, next_check_reason=check.reason)
        if depth == 0 and self.source.url is not None and not robots:
            self.own = record
        else:
            self.rows.fetches.append(record)
        if fetched.raw_ref:
            self.rows.body_bytes += len(fetched.body)
        self.done = replace(self.done, requests=self.done.requests + 1)
        if fetched.error is None or robots:
            return
        if depth == 0:
            self._fail(fetched.error, fetched.detail)
        if fetched.error in LASTING:
            self._reject(Rejected(fetched.final_url, "fetch", fetched.error, fetched.detail or fetched.error.value), fetched.fetched_at)

    def broke(self, error: Exception) -> None:
        """A bug of ours ended this source's walk: said of the source; the others go on."""
        if self.unread is not None:
            self._record(self.unread)
        if self.own is not None:
            self.rows.fetches.append(replace(self.own, read_as=None))
        self._fail(Reason.READER_FAILED, f"internal error, please report: {type(error).__name__}: {error}")

    def _fail(self, reason: Reason, detail: str | None) -> None:
        if self.done.error is None:
            self.done = replace(self.done, error=reason, detail=detail)

    def _reject(self, rejected: Rejected, when: datetime, raw_ref: str | None = None) -> None:
        self.rows.rejects.append(RejectRecord(replace(rejected, raw_ref=rejected.raw_ref or raw_ref), self.source.id, when))
        self.reasons[rejected.reason] += 1
        self.done = replace(self.done, rejects=self.done.rejects + 1)

    def _absorb(self, result: Transformed, fetched: Fetched) -> None:
        """Tell new from changed from seen."""
        for rejected in result.rejects:
            self._reject(rejected, fetched.fetched_at, fetched.raw_ref)
        for post in result.posts:
            self.keys.update(dict.fromkeys(post.shared_keys))
        for post in result.posts:
            strong = tuple(key for key in post.keys if not key.startswith(CONTENT))
            post_id = identity.match(strong, self.keys)
            if post_id is None and identity.match(post.keys, self.keys) is not None:
                self.doubtful.append((post, fetched))
            else:
                self._place(post, post_id, fetched)
        done = self.done
        dates = [d for d in (done.oldest, done.newest, result.oldest, result.newest) if d is not None]
        self.done = replace(
            done,
            kind=done.kind or result.kind,
            undated=done.undated + result.undated,
            outside=done.outside + result.outside,
            oldest=min(dates, default=None),
            newest=max(dates, default=None),
        )
        self.title = self.title or (result.title if fetched.target.depth == 0 else None)

    def _settle_doubtful(self) -> None:
        """Posts known by their content alone: the same post with a new guid and link; or, where the known one was met in this run
        as well, another post with equal content.
        """
        for post, fetched in self.doubtful:
            post_id = identity.match(post.keys, self.keys)
            if post_id in self.seen:
                self._place(without_content(post), None, fetched)
            else:
                self._place(post, post_id, fetched)

    def _place(self, post: Post, post_id: str | None, fetched: Fetched) -> None:
        self.keys.update(dict.fromkeys(post.shared_keys))
        new = post_id is None
        post_id = post_id or identity.new_post_id(self.source.id, post.keys[0])
        for key in post.keys:
            self.keys.setdefault(key, post_id)
        stored = self.stored.get(post_id)
        if stored is not None and stored.row_hash == post.row_hash and stored.entry_hash == post.entry_hash:
            self._sight(post_id, fetched.fetched_at)
            return
        self.seen.add(post_id)
        post = replace(post, post_id=post_id)
        self.rows.posts.append(
            PostRecord(
                post=post,
                chunk_ids=tuple(chunk_ids(post_id, post.chunks)),
                fetched_at=fetched.fetched_at,
                shared_keys=post.shared_keys,
                raw_ref=fetched.raw_ref,
            )
        )
        self.done = replace(self.done, new=self.done.new + new, changed=self.done.changed + (not new))

    def _sight(self, post_id: str, when: datetime) -> None:
        self.seen.add(post_id)
        self.rows.sightings.append(Sighting(post_id, self.source.id, when))
        self.done = replace(self.done, seen=self.done.seen + 1)

    def _same_entry(self, target: Target) -> str | None:
        """The post of an entry whose page was read before and that its feed has not changed since."""
        assert target.entry is not None
        if self.run.force:
            return None
        post_id = identity.match(self._entry_keys(target), self.keys)
        stored = self.stored.get(post_id) if post_id else None
        return post_id if stored is not None and stored.entry_hash == entry_hash(target.entry) else None

    @staticmethod
    def _entry_keys(target: Target) -> tuple[str, ...]:
        assert target.entry is not None
        return tuple(key for key in identity.entry_keys(target.entry) if key not in target.shared_keys)

    def _options(self, fetched_at: datetime) -> Options:
        settings, window = self.run.settings, self.run.window
        return Options(
            source_id=self.source.id,
            fetched_at=fetched_at,
            full_text=settings.full_text(self.source),
            max_tokens=settings.defaults.chunk_tokens,
            overlap=settings.defaults.chunk_overlap,
            since=window.since if window else None,
            until=window.until if window else None,
        )
