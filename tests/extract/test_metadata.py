"""What a page says about its post: each case shows a habit of some platform or language."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from postetl.extract import dates
from postetl.extract.metadata import Metadata, metadata
from postetl.extract.shallow import shallow

PROSE = " ".join(f"This is sentence number {n} of a post about the weather in the hills." for n in range(12))


def page(body: str, head: str = "", lang: str = "") -> str:
    return f"<!doctype html><html{lang}><head>{head}</head><body><nav><a href=/>Home</a></nav><article>{body}</article><footer><p>Copyright © 2011 The Example.</p></footer></body></html>"


def read(html: str, *, url: str | None = None) -> Metadata:
    return metadata(LexborHTMLParser(shallow(html)), url=url)


LD = '<script type="application/ld+json">{}</script>'


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        ("<title>Rain - The Hill Blog</title>", "<h1>Rain</h1>", "Rain"),
        ("<title>On rain in hills | Hill Blog</title>", "", "On rain in hills"),
        ("<meta property=og:title content='Rain &amp; sun | Hills'><meta property=og:site_name content=Hills>", "", "Rain & sun"),
        ("<meta property=og:site_name content=Hills><title>Hills: a guide</title>", "", "Hills: a guide"),
        (LD.format('{"@type":"BlogPosting","headline":"From JSON"}') + "<title>x</title>", "<h1>y</h1>", "From JSON"),
        (LD.format('[{"@graph":[{"@type":"WebSite","name":"s"},{"@type":["NewsArticle"],"headline":"Deep"}]}]'), "", "Deep"),
        (LD.format("{broken") + "<title>Still</title>", "", "Still"),
        ("<title>Why - and how - rain falls - Hills</title>", "<h1>Why - and how - rain falls</h1>", "Why - and how - rain falls"),
        ("", "", None),
    ],
)
def test_title(head, body, expected):
    assert read(page(body + f"<p>{PROSE}</p>", head)).title == expected


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        (LD.format('{"@type":"Article","author":[{"@type":"Person","name":"Ann Lee"},{"name":"Bo Ek"}]}'), "", ("Ann Lee", "Bo Ek")),
        (LD.format('{"@type":"Article","author":"Ann Lee"}'), "", ("Ann Lee",)),
        ("<meta name=author content='By Ann Lee and Bo Ek'>", "", ("Ann Lee", "Bo Ek")),
        ("<meta property=article:author content='https://social.example/ann'>", "<p>by <a rel=author href=/ann>Ann Lee</a></p>", ("Ann Lee",)),
        ("", "<span class=byline>By Ann Lee</span>", ("Ann Lee",)),
        ("<meta name=author content=admin>", "", ()),
        ("", "", ()),
    ],
)
def test_authors(head, body, expected):
    assert read(page(f"{body}<p>{PROSE}</p>", head)).authors == expected


@pytest.mark.parametrize(
    ("head", "body", "url", "expected"),
    [
        (LD.format('{"@type":"Article","datePublished":"2017-08-01T10:00:00+02:00"}'), "", None, ("2017-08-01T10:00:00+02:00", "json-ld")),
        ("<meta property=article:published_time content=2017-08-01T10:00:00Z>", "", None, ("2017-08-01T10:00:00+00:00", "meta")),
        ("<meta name=date content='Tue, 01 Aug 2017 10:00:00 +0100'>", "", None, ("2017-08-01T10:00:00+01:00", "meta")),
        ("", "<time datetime=2017-08-01>1 August</time>", None, ("2017-08-01T00:00:00+00:00", "time")),
        ("", "", "https://a.example/2017/8/1/rain.html", ("2017-08-01T00:00:00+00:00", "url")),
        ("", "", "https://a.example/hills/2017/aug/01/rain", ("2017-08-01T00:00:00+00:00", "url")),
        ("", "<h1>Rain</h1><p>01/08/2017</p>", "https://a.example/2017/08/01/rain", ("2017-08-01T00:00:00+00:00", "url")),
        ("", "<p class=post-date>Tuesday, 1 August 2017</p>", None, ("2017-08-01T00:00:00+00:00", "text")),
        ("", "<p class=date>1er août 2017</p>", None, ("2017-08-01T00:00:00+00:00", "text")),
        ("", "<p class=date>Copyright © 2017-08-01</p>", None, (None, None)),
        ("", "<p class=updated-date>Updated 1 August 2017</p>", None, ("2017-08-01T00:00:00+00:00", "updated")),
        ("<meta name=date content='32 August 2017'>", "", None, (None, None)),
    ],
)
def test_date(head, body, url, expected):
    found = read(page(f"{body}<p>{PROSE}</p>", head), url=url)
    assert (found.published_at and found.published_at.isoformat(), found.date_source) == expected


def test_other_metadata():
    head = (
        "<link rel=canonical href='/rain'><meta property=og:locale content=de_DE><meta property=article:tag content=Wetter>"
        "<meta property=article:tag content=Berge><meta property=article:modified_time content=2018-01-02T00:00:00Z>"
    )
    found = read(page(f"<p>{PROSE}</p>", head, " lang=de-AT"), url="https://a.example/x?y=1")
    assert (found.canonical_url, found.language, found.tags) == ("https://a.example/rain", "de-AT", ("Wetter", "Berge"))
    assert found.updated_at == datetime(2018, 1, 2, tzinfo=UTC)
    assert read(page("", head)).language == "de_DE"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2017-08-01", "2017-08-01"), ("2017/8/1 10:00", "2017-08-01"), ("August 1st, 2017", "2017-08-01"), ("1 de agosto de 2017", "2017-08-01"),
        ("1. August 2017", "2017-08-01"), ("01.08.2017", "2017-08-01"), ("2017年8月1日", "2017-08-01"), ("2017-08-01T23:30:00-05:00", "2017-08-01"),
        ("2017-08-01 10:00:00 +0000", "2017-08-01"), ("2017-08-01T10:00:00.1234567Z", "2017-08-01"), ("01/08/2017", None), ("2017-13-01", None),
        ("0001-01-01T00:00:00+14:00", None), ("soon", None), ("", None), ("9" * 100, None),
    ],
)  # fmt: skip
def test_dates(text, day):
    found = dates.machine(text)
    assert (found.date().isoformat() if found else None) == day
    assert found is None or found.utcoffset() is not None


GRAPH = (
    '{"@graph":[{"@type":"Organization","@id":"#o","name":"Hill Press"},{"@type":"Person","@id":"#p","name":"Ann Lee"},'
    '{"@type":"Article","headline":"Rain","author":{"@id":"#p"},"publisher":{"@id":"#o"},"image":[{"@type":"ImageObject","url":"/i.png"}]}]}'
)


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        # the heading, where it and the search engine's title differ
        ("<meta property=og:title content='Rain 2017: our guide to rain'><title>Rain 2017: our guide to rain</title>", "<h1>A guide to rain in hills</h1>", "A guide to rain in hills"),
        # a heading that is the site's, the post's is the next one
        ("<title>The Hill Blog \u00bb Rain in May</title><meta property=og:site_name content='The Hill Blog'>", "<h1>The Hill Blog</h1><h2>Rain in May</h2>", "Rain in May"),
        ("<title>Rain in May - Hills Forum</title>", "<h2>Rain in May</h2>", "Rain in May"),
        ("<title>Rain in the hills | Steinzeit</title>", "<h1>Steinzeit</h1><h1>Rain in the hills</h1>", "Rain in the hills"),
        # a section's heading that nothing declared agrees with
        ("<meta property=og:title content='Rain in May'><title>Rain in May</title>", "<h1>Our reports</h1>", "Rain in May"),
        # a kicker, a label, a date in the heading
        ("<title>Wetter: Regen im Mai | Bergpost</title>", "<h1><span class=kicker>Wetter</span> <span class=headline>Regen im Mai</span></h1>", "Regen im Mai"),
        ("<title>Question - Where does it rain? | Hills</title>", "<h1><span class=label>Question</span> Where does it rain?</h1>", "Where does it rain?"),
        ("<meta property=og:title content='Rain in the hills'><title>Rain in the hills</title>", "<h1><small>May 3 2017</small> Rain in the hills</h1>", "Rain in the hills"),
        # the heading carries the site's name, too
        ("<meta property=og:site_name content=Hills><title>Rain in May - Hills</title>", "<h1>Rain in May \u2013 Hills</h1>", "Rain in May"),
        # inline tags within a word
        ("<title>Planning cycle</title>", "<h1>Planning c<i>ycle</i></h1>", "Planning cycle"),
        ("<title>\u6b66\u6c49\u7684\u58f0\u97f3-\u65b0\u534e\u7f51</title><meta property=og:site_name content=\u65b0\u534e\u7f51>", "", "\u6b66\u6c49\u7684\u58f0\u97f3"),
        # a heading of the forum or a section, whose name is in the title, too; the post's is smaller
        ("<title>Where does it rain in May? / Weather / Hills Forums</title>", "<h1>Hills</h1><h3>Where does it rain in May?</h3>", "Where does it rain in May?"),
        ("<title>Rain club - News \u00bb All the rain of May</title>", "<h1>News</h1><h2>All the rain of May</h2>", "All the rain of May"),
        ("<meta property=og:title content='Rain update: May'><title>Rain update: May</title>", "<h1>Updates</h1><h3>Rain update: May</h3>", "Rain update: May"),
        # two headings of the first level: a part of the post has little of the title
        ("<meta property=og:title content='Wet days Pt. 1: Hill games'><title>Wet days Pt. 1: Hill games</title>", "<h1>Wet days Pt. 1: Hill games</h1><h1>Games</h1>", "Wet days Pt. 1: Hill games"),
        # the one heading of a page against a title alone, that shares no word with it
        ("<title>History - St. Ann's Choir</title>", "<h1>Choirhistory</h1>", "Choirhistory"),
        # what stands behind pipes, and a site that is called by its domain
        ("<title>How to sleep through rain | For patients | St. Ann's Hospital</title>", "<h1>How to sleep through rain | For patients | St. Ann's Hospital</h1>", "How to sleep through rain"),
        ("<title>RAIN GEAR | hillshop.com</title>", "", "RAIN GEAR"),
        # a kicker that only the last part of its class tells
        ("<meta property=og:title content='Why rain falls'><title>Open hills - Why rain falls | The Hills</title>", "<h1><span class=flytitle-and-title__flytitle>Open hills</span> <span class=flytitle-and-title__title>Why rain falls</span></h1>", "Why rain falls"),
        # a heading that leads home is the site's, one that leads away another post's; a title that is the site's name says nothing
        ("<title>hills.example Rain in May</title>", "<h1><a href='https://hills.example/'>hills.example</a></h1><h3 class=title>Rain in May</h3>", "Rain in May"),
        ("<title>Rain in May \u00bb Hills e.V.</title>", "<h1><a href='/?lang=de'><svg><title>Logo</title></svg>Hills e.V. News of Hills</a></h1><h2>Rain in May</h2>", "Rain in May"),
        ("<link rel=canonical href=/rain><meta property=og:title content='Where it rains in hills'>", "<h1>The best rain</h1><h1><a href=/sun>Where it rains and shines in hills</a></h1>", "The best rain"),
        ("<meta property=og:site_name content='The Hill Shop'><meta property=og:title content='The Hill Shop'>", "<h1>All about rain</h1>", "All about rain"),
        # a heading in one text that is longer than the title for search engines, but not one with a label besides
        ("<meta property=og:title content='Rain guide: 11 tips'><title>Rain guide: 11 tips</title>", "<h1>Rain guide: 11 tips to stay dry all the year</h1>", "Rain guide: 11 tips to stay dry all the year"),
        ("<meta property=og:title content='Ann Lee stays at home'><title>Ann Lee stays at home</title>", '<h1>"So very empty": Ann Lee stays at home</h1>', '"So very empty": Ann Lee stays at home'),
        ("<meta property=og:title content='Rain guide: 11 tips'><title>Rain guide: 11 tips</title>", "<h1>Rain guide: 11 tips <span>The capital of rain</span></h1>", "Rain guide: 11 tips"),
        (LD.format('{"@type":"Article","headline":"Hill pyramid"}'), "<h1><span><small>Exercise of the week</small><br>Hill pyramid</span></h1>", "Hill pyramid"),
        ("<title>Rain and sun</title>", "<h1>Rain and sun <small class=topline>, topic: weather</small></h1>", "Rain and sun"),
        # a paragraph, headings of parts, what a blog's software calls the entry's title
        ("<title>The wettest hills</title>", f"<h1>Learn which are the wettest hills. {PROSE}</h1>", "The wettest hills"),
        ("<title>Your checklist: a guide to planning a hill walk</title>", "<h1>First steps</h1><h1>Planning</h1><h1>Budget</h1>", "Your checklist: a guide to planning a hill walk"),
        ("<meta property=og:title content='The best hill umbrellas of 2022 in comparison'><title>The best hill umbrellas of 2022 in comparison</title>", "<h1 class=entry-title>Our guide: an umbrella of your own keeps rain off</h1>", "Our guide: an umbrella of your own keeps rain off"),
        ("<title>[17.5] Rain in the hills</title>", "<h1><span class=descriptor>Title:</span>Rain in the hills</h1>", "Rain in the hills"),
    ],
)  # fmt: skip
def test_title_by_agreement(head, body, expected):
    assert read(page(f"{body}<p>{PROSE}</p>", head)).title == expected


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        (LD.format(GRAPH), "", ("Ann Lee",)),
        (LD.format('{"@type":"Article","author":{"@type":"Organization","name":"Hill Press"}}'), "<h1>Rain</h1><p>By <a href=/team/ann>Ann Lee</a></p>", ("Ann Lee",)),
        (LD.format('{"@type":"Article","author":{"@type":"Organization","name":"Hill Press"}}'), "<h1>Rain</h1>", ("Hill Press",)),
        (LD.format('{"@type":"Article","author":{"@type":"Person","name":"uploader"}}'), "<h1>Rain</h1><p>by <a href=/authors/ann-lee>Ann Lee</a></p>", ("Ann Lee",)),
        ("", "<h1>Rain</h1><p>Written by</p><p>Ann Lee</p>", ("Ann Lee",)),
        ("", "<h1>Regen</h1><p>Von Anna Lee und Bo von Ek, 3. Mai 2017</p>", ("Anna Lee", "Bo von Ek")),
        ("", "<h1>Regen</h1><p>11.12.2019 - Anna Lee</p>", ("Anna Lee",)),
        ("", "<h1>Pluie</h1><p>Par <b>Ann Lee</b></p>", ("Ann Lee",)),
        ("", "<h1>Rain</h1><div class=post-meta><span>3 May 2017</span><span>Ann Lee</span></div>", ("Ann Lee",)),
        ("", "<h1>Rain</h1><p class=byline>By Ann Lee, MD | Updated 3 May 2017</p>", ("Ann Lee",)),
        ("", f"<h1>Regen</h1><p>{PROSE}</p><div class=post-footer><span class='post-author vcard'>Eingestellt von <span class=fn>der Michel</span></span></div>", ("der Michel",)),
        ("", "<h1>Rain?</h1><article data-author=pippin06><p>Where?</p></article><article data-author=other><p>There.</p></article>", ("pippin06",)),
        ("<meta name=citation_author content='Lee, Ann'><meta name=citation_author content='Ek, Bo'>", "", ("Ann Lee", "Bo Ek")),
        ("<meta name=twitter:label1 content='Written by'><meta name=twitter:data1 content='Ann Lee'>", "", ("Ann Lee",)),
        # the footer of an article, layouts with a sidebar, menus of a member: none of them is elsewhere
        ("", f"<h1>Rain</h1><p>{PROSE}</p><footer class=entry-footer><p>by <a rel=author href=/author/ann>Ann</a></p></footer>", ("Ann",)),
        ("", f"<h1>Rain</h1><p>{PROSE}</p><footer><div class=author><a href=/about>Ann Lee</a></div></footer>", ("Ann Lee",)),
        ("", f"<h1>Rain?</h1><p>{PROSE}</p><div class='p-body-main--withSidebar'><h4 class=message-name><span class=username>pippin06</span></h4></div>", ("pippin06",)),
        ("", f"<h1>Rain?</h1><p>{PROSE}</p><div class='content-sidebar-wrap'><span class=author>Ann Lee</span></div>", ("Ann Lee",)),
        ("", f"<h1>Rain?</h1><p>{PROSE}</p><div id=postmenu_17><a class=bigusername href='member.php?u=1'>pippin06</a></div>", ("pippin06",)),
        ("", f"<h1>Rain?</h1><p>{PROSE}</p><div class='popupmenu memberaction'><a class='username offline' href='member.php?u=1'><strong>PIPPIN</strong></a></div>", ("PIPPIN",)),
        # one word is a name where it leads to a member's page
        ("", f"<h1>Rain</h1><p>{PROSE}</p><span class=author><a href='/user,profile,30,lars.html'>Lars</a></span>", ("Lars",)),
        # a name behind the date and a dot, before "in", or right below the title where the date is above it
        ("", "<h1>Rain</h1><span>2025-12-17</span><span>\u00b7</span><a href=/x>Ann Lee</a>", ("Ann Lee",)),
        ("", "<h1>Rain</h1><p>Dec 26, 2025 <b>\u2022</b> <i>Ann Lee in</i> <a href=/w>Weather</a></p>", ("Ann Lee",)),
        ("", f"<p>April 18, 2024</p><h1>Rain</h1><p>Ann Lee</p><p>{PROSE}</p>", ("Ann Lee",)),
        # an organisation in <meta> gives way to a person; without one it is the author, as is the site that a byline names
        ("<meta name=author content='Hill Press Agency'>", "<h1>Rain</h1><p>By Ann Lee</p>", ("Ann Lee",)),
        ("<meta name=author content='Hill Press Agency'>", "<h1>Rain</h1>", ("Hill Press Agency",)),
        ("<meta property=og:site_name content='Hill Strategies'>", f"<h1>Rain</h1><p>{PROSE}</p><p class=author>Hill Strategies</p>", ("Hill Strategies",)),
        (LD.format('{"@type":"Article","author":{"@type":"Person","name":"Ann Lee"}}') + "<meta name=author content='Ann Lee, Bo Ek'>", "", ("Ann Lee", "Bo Ek")),
        # a text that is nothing but "by" and a name; not where another names somebody else, in a menu, in credits, under comments
        ("", f"<h1>Rain</h1><p>{PROSE}</p><p>{PROSE}</p><div>Von</div><div>Anna Lee</div>", ("Anna Lee",)),
        ("", f"<h1>Rain</h1><p>{PROSE}</p><p>{PROSE}</p><div>Auteur : Ann Lee</div>", ("Ann Lee",)),
        ("", f"<h1>Rain</h1><p>{PROSE}</p><p>{PROSE}</p><div>By Ann Lee</div><div>By Bo Ek</div>", ()),
        ("", f"<h1>Rain</h1><p>{PROSE}</p><p>{PROSE}</p><ul><li>By Industry</li><li>By Company Size</li></ul>", ()),
        ("", f"<h1>Rain</h1><p>{PROSE}</p><p>{PROSE}</p><div>Website design</div><div>by Hill Campaigns</div>", ()),
        ("", f"<h1>Rain</h1><p>{PROSE}</p><p>{PROSE}</p><h3>Comments</h3><div>By Cy Ott</div>", ()),
        # buttons
        ("", "<h1>Rain</h1><p class=author>See all</p><p class=author>Share Post</p><p class=author>kontaktieren</p>", ()),
        # whoever posted last, reviewed or photographed; a genitive; what something is made by
        ("", f"<h1>Rain?</h1><p>23 replies, last post by <a href=/m/9>hillman</a></p><p>{PROSE}</p>", ()),
        ("", "<h1>Rain</h1><p>Reviewed by <a href=/x>Cy Ott</a></p><p>By Ann Lee</p>", ("Ann Lee",)),
        ("", f"<h1>Regen</h1><p>Das ist die Heimat von Anna Lee</p><p>{PROSE}</p>", ()),
        ("", f"<h1>Rain</h1><p>Rain is a drink produced by <a href=/x>cold clouds</a> or so.</p><p>{PROSE}</p>", ()),
        ("", "<h1>Regen</h1><p>06.11.2023 13:30 von Olga</p>", ("Olga",)),
        ("", "<h1>Rain</h1><p>Posted by Pippin under <a href=/w>Weather</a></p>", ("Pippin",)),
        ("", "<h1>Rain</h1><p>Ann (Bea) Lee</p><p>3 May 2017</p>", ("Ann (Bea) Lee",)),
        ("", "<h1>Rain</h1><p>3 May 2017 \u00b7 Ann Lee on behalf of <a href=/g>the group</a></p>", ("Ann Lee",)),
        ("", "<h1>Rain</h1><p>3 May 2017</p><a href=/category/hills>Hill Walks</a>", ()),
        # a byline at the title before the account that published it, and before one that is only a name to log in with
        (LD.format('{"@type":"Article","author":{"@type":"Person","name":"Cy Ott"}}'), "<h1>Rain</h1><p>By: Ann Lee</p>", ("Ann Lee",)),
        ("<meta name=author content='Cy Ott'>", "<h1>Rain</h1><p>By <a href=/ann>Ann Lee</a>, columnist</p>", ("Ann Lee",)),
        ("<meta name=author content='ann.lee'>", f"<h1>Rain</h1><p>{PROSE}</p><p class=author-name>Ann Lee</p>", ("Ann Lee",)),
        # labels; a name with what somebody does; the box about the author
        ("", f"<h1>Rain</h1><p>{PROSE}</p><div>Article by</div><div>Ann Lee</div>", ("Ann Lee",)),
        ("", "<h1>Rain</h1><p><b>Contributors:</b> Ann Lee</p>", ("Ann Lee",)),
        ("", "<h1>Regen</h1><p>Text & Fotos: Anna Lee</p>", ("Anna Lee",)),
        ("", "<h1>Rain</h1><p>Ann Lee</p><p>Staff Writer</p>", ("Ann Lee",)),
        ("", f"<h1>Rain</h1><p>{PROSE}</p><div class=blog_author-text><div>Ann Lee</div><p>{PROSE}</p></div>", ("Ann Lee",)),
        ("", f"<h1>Rain</h1><p>{PROSE}</p><p>{PROSE}</p><div class=author-bio>This post was written by Ann Lee, Head of Rain and Hill Development</div>", ("Ann Lee",)),
        ("", f"<h1>Rain</h1><p>{PROSE}</p><div class=testimonial-author-info><div>Cy Ott</div></div>", ()),
        # an organisation's name is kept whole; a byline's is the author where nobody else is
        (LD.format('{"@type":"Article","author":{"@type":"Organization","name":"Center for Rain and Research"}}'), "", ("Center for Rain and Research",)),
        ("", "<h1>Rain</h1><p>By the Hill Team</p>", ("the Hill Team",)),
        ("", f"<h1>Rain</h1><p>{PROSE}</p><div class=creator-name>Newsdesk</div>", ("Newsdesk",)),
        # a paper's authors, not those of its references; in microdata the name alone, and never an answer's
        ("<meta name=citation_author content='Ann Lee'>", "<li><meta itemprop=author content='Cy Ott'></li>", ("Ann Lee",)),
        ("", f"<h1>Rain?</h1><div itemprop=author itemscope><a>p</a> <span itemprop=name>pippin06</span></div><p>{PROSE}</p>", ("pippin06",)),
        ("", f"<h1>Rain?</h1><p>{PROSE}</p><div itemscope itemtype='https://schema.org/Comment'><div itemprop=author><b itemprop=name>Cy Ott</b></div></div>", ()),
        # nobody: a sentence, a link to all posts, another post's author
        ("", f"<h1>Rain</h1><p>The hills were struck by Heavy Rain from the west, and {PROSE}</p>", ()),
        ("", "<h1>Rain</h1><p class=author>All posts</p>", ()),
        ("", f"<h1>Rain</h1><p>{PROSE}</p><div class=related-posts><span class=author>Cy Ott</span></div>", ()),
        ("", f"<h1>Rain</h1><p>{PROSE}</p><div class=comments><span class=comment-author>Cy Ott</span></div>", ()),
    ],
)  # fmt: skip
def test_authors_as_people(head, body, expected):
    assert read(page(f"{body}<p>{PROSE}</p>", head)).authors == expected


@pytest.mark.parametrize(
    ("head", "body", "lang", "expected"),
    [
        ("", "<h1>Rain</h1><p>3/4/2017</p>", "en-US", ("2017-03-04", "text")),
        ("", "<h1>Rain</h1><p>3/4/2017</p>", "en-GB", ("2017-04-03", "text")),
        ("", "<h1>Lluvia</h1><p>3/4/2017</p>", "es", ("2017-04-03", "text")),
        ("", "<h1>Rain</h1><p>3/4/2017</p>", "", (None, None)),
        ("", "<h1>Regen</h1><p>Kultur, 2.11.22</p>", "de", ("2022-11-02", "text")),
        ("", "<h1>Regen</h1><p>Datum: 03.M\u00e4r.2019</p>", "de", ("2019-03-03", "text")),
        ("", "<h1>\u0414\u043e\u0436\u0434\u044c</h1><p>14 \u043c\u0430\u0440\u0442\u0430 2020 \u0433.</p>", "ru", ("2020-03-14", "text")),
        ("", "<h1>Es\u0151</h1><p>2020. m\u00e1rcius 14.</p>", "hu", ("2020-03-14", "text")),
        ("", "<p>3 May 2017</p><h1>Rain</h1>", "en", ("2017-05-03", "text")),
        ("", "<h1>Rain</h1><p>Posted <b>May 3, 2017</b> &middot; Updated June 1, 2018</p>", "en", ("2017-05-03", "text")),
        ("", f"<h1>Rain</h1><p>{PROSE}</p><p>Posted on the 15/12/2025 at 19:00 by me</p>", "fr", ("2025-12-15", "text")),
        ("", "<h1>Rain</h1><span property='schema:dateCreated' content='2017-05-03T10:00:00+00:00'></span>", "en", ("2017-05-03", "time")),
        # the post's own data in a <footer> or <aside>, at the title or at the end
        ("<meta property=article:published_time content=2017-06-01>", "<h1>Rain</h1><aside class=meta><time datetime=2017-05-03>3 May</time></aside>", "en", ("2017-05-03", "time")),
        ("", f"<h1>Rain</h1><p>{PROSE}</p><footer class=author__meta><time datetime=2017-05-03>3 May</time></footer>", "en", ("2017-05-03", "time")),
        # a text that is nothing but a date; not where there are two
        ("", f"<h1>Rain</h1><p>{PROSE}</p><p>{PROSE}</p><div>Wed, 3rd May 2017, 16:26</div>", "en", ("2017-05-03", "text")),
        ("", f"<h1>Rain</h1><p>{PROSE}</p><p>{PROSE}</p><div>3 May 2017</div><div>4 May 2017</div>", "en", (None, None)),
        ("", f"<h1>Rain</h1><p>{PROSE}</p><p>{PROSE}</p><div>Last updated: 3 May 2017</div>", "en", ("2017-05-03", "updated")),
        # a member's day before the post's
        ("", "<h1>Regen</h1><dl><dt>Registriert:</dt><dd>18.09.2008, 05:56</dd></dl><p>von r23 \u00bb 21.01.2009, 05:42</p>", "de", ("2009-01-21", "text")),
        ("", "<h1>Rain</h1><dl><dt>Founded:</dt><dd>Dec 11, 2008</dd></dl><p>\u00bb Tue Aug 27, 2019 1:47 am</p>", "en", ("2019-08-27", "text")),
        # JSON-LD in a comment's or CDATA's marks
        (LD.format('<!--\n{"@type":"Article","datePublished":"2017-05-03"}\n-->'), "", "en", ("2017-05-03", "json-ld")),
        (LD.format('//<![CDATA[\n{"@type":"Article","datePublished":"2017-05-03"}\n//]]>'), "", "en", ("2017-05-03", "json-ld")),
        # JSON-LD that is none
        (LD.format('{"@type":"Article","datePublished":"2017-05-03","headline":"a "quoted" word"}'), "", "en", ("2017-05-03", "json-ld")),
        # built again in 2025, its readers are told the day
        (LD.format('{"@type":"Article","datePublished":"2025-06-12T00:00:00Z"}'), "<h1>Rain</h1><p>Published 3 May 2017</p>", "en", ("2017-05-03", "text")),
        (LD.format('{"@type":"Article","datePublished":"2017-05-03","dateModified":"2017-05-01"}'), "<h1>Rain</h1><p>Updated 1 May 2017</p>", "en", ("2017-05-03", "json-ld")),
        # told in UTC, shown in the blog's own zone
        ("<meta property=article:published_time content='2017-05-04T02:41:41+00:00'>", "<h1>Rain</h1><p>May 3, 2017</p>", "en", ("2017-05-03", "meta")),
        # or told with the server's offset, shown in UTC
        ("<meta property=article:published_time content='2022-05-05T21:00:00-05:00'>", "<h1>Rain</h1><p>6 May 2022</p>", "en", ("2022-05-06", "meta")),
        # a <time> in a link; WordPress's class of a post that was never changed
        ("", "<h1>Rain</h1><a href=/x> <time datetime='2017-05-03T04:25:38+0500'>Yesterday at 4:25 AM</time></a>", "en", ("2017-05-03", "time")),
        ("", "<h1>Rain</h1><time class='entry-date published updated' datetime=2017-05-03>soon</time>", "en", ("2017-05-03", "time")),
        # a figure at the end of the line before; weekdays; a full stop; figures that the address turns
        ("", "<h1>Rain</h1><p>9ce5</p><p>Dec 16, 2025</p>", "en", ("2025-12-16", "text")),
        ("", "<h1>Rain until July 31</h1><p>July 22, 2017</p>", "en", ("2017-07-22", "text")),
        ("", "<h1>Rain?</h1><dl><dt>Joined:</dt><dd>Mon Jul 24, 2017 9:28 am</dd></dl><time datetime=2024-02-24>Sat Feb 24, 2024</time>", "en", ("2024-02-24", "time")),
        ("", f"<h1>Regen</h1><p>{PROSE}</p><p>{PROSE}</p><p><b>Aktualisiert am </b>17.01.2021.</p>", "de", ("2021-01-17", "updated")),
        # the day of a change is never the day of publication, wherever it stands
        ("", "<h1>Rain</h1><p>Last updated <b>on</b> <span class=date>Feb 27, 2026</span></p>", "en", ("2026-02-27", "updated")),
        ("", "<h1>Rain</h1><p>Last updated: <time datetime=2026-01-12>January 12, 2026</time></p>", "en", ("2026-01-12", "updated")),
        ("", "<h1>Rain</h1><time itemprop=dateModified datetime=2018-08-29></time><time itemprop=datePublished datetime=2018-06-22></time>", "en", ("2018-06-22", "time")),
        ("", "<h1>Rain</h1><div class='field field--name-changed'><time datetime=2025-12-17>December 17, 2025</time></div>", "en", ("2025-12-17", "updated")),
        ("", f"<h1>Rain</h1><p>{PROSE}</p><p>Rain (last edited 2019-11-10 13:28:18 by Cy)</p>", "en", ("2019-11-10", "updated")),
        # a video's upload comes last; another post's date in its link; elements of GitHub's and Reddit's own
        (LD.format('{"@type":"VideoObject","uploadDate":"2024-06-07"}') + "<meta property=article:published_time content=2024-06-02>", "<h1>Rain</h1>", "en", ("2024-06-02", "meta")),
        ("", f"<h1>Rain</h1><a href=/s>Guidance, published <time datetime=2019-01-17>17 Jan 2019</time>: how to stay dry when it rains in the hills</a><p>{PROSE}</p><p>Published 15 November 2018</p>", "en", ("2018-11-15", "text")),
        ("", f"<h1>Rain</h1><relative-time datetime=2026-03-03T09:47:05Z>soon</relative-time><p>{PROSE}</p>", "en", ("2026-03-03", "time")),
        # none: a sentence of the post, a copyright line, a member since, a comment, another post
        ("", f"<h1>Rain</h1><p>In the hills of the west the great storm of the year came on 3 May 2017, and {PROSE}</p>", "en", (None, None)),
        ("", "<h1>Rain</h1><p>Copyright \u00a9 3 May 2017</p>", "en", (None, None)),
        ("", "<h1>Rain</h1><p>Member since 3 May 2017</p>", "en", (None, None)),
        ("", f"<h1>Rain</h1><p>{PROSE}</p><div class=comments><time datetime=2017-05-03>3 May</time></div>", "en", (None, None)),
        ("", f"<h1>Rain</h1><p>{PROSE}</p><aside class=related><time datetime=2017-05-03>3 May</time></aside>", "en", (None, None)),
        ("", f"<h1>Rain</h1><p>{PROSE}</p><h3>Comments</h3><ul><li>Posted 3 May 2017 by Cy</li></ul>", "en", (None, None)),
        ("<meta property=article:modified_time content=2017-05-03>", "<h1>Rain</h1>", "en", (None, None)),
    ],
)  # fmt: skip
def test_the_day_its_readers_are_told(head, body, lang, expected):
    found = read(page(f"{body}<p>{PROSE}</p>", head, f" lang={lang}" if lang else ""))
    assert (found.published_at and found.published_at.date().isoformat(), found.date_source) == expected


def test_a_zone_is_kept_and_an_instant_is_never_moved():
    told = read(page("", LD.format('{"@type":"Article","datePublished":"2017-08-01T23:30:00-05:00"}'))).published_at
    assert told == datetime(2017, 8, 2, 4, 30, tzinfo=UTC) and told.utcoffset() == timedelta(hours=-5)
    shown = read(page("<h1>Rain</h1><p>May 3, 2017</p>", "<meta property=article:published_time content='2017-05-04T02:41:41+00:00'>")).published_at
    assert shown == datetime(2017, 5, 4, 2, 41, 41, tzinfo=UTC)


FORUM = "<div class=box><div class=postleft><strong>{}</strong><dl><dt>Registered: 2016-07-02</dt></dl></div><div class=postmsg>{}</div><i>{}</i></div>"


def test_a_thread_is_its_first_posts():
    posts = FORUM.format("pippin06", PROSE, "2nd May 2017, 16:26") + FORUM.format("The Evil Admin", PROSE + " No.", "3rd May 2017, 09:00")
    html = f"<html><head><meta name=generator content=FluxBB><title>Rain?</title></head><body><h1>Rain?</h1>{posts.replace('<div class=postleft><strong>', '<dl class=postleft><dt><strong>', 1)}</body></html>"
    found = read(html)
    assert found.published_at == datetime(2017, 5, 2, tzinfo=UTC) and found.authors == ("pippin06",)


def test_published_and_updated():
    found = read(page("<h1>Rain</h1><p>Published 3 May 2017</p><p>Last updated: 1 June 2018</p>"))
    assert (found.published_at, found.updated_at) == (datetime(2017, 5, 3, tzinfo=UTC), datetime(2018, 6, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("<meta property=og:image content='/a.png'><meta property=og:site_name content=Hills>", ("Hills", "https://a.example/a.png")),
        ("<meta name=twitter:image content='https://b.example/b.png'><meta name=application-name content=Hills>", ("Hills", "https://b.example/b.png")),
        (LD.format(GRAPH), ("Hill Press", "https://a.example/i.png")),
        ("<meta property=og:image content='data:image/png;base64,AA'>", (None, None)),
        ("", (None, None)),
    ],
)
def test_site_and_image(head, expected):
    found = read(page("<h1>Rain</h1>", head), url="https://a.example/x")
    assert (found.site_name, found.image) == expected


def test_the_tree_is_left_as_it_is():
    tree = LexborHTMLParser(page(f"<h1>Rain</h1><p>By Ann Lee, 3 May 2017</p><p>{PROSE}</p>", LD.format(GRAPH)))
    before = tree.html
    metadata(tree, url="https://a.example/x")
    assert tree.html == before


@pytest.mark.parametrize(
    "soup",
    [
        LD.format("[" * 100_000), LD.format("[" * 100_000 + "]" * 100_000), LD.format('{"@graph":' * 900 + "1" + "}" * 900), "<p>" + "word 12 May 2017 by An " * 450_000,
        "<div " + " ".join(f"a{n}=v" for n in range(50_000)) + ">", "<meta name=author content='By An Lee, Bo Ek'>" * 50_000, "\0" * 1_000_000, "<title>" + "a - b | c: " * 900_000,
        "<h1><span class=headline>Title - here | there</span></h1>" * 50_000, "<p class=date>" + "19" * 1_000_000, "<p>3 May 2017</p>" * 40_000, "<i class=author><b></b></i>" * 40_000, "<a class='fn username' href=/author>x</a>" * 40_000, "<link rel=canonical href='http://[::1'><meta property=og:image content='http://['>",
        LD.format('{"@type":["Article",1,null],"@id":{},"author":[[["x"]],{"name":["a",1]},1e999,null],"datePublished":1e400,"dateModified":"9999-12-31T23:59:59-14:00","image":[[{"url":[1]}]],"keywords":[1,{"name":3}]}'),
    ],
)  # fmt: skip
def test_hostile_pages_are_read_within_a_second(soup):
    tree = LexborHTMLParser(shallow(f"<html><body><h1>x</h1>{soup}"))
    begun = time.process_time()
    assert isinstance(metadata(tree), Metadata)
    assert time.process_time() - begun < 3


MARKUP = st.sampled_from(
    ["<h1>", "</h1>", "<h2 class=title>", "<title>", "<time datetime='", "'>", "<a rel=author href=/author/x>", "</a>", "<p class=byline>", "<meta name=author content='", "<div class=date>", "By ", "von ", "Updated ",
     "3 May 2017", "3/4/17", "2017-05-03", "\u5e74", " - ", " | ", "\0", LD.format('{"@type":"Article","author":'), '<script type="application/ld+json">', "</script>", "{", "[", '"datePublished":', "<link rel=canonical href="]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(MARKUP | st.text(max_size=12), max_size=40).map("".join))
def test_never_raises(html):
    found = read(html, url="https://a.example/x")
    assert found.date_source is None or found.published_at is not None
    assert all(name.strip() for name in found.authors) and found.title != ""
