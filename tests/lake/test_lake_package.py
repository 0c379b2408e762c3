"""One package: what is written, when it can be seen, and what is said about one that is damaged."""

import json
import os
import resource
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

import crash
from packages import Clock, at, clock, contents, fetch, post, reject, run
from postetl import schema
from postetl.errors import Broken
from postetl.lake import Lake, Sighting, SourceRecord
from postetl.lake.contents import digest
from postetl.lake.tables import without_credentials


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake", now=clock())


def table(package, name):
    return pq.ParquetFile(package.file(name)).read()


def test_every_table_is_there_with_its_schema_and_docs(lake):
    package = lake.write(contents(fetches=[], sources=[]))
    assert set(package.files) == set(schema.LAKE)
    for name, doc in schema.LAKE.items():
        written = pq.ParquetFile(package.file(name))
        assert written.schema_arrow.equals(schema.arrow(name), check_metadata=False)
        assert [f.metadata[b"comment"].decode() for f in written.schema_arrow] == [c.doc for c in doc.columns]
        assert written.schema_arrow.metadata[b"comment"].decode() == doc.doc
    assert {n: f.rows for n, f in package.files.items()} == dict.fromkeys(schema.LAKE, 0) | {"runs": 1}


def test_columns_are_zstd(lake):
    package = lake.write(contents(post("A\n\nB")))
    group = pq.read_metadata(package.file("posts")).row_group(0)
    assert {group.column(i).compression for i in range(group.num_columns)} == {"ZSTD"}


def test_everything_comes_back(lake):
    package = lake.write(contents(
        post("First\n\nSecond", hours=2, shared=["guid:9"]), fetches=[fetch(2, body=b"\x00\xffraw")], rejects=[reject(hours=2)],
        sightings=[Sighting("p", "blog", at(2))],
    ))  # fmt: skip
    (row,) = table(package, "posts").to_pylist()
    assert row["text"] == "First\n\nSecond" and row["shared_keys"] == ["guid:9"] and row["fetched_at"] == at(2)
    assert row["links"] == [{"url": "https://example.org/a", "anchor": "Fir", "start": 0, "end": 3}]
    assert row["enclosures"] == [{"url": "https://example.org/a.mp3", "type": "audio/mpeg", "length": "12"}]
    chunks = table(package, "chunks").to_pylist()
    assert [(c["position"], row["text"][c["start_char"]:c["end_char"]], c["text"], c["post_row"]) for c in chunks] == [
        (0, "First", "First", 0), (1, "Second", "Second", 0)]  # fmt: skip
    (raw,) = table(package, "raw").to_pylist()
    assert raw["body"] == b"\x00\xffraw" and raw["raw_ref"] == table(package, "fetches")["raw_ref"][0].as_py()
    assert table(package, "rejects").to_pylist()[0]["reason"] == "no_text"
    assert table(package, "sightings").to_pylist() == [{"post_id": "p", "source_id": "blog", "seen_at": at(2), "archive": None, "gone": False}]


def test_no_credentials_are_written(lake):
    package = lake.write(contents(post("A")))
    for name in ("raw", "fetches", "sources"):
        assert "secret" not in str(table(package, name).to_pylist())
        assert table(package, name)["url"][0].as_py() == "https://example.org/feed"


@pytest.mark.parametrize(("url", "clean"), [
    ("https://a:b@example.org/x", "https://example.org/x"),
    ("https://a:b@c@example.org:8/x?y=a@b", "https://example.org:8/x?y=a@b"),
    ("https://example.org/@user", "https://example.org/@user"),
    ("https://a:b@[::1/x", "[::1/x"),
    ("file:posts/a@b.txt", "file:posts/a@b.txt"),
])  # fmt: skip
def test_without_credentials(url, clean):
    assert without_credentials(url) == clean


def test_what_utf8_cannot_say_is_replaced_one_for_one(lake):
    package = lake.write(contents(post("a\x00b \ud83d\ude00 \udfff\n\nnext", title="t\ud800", keys=["guid:\udc80"], tags=("\x00",))))
    (row,) = table(package, "posts").to_pylist()
    assert row["text"] == "a\ufffdb \ufffd\ufffd \ufffd\n\nnext" and row["title"] == "t\ufffd" and row["keys"] == ["guid:\ufffd"]
    assert all(row["text"][c["start_char"]:c["end_char"]] == c["text"] for c in table(package, "chunks").to_pylist())


def test_null_where_there_must_be_a_value_is_refused(lake):
    with pytest.raises(ValueError, match=r"sources.url is null in 1 of 2 rows"):
        lake.write(contents(sources=[SourceRecord("a", "u", None, None, at(0)), SourceRecord("b", None, None, None, at(0))]))  # type: ignore[arg-type]
    assert not list(lake.root.glob("packages/*/*")) and not list(lake.root.glob("staging/*"))


def test_a_body_to_store_that_nobody_fetched_is_refused(lake):
    with pytest.raises(ValueError, match="no fetch of the package"):
        lake.write(replace(contents(post("A")), store_raw=frozenset(["f" * 64])))


def test_the_order_is_that_of_commits(lake):
    days = [lake.write(contents(post("A"), number=n, record=run(n, hours=hours))) for n, hours in ((1, 48), (2, 0), (3, 24))]
    assert [p.commit for p in days] == [1, 2, 3]
    assert [p.path.parent.name for p in days] == ["run_date=2026-01-03", "run_date=2026-01-01", "run_date=2026-01-02"]
    assert lake.packages() == days
    assert lake.packages(but=[days[1].package_id]) == [days[0], days[2]]


def test_a_committed_package_stays_as_it_is(lake):
    first = lake.write(contents(post("A")))
    assert lake.write(contents(post("B"))) == first
    assert table(first, "posts")["text"].to_pylist() == ["A"] and not list(lake.root.glob("staging/*"))


def test_a_twin_committed_meanwhile_is_kept(lake, tmp_path):
    other = Lake(lake.root)
    staged: list[Path] = []

    class Interrupting(Clock):
        def __call__(self):
            if not staged:  # staging exists, nothing is committed: the other writer comes first
                staged.extend(lake.root.glob("staging/*"))
                other.write(contents(post("B")))
            return super().__call__()

    package = Lake(lake.root, now=Interrupting(at(0))).write(contents(post("A")))
    assert staged and table(package, "posts")["text"].to_pylist() == ["B"] and len(lake.packages()) == 1
    assert not list(lake.root.glob("staging/*"))


def test_next_sequence(lake):
    assert lake.next_sequence("run-1", 0) == 0
    for sequence in range(3):
        lake.write(contents(post("A"), sequence=sequence))
    assert lake.next_sequence("run-1", 0) == 3 and lake.next_sequence("run-1", 1) == 0


def test_commit_numbers_go_on_after_a_lost_number_file(lake):
    lake.write(contents(post("A"), number=1))
    last = lake.write(contents(post("A"), number=2))
    for damage in ("missing", "", "x"):
        number = lake.root / "commit.number"
        number.unlink() if damage == "missing" else number.write_text(damage)
        package = lake.write(contents(post("A"), number=last.commit + 10))
        assert package.commit == last.commit + 1
        last = package


def test_what_is_not_ours_is_reported(lake):
    good = lake.write(contents(post("A")))
    day = good.path.parent
    (day / ("0" * 32)).mkdir()
    (day / "note.txt").write_text("hello")
    (day / ".DS_Store").write_text("")
    bad = day / ("1" * 32)
    bad.mkdir()
    (bad / "manifest.json").write_text("[1, 2")
    newer = day / ("2" * 32)
    newer.mkdir()
    (newer / "manifest.json").write_text(json.dumps({"schema_version": 99}))
    copy = day / ("3" * 32)
    copy.mkdir()
    (copy / "manifest.json").write_bytes((good.path / "manifest.json").read_bytes())
    found = lake.find()
    assert found.packages == (good,)
    assert len(found.unreadable) == 5
    for name in ("0" * 32, "note.txt", "1" * 32, "2" * 32, "3" * 32):
        assert any(name in line for line in found.unreadable)
    assert any("newer postetl" in line for line in found.unreadable)


def test_a_manifest_cannot_lead_out_of_its_package(lake):
    package = lake.write(contents(post("A")))
    file = package.path / "manifest.json"
    file.write_text(file.read_text().replace("posts.parquet", "../posts.parquet"))
    assert not lake.packages() and "outside the package" in lake.find().unreadable[0]


@pytest.mark.parametrize("damage", ["a byte", "shorter", "missing"])
def test_verify_names_the_file(lake, damage):
    package = lake.write(contents(post("A")))
    lake.verify(package)
    file = package.file("chunks")
    body = bytearray(file.read_bytes())
    if damage == "missing":
        file.unlink()
    else:
        body[len(body) // 2] ^= 1
        file.write_bytes(body if damage == "a byte" else body[:-1])
    with pytest.raises(Broken, match=r"chunks\.parquet"):
        lake.verify(package)
    lake.verify(package, ["posts"])


def test_verify_counts_rows(lake):
    package = lake.write(contents(post("A")))
    files = dict(package.files) | {"posts": replace(package.files["posts"], rows=2)}
    with pytest.raises(Broken, match=r"posts.parquet: has 1 rows, its manifest says 2"):
        lake.verify(replace(package, files=files))


def _stage_and_wait(root: str, ready: str) -> None:
    import time

    with Lake(Path(root))._stage("a" * 32) as stage:
        (stage / "x").write_bytes(b"12345")
        Path(ready).touch()
        time.sleep(60)


def test_sweep_removes_the_staging_of_the_dead_only(lake, tmp_path):
    ready = tmp_path / "ready"
    process = crash.start(_stage_and_wait, str(lake.root), str(ready))
    while not ready.exists():
        assert process.is_alive()
    foreign = lake.root / "staging" / "mine"
    foreign.mkdir()
    assert lake.sweep().folders == 0
    process.kill()
    process.join()
    swept = lake.sweep()
    assert (swept.folders, swept.bytes) == (1, 5) and lake.sweep().folders == 0 and foreign.is_dir()


def _write_some(root: str, number: int) -> None:
    lake = Lake(Path(root))
    for sequence in range(6):
        lake.write(contents(post("A"), number=number, sequence=sequence))


def test_writers_side_by_side_never_share_a_number(lake):
    processes = [crash.start(_write_some, str(lake.root), n) for n in range(3)]
    seen: list[int] = []
    while any(p.is_alive() for p in processes):
        now = [p.commit for p in lake.packages()]
        assert now == sorted(set(now)) and len(now) >= len(seen)
        assert set(seen) <= set(now) and (not seen or min(set(now) - set(seen), default=10**9) > max(seen))  # none appears before
        seen = now
    assert [p.exitcode for p in processes] == [0, 0, 0]
    assert len(lake.packages()) == 18
    for package in lake.packages():
        lake.verify(package)


def _write_limited(root: str, size: int, said: str) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    try:
        Lake(Path(root)).write(contents(post("B"), number=2, fetches=[fetch(body=os.urandom(200_000))]))
    except Broken as error:
        Path(said).write_text(str(error)[:4000])


def test_a_file_that_cannot_grow(lake, tmp_path):
    first = lake.write(contents(post("A")))
    said = tmp_path / "said"
    process = crash.start(_write_limited, str(lake.root), 100_000, str(said))
    process.join()
    assert process.exitcode == 0 and "Make room" in said.read_text() and "package" in said.read_text()
    assert lake.packages() == [first] and not list(lake.root.glob("staging/*"))


def test_a_full_disk(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k", "none", disk], capture_output=True).returncode:
        pytest.skip("a tmpfs cannot be mounted here")
    try:
        lake = Lake(disk / "lake")
        first = lake.write(contents(post("A")))
        with pytest.raises(Broken, match=r"No space left.*Make room.*what was committed is untouched"):
            lake.write(contents(post("B"), number=2, fetches=[fetch(body=os.urandom(600_000))]))
        assert lake.packages() == [first] and not list(lake.root.glob("staging/*"))
        lake.verify(first)
        assert lake.write(contents(post("B"), number=2)).commit > first.commit
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_lake_that_cannot_be_written(tmp_path):
    (tmp_path / "lake").write_text("a file")
    with pytest.raises(Broken, match="lake"):
        Lake(tmp_path / "lake").write(contents(post("A")))


def test_duckdb_reads_the_whole_lake_with_one_glob(lake):
    lake.write(contents(post("A"), post("B", keys=["guid:2"])))
    lake.write(contents(post("C"), number=2, record=run(2, hours=30)))
    found = duckdb.sql(f"select text, run_date::varchar from read_parquet('{lake.root}/packages/*/*/posts.parquet') order by 1").fetchall()
    assert found == [("A", "2026-01-01"), ("B", "2026-01-01"), ("C", "2026-01-02")]


def test_a_package_is_of_its_run_batch_and_sequence():
    ids = {contents(number=n, batch=b, sequence=s).package_id for n in (1, 11) for b in (0, 1) for s in (0, 1, 10)}
    assert len(ids) == 12 and digest("a", "bc") != digest("ab", "c") != digest(None) != digest("")


def test_the_run_date_is_utc(lake):
    record = run(1)
    late = replace(record, started_at=datetime(2026, 1, 1, 23, tzinfo=timezone(timedelta(hours=-5))))
    package = lake.write(contents(post("A"), record=late))
    assert package.path.parent.name == "run_date=2026-01-02"
    assert table(package, "runs")["started_at"][0].as_py() == datetime(2026, 1, 2, 4, tzinfo=UTC)
