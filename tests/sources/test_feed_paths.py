"""The three ways through the feed reader say the same, and none loses an entry in silence."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postetl import worker
from postetl.clean import fields
from postetl.errors import Malformed
from postetl.sources import constructs, feed, feedtree, read

URL = "https://paths.example/feed"
SPACES = ('xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
          'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:media="http://search.yahoo.com/mrss/"')

words = st.text(st.sampled_from("abc é—漢 .,;"), min_size=1, max_size=30).map(lambda t: "w" + " ".join(t.split()))
names = words.map(lambda t: t.replace(",", "").replace(";", ""))  # feedparser's way takes these for the space between two people
html = st.lists(st.builds(
    lambda text, tag, href: f"<{tag}>{escape(text)} <a href='{href}'>x</a></{tag}>", words, st.sampled_from(["p", "div", "blockquote"]),
    st.sampled_from(["https://other.example/a?b=1&amp;c=2", "/root", "beside", "#note", "mailto:a@b.example"]),
), min_size=1, max_size=3).map("".join)  # fmt: skip
dates = st.datetimes(datetime(1990, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)).map(lambda d: d.replace(microsecond=0))
addresses = st.integers(1, 999).map(lambda n: f"https://paths.example/{n}?a=1&b=2")
maybe = lambda strategy: st.none() | strategy  # noqa: E731


def element(name, value, attributes=""):
    return "" if value is None else f"<{name}{attributes}>{escape(value)}</{name}>"


items = st.builds(
    lambda title, link, guid, body, summary, date, author, tags, enclosure: "<item>" + element("title", title) + element("link", link) + element("guid", guid, ' isPermaLink="false"')
    + element("description", summary) + element("content:encoded", body) + element("pubDate", date and format_datetime(date)) + element("dc:creator", author)
    + "".join(element("category", t) for t in tags) + (f'<enclosure url="{escape(enclosure)}" type="audio/MPEG" length="9"/>' if enclosure else "") + "</item>",
    maybe(words), maybe(addresses), maybe(words), maybe(html), maybe(html | words), maybe(dates), maybe(names), st.lists(words, max_size=3), maybe(addresses))  # fmt: skip
rss = st.lists(items, max_size=4).map(lambda i: f'<rss version="2.0" {SPACES}><channel><title>T</title><link>https://paths.example/</link>{"".join(i)}</channel></rss>')
entries = st.builds(
    lambda title, link, name, body, summary, date, author, tag, lang, source: f'<entry xml:lang="{lang}">' + element("title", title, ' type="html"') + (f'<link href="{escape(link)}"/>' if link else "")
    + element("id", name and f"urn:{name}") + element("content", body, ' type="html"') + element("summary", summary)
    + (f"<updated>{date.isoformat()}</updated>" if date else "") + (f"<author><name>{author}</name><email>a@b.example</email></author>" if author else "")
    + (f'<category term="{tag}" label="other"/>' if tag else "") + (f"<source><id>urn:s</id><author><name>{source}</name></author></source>" if source else "") + "</entry>",
    maybe(words), maybe(addresses), maybe(words), maybe(html), maybe(words), maybe(dates), maybe(names), maybe(words), st.sampled_from(["en", "de_AT", "fr"]), maybe(names))  # fmt: skip
atom = st.lists(entries, max_size=4).map(lambda e: f'<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><link href="https://paths.example/"/>{"".join(e)}</feed>')
documents = rss | atom


def by(way, body):
    """The document by one way through the reader."""
    with pytest.MonkeyPatch.context() as patch:
        if way == "feedparser":
            patch.setattr(feed, "_certain", lambda data, base: None)
        elif way == "mended":
            body = body.replace(b"</title>", b"&nbsp;</title>", 1)
        else:
            patch.setattr(feed.feedwire, "parse", lambda text, base: pytest.fail("this is well-formed"))
        return read(body, url=URL, kind="feed")


@given(documents)
def test_lxml_and_feedparser_read_the_same(text):
    certain, guessed = by("lxml", text.encode()), by("feedparser", text.encode())
    assert certain.posts == guessed.posts
    assert (certain.title, certain.follow, certain.rejects, certain.every) == (guessed.title, guessed.follow, guessed.rejects, guessed.every)


ATOM = 'xmlns="http://www.w3.org/2005/Atom"'
OWN, THEIRS = "<author><name>Own</name></author>", "<author><name>Ann</name><email>ann@x.example</email></author>"


@pytest.mark.parametrize("way", ["lxml", "mended", "feedparser"])
@pytest.mark.parametrize(("inner", "authors"), [
    (f"<source><title>S</title>{THEIRS}</source>", ("Ann",)), (f"<source>{THEIRS}<author><name>Bob</name></author></source>", ("Ann", "Bob")),
    (f"<source>{THEIRS}</source>{OWN}", ("Own",)), (f"{OWN}<source>{THEIRS}</source>", ("Own",)), (f"<author><name> </name></author><source>{THEIRS}</source>", ("Ann",)),
    ("<source><contributor><name>Con</name></contributor><title>S</title></source>", ()), ("<source/>", ()), ('<source url="https://x.example/">Ann</source>', ()),
    ("<source><author><email>ann@x.example</email></author></source>", ("ann@x.example",)),
])  # fmt: skip
def test_an_entry_has_the_authors_of_the_feed_it_was_taken_from(way, inner, authors):
    """And its own before them, and those of the feed that it stands in after them (RFC 4287 4.2.1)."""
    parsed = by(way, f"<feed {ATOM}><title>T</title><author><name>Planet</name></author><entry><id>1</id><title>a</title>{inner}</entry></feed>".encode())
    assert ([p.authors for p in parsed.posts], parsed.authors) == ([authors], ("Planet",))
    assert (parsed.posts[0].external_id, parsed.posts[0].title) == ("1", "a")
    item = inner.replace("<", "<a:").replace("<a:/", "</a:") if "url=" not in inner else inner
    parsed = by(way, f'<rss xmlns:a="http://www.w3.org/2005/Atom"><channel><title>T</title><item><guid>1</guid>{item}</item></channel></rss>'.encode())
    assert ([p.authors for p in parsed.posts], parsed.authors) == ([authors], ())


@given(documents)
def test_what_is_mended_reads_as_what_is_whole(text):
    whole, mended = by("lxml", text.encode()), by("mended", text.encode())
    assert mended.posts == whole.posts and mended.title == whole.title


plain = st.text(st.sampled_from("ab &<>\"'é漢/="), max_size=8)
said = st.dictionaries(st.sampled_from(["a", "b", "b-c", "title", "href", "xml:lang", "xlink:href", "class"]), plain, max_size=4)
markup = st.recursive(plain.map(escape), lambda inner: st.builds(
    lambda name, attributes, children: f"<{name}" + "".join(f' {k}="{escape(v, {chr(34): "&quot;"})}"' for k, v in attributes.items()) + f">{''.join(children)}</{name}>",
    st.sampled_from(["p", "b", "div", "br", "img"]), said, st.lists(inner, max_size=3)), max_leaves=8)  # fmt: skip
drawn = markup.map(lambda text: re.sub(r"(</?)(?:p|b|div|br|img)\b", r"\1g", text))
pictures = st.builds(lambda name, space, attributes, inner: f'<{name} xmlns="http://www.w3.org/{space}"{attributes}>{inner}</{name}>',
                     *(st.just("svg"), st.just("2000/svg")), st.sampled_from(["", ' width="1" height="2"', ' height="2" width="1"']), drawn)
inline = st.lists(markup | pictures, max_size=3).map("".join)


@given(inline)
def test_inline_markup_reads_the_same_written_by_lxml_and_node_by_node(text):
    document = (f'<feed xmlns="http://www.w3.org/2005/Atom" xmlns:xlink="http://www.w3.org/1999/xlink"><entry><content type="xhtml">'
                f'<div xmlns="http://www.w3.org/1999/xhtml">{text}</div></content></entry></feed>').encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(constructs, "_PERHAPS_PREFIXED", re.compile(""))
        patch.setattr(constructs, "_PREFIXED", re.compile(""))
        by_node = read(document, url=URL).posts
    assert read(document, url=URL).posts == by_node


ENTRY = re.compile(r"<(?:item|entry)[\s/>]")
PIECES = st.sampled_from(["<", ">", "&", "</", "]]>", "<![CDATA[", "<!--", "-->", "&nbsp;", "&#0;", "\x00", "\x0b", "</item>", "<item>", "</entry>", "<entry>", "<b>", "</title>",
                          "<x:y/>", "<a a='1' a='2'>", "\ufffe", "<?", "?>", "é", "'", '"'])  # fmt: skip


@given(documents, st.data())
def test_no_mutation_loses_an_entry_in_silence(text, data):
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(text)))
        cut = data.draw(st.sampled_from([0, 0, 0, 1, 7]))
        text = text[:at] + data.draw(PIECES) + text[at + cut:]
    try:
        parsed = read(text.encode(), url=URL, kind="feed")
    except Malformed:
        return
    begun = feed.markup.count_entries(feed.markup.bare(text[feed.markup.feed_root(text) or 0:]))
    assert len(parsed.posts) >= begun or any("entries could be read" in r.detail or "cut off" in r.detail for r in parsed.rejects)


@pytest.mark.parametrize(("damaged", "title"), [
    ("<title>R&D</title>", "R&D"), ("<title>&amp; &lt;3 &gt; R&D</title>", "& <3 > R&D"), ("<title>a&nbsp;b &hellip;</title>", "a b …"), ("<title>a\x0bb &#0;&#xD800;&#x1F;</title>", "a b"),
    ("<foo:bar/><title>&amp;lt;</title>", "<"), ("<title>&amp;lt;</title><y b=1/>", "<"),
])  # fmt: skip
def test_references_survive_an_error(damaged, title):
    """A recovering libxml2 drops &amp;, &lt; and &gt; behind the first error, with the count of entries as it should be."""
    parsed = read(f'<rss version="2.0"><channel><item>{damaged}</item></channel></rss>'.encode(), url=URL)
    post = parsed.posts[0]
    assert (fields.heading(post.title, post.title_type) or "").startswith(title) and not parsed.rejects


@pytest.mark.parametrize("nested", ["<item><title>a</title><item><title>b</title></item></item>", "<group><item><title>a</title></item></group>", "<ITEM><title>a</title></ITEM><item/>"])
def test_entries_in_odd_places_are_found(nested):
    text = f'<rss version="2.0"><channel>{nested}</channel></rss>'
    assert len(read(text.encode(), url=URL).posts) == len(re.findall("<item", text, re.IGNORECASE))


@pytest.mark.parametrize(("text", "meant"), [("&#147;a&#148;", "“a”"), ("Ã©tÃ©", "été"), ("été", "été"), ("&#195;&#169;", "é"), ("\x93a\x94", "“a”"), ("&#xe9;&#160;!", "é\xa0!")])
def test_text_that_was_encoded_twice(text, meant):
    assert read(f'<rss version="2.0"><channel><item><title>{text}</title></item></channel></rss>'.encode(), url=URL).posts[0].title == meant


HEAD, TAIL = '<rss version="2.0"><channel><title>t</title>', "</channel></rss>"
HOSTILE = {
    "laughs": '<!DOCTYPE rss [<!ENTITY a "lol">' + "".join(f'<!ENTITY a{i} "{("&a" + str(i - 1 or "") + ";") * 10}">' for i in range(1, 10)) + "]>" + HEAD + "<item><title>&a9;</title></item>" + TAIL,
    "quadratic": '<!DOCTYPE rss [<!ENTITY a "' + "x" * 90_000 + '">]>' + HEAD + "<item><title>" + "&a;" * 5000 + "</title></item>" + TAIL,
    "attributes": HEAD + "<item " + " ".join(f'a{i}="1"' for i in range(200_000)) + "/>" + TAIL,
    "attributes elsewhere": HEAD + "<x " + " ".join(f'a{i}="1"' for i in range(200_000)) + "/><item/>" + TAIL,
    "depth": HEAD + "<a>" * 100_000, "depth, closed": HEAD + "<a>" * 100_000 + "</a>" * 100_000 + TAIL,
    "items": HEAD + "<item/>" * 500_000 + TAIL, "prefixed items": HEAD + "<x:item/>" * 500_000 + TAIL,
    "brackets in CDATA": HEAD + "<item><description><![CDATA[" + "<" * 200_000 + "]]></description></item>" + TAIL,
    "brackets escaped": HEAD + "<item><description>" + "&lt;" * 200_000 + "</description></item>" + TAIL,
    "equal signs": HEAD + "<item><description><![CDATA[<a" + " href=" * 100_000 + "]]></description></item>" + TAIL,
    "prefixes": HEAD + "".join(f"<p{i}:a/>" for i in range(20_000)) + "<item/>" + TAIL,
    "namespaces": HEAD + "".join(f'<item xmlns="urn:{i}"><x/></item>' for i in range(20_000)) + TAIL,
    "people": HEAD + "<item><author>" + "a@b.example, " * 20_000 + "</author></item>" + TAIL,
}  # fmt: skip


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_input_ends(name):
    """Within 5 s and 256 MB above the worker's idle; a loaded machine gets three times as long."""
    try:
        parsed = worker.call("postetl.sources:read", HOSTILE[name].encode(), url=URL, timeout=15, memory_mb=256)
    except Malformed as error:
        assert type(error) is Malformed  # noqa: PT017  it may also be read: no WorkerTimedOut, no WorkerOutOfMemory
        return
    assert len(parsed.posts) == len(re.findall(r"<item[\s/>]", HOSTILE[name]))


def test_the_same_document_is_read_the_same_whatever_was_read_before():
    """What tags mean is remembered for known namespaces only: others go by their prefix."""
    text = '<rss version="2.0" xmlns:{0}="urn:own"><channel><item><{0}:title>a</{0}:title><dc:title xmlns:dc="urn:other">b</dc:title></item></channel></rss>'
    first, _, again = (read(text.format(p).encode(), url=URL) for p in ("q", "media", "q"))
    assert first == again
    assert not any("urn:" in tag for tag in feedtree._KNOWN)


LEADS = '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:fh="http://purl.org/syndication/history/1.0"><title>T</title>{}<entry><id>1</id><updated>2024-01-02T00:00:00Z</updated></entry></feed>'


@pytest.mark.parametrize(("links", "older"), [
    ('<link rel="next" href="/feed?page=2"/>', "https://paths.example/feed?page=2"), ('<link rel="NEXT" href="feed?page=2"/>', "https://paths.example/feed?page=2"),
    ('<link rel="prev-archive" href="https://paths.example/1"/><link rel="next" href="/2"/>', "https://paths.example/1"), ('<link rel="next" href="/feed"/>', None),
    ('<link rel="next" href="https://PATHS.example:443/feed#x"/>', None), ('<link rel="next" href="mailto:a@b.example"/>', None), ('<link rel="next"/>', None),
    ('<link rel="prev-archive" href="/1"/><fh:complete/>', None), ('<link rel="next-archive" href="/1"/><link rel="previous" href="/0"/>', None), ("", None),
    ('<link rel="next" href="?page=2" xml:base="https://paths.example/all/"/>', "https://paths.example/all/?page=2"),
])  # fmt: skip
def test_where_a_feed_leads(links, older):
    text = LEADS.format(links).encode()
    for way in ("lxml", "feedparser"):
        targets = [t for t in by(way, text).follow if t.opens]
        assert [(t.url, t.kind, t.depth) for t in targets] == ([(older, "feed", 1)] if older else [])


def test_a_saved_feed_and_an_empty_page_lead_nowhere():
    text = LEADS.format('<link rel="next" href="/2"/>')
    assert not read(text.encode(), url="file:a.xml").follow
    assert not read(re.sub("<entry>.*</entry>", "", text).encode(), url=URL).follow


def test_dates_by_the_usual_way_and_the_long_way():
    at = datetime(2024, 5, 6, 10, 15, 30, tzinfo=UTC)
    for zone, ahead in (("+0000", 0), ("GMT", 0), ("-0730", -450), ("+0545", 345)):
        local = (at + timedelta(minutes=ahead)).strftime("%a, %d %b %Y %H:%M:%S ") + zone
        assert feed.moments.instant(local) == feed.moments.instant(local.replace(" ", "  ")) == at


def test_an_answers_own_base():
    text = b'<rss version="2.0"><channel><item><link>a</link></item></channel></rss>'
    assert read(text, url=URL, base="/elsewhere/feed").posts[0].url == "https://paths.example/elsewhere/a"
    assert read(b"<!doctype html><p>a</p>", url=URL, base="/elsewhere/feed").posts[0].url == URL
