"""One batch: its sources side by side, each walking its own queue of Targets; rows go to the lake a package at a time."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event

from postetl import warehouse, worker
from postetl.errors import PostetlError
from postetl.fetch import Fetcher, FetchOptions, HostTurns
from postetl.lake import Contents, Lake, RunRecord
from postetl.pipeline.reports import Batch, BatchReport, Run, SourceReport, Step, summed
from postetl.pipeline.walk import Rows, Walk
from postetl.warehouse import Known

SOURCES_AT_ONCE = 32  # a source waits for its host most of the time: at 1 s a host, 32 keep one core below a tenth
PACKAGE_BYTES = 32 * 1024 * 1024  # of bodies held before a package is written: bounds the memory of a long run
PACKAGE_SOURCES = 200  # finished sources a package at most: bounds what a kill can lose


async def work(
    run: Run,
    batch: Batch,
    record: RunRecord,
    on_source: Callable[[SourceReport], None] | None,
    on_step: Callable[[Step], None] | None,
    stop: Event | None,
) -> BatchReport:
    """Fetch every source of the batch and commit what came. Raises Broken when the lake cannot be written.

    Once `stop` is set the sources that are done are committed and reported, the others are given up.
    """
    settings = run.settings
    known = await asyncio.to_thread(warehouse.known, settings.home, [source.id for source in batch.sources])
    packer = _Packer(Lake(settings.lake), record, batch.number, known)
    reports: list[SourceReport] = []
    readers = ThreadPoolExecutor(worker.POOL, "read")  # not asyncio's own: that one is waited for at the end of a cancelled run
    gate = asyncio.Semaphore(SOURCES_AT_ONCE)
    async with Fetcher(HostTurns(settings.locks / "hosts"), contact=settings.defaults.contact) as fetcher:

        async def one(walk: Walk) -> None:
            async with gate:
                try:
                    await walk.go(packer.partly)
                except PostetlError:
                    raise
                except Exception as error:  # the border between sources: a bug met in one leaves the others alone
                    logging.getLogger("postetl").exception("%s", walk.source.id)
                    walk.broke(error)
            await packer.finished(walk.rows)
            report = walk.report()
            reports.append(report)
            if on_source:
                on_source(report)

        walks = [
            Walk(run, source, known, fetcher, FetchOptions.of(settings, source), readers, on_step) for source in batch.sources
        ]
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
            if any(not task.done() or task.cancelled() for task in tasks):
                worker.kill_busy()  # a call in a thread cannot be cancelled: end what it waits for
    await asyncio.to_thread(packer.write)
    order = {source.id: place for place, source in enumerate(batch.sources)}
    reports.sort(key=lambda report: order[report.source_id])
    return BatchReport(batch.number, tuple(reports), summed((r.source_id, reason, n) for r, w in _pairs(reports, walks) for reason, n in w.reasons.items()))


def _pairs(reports: list[SourceReport], walks: list[Walk]) -> list[tuple[SourceReport, Walk]]:
    by_id = {walk.source.id: walk for walk in walks}
    return [(report, by_id[report.source_id]) for report in reports]


class _Stopped(Exception):  # noqa: N818  never leaves this module
    pass


async def _until(stop: Event | None) -> None:
    """Raise once the event is set; it comes from another thread."""
    while stop is None or not stop.is_set():  # noqa: ASYNC110  a thread sets it
        await asyncio.sleep(0.2)
    raise _Stopped


class _Packer:
    """Collects rows and writes them as packages. The rows of one source stand in the order in which they were made."""

    def __init__(self, lake: Lake, record: RunRecord, batch: int, known: Known) -> None:
        self.lake, self.record, self.batch = lake, record, batch
        self.sequence = lake.next_sequence(record.run_id, batch)  # not 0 when Prefect tries a batch again
        self.stored = set(known.raw_refs.values())
        self.rows = Rows()
        self.sources = 0
        self.lock = asyncio.Lock()

    async def finished(self, rows: Rows) -> None:
        """Take the rows of a finished source."""
        async with self.lock:
            self.rows.take(rows)
            self.sources += 1
            if self.rows.body_bytes >= PACKAGE_BYTES or self.sources >= PACKAGE_SOURCES:
                await asyncio.to_thread(self.write)

    async def partly(self, rows: Rows) -> None:
        """Take rows of a source that goes on, once they are many: its own document's fetch row comes last, with the rest."""
        if rows.body_bytes >= PACKAGE_BYTES:
            async with self.lock:
                self.rows.take(rows)
                await asyncio.to_thread(self.write)

    def write(self) -> None:
        if not self.rows:
            return
        rows, self.rows, self.sources = self.rows, Rows(), 0
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
                store_raw=frozenset(bodies),
            )
        )
        self.stored |= bodies
        self.sequence += 1
