"""For readers: a connection to the published version, what a run wants to know first, and SQL typed by a person."""

import warnings
from collections import defaultdict
from collections.abc import Callable, Collection
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from postetl.errors import Broken, UsageError
from postetl.warehouse import publishing
from postetl.warehouse.database import broken, literal
from postetl.warehouse.layout import Layout, sql
from postetl.warehouse.report import Known, KnownPost, KnownRun

if TYPE_CHECKING:
    import pyarrow as pa

_TRIES = 5  # a version may be pruned between reading the symlink and opening the file


def connect(home: Path) -> duckdb.DuckDBPyConnection:
    """A read-only connection to the newest published version. It stays on that version; a new connection sees the newest.

    Raises UsageError before the first load.
    """
    return _open(home, lambda path: duckdb.connect(str(path), read_only=True))


def query(home: Path, text: str) -> "pa.Table":
    """The rows of the last of the statements in `text`, as an Arrow table (no columns when it has no rows to give).

    Read-only, and cut off from files and network: neither COPY, ATTACH, INSTALL nor read_csv reach outside. Raises UsageError with
    DuckDB's message for a bad query and before the first load.
    """
    return _rows(home, text)


def summary(home: Path, name: str) -> "pa.Table":
    """The rows of sql/report/<name>.sql. Raises UsageError before the first load."""
    return _rows(home, sql(f"report/{name}"))


def _rows(home: Path, text: str) -> "pa.Table":
    import pyarrow as pa

    with closing(_open(home, _confined)) as con:
        try:
            con.execute(text)
            if con.description is None:
                return pa.table({})
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)  # 2.0 would rather have a relation; that takes no statements in a row
                return con.to_arrow_table() if hasattr(con, "to_arrow_table") else con.fetch_arrow_table()
        except duckdb.Error as error:
            raise UsageError(str(error)) from None


def known(home: Path, source_ids: Collection[str]) -> Known:
    """What the published version says about these sources, and which runs it calls running. Empty before the first load."""
    try:
        con = connect(home)
    except UsageError:
        return Known()
    wanted = {"sources": sorted(source_ids)}
    keys: dict[str, dict[str, str | None]] = defaultdict(dict)
    with closing(con):
        try:
            for source_id, key, post_id in con.execute(sql("known/keys"), wanted).fetchall():
                keys[source_id][key] = post_id
            return Known(
                keys=dict(keys),
                rows={post_id: KnownPost(*rest) for post_id, *rest in con.execute(sql("known/posts"), wanted).fetchall()},
                raw_refs={(source_id, url): ref for source_id, url, ref in con.execute(sql("known/raw_refs"), wanted).fetchall()},
                next_check={source_id: _utc(at) for source_id, at in con.execute(sql("known/next_check"), wanted).fetchall()},
                open_runs=tuple(KnownRun(run_id, command, _utc(at), host, pid, version)
                                for run_id, command, at, host, pid, version in con.execute(sql("known/open_runs")).fetchall()),
            )  # fmt: skip
        except duckdb.Error as error:
            raise broken(error, Layout(home).link) from error


def run_loads(home: Path, run_id: str) -> tuple[int, int, int]:
    """(packages, posts new, posts edited) of one run's packages, whoever loaded them. Raises UsageError before the first load."""
    with closing(connect(home)) as con:
        row = con.execute(sql("known/run_loads"), {"run_id": run_id}).fetchone()
    assert row is not None
    return int(row[0]), int(row[1]), int(row[2])


def _open(home: Path, opened: Callable[[Path], duckdb.DuckDBPyConnection]) -> duckdb.DuckDBPyConnection:
    layout = Layout(home)
    for _ in range(_TRIES):
        path = publishing.current(layout)
        if path is None:
            break
        try:
            return opened(path)
        except duckdb.Error as error:
            if path.exists():
                raise broken(error, path) from error
    if layout.link.is_symlink():
        raise Broken(f"{layout.link}: points at a version that is not there: `postetl rebuild` makes it again")
    raise UsageError("no database yet: run `postetl run` (or `postetl demo`) first")


def _confined(path: Path) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect(":memory:")
    try:
        con.execute(f"attach {literal(str(path))} as warehouse (read_only)")
        con.execute(sql("confine"))
    except BaseException:
        con.close()
        raise
    return con


def _utc(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC)
