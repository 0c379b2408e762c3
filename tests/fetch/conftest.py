from collections.abc import Iterator
from pathlib import Path

import pytest
from getting import Getter

import web


@pytest.fixture
def get(tmp_path: Path) -> Getter:
    return Getter(tmp_path / "locks")


@pytest.fixture
def site() -> Iterator[web.Site]:
    with web.serve() as made:
        yield made
