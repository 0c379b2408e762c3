"""Load what the lake has and the warehouse has not, then publish. One writer at a time."""

import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import duckdb

from postetl import disk, locks
from postetl.errors import Broken
from postetl.lake import Lake
from postetl.warehouse import publishing, reading
from postetl.warehouse.database import broken, open_build
from postetl.warehouse.layout import Layout, sql, wal
from postetl.warehouse.package import Counts, load_package
from postetl.warehouse.report import LoadReport, Opened

OnWait = Callable[[str], None]
T = TypeVar("T")
_LOADED = "select package_id from loads"


def load(home: Path, *, command: str = "load", wait: float = 600, keep: int = 3, on_wait: OnWait | None = None,
         run_id: str | None = None) -> LoadReport:  # fmt: skip
    """Load every package that is not in `loads`, in order of commit, one transaction each; publish if that brought any news.

    Waits up to `wait` seconds for another writer (`on_wait(holder)` once, after a second), then raises Locked. Raises Broken when
    the disk is full or the database fails: packages loaded before stay loaded, and the next load goes on from there.
    """
    layout, began = Layout(home), time.monotonic()
    with _writer(layout, command, wait, on_wait):
        report, of_run = _load(layout, keep, began, lambda con: _one(con, run_id))
    return replace(report, run_packages=of_run[0], run_new=of_run[1], run_edited=of_run[2])


def begin(home: Path, source_ids: Collection[str], *, command: str = "load", wait: float = 600, keep: int = 3,
          on_wait: OnWait | None = None) -> Opened:  # fmt: skip
    """Load as `load` does, and say how these sources stand: read from the writer's own database, which is never behind."""
    layout, began = Layout(home), time.monotonic()
    with _writer(layout, command, wait, on_wait):
        report, opened = _load(layout, keep, began, lambda con: reading.opened(con, source_ids))
    return replace(opened, messages=report.messages)


def rebuild(home: Path, *, command: str = "rebuild", wait: float = 600, keep: int = 3, on_wait: OnWait | None = None) -> LoadReport:
    """Make the database again from the lake alone, and publish it: equal in every column to the one before. Errors as in `load`.

    Raises Broken, and changes nothing, when the lake has lost a package that the published version holds.
    """
    layout, began = Layout(home), time.monotonic()
    fresh = layout.root / "rebuild.duckdb"
    with _writer(layout, command, wait, on_wait):
        _discard(fresh)
        con, _ = open_build(fresh)
        try:
            report = _packages(con, Lake(layout.lake), fresh)
            _none_lost(layout, con, report)
            publishing.checkpoint(con)
        except duckdb.Error as error:
            raise broken(error, fresh) from error
        except Broken:
            con.close()
            _discard(fresh)
            raise
        finally:
            con.close()
        wal(layout.build).unlink(missing_ok=True)  # first: it must not be replayed into the new one
        fresh.replace(layout.build)
        disk.sync(layout.root)
        return _reported(report, publishing.publish(layout, layout.build, keep), began)


@contextmanager
def _writer(layout: Layout, command: str, wait: float, on_wait: OnWait | None) -> Iterator[None]:
    with disk.writing("the warehouse", layout.root), locks.hold(layout.lock, command=command, wait=wait, on_wait=on_wait):
        yield


def _load(layout: Layout, keep: int, began: float, ask: Callable[[duckdb.DuckDBPyConnection], T]) -> tuple[LoadReport, T]:
    build = layout.build
    con, messages = open_build(build)
    try:
        report = _packages(con, Lake(layout.lake), build)
        asked = ask(con)
        stale = publishing.is_stale(layout, con)
        if stale:
            publishing.checkpoint(con)
    except duckdb.Error as error:
        raise broken(error, build) from error
    finally:
        con.close()
    published = publishing.publish(layout, build, keep) if stale else None
    return _reported(report, published, began, tuple(messages)), asked


def _one(con: duckdb.DuckDBPyConnection, run_id: str | None) -> tuple[int, int, int]:
    """(packages, posts new, posts edited) of one run's packages, whoever loaded them."""
    row = con.execute(sql("known/run_loads"), {"run_id": run_id or ""}).fetchone()
    assert row is not None
    return int(row[0]), int(row[1]), int(row[2])


def _none_lost(layout: Layout, con: duckdb.DuckDBPyConnection, report: LoadReport) -> None:
    path = publishing.current(layout)
    if path is None:
        return
    try:
        with duckdb.connect(str(path), read_only=True) as published:
            held = set(published.execute(_LOADED).fetchall())
    except duckdb.Error:  # damaged: whatever the lake has is better
        return
    if lost := held - set(con.execute(_LOADED).fetchall()):
        names = ", ".join(sorted(package_id for (package_id,) in lost)[:3])
        said = "".join(f"\n{message}" for message in report.messages[:3])
        raise Broken(f"{layout.lake}: {len(lost)} packages that the database holds are missing or damaged ({names}): nothing was changed. "
                     f"Put them back, or remove {layout.root} and load again to go on without them{said}")  # fmt: skip


def _discard(database: Path) -> None:
    for path in (database, wal(database)):
        path.unlink(missing_ok=True)


def _packages(con: duckdb.DuckDBPyConnection, lake: Lake, path: Path) -> LoadReport:
    loaded = {package_id for (package_id,) in con.execute(_LOADED).fetchall()}
    found = lake.find(but=loaded)
    messages = [f"left out: {line}" for line in found.unreadable]
    done: list[Counts] = []
    for package in found.packages:
        try:
            done.append(load_package(con, lake, package))
            messages += done[-1].messages
        except Broken as error:  # one damaged package does not keep the others out; it is tried again at every load
            messages.append(f"left out: {error}")
        except duckdb.Error as error:
            raise broken(error, path) from error
    return LoadReport(
        packages=len(done), posts_new=sum(c.new for c in done), posts_edited=sum(c.edited for c in done),
        posts_updated=sum(c.updated for c in done), posts_moved=sum(c.moved for c in done), messages=tuple(messages),
    )  # fmt: skip


def _reported(report: LoadReport, published: Path | None, began: float, messages: tuple[str, ...] = ()) -> LoadReport:
    return replace(report, published=published, seconds=time.monotonic() - began, messages=messages + report.messages)
