"""`backfill --dry-run`: the plan of a backfill, and (`diff`) record by record what it would change. Writes no row."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from postetl import warehouse, worker
from postetl.fetch import Fetcher, HostTurns
from postetl.pipeline.batch import UNREAD_BYTES
from postetl.pipeline.past import Past
from postetl.pipeline.reports import Difference, DryReport, Run, Step, Window
from postetl.pipeline.run import refuse_empty
from postetl.pipeline.walk import Room
from postetl.runlog import new_run_id, now
from postetl.settings import Settings
from postetl.warehouse import Known


def dry_run(
    settings: Settings, source_id: str, window: Window, *, diff: bool = False, replace: bool = False, on_step: Callable[[Step], None] | None = None
) -> DryReport:
    """Plan, and with `diff` fetch and compare; the bodies are kept for the run itself. Raises UsageError, Locked, Broken."""
    source = settings.source(source_id)
    refuse_empty(window)
    ran = (settings.warehouse / "posts.duckdb").exists()
    opened = warehouse.begin(settings.home, [source.id], command="postetl backfill --dry-run") if ran else warehouse.Opened()
    run = Run(new_run_id(at := now()), "backfill", at, True, window, settings, (), known=opened.sources, windows=opened.windows, replace=replace, dry=True)
    return asyncio.run(_dry(run, source_id, diff=diff, on_step=on_step))


async def _dry(run: Run, source_id: str, *, diff: bool, on_step: Callable[[Step], None] | None) -> DryReport:
    settings, source = run.settings, run.settings.source(source_id)
    memory = warehouse.memory(settings.home)
    readers = ThreadPoolExecutor(worker.POOL, "read")

    async def recall(name: str) -> Known:
        return memory.of([name])

    async def nothing(past: Past) -> None:
        """The rows of a dry run go nowhere."""
        past.rows.fetches.clear()
        past.rows.rejects.clear()
        past.rows.windows.clear()

    defaults = settings.defaults
    try:
        async with Fetcher(HostTurns(settings.locks / "hosts"), contact=defaults.contact, proxy=defaults.proxy) as fetcher:
            past = Past(run, source, recall, fetcher, Room(UNREAD_BYTES), readers, on_step)
            if diff:
                await past.go(nothing, nothing)
            else:
                await past.survey()
    finally:
        readers.shutdown(wait=False, cancel_futures=True)
        memory.close()
    return _report(past, diff=diff)


def _report(past: Past, *, diff: bool) -> DryReport:
    done, course = past.report(), past.course
    windows = tuple(window for _, window in course.todo) if course else ()
    known = [window.requests for window in windows if window.requests is not None]
    requests = sum(known) if known and len(known) == len(windows) else course.plan.requests if course else None
    at_least = requests if requests is not None else len(windows)
    return DryReport(
        past.source.id, course.kind if course else None, bool(course and course.begun), bool(course and course.plan.exact), windows,
        course.plan.posts if course else None, requests, at_least * past.run.settings.delay(past.source), course.plan.oldest if course else done.oldest,
        tuple(_differences(past)) if diff else (), past.posts.seen_again, done.error, done.detail,
    )  # fmt: skip


def _differences(past: Past) -> list[Difference]:
    made: dict[str, Difference] = {}
    for record in past.rows.posts:
        post, known = record.post, past.posts.stored.get(record.post.post_id)
        if known is None or known.row_hash != post.row_hash:
            made[post.post_id] = Difference("+" if known is None else "~", post.published_at, post.title or "", post.url or "")
    for sighting in past.rows.sightings:
        if sighting.gone:
            made[sighting.post_id] = Difference("-", past.posts.stored[sighting.post_id].published_at, "", sighting.post_id)
    return list(made.values())
