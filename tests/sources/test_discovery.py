"""What a document tells of its site's feeds and archives, best first."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulators import listing as listings
from emulators.weblog import Weblog
from postetl.sources import discovery, listing, sitemap
from web import Request

X = "https://x.example"


def offered(body: str, at: str = "/", archives=(), **headers: str) -> list[tuple[str, str]]:
    return [(o.kind, o.url.removeprefix(X)) for o in discovery.offers(body.encode(), url=X + at, headers=headers, archives=archives)]


def page(head: str = "", body: str = "") -> str:
    return f"<!doctype html><html><head><title>t</title>{head}</head><body>{body}</body></html>"


USUAL = [("jsonfeed" if u.endswith(".json") else "feed", u) for u in ("/feed/", "/feed.xml", "/atom.xml", "/rss.xml", "/index.xml", "/feed.json", "/rss", "/feeds/posts/default")]


@pytest.mark.parametrize(("head", "body", "found"), [
    ('<link rel="alternate" type="application/rss+xml" title="T" href="/feed/">', "", [("feed", "/feed/")]),
    ("<link rel='ALTERNATE home' type='application/atom+xml; charset=utf-8' href='atom'>", "", [("feed", "/atom")]),
    ('<link rel=alternate type="application/feed+json" href="/feed.json"><link rel=alternate type="application/rss+xml" href="/rss">', "", [("jsonfeed", "/feed.json"), ("feed", "/rss")]),
    ('<link rel=alternate type="application/rss+xml" title="T \u00bb Comments Feed" href="/comments/feed/"><link rel=alternate type="application/rss+xml" href="/feed/">', "", [("feed", "/feed/"), ("feed", "/comments/feed/")]),
    ('<link rel=alternate type="application/json+oembed" href="/oembed?a"><link rel=alternate type="application/json" href="/wp-json/wp/v2/pages/3"><link rel=alternate hreflang=de href="/de/">', "", USUAL),
    ('<link rel=alternate type="text/xml" title="RSS" href="/news">', "", [("feed", "/news")]), ('<link rel=alternate type="text/xml" href="/sitemap-de">', "", USUAL),
    ('<link rel=feed type="application/atom+xml" href="/a">', "", [("feed", "/a")]), ('<base href="/b/"><link rel=alternate type="application/rss+xml" href="f">', "", [("feed", "/b/f")]),
    ('<link rel=alternate type="application/rss+xml" href="feed://x.example/f"><link rel=alternate type="application/rss+xml" href="feed:https://x.example/g">', "", [("feed", "http://x.example/f"), ("feed", "/g")]),
    ('<link rel=alternate type="application/rss+xml" href="/f"><link rel=alternate type="application/rss+xml" href="/f#again">', "", [("feed", "/f")]),
    ("", '<a href="/blog/feed">Subscribe</a> <a href="/news">RSS</a> <a href="/feedback">Feedback</a> <a href="/rss.php">x</a>', [("feed", "/blog/feed"), ("feed", "/news")]),
    ("", '<a href="https://feeds.example/x/rss">f</a><a href="https://feedly.com/i/subscription/feed/x">Feedly</a><a href="/a/comments/feed/">c</a>', [("feed", "https://feeds.example/x/rss")]),
    ('<link rel=alternate type="application/rss+xml" href="javascript:x"><link rel=alternate type="application/rss+xml" href="">', "", USUAL),
])  # fmt: skip
def test_feeds(head, body, found):
    assert offered(page(head, body)) == found


def test_the_usual_places_are_below_the_page_first():
    found = offered(page(), "/blog")
    assert found[:2] == [("feed", "/blog/feed/"), ("feed", "/blog/feed.xml")] and ("feed", "/feed/") in found


def test_a_link_header_declares():
    assert offered(page(), link='</f>; rel="alternate"; type="application/rss+xml", <https://x.example/wp-json/>; rel="https://api.w.org/"') == [("feed", "/f")]


@pytest.mark.parametrize(("body", "kind"), [
    ('<rss version="2.0"><channel><title>t</title></channel></rss>', "feed"), ('{"version":"https://jsonfeed.org/version/1.1","title":"t","items":[]}', "jsonfeed"),
    ('<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"></urlset>', "sitemap"),
])
def test_the_document_itself(body, kind):
    assert offered(body, "/f") == [(kind, "/f")]


class Api:
    """A kind that the page names, as a platform's module would be."""

    NAME = "api"

    @staticmethod
    def found(body: bytes, *, url: str, headers: Mapping[str, str], content_type: str | None = None) -> str | None:
        return f"{X}/api/" if b"api.js" in body or "x-api" in headers else None


def test_archives_before_feeds_before_the_neutral_ways():
    log = Weblog(30)
    home = listings.site(log)["*"](Request("GET", "/", {"host": "x.example"})).body.replace("</head>", '<link rel=alternate type="application/rss+xml" href="/f"><script src="/api.js"></script></head>')
    archives = (sitemap, listing, Api)
    assert offered(home, "/", archives)[:5] == [("api", "/api/"), ("feed", "/f"), ("feed", "/feed/"), ("listing", "/"), ("sitemap", "/sitemap.xml")]
    assert offered(page(), "/", archives)[:2] == [("sitemap", "/sitemap.xml"), ("feed", "/feed/")]
    named = page('<link rel="sitemap" href="/map.xml">', "".join(f"<h2><a href='/a-b-{n}'>one two three</a></h2>" for n in range(3)))
    assert offered(named, "/", archives)[:2] == [("sitemap", "/map.xml"), ("listing", "/")]
    assert ("api", "/api/") in offered("", "/", archives, **{"x-api": "1"})
    why = {o.kind: o.why for o in discovery.offers(home.encode(), url=f"{X}/", archives=archives)}
    assert why["sitemap"] == "where most sites have their sitemap" and why["api"] == "an archive of the whole site"


def test_a_page_full_of_feeds_is_bounded():
    links = "".join(f'<link rel=alternate type="application/rss+xml" href="/f{n}">' for n in range(5000))
    assert len(offered(page(links))) == discovery.MOST


PIECES = ["<link ", "rel=alternate ", "type=application/rss+xml ", "href='", "http://[", "feed:", "feed://", "/feed", "' >", "<a href='", "</a>", "RSS", "\x00", "\ud800", "<html>", "<base href='x:'>", "<rss>", "<urlset>", "{"]


@given(st.lists(st.sampled_from(PIECES), max_size=30).map(lambda p: "".join(p).encode("utf-8", "surrogatepass")) | st.binary(max_size=80), st.sampled_from(["/", "/robots.txt", "/a#b", "/feed"]), st.text(max_size=40))
def test_any_mess_has_offers_or_none(body, at, link):
    for offer in discovery.offers(body, url=X + at, headers={"link": link}, archives=(sitemap, listing)):
        assert offer.url and offer.why
