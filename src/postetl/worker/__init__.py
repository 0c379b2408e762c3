"""Run a pure function in a child process that can be killed: the way to read hostile bytes with a time and a memory limit.

    call("package.module:function", body, timeout=20.0, memory_mb=512)

A limit, not a sandbox: the child has the parent's rights, and its answer is unpickled here. What it protects from is input
that hangs, eats memory or crashes a C library. Children are started by `sys.executable -c` (no fork: callers have threads),
kept for the next call, and end with the parent, even when both are busy and the parent is killed with SIGKILL.
"""

import atexit
import contextlib
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

from postetl.errors import Broken, PostetlError
from postetl.worker.child import RLIMIT_HOLDS, inside, resolve
from postetl.worker.outcomes import WorkerDied, WorkerError, WorkerFailed, WorkerOutOfMemory, WorkerTimedOut, failed
from postetl.worker.wire import MB, Overgrown, receive, resident, send

__all__ = ["POOL", "Worker", "WorkerDied", "WorkerError", "WorkerFailed", "WorkerOutOfMemory", "WorkerTimedOut", "call", "close", "inside", "kill_busy", "ready"]

POOL = min(4, os.cpu_count() or 1)  # children at once, in this process; more calls wait for their turn
START_SECONDS = 60.0  # for a child to start and import what it is to run; not part of a call's timeout
_BOOT = "import sys;first,*sys.path[:]=sys.argv[1:];from postetl.worker.child import serve;serve(first)"

_workers: "weakref.WeakSet[Worker]" = weakref.WeakSet()


def call(function: str, /, *args: Any, timeout: float, memory_mb: int = 512, **kwargs: Any) -> Any:
    """Return `function(*args, **kwargs)`, run in a child of the process-wide pool; arguments and result are pickled.

    `timeout` is in seconds and starts when the child has imported the module; `memory_mb` is what the call may need above the
    child's own size. Raises the function's own PostetlError as it is, WorkerFailed for any other of its exceptions,
    WorkerTimedOut, WorkerOutOfMemory, WorkerDied, or Broken when no child can be started. Thread-safe. Inside a worker the
    function runs in place, under the limits that are already there.
    """
    if inside():
        try:
            return resolve(function)(*args, **kwargs)
        except (PostetlError, MemoryError):
            raise
        except Exception as error:  # as it would come back from a child
            raise failed(error) from error
    worker = _pool.take()
    try:
        return worker.call(function, *args, timeout=timeout, memory_mb=memory_mb, **kwargs)
    finally:
        _pool.give_back(worker)


def ready(*modules: str) -> None:
    """Have a child that has imported these, or is about to: the next call need not wait for its start. Returns within milliseconds, never raises.

    Does nothing where a child is idle, all are busy, or inside a worker.
    """
    if not inside():
        _pool.ready(modules)


def close() -> None:
    """End the idle children of the pool; the next call starts new ones. Done at exit, too."""
    _pool.close()


def kill_busy() -> None:
    """End the children that are in a call now: those calls raise WorkerDied. For a run that is given up."""
    _pool.kill_busy()


class Worker:
    """One child process, started by its first call and again after every loss. One call at a time."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._stale = False
        _workers.add(self)

    @property
    def pid(self) -> int | None:
        """The child's process id; None when there is none at the moment."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def call(self, function: str, /, *args: Any, timeout: float, memory_mb: int = 512, **kwargs: Any) -> Any:
        """As the module's `call`, in this child."""
        if not 0 < timeout < float("inf") or memory_mb <= 0:
            raise ValueError(f"timeout and memory_mb must be positive, not {timeout} and {memory_mb}")
        head = pickle.dumps((function, timeout, memory_mb))
        body = pickle.dumps((args, kwargs), protocol=pickle.HIGHEST_PROTOCOL)
        finished = False
        try:
            self._prepare(head, function.partition(":")[0])
            good, value = self._ask(body, timeout, memory_mb)
            finished = True
        finally:
            if not finished or self._stale:  # an exception of any kind, Ctrl-C too: what the child is at is not known
                self.kill()
        if good:
            return value
        raise value

    def _prepare(self, head: bytes, module: str) -> None:
        """Start the child if there is none, and let it import; a child that was lost while idle is replaced without a word."""
        for attempt in (1, 2):
            reused = self.pid is not None
            if not reused:
                self.start()
            assert self._socket is not None
            try:
                self._socket.settimeout(START_SECONDS)
                send(self._socket, head)
                receive(self._socket, time.monotonic() + START_SECONDS)
            except (EOFError, OSError) as error:
                slow = isinstance(error, TimeoutError)
                self.kill()
                if slow or attempt == 2 or not reused:
                    what = f"did not import {module} within {START_SECONDS:.0f} s" if slow else f"ended while it imported {module}"
                    raise Broken(f"a worker process {what}") from error
            else:
                return

    def start(self, modules: Sequence[str] = ()) -> None:
        """A new child, which imports these first. Raises Broken."""
        self.kill()
        ours, theirs = socket.socketpair()
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", _BOOT, ",".join(modules), *(path for path in sys.path if isinstance(path, str))],
                stdin=theirs.fileno(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C in the terminal is for the parent
                # the same input gives the same output: libraries that walk over sets are part of it
                env={**os.environ, "PYTHONHASHSEED": "0"},
            )
            self._socket = ours
        except OSError as error:
            ours.close()
            raise Broken(f"cannot start a worker process: {error}") from error
        finally:
            theirs.close()

    def _ask(self, body: bytes, timeout: float, memory_mb: int) -> tuple[bool, Any]:
        assert self._socket is not None and self._process is not None
        deadline = time.monotonic() + timeout
        watched = None if RLIMIT_HOLDS else (self._process.pid, resident(self._process.pid) + memory_mb * MB)
        try:
            self._socket.settimeout(timeout)
            send(self._socket, body)
            answer = receive(self._socket, deadline, watched)
        except TimeoutError:
            raise WorkerTimedOut(f"not finished after {timeout:g} s") from None
        except Overgrown:
            raise WorkerOutOfMemory(f"needed more than {memory_mb} MB") from None
        except (EOFError, OSError):
            raise WorkerDied(f"the process {self._end()}") from None
        kind, self._stale = answer[:1], answer[1:2] == b"1"
        if kind == b"m":
            raise WorkerOutOfMemory(f"needed more than {memory_mb} MB")
        try:
            return kind == b"r", pickle.loads(memoryview(answer)[2:])  # noqa: S301  see above: not a sandbox
        except Exception as error:  # a result's or an exception's class may do anything when it is rebuilt
            raise WorkerFailed(f"the answer cannot be read: {type(error).__name__}: {error}") from error

    def _end(self) -> str:
        assert self._process is not None
        try:
            code = self._process.wait(1.0)
        except subprocess.TimeoutExpired:
            return "closed its connection"
        if code >= 0:
            return f"ended with exit code {code}"
        try:
            return f"was ended by {signal.Signals(-code).name}"
        except ValueError:
            return f"was ended by signal {-code}"

    def kill(self) -> None:
        """End the child at once, whatever it does, and wait for it."""
        if self._socket:
            self._socket.close()
        if self._process:
            self._process.kill()
            self._process.wait()
        self._process = self._socket = None
        self._stale = False

    close = kill  # the functions are pure: there is nothing to finish

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.kill()

    def _forget(self) -> None:
        """In a forked copy of the parent: let go of the connection, or the child would not see that the parent is gone."""
        if self._socket:
            self._socket.close()
        if self._process:
            self._process.returncode = 0  # not ours to wait for
        self._process = self._socket = None


class _Pool:
    """At most POOL workers, last used first: idle ones stay cold, and the tail need not be started at all."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._idle: list[Worker] = []
        self._all: set[Worker] = set()

    def take(self) -> Worker:
        with self._changed:
            while not self._idle and len(self._all) >= POOL:
                self._changed.wait()
            worker = self._idle.pop() if self._idle else Worker()
            self._all.add(worker)
            return worker

    def ready(self, modules: Sequence[str]) -> None:
        with self._changed:
            if self._idle or len(self._all) >= POOL:
                return
            self._all.add(worker := Worker())
        with contextlib.suppress(Broken):  # whoever calls it is told
            worker.start(modules)
        self.give_back(worker)

    def give_back(self, worker: Worker) -> None:
        with self._changed:
            self._idle.append(worker)
            self._changed.notify()

    def close(self) -> None:
        with self._changed:
            idle, self._idle = self._idle, []
            self._all.difference_update(idle)
            self._changed.notify_all()
        for worker in idle:
            worker.kill()

    def kill_busy(self) -> None:
        with self._changed:
            busy = self._all.difference(self._idle)
        for worker in busy:
            if (process := worker._process) is not None:  # noqa: SLF001
                process.kill()  # its caller sees the end and cleans up


_pool = _Pool()


def _forked() -> None:
    """In a forked copy of the parent: its connections are not ours, and a lock may be held by a thread that is not here."""
    global _pool  # noqa: PLW0603
    for worker in list(_workers):
        worker._forget()  # noqa: SLF001
    _pool = _Pool()


atexit.register(close)
os.register_at_fork(after_in_child=_forked)
