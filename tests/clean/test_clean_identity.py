import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from postetl.clean import clean
from postetl.clean.identity import entry_hash, entry_keys, keys, match, new_post_id, shared_keys
from postetl.model import Extracted, RawPost

NOW = datetime(2026, 1, 1, tzinfo=UTC)
DAY = datetime(2017, 8, 1, tzinfo=UTC)


class Source:
    """The smallest load there is: documents in, post ids out. What a key means is settled as the warehouse does it."""

    def __init__(self):
        self.known: dict[str, str | None] = {}

    def read(self, *raws: RawPost) -> list[str]:
        shared = shared_keys(raws)
        for key in shared:
            self.known[key] = None
        ids = []
        for raw in raws:
            post = clean(raw, Extracted(raw.text or "", method="feed"), source_id="s", fetched_at=NOW).post
            mine = keys(entry_keys(raw), post, shared)
            post_id = match(mine, self.known) or new_post_id("s", mine[0])
            for key in mine:
                self.known.setdefault(key, post_id)
            ids.append(post_id)
        return ids


POST = RawPost(url="https://a.example/2017/rain", external_id="urn:1", title="Rain", text="It rained.", published_at=DAY)


@pytest.mark.parametrize(
    "later",
    [
        {"text": "It rained a lot."},
        {"title": "Rain!", "text": "New.", "published_at": DAY + timedelta(hours=1)},
        {"external_id": "urn:2"},
        {"external_id": None},
        {"url": None},
        {"url": "https://b.example/moved"},
        {"external_id": "urn:2", "url": "https://b.example/moved"},
        {"external_id": None, "url": None},
        {"external_id": None, "url": "http://a.example/2017/rain", "text": "x"},
        {"external_id": None, "url": "https://www.a.example/2017/rain/", "text": "x"},
        {"external_id": None, "url": "https://a.example/2017/rain?utm_source=rss&fbclid=9#more", "text": "x"},
    ],
    ids="+".join,
)
def test_one_post_stays_one(later):
    source = Source()
    assert source.read(POST) == source.read(replace(POST, **later)) == source.read(POST)


@pytest.mark.parametrize(
    "other",
    [
        {"url": "https://a.example/2", "external_id": "urn:2", "text": "Other."},
        {"url": None, "external_id": "urn:2", "text": "Other."},
        {"url": "https://a.example/2", "external_id": None, "text": "Other."},
        {"url": "https://a.example/2017/rain?page=2", "external_id": "urn:2", "text": "Other."},
    ],
)
def test_two_posts_stay_two(other):
    source = Source()
    assert source.read(POST) != source.read(replace(POST, **other))


@pytest.mark.parametrize("link", ["same", "different", "none"])
@pytest.mark.parametrize("dated", [True, False])
def test_ten_posts_with_one_guid_stay_ten(link, dated):
    urls = {"same": ["https://a.example/x"] * 10, "different": [f"https://a.example/{n}" for n in range(10)], "none": [None] * 10}[link]
    posts = [
        RawPost(url=url, external_id="the-same", title=f"Post {n}", text=f"Text {n}", published_at=DAY + timedelta(days=n) if dated else None)
        for n, url in enumerate(urls)
    ]
    source = Source()
    first = source.read(*posts)
    assert len(set(first)) == 10
    assert source.read(*posts) == first
    assert source.read(*reversed(posts)) == first[::-1]
    if dated or link == "different":
        edited = [replace(post, text=post.text + " (edited)") for post in posts]
        assert source.read(*edited) == first


def test_identical_twins_are_one():
    assert shared_keys([POST, POST]) == frozenset()
    assert len(set(Source().read(POST, POST))) == 1


def test_same_words_and_date_under_two_names_stay_two():
    other = replace(POST, external_id="urn:2", url="https://a.example/copy")
    source = Source()
    first = source.read(POST, other)
    assert len(set(first)) == 2
    assert source.read(other, POST) == first[::-1]


def test_short_undated_posts_stay_apart():
    one = RawPost(external_id="1", text="Yes.")
    source = Source()
    assert source.read(one) != source.read(replace(one, external_id="2"))


def test_the_front_page_names_no_post():
    quotes = [RawPost(url="https://a.example/", external_id=f"q{n}", text=f"Quote {n}") for n in range(3)]
    source = Source()
    assert len({source.read(quote)[0] for quote in quotes}) == 3
    nameless = [replace(quote, external_id=None) for quote in quotes]
    source = Source()
    assert len({source.read(quote)[0] for quote in nameless}) == 3


def test_a_shared_key_identifies_nobody_later_either():
    source = Source()
    a, b = (RawPost(external_id="g", url=f"https://a.example/{n}", text=f"t{n}") for n in "ab")
    source.read(a, b)
    assert source.read(RawPost(external_id="g", url="https://a.example/c", text="tc"))[0] not in source.read(a, b)


def test_the_keys():
    assert entry_keys(POST)[:4] == (
        "guid:urn:1", "link:a.example/2017/rain", "guid@2017-08-01T00:00:00+00:00:urn:1", "link@2017-08-01T00:00:00+00:00:a.example/2017/rain",
    )  # fmt: skip
    assert entry_keys(replace(POST, url="tag:nothing", external_id=" ", published_at=None))[0].startswith("body:")
    assert entry_keys(RawPost(url="file:posts/a.txt"))[0] == "link:posts/a.txt"
    assert all(len(key) < 700 for key in entry_keys(replace(POST, external_id="x" * 100_000, url="https://a.example/" + "y" * 100_000)))


def test_a_post_whose_every_key_is_shared_still_has_one():
    post = clean(replace(POST, published_at=None), Extracted("It rained."), source_id="s", fetched_at=NOW).post
    raw_keys = entry_keys(replace(POST, published_at=None))
    (only,) = keys(raw_keys, post, frozenset(raw_keys))
    assert only.startswith("all:") and keys(raw_keys, post, frozenset(raw_keys)) == (only,)


def test_match_takes_the_strongest_that_is_known():
    assert match(("a", "b", "c"), {"c": "3", "b": "2", "a": None}) == "2"
    assert match(("a",), {"a": None}) is None
    assert match((), {"a": "1"}) is None


def test_post_ids_are_for_ever():
    assert new_post_id("s", "guid:1") == "cd95917f-a986-53e5-ac88-b7d364ea7d15"  # rows in warehouses hang on it
    assert uuid.UUID(new_post_id("s", "guid:1")).version == 5
    assert new_post_id("s", "guid:1") == new_post_id("s", "guid:1") != new_post_id("t", "guid:1")
    assert new_post_id("s", "guid:1") != new_post_id("s", "guid:2")


def test_entry_hash_sees_everything():
    assert entry_hash(POST) == entry_hash(replace(POST))
    for change in ({"summary": "x"}, {"external_id": "x"}, {"updated_at": DAY}, {"tags": ("a",)}, {"enclosures": (("u", None, None),)}):
        assert entry_hash(replace(POST, **change)) != entry_hash(POST)
