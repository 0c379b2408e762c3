"""The flow `ingest`: ask every source that is due, and load what is new."""

from typing import Any

from prefect import flow, get_run_logger, runtime
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterStartTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import State, StateType
from prefect.context import FlowRunContext
from prefect.states import Cancelled, Completed
from prefect.task_runners import ThreadPoolTaskRunner

from carry import BATCHES_AT_ONCE, carry_out, misused, settings_of
from postetl import pipeline
from postetl.errors import Locked, UsageError
from register import mark_crashed, registered

_NAMED = 4  # source ids that a run's name spells out; beyond that it counts them
_SKIPPED = "Skipped"


def _run_name() -> str:
    asked = runtime.flow_run.parameters
    ids = asked.get("source_ids")
    if not ids:
        try:
            ids = [source.id for source in settings_of(asked.get("home"), asked.get("sources")).sources if source.enabled]
        except UsageError:
            return "ingest"  # the flow itself says what is wrong
    return f"ingest {', '.join(ids)}" if 0 < len(ids) <= _NAMED else f"ingest {len(ids)} sources"


@flow(name="ingest", flow_run_name=_run_name, task_runner=ThreadPoolTaskRunner(max_workers=BATCHES_AT_ONCE))  # type: ignore[arg-type]
def ingest(source_ids: list[str] | None = None, force: bool = False, home: str | None = None, sources: str | None = None) -> State[Any]:
    """Ask every source that is due for its posts, and load what is new or edited.

    Args:
        source_ids: Only these sources, by their id. Empty: every enabled source.
        force: Ask also the sources that are not due yet, and ask without "only if changed".
        home: The folder that holds lake and warehouse. Empty: POSTETL_HOME, else ./data of the clone.
        sources: The sources.toml to read. Empty: POSTETL_SOURCES, else sources.toml in the home.
    """
    try:
        settings = settings_of(home, sources)
    except UsageError as error:
        return misused(error)
    for name in mark_crashed(settings.home):
        get_run_logger().warning("%s: its process had died; marked as crashed.", name)
    if covered_by := _covering_run():
        return Completed(name=_SKIPPED, message=f"Skipped: covered by {covered_by}, which started after this run was due.")
    with registered(settings.home):
        try:
            run = pipeline.open_run(settings, source_ids=source_ids or (), force=force)
        except Locked as error:
            return Cancelled(name="Refused", message=f"Refused: {error}")
        except UsageError as error:
            return misused(error)
        return carry_out(run, key="ingest")


def _covering_run() -> str | None:
    """The name of a run of the same deployment and parameters that started at or after the time this scheduled one was due.

    After a machine has slept, all the runs it missed come due at once: the first does the work of them all. Only a
    scheduled run is ever skipped, and only for a run that did or does the work (not a failed or a skipped one).
    """
    context = FlowRunContext.get()
    me = context.flow_run if context else None
    if me is None or me.deployment_id is None or me.expected_start_time is None or not me.auto_scheduled:
        return None
    work = FlowRunFilterStateType(any_=[StateType.RUNNING, StateType.COMPLETED])
    with get_client(sync_client=True) as client:
        others = client.read_flow_runs(flow_run_filter=FlowRunFilter(
            deployment_id=FlowRunFilterDeploymentId(any_=[me.deployment_id]),
            start_time=FlowRunFilterStartTime(after_=me.expected_start_time),
            state=FlowRunFilterState(type=work),
        ))  # fmt: skip
    names = (run.name for run in others if run.id != me.id and run.parameters == me.parameters and run.state_name != _SKIPPED)
    return next(names, None)


if __name__ == "__main__":
    ingest()
