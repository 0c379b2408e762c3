"""The rows of a home that must be the same whatever happened on the way: all columns but run ids, package ids and our own clock."""

from pathlib import Path

from feeds import rows

SAME = {
    "posts": "select * exclude (run_id, fetched_at, first_seen_at, last_seen_at) from posts order by post_id",
    "chunks": "select * exclude (first_seen_at) from chunks order by chunk_id",
    "versions": "select * exclude (run_id, fetched_at, replaced_at) from post_versions order by all",
    "rejects": "select * exclude (run_id, rejected_at, last_rejected_at) from rejects order by reject_id",
    "keys": "select * exclude (first_seen_at) from post_keys order by all",
    "sources": "select source_id, url, kind, title, last_status, last_error from sources order by 1",
}


def everything(home: Path) -> dict[str, list[tuple[object, ...]]]:
    return {name: rows(home, query) for name, query in SAME.items()}
