"""One batch: its sources side by side, each walking its own queue of Targets; rows go to the lake a package at a time."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

from postetl import warehouse, worker
from postetl.errors import PostetlError
from postetl.fetch import Fetcher, HostTurns
from postetl.lake import Contents, Lake, RunRecord
from postetl.pipeline.past import Past
from postetl.pipeline.placing import Rows
from postetl.pipeline.reports import Batch, BatchReport, Run, SourceReport, Step, summed
from postetl.pipeline.walk import Room, Walk
from postetl.warehouse import Known

PACKAGE_BYTES = 32 * 1024 * 1024  # of bodies held, by all sources together, before a package is written: bounds a run's memory
PACKAGE_SOURCES = 1000  # finished sources a package at most, and
PACKAGE_SECONDS = 30.0  # its age: bound what a kill can lose
UNREAD_BYTES = 64 * 1024 * 1024  # of bodies that wait for a reader: beyond, nothing more is asked for until some are read
RECALL_AFTER = 0.05  # seconds in which questions to the warehouse are gathered: one costs as much as a hundred


async def work(
    run: Run,
    batch: Batch,
    record: RunRecord,
    on_source: Callable[[SourceReport], None] | None,
    on_step: Callable[[Step], None] | None,
    stop: Event | None,
) -> BatchReport:
    """Fetch every source of the batch and commit what came. Raises Broken when the lake cannot be written.

    All sources are under way at once; the fetcher's turns and slots decide who is asked when, so that a slow host delays nobody
    else. Once `stop` is set the sources that are done are committed and reported, the others are given up.
    """
    settings = run.settings
    memory, room = _Memory(settings.home), Room(UNREAD_BYTES)
    packer = Packer(Lake(settings.lake), record, batch.number)
    packer.stored |= {r.raw_ref for s in batch.sources if s.id in run.known for r in run.known[s.id].readings.values() if r.raw_ref}
    reports: list[SourceReport] = []
    readers = ThreadPoolExecutor(worker.POOL, "read")  # not asyncio's own: that one is waited for at the end of a cancelled run
    async with Fetcher(HostTurns(settings.locks / "hosts"), contact=settings.defaults.contact, proxy=settings.defaults.proxy, room=room.wait) as fetcher:

        async def recall(source_id: str) -> Known:
            known = await memory.recall(source_id)
            packer.stored |= set(known.raw_refs.values())
            return known

        async def one(walk: Walk | Past) -> None:
            try:
                await (walk.go(packer.look, packer.commit) if isinstance(walk, Past) else walk.go(packer.look))
            except PostetlError:
                raise
            except Exception as error:  # the border between sources: a bug met in one leaves the others alone
                logging.getLogger("postetl").exception("%s", walk.source.id)
                walk.broke(error)
            await packer.finished(walk)
            report = walk.report()
            reports.append(report)
            if on_source:
                on_source(report)

        made = Past if run.command == "backfill" else Walk
        walks = [made(run, source, recall, fetcher, room, readers, on_step) for source in batch.sources]
        tasks: list[asyncio.Task[None]] = []
        try:
            async with asyncio.TaskGroup() as group:
                tasks += [group.create_task(one(walk)) for walk in walks]
                watch = group.create_task(_until(stop))
                await asyncio.wait(tasks)
                watch.cancel()
        except asyncio.CancelledError:
            packer.write()  # what is finished is kept
            raise
        except ExceptionGroup as errors:
            if not isinstance(errors.exceptions[0], _Stopped):
                raise errors.exceptions[0] from None
        finally:
            readers.shutdown(wait=False, cancel_futures=True)
            memory.close()
            if any(not task.done() or task.cancelled() for task in tasks):
                worker.kill_busy()  # a call in a thread cannot be cancelled: end what it waits for
    await asyncio.to_thread(packer.write)
    order = {source.id: place for place, source in enumerate(batch.sources)}
    reports.sort(key=lambda report: order[report.source_id])
    return BatchReport(batch.number, tuple(reports), summed((r.source_id, reason, n) for r, w in _pairs(reports, walks) for reason, n in w.reasons.items()))


def _pairs(reports: list[SourceReport], walks: Sequence[Walk | Past]) -> list[tuple[SourceReport, Walk | Past]]:
    by_id = {walk.source.id: walk for walk in walks}
    return [(report, by_id[report.source_id]) for report in reports]


class _Stopped(Exception):  # noqa: N818  never leaves this module
    pass


async def _until(stop: Event | None) -> None:
    """Raise once the event is set; it comes from another thread."""
    while stop is None or not stop.is_set():  # noqa: ASYNC110  a thread sets it
        await asyncio.sleep(0.2)
    raise _Stopped


class _Memory:
    """The warehouse's memory, for many walks in one event loop: questions that come close together are asked together."""

    def __init__(self, home: Path) -> None:
        self.memory = warehouse.memory(home)
        self.asked: dict[str, asyncio.Future[Known]] = {}
        self.lock = asyncio.Lock()
        self.thread = ThreadPoolExecutor(1, "recall")

    async def recall(self, source_id: str) -> Known:
        answer: asyncio.Future[Known] = asyncio.get_running_loop().create_future()
        self.asked[source_id] = answer
        await asyncio.sleep(RECALL_AFTER)
        async with self.lock:
            if not answer.done():
                await self._answer(self.asked)
        return await answer

    async def _answer(self, asked: dict[str, asyncio.Future[Known]]) -> None:
        self.asked = {}
        try:
            known = await asyncio.get_running_loop().run_in_executor(self.thread, self.memory.of, list(asked))
        except PostetlError as error:
            for answer in asked.values():
                if not answer.done():
                    answer.set_exception(error)
            return
        for answer in asked.values():
            if not answer.done():
                answer.set_result(known)

    def close(self) -> None:
        self.thread.submit(self.memory.close)
        self.thread.shutdown(wait=False)


class Packer:
    """Collects rows and writes them as packages. The rows of one source stand in the order in which they were made."""

    def __init__(self, lake: Lake, record: RunRecord, batch: int) -> None:
        self.lake, self.record, self.batch = lake, record, batch
        self.sequence = lake.next_sequence(record.run_id, batch)  # not 0 when Prefect tries a batch again
        self.stored: set[str | None] = set()
        self.walks: dict[Walk | Past, int] = {}  # those that go on, and the bytes of bodies that their rows were seen to hold
        self.held = 0  # bytes of bodies in all rows
        self.rows = Rows()
        self.sources = 0
        self.since = time.monotonic()
        self.lock = asyncio.Lock()

    async def commit(self, walk: Walk | Past) -> None:
        """Make a package of these rows, and of what else there is."""
        self.held += walk.rows.body_bytes - self.walks.get(walk, 0)
        self.walks[walk] = 0
        async with self.lock:
            self.rows.take(walk.rows)
            await asyncio.to_thread(self.write)

    async def finished(self, walk: Walk | Past) -> None:
        """Take the rows of a finished source."""
        self.held += walk.rows.body_bytes - self.walks.pop(walk, 0)
        async with self.lock:
            self.rows.take(walk.rows)
            self.sources += 1
            if self.held >= PACKAGE_BYTES or self.sources >= PACKAGE_SOURCES or time.monotonic() - self.since >= PACKAGE_SECONDS:
                await asyncio.to_thread(self.write)

    async def look(self, walk: Walk | Past) -> None:
        """Once the bodies that all sources hold are many, take also the rows of those that go on: their own documents' come last, with the rest."""
        self.held += walk.rows.body_bytes - self.walks.get(walk, 0)
        self.walks[walk] = walk.rows.body_bytes
        if self.held < PACKAGE_BYTES:
            return
        async with self.lock:
            if self.held < PACKAGE_BYTES:  # another source was here first
                return
            for other in self.walks:
                self.rows.take(other.rows)
                self.walks[other] = 0
            await asyncio.to_thread(self.write)

    def write(self) -> None:
        self.since = time.monotonic()
        if not self.rows:
            return
        rows, self.rows, self.sources = self.rows, Rows(), 0
        self.held -= rows.body_bytes
        bodies = {f.fetched.raw_ref for f in rows.fetches if f.fetched.raw_ref} - self.stored
        self.lake.write(
            Contents(
                run=self.record,
                batch=self.batch,
                sequence=self.sequence,
                fetches=tuple(rows.fetches),
                posts=tuple(rows.posts),
                sightings=tuple(rows.sightings),
                rejects=tuple(rows.rejects),
                sources=tuple(rows.sources),
                windows=tuple(rows.windows),
                chrome=tuple(rows.chrome),
                store_raw=frozenset(bodies),
            )
        )
        self.stored |= bodies
        self.sequence += 1
