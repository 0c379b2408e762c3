"""Bodies that a dry run fetched, kept so that the run itself does not fetch them again."""

import pickle
import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from postetl.fetch import FetchOptions
from postetl.model import Fetched, Target
from postetl.runlog import now

YOUNG = timedelta(days=1)  # what is older says what was there, not what is


class Fetches(Protocol):
    """A fetcher, or what stands before one."""

    async def fetch(self, target: Target, options: FetchOptions) -> Fetched:
        """As Fetcher.fetch."""


class Kept:
    """Answers from `folder` where it has them, asks `fetcher` otherwise; with `keep`, what came well is put there."""

    def __init__(self, fetcher: Fetches, folder: Path, *, keep: bool) -> None:
        self.fetcher, self.folder, self.keep = fetcher, folder, keep
        self.last: Fetched | None = None  # of a document that is cut into windows, by the fragment of its address

    async def fetch(self, target: Target, options: FetchOptions) -> Fetched:
        """As Fetcher.fetch; an answer that was kept says when it was fetched."""
        bare, cut, _ = target.url.partition("#")
        if cut and self.last is not None and self.last.target.url.partition("#")[0] == bare:
            return replace(_for(self.last, target), final_url=target.url, tries=0)  # no request of its own
        fetched = await self._fetch(target, options)
        if cut and fetched.error is None and not fetched.redirects:
            self.last = fetched
        return fetched

    async def _fetch(self, target: Target, options: FetchOptions) -> Fetched:
        path = self.folder / f"{sha256(target.url.encode()).hexdigest()[:32]}.pickle"
        if (found := _read(path)) is not None:
            return _for(found, target)
        fetched = await self.fetcher.fetch(target, options)
        if self.keep and fetched.error is None and fetched.body:
            self.folder.mkdir(parents=True, exist_ok=True)
            beside = path.with_suffix(".part")
            beside.write_bytes(pickle.dumps(fetched))
            beside.replace(path)
        return fetched

    def since(self) -> datetime:
        """When the oldest of what is kept was fetched: what it lists was there then. Now, when nothing is."""
        return min((found.fetched_at for path in self.folder.glob("*.pickle") if (found := _read(path)) is not None), default=now())

    def forget(self) -> None:
        """Remove what was kept: it is in the lake now."""
        shutil.rmtree(self.folder, ignore_errors=True)


def expire(home: Path) -> int:
    """Remove what is too old to be used, of all sources. How many bytes."""
    freed = 0
    for path in home.glob("kept/*/*"):
        if now().timestamp() - path.stat().st_mtime >= YOUNG.total_seconds():
            freed += path.stat().st_size
            path.unlink(missing_ok=True)
    return freed


def folder(home: Path, source_id: str) -> Path:
    """Where the bodies of a source's dry runs lie."""
    return home / "kept" / source_id


def _read(path: Path) -> Fetched | None:
    try:
        found = pickle.loads(path.read_bytes())  # noqa: S301  our own file, in the user's own home
    except (OSError, EOFError, pickle.UnpicklingError, AttributeError, ImportError, TypeError):
        return None
    return found if isinstance(found, Fetched) and now() - found.fetched_at < YOUNG else None


def _for(found: Fetched, target: Target) -> Fetched:
    return replace(found, target=target, before=())
