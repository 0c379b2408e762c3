"""Listing pages: which links are posts', where the listing goes on, and a thousand posts walked page by page."""

from datetime import UTC, datetime

import pytest
from archive_walk import ask, survey, walk
from hypothesis import given
from hypothesis import strategies as st

import web
from emulators import listing as emulator
from emulators.weblog import Weblog
from postetl.errors import Malformed
from postetl.model import Answer
from postetl.sources import listing, page, read

X = "https://x.example"


def html(inner: str, head: str = "") -> bytes:
    return f"<!doctype html><html><head><title>T</title>{head}</head><body>{inner}</body></html>".encode()


def posts(inner: str, at: str = "/") -> list[str]:
    return [(p.url or "").removeprefix(X) for p in read(html(inner), url=X + at, kind="listing").posts]


def onward(inner: str, at: str = "/", head: str = "") -> list[str]:
    return [t.url.removeprefix(X) for t in read(html(inner, head), url=X + at, kind="listing").follow if t.entry is None]


SOME = "".join(f'<article><h2><a href="/a-post-{n}">Post number {n}</a></h2></article>' for n in range(3))


@pytest.mark.parametrize(("inner", "found"), [
    (SOME, ["/a-post-0", "/a-post-1", "/a-post-2"]),
    ('<nav><a href="/a-long-page-name">About all of us</a></nav><footer><a href="/legal-notice-of-ours">Our legal notice</a></footer>' + SOME, ["/a-post-0", "/a-post-1", "/a-post-2"]),
    ('<div class="menu-main"><h3><a href="/not-a-post-here">Not a post</a></h3></div>', []),
    ("<article><header><h2><a href='/rain'>Rain</a></h2></header><p>x <a href='/rain'>Read more</a> <a href='/rain#comments'>3 comments</a></p></article>", ["/rain"]),
    ("<ul>" + "".join(f"<li><a href='/posts/{w}'>{w}</a> <small>2019-03-0{n}</small></li>" for n, w in enumerate(("rain", "snow", "fog"), 1)) + "</ul>", ["/posts/rain", "/posts/snow", "/posts/fog"]),
    ("<ul>" + "".join(f"<li><a href='/2019/03/0{n}/x{n}'>x</a></li>" for n in range(1, 4)) + "</ul>", ["/2019/03/01/x1", "/2019/03/02/x2", "/2019/03/03/x3"]),
    ("<table>" + "".join(f"<tr><td>{n}. M\u00e4rz 2019</td><td><a href='n{n}.html'>Eintrag {n}</a></td></tr>" for n in range(1, 4)) + "</table>", ["/n1.html", "/n2.html", "/n3.html"]),
    ("<dl>" + "".join(f"<dt>{n} March 2019</dt><dd><a href='/n{n}'>Entry {n}</a></dd>" for n in range(1, 4)) + "</dl>", ["/n1", "/n2", "/n3"]),
    ("<h2><a href='https://other.example/2019/03/04/a-b-c'>Elsewhere in words</a></h2><h2><a href='https://www.x.example/a-b-c'>Here in words</a></h2>", ["https://www.x.example/a-b-c"]),
    ("<h2><a href='/tag/a-b-c/'>Tag in words</a></h2><h2><a href='/2019/03/'>March of that year</a></h2><h2><a href='#top'>Up to the top</a></h2><h2><a href='/'>To the front page</a></h2>", []),
    ("<p>" + " ".join(f"<a href='/{w}'>{w}</a>" for w in ("about", "contact", "archive", "now", "uses", "links")) + "</p>", []),
    ("<h2><a rel=nofollow href='/pay-for-this-post'>An ad of some words</a></h2>", []),
])  # fmt: skip
def test_links_of_posts(inner, found):
    assert posts(inner) == found


def test_titles_and_one_entry_a_post():
    parsed = read(html("<article><a href='/a-b'><img></a><h2><a href='/a-b'>The  title</a></h2><a href='/a-b#more'>Continue reading the whole long post here</a></article>"), url=X, kind="listing")
    assert [(p.url, p.title) for p in parsed.posts] == [(f"{X}/a-b", "The title")]
    assert [(t.url, t.kind, t.entry) for t in parsed.follow] == [(f"{X}/a-b", "page", parsed.posts[0])]


def test_a_base_is_heeded():
    assert next(p.url for p in read(html(SOME.replace("/a-", "a-"), "<base href='/blog/'>"), url=X, kind="listing").posts) == f"{X}/blog/a-post-0"


@pytest.mark.parametrize(("inner", "at", "head", "found"), [
    (SOME + '<a href="/page/2/">Older posts</a>', "/", "", ["/page/2/"]), (SOME + '<a href="/page/2/">\u2190 Older Entries</a>', "/", "", ["/page/2/"]),
    (SOME + '<a href="/x">x</a>', "/", '<link rel="next" href="/page/2">', ["/page/2"]), (SOME + '<a rel="next" href="/more?after=9">more</a>', "/", "", ["/more?after=9"]),
    (SOME + '<a class="blog-pager-older-link" href="/search?updated-max=2019-01-01">\u00c4ltere Posts</a>', "/", "", ["/search?updated-max=2019-01-01"]),
    (SOME + '<a href="/page/2/">Newer</a> <b>3</b> <a href="/page/4/">4</a> <a href="/page/9/">9</a>', "/page/3/", "", ["/page/4/"]),
    (SOME + '<a href="/?paged=2">2</a>', "/", "", ["/?paged=2"]), (SOME + '<a href="/blog/page2">2</a>', "/blog", "", ["/blog/page2"]),
    (SOME + '<a rel="next" href="/page/1/">Next</a>', "/page/2/", "", []), (SOME + '<a rel="next" href="/">Next</a>', "/", "", []), (SOME + '<a rel="next" href="https://o.example/page/2/">Next</a>', "/", "", []),
    (SOME + '<a rel="next" href="/2019/04/">next month</a>', "/2019/03/", "", []), (SOME + '<a href="/2019/03/page/2/">Older posts</a>', "/2019/03/", "", ["/2019/03/page/2/"]),
    (SOME + '<a href="/2019/03/04/">4</a><a rel=next href="/2019/03/05/">5</a>', "/", "", []),
    (SOME + '<a href="/2019/04/">April</a><a href="/2019/03/">March</a><a href="/2018/">2018</a><a href="/2019/">2019</a>', "/", "", ["/2019/04/", "/2019/03/", "/2018/"]),
    ('<a href="/page/3/">Older posts</a>', "/page/2/", "", ["/page/3/#empty=1"]), ('<a href="/page/3/">Older posts</a>', "/page/2/#empty=1", "", ["/page/3/#empty=2"]),
    ('<a href="/page/3/">Older posts</a>', "/page/2/#empty=2", "", []), (SOME + '<a href="/page/3/">Older posts</a>', "/page/2/#empty=2", "", ["/page/3/"]),
])  # fmt: skip
def test_where_it_goes_on(inner, at, head, found):
    assert onward(inner, at, head) == found


def test_pages_open_windows_and_months_are_one():
    for at, opens in (("/", True), ("/2019/03/", False)):
        follow = [t for t in read(html(SOME + '<a href="page/2/">Older posts</a>'), url=X + at, kind="listing").follow if t.entry is None]
        assert [(t.kind, t.opens, t.may_end) for t in follow] == [("listing", opens, True)]


def test_recognised_only_when_asked():
    assert not listing.recognises(html(SOME), "text/html", X)
    assert read(html(SOME), url=X).kind == "page"


@pytest.mark.parametrize(("inner", "tells"), [
    (SOME, True), ("<p>a <a href='/x-y-z'>b</a></p>", False), ('<aside><a href="/2019/03/">m</a><a href="/2019/02/">m</a><a href="/2019/01/">m</a></aside>', True),
])
def test_found(inner, tells):
    assert listing.found(html(inner), url=f"{X}/#a", headers={}) == (f"{X}/" if tells else None)


def test_the_plan_of_month_archives():
    lines = '<a href="/2019/02/">Feb</a> (3) <a href="/2019/12/">Dec (12)</a> <a href="/2018/">all of it</a> (7)'
    plan = listing.plan(X, [Answer(X, 200, {}, html(lines))])
    assert [(w.key, w.url, w.posts, w.requests) for w in plan.windows] == [("2019-12", f"{X}/2019/12/", 12, 13), ("2019-02", f"{X}/2019/02/", 3, 4), ("2018", f"{X}/2018/", 7, 8)]
    assert (plan.exact, plan.posts, plan.requests) == (True, 22, 25)
    assert (plan.windows[0].since, plan.windows[0].until) == (datetime(2019, 11, 30, 10, tzinfo=UTC), datetime(2020, 1, 1, 12, tzinfo=UTC))
    part = listing.plan(X, [Answer(X, 200, {}, html(lines))], since=datetime(2019, 1, 1, 12, tzinfo=UTC), until=datetime(2019, 11, 30, 10, tzinfo=UTC))
    assert [w.key for w in part.windows] == ["2019-02"]


@pytest.mark.parametrize("answers", [[], [Answer(X, 404, {}, html(SOME))], [Answer(X, None, {}, b"")], [Answer(X, 200, {}, b"<rss/>")], [Answer(X, 200, {}, html("<p>words</p>"))]])
def test_no_plan_without_links(answers):
    with pytest.raises(Malformed):
        listing.plan(X, answers)


THEMES = [{"theme": t, "onward": o} for t in ("wordpress", "cards", "bare", "table", "titles") for o in ("nav", "rel")]
OTHERS = [
    {"onward": "query"}, {"onward": "numbers"}, {"onward": "months"}, {"onward": "months", "counts": False, "each": 3}, {"theme": "bare", "onward": "none"}, {"loop": True}, {"loop": True, "onward": "rel"},
    {"empty": (7, 8)}, {"past": 200},
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("quirks", [*THEMES, *OTHERS], ids=str)
def test_a_thousand_posts(quirks):
    log = Weblog(1000)
    own = emulator.Quirks(**quirks)
    with web.serve(emulator.site(log, own)) as site:
        walked = walk(listing, site.url("/"))
        shown = [p for n, p in enumerate(log.posts) if n // own.each + 1 not in own.empty]
        assert walked.entries == {site.url(p.path): 1 for p in shown}
        assert not walked.failed and set(walked.documents.values()) == {1}
        if own.onward == "months" and own.counts:
            assert walked.plan.exact and walked.plan.posts == 1000 and {w.key: w.posts for w in walked.plan.windows} == {k: len(v) for k, v in walked.windows.items()}


def test_a_calendar_without_end_ends():
    log = Weblog(200)
    with web.serve(emulator.site(log, emulator.Quirks(onward="calendar"))) as site:
        walked = walk(listing, site.url("/"))
        assert len(walked.documents) < 250 and not walked.failed
        assert {site.url(p.path) for p in log.posts[:10]} <= set(walked.entries)


def test_gaps_and_posts_added_while_somebody_reads():
    log = Weblog(1000)
    own = emulator.Quirks(each=25)
    own.on_page = log.add
    before = {p.path for p in log.posts}
    with web.serve(emulator.site(log, own)) as site:
        walked = walk(listing, site.url("/"))
        assert {site.url(p) for p in before} <= set(walked.entries)  # what moves from page to page is met again, never lost


def test_a_window_of_dates():
    log = Weblog(1000)
    since, until = datetime(2012, 5, 5, tzinfo=UTC), datetime(2014, 2, 2, 7, tzinfo=UTC)
    with web.serve(emulator.site(log, emulator.Quirks(onward="months"))) as site:
        walked = walk(listing, site.url("/"), since=since, until=until)
        assert {site.url(p.path) for p in log.posts if since <= p.published < until} <= set(walked.entries)
        assert len(walked.plan.windows) == 22
        assert survey(listing, site.url("/")).oldest == datetime(2009, 3, 1, tzinfo=UTC)


def test_the_emulated_pages_are_what_they_are_meant_to_be():
    log = Weblog(40)
    with web.serve(emulator.site(log, emulator.Quirks())) as site:
        assert page.recognises(ask(site.url("/")).body, None, site.url("/"))
        assert [ask(site.url(p)).status for p in ("/page/4/", "/page/5/", "/nowhere/")] == [200, 404, 404]
        assert listing.found(ask(site.url("/")).body, url=site.url("/"), headers={}) == site.url("/")


PIECES = ["<a href='", "/a-b-c", "'>", "</a>", "<article>", "</article>", "<h2>", "<nav>", "</nav>", "<time>", "2019-03-04", "<base href='http://['>", "<link rel=next href=/page/2>", "/2019/03/", "\x00", "<![CDATA[",
          "&#0;", "&#xD800;", "<?x", "<!--", "http://[::1", "javascript:x", "\ud800", "Older posts", "<svg><a xlink:href='x'>", "<li>", "<dd>", "#empty=9"]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join), st.sampled_from(["/", "/#empty=2", "/page/2/", "/2019/03/", "/#empty=x"]))
def test_any_mess_is_read_or_refused(mess, at):
    body = f"<html><body>{mess}".encode("utf-8", "surrogatepass")
    try:
        parsed = read(body, url=X + at, kind="listing")
    except Malformed:
        return
    assert len({p.url for p in parsed.posts}) == len(parsed.posts)
    listing.found(body, url=X + at, headers={})
