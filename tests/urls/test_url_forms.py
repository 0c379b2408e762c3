"""One spelling for one address; no input raises."""

from urllib.parse import urljoin

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from postetl import urls

SAME = [
    ("HTTP://User:pw@EXAMPLE.org:80/a/../b/./c?utm_source=x&b=2&a=%7e%e2#part", "http://example.org/b/c?b=2&a=~%E2"),
    ("https://münchen.example/ü?q=ä b", "https://xn--mnchen-3ya.example/%C3%BC?q=%C3%A4%20b"),
    ("https://XN--MNCHEN-3YA.example", "https://xn--mnchen-3ya.example/"),
    ("http://example.org", "http://example.org/"), ("http://example.org?", "http://example.org/"), ("  http://example.org/\n", "http://example.org/"),
    ("https://example.org:443/x", "https://example.org/x"), ("https://example.org:8443/x", "https://example.org:8443/x"), ("https://example.org:/x", "https://example.org/x"),
    ("http://example.org./x", "http://example.org/x"), ("http://%65xample.org/", "http://example.org/"), ("http:\\\\example.org\\x", "http://example.org/x"),
    ("http://[::1]:8080/x", "http://[::1]:8080/x"), ("http://[0:0::1]/", "http://[::1]/"),
    ("http://a.example/?fbclid=1&id=2&UTM_Campaign=x&gclid=&b", "http://a.example/?id=2&b"), ("http://a.example/x?b=1&a=2&b=1", "http://a.example/x?b=1&a=2&b=1"),
    ("http://a.example/x?ref=y&source=z", "http://a.example/x?ref=y&source=z"), ("http://a.example/x?a=1;b=2", "http://a.example/x?a=1;b=2"),
    ("http://a.example/x#comments", "http://a.example/x"), ("http://a.example/x#:~:text=foo", "http://a.example/x"), ("http://a.example/#!/post/1", "http://a.example/#!/post/1"),
    ("http://a.example/x#/post/1", "http://a.example/x#/post/1"), ("http://a.example/#2004-05-01", "http://a.example/#2004-05-01"), ("http://a.example/index.html#e17", "http://a.example/index.html#e17"),
    ("http://a.example/#top", "http://a.example/"), ("http://a.example/a%2fb%2Fc", "http://a.example/a%2Fb%2Fc"), ("http://a.example/50%", "http://a.example/50%25"),
    ("http://a.example/%2e%2e/b/%2E/c", "http://a.example/b/c"), ("http://a.example/a//b/", "http://a.example/a//b/"), ("http://a.example/../../x", "http://a.example/x"),
    ("file:posts/a.txt", "file:posts/a.txt"), ("file:///tmp/a b.txt", "file:///tmp/a%20b.txt"),
]


@pytest.mark.parametrize(("given_", "wanted"), SAME)
def test_canonical(given_, wanted):
    assert urls.canonical(given_) == wanted
    assert urls.canonical(wanted) == wanted


@pytest.mark.parametrize("url", ["", "x", "/x", "//x.example/y", "javascript:alert(1)", "mailto:a@b.example", "data:text/html,x", "ftp://x.example/", "tag:x,2024:1", "http://", "http:///x", "https://:80/",
                                 "http://a:99999/", "http://a:b/", "http://ex ample/", "http://[::1/", "http://[zz]/", "http://a<b/", "http://%00/", "http://a%2fb/", "\ud800", "file:"])
def test_no_address(url):
    assert urls.canonical(url) is None or urls.canonical(url, "http://x.example/") is not None
    assert urls.canonical(url) is None


@pytest.mark.parametrize(("base", "ref", "wanted"), [
    ("http://x.example/a/b?c", "d", "http://x.example/a/d"), ("http://x.example/a/b", "../e", "http://x.example/e"), ("http://x.example/a", "?q", "http://x.example/a?q"),
    ("http://x.example/a", "#f", "http://x.example/a#f"), ("http://x.example/a", "//y.example/z", "http://y.example/z"), ("http://x.example/a", "mailto:a@b", "mailto:a@b"),
    ("http://x.example/a", "javascript:x", "javascript:x"), ("http://x.example/a", "", "http://x.example/a"), ("http://x.example/a", " b\n", "http://x.example/b"), ("http://[bad", "b", "b"),
])
def test_join(base, ref, wanted):
    assert urls.join(base, ref) == wanted


@pytest.mark.parametrize(("url", "key", "origin"), [
    ("HTTP://X.example/a", "x.example:80", ("http", "x.example", 80)), ("https://x.example./", "x.example:443", ("https", "x.example", 443)), ("https://u:p@x.example:8443", "x.example:8443", ("https", "x.example", 8443)),
    ("http://[::1]:80/", "[::1]:80", ("http", "::1", 80)), ("file:posts/a.txt", "file", ("file", "", 0)), ("gopher://x", "", ("", "", 0)), ("http://a:99999/", "", ("", "", 0)), ("http://a:0/", "a:0", ("http", "a", 0)),
])
def test_host_key_and_origin(url, key, origin):
    assert urls.host_key(url) == key
    assert urls.origin(url) == origin


@pytest.mark.parametrize(("url", "wanted"), [
    ("https://u:p@x.example/a@b", "https://x.example/a@b"), ("https://u@p@x.example/", "https://x.example/"), ("https://x.example/a?m=a@b", "https://x.example/a?m=a@b"),
    ("http://u:p@[bad/", "http://[bad/"), ("//u:p@x.example", "//x.example"), ("http:\\\\u:p@x.example", "http:\\\\x.example"), ("mailto:a@b", "mailto:a@b"), (" https://u:p@x.example", " https://x.example"),
])
def test_without_credentials(url, wanted):
    assert urls.without_credentials(url) == wanted


ALPHABET = st.text(st.sampled_from("aZ09%2eEfF./\\?#&=:@[]!~ \t\n\x00\u00e4\u212a\u3002\ud800é-_;utm_x"), max_size=30)


@given(st.sampled_from(["http://x.example", "http://x.example/", "https://a-b.example:8080/p/q?x#y", "http://127.0.0.1:8097?q", "HTTP://x.example/a", "http://x.example\n"]),
       st.text(st.sampled_from("ab/.?#;=&%:@-_~!\u00e4"), max_size=8))
def test_a_rooted_address_is_joined_as_urljoin_does(base, rest):
    assert urls.join(base, "/" + rest) == urljoin(base.strip(), "/" + rest)


@given(st.builds(lambda scheme, rest: scheme + rest, st.sampled_from(["http://", "https://x.example", "http://a.example/", "file:", "file://", "", "HTTP://u:p@h:80"]), ALPHABET | st.text(max_size=20)))
@example("http://a.example/%25%32%65/x")
@example("http://a/%zz%2e%2E/b")
@example("file:.")
def test_idempotent_and_never_raising(url):
    one = urls.canonical(url)
    assert one is None or (urls.canonical(one) == one and one.isascii() and urls.without_credentials(one) == one)
    assert one is None or one.startswith("file:") or urls.host_key(one) == urls.host_key(url) != ""
    urls.canonical(url, "http://x.example/a")
    urls.join(url, url)
    urls.without_credentials(url)
