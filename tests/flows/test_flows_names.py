"""What the flows decide without a server: names, windows, which failures are worth a retry, whose process has died."""

import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from postetl.errors import Broken, Locked, PostetlError, Refused, Transient, UsageError

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "flows"))
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.mark.parametrize(
    ("error", "again"),
    [(Transient("x"), True), (Locked("x", holder="y"), True), (UsageError("x"), False), (Refused("x"), False), (Broken("x"), False), (ValueError(), False)],
)
def test_only_what_a_rerun_can_help_is_retried(error: Exception, again: bool) -> None:
    from prefect.states import Failed

    from carry import worth_repeating

    assert worth_repeating(None, None, Failed(data=error)) is again  # type: ignore[arg-type]
    assert isinstance(error, (PostetlError, ValueError))


def test_a_batch_that_has_ended_is_never_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server learns of the end of a task after this process does; its word on it lost a batch's report once."""
    import concurrent.futures

    import prefect.futures
    from prefect.states import Completed, Failed

    from carry import _outcome, _reports
    from postetl.pipeline import BatchReport

    monkeypatch.setattr(prefect.futures, "get_client", lambda **_: pytest.fail("asked the server what this process knows"))

    def ended(state: object) -> prefect.futures.PrefectConcurrentFuture[BatchReport]:
        wrapped: concurrent.futures.Future[object] = concurrent.futures.Future()
        if isinstance(state, BaseException):
            wrapped.set_exception(state)
        elif state is not None:
            wrapped.set_result(state)
        return prefect.futures.PrefectConcurrentFuture(uuid4(), wrapped)  # type: ignore[arg-type]

    report = BatchReport(1, ())
    futures = [ended(Completed(data=report)), ended(Failed(data=Broken("disk full"))), ended(OSError("gone")), ended(None)]
    assert [type(_outcome(future)) for future in futures] == [BatchReport, Broken, OSError, TimeoutError]
    assert _reports(futures) == [report]


def test_days_are_midnights_in_utc() -> None:
    from backfill import _midnight

    assert _midnight(date(2019, 1, 1)) == datetime(2019, 1, 1, tzinfo=UTC)
    assert _midnight(None) is None


def entry(home: Path, pid: int, *, host: str | None = None) -> Path:
    from postetl.runlog import host_name

    folder = home / "locks" / "flowruns"
    folder.mkdir(parents=True, exist_ok=True)
    run_id = str(uuid4())
    path = folder / f"{run_id}.json"
    path.write_text(json.dumps({"flow_run_id": run_id, "pid": pid, "host": host or host_name(), "started": "2026-01-01T00:00:00+00:00"}))
    return path


def test_dead_is_a_gone_process_or_a_free_lock(home: Path) -> None:
    import fcntl

    from register import _dead

    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    assert _dead(entry(home, gone.pid)) is not None
    assert _dead(entry(home, os.getpid())) is not None, "the number lives, the lock is free: another process has the number now"
    assert _dead(entry(home, gone.pid, host="elsewhere.example")) is None
    held = entry(home, os.getpid())
    with held.open("r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert _dead(held) is None


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"flow_run_id": 1}', '{"flow_run_id": "x", "pid": 1, "host": "h"}', "\x00"])
def test_a_strange_entry_names_no_run_and_goes(home: Path, text: str) -> None:
    from register import mark_crashed

    path = home / "locks" / "flowruns" / "x.json"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    assert mark_crashed(home) == ()
    assert not path.exists()


def test_no_server_is_asked_when_nobody_died(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import register

    monkeypatch.setattr(register, "get_client", lambda **_: pytest.fail("asked Prefect for nothing"))
    assert register.mark_crashed(home) == ()
