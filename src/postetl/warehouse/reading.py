"""For readers: a connection to the published version, what a run wants to know first, and SQL typed by a person."""

import warnings
from collections import defaultdict
from collections.abc import Callable, Collection
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from postetl import locks
from postetl.errors import Broken, Locked, UsageError
from postetl.model import Window
from postetl.warehouse import publishing
from postetl.warehouse.database import broken, literal
from postetl.warehouse.layout import Layout, sql
from postetl.warehouse.report import Known, KnownArchive, KnownPost, KnownRun, KnownSource, KnownWindow, Opened, Reading

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
    with closing(_open(home, _confined)) as con:
        try:
            con.execute(text)  # nothing comes back for no statement
            return _table(con)
        except duckdb.Error as error:
            raise UsageError(str(error)) from None


def summary(home: Path, name: str) -> "pa.Table":
    """The rows of sql/report/<name>.sql: from the writer's database, which knows also the requests that brought no news; from the
    published version while another process writes. Raises UsageError before the first load.
    """
    layout = Layout(home)
    if layout.link.is_symlink() and layout.build.exists():
        with (
            suppress(Locked, duckdb.Error),
            locks.hold(layout.lock, command=f"report {name}", wait=0),
            closing(duckdb.connect(str(layout.build), read_only=True)) as con,
        ):
            return _table(con.execute(sql(f"report/{name}")))
    with closing(_open(home, _confined)) as con:
        try:
            return _table(con.execute(sql(f"report/{name}")))
        except (duckdb.BinderException, duckdb.CatalogException):
            raise UsageError(f"{layout.link}: made by an earlier postetl: the next `postetl run` brings it up to date") from None


def _table(con: duckdb.DuckDBPyConnection) -> "pa.Table":
    """The rows of what was executed last."""
    import pyarrow as pa

    if con.description is None:
        return pa.table({})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # 2.0 would rather have a relation; that takes no statements in a row
        return con.to_arrow_table() if hasattr(con, "to_arrow_table") else con.fetch_arrow_table()


class Memory:
    """What the published version says of the posts of sources, asked source by source; opened by the first question, then kept open.

    What was loaded since it was published is requests only: of posts it is never behind. For one thread at a time.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self._con: duckdb.DuckDBPyConnection | None = None

    def of(self, source_ids: Collection[str]) -> Known:
        """Nothing before the first load. Raises Broken when the version cannot be read."""
        if self._con is None:
            try:
                self._con = connect(self._home)
            except UsageError:
                return Known()
        keys: dict[str, dict[str, str | None]] = defaultdict(dict)
        chrome: dict[str, set[str]] = defaultdict(set)
        try:
            _want(self._con, source_ids)
            for source_id, key, post_id in self._con.execute(sql("known/keys")).fetchall():
                keys[source_id][key] = post_id
            for source_id, mark in self._con.execute(sql("known/chrome")).fetchall():
                chrome[source_id].add(mark)
            return Known(
                keys=dict(keys),
                rows={post_id: KnownPost(row, content, entry, ref, archive, _utc(published), _utc(seen), _utc(deleted), link)
                      for post_id, row, content, entry, ref, archive, published, seen, deleted, link in self._con.execute(sql("known/posts")).fetchall()},
                raw_refs={(source_id, url): ref for source_id, url, ref in self._con.execute(sql("known/raw_refs")).fetchall()},
                chrome={source_id: frozenset(marks) for source_id, marks in chrome.items()},
            )
        except duckdb.Error as error:
            raise broken(error, Layout(self._home).link) from error

    def close(self) -> None:
        if self._con is not None:
            self._con.close()
            self._con = None


def _want(con: duckdb.DuckDBPyConnection, source_ids: Collection[str]) -> None:
    """The table `wanted`: a list of a thousand ids as a parameter takes DuckDB 75 ms each time, a table 1."""
    import pyarrow as pa

    con.register("wanted", pa.table({"source_id": pa.array(sorted(source_ids), pa.string())}))


def opened(con: duckdb.DuckDBPyConnection, source_ids: Collection[str]) -> Opened:
    """How sources stand, and which runs are open, in the writer's database."""
    _want(con, source_ids)
    readings: dict[str, dict[str, Reading]] = defaultdict(dict)
    for source_id, url, *rest in con.execute(sql("known/readings")).fetchall():
        readings[source_id][url] = Reading(*rest)
    sources = {}
    for source_id, url, current, kind, title, fetched, due, why, failures, disabled, reason, *archive in con.execute(sql("known/sources")).fetchall():
        sources[source_id] = KnownSource(url, current, kind, title, _utc(fetched), _utc(due), why, failures, _utc(disabled), reason,
                                         _archive(*archive) if archive[0] else None, readings[source_id])  # fmt: skip
    runs = con.execute(sql("known/open_runs")).fetchall()
    windows = tuple(_window(*row) for row in con.execute(sql("known/windows")).fetchall())
    return Opened(sources, tuple(KnownRun(run_id, command, at.replace(tzinfo=UTC), host, pid, version) for run_id, command, at, host, pid, version in runs),
                  windows)  # fmt: skip


def _archive(kind: str, where: str, plan_id: str, since: datetime | None, until: datetime | None, planned_at: datetime, asked_at: datetime) -> KnownArchive:
    return KnownArchive(kind, where, plan_id, _utc(since), _utc(until), planned_at.replace(tzinfo=UTC), asked_at.replace(tzinfo=UTC))


def _window(plan_id: str, source_id: str, key: str, kind: str, url: str, archive_url: str, since: datetime | None, until: datetime | None, position: int,
            posts: int | None, requests: int | None, asked_since: datetime | None, asked_until: datetime | None, planned_at: datetime,
            done_at: datetime | None) -> KnownWindow:  # fmt: skip
    window = Window(key, url, kind, _utc(since), _utc(until), posts, requests)
    return KnownWindow(plan_id, source_id, archive_url, window, position, _utc(asked_since), _utc(asked_until), planned_at.replace(tzinfo=UTC), _utc(done_at))


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


def _utc(at: datetime | None) -> datetime | None:
    return at and at.replace(tzinfo=UTC)
