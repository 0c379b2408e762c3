"""What every test has: a home of its own, and no way out of loopback."""

import os
from pathlib import Path

import pytest

pytest_plugins = ["prefect_server"]

os.environ.update(DO_NOT_TRACK="1", PREFECT_SERVER_ANALYTICS_ENABLED="false")
for name in ("POSTETL_HOME", "POSTETL_SOURCES", "POSTETL_CONTACT"):
    os.environ.pop(name, None)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty home folder."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder
