"""kill -9 at every line of a write: nothing half can be seen, the next write goes on, no number is given twice."""

from pathlib import Path

import pytest

import crash
from packages import contents, fetch, post
from postetl.lake import Lake

_ROOMS = ("lake/", "disk.py", "locks.py")


def _write(root: str) -> None:
    lake = Lake(Path(root))
    lake.write(contents(post("A\n\nB"), fetches=[fetch(body=b"x" * 5000)]))
    lake.write(contents(post("C"), number=2))


def _check(tmp_path: Path, points: range) -> None:
    for point in points:
        root = tmp_path / str(point)
        assert crash.run(_write, str(root), rooms=_ROOMS, at=point) is None
        lake = Lake(root)
        found = lake.find()
        assert not found.unreadable, point
        for package in found.packages:
            lake.verify(package)
        before = [p.commit for p in found.packages]
        swept = lake.sweep()
        assert swept.folders <= 1 and not list(root.glob("staging/*"))
        _write(str(root))
        after = lake.packages()
        assert len(after) == 2 and len({p.commit for p in after}) == 2
        assert [p.commit for p in after][: len(before)] == before
        for package in after:
            lake.verify(package)


@pytest.mark.slow
def test_killed_here_and_there(tmp_path):
    steps = crash.run(_write, str(tmp_path / "whole"), rooms=_ROOMS)
    assert steps and steps > 100
    _check(tmp_path, range(7, steps, steps // 14))


@pytest.mark.slow
def test_killed_at_every_third_line(tmp_path):
    steps = crash.run(_write, str(tmp_path / "whole"), rooms=_ROOMS)
    assert steps
    _check(tmp_path, range(1, steps + 1, 3))
