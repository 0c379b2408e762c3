"""Contents for the lake, made from few words: what the tests of lake and warehouse share."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from postetl import warehouse
from postetl.errors import Reason
from postetl.lake import Contents, FetchRecord, PostRecord, RejectRecord, RunRecord, Sighting, SourceRecord
from postetl.model import Chunk, Fetched, Link, Post, Rejected, Target

START = datetime(2026, 1, 1, tzinfo=UTC)


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def hashed(*parts: object) -> str:
    return sha256(repr(parts).encode()).hexdigest()[:32]


def run(number: int = 1, *, status: str = "done", hours: float = 0, finished: float | None = 1) -> RunRecord:
    return RunRecord(
        run_id=f"run-{number}", command="run", started_at=at(hours), finished_at=None if finished is None else at(hours + finished),
        status=status, host="here", pid=number, version="0.1.0",
    )  # fmt: skip


def post(text: str, *, hours: float = 0, source: str = "blog", post_id: str | None = None, keys: Iterable[str] | None = None,
         shared: Iterable[str] = (), title: str | None = "Title", said: str = "", **more: object) -> PostRecord:  # fmt: skip
    """A post, two chunks to its text when that has two paragraphs. `said`: what else the source said (changes row_hash only)."""
    keys = tuple(["guid:1"] if keys is None else keys)
    post_id = post_id or hashed(source, keys[0])
    chunks, start = [], 0
    for piece in text.split("\n\n") if text else ():
        chunks.append(Chunk(piece, start, start + len(piece), len(piece.split()), ("Heading",)))
        start += len(piece) + 2
    made = Post(
        source_id=source, url=f"https://example.org/{post_id[:8]}", external_id=keys[0] if keys else None, title=title, text=text,
        extracted_by="feed", content_hash=hashed(title, text), row_hash=hashed(title, text, said, more), authors=("Ada", "Bo"),
        summary=said or None, links=(Link("https://example.org/a", text[:3], 0, min(3, len(text))),), words=len(text.split()),
        enclosures=(("https://example.org/a.mp3", "audio/mpeg", "12"),), keys=keys, post_id=post_id, chunks=tuple(chunks),
        **{"published_at": at(-24), "date_source": "feed", "tags": ("x",), **more},  # type: ignore[arg-type]
    )  # fmt: skip
    return PostRecord(made, chunk_ids(post_id, chunks), at(hours), tuple(shared), hashed("raw", hours))


def chunk_ids(post_id: str, chunks: Iterable[Chunk]) -> tuple[str, ...]:
    from postetl.chunk import chunk_ids as real

    return tuple(real(post_id, list(chunks)))


def fetch(hours: float = 0, *, source: str = "blog", body: bytes = b"<rss/>", run_id: str = "run-1", error: Reason | None = None,
          url: str = "https://me:secret@example.org/feed", depth: int = 0, next_check: float | None = None) -> FetchRecord:  # fmt: skip
    target = Target(url, source, depth=depth)
    fetched = Fetched(target, url, at(hours), 12, 200 if error is None else 500, body, "application/rss+xml", wire_bytes=len(body), error=error)
    return FetchRecord(fetched, run_id, hashed(run_id, url, hours), None if next_check is None else at(next_check))


def reject(detail: str = "neither text nor title", hours: float = 0, source: str = "blog") -> RejectRecord:
    return RejectRecord(Rejected("https://example.org/x", "clean", Reason.NO_TEXT, detail), source, at(hours))


def contents(*posts: PostRecord, number: int = 1, batch: int = 0, sequence: int = 0, hours: float | None = None,
             fetches: Iterable[FetchRecord] | None = None, sightings: Iterable[Sighting] = (), rejects: Iterable[RejectRecord] = (),
             sources: Iterable[SourceRecord] | None = None, record: RunRecord | None = None) -> Contents:  # fmt: skip
    """A package of run `number`; one fetch and one source record come with it unless given."""
    when = hours if hours is not None else ((posts[0].fetched_at - START) / timedelta(hours=1) if posts else 0)
    fetches = (fetch(when, run_id=f"run-{number}"),) if fetches is None else tuple(fetches)
    sources = (SourceRecord("blog", "https://me:secret@example.org/feed", "feed", "The blog", at(when)),) if sources is None else tuple(sources)
    return Contents(
        record or run(number, hours=when), batch, sequence, fetches, posts, tuple(sightings), tuple(rejects), sources,
        frozenset(f.fetched.raw_ref for f in fetches if f.fetched.raw_ref),
    )  # fmt: skip


def downgraded(lake: Path) -> None:
    """Every package as schema 5 had it: without `chrome`, and posts without the columns that came with it."""
    for manifest in lake.glob("packages/*/*/manifest.json"):
        said = json.loads(manifest.read_text())
        said["schema_version"] = 5
        manifest.with_name(said["tables"].pop("chrome")["file"]).unlink()
        file = manifest.with_name(said["tables"]["posts"]["file"])
        pq.write_table(pq.read_table(file).drop_columns(["language_confidence", "boilerplate", "whole_hash"]), file)
        body = file.read_bytes()
        said["tables"]["posts"] |= {"bytes": len(body), "sha256": sha256(body).hexdigest()}
        manifest.write_text(json.dumps(said))


def clock(start: datetime = START) -> "Clock":
    return Clock(start)


class Clock:
    """A `now` that goes on by a second each time it is asked."""

    def __init__(self, start: datetime) -> None:
        self.time = start

    def __call__(self) -> datetime:
        self.time += timedelta(seconds=1)
        return self.time


def rows(path: Path, *, but: Iterable[str] = ()) -> Mapping[str, list[tuple[object, ...]]]:
    """Every table of a database, each as sorted rows; `but` names columns (`table.column`) left out."""
    left_out = set(but)
    found: dict[str, list[tuple[object, ...]]] = {}
    with duckdb.connect(str(path), read_only=True) as con:
        for (table,) in con.execute("select table_name from duckdb_tables() where not temporary order by 1").fetchall():
            names = [n for (n,) in con.execute("select column_name from duckdb_columns() where table_name = ? order by column_index", [table]).fetchall()]
            kept = ", ".join(f'"{n}"' for n in names if f"{table}.{n}" not in left_out)
            found[table] = sorted(con.execute(f"select {kept} from {table}").fetchall(), key=repr)
    return found


def rebuilt_is_equal(home: Path) -> None:
    build = home / "warehouse" / "build.duckdb"
    before = rows(build)
    warehouse.rebuild(home)
    assert rows(build) == before


def strictly_rising(values: Iterable[datetime]) -> bool:
    return all(a < b for a, b in pairwise(values))
