"""Every view and every report against a folder of cases: query.sql (or the report it names), input.json, expected.json.

A row of the input names the columns that matter; the others are null, or empty where they must not be null.
"""

import json
from datetime import date, datetime
from pathlib import Path

import pytest

from postetl import schema
from postetl.warehouse import database
from postetl.warehouse.layout import sql, sql_folder

CASES = Path(__file__).parents[1] / "sql_cases"
_EMPTY = {"string": "", "int": 0, "long": 0, "time": "2000-01-01"}


def plain(value: object) -> object:
    return str(value) if isinstance(value, date | datetime) else value


@pytest.mark.parametrize("case", sorted(p.name for p in CASES.iterdir()))
def test_case(case, tmp_path):
    con, _ = database.open_build(tmp_path / "build.duckdb")
    with con:
        for table, rows in json.loads((CASES / case / "input.json").read_text()).items():
            columns = schema.WAREHOUSE[table].columns
            for row in rows:
                assert row.keys() <= {c.name for c in columns}
                values = [row.get(c.name, _EMPTY.get(c.type, []) if c.required else None) for c in columns]
                con.execute(f"insert into {table} values ({', '.join('?' * len(values))})", values)
        text = (CASES / case / "query.sql").read_text().strip()
        found = con.execute(sql(text.removeprefix("-- ")) if text.startswith("-- report/") else text)
        names = [d[0] for d in found.description]
        assert [dict(zip(names, map(plain, row), strict=True)) for row in found.fetchall()] == json.loads((CASES / case / "expected.json").read_text())


def test_every_view_and_report_has_a_case():
    views, reports = ({stem for stem, _ in sql_folder(name)} for name in ("views", "report"))
    assert {p.name for p in CASES.iterdir()} == views | {f"report_{name}" for name in reports}
