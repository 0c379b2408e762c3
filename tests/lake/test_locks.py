"""One holder at a time, who has a name, and who is gone when its process is."""

import threading
import time
from pathlib import Path

import pytest

import crash
from postetl import locks
from postetl.errors import Broken, Locked


def _hold(path: str, ready: str) -> None:
    with locks.hold(Path(path), command="backfill blog"):
        Path(ready).touch()
        time.sleep(60)


@pytest.fixture
def held(tmp_path):
    path, ready = tmp_path / "a.lock", tmp_path / "ready"
    process = crash.start(_hold, str(path), str(ready))
    while not ready.exists():
        assert process.is_alive()
    yield path, process
    process.kill()
    process.join()


def test_the_holder_is_named(held):
    path, process = held
    with pytest.raises(Locked, match=r"backfill blog \(pid \d+ on .+, since 2.*Z\)") as caught, locks.hold(path, command="x", wait=0):
        pytest.fail("two holders")
    assert str(process.pid) in caught.value.holder and locks.is_held(path)


def test_on_wait_hears_of_it_once_and_the_lock_comes_with_the_holders_death(held):
    path, process = held
    heard: list[str] = []
    threading.Timer(1.4, process.kill).start()
    with locks.hold(path, command="load", wait=30, on_wait=heard.append):
        assert locks.holder(path).startswith("load (pid")
    assert len(heard) == 1 and "backfill blog" in heard[0] and not locks.is_held(path)


def test_threads_of_one_process_exclude_each_other(tmp_path):
    inside = most = 0

    def work() -> None:
        nonlocal inside, most
        for _ in range(5):
            with locks.hold(tmp_path / "a.lock", command="t"):
                inside += 1
                most = max(most, inside)
                time.sleep(0.001)
                inside -= 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1


def test_a_longer_holder_before_leaves_nothing_behind(tmp_path):
    path = tmp_path / "a.lock"
    with locks.hold(path, command="a" * 500):
        pass
    with locks.hold(path, command="b"):
        assert locks.holder(path).startswith("b (pid")
    path.write_text("not json")
    assert locks.holder(path) == "another postetl" and not locks.is_held(tmp_path / "none")


def test_a_lock_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises((Broken, OSError)), locks.hold(tmp_path / "file" / "a.lock", command="x"):
        pass
