"""The database against schema.py: each column's type, order, null and comment; migrations are numbered and never edited."""

import duckdb
import pytest

from packages import contents
from postetl import schema, warehouse
from postetl.lake import Lake
from postetl.warehouse import database
from postetl.warehouse.layout import sql_folder


@pytest.fixture(scope="module")
def con(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    Lake(home / "lake").write(contents())
    warehouse.load(home)
    with warehouse.connect(home) as con:
        yield con


def test_tables_and_columns_are_those_of_the_schema(con):
    want = [(t.name, t.doc) for t in schema.WAREHOUSE.values()]
    assert sorted(con.execute("select table_name, comment from duckdb_tables()").fetchall()) == sorted(want)
    normal = duckdb.connect()
    for table in schema.WAREHOUSE.values():
        found = con.execute("select column_name, data_type, not is_nullable, comment from duckdb_columns() where table_name = ? "
                            "and not internal order by column_index", [table.name]).fetchall()  # fmt: skip
        types = [normal.execute(f"select typeof(null::{schema.DUCKDB_TYPES[c.type]})").fetchone()[0] for c in table.columns]
        assert found == [(c.name, t, c.required, c.doc) for c, t in zip(table.columns, types, strict=True)]


def test_every_view_and_its_columns_have_a_comment(con):
    views = con.execute("select view_name, comment from duckdb_views() where not internal").fetchall()
    assert sorted(v for v, _ in views) == ["latest_posts", "post_links", "posts_per_day"] and all(c for _, c in views)
    for view, _ in views:
        columns = con.execute("select column_name, comment from duckdb_columns() where table_name = ?", [view]).fetchall()
        assert columns and all(comment for _, comment in columns), view


def test_primary_keys_are_keys_of_the_schema(con):
    for table, columns in con.execute("select table_name, constraint_column_names from duckdb_constraints() where constraint_type = 'PRIMARY KEY'").fetchall():
        assert schema.WAREHOUSE[table].key == tuple(columns)


def test_lake_columns_that_are_loaded_have_a_place():
    for name in ("posts", "chunks", "fetches", "rejects", "runs"):
        lake, rows = ({c.name: c.type for c in t[name].columns} for t in (schema.LAKE, schema.WAREHOUSE))
        assert {k: v for k, v in lake.items() if rows.get(k) != v} == {
            "posts": {"keys": "strings", "shared_keys": "strings", "reread": "string"}, "chunks": {"post_row": "int"}}.get(name, {})  # fmt: skip


def test_migrations_are_numbered_without_gaps():
    assert [int(stem[:4]) for stem, _ in sql_folder("migrations")] == list(range(1, len(sql_folder("migrations")) + 1))


def test_migrating_again_writes_nothing(tmp_path):
    path = tmp_path / "build.duckdb"
    con, _ = database.open_build(path)
    con.close()
    before = path.read_bytes()
    con, messages = database.open_build(path)
    con.close()
    assert path.read_bytes() == before and messages == []


def test_a_migration_that_fails_is_undone(tmp_path, monkeypatch):
    path = tmp_path / "build.duckdb"
    database.open_build(path)[0].close()
    real = sql_folder

    def with_a_bad_one(name):
        return (*real(name), ("0099_bad", "create table half (a integer); select * from nowhere")) if name == "migrations" else real(name)

    monkeypatch.setattr(database, "sql_folder", with_a_bad_one)
    with pytest.raises(duckdb.Error):
        database.open_build(path)
    monkeypatch.undo()
    con, _ = database.open_build(path)
    assert con.execute("select count(*) from duckdb_tables() where table_name = 'half'").fetchone() == (0,)
    con.close()
