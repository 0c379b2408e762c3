"""file: Targets: local files, and only those that the configuration itself names."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from postetl.model import Fetched, Target


def expand(home: Path, pattern: str) -> list[Path]:
    """The files that a source's `path` names: a file, a folder (its regular files), or a glob with **. Sorted."""
    raise NotImplementedError


def targets(source_id: str, home: Path, pattern: str, kind: str | None = None) -> list[Target]:
    """One Target a file (`file:rel/path` when the pattern is relative to the home, else `file:///abs/path`)."""
    raise NotImplementedError


def read_file(home: Path, target: Target, max_body: int, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Fetched:
    """Read a file: Target of depth 0. Never raises for what the file system does; blocks, so call it in a thread."""
    raise NotImplementedError
