"""The house: who may import whom, how fast it starts, and that every word of it is documented."""

import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest

import docs
from postetl.errors import REASON_DOCS, Reason
from postetl.schema import LAKE, WAREHOUSE, arrow

ROOT = Path(__file__).parents[1]


def test_the_import_contract_holds() -> None:
    done = subprocess.run([Path(sys.executable).with_name("lint-imports")], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.parametrize("arguments", [["-c", "import postetl"], ["-m", "postetl", "--help"]], ids=["import", "help"])
def test_starts_under_half_a_second_of_cpu(arguments: list[str]) -> None:
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)  # compiles
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert used < 0.5  # the limit; 0.2 s measured


def test_readme_is_current() -> None:
    """`uv run python tests/docs.py` writes what is missing."""
    text = docs.README.read_text("utf-8")
    assert docs.generated(text) == text


def test_every_command_is_documented() -> None:
    text = docs.README.read_text("utf-8")
    tree = docs.command_tree()
    assert {"demo", "run", "backfill", "sql", "sources list", "sources add", "sources check", "status", "rebuild", "up"} <= set(tree)
    for path, summary in tree.items():
        assert summary, f"{path} has no help"
        assert f"`postetl {path}`" in text


def test_every_table_and_column_is_documented() -> None:
    text = docs.README.read_text("utf-8")
    for table in (*LAKE.values(), *WAREHOUSE.values()):
        assert f"`{table.name}`" in text
        for column in table.columns:
            assert len(column.doc) > 2
            assert f"| `{column.name}` |" in text


def test_every_reason_is_documented() -> None:
    assert set(REASON_DOCS) == set(Reason)


def test_parquet_fields_carry_their_docs() -> None:
    for name, table in LAKE.items():
        schema = arrow(name)
        assert [f.name for f in schema] == [c.name for c in table.columns]
        assert all(f.metadata[b"comment"].decode() == c.doc for f, c in zip(schema, table.columns, strict=True))


def test_readme_sql_runs_on_the_real_tables() -> None:
    """The columns that the README's queries name exist: they are run in tests/test_cli.py; here, that there are five."""
    block = re.search(r"```sql\n(.*?)```", docs.README.read_text("utf-8"), re.DOTALL)
    assert block
    assert block[1].count(";") == 5


def test_no_room_is_past_its_size() -> None:
    large = {p.name: n for p in (ROOT / "src").rglob("*.py") if (n := len(p.read_text().splitlines())) > 400}
    assert not large
