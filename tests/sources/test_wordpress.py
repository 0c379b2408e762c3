"""WordPress walked over real HTTP: nothing lost, nothing twice, whatever the site's clock, its caps and its editors do."""

import itertools
import json
import pickle
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import web
from emulators import wordpress as wp
from emulators.walking import Walk
from postetl.errors import Malformed, Reason
from postetl.model import Answer
from postetl.sources import feed, read, wordpress
from postetl.sources.wordpress_paging import MOST_EXCLUDED, home_of, posts_of

ROUTE = "/wp-json/wp/v2/posts"


def walk(site, **given):
    return Walk(wordpress, site.url(ROUTE), **given)


def ids(posts):
    return sorted(int(p.external_id.rpartition("=")[2]) for p in posts)


def test_a_thousand_posts_come_once_each_and_the_plan_knew_it():
    blog = wp.Blog(1000, zone="America/New_York")
    with web.serve({"*": blog}) as site:
        done = walk(site)
        plan = done.plan()
        assert (plan.exact, plan.posts) == (True, 1000)
        assert plan.oldest == wp.FIRST
        for window in plan.windows:
            before = len(done.posts)
            assert done.window(wordpress.Target(window.url, kind="wordpress")) == window.requests
            came = done.posts[before:]
            assert len(came) == window.posts
            assert all(window.since <= p.published_at < window.until for p in came)
    assert ids(done.posts) == list(range(1, 1001))
    assert [w.key for w in plan.windows] == sorted((w.key for w in plan.windows), reverse=True)
    assert len(done.asked) == plan.requests
    assert all(0 < w.posts <= 300 for w in plan.windows)


def test_again_after_edits_deletions_and_additions():
    blog = wp.Blog(1000)
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
    assert sum("Edited" in p.html for p in again.posts) == 5


def test_what_a_post_becomes():
    blog = wp.Blog(3, zone="Asia/Kolkata")
    blog.edit(2, datetime(2020, 1, 1, 12, tzinfo=UTC))
    with web.serve({"*": blog}) as site:
        post = next(p for p in walk(site).all().posts if p.external_id.endswith("=2"))
        origin = site.url("")
    assert post.title == "Post & no. 2"
    assert post.url == f"{origin}/2012/01/post-2/"
    assert post.authors == ("Ada O\u2019Neil",)
    assert post.tags == ("News & Notes", "caf\u00e9")
    assert post.html == "<p>Edited text of post 2.</p>\n"
    assert post.summary == "<p>Excerpt 2 [&hellip;]</p>\n"
    assert (post.published_at, post.updated_at) == (wp.FIRST + blog.every, datetime(2020, 1, 1, 12, tzinfo=UTC))


def test_the_api_and_the_feed_name_a_post_alike():
    with web.serve({"*": wp.Blog(10)}) as site:
        done = walk(site).all()
        body = done.client.get(site.url("/feed/")).content
    told = {(p.external_id, p.url, p.title, p.published_at, p.html.strip()) for p in feed.read(body, url=site.url("/feed/")).posts}
    known = {(p.external_id, p.url, p.title, p.published_at, p.html.strip()) for p in done.posts}
    assert {t[:4] for t in told} == {k[:4] for k in known}


@pytest.mark.parametrize("made", [
    {"same": 7}, {"same": 150}, {"same": 250, "every": timedelta(days=400)}, {"silent_cap": 10, "same": 12}, {"cap": 20}, {"cap": 50, "same": 60}, {"throttled": 1},
    {"hidden_authors": True}, {"zone": "Pacific/Auckland"}, {"version": (5, 0), "zone": "Pacific/Auckland"}, {"totals": False}, {"totals": False, "cap": 30},
], ids=str)  # fmt: skip
def test_nothing_is_lost_and_nothing_comes_twice(made):
    with web.serve({"*": wp.Blog(400, **made)}) as site:
        done = walk(site).all()
    assert ids(done.posts) == list(range(1, 401))
    assert not done.rejects


def test_the_hour_that_clocks_leap_over_swallows_no_post():
    blog = wp.Blog(0, zone="America/New_York", silent_cap=5)
    leap = datetime(2012, 3, 11, 7, tzinfo=UTC)  # 03:00:00, a second after 01:59:59
    for minutes in (-40, -30, -20, -10, 0, 10, 20, 30, 40, 50, 59, 70):
        blog.add(leap + timedelta(minutes=minutes))
    with web.serve({"*": blog}) as site:
        done = walk(site).all()
    assert blog.local(leap) == "2012-03-11T03:00:00"
    assert ids(done.posts) == list(range(1, 13))


def test_more_posts_of_one_second_than_an_address_can_name():
    count = MOST_EXCLUDED + 650
    blog = wp.Blog(count, same=MOST_EXCLUDED + 600)
    with web.serve({"*": blog}) as site:
        done = walk(site).all()
    assert set(ids(done.posts)) == set(range(1, count + 1))
    assert max(len(u) for u in done.asked) < 8000


@pytest.mark.parametrize("same", [1, 40])
def test_posts_deleted_and_added_while_paging_lose_none_of_the_others(same):
    blog = wp.Blog(600, same=same)
    gone, requests = set(), []

    def meanwhile(request):
        requests.append(request)
        if len(requests) % 2 and len(blog.posts) > 100:
            for number in sorted(blog.posts)[5:8] + sorted(blog.posts)[-9:-7]:
                gone.add(number)
                blog.delete(number)
            blog.add(wp.FIRST + timedelta(hours=len(requests)))

    with web.serve({"*": blog}) as site:
        done = walk(site)
        plan = done.plan()
        blog.meanwhile = meanwhile
        for window in plan.windows:
            done.window(wordpress.Target(window.url, kind="wordpress"))
    assert gone
    assert set(range(1, 601)) - gone <= set(ids(done.posts))
    assert len(ids(done.posts)) == len(set(ids(done.posts)))


ZONES = ["UTC", "America/New_York", "Asia/Kolkata", "Pacific/Kiritimati", "Europe/Berlin"]


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(ZONES), st.integers(0, 60 * 86400), st.integers(1, 60 * 86400), st.sampled_from([1, 3, 10, 100]), st.integers(1, 12), st.booleans())
@example("UTC", 1, 46801, 10, 1, True)
def test_a_window_holds_exactly_its_posts(zone, begin, length, cap, same, halves):
    """Boundaries fall on posts, between them and on half seconds."""
    blog = wp.Blog(80, zone=zone, every=timedelta(hours=13, seconds=1), same=same, silent_cap=cap)
    since = wp.FIRST + timedelta(seconds=begin - begin % 46801 if begin % 2 else begin, microseconds=500_000 * halves)
    until = since + timedelta(seconds=length)
    with web.serve({"*": blog}) as site:
        done = walk(site, since=since, until=until)
        plan = done.plan()
        done.all()
    assert ids(done.posts) == sorted(n for n, p in blog.posts.items() if since <= p.at < until)
    assert plan.posts == len(done.posts)
    assert all(w.since >= since and w.until <= until for w in plan.windows)


def test_windows_meet_and_name_the_same_months_again():
    blog = wp.Blog(1000)
    with web.serve({"*": blog}) as site:
        whole = walk(site).plan().windows
        since = datetime(2014, 6, 1, tzinfo=UTC)
        cut = walk(site, since=since, until=datetime(2017, 1, 1, tzinfo=UTC)).plan().windows
        blog.add(datetime(2021, 1, 1, tzinfo=UTC))
        again = walk(site).plan().windows
    assert all(later.since == earlier.until for later, earlier in itertools.pairwise(whole))
    assert cut[-1].since == since
    assert {w.key for w in whole} <= {w.key for w in again}
    assert not {w.key for w in cut if w.since == since} & {w.key for w in whole}


@pytest.mark.parametrize("version", [(5, 6), (6, 4)])
def test_an_increment_brings_what_changed_and_ends(version):
    blog = wp.Blog(700, version=version)
    since = datetime(2024, 1, 10, tzinfo=UTC)
    blog.edit(3, since + timedelta(hours=1))
    blog.edit(650, since - timedelta(hours=3))  # late, within the overlap
    for number in range(100, 220):  # where `modified_after` is heard, of one second, as a bulk edit leaves them
        blog.edit(number, since + timedelta(days=1, seconds=0 if version >= (5, 7) else number))
    new = blog.add(since + timedelta(hours=2))
    with web.serve({"*": blog}) as site:
        done = walk(site)
        took = done.window(wordpress.increment(done.where, since))
    came = {3, 650, new.number, *range(100, 220)}
    assert set(ids(done.posts)) >= came
    if version >= (5, 7):
        assert ids(done.posts) == sorted(came)
        assert took == 14  # of ten, the most that every site allows
    else:
        assert took <= 30


@pytest.mark.parametrize("api", [401, 403, 404])
def test_where_the_api_is_off_the_pages_of_the_feed_are_walked(api):
    with web.serve({"*": wp.Blog(95, api=api)}) as site:
        done = walk(site)
        plan = done.plan()
        assert not plan.exact
        assert [w.url for w in plan.windows] == [plan.where] == [site.url("/?feed=rss2&paged=1")]
        assert wordpress.increment(str(plan.where), wp.FIRST) is None  # a run would be refused each time
        done.all()
    assert ids(done.posts) == list(range(1, 96))
    assert done.asked[-1].endswith("paged=11")  # not there: the end


def test_every_page_of_a_feed_opens_a_window_of_its_own():
    with web.serve({"*": wp.Blog(30, api=404)}) as site:
        url = site.url("/?feed=rss2&paged=2")
        follow = read(walk(site).client.get(url).content, url=url, kind="wordpress").follow
    assert [(t.url, t.opens, t.may_end, t.kind) for t in follow] == [(site.url("/?feed=rss2&paged=3"), True, True, "wordpress")]


def test_a_site_that_does_not_answer_is_no_empty_one():
    for answers in [(), (Answer("http://x.example/", 503, {}, b""),), (Answer("http://x.example/", None, {}, b""),)]:
        with pytest.raises(Malformed, match="try again"):
            wordpress.plan("http://x.example/wp-json/wp/v2/posts", answers)


def test_an_empty_site_has_no_windows():
    with web.serve({"*": wp.Blog(0)}) as site:
        plan = walk(site).plan()
    assert (plan.windows, plan.exact, plan.posts) == ((), True, 0)


def test_a_site_that_hears_no_dates_does_not_walk_for_ever():
    with web.serve({"*": wp.Blog(300, deaf=frozenset({"after", "before"}))}) as site:
        done = walk(site).all()
    assert "not asked for" in done.rejects[0]
    assert len(done.asked) < 10


def test_a_site_that_hears_no_exclude_ends_too():
    with web.serve({"*": wp.Blog(250, same=3, deaf=frozenset({"exclude"}))}) as site:
        done = walk(site).all()
    assert set(ids(done.posts)) == set(range(1, 251))


def test_survey_asked_once_is_enough_for_a_plan():
    with web.serve({"*": wp.Blog(1000)}) as site:
        plan = walk(site, rounds=1).plan()
        assert (plan.posts, plan.exact) == (1000, False)
        assert plan.requests >= len(plan.windows) + 10


def test_the_plain_address_leads_to_the_past():
    with web.serve({"*": wp.Blog(40)}) as site:
        url = site.url(ROUTE)
        done = walk(site)
        parsed = read(done.client.get(url).content, url=url)
        assert parsed.kind == "wordpress"
        assert [(t.opens, t.may_end) for t in parsed.follow] == [(True, False)]  # an error there is an error
        done.window(wordpress.Target(url, kind="wordpress"))
    assert ids(done.posts) == list(range(1, 41))


@pytest.mark.parametrize("pretty", [True, False])
@pytest.mark.parametrize("path", ["/", "/feed/", "/?feed=rss2", "/?rest_route=/"])
def test_found_from_the_home_page_and_the_feed_in_both_spellings(path, pretty):
    blog = wp.Blog(5, pretty=pretty)
    with web.serve({"*": blog}) as site:
        got = walk(site).client.get(site.url(path))
        for headers in (dict(got.headers), {}):
            where = wordpress.found(got.content, url=str(got.url), headers=headers, content_type=got.headers["content-type"])
            assert ids(Walk(wordpress, where).all().posts) == [1, 2, 3, 4, 5]


HEAD = "<!DOCTYPE html><html><head>%s</head><body></body></html>"
RSS = '<rss version="2.0"><channel><title>t</title><link>%s</link><generator>https://wordpress.org/?v=6.1</generator><item><title>a</title><link>https://b.example/a</link></item></channel></rss>'
GENERATED = '<meta name="generator" content="WordPress 6.1">'


@pytest.mark.parametrize(("url", "body", "link", "where"), [
    ("https://b.example/", HEAD % "<link rel='https://api.w.org/' href='https://b.example/blog/wp-json/'>", "", "https://b.example/blog/wp-json/wp/v2/posts"),
    ("https://b.example/", HEAD % "", '<https://b.example/wp-json/>; rel="https://api.w.org/", <https://b.example/>; rel=shortlink', "https://b.example/wp-json/wp/v2/posts"),
    ("https://b.example/", HEAD % "", '<https://b.example/?rest_route=/>; rel="https://api.w.org/"', "https://b.example/?rest_route=/wp/v2/posts"),
    ("https://b.example/2019/a/", HEAD % GENERATED, "", "https://b.example/?rest_route=/wp/v2/posts"),
    ("https://b.example/x/2019/a/", HEAD % (GENERATED + "<link rel=EditURI href='https://b.example/x/xmlrpc.php?rsd'>"), "", "https://b.example/x/?rest_route=/wp/v2/posts"),
    ("https://b.wordpress.com/", HEAD % '<meta name="generator" content="WordPress.com">', "", "https://public-api.wordpress.com/wp/v2/sites/b.wordpress.com/posts"),
    ("https://b.example/feed/", RSS % "https://b.example", "", "https://b.example/?rest_route=/wp/v2/posts"),
    ("https://b.example/x/feed/atom/", RSS % "https://b.example/x", "", "https://b.example/x/?rest_route=/wp/v2/posts"),
    ("https://feeds.example/b", RSS % "https://b.example/", "", "https://b.example/?rest_route=/wp/v2/posts"),
    ("https://b.example/category/ice/feed/", RSS % "https://b.example", '<https://b.example/wp-json/>; rel="https://api.w.org/"', None),
    ("https://b.example/comments/feed/", RSS % "https://b.example", "", None),
    ("https://b.example/?feed=rss2&cat=3", RSS % "https://b.example", "", None),
    ("https://b.example/wp-json/wp/v2/posts?categories=3&per_page=5", "[]", "", "https://b.example/wp-json/wp/v2/posts?categories=3"),
    ("https://b.example/x/wp-json", '{"name": "b", "namespaces": ["oembed/1.0", "wp/v2"]}', "", "https://b.example/x/wp-json/wp/v2/posts"),
    ("https://b.example/wp-json/wp/v2/posts?tags[]=3&tags[]=4&page=2", "[]", "", "https://b.example/wp-json/wp/v2/posts?tags%5B%5D=3&tags%5B%5D=4"),
    ("https://b.example/", HEAD % '<meta name="generator" content="Hugo 1">', "", None),
    ("https://b.example/", HEAD % "<link rel='https://api.w.org/' href='http://['>", "<http://[>; rel=https://api.w.org/", None),
    ("file:a.html", HEAD % GENERATED, "", None),
    ("https://b.example/", "\x00\x01\x02" * 99, "", None),
])
def test_found(url, body, link, where):
    assert wordpress.found(body.encode(), url=url, headers={"link": link}, content_type=None) == where


@pytest.mark.parametrize(("root", "home"), [
    ("https://b.example/wp-json/", "https://b.example/"), ("https://b.example/x/wp-json", "https://b.example/x/"), ("https://b.example/index.php/wp-json/", "https://b.example/"),
    ("https://b.example/x/?rest_route=/", "https://b.example/x/"), ("https://b.example/index.php?rest_route=/", "https://b.example/index.php"),
])
def test_the_home_of_an_api(root, home):
    assert home_of(posts_of(root)) == home


def test_the_home_of_a_hosted_site():
    assert home_of("https://public-api.wordpress.com/wp/v2/sites/b.wordpress.com/posts") == "https://b.wordpress.com/"


ERROR = {"code": "rest_forbidden", "message": "Sorry, no.", "data": {"status": 401}}
POST = {"id": 1, "date": "2019-01-01T10:00:00", "link": "https://b.example/a", "title": {"rendered": "A"}, "content": {"rendered": "<p>x</p>", "protected": False}}


def one(**changes):
    return read(json.dumps([POST | changes]).encode(), url="https://b.example/wp-json/wp/v2/posts")


def test_a_date_of_the_sites_clock_is_taken_as_utc_and_said_so():
    parsed = one()
    assert parsed.posts[0].published_at == datetime(2019, 1, 1, 10, tzinfo=UTC)
    assert "taken as UTC" in parsed.rejects[0].detail


def test_a_post_without_a_guid_is_named_as_its_feed_would():
    assert one().posts[0].external_id == "https://b.example/?p=1"
    assert one(guid={"rendered": "https://b.example/?post_type=x&#038;p=1"}).posts[0].external_id == "https://b.example/?post_type=x&p=1"


def test_a_protected_post_is_set_aside():
    parsed = one(content={"rendered": "", "protected": True})
    assert parsed.posts == ()
    assert [(r.reason, r.url) for r in parsed.rejects] == [(Reason.NO_TEXT, "https://b.example/a")]


def test_a_post_without_a_body_is_read_from_its_page():
    target = one(content={"rendered": ""}).follow[0]
    assert (target.url, target.kind, target.entry.title) == ("https://b.example/a", "page", "A")


def test_the_end_is_no_error_and_an_error_has_the_sites_words():
    ended = {"code": "rest_post_invalid_page_number", "message": "Larger.", "data": {"status": 400}}
    assert read(json.dumps(ended).encode(), url="http://x.example/").posts == ()
    with pytest.raises(Malformed, match=r"rest_forbidden: Sorry, no\."):
        read(json.dumps(ERROR).encode(), url="http://x.example/")


@pytest.mark.parametrize(("body", "reason"), [
    (b"[" * 100_000, Reason.MALFORMED), (b"[1, 2]", Reason.WRONG_KIND), (b'{"a": 1}', Reason.WRONG_KIND), (b"[{]", Reason.MALFORMED), (b"<!DOCTYPE html><p>x", Reason.WRONG_KIND),
    (b'[{"id": ' + b"9" * 5000 + b"}]", Reason.MALFORMED), (b"null", Reason.WRONG_KIND),
])
def test_what_is_none(body, reason):
    with pytest.raises(Malformed) as caught:
        read(body, url="https://b.example/wp-json/wp/v2/posts", kind="wordpress")
    assert caught.value.reason == reason


NAMES = ["id", "date", "date_gmt", "modified", "modified_gmt", "link", "guid", "title", "content", "excerpt", "_embedded", "rendered", "protected", "author", "wp:term", "name"]
VALUES = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["2019-01-01T10:00:00", "9999-12-31T23:59:59", "0000-00-00T00:00:00", "http://[", "\ud800"]),
                      lambda v: st.lists(v, max_size=3) | st.dictionaries(st.sampled_from(NAMES), v, max_size=4), max_leaves=8)
URLS = st.sampled_from(["https://b.example/wp-json/wp/v2/posts", "https://b.example/?rest_route=/wp/v2/posts&order=asc&after=2019-01-01T10:00:00&exclude=1,x,2", "file:a.json",
                        "https://b.example/?offset=%ff&order=desc&modified_after=2019-99-01T00:00:00Z", "https://b.example/?exclude=" + "9" * 5000 + "&after=2019-01-01T09:59:59&order=asc"])


@given(st.lists(st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=8) | VALUES, max_size=4) | VALUES, URLS)
def test_any_json_is_read_or_refused(value, url):
    body = json.dumps(value).encode()
    wordpress.found(body, url=url, headers={"link": str(value)})
    try:
        parsed = read(body, url=url, kind="wordpress")
    except Malformed:
        return
    assert pickle.loads(pickle.dumps(parsed)) == parsed


@given(st.lists(st.builds(Answer, URLS, st.sampled_from([None, 200, 400, 404, 500]), st.fixed_dictionaries({"x-wp-total": st.sampled_from(["0", "7", "-1", "9" * 99, "x"])}), VALUES.map(lambda v: json.dumps(v).encode())), max_size=4))
def test_any_answers_make_a_plan_or_are_refused(answers):
    where = "https://b.example/wp-json/wp/v2/posts"
    assert len(wordpress.survey(where, answers=answers)) <= wordpress.COUNTED
    try:
        wordpress.plan(where, answers)
    except Malformed:
        return
