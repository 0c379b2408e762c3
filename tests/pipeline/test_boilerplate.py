"""What most posts of a source have in common: learned by a reprocess, out of their texts from then on, and no edit of anybody's."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import web
from feeds import configure, entry, page, prose, rows, rss, run
from packages import downgraded, rebuilt_is_equal
from postetl import pipeline, settings, warehouse
from postetl.pipeline import Change, RunReport, Step, Window
from postetl.runlog import now

FEED = "application/rss+xml"
SUPPORT = "Support our newsroom: reporting like this is paid for by its readers."
TEXTS = "select title, text, boilerplate from posts order by title"


def item(n: int, *, footer: str = SUPPORT, words: str = "the river stood above its mark") -> str:
    about = f"On day {n} {words}, and we wrote it down."
    return entry(f"g{n}", title=f"Post {n:02}", link=f"https://example.org/{n}", body=f"<p>{about}</p><p><em>{footer}</em></p>" if footer else f"<p>{about}</p>")


def said(n: int, words: str = "the river stood above its mark") -> str:
    return f"On day {n} {words}, and we wrote it down."


def feed(*items: str) -> web.Answer:
    return web.Answer(rss(*items), content_type=FEED)


def counts(report: RunReport) -> tuple[int, int, int]:
    (source,) = report.sources
    return source.new, source.changed, source.seen


def command(home: Path, *arguments: str) -> str:
    done = subprocess.run([sys.executable, "-m", "postetl", "--home", str(home), *arguments], env=os.environ, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def site():
    with web.serve() as served:
        yield served


@pytest.fixture
def filled(home: Path, site: web.Site) -> settings.Settings:
    """Twelve posts with a footer, and one without."""
    site.routes["/feed"] = feed(*(item(n) for n in range(12)), item(12, footer=""))
    configured = configure(home, f"a {site.url('/feed')}")
    assert run(configured).posts_new == 13
    return configured


def test_learned_shown_taken_out_and_out_of_what_comes_later(filled: settings.Settings, site: web.Site) -> None:
    home = filled.home
    before, kept = rows(home, TEXTS), "select * exclude (text, boilerplate, whole_hash, content_hash, row_hash, words, tokens, run_id, made_with) from posts order by post_id"
    same, keys = rows(home, kept), rows(home, "select * from post_keys order by all")
    shown = command(home, "reprocess", "--dry-run")
    assert "a: 13 posts read again, 12 rewritten (" in shown
    assert f"\n  boilerplate, in 12 of 13 posts: *{SUPPORT}*\n" in shown
    assert f"boilerplate, words, tokens, chunks\n  - *{SUPPORT}*\n  + \n" in shown
    assert rows(home, TEXTS) == before and rows(home, "from chrome") == []

    done = pipeline.reprocess(filled)
    assert counts(done) == (0, 12, 1)
    assert [(b.posts, b.out_of) for b in done.sources[0].learned] == [(12, 13)]
    assert rows(home, TEXTS) == [(f"Post {n:02}", said(n), f"*{SUPPORT}*" if n < 12 else None) for n in range(13)]
    assert rows(home, "select count(*) from chunks where contains(text, 'newsroom')") == [(0,)]
    assert rows(home, "select source_id, text, posts, out_of from chrome") == [("a", f"*{SUPPORT}*", 12, 13)]
    assert (rows(home, kept), rows(home, "select * from post_keys order by all")) == (same, keys)
    published = (home / "warehouse" / "posts.duckdb").resolve()
    again = pipeline.reprocess(filled)
    assert counts(again) == (0, 0, 13) and again.sources[0].learned == ()
    assert (home / "warehouse" / "posts.duckdb").resolve() == published

    site.routes["/feed"] = feed(item(13), *(item(n) for n in range(12)))  # a new post: clean at once, and the others as they were
    assert counts(run(filled)) == (1, 0, 12)
    assert rows(home, "select text, boilerplate from posts where title = 'Post 13'") == [(said(13), f"*{SUPPORT}*")]
    assert rows(home, "select count(*) from posts where contains(boilerplate, 'newsroom')") == [(13,)]
    assert rows(home, "select count(*) from post_versions") == [(0,)]
    assert "\t1\t" in next(line for line in command(home, "status").splitlines() if line.startswith("a\t"))
    rebuilt_is_equal(home)


@pytest.mark.slow
def test_another_wording_is_an_edit_until_it_is_learned(filled: settings.Settings, site: web.Site) -> None:
    home, other = filled.home, "Become a member of our newsroom: it costs less than a newspaper."
    pipeline.reprocess(filled)
    site.routes["/feed"] = feed(*(item(n, footer=other) for n in range(8)))
    assert counts(run(filled)) == (0, 8, 0)
    assert rows(home, "select count(*), any_value(boilerplate) from post_versions") == [(8, f"*{SUPPORT}*")]
    assert counts(pipeline.reprocess(filled)) == (0, 8, 5)
    assert rows(home, "select text, boilerplate from posts where title = 'Post 03'") == [(said(3), f"*{other}*")]
    versions = rows(home, "select * from post_versions order by all")
    site.routes["/feed"] = feed(*(item(n) for n in range(8)))  # and back: both are known now
    assert counts(run(filled)) == (0, 8, 0)
    assert rows(home, "select text, boilerplate from posts where title = 'Post 03'") == [(said(3), f"*{SUPPORT}*")]
    assert len(rows(home, "from post_versions")) <= len(versions)  # texts that are equal now are one
    rebuilt_is_equal(home)


def test_edits_are_edits(filled: settings.Settings, site: web.Site) -> None:
    home = filled.home
    pipeline.reprocess(filled)
    site.routes["/feed"] = feed(item(3, words="the river fell"), item(4))
    assert counts(run(filled)) == (0, 1, 1)
    assert rows(home, "select v.text, v.boilerplate, p.text from post_versions v join posts p using (post_id)") == [(said(3), f"*{SUPPORT}*", said(3, "the river fell"))]


@pytest.mark.slow
def test_a_run_under_way_meanwhile_makes_no_versions(filled: settings.Settings, site: web.Site) -> None:
    """Neither what it wrote as it knew the source, nor the next run, which knows more, edits anything."""
    home = filled.home
    site.routes["/feed"] = feed(item(13), *(item(n) for n in range(12)))
    under_way = pipeline.open_run(filled)
    report = pipeline.run_batch(under_way, under_way.batches[0])
    assert counts(pipeline.reprocess(filled))[0] == 0
    pipeline.close_run(under_way, [report])
    site.routes["/feed"] = feed(item(14), item(13), *(item(n) for n in range(12)))
    run(filled)
    assert rows(home, "select count(*), count(boilerplate) from posts") == [(15, 14)]
    assert rows(home, "select count(*) from post_versions") == [(0,)]
    assert counts(pipeline.reprocess(filled))[1] == 0
    rebuilt_is_equal(home)


@pytest.mark.slow
def test_a_reprocess_that_was_cut_off_makes_no_versions(home: Path) -> None:
    """What was learned is there, some rows are not rewritten yet: the run that comes between finds no edits, and the next reprocess is done."""
    (home / "diary").mkdir()
    for n in range(70):
        (home / "diary" / f"{n}.txt").write_text(f"{n % 28 + 1} August {1950 + n}\n\n{said(n)}\n\n{SUPPORT}\n")
    configured = configure(home, "diary diary")
    assert run(configured).posts_new == 70
    steps: list[int] = []

    def stop(step: Step) -> None:
        steps.append(step.done)
        if len(steps) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pipeline.reprocess(configured, on_step=stop)
    (home / "diary" / "new.txt").write_text(f"1 May 2020\n\n{said(99)}\n\n{SUPPORT}\n")
    assert counts(run(configured, force=True)) == (1, 6, 64)
    assert rows(home, "select count(*), count(boilerplate), (select count(*) from chrome) from posts") == [(71, 71, 1)]
    assert counts(pipeline.reprocess(configured)) == (0, 0, 71)
    assert rows(home, "select count(*) from post_versions") == [(0,)]
    rebuilt_is_equal(home)


@pytest.mark.slow
def test_it_can_be_kept_and_a_window_learns_nothing(filled: settings.Settings, site: web.Site) -> None:
    home = filled.home
    before = rows(home, TEXTS)
    assert counts(pipeline.reprocess(filled, window=Window(until=now())))[1] == 0
    keeping = configure(home, f"a {site.url('/feed')} keep_boilerplate = true")
    assert counts(pipeline.reprocess(keeping)) == (0, 0, 13)
    configured = configure(home, f"a {site.url('/feed')}")
    assert counts(pipeline.reprocess(configured)) == (0, 12, 1)
    keeping = configure(home, f"a {site.url('/feed')} keep_boilerplate = true")
    assert counts(run(keeping)) == (0, 12, 1)  # another setting: all is read again, and stands as it was
    assert rows(home, TEXTS) == before
    for block in (SUPPORT, rows(home, "select hash from chrome")[0][0]):  # this block, by its words or its hash
        assert counts(pipeline.reprocess(configured)) == (0, 12, 1)
        keeping = configure(home, f"a {site.url('/feed')} keep_boilerplate = [{block!r}]")
        assert counts(pipeline.reprocess(keeping)) == (0, 12, 1)
        assert counts(run(keeping)) == (0, 0, 13) and rows(home, TEXTS) == before
    changes: list[Change] = []
    pipeline.reprocess_dry(keeping, on_change=changes.append)
    assert changes == []
    assert rows(home, "select count(*) from post_versions") == [(0,)]
    rebuilt_is_equal(home)


def test_posts_of_nothing_else_keep_their_words(home: Path, site: web.Site) -> None:
    site.routes["/daily"] = feed(*(entry(f"d{n}", title=f"Day {n}", body=f"<p>{SUPPORT}</p>") for n in range(12)))
    configured = configure(home, f"daily {site.url('/daily')}")
    run(configured)
    assert counts(pipeline.reprocess(configured)) == (0, 0, 12)
    assert rows(home, "from chrome") == []


@pytest.mark.slow
def test_pages_and_files_too(home: Path, site: web.Site) -> None:
    (home / "diary").mkdir()
    for n in range(9):
        (home / "diary" / f"{n}.txt").write_text(f"{n + 1} August 2017\n\n{said(n)}\n\n{SUPPORT}\n")
        site.routes[f"/pages/{n}"] = page(f"Page {n}", [*prose(f"otter {n}"), SUPPORT])
    site.routes["/feed"] = feed(*(entry(f"s{n}", title=f"Short {n}", link=f"/pages/{n}", body=None, summary="About …") for n in range(9)))
    configured = configure(home, f"a {site.url('/feed')}", "diary diary")
    run(configured)
    done = pipeline.reprocess(configured)
    assert [(s.source_id, s.changed, len(s.learned)) for s in done.sources] == [("a", 9, 1), ("diary", 9, 1)]
    assert rows(home, "select source_id, count(*) from posts where contains(text, 'newsroom') group by 1") == []
    assert rows(home, "select count(*) from posts where boilerplate = ?", [SUPPORT]) == [(18,)]
    assert [s.changed for s in pipeline.reprocess(configured).sources] == [0, 0]


@pytest.mark.slow
def test_a_lake_of_the_schema_before_is_read_again(filled: settings.Settings, site: web.Site) -> None:
    """It learns, and its rows get what they had no column for; a run beside it would have written none."""
    home, sure = filled.home, "select count(*), count(language_confidence), count(language), count(boilerplate) from posts"
    downgraded(filled.lake)
    warehouse.rebuild(home)
    assert rows(home, sure) == [(13, 0, 13, 0)]
    assert counts(run(filled, force=True)) == (0, 0, 13)
    assert rows(home, sure) == [(13, 0, 13, 0)]
    assert counts(pipeline.reprocess(filled)) == (0, 13, 0)
    assert rows(home, sure) == [(13, 13, 13, 12)]
    assert rows(home, "select count(*) from posts where language_confidence not between 0.5 and 1") == [(0,)]
    assert counts(pipeline.reprocess(filled)) == (0, 0, 13)
    assert rows(home, "select count(*) from post_versions") == [(0,)]
    rebuilt_is_equal(home)
