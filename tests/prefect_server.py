"""One real Prefect server for the whole pytest session, on a free loopback port with a home of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

HEALTHY_WITHIN = 180.0  # seconds; the first start creates the database: 13 s on two idle cores, minutes on a busy machine
PREFECT = str(Path(sys.executable).with_name("prefect"))


@dataclass(frozen=True)
class PrefectServer:
    """A running server: its API, and the environment that makes a Prefect process talk to it."""

    api: str
    home: Path
    env: dict[str, str]

    def prefect(self, *args: str, cwd: Path | None = None, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """`prefect ARGS` against this server."""
        return subprocess.run([PREFECT, "--no-prompt", *args], env=self.env, cwd=cwd, capture_output=True, text=True, timeout=timeout)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def stop_group(process: subprocess.Popen[bytes], first: signal.Signals = signal.SIGTERM, grace: float = 15) -> None:
    """End a process that leads its own group, and every process in the group."""
    for sign in (first, signal.SIGKILL):
        try:
            os.killpg(process.pid, sign)
        except ProcessLookupError:
            break
        try:
            process.wait(grace)
        except subprocess.TimeoutExpired:
            continue
    process.wait(grace)


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrefectServer]:
    """A Prefect server for all tests of the session. Late and waiting runs are looked at often, so that tests need not wait."""
    home = tmp_path_factory.mktemp("prefect")
    port = free_port()
    api = f"http://127.0.0.1:{port}/api"
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("PREFECT_", "POSTETL_"))}
    env = inherited | {
        "PREFECT_HOME": str(home),
        "PREFECT_API_URL": api,
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_CLI_PROMPT": "false",
        "PREFECT_SERVER_DEPLOYMENTS_CONCURRENCY_SLOT_WAIT_SECONDS": "2",
        "PREFECT_WORKER_QUERY_SECONDS": "1",
    }
    log = home / "server.log"
    with log.open("wb") as out:
        server = subprocess.Popen(
            [PREFECT, "server", "start", "--host", "127.0.0.1", "--port", str(port), "--no-ui"],
            env=env, stdout=out, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    try:
        deadline = time.monotonic() + HEALTHY_WITHIN
        while not _healthy(api):
            if server.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"the Prefect server did not come up:\n{log.read_text('utf-8', 'replace')[-4000:]}")
            time.sleep(0.2)
        yield PrefectServer(api, home, env)
    finally:
        stop_group(server)


def _healthy(api: str) -> bool:
    try:
        with urllib.request.urlopen(f"{api}/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
