"""Whole runs over a real web on loopback: what arrives, what a second run finds, what is followed, what is set aside."""

import json
import socket
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import pytest

import web
from feeds import configure, entry, page, prose, rows, rss, run
from pipeline_rows import everything
from postetl import pipeline
from postetl.errors import Locked, UsageError
from postetl.pipeline import Window
from postetl.pipeline.placing import Placing

RSS = "application/rss+xml"

def test_first_run_second_run_and_an_edit(home: Path) -> None:
    with web.serve() as site:
        site.routes["/feed"] = web.Answer(rss(*(entry(f"g{n}", title=f"Post {n}", body=f"<p>Body {n}.</p>") for n in range(3))), content_type=RSS)
        configured = configure(home, f"a {site.url('/feed')}")
        first = run(configured)
        assert (first.status, first.posts_new, first.posts_edited) == ("done", 3, 0)
        before = everything(home)
        second = run(configured)
        assert (second.posts_new, second.posts_edited, second.sources[0].unchanged) == (0, 0, 1)  # byte for byte: not read again
        assert everything(home) == before
        texts = ["<p>Body 0, edited.</p>", "<p>Body 0.</p>", "<p>Body 0, edited.</p>"]
        for text in texts:  # there and back, and there again
            site.routes["/feed"] = web.Answer(rss(entry("g0", title="Post 0", body=text)), content_type=RSS)
            assert run(configured).posts_edited == 1
    assert rows(home, "select count(*) from posts") == [(3,)]
    versions = rows(home, "select v.version, v.text from post_versions v join posts p using (post_id) where p.external_id = 'g0' order by 1")
    assert versions == [(1, "Body 0."), (2, "Body 0, edited."), (3, "Body 0.")]
    assert rows(home, "select text from posts where external_id = 'g0'") == [("Body 0, edited.",)]
    wrong = "select count(*) from chunks c join posts p using (post_id) where substring(p.text, c.start_char + 1, c.end_char - c.start_char) <> c.text"
    assert rows(home, wrong) == [(0,)]


def test_summaries_are_followed_to_their_pages(home: Path) -> None:
    with web.serve() as site:
        entries = [entry(f"g{n}", title=f"Post {n}", link=f"/posts/{n}.html", body=None, summary=f"About {n} …") for n in range(3)]
        site.routes["/feed"] = web.Answer(rss(*entries), content_type=RSS)
        for n in range(3):
            site.routes[f"/posts/{n}.html"] = page(f"Another title {n}", prose(f"otter number {n}"))
        configured = configure(home, f"a {site.url('/feed')}")
        done = run(configured)
        assert (done.status, done.sources[0].followed, done.posts_new) == ("done", 3, 3)
        found = rows(home, "select title, text, summary, date_source, extracted_by from posts order by title")
        assert [row[0] for row in found] == ["Post 0", "Post 1", "Post 2"]  # the feed's metadata stay
        assert all(f"otter number {n} was seen" in str(row[1]) and row[2] == f"About {n} …" and row[3] == "feed" for n, row in enumerate(found))
        assert "About" not in str(found[0][1])  # the page's text wins
        hits = len(site.requests)
        assert run(configured).sources[0].unchanged == 1
        site.routes["/feed"] = web.Answer(rss(*entries, entry("g3", title="Post 3")), content_type=RSS)
        again = run(configured).sources[0]
        assert (again.seen, again.new) == (3, 1)
        assert len(site.requests) == hits + 2  # an unchanged entry is not followed again
        run(configured, force=True)
        assert len(site.requests) == hits + 6


def test_full_text_false_and_true(home: Path) -> None:
    with web.serve() as site:
        site.routes["/feed"] = web.Answer(
            rss(entry("g0", title="Has a body", link="/0.html", body="<p>The feed's own words.</p>"),
                entry("g1", title="Has none", link="/1.html", body=None, summary="A teaser …")),
            content_type=RSS)  # fmt: skip
        for n in range(2):
            site.routes[f"/{n}.html"] = page(f"Page {n}", prose(f"heron {n}"))
        url = site.url("/feed")
        run(configure(home, f"off {url} full_text = false", f"on {url} full_text = true", f"unset {url}"))
    text = dict(rows(home, "select source_id || ' ' || external_id, text from posts"))
    assert text["off g1"] == "A teaser …"
    assert text["off g0"] == text["unset g0"] == "The feed's own words."
    assert all("heron" in str(text[name]) for name in ("on g0", "on g1", "unset g1"))


def test_a_followed_page_in_another_charset(home: Path) -> None:
    with web.serve() as site:
        site.routes["/feed"] = web.Answer(rss(entry("g0", title="A", link="/0.html", body=None, summary="Ein Anriss …")), content_type=RSS)
        site.routes["/0.html"] = web.Answer(page("A", prose("Schwärmer überm Füllgrün")).encode("latin-1"), content_type="text/html; charset=iso-8859-1")
        run(configure(home, f"a {site.url('/feed')}"))
    assert "Schwärmer überm Füllgrün" in str(rows(home, "select text from posts")[0][0])


def test_a_page_without_an_article_is_not_fetched_at_every_run(home: Path) -> None:
    with web.serve() as site:
        site.routes["/feed"] = web.Answer(rss(entry("g0", title="A", link="/0.html", body=None, summary="A teaser …")), content_type=RSS)
        site.routes["/0.html"] = "<html><body></body></html>"
        configured = configure(home, f"a {site.url('/feed')}")
        run(configured)
        run(configured)
        assert site.hits("/0.html") == 1
    assert rows(home, "select text from posts") == [("A teaser …",)]
    assert rows(home, "select reason from rejects") == [("no_text",)]


def test_a_bug_met_in_one_source_leaves_the_others_alone(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "a.txt").write_text("Some words that are there.")
    (home / "b.txt").write_text("Some other words that are there.")
    placed = Placing.place

    def breaks(self: Placing, *arguments: object) -> None:
        if self.source_id == "a":
            raise ZeroDivisionError("a bug")
        placed(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Placing, "place", breaks)
    done = run(configure(home, "a a.txt", "b b.txt"))
    assert [(s.source_id, s.error) for s in done.sources] == [("a", "reader_failed"), ("b", None)]
    assert "ZeroDivisionError: a bug" in str(done.sources[0].detail)
    assert rows(home, "select source_id from posts") == [("b",)]
    assert rows(home, "select count(*) from fetches") == [(2,)]


def test_a_page_that_fails_leaves_the_entry_and_is_tried_again(home: Path) -> None:
    with web.serve() as site:
        site.routes["/feed"] = web.Answer(rss(entry("g0", title="A", link="/0.html", body=None, summary="A teaser …")), content_type=RSS)
        configured = configure(home, f"a {site.url('/feed')}")
        assert run(configured).status == "done"  # the source itself did answer
        assert rows(home, "select text, extracted_by from posts") == [("A teaser …", "summary")]
        assert rows(home, "select reason from rejects") == [("not_found",)]
        site.routes["/0.html"] = page("A", prose("kingfisher"))
        assert run(configured).posts_edited == 1
        assert "kingfisher" in str(rows(home, "select text from posts")[0][0])
        site.routes["/0.html"] = web.Answer(status=500)
        site.routes["/feed"] = web.Answer(rss(entry("g0", title="A, moved", link="/0.html", body=None, summary="A teaser …")), content_type=RSS)
        run(configured)
        assert "kingfisher" in str(rows(home, "select text from posts")[0][0])  # never back to the summary


def test_bad_input_ends_as_rows_and_the_rest_goes_on(home: Path) -> None:
    free = socket.create_server(("127.0.0.1", 0))
    dead = f"http://127.0.0.1:{free.getsockname()[1]}/feed"
    free.close()
    twice = [entry("same", title=f"T{n}", link=f"https://example.org/{n}", body=f"<p>Text {n}.</p>") for n in range(10)]
    latin = rss(entry("g", title="Über", body="<p>Grüße</p>")).replace("utf-8", "iso-8859-1").encode("latin-1")
    with web.serve({
        "/good": web.Answer(rss(entry("g", title="Good")), content_type=RSS),
        "/500": web.Answer(status=500),
        "/slow": web.Answer(b"x" * 100, drip=1.0),
        "/empty": web.Answer(b"", content_type=RSS),
        "/hollow": web.Answer("<?xml version='1.0'?><rss version='2.0'><channel><item><title>Half", content_type=RSS),
        "/malformed": web.Answer("<rss version='2.0'><channel><title>x</title><item><title>a & b", content_type=RSS),
        "/charset": web.Answer(latin, content_type="application/rss+xml; charset=utf-8"),
        "/html": page("Not a feed", prose("nothing")),
        "/dates": web.Answer(rss(*(entry(d, title=d, date=d) for d in ("0000-01-01T00:00:00Z", "9999-12-31T23:59:59-05:00", "Mon, 32 Foo 2020", "2017-08-01T10:00:00+02:00"))), content_type=RSS),
        "/twice": web.Answer(rss(*twice), content_type=RSS),
        "/large": web.Answer(rss(entry("g", title="Large", body="<p>" + "word and more. " * 700_000 + "</p>")), content_type=RSS),
        "/nothing": web.Answer(rss(), content_type=RSS),
        "/binary": web.Answer(bytes(range(256)) * 50, content_type="application/octet-stream"),
    }) as site:  # fmt: skip
        names = [path[1:] for path in site.routes]
        sources = [f"s-{name} {site.url('/' + name)}" for name in names]
        configured = configure(home, f"s-dead {dead}", f"s-missing {site.url('/nope')}", f"s-forced {site.url('/html')} kind = 'feed'", *sources,
                               "s-nofile nowhere/*.txt")  # fmt: skip
        done = run(configured)
    assert done.exit_code == 1
    outcome = {s.source_id.removeprefix("s-"): s for s in done.sources}
    errors = {name: s.error.value if s.error else None for name, s in outcome.items()}
    assert errors == {
        "dead": "connect_failed", "missing": "not_found", "forced": "wrong_kind", "good": None, "500": "server_error",
        "slow": "timed_out", "empty": "empty_body", "malformed": "malformed", "hollow": "malformed", "charset": None, "html": None, "dates": None, "twice": None,
        "large": None, "nothing": None, "binary": "unknown_kind", "nofile": "file_unreadable",
    }  # fmt: skip
    posts = {name: s.posts for name, s in outcome.items()}
    assert (posts["good"], posts["twice"], posts["dates"], posts["large"], posts["nothing"], posts["html"]) == (1, 10, 4, 1, 0, 1)
    assert rows(home, "select title, text from posts where source_id = 's-charset'") == [("Über", "Grüße")]
    assert rows(home, "select reason, count(*) from rejects where source_id = 's-dates' group by all") == [("bad_date", 3)]
    assert rows(home, "select title, published_at from posts where source_id = 's-dates' and published_at is not null") == [
        ("2017-08-01T10:00:00+02:00", datetime(2017, 8, 1, 8))
    ]
    assert rows(home, "select words from posts where source_id = 's-large'") == [(2_100_000,)]
    failed = {name for name, error in errors.items() if error}
    recorded = {str(r[0]).removeprefix("s-") for r in rows(home, "select source_id from fetches where error is not null union select source_id from rejects")}
    assert failed <= recorded


def test_ten_posts_with_one_guid_stay_ten(home: Path) -> None:
    with web.serve() as site:
        def feed(*numbers: int, edited: int = -1) -> web.Answer:
            return web.Answer(rss(*(
                entry("same", title=f"T{n}", link=f"https://example.org/{n}", body=f"<p>Text {n}{' again' * (n == edited)}.</p>") for n in numbers
            )), content_type=RSS)  # fmt: skip

        site.routes["/feed"] = feed(*range(10))
        configured = configure(home, f"a {site.url('/feed')}")
        assert run(configured).posts_new == 10
        site.routes["/feed"] = feed(3)  # alone now: its guid looks unique
        assert (run(configured).posts_new, rows(home, "select count(*) from posts")) == (0, [(10,)])
        site.routes["/feed"] = feed(*range(12), edited=4)
        done = run(configured)
        assert (done.posts_new, done.posts_edited) == (2, 1)
    assert rows(home, "select count(*), count(distinct text) from posts") == [(12, 12)]


@pytest.mark.parametrize("change", ["guid", "link", "both", "scheme", "tracking"])
def test_one_post_stays_one(home: Path, change: str) -> None:
    guid, link = "g1", "http://example.org/one"
    other = {"guid": ("g2", link), "link": (guid, "http://example.org/moved"), "both": ("g2", "http://example.org/moved"),
             "scheme": (None, "https://example.org/one"), "tracking": (None, link + "?utm_source=x")}[change]  # fmt: skip
    with web.serve() as site:
        site.routes["/feed"] = web.Answer(rss(entry(guid, link=link, title="One", body="<p>Words that stay.</p>")), content_type=RSS)
        configured = configure(home, f"a {site.url('/feed')}")
        run(configured)
        kept = rows(home, "select post_id from posts")
        site.routes["/feed"] = web.Answer(rss(entry(other[0], link=other[1], title="One", body="<p>Words that stay.</p>")), content_type=RSS)
        assert run(configured).posts_new == 0
    assert rows(home, "select post_id from posts") == kept


def test_a_page_that_several_entries_have_is_asked_for_once(home: Path) -> None:
    with web.serve() as site:
        site.routes["/feed"] = web.Answer(rss(*(entry(f"g{n}", title=f"T{n}", link=f"/{n % 2}.html", body=None, summary="A teaser …") for n in range(6))), content_type=RSS)
        site.routes["/0.html"] = page("Page 0", prose("heron"))
        done = run(configure(home, f"a {site.url('/feed')}"))
        assert (site.hits("/0.html"), site.hits("/1.html")) == (1, 1)
    assert (done.posts_new, done.sources[0].requests - 3 in (0, 1)) == (6, True)  # a robots.txt may have been one of them
    assert rows(home, "select count(*) from posts where text like '%heron%'") == [(3,)]


def test_an_old_guid_given_to_another_post_makes_two(home: Path) -> None:
    """A was guid 1, became guid 2; then B came with guid 1. Both stand in the feed: two posts, now and at every later run."""
    a, b = (lambda guid: entry(guid, title="A", link="https://example.org/a", body="<p>The words of A.</p>")), entry("1", title="B", link="https://example.org/b", body="<p>The words of B.</p>", date="Wed, 02 Aug 2017 10:00:00 GMT")
    with web.serve() as site:
        configured = configure(home, f"a {site.url('/feed')}")
        for entries, posts in (([a("1")], 1), ([a("2")], 1), ([b, a("2")], 2), ([a("2"), b], 2), ([b], 2)):
            site.routes["/feed"] = web.Answer(rss(*entries), content_type=RSS)
            run(configured)
            assert rows(home, "select count(*) from posts") == [(posts,)]
    assert rows(home, "select title, text, url from posts order by title") == [
        ("A", "The words of A.", "https://example.org/a"), ("B", "The words of B.", "https://example.org/b")]  # fmt: skip
    assert rows(home, "select count(*) from post_versions") == [(0,)]


def test_equal_texts_in_one_source_stay_two(home: Path) -> None:
    """Two files with the same words and date are two posts, in this run and in the next."""
    folder = home / "old"
    folder.mkdir()
    for name in ("b", "c"):
        (folder / f"{name}.txt").write_text("1 August 2017\n\nThe same words in two files, kept twice by their author.\n")
    configured = configure(home, "a old")
    assert run(configured).posts_new == 2
    (folder / "a.txt").write_text("1 August 2017\n\nThe same words in two files, kept twice by their author.\n")
    before = rows(home, "select post_id, url from posts order by url")
    assert run(configured).posts_new == 1
    assert rows(home, "select post_id, url from posts order by url")[1:] == before
    assert rows(home, "select count(*) from post_versions") == [(0,)]


def test_plaintext_with_a_long_date_line(home: Path) -> None:
    paragraphs = ["The river fell in the night and left its line on the wall.", "We counted eleven herons.\nNobody counted the boats.", "More tomorrow"]
    (home / "post.txt").write_text("Tuesday, 1 August 2017\n\n\n" + "\n \n\n".join(paragraphs) + "\n\n")
    done = run(configure(home, "old post.txt"))
    assert done.status == "done"
    assert rows(home, "select published_at, date_source, title, text from posts") == [(datetime(2017, 8, 1), "text", None, "\n\n".join(paragraphs))]
    assert rows(home, "select count(*) from rejects") == [(0,)]


def test_titles_come_out_plain_and_posts_have_their_feeds_author(home: Path) -> None:
    entry_of = lambda n, inner: f"<entry><id>urn:{n}</id><updated>2020-02-03T04:05:06Z</updated>{inner}</entry>"  # noqa: E731
    atom = "<feed xmlns='http://www.w3.org/2005/Atom'><title type='html'>R&amp;amp;D &lt;i>now&lt;/i></title><author><name>Mara Lund</name></author>"
    atom += entry_of(1, "<title type='html'>&lt;b>Rope&lt;/b> &amp;amp; sons</title><content type='html'>&lt;p>One.&lt;/p></content><summary>1 &lt; 2 &amp;amp; 3</summary>")
    atom += entry_of(2, "<title>1 &lt; 2</title><author><name>Ida Moss</name></author><link href='/two'/>") + "</feed>"
    with web.serve({"/a": web.Answer(atom, content_type="application/atom+xml"), "/two": page("Other", prose("page"))}) as site:
        run(configure(home, f"a {site.url('/a')}"))
    assert rows(home, "select title, summary, authors, extracted_by = 'feed' from posts order by external_id") == [
        ("Rope & sons", "1 < 2 &amp; 3", ["Mara Lund"], True), ("1 < 2", None, ["Ida Moss"], False)]
    assert rows(home, "select title from sources") == [("R&D now",)]


def test_jsonfeed_and_page(home: Path) -> None:
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "J", "items": [{"id": "1", "url": "https://example.org/1", "content_html": "<p>Hello <a href='/x'>there</a>.</p>", "date_published": "2020-02-03T04:05:06Z"}]}
    with web.serve({"/j": web.Answer(json.dumps(feed), content_type="application/feed+json"), "/p": page("A page", prose("page"))}) as site:
        run(configure(home, f"j {site.url('/j')}", f"p {site.url('/p')}"))
    assert rows(home, "select kind from sources order by source_id") == [("jsonfeed",), ("page",)]
    assert rows(home, "select url, anchor from post_links where source_id = 'j'") == [("https://example.org/x", "there")]
    assert rows(home, "select title from posts where source_id = 'p'") == [("A page",)]


def test_a_page_whose_counters_and_advertisements_change_is_the_same(home: Path) -> None:
    def at(minutes: int, word: str) -> str:
        return (
            f"<html><head><title>Rain</title></head><body><nav><a href=/>Home</a></nav><article><h1>Rain</h1><div class=entry-content><p>Updated {minutes} minutes ago</p>"
            f"<p>{prose('rain')} {word}</p><p>{prose('hills')}</p><p>{minutes * 37} views</p><p><img src='/chart.png' alt='Chart'></p></div>"
            f"<div class='advertisement banner'><p>Buy {minutes} boats!</p></div></article><section class=comments><p>{minutes} people said so.</p></section></body></html>"
        )

    with web.serve({"/p": at(3, "first")}) as site:
        configured = configure(home, f"p {site.url('/p')}")
        run(configured)
        site.routes["/p"] = at(8, "first")
        assert (run(configured).posts_edited, rows(home, "select count(*) from post_versions")) == (0, [(0,)])
        site.routes["/p"] = at(9, "second")
        assert (run(configured).posts_edited, rows(home, "select count(*) from post_versions")) == (1, [(1,)])
    ((text, confidence, images),) = rows(home, "select text, confidence, list_transform(images, i -> i.anchor) from posts")
    assert "second" in text and not any(word in text for word in ("ago", "views", "boats", "said so", "Home"))
    assert confidence > 0.9 and images == ["Chart"]


def test_backfill_window(home: Path) -> None:
    days = ["Sat, 31 Dec 2016 23:59:59 GMT", "Sun, 01 Jan 2017 00:00:00 GMT", "Sun, 31 Dec 2017 23:30:00 -0100", "Sun, 31 Dec 2017 23:59:59 GMT", None]
    with web.serve() as site:
        site.routes["/feed"] = web.Answer(rss(*(entry(f"g{n}", title=f"T{n}", date=d) for n, d in enumerate(days))), content_type=RSS)
        configured = configure(home, f"a {site.url('/feed')}")
        window = Window(datetime(2017, 1, 1, tzinfo=UTC), datetime(2018, 1, 1, tzinfo=UTC))
        done = run(configured, "a", command="backfill", window=window).sources[0]
    assert [r[0] for r in rows(home, "select title from posts order by 1")] == ["T1", "T3"]
    assert (done.new, done.undated, done.outside, done.oldest) == (2, 1, 2, datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC))


def test_interval_skips_what_is_not_due(home: Path) -> None:
    with web.serve({"/feed": web.Answer(rss(entry("g")), content_type=RSS)}) as site:
        configured = configure(home, f"a {site.url('/feed')} interval = 60")
        run(configured)
        opened = pipeline.open_run(configured)
        assert (opened.batches, [s.source_id for s in opened.skipped]) == ((), ["a"])
        pipeline.close_run(opened, [])
        assert run(configured, force=True).sources[0].requests == 1
        assert run(configured, "a").sources[0].requests == 1  # named: always due


def test_a_second_run_is_refused_and_names_the_first(home: Path) -> None:
    (home / "a.txt").write_text("Some words, enough of them.")
    configured = configure(home, "a a.txt")
    opened = pipeline.open_run(configured)
    with pytest.raises(Locked, match=r"another run is in progress: .*pid"):
        pipeline.open_run(configured)
    other = pipeline.open_run(configured, command="backfill", source_ids=["a"])  # beside it: fine
    pipeline.close_run(other, [])
    pipeline.close_run(opened, [pipeline.run_batch(opened, batch) for batch in opened.batches])
    assert rows(home, "select command, status from runs order by 1") == [("backfill", "done"), ("run", "done")]


def test_usage_errors(home: Path) -> None:
    configured = configure(home, "a a.txt enabled = false")
    with pytest.raises(UsageError, match="disabled"):
        pipeline.open_run(configured, source_ids=["a"])
    with pytest.raises(UsageError, match="window is empty"):
        pipeline.open_run(configured, window=Window(datetime(2020, 1, 1, tzinfo=UTC), datetime(2020, 1, 1, tzinfo=UTC)))
    assert not (home / "lake").exists()


def test_one_host_is_in_one_batch(home: Path) -> None:
    configured = configure(home, *(f"s{n} http://127.0.0.{n % 5 + 1}:9/{n}" for n in range(30)), *(f"f{n} f{n}.txt" for n in range(5)))
    opened = pipeline.open_run(configured)
    pipeline.abandon_run(opened)
    where = [(s.url or s.id).rsplit("/", 1)[0] for b in opened.batches for s in b.sources]
    assert sorted(s.id for b in opened.batches for s in b.sources) == sorted(s.id for s in configured.sources)
    assert len(opened.batches) == 8
    assert len(where) == 35
    hosts = [{(s.url or s.id).rsplit("/", 1)[0] for s in b.sources} for b in opened.batches]
    assert sum(map(len, hosts)) == len(set().union(*hosts))


def test_a_stopped_batch_keeps_the_sources_that_are_done(home: Path) -> None:
    stop = Event()
    with web.serve({"/quick": web.Answer(rss(entry("g")), content_type=RSS), "/slow": web.Answer(b"<rss>" * 1000, drip=0.5)}) as site:
        configured = configure(home, f"quick {site.url('/quick')}", f"slow {site.url('/slow')}")
        opened = pipeline.open_run(configured, batches=1)
        done = pipeline.run_batch(opened, opened.batches[0], on_source=lambda _: stop.set(), stop=stop)
        assert [s.source_id for s in done.sources] == ["quick"]
        assert pipeline.close_run(opened, [done], status="interrupted").posts_new == 1
