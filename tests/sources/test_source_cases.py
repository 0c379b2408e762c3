"""tests/cases/<kind>/<name>/: input.* is read as expected.json says under `ask`; what comes out is the rest of it, defaults left out."""

import dataclasses
import json
from datetime import datetime
from pathlib import Path

import pytest

from postetl.sources import KINDS, read

CASES = Path(__file__).parents[1] / "cases"
FOUND = sorted(p.parent for kind in KINDS for p in (CASES / kind.NAME).glob("*/input.*"))


def plain(value):
    """A noun as JSON, without the fields that hold their default."""
    if dataclasses.is_dataclass(value):
        fields = ((f, getattr(value, f.name)) for f in dataclasses.fields(value))
        return {f.name: plain(v) for f, v in fields if v != f.default}
    return [plain(v) for v in value] if isinstance(value, tuple) else value.isoformat() if isinstance(value, datetime) else value


@pytest.mark.parametrize("case", FOUND, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_case(case):
    expected = json.loads((case / "expected.json").read_text("utf-8"))
    body = next(case.glob("input.*")).read_bytes()
    parsed = read(body, **expected.pop("ask"))
    assert parsed.kind == case.parent.name
    assert plain(parsed) == expected
    assert read(body, url="http://x.example/", kind=parsed.kind).kind == parsed.kind


def test_there_are_cases_of_every_kind():
    assert {p.parent.name for p in FOUND} == {k.NAME for k in KINDS}
