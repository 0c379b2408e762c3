"""postetl: source URL in, rows you can query out."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

__version__ = "0.1.0"
__all__ = ["__version__", "connect"]


def connect(home: Path | str | None = None) -> "duckdb.DuckDBPyConnection":
    """A read-only connection to the published database of a home (default: POSTETL_HOME, else ./data).

    It stays on the version it opened; a new one sees the newest. It neither blocks a load nor is blocked by one.
    Raises UsageError before the first run.
    """
    from postetl import settings, warehouse

    return warehouse.connect(settings.home_from(Path(home) if home is not None else None))
