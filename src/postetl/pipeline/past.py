"""A source's past: planned in windows, walked window by window, each committed with the rows it brought.

Stopped, killed or cut off, the next backfill of the same dates goes on at the first window that is not done. Whatever the archive of
the source lists no more gets `deleted_at`: it is missed by the archive that listed it, once all of a plan was read.
"""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import Any

from postetl import worker
from postetl.errors import PASSING, Malformed, Reason
from postetl.fetch import FetchOptions
from postetl.lake import FetchRecord, SourceRecord, WindowRecord
from postetl.model import ROBOTS, Answer, Plan, Target, Window
from postetl.pipeline import kept, plans
from postetl.pipeline.kept import Fetches, Kept
from postetl.pipeline.placing import Placing, Rows
from postetl.pipeline.plans import Course
from postetl.pipeline.reading import READ_MEMORY_MB, READ_SECONDS
from postetl.pipeline.reports import PastReport, Run, SourceReport, Step
from postetl.pipeline.walk import REPEATS, Room, Stretch, Walk, where_now
from postetl.runlog import now
from postetl.settings import Source
from postetl.sources import ARCHIVES
from postetl.sources.discovery import NEUTRAL
from postetl.urls import join, origin
from postetl.warehouse import Known, KnownPost
from postetl.worker import WorkerError

Taken = Callable[["Past"], Awaitable[None]]
EXACT = ("wordpress", "blogger")  # kinds that know their whole past: a source of one is not looked over for others
ENDING = ("wordpress", "blogger", "listing")  # kinds whose pages lead on until one is not there; others lead to nothing that is not there
LISTS = ("sitemap",)  # kinds whose documents lead to many: those that show nothing of their own are no sign of going round
ROUNDS = 10  # of questions before a plan: no archive needs more than three
LEFT = (Reason.NOT_FOUND, Reason.GONE)  # a window that is not there is done: asking again would not help
LOST = 3  # windows in a row that could not be read before a backfill stops: the site or the network is away


class Past:
    """`await go(...)`, then `rows` and `report()`, as a Walk. Falls back to what the source still lists when it has no archive."""

    def __init__(
        self,
        run: Run,
        source: Source,
        recall: Callable[[str], Awaitable[Known]],
        fetcher: Fetches,
        room: Room,
        readers: Executor,
        on_step: Callable[[Step], None] | None = None,
    ) -> None:
        self.run, self.source, self.recall, self.room, self.readers, self.on_step = run, source, recall, room, readers, on_step
        self.fetcher = Kept(fetcher, kept.folder(run.settings.home, source.id), keep=run.dry)
        self.rows = Rows()
        self.posts = Placing(source.id, self.rows, rewrite=run.replace)
        self.reasons: Counter[Reason] = Counter()
        self.done = SourceReport(source.id, source.where)
        self.order = 0
        self.course: Course | None = None
        self.finished: list[Window] = []
        self.gone = 0
        self.patchy = False  # a window led nowhere, or could not be read whole: what is missing cannot be told
        self.troubles: list[tuple[str, Reason, str | None]] = []  # what the survey could not ask, and may have an answer to later
        self.set_aside: set[str | None] = set()  # addresses of records that are there and could not be read
        self.fallback: Walk | None = None

    @property
    def since(self) -> datetime | None:
        return self.run.window.since if self.run.window else None

    @property
    def until(self) -> datetime | None:
        return self.run.window.until if self.run.window else None

    async def go(self, after: Taken, commit: Taken) -> None:
        """Plan (or take up the plan that is not done), then window by window. `commit` makes a package of the rows."""
        began = time.monotonic()
        course = await self.survey()
        if course is None:
            self.fallback = Walk(self.run, self.source, self.recall, self.fetcher, self.room, self.readers, self.on_step, posts=self.posts)
            await self.fallback.go(lambda _: after(self))
            self.reasons += self.fallback.reasons
            return
        self.posts.archive = course.kind
        if not course.begun and not self.run.dry:
            if self.source.id not in self.run.known:
                self.rows.sources.append(SourceRecord(self.source.id, self.source.where, None, None, now()))
            self.rows.windows += [self._record(course, position, window) for position, window in course.todo]
            await commit(self)
        await self._walk(course, after, commit)
        if self.done.error is None and not self.run.dry:
            self.fetcher.forget()
        self.done = replace(self.done, kind=course.kind, seconds=time.monotonic() - began)

    async def survey(self) -> Course | None:
        """The plan alone: the one that is not done, or a new one; None where the site has no archive."""
        self.posts.remember(await self.recall(self.source.id))
        self.course = self._left() or await self._planned()
        if self.course is None and self.troubles:
            url, reason, detail = self.troubles[-1]
            self._fail(reason, f"whether its site has an archive is not known: the same command asks again ({url}: {detail or reason})")
        return self.course

    def report(self) -> SourceReport:
        if self.fallback is not None:
            read = self.fallback.report()
            return read if read.error is not None or self.done.error is None else replace(read, error=self.done.error, detail=self.done.detail)
        done = replace(self.done, new=self.posts.new, changed=self.posts.changed, seen=self.posts.seen_again)
        if self.course is None:
            return done
        plan = self.course.plan
        past = PastReport(self.course.kind, len(self.finished), len(self.course.todo), plan.exact, plan.oldest, self.gone, self.course.begun, self.patchy)
        return replace(done, past=past)

    def broke(self, error: Exception) -> None:
        """A bug of ours ended it: said of the source; the windows before are kept."""
        self._fail(Reason.READER_FAILED, f"internal error, please report: {type(error).__name__}: {error}")

    def _left(self) -> Course | None:
        """The plan of an earlier run of the same command, if it is not done."""
        windows = plans.left(self.source, self.run.windows, self.since, self.until, replace=self.run.replace)
        if not windows:
            return None
        first = windows[0]
        todo = tuple((w.position, w.window) for w in windows if w.done_at is None)
        self.patchy = any(w.done_at is not None and w.window.posts is None for w in windows)
        return Course(first.plan_id, first.window.kind, first.archive_url, first.planned_at, Plan(tuple(w.window for w in windows), exact=False), todo, begun=True)

    async def _planned(self) -> Course | None:
        """The first archive, best first, that the site has and that can be planned. None: the site tells of none, or of one that did
        not answer: another, worse one in its place would make other rows of its posts.
        """
        for kind, where in await self._offers():
            before = len(self.troubles)
            try:
                plan = await self._plan(kind, where)
            except (Malformed, WorkerError):
                if kind not in NEUTRAL and len(self.troubles) > before:
                    return None
                continue
            if not plan.windows and not plan.exact:
                continue
            where = plan.where or where  # noqa: PLW2901
            at = self.fetcher.since()  # not before what was kept: its posts are there as of then
            name = plans.plan_id(self.source, kind, where, self.since, self.until, at, replace=self.run.replace)
            return Course(name, kind, where, at, plan, tuple(enumerate(plan.windows)), begun=False)
        return None

    async def _plan(self, kind: str, where: str) -> Plan:
        answers: list[Answer] = []
        for _ in range(ROUNDS):
            asked: Sequence[Target] = await self._pure("surveyed", kind, where, answers, self.since, self.until)
            if not asked:
                break
            answers += [await self._ask(target, kind) for target in asked]
        plan: Plan = await self._pure("planned", kind, where, answers, self.since, self.until)
        return plan

    async def _offers(self) -> Sequence[tuple[str, str]]:
        """(kind, where) of the archives that the source's own document tells of, and those that its site's front page does."""
        if self.source.url is None:
            return ()
        if self.source.kind in EXACT:
            return ((self.source.kind, self.source.url),)
        own = await self._ask(Target(where_now(self.source, self.run.known.get(self.source.id))), None, own=True)
        documents = [own]
        _, host, _ = origin(own.url)
        home = join(own.url, "/")
        if host and home.rstrip("/") != own.url.rstrip("/"):
            documents.append(await self._ask(Target(home), None))
        try:
            found: Sequence[tuple[str, str]] = await self._pure("offered", documents)
        except WorkerError:
            found = ()
        order = [archive.NAME for archive in ARCHIVES]
        named = ((self.source.kind, self.source.url),) if self.source.kind in order else ()
        return sorted(dict.fromkeys((*named, *found)), key=lambda offer: order.index(offer[0]))

    async def _pure(self, function: str, *arguments: object) -> Any:
        """A function of sources.planning, in a worker: it reads what the site said. Raises Malformed, WorkerError."""
        call = partial(worker.call, f"postetl.sources.planning:{function}", *arguments, timeout=READ_SECONDS, memory_mb=READ_MEMORY_MB)
        return await asyncio.get_running_loop().run_in_executor(self.readers, call)

    async def _ask(self, target: Target, kind: str | None, *, own: bool = False) -> Answer:
        """One request of the survey, and its row."""
        fetched = await self.fetcher.fetch(replace(target, source_id=self.source.id, depth=1), FetchOptions.of(self.run.settings, self.source))
        for one in (*fetched.before, fetched):
            self.order += 1
            fetch_id = sha256(f"{self.run.run_id}\n{self.source.id}\nsurvey\n{one.target.url}\n{self.order}".encode()).hexdigest()[:32]
            self.rows.fetches.append(FetchRecord(one, self.run.run_id, fetch_id, kind=one.target.kind if one.target.kind == ROBOTS else kind))
            self.rows.body_bytes += len(one.body)
        self.done = replace(self.done, requests=self.done.requests + 1)
        if fetched.error is not None and (own or fetched.error in PASSING):
            self.troubles.append((target.url, fetched.error, fetched.detail))
        return Answer(fetched.final_url, fetched.status, dict(fetched.headers), fetched.body, fetched.content_type)

    async def _walk(self, course: Course, after: Taken, commit: Taken) -> None:
        todo, left_open = deque(course.todo), list[tuple[int, Window]]()
        places = {window.url for window in course.plan.windows}
        last = max((position for position, _ in course.todo), default=-1)
        failed: tuple[Reason, str] | None = None  # how the last of those that stay open did
        in_a_row = 0
        while todo and in_a_row < LOST:
            position, window = todo.popleft()
            placed = self._placed()
            walk = self._window(position, window)
            walk.order = 100_000 * (position + 1)  # its requests' rows are told from those of the other windows
            await walk.go(lambda _: after(self))
            self._count(walk)
            missed = walk.missed or (None if walk.whole or course.begun else Reason.CONNECT_FAILED)  # pages of entries: two runs have tried them
            if missed is not None and missed not in LEFT:
                in_a_row += LOST if missed is Reason.THROTTLED else 1
                left_open.append((position, window))
                failed = missed, walk.missed_at.removeprefix(f"{window.url}: ")
                await commit(self)
                continue
            in_a_row = 0
            onward = walk.opened if self.posts.idle < REPEATS else [t for t in walk.opened if t.kind in LISTS]
            read = walk.report()
            torn = missed is not None or walk.torn or len(onward) < len(walk.opened) or _elsewhere(walk.led_to, window, places) or _silent(window, read)
            self.patchy = self.patchy or torn
            self.finished.append(window)
            self.rows.windows.append(self._record(course, position, replace(window, posts=None if torn else self._placed() - placed), done_at=now()))
            if self._further(read):
                for target in onward:
                    if target.url not in places:
                        places.add(target.url)
                        last += 1
                        todo.append((last, Window(target.url, target.url, target.kind or course.kind)))
                        self.rows.windows.append(self._record(course, last, todo[-1][1]))
            if not todo and not left_open:
                self._miss(course)
            await commit(self)
            if self.on_step:
                self.on_step(Step(self.source.id, len(self.finished), len(self.finished) + len(left_open) + len(todo)))
        if failed is not None:
            number = len(left_open) + len(todo)
            said = f"{number} windows are open, {left_open[-1][1].key} among them" if number > 1 else f"a window is open, {left_open[-1][1].key}"
            self._fail(failed[0], f"{said}: the same backfill goes on there" + (f" ({failed[1]})" if failed[1] else ""))
        if not course.todo:  # nothing is listed of these dates
            self._miss(course)
            await commit(self)
        self.course = replace(course, todo=tuple(enumerate([*self.finished, *(w for _, w in left_open), *(w for _, w in todo)])))

    def _miss(self, course: Course) -> None:
        """All of the plan was read: what it did not list is gone."""
        if not self.patchy:
            self.gone += self.posts.gone(self._missing(course), now())

    def _placed(self) -> int:
        return self.posts.new + self.posts.changed + self.posts.seen_again

    def _window(self, position: int, window: Window) -> Walk:
        # by the dates that were asked for, not by the window's: a site's clock may differ from what its archive is cut by
        start = Target(window.url, kind=window.kind, may_end=position > 0 and window.since is None and window.kind in ENDING)
        return Walk(self.run, self.source, self.recall, self.fetcher, self.room, self.readers, None, Stretch(start, self.since, self.until), self.posts)

    def _further(self, read: SourceReport) -> bool:
        """Whether older pages can hold what is wanted: archives list the newest first."""
        return self.since is None or read.newest is None or read.newest >= self.since

    def _missing(self, course: Course) -> Iterable[str]:
        """Posts of the asked dates that this archive listed once, and not in any window since the plan was made."""
        for post_id, post in self.posts.stored.items():
            dated = self.since is None and self.until is None
            if not dated and post.published_at is not None:
                dated = (self.since is None or post.published_at >= self.since) and (self.until is None or post.published_at < self.until)
            if dated and post.archive == course.kind and post.url not in self.set_aside and _before(post, course.planned_at):
                yield post_id

    def _record(self, course: Course, position: int, window: Window, done_at: datetime | None = None) -> WindowRecord:
        return WindowRecord(window, course.plan_id, self.source.id, course.where, position, self.since, self.until, course.planned_at, done_at)

    def _count(self, walk: Walk) -> None:
        read, done = walk.report(), self.done
        self.reasons += walk.reasons
        self.set_aside |= walk.set_aside
        dates: Sequence[datetime] = [d for d in (done.oldest, done.newest, read.oldest, read.newest) if d is not None]
        self.done = replace(
            done, requests=done.requests + read.requests, rejects=done.rejects + read.rejects, undated=done.undated + read.undated,
            outside=done.outside + read.outside, followed=done.followed + read.followed, oldest=min(dates, default=None), newest=max(dates, default=None),
        )  # fmt: skip

    def _fail(self, reason: Reason, detail: str) -> None:
        self.done = replace(self.done, error=reason, detail=detail)


def _before(post: KnownPost, at: datetime) -> bool:
    return post.last_seen_at is None or post.last_seen_at < at


def _silent(window: Window, read: SourceReport) -> bool:
    """Whether nothing was listed where the archive had counted posts, in a kind that counts what it lists."""
    return window.kind in EXACT and bool(window.posts) and read.oldest is None and not (read.undated or read.rejects)


def _elsewhere(led_to: Iterable[str], window: Window, places: Iterable[str]) -> bool:
    """Whether a redirect put another document of the archive in the place of one of this window's."""
    others = {place.partition("#")[0] for place in places} - {window.url.partition("#")[0]}
    return any(place.partition("#")[0] in others for place in led_to)
