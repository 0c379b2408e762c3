import math
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import hostile_functions
import pytest

from postetl import worker
from postetl.errors import Broken, Malformed, PostetlError, Reason
from postetl.worker import child, wire

HERE = Path(__file__).parent
F = "hostile_functions:"


def gone(pid: int, within: float = 3.0) -> bool:
    """No such process (a zombie counts as gone: it runs nothing and holds nothing)."""
    until = time.monotonic() + within
    while time.monotonic() < until:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        stat = Path(f"/proc/{pid}/stat")
        if stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.02)
    return False


@pytest.fixture(autouse=True)
def _no_children_left():
    yield
    worker.close()


def test_arguments_and_result_travel():
    big = os.urandom(3 * 1024 * 1024)
    (args, kwargs) = worker.call(F + "echo", 1, big, timeout=20, key="ü\ud800", memory_mb=64)
    assert args == (1, big) and kwargs == {"key": "ü\ud800"}
    assert worker.call("math:sqrt", 4, timeout=5) == 2
    assert worker.call("datetime:datetime.fromisoformat", "2017-08-01", timeout=5).year == 2017


def test_runs_elsewhere_and_the_child_is_kept():
    pids = {worker.call(F + "pid", timeout=5) for _ in range(5)}
    assert len(pids) == 1 and os.getpid() not in pids
    worker.close()
    assert gone(*pids)
    assert worker.call(F + "pid", timeout=5) not in pids


def test_a_child_can_be_had_before_it_is_needed():
    worker.close()  # whoever ran before may have left some
    worker.ready("no.such.module", "fractions")
    (idle,) = worker._pool._idle
    worker.ready("fractions")  # there is one
    assert worker._pool._idle == [idle] and idle.pid is not None
    assert "fractions" in worker.call(F + "imported", timeout=5)
    assert worker.call(F + "pid", timeout=5) == idle.pid
    worker.call(F + "ready_inside", timeout=5)  # nothing


@pytest.mark.parametrize("function", ["hang", "hang_in_c", "swallow_everything"])
def test_hang_is_killed(function):
    with worker.Worker() as one:
        one.call(F + "pid", timeout=5)
        pid = one.pid
        with pytest.raises(worker.WorkerTimedOut, match=r"not finished after 0\.3 s") as caught:
            one.call(F + function, timeout=0.3)
        assert caught.value.reason is Reason.READER_TIMED_OUT
        assert gone(pid)
        assert one.call(F + "pid", timeout=5) != pid


@pytest.mark.parametrize(("function", "mb"), [("eat", 200), ("eat_in_c", 2000), ("eat_shared", 200), ("eat_and_wrap", 200)])
def test_memory_hog_is_stopped(function, mb):
    with pytest.raises(worker.WorkerOutOfMemory, match="more than 100 MB") as caught:
        worker.call(F + function, mb, timeout=30, memory_mb=100)
    assert caught.value.reason is Reason.READER_OUT_OF_MEMORY
    assert worker.call(F + "eat", 60, timeout=30, memory_mb=100) == 60


def test_the_memory_limit_is_of_one_call():
    with worker.Worker() as one:
        for _ in range(4):
            assert one.call(F + "eat", 70, timeout=30, memory_mb=100) == 70
        assert one.call(F + "eat", 150, timeout=30, memory_mb=300) == 150


def test_memory_is_watched_where_the_kernel_does_not(monkeypatch):
    """As on macOS: the parent looks at the child's size. Its first look is made to seem 9.9 GB larger than the limit allows for."""
    with worker.Worker() as one:
        one.call(F + "pid", timeout=5)
        pid = one.pid
        monkeypatch.setattr(worker, "RLIMIT_HOLDS", False)
        monkeypatch.setattr(worker, "resident", lambda of: wire.resident(of) - 9_900 * 1024 * 1024)
        with pytest.raises(worker.WorkerOutOfMemory):
            one.call(F + "eat_slowly", 1000, timeout=30, memory_mb=10_000)
        assert gone(pid)
        assert one.call(F + "eat_slowly", 10, timeout=30, memory_mb=10_000) == 10


def test_a_child_that_grew_is_replaced():
    with worker.Worker() as one:
        first = one.call(F + "leak", child.STALE_MB + 50, timeout=30, memory_mb=1000)
        assert gone(first)
        assert one.call(F + "pid", timeout=5) != first


@pytest.mark.parametrize(
    ("function", "argument", "message"),
    [
        ("end", 3, "ended with exit code 3"),
        ("end", 0, "ended with exit code 0"),
        ("end_by", signal.SIGKILL, "ended by SIGKILL"),
        ("end_by", signal.SIGSEGV, "ended by SIGSEGV"),
    ],
)
def test_death_is_reported(function, argument, message):
    with pytest.raises(worker.WorkerDied, match=message) as caught:
        worker.call(F + function, argument, timeout=20)
    assert caught.value.reason is Reason.READER_FAILED
    assert worker.call(F + "pid", timeout=5)


def test_a_child_that_only_hangs_up_is_killed():
    with pytest.raises(worker.WorkerDied, match="closed its connection"):
        worker.call(F + "close_all", timeout=20)


def test_a_child_lost_while_idle_is_replaced_without_a_word():
    with worker.Worker() as one:
        one.call(F + "pid", timeout=5)
        pid = one.pid
        os.kill(pid, signal.SIGKILL)
        assert one.call(F + "pid", timeout=5) != pid


def test_own_errors_come_back_as_they_are():
    with pytest.raises(Malformed, match="no root element") as caught:
        worker.call(F + "malformed", "http://a.example/", timeout=5)
    assert type(caught.value) is Malformed
    assert (caught.value.url, caught.value.reason) == ("http://a.example/", Reason.WRONG_KIND)
    assert "hostile_functions.py" in "".join(caught.value.__notes__)


@pytest.mark.parametrize(
    ("function", "args", "message"),
    [
        ("fail", ("here",), "KeyError: 'here'"),
        ("leave", (), "SystemExit: bye"),
        ("fail_with_address", (), "ValueError: cannot read <object object at 0x>"),
        ("unpicklable", (), "cannot pickle"),
        ("trap", (), "cannot be read: ValueError"),
        ("no_such", (), "AttributeError"),
    ],
)
def test_other_exceptions_are_worker_failed(function, args, message):
    with worker.Worker() as one:
        one.call(F + "pid", timeout=5)
        pid = one.pid
        with pytest.raises(worker.WorkerFailed) as caught:
            one.call(F + function, *args, timeout=5)
        assert message in str(caught.value) and caught.value.reason is Reason.READER_FAILED
        assert isinstance(caught.value, PostetlError)
        if function != "trap":
            assert one.pid == pid  # an exception is no reason to start again


def test_no_module():
    with pytest.raises(worker.WorkerFailed, match="ModuleNotFoundError"):
        worker.call("no_such_module:f", timeout=5)


@pytest.mark.parametrize(("timeout", "memory_mb"), [(0, 1), (-1, 1), (math.inf, 1), (math.nan, 1), (1, 0)])
def test_limits_must_be_limits(timeout, memory_mb):
    with pytest.raises(ValueError):
        worker.Worker().call("math:sqrt", 4, timeout=timeout, memory_mb=memory_mb)


def test_no_interpreter(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    with pytest.raises(Broken, match="cannot start"):
        worker.Worker().call("math:sqrt", 4, timeout=5)


def test_silence(capfd):
    assert worker.call(F + "noise", timeout=5) == ""
    with pytest.raises(worker.WorkerDied):
        worker.call("os:abort", timeout=5)
    assert capfd.readouterr() == ("", "")


def test_interrupt_is_the_parents():
    assert worker.call(F + "ignores_interrupt", timeout=5) == "alive"
    with worker.Worker() as one:
        one.call(F + "pid", timeout=5)
        assert os.getsid(one.pid) == one.pid  # Ctrl-C goes to the terminal's foreground group


def test_nested_calls_run_in_place():
    assert not worker.inside()
    inside, outer, inner = worker.call(F + "nested", F + "pid", timeout=5)
    assert inside and outer == inner
    with pytest.raises(worker.WorkerFailed, match="KeyError: 'x'"):
        worker.call(F + "nested", F + "fail", "x", timeout=5)
    with pytest.raises(Malformed, match="no root"):
        worker.call(F + "nested", F + "malformed", "u", timeout=5)
    with pytest.raises(worker.WorkerOutOfMemory):
        worker.call(F + "nested", F + "eat", 200, timeout=20, memory_mb=100)


def test_the_same_in_every_child():
    first = worker.call(F + "order_of_a_set", timeout=5)
    worker.close()
    assert worker.call(F + "order_of_a_set", timeout=5) == first


def test_eight_threads_share_the_pool(monkeypatch):
    monkeypatch.setattr(worker, "POOL", 3)
    calls = [("echo", n) for n in range(40)] + [("fail", "x")] * 4 + [("end", 1)] * 4

    def one(job):
        try:
            return worker.call(F + job[0], job[1], timeout=30)
        except PostetlError as error:
            return type(error)

    with ThreadPoolExecutor(8) as threads:
        results = list(threads.map(one, calls))
        pids = set(threads.map(lambda _: worker.call(F + "pid", timeout=30), range(40)))
    assert results[:40] == [((n,), {}) for n in range(40)]
    assert results[40:] == [worker.WorkerFailed] * 4 + [worker.WorkerDied] * 4
    assert 1 <= len(pids) <= 3


def test_a_busy_pool_makes_calls_wait(monkeypatch):
    monkeypatch.setattr(worker, "POOL", 1)
    outcome = []

    def hang():
        with pytest.raises(worker.WorkerTimedOut) as caught:
            worker.call(F + "hang", timeout=0.5)
        outcome.append(caught)

    thread = threading.Thread(target=hang)
    thread.start()
    time.sleep(0.2)
    assert worker.call("math:sqrt", 4, timeout=5) == 2
    thread.join()
    assert len(outcome) == 1


def test_a_run_that_is_given_up_ends_its_calls():
    with ThreadPoolExecutor(1) as thread:
        worker.call(F + "pid", timeout=5)
        waiting = thread.submit(worker.call, F + "hang_in_c", timeout=60)
        time.sleep(0.3)
        worker.kill_busy()
        with pytest.raises(worker.WorkerDied, match="SIGKILL"):
            waiting.result(10)
    assert worker.call("math:sqrt", 4, timeout=5) == 2


PARENT = """
import sys, threading, time
from postetl import worker
def busy(name):
    worker.call("hostile_functions:" + name, timeout=60)
idle = worker.Worker(); idle.call("hostile_functions:pid", timeout=5)
workers = [worker.Worker() for _ in range(2)]
for w in workers: w.call("hostile_functions:pid", timeout=5)
print(idle.pid, *(w.pid for w in workers), flush=True)
for w, name in zip(workers, ("hang_in_c", "swallow_everything")):
    threading.Thread(target=w.call, args=("hostile_functions:" + name,), kwargs={"timeout": 60}, daemon=True).start()
time.sleep(0.3)
print("busy", flush=True)
time.sleep(60) if sys.argv[1] == "wait" else None
"""


def parent(mode: str) -> tuple[subprocess.Popen[str], list[int]]:
    process = subprocess.Popen(
        [sys.executable, "-c", PARENT, mode], env={**os.environ, "PYTHONPATH": str(HERE)}, stdout=subprocess.PIPE, text=True
    )
    pids = [int(word) for word in process.stdout.readline().split()]
    assert process.stdout.readline() == "busy\n"
    return process, pids


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_children_end_with_the_parent(number):
    process, pids = parent("wait")
    assert len(pids) == 3
    process.send_signal(number)
    process.stdout.close()
    process.wait(10)
    assert all(gone(pid) for pid in pids)


def test_children_end_when_the_parent_is_done():
    process, pids = parent("end")
    process.stdout.close()
    assert process.wait(10) == 0
    assert all(gone(pid) for pid in pids)


def test_a_stopped_parent_leaves_no_hang():
    """The kernel ends the child even when nobody looks."""
    with worker.Worker() as one:
        one.start()
        pid = one.pid
        wire.send(one._socket, pickle.dumps((F + "hang_in_c", 0.1, 100)))
        wire.receive(one._socket)
        wire.send(one._socket, pickle.dumps(((), {})))
        assert gone(pid, within=child.GRACE_SECONDS + 3)


def test_a_fork_keeps_no_child_alive():
    """A forked copy of the parent must not hold the connection open: the child would outlive the real parent."""
    code = (
        "import os,sys,time\nfrom postetl import worker\nw=worker.Worker()\nw.call('hostile_functions:pid',timeout=5)\n"
        "print(w.pid,flush=True)\n"
        "if os.fork()==0:\n assert worker.call('math:sqrt',4,timeout=5)==2\n os.close(1)\n time.sleep(20)\n os._exit(0)\n"
        "time.sleep(0.5)\nos.kill(os.getpid(),9)"
    )
    process = subprocess.Popen([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(HERE)}, stdout=subprocess.PIPE, start_new_session=True)
    try:
        pid = int(process.stdout.readline())
        assert process.wait(10) == -signal.SIGKILL
        assert gone(pid)
    finally:
        process.stdout.close()
        os.killpg(process.pid, signal.SIGKILL)


def test_starts_cheaply():
    """Half a second of CPU is the limit; a child that imports the world would cost several."""
    used = subprocess.run(
        [sys.executable, "-c", "import sys; from postetl import worker; print(len(sys.modules), *(m for m in ('lxml','pyarrow','trafilatura','pydantic') if m in sys.modules))"],
        capture_output=True, text=True, check=True,
    ).stdout.split()
    assert len(used) == 1 and int(used[0]) < 250


def test_functions_of_this_file_work_in_process_too():
    assert hostile_functions.echo(1) == ((1,), {})
