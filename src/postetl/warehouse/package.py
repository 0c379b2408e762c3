"""One package into the build database, in one transaction: identity, then history, then the merges, then its `loads` row."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from postetl import schema
from postetl.errors import Broken
from postetl.lake import Lake, Package
from postetl.model import Chunk
from postetl.warehouse.database import transaction
from postetl.warehouse.history import Current, History, Observation, Version, history
from postetl.warehouse.identity import Claim, Settled, asked, settle
from postetl.warehouse.layout import sql, sql_folder
from postetl.warehouse.standing import Event, Standing, fold

_READ = tuple(name for name in schema.LAKE if name != "raw")  # bodies stay in the lake
# What each merge reads of the package: with none of it there is nothing to merge, and planning a statement costs more than that.
_MERGES = {
    "01_versions": ("posts",), "02_posts": ("posts",), "03_keys": ("posts",), "04_seen": ("posts", "sightings"), "05_chunks": ("posts",),
    "06_fetches": ("fetches",), "07_rejects": ("rejects",), "08_sources": ("sources", "fetches"), "09_runs": ("runs",),
    "10_standing": ("sources", "fetches"), "11_readings": ("fetches",), "12_windows": ("windows",), "13_chrome": ("chrome",),
}  # fmt: skip
_TIME, _TEXT, _INT = pa.timestamp("us"), pa.string(), pa.int32()
_ROWS = (("row", _INT), ("post_id", _TEXT))


@dataclass(frozen=True, slots=True)
class Counts:
    """What one package did. `moved`: posts that came with another id than that of the post they turned out to be; `news`: what readers
    would miss; `messages`: what became of sources, for a person.
    """

    new: int = 0
    edited: int = 0
    updated: int = 0
    moved: int = 0
    news: int = 0
    messages: tuple[str, ...] = ()


def load_package(con: duckdb.DuckDBPyConnection, lake: Lake, package: Package) -> Counts:
    """Load one package. Raises Broken, naming the file, when it is not what was committed; then nothing of it is loaded."""
    lake.verify(package, _READ)
    arriving = {name: _read(package, name) for name in _READ}
    with transaction(con):
        for name, table in arriving.items():
            con.register(f"package_{name}", table)
        counts = _plan(con, arriving["posts"], arriving["chunks"])
        messages = _stand(con)
        told = con.execute(sql("load/news")).fetchone()
        assert told is not None
        counts = replace(counts, news=int(told[0]) + len(messages), messages=messages)
        for merge, text in sql_folder("merge"):
            if any(arriving[name].num_rows for name in _MERGES[merge]):
                con.execute(text)
        if repeated := con.execute(sql("load/repeated")).fetchone():
            raise Broken(f"{package.path}: would make {repeated[1]} twice in {repeated[0]}; nothing of it was loaded. Please report it")
        rows = {name: package.files[name].rows for name in ("posts", "chunks", "fetches", "rejects")}
        con.execute(sql("load/loaded"), {
            "package_id": package.package_id, "sequence": package.commit, "run_id": package.run_id, "batch": package.batch,
            "committed_at": package.committed_at.replace(tzinfo=None), **rows, "posts_new": counts.new, "posts_edited": counts.edited,
            "news": counts.news,
        })  # fmt: skip
    return counts


def _plan(con: duckdb.DuckDBPyConnection, posts: pa.Table, chunks: pa.Table) -> Counts:
    """Decide what the merges carry out: `planned_*` and `settled_chunks`, and the posts' counts."""
    if not posts.num_rows:
        _register(con, "planned_rows", _ROWS, ())
        return Counts()
    reread = {row: bool(stands) for row, stands in con.execute(sql("load/rereads")).fetchall()}  # where it does not, a run was faster
    settled, moved = _settle(con, posts, reread)
    ids = [settled.post_ids.get(row, "") for row in range(posts.num_rows)]
    _register(con, "planned_rows", _ROWS, settled.post_ids.items())
    _register(con, "planned_keys", [("source_id", _TEXT), ("key", _TEXT), ("post_id", _TEXT), ("first_seen_at", _TIME)],
              ((k.source_id, k.key, k.post_id, k.first_seen_at) for k in settled.keys))  # fmt: skip
    con.register("settled_chunks", _settled_chunks(chunks, ids, moved))

    observed: dict[str, list[Observation]] = defaultdict(list)
    hashes, wholes, times = (posts[name].to_pylist() for name in ("content_hash", "whole_hash", "fetched_at"))
    for row, post_id in settled.post_ids.items():
        if row in reread:  # a change of our code is no edit of theirs: it has no place in the history
            continue
        observed[post_id].append(Observation(row, hashes[row], times[row], wholes[row]))
    currents = {post_id: Current(*rest) for post_id, *rest in con.execute(sql("load/current")).fetchall()}
    versions: dict[str, list[Version]] = defaultdict(list)
    ended: dict[tuple[str, int], object] = {}
    for post_id, number, content_hash, fetched_at, replaced_at, whole_hash in con.execute(sql("load/versions")).fetchall():
        versions[post_id].append(Version(number, content_hash, fetched_at, whole_hash))
        ended[post_id, number] = replaced_at
    plans = {post_id: history(currents.get(post_id), versions[post_id], seen) for post_id, seen in observed.items()}

    changed = {post_id for post_id, plan in plans.items() if not _same(plan, versions[post_id], post_id, ended)}
    _register(con, "planned_posts", [("post_id", _TEXT), ("row", _INT)],
              [*((post_id, plan.row) for post_id, plan in plans.items() if plan.row is not None),
               *((ids[row], row) for row, stands in reread.items() if stands and ids[row] not in plans)])  # fmt: skip
    _register(con, "planned_versions",
              [("post_id", _TEXT), ("version", _INT), ("origin", _TEXT), ("number", _INT), ("fetched_at", _TIME), ("replaced_at", _TIME)],
              ((post_id, number, i.origin, i.number, i.fetched_at, i.replaced_at)
               for post_id in sorted(changed) for number, i in enumerate(plans[post_id].earlier, 1)))  # fmt: skip
    updated = con.execute(sql("load/changed")).fetchone()
    edited = sum(post_id in currents for post_id in changed)
    return Counts(new=len(plans.keys() - currents.keys()), edited=edited, updated=int(updated[0]) if updated else 0, moved=len(moved))


def _stand(con: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    """Fold the fetches of sources into how these stand: `planned_standings`. What a person should hear of it."""
    names = [f.name for f in fields(Standing)]
    before = {row[0]: Standing(*row) for row in con.execute(sql("load/standings")).fetchall()}
    events = [Event(*row) for row in con.execute(sql("load/events")).fetchall()]
    after = fold(before, events, online=any(event.status is not None for event in events))
    kinds = {datetime: _TIME, int: _INT}
    columns = [(f.name, next((kind for type_, kind in kinds.items() if type_.__name__ in str(f.type)), _TEXT)) for f in fields(Standing)]
    _register(con, "planned_standings", columns, ([getattr(stands, name) for name in names] for stands in after.values()))
    messages = []
    for source_id, stands in after.items():
        was = before.get(source_id)
        if stands.disabled_at is not None and (was is None or was.disabled_at is None):
            messages.append(f"{source_id}: not asked any more: {stands.disabled_reason}. `postetl sources enable {source_id}` takes it up again")
        if stands.moved_at is not None and (was is None or was.current_url != stands.current_url):
            messages.append(f"{source_id}: moved for good, asked at {stands.current_url} from now on (it was {stands.url})")
    return tuple(messages)


def _settle(con: duckdb.DuckDBPyConnection, posts: pa.Table, reread: Mapping[int, bool]) -> tuple[Settled, set[int]]:
    """Every row's post, and the rows that came with another id. Rows that were read again for a row that is no more have none."""
    names = ("row", "source_id", "post_id", "keys", "shared_keys", "fetched_at")
    claims = [Claim(row, source_id, post_id, tuple(keys), tuple(shared), at, fixed=row in reread)
              for row, source_id, post_id, keys, shared, at in zip(*(posts[n].to_pylist() for n in names), strict=True)
              if reread.get(row, True)]  # fmt: skip
    _register(con, "asked_keys", [("source_id", _TEXT), ("key", _TEXT)], sorted(asked(claims)))
    known: dict[tuple[str, str], str | None] = {(s, key): post_id for s, key, post_id in con.execute(sql("load/settle_keys")).fetchall()}
    existing = [post_id for (post_id,) in con.execute(sql("load/settle_posts")).fetchall()]
    settled = settle(claims, known, existing)
    return settled, {c.row for c in claims if settled.post_ids[c.row] != c.post_id}


def _settled_chunks(chunks: pa.Table, ids: Sequence[str], moved: set[int]) -> pa.Table:
    """The chunks under their posts' settled ids. A chunk's id is made of its post's, so those of a moved post are made anew."""
    if not moved:
        return chunks
    rows = chunks["post_row"].to_pylist()
    chunk_ids = chunks["chunk_id"].to_pylist()
    places: dict[int, list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        if row in moved:
            places[row].append(place)
    texts, starts, ends, tokens = (chunks[n] for n in ("text", "start_char", "end_char", "tokens"))
    from postetl.chunk import chunk_ids as made_ids

    for row, own in places.items():
        pieces = [Chunk(texts[p].as_py(), starts[p].as_py(), ends[p].as_py(), tokens[p].as_py()) for p in own]
        for place, made in zip(own, made_ids(ids[row], pieces), strict=True):
            chunk_ids[place] = made
    for name, values in (("chunk_id", chunk_ids), ("post_id", [ids[row] for row in rows])):
        chunks = chunks.set_column(chunks.schema.get_field_index(name), pa.field(name, _TEXT), pa.array(values, _TEXT))
    return chunks


def _same(plan: History, versions: Sequence[Version], post_id: str, ended: Mapping[tuple[str, int], object]) -> bool:
    """Whether the earlier texts are just those that are stored."""
    return len(plan.earlier) == len(versions) and all(
        i.origin == "version" and (i.number, i.fetched_at, i.replaced_at) == (v.version, v.fetched_at, ended[post_id, v.version])
        for i, v in zip(plan.earlier, versions, strict=True)
    )


def _register(con: duckdb.DuckDBPyConnection, name: str, fields: Sequence[tuple[str, pa.DataType]], rows: Iterable[Sequence[object]]) -> None:
    """Rows as a table that SQL can read, also when there are none."""
    columns = list(zip(*rows, strict=True)) or [()] * len(fields)
    con.register(name, pa.table({field: pa.array(column, kind) for (field, kind), column in zip(fields, columns, strict=True)}))


def _read(package: Package, name: str) -> pa.Table:
    """A table of the package, its times without zone (they are UTC), the posts with their place."""
    if name not in package.files:  # written before there was such a table
        return schema.arrow(name).empty_table().cast(_zoneless(name))
    path = package.file(name)
    try:
        table = pq.ParquetFile(path).read()
        for lacking in (f for f in schema.arrow(name) if f.nullable and f.name not in table.column_names):  # written by an earlier version
            table = table.append_column(lacking, pa.nulls(table.num_rows, lacking.type))
        table = table.select(schema.arrow(name).names)
        table = table.cast(_zoneless(name))
    except OSError as error:
        raise Broken(f"{path}: cannot be read: {error.strerror or error}") from None
    except (pa.ArrowException, KeyError) as error:
        raise Broken(f"{path}: not the table it should be: {error}") from None
    return table.append_column("row", pa.array(range(table.num_rows), _INT)) if name == "posts" else table


def _zoneless(name: str) -> pa.Schema:
    return pa.schema([f.with_type(_TIME) if pa.types.is_timestamp(f.type) else f for f in schema.arrow(name)])
