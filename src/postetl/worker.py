"""Run a pure function in a child process that can be killed: the way to read hostile bytes with a time and a memory limit.

    call("package.module:function", body, timeout=20.0, memory_mb=512)

A limit, not a sandbox: the child has the parent's rights, and its answer is unpickled here. What it protects from is input
that hangs, eats memory or crashes a C library. Children are started by `sys.executable -c` (no fork: callers have threads),
kept for the next call, and end with the parent, even when both are busy and the parent is killed with SIGKILL.
"""

import atexit
import contextlib
import errno
import fcntl
import importlib
import os
import pickle
import re
import resource
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import traceback
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn, Self

from postetl.errors import Broken, Malformed, PostetlError, Reason

POOL = min(4, os.cpu_count() or 1)  # children at once, in this process; more calls wait for their turn
START_SECONDS = 60.0  # for a child to start and import what it is to run; not part of a call's timeout
STALE_MB = 256  # a child that keeps this much more than it began with (leaks, arenas) is replaced after its call
_GRACE_SECONDS = 2.0  # after the timeout the kernel ends a child by itself, should the parent be stopped
_ANSWER_SECONDS = 10.0  # for an answer that has begun in time to come across
_WATCH_SECONDS = 0.05
_RLIMIT_HOLDS = sys.platform == "linux"  # macOS accepts RLIMIT_AS and does not keep it: there the parent watches
_MB = 1024 * 1024
_BOOT = "import sys;sys.path[:]=sys.argv[1:];from postetl import worker;worker._serve()"

_serving = False
_workers: "weakref.WeakSet[Worker]" = weakref.WeakSet()


class WorkerError(Malformed):
    """The function did not come to an end with these arguments."""

    reason = Reason.READER_FAILED


class WorkerFailed(WorkerError):  # noqa: N818  as the rest of the tree: an outcome's name
    """The function raised something of its own; the message is `Type: message`, the child's traceback is in the notes."""


class WorkerDied(WorkerError):  # noqa: N818  as the rest of the tree: an outcome's name
    """The process ended in the middle of the call (a crash in C, os._exit, a signal)."""


class WorkerTimedOut(WorkerError):  # noqa: N818  as the rest of the tree: an outcome's name
    """The call took longer than its timeout; the process was killed."""

    reason = Reason.READER_TIMED_OUT


class WorkerOutOfMemory(WorkerError):  # noqa: N818  as the rest of the tree: an outcome's name
    """The call needed more than its memory_mb; the process was killed."""

    reason = Reason.READER_OUT_OF_MEMORY


def call(function: str, /, *args: Any, timeout: float, memory_mb: int = 512, **kwargs: Any) -> Any:
    """Return `function(*args, **kwargs)`, run in a child of the process-wide pool; arguments and result are pickled.

    `timeout` is in seconds and starts when the child has imported the module; `memory_mb` is what the call may need above the
    child's own size. Raises the function's own PostetlError as it is, WorkerFailed for any other of its exceptions,
    WorkerTimedOut, WorkerOutOfMemory, WorkerDied, or Broken when no child can be started. Thread-safe. Inside a worker the
    function runs in place, under the limits that are already there.
    """
    if _serving:
        try:
            return _resolve(function)(*args, **kwargs)
        except (PostetlError, MemoryError):
            raise
        except Exception as error:  # as it would come back from a child
            raise _failed(error) from error
    worker = _pool.take()
    try:
        return worker.call(function, *args, timeout=timeout, memory_mb=memory_mb, **kwargs)
    finally:
        _pool.give_back(worker)


def inside() -> bool:
    """True in a worker's process."""
    return _serving


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
                self._start()
            assert self._socket is not None
            try:
                self._socket.settimeout(START_SECONDS)
                _send(self._socket, head)
                _receive(self._socket, time.monotonic() + START_SECONDS)
            except (EOFError, OSError) as error:
                slow = isinstance(error, TimeoutError)
                self.kill()
                if slow or attempt == 2 or not reused:
                    what = f"did not import {module} within {START_SECONDS:.0f} s" if slow else f"ended while it imported {module}"
                    raise Broken(f"a worker process {what}") from error
            else:
                return

    def _start(self) -> None:
        self.kill()
        ours, theirs = socket.socketpair()
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", _BOOT, *(path for path in sys.path if isinstance(path, str))],
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
        watched = None if _RLIMIT_HOLDS else (self._process.pid, _resident(self._process.pid) + memory_mb * _MB)
        try:
            self._socket.settimeout(timeout)
            _send(self._socket, body)
            answer = _receive(self._socket, deadline, watched)
        except TimeoutError:
            raise WorkerTimedOut(f"not finished after {timeout:g} s") from None
        except _Overgrown:
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


# --- both sides


class _Overgrown(Exception):  # noqa: N818  never leaves this module
    pass


def _send(to: socket.socket, message: bytes) -> None:
    to.sendall(struct.pack("!Q", len(message)))
    to.sendall(message)


def _receive(from_: socket.socket, deadline: float | None = None, watched: tuple[int, int] | None = None) -> bytearray:
    """One message. Raises EOFError, TimeoutError past the deadline, _Overgrown when process `watched[0]` exceeds `watched[1]` bytes."""
    message, wanted, has_length = bytearray(), 8, False
    while len(message) < wanted:
        if deadline is not None:
            left = deadline - time.monotonic()
            from_.settimeout(max(1e-4, left if watched is None else min(left, _WATCH_SECONDS)))
        try:
            piece = from_.recv(min(wanted - len(message), _MB))
        except TimeoutError:
            if watched and _resident(watched[0]) > watched[1]:
                raise _Overgrown from None
            if deadline is None or time.monotonic() >= deadline:
                raise
            continue
        if not piece:
            raise EOFError
        message += piece
        if len(message) == wanted and not has_length:
            wanted, has_length = struct.unpack("!Q", message)[0], True
            message.clear()
            if deadline is not None:
                deadline = max(deadline, time.monotonic() + _ANSWER_SECONDS)
    return message


def _resident(pid: int) -> int:
    """Bytes of memory the process holds; 0 when it is gone or nobody can tell."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_bytes().split()[1]) * resource.getpagesize()
    except (OSError, IndexError):
        pass
    with contextlib.suppress(OSError, ValueError):
        return int(subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, check=False).stdout) * 1024
    return 0


def _resolve(function: str) -> Callable[..., Any]:
    module, _, name = function.partition(":")
    found: Any = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    return found  # type: ignore[no-any-return]


def _failed(error: BaseException) -> WorkerFailed:
    # addresses of objects differ from run to run; rejects.detail must not
    failed = WorkerFailed(re.sub(r"0x[0-9a-fA-F]{6,}", "0x", f"{type(error).__name__}: {error}")[:500])
    failed.add_note("".join(traceback.format_exception(error))[-10_000:])
    return failed


# --- the child


def _serve() -> NoReturn:
    """The child's life: import, answer, repeat, until the parent closes the connection."""
    global _serving  # noqa: PLW0603  a fact about the process
    _serving = True
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for deadly in (signal.SIGALRM, signal.SIGIO):
        signal.signal(deadly, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    parent = socket.socket(fileno=os.dup(0))
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):  # what the function prints goes nowhere
        os.dup2(null, stream)
    begin = 0
    try:
        while True:
            function, timeout, memory_mb = pickle.loads(_receive(parent))  # noqa: S301  from our parent
            run: Callable[..., Any] | Exception
            try:
                run = _resolve(function)
            except Exception as error:  # noqa: BLE001  any module may be imported; the caller gets it as the call's outcome
                run = error
            begin = begin or _resident(os.getpid())
            _send(parent, b"")
            body = _receive(parent)
            with _limits(parent, timeout, memory_mb):
                kind, answer = _outcome(run, body)
            del body
            stale = kind == b"m" or _resident(os.getpid()) - begin > STALE_MB * _MB
            _send(parent, kind + (b"1" if stale else b"0") + answer)
            del answer
    except (EOFError, OSError):
        os._exit(0)


def _outcome(run: Callable[..., Any] | Exception, body: bytearray) -> tuple[bytes, bytes]:
    """(b"r", pickled result), (b"e", pickled exception) or (b"m", nothing): out of memory."""
    try:
        try:
            if isinstance(run, Exception):
                return b"e", pickle.dumps(_failed(run))
            args, kwargs = pickle.loads(body)  # noqa: S301  from our parent
            return b"r", pickle.dumps(run(*args, **kwargs), protocol=pickle.HIGHEST_PROTOCOL)
        except PostetlError as error:
            try:
                error.add_note("".join(traceback.format_exception(error))[-10_000:])
                return b"e", pickle.dumps(error)
            except Exception:  # noqa: BLE001  a class or a value that cannot travel
                return b"e", pickle.dumps(_failed(error))
        except BaseException as error:  # noqa: BLE001  SystemExit too: it ends the call, not the process
            cause: BaseException | None = error
            while cause:  # libraries wrap it
                if isinstance(cause, MemoryError) or (isinstance(cause, OSError) and cause.errno == errno.ENOMEM):
                    return b"m", b""
                cause = cause.__cause__ or cause.__context__
            return b"e", pickle.dumps(_failed(error))
    except MemoryError:
        return b"m", b""


@contextlib.contextmanager
def _limits(parent: socket.socket, timeout: float, memory_mb: int) -> Iterator[None]:
    """What ends the process without its help: a hang in C holds the interpreter, so no thread of ours would run."""
    flags = fcntl.fcntl(parent, fcntl.F_GETFL)
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    try:
        # nothing comes while a call runs but the end of the connection, and SIGIO's default action is death (Linux: signal(7))
        fcntl.fcntl(parent, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(parent, fcntl.F_SETFL, flags | os.O_ASYNC)
        poll = select.poll()
        poll.register(parent, select.POLLIN)
        if poll.poll(0):
            os._exit(0)  # the parent was gone before the signal was ordered
        signal.setitimer(signal.ITIMER_REAL, timeout + _GRACE_SECONDS)
        if _RLIMIT_HOLDS:
            size = int(Path("/proc/self/statm").read_bytes().split()[0]) * resource.getpagesize()
            limit = size + memory_mb * _MB
            resource.setrlimit(resource.RLIMIT_AS, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))
        yield
    finally:
        if _RLIMIT_HOLDS:
            resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
        signal.setitimer(signal.ITIMER_REAL, 0)
        fcntl.fcntl(parent, fcntl.F_SETFL, flags)
