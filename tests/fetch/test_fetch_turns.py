"""One request at a time per host: among tasks, among processes, whatever becomes of the holder."""

import asyncio
import fcntl
import gc
import json
import os
import signal
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest

import web
from postetl.errors import Broken, Reason, Transient
from postetl.fetch import Fetcher, FetchOptions, HostTurns
from postetl.fetch import turns as turns_module
from postetl.model import Target

HOLDER = """
import asyncio, sys, time, pathlib
from postetl.fetch.turns import HostTurns
async def main():
    turns = HostTurns(pathlib.Path(sys.argv[1]))
    for _ in range(int(sys.argv[3])):
        async with turns.turn("h:80", delay=float(sys.argv[4])):
            print(f"{time.time():.6f} in", flush=True)
            await asyncio.sleep(float(sys.argv[2]))
            print(f"{time.time():.6f} out", flush=True)
asyncio.run(main())
"""


@contextmanager
def another(folder: Path, hold: float, times: int = 1, delay: float = 0.0) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", HOLDER, str(folder), str(hold), str(times), str(delay)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


async def take(turns: HostTurns, host: str = "h:80", delay: float = 0.0, hold: float = 0.0) -> tuple[float, float]:
    async with turns.turn(host, delay=delay):
        begun = time.time()
        await asyncio.sleep(hold)
        return begun, time.time()


def overlaps(spans: list[tuple[float, float]]) -> bool:
    spans = sorted(spans)
    return any(later[0] < earlier[1] - 1e-4 for earlier, later in pairwise(spans))


def test_tasks_take_turns_and_hosts_do_not_wait_for_each_other(tmp_path: Path) -> None:
    async def run() -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
        turns = HostTurns(tmp_path / "a" / "locks")
        one = asyncio.gather(*(take(turns, hold=0.03) for _ in range(10)))
        many = asyncio.gather(*(take(turns, host=f"h{n}:80", hold=0.3) for n in range(20)))
        return await one, await many

    one, many = asyncio.run(run())
    assert not overlaps(one)
    assert max(begun for begun, _ in many) < min(ended for _, ended in many), "all twenty at once"


def test_first_come_first_served(tmp_path: Path) -> None:
    async def run() -> list[int]:
        turns, order = HostTurns(tmp_path), []

        async def one(number: int) -> None:
            async with turns.turn("h:80", delay=0.0):
                order.append(number)
                await asyncio.sleep(0)

        await asyncio.gather(*(one(number) for number in range(20)))
        return order

    assert asyncio.run(run()) == list(range(20))


def test_the_delay_counts_from_the_end_of_the_last_request(tmp_path: Path) -> None:
    async def run() -> list[tuple[float, float]]:
        return [await take(HostTurns(tmp_path), delay=0.3, hold=0.1) for _ in range(4)]  # a new HostTurns each time: it is in the file

    spans = asyncio.run(run())
    gaps = [later[0] - earlier[1] for earlier, later in pairwise(spans)]
    assert min(gaps) >= 0.3 * 0.8 - 0.01
    assert len({round(gap, 3) for gap in gaps}) > 1, "jitter"


def test_the_first_request_to_a_host_does_not_wait(tmp_path: Path) -> None:
    begun, _ = asyncio.run(asyncio.wait_for(take(HostTurns(tmp_path), delay=60.0), 5))
    assert begun


def test_a_clock_set_back_costs_one_delay_not_hours(tmp_path: Path) -> None:
    asyncio.run(take(HostTurns(tmp_path)))
    os.utime(HostTurns(tmp_path).path("h:80"), (time.time() + 7200,) * 2)
    set_back = time.time()
    begun, _ = asyncio.run(asyncio.wait_for(take(HostTurns(tmp_path), delay=0.3), 10))
    assert begun - set_back >= 0.3 * 0.8 - 0.01


def test_a_file_swept_between_opening_and_locking_guards_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    turns, lock = HostTurns(tmp_path), fcntl.flock

    def swept(fd: int, how: int) -> None:
        monkeypatch.setattr(fcntl, "flock", lock)
        turns.path("h:80").unlink()
        lock(fd, how)

    monkeypatch.setattr(fcntl, "flock", swept)
    asyncio.run(asyncio.wait_for(take(turns), 5))
    assert turns.path("h:80").exists(), "the turn was taken on a file that others see"


@pytest.mark.slow
def test_two_processes_never_meet_and_both_keep_the_delay(tmp_path: Path) -> None:
    with another(tmp_path, 0.02, 8, 0.12) as first, another(tmp_path, 0.02, 8, 0.12) as second:
        said = [float(word) for process in (first, second) for word in process.communicate(timeout=30)[0].split() if word[0].isdigit()]
    spans = [(said[at], said[at + 1]) for at in range(0, len(said), 2)]
    assert len(spans) == 16 and not overlaps(spans)
    spans.sort()
    assert min(later[0] - earlier[1] for earlier, later in pairwise(spans)) >= 0.12 * 0.8 - 0.01


def test_a_killed_process_leaves_its_turn_and_its_delay(tmp_path: Path) -> None:
    with another(tmp_path, 60) as holder:
        assert "in" in line(holder)
        waiting = HostTurns(tmp_path)
        holding = json.loads(waiting.path("h:80").read_text())
        assert (holding["host"], holding["pid"]) == ("h:80", holder.pid)

        async def run() -> float:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(take(waiting), 0.3)
            killed = time.time()
            holder.send_signal(signal.SIGKILL)
            begun, _ = await asyncio.wait_for(take(waiting, delay=0.2), 10)
            return begun - killed

        assert asyncio.run(run()) < 5
    assert json.loads(waiting.path("h:80").read_text())["pid"] == os.getpid()


def test_a_stopped_process_is_not_waited_for_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns_module, "STUCK", 0.5)
    with another(tmp_path, 60) as holder:
        assert "in" in line(holder)
        holder.send_signal(signal.SIGSTOP)
        with pytest.raises(Transient, match="h:80") as caught:
            asyncio.run(asyncio.wait_for(take(HostTurns(tmp_path)), 20))
        assert caught.value.reason == Reason.TIMED_OUT
        with web.serve({"/": web.Answer(body="x")}) as site:  # and a fetch makes a row of it
            url = site.url()

            async def run() -> object:
                async with Fetcher(HostTurns(tmp_path)) as fetcher:
                    os.link(fetcher._turns.path("h:80"), fetcher._turns.path(f"127.0.0.1:{site.port}"))
                    return (await fetcher.fetch(Target(url), FetchOptions(source_url=url, allow_private=True, delay=0, robots=False))).error

            assert asyncio.run(run()) == Reason.TIMED_OUT and not site.requests
        holder.send_signal(signal.SIGCONT)


def test_a_child_forked_in_a_turn_does_not_keep_it(tmp_path: Path) -> None:
    async def run() -> int:
        turns = HostTurns(tmp_path)
        async with turns.turn("h:80"):
            child = os.fork()
            if child == 0:
                time.sleep(20)  # noqa: ASYNC251 - the child has no loop
                os._exit(0)
        await asyncio.wait_for(take(turns), 5)
        return child

    child = asyncio.run(run())
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


@pytest.mark.parametrize("where", ["waiting in line", "waiting for the delay", "waiting for another process", "holding"])
def test_cancelled_anywhere_it_leaves_nothing_behind(tmp_path: Path, where: str) -> None:
    def descriptors() -> int:
        return len(os.listdir("/dev/fd"))  # noqa: PTH208

    async def run() -> None:
        gc.collect()  # what earlier tests left to it
        turns = HostTurns(tmp_path, at_once=2)
        before = descriptors()
        task = {
            "waiting in line": lambda: take(turns, hold=0.5), "waiting for the delay": lambda: take(turns, delay=30.0),
            "waiting for another process": lambda: take(turns), "holding": lambda: take(turns, hold=30.0),
        }[where]  # fmt: skip
        await take(turns)
        other = HostTurns(tmp_path)
        holder = asyncio.create_task(take(other if "process" in where else turns, hold=0.6 if "line" in where or "process" in where else 0))
        await asyncio.sleep(0.1)
        tasks = [asyncio.create_task(task()) for _ in range(5)]
        await asyncio.sleep(0.1)
        for one in tasks:
            one.cancel()
        assert all(isinstance(end, asyncio.CancelledError) for end in await asyncio.gather(*tasks, return_exceptions=True))
        await holder
        await asyncio.wait_for(take(turns), 5)
        turns.close()
        other.close()
        assert (turns._slots._value, turns._queues, descriptors()) == (2, {}, before)

    asyncio.run(run())


def test_thousands_of_hosts_hold_few_files(tmp_path: Path) -> None:
    async def run() -> int:
        turns, most, held = HostTurns(tmp_path, at_once=16), 0, 0

        async def one(number: int) -> None:
            nonlocal most, held
            async with turns.turn(f"h{number}:80"):
                held += 1
                most = max(most, held)
                await asyncio.sleep(0.001)
                held -= 1

        await asyncio.gather(*(one(number) for number in range(2000)))
        return most

    assert asyncio.run(run()) == 16


def test_thousands_of_waiting_hosts_cost_little(tmp_path: Path) -> None:
    async def run() -> None:
        turns = HostTurns(tmp_path, at_once=4, keep=32)
        before = len(os.listdir("/dev/fd"))  # noqa: PTH208
        await asyncio.gather(*(take(turns, host=f"h{n}:80") for n in range(2000)))
        tracemalloc.start()
        waiting = [asyncio.create_task(take(turns, host=f"h{n}:80", delay=60.0)) for n in range(2000)]
        try:
            while len(turns._queues) < 2000 or not all(task.get_coro().cr_await for task in waiting):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
            await asyncio.wait_for(take(turns, host="another:80"), 10)
            assert tracemalloc.get_traced_memory()[0] < 2000 * 8000
            assert len(os.listdir("/dev/fd")) - before <= 33  # noqa: PTH208
            assert turns._slots._value == 4, "nobody sleeps with a slot"
        finally:
            tracemalloc.stop()
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
        assert not turns._queues
        turns.close()

    asyncio.run(run())


@pytest.mark.parametrize("host", ["", "file", "../../etc", "a/b:80", "[::1]:80", "é:80", "\udcff:1", "x" * 5000, "\0"])
def test_any_host_key_makes_a_file_name(tmp_path: Path, host: str) -> None:
    asyncio.run(take(HostTurns(tmp_path), host=host))
    assert [path.parent for path in tmp_path.rglob("*.lock")] == [tmp_path]


@pytest.mark.parametrize("spoil", [lambda path: path.write_text("x"), lambda path: path.symlink_to(path)], ids=["a file", "a loop"])
def test_a_lock_folder_that_is_none(tmp_path: Path, spoil: Callable[[Path], object]) -> None:
    spoil(tmp_path / "locks")
    with pytest.raises(Broken, match="locks"):
        asyncio.run(take(HostTurns(tmp_path / "locks")))


def test_a_lock_file_removed_meanwhile_guards_nothing(tmp_path: Path) -> None:
    async def run() -> bool:
        turns = HostTurns(tmp_path)
        async with turns.turn("h:80"):
            turns.path("h:80").unlink()
        await asyncio.wait_for(take(turns), 5)
        return turns.path("h:80").exists()

    assert asyncio.run(run())


def test_fetches_of_one_host_come_one_by_one(tmp_path: Path) -> None:
    running = most = 0

    def slow(request: web.Request) -> web.Answer:
        nonlocal running, most
        running += 1
        most = max(most, running)
        time.sleep(0.02)
        running -= 1
        return web.redirect("/end") if request.path == "/r" else web.Answer(body="x")

    with web.serve({"*": slow}) as site, web.serve({"/": web.Answer(body="x", delay=0.3)}, address="127.0.0.3") as other:
        urls = [site.url(f"/{n}") for n in range(6)] + [site.url("/r")] * 3

        async def run() -> tuple[float, list[object]]:
            begun = time.monotonic()
            async with Fetcher(HostTurns(tmp_path)) as fetcher:
                far = asyncio.create_task(fetcher.fetch(Target(other.url()), FetchOptions(source_url=other.url(), allow_private=True, delay=0, robots=False)))
                near = FetchOptions(source_url=site.url(), allow_private=True, delay=0.05, robots=False)
                got = await asyncio.gather(*(fetcher.fetch(Target(url), near) for url in urls))
                await far
            return time.monotonic() - begun, [one.error for one in got]

        _, errors = asyncio.run(run())
    assert errors == [None] * 9 and most == 1 and len(site.requests) == 12
    times = [request.at for request in site.requests]
    assert min(later - earlier for earlier, later in pairwise(times)) >= 0.05
