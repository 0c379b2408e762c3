"""What the current rows were made of: for each post the body that it was read from, and what its row says. For reading it again."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from postetl.clean.chrome import Repeated, repeated
from postetl.warehouse.database import broken
from postetl.warehouse.layout import Layout, sql
from postetl.warehouse.reading import connect
from postetl.warehouse.report import Document, MadePost, MadeSource, Piece

_TEXTS = 256  # in memory at once


class Made:
    """Asked of the published version, on which it stays. For one thread at a time. Raises UsageError before the first load."""

    def __init__(self, home: Path) -> None:
        self._path = Layout(home).link
        self._con = connect(home)

    def source(self, source_id: str) -> MadeSource:
        asked = {"source_id": source_id}
        posts = [MadePost(post_id, row, content, entry, guid, url, title, published and _utc(published), words, tokens, ref, _utc(fetched), sure)
                 for post_id, row, content, entry, guid, url, title, published, words, tokens, ref, fetched, sure in self._rows("known/made", asked)]  # fmt: skip
        documents = [Document(ref, _utc(at), url, final or url, kind, depth, read, size, whole, unread, base)
                     for ref, at, url, final, kind, depth, read, size, whole, unread, base in self._rows("known/documents", asked)]  # fmt: skip
        self._con.register("wanted", pa.table({"source_id": pa.array([source_id], pa.string())}))
        keys = {key: post_id for _, key, post_id in self._rows("known/keys")}
        return MadeSource(tuple(posts), tuple(documents), keys, frozenset(mark for _, mark in self._rows("known/chrome")))

    def repeated(self, source_id: str) -> list[Repeated]:
        """What most posts of the source have, in their texts or taken out of these before."""
        return repeated(lambda: self._texts(source_id))

    def _texts(self, source_id: str) -> Iterator[tuple[str, ...]]:
        try:
            found = self._con.execute(sql("known/texts"), {"source_id": source_id})
            while rows := found.fetchmany(_TEXTS):
                yield from ((text,) if removed is None else (text, removed) for text, removed in rows)
        except duckdb.Error as error:
            raise broken(error, self._path) from error

    def chunks(self, post_ids: Collection[str]) -> Mapping[str, list[Piece]]:
        self._want(post_ids)
        found: dict[str, list[Piece]] = defaultdict(list)
        for post_id, chunk_id, start, end, tokens, headings in self._rows("known/made_chunks"):
            found[post_id].append((chunk_id, start, end, tokens, tuple(headings)))
        return found

    def rows(self, post_ids: Collection[str]) -> Mapping[str, Mapping[str, object]]:
        """What people would compare of these posts, by column."""
        self._want(post_ids)
        found = {}
        for row in self._rows("known/made_rows"):
            named = dict(zip((column[0] for column in self._con.description or ()), row, strict=True))
            found[row[0]] = {k: _utc(v) if isinstance(v, datetime) else tuple(v) if isinstance(v, list) else v for k, v in named.items()}
        return found

    def sources(self) -> list[str]:
        return [source_id for (source_id,) in self._con.execute("select distinct source_id from posts order by 1").fetchall()]

    def close(self) -> None:
        self._con.close()

    def _want(self, post_ids: Collection[str]) -> None:
        self._con.register("wanted_posts", pa.table({"post_id": pa.array(sorted(post_ids), pa.string())}))

    def _rows(self, name: str, parameters: Mapping[str, object] | None = None) -> list[tuple[Any, ...]]:
        try:
            rows: list[tuple[Any, ...]] = self._con.execute(sql(name), dict(parameters or {})).fetchall()
        except duckdb.Error as error:
            raise broken(error, self._path) from error
        return rows


def _utc(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC)
