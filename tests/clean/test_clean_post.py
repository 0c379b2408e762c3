from dataclasses import fields as fields_of
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postetl.clean import clean, identity, row_hash
from postetl.clean.chrome import blocks
from postetl.errors import Reason
from postetl.extract import render
from postetl.model import Extracted, Link, RawPost

NOW = datetime(2026, 1, 1, tzinfo=UTC)
DAY = datetime(2017, 8, 1, tzinfo=UTC)


def made(raw: RawPost, body: Extracted | None = None):
    return clean(raw, body or Extracted("Some words.", method="feed"), source_id="s", fetched_at=NOW)


def test_a_feed_entry():
    shown = render("<p>See  <a href='https://x.example/'>the page</a>.</p>")
    text, links = shown.text, shown.links
    raw = RawPost(
        url="http://a.example/p?utm_source=feed#top", external_id=" urn:1 ", title="<b>A</b> &amp; B", summary="<p>Short</p>", authors=("By Ann", "ann"),
        published_at=datetime(2017, 8, 1, 2, tzinfo=timezone(timedelta(hours=2))), tags=("#x", "X"), language="en_GB",
        enclosures=(("http://a.example/a.mp3", "audio/mpeg", "12"),),
    )  # fmt: skip
    cleaned = made(raw, Extracted(text, links, method="feed"))
    post = cleaned.post
    assert cleaned.rejects == ()
    assert (post.source_id, post.url, post.external_id, post.title, post.summary) == ("s", "http://a.example/p", "urn:1", "A & B", "Short")
    assert (post.authors, post.tags, post.language) == (("Ann",), ("x",), "en-GB")
    assert (post.published_at, post.date_source, post.extracted_by) == (DAY, "feed", "feed")
    assert (post.text, post.links) == ("See the page.", (Link("https://x.example/", "the page", 4, 12),))
    assert (post.words, post.tokens, post.keys, post.post_id) == (3, 0, (), "")
    assert post.enclosures == (("http://a.example/a.mp3", "audio/mpeg", "12"),)
    assert len(post.content_hash) == len(post.row_hash) == 32


def test_the_source_first_then_the_page():
    body = Extracted("t", title="P", authors=("P",), published_at=DAY, date_source="json-ld", language="de", canonical_url="/c", method="trafilatura", updated_at=DAY, tags=("p",))
    post = made(RawPost(url="https://a.example/x"), body).post
    assert (post.title, post.authors, post.published_at, post.date_source, post.language, post.tags) == ("P", ("P",), DAY, "json-ld", "de", ("p",))
    assert (post.canonical_url, post.updated_at, post.extracted_by) == ("https://a.example/c", DAY, "trafilatura")
    later = DAY + timedelta(days=1)
    post = made(RawPost(url="https://a.example/x", title="F", authors=("F",), published_at=later, language="fr", tags=("f",), updated_at=later), body).post
    assert (post.title, post.authors, post.published_at, post.date_source, post.language, post.tags) == ("F", ("F",), later, "feed", "fr", ("f",))
    assert post.updated_at == later


def test_no_text():
    cleaned = made(RawPost(url="http://a.example/", external_id="1"), Extracted(" \u200b\n"))
    assert cleaned.post is None
    (reject,) = cleaned.rejects
    assert (reject.stage, reject.reason, reject.url) == ("clean", Reason.NO_TEXT, "http://a.example/")


def test_a_summary_stands_in_and_a_title_is_enough():
    post = made(RawPost(title="T", summary="<p>Only this</p>"), Extracted("")).post
    assert (post.text, post.extracted_by, post.links, post.summary) == ("Only this", "summary", (), "Only this")
    post = made(RawPost(title="T"), Extracted("", method="feed")).post
    assert (post.title, post.text, post.words) == ("T", "", 0)
    assert made(RawPost(), Extracted("", title="From the page")).post.title == "From the page"


@pytest.mark.parametrize("when", [datetime(9999, 12, 31, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC), NOW + timedelta(days=400)])
def test_impossible_dates(when):
    cleaned = made(RawPost(url="http://a.example/x", published_at=when, updated_at=when))
    assert (cleaned.post.published_at, cleaned.post.updated_at, cleaned.post.date_source) == (None, None, None)
    assert [(r.reason, r.stage, r.detail) for r in cleaned.rejects] == [
        (Reason.BAD_DATE, "clean", f"published_at {when.isoformat()} cannot be true"),
        (Reason.BAD_DATE, "clean", f"updated_at {when.isoformat()} cannot be true"),
    ]
    with_page = made(RawPost(published_at=when), Extracted("x", published_at=DAY, date_source="meta"))
    assert (with_page.post.published_at, with_page.post.date_source, len(with_page.rejects)) == (DAY, "meta", 1)


def test_language_is_detected_when_nobody_says():
    assert made(RawPost(), Extracted("Der schnelle braune Fuchs springt über den faulen Hund.")).post.language == "de"
    assert made(RawPost(language="und"), Extracted("Hm.")).post.language is None


GERMAN = "Der schnelle braune Fuchs springt über den faulen Hund."


@pytest.mark.parametrize(
    ("raw", "body", "language", "sure"),
    [
        ({"language": "en"}, {"text": GERMAN}, "en", (1.0, 1.0)),
        ({}, {"text": GERMAN, "language": "fr"}, "fr", (1.0, 1.0)),
        ({"language": "no such tag!"}, {"text": GERMAN}, "de", (0.5, 1.0)),
        ({}, {"text": GERMAN}, "de", (0.5, 1.0)),
        ({}, {"text": "Hm."}, None, None),
    ],
)
def test_how_sure_the_language_is(raw, body, language, sure):
    post = made(RawPost(**raw), Extracted(**body)).post
    assert post.language == language
    assert post.language_confidence is None if sure is None else sure[0] <= post.language_confidence <= sure[1]
    assert row_hash(replace(post, language_confidence=0.123)) == row_hash(post)  # another score is no change


def test_what_most_posts_have_is_taken_out_and_kept_beside():
    footer = "Support our newsroom: it is paid for by its readers alone."
    text = f"The river rose.\n\n{footer}"
    body = Extracted(text, (Link("http://x.example/r", "river", 4, 9), Link("http://x.example/donate", "Support", 17, 24)), method="feed")
    raw = RawPost(url="http://a.example/1", title="T", published_at=DAY)
    whole = made(raw, body).post
    post = clean(raw, body, source_id="s", fetched_at=NOW, chrome={blocks(footer)[0].mark}).post
    assert (post.text, post.boilerplate, post.whole, post.words) == ("The river rose.", footer, text, 3)
    assert (whole.text, whole.boilerplate, whole.whole_hash) == (text, None, None)
    assert post.whole_hash == whole.content_hash != post.content_hash
    assert post.row_hash != whole.row_hash
    assert post.links == (Link("http://x.example/r", "river", 4, 9), Link("http://x.example/donate", "", 15, 15))
    claimed = identity.entry_keys(raw)
    assert identity.keys(claimed, post) == identity.keys(claimed, whole)  # it is the same post
    nameless = RawPost(title="T")
    one, two = (clean(nameless, body, source_id="s", fetched_at=NOW, chrome=c).post for c in ((), {blocks(footer)[0].mark}))
    assert identity.keys((), one) == identity.keys((), two)
    only = clean(raw, Extracted(footer, method="feed"), source_id="s", fetched_at=NOW, chrome={blocks(footer)[0].mark}).post
    assert (only.text, only.boilerplate) == (footer, None)


BASE = RawPost(
    url="http://a.example/1", external_id="1", title="T", summary="S", authors=("A",), published_at=DAY, updated_at=DAY, tags=("t",), language="en",
    enclosures=(("http://a.example/e", None, None),),
)  # fmt: skip
LINKED = Extracted("a b", (Link("http://x.example/", "a", 0, 1),), method="feed", canonical_url="http://a.example/c")


@pytest.mark.parametrize(
    ("raw", "body", "content", "row"),
    [
        ({}, {}, False, False),
        ({"external_id": "2"}, {}, False, False),
        ({"title": " T\u200b"}, {"text": "a  b"}, False, False),
        ({"title": "U"}, {}, True, True),
        ({}, {"text": "a c"}, True, True),
        ({"url": "http://a.example/2"}, {}, False, True),
        ({"summary": "Z"}, {}, False, True),
        ({"authors": ("B",)}, {}, False, True),
        ({"published_at": DAY + timedelta(seconds=1)}, {}, False, True),
        ({"updated_at": None}, {}, False, True),
        ({"tags": ("t", "u")}, {}, False, True),
        ({"language": "de"}, {}, False, True),
        ({"enclosures": ()}, {}, False, True),
        ({}, {"links": (Link("http://y.example/", "a", 0, 1),)}, False, True),
        ({}, {"links": ()}, False, True),
        ({}, {"canonical_url": "http://a.example/d"}, False, True),
    ],
)
def test_what_the_hashes_see(raw, body, content, row):
    before, after = made(BASE, LINKED).post, made(replace(BASE, **raw), replace(LINKED, **body)).post
    assert (before.content_hash != after.content_hash) == content
    assert (before.row_hash != after.row_hash) == row


def test_hashes_do_not_know_when_or_whose():
    one = clean(BASE, LINKED, source_id="s", fetched_at=NOW).post
    two = clean(BASE, LINKED, source_id="other", fetched_at=NOW + timedelta(days=1)).post
    assert (one.content_hash, one.row_hash) == (two.content_hash, two.row_hash)


soup = st.text(max_size=30) | st.sampled_from(["<b>x</b>", "\ud800", "http://[", "\x00", "&amp;", "a" * 600])
whens = st.none() | st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=14)), timezone(timedelta(hours=-12))]))


@settings(max_examples=200, deadline=None)
@given(
    st.builds(
        RawPost, url=st.none() | soup, external_id=st.none() | soup, title=st.none() | soup, summary=st.none() | soup, authors=st.tuples(soup), published_at=whens,
        updated_at=whens, tags=st.tuples(soup), language=st.none() | soup, enclosures=st.tuples(st.tuples(soup, st.none() | soup, st.none() | soup)),
    ),
    soup,
)  # fmt: skip
def test_anything_is_cleaned_and_stays_clean(raw, text):
    body = Extracted(text, (Link("http://x.example/", text[:2], 0, min(2, len(text))),), method="feed")
    cleaned = made(raw, body)
    assert made(raw, body) == cleaned
    assert cleaned.post or any(r.reason is Reason.NO_TEXT for r in cleaned.rejects)
    if post := cleaned.post:
        for field in fields_of(post):
            repr(getattr(post, field.name)).encode()
            value = getattr(post, field.name)
            if isinstance(value, str):
                value.encode()
        again = made(raw, Extracted(post.text, post.links, method=post.extracted_by)).post
        assert (again.text, again.links, again.content_hash) == (post.text, post.links, post.content_hash)
        keys = identity.keys(identity.entry_keys(raw), post)
        assert keys and all(key.encode() for key in keys)
