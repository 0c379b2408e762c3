"""The child's side: import, run under limits, answer, repeat, until the parent is gone."""

import contextlib
import errno
import fcntl
import importlib
import os
import pickle
import resource
import select
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

from postetl.errors import PostetlError
from postetl.worker.outcomes import failed
from postetl.worker.wire import MB, receive, resident, send

STALE_MB = 256  # a child that keeps this much more than it began with (leaks, arenas) is replaced after its call
GRACE_SECONDS = 2.0  # after the timeout the kernel ends the process, should the parent be stopped
RLIMIT_HOLDS = sys.platform == "linux"  # macOS accepts RLIMIT_AS and does not keep it: there the parent watches

_serving = False


def inside() -> bool:
    """True in a worker's process."""
    return _serving


def resolve(function: str) -> Callable[..., Any]:
    module, _, name = function.partition(":")
    found: Any = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    return found  # type: ignore[no-any-return]


def serve(first: str = "") -> NoReturn:
    """The child's life: import, answer, repeat, until the parent closes the connection. `first`: modules to import before that, between commas."""
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
    for module in filter(None, first.split(",")):
        with contextlib.suppress(Exception):  # the call that needs it says what is wrong with it
            importlib.import_module(module)
    begin = 0
    try:
        while True:
            function, timeout, memory_mb = pickle.loads(receive(parent))  # noqa: S301  from our parent
            run: Callable[..., Any] | Exception
            try:
                run = resolve(function)
            except Exception as error:  # noqa: BLE001  any module may be imported; the caller gets it as the call's outcome
                run = error
            begin = begin or resident(os.getpid())
            send(parent, b"")
            body = receive(parent)
            with _limits(parent, timeout, memory_mb):
                kind, answer = _outcome(run, body)
            del body
            stale = kind == b"m" or resident(os.getpid()) - begin > STALE_MB * MB
            send(parent, kind + (b"1" if stale else b"0") + answer)
            del answer
    except (EOFError, OSError):
        os._exit(0)


def _outcome(run: Callable[..., Any] | Exception, body: bytearray) -> tuple[bytes, bytes]:
    """(b"r", pickled result), (b"e", pickled exception) or (b"m", nothing): out of memory."""
    try:
        try:
            if isinstance(run, Exception):
                return b"e", pickle.dumps(failed(run))
            args, kwargs = pickle.loads(body)  # noqa: S301  from our parent
            return b"r", pickle.dumps(run(*args, **kwargs), protocol=pickle.HIGHEST_PROTOCOL)
        except PostetlError as error:
            try:
                error.add_note("".join(traceback.format_exception(error))[-10_000:])
                return b"e", pickle.dumps(error)
            except Exception:  # noqa: BLE001  a class or a value that cannot travel
                return b"e", pickle.dumps(failed(error))
        except BaseException as error:  # noqa: BLE001  SystemExit too: it ends the call, not the process
            cause: BaseException | None = error
            while cause:  # libraries wrap it
                if isinstance(cause, MemoryError) or (isinstance(cause, OSError) and cause.errno == errno.ENOMEM):
                    return b"m", b""
                cause = cause.__cause__ or cause.__context__
            return b"e", pickle.dumps(failed(error))
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
        signal.setitimer(signal.ITIMER_REAL, timeout + GRACE_SECONDS)
        if RLIMIT_HOLDS:
            size = int(Path("/proc/self/statm").read_bytes().split()[0]) * resource.getpagesize()
            limit = size + memory_mb * MB
            resource.setrlimit(resource.RLIMIT_AS, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))
        yield
    finally:
        if RLIMIT_HOLDS:
            resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
        signal.setitimer(signal.ITIMER_REAL, 0)
        fcntl.fcntl(parent, fcntl.F_SETFL, flags)
