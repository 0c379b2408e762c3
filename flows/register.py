"""Which flow runs have a living process: one locked file a run under HOME/locks/flowruns.

Prefect learns that a process died only when a worker watched it; a flow started by hand, or a machine that lost power, leaves
its run in RUNNING for ever. The kernel frees a file lock when its holder dies, so a lock that can be taken names a dead run.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from prefect import runtime
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.exceptions import ObjectNotFound
from prefect.states import Crashed

from postetl.runlog import host_name, is_alive, now

_FOLDER = Path("locks") / "flowruns"


@contextmanager
def registered(home: Path) -> Iterator[None]:
    """Say that this process carries out the current flow run, until it has ended."""
    run_id = runtime.flow_run.id
    if not run_id:  # called as a plain function, outside a flow
        yield
        return
    folder = home / _FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    entry = {"flow_run_id": str(run_id), "pid": os.getpid(), "host": host_name(), "started": now().isoformat()}
    staged, path = folder / f".{run_id}.{os.getpid()}", folder / f"{run_id}.json"
    with staged.open("w", encoding="utf-8") as file:
        json.dump(entry, file)
        file.flush()
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        staged.replace(path)  # never seen half written, never seen unlocked
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def mark_crashed(home: Path) -> tuple[str, ...]:
    """Set the flow runs to Crashed whose process on this machine is gone; return their names.

    A run that Prefect already knows to have ended, or that another Prefect server holds, only loses its entry here.
    """
    dead = [entry for path in sorted((home / _FOLDER).glob("*.json")) if (entry := _dead(path))]
    if not dead:
        return ()
    marked = []
    with get_client(sync_client=True) as client:
        for path, run_id, pid, host in dead:
            name = _crash(client, run_id, f"Process {pid} on {host} is gone; what it had committed is kept, the next run goes on from there.")
            if name:
                marked.append(name)
            path.unlink(missing_ok=True)
    return tuple(marked)


def _dead(path: Path) -> tuple[Path, UUID, int, str] | None:
    try:
        with path.open("r+", encoding="utf-8") as file:
            entry = json.load(file)
            run_id, pid, host = UUID(str(entry["flow_run_id"])), int(entry["pid"]), str(entry["host"])
            if host != host_name():
                return None  # not ours to judge
            if is_alive(pid):  # or its number was given again: then the lock is free
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return None  # ended in this moment
    except BlockingIOError:
        return None  # alive
    except (OSError, ValueError, KeyError, TypeError):
        path.unlink(missing_ok=True)  # not written by us: names no run
        return None
    return path, run_id, pid, host


def _crash(client: SyncPrefectClient, run_id: UUID, message: str) -> str | None:
    try:
        run = client.read_flow_run(run_id)
    except ObjectNotFound:
        return None
    if run.state is None or run.state.is_final():
        return None
    client.set_flow_run_state(run_id, Crashed(message=message), force=True)
    return run.name
