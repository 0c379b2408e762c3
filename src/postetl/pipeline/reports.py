"""What a run is and what it did: frozen values that the flows, the reports and the command line read."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from postetl.errors import Reason
from postetl.model import Window as Window_
from postetl.settings import Settings, Source
from postetl.warehouse import KnownSource, KnownWindow

Status = Literal["running", "done", "some_failed", "failed", "interrupted", "died"]


@dataclass(frozen=True, slots=True)
class Window:
    """`since` inclusive, `until` exclusive, UTC-aware."""

    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Sources that one task fetches. A host is in one batch only."""

    number: int
    sources: tuple[Source, ...]
    hosts: tuple[str, ...]

    @property
    def name(self) -> str:
        if len(self.sources) == 1:
            return self.sources[0].id
        return f"{self.hosts[0]} ({len(self.sources)} sources)" if len(self.hosts) == 1 else f"{self.hosts[0]} and {len(self.hosts) - 1} more"


@dataclass(frozen=True, slots=True)
class Skipped:
    """A source that is not asked: not due before `until`, or (None) given up."""

    source_id: str
    reason: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Run:
    """A run that was opened; `close_run` or `abandon_run` ends it."""

    run_id: str
    command: str
    started_at: datetime
    force: bool
    window: Window | None
    settings: Settings
    batches: tuple[Batch, ...]
    skipped: tuple[Skipped, ...] = ()
    known: Mapping[str, KnownSource] = field(default_factory=dict)  # how the sources stood when it was opened
    messages: tuple[str, ...] = ()  # what a person should hear of its opening
    windows: tuple[KnownWindow, ...] = ()  # of plans that are not done
    dry: bool = False  # looks, and writes nothing
    replace: bool = False  # a backfill: read its dates again, whatever was read before
    named: frozenset[str] = frozenset()  # the sources that a person asked for by their ids


@dataclass(frozen=True, slots=True)
class Step:
    """Progress within a source: documents done of those known so far."""

    source_id: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class PastReport:
    """How far a backfill came. `exact` False: more windows appear as pages are read. `gone`: posts that the archive lists no more;
    `patchy`: not all of it could be read, so none is taken for gone.
    """

    archive: str
    done: int
    windows: int
    exact: bool
    oldest: datetime | None
    gone: int = 0
    begun: bool = False  # by an earlier run
    patchy: bool = False


@dataclass(frozen=True, slots=True)
class Stock:
    """What of a source's archive could not be read again: posts by why. They stay as they are."""

    lost: int = 0  # the body is not in the archive any more, or damaged
    entryless: int = 0  # of a page whose feed entry is in no archived document
    followed: int = 0  # their text is now that of a page (full_text), which a run has to fetch
    vanished: int = 0  # today's code finds no such post in the body
    failed: int = 0  # the body could not be read
    unsure: int = 0  # records that may be one of the posts in the archive, or a new one: not taken


@dataclass(frozen=True, slots=True)
class Learned:
    """A block that goes from the texts of `posts` of the `out_of` posts of a source, from now on."""

    text: str
    posts: int
    out_of: int


@dataclass(frozen=True, slots=True)
class SourceReport:
    """One source in one run. `new`, `changed` and `seen` add up to the posts that were read; `unchanged` documents were not read again.

    `oldest` and `newest` are of all dated posts that the source listed, in the window or not; `undated` and `outside` were left
    out by the window.
    """

    source_id: str
    where: str
    kind: str | None = None
    requests: int = 0
    new: int = 0
    changed: int = 0
    seen: int = 0
    rejects: int = 0
    error: Reason | None = None
    detail: str | None = None
    undated: int = 0
    outside: int = 0
    oldest: datetime | None = None
    newest: datetime | None = None
    followed: int = 0
    unchanged: int = 0
    seconds: float = 0.0
    past: PastReport | None = None  # of a backfill that walked an archive
    again: Stock | None = None  # of a reprocess
    learned: tuple[Learned, ...] = ()

    @property
    def posts(self) -> int:
        return self.new + self.changed + self.seen


Rejects = tuple[tuple[str, Reason, int], ...]  # (source_id, reason, how many)


@dataclass(frozen=True, slots=True)
class BatchReport:
    number: int
    sources: tuple[SourceReport, ...]
    rejects: Rejects = ()


@dataclass(frozen=True, slots=True)
class RunReport:
    """A finished run. `posts_new`, `posts_edited` and `packages` are its own, as loaded, whichever process loaded them."""

    run: Run
    sources: tuple[SourceReport, ...]
    rejects: Rejects
    posts_new: int
    posts_edited: int
    packages: int
    database: Path | None
    seconds: float
    status: Status
    messages: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        return 0 if self.status == "done" else 1


@dataclass(frozen=True, slots=True)
class Difference:
    """A record that a run would change: `+` new, `~` changed, `-` no longer listed."""

    sign: Literal["+", "~", "-"]
    published_at: datetime | None
    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Found:
    """What a look at a source shows."""

    kind: str | None = None
    title: str | None = None
    posts: int = 0
    oldest: datetime | None = None
    newest: datetime | None = None
    follow: int = 0
    rejects: int = 0
    error: Reason | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """A way to a site's posts that was tried: how it is read, where, what speaks for it, and what is there."""

    kind: str
    url: str
    why: str
    found: Found


@dataclass(frozen=True, slots=True)
class Change:
    """A row that a reprocess would write: `+` new, `~` other than it is. `lines`: the first that differs of its text, before and now."""

    sign: Literal["+", "~"]
    source_id: str
    url: str | None
    title: str | None
    columns: tuple[str, ...] = ()
    lines: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class DryReport:
    """What a backfill would do. `seconds`: at the polite rate; `differences` when they were asked for."""

    source_id: str
    archive: str | None  # None: the source has none that is known; what it lists now is all
    begun: bool
    exact: bool
    windows: tuple[Window_, ...]
    posts: int | None
    requests: int | None
    seconds: float
    oldest: datetime | None
    differences: tuple[Difference, ...] = ()
    unchanged: int = 0
    error: Reason | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class MaintainReport:
    """What maintenance removed and found; sizes in bytes."""

    removed_versions: int = 0
    removed_staging: int = 0
    freed_bytes: int = 0
    dead_runs: tuple[str, ...] = ()
    sizes: Mapping[str, int] = field(default_factory=dict)


def status_of(sources: Iterable[SourceReport]) -> Status:
    """done: none failed; failed: all did; some_failed: in between."""
    failed = [s.error is not None for s in sources]
    return "done" if not any(failed) else "failed" if all(failed) else "some_failed"


def summed(rejects: Iterable[tuple[str, Reason, int]]) -> Rejects:
    count: Counter[tuple[str, Reason]] = Counter()
    for source_id, reason, number in rejects:
        count[source_id, reason] += number
    return tuple((source_id, reason, n) for (source_id, reason), n in sorted(count.items()))
