"""`postetl up`: a Prefect server, a worker and the deployments in one command, and all of it gone at Ctrl-C.

Prefect runs in processes of its own (importing it costs seconds, and nothing under src/ needs it). Each child leads its own
process group, so that Ctrl-C reaches only us and we stop them in order: the worker first, so that it can report what it ended.
"""

import base64
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from postetl import locks
from postetl.errors import Broken, Locked, UsageError
from postetl.settings import Settings, clone_root

POOL = "postetl"  # as in prefect.yaml
HEALTHY_WITHIN = 180.0  # seconds; the first start creates Prefect's database: 13 to 32 s on two cores, minutes on a busy machine
_MARK = ".pid"  # HOME/prefect/<child>.pid: its pid, locked by itself
STOP_WITHIN = 20.0  # seconds a child has to end by itself
PREFECT = Path(sys.executable).with_name("prefect")

# Loopback is never reached through a proxy, whatever the environment says of one.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True, slots=True)
class Address:
    """Where the Prefect server listens, and how we reach it."""

    host: str
    port: int

    @property
    def ui(self) -> str:
        reached = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(self.host, self.host)  # noqa: S104
        return f"http://[{reached}]:{self.port}" if ":" in reached else f"http://{reached}:{self.port}"

    @property
    def api(self) -> str:
        return f"{self.ui}/api"


@dataclass
class Children:
    """The processes that we started, in order, each with its log file; `stop` ends them in reverse."""

    logs: Path
    env: Mapping[str, str]
    cwd: Path
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, *args: str) -> None:
        self.logs.mkdir(parents=True, exist_ok=True)
        mark = locks.take_for_child(self.logs / f"{name}{_MARK}")
        try:
            with self.log(name).open("wb") as out:
                self.running[name] = child = subprocess.Popen(
                    args, env=dict(self.env), cwd=self.cwd, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                    start_new_session=True, pass_fds=(mark,),
                )  # fmt: skip
            os.pwrite(mark, str(child.pid).encode(), 0)
        finally:
            os.close(mark)

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def check(self) -> None:
        """Raise Broken when one of them has ended by itself."""
        for name, child in self.running.items():
            if child.poll() is not None:
                raise Broken(f"the Prefect {name} ended by itself ({_ending(child.returncode)}); {self.log(name)} ends with:\n{tail(self.log(name))}")

    def stop(self) -> None:
        """End every child and everything that it started; nothing is left when this returns."""
        for name in reversed(list(self.running)):
            end_group(self.running.pop(name))


def end_group(child: subprocess.Popen[bytes], within: float = STOP_WITHIN) -> None:
    """End a process that leads its own group, with the whole group: asked first, then killed."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError, PermissionError):  # macOS says EPERM of a group of zombies
            os.killpg(child.pid, sign)
        with suppress(subprocess.TimeoutExpired):
            child.wait(within)
            deadline = time.monotonic() + 2  # its children may need a moment longer than itself
            while _group_lives(child.pid) and time.monotonic() < deadline and sign is signal.SIGTERM:
                time.sleep(0.05)


def end_leftovers(logs: Path, console: Console, within: float = STOP_WITHIN) -> None:
    """End what an earlier `postetl up` or `demo` left running because it was killed itself: the server last.

    A child holds the lock of its mark while it lives, so a mark that is locked names no stranger.
    """
    for mark in sorted(logs.glob(f"*{_MARK}"), key=lambda path: path.stem == "server"):
        if locks.is_held(mark) and (pid := mark.read_text("ascii", "replace")).isdecimal():
            name = mark.name.removesuffix(_MARK)
            console.print(f"ending the Prefect {name} (pid {pid}) that an earlier postetl left when it was killed", markup=False, soft_wrap=True)
            for sign in (signal.SIGTERM, signal.SIGKILL):
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(int(pid), sign)
                deadline = time.monotonic() + within
                while locks.is_held(mark) and time.monotonic() < deadline:
                    time.sleep(0.05)
                if not locks.is_held(mark):
                    break


def _group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def up(settings: Settings, *, host: str = "127.0.0.1", port: int = 4200, console: Console | None = None) -> None:
    """Start everything, say where the UI is, and stay until Ctrl-C, SIGTERM or SIGHUP; then stop everything.

    Raises UsageError when the port is taken or there is no clone to deploy from, Locked when this home is up already, Broken when a
    child dies or does not come up.
    """
    console = console or Console(highlight=False, soft_wrap=True)
    root = clone_root()
    if root is None:
        raise UsageError("`postetl up` needs the clone (flows/ and prefect.yaml): run it there with `uv run postetl up`")
    address = Address(host, port)
    children = Children(settings.home / "prefect", environment(settings, address), root)
    lock = settings.locks / "up"
    if locks.is_held(lock):
        who = locks.holder(lock)
        raise Locked(f"{settings.home} is up already: {who}. Stop that one first, or choose another --home", holder=who)
    with locks.hold(lock, command="postetl up", wait=0), stopping(children, console):
        end_leftovers(children.logs, console)
        require_free(address)
        start_server(children, address, console)
        with waiting(console, "deploying ingest, backfill and maintain, and starting a worker"):
            make_pool(address, children.env)
            children.start("worker", str(PREFECT), "worker", "start", "--pool", POOL, "--type", "process", "--name", POOL)
            _deploy(children)
            _until(lambda: _pool_ready(address, children.env), children, "the Prefect worker")
        console.print(f"Prefect UI:  {address.ui}", markup=False, soft_wrap=True)
        console.print(f"home:        {settings.home}  (logs in {children.logs})", markup=False, soft_wrap=True)
        console.print("schedules:   in prefect.yaml; run one now: in the UI under Deployments, or", markup=False, soft_wrap=True)
        console.print(f"             PREFECT_API_URL={address.api} uv run prefect deployment run ingest/ingest", markup=False, soft_wrap=True)
        console.print("Ctrl-C stops all of it.", markup=False, soft_wrap=True)
        while True:
            children.check()
            time.sleep(0.5)


def environment(settings: Settings, address: Address) -> dict[str, str]:
    """The environment of every Prefect process we start: this home, this server, no telemetry, no questions."""
    env = {key: value for key, value in os.environ.items() if key not in ("PREFECT_PROFILE", "PREFECT_API_KEY")}  # another server's
    env.setdefault("PREFECT_HOME", str(settings.home / "prefect"))
    env |= {
        "PREFECT_API_URL": address.api,
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",  # see pyproject.toml
        "DO_NOT_TRACK": "1",
        "PREFECT_CLI_PROMPT": "false",
        "PREFECT_LOGGING_SERVER_LEVEL": env.get("PREFECT_LOGGING_SERVER_LEVEL", "WARNING"),
        "PREFECT_WORKER_QUERY_SECONDS": env.get("PREFECT_WORKER_QUERY_SECONDS", "5"),  # a run asked for by hand starts soon
        "POSTETL_HOME": str(settings.home),
        "PYTHONUNBUFFERED": "1",
    }
    if settings.sources_files[0].parent != settings.home or settings.sources_files[0].name not in ("sources.toml", "sources.local.toml"):
        env["POSTETL_SOURCES"] = str(settings.sources_files[0])
    else:
        env.pop("POSTETL_SOURCES", None)  # as `settings` was read
    if "PREFECT_SERVER_API_AUTH_STRING" in env:
        env.setdefault("PREFECT_API_AUTH_STRING", env["PREFECT_SERVER_API_AUTH_STRING"])
    for key in ("NO_PROXY", "no_proxy"):
        env[key] = ",".join(filter(None, (env.get(key), "127.0.0.1", "localhost", "::1")))
    return env


def require_free(address: Address) -> None:
    """Raise UsageError when nothing can listen there, naming who does where it can be told."""
    try:
        family, kind, proto, _, where = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except OSError as error:
        raise UsageError(f"--host {address.host}: not an address of this machine: {error.strerror}") from None
    with socket.socket(family, kind, proto) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(where)
            probe.listen(1)
        except OSError as error:
            if error.errno not in (48, 98):  # EADDRINUSE on macOS, on Linux
                raise UsageError(f"cannot listen on {address.host} port {address.port}: {error.strerror}; choose others with --host and --port") from None
        else:
            return
    holder = "a Prefect server, maybe another `postetl up`," if _healthy(address, 2) else "another program"
    raise UsageError(f"port {address.port} on {address.host} is taken: {holder} listens there. Stop it, or choose another port: --port {address.port + 1}")


def start_server(children: Children, address: Address, console: Console, *extra: str) -> None:
    """Start the Prefect server and wait until it answers, saying what is waited for. Raises Broken."""
    fresh = not Path(children.env["PREFECT_HOME"]).joinpath("prefect.db").exists()
    what = "the Prefect server" + (" (the first start creates its database and takes longest)" if fresh else "")
    with waiting(console, f"starting {what}"):
        children.start("server", str(PREFECT), "server", "start", "--host", address.host, "--port", str(address.port), *extra)
        _until(lambda: _healthy(address), children, "the Prefect server")


def make_pool(address: Address, env: Mapping[str, str]) -> None:
    """Create the work pool, when it is not there; the worker fills in the template. (The CLI does the same in 3 to 20 s.)"""
    try:
        call(address, env, "/work_pools/", {"name": POOL, "type": "process"})
    except urllib.error.HTTPError as error:
        if error.code != 409:
            raise Broken(f"the Prefect server would not make the work pool {POOL!r}: {error}: {error.read()[:500]!r}") from None


@contextmanager
def waiting(console: Console, what: str) -> Iterator[None]:
    """Say what takes time: a spinner with a clock on a terminal, plain lines in a pipe."""
    started = time.monotonic()
    if console.is_terminal:
        with console.status(f"{what} ..."):
            yield
    else:
        print(f"{what} ...", file=console.file, flush=True)
        yield
    print(f"{what}: {time.monotonic() - started:.0f} s", file=console.file, flush=True)


@contextmanager
def stopping(children: Children, console: Console) -> Iterator[None]:
    """Whatever ends the block, the children end with it; Ctrl-C, SIGTERM and SIGHUP end it quietly."""
    # A SIGHUP that nohup ignores stays ignored. SIGINT is taken even so (a script's `&` ignores it): our children inherit an
    # ignored signal, and Prefect's worker ends by sending itself SIGINT.
    signals = [sign for sign in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP) if sign is not signal.SIGHUP or signal.getsignal(sign) is not signal.SIG_IGN]
    before = {sign: signal.signal(sign, _interrupt) for sign in signals}
    try:
        yield
    except KeyboardInterrupt:
        console.print("stopping ...", markup=False, soft_wrap=True)
    finally:
        for sign in signals:
            signal.signal(sign, signal.SIG_IGN)  # a second Ctrl-C must not leave a child behind; stopping takes seconds at most
        children.stop()
        for sign, handler in before.items():
            signal.signal(sign, handler)


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _deploy(children: Children) -> None:
    """`prefect deploy --all` in the clone. Raises Broken with what it said."""
    children.start("deploy", str(PREFECT), "--no-prompt", "deploy", "--all")
    deploy = children.running["deploy"]
    while deploy.poll() is None:
        time.sleep(0.1)
    if deploy.returncode:
        raise Broken(f"`prefect deploy --all` failed ({_ending(deploy.returncode)}):\n{tail(children.log('deploy'))}")
    del children.running["deploy"]


def _until(ready: Callable[[], bool], children: Children, what: str) -> None:
    deadline = time.monotonic() + HEALTHY_WITHIN
    while not ready():
        children.check()
        if time.monotonic() > deadline:
            raise Broken(f"{what} did not come up within {HEALTHY_WITHIN:.0f} s; its log is in {children.logs}")
        time.sleep(0.2)
    children.check()  # another program may have answered in its place


def _healthy(address: Address, within: float = 5) -> bool:
    try:
        with _opener.open(f"{address.api}/health", timeout=within) as answer:
            return bool(answer.status == 200 and answer.read(16).strip() == b"true")
    except (OSError, ValueError):
        return False


def _pool_ready(address: Address, env: Mapping[str, str]) -> bool:
    pool = call(address, env, f"/work_pools/{POOL}")
    return isinstance(pool, dict) and pool.get("status") == "READY"


def call(address: Address, env: Mapping[str, str], path: str, body: Mapping[str, object] | None = None) -> object:
    """One request to the Prefect API. Raises urllib.error.HTTPError for an answer that is no success."""
    request = urllib.request.Request(f"{address.api}{path}", data=json.dumps(body).encode() if body else None)  # noqa: S310
    request.add_header("Content-Type", "application/json")
    if auth := env.get("PREFECT_API_AUTH_STRING"):
        request.add_header("Authorization", f"Basic {base64.b64encode(auth.encode()).decode()}")
    deadline = time.monotonic() + 30
    while True:
        try:
            with _opener.open(request, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code != 503 or time.monotonic() > deadline:  # 503: its SQLite is busy with another writer
                raise
        time.sleep(0.2)


def _ending(code: int | None) -> str:
    return f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"


def tail(log: Path, lines: int = 15) -> str:
    return "\n".join(log.read_text("utf-8", "replace").rstrip().splitlines()[-lines:])
