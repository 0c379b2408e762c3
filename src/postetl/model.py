"""The nouns, one a station. Frozen; bytes and values only; nothing here does work.

    Target -> Fetched -> RawPost -> Post -> Chunk -> (lake) Package -> (warehouse) Row;  Rejected = a record set aside
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Literal

from postetl.errors import Reason
from postetl.urls import join, origin, without_credentials

Stage = Literal["fetch", "read", "extract", "clean", "chunk", "follow"]
DateSource = Literal["feed", "json-ld", "meta", "time", "url", "text", "updated"]
TextType = Literal["text", "html"]  # what a text is by its source's word; None where the source has none, and its looks decide
ROBOTS = "robots"  # the kind of a Target that is a robots.txt: it is read by the fetcher, and is no document of its source


@dataclass(frozen=True, slots=True)
class RawPost:
    """One record as its source gave it, markup and all. At most one of `html` and `text` holds the body; datetimes are UTC-aware."""

    url: str | None = None  # the entry's own link, absolute
    external_id: str | None = None  # guid (RSS 2.0), atom:id (RFC 4287 4.2.6), id (JSON Feed 1.1)
    title: str | None = None  # as written: markup where `title_type` is html; the cleaner makes the one plain line of it
    html: str | None = None
    text: str | None = None
    summary: str | None = None  # as written; may be HTML unless `summary_type` is text
    authors: tuple[str, ...] = ()
    published_at: datetime | None = None
    updated_at: datetime | None = None
    tags: tuple[str, ...] = ()
    language: str | None = None  # as declared, BCP 47
    enclosures: tuple[tuple[str, str | None, str | None], ...] = ()  # (url, media type, length in bytes)
    date_source: DateSource | None = None
    title_type: TextType | None = None
    summary_type: TextType | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """Something to fetch: a source itself (depth 0), or what a document told us to follow (depth + 1)."""

    url: str  # http(s) URL, or file: relative to the home (`file:posts/a.txt`) or absolute (`file:///a.txt`)
    source_id: str = ""
    kind: str | None = None  # read as this kind instead of recognising the bytes
    depth: int = 0
    entry: RawPost | None = None  # the feed entry whose page this is: its metadata stay, the page's text wins
    shared_keys: frozenset[str] = frozenset()  # those of its keys that other entries of the feed document claim, too
    opens: bool = False  # the archive goes on there: a window of its own in a backfill; a run goes there only when it met nothing it knew
    may_end: bool = False  # 400, 404 or 410 is no failure here: the page before was the last

    def __repr__(self) -> str:
        """Without the password that the address may hold: asyncio logs the arguments of what takes long."""
        return f"Target({without_credentials(self.url)!r}, source_id={self.source_id!r}, kind={self.kind!r}, depth={self.depth})"


@dataclass(frozen=True, slots=True)
class Validators:
    """What an answer may be asked for again with (RFC 9110 8.8): opaque, sent back as they came."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came back for a Target, good or bad. `error` is set when `body` is not to be read."""

    target: Target
    final_url: str  # after redirects, without credentials
    fetched_at: datetime  # UTC
    elapsed_ms: int
    status: int | None = None  # None: no HTTP answer (or a local file)
    body: bytes = field(default=b"", repr=False)  # decoded from any Content-Encoding; asyncio.run makes a repr of what it returns
    content_type: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    wire_bytes: int = 0  # before decoding
    redirects: tuple[str, ...] = ()
    moved_to: str | None = None  # where an unbroken chain of 301 and 308 answers led; None when any hop was temporary, or none was
    headers: tuple[tuple[str, str], ...] = ()  # of the last answer, lower case: what decides the next check (cache-control, expires ...)
    first_byte_ms: int | None = None  # until the last answer's header was complete
    tries: int = 1  # 2: the first was lost to something that passes
    retry_at: datetime | None = None  # UTC; the site, or our back-off from it, wants no request for this before
    before: tuple["Fetched", ...] = ()  # what had to be asked first, each a request of its own: robots.txt (`target.kind` is ROBOTS)
    error: Reason | None = None
    detail: str | None = None  # one line for a person: what, and what to do
    raw_ref: str | None = field(init=False, default=None)  # sha256 of the body, in hex: its address in the lake's `raw` table

    def __post_init__(self) -> None:
        object.__setattr__(self, "raw_ref", sha256(self.body).hexdigest() if self.body else None)

    @property
    def base(self) -> str | None:
        """What the answer's Content-Location says a feed's relative addresses are relative to; None: `final_url`.

        Only within one's own origin: of others nothing shows that they are the same owner's (RFC 9110 8.7), and proxies name hosts
        that nobody else can reach.
        """
        said = next((value for name, value in self.headers if name == "content-location"), "").strip()
        there = without_credentials(join(self.final_url, said)) if said else self.final_url
        return there if there != self.final_url and origin(there) == origin(self.final_url) else None


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record set aside, and why. `detail` is the same for the same input: no clock, pid or duration in it."""

    url: str | None
    stage: Stage
    reason: Reason
    detail: str
    raw_ref: str | None = None


@dataclass(frozen=True, slots=True)
class Parsed:
    """A document read: `kind` is the reader's NAME; `follow` is the pipeline's only loop."""

    kind: str
    title: str | None = None
    posts: tuple[RawPost, ...] = ()
    follow: tuple[Target, ...] = ()
    rejects: tuple[Rejected, ...] = ()
    every: int | None = None  # minutes between two looks that the document asks for: RSS 2.0 ttl, RSS 1.0 sy:updatePeriod / updateFrequency
    encoding: str | None = None  # the character encoding it was read in, as Python calls it
    title_type: TextType | None = None  # of `title`
    authors: tuple[str, ...] = ()  # of the whole document: those of its posts that name nobody have them


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a source's past that is walked as one: a range of dates where the kind can ask for one, else a page of its archive."""

    key: str  # unique in its plan, the same whenever the plan is made again: `2019-03`, or the page's address
    url: str  # where it begins
    kind: str  # how its documents are read
    since: datetime | None = None  # of all its posts, inclusive, UTC; None: not known before it is read
    until: datetime | None = None  # exclusive
    posts: int | None = None  # how many the archive says it holds
    requests: int | None = None  # how many it takes, the pages of its entries included


@dataclass(frozen=True, slots=True)
class Plan:
    """A source's past in windows, newest first. `exact` False: at least so many; more appear as pages are read (`Target.opens`)."""

    windows: tuple[Window, ...]
    exact: bool
    posts: int | None = None
    requests: int | None = None
    oldest: datetime | None = None  # the oldest date that can be reached, where it is known beforehand
    where: str | None = None  # the address that is walked, when it is another than the archive's: increments are asked there


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer to a survey: what an archive's plan is made of. `headers` in lower case."""

    url: str  # after redirects
    status: int | None
    headers: Mapping[str, str]
    body: bytes
    content_type: str | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A link in a post: text[start:end] == anchor, in code points."""

    url: str
    anchor: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Extracted:
    """A page's post. `text` is CommonMark without link targets; `confidence` is in [0, 1]."""

    text: str
    links: tuple[Link, ...] = ()
    title: str | None = None
    authors: tuple[str, ...] = ()
    published_at: datetime | None = None
    date_source: DateSource | None = None
    language: str | None = None
    canonical_url: str | None = None
    method: str = "none"
    confidence: float = 0.0
    updated_at: datetime | None = None
    tags: tuple[str, ...] = ()
    images: tuple[Link, ...] = ()  # source, alternative text (else title), and the place in the text where it stands
    embeds: tuple[Link, ...] = ()  # what is embedded (iframe, video, audio): its address; no anchor
    site_name: str | None = None
    image: str | None = None  # the page's lead image


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a text: text[start:end] == Chunk.text, in code points."""

    text: str
    start: int
    end: int
    tokens: int
    heading_path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Post:
    """A clean post. `keys` are its identities, strongest first; `post_id` is given by clean.identity."""

    source_id: str
    url: str | None
    external_id: str | None
    title: str | None
    text: str
    extracted_by: str
    content_hash: str  # of title and text
    row_hash: str  # of everything the source said: a change here without one in content_hash is no edit of the text
    authors: tuple[str, ...] = ()
    published_at: datetime | None = None
    date_source: DateSource | None = None
    updated_at: datetime | None = None
    language: str | None = None
    tags: tuple[str, ...] = ()
    summary: str | None = None
    links: tuple[Link, ...] = ()
    enclosures: tuple[tuple[str, str | None, str | None], ...] = ()
    canonical_url: str | None = None
    words: int = 0
    confidence: float | None = None  # that the text is the post's, 0 to 1
    images: tuple[Link, ...] = ()
    embeds: tuple[Link, ...] = ()
    image: str | None = None
    site_name: str | None = None
    language_confidence: float | None = None  # 1: as declared; else the detector's score
    boilerplate: str | None = None  # blocks taken out of the text, since most posts of the source have them
    whole_hash: str | None = None  # of title and text with these in their places; None: none was taken out
    tokens: int = 0
    entry_hash: str | None = None  # of the feed entry alone, when its page was followed: unchanged entry, no second fetch
    keys: tuple[str, ...] = ()
    shared_keys: tuple[str, ...] = ()  # keys that it claims together with other posts of its document: they identify nobody
    post_id: str = ""
    chunks: tuple[Chunk, ...] = field(default=(), compare=False)
    whole: str | None = field(default=None, compare=False, repr=False)  # the text before blocks were taken out of it: what identity goes by
