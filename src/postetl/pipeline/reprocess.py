"""`reprocess`: today's code, and the settings as they are, over the archived bodies. No network; of the rows only what comes out otherwise.

A run beside it is fine: where it has replaced a row meanwhile, the load leaves that alone.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

from postetl import warehouse, worker
from postetl.errors import PostetlError
from postetl.lake import Bodies, Lake
from postetl.pipeline.again import Again
from postetl.pipeline.batch import PACKAGE_BYTES, PACKAGE_SECONDS, Packer
from postetl.pipeline.reports import BatchReport, Change, Run, RunReport, SourceReport, Step, Window, status_of
from postetl.pipeline.run import abandon_run, close_run, open_run, record, refuse_empty
from postetl.runlog import new_run_id, now
from postetl.settings import Settings

COMMAND = "reprocess"
After = Callable[[Again], None]


def reprocess(
    settings: Settings,
    source_ids: Sequence[str] = (),
    window: Window | None = None,
    *,
    on_source: Callable[[SourceReport], None] | None = None,
    on_step: Callable[[Step], None] | None = None,
    on_wait: Callable[[str], None] | None = None,
) -> RunReport:
    """Read again, commit what comes out otherwise, load and publish. Raises UsageError, Locked, Broken; interrupted, it keeps what it committed."""
    run = open_run(settings, command=COMMAND, source_ids=source_ids, force=True, window=window, batches=1)
    try:
        reports: tuple[SourceReport, ...] = ()
        for batch in run.batches:
            packer = Packer(Lake(settings.lake), record(run, "running"), batch.number)

            def keep(again: Again, packer: Packer = packer) -> None:
                packer.held += again.rows.body_bytes
                packer.rows.take(again.rows)
                if packer.held >= PACKAGE_BYTES or time.monotonic() - packer.since >= PACKAGE_SECONDS:
                    packer.write()

            try:
                reports += asyncio.run(_work(run, keep, on_source, on_step))
            finally:
                packer.write()  # what is done is kept
    except BaseException as error:
        abandon_run(run, status="interrupted" if isinstance(error, KeyboardInterrupt) else "failed")
        raise
    return close_run(run, [BatchReport(1, reports)], on_wait=on_wait)


def reprocess_dry(
    settings: Settings,
    source_ids: Sequence[str] = (),
    window: Window | None = None,
    *,
    on_change: Callable[[Change], None],
    on_source: Callable[[SourceReport], None] | None = None,
    on_step: Callable[[Step], None] | None = None,
) -> RunReport:
    """Say what `reprocess` would write, row by row, and write nothing."""
    began = time.monotonic()
    refuse_empty(window)
    sources = [settings.source(name) for name in dict.fromkeys(source_ids)] or list(settings.sources)
    opened = warehouse.begin(settings.home, [source.id for source in sources], command="postetl reprocess --dry-run")
    run = Run(new_run_id(at := now()), COMMAND, at, True, window, settings, (), known=opened.sources, messages=opened.messages, dry=True)

    def say(again: Again) -> None:
        for change in again.changes:
            on_change(change)
        again.changes.clear()

    reports = asyncio.run(_work(run, say, on_source, on_step, [source.id for source in sources]))
    return RunReport(run, reports, (), 0, 0, 0, None, time.monotonic() - began, status_of(reports), run.messages)


async def _work(
    run: Run,
    after: After,
    on_source: Callable[[SourceReport], None] | None,
    on_step: Callable[[Step], None] | None,
    source_ids: Sequence[str] | None = None,
) -> tuple[SourceReport, ...]:
    """One source after the other, the documents of each side by side."""
    settings = run.settings
    chosen = [settings.source(name) for name in source_ids] if source_ids is not None else [s for batch in run.batches for s in batch.sources]
    readers = ThreadPoolExecutor(worker.POOL, "read")
    reports: list[SourceReport] = []
    try:
        with closing(await asyncio.to_thread(warehouse.made, settings.home)) as made:
            bodies = await asyncio.to_thread(Bodies, Lake(settings.lake))
            for source in chosen:
                again = Again(run, source, made, bodies, readers, on_step)
                reports.append(await _one(again, after))
                if on_source:
                    on_source(reports[-1])
    except asyncio.CancelledError:
        worker.kill_busy()  # a call in a thread cannot be cancelled: end what it waits for
        raise
    finally:
        readers.shutdown(wait=False, cancel_futures=True)
    return tuple(reports)


async def _one(again: Again, after: After) -> SourceReport:
    began = time.monotonic()

    async def stepped(again: Again) -> None:
        await asyncio.to_thread(after, again)

    try:
        await again.go(stepped)
    except (PostetlError, BrokenPipeError):  # nobody reads what a dry run says
        raise
    except Exception as error:  # the border between sources: a bug met in one leaves the others alone
        logging.getLogger("postetl").exception("%s", again.source.id)
        again.broke(error)
    await stepped(again)
    return again.report(time.monotonic() - began)
