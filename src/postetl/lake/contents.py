"""What one package of the lake holds: the pipeline builds it, `Lake.write` commits it. Times are UTC-aware."""

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Literal

from postetl.model import Fetched, Post, Rejected, Window


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run as known when the package was written. `status`: running, done, some_failed, failed, interrupted or died."""

    run_id: str
    command: str
    started_at: datetime
    finished_at: datetime | None
    status: str
    host: str
    pid: int
    version: str


@dataclass(frozen=True, slots=True)
class FetchRecord:
    """A request, its answer and what became of that. `fetch_id` is one per request: the load keeps the first row of an id.

    `read_as` is None unless all of the body was taken in (or nothing had changed since it was). `every` is in minutes.
    """

    fetched: Fetched
    run_id: str
    fetch_id: str
    next_check_at: datetime | None = None
    next_check_reason: str | None = None
    kind: str | None = None
    encoding: str | None = None
    every: int | None = None
    read_as: str | None = None


@dataclass(frozen=True, slots=True)
class PostRecord:
    """A post that is new or changed, with its chunks and the ids made from `post.post_id`.

    `shared_keys`: identity keys that several posts of its document claim; the load makes them identify nobody, for ever.
    """

    post: Post
    chunk_ids: tuple[str, ...]
    fetched_at: datetime
    shared_keys: tuple[str, ...] = ()
    raw_ref: str | None = None
    archive: str | None = None  # the archive in whose window it was met
    reread: str | None = None  # read again from the archive: the raw_ref of the row that it may replace, "" for one without; no edit


@dataclass(frozen=True, slots=True)
class Sighting:
    """A post seen again, unchanged; or (`gone`) not seen where its archive would have listed it."""

    post_id: str
    source_id: str
    seen_at: datetime
    archive: str | None = None
    gone: bool = False


@dataclass(frozen=True, slots=True)
class WindowRecord:
    """A window of a plan, as planned or (`done_at`) once all of it was read. `plan_id` is of the plan's first run."""

    window: Window
    plan_id: str
    source_id: str
    archive_url: str
    position: int
    asked_since: datetime | None
    asked_until: datetime | None
    planned_at: datetime
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ChromeRecord:
    """A block that `posts` of `out_of` posts of a source have: taken out of their text from now on. `mark`: the hash of its words."""

    source_id: str
    mark: str
    text: str
    posts: int
    out_of: int
    learned_at: datetime


@dataclass(frozen=True, slots=True)
class RejectRecord:
    """A record set aside. Its `reject_id` is made from what it says, so the same one is the same row in every run."""

    rejected: Rejected
    source_id: str
    rejected_at: datetime

    @property
    def reject_id(self) -> str:
        r = self.rejected
        return digest(self.source_id, r.url, r.stage, r.reason.value, r.detail, r.raw_ref)


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """What was known of a source: `kind` as its document was read, None when it was not. `event`: what a person did to it."""

    source_id: str
    url: str
    kind: str | None
    title: str | None
    seen_at: datetime
    event: Literal["enabled"] | None = None


@dataclass(frozen=True, slots=True)
class Contents:
    """One package. `store_raw`: the raw_refs whose bodies are stored (a body the lake has already needs no second copy)."""

    run: RunRecord
    batch: int
    sequence: int
    fetches: tuple[FetchRecord, ...] = ()
    posts: tuple[PostRecord, ...] = ()
    sightings: tuple[Sighting, ...] = ()
    rejects: tuple[RejectRecord, ...] = ()
    sources: tuple[SourceRecord, ...] = ()
    store_raw: frozenset[str] = field(default=frozenset())
    windows: tuple[WindowRecord, ...] = ()
    chrome: tuple[ChromeRecord, ...] = ()

    @property
    def package_id(self) -> str:
        return package_id(self.run.run_id, self.batch, self.sequence)


def package_id(run_id: str, batch: int, sequence: int) -> str:
    """32 hex digits; the sequence is in it, so that a post edited there and back is loaded both times."""
    return digest(run_id, str(batch), str(sequence))


def digest(*parts: str | None) -> str:
    """32 hex digits of the parts, each with its length in front (None differs from ''): no two lists run together."""
    hashed = sha256()
    for part in parts:
        body = b"" if part is None else part.encode("utf-8", "surrogatepass")
        hashed.update(b"%d:" % (-1 if part is None else len(body)) + body)
    return hashed.hexdigest()[:32]
