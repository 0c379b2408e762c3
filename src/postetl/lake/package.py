"""A committed package and its manifest: which files, how many rows, which bytes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from postetl import schema
from postetl.errors import Broken

MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class File:
    """One Parquet file of a package. `sha256` is of its bytes, in hex."""

    name: str
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Package:
    """A package as committed. `commit` is its place in the lake's order of commits: it grows, with gaps, and never repeats."""

    path: Path
    package_id: str
    run_id: str
    batch: int
    sequence: int
    commit: int
    committed_at: datetime
    files: Mapping[str, File]  # by table

    def file(self, table: str) -> Path:
        return self.path / self.files[table].name

    @property
    def bytes(self) -> int:
        return sum(file.bytes for file in self.files.values())


def manifest(package: Package, version: str) -> bytes:
    """The manifest's bytes; `version` is postetl's."""
    made = {
        "schema_version": schema.VERSION, "postetl_version": version, "package_id": package.package_id, "run_id": package.run_id,
        "batch": package.batch, "sequence": package.sequence, "commit": package.commit,
        "committed_at": package.committed_at.isoformat(),
        "tables": {table: {"file": f.name, "rows": f.rows, "bytes": f.bytes, "sha256": f.sha256} for table, f in package.files.items()},
    }  # fmt: skip
    return json.dumps(made, ensure_ascii=False, indent=1).encode() + b"\n"


def read(path: Path) -> Package:
    """The package in a folder. Raises Broken, naming the file, for anything that is no manifest of ours."""
    file = path / MANIFEST
    try:
        found: dict[str, Any] = json.loads(file.read_bytes())
        if found["schema_version"] > schema.VERSION:
            raise Broken(f"{file}: written by a newer postetl (schema {found['schema_version']}, this one reads {schema.VERSION}): upgrade")
        files = {table: File(str(f["file"]), int(f["rows"]), int(f["bytes"]), str(f["sha256"])) for table, f in found["tables"].items()}
        package = Package(
            path=path, package_id=str(found["package_id"]), run_id=str(found["run_id"]), batch=int(found["batch"]),
            sequence=int(found["sequence"]), commit=int(found["commit"]),
            committed_at=datetime.fromisoformat(found["committed_at"]), files=files,
        )  # fmt: skip
    except OSError as error:
        raise Broken(f"{file}: cannot be read: {error.strerror or error}") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Broken(f"{file}: not a manifest of postetl: {type(error).__name__} {error}") from None
    if package.package_id != path.name:
        raise Broken(f"{file}: is of package {package.package_id}, but lies in {path.name}")
    if missing := {table for table in schema.LAKE if schema.SINCE.get(table, 1) <= found["schema_version"]} - files.keys():
        raise Broken(f"{file}: names no {', '.join(sorted(missing))}")
    for table, entry in files.items():
        if Path(entry.name).name != entry.name:
            raise Broken(f"{file}: {table} is outside the package: {entry.name!r}")
    return package
