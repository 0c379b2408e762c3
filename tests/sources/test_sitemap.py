"""Sitemaps: what is read of them, what a plan makes of them, and a thousand posts walked through them."""

import contextlib
import gzip
import time
from datetime import UTC, datetime, timedelta

import pytest
from archive_walk import ask, survey, walk
from hypothesis import given
from hypothesis import strategies as st

import web
from emulators import sitemap as emulator
from emulators.weblog import Weblog
from postetl.errors import Malformed
from postetl.model import Answer
from postetl.sources import permalinks, read, sitemap, sitemapwire, slices

X = "https://x.example"
NS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'


def urlset(*inner: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?><urlset {NS}>{"".join(f"<url>{i}</url>" for i in inner)}</urlset>'.encode()


def index(*inner: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?><sitemapindex {NS}>{"".join(f"<sitemap>{i}</sitemap>" for i in inner)}</sitemapindex>'.encode()


def loc(path: str, more: str = "") -> str:
    return f"<loc>{X}{path}</loc>{more}"


def answer(body: bytes, path: str = "/sitemap.xml", status: int | None = 200) -> Answer:
    return Answer(X + path, status, {}, body, "application/xml")


@pytest.mark.parametrize(("body", "addresses"), [
    (urlset(loc("/a-b-c"), loc("/a-b-c#x"), loc("/d")), ["/a-b-c", "/d"]),
    (urlset("<loc> \n/rel/post?a=1&amp;b=2 </loc>", "<loc><![CDATA[https://x.example/c?a=1&b=2]]></loc>"), ["/rel/post?a=1&b=2", "/c?a=1&b=2"]),
    (urlset(loc("/p?a=1&b=2&copy=3")), ["/p?a=1&b=2&copy=3"]),  # unescaped, as most generators have sent it at some time
    (b'<sm:urlset xmlns:sm="http://www.sitemaps.org/schemas/sitemap/0.9"><sm:url><sm:loc>https://x.example/p</sm:loc></sm:url></sm:urlset>', ["/p"]),
    (urlset(loc("/p", "<image:image><image:loc>https://x.example/i/post</image:loc></image:image>")), ["/p"]),
    (urlset(loc("/p"), "<!-- <loc>https://x.example/no</loc> -->" + loc("/q")), ["/p", "/q"]),
    (b"\xef\xbb\xbf\n<!-- made by x -->" + urlset(loc("/p")), ["/p"]),
    (b"Warning: undefined x in y.php on line 3<br />\n" + urlset(loc("/p")), ["/p"]),
    (gzip.compress(urlset(loc("/p"))) + gzip.compress(b"<!-- more -->"), ["/p"]),
    (urlset(loc("/p")).decode().replace('encoding="UTF-8"', "").encode("utf-16"), ["/p"]),
    (urlset(*(loc(p) for p in ("/", "/tag/a/", "/category/b/c/", "/author/d", "/blog/page/3/", "/page7/", "/feed/", "/a/feed", "/rss.xml", "/i.PNG", "/wp-json/x", "/2019/", "/2019/03/", "/2019/03/14/", "/?paged=2", "/?cat=4", "/index.html", "/p"))), ["/p"]),
    (urlset(*(loc(p) for p in ("/?p=12", "/tagging-birds", "/a/categories-of-x/", "/pages/7", "/2019/03/14/x", "/feedback", "/archives/123"))), ["/?p=12", "/tagging-birds", "/a/categories-of-x/", "/pages/7", "/2019/03/14/x", "/feedback", "/archives/123"]),
    (b"<urlset/>", []), (f"<urlset {NS}></urlset>".encode(), []),
])  # fmt: skip
def test_addresses(body, addresses):
    parsed = read(body, url=f"{X}/sitemap.xml")
    assert parsed.kind == "sitemap" and not parsed.rejects
    assert [p.url for p in parsed.posts] == [X + a for a in addresses]
    assert [(t.url, t.kind, t.entry) for t in parsed.follow] == [(p.url, "page", p) for p in parsed.posts]


@pytest.mark.parametrize(("said", "when"), [
    ("2019", (2019, 1, 1)), ("2019-03", (2019, 3, 1)), ("2019-03-14", (2019, 3, 14)), ("2019-03-14T10:15Z", (2019, 3, 14, 10, 15)),
    ("2019-03-14T10:15:30.45+02:00", (2019, 3, 14, 8, 15, 30, 450000)), ("0000-00-00", None), ("yesterday", None), ("2019-02-30", None), ("", None), ("9999-12-31", None),
])
def test_dates(said, when):
    entry = read(urlset(loc("/p", f"<lastmod>{said}</lastmod>")), url=X).posts[0]
    assert entry.updated_at == (datetime(*when, tzinfo=UTC) if when else None) and entry.published_at is None


def test_news():
    said = "<news:news><news:publication><news:name>N</news:name><news:language>de</news:language></news:publication><news:publication_date>2019-03-14</news:publication_date><news:title>A &amp; B</news:title></news:news>"
    entry = read(urlset(loc("/p", f"<lastmod>2020-01-01</lastmod>{said}<image:title>no</image:title>")), url=X).posts[0]
    assert (entry.published_at, entry.title, entry.language, entry.date_source) == (datetime(2019, 3, 14, tzinfo=UTC), "A & B", "de", "feed")


def test_one_lastmod_for_all_says_nothing():
    for count, told in ((9, True), (10, False)):
        posts = read(urlset(*(loc(f"/p{n}", "<lastmod>2024-01-01T00:00:00Z</lastmod>") for n in range(count))), url=X).posts
        assert all((p.updated_at is not None) is told for p in posts)


def test_an_index_opens_its_sitemaps_the_newest_first():
    body = index(loc("/a.xml", "<lastmod>2019-01-01</lastmod>"), loc("/b.xml.gz", "<lastmod>2020-01-01</lastmod>"), loc("/category-sitemap.xml"), loc("/wp-sitemap-users-1.xml"), loc("/post-sitemap2.xml"))
    follow = read(body, url=f"{X}/sitemap_index.xml").follow
    assert [t.url for t in follow] == [f"{X}/b.xml.gz", f"{X}/a.xml", f"{X}/post-sitemap2.xml"]
    assert all(t.opens and t.kind == "sitemap" and t.entry is None for t in follow)


def test_a_text_file_only_when_named():
    body = f"{X}/one-two\r\n\n{X}/three\n".encode()
    assert read(body, url=f"{X}/sitemap.txt", content_type="text/plain").kind == "plaintext"
    assert [p.url for p in read(body, url=f"{X}/sitemap.txt", kind="sitemap").posts] == [f"{X}/one-two", f"{X}/three"]
    robots = f"user-agent: *\nSITEMAP: {X}/a.xml\n Sitemap:/b.xml # x\nsitemap: {X}/a.xml".encode()
    assert [t.url for t in read(robots, url=f"{X}/robots.txt", kind="sitemap").follow] == [f"{X}/a.xml", f"{X}/b.xml"]
    for bad in (b"just words", b"https://x.example/a b\n", b"<p>x</p>", b'{"a": 1}'):
        with pytest.raises(Malformed):
            read(bad, url=X, kind="sitemap")


@pytest.mark.parametrize(("body", "note"), [
    (urlset(loc("/p"))[:-9], "cut off"), (gzip.compress(urlset(loc("/p"), loc("/q")))[:-30], "gzip data"), (urlset(loc("/p"), "<loc>mailto:a@b.example</loc>", "<priority>1</priority>"), "2 entries without"),
    (urlset(*(loc(f"/p{n}") for n in range(50_001))), "more than 50,000"),
])  # fmt: skip
def test_what_is_missing_is_said(body, note):
    assert any(note in r.detail for r in read(body, url=X).rejects)


@pytest.mark.parametrize("body", [
    gzip.compress(b"<urlset>" + b" " * 200_000_000), gzip.compress(gzip.compress(urlset(loc("/p")))), urlset(*(loc(f"/p{n}") for n in range(500_000))),
    b'<!DOCTYPE urlset [<!ENTITY a "' + b"x" * 90_000 + b'">]><urlset>' + b"<url><loc>&a;&a;</loc></url>" * 1000 + b"</urlset>",
    b"<urlset>" + b"<url>" * 300_000, b"<urlset>" + b"<!--" * 300_000, b"<urlset>" + b"<![CDATA[" * 300_000, b"<urlset><url><loc>" + b"<" * 500_000, b"<urlset " + b"a='1' " * 200_000 + b"/>",
    b"<urlset><url><loc>" + b"&amp;" * 500_000, b" " * 500_000, b"<?x?>" * 100_000 + b"<urlset/>", b"<urlset><url>" + b"<loc>https://x.example/" * 100_000,
], ids=["bomb", "twice", "500,000", "entities", "depth", "comments", "cdata", "brackets", "attributes", "references", "blank", "prolog", "locs"])  # fmt: skip
def test_hostile_documents_are_bounded(body):
    began = time.process_time()
    try:
        parsed = read(body, url=f"{X}/sitemap.xml", kind="sitemap")
    except Malformed:
        return
    finally:
        assert time.process_time() - began < 15  # 5 s, three times over
    assert len(parsed.posts) <= sitemapwire.MAX_URLS


PIECES = ["<urlset>", "</urlset>", "<sitemapindex>", "<url>", "</url>", "<loc>", "</loc>", "https://x.example/a", "/b", "<lastmod>", "2019-01", "<![CDATA[", "]]>", "<!--", "-->", "&amp;", "&", "<", ">",
          "<news:title>", "\x00", "\ud800", "http://[", "https://x.example:99999/", "<sitemap>", "robots", "\n", "Sitemap: /x"]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=30).map(lambda p: "".join(p).encode("utf-8", "surrogatepass")), st.sampled_from(["", "#slices=", "#slice=2019-Q1", "#since=x&until=2019-01-01T00:00:00Z", "#a&a&a&a&a&a&a&a&a&a", "robots.txt"]))
def test_any_mess_is_read_or_refused(body, at):
    url = f"{X}/{at}"
    for document in (body, b"<urlset>" + body, gzip.compress(body)):
        with contextlib.suppress(Malformed):
            read(document, url=url, kind="sitemap")
        sitemap.found(document, url=url, headers={"link": "<x>; rel=sitemap"})
        with contextlib.suppress(Malformed):
            sitemap.plan(url, [Answer(url, 200, {}, document)], since=datetime(2019, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(("body", "path", "headers", "place"), [
    (b"User-agent: *\nSitemap: https://x.example/s.xml", "/robots.txt", {}, "/s.xml"), (b"Sitemap: /a.xml\nSitemap: /b.xml", "/robots.txt", {}, "/robots.txt"), (b"User-agent: *", "/robots.txt", {}, None),
    (b'<html><head><link rel="sitemap" type="application/xml" href="/s-index.xml"></head></html>', "/blog/", {}, "/s-index.xml"), (b"<html><head><link href=s.xml rel=sitemap></head></html>", "/blog/", {}, "/blog/s.xml"),
    (b"<html><head><title>x</title></head></html>", "/blog/", {}, "/sitemap.xml"), (b"<html></html>", "/", {"link": '</m.xml>; rel="sitemap"'}, "/m.xml"),
    (urlset(loc("/p")), "/anything", {}, "/anything"), (b"words", "/a", {}, None), (b'{"a": 1}', "/a", {}, None),
])  # fmt: skip
def test_found(body, path, headers, place):
    assert sitemap.found(body, url=X + path, headers=headers) == (X + place if place else None)


def test_plan_of_an_index():
    body = index(loc("/a.xml", "<lastmod>2019-01-01</lastmod>"), loc("/b.xml", "<lastmod>2020-01-01</lastmod>"), loc("/c.xml"))
    whole = sitemap.plan(f"{X}/sitemap.xml", [answer(body), answer(b"", "/robots.txt", 404)])
    assert [w.key for w in whole.windows] == [f"{X}/b.xml", f"{X}/a.xml", f"{X}/c.xml"] and not whole.exact and whole.posts is None
    late = sitemap.plan(f"{X}/sitemap.xml", [answer(body)], since=datetime(2019, 6, 1, tzinfo=UTC))
    assert [w.key for w in late.windows] == [f"{X}/b.xml#since=2019-06-01T00:00:00Z", f"{X}/c.xml#since=2019-06-01T00:00:00Z"]


def test_plan_by_robots_and_by_the_usual_places():
    robots = answer(f"Sitemap: {X}/a.xml\nSitemap: {X}/b.xml".encode(), "/robots.txt")
    plan = sitemap.plan(f"{X}/sitemap.xml", [answer(b"", status=404), robots])
    assert [w.key for w in plan.windows] == [f"{X}/a.xml", f"{X}/b.xml"] and not plan.exact
    usual = sitemap.plan(f"{X}/sitemap.xml", [answer(b"", status=404), answer(b"", "/robots.txt", None), answer(urlset(loc("/p")), "/wp-sitemap.xml")])
    assert [(w.url, w.posts, w.requests) for w in usual.windows] == [(f"{X}/wp-sitemap.xml#slice=undated", 1, 2)] and usual.exact
    with pytest.raises(Malformed, match=r"no sitemap found \(https://x.example/sitemap.xml: 404\)"):
        sitemap.plan(f"{X}/sitemap.xml", [answer(b"", status=404)])
    assert [t.url for t in sitemap.survey(f"{X}/blog/map.xml")] == [f"{X}/blog/map.xml", f"{X}/robots.txt"]
    assert {t.url for t in sitemap.survey(f"{X}/")} == {f"{X}/robots.txt", f"{X}/sitemap.xml", f"{X}/sitemap_index.xml", f"{X}/wp-sitemap.xml"}


@given(st.lists(st.tuples(st.dates(datetime(2000, 1, 1).date(), datetime(2024, 1, 1).date()) | st.none(), st.integers(0, 99999)), unique_by=lambda p: p[1], max_size=300), st.integers(1, 50))
def test_slices_hold_every_address_once(addresses, most):
    marks = [slices.mark(datetime(d.year, d.month, d.day, tzinfo=UTC) if d else None, f"{X}/{n}") for d, n in addresses]
    cut = slices.cut(marks, most)
    assert [sum(slices.holds(key, m) for key, _ in cut) for m in marks] == [1] * len(marks)
    assert all(members == [n for n in members if slices.holds(key, marks[n])] and 0 < len(members) <= most for key, members in cut)
    dated = [key for key, _ in cut if not key.startswith("undated")]
    years = [key[:4] for key in dated]
    assert years == sorted(years, reverse=True)


def test_a_new_post_changes_one_slice():
    log = Weblog(1000)
    marks = {p.number: slices.mark(p.updated, p.path) for p in log.posts}
    before = {(key, len(members)) for key, members in slices.cut(list(marks.values()), 40)}
    new = log.add()
    after = {(key, len(members)) for key, members in slices.cut([*marks.values(), slices.mark(new.updated, new.path)], 40)}
    assert len(before ^ after) <= 2


def test_a_full_sitemap_is_not_asked_for_a_thousand_times():
    marks = [slices.mark(datetime(2004 + n % 20, 1 + n % 12, 11, tzinfo=UTC), f"{X}/{n}") for n in range(50_000)]
    assert len(slices.cut(marks)) <= 2 * slices.PARTS


FLAT = [{}, {"packed": "file"}, {"packed": "encoding"}, {"packed": "both"}, {"lastmod": "none"}, {"lastmod": "2024-05-05T05:05:05Z"}, {"news": True}, {"robots": False}, {"place": "/maps/all.xml"}]


SLOW = [*FLAT[2:], *({**q, "child": 250} for q in FLAT)]


@pytest.mark.slow
@pytest.mark.parametrize("quirks", [*FLAT[:2], {"child": 90, "loop": True}, *SLOW], ids=str)
def test_a_thousand_posts(quirks):
    log = Weblog(1000)
    own = emulator.Quirks(**quirks)
    with web.serve(emulator.site(log, own)) as site:
        walked = walk(sitemap, site.url("/sitemap.xml"))
        assert walked.entries == {site.url(p.path): 1 for p in log.posts}
        assert not walked.failed and set(walked.documents.values()) == {1}
        assert all(len(found) <= slices.MOST for found in walked.windows.values()) or quirks.get("child") == 90
        if not own.child and own.place == "/sitemap.xml":
            assert walked.plan.exact and walked.plan.posts == 1000
            assert {w.key: w.posts for w in walked.plan.windows} == {key: len(found) for key, found in walked.windows.items()}
            assert walked.plan.requests == 1000 + len(walked.plan.windows)


def test_the_pages_are_the_posts():
    log = Weblog(30)
    with web.serve(emulator.site(log)) as site:
        walk(sitemap, site.url("/sitemap.xml"), pages=True)
        assert all(site.hits(p.path) == 1 for p in log.posts)


@pytest.mark.parametrize("news", [False, True])
@pytest.mark.parametrize("child", [0, 250])
def test_a_window_of_dates_misses_no_post(news, child):
    log = Weblog(1000)
    log.edit(5)
    since, until = datetime(2012, 5, 5, tzinfo=UTC), datetime(2014, 2, 2, 7, tzinfo=UTC)
    with web.serve(emulator.site(log, emulator.Quirks(news=news, child=child))) as site:
        walked = walk(sitemap, site.url("/sitemap.xml"), since=since, until=until)
        inside = {site.url(p.path) for p in log.posts if since <= p.published < until}
        asked = set(walked.entries)
        assert inside <= asked and set(walked.entries.values()) == {1}
        assert len(asked) <= len(inside) + (0 if news else 25)  # the paths name months: a month and a day on either side
        assert all(w.posts is None or w.posts == len(walked.windows[w.key]) for w in walked.plan.windows)


def test_posts_added_edited_and_deleted_while_somebody_reads():
    log = Weblog(1000)
    own = emulator.Quirks()
    with web.serve(emulator.site(log, own)) as site:
        before = {p.path: p.number for p in log.posts}
        count = iter(range(10_000))

        def meanwhile():
            number = next(count)
            log.add()
            if number % 3 == 1:
                log.delete(number)

        own.on_sitemap = meanwhile
        walked = walk(sitemap, site.url("/sitemap.xml"))
        kept = {site.url(path) for path in before if log.at(path)}
        assert kept <= set(walked.entries) and set(walked.entries.values()) == {1}


def test_an_increment_asks_for_what_changed():
    log = Weblog(1000)
    with web.serve(emulator.site(log)) as site:
        mark = log.posts[0].updated + timedelta(seconds=1)
        changed = [*(log.edit(n) for n in (3, 77, 500)), log.add()]
        target = sitemap.increment(site.url("/sitemap.xml"), mark)
        posts = read(ask(target.url).body, url=target.url, kind=target.kind).posts
        assert {p.url for p in posts} == {site.url(p.path) for p in changed}


def test_the_plan_is_the_same_again():
    log = Weblog(500)
    with web.serve(emulator.site(log)) as site:
        first = survey(sitemap, site.url("/sitemap.xml"))
        assert survey(sitemap, site.url("/sitemap.xml")) == first


@pytest.mark.parametrize(("url", "archive", "day"), [
    ("/2019/03/", (2019, 3), None), ("/2019/", (2019, None), None), ("/2019/03/page/2/", (2019, 3), None), ("/blog/2019/03", (2019, 3), None), ("/2019/03/14/", None, None),
    ("/2019/03/14/title", None, datetime(2019, 3, 14, tzinfo=UTC)), ("/2019/03/title.html", None, datetime(2019, 3, 1, tzinfo=UTC)), ("/2019-03-14-title", None, datetime(2019, 3, 14, tzinfo=UTC)), ("/title", None, None),
])  # fmt: skip
def test_dates_in_paths(url, archive, day):
    assert permalinks.archive(X + url) == archive
    if archive is None and day is not None:
        assert permalinks.day(X + url) == day and permalinks.can_be(X + url)
