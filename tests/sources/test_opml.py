"""Source lists: what is taken of them, what is skipped and why, what is refused with its line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postetl.errors import Malformed
from postetl.sources import opml
from postetl.sources.opml import Subscription

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<opml version="1.0">\n<head><title>t</title></head>\n<body>\n'
TAIL = "\n</body></opml>"


@pytest.mark.parametrize(("inner", "found"), [
    ('<outline text="A" title="The A" type="rss" xmlUrl="https://a.example/f" htmlUrl="https://a.example/"/>', [("https://a.example/f", "The A", "https://a.example/", None)]),
    ('<outline text="Boats"><outline text="More"><outline text="A" xmlUrl="https://a.example/f"/></outline></outline>', [("https://a.example/f", "A", None, None)]),
    ('<outline text="A &amp; B" xmlurl="https://a.example/f?a=1&amp;b=2"/>', [("https://a.example/f?a=1&b=2", "A & B", None, None)]),
    ('<outline text="A & B" xmlUrl="https://a.example/f?a=1&b=2&copy=3"/>', [("https://a.example/f?a=1&b=2&copy=3", "A & B", None, None)]),
    ('<outline text="A\x0b" xmlUrl=" https://a.example/f "/>', [("https://a.example/f", "A", None, None)]),
    ('<outline type="link" text="P" url="https://p.example/"/>', [("https://p.example/", "P", None, "page")]),
    ('<outline text="x" type="atom" version="RSS" xmlUrl="https://a.example/f"/><outline xmlUrl="https://b.example/f"/>', [("https://a.example/f", "x", None, None), ("https://b.example/f", None, None, None)]),
])  # fmt: skip
def test_outlines(inner, found):
    listed = opml.read(f"{HEAD}{inner}{TAIL}".encode())
    assert [(s.url, s.title, s.site, s.kind) for s in listed.subscriptions] == found and not listed.skipped
    assert all(s.line == 5 for s in listed.subscriptions)


def test_what_is_skipped_is_said():
    inner = '<outline text="A" xmlUrl="https://a.example/f"/>\n<outline text="A again" xmlUrl="HTTPS://A.example/f#x"/>\n<outline text="a note"/>\n<outline text="S" xmlUrl="feed:x"/>\n<outline text="empty"></outline>'
    listed = opml.read((HEAD + inner + TAIL).encode())
    assert [s.url for s in listed.subscriptions] == ["https://a.example/f"]
    assert sorted(listed.skipped) == [
        (6, "HTTPS://A.example/f#x", "listed before, in line 5"), (7, "a note", "no xmlUrl, so no feed"), (8, "feed:x", "no http or https address"), (9, "empty", "no xmlUrl, so no feed"),
    ]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), [
    (HEAD + '<outline text="A>', "list.opml:5: not well-formed XML"), (HEAD + '<outline text="A" xmlUrl="x"></outlin>' + TAIL, "list.opml:5: not well-formed XML"),
    ("<html><body/></html>", "list.opml:1: <html> where <opml> should begin"), ('<rss version="2.0"/>', "<rss> where <opml>"), (HEAD.replace("<opml", "<!DOCTYPE a [\n<!ENTITY a 'b'>]>\n<opml") + TAIL, "list.opml:3: a list that declares entities"),
    ("a list of words\nand more", "list.opml:1: neither OPML nor a list of addresses"), ("<", "list.opml:1: not well-formed"), ("<a>" * 100_000, "not well-formed"),
])  # fmt: skip
def test_refused_with_its_line(text, message):
    with pytest.raises(Malformed) as caught:
        opml.read(text.encode(), name="list.opml")
    assert message in str(caught.value)


def test_lists_of_addresses():
    text = '\ufeff# mine\nhttps://a.example/f\n\n  http://b.example/f?a=1#frag tag "~Title"  \nhttps://c.example/ # a comment\n"query:x"\nhttps://A.example:443/f\n#https://no.example/\n'
    listed = opml.read(text.encode())
    assert [(s.url, s.line) for s in listed.subscriptions] == [("https://a.example/f", 2), ("http://b.example/f?a=1#frag", 4), ("https://c.example/", 5)]
    assert listed.skipped == ((6, '"query:x"', "no http or https address"), (7, "https://A.example:443/f", "listed before, in line 2"))
    assert opml.read(b"").subscriptions == ()


def test_encodings():
    body = HEAD.replace("UTF-8", "ISO-8859-1") + '<outline text="Blåbær" xmlUrl="https://a.example/f"/>' + TAIL
    for written in (body.encode("cp1252"), body.encode("utf-16"), b"\xef\xbb\xbf" + body.encode(), ("\n" + body).encode()):
        assert [s.title for s in opml.read(written).subscriptions] == ["Blåbær"]


NAMES = st.text(min_size=1, max_size=30).map(lambda t: " ".join(opml._IMPOSSIBLE.sub("", t).split())).filter(bool)


@given(st.lists(st.tuples(st.integers(0, 99_999), NAMES, st.sampled_from([None, "page", "feed", "listing", "sitemap"])), unique_by=lambda s: s[0], max_size=20), NAMES)
def test_what_is_written_is_read(made, title):
    given_ = [Subscription(f"https://x{n}.example/f?a=1&b={n}", name, None, kind) for n, name, kind in made]
    listed = opml.read(opml.write(given_, title=title).encode())
    assert [(s.url, s.title, s.kind) for s in listed.subscriptions] == [(s.url, s.title, s.kind) for s in given_] and not listed.skipped


PIECES = ["<opml>", "</opml>", "<body>", "<outline ", "/>", "</outline>", 'xmlUrl="', "https://a.example", '"', "&", "&amp;", "\x00", "\ud800", "<!--", "-->", "<![CDATA[", "]]>", "\n", "http://[", "<?xml version='1.0' encoding='utf-16'?>", "<a:b>"]


@given(st.lists(st.sampled_from(PIECES), max_size=25).map(lambda p: "".join(p).encode("utf-8", "surrogatepass")) | st.binary(max_size=100))
def test_any_mess_is_read_or_refused(body):
    for document in (body, b"<opml>" + body):
        try:
            opml.read(document)
        except Malformed:
            continue
