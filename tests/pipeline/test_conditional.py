"""Runs over sources that did not change, moved, or went: what is asked, what is written, what a reader sees of it."""

from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

import web
from feeds import configure, entry, rows, rss, run
from postetl import pipeline
from postetl.errors import UsageError
from postetl.warehouse import standing

RSS = "application/rss+xml"
GONE = web.Answer(status=410)


def feed(*names: str, etag: str | None = '"1"', **more: object) -> web.Answer:
    return web.Answer(rss(*(entry(name, title=name) for name in names)), content_type=RSS, etag=etag, **more)  # type: ignore[arg-type]


def build(home: Path, sql: str) -> list[tuple[object, ...]]:
    """The writer's own database: it knows also what was not worth a publish."""
    with duckdb.connect(str(home / "warehouse" / "build.duckdb"), read_only=True) as con:
        return con.execute(sql).fetchall()


def published(home: Path) -> str:
    return str((home / "warehouse" / "posts.duckdb").readlink())


def asked(site: web.Site, path: str = "/feed") -> list[str | None]:
    """The If-None-Match of each request."""
    return [request.headers.get("if-none-match") for request in site.requests if request.path == path]


def test_nothing_changed_costs_a_row_and_no_copy(home: Path) -> None:
    with web.serve({"/feed": feed("a", "b", last_modified="Thu, 29 Feb 2024 12:00:00 GMT")}) as site:
        configured = configure(home, f"a {site.url('/feed')}")
        run(configured)
        version, tables = published(home), {t: build(home, f"from {t} order by all") for t in ("posts", "chunks", "post_keys", "post_versions", "rejects")}
        done = run(configured)
        assert (done.status, done.sources[0].unchanged, done.posts_new) == ("done", 1, 0)
        assert asked(site) == [None, '"1"']
        assert [r for r in site.requests if r.path == "/feed"][1].headers["if-modified-since"] == "Thu, 29 Feb 2024 12:00:00 GMT"
        assert published(home) == version
        assert {t: build(home, f"from {t} order by all") for t in tables} == tables
        assert build(home, "select status from fetches where kind is distinct from 'robots' order by fetched_at") == [(200,), (304,)]
        site.routes["/feed"] = feed("a", "b", "c", etag='"2"')
        assert run(configured).posts_new == 1
        assert rows(home, "select status from fetches where kind is distinct from 'robots' order by fetched_at") == [(200,), (304,), (200,)]  # with the next publish


def test_validators_are_renewed_by_304(home: Path) -> None:
    with web.serve({"/feed": feed("a")}) as site:
        configured = configure(home, f"a {site.url('/feed')}")
        run(configured)
        site.routes["/feed"] = lambda _: web.Answer(status=304, etag='"new"', content_type=None)
        run(configured)
        run(configured)
        assert asked(site) == [None, '"1"', '"new"']


@pytest.mark.parametrize("change", ["force", "parse", "settings", "window", "url"])
def test_validators_are_not_sent(home: Path, change: str) -> None:
    with web.serve({"/feed": feed("a"), "/other": feed("a")}) as site:
        configured = configure(home, f"a {site.url('/feed')}")
        run(configured)
        if change == "force":
            run(configured, force=True)
        elif change == "parse":
            site.routes["/feed"] = web.Answer("<rss><channel><item><title>a & b", content_type=RSS, etag='"bad"')
            run(configured)
            site.routes["/feed"] = feed("a")
            run(configured)
            assert asked(site) == [None, '"1"', None]
            return
        elif change == "settings":
            run(configure(home, f"a {site.url('/feed')} full_text = true"))
        elif change == "window":
            run(configured, "a", command="backfill", window=pipeline.Window(), force=True)
            run(configured)  # a window takes in a part only: the next run looks at the whole again
        else:
            run(configure(home, f"a {site.url('/other')}"))
        assert [a for a in (*asked(site), *asked(site, "/other")) if a] == []


def test_a_failed_request_keeps_them(home: Path) -> None:
    with web.serve({"/feed": feed("a")}) as site:
        configured = configure(home, f"a {site.url('/feed')}")
        run(configured)
        site.routes["/feed"] = web.Answer(status=500)
        run(configured)
        site.routes["/feed"] = feed("a")
        assert run(configured).sources[0].unchanged == 1
        assert asked(site) == [None, '"1"', '"1"']


def test_what_was_not_taken_in_whole_is_asked_for_whole(home: Path) -> None:
    with web.serve() as site:
        site.routes["/feed"] = web.Answer(rss(*(entry(f"g{n}", title=f"T{n}", link=f"/{n}.html", body=None, summary="A teaser …") for n in range(3))), content_type=RSS, etag='"1"')
        site.routes |= {f"/{n}.html": f"<html><body><article><p>{'Words of the page, enough of them. ' * 20}</p></article></body></html>" for n in range(3)}
        configured = configure(home, f"a {site.url('/feed')} max_follow = 2")
        run(configured)
        run(configured)
        assert asked(site) == [None, None]
        assert rows(home, "select count(*) from posts where extracted_by <> 'summary'") == [(3,)]
        assert run(configured).sources[0].unchanged == 1


def test_a_dead_link_does_not_keep_a_feed_from_being_unchanged(home: Path) -> None:
    with web.serve() as site:
        site.routes["/feed"] = web.Answer(rss(entry("g0", title="T", link="/0.html", body=None, summary="A teaser …")), content_type=RSS, etag='"1"')
        configured = configure(home, f"a {site.url('/feed')}")
        for _ in range(3):
            run(configured)
        assert asked(site) == [None, None, '"1"']
        assert site.hits("/0.html") == 2


def test_a_crash_between_commit_and_load_loses_neither_posts_nor_validators(home: Path) -> None:
    with web.serve({"/feed": feed("a")}) as site:
        configured = configure(home, f"a {site.url('/feed')}")
        opened = pipeline.open_run(configured)
        for batch in opened.batches:
            pipeline.run_batch(opened, batch)
        pipeline.abandon_run(opened)
        assert run(configured).sources[0].unchanged == 1
        assert asked(site) == [None, '"1"']
    assert rows(home, "select count(*) from posts") == [(1,)]


def test_an_unchanged_file_is_not_read_again(home: Path) -> None:
    for n in range(3):
        (home / f"{n}.txt").write_text(f"1 August 2017\n\nWords of post {n}, enough of them.\n")
    configured = configure(home, "a *.txt")
    run(configured)
    (home / "1.txt").write_text("1 August 2017\n\nOther words of post 1, enough of them.\n")
    done = run(configured)
    assert (done.sources[0].unchanged, done.posts_edited) == (2, 1)
    assert rows(home, "select count(*) from posts") == [(3,)]


@pytest.mark.slow
def test_a_source_that_moved_for_good(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standing, "MOVES_OVER", timedelta(0))
    with web.serve({"/feed": web.redirect("/new", 301), "/new": feed("a")}) as site:
        configured = configure(home, f"a {site.url('/feed')}")
        said = [run(configured).messages for _ in range(4)]
        assert [bool(messages) for messages in said] == [False, False, True, False]
        assert site.url("/new") in said[2][0]
        assert (site.hits("/feed"), site.hits("/new")) == (3, 4)
        assert asked(site, "/new") == [None, '"1"', '"1"', '"1"']
    assert rows(home, "select url, current_url, moved_at is not null from sources") == [(site.url("/feed"), site.url("/new"), True)]


@pytest.mark.parametrize("status", [302, 307])
def test_a_source_that_is_elsewhere_for_now(home: Path, monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    monkeypatch.setattr(standing, "MOVES_OVER", timedelta(0))
    with web.serve({"/feed": web.redirect("/new", status), "/new": feed("a")}) as site:
        configured = configure(home, f"a {site.url('/feed')}")
        for _ in range(4):
            run(configured)
        assert site.hits("/feed") == 4


def test_gone_for_good_and_enabled_again(home: Path) -> None:
    with web.serve({"/feed": GONE, "/other": feed("b")}) as site:
        configured = configure(home, f"a {site.url('/feed')}", f"b {site.url('/other')}")
        assert any("410" in message for message in run(configured).messages)
        second = run(configured)
        assert [s.source_id for s in second.run.skipped] == ["a"]
        assert site.hits("/feed") == 1
        with pytest.raises(UsageError, match="postetl sources enable a"):
            run(configured, "a")
        assert rows(home, "select disabled_reason from sources where source_id = 'a'") == [("410: gone for good, says the site",)]
        site.routes["/feed"] = feed("a")
        pipeline.enable(configured, ["a"])
        assert run(configured).posts_new == 1
    assert rows(home, "select disabled_at from sources where source_id = 'a'") == [(None,)]


def test_a_failing_source_slows_down(home: Path) -> None:
    with web.serve({"/feed": web.Answer(status=500)}) as site:
        configured = configure(home, f"a {site.url('/feed')}")
        asked_before = []
        for _ in range(5):
            run(configured)
            asked_before.append(site.hits("/feed"))
        assert asked_before[2:] == [asked_before[2]] * 3
    assert build(home, "select failures, next_check_reason from sources") == [(3, "failures")]


def test_what_the_site_asks_for_is_kept_to(home: Path) -> None:
    with web.serve({"/feed": feed("a", headers={"Cache-Control": "max-age=7200"})}) as site:
        configured = configure(home, f"a {site.url('/feed')}")
        run(configured)
        second = run(configured)
        assert second.run.skipped[0].reason == "not due (Cache-Control)"
        assert second.run.skipped[0].until is not None
        assert site.hits("/feed") == 1


def test_one_request_is_one_row_with_all_that_is_known_of_it(home: Path) -> None:
    with web.serve({"/feed": web.redirect("/new", 301), "/new": feed("a")}) as site:
        run(configure(home, f"a {site.url('/feed')}"))
        found = rows(home, """select status, error, error_class, bytes > 0, wire_bytes > 0, elapsed_ms >= first_byte_ms, etag, redirects, encoding, kind, tries,
            moved_to, next_check_reason, read_as is not null from fetches where kind <> 'robots'""")  # fmt: skip
    assert found == [(200, None, None, True, True, True, '"1"', [site.url("/new")], "utf-8", "feed", 1, site.url("/new"), "every run", True)]


def test_status_knows_what_was_not_published(home: Path) -> None:
    with web.serve({"/feed": feed("a")}) as site:
        configured = configure(home, f"a {site.url('/feed')} interval = 60")
        run(configured)
        version = published(home)
        site.routes["/feed"] = web.Answer(status=304, etag='"1"')
        run(configured, "a")
        assert published(home) == version
        state, due, why = (pipeline.overview(configured)[0][n] for n in (1, 5, 6))
    assert (state, why) == ("ok", "interval")
    assert [due] == [str(at)[:19] for (at,) in build(home, "select next_check_at from sources")]
