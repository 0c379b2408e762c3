"""The flow `maintain`: tidy up what is no longer needed, and find the runs that died."""

from typing import Any

from prefect import flow, get_run_logger
from prefect.artifacts import create_table_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed

from carry import misused, settings_of
from postetl import pipeline, report
from postetl.errors import UsageError
from register import mark_crashed, registered


@flow(name="maintain", flow_run_name="maintain")
def maintain(keep: int = 3, home: str | None = None, sources: str | None = None) -> State[Any]:
    """Remove old published databases and abandoned staging, mark runs whose process died, and show what takes the space.

    Args:
        keep: Published versions of the database to keep, the current one included.
        home: The folder that holds lake and warehouse. Empty: POSTETL_HOME, else ./data of the clone.
        sources: The sources.toml to read. Empty: POSTETL_SOURCES, else sources.toml in the home.
    """
    try:
        settings = settings_of(home, sources)
    except UsageError as error:
        return misused(error)
    with registered(settings.home):
        crashed = mark_crashed(settings.home)
        done = pipeline.maintain(settings, keep=keep)
        for name in crashed:
            get_run_logger().warning("%s: its process is gone; marked as crashed.", name)
        for run_id in done.dead_runs:
            get_run_logger().warning("run %s: its process is gone; closed.", run_id)
        create_table_artifact(report.size_rows(done.sizes), key="maintain-sizes", description=f"What takes the space in {settings.home}")
        return Completed(message=report.maintenance_line(done, crashed))


if __name__ == "__main__":
    maintain()
