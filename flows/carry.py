"""Carry out one run in Prefect: a task a batch, in threads, then one load; the artifacts; the state to end in."""

from collections.abc import Sequence
from pathlib import Path
from queue import SimpleQueue
from threading import Event
from time import monotonic
from typing import Any, TypeVar, cast
from uuid import UUID

from prefect import get_run_logger, task
from prefect.artifacts import create_markdown_artifact, create_progress_artifact, create_table_artifact, update_progress_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.exceptions import TerminationSignal
from prefect.futures import PrefectFuture, wait
from prefect.states import Completed, Failed
from prefect.tasks import Task
from prefect.utilities.annotations import quote

from postetl import pipeline, report
from postetl.errors import Broken, Locked, Transient, UsageError
from postetl.pipeline import Batch, BatchReport, Run, RunReport, SourceReport, Step
from postetl.pipeline.reports import Status
from postetl.settings import Settings, load

BATCHES_AT_ONCE = 8  # threads; each waits for the network most of its time
STOP_WITHIN = 15.0  # seconds a cancelled flow waits for its batches: Prefect's worker kills it after 30
_PROGRESS_EVERY = 2.0  # seconds between two writes of the progress artifact: each is a request to the Prefect server

T = TypeVar("T")
Events = SimpleQueue[SourceReport | Step | None]  # None: a batch has ended


def settings_of(home: str | None, sources: str | None) -> Settings:
    """The settings for a flow's parameters. Raises UsageError."""
    return load(Path(home) if home else None, Path(sources) if sources else None)


def misused(error: UsageError) -> State[Any]:
    """The end of a flow that was asked or configured wrongly: the message says what to mend, and no traceback hides it."""
    get_run_logger().error("%s", error)
    return Failed(message=str(error))


def worth_repeating(_task: Task[Any, Any], _run: TaskRun, state: State[Any]) -> bool:
    """Retry only what a rerun can help: the network was away, or another process held a lock."""
    return isinstance(state.result(raise_on_failure=False), (Transient, Locked))


def _whole(value: T) -> T:
    """An argument that Prefect hands to its task as it is: it would look into it for futures and copy what it finds."""
    return cast("T", quote(value))


@task(name="batch", description="Fetch, read, clean and chunk one batch of sources, and commit it to the lake.",
      cache_policy=NO_CACHE, persist_result=False,
      retries=3, retry_delay_seconds=[5, 30, 120], retry_jitter_factor=0.5, retry_condition_fn=worth_repeating)  # fmt: skip
def fetch_batch(run: Run, batch: Batch, events: Events, stop: Event) -> BatchReport:
    logger = get_run_logger()

    def on_source(source: SourceReport) -> None:  # inside the batch's event loop: no requests to Prefect from here
        (logger.warning if source.error else logger.info)("%s", report.source_line(source))
        events.put(source)

    on_step = events.put if run.command == "backfill" else None  # its steps are windows; a run's are pages, and many
    return pipeline.run_batch(run, batch, on_source=on_source, on_step=on_step, stop=stop)


# No retries: the load waits for the writer's lock by itself, and what it could not load the next run does.
@task(name="load", description="Load the lake's new packages into the warehouse and publish it.", cache_policy=NO_CACHE, persist_result=False)
def load_run(run: Run, reports: Sequence[BatchReport], status: Status | None) -> RunReport:
    logger = get_run_logger()
    return pipeline.close_run(run, reports, status=status, on_wait=lambda holder: logger.info("waiting for the writer's lock: %s", holder))


def carry_out(run: Run, *, key: str) -> State[Any]:
    """Run every batch, load, write the artifacts `<key>-progress`, `<key>-summary` and `<key>-rejects`, and return the final state.

    A source that fails is in the report and retries nothing; a batch that breaks (disk, a bug) fails the flow after the
    others are loaded. When the flow is cancelled, the batches keep the sources that are done, give up the rest, and what is committed is loaded.
    """
    logger = get_run_logger()
    if warning := run.settings.no_contact:
        logger.warning("%s", warning)
    for line in report.skipped_lines(run):
        logger.info("%s", line)
    futures: list[PrefectFuture[BatchReport]] = []
    events, stop = Events(), Event()
    closed = False
    try:
        for batch in run.batches:
            name = batch.name.replace("{", "{{").replace("}", "}}")  # Prefect formats the name
            future = fetch_batch.with_options(task_run_name=f"batch {name}").submit(_whole(run), _whole(batch), _whole(events), _whole(stop))
            future.add_done_callback(lambda _: events.put(None))
            futures.append(future)
        _watch(futures, events, total=sum(len(batch.sources) for batch in run.batches), key=key)
        outcomes = [_outcome(future) for future in futures]
        reports = [outcome for outcome in outcomes if isinstance(outcome, BatchReport)]
        broken = [f"{batch.name}: {outcome}" for batch, outcome in zip(run.batches, outcomes, strict=True) if isinstance(outcome, BaseException)]
        closed = True
        done = load_run.with_options(task_run_name=f"load {run.run_id}")(_whole(run), _whole(reports), "failed" if broken else None)
    except BaseException as error:
        if not closed:
            stop.set()
            interrupted = isinstance(error, (KeyboardInterrupt, TerminationSignal))
            logger.warning("%s: loading what is committed.", "Cancelled" if interrupted else "Broken")
            wait(futures, timeout=STOP_WITHIN)
            pipeline.close_run(run, _reports(futures), status="interrupted" if interrupted else "failed")
        raise
    create_markdown_artifact(report.summary_markdown(done), key=f"{key}-summary", description=report.headline(done))
    create_table_artifact(report.reject_rows(done), key=f"{key}-rejects", description=f"What {run.run_id} set aside, by source and reason")
    return _ending(done, broken)


def _watch(futures: Sequence[PrefectFuture[BatchReport]], events: Events, *, total: int, key: str) -> None:
    """Wait for every batch; keep the progress artifact near the truth."""
    if not futures:
        return
    artifact = cast("UUID", create_progress_artifact(0.0, key=f"{key}-progress", description=f"0 of {total} sources"))
    ended = seen = failed = 0
    written = monotonic()
    while ended < len(futures):
        source = events.get()
        if source is None:
            ended += 1
        elif isinstance(source, Step):
            if monotonic() - written > _PROGRESS_EVERY:
                update_progress_artifact(artifact, 100.0 * source.done / max(source.total, 1), description=f"{source.done} of {source.total} windows")
                written = monotonic()
            continue
        else:
            seen, failed = seen + 1, failed + (source.error is not None)
        if ended == len(futures) or monotonic() - written > _PROGRESS_EVERY:
            share = 100.0 if ended == len(futures) else 100.0 * min(seen, total) / max(total, 1)
            update_progress_artifact(artifact, share, description=f"{seen} of {total} sources, {failed} failed")
            written = monotonic()


def _outcome(future: PrefectFuture[BatchReport]) -> BatchReport | BaseException:
    """What a batch came to, from this process: `future.state` asks the server, which learns of an end a moment later."""
    try:
        found: object = future.result(timeout=0, raise_on_failure=False)
    except Exception as error:  # noqa: BLE001  whatever ended the thread is the batch's outcome, told in the final state
        return error
    return found if isinstance(found, (BatchReport, BaseException)) else Broken(f"the batch returned {type(found).__name__}, not its report")


def _reports(futures: Sequence[PrefectFuture[BatchReport]]) -> list[BatchReport]:
    return [outcome for future in futures if isinstance(outcome := _outcome(future), BatchReport)]


def _ending(done: RunReport, broken: Sequence[str]) -> State[Any]:
    """Completed when at least one source came through, by name when not all did; else Failed. The message is for the run list."""
    line = report.headline(done)
    failed = [source for source in done.sources if source.error]
    if broken:
        return Failed(message=f"{len(broken)} of {len(done.run.batches)} batches broke: {'; '.join(broken)}. {line}")
    if done.sources and len(failed) == len(done.sources):
        return Failed(message=line)
    if failed:
        return Completed(name="Partly failed", message=line)
    if not done.sources:
        return Completed(name="Nothing due", message=line)
    return Completed(message=line)
