"""What every test has: a home of its own, and no way out of loopback."""

import os
import signal
from pathlib import Path

import hypothesis
import pytest

pytest_plugins = ["prefect_server"]

# A suite started in a script's background inherits SIGINT as ignored, and so would every process whose Ctrl-C it tests.
signal.signal(signal.SIGINT, signal.default_int_handler)

os.environ.update(DO_NOT_TRACK="1", PREFECT_SERVER_ANALYTICS_ENABLED="false")
for name in ("POSTETL_HOME", "POSTETL_SOURCES", "POSTETL_CONTACT"):
    os.environ.pop(name, None)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty home folder."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


hypothesis.settings.register_profile("postetl", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("postetl")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One Prefect server a session: everything that needs it runs in one of the processes, and first, since it starts slowly."""
    for item in items:
        if "flows" in item.path.parts:
            item.add_marker(pytest.mark.xdist_group("prefect"))
    items.sort(key=lambda item: "flows" not in item.path.parts)
