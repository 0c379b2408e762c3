"""What the worker's tests run in its children."""

import mmap
import os
import re
import signal
import sys
import threading
import time

from postetl import worker
from postetl.errors import Malformed, Reason


def echo(*args, **kwargs):
    return args, kwargs


def pid():
    return os.getpid()


def hang():
    while True:
        pass


def hang_in_c():
    re.fullmatch(r"(a+)+b", "a" * 64)


def swallow_everything():
    while True:
        try:
            time.sleep(0.01)
        except BaseException:
            continue


def eat(mb):
    return len([bytearray(os.urandom(1)) * (1024 * 1024) for _ in range(mb)])


def eat_in_c(mb):
    return len("x" * (mb * 1024 * 1024))


def eat_shared(mb):
    area = mmap.mmap(-1, mb * 1024 * 1024)
    for at in range(0, len(area), 4096):
        area[at] = 1
    return len(area)


def eat_and_wrap(mb):
    try:
        eat(mb)
    except MemoryError as error:
        raise ValueError("wrapped") from error


def eat_slowly(mb):
    kept = []
    for _ in range(mb):
        kept.append(b"x" * (1024 * 1024))
        time.sleep(0.002)
    return len(kept)


KEPT = []


def leak(mb):
    KEPT.append(b"x" * (mb * 1024 * 1024))
    return os.getpid()


def end(code):
    os._exit(code)


def end_by(number):
    os.kill(os.getpid(), number)
    time.sleep(5)


def close_all():
    os.closerange(0, 100)
    time.sleep(30)


def fail(message):
    raise KeyError(message)


def fail_with_address():
    raise ValueError(f"cannot read {object()!r}")


def leave():
    sys.exit("bye")


def malformed(url):
    raise Malformed("no root element", url=url, reason=Reason.WRONG_KIND)


def unpicklable():
    return threading.Lock()


class Trap:
    def __reduce__(self):
        return (int, ("not a number",))


def trap():
    return Trap()


def noise():
    print("to stdout")
    print("to stderr", file=sys.stderr)
    os.write(1, b"to fd 1\n")
    os.write(2, b"to fd 2\n")
    return sys.stdin.read() if sys.stdin else ""


def nested(function, *args):
    return worker.inside(), os.getpid(), worker.call(function, *args, timeout=5.0)


def ignores_interrupt():
    os.kill(os.getpid(), signal.SIGINT)
    return "alive"


def order_of_a_set():
    return list({f"word{n}" for n in range(50)})


def imported():
    return list(sys.modules)


def ready_inside():
    worker.ready("fractions")
    assert not worker._pool._all
