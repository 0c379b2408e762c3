"""Where the warehouse lies in a home, and the .sql files it runs.

```
HOME/warehouse/build.duckdb              the writer's, under writer.lock
               versions/posts-<n>.duckdb what was published; nobody writes to them
               posts.duckdb              a relative symlink to the newest of them
```
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

_VERSION = re.compile(r"posts-(\d+)\.duckdb")


@dataclass(frozen=True, slots=True)
class Layout:
    home: Path

    @property
    def root(self) -> Path:
        return self.home / "warehouse"

    @property
    def build(self) -> Path:
        return self.root / "build.duckdb"

    @property
    def versions(self) -> Path:
        return self.root / "versions"

    @property
    def link(self) -> Path:
        return self.root / "posts.duckdb"

    @property
    def lock(self) -> Path:
        return self.root / "writer.lock"

    @property
    def lake(self) -> Path:
        return self.home / "lake"

    def published(self) -> dict[int, Path]:
        """The published versions by number, oldest first."""
        if not self.versions.is_dir():
            return {}
        found = {int(m[1]): path for path in self.versions.iterdir() if (m := _VERSION.fullmatch(path.name))}
        return dict(sorted(found.items()))


def wal(database: Path) -> Path:
    """Where DuckDB keeps what was committed since the last checkpoint."""
    return database.with_name(database.name + ".wal")


@cache
def sql(name: str) -> str:
    """The text of sql/<name>.sql in this package."""
    return (files(__package__) / "sql" / f"{name}.sql").read_text("utf-8")


@cache
def sql_folder(name: str) -> tuple[tuple[str, str], ...]:
    """(stem, text) of every file in sql/<name>/, by name."""
    folder = files(__package__) / "sql" / name
    return tuple((entry.name.removesuffix(".sql"), entry.read_text("utf-8"))
                 for entry in sorted(folder.iterdir(), key=lambda e: e.name) if entry.name.endswith(".sql"))  # fmt: skip
