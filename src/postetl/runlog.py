"""Who runs: run ids, the lock that keeps two runs of one kind apart, and runs whose process has gone."""

import os
import secrets
import socket
from datetime import UTC, datetime


def new_run_id(started_at: datetime) -> str:
    """Sortable by start: 20261123T230512Z-1f0c9a."""
    return f"{started_at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


def now() -> datetime:
    """The clock, UTC, read at the edge only."""
    return datetime.now(UTC)


def host_name() -> str:
    return socket.gethostname() or "localhost"


def is_alive(pid: int) -> bool:
    """Whether a process of this machine is there (a pid may have been given again: then it counts as alive)."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
