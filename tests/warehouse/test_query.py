"""SQL typed by a person: read-only, and cut off from files and network."""

from pathlib import Path

import pyarrow as pa
import pytest

from packages import contents, post
from postetl import locks, warehouse
from postetl.errors import UsageError
from postetl.lake import Lake


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("it's a home")
    Lake(home / "lake").write(contents(post("A")))
    warehouse.load(home)
    return home


def test_the_last_statement_is_shown(home):
    assert warehouse.query(home, "select 1 as a; select text, words from posts;").to_pylist() == [{"text": "A", "words": 1}]
    assert warehouse.query(home, "set variable x = 4; select getvariable('x') as x").to_pylist() == [{"x": 4}]


def test_no_rows_and_no_columns(home):
    assert warehouse.query(home, "select * from posts where false").num_rows == 0
    assert warehouse.query(home, "").num_columns == 0
    assert isinstance(warehouse.query(home, "select 1 a, 2 a"), pa.Table)


def test_times_have_no_zone(home):
    assert warehouse.query(home, "select fetched_at from posts").schema.field("fetched_at").type == pa.timestamp("us")


@pytest.mark.parametrize("text", [
    "select * from read_csv('{file}')", "select * from '{file}'", "select * from read_text('{file}')", "select * from glob('/*')",
    "copy posts to '{file}.csv'", "attach '{file}.db'", "export database '{file}.d'", "install httpfs", "load httpfs",
    "set enable_external_access = true", "set lock_configuration = false", "reset enable_external_access",
    "select * from read_parquet('https://example.org/x.parquet')", "insert into posts select * from posts", "delete from posts",
    "drop table posts", "create table x as select 1", "detach warehouse", "checkpoint warehouse; select 1 from nothing",
])  # fmt: skip
def test_nothing_reaches_outside(home, tmp_path, text):
    file = tmp_path / "secret.txt"
    file.write_text("a,b\n1,2\n")
    with pytest.raises(UsageError):
        warehouse.query(home, text.format(file=file))
    assert list(tmp_path.iterdir()) == [file] and warehouse.query(home, "select count(*) n from posts").to_pylist() == [{"n": 1}]


@pytest.mark.parametrize(("text", "said"), [("selec 1", "syntax error"), ("select nope from posts", "nope"), ("from nothing", "nothing")])
def test_a_bad_query_says_what_duckdb_says(home, text, said):
    with pytest.raises(UsageError, match=said):
        warehouse.query(home, text)


def test_views_are_there(home):
    for view in ("latest_posts", "posts_per_day", "post_links"):
        assert warehouse.query(home, f"from {view}").num_rows == 1


def test_summaries_and_the_writer(home):
    assert warehouse.summary(home, "sources").to_pylist()[0]["posts"] == 1 and warehouse.summary(home, "rejects").num_rows == 0
    assert warehouse.summary(home, "runs")["run_id"].to_pylist() == ["run-1"] and warehouse.writer(home) is None
    with locks.hold(home / "warehouse/writer.lock", command="load of a test"):
        assert str(warehouse.writer(home)).startswith("load of a test (pid")


def test_the_connection_of_a_reader_and_a_query_side_by_side(home):
    with warehouse.connect(home) as con:
        assert warehouse.query(home, "select 1 as a").num_rows == 1 and con.execute("select 1").fetchone() == (1,)


def test_importing_the_room_does_not_import_duckdb():
    import subprocess
    import sys

    code = "import sys, postetl.warehouse; sys.exit('duckdb' in sys.modules or 'pyarrow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parent).returncode == 0
