"""What a load did, and what the warehouse knows: values that the pipeline reads."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from postetl.model import Window


@dataclass(frozen=True, slots=True)
class LoadReport:
    """Counts of one load. `published` is None when there was nothing that readers would miss; `messages` are for a person; `run_*` are
    of the run that was asked for, whoever loaded its packages.
    """

    packages: int = 0
    posts_new: int = 0
    posts_edited: int = 0  # the text changed
    posts_updated: int = 0  # only something else about it changed
    posts_moved: int = 0  # came with another id and were found, by their keys, to be a post that was there
    published: Path | None = None
    seconds: float = 0.0
    messages: tuple[str, ...] = ()
    run_packages: int = 0
    run_new: int = 0
    run_edited: int = 0


@dataclass(frozen=True, slots=True)
class KnownPost:
    """What a post's row says now."""

    row_hash: str
    content_hash: str
    entry_hash: str | None
    raw_ref: str | None
    archive: str | None = None
    published_at: datetime | None = None  # UTC-aware, as the others
    last_seen_at: datetime | None = None
    deleted_at: datetime | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class KnownRun:
    """A run whose row still says `running`."""

    run_id: str
    command: str
    started_at: datetime
    host: str
    pid: int
    version: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What was last taken in whole from an address, and under which code and settings. `every`: minutes, as the document asks."""

    etag: str | None
    last_modified: str | None
    raw_ref: str | None
    read_as: str
    every: int | None


@dataclass(frozen=True, slots=True)
class KnownArchive:
    """The archive that a backfill walked last, by its plan. `asked_at`: until when the source's runs know what is new in it."""

    kind: str
    where: str
    plan_id: str
    asked_since: datetime | None
    asked_until: datetime | None
    planned_at: datetime
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class KnownSource:
    """How a source stands. Times are UTC-aware. `readings`: by the address that answered."""

    url: str  # as configured when it was last asked
    current_url: str
    kind: str | None
    title: str | None
    last_fetched_at: datetime | None
    next_check_at: datetime | None
    next_check_reason: str | None
    failures: int
    disabled_at: datetime | None
    disabled_reason: str | None
    archive: KnownArchive | None = None
    readings: Mapping[str, Reading] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KnownWindow:
    """A window of a plan that is not done. Times are UTC-aware."""

    plan_id: str
    source_id: str
    archive_url: str
    window: Window
    position: int
    asked_since: datetime | None
    asked_until: datetime | None
    planned_at: datetime
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class Opened:
    """What a run is opened with: everything the lake has is loaded."""

    sources: Mapping[str, KnownSource] = field(default_factory=dict)
    open_runs: tuple[KnownRun, ...] = ()
    windows: tuple[KnownWindow, ...] = ()  # of plans that are not done, in the order of the plans and their windows
    messages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """What the published database knows of the posts of some sources.

    `keys`: source_id -> key -> post_id, or None where the key identifies nobody. `rows`: by post_id. `raw_refs`: (source_id, url)
    -> the raw_ref of the newest fetch that brought a body. `chrome`: source_id -> marks of the blocks that go out of its texts.
    """

    keys: Mapping[str, Mapping[str, str | None]] = field(default_factory=dict)
    rows: Mapping[str, KnownPost] = field(default_factory=dict)
    raw_refs: Mapping[tuple[str, str], str] = field(default_factory=dict)
    chrome: Mapping[str, frozenset[str]] = field(default_factory=dict)


Piece = tuple[str, int, int, int, tuple[str, ...]]  # a chunk: id, start, end, tokens, headings


@dataclass(frozen=True, slots=True)
class MadePost:
    """A post's row. Times are UTC-aware. `raw_ref` None: the entry of a feed alone, since its page could not be had."""

    post_id: str
    row_hash: str
    content_hash: str
    entry_hash: str | None
    external_id: str | None
    url: str | None
    title: str | None
    published_at: datetime | None
    words: int
    tokens: int
    raw_ref: str | None
    fetched_at: datetime
    language_confidence: float | None


@dataclass(frozen=True, slots=True)
class Document:
    """A body and the request that brought it. `whole`: all posts in it were wanted then; `unread`: it could not be read."""

    raw_ref: str
    fetched_at: datetime
    url: str
    final_url: str
    content_type: str | None
    depth: int
    kind: str | None
    bytes: int
    whole: bool
    unread: bool
    base: str | None


@dataclass(frozen=True, slots=True)
class MadeSource:
    """All posts of a source, its documents (newest first), whose each identity key is, and the marks of what goes out of its texts."""

    posts: tuple[MadePost, ...] = ()
    documents: tuple[Document, ...] = ()
    keys: Mapping[str, str | None] = field(default_factory=dict)
    chrome: frozenset[str] = frozenset()
