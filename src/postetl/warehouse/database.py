"""The writer's database: opened, migrated, commented; one that cannot be read is set aside, for the lake has it all."""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path

import duckdb

from postetl import schema
from postetl.errors import Broken, Locked, UsageError
from postetl.warehouse.layout import sql, sql_folder, wal

# The oldest client that reads what we publish; no extension is fetched over the network, ever.
CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "storage_compatibility_version": "v1.4.0",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}
_LOCKED = re.compile(r"Could not set lock|being used by another process|Conflicting lock")
_OURS_TO_MEND = re.compile(r"No space left|Disk quota|Permission denied|Read-only file system|Too many open files|File too large", re.IGNORECASE)

_RECORD = "insert or replace into schema_migrations (version, name, sha256) values (?, ?, ?)"


def literal(text: str) -> str:
    """A SQL string literal, for the few statements that take no parameters (COMMENT, ATTACH)."""
    return "'" + text.replace("'", "''") + "'"


def open_build(path: Path) -> tuple[duckdb.DuckDBPyConnection, list[str]]:
    """The build database, migrated, and what to tell a person. Killed writers leave a WAL, which DuckDB replays here.

    Raises Locked when another program has it open, Broken when the disk is at fault, UsageError when it is newer than this code.
    """
    if "?" in str(path):  # DuckDB takes what follows for options, and puts the WAL in front of it
        raise UsageError(f"{path}: DuckDB cannot keep a database below a folder with a question mark in its name: use another home")
    messages = []
    try:
        con = duckdb.connect(str(path), config=CONFIG)
    except duckdb.Error as error:
        if _LOCKED.search(str(error)):
            raise Locked(f"{path}: another program has it open: {_line(error)}. Close it; readers open posts.duckdb", holder=_line(error)) from None
        if _OURS_TO_MEND.search(str(error)):
            raise broken(error, path) from error
        aside = path.with_name("build.broken.duckdb")
        if path.exists():
            path.replace(aside)
        if wal(path).exists():
            wal(path).replace(wal(aside))
        messages.append(f"{path} could not be opened ({_line(error)}); it lies in {aside.name} now and is made again from the lake")
        con = duckdb.connect(str(path), config=CONFIG)
    try:
        migrate(con, path)
    except BaseException:
        con.close()
        raise
    return con, messages


def migrate(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Apply the migrations that this database has not seen, one transaction each; then the views, then the comments."""
    con.execute(sql("schema_migrations"))
    migrations = sql_folder("migrations")
    done = {int(v): (str(name), str(digest)) for v, name, digest in con.execute("select version, name, sha256 from schema_migrations").fetchall()}
    dressed = done.pop(0, None)
    if newer := done.keys() - {int(stem[:4]) for stem, _ in migrations}:
        raise UsageError(f"{path}: made by a newer postetl (its schema is {done[max(newer)][0]}): upgrade, or make it again with `postetl rebuild`")
    for stem, text in migrations:
        if int(stem[:4]) not in done:
            with transaction(con):
                con.execute(text)
                con.execute(_RECORD, [int(stem[:4]), stem, _sha256(text)])
    statements = [text for _, text in sql_folder("views")] + comments()
    dress = ("views and comments", _sha256("".join(statements)))
    if dressed != dress:
        with transaction(con):
            con.execute(";\n".join(statements))
            con.execute(_RECORD, [0, *dress])


@contextmanager
def transaction(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All of the block, or nothing of it."""
    con.execute("begin")
    try:
        yield
        con.execute("commit")
    except BaseException:
        with suppress(duckdb.Error):  # a fatal error, or a failed commit, has ended it already
            con.execute("rollback")
        raise


def comments() -> list[str]:
    """COMMENT statements for every table and column of schema.WAREHOUSE."""
    made = []
    for table in schema.WAREHOUSE.values():
        made.append(f"comment on table {table.name} is {literal(table.doc)}")
        made += [f'comment on column {table.name}."{column.name}" is {literal(column.doc)}' for column in table.columns]
    return made


def broken(error: duckdb.Error, path: Path) -> Broken:
    """DuckDB's error as ours: what happened, what to do."""
    if _OURS_TO_MEND.search(str(error)):
        return Broken(f"{path}: {_line(error)}. Make room on its disk (or make it writable) and run again: what was committed is untouched")
    return Broken(f"{path}: {_line(error)}. `postetl rebuild` makes it again from the lake")


def _line(error: duckdb.Error) -> str:
    return " ".join(str(error).split())[:400]


def _sha256(text: str) -> str:
    return sha256(text.encode()).hexdigest()
