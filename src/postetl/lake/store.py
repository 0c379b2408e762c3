"""The lake's folder: stage, write, manifest, rename; list, verify, sweep."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from postetl.lake.contents import Contents
from postetl.lake.package import Package


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Found:
    """The packages in order of commit, and one line for each folder that is none of ours or cannot be read."""

    packages: tuple[Package, ...]
    unreadable: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Swept:
    """What `sweep` removed: staging folders and their bytes."""

    folders: int
    bytes: int


class Lake:
    """The lake under `root` (HOME/lake)."""

    def __init__(self, root: Path, *, now: Callable[[], datetime] = _now) -> None:
        self.root = root
        self.now = now

    def write(self, contents: Contents) -> Package: ...
    def packages(self, *, but: Collection[str] = ()) -> list[Package]: ...
    def find(self, *, but: Collection[str] = ()) -> Found: ...
    def verify(self, package: Package) -> None: ...
    def sweep(self) -> Swept: ...
    def next_sequence(self, run_id: str, batch: int) -> int: ...
