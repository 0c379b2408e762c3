"""Station 7: the warehouse. Packages of the lake become rows, once; readers get a published copy that nobody writes to.

DuckDB is imported by the first call, not by the import of this room.
"""

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from postetl import disk, locks
from postetl.warehouse.layout import Layout
from postetl.warehouse.report import (
    Document,
    Known,
    KnownArchive,
    KnownPost,
    KnownRun,
    KnownSource,
    KnownWindow,
    LoadReport,
    MadePost,
    MadeSource,
    Opened,
    Reading,
)

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from postetl.warehouse.origins import Made
    from postetl.warehouse.reading import Memory

__all__ = [
    "Document", "Known", "KnownArchive", "KnownPost", "KnownRun", "KnownSource", "KnownWindow", "LoadReport", "MadePost", "MadeSource", "Opened", "Reading", "begin", "connect",
    "load", "made", "memory", "prune", "query", "rebuild", "sizes", "summary", "writer",
]  # fmt: skip


def load(home: Path, *, command: str = "load", wait: float = 600, keep: int = 3, on_wait: Callable[[str], None] | None = None,
         run_id: str | None = None) -> LoadReport:  # fmt: skip
    """Load every package that is not in `loads`, in order of commit, one transaction each; publish if that brought any news (requests
    alone are none: their rows become visible with the next publish). `run_id`: the run whose own counts the report has.

    Waits up to `wait` seconds for another writer (`on_wait(holder)` once, after a second), then raises Locked, naming it. Raises
    Broken when the disk is full or the database fails: packages loaded before stay loaded, and the next load goes on from there.
    """
    from postetl.warehouse import loading

    return loading.load(home, command=command, wait=wait, keep=keep, on_wait=on_wait, run_id=run_id)


def begin(home: Path, source_ids: Collection[str], *, command: str = "load", wait: float = 600, keep: int = 3) -> Opened:
    """What a run is opened with: load what is pending, as `load` does, and say how these sources stand."""
    from postetl.warehouse import loading

    return loading.begin(home, source_ids, command=command, wait=wait, keep=keep)


def memory(home: Path) -> "Memory":
    """What the published version says of the posts of sources, to be asked source by source."""
    from postetl.warehouse import reading

    return reading.Memory(home)


def made(home: Path) -> "Made":
    """What the current rows of the published version were made of. Raises UsageError before the first load."""
    from postetl.warehouse.origins import Made

    return Made(home)


def rebuild(home: Path, *, command: str = "rebuild", wait: float = 600, keep: int = 3,
            on_wait: Callable[[str], None] | None = None) -> LoadReport:  # fmt: skip
    """Make the database again from the lake alone and publish it: equal, in every column, to the one before. Errors as in `load`."""
    from postetl.warehouse import loading

    return loading.rebuild(home, command=command, wait=wait, keep=keep, on_wait=on_wait)


def connect(home: Path) -> "duckdb.DuckDBPyConnection":
    """A read-only connection to the newest published version, on which it stays. Raises UsageError before the first load."""
    from postetl.warehouse import reading

    return reading.connect(home)


def query(home: Path, text: str) -> "pa.Table":
    """The rows of the last statement in `text`; read-only, without access to files and network.

    Raises UsageError with DuckDB's message for a bad query, and before the first load.
    """
    from postetl.warehouse import reading

    return reading.query(home, text)


def summary(home: Path, name: Literal["sources", "runs", "rejects"]) -> "pa.Table":
    """One of the reports in sql/report, as `postetl status` shows it, from the writer's own database when nobody writes. Raises UsageError
    before the first load.
    """
    from postetl.warehouse import reading

    return reading.summary(home, name)


def writer(home: Path) -> str | None:
    """Who holds the writer's lock now, in words; None when nobody does."""
    lock = Layout(home).lock
    return locks.holder(lock) if locks.is_held(lock) else None


def prune(home: Path, keep: int = 3) -> int:
    """Remove all published versions but the newest `keep` (at least 1); returns the bytes freed. Waits for a writer."""
    from postetl.warehouse import publishing

    layout = Layout(home)
    if not layout.root.is_dir():
        return 0
    with disk.writing("the warehouse", layout.root), locks.hold(layout.lock, command="prune"):
        return publishing.prune(layout, keep)


def sizes(home: Path) -> Mapping[str, int]:
    """Bytes on the disk by what they are: lake packages, lake staging, build database, published versions."""
    layout = Layout(home)
    return {
        "lake packages": disk.size(layout.lake / "packages"),
        "lake staging": disk.size(layout.lake / "staging"),
        "build database": sum(disk.size(path) for path in layout.root.glob("*.duckdb*") if not path.is_symlink()),
        "published versions": disk.size(layout.versions),
    }
