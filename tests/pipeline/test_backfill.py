"""Backfills over whole emulated archives: planned, killed, taken up again, repeated after edits; nothing lost, nothing twice."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any

import duckdb
import pytest

import web
from emulators import blogger, jsonfeed, listing, rfc5005, sitemap, weblog, wordpress
from feeds import configure, rows, run
from postetl import pipeline, warehouse
from postetl.errors import Reason, UsageError
from postetl.pipeline import RunReport, Window
from postetl.settings import Settings


def backfill(configured: Settings, source: str = "a", *, since: datetime | None = None, until: datetime | None = None, replace: bool = False) -> RunReport:
    opened = pipeline.open_run(configured, command="backfill", source_ids=[source], force=True, window=Window(since, until), batches=1, replace=replace)
    return pipeline.close_run(opened, [pipeline.run_batch(opened, batch) for batch in opened.batches])


def command(home: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "postetl", "--home", str(home), "backfill", "a", *more]


class Wordpress:
    start = "/"
    pause = 0.1

    def __init__(self) -> None:
        self.blog = wordpress.Blog(1000)

    def answer(self, request: web.Request) -> web.Answer:
        return self.blog(request)

    def change(self) -> None:
        for number in (3, 77, 150, 500, 999):
            self.blog.edit(number, day("2026-06-01"))
        for number in (1, 100, 998):
            self.blog.delete(number)
        for n in range(7):
            self.blog.add(day(f"2025-0{n + 1}-01"))


class Blogger(Wordpress):
    pause = 0.1

    def __init__(self) -> None:
        self.blog = blogger.Blog(1000)  # type: ignore[assignment]


class Pages:
    """A site that serves its posts as pages: a sitemap, or listings."""

    start = "/"
    pause = 0.002

    def __init__(self, site: Callable[[weblog.Weblog], Mapping[str, Callable[[web.Request], web.Answer]]]) -> None:
        self.log = weblog.Weblog(1000)
        self.site = site(self.log)

    def answer(self, request: web.Request) -> web.Answer:
        return self.site["*"](request)

    def change(self) -> None:
        for number in (3, 77, 150, 500, 999):
            self.log.edit(number)
        for number in (1, 100, 998):
            self.log.delete(number)
        for _ in range(7):
            self.log.add()


PLATFORMS: dict[str, Callable[[], Any]] = {
    "wordpress": Wordpress, "blogger": Blogger, "sitemap": lambda: Pages(sitemap.site), "listing": lambda: Pages(listing.site),
    "rfc5005": lambda: Pages(rfc5005.site), "jsonfeed": lambda: Pages(jsonfeed.site),
}  # fmt: skip


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_whole_wordpress(home: Path) -> None:
    blog = wordpress.Blog(120)
    with web.serve({"*": blog}) as site:
        configured = configure(home, f"a {site.url('/')}")
        done = backfill(configured)
    assert (done.status, done.posts_new) == ("done", 120), done.sources
    assert rows(home, "select count(*), count(distinct url), bool_and(archive = 'wordpress') from posts") == [(120, 120, True)]
    assert rows(home, "select count(*) from windows where done_at is null") == [(0,)]
    assert rows(home, "select sum(posts) from windows") == [(120,)]


@pytest.mark.slow
def test_edits_deletions_and_new_posts(home: Path) -> None:
    blog = wordpress.Blog(300)
    with web.serve({"*": blog}) as site:
        configured = configure(home, f"a {site.url('/')}")
        backfill(configured)
        for number in (3, 77, 150, 151, 299):
            blog.edit(number, day("2026-06-01"))
        for number in (1, 100, 298):
            blog.delete(number)
        for n in range(7):
            blog.add(day(f"2025-0{n + 1}-01"))
        done = backfill(configured)
        assert (done.posts_new, done.posts_edited, done.sources[0].past and done.sources[0].past.gone) == (7, 5, 3)
        again = backfill(configured)
        assert (again.posts_new, again.posts_edited) == (0, 0)
    assert rows(home, "select count(*), count(deleted_at), count(*) filter (where text like 'Edited%') from posts") == [(307, 3, 5)]


def test_a_window_holds_just_its_posts(home: Path) -> None:
    blog = wordpress.Blog(400, zone="America/New_York")
    since, until = day("2013-05-01"), day("2014-02-11T17:30:00")
    wanted = {p.number for p in blog.posts.values() if since <= p.at < until}
    with web.serve({"*": blog}) as site:
        configured = configure(home, f"a {site.url('/')}")
        backfill(configured, since=since, until=until)
    assert len(wanted) == len(rows(home, "select published_at from posts"))
    assert rows(home, "select min(published_at) >= ?, max(published_at) < ? from posts", [since.replace(tzinfo=None), until.replace(tzinfo=None)]) == [(True, True)]


def test_a_dry_run_writes_nothing_and_its_bodies_serve_the_run(home: Path) -> None:
    blog = wordpress.Blog(150)
    with web.serve({"*": blog}) as site:
        configured = configure(home, f"a {site.url('/')}")
        planned = pipeline.dry_run(configured, "a", Window())
        assert (planned.archive, planned.posts, planned.exact) == ("wordpress", 150, True)
        assert not list(home.glob("lake/packages/*/*"))
        looked = pipeline.dry_run(configured, "a", Window(), diff=True)
        assert len(looked.differences) == 150
        assert not list(home.glob("lake/packages/*/*"))
        before = len(site.requests)
        assert backfill(configured).posts_new == 150
        bodies = [r.target for r in site.requests[before:] if "_embed" in r.target and "per_page=1&" not in r.target]
        assert bodies == []
        assert not (home / "kept" / "a").exists()
        blog.edit(5, day("2026-06-01"))
        blog.delete(6)
        blog.add(day("2026-05-01"))
        third = pipeline.dry_run(configured, "a", Window(), diff=True)
        assert pipeline.maintain(configured).freed_bytes == 0
        for path in home.glob("kept/*/*"):
            os.utime(path, (0, 0))
        assert pipeline.maintain(configured).freed_bytes > 0
        assert not list(home.glob("kept/*/*"))
        assert sorted(d.sign for d in third.differences) == ["+", "-", "~"]
        assert third.unchanged == 148
    assert rows(home, "select count(*) from posts") == [(150,)]


BREAKS: dict[str, Callable[[web.Answer], web.Answer]] = {
    "not there": lambda _: web.Answer(status=404),
    "cut off": lambda made: web.Answer(made.body[: len(made.body) // 2], content_type=made.content_type),  # type: ignore[index,arg-type]
    "another page of it": lambda _: web.redirect("/feed"),
}


@pytest.mark.parametrize("how", sorted(BREAKS))
def test_what_a_broken_part_of_an_archive_listed_is_not_taken_for_deleted(home: Path, how: str) -> None:
    """Nor by the run that finishes the plan: the fourth window fails, and is read by that one."""
    site_of = rfc5005.site(weblog.Weblog(20), rfc5005.Quirks(how="paged", each=4))["*"]
    broken: dict[str, Callable[[web.Answer], web.Answer]] = {}
    with web.serve({"*": lambda request: broken.get(request.target, lambda made: made)(site_of(request))}) as site:
        configured = configure(home, f"a {site.url('/feed')}")
        assert backfill(configured).posts_new == 20
        broken["/feed?page=3"] = BREAKS[how] if how == "cut off" else lambda made: made
        broken["/feed?page=4"] = lambda _: web.Answer(status=500)
        failed = backfill(configured).sources[0]
        assert failed.past and (failed.past.done, failed.past.windows) == (3, 4)
        assert "a window is open" in str(failed.detail)
        broken["/feed?page=4"] = BREAKS[how] if how != "cut off" else lambda made: made
        done = backfill(configured).sources[0]
        assert done.past and (done.past.begun, done.past.gone, done.past.patchy) == (True, 0, True)
    assert rows(home, "select count(*), count(deleted_at) from posts") == [(20, 0)]
    assert rows(home, "select count(*) from windows where done_at is null") == [(0,)]


def test_an_empty_answer_where_the_archive_counted_posts_is_not_believed(home: Path) -> None:
    blog, silent = wordpress.Blog(30), ["per_page=never"]
    with web.serve({"*": lambda request: web.Answer("[]", content_type="application/json") if silent[0] in request.target else blog(request)}) as site:
        configured = configure(home, f"a {site.url('/')}")
        assert backfill(configured).posts_new == 30
        silent[0] = "_embed="
        done = backfill(configured).sources[0]
        assert done.past and (done.past.gone, done.past.patchy) == (0, True)
    assert rows(home, "select count(*), count(deleted_at) from posts") == [(30, 0)]


@pytest.mark.parametrize("until", [None, "2009-03-02"])
def test_pages_that_repeat_themselves_for_ever_come_to_an_end(home: Path, until: str | None) -> None:
    """Each number after the second is answered with the second page, and leads to the next number; in the dates that are asked for, or not."""
    site_of = rfc5005.site(weblog.Weblog(12), rfc5005.Quirks(how="paged", each=4))["*"]

    def answer(request: web.Request) -> web.Answer:
        number = int(request.query.removeprefix("page=") or 1)
        made = site_of(web.Request("GET", f"/feed?page={min(number, 2)}", request.headers))
        return web.Answer(str(made.body).replace("page=3", f"page={number + 1}"), content_type=made.content_type)

    with web.serve({"/feed": answer}) as site:
        past = backfill(configure(home, f"a {site.url('/feed')}"), until=day(until) if until else None).sources[0].past
    assert past and (past.done, past.windows, past.patchy) == (5, 5, True)


def test_a_run_that_is_killed_after_a_dry_run_loses_no_post(home: Path) -> None:
    """The bodies that were kept are older than the plan."""
    blog = wordpress.Blog(320)
    with web.serve({"*": blog}) as site:
        configured = configure(home, f"a {site.url('/')}")
        pipeline.dry_run(configured, "a", Window(), diff=True)
        opened = pipeline.open_run(configured, command="backfill", source_ids=["a"], force=True, window=Window(), batches=1)
        stop = Event()
        pipeline.run_batch(opened, opened.batches[0], on_step=lambda step: stop.set() if step.done == 1 else None, stop=stop)
        pipeline.abandon_run(opened)
        done = backfill(configured).sources[0]
        assert done.past and done.past.begun
    assert rows(home, "select count(*), count(deleted_at) from posts") == [(320, 0)]


def test_a_post_on_two_pages_counts_once(home: Path) -> None:
    """Blogger's pages begin with the last second of the one before."""
    with web.serve({"*": blogger.Blog(155)}) as site:
        configured = configure(home, f"a {site.url('/')}")
        for new in (155, 0):
            done = backfill(configured).sources[0]
            assert (done.new, done.posts) == (new, 155)
    assert rows(home, "select sum(posts) from windows group by plan_id") == [(155,), (155,)]


def test_all_posts_of_the_dates_are_deleted(home: Path) -> None:
    blog = wordpress.Blog(30)
    with web.serve({"*": blog}) as site:
        configured = configure(home, f"a {site.url('/')}")
        backfill(configured)
        for number in range(27, 31):
            blog.delete(number)
        backfill(configured, since=day("2012-04-01"))
    assert rows(home, "select count(*), count(deleted_at) from posts") == [(30, 4)]


def test_an_archive_that_does_not_answer_is_not_taken_for_none(home: Path) -> None:
    blog, down = wordpress.Blog(30), ["/wp-json/wp/v2/posts"]
    with web.serve({"*": lambda request: web.Answer(status=500) if request.path in down else blog(request)}) as site:
        configured = configure(home, f"a {site.url('/')}")
        assert pipeline.dry_run(configured, "a", Window()).error is Reason.SERVER_ERROR
        first = backfill(configured)
        assert (first.exit_code, first.posts_new, first.sources[0].error) == (1, 10, Reason.SERVER_ERROR)
        down.clear()
        assert backfill(configured).posts_new == 20
        for since, until in ((datetime.min.replace(tzinfo=UTC), None), (None, datetime.max.replace(tzinfo=UTC))):
            assert pipeline.dry_run(configured, "a", Window(since, until)).archive == "wordpress"
        with pytest.raises(UsageError, match="empty"):
            pipeline.dry_run(configured, "a", Window(day("2012-03-01"), day("2012-02-01")))


@pytest.mark.slow
def test_a_plan_is_gone_on_with_by_the_same_command_for_the_same_address(home: Path) -> None:
    blog, down = wordpress.Blog(320), [""]
    with web.serve({"*": lambda request: web.Answer(status=500) if down[0] and down[0] in request.target else blog(request)}) as site, web.serve({"*": wordpress.Blog(5)}) as other:
        configured = configure(home, f"a {site.url('/')}")
        backfill(configured)
        down[0] = "exclude="  # the second page of a window
        assert backfill(configured, replace=True).exit_code == 1
        down[0] = ""
        asked = len(site.requests)
        again = backfill(configured, replace=True).sources[0]
        assert again.past and again.past.begun
        assert {"per_page=1&" in r.target for r in site.requests[asked:]} == {False}
        down[0] = "exclude="
        backfill(configured)
        moved = configure(home, f"a {other.url('/')}")
        asked = len(site.requests)
        run(moved)
        assert run(moved).exit_code == 0
        done = backfill(moved)
        assert done.sources[0].past and not done.sources[0].past.begun
        assert len(site.requests) == asked


def test_runs_ask_an_archive_for_all_of_the_time_since_they_last_could(home: Path) -> None:
    """Since the plan, when there was no run before; since the first failure, when the source could not be had."""
    blog = wordpress.Blog(30)
    with web.serve({"*": blog}) as site:
        configured = configure(home, f"a {site.url('/')}")
        backfill(configured)
        assert rows(home, "select source_id, last_fetched_at from sources") == [("a", None)]
        run(configured)
        assert any("modified_after" in request.target for request in site.requests)
        site.routes["*"] = web.Answer(status=500)
        run(configured, force=True)
        known = warehouse.begin(home, ["a"], command="test").sources["a"]
        site.routes["*"] = blog
        assert known.archive is not None
        assert known.last_fetched_at is not None
        failing = rows(home, "select failing_since from sources")[0][0]
        assert known.archive.asked_at.replace(tzinfo=None) == failing


def test_replace_reads_its_dates_again(home: Path) -> None:
    blog = wordpress.Blog(200)
    since, until = day("2012-06-01"), day("2012-09-01")
    with web.serve({"*": blog}) as site:
        configured = configure(home, f"a {site.url('/')}")
        backfill(configured)
        first = dict(rows(home, "select post_id, run_id from posts"))
        backfill(configured, since=since, until=until, replace=True)
    asked = "select post_id from posts where published_at >= ? and published_at < ?"
    inside = {post_id for (post_id,) in rows(home, asked, [since.replace(tzinfo=None), until.replace(tzinfo=None)])}
    assert inside
    assert rows(home, "select count(*), (select count(*) from post_versions) from posts") == [(200, 0)]
    assert len(first) == 200


@pytest.mark.slow
@pytest.mark.parametrize("platform", sorted(PLATFORMS))
def test_killed_three_times_and_taken_up_again(home: Path, platform: str) -> None:
    """And again after 5 edits, 3 deletions and 7 new posts."""
    log = PLATFORMS[platform]()
    dice = random.Random(17)
    slow = [0.0]

    def answer(request: web.Request) -> web.Answer:
        time.sleep(slow[0])
        return log.answer(request)

    with web.serve({"*": answer}) as site:
        configured = configure(home, f"a {site.url(log.start)} max_follow = 5000")
        finished: list[tuple[int, set[str]]] = []  # (requests until then, addresses of windows that were done)
        slow[0] = log.pause
        for kill in range(3):
            process = subprocess.Popen(command(home), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
            began, before = time.monotonic(), _done(home)[0]
            while process.poll() is None and time.monotonic() - began < 120:
                if _done(home)[0] > before:
                    break
                time.sleep(dice.uniform(0.0, 0.05))
            time.sleep(dice.uniform(0.0, 0.2))
            assert process.poll() is None, f"it was done before it was killed the {kill + 1}. time"
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            warehouse.load(home)
            finished.append((len(site.requests), {str(url) for (url,) in rows(home, "select url from windows where done_at is not null")}))
        slow[0] = 0.0
        last = subprocess.run(command(home), capture_output=True, text=True)
        assert last.returncode == 0, last.stdout + last.stderr
        for asked, windows in finished:
            later = {site.url(request.target) for request in site.requests[asked:]}
            assert not windows & later
        assert finished[-1][1], "no window was done before the last kill"
        assert len(finished[-1][1]) < _done(home)[1], "all windows were done before the last kill"
        assert rows(home, "select count(*), count(distinct url), count(deleted_at) from posts") == [(1000, 1000, 0)]
        assert rows(home, "select count(*) from post_versions") == [(0,)]
        log.change()
        again = backfill(configured)
        past = again.sources[0].past
        assert (again.posts_new, again.posts_edited, past and past.gone) == (7, 5, 3)
    assert rows(home, "select count(*), count(deleted_at) from posts") == [(1007, 3)]


def _done(home: Path) -> tuple[int, int]:
    """(windows done, windows planned), as committed to the lake."""
    files = [str(path) for path in home.glob("lake/packages/*/*/windows.parquet")]
    if not files:
        return 0, 0
    with duckdb.connect() as con:
        query = "select count(distinct key) filter (where done_at is not null), count(distinct key) from read_parquet(?)"
        done, planned = con.execute(query, [files]).fetchall()[0]
    return int(done), int(planned)
