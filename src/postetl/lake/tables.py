"""A package's contents as Arrow tables, by the schemas of schema.py, and Arrow tables as Parquet bytes.

This is the border to other programs: a lone surrogate (no UTF-8) and NUL (ends a string in C) become U+FFFD, one for one, so
that every offset into a text still holds.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, Any
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.parquet as pq

from postetl import __version__, schema
from postetl.errors import PASSING
from postetl.lake.contents import Contents, FetchRecord, PostRecord, WindowRecord

Row = Mapping[str, object]

_UNWRITABLE = re.compile("[\ud800-\udfff\x00]")
_INT32 = 2**31 - 1

# zstd 3: a sixth smaller than 1 (665 against 794 MB for a million posts), and the network is slower than either
_COMPRESSION_LEVEL = 3
# Few distinct values: worth a dictionary. Elsewhere it is built only to be thrown away.
_DICTIONARY = frozenset((
    "source_id", "run_id", "kind", "stage", "reason", "error", "date_source", "language", "extracted_by", "content_type", "status",
    "command", "host", "version", "depth", "error_class", "encoding", "next_check_reason", "read_as", "event",
))  # fmt: skip
# Minimum and maximum of these would put whole texts into the footer.
_NO_STATISTICS = frozenset(("body", "text", "boilerplate", "summary", "title", "detail", "url", "final_url", "base", "links", "images", "embeds", "tags", "keys"))
_ROW_GROUP = {"raw": 64}  # rows; one body is read without unpacking all the others
_ROWS = 16_384


def clean(text: str) -> str:
    """The text, with what cannot be written replaced one for one."""
    return _UNWRITABLE.sub("\ufffd", text)


def tables(contents: Contents) -> dict[str, pa.Table]:
    """Every lake table, also the empty ones. Raises ValueError when a column that is never null is (a bug upstream)."""
    rows: dict[str, Iterable[Row]] = {
        "raw": _raw(contents),
        "fetches": (_fetch(f) for f in contents.fetches),
        "posts": (_post(p, contents.run.run_id) for p in contents.posts),
        "chunks": (row for n, p in enumerate(contents.posts) for row in _chunks(p, n)),
        "rejects": (
            {
                "reject_id": r.reject_id, "url": r.rejected.url, "source_id": r.source_id, "stage": r.rejected.stage,
                "reason": r.rejected.reason.value, "detail": r.rejected.detail, "raw_ref": r.rejected.raw_ref,
                "rejected_at": r.rejected_at, "run_id": contents.run.run_id,
            }
            for r in contents.rejects
        ),
        "sightings": (
            {"post_id": s.post_id, "source_id": s.source_id, "seen_at": s.seen_at, "archive": s.archive, "gone": s.gone} for s in contents.sightings
        ),
        "windows": (_window(w, contents.run.run_id) for w in contents.windows),
        "chrome": (
            {"source_id": c.source_id, "hash": c.mark, "text": c.text, "posts": c.posts, "out_of": c.out_of, "learned_at": c.learned_at,
             "run_id": contents.run.run_id}
            for c in contents.chrome
        ),
        "sources": (
            {"source_id": s.source_id, "url": s.url and without_credentials(s.url), "kind": s.kind, "title": s.title,
             "seen_at": s.seen_at, "event": s.event}
            for s in contents.sources
        ),
        "runs": [{name: getattr(contents.run, name) for name in schema.arrow("runs").names}],
    }  # fmt: skip
    return {name: _table(name, rows[name]) for name in schema.LAKE}


def write(table: pa.Table, name: str, file: IO[bytes]) -> None:
    """One table as Parquet: zstd, page checksums, the fields' docs in the metadata."""
    names = [field.name for field in table.schema]
    pq.write_table(
        table, file, compression="zstd", compression_level=_COMPRESSION_LEVEL, row_group_size=_ROW_GROUP.get(name, _ROWS),
        use_dictionary=[n for n in names if n in _DICTIONARY], write_page_checksum=True,
        write_statistics=[n for n in names if n not in _NO_STATISTICS], data_page_size=1 << 20,
    )  # fmt: skip


def without_credentials(url: str) -> str:
    """The URL without user and password; one too broken to take apart is kept from its last @ on."""
    if "@" not in url:
        return url
    try:
        parts = urlsplit(url)
    except ValueError:
        return url.rpartition("@")[2]
    return url if "@" not in parts.netloc else parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _table(name: str, rows: Iterable[Row]) -> pa.Table:
    made = schema.arrow(name)
    kept = list(rows)
    columns = []
    for field in made:
        column = pa.array([_value(row[field.name]) for row in kept], field.type)
        if not field.nullable and column.null_count:
            raise ValueError(f"{name}.{field.name} is null in {column.null_count} of {len(kept)} rows")
        columns.append(column)
    return pa.Table.from_arrays(columns, schema=made)


def _value(value: object) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, tuple):
        return [_value(v) for v in value]
    if isinstance(value, dict):
        return {k: _value(v) for k, v in value.items()}
    return value


def _raw(contents: Contents) -> Iterator[Row]:
    stored: set[str] = set()
    for record in contents.fetches:
        f, ref = record.fetched, record.fetched.raw_ref
        if ref is not None and ref in contents.store_raw and ref not in stored:
            stored.add(ref)
            yield {
                "raw_ref": ref, "url": without_credentials(f.target.url), "source_id": f.target.source_id,
                "content_type": f.content_type, "fetched_at": f.fetched_at, "body": f.body,
            }  # fmt: skip
    if missing := contents.store_raw - stored:
        raise ValueError(f"store_raw names bodies that no fetch of the package brought: {', '.join(sorted(missing)[:3])}")


def _fetch(record: FetchRecord) -> Row:
    f = record.fetched
    return {
        "fetch_id": record.fetch_id, "source_id": f.target.source_id, "url": without_credentials(f.target.url),
        "final_url": without_credentials(f.final_url), "depth": f.target.depth, "status": f.status,
        "error": None if f.error is None else f.error.value, "detail": f.detail, "etag": f.etag, "last_modified": f.last_modified,
        "content_type": f.content_type, "bytes": len(f.body), "wire_bytes": f.wire_bytes, "elapsed_ms": min(f.elapsed_ms, _INT32),
        "redirects": tuple(map(without_credentials, f.redirects)), "fetched_at": f.fetched_at, "next_check_at": record.next_check_at,
        "next_check_reason": record.next_check_reason, "raw_ref": f.raw_ref, "run_id": record.run_id, "kind": record.kind,
        "error_class": None if f.error is None else "transient" if f.error in PASSING else "lasting", "first_byte_ms": f.first_byte_ms,
        "encoding": record.encoding, "moved_to": f.moved_to and without_credentials(f.moved_to), "tries": f.tries, "every": record.every,
        "read_as": record.read_as, "base": f.base,
    }  # fmt: skip


def _post(record: PostRecord, run_id: str) -> Row:
    p = record.post
    special: dict[str, object] = {
        **{name: tuple({"url": k.url, "anchor": k.anchor, "start": k.start, "end": k.end} for k in getattr(p, name)) for name in ("links", "images", "embeds")},
        "enclosures": tuple({"url": url, "type": kind, "length": length} for url, kind, length in p.enclosures),
        "shared_keys": record.shared_keys, "fetched_at": record.fetched_at, "raw_ref": record.raw_ref, "run_id": run_id,
        "archive": record.archive, "made_with": __version__, "reread": record.reread,
    }  # fmt: skip
    return {name: special[name] if name in special else getattr(p, name) for name in schema.arrow("posts").names}


def _window(record: WindowRecord, run_id: str) -> Row:
    w = record.window
    return {
        "plan_id": record.plan_id, "source_id": record.source_id, "key": w.key, "kind": w.kind, "url": without_credentials(w.url),
        "archive_url": without_credentials(record.archive_url), "since": w.since,
        "until": w.until, "position": record.position, "posts": w.posts, "requests": w.requests, "asked_since": record.asked_since,
        "asked_until": record.asked_until, "planned_at": record.planned_at, "done_at": record.done_at, "run_id": run_id,
    }  # fmt: skip


def _chunks(record: PostRecord, row: int) -> Iterator[Row]:
    for position, (chunk_id, c) in enumerate(zip(record.chunk_ids, record.post.chunks, strict=True)):
        yield {
            "chunk_id": chunk_id, "post_id": record.post.post_id, "position": position, "text": c.text, "start_char": c.start,
            "end_char": c.end, "tokens": c.tokens, "heading_path": c.heading_path, "post_row": row,
        }  # fmt: skip
