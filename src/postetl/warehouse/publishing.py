"""A copy of the build database for readers: whole before it has its name, and its name before the symlink points at it.

A reader keeps the file it opened, also after the symlink moved on or the version was pruned; so it neither blocks a load nor is
blocked by one (DuckDB locks a file for its one writer). The price is a copy of the file a publish, and `keep` + 1 times the disk.
"""

import os
import shutil
from pathlib import Path

import duckdb

from postetl import disk
from postetl.warehouse.layout import Layout, sql

_RUNNING = "select run_id from runs where finished_at is null"


def checkpoint(con: duckdb.DuckDBPyConnection) -> None:
    """Bring everything into the database file itself, so that a copy of it alone is the database."""
    con.execute("checkpoint")


def is_stale(layout: Layout, con: duckdb.DuckDBPyConnection) -> bool:
    """Whether the published version says anything else than the build database `con`: also after a crash between the two."""
    path = current(layout)
    if path is None:
        return True
    try:
        with duckdb.connect(str(path), read_only=True) as published:
            if published.execute(sql("load/state")).fetchall() != con.execute(sql("load/state")).fetchall():
                return True
            # a run's end is no news, or each would be a copy; but one that readers see running has to be seen to end
            return not set(published.execute(_RUNNING).fetchall()) <= set(con.execute(_RUNNING).fetchall())
    except duckdb.Error:  # damaged, or of another DuckDB: a new version mends it
        return True


def current(layout: Layout) -> Path | None:
    """The published version that the symlink points at, if any."""
    try:
        return layout.link.resolve(strict=True)
    except (FileNotFoundError, RuntimeError):
        return None


def publish(layout: Layout, build: Path, keep: int) -> Path:
    """Copy the checkpointed, closed build database to a new version and point the symlink at it. Returns the version's path."""
    layout.versions.mkdir(parents=True, exist_ok=True)
    number = max(layout.published(), default=0) + 1
    path = layout.versions / f"posts-{number}.duckdb"
    # not posts-1.duckdb.tmp: DuckDB spills into a folder of that name
    part = layout.versions / f".posts-{number}.part"
    try:
        _copy(build, part)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    part.replace(path)
    disk.sync(layout.versions)
    link = layout.root / ".posts.duckdb.new"
    link.unlink(missing_ok=True)
    link.symlink_to(path.relative_to(layout.root))
    link.replace(layout.link)
    disk.sync(layout.root)
    prune(layout, keep)
    return path


def prune(layout: Layout, keep: int) -> int:
    """Remove all published versions but the newest `keep` (at least 1, and never the current one); returns the bytes freed."""
    freed = 0
    now = current(layout)
    for path in list(layout.published().values())[: -max(keep, 1)]:
        if path != now:
            freed += disk.size(path)
            path.unlink(missing_ok=True)
    for part in layout.versions.glob(".posts-*.part"):  # of a publish that was killed; nobody else publishes now
        freed += disk.size(part)
        part.unlink(missing_ok=True)
    return freed


def _copy(source: Path, target: Path) -> None:
    """Copy and sync. copy_file_range shares blocks on filesystems that can (Btrfs, XFS): no bytes move there."""
    with source.open("rb") as reading, target.open("wb") as writing:
        left = os.fstat(reading.fileno()).st_size
        try:
            while left > 0 and (moved := os.copy_file_range(reading.fileno(), writing.fileno(), left)) > 0:
                left -= moved
        except (AttributeError, OSError) as error:
            if isinstance(error, OSError) and error.errno in disk.FULL:
                raise
            reading.seek(0)
            writing.seek(0)
            shutil.copyfileobj(reading, writing, 1 << 20)
        writing.flush()
        os.fsync(writing.fileno())
