"""Rows that were read again from the archive: they replace the row that they were made of, and nothing else; no edit, no sighting."""

from dataclasses import replace

from test_load import VERSIONS, home  # noqa: F401  every home is rebuilt at the end, and must be equal in all columns

from packages import at, chunk_ids, contents, post
from postetl.lake import Sighting

NOW = "select text, raw_ref, fetched_at, first_seen_at, last_seen_at, deleted_at, run_id from posts"


def again(old, text, **more):
    """What another code makes of the body of `old`."""
    made = post(text, hours=(old.fetched_at - at(0)).total_seconds() / 3600, **more)
    return replace(made, raw_ref=old.raw_ref, reread=old.raw_ref)


def test_it_replaces_the_row_and_its_chunks_and_is_no_edit(home):  # noqa: F811
    old = post("One.\n\nTwo.")
    home.load(contents(old), contents(number=2, hours=5, sightings=[Sighting(old.post.post_id, "blog", at(5))]))
    report = home.load(contents(again(old, "One.\n\nTwo!"), number=3, hours=9, fetches=(), sources=()))
    assert (report.posts_new, report.posts_edited, report.published is not None) == (0, 0, True)
    assert home.rows(NOW) == [("One.\n\nTwo!", old.raw_ref, *(t.replace(tzinfo=None) for t in (at(0), at(0), at(5))), None, "run-3")]
    assert home.rows("select text from chunks order by position") == [("One.",), ("Two!",)]
    assert home.rows(VERSIONS) == []


def test_chunks_alone_may_change(home):  # noqa: F811
    old = post("One.\n\nTwo.")
    home.load(contents(old))
    whole = replace(old.post, chunks=(replace(old.post.chunks[0], text=old.post.text, end=len(old.post.text)),))
    ids = chunk_ids(old.post.post_id, whole.chunks)
    home.load(contents(replace(old, post=whole, chunk_ids=ids, reread=old.raw_ref), number=2, fetches=(), sources=()))
    assert home.rows("select chunk_id, text from chunks") == [(ids[0], "One.\n\nTwo.")]
    assert home.rows("select run_id from posts") == [("run-2",)]


def test_a_row_that_a_run_has_replaced_meanwhile_is_left_alone(home):  # noqa: F811
    old, new = post("One."), post("One, edited.", hours=3)
    home.load(contents(old), contents(new, number=2), contents(again(old, "One!", keys=["guid:1", "guid:9"]), number=3, hours=4, fetches=(), sources=()))
    assert home.rows("select text from posts") == [("One, edited.",)]
    assert [row[:2] for row in home.rows(VERSIONS)] == [(1, "One.")]
    assert home.rows("select text from chunks") == [("One, edited.",)]
    assert home.rows("select count(*) from post_keys where key = 'guid:9'") == [(0,)]


def test_edits_there_and_back_keep_their_versions(home):  # noqa: F811
    first, second, third = post("A."), post("B.", hours=1), replace(post("A.", hours=2), raw_ref=post("A.").raw_ref)
    home.load(contents(first), contents(second, number=2), contents(third, number=3))
    before = home.rows(VERSIONS)
    home.load(contents(again(first, "A!"), number=4, hours=3, fetches=(), sources=()))  # made of the first, whose body is that of the third
    assert home.rows(VERSIONS) == before
    assert home.rows("select text, fetched_at from posts") == [("A!", at(2).replace(tzinfo=None))]
    home.load(contents(post("C.", hours=5), number=5))
    assert [row[1] for row in home.rows(VERSIONS)] == ["A.", "B.", "A!"]


def test_a_post_that_is_gone_stays_gone_and_its_new_keys_find_it(home):  # noqa: F811
    old = post("A.", keys=["content:a"])
    home.load(contents(old), contents(number=2, hours=2, sightings=[Sighting(old.post.post_id, "blog", at(2), "feed", gone=True)]))
    changed = replace(again(old, "A!", keys=["content:b"], post_id=old.post.post_id), reread=old.raw_ref)
    home.load(contents(changed, number=3, hours=3, fetches=(), sources=()))
    assert home.rows("select text, deleted_at is not null from posts") == [("A!", True)]
    home.load(contents(post("A!", keys=["content:b"], hours=4), number=4))
    assert home.rows("select count(*), max(deleted_at) from posts") == [(1, None)]


def test_a_row_without_a_body(home):  # noqa: F811
    old = replace(post("A."), raw_ref=None)
    home.load(contents(old), contents(replace(again(old, "A!"), raw_ref=None, reread=""), number=2, hours=1, fetches=(), sources=()))
    assert home.rows("select text, raw_ref from posts") == [("A!", None)]
