"""Packages into rows: identity, edits, what is kept, what is never doubled. Every case is rebuilt from the lake and must be equal."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

import crash
from packages import at, chunk_ids, clock, contents, fetch, hashed, post, reject, rows, run
from postetl import warehouse
from postetl.errors import Reason
from postetl.lake import Lake, Sighting, SourceRecord


class Home:
    """A home whose every load is checked: nothing new a second time, and a rebuild that is equal in all columns."""

    def __init__(self, path: Path) -> None:
        self.path, self.lake = path, Lake(path / "lake", now=clock())

    def load(self, *packages) -> warehouse.LoadReport:
        for package in packages:
            self.lake.write(package)
        report = warehouse.load(self.path)
        assert report.messages == ()
        return report

    @property
    def build(self) -> Path:
        """The writer's own database: what was published is behind it by requests that brought no news."""
        return self.path / "warehouse" / "build.duckdb"

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        with duckdb.connect(str(self.build), read_only=True) as con:
            return con.execute(sql).fetchall()

    def all(self):
        return rows(self.build)


@pytest.fixture
def home(tmp_path):
    made = Home(tmp_path)
    yield made
    before = made.all()
    assert made.load().packages == 0 and made.all() == before
    assert warehouse.rebuild(tmp_path).published is not None
    after = made.all()
    assert {t: set(map(repr, r)) ^ set(map(repr, before[t])) for t, r in after.items()} == {t: set() for t in before}
    assert after == before == rows(tmp_path / "warehouse" / "posts.duckdb")
    assert made.rows("select count(*) from chunks c join posts p using (post_id) where substring(p.text, start_char + 1, end_char - start_char) <> c.text") == [(0,)]
    assert made.rows("select count(*) from chunks where post_id not in (select post_id from posts)") == [(0,)]
    assert made.rows("select count(*) from (select chunk_id from chunks group by 1 having count(*) > 1)") == [(0,)]


VERSIONS = "select version, text, fetched_at, replaced_at from post_versions order by post_id, version"


def naive(hours):
    return at(hours).replace(tzinfo=None)


def test_a_post_with_all_it_has(home):
    report = home.load(contents(post("One\n\nTwo", hours=1, said="teaser", language="en")))
    assert (report.packages, report.posts_new, report.posts_edited, report.posts_updated) == (1, 1, 0, 0)
    (found,) = home.rows("select source_id, title, authors, text, summary, language, published_at, fetched_at, first_seen_at, last_seen_at, "
                         "deleted_at, run_id, links, enclosures from posts")  # fmt: skip
    assert found == ("blog", "Title", ["Ada", "Bo"], "One\n\nTwo", "teaser", "en", naive(-24), naive(1), naive(1), naive(1), None, "run-1",
                     [{"url": "https://example.org/a", "anchor": "One", "start": 0, "end": 3}],
                     [{"url": "https://example.org/a.mp3", "type": "audio/mpeg", "length": "12"}])  # fmt: skip
    assert home.rows("select position, text, heading_path, first_seen_at from chunks order by 1") == [
        (0, "One", ["Heading"], naive(1)), (1, "Two", ["Heading"], naive(1))]  # fmt: skip
    assert home.rows("select key, post_id = (select post_id from posts), first_seen_at from post_keys") == [("guid:1", True, naive(1))]
    assert home.rows("select posts, chunks, fetches, rejects, posts_new, posts_edited, batch, sequence from loads") == [(1, 2, 1, 0, 1, 0, 0, 1)]


def test_nothing_to_load_publishes_nothing(home):
    first = home.load(contents(post("A"))).published
    assert first is not None and home.load().published is None


def test_an_edit_keeps_the_earlier_text_and_the_chunks_that_stay(home):
    home.load(contents(post("Stays\n\nGoes", hours=1)))
    report = home.load(contents(post("Stays\n\nCame", hours=2), number=2))
    assert (report.posts_new, report.posts_edited) == (0, 1)
    assert home.rows(VERSIONS) == [(1, "Stays\n\nGoes", naive(1), naive(2))]
    assert home.rows("select text, first_seen_at from chunks order by position") == [("Stays", naive(1)), ("Came", naive(2))]
    assert home.rows("select text, first_seen_at, last_seen_at, fetched_at from posts") == [("Stays\n\nCame", naive(1), naive(2), naive(2))]


def test_there_and_back(home):
    for n, text in enumerate("ABA", 1):
        home.load(contents(post(text, hours=n), number=n))
    assert home.rows(VERSIONS) == [(1, "A", naive(1), naive(2)), (2, "B", naive(2), naive(3))]
    assert home.rows("select text, fetched_at from posts") == [("A", naive(3))]


def test_there_and_back_in_one_load_is_the_same(home, tmp_path):
    report = home.load(*(contents(post(text, hours=n), number=n) for n, text in enumerate("ABAC", 1)))
    assert (report.posts_new, report.posts_edited) == (1, 3)
    assert [v[1] for v in home.rows(VERSIONS)] == ["A", "B", "A"]


def test_what_is_no_edit_of_the_text_makes_no_version(home):
    home.load(contents(post("A", hours=1, said="old")))
    report = home.load(contents(post("A", hours=2, said="new", entry_hash="e"), number=2))
    assert (report.posts_new, report.posts_edited, report.posts_updated) == (0, 0, 1)
    assert home.rows("select summary, entry_hash, fetched_at, run_id from posts") == [("new", "e", naive(2), "run-2")] and home.rows(VERSIONS) == []


def test_the_same_again_moves_last_seen_only(home):
    home.load(contents(post("A", hours=1)))
    report = home.load(contents(post("A", hours=5), number=2))
    assert (report.posts_new, report.posts_edited, report.posts_updated) == (0, 0, 0)
    assert home.rows("select fetched_at, last_seen_at, run_id from posts") == [(naive(1), naive(5), "run-1")]


def test_new_chunking_of_the_same_text(home):
    home.load(contents(post("One\n\nTwo", hours=1)))
    again = post("One\n\nTwo", hours=2)
    whole = replace(again.post.chunks[0], text="One\n\nTwo", end=8)
    merged = replace(again.post, chunks=(whole,))
    home.load(contents(replace(again, post=merged, chunk_ids=chunk_ids(merged.post_id, [whole])), number=2))
    assert home.rows("select text, first_seen_at from chunks") == [("One\n\nTwo", naive(2))] and home.rows(VERSIONS) == []


def test_an_older_observation_never_replaces(home):
    home.load(contents(post("B", hours=5), number=1))
    home.load(contents(post("A", hours=1), number=2, hours=9))
    assert home.rows("select text, fetched_at, first_seen_at, last_seen_at from posts") == [("B", naive(5), naive(1), naive(5))]
    assert home.rows(VERSIONS) == [(1, "A", naive(1), naive(5))]
    home.load(contents(post("C", hours=3, keys=["guid:1"]), number=3, hours=10))
    assert home.rows(VERSIONS) == [(1, "A", naive(1), naive(3)), (2, "C", naive(3), naive(5))]
    assert home.rows("select text from chunks") == [("B",)]


def test_sightings(home):
    first = post("A", hours=2)
    home.load(contents(first))
    home.load(contents(number=2, sightings=[Sighting(first.post.post_id, "blog", at(8)), Sighting(first.post.post_id, "blog", at(7))]))
    home.load(contents(number=3, sightings=[Sighting(first.post.post_id, "blog", at(1))]))
    assert home.rows("select first_seen_at, last_seen_at, fetched_at from posts") == [(naive(1), naive(8), naive(2))]
    home.load(contents(post("B", hours=5), number=4))  # older than when A was last seen
    assert home.rows("select text from posts") == [("A",)] and [v[1] for v in home.rows(VERSIONS)] == ["A", "B"]


def test_a_sighting_of_nobody_is_no_post(home):
    home.load(contents(number=2, sightings=[Sighting("nobody", "blog", at(8))]))
    assert home.rows("select count(*) from posts") == [(0,)]


def test_a_post_that_moved_keeps_its_id(home):
    home.load(contents(post("One\n\nTwo", hours=1, keys=["guid:1", "link:a"])))
    (original,) = home.rows("select post_id from posts")
    moved = post("One\n\nEdited", hours=2, keys=["guid:2", "link:a"])
    report = home.load(contents(moved, number=2, sightings=[Sighting(moved.post.post_id, "blog", at(3))]))
    assert (report.posts_moved, report.posts_new, report.posts_edited) == (1, 0, 1)
    assert home.rows("select post_id from posts") == [original]
    pieces = [replace(c) for c in moved.post.chunks]
    assert [i for (i,) in home.rows("select chunk_id from chunks order by position")] == list(chunk_ids(original[0], pieces))
    assert home.rows("select text, first_seen_at from chunks order by position") == [("One", naive(1)), ("Edited", naive(2))]
    # what was written under the other id, before the load could tell, finds the post: here and in a later package
    assert home.rows("select last_seen_at from posts") == [(naive(3),)]
    home.load(contents(number=3, sightings=[Sighting(moved.post.post_id, "blog", at(6))]))
    assert home.rows("select last_seen_at from posts") == [(naive(6),)]
    home.load(contents(post("Third", hours=7, keys=["guid:3"], post_id=moved.post.post_id), number=4))
    assert home.rows("select post_id, text from posts") == [(original[0], "Third")]


def test_one_post_twice_in_a_package(home):
    report = home.load(contents(post("Late\n\nSame", hours=3, keys=["guid:1", "link:a"]), post("Early\n\nSame", hours=2, keys=["link:a"])))
    assert (report.posts_new, report.posts_edited, report.posts_moved) == (1, 0, 1)
    assert home.rows("select text, first_seen_at, last_seen_at from posts") == [("Late\n\nSame", naive(2), naive(3))]
    assert home.rows(VERSIONS) == [(1, "Early\n\nSame", naive(2), naive(3))]
    assert home.rows("select text from chunks order by position") == [("Late",), ("Same",)]


def test_one_post_twice_with_one_id_and_one_text(home):
    home.load(contents(post("Same\n\nText", hours=3), post("Same\n\nText", hours=2)))
    assert home.rows("select count(*) from posts") == [(1,)] and home.rows(VERSIONS) == [] and len(home.rows("from chunks")) == 2


def test_twenty_posts_with_one_guid_stay_twenty(home):
    home.load(contents(post("first", hours=1, keys=["guid:1", "link:0"])))
    many = [post(f"text {n}", hours=2, keys=[f"link:{n}"], shared=["guid:1"]) for n in range(20)]
    home.load(contents(*many, number=2))
    assert home.rows("select count(*), count(distinct post_id) from posts") == [(20, 20)]
    assert home.rows("select post_id from post_keys where key = 'guid:1'") == [(None,)]
    home.load(contents(*(post(f"text {n}", hours=3, keys=["guid:1", f"link:{n}"]) for n in range(20)), number=3))
    assert home.rows("select count(*) from posts") == [(20,)] and home.rows("select count(*) from post_versions") == [(1,)]


def test_the_same_keys_in_two_sources_are_two_posts(home):
    home.load(contents(post("A", source="a"), post("A", source="b")))
    assert home.rows("select source_id, count(*) from posts group by 1 order by 1") == [("a", 1), ("b", 1)]


def test_two_runs_side_by_side_make_one_post_of_one(home):
    """Both began before either was loaded, and saw the post under different keys."""
    home.load(contents(post("A", hours=1, keys=["guid:1", "link:a"]), number=1), contents(post("A", hours=2, keys=["link:a"]), number=2))
    assert home.rows("select count(*) from posts") == [(1,)]


def test_a_title_alone(home):
    home.load(contents(post("", title="Only a title")))
    assert home.rows("select title, text from posts") == [("Only a title", "")] and home.rows("from chunks") == []


def test_rejects_are_kept_once(home):
    home.load(contents(number=1, rejects=[reject(hours=3), reject(hours=2), reject("other", 3)]))
    home.load(contents(number=2, rejects=[reject(hours=5)]), contents(number=3, rejects=[reject(hours=1)]))
    assert home.rows("select detail, rejected_at, last_rejected_at, run_id from rejects order by 1") == [
        ("neither text nor title", naive(1), naive(5), "run-3"), ("other", naive(3), naive(3), "run-1")]  # fmt: skip


def test_a_repeated_batch_repeats_no_fetch(home):
    one = fetch(1)
    home.load(contents(number=1, fetches=[one]), contents(number=1, sequence=1, fetches=[one, fetch(2)]))
    assert home.rows("select count(*) from fetches") == [(2,)]


def test_a_source_is_as_it_was_last(home):
    home.load(contents(number=1, fetches=[fetch(1, next_check=9)], sources=[SourceRecord("blog", "u1", "feed", "One", at(1))]))
    home.load(contents(number=2, fetches=[fetch(3, error=Reason.SERVER_ERROR), fetch(4, depth=1)], sources=[SourceRecord("blog", "u2", None, None, at(3))]))
    want = [("blog", "u2", "feed", "One", naive(1), naive(3), naive(3), 500, "server_error", None)]
    columns = "select source_id, url, kind, title, first_seen_at, last_seen_at, last_fetched_at, last_status, last_error, next_check_at from sources"
    assert home.rows(columns) == want
    home.load(contents(number=3, hours=9, fetches=[fetch(2)], sources=[SourceRecord("blog", "u0", "page", "Old", at(0))]))  # late
    assert home.rows(columns) == [("blog", "u2", "feed", "One", naive(0), *want[0][5:])]


def test_a_source_that_was_only_fetched_is_there(home):
    home.load(contents(number=1, fetches=[fetch(1, error=Reason.DNS_FAILED)], sources=[]))
    assert home.rows("select source_id, url, kind, last_error from sources") == [("blog", "https://example.org/feed", None, "dns_failed")]


def test_a_run_that_ended_does_not_run_again(home):
    home.load(contents(number=1, batch=0, record=run(1, status="running", finished=None)))
    assert [r.run_id for r in warehouse.begin(home.path, []).open_runs] == ["run-1"]
    home.load(contents(number=1, batch=1, record=run(1, status="done")), contents(number=1, batch=2, record=run(1, status="running", finished=None)))
    assert home.rows("select status, finished_at from runs") == [("done", naive(1))] and warehouse.begin(home.path, []).open_runs == ()


def test_known(home):
    with closing(warehouse.memory(home.path)) as memory:
        assert memory.of(["blog"]) == warehouse.Known()
    record = post("A", hours=1, entry_hash="e")
    home.load(contents(record, post("B", source="other"), fetches=[fetch(1, body=b"1", next_check=5), fetch(2, body=b"2", next_check=6), fetch(3, body=b"", next_check=7)]))
    with closing(warehouse.memory(home.path)) as memory:
        found = memory.of(["blog", "none"])
    assert found.keys == {"blog": {"guid:1": record.post.post_id}}
    assert found.rows == {record.post.post_id: warehouse.KnownPost(record.post.row_hash, record.post.content_hash, "e", hashed("raw", 1), None, at(-24), at(1), None, record.post.url)}
    assert found.raw_refs == {("blog", "https://example.org/feed"): fetch(2, body=b"2").fetched.raw_ref}
    assert warehouse.begin(home.path, ["blog"]).sources["blog"].next_check_at == at(7)


def test_hostile_text_arrives(home):
    home.load(contents(post("a\x00b\ud800'; drop table posts; --\n\n𝔘𝔫𝔦", keys=["guid:'\x00"], title="'")))
    assert home.rows("select text, title from posts") == [("a\ufffdb\ufffd'; drop table posts; --\n\n𝔘𝔫𝔦", "'")]


def test_a_damaged_package_is_left_out_and_said(home):
    good = home.lake.write(contents(post("A", keys=["guid:1"])))
    bad = home.lake.write(contents(post("B", keys=["guid:2"]), number=2))
    home.lake.write(contents(post("C", keys=["guid:3"]), number=3))
    body = bad.file("posts").read_bytes()
    bad.file("posts").write_bytes(body[:-9] + b"123456789")
    (bad.path.parent / "foreign").mkdir()
    report = warehouse.load(home.path)
    assert report.packages == 2 and len(report.messages) == 2
    assert any(str(bad.file("posts")) in m for m in report.messages) and any("foreign" in m for m in report.messages)
    assert home.rows("select text from posts order by 1") == [("A",), ("C",)] and good.commit < bad.commit
    bad.file("posts").write_bytes(body)
    (bad.path.parent / "foreign").rmdir()
    home.load()
    assert home.rows("select text from posts order by 1") == [("A",), ("B",), ("C",)]
    # the order of the loads is not that of the commits now; a rebuild has the latter, and here they come to the same


def _load(home: str) -> None:
    warehouse.load(Path(home))


def test_two_loaders_at_once(home):
    for n in range(6):
        home.lake.write(contents(post(f"text {n}", hours=n, keys=[f"guid:{n % 3}"]), number=n))
    processes = [crash.start(_load, str(home.path)) for _ in range(3)]
    for process in processes:
        process.join()
    assert [p.exitcode for p in processes] == [0, 0, 0]
    assert home.rows("select count(*) from loads") == [(6,)] and home.rows("select count(*) from posts") == [(3,)]
    assert len(list((home.path / "warehouse" / "versions").iterdir())) == 1  # the others found nothing to do


def test_no_key_no_duplicate(home):
    """Even a bug in the plan cannot make two rows of one: the transaction is undone."""
    home.load(contents(post("A")))
    with duckdb.connect(str(home.path / "warehouse" / "build.duckdb")) as con, pytest.raises(duckdb.ConstraintException):
        con.execute("insert into posts select * from posts")
