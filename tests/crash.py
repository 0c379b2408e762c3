"""kill -9 at any line of some rooms: a child runs a function and kills itself where it is told to.

No hooks in the code under test: the child traces its own lines and counts each the first two times that it runs (the second time
through a loop is another state on the disk than the first).
"""

import multiprocessing
import os
import signal
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import postetl

_SRC = str(Path(postetl.__file__).parent)
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["postetl.lake", "postetl.warehouse.loading", "postetl.chunk", "crash"])


def run(function: Callable[..., object], *args: object, rooms: tuple[str, ...] = (), at: int | None = None) -> int | None:
    """Run `function(*args)` in a child that dies at its `at`-th step in `rooms`; returns how many steps it took, None if it died."""
    receiving, sending = _FORKS.Pipe(duplex=False)
    process = _FORKS.Process(target=_child, args=(function, args, rooms, at, sending))
    process.start()
    sending.close()
    try:
        steps = receiving.recv()
    except EOFError:
        steps = None
    process.join(60)
    assert process.exitcode == (-signal.SIGKILL if steps is None else 0), process.exitcode
    return steps


def start(function: Callable[..., object], *args: object) -> Any:
    """Run `function(*args)` in a child of its own; the caller joins or kills it."""
    process = _FORKS.Process(target=function, args=args)
    process.start()
    return process


def _child(function: Callable[..., object], args: tuple[object, ...], rooms: tuple[str, ...], at: int | None, sending: Any) -> None:
    seen: Counter[tuple[str, int]] = Counter()
    steps = 0
    files = tuple(f"{_SRC}/{room}" for room in rooms)

    def line(frame: FrameType, event: str, _: object) -> Any:
        nonlocal steps
        if event == "line":
            place = (frame.f_code.co_filename, frame.f_lineno)
            seen[place] += 1
            if seen[place] <= 2:
                steps += 1
                if steps == at:
                    os.kill(os.getpid(), signal.SIGKILL)
        return line

    def call(frame: FrameType, _event: str, _arg: object) -> Any:
        return line if frame.f_code.co_filename.startswith(files) else None

    sys.settrace(call)
    try:
        function(*args)
    finally:
        sys.settrace(None)
    sending.send(steps)
