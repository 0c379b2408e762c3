"""What a feed's reader must not lose, believe or be stopped by."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postetl.errors import Malformed, Reason
from postetl.model import RawPost
from postetl.sources import feed, fragments, links, markup, moments, read

OPEN, CLOSE = '<rss version="2.0"><channel><title>t</title>', "</channel></rss>"


def parse(text, **ask):
    return read(text.encode() if isinstance(text, str) else text, url="http://x.example/feed", **ask)


def item(inner, **ask):
    return parse(f"{OPEN}<item>{inner}</item>{CLOSE}", **ask).posts[0]


@pytest.mark.parametrize("text", [
    '<!DOCTYPE rss [<!ENTITY a "lol">' + "".join(f'<!ENTITY a{i} "{("&a" + str(i - 1 or "") + ";") * 10}">' for i in range(1, 10)) + "]>" + OPEN + "&a9;" + CLOSE,
    '<!DOCTYPE rss [<!ENTITY a "' + "x" * 90_000 + '">]>' + OPEN + "&a;" * 1000 + CLOSE,
    '<!DOCTYPE rss [<!ENTITY a "&b;"><!ENTITY b "&a;">]>' + OPEN + "&a;" + CLOSE,
    OPEN + "<a>" * 100_000,
    OPEN + "<item " + " ".join(f'a{i}="1"' for i in range(20_000)) + "/>" + CLOSE,
    OPEN + "<item " + " ".join(f'a{i}=">"' for i in range(2000)) + "/>" + CLOSE,
    OPEN + "<item/>" * (feed.MAX_ENTRIES + 1) + CLOSE,
], ids=["laughs", "quadratic", "cycle", "depth", "attributes", "attributes with >", "entries"])
def test_attacks_are_refused(text):
    with pytest.raises(Malformed) as caught:
        parse(text)
    assert caught.value.reason == Reason.MALFORMED


@pytest.mark.timeout(20)
@pytest.mark.parametrize("text", [
    OPEN + "<![CDATA[" * 100_000, OPEN + "<!--" * 100_000, OPEN + "<?" * 100_000, OPEN + "<b>" * 1900 + "</zz>" * 50_000 + CLOSE,
    OPEN + "<item><title>" + "<" * 100_000 + "</title></item>" + CLOSE, "<html>" + "<rss " * 50_000, "<?x?>" * 50_000 + "<rss/>", "<!DOCTYPE rss [" * 50_000,
    OPEN + "<item><title>&lt;img " + " alt" * 50_000 + "&gt;</title></item>" + CLOSE,
], ids=["cdata", "comments", "instructions", "closings", "brackets", "roots", "prolog", "doctype", "alt"])
def test_unfinished_markup_takes_no_quadratic_time(text):
    try:
        parse(text)
    except Malformed:
        return


def test_no_external_entity_is_read(tmp_path):
    (tmp_path / "secret").write_text("SECRET")
    for declared in (f'<!ENTITY a SYSTEM "file://{tmp_path}/secret">', f'<!ENTITY % p SYSTEM "file://{tmp_path}/secret"> %p;'):
        parsed = parse(f"<!DOCTYPE rss [{declared}]>{OPEN}<item><title>&a;</title></item>{CLOSE}")
        assert "SECRET" not in repr(parsed) and len(parsed.posts) == 1


def test_a_lost_entry_is_a_reject(monkeypatch):
    whole = feed.feedwire.parse
    monkeypatch.setattr(feed.feedwire, "parse", lambda text, url: whole(text.replace("<item><title>b</title></item>", ""), url))
    parsed = parse(f"{OPEN}<item><title>a</i></title></item><item><title>b</title></item>{CLOSE}")
    assert [(r.stage, r.reason, r.detail) for r in parsed.rejects] == [("read", Reason.MALFORMED, "1 of 2 entries could be read")]


def test_items_in_cdata_and_comments_are_not_counted():
    parsed = parse(f"{OPEN}<!-- <item> --><item><description><![CDATA[<item><entry>]]></description></item>{CLOSE}")
    assert len(parsed.posts) == 1 and not parsed.rejects


@pytest.mark.parametrize(("inner", "expected"), [
    ("<guid>http://x.example/1</guid>", "http://x.example/1"),
    ('<guid isPermaLink="false">http://x.example/1</guid>', None),
    ("<guid>abc-1</guid>", None),
    ("<guid>http://x.example/g</guid><link>http://x.example/l</link>", "http://x.example/l"),
    ("<link>/l?a=1&amp;b=2</link>", "http://x.example/l?a=1&b=2"),
    ("<link>http://x.example/l?a=1&b=2</link>", "http://x.example/l?a=1&b=2"),
])
def test_link_and_guid(inner, expected):
    post = item(inner)
    assert post.url == expected
    assert post.external_id == (None if "<guid" not in inner else inner.partition("</guid>")[0].rpartition(">")[2])


@pytest.mark.parametrize(("inner", "authors"), [
    ("<author>ida@x.example (Ida Moss)</author>", ("Ida Moss",)),
    ('<dc:creator xmlns:dc="http://purl.org/dc/elements/1.1/">Ida Moss</dc:creator>', ("Ida Moss",)),
    ("<author>ida@x.example</author>", ("ida@x.example",)),
    ("", ()),
])
def test_authors(inner, authors):
    assert item(inner).authors == authors


@pytest.mark.parametrize(("date", "iso"), [
    ("Mon, 06 May 2024 10:15:30 +0200", "2024-05-06T08:15:30+00:00"), ("6 May 24 10:15 EST", "2024-05-06T15:15:00+00:00"),
    ("01 Jan 70 00:00:00 GMT", "1970-01-01T00:00:00+00:00"), ("2024-05-06T10:15:30.123456Z", "2024-05-06T10:15:30.123456+00:00"),
    ("2024-05-06 10:15:30", "2024-05-06T10:15:30+00:00"), ("2024-05-06", "2024-05-06T00:00:00+00:00"), ("Thu, 01 Jan 1970 00:00:00 +0000", "1970-01-01T00:00:00+00:00"),
])
def test_dates(date, iso):
    post = item(f"<pubDate>{date}</pubDate>")
    assert post.published_at is not None and post.published_at.isoformat() == iso and post.date_source == "feed"


@pytest.mark.parametrize("date", ["0000-00-00T00:00:00Z", "9999-12-31T00:00:00Z", "0001-01-01T00:00:00+14:00", "31 Feb 2024 00:00:00 GMT", "Sat, 01 Jan 0000 00:00:00 GMT", "whenever", "99999999999"])
def test_impossible_dates(date):
    parsed = parse(f"{OPEN}<item><link>http://x.example/1</link><pubDate>{date}</pubDate></item>{CLOSE}")
    assert parsed.posts[0].published_at is None and parsed.posts[0].date_source is None
    assert [(r.url, r.reason, r.detail) for r in parsed.rejects] == [("http://x.example/1", Reason.BAD_DATE, f"published: {date}")]


LONG = "It says a good deal about ropes, and boats. " * 10


@pytest.mark.parametrize(("description", "teaser"), [
    (LONG, False), (LONG + "\u2026", True), (LONG + "...", True), (LONG + "[&#8230;]", True), (f'<p>{LONG}</p><p><a href="/x">Read more</a></p>', True),
    (f"<p>{LONG}</p><p>Continue reading the rest of it \u2192</p>", True), (LONG + " weiterlesen \u00bb", True), ("One short line.", True), ("<p>One short line.</p>", True),
    ("<p>Two short.</p><p>Paragraphs.</p>", False), (LONG + " We read more, and then went home.", False),
])
def test_teasers(description, teaser):
    assert feed.teaser.is_teaser(description, html_=True, titled=True, linked=True) is teaser
    assert not feed.teaser.is_teaser(description, html_=True, titled=False, linked=True)
    parsed = parse(f"{OPEN}<item><title>a</title><link>http://x.example/1</link><description><![CDATA[{description}]]></description></item>{CLOSE}")
    assert (parsed.posts[0].summary is not None) is teaser is bool(parsed.follow)
    if parsed.follow:
        assert (parsed.follow[0].entry, parsed.follow[0].kind, parsed.follow[0].depth) == (parsed.posts[0], "page", 1)


NORDIC = "Blåbær på Östergötland – “smör”"


@pytest.mark.parametrize(("encoding", "declared", "http"), [
    ("utf-8", "utf-8", None), ("utf-8", "iso-8859-1", None), ("utf-8", None, "iso-8859-1"), ("cp1252", "iso-8859-1", None), ("cp1252", "utf-8", None), ("cp1252", None, None),
    ("utf-8-sig", "iso-8859-1", "windows-1251"), ("utf-16", "utf-8", None), ("utf-16-le", "utf-16", None), ("utf-32", "utf-8", None), ("utf-8", "utf-16", None),
    ("utf-8", "x-nonsense", "hex"), ("utf-8", "rot13", "utf-7"),
])
def test_western_encodings(encoding, declared, http):
    head = f'<?xml version="1.0" encoding="{declared}"?>' if declared else '<?xml version="1.0"?>'
    body = f"{head}{OPEN}<item><title>{NORDIC}</title></item>{CLOSE}".encode(encoding)
    assert parse(body, content_type=f"text/xml; charset={http}" if http else None).posts[0].title == NORDIC


@pytest.mark.parametrize(("encoding", "label", "text"), [
    ("shift_jis", "Shift_JIS", "海辺の散歩と潮の話"), ("euc-kr", "euc-kr", "바닷가 산책 이야기"), ("gb18030", "gb2312", "海边散步"), ("koi8-r", "koi8-r", "Прогулка у моря"),
    ("cp1251", "windows-1251", "Прогулка у моря"), ("iso2022_jp", "iso-2022-jp", "海辺の散歩"), ("big5", "big5", "海邊散步"), ("iso8859-9", "iso-8859-9", "Kıyıda yürüyüş ğ"),
])
def test_declared_encodings(encoding, label, text):
    document = f"{OPEN}<item><title>{text}</title></item>{CLOSE}".encode(encoding)
    assert parse(document, content_type=f"application/rss+xml; charset={label}").posts[0].title == text
    assert parse(f'<?xml version="1.0" encoding="{label}"?>'.encode() + document).posts[0].title == text


def test_one_bad_byte_costs_one_character():
    body = f"{OPEN}<item><title>{NORDIC}</title></item>{CLOSE}".encode().replace(b"</title></item>", b" \xe9\xff</title></item>")
    assert parse(body).posts[0].title == NORDIC + " éÿ"


def test_an_empty_second_description_hides_nothing():
    media = 'xmlns:media="http://search.yahoo.com/mrss/"'
    post = item(f"<title>a</title><description>&lt;p&gt;One.&lt;/p&gt;&lt;p&gt;Two.&lt;/p&gt;</description><media:content {media} url='x'><media:description/><media:title/></media:content>")
    assert (post.title, post.html) == ("a", "<p>One.</p><p>Two.</p>")


def test_the_post_is_what_content_encoded_says():
    rich = "<p>" + "Show notes, in full. " * 40 + "</p>"
    spaces = 'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    for order in (0, 1):
        parts = [f"<itunes:summary {spaces}>Short.</itunes:summary>", f"<content:encoded {spaces}><![CDATA[{rich}]]></content:encoded>"][:: 1 - 2 * order]
        post = item("<title>a</title><link>http://x.example/1</link><description>Short.</description>" + "".join(parts))
        assert (post.html, post.summary) == (rich, "Short.")


@pytest.mark.parametrize(("written", "settled"), [
    ("a<br/>b<hr\n/>c<br />", "a<br />b<hr />c<br />"), ("<i/>x<a name='n'/>", "<i></i>x<a name='n'/>"), ("&#X2019;&#147;", "&#X2019;&#147;"),
    ("<b z='1' a=2>&#38;</b>", "<b z='1' a=2>&#38;</b>"), ("<svg", "<svg"), ("<svg>", '<svg xmlns="http://www.w3.org/2000/svg">'),
    ("<p b=1 a=2><svg width='1' height=2><a xlink:href='c'><g id=g /><path d='m'/></a></svg><p b=1 a=2>",
     '<p b=1 a=2><svg height="2" width="1" xmlns="http://www.w3.org/2000/svg"><a xlink:href="c" xmlns:xlink="http://www.w3.org/1999/xlink"><g id="g"></g><path d="m"></a></svg><p b=1 a=2>'),
])
def test_markup_is_written_in_one_way(written, settled):
    assert fragments.settled(written, "") == fragments.settled(settled, "") == settled


@pytest.mark.parametrize("hostile", ["<svg>" * 50_000, "<svg " + "a " * 100_000, "<i" + " " * 200_000, "<svg x='" * 30_000, "&#" * 100_000, "<svg></svg>" * 30_000, "<" + "a/>" * 50_000, "<i/>" * 50_000])
def test_hostile_markup_ends(hostile):
    fragments.settled(hostile + "/>", "http://x.example/")


@pytest.mark.parametrize(("html", "absolute"), [
    ('<a href="b#c">x</a>', '<a href="http://x.example/b#c">x</a>'), ("<a href='?q=1&amp;r'>x</a>", '<a href="http://x.example/feed?q=1&amp;r">x</a>'),
    ("<img src=/i.png>", '<img src="http://x.example/i.png">'), ('<img srcset="a.png 1x, /b.png 2x">', '<img srcset="http://x.example/a.png 1x, http://x.example/b.png 2x">'),
    ('<img srcset="http://y.example/a.png 1x, /b.png 2x"><a href="https:c">c</a>', '<img srcset="http://y.example/a.png 1x, http://x.example/b.png 2x"><a href="https:c">c</a>'),
    ('<img SRCSET="https://y.example/a 1x, /b 2x">', '<img SRCSET="https://y.example/a 1x, http://x.example/b 2x">'),
    ('<img srcset ="https://y.example/a 1x, /b 2x">', '<img srcset ="https://y.example/a 1x, http://x.example/b 2x">'),
    ('<a href="httpd/d">d</a>', '<a href="http://x.example/httpd/d">d</a>'),
    ('<a href="mailto:a@b.example">m</a><a href="HTTPS://Y.example/">y</a>', '<a href="mailto:a@b.example">m</a><a href="HTTPS://Y.example/">y</a>'),
    ('<a title="a > b" href="c">x</a> href="no"', '<a title="a > b" href="http://x.example/c">x</a> href="no"'), ("1 < 2 <b", "1 < 2 <b"),
])
def test_addresses_in_a_body(html, absolute):
    body = html + "<p>One.</p><p>Two.</p>"
    assert item(f"<description><![CDATA[{body}]]></description>").html == absolute + "<p>One.</p><p>Two.</p>"
    document = {"version": "https://jsonfeed.org/version/1", "items": [{"id": "1", "content_html": html}]}
    assert parse(json.dumps(document)).posts[0].html == absolute


SHREDS = st.lists(st.sampled_from(["<a", "<img", "</a>", ">", "/>", " href=", " HREF = ", " href  =", " src=", " srcset=", " data-src =", " target=", " border=", " poster=", " class=", "href=", '"', "'", "x",
                                   '"http://y/a"', '"/a"', '"#n"', '""', "mailto:b", '"a 1x, http://y/b 2x"', '"http://y/a 1x, /b 2x"', '"http://y/a 1x, http://y/b 2x"', " = ", "é", "<"]), max_size=14).map("".join)  # fmt: skip


@given(SHREDS)
def test_no_address_is_passed_over(fragment):
    """The quick look for what may be relative is never wrong with a no."""
    quick = links.absolute(fragment, "http://x.example/d/")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(links, "_MAYBE", re.compile("="))
        assert links.absolute(fragment, "http://x.example/d/") == quick


@pytest.mark.parametrize(("head", "begins"), [
    ("<rss>", (0, False)), ('<?xml version="1.0"?>\n<feed>', (22, False)), ('\n<?xml version="1.0" encoding="UTF-8"?><!-- a -->\n<feed>', (50, True)),
    ("\ufeff<?xml version='1.0' encoding='utf-8'?><?x y?><RSS>", (48, True)), ('<?xml version="1.0" encoding="utf-16"?><rss>', (39, False)), ("<html><rss>", None),
    ('<rdf:RDF xmlns="http://purl.org/rss/1.0/">', (0, False)), ('<rdf:RDF xmlns="http://x.example/">http://purl.org/rss/1.0/', None), ("<rssx>", None),
])  # fmt: skip
def test_where_a_feed_begins(head, begins):
    assert markup.begins_as_feed(head.encode()) == begins


@pytest.mark.parametrize(("link", "url"), [
    ('<link href="/a"/>', "/a"), ('<link rel="Alternate" href="/a" xml:base="http://y.example/"/>', "//y.example/a"), ('<link REL="self" HREF="/b"/>', None), ('<link rel="replies" href="/b"/>', None),
    ('<link rel="self">/b</link>', "/b"), ('<link rel="related" href="/b"/><link href="/a"/>', "/a"), ('<link type="image/png" href="/b"/>', None), ('<link uri="/a"/>', "/a"),
])  # fmt: skip
def test_which_link_is_the_posts(link, url):
    assert item(link).url == (url and ("http:" + url if url.startswith("//") else "http://x.example" + url))


def test_a_bad_date_is_told_for_each_field():
    parsed = parse(f"{OPEN}<item><pubDate>soon</pubDate><updated>soon</updated></item>{CLOSE}")
    assert [r.detail for r in parsed.rejects] == ["published: soon", "updated: soon"]


def test_a_post_is_frozen():
    post = item("<title>a</title>")
    assert type(post) is RawPost
    with pytest.raises(AttributeError):
        post.title = "b"


@pytest.mark.parametrize(("body", "site"), [
    ('<rss version="2.0"><channel><link>http://h.example/</link>{}</channel></rss>', "http://h.example"), ('<rss version="2.0"><channel>{}</channel></rss>', None),
])
def test_a_saved_feed_has_the_addresses_of_its_site(body, site):
    entry = '<item><link>/x</link><description>&lt;p&gt;&lt;a href="/b"&gt;b&lt;/a&gt;</description></item>'
    found = read(body.format(entry).encode(), url="file:posts/a.xml").posts[0]
    assert found.url == (f"{site}/x" if site else None)
    assert found.html == f'<p><a href="{site or ""}/b">b</a>'


@pytest.mark.parametrize(("channel", "every"), [
    ("<ttl>60</ttl>", 60), ("<ttl> 1440 </ttl>", 1440), ("<ttl>0</ttl>", None), ("<ttl>soon</ttl>", None), ("<ttl>-5</ttl>", None), ("", None),
    ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>", 30),
    ("<sy:updatePeriod>\n\tdaily </sy:updatePeriod>", 1440),
    ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>", 60),
    ("<sy:updatePeriod>never</sy:updatePeriod>", None),
    ("<ttl>15</ttl><sy:updatePeriod>daily</sy:updatePeriod>", 15),
])  # fmt: skip
def test_how_often_the_feed_wants_to_be_read(channel: str, every: int | None) -> None:
    body = f'<rss version="2.0" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"><channel><title>t</title>{channel}</channel></rss>'
    assert read(body.encode(), url="https://a.example/feed").every == every


@pytest.mark.parametrize(("text", "year"), [("Mon, 01 Jan 0000 00:00:00 GMT", None), ("01 Jan 0050 00:00 GMT", None), ("01 Jan 00 00:00 GMT", 2000)])
def test_a_templates_zero_is_no_year_2000(text: str, year: int | None) -> None:
    """The standard library reads every year under 100 as RFC 822 means two digits, four digits too."""
    when = moments.instant(text)
    assert (when and when.year) == year


def test_namespaces_that_an_author_writes_about_stay():
    shown = '<pre>&lt;html xmlns:fb="http://ogp.example/ns"&gt; &lt;svg xmlns="http://www.w3.org/1999/xhtml" x:y="1"&gt;</pre>'
    document = f'<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>1</id><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>One</p>{shown}</div></content></entry></feed>'
    assert read(document.encode(), url="http://x.example/feed").posts[0].html == f"<p>One</p>{shown}"
