"""A run from its opening to its end: what is due, the batches, the closing package, the load."""

import asyncio
import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime
from threading import Event, Lock
from urllib.parse import urlsplit

from postetl import __version__, locks, urls, warehouse
from postetl.errors import Locked, UsageError
from postetl.lake import Contents, Lake, RunRecord, SourceRecord
from postetl.pipeline import kept, schedule
from postetl.pipeline.batch import work
from postetl.pipeline.reports import (
    Batch,
    BatchReport,
    MaintainReport,
    Run,
    RunReport,
    Skipped,
    SourceReport,
    Status,
    Step,
    Window,
    status_of,
    summed,
)
from postetl.pipeline.walk import where_now
from postetl.runlog import host_name, is_alive, new_run_id, now
from postetl.settings import Settings, Source
from postetl.warehouse import KnownRun, KnownSource

MOST_BATCHES = 8  # tasks side by side: each costs 10 ms of Prefect and a client of its own

_held: dict[str, tuple[ExitStack, float]] = {}  # run_id -> its lock, and when it began (monotonic seconds)
_held_lock = Lock()


def open_run(
    settings: Settings,
    *,
    command: str = "run",
    source_ids: Sequence[str] = (),
    force: bool = False,
    window: Window | None = None,
    batches: int = MOST_BATCHES,
    replace: bool = False,
) -> Run:
    """Choose what is due and take the run's lock: one `run` and one `reprocess` a home, one `backfill` a source. All are due for a `reprocess`.

    Loads first what a killed run left in the lake, so that what is known is true. Sources named by `source_ids` are always due.
    Raises UsageError for an unknown or disabled source, Locked when another run holds the lock.
    """
    archived = command == "reprocess"  # asks no site: neither when a source is due nor whether it is enabled counts
    chosen = [settings.source(name) for name in dict.fromkeys(source_ids)] or list(settings.sources) if archived else _chosen(settings, source_ids)
    refuse_empty(window)
    began = time.monotonic()
    started_at = now()
    stack = ExitStack()
    name = command if command == "run" or archived else f"{command}-{'-'.join(s.id for s in chosen)}"[:100]
    try:
        stack.enter_context(locks.hold(settings.locks / f"{name}.lock", command=f"postetl {command}", wait=0))
    except Locked as error:
        raise Locked(f"another {command} is in progress: {error.holder}. Nothing was started", holder=error.holder) from None
    try:
        opened = warehouse.begin(settings.home, [source.id for source in chosen], command=f"postetl {command}")
        _bury(settings, opened.open_runs, started_at)
        known = {source.id: opened.sources[source.id] for source in chosen if source.id in opened.sources}
        skipped = [s for source in chosen if not archived and (s := _skipped(source, known.get(source.id), started_at, due=force or bool(source_ids))) is not None]
        _refuse_given_up(skipped, source_ids)
        left_out = {s.source_id for s in skipped}
        run = Run(
            run_id=new_run_id(started_at),
            command=command,
            started_at=started_at,
            force=force,
            window=window,
            settings=settings,
            batches=_batches([source for source in chosen if source.id not in left_out], batches, known),
            skipped=tuple(skipped),
            known=known,
            messages=opened.messages,
            named=frozenset(source_ids),
            windows=opened.windows,
            replace=replace,
        )
    except BaseException:
        stack.close()
        raise
    with _held_lock:
        _held[run.run_id] = (stack, began)
    return run


def refuse_empty(window: Window | None) -> None:
    """Raises UsageError for a window that no date is in."""
    if window and window.since and window.until and window.since >= window.until:
        raise UsageError(f"the window is empty: --since {window.since:%Y-%m-%d} is not before --until {window.until:%Y-%m-%d}")


def run_batch(
    run: Run,
    batch: Batch,
    *,
    on_source: Callable[[SourceReport], None] | None = None,
    on_step: Callable[[Step], None] | None = None,
    stop: Event | None = None,
) -> BatchReport:
    """Fetch, read, clean and chunk the batch's sources, and commit the packages. Blocks; may run in any thread.

    Sources that fail are in the report. Once `stop` is set, what is done is committed and reported, the rest given up. Raises Broken when the lake cannot be written; calling it again is safe.
    """
    return asyncio.run(work(run, batch, record(run, "running"), on_source, on_step, stop))


def close_run(
    run: Run,
    reports: Sequence[BatchReport],
    *,
    status: Status | None = None,
    on_wait: Callable[[str], None] | None = None,
) -> RunReport:
    """Commit the closing package, load everything pending, publish, free the run's lock.

    Raises Locked or Broken when the load cannot be done: what was fetched stays in the lake for the next one.
    """
    sources = tuple(source for report in reports for source in report.sources)
    status = status or status_of(sources)
    try:
        _close(run, status)
        loaded = warehouse.load(run.settings.home, command=f"postetl {run.command}", on_wait=on_wait, run_id=run.run_id)
    finally:
        began = _release(run)
    return RunReport(
        run=run,
        sources=sources,
        rejects=summed(line for report in reports for line in report.rejects),
        posts_new=loaded.run_new,
        posts_edited=loaded.run_edited,
        packages=loaded.run_packages,
        database=run.settings.warehouse / "posts.duckdb",
        seconds=time.monotonic() - began,
        status=status,
        messages=run.messages + loaded.messages,
    )


def abandon_run(run: Run, *, status: Status = "interrupted") -> None:
    """End a run without a load: what it committed is in the lake, and the next run loads it."""
    try:
        _close(run, status)
    finally:
        _release(run)


def maintain(settings: Settings, *, keep: int = 3) -> MaintainReport:
    """Remove old published versions, abandoned staging and bodies that dry runs kept for a day, mark runs whose process died, and measure."""
    swept = Lake(settings.lake).sweep()
    dead: list[str] = []
    if settings.lake.is_dir():
        dead = _bury(settings, warehouse.begin(settings.home, (), command="postetl maintain").open_runs, now())
    if dead:
        warehouse.load(settings.home, command="postetl maintain")
    before = _versions(settings)
    freed = warehouse.prune(settings.home, keep=keep)
    return MaintainReport(
        removed_versions=before - _versions(settings),
        removed_staging=swept.folders,
        freed_bytes=swept.bytes + freed + kept.expire(settings.home),
        dead_runs=tuple(dead),
        sizes=warehouse.sizes(settings.home),
    )


def enable(settings: Settings, source_ids: Sequence[str]) -> RunReport:
    """Take up again what was given up or slowed down after failures: due at once, counted anew. Raises UsageError, Locked, Broken."""
    run = Run(new_run_id(at := now()), "enable", at, False, None, settings, ())
    records = tuple(SourceRecord(source.id, source.where, None, None, at, "enabled") for source in map(settings.source, source_ids))
    Lake(settings.lake).write(Contents(run=record(run, "done", now()), batch=0, sequence=0, sources=records))
    loaded = warehouse.load(settings.home, command="postetl sources enable", run_id=run.run_id)
    return RunReport(run, (), (), 0, 0, loaded.run_packages, settings.warehouse / "posts.duckdb", loaded.seconds, "done", loaded.messages)


def _versions(settings: Settings) -> int:
    return sum(1 for _ in (settings.warehouse / "versions").glob("*.duckdb"))


def _chosen(settings: Settings, source_ids: Sequence[str]) -> list[Source]:
    if not source_ids:
        return [source for source in settings.sources if source.enabled]
    chosen = [settings.source(name) for name in dict.fromkeys(source_ids)]
    for source in chosen:
        if not source.enabled:
            raise UsageError(f"source {source.id!r} is disabled: remove `enabled = false` in {', '.join(map(str, settings.sources_files))}")
    return chosen


def _skipped(source: Source, known: KnownSource | None, at: datetime, *, due: bool) -> Skipped | None:
    """Why a source is not asked now; `due`: whatever its time, since a person wants it."""
    if known is None or known.url != source.where:
        return None
    if known.disabled_at is not None:
        return Skipped(source.id, f"given up on {known.disabled_at:%Y-%m-%d}: {known.disabled_reason}; `postetl sources enable {source.id}` takes it up again", None)
    if due or schedule.due(known, at):
        return None
    return Skipped(source.id, f"not due ({known.next_check_reason})", known.next_check_at)


def _refuse_given_up(skipped: Sequence[Skipped], source_ids: Sequence[str]) -> None:
    for s in skipped:
        if s.until is None and s.source_id in source_ids:
            raise UsageError(f"{s.source_id}: {s.reason}")


def _batches(sources: list[Source], most: int, known: Mapping[str, KnownSource]) -> tuple[Batch, ...]:
    """Sources of one host stay together; the largest hosts are dealt out first, each to the batch that has least."""
    hosts: dict[str, list[Source]] = {}
    for source in sources:
        host = urls.host_key(where_now(source, known.get(source.id))) if source.url else f"file:{source.id}"
        hosts.setdefault(host, []).append(source)
    bins: list[tuple[list[Source], list[str]]] = [([], []) for _ in range(min(most, len(hosts)))]
    for host, own in sorted(hosts.items(), key=lambda item: (-len(item[1]), item[0])):
        emptiest = min(bins, key=lambda made: len(made[0]))
        emptiest[0].extend(own)
        emptiest[1].append("local files" if host.startswith("file:") else _shown(own[0], host))
    return tuple(Batch(number, tuple(own), tuple(dict.fromkeys(names))) for number, (own, names) in enumerate(bins, 1))


def _shown(source: Source, host: str) -> str:
    return (urlsplit(source.url).hostname if source.url else None) or host


def record(run: Run, status: Status, finished_at: datetime | None = None) -> RunRecord:
    return RunRecord(run.run_id, run.command, run.started_at, finished_at, status, host_name(), os.getpid(), __version__)


def _close(run: Run, status: Status) -> None:
    """The closing package holds the run's end alone: batch 0."""
    Lake(run.settings.lake).write(Contents(run=record(run, status, now()), batch=0, sequence=0))


def _release(run: Run) -> float:
    with _held_lock:
        stack, began = _held.pop(run.run_id, (ExitStack(), time.monotonic()))
    stack.close()
    return began


def _bury(settings: Settings, open_runs: Sequence[KnownRun], when: datetime) -> list[str]:
    """Close the runs of this machine whose process has gone, in the lake: batch 0, as they would have themselves."""
    with _held_lock:
        ours = set(_held)
    # our own pid in another run's row: the process before us had the same one (pid 1 of a container)
    dead = [run for run in open_runs if run.host == host_name() and run.run_id not in ours and (run.pid == os.getpid() or not is_alive(run.pid))]
    for run in dead:
        record = RunRecord(run.run_id, run.command, run.started_at, when, "died", run.host, run.pid, run.version)
        Lake(settings.lake).write(Contents(run=record, batch=0, sequence=0))
    return [run.run_id for run in dead]


