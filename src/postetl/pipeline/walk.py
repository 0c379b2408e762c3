"""One source: its queue of Targets, from the source itself to everything its documents told us to follow."""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256

from postetl import __version__
from postetl.clean import chrome
from postetl.errors import PASSING, Reason
from postetl.fetch import FetchOptions, local
from postetl.lake import FetchRecord, RejectRecord, SourceRecord
from postetl.model import ROBOTS, Fetched, Rejected, Target, Validators
from postetl.pipeline import plans
from postetl.pipeline.kept import Fetches
from postetl.pipeline.placing import Placing, Rows
from postetl.pipeline.reading import in_worker, transformed
from postetl.pipeline.reports import Run, SourceReport, Step
from postetl.pipeline.schedule import next_check
from postetl.runlog import now
from postetl.settings import Settings, Source
from postetl.sources import ARCHIVES, site
from postetl.transform import Options, Transformed
from postetl.warehouse import Known, KnownSource, Reading
from postetl.worker import WorkerError

REPEATS = 3  # documents in a row that show nothing new: an archive that goes on then goes round
OVERLAP = timedelta(days=2)  # before the last run: what an author's clock or a site's cache held back

# A failure that a person should see among the set-aside records: asking again will not mend it.
LASTING = frozenset({
    Reason.REFUSED_ADDRESS, Reason.REFUSED_SCHEME, Reason.REFUSED_ROBOTS, Reason.NOT_FOUND, Reason.GONE, Reason.FORBIDDEN,
    Reason.TOO_MANY_REDIRECTS, Reason.BODY_TOO_LARGE, Reason.BAD_CONTENT_ENCODING, Reason.EMPTY_BODY, Reason.FILE_UNREADABLE,
})  # fmt: skip


def where_now(source: Source, known: KnownSource | None) -> str:
    """The address at which a source is asked: the configured one, or where it has moved for good since."""
    assert source.url is not None
    return source.url if known is None or known.url != source.where or known.current_url == known.url else known.current_url


def read_as(settings: Settings, source: Source) -> str:
    """The code and the settings that decide what becomes of a document: with others, an unchanged document is read again."""
    defaults = settings.defaults
    return _digest(__version__, source.kind, settings.full_text(source), settings.max_follow(source), settings.keep_boilerplate(source), defaults.chunk_tokens, defaults.chunk_overlap)


@lru_cache(256)  # most sources have the same
def _digest(*said: object) -> str:
    return sha256(repr(said).encode()).hexdigest()[:16]


class Room:
    """The bodies that were fetched and wait to be read, by all walks of a batch: above `limit` bytes the next request waits."""

    def __init__(self, limit: int) -> None:
        self.limit, self.held = limit, 0
        self.free = asyncio.Event()
        self.free.set()

    async def wait(self) -> None:
        while self.held >= self.limit:
            self.free.clear()
            await self.free.wait()

    @contextmanager
    def holding(self, size: int) -> Iterator[None]:
        self.held += size
        try:
            yield
        finally:
            self.held -= size
            self.free.set()


@dataclass(frozen=True, slots=True)
class Stretch:
    """A window of a source's past to walk, instead of the source's own document. `since` and `until` are of the posts wanted from it."""

    start: Target
    since: datetime | None
    until: datetime | None


class Walk:
    """`await go()`, then `rows` and `report()`. `recall` gives what is known of the source's posts, when a document has to be read."""

    def __init__(
        self,
        run: Run,
        source: Source,
        recall: Callable[[str], Awaitable[Known]],
        fetcher: Fetches,
        room: Room,
        readers: Executor,
        on_step: Callable[[Step], None] | None = None,
        stretch: Stretch | None = None,
        posts: Placing | None = None,  # with what is known of the source, when others have placed some before
    ) -> None:
        self.stretch = stretch
        self.run, self.source, self.recall, self.fetcher, self.room, self.readers, self.on_step = run, source, recall, fetcher, room, readers, on_step
        known = run.known.get(source.id)
        self.known = known if known is not None and known.url == source.where else None  # of another address: of no use
        self.read_as = read_as(run.settings, source)
        self.readings = {url: r for url, r in self.known.readings.items() if r.read_as == self.read_as} if self.known and not (run.force or run.window) else {}
        validators = {url: Validators(r.etag, r.last_modified) for url, r in self.readings.items() if r.etag or r.last_modified}
        options = FetchOptions.of(run.settings, source, validators)
        self.options = replace(options, impatient=True) if run.force and source.id in run.named else options
        self.posts = posts or Placing(source.id, Rows())
        self.rows = self.posts.rows
        self.reasons: Counter[Reason] = Counter()
        self.recalled = posts is not None
        self.set_aside: set[str | None] = set()  # addresses of rejects
        self.opened: list[Target] = []  # where the archive goes on
        self.missed_at = ""
        self.torn = False  # a document of a stretch was broken: it may list more than was read
        self.led_to: set[str] = set()  # where its documents' redirects led
        self.missed: Reason | None = None  # why a document of the walk, other than an entry's page, could not be had
        self.done = SourceReport(source.id, source.where)
        self.title: str | None = None
        self.order = 0
        self.awaited: Counter[str] = Counter()  # how many entries have this page
        self.pages: dict[str, Fetched] = {}  # pages that more than one entry has: asked for once
        self.own: list[FetchRecord] = []  # the source's own documents: committed with the last of their posts
        self.steady: set[str] = set()  # addresses of documents that are asked for at every run, besides the source's own: a site's feed
        self.unread: Fetched | None = None  # arrived, and not yet a row
        self.whole = stretch is not None or run.window is None  # nothing was left for the next run to find in the documents as they are

    async def go(self, after: Callable[["Walk"], Awaitable[None]]) -> None:
        """Walk the queue to its end. `after` each step rows may be taken."""
        began = time.monotonic()
        queue = deque(await self._start())
        finished = follows = 0
        limit = self.run.settings.max_follow(self.source)
        over = 0
        met = self._met()
        while queue:
            target = queue.popleft()
            if self._goes_round(target):
                continue
            if target.entry is not None and not self.run.force and (same := self.posts.same_entry(target)):
                self.posts.sight(same, now())
            elif target.depth and follows >= limit and self.stretch is None:
                over += 1
                await self._entry_alone(target, None)
            else:
                follows += target.depth > 0
                found = await self._visit(target)
                self.awaited.update(t.url for t in found if t.entry is not None)
                queue.extend(t for t in found if not t.opens)
                self.opened += (t for t in found if t.opens)
            finished += 1
            if self.on_step:
                self.on_step(Step(self.source.id, finished, finished + len(queue)))
            await after(self)
            if not queue and self.opened and self._goes_on(met):
                queue.extend(self.opened)
                self.opened.clear()
                met = self._met()
        self.posts.settle()
        if self.missed is not None and self.stretch is None:
            self.whole = False
            self._fail(self.missed, f"a document that the source leads to could not be had: {self.missed_at}")
        if over:
            self.whole = False
            self._reject(Rejected(self.source.where, "follow", Reason.FOLLOW_LIMIT, f"{over} pages over max_follow = {limit}: the next run goes on"), now())
        self.rows.fetches += self.own if self.whole else (replace(record, read_as=None) for record in self.own)
        self.own.clear()
        if self.stretch is None:
            self._note_source()
        self.done = replace(self.done, followed=follows, seconds=time.monotonic() - began)

    def _goes_round(self, target: Target) -> bool:
        """Whether a stretch leads on and on through pages that show the same: sites answer any number of a page with their last one."""
        if self.stretch is None or target.entry is not None:
            return False
        stuck = target.depth > 1 and self.posts.idle >= REPEATS
        self.torn = self.torn or stuck
        self.posts.turn()
        return stuck

    def _met(self) -> tuple[int, int]:
        """(new posts, posts that were known) so far."""
        return self.posts.new, self.posts.changed + self.posts.seen_again

    def _goes_on(self, before: tuple[int, int]) -> bool:
        """Whether to go where the archive goes on: a backfill opens windows there; a run goes on from a document that has no posts itself (an
        index of sitemaps), and while all it met there is new, so that no post is missed between two runs. The first run does not: the
        past is a backfill's.
        """
        if self.stretch is not None:
            return False
        new, known = (now - then for now, then in zip(self._met(), before, strict=True))
        return known == 0 and (new == 0 or bool(self.posts.stored))

    def report(self) -> SourceReport:
        return replace(self.done, new=self.posts.new, changed=self.posts.changed, seen=self.posts.seen_again)

    def _note_source(self) -> None:
        """A row of what the source is, when that is new."""
        known, kind, title = self.known, self.done.kind, self.title
        if known is None or (kind or known.kind, title or known.title) != (known.kind, known.title):
            self.rows.sources.append(SourceRecord(self.source.id, self.source.where, kind, title, now()))

    async def _start(self) -> list[Target]:
        """Station 1: the source itself, or each of its files."""
        source = self.source
        if self.stretch is not None:
            return [replace(self.stretch.start, source_id=source.id, depth=1)]
        if source.url is not None:
            return [Target(url=where_now(source, self.known), source_id=source.id, kind=source.kind), *self._increment()]
        assert source.path is not None
        return await asyncio.to_thread(local.targets, source.id, self.run.settings.home, source.path, source.kind)

    def _increment(self) -> list[Target]:
        """What the archive that a backfill walked has new or changed since the last run, with an overlap for what came late."""
        archive = self.known.archive if self.known else None
        if archive is None or self.run.window is not None or not plans.walks(archive, self.source):
            return []
        target = next((a.increment(archive.where, archive.asked_at - OVERLAP) for a in ARCHIVES if archive.kind == a.NAME), None)
        return [] if target is None else [replace(target, source_id=self.source.id, depth=1)]

    async def _visit(self, target: Target) -> list[Target]:
        """Stations 2 to 5 for one Target; what it says to follow."""
        again = self.pages.get(target.url) if target.entry is not None else None
        fetched = replace(again, target=target) if again is not None else await self._fetch(target)
        self.unread = fetched if again is None else None
        for earlier in fetched.before if again is None else ():
            self._record(earlier, kind=earlier.target.kind)
        if target.entry is not None:
            self._keep_page(fetched)
        if fetched.error is not None:
            ended = target.may_end and fetched.status in (400, 404, 410)
            self._record(fetched, new=again is None, kept=not ended)
            if target.entry is not None:
                await self._entry_alone(target, fetched)
            elif not ended and target.depth:
                self.missed, self.missed_at = fetched.error, f"{fetched.final_url}: {fetched.detail}"
            return []
        if (target.depth == 0 or target.url in self.steady) and (known := self._unchanged(fetched)) is not None:
            self._record(fetched, every=known.every, read_as=self.read_as)
            self.done = replace(self.done, unchanged=self.done.unchanged + 1, kind=self.done.kind or (self.known.kind if self.known else None))
            return []
        if target.entry is None and fetched.redirects:
            self.led_to.add(fetched.final_url)
        with self.room.holding(len(fetched.body)):
            await self._recollect()
            result = await transformed(
                self.readers, fetched.body, fetched.target, url=fetched.final_url, content_type=fetched.content_type,
                options=self._options(fetched.fetched_at), base=fetched.base,
            )  # fmt: skip
        if result.kind == site.NAME:  # it leads to the feed, at each run
            self.steady.update(t.url for t in result.follow)
        read = self.read_as if result.failed is None and result.kind != site.NAME else None
        self._record(fetched, kind=result.kind, encoding=result.encoding, every=result.every, read_as=read, new=again is None)
        if result.failed is not None:
            self._reject(result.failed, fetched.fetched_at, fetched.raw_ref)
            if target.depth == 0:
                self._fail(result.failed.reason, result.failed.detail)
            elif target.entry is not None:
                await self._entry_alone(target, fetched)
            else:
                self.missed, self.missed_at = result.failed.reason, f"{fetched.final_url}: {result.failed.detail}"
            return []
        self._absorb(result, fetched)
        broken = next((r for r in result.rejects if r.reason is Reason.MALFORMED), None)
        self.whole = self.whole and (broken is None or self.stretch is not None)  # what could not be read may be there when it is asked for again
        self.torn = self.torn or (target.entry is None and any(r.reason is Reason.MALFORMED and r.url == fetched.final_url for r in result.rejects))
        if target.depth == 0 and broken and not (result.posts or result.follow or result.outside or result.undated):
            self._fail(broken.reason, broken.detail)  # recognised, and nothing came of it
        return [replace(t, source_id=self.source.id, depth=target.depth + 1) for t in result.follow]

    def _keep_page(self, fetched: Fetched) -> None:
        url = fetched.target.url
        self.awaited[url] -= 1
        if self.awaited[url] > 0:
            self.pages[url] = fetched
        else:
            self.pages.pop(url, None)

    def _unchanged(self, fetched: Fetched) -> Reading | None:
        """The reading that this answer repeats: by 304, or byte for byte from a site that knows no validators."""
        reading = self.readings.get(fetched.final_url)
        return reading if reading is not None and (fetched.status == 304 or fetched.raw_ref == reading.raw_ref) else None

    async def _recollect(self) -> None:
        if not self.recalled:
            self.posts.remember(await self.recall(self.source.id))
            self.recalled = True

    async def _fetch(self, target: Target) -> Fetched:
        if target.depth == 0 and self.source.path is not None:
            return await asyncio.to_thread(local.read_file, self.run.settings.home, target, self.options.max_body)
        return await self.fetcher.fetch(target, self.options)

    async def _entry_alone(self, target: Target, fetched: Fetched | None) -> None:
        """The page behind an entry could not be had: the entry is kept as its feed gave it, and tried again next time."""
        if target.entry is None:
            return
        try:
            made = await in_worker(self.readers, "entry_alone", target, self._options(now()))
        except WorkerError as error:
            self._reject(Rejected(target.url, "clean", error.reason, str(error)), now(), fetched.raw_ref if fetched else None)
            return
        known = self.posts.of_entry(target)
        if fetched is None or fetched.error in PASSING or known is None:
            self.whole = False  # worth another look; a page that was out of reach in an earlier run, too, waits until its feed changes
        if known and known in self.posts.stored and self.posts.stored[known].entry_hash is not None:
            self.posts.sight(known, now())  # a page that was read once is not replaced by its summary
            return
        self._absorb(made, fetched or Fetched(target, target.url, now(), 0))

    def _record(self, fetched: Fetched, *, kind: str | None = None, encoding: str | None = None, every: int | None = None,
                read_as: str | None = None, new: bool = True, kept: bool = True) -> None:  # fmt: skip
        """The request's row. That of the source's own document waits for the end of the walk, which decides whether all was taken in."""
        if not new or not fetched.tries:
            return
        depth, robots = fetched.target.depth, kind == ROBOTS
        self.unread = self.unread if robots else None
        self.order += 1
        fetch_id = sha256(f"{self.run.run_id}\n{self.source.id}\n{fetched.target.url}\n{self.order}".encode()).hexdigest()[:32]
        record = FetchRecord(fetched, self.run.run_id, fetch_id, kind=kind, encoding=encoding, every=every, read_as=read_as if depth == 0 or fetched.target.url in self.steady else None)
        if depth == 0 and not robots:
            answered = fetched.error is None and (kind is not None or read_as is not None)
            failures = 0 if answered else 1 + (self.known.failures if self.known else 0)
            check = next_check(fetched, interval=self.run.settings.interval(self.source), every=every, failures=failures)
            record = replace(record, next_check_at=check.at, next_check_reason=check.reason)
        if (depth == 0 or fetched.target.url in self.steady) and self.source.url is not None and not robots:
            self.own.append(record)
        else:
            self.rows.fetches.append(record)
        if fetched.raw_ref:
            self.rows.body_bytes += len(fetched.body)
        self.done = replace(self.done, requests=self.done.requests + 1)
        if fetched.error is None or robots:
            return
        if depth == 0:
            self._fail(fetched.error, fetched.detail)
        if fetched.error in LASTING and kept:
            self._reject(Rejected(fetched.final_url, "fetch", fetched.error, fetched.detail or fetched.error.value), fetched.fetched_at)

    def broke(self, error: Exception) -> None:
        """A bug of ours ended this source's walk: said of the source; the others go on."""
        if self.unread is not None:
            self._record(self.unread)
        self.rows.fetches += (replace(record, read_as=None) for record in self.own)
        self._fail(Reason.READER_FAILED, f"internal error, please report: {type(error).__name__}: {error}")

    def _fail(self, reason: Reason, detail: str | None) -> None:
        if self.done.error is None:
            self.done = replace(self.done, error=reason, detail=detail)

    def _reject(self, rejected: Rejected, when: datetime, raw_ref: str | None = None) -> None:
        self.rows.rejects.append(RejectRecord(replace(rejected, raw_ref=rejected.raw_ref or raw_ref), self.source.id, when))
        self.reasons[rejected.reason] += 1
        self.set_aside.add(rejected.url)
        self.posts.told.add(rejected.url)
        self.done = replace(self.done, rejects=self.done.rejects + 1)

    def _absorb(self, result: Transformed, fetched: Fetched) -> None:
        """Tell new from changed from seen."""
        for rejected in result.rejects:
            self._reject(rejected, fetched.fetched_at, fetched.raw_ref)
        self.posts.place(result.posts, fetched)
        self.posts.told.add((result.oldest, result.newest, result.outside, result.undated))
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
        self.title = self.title or (result.title if fetched.target.depth == 0 or fetched.target.url in self.steady else None)

    def _options(self, fetched_at: datetime) -> Options:
        settings, window = self.run.settings, self.stretch or self.run.window
        return Options(
            source_id=self.source.id,
            fetched_at=fetched_at,
            full_text=settings.full_text(self.source),
            max_tokens=settings.defaults.chunk_tokens,
            overlap=settings.defaults.chunk_overlap,
            since=window.since if window else None,
            until=window.until if window else None,
            chrome=chrome.applied(self.posts.chrome, settings.keep_boilerplate(self.source)),
        )
