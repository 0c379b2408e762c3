"""kill -9 at every line of a load: readers keep what was published, and the next load comes to the rows of an undisturbed one."""

import random
import shutil
import time
from pathlib import Path

import pytest

import crash
from packages import clock, contents, post, reject, rows
from postetl import warehouse
from postetl.lake import Lake, Sighting

_ROOMS = ("warehouse/", "disk.py", "locks.py", "lake/")


def _load(home: str) -> None:
    warehouse.load(Path(home))


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A home with one package loaded and published and two to come; and the rows that there must be in the end."""
    home = tmp_path_factory.mktemp("prepared")
    lake = Lake(home / "lake", now=clock())
    first = post("A\n\nB", hours=1)
    lake.write(contents(first, rejects=[reject()]))
    warehouse.load(home)
    lake.write(contents(post("A\n\nC", hours=2, keys=["guid:1", "link:1"]), post("New", keys=["guid:2"]), number=2, rejects=[reject(hours=2)]))
    moved = post("A\n\nD", hours=3, keys=["link:1"])
    lake.write(contents(moved, number=3, sightings=[Sighting(moved.post.post_id, "blog", first.fetched_at)]))
    whole = tmp_path_factory.mktemp("whole")
    shutil.copytree(home, whole, symlinks=True, dirs_exist_ok=True)
    warehouse.load(whole)
    want = rows(whole / "warehouse/posts.duckdb")
    assert [len(want[t]) for t in ("posts", "post_versions", "loads")] == [2, 2, 3]
    return home, want


def _published_is_one_state(home: Path, want) -> None:
    found = rows(home / "warehouse/posts.duckdb")
    assert found == want or len(found["loads"]) == 1  # all of the new one, or the one before


def _check(prepared, tmp_path: Path, points: range) -> None:
    home, want = prepared
    for point in points:
        copy = tmp_path / str(point)
        shutil.copytree(home, copy, symlinks=True)
        assert crash.run(_load, str(copy), rooms=_ROOMS, at=point) is None
        _published_is_one_state(copy, want)
        warehouse.load(copy)
        assert rows(copy / "warehouse/posts.duckdb") == want, point
        assert rows(copy / "warehouse/build.duckdb") == want, point
        assert not [p for p in (copy / "warehouse").rglob("*") if p.name.endswith((".part", ".new"))]
        shutil.rmtree(copy)


def _steps(prepared, tmp_path: Path) -> int:
    copy = tmp_path / "counted"
    shutil.copytree(prepared[0], copy, symlinks=True)
    steps = crash.run(_load, str(copy), rooms=_ROOMS)
    assert steps and steps > 200
    return steps


@pytest.mark.slow
def test_killed_at_every_few_lines(prepared, tmp_path):
    steps = _steps(prepared, tmp_path)
    _check(prepared, tmp_path, range(1, steps + 1, steps // 48))


@pytest.mark.slow
def test_killed_at_random_moments(prepared, tmp_path):
    """Also inside DuckDB: in a commit, a checkpoint, a copy."""
    home, want = prepared
    chance = random.Random(20)
    for n in range(28):
        copy = tmp_path / str(n)
        shutil.copytree(home, copy, symlinks=True)
        process = crash.start(_load, str(copy))
        time.sleep(chance.uniform(0, 0.6))
        process.kill()
        process.join()
        _published_is_one_state(copy, want)
        warehouse.load(copy)
        assert rows(copy / "warehouse/posts.duckdb") == want
        shutil.rmtree(copy)


def _rebuild(home: str) -> None:
    warehouse.rebuild(Path(home))


@pytest.mark.slow
def test_a_rebuild_killed_at_every_few_lines(prepared, tmp_path):
    home, want = prepared
    done = tmp_path / "done"
    shutil.copytree(home, done, symlinks=True)
    warehouse.load(done)
    copy = tmp_path / "counted"
    shutil.copytree(done, copy, symlinks=True)
    steps = crash.run(_rebuild, str(copy), rooms=("warehouse/", "disk.py"))
    assert steps
    for point in range(1, steps + 1, steps // 30):
        copy = tmp_path / str(point)
        shutil.copytree(done, copy, symlinks=True)
        assert crash.run(_rebuild, str(copy), rooms=("warehouse/", "disk.py"), at=point) is None
        assert rows(copy / "warehouse/posts.duckdb") == want
        warehouse.load(copy)
        assert rows(copy / "warehouse/posts.duckdb") == want == rows(copy / "warehouse/build.duckdb")
        shutil.rmtree(copy)
