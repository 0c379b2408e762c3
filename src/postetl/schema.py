"""Every table and column, once: Parquet schemas, database comments and the README's tables are made from here.

`LAKE` tables are Parquet files of a package; `WAREHOUSE` tables are in posts.duckdb. Times are UTC: `timestamp[us, UTC]` in
Parquet, TIMESTAMP without zone in DuckDB (so that no client's time zone moves them).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

VERSION = 6  # of the lake's schemas, in every manifest; what a package of an earlier one lacks reads as null

SINCE = {"windows": 3, "chrome": 6}  # tables that packages of earlier versions have not

# arrow name -> DuckDB type; both worlds in one word
DUCKDB_TYPES = {
    "string": "VARCHAR",
    "strings": "VARCHAR[]",
    "time": "TIMESTAMP",
    "int": "INTEGER",
    "long": "BIGINT",
    "bool": "BOOLEAN",
    "double": "DOUBLE",
    "binary": "BLOB",
    "links": 'STRUCT(url VARCHAR, anchor VARCHAR, "start" INTEGER, "end" INTEGER)[]',
    "enclosures": 'STRUCT(url VARCHAR, "type" VARCHAR, length VARCHAR)[]',
}


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    type: str  # a key of DUCKDB_TYPES
    doc: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    name: str
    doc: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = field(default=())

    def column(self, name: str) -> Column:
        return next(c for c in self.columns if c.name == name)


def _columns(*rows: str) -> tuple[Column, ...]:
    """One column a line: `name type! doc` (! = never null)."""
    made = []
    for row in rows:
        name, kind, doc = row.split(None, 2)
        made.append(Column(name, kind.rstrip("!"), doc, required=kind.endswith("!")))
    return tuple(made)


_RUN_ID = "run_id string! the run that wrote the row"

_MADE = (
    "archive string the archive that lists it (see the kinds), by which it is missed once it is gone; null: none was walked",
    "made_with string the version of postetl that made the row",
)

_WINDOW = _columns(
    "plan_id string! the plan that it is a part of",
    "source_id string! the source",
    "key string! its name in the plan: `2019-03`, or the address of the page",
    "kind string! the archive's kind",
    "url string! where it begins",
    "archive_url string! the archive's own address",
    "since time of all its posts, inclusive; null: not known before it is read",
    "until time exclusive",
    "position int! its place in the plan",
    "posts int how many the archive said it holds; once done, how many were read, null: not all of it could be",
    "requests int how many it was said to take",
    "asked_since time the plan's --since",
    "asked_until time the plan's --until",
    "planned_at time! when the plan was made",
    "done_at time when all of it was read; null: open, the next backfill begins there",
    _RUN_ID,
)

_BESIDE = (
    "confidence double how sure that is, 0 to 1; 1 where the source gave the text itself",
    "images links pictures in the post: url, anchor (alternative text, else title), start and end (where it stands in text; both the same)",
    "embeds links what the post embeds (video, audio, frames): url, no anchor, start and end as with images",
    "image string the page's lead image, as it declares it",
    "site_name string what the page calls its site",
    "language_confidence double how sure the language is: 1 as declared, else the detector's score, 0.5 to 1; null without a language",
    "boilerplate string blocks taken out of text because most posts of the source have them (see chrome), blank lines between; null: none",
    "whole_hash string hash of title and text with the boilerplate in its place: equal, too, the text is no edit; null: none was taken out",
)

_CHROME = _columns(
    "source_id string! the source",
    "hash string! hash of the block's words, by which it is known",
    "text string! the block, as it stood in one of the posts",
    "posts int! from how many posts it went when it was learned",
    "out_of int! of how many that say something else, too",
    "learned_at time! when",
    _RUN_ID,
)

_POST = _columns(
    "post_id string! the post's identity, a UUID that never changes",
    "source_id string! the source it came from",
    "url string the post's own link, canonical form without tracking parameters",
    "external_id string guid (RSS), id (Atom, JSON Feed), as the source gave it",
    "title string the title, plain text; null where the post has none",
    "authors strings! the authors' names, in order",
    "published_at time when the source says it was published, UTC",
    "date_source string where published_at was found: feed, json-ld, meta, time, url, text, or updated (only the last change is told)",
    "updated_at time when the source says it was last changed, UTC",
    "language string BCP 47 tag: as declared, else detected from the text",
    "tags strings! categories and tags, in order",
    "summary string the source's own summary or teaser, plain text",
    "text string! the clean text, CommonMark without link targets",
    "links links! the links in text: url, anchor, start and end (code points, 0-based, end exclusive)",
    "enclosures enclosures! attached media: url, media type, length in bytes as declared",
    "canonical_url string what the page itself declares as rel=canonical; never used as identity",
    "words int! number of words in text",
    "tokens int! number of o200k_base tokens in text",
    "content_hash string! hash of title and text: it changes when the text is edited",
    "row_hash string! hash of everything the source said about the post",
    "entry_hash string hash of the feed entry whose page was fetched; null when the page has to be fetched again",
    "extracted_by string! what made the text: feed, plaintext, summary, images (their words, in a post without any), or how the page's post was found (body, post, text, whole, thread, trafilatura)",
)

_CHUNK = _columns(
    "chunk_id string! hash of post_id, the chunk's text and its n-th repeat: an edit elsewhere does not change it",
    "post_id string! the post it is a part of",
    "position int! 0-based place in the post",
    "text string! the chunk; equal to the post's text from start_char to end_char",
    "start_char int! offset in posts.text, in code points, 0-based",
    "end_char int! end offset, exclusive",
    "tokens int! number of o200k_base tokens",
    "heading_path strings! the headings above the chunk, outermost first",
)

_FETCH = _columns(
    "fetch_id string! hash of run, URL and order",
    "source_id string! the source it was made for",
    "url string! what was asked for, without credentials",
    "final_url string where the redirects led",
    "depth int! 0: the source itself; 1 and more: followed from there",
    "status int HTTP status; null without an answer and for local files",
    "error string why it failed (see the reasons); null when it did not",
    "detail string one line about the error",
    "etag string ETag header, opaque",
    "last_modified string Last-Modified header, opaque",
    "content_type string Content-Type header",
    "bytes long! size of the decoded body",
    "wire_bytes long! size as sent, before decoding",
    "elapsed_ms int! from the request to the last byte, redirects included",
    "redirects strings! the addresses passed through",
    "fetched_at time! when the answer was complete",
    "next_check_at time not due again before this",
    "raw_ref string sha256 of the body, the key of the lake's raw table",
    _RUN_ID,
    "next_check_reason string why then: interval, ttl, sy:updatePeriod, Cache-Control, Expires, Retry-After, failures, or every run",
    "kind string how the body was read: feed, jsonfeed, wordpress, blogger, sitemap, site, listing, page, plaintext; robots for a robots.txt; null when it was not",
    "error_class string transient: asking again may help; lasting: it will not; null when it did not fail",
    "first_byte_ms int until the last answer's header was complete",
    "encoding string the character encoding that the body was read in",
    "moved_to string where 301 and 308 answers, and no others, led",
    "tries int requests made, the redirects of the last try not counted",
    "every int minutes between two looks that the document itself asks for (RSS ttl, sy:updatePeriod)",
    "read_as string the code and settings under which all of it was taken in; null when it was not: then it is asked for whole again",
    "base string what a feed's relative addresses are relative to, by its Content-Location header; null: final_url",
)

_REJECT = _columns(
    "reject_id string! hash of source, url, stage, reason, detail and raw_ref",
    "url string the record's or the document's address",
    "source_id string! the source it came from",
    "stage string! fetch, read, extract, clean, chunk or follow",
    "reason string! one of the documented reasons",
    "detail string! what exactly, and what to do about it",
    "raw_ref string sha256 of the body it was found in",
)

LAKE: Mapping[str, Table] = {
    t.name: t
    for t in (
        Table("raw", "every body as fetched (after Content-Encoding)", _columns(
            "raw_ref string! sha256 of body, in hex",
            "url string! where it was asked for",
            "source_id string! the source it was fetched for",
            "content_type string Content-Type header",
            "fetched_at time! when it was complete",
            "body binary! the bytes",
        )),
        Table("fetches", "one row a request", _FETCH),
        Table("posts", "posts that were new or changed", (
            *_POST,
            *_columns(
                "keys strings! identity keys, strongest first: guid, link, dated, content",
                "shared_keys strings! keys that several posts of the document claimed: they identify nobody",
                "fetched_at time! when the body was fetched",
                "raw_ref string sha256 of the body it was read from",
                _RUN_ID,
                *_MADE,
                *_BESIDE,
                "reread string read again from the archive: the raw_ref of the row that it replaces, empty for one without; null: as it was fetched",
            ),
        )),
        Table("chunks", "chunks of the posts in this package", (
            *_CHUNK, *_columns("post_row int! 0-based row of its post in this package's posts: one post may be there twice"))),
        Table("rejects", "records set aside, and why", (*_REJECT, *_columns("rejected_at time! when", _RUN_ID))),
        Table("sightings", "posts seen again, unchanged", _columns(
            "post_id string! the post",
            "source_id string! its source",
            "seen_at time! when the body that shows it was fetched",
            "archive string the archive that listed it",
            "gone bool it was not seen: all of its archive was read, and it was not there",
        )),
        Table("windows", "parts of sources' pasts that a backfill walks, as planned and once done", _WINDOW),
        Table("chrome", "blocks that stand in most posts of a source, as a reprocess learned them", _CHROME),
        Table("sources", "what was known of each source in this batch", _columns(
            "source_id string! the id in sources.toml",
            "url string! the configured URL or path, without credentials",
            "kind string how its document was read: feed, jsonfeed, wordpress, blogger, sitemap, site, listing, page, plaintext",
            "title string the title it gives itself",
            "seen_at time! when",
            "event string enabled: a person enabled it again",
        )),
        Table("runs", "the run that wrote this package, as known then", _columns(
            "run_id string! the run",
            "command string! run, backfill ...",
            "started_at time! when it began",
            "finished_at time when it ended; null while it runs",
            "status string! running, done, some_failed, failed, interrupted or died",
            "host string! the machine",
            "pid int! the process",
            "version string! postetl's version",
        )),
    )
}  # fmt: skip

WAREHOUSE: Mapping[str, Table] = {
    t.name: t
    for t in (
        Table("posts", "each post once, as it stands now", (
            *_POST,
            *_columns(
                "fetched_at time! when the body behind this row was fetched",
                "first_seen_at time! when the post was first seen",
                "last_seen_at time! when it was last seen",
                "deleted_at time when it was found gone at its source; null while it is there",
                "raw_ref string sha256 of the body it was read from",
                _RUN_ID,
                *_MADE,
                *_BESIDE,
            ),
        ), key=("post_id",)),
        Table("post_versions", "every earlier text of a post", _columns(
            "post_id string! the post",
            "version int! 1 is the oldest text; the current one is in posts",
            "title string the title then",
            "text string! the text then",
            "content_hash string! hash of title and text",
            "updated_at time updated_at then",
            "fetched_at time! when this text was first fetched",
            "replaced_at time! when the next text was first fetched",
            "raw_ref string sha256 of the body it was read from",
            _RUN_ID,
            "boilerplate string what was taken out of this text (see posts)",
            "whole_hash string hash of title and text with that in its place; null: nothing was taken out",
        ), key=("post_id", "version")),
        Table("post_keys", "the identity keys of posts: guid, link, dated, content; id: an id that a post came with once", _columns(
            "source_id string! the source; a key counts within it",
            "key string! the key, with its kind in front",
            "post_id string the post; null when several posts claimed the key, which then identifies nobody",
            "first_seen_at time! when",
        ), key=("source_id", "key")),
        Table("chunks", "the current chunks of the current texts", (
            *_CHUNK, *_columns("first_seen_at time! when a chunk with this id was first made")),
            key=("chunk_id",)),
        Table("fetches", "one row a request", _FETCH, key=("fetch_id",)),
        Table("rejects", "records set aside, each once, and why", (
            *_REJECT,
            *_columns("rejected_at time! when it was first found",
                      "last_rejected_at time! when it was last found",
                      "run_id string! the run that found it first"),
        ), key=("reject_id",)),
        Table("sources", "every source that was ever fetched", _columns(
            "source_id string! the id in sources.toml",
            "url string! the configured URL or path, without credentials",
            "kind string how its document was read: feed, jsonfeed, wordpress, blogger, sitemap, site, listing, page, plaintext",
            "title string the title it gives itself",
            "first_seen_at time! when it was first fetched",
            "last_seen_at time! when its url, kind and title were last noted",
            "last_fetched_at time when it was last fetched",
            "last_status int HTTP status of that fetch",
            "last_error string why that fetch failed; null when it did not",
            "next_check_at time not due again before this",
            "next_check_reason string why then (see fetches)",
            "current_url string where it is asked for now: url, or where it has moved for good",
            "moved_at time when current_url became another than url",
            "moving_to string where permanent redirects lead of late; it moves when they have led there three times over a day",
            "moving_since time since when",
            "moving int how often",
            "failures int failed fetches in a row",
            "failing_since time the first of them",
            "disabled_at time when postetl gave it up; `postetl sources enable` takes it up again",
            "disabled_reason string why",
        ), key=("source_id",)),
        Table("windows", "the parts of a source's past that backfills walked or have yet to walk", _WINDOW, key=("plan_id", "key")),
        Table("chrome", "blocks that stand in most posts of a source, and are taken out of their text: what was learned is kept for good", _CHROME,
              key=("source_id", "hash")),
        Table("readings", "what was last taken in whole from an address: with it, the next request asks `only if changed`", _columns(
            "source_id string! the source",
            "url string! the address that answered, after redirects",
            "etag string ETag header, opaque",
            "last_modified string Last-Modified header, opaque",
            "raw_ref string sha256 of the body",
            "read_as string! the code and settings under which all of it was taken in",
            "every int minutes between two looks that the document itself asks for",
            "fetched_at time! when the address last answered so",
        ), key=("source_id", "url")),
        Table("runs", "every run", LAKE["runs"].columns, key=("run_id",)),
        Table("loads", "the packages in this database", _columns(
            "package_id string! the package",
            "sequence long! its place in the lake's order of commits",
            "run_id string! the run that wrote it",
            "batch int! the batch within the run",
            "committed_at time! when the package was committed to the lake",
            "posts long! rows of posts in it",
            "chunks long! rows of chunks in it",
            "fetches long! rows of fetches in it",
            "rejects long! rows of rejects in it",
            "posts_new long! posts that were not there before",
            "posts_edited long! posts whose text changed",
            "news long what readers would miss without it: posts, sightings, first rejects, what became of a source; 0: not worth a copy of the database",
        ), key=("package_id",)),
        Table("schema_migrations", "the schema changes that this database has seen", _columns(
            "version int! their number; 0: views and comments",
            "name string! the file's name",
            "sha256 string! of the file",
        ), key=("version",)),
    )
}  # fmt: skip


@cache
def arrow(name: str) -> "pa.Schema":
    """The Parquet schema of a lake table; each field's doc is in its metadata under `comment`."""
    import pyarrow as pa

    def struct(*fields: tuple[str, pa.DataType]) -> pa.DataType:
        return pa.list_(pa.struct([pa.field(n, t) for n, t in fields]))

    types = {
        "string": pa.string(),
        "strings": pa.list_(pa.string()),
        "time": pa.timestamp("us", tz="UTC"),
        "int": pa.int32(),
        "long": pa.int64(),
        "bool": pa.bool_(),
        "double": pa.float64(),
        "binary": pa.large_binary(),
        "links": struct(("url", pa.string()), ("anchor", pa.string()), ("start", pa.int32()), ("end", pa.int32())),
        "enclosures": struct(("url", pa.string()), ("type", pa.string()), ("length", pa.string())),
    }
    table = LAKE[name]
    return pa.schema(
        [pa.field(c.name, types[c.type], not c.required, metadata={"comment": c.doc}) for c in table.columns],
        metadata={"comment": table.doc, "postetl.schema_version": str(VERSION)},
    )
