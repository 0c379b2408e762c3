"""The flow `backfill`: everything that one source still lists in a window of dates."""

from datetime import UTC, date, datetime
from typing import Any

from prefect import flow, runtime
from prefect.client.schemas.objects import State
from prefect.states import Cancelled
from prefect.task_runners import ThreadPoolTaskRunner

from carry import BATCHES_AT_ONCE, carry_out, misused, settings_of
from postetl import pipeline
from postetl.errors import Locked, UsageError
from register import registered


def _run_name() -> str:
    asked = runtime.flow_run.parameters
    since, until = asked.get("since"), asked.get("until")
    return f"backfill {asked['source']}" + (f" {since or ''}..{until or ''}" if since or until else "")


@flow(name="backfill", flow_run_name=_run_name, task_runner=ThreadPoolTaskRunner(max_workers=BATCHES_AT_ONCE))  # type: ignore[arg-type]
def backfill(
    source: str, since: date | None = None, until: date | None = None, replace: bool = False, home: str | None = None, sources: str | None = None
) -> State[Any]:
    """Load what one source published in a window of dates, as far back as it still lists.

    Args:
        source: The id of the source, as in sources.toml.
        since: The first day of the window (UTC). Empty: from the beginning.
        until: The day after the last one of the window (UTC). Empty: to the end.
        replace: Read the dates again, whatever was read before, and replace just their posts.
        home: The folder that holds lake and warehouse. Empty: POSTETL_HOME, else ./data of the clone.
        sources: The sources.toml to read. Empty: POSTETL_SOURCES, else sources.toml in the home.
    """
    try:
        settings = settings_of(home, sources)
    except UsageError as error:
        return misused(error)
    window = pipeline.Window(_midnight(since), _midnight(until))
    with registered(settings.home):
        try:
            run = pipeline.open_run(settings, command="backfill", source_ids=(source,), force=True, window=window, replace=replace)
        except Locked as error:
            return Cancelled(name="Refused", message=f"Refused: {error}")
        except UsageError as error:
            return misused(error)
        return carry_out(run, key="backfill")


def _midnight(day: date | None) -> datetime | None:
    return None if day is None else datetime(day.year, day.month, day.day, tzinfo=UTC)


if __name__ == "__main__":
    import sys

    since, until = (date.fromisoformat(day) if day else None for day in [*sys.argv[2:4], "", ""][:2])
    backfill(sys.argv[1], since, until)
