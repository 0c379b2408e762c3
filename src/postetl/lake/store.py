"""The lake's folder: stage, write, manifest, rename; list, verify, sweep.

    HOME/lake/staging/<package_id>.<pid>-<random>/           being written; flocked by its writer
              packages/run_date=YYYY-MM-DD/<package_id>/     committed: whole, never changed
              commit.number  commit.lock                     the order of commits

The rename is the commit, so a reader that globs packages/*/*/posts.parquet never sees half of a package. Steps before it are
synced to the disk; a crash (of the process or the machine) leaves staging, which `sweep` removes, and maybe a gap in the numbers.
"""

import fcntl
import os
import re
import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import file_digest, sha256
from io import RawIOBase
from pathlib import Path
from secrets import token_hex
from typing import IO

import pyarrow as pa
import pyarrow.parquet as pq

from postetl import __version__, disk, locks
from postetl.errors import Broken
from postetl.lake import package as packages_
from postetl.lake import tables
from postetl.lake.contents import Contents, package_id
from postetl.lake.package import MANIFEST, File, Package

_STAGED = re.compile(r"[0-9a-f]{32}\.\d+-[0-9a-f]+")


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
    """The lake under `root` (HOME/lake). Safe to use from several threads and processes at once."""

    def __init__(self, root: Path, *, now: Callable[[], datetime] = _now) -> None:
        self.root = root
        self.now = now

    def write(self, contents: Contents) -> Package:
        """Commit one package; returns when it is on the disk. A package that is committed already stays as it is.

        Raises Broken when the disk is full or the lake cannot be written: nothing is committed then, and no staging is left.
        """
        identity = contents.package_id
        with disk.writing(f"package {identity}", self.root):
            if twin := self._committed(identity):
                return packages_.read(twin)
            made = tables.tables(contents)
            with self._stage(identity) as stage:
                files = {name: _write(stage, name, table) for name, table in made.items()}
                staged = Package(
                    path=stage, package_id=identity, run_id=contents.run.run_id, batch=contents.batch, sequence=contents.sequence,
                    commit=0, committed_at=self.now(), files=files,
                )  # fmt: skip
                return self._commit(staged, contents.run.started_at)

    def packages(self, *, but: Collection[str] = ()) -> list[Package]:
        """The committed packages in order of commit; `but` leaves out package ids unread. See `find` for what is unreadable."""
        return list(self.find(but=but).packages)

    def find(self, *, but: Collection[str] = ()) -> Found:
        """The committed packages in order of commit, and what else lies there."""
        found, unreadable = [], []
        for folder in self._folders():
            if folder.name in but:
                continue
            try:
                found.append(packages_.read(folder))
            except Broken as error:
                unreadable.append(str(error))
        found.sort(key=lambda p: (p.commit, p.committed_at, p.package_id))
        return Found(tuple(found), tuple(sorted(unreadable)))

    def verify(self, package: Package, only: Collection[str] | None = None) -> None:
        """Compare every file (or those of the tables in `only`) with the manifest. Raises Broken naming the first that differs."""
        for name, file in package.files.items():
            if only is None or name in only:
                _verify(package.path / file.name, file)

    def sweep(self) -> Swept:
        """Remove the staging of writers that died; that of a living one is flocked, in whatever process or container it is."""
        folders = freed = 0
        for path in sorted(_listed(self.root / "staging")):
            if not _STAGED.fullmatch(path.name):
                continue
            with _locked(path) as handle:
                if handle is not None:
                    freed += disk.size(path)
                    shutil.rmtree(path, ignore_errors=True)
                    folders += not path.exists()
        return Swept(folders, freed)

    def next_sequence(self, run_id: str, batch: int) -> int:
        """The first sequence number that this run and batch have not committed: 0, 1, 2 ..."""
        sequence = 0
        while self._committed(package_id(run_id, batch, sequence)):
            sequence += 1
        return sequence

    def _folders(self) -> Iterator[Path]:
        for date in _listed(self.root / "packages"):
            if date.is_dir():
                yield from _listed(date)
            else:
                yield date

    def _committed(self, identity: str) -> Path | None:
        return next((day / identity for day in _listed(self.root / "packages") if (day / identity).exists()), None)

    @contextmanager
    def _stage(self, identity: str) -> Iterator[Path]:
        while True:
            path = self.root / "staging" / f"{identity}.{os.getpid()}-{token_hex(4)}"
            path.mkdir(parents=True)
            with _locked(path) as handle:
                if handle is None:  # a sweep came between mkdir and flock
                    continue
                try:
                    yield path
                finally:
                    shutil.rmtree(path, ignore_errors=True)  # after the commit it is no longer there
                return

    def _commit(self, staged: Package, started_at: datetime) -> Package:
        with locks.hold(self.root / "commit.lock", command=f"commit of package {staged.package_id}"):
            if twin := self._committed(staged.package_id):
                return packages_.read(twin)
            day = self.root / "packages" / f"run_date={started_at.astimezone(UTC):%Y-%m-%d}"
            done = replace(staged, commit=self._next_commit(), committed_at=self.now(), path=day / staged.package_id)
            _synced(staged.path / MANIFEST, packages_.manifest(done, __version__))
            disk.sync(staged.path)
            if not day.is_dir():
                day.mkdir(parents=True, exist_ok=True)
                disk.sync(day.parent)
                disk.sync(self.root)
            staged.path.rename(done.path)
            disk.sync(day)
            return done

    def _next_commit(self) -> int:
        """Under the commit lock. The number is on the disk before it is used, so that none is given twice."""
        file = self.root / "commit.number"
        try:
            last = int(file.read_text("ascii"))
        except (FileNotFoundError, ValueError):  # a new lake, or one restored without it
            last = max((p.commit for p in self.find().packages), default=0)
        disk.replace(file, b"%d\n" % (last + 1))
        return last + 1


class _Hashed(RawIOBase):
    """A file that is hashed while it is written."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.hash, self.count = file, sha256(), 0

    def writable(self) -> bool:
        return True

    def write(self, body: bytes) -> int:  # type: ignore[override]  # pyarrow hands bytes
        self.hash.update(body)
        self.count += len(body)
        return self.file.write(body)


def _write(folder: Path, name: str, table: pa.Table) -> File:
    path = folder / f"{name}.parquet"
    with path.open("xb") as file:
        hashed = _Hashed(file)
        tables.write(table, name, hashed)  # type: ignore[arg-type]  # it needs write() only
        file.flush()
        os.fsync(file.fileno())
    return File(path.name, table.num_rows, hashed.count, hashed.hash.hexdigest())


def _synced(path: Path, body: bytes) -> None:
    with path.open("xb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())


def _verify(path: Path, file: File) -> None:
    try:
        with path.open("rb") as opened:
            found = file_digest(opened, "sha256").hexdigest()
        if found != file.sha256:
            raise Broken(f"{path}: its bytes are not those that were committed (sha256 {found[:12]}..., manifest {file.sha256[:12]}...)")
        rows = pq.read_metadata(path).num_rows
    except OSError as error:
        raise Broken(f"{path}: cannot be read: {error.strerror or error}") from None
    except pa.ArrowException as error:
        raise Broken(f"{path}: not Parquet: {error}") from None
    if rows != file.rows:
        raise Broken(f"{path}: has {rows} rows, its manifest says {file.rows}")


@contextmanager
def _locked(path: Path) -> Iterator[int | None]:
    """A flock on a folder while it is there; None when another has it or it has gone."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        yield None
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        mine = os.path.samestat(os.fstat(handle), path.stat())
    except (BlockingIOError, FileNotFoundError):
        mine = False
    try:
        yield handle if mine else None
    finally:
        os.close(handle)


def _listed(folder: Path) -> list[Path]:
    """What lies in a folder, without dot files; nothing when it is not there."""
    try:
        return [entry for entry in folder.iterdir() if not entry.name.startswith(".")]
    except (FileNotFoundError, NotADirectoryError):
        return []
