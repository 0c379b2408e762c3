"""What readers get: whole versions, one after the other, whatever happens to the writer."""

import os
import resource
import subprocess
import time
from pathlib import Path

import duckdb
import pytest

import crash
from packages import contents, fetch, post, rows, run
from postetl import disk, locks, warehouse
from postetl.errors import Broken, Locked, UsageError
from postetl.lake import Lake
from postetl.warehouse import publishing
from postetl.warehouse.layout import Layout


@pytest.fixture
def home(tmp_path):
    Lake(tmp_path / "lake").write(contents(post("A")))
    warehouse.load(tmp_path)
    return tmp_path


def more(home: Path, number: int, text: str = "B") -> warehouse.LoadReport:
    Lake(home / "lake").write(contents(post(f"{text} {number}", hours=number, keys=[f"guid:{number}"]), number=number))
    return warehouse.load(home)


def count(home: Path) -> int:
    with warehouse.connect(home) as con:
        return con.execute("select count(*) from posts").fetchall()[0][0]


def test_the_link_is_relative_so_the_home_can_move(home, tmp_path):
    assert (home / "warehouse/posts.duckdb").readlink() == Path("versions/posts-1.duckdb")
    moved = tmp_path.parent / (tmp_path.name + "-moved [x]* it's é")
    home.rename(moved)
    assert count(moved) == 1 and more(moved, 2).posts_new == 1 and count(moved) == 2


def test_a_home_that_duckdb_cannot_use_is_said(tmp_path):
    with pytest.raises(UsageError, match="question mark"):
        warehouse.load(tmp_path / "what?")
    assert not list(tmp_path.rglob("*.wal*"))


def test_the_last_versions_are_kept(home):
    for number in range(2, 7):
        more(home, number)
    assert sorted(p.name for p in (home / "warehouse/versions").iterdir()) == ["posts-4.duckdb", "posts-5.duckdb", "posts-6.duckdb"]
    assert warehouse.prune(home, 1) > 0 and count(home) == 6
    assert [p.name for p in (home / "warehouse/versions").iterdir()] == ["posts-6.duckdb"]
    assert warehouse.prune(home, 0) == 0 and count(home) == 6


def _read_all_day(link: str, ready: str, stop: str, said: str) -> None:
    con = duckdb.connect(link, read_only=True)
    Path(ready).touch()
    while not Path(stop).exists():
        con.execute("select sum(words) from posts").fetchall()
    Path(said).write_text(str(con.execute("select count(*) from posts").fetchall()[0][0]))


def test_a_reader_who_stays_neither_blocks_nor_is_blocked(home, tmp_path):
    ready, stop, said = tmp_path / "ready", tmp_path / "stop", tmp_path / "said"
    process = crash.start(_read_all_day, str(home / "warehouse/posts.duckdb"), str(ready), str(stop), str(said))
    while not ready.exists():
        assert process.is_alive()
    for number in range(2, 7):  # past the number of versions that are kept: the one it reads is pruned meanwhile
        assert more(home, number).published
    assert process.is_alive() and count(home) == 6
    stop.touch()
    process.join()
    assert process.exitcode == 0 and said.read_text() == "1"


def test_in_one_process_a_connection_stays_and_a_new_one_sees_the_newest(home):
    with warehouse.connect(home) as old:
        more(home, 2)
        with warehouse.connect(home) as new:
            assert [c.execute("select count(*) from posts").fetchone() for c in (old, new)] == [(1,), (2,)]


def test_readers_cannot_write(home):
    with warehouse.connect(home) as con, pytest.raises(duckdb.Error, match="read-only"):
        con.execute("delete from posts")


def test_before_the_first_load(tmp_path):
    for call in (lambda: warehouse.connect(tmp_path), lambda: warehouse.query(tmp_path, "select 1")):
        with pytest.raises(UsageError, match="no database yet: run `postetl run`"):
            call()
    assert warehouse.memory(tmp_path).of(["a"]) == warehouse.Known() and warehouse.prune(tmp_path) == 0
    assert set(warehouse.sizes(tmp_path).values()) == {0} and not list(tmp_path.iterdir())


def test_a_run_that_readers_see_running_is_seen_to_end(home):
    """It was killed, or its end came with another load than its posts; the end of one that they never saw makes no copy."""
    lake = Lake(home / "lake")
    lake.write(contents(post("B", hours=2, keys=["guid:2"]), number=2, batch=1, record=run(2, status="running", finished=None)))
    assert warehouse.load(home).published and _running(home) == 1
    assert warehouse.load(home).published is None
    lake.write(contents(number=2, record=run(2, status="died")))
    assert warehouse.load(home).published and _running(home) == 0
    for batch, record in ((1, run(3, status="running", finished=None)), (0, run(3))):
        lake.write(contents(number=3, batch=batch, record=record))
        report = warehouse.load(home)
        assert (report.packages, report.published) == (1, None)


def _running(home: Path) -> int:
    with warehouse.connect(home) as con:
        return con.execute("select count(*) from runs where status = 'running'").fetchall()[0][0]


def test_an_empty_lake_makes_an_empty_database(tmp_path):
    report = warehouse.load(tmp_path)
    assert report.packages == 0 and report.published and count(tmp_path) == 0


def test_a_link_to_nowhere_is_said_and_mended(home):
    for path in (home / "warehouse/versions").iterdir():
        path.unlink()
    with pytest.raises(Broken, match="postetl rebuild"):
        warehouse.connect(home)
    assert warehouse.load(home).published and count(home) == 1


def test_a_reader_between_link_and_file_tries_again(home, monkeypatch):
    """The version it was about to open is pruned: it opens the next one."""
    stale = [home / "warehouse/versions/posts-0.duckdb"]
    real = publishing.current
    monkeypatch.setattr(publishing, "current", lambda layout: stale.pop() if stale else real(layout))
    assert count(home) == 1 and not stale


def test_storage_is_readable_by_duckdb_1_4(home):
    for name in ("posts.duckdb", "build.duckdb"):
        with duckdb.connect(str(home / "warehouse" / name), read_only=True) as con:
            (tags,) = con.execute("select tags from duckdb_databases() where not internal").fetchone()
        assert tags["storage_version"].startswith("v1.4.0")


def test_a_broken_build_database_is_made_again(home):
    build = home / "warehouse/build.duckdb"
    want = rows(home / "warehouse/posts.duckdb")
    build.write_bytes(b"not a database" * 1000)
    report = warehouse.load(home)
    assert report.packages == 1 and any("build.broken.duckdb" in m and "made again from the lake" in m for m in report.messages)
    assert rows(build) == want == rows(home / "warehouse/posts.duckdb")
    assert (home / "warehouse/build.broken.duckdb").read_bytes().startswith(b"not a")


def test_a_broken_published_version_is_replaced(home):
    (home / "warehouse/versions/posts-1.duckdb").write_bytes(b"x" * 5000)
    with pytest.raises(Broken):
        warehouse.connect(home)
    assert warehouse.load(home).published and count(home) == 1


def test_a_database_of_a_newer_postetl(home):
    with duckdb.connect(str(home / "warehouse/build.duckdb")) as con:
        con.execute("insert into schema_migrations values (9999, '9999_future', 'x')")
    with pytest.raises(UsageError, match=r"newer postetl \(its schema is 9999_future\).*rebuild"):
        warehouse.load(home)
    assert count(home) == 1 and warehouse.rebuild(home).packages == 1


def _open_build(path: str, ready: str) -> None:
    con = duckdb.connect(path)
    Path(ready).touch()
    time.sleep(60)
    con.close()


def test_the_build_database_open_elsewhere(home, tmp_path):
    ready = tmp_path / "ready"
    process = crash.start(_open_build, str(home / "warehouse/build.duckdb"), str(ready))
    while not ready.exists():
        assert process.is_alive()
    with pytest.raises(Locked, match=f"PID {process.pid}"):
        more(home, 2)
    process.kill()
    process.join()
    assert warehouse.load(home).posts_new == 1 and not (home / "warehouse/build.broken.duckdb").exists()


def test_the_writers_lock_names_its_holder(home):
    with locks.hold(home / "warehouse/writer.lock", command="backfill blog"):
        with pytest.raises(Locked, match=r"backfill blog \(pid"):
            warehouse.load(home, wait=0.1)
        heard: list[str] = []
        with pytest.raises(Locked):
            warehouse.rebuild(home, wait=1.3, on_wait=heard.append)
        assert len(heard) == 1 and "backfill blog" in heard[0]


def _load_limited(home: str, size: int, said: str) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    try:
        warehouse.load(Path(home))
    except Broken as error:
        os.write(os.open(said, os.O_CREAT | os.O_WRONLY), str(error).encode()[:2000])


def test_a_database_that_cannot_grow(home, tmp_path):
    Lake(home / "lake").write(contents(*(post(os.urandom(40_000).hex(), keys=[f"g:{n}"]) for n in range(60)), number=2))
    said = tmp_path / "said"
    process = crash.start(_load_limited, str(home), (home / "warehouse/build.duckdb").stat().st_size + 300_000, str(said))
    process.join()
    assert process.exitcode == 0 and "Make room" in said.read_text()
    assert count(home) == 1
    assert warehouse.load(home).posts_new == 60 and count(home) == 61


def test_a_full_disk_leaves_what_was_published(tmp_path):
    small = tmp_path / "disk"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "none", small], capture_output=True).returncode:
        pytest.skip("a tmpfs cannot be mounted here")
    try:
        Lake(small / "lake").write(contents(post("A")))
        warehouse.load(small)
        (small / "ballast").write_bytes(b"x" * (os.statvfs(small).f_bavail * os.statvfs(small).f_frsize - 600_000))
        Lake(small / "lake").write(contents(post("B" * 100, keys=["g"]), number=2, fetches=[fetch(2)]))
        with pytest.raises(Broken, match=r"Make room|make room"):
            warehouse.load(small)
        assert count(small) == 1 and not list((small / "warehouse/versions").glob(".*"))
        (small / "ballast").unlink()
        warehouse.load(small)
        assert count(small) == 2 and rows(small / "warehouse/posts.duckdb") == rows(small / "warehouse/build.duckdb")
    finally:
        subprocess.run(["umount", small], check=True)


def test_a_copy_without_copy_file_range(home, tmp_path, monkeypatch):
    def refused(*_: object) -> int:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "copy_file_range", refused)
    source = tmp_path / "a"
    source.write_bytes(os.urandom(3_000_000))
    publishing._copy(source, tmp_path / "b")
    assert (tmp_path / "b").read_bytes() == source.read_bytes()


def test_a_rebuild_that_would_lose_a_package_changes_nothing(home):
    more(home, 2)
    lake = Lake(home / "lake")
    gone, damaged = lake.packages()
    before = (home / "warehouse/build.duckdb").read_bytes()
    damaged.file("chunks").write_bytes(b"")
    gone.path.rename(home / "elsewhere")
    with pytest.raises(Broken, match=r"2 packages.*nothing was changed") as caught:
        warehouse.rebuild(home)
    assert "chunks.parquet" in str(caught.value)
    assert count(home) == 2 and (home / "warehouse/build.duckdb").read_bytes() == before
    assert not list((home / "warehouse").glob("rebuild*"))


def test_sizes(home):
    found = warehouse.sizes(home)
    assert found["published versions"] == disk.size(Layout(home).versions) > 0
    assert found["lake packages"] == sum(p.stat().st_size for p in (home / "lake/packages").rglob("*") if p.is_file())
    assert found["build database"] == (home / "warehouse/build.duckdb").stat().st_size and found["lake staging"] == 0
