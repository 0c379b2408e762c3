from collections.abc import Iterator
from pathlib import Path

import pytest
from getting import Getter
from public import Runs

import web


@pytest.fixture
def get(tmp_path: Path) -> Getter:
    return Getter(tmp_path / "locks")


@pytest.fixture
def site() -> Iterator[web.Site]:
    with web.serve() as made:
        yield made


@pytest.fixture
def runs(tmp_path: Path, site: web.Site) -> Runs:
    """Runs over the site as one's own server."""
    return Runs(tmp_path, site)


@pytest.fixture
def public(tmp_path: Path, site: web.Site) -> Runs:
    """Runs over public names, all of which lead to the site."""
    made = Runs(tmp_path, site)
    made.public = True
    return made
