"""Which kind reads what, and what no kind can read."""

import gzip
import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postetl.errors import Malformed, Reason
from postetl.settings import KINDS as CONFIGURED
from postetl.sources import KINDS, read

RSS = b'<rss version="2.0"><channel><title>t</title><item><title>a</title><link>http://x.example/a</link></item></channel></rss>'
ATOM = b'<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><entry><title>a</title></entry></feed>'
HTML = b"<!DOCTYPE html><html><body><p>x</p></body></html>"
SITEMAP = b'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"></urlset>'
JSON = b'{"version":"https://jsonfeed.org/version/1.1","title":"t","items":[]}'


@pytest.mark.parametrize(("body", "url", "content_type", "kind"), [
    (RSS, "http://x.example/", None, "feed"),
    (RSS, "http://x.example/a.txt", "text/plain", "feed"),
    (RSS, "http://x.example/", "text/html; charset=utf-8", "feed"),
    (RSS.decode().encode("utf-16"), "http://x.example/", None, "feed"),
    (RSS.decode().encode("utf-16-be"), "http://x.example/", None, "feed"),
    (b"\xef\xbb\xbf\n<?xml version='1.0'?>" + ATOM, "http://x.example/", None, "feed"),
    (b"<!-- made by x --><?xml-stylesheet href='a'?>" + ATOM, "http://x.example/", None, "feed"),
    (b"Notice: undefined index in x.php<br />\n" + RSS, "http://x.example/", None, "feed"),
    (b'<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "x"><html><body>' + ATOM + b"</body></html>", "http://x.example/", None, "feed"),
    (JSON, "http://x.example/", "text/html", "jsonfeed"),
    (SITEMAP, "http://x.example/", "text/html", "sitemap"),
    (gzip.compress(SITEMAP, mtime=0), "http://x.example/a", "application/octet-stream", "sitemap"),
    (SITEMAP.replace(b"urlset", b"sitemapindex"), "http://x.example/feed.xml", "application/rss+xml", "sitemap"),
    (HTML, "http://x.example/feed.xml", "application/rss+xml", "page"),
    (HTML, "http://x.example/a.txt", "text/plain", "page"),
    (b'<html><body><pre>&lt;rss version="2.0"></pre><textarea>' + RSS + b"</textarea></body></html>", "http://x.example/", None, "page"),
    (b"<?xml version='1.0'?><!DOCTYPE html><html xmlns='http://www.w3.org/1999/xhtml'><body/></html>", "http://x.example/", "text/html", "page"),
    (b"<div><p>a fragment</p></div>", "http://x.example/", None, "page"), (b"<div><p>a fragment</p></div>", "http://x.example/feed.xml", "text/html", "page"),
    (b"<!doctype html><p>a page</p>", "http://x.example/feed.xml", None, "page"),
    (b"<p>old <b>text</b>", "http://x.example/post.txt", None, "plaintext"),
    (b"just words", "http://x.example/post", None, "plaintext"),
    (b"just words", "http://x.example/post", "text/html", "page"),
    (b'{"a": 1}', "http://x.example/post.txt", None, "plaintext"),
    ("caf\u00e9".encode("cp1252"), "file:posts/a.text", None, "plaintext"),
])
def test_recognised(body, url, content_type, kind):
    assert read(body, url=url, content_type=content_type).kind == kind


@pytest.mark.parametrize(("body", "content_type", "kind", "reason"), [
    (b"", None, None, Reason.EMPTY_BODY),
    (b" \r\n\t\n", "application/rss+xml", None, Reason.EMPTY_BODY),
    (b"\xef\xbb\xbf", None, "plaintext", Reason.EMPTY_BODY),
    ("\u2028 \u00a0\n".encode(), "text/plain", None, Reason.EMPTY_BODY),
    (b"%PDF-1.7\n1 0 obj", "text/html", None, Reason.UNKNOWN_KIND),
    (b"%PDF-1.7\n1 0 obj", "application/pdf", "page", Reason.WRONG_KIND),
    (bytes(range(256)) * 8, None, None, Reason.UNKNOWN_KIND),
    (bytes(range(256)) * 8, None, "plaintext", Reason.WRONG_KIND),
    (b'<?xml version="1.0"?><opml version="2.0"><body/></opml>', "text/xml", None, Reason.UNKNOWN_KIND),
    (b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><foaf:Person/></rdf:RDF>', None, None, Reason.UNKNOWN_KIND),
    (b'{"error": "no such page"}', "application/json", None, Reason.UNKNOWN_KIND),
    (b'[{"id": 1}]', None, None, Reason.UNKNOWN_KIND),
    (HTML, None, "feed", Reason.WRONG_KIND),
    (RSS, None, "jsonfeed", Reason.WRONG_KIND),
    (b'{"a": 1}', None, "jsonfeed", Reason.WRONG_KIND),
    (b"plain words", "text/plain", "page", Reason.WRONG_KIND),
    (b"plain words", "text/plain", "sitemap", Reason.WRONG_KIND),
    (RSS, "text/xml", "listing", Reason.WRONG_KIND),
    (JSON[:-5], None, None, Reason.MALFORMED),
    (b'{"version":"https://jsonfeed.org/version/1","items":{}}', None, None, Reason.MALFORMED),
    (b'{"version":"https://jsonfeed.org/version/1","items":' + b"[" * 100_000, None, None, Reason.MALFORMED),
    (RSS, None, "gopher", Reason.UNKNOWN_KIND),
])
def test_refused(body, content_type, kind, reason):
    with pytest.raises(Malformed) as caught:
        read(body, url="http://x.example/a", content_type=content_type, kind=kind)
    assert caught.value.reason == reason
    assert caught.value.url == "http://x.example/a"


def test_every_kind_can_be_configured():
    assert set(CONFIGURED) == {k.NAME for k in KINDS}


@given(st.binary(max_size=300), st.sampled_from([None, *CONFIGURED]), st.sampled_from([None, "text/plain", "text/html; charset=utf-7", "text/xml; charset=koi8-r"]))
def test_any_bytes_are_read_or_refused(body, kind, content_type):
    try:
        parsed = read(body, url="http://x.example/", content_type=content_type, kind=kind)
    except Malformed:
        return
    assert pickle.loads(pickle.dumps(parsed)) == parsed


PIECES = ["<rss version='2.0'>", "<channel>", "<item>", "</item>", "<title>", "</title>", "<description>", "</description>", "<![CDATA[", "]]>", "<!--", "-->", "&#0;",
          "&#xD800;", "&amp;", "&nbsp;", "&", "<", ">", "<b a='", "'", '"', "x", "\x00", "\u2028", "<guid>", "</guid>", "<pubDate>1</pubDate>", "<entry/>", "<?", "<!DOCTYPE x [", "]>"]


@given(st.lists(st.sampled_from(PIECES), max_size=40).map(lambda p: ("<rss version='2.0'>" + "".join(p)).encode()))
def test_any_mess_of_a_feed_is_read_or_refused(body):
    try:
        read(body, url="http://x.example/", kind="feed")
    except Malformed:
        return


VALUES = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just("2024-05-06T00:00:00Z"),
                      lambda v: st.lists(v, max_size=3) | st.dictionaries(st.sampled_from(["name", "url", "mime_type", "size_in_bytes", "x"]), v, max_size=3), max_leaves=5)
FIELDS = ["id", "url", "external_url", "title", "content_html", "content_text", "summary", "date_published", "date_modified", "authors", "author", "tags", "language", "attachments"]


@given(st.lists(VALUES | st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=6), max_size=5))
def test_no_item_of_a_json_feed_is_lost_in_silence(items):
    document = {"version": "https://jsonfeed.org/version/1.1", "items": items}
    parsed = read(json.dumps(document).encode(), url="http://x.example/")
    objects = sum(isinstance(i, dict) for i in items)
    assert len(parsed.posts) == objects
    assert sum("is no object" in r.detail for r in parsed.rejects) == len(items) - objects


@pytest.mark.parametrize(("url", "served"), [
    ("http://x.example/feed.xml", None), ("http://x.example/index.rss?all=1", None), ("http://x.example/feed", "application/rss+xml; charset=utf-8"), ("http://x.example/", "text/xml"),
])
def test_what_stands_in_place_of_a_feed_is_no_page(url, served):
    with pytest.raises(Malformed) as caught:
        read(b"<br />\n<b>Fatal error</b>: Uncaught Error in <b>/srv/feed.php</b> on line <b>3</b><br />", url=url, content_type=served)
    assert caught.value.reason is Reason.UNKNOWN_KIND
