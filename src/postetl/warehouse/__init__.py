"""Station 7: the warehouse. Packages of the lake become rows, once; readers get a published copy that nobody writes to."""

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from postetl.warehouse.report import Known, KnownPost, KnownRun, LoadReport

if TYPE_CHECKING:
    import duckdb

__all__ = ["Known", "KnownPost", "KnownRun", "LoadReport", "connect", "known", "load", "prune", "rebuild", "sizes"]


def load(home: Path, *, command: str = "load", wait: float = 600, keep: int = 3,
         on_wait: Callable[[str], None] | None = None) -> LoadReport: ...
def rebuild(home: Path, *, command: str = "rebuild", wait: float = 600, keep: int = 3,
            on_wait: Callable[[str], None] | None = None) -> LoadReport: ...
def connect(home: Path) -> "duckdb.DuckDBPyConnection": ...
def known(home: Path, source_ids: Collection[str]) -> Known: ...
def prune(home: Path, keep: int = 3) -> int: ...
def sizes(home: Path) -> Mapping[str, int]: ...
