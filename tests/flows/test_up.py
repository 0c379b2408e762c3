"""`postetl up`: the port, the environment, and that nothing is left when it ends."""

import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

import web
from postetl import locks, settings
from postetl.errors import Broken, UsageError
from postetl.up import Address, Children, end_group, end_leftovers, environment, require_free
from prefect_flows import ROOT, alive, wait_for
from prefect_server import free_port, stop_group


def test_a_busy_port_is_named_with_the_way_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=rf"port {port} on 127\.0\.0\.1 is taken: another program .*--port {port + 1}"):
            require_free(Address("127.0.0.1", port))
    require_free(Address("127.0.0.1", port))


def test_a_prefect_server_on_the_port_is_told_from_others() -> None:
    with web.serve({"/api/health": web.Answer(body="true", content_type="application/json")}) as site, pytest.raises(UsageError, match="a Prefect server"):
        require_free(Address("127.0.0.1", site.port))


def test_a_host_that_is_not_ours_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="--host"):
        require_free(Address("192.0.2.1", free_port()))


@pytest.mark.parametrize(
    ("host", "api"),
    [("127.0.0.1", "http://127.0.0.1:4200/api"), ("0.0.0.0", "http://127.0.0.1:4200/api"), ("::1", "http://[::1]:4200/api"), ("::", "http://[::1]:4200/api")],
)
def test_the_address_that_is_dialled(host: str, api: str) -> None:
    assert Address(host, 4200).api == api


def load(home: Path, sources: Path | None = None) -> settings.Settings:
    (sources or home / "sources.toml").write_text('[[source]]\nid = "a"\npath = "a.txt"\n')
    return settings.load(home, sources)


def test_the_environment_of_the_children(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "https://cloud.example/api")
    monkeypatch.setenv("PREFECT_API_KEY", "secret of another server")
    monkeypatch.setenv("PREFECT_PROFILE", "work")
    monkeypatch.setenv("POSTETL_SOURCES", "/elsewhere.toml")
    monkeypatch.setenv("NO_PROXY", "example.org")
    monkeypatch.delenv("PREFECT_HOME", raising=False)
    env = environment(load(home, tmp_path / "mine.toml"), Address("127.0.0.1", 4300))
    assert env["PREFECT_API_URL"] == "http://127.0.0.1:4300/api"
    assert env["POSTETL_HOME"] == str(home) and env["PREFECT_HOME"] == str(home / "prefect")
    assert env["POSTETL_SOURCES"] == str(tmp_path / "mine.toml")
    assert (env["PREFECT_SERVER_ANALYTICS_ENABLED"], env["DO_NOT_TRACK"]) == ("false", "1")
    assert env["PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE"].endswith(".filesystem")
    assert env["NO_PROXY"] == "example.org,127.0.0.1,localhost,::1"
    assert not {"PREFECT_API_KEY", "PREFECT_PROFILE"} & set(env)
    monkeypatch.delenv("POSTETL_SOURCES")
    assert "POSTETL_SOURCES" not in environment(load(home), Address("127.0.0.1", 4300))


def test_a_server_started_in_the_clone_sends_nothing_home_and_keeps_its_leases(tmp_path: Path) -> None:
    """The README's second way to schedule starts it without `up`, whose environment says the same."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("PREFECT_")} | {"PREFECT_HOME": str(tmp_path)}
    asked = """if True:
        from prefect.server.concurrency.lease_storage import get_concurrency_lease_storage
        from prefect.settings import get_current_settings
        print(get_current_settings().server.analytics_enabled, get_concurrency_lease_storage().storage_path)"""
    ran = subprocess.run([sys.executable, "-c", asked], env=env, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.stdout == f"False {tmp_path / 'concurrency_leases'}\n", ran.stderr


def test_grandchildren_end_with_a_child_that_ignores_sigterm(tmp_path: Path) -> None:
    script = "import os, signal, sys, time; signal.signal(15, signal.SIG_IGN); os.fork(); open(sys.argv[1], 'a').write(f'{os.getpid()}\\n'); time.sleep(99)"
    pids = tmp_path / "pids"
    child = subprocess.Popen([sys.executable, "-c", script, str(pids)], start_new_session=True)
    wait_for(lambda: pids.exists() and len(pids.read_text().split()) == 2, 20, "two processes")
    end_group(child, within=0.5)
    wait_for(lambda: not any(_runs(int(pid)) for pid in pids.read_text().split()), 5, "their end")


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def test_what_a_killed_up_left_is_ended_by_the_next(tmp_path: Path) -> None:
    script = """if True:
        import os, pathlib, sys
        from postetl.up import Children
        logs = pathlib.Path(sys.argv[1])
        children = Children(logs, dict(os.environ), logs)
        for name, code in ("server", "import time; time.sleep(99)"), ("worker", "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(99)"):
            children.start(name, sys.executable, "-c", code)
            print(children.running[name].pid)
        os._exit(9)"""
    ran = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=False)
    pids = [int(pid) for pid in ran.stdout.split()]
    assert len(pids) == 2 and all(_runs(pid) for pid in pids)
    said = io.StringIO()
    end_leftovers(tmp_path, Console(file=said), within=1)
    wait_for(lambda: not any(_runs(pid) for pid in pids), 5, "their end")
    assert said.getvalue().index(f"worker (pid {pids[1]})") < said.getvalue().index(f"server (pid {pids[0]})")
    end_leftovers(tmp_path, Console(file=io.StringIO()))  # their marks stay; they name nobody
    children = Children(tmp_path, dict(os.environ), tmp_path)
    children.start("server", sys.executable, "-c", "")
    children.stop()


def test_a_mark_that_nobody_locks_ends_nobody(tmp_path: Path) -> None:
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(99)"], start_new_session=True)
    (tmp_path / "server.pid").write_text(str(stranger.pid))
    end_leftovers(tmp_path, Console(file=io.StringIO()), within=1)
    assert stranger.poll() is None
    end_group(stranger)


def test_a_child_that_dies_is_told_with_its_last_words(tmp_path: Path) -> None:
    children = Children(tmp_path, dict(os.environ), tmp_path)
    children.start("server", sys.executable, "-c", "print('cannot bind'); raise SystemExit(7)")
    children.running["server"].wait(20)
    with pytest.raises(Broken, match=r"(?s)server ended by itself \(exit code 7\).*cannot bind"):
        children.check()
    children.stop()


@contextmanager
def running(home: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    load(home)
    env = {key: value for key, value in os.environ.items() if not key.startswith(("PREFECT_", "POSTETL_"))}
    with (home / "up.log").open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "postetl", "--home", str(home), "up", "--port", str(port)],
            env=env, cwd=home, stdout=out, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    try:
        wait_for(lambda: process.poll() is not None or b"Ctrl-C" in (home / "up.log").read_bytes(), 200, "postetl up")
        assert process.poll() is None, (home / "up.log").read_text()
        yield process
    finally:
        stop_group(process)


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_up_serves_three_deployments_and_leaves_nothing_behind(home: Path) -> None:
    port = free_port()
    with running(home, port) as process:
        asked = urllib.request.Request(f"http://127.0.0.1:{port}/api/deployments/filter", b"{}", {"Content-Type": "application/json"})
        with urllib.request.urlopen(asked, timeout=30) as answer:
            assert sorted(d["name"] for d in json.load(answer)) == ["backfill", "ingest", "maintain"]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30) as answer:
            assert answer.status == 200 and b"<html" in answer.read().lower()
        assert f"http://127.0.0.1:{port}" in (home / "up.log").read_text()
        assert locks.is_held(home / "locks" / "up")
        (other := home / "other").mkdir()
        load(other)
        second = subprocess.run([sys.executable, "-m", "postetl", "--home", str(other), "up", "--port", str(port)], capture_output=True, text=True, cwd=ROOT)
        assert second.returncode == 2 and f"port {port}" in second.stderr
        third = subprocess.run([sys.executable, "-m", "postetl", "--home", str(home), "up", "--port", str(port)], capture_output=True, text=True, cwd=ROOT)
        assert third.returncode == 3 and "is up already: postetl up (pid" in third.stderr
        assert len(alive(home)) >= 2
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
    assert alive(home) == []
    require_free(Address("127.0.0.1", port))


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_up_ends_with_its_worker(home: Path) -> None:
    with running(home, free_port()) as process:
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                line = (folder / "cmdline").read_bytes()
                mine = f"POSTETL_HOME={home}".encode() in (folder / "environ").read_bytes()
            except OSError:
                continue
            if mine and b"worker\0start" in line:
                os.kill(int(folder.name), signal.SIGKILL)
        assert process.wait(60) == 3
    time.sleep(0.5)
    assert alive(home) == []
    assert "the Prefect worker ended by itself (signal 9)" in (home / "up.log").read_text()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_after_a_kill_up_goes_on_where_it_was(home: Path) -> None:
    """Its children are ended, the run that was under way is marked, and its slot is free for the next."""
    port = free_port()

    def ask(path: str, body: object) -> Any:
        request = urllib.request.Request(f"http://127.0.0.1:{port}/api{path}", json.dumps(body).encode(), {"Content-Type": "application/json"})
        for _ in range(30):  # Prefect answers 503 while its SQLite is locked, and means: again
            try:
                with urllib.request.urlopen(request, timeout=60) as answer:
                    return json.load(answer)
            except urllib.error.HTTPError as error:
                if error.code != 503:
                    raise
                time.sleep(1)
        raise AssertionError(f"{path}: 503 for half a minute")

    def start(deployment: str) -> str:
        [found] = ask("/deployments/filter", {"deployments": {"name": {"any_": [deployment]}}})
        return str(ask(f"/deployments/{found['id']}/create_flow_run", {})["id"])

    def state(run: str) -> str:
        [found] = ask("/flow_runs/filter", {"flow_runs": {"id": {"any_": [run]}}})
        return str(found["state"]["type"])

    with web.serve({"/slow.xml": web.Answer(body="", delay=300)}) as site:
        with running(home, port) as process:
            (home / "sources.toml").write_text(f'[[source]]\nid = "slow"\nurl = "{site.url("/slow.xml")}"\nallow_private = true\n')
            killed = start("ingest")
            wait_for(lambda: site.hits("/slow.xml"), 90, "the run")
            process.kill()
            process.wait()
        with running(home, port):
            assert "ending the Prefect server" in (home / "up.log").read_text()
            start("maintain")
            wait_for(lambda: state(killed) == "CRASHED", 90, "the mark of the killed run")
            following = start("ingest")
            wait_for(lambda: state(following) in ("COMPLETED", "FAILED"), 120, "the next run")
    assert alive(home) == []
