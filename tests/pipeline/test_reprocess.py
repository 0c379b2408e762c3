"""The archive read again: by the same code nothing is rewritten, by another only what comes out otherwise. Homes are made by real runs; the
other code is a real one: a copy of the package with a rule changed, run as a process of its own.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import postetl
import web
from feeds import configure, entry, page, prose, rows, rss, run
from packages import rebuilt_is_equal
from postetl import pipeline, settings
from postetl.errors import UsageError
from postetl.pipeline import Change, RunReport, SourceReport, Window

FEED = "application/rss+xml"
RULE = "text, marks = clean_body(body.text, (*body.links, *body.images, *body.embeds))"
ALL = "select * from posts order by post_id"


@pytest.fixture(scope="session")
def changed_code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A postetl 9.9.9 whose cleaning shouts every `otter`."""
    return another_code(tmp_path_factory.mktemp("code"), {"clean/post.py": (RULE, 'text, marks = clean_body(body.text.replace("otter", "OTTER"), (*body.links, *body.images, *body.embeds))')})


def another_code(folder: Path, edits: dict[str, tuple[str, str]]) -> Path:
    shutil.copytree(Path(postetl.__file__).parent, folder / "postetl", ignore=shutil.ignore_patterns("__pycache__"))
    for name, (old, new) in {**edits, "__init__.py": ('"0.1.0"', '"9.9.9"')}.items():
        file = folder / "postetl" / name
        text = file.read_text()
        assert text.count(old) == 1
        file.write_text(text.replace(old, new))
    return folder


def command(home: Path, *arguments: str, code: Path | None = None) -> str:
    """`postetl reprocess ...` of that code; what it printed."""
    environment = {**os.environ, **({"PYTHONPATH": str(code)} if code else {})}
    done = subprocess.run([sys.executable, "-m", "postetl", "--home", str(home), *arguments], env=environment, capture_output=True, text=True, timeout=500)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def routes() -> dict[str, web.Route]:
    full = [entry(f"f{n}", title=f"Full {n}", body=f"<p>{'An otter' if n == 3 else 'A vole'} in <a href='/x'>week</a> {n}.</p>") for n in range(8)]
    short = [entry(f"s{n}", title=f"Short {n}", link=f"/pages/{n}.html", body=None, summary=f"About {n} …", date=f"Tue, {n + 1:02} Aug 2017 10:00:00 GMT") for n in range(5)]
    bare = [f"<item><description>{words}</description></item>" for words in ("The first otter was here.", "And a heron, later on.", "And nobody.")]
    json_feed = {"version": "https://jsonfeed.org/version/1.1", "title": "J", "items": [
        {"id": str(n), "url": f"https://example.org/j/{n}", "title": f"Item {n}", "content_html": f"<p>{'otter' if n == 1 else 'grebe'} {n}</p>"} for n in range(4)]}  # fmt: skip
    made: dict[str, web.Route] = {
        "/full": web.Answer(rss(*full), content_type=FEED),
        "/short": web.Answer(rss(*short), content_type=FEED),
        "/bare": web.Answer(rss(*bare), content_type=FEED),
        "/json": web.Answer(json.dumps(json_feed), content_type="application/feed+json"),
    }
    for n in range(4):  # the fifth page cannot be had
        made[f"/pages/{n}.html"] = page(f"Page {n}", prose("otter" if n == 2 else "grebe"))
    return made


def sources(site: web.Site) -> list[str]:
    return [*(f"{name} {site.url('/' + name)}" for name in ("full", "short", "bare", "json")), "diary diary"]


def diary(home: Path, number: int = 5) -> None:
    (home / "diary").mkdir()
    for n in range(number):
        (home / "diary" / f"{n:04}.txt").write_text(f"{n % 28 + 1} August {2000 + n // 28 % 20}\n\n" + "\n\n".join(prose(f"otter {n}" if n == 4 else f"wren {n}", 2)))


def touched(report: RunReport) -> dict[str, int]:
    return {s.source_id: s.changed for s in report.sources if s.changed or s.new}


def left(report: RunReport) -> dict[str, int]:
    """How many posts were left as they were, by why."""
    names = ("lost", "entryless", "followed", "vanished", "failed", "unsure")
    return {name: number for name in names if (number := sum(getattr(s.again, name) for s in report.sources))}


@pytest.fixture
def filled(home: Path) -> settings.Settings:
    """Every kind that there is, after two runs, and the site gone."""
    diary(home)
    with web.serve(routes()) as site:
        configured = configure(home, *sources(site))
        assert run(configured).posts_new == 25
        site.routes["/full"] = web.Answer(rss(entry("f0", title="Full 0", body="<p>It was edited.</p>"), entry("f9", title="Full 9")), content_type=FEED)
        run(configured)
    return configured


def test_the_same_code_rewrites_nothing(filled: settings.Settings) -> None:
    home = filled.home
    before, published = rows(home, ALL), (home / "warehouse" / "posts.duckdb").resolve()
    steps: list[SourceReport] = []
    done = pipeline.reprocess(filled, on_source=steps.append)
    assert (done.status, touched(done), left(done)) == ("done", {}, {})
    assert sum(s.seen for s in done.sources) == 26
    assert [s.source_id for s in steps] == ["full", "short", "bare", "json", "diary"]
    assert rows(home, ALL) == before
    assert (home / "warehouse" / "posts.duckdb").resolve() == published
    rebuilt_is_equal(home)
    assert rows(home, "select command, status from runs order by started_at")[-1] == ("reprocess", "done")


@pytest.mark.slow
def test_another_cleaning_rule_rewrites_only_what_it_touches(filled: settings.Settings, changed_code: Path) -> None:
    home = filled.home
    others = "select * from posts where not contains(lower(text), 'otter') order by post_id"
    kept = "select * exclude (text, content_hash, row_hash, run_id, made_with) from posts order by post_id"
    before, same, versions = rows(home, others), rows(home, kept), rows(home, "select * from post_versions order by all")
    said = command(home, "reprocess", code=changed_code)
    assert [line.split(" (")[0] for line in said.splitlines()[:5]] == [
        "full: 9 posts read again, 1 rewritten", "short: 5 posts read again, 1 rewritten", "bare: 3 posts read again, 1 rewritten",
        "json: 4 posts read again, 1 rewritten", "diary: 5 posts read again, 1 rewritten"]  # fmt: skip
    assert rows(home, "select source_id, made_with from posts where contains(text, 'OTTER') order by 1") == [
        (name, "9.9.9") for name in ("bare", "diary", "full", "json", "short")]  # fmt: skip
    assert rows(home, "select count(*) from posts where contains(text, 'otter')") == [(0,)]
    assert (rows(home, others), rows(home, kept)) == (before, same)  # when it was fetched and seen, and every other post, are as they were
    assert rows(home, "select * from post_versions order by all") == versions
    wrong = "select count(*) from chunks c join posts p using (post_id) where substring(p.text, c.start_char + 1, c.end_char - c.start_char) <> c.text"
    assert rows(home, wrong) == [(0,)]
    assert "nothing comes out otherwise" in command(home, "reprocess", code=changed_code)
    assert touched(pipeline.reprocess(filled)) == dict.fromkeys(("full", "short", "bare", "json", "diary"), 1)  # and back
    assert rows(home, "select text from posts where contains(text, 'OTTER')") == []
    assert (rows(home, others), rows(home, kept)) == (before, same)
    rebuilt_is_equal(home)


@pytest.mark.slow
def test_a_run_after_it_finds_nothing_changed(home: Path, changed_code: Path) -> None:
    diary(home)
    with web.serve(routes()) as site:
        configured = configure(home, *sources(site))
        run(configured)
        command(home, "reprocess", code=changed_code)
        before = rows(home, "select post_id, text, made_with from posts order by 1")
        hits = len(site.requests)
        said = command(home, "run", code=changed_code)
        assert "0 new, 0 edited" in said
        assert len(site.requests) == hits + 5  # four feeds, as the code is another, and the page that could not be had: no other page
        assert rows(home, "select post_id, text, made_with from posts order by 1") == before
        assert rows(home, "select count(*) from post_versions") == [(0,)]


@pytest.mark.slow
def test_edits_there_and_back_keep_their_versions(home: Path, changed_code: Path) -> None:
    with web.serve() as site:
        configured = configure(home, f"a {site.url('/feed')}")
        for words in ("an otter", "a heron", "an otter", "a vole", "an otter"):
            site.routes["/feed"] = web.Answer(rss(entry("g", title="Post", body=f"<p>It was {words}.</p>")), content_type=FEED)
            run(configured)
    versions = rows(home, "select * from post_versions order by version")
    assert len(versions) == 4
    assert "1 rewritten" in command(home, "reprocess", code=changed_code)
    assert rows(home, "select * from post_versions order by version") == versions
    assert rows(home, "select text from posts") == [("It was an OTTER.",)]
    rebuilt_is_equal(home)


@pytest.mark.slow
def test_other_chunk_settings_change_chunks_alone(filled: settings.Settings) -> None:
    home = filled.home
    kept = "select * exclude (run_id) from posts order by post_id"
    before = rows(home, kept)
    file = home / "sources.toml"
    file.write_text(file.read_text().replace("[defaults]", "[defaults]\nchunk_tokens = 40", 1))
    done = pipeline.reprocess(settings.load(home))
    assert touched(done) == {"short": 4, "diary": 5}
    assert rows(home, kept) == before
    assert rows(home, "select max(tokens) <= 40, count(*) from chunks where post_id in (select post_id from posts where source_id = 'diary')")[0][0] is True
    assert touched(pipeline.reprocess(settings.load(home))) == {}
    rebuilt_is_equal(home)


@pytest.mark.slow
def test_full_text_off_takes_the_feeds_words_and_on_again_asks_for_a_run(filled: settings.Settings) -> None:
    home = filled.home
    file = home / "sources.toml"
    plain = file.read_text()
    file.write_text(plain.replace("[defaults]", "[defaults]\nfull_text = false", 1))
    done = pipeline.reprocess(settings.load(home))
    assert touched(done) == {"short": 4}
    assert rows(home, "select text from posts where source_id = 'short' order by title") == [(f"About {n} …",) for n in range(5)]
    assert rows(home, "select count(distinct raw_ref) from posts where source_id = 'short' and raw_ref is not null") == [(1,)]
    file.write_text(plain)
    done = pipeline.reprocess(settings.load(home))
    assert (touched(done), left(done)) == ({}, {"followed": 4})
    rebuilt_is_equal(home)


def test_dry_run_writes_nothing_and_shows_what_differs(filled: settings.Settings, changed_code: Path) -> None:
    home = filled.home
    file = home / "sources.toml"
    before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file() and "locks" not in path.parts and path.suffix != ".lock"}
    said = command(home, "reprocess", "full", "--dry-run", code=changed_code)
    assert "~ full\tFull 3\t\ttext, chunks\n  - An otter in week 3.\n  + An OTTER in week 3.\n" in said
    assert "1 would be rewritten, 0 new; nothing was written" in said
    file.write_text(file.read_text().replace("[defaults]", "[defaults]\nchunk_tokens = 40", 1))
    changes: list[Change] = []
    pipeline.reprocess_dry(settings.load(home), ["short"], on_change=changes.append)
    assert [(c.sign, c.columns, c.lines) for c in changes] == [("~", ("chunks",), None)] * 4
    file.write_bytes(before[file])
    assert {path: path.read_bytes() for path in before} == before
    assert len(list(home.glob("lake/packages/*/*"))) == len({p.parent for p in before if p.name == "manifest.json"})


@pytest.mark.slow
def test_a_window_and_named_sources(filled: settings.Settings, changed_code: Path) -> None:
    home = filled.home
    day = datetime(2017, 8, 3, tzinfo=UTC)
    done = pipeline.reprocess(filled, ["short"], Window(day, day.replace(day=5)))
    assert [(s.source_id, s.seen) for s in done.sources] == [("short", 2)]
    for refused in (pipeline.reprocess, lambda *a: pipeline.reprocess_dry(*a, on_change=print)):
        with pytest.raises(UsageError, match="window is empty"):
            refused(filled, [], Window(day, day))  # type: ignore[operator]
    assert "1 rewritten" in command(home, "reprocess", "short", "--since", "2017-08-03", "--until", "2017-08-04", code=changed_code)
    assert "0 rewritten" in command(home, "reprocess", "full", "--until", "2017-08-01", code=changed_code)
    assert rows(home, "select source_id from posts where contains(text, 'OTTER')") == [("short",)]


@pytest.mark.slow
def test_bodies_that_are_lost_are_said_and_skipped(filled: settings.Settings, changed_code: Path) -> None:
    home = filled.home
    of_json = next(path for path in home.glob("lake/packages/*/*/raw.parquet") if "json" in pq.read_table(path)["source_id"].to_pylist())
    of_json.write_bytes(b"no Parquet")  # that of the first run's feeds and pages
    done = pipeline.reprocess(filled)
    assert done.status == "done"
    assert left(done) == {"lost": 14, "entryless": 5}
    assert {s.source_id: s.seen for s in done.sources if s.seen} == {"full": 2, "diary": 5}  # what the second run fetched, and the folder
    assert "their bodies are not in the lake" in command(home, "reprocess", code=changed_code)
    assert rows(home, "select count(*) from posts") == [(26,)]


@pytest.mark.slow
def test_what_the_code_finds_no_more_stays_and_what_it_finds_anew_is_added(filled: settings.Settings, tmp_path: Path) -> None:
    home = filled.home
    drop = ('posts, rejects = _clean(target.entry, _body(target.entry, "feed"), target.shared_keys, options)\n', "posts, rejects = (), ()\n")
    said = command(home, "reprocess", "short", code=another_code(tmp_path / "drops", {"transform.py": drop}))
    assert "4 posts read again, 0 rewritten, 1 left as they are: their body has no such post any more" in said
    assert rows(home, "select count(*) from posts where source_id = 'short'") == [(5,)]
    skip = ("    for number, raw in enumerate(parsed.posts):\n        if number in follow:", "    for number, raw in enumerate(parsed.posts):\n        if number in follow or number == 1:")
    with web.serve({"/new": web.Answer(rss(*(entry(f"n{n}", title=f"New {n}") for n in range(3))), content_type=FEED)}) as site:
        configured = configure(home, f"new {site.url('/new')}")
        command(home, "run", code=another_code(tmp_path / "skips", {"transform.py": skip}))
    assert rows(home, "select count(*) from posts where source_id = 'new'") == [(2,)]
    done = pipeline.reprocess(configured)
    assert [(s.new, s.changed, s.seen) for s in done.sources] == [(1, 0, 2)]
    assert rows(home, "select title from posts where source_id = 'new' order by 1") == [("New 0",), ("New 1",), ("New 2",)]
    assert touched(pipeline.reprocess(configured)) == {}
    rebuilt_is_equal(home)


def test_posts_that_a_backfill_left_out_stay_out(home: Path) -> None:
    with web.serve() as site:
        site.routes["/feed"] = web.Answer(rss(*(entry(f"g{n}", title=f"Post {n}", date=f"Tue, 01 Aug 20{n:02} 10:00:00 GMT") for n in range(10, 20))), content_type=FEED)
        configured = configure(home, f"a {site.url('/feed')}")
        run(configured, "a", command="backfill", force=True, window=Window(datetime(2015, 1, 1, tzinfo=UTC)))
    assert touched(pipeline.reprocess(configured)) == {}
    assert rows(home, "select count(*) from posts") == [(5,)]


def test_an_entry_that_changed_since_is_taken_as_it_was_when_its_page_was_read(home: Path) -> None:
    """The page's row is of the entry that led to it, not of a newer one whose page is over the limit."""
    with web.serve() as site:
        for n in range(3):
            site.routes[f"/{n}.html"] = page(f"Page {n}", prose(f"otter {n}"))
        configured = configure(home, f"a {site.url('/feed')} max_follow = 3")
        for teaser in ("A teaser", "Another teaser"):
            entries = [entry(f"g{n}", title=f"{teaser} {n}", link=f"/{n}.html", body=None, summary=teaser) for n in range(3)]
            site.routes["/feed"] = web.Answer(rss(*entries), content_type=FEED)
            run(configured)
            configured = configure(home, f"a {site.url('/feed')} max_follow = 1")
    assert sorted(str(title) for (title,) in rows(home, "select title from posts")) == ["A teaser 1", "A teaser 2", "Another teaser 0"]
    done = pipeline.reprocess(configured)
    assert (touched(done), left(done), done.sources[0].seen) == ({}, {}, 3)


@pytest.mark.slow
def test_the_base_of_a_feed_is_kept_with_its_request(home: Path, changed_code: Path) -> None:
    """Relative links by Content-Location, of one's own origin only; the archive, read again, says the same."""
    where = "select source_id, url, (select l.url from post_links l where l.post_id = p.post_id) from posts p order by 1"
    text = rss(entry(None, link="one.html", title="One", body="<p>An otter <a href='two.html'>there</a>.</p>"))
    with web.serve() as site:
        for name, location in (("a", "/2024/may/feed.rss"), ("b", "http://10.0.0.1:8080/x/feed.rss"), ("c", "../d/feed?x=1"), ("d", None)):
            site.routes[f"/{name}/feed"] = web.Answer(text, content_type=FEED, headers={"Content-Location": location} if location else {})
        site.routes["/e"] = web.Answer(page("A page", prose("otter")), headers={"Content-Location": "/e.en.html"})
        configured = configure(home, *(f"{name} {site.url(f'/{name}/feed')}" for name in "abcd"), f"e {site.url('/e')}")
        run(configured)
        expected = [(name, site.url(f"{at}one.html"), site.url(f"{at}two.html")) for name, at in (("a", "/2024/may/"), ("b", "/b/"), ("c", "/d/"), ("d", "/d/"))]
        expected.append(("e", site.url("/e"), None))
        assert rows(home, where) == expected
        kept = {"a": site.url("/2024/may/feed.rss"), "c": site.url("/d/feed?x=1"), "e": site.url("/e.en.html")}
        assert dict(rows(home, "select source_id, base from fetches where base is not null")) == kept
    before = rows(home, ALL)
    done = pipeline.reprocess(configured)
    assert (touched(done), left(done), rows(home, ALL)) == ({}, {}, before)
    command(home, "reprocess", code=changed_code)
    assert rows(home, where) == expected
    assert rows(home, "select distinct made_with from posts") == [("9.9.9",)]
    rebuilt_is_equal(home)


def archive(home: Path) -> settings.Settings:
    """5,000 posts: feeds, a folder, pages behind summaries."""
    diary(home, 800)
    with web.serve() as site:
        for name in range(10):
            entries = [entry(f"g{n}", title=f"Post {n}", link=f"https://example.org/{name}/{n}", body=f"<p>{'An otter' if n == 7 else 'A wren'} {n}.</p>" * 3) for n in range(400)]
            site.routes[f"/{name}"] = web.Answer(rss(*entries), content_type=FEED)
        short = [entry(f"s{n}", title=f"Short {n}", link=f"/pages/{n}.html", body=None, summary=f"About {n} …") for n in range(200)]
        site.routes["/short"] = web.Answer(rss(*short), content_type=FEED)
        for n in range(200):
            site.routes[f"/pages/{n}.html"] = page(f"Page {n}", prose(f"{'otter' if n == 9 else 'grebe'} {n}"))
        configured = configure(home, *(f"f{name} {site.url(f'/{name}')}" for name in range(10)), f"short {site.url('/short')}", "diary diary")
        assert run(configured).posts_new == 5000
    return configured


@pytest.mark.slow
def test_five_thousand_posts(home: Path, changed_code: Path) -> None:
    configured = archive(home)
    before, published = rows(home, ALL), (home / "warehouse" / "posts.duckdb").resolve()
    done = pipeline.reprocess(configured)
    assert (touched(done), left(done), sum(s.seen for s in done.sources)) == ({}, {}, 5000)
    assert rows(home, ALL) == before
    assert (home / "warehouse" / "posts.duckdb").resolve() == published
    assert "12 sources read again: 12 posts rewritten, 0 new" in command(home, "reprocess", code=changed_code)
    assert rows(home, "select count(*) from posts where made_with = '9.9.9' and contains(text, 'OTTER')") == [(12,)]
    assert rows(home, "select count(*) from posts where made_with = '9.9.9'") == [(12,)]
    rebuilt_is_equal(home)


@pytest.mark.slow
def test_killed_and_run_again(filled: settings.Settings, tmp_path: Path, changed_code: Path) -> None:
    seed = random.randrange(2**32)
    dice = random.Random(seed)
    calm, hit = tmp_path / "calm", filled.home
    shutil.copytree(hit, calm, symlinks=True)
    began = time.monotonic()
    command(calm, "reprocess", code=changed_code)
    whole = time.monotonic() - began
    for _ in range(8):
        process = subprocess.Popen(
            [sys.executable, "-m", "postetl", "--home", str(hit), "reprocess"], env={**os.environ, "PYTHONPATH": str(changed_code)},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)  # fmt: skip
        time.sleep(dice.uniform(0.3, 1.0) * whole)
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert rows(hit, "select count(*) from posts") == [(26,)], f"seed {seed}"
    command(hit, "reprocess", code=changed_code)
    for query in ("select * exclude (run_id) from posts order by post_id", "select * from chunks order by chunk_id", "select * from post_versions order by all"):
        assert rows(hit, query) == rows(calm, query), f"seed {seed}"
    assert rows(hit, "select count(*) from runs where status = 'running'") == [(0,)], f"seed {seed}"
