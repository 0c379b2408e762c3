"""Blogger walked over real HTTP: nothing lost, whatever a page is allowed to hold and however posts come and go meanwhile."""

import pickle
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import web
from emulators import blogger as emulator
from emulators.walking import Walk
from postetl.errors import Malformed
from postetl.model import Answer, Target
from postetl.sources import blogger, read

ROUTE = "/feeds/posts/default"


def walk(site, **given):
    return Walk(blogger, site.url(ROUTE), **given)


def ids(posts):
    """Each once: what shares a second with the end of a page comes again, and is one post by its id."""
    return sorted({int(p.external_id.rpartition("-")[2]) for p in posts})


def test_a_thousand_posts_and_the_plan_knew_them():
    with web.serve({"*": emulator.Blog(1000)}) as site:
        done = walk(site)
        plan = done.plan()
        assert plan.posts == 1000
        assert plan.oldest == emulator.FIRST
        for window in plan.windows:
            before = len(done.posts)
            assert done.window(Target(window.url, kind="blogger")) >= window.requests - 1
            came = done.posts[before:]
            assert len(ids(came)) == window.posts
            assert all(window.since <= p.published_at < window.until for p in came)
    assert ids(done.posts) == list(range(1, 1001))
    assert len(done.posts) < 1000 + 3 * len(plan.windows)
    assert all(0 < w.posts <= 330 for w in plan.windows)


def test_again_after_edits_deletions_and_additions():
    blog = emulator.Blog(1000)
    with web.serve({"*": blog}) as site:
        walk(site).all()
        now = datetime(2024, 5, 1, tzinfo=UTC)
        for number in (1, 99, 100, 500, 1000):
            blog.edit(number, now)
        for number in (2, 101, 700):
            blog.delete(number)
        for days in range(7):
            blog.add(now + timedelta(days=days))
        again = walk(site).all()
    assert ids(again.posts) == sorted(blog.posts)
    assert len({p.external_id for p in again.posts if "Edited" in p.html}) == 5


@pytest.mark.parametrize("made", [
    {"cap": 500}, {"cap": 100}, {"cap": 7}, {"size": 900}, {"size": 10}, {"same": 9, "cap": 4}, {"same": 200, "cap": 30}, {"throttled": 1}, {"counts_the_query": False, "same": 3, "cap": 10},
], ids=str)  # fmt: skip
def test_nothing_is_lost_whatever_a_page_holds(made):
    with web.serve({"*": emulator.Blog(300, **made)}) as site:
        done = walk(site).all()
    assert ids(done.posts) == list(range(1, 301))


@pytest.mark.parametrize("same", [1, 20])
def test_posts_deleted_and_added_while_paging_lose_none_of_the_others(same):
    blog = emulator.Blog(600, same=same, cap=25)
    gone, requests = set(), []

    def meanwhile(request):
        requests.append(request)
        if len(requests) % 2 and len(blog.posts) > 100:
            for number in sorted(blog.posts)[5:8] + sorted(blog.posts)[-9:-7]:
                gone.add(number)
                blog.delete(number)
            blog.add(emulator.FIRST + timedelta(hours=len(requests)))

    with web.serve({"*": blog}) as site:
        done = walk(site)
        plan = done.plan()
        blog.meanwhile = meanwhile
        for window in plan.windows:
            done.window(Target(window.url, kind="blogger"))
    assert gone
    assert set(range(1, 601)) - gone <= set(ids(done.posts))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 60 * 86400), st.integers(1, 60 * 86400), st.sampled_from([1, 3, 10, 150]), st.integers(1, 12), st.sampled_from([0, 999, 1000, 1001]))
def test_a_window_holds_exactly_its_posts(begin, length, cap, same, micro):
    """Boundaries fall on posts, a microsecond beside them, and between."""
    blog = emulator.Blog(80, every=timedelta(hours=13, seconds=1), same=same, cap=cap)
    since = emulator.FIRST + timedelta(seconds=begin - begin % 46801 if begin % 2 else begin, microseconds=micro - 1000)
    until = since + timedelta(seconds=length)
    with web.serve({"*": blog}) as site:
        done = walk(site, since=since, until=until)
        plan = done.plan()
        done.all()
    assert ids(done.posts) == sorted(n for n, p in blog.posts.items() if since <= p.at < until)
    assert plan.posts == len(ids(done.posts))


def test_an_increment_brings_what_changed():
    blog = emulator.Blog(700, cap=50)
    since = datetime(2024, 1, 10, tzinfo=UTC)
    blog.edit(3, since + timedelta(hours=1))
    blog.edit(650, since - timedelta(minutes=30))  # late, within the overlap
    for number in range(100, 220):
        blog.edit(number, since + timedelta(days=1))
    new = blog.add(since + timedelta(hours=2))
    with web.serve({"*": blog}) as site:
        done = walk(site)
        target = blogger.increment(done.where, since)
        done.window(target)
    assert "orderby=updated" in target.url
    assert ids(done.posts) == sorted({3, 650, new.number, *range(100, 220)})


def test_survey_asked_once_makes_a_plan_that_is_walked_from_the_newest_on():
    with web.serve({"*": emulator.Blog(400)}) as site:
        done = walk(site, rounds=1)
        plan = done.plan()
        assert [(w.key, w.posts, plan.exact) for w in plan.windows] == [("all", 400, False)]
        parsed = read(done.client.get(plan.windows[0].url).content, url=plan.windows[0].url, kind="blogger")
        assert [t.opens for t in parsed.follow] == [True]
        done.all()
    assert ids(done.posts) == list(range(1, 401))


def test_a_feed_that_is_off_has_no_plan():
    with web.serve({"*": emulator.Blog(9, feed=False)}) as site, pytest.raises(Malformed, match=r"answered 404.*/YYYY/MM/"):
        walk(site).plan()


def test_an_empty_blog_has_no_windows():
    with web.serve({"*": emulator.Blog(0)}) as site:
        plan = walk(site).plan()
    assert (plan.windows, plan.exact, plan.posts) == ((), True, 0)


def test_a_summary_is_followed_to_its_page():
    with web.serve({"*": emulator.Blog(3, summaries=True)}) as site:
        url = site.url(ROUTE)
        parsed = read(walk(site).client.get(url).content, url=url, kind="blogger")
    assert [t.kind for t in parsed.follow] == ["page", "page", "page", "blogger"]


def test_a_plain_blogger_feed_stays_a_feed():
    with web.serve({"*": emulator.Blog(30)}) as site:
        url = site.url(ROUTE + "?max-results=30")
        parsed = read(walk(site).client.get(url).content, url=url)
    assert (parsed.kind, len(parsed.posts), parsed.follow) == ("feed", 30, ())


@pytest.mark.parametrize("path", ["/", ROUTE])
def test_found_from_the_home_page_and_the_feed(path):
    with web.serve({"*": emulator.Blog(5)}) as site:
        got = walk(site).client.get(site.url(path))
        where = blogger.found(got.content, url=str(got.url), headers={}, content_type=got.headers["content-type"])
        assert where == site.url(ROUTE)


HEAD = "<!DOCTYPE html><html><head>%s</head><body></body></html>"
ALTERNATE = '<link rel="alternate" type="application/atom+xml" href="%s">'
ATOM = "<feed xmlns='http://www.w3.org/2005/Atom'><title>t</title>%s<generator version='7.00' uri='http://www.blogger.com'>Blogger</generator><entry><title>a</title></entry></feed>"
SELF = "<link rel='http://schemas.google.com/g/2005#feed' href='https://b.blogspot.com/feeds/posts/default?max-results=3'/>"


@pytest.mark.parametrize(("url", "body", "where"), [
    ("https://b.example/", HEAD % '<meta content="blogger" name="generator">', "https://b.example/feeds/posts/default"),
    ("https://b.example/", HEAD % '<link rel="service.post" href="https://www.blogger.com/feeds/12/posts/default">', "https://b.example/feeds/posts/default"),
    ("https://b.blogspot.co.uk/", HEAD % (ALTERNATE % "/feeds/posts/default"), "https://b.blogspot.co.uk/feeds/posts/default"),
    ("https://b.blogspot.com/", HEAD % (ALTERNATE % "https://feeds.example/b"), None),
    ("https://b.example/", HEAD % '<meta content="Hugo" name="generator">', None),
    ("https://b.example/", HEAD % (ALTERNATE % "/feeds/posts/default"), None),
    ("https://b.example/feeds/posts/default/-/ice?alt=atom", ATOM % SELF, "https://b.example/feeds/posts/default/-/ice"),
    ("https://b.example/feeds/comments/default", ATOM % SELF, None),
    ("https://feeds.example/b", ATOM % SELF, "https://b.blogspot.com/feeds/posts/default"),
    ("https://feeds.example/b", ATOM % "", None),
    ("https://b.example/feed.xml", (ATOM % SELF).replace("Blogger</gen", "Ghost</gen").replace(SELF, ""), None),
    ("file:a.xml", ATOM % SELF, None),
    ("https://b.example/", "\x00\x01\x02" * 99, None),
])
def test_found(url, body, where):
    assert blogger.found(body.encode(), url=url, headers={}, content_type=None) == where


URLS = st.sampled_from(["https://b.example/feeds/posts/default", "https://b.example/feeds/posts/default?published-max=x&start-index=-1", "file:a.xml",
                        "https://b.example/feeds/posts/default?orderby=updated&updated-max=2019-01-01T00:00:00Z&start-index=" + "9" * 5000])
PIECES = ["<entry>", "</entry>", "<published>", "</published>", "2019-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "<updated>", "</updated>", "<totalResults>", "99999999999",
          "7", "</totalResults>", "<openSearch:totalResults>", "<generator>Blogger</generator>", "<link rel='alternate' href='http://['/>", "&", "<![CDATA[", "\x00", "<title>x</title>"]
BODIES = st.lists(st.sampled_from(PIECES), max_size=25).map(lambda p: ("<feed xmlns='http://www.w3.org/2005/Atom'>" + "".join(p)).encode())


@given(BODIES, URLS)
def test_any_mess_is_read_or_refused(body, url):
    blogger.found(body, url=url, headers={})
    try:
        parsed = read(body, url=url, kind="blogger")
    except Malformed:
        return
    assert pickle.loads(pickle.dumps(parsed)) == parsed


@given(st.lists(st.builds(Answer, URLS, st.sampled_from([None, 200, 200, 404]), st.just({}), BODIES), max_size=4))
def test_any_answers_make_a_plan_or_are_refused(answers):
    where = "https://b.example/feeds/posts/default"
    assert len(blogger.survey(where, answers=answers)) <= blogger.COUNTED
    try:
        blogger.plan(where, answers)
    except Malformed:
        return
