"""What is learned of a source, and texts with and without it: rows, versions, and a home of before there was such a thing."""

import shutil
from contextlib import closing
from dataclasses import replace

import duckdb
from test_load import VERSIONS, home  # noqa: F401  every home is rebuilt at the end, and must be equal in all columns

from packages import at, contents, downgraded, hashed, post
from postetl import warehouse
from postetl.lake import ChromeRecord

FOOTER = "Support our newsroom."
NEW = {"posts": ("language_confidence", "boilerplate", "whole_hash"), "post_versions": ("boilerplate", "whole_hash")}


def learned(mark="00ff", hours=0.0, posts=8):
    return ChromeRecord("blog", mark, FOOTER, posts, 12, at(hours))


def parted(text, hours=0.0, footer=FOOTER, **more):
    """A post whose footer was taken out of its text."""
    return post(text, hours=hours, boilerplate=footer, whole_hash=hashed("Title", f"{text}\n\n{footer}"), **more)


def whole(text, hours=0.0, footer=FOOTER):
    return post(f"{text}\n\n{footer}", hours=hours)


def test_what_is_learned_stays_as_it_was_learned(home):  # noqa: F811
    first = home.load(replace(contents(), chrome=(learned(), learned("00aa"))))
    assert first.published is not None
    again = home.load(replace(contents(number=2, hours=1, fetches=(), sources=()), chrome=(learned(hours=5, posts=11),)))
    assert again.published is None  # no news
    home.load(replace(contents(number=3, hours=2), chrome=(learned("00bb", 2),)))
    assert home.rows("select source_id, hash, posts, run_id from chrome order by hash") == [
        ("blog", "00aa", 8, "run-1"), ("blog", "00bb", 8, "run-3"), ("blog", "00ff", 8, "run-1")]  # fmt: skip


def test_taken_out_and_put_back_is_no_edit(home):  # noqa: F811
    home.load(contents(whole("One.")))
    report = home.load(contents(parted("One.", 1, language_confidence=0.75), number=2))
    assert (report.posts_edited, report.posts_updated) == (0, 1)
    assert home.rows("select text, boilerplate, language_confidence from posts") == [("One.", FOOTER, 0.75)]
    home.load(contents(whole("One.", 2), number=3), contents(parted("One.", 3), number=4), contents(parted("One.", 4, "Another footer."), number=5))
    assert home.rows("select text, boilerplate from posts") == [("One.", "Another footer.")]
    assert home.rows(VERSIONS) == []
    assert home.rows("select text from chunks") == [("One.",)]


def test_an_edit_keeps_what_was_taken_out_of_the_text_before(home):  # noqa: F811
    home.load(contents(parted("One.")), contents(parted("Two.", 1), number=2), contents(whole("Two.", 2), number=3), contents(parted("Two.", 3), number=4))
    assert home.rows("select text, boilerplate from post_versions") == [("One.", FOOTER)]
    assert home.rows("select text, boilerplate from posts") == [("Two.", FOOTER)]
    home.load(contents(parted("Two.", 4, "Not known before."), number=5), contents(post("Two.\n\nNot known before.", hours=5), number=6))
    assert home.rows("select text from post_versions order by version") == [("One.",)]


def test_another_score_is_no_change(home):  # noqa: F811
    record = post("One.", language_confidence=0.7)
    again = replace(record, post=replace(record.post, language_confidence=0.71), fetched_at=at(1))
    assert home.load(contents(record), contents(again, number=2)).posts_updated == 0
    assert home.rows("select language_confidence from posts") == [(0.7,)]


def test_a_home_of_the_schema_before(home):  # noqa: F811
    """Its packages have neither table nor columns, its database not either: both are read, and go on."""
    home.load(contents(whole("One.")), contents(whole("Two.", 1), number=2))
    downgraded(home.lake.root)
    with closing(duckdb.connect(str(home.build))) as con:
        for table, columns in NEW.items():
            for column in columns:
                con.execute(f"alter table {table} drop column {column}")
        con.execute("drop table chrome; delete from schema_migrations where version in (0, 6); checkpoint")
    shutil.copy(home.build, (home.path / "warehouse" / "posts.duckdb").resolve())
    report = home.load()
    assert (report.packages, report.published is not None) == (0, True)
    assert home.rows("select boilerplate, whole_hash, language_confidence from posts") == [(None, None, None)]
    home.load(replace(contents(parted("Two.", 2), number=3), chrome=(learned(),)))
    assert home.rows("select text, boilerplate from posts") == [("Two.", FOOTER)]
    assert [row[1] for row in home.rows(VERSIONS)] == [f"One.\n\n{FOOTER}"]
    with warehouse.connect(home.path) as con:
        assert con.execute("select count(*) from chrome").fetchone() == (1,)
