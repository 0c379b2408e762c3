"""The flows deployed on the session's Prefect server, and a worker that was started somewhere else."""

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from prefect_server import PREFECT, PrefectServer, stop_group

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Flows:
    """What a test asks Prefect, and how it starts flows by hand."""

    server: PrefectServer

    def ask(self, path: str, body: dict[str, Any] | list[Any] | None = None, method: str | None = None) -> Any:
        """One request to the Prefect API."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.server.api + path, data, {"Content-Type": "application/json"}, method=method)
        for tries in range(10):
            try:
                with urllib.request.urlopen(request, timeout=60) as answer:
                    return json.loads(answer.read() or b"null")
            except urllib.error.HTTPError as error:
                if error.code != 503 or tries == 9:  # its SQLite was busy
                    raise
                time.sleep(0.5)
        raise AssertionError

    def run(self, run_id: str) -> dict[str, Any]:
        return self.ask(f"/flow_runs/{run_id}")

    def runs(self, **filters: Any) -> list[dict[str, Any]]:
        return self.ask("/flow_runs/filter", {"flow_runs": filters, "sort": "START_TIME_ASC"})

    def tasks(self, run_id: str) -> dict[str, str]:
        """{task run name: state name}"""
        found = self.ask("/task_runs/filter", {"task_runs": {"flow_run_id": {"any_": [run_id]}}})
        return {task["name"]: task["state"]["name"] for task in found}

    def artifacts(self, run_id: str) -> dict[str, Any]:
        """{artifact key: its data}"""
        found = self.ask("/artifacts/filter", {"artifacts": {"flow_run_id": {"any_": [run_id]}}})
        return {artifact["key"]: json.loads(artifact["data"]) if artifact["type"] == "table" else artifact["data"] for artifact in found}

    def logs(self, run_id: str) -> str:
        found = self.ask("/logs/filter", {"logs": {"flow_run_id": {"any_": [run_id]}}, "sort": "TIMESTAMP_ASC"})
        return "\n".join(log["message"] for log in found)

    def ended(self, run_id: str, within: float = 90) -> dict[str, Any]:
        """Wait for a run's last state."""
        wait_for(lambda: self.run(run_id)["state"]["type"] in ("COMPLETED", "FAILED", "CRASHED", "CANCELLED"), within, f"flow run {run_id}")
        return self.run(run_id)

    def start(self, flow: str, *args: str, home: Path) -> subprocess.Popen[bytes]:
        """`python flows/<flow>.py`, as a person would, in a process group of its own."""
        env = self.server.env | {"POSTETL_HOME": str(home)}
        with (home / f"{flow}.log").open("ab") as out:
            return subprocess.Popen([sys.executable, f"flows/{flow}.py", *args], env=env, cwd=ROOT, stdout=out, stderr=out, start_new_session=True)

    def by_hand(self, flow: str, *args: str, home: Path, timeout: float = 90) -> int:
        process = self.start(flow, *args, home=home)
        try:
            return process.wait(timeout)
        finally:
            stop_group(process)

    def newest(self, flow: str) -> dict[str, Any]:
        found = self.ask("/flow_runs/filter", {"flows": {"name": {"any_": [flow]}}, "sort": "START_TIME_DESC", "limit": 1})
        return found[0]


def wait_for(ready: Callable[[], object], within: float, what: str) -> None:
    deadline = time.monotonic() + within
    while not ready():
        assert time.monotonic() < deadline, f"{what}: not within {within:.0f} s"
        time.sleep(0.2)


def alive(home: Path) -> list[str]:
    """Command lines of the processes that know this home from their environment."""
    if not Path("/proc/self/environ").exists():
        pytest.skip("needs /proc")
    mark = f"POSTETL_HOME={home}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (folder / "environ").read_bytes().split(b"\0"):
                found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found


@pytest.fixture(scope="session")
def flows(prefect_server: PrefectServer) -> Flows:
    return Flows(prefect_server)


@pytest.fixture(scope="session")
def deployed(flows: Flows) -> str:
    """The output of `prefect deploy --all` in the clone, with the work pool made as the README says."""
    pool = flows.server.prefect("work-pool", "create", "postetl", "--type", "process")
    assert pool.returncode == 0, pool.stderr + pool.stdout
    done = flows.server.prefect("deploy", "--all", cwd=ROOT)
    assert done.returncode == 0, done.stderr + done.stdout
    # the hourly schedule must not fire in the middle of a test
    for deployment in flows.ask("/deployments/filter", {}):
        for schedule in deployment["schedules"]:
            flows.ask(f"/deployments/{deployment['id']}/schedules/{schedule['id']}", {"active": False}, "PATCH")
    return done.stdout


@pytest.fixture(scope="session")
def worker(flows: Flows, deployed: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A process worker for the session, started in a folder that holds nothing of ours."""
    with running_worker(flows, tmp_path_factory.mktemp("elsewhere")):
        yield


@contextmanager
def running_worker(flows: Flows, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    with (folder / "worker.log").open("wb") as out:
        process = subprocess.Popen(
            [PREFECT, "worker", "start", "--pool", "postetl", "--type", "process"],
            cwd=folder, env=flows.server.env, stdout=out, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    try:
        yield process
    finally:
        stop_group(process)
