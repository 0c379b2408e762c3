"""What feeds say about their archives before anyone walks them."""

import json
from datetime import UTC, datetime

import pytest

from postetl.errors import Malformed
from postetl.model import Answer, Target
from postetl.sources import feed, jsonfeed

URL = "https://old.example/feed"
PAGED = ('<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><link rel="next" href="?page=2"/><entry><id>1</id><link href="/1"/><updated>2024-01-02T00:00:00Z</updated></entry>'
         "<entry><id>2</id><published>2023-06-01T00:00:00Z</published><content>x</content></entry></feed>")  # fmt: skip
COMPLETE = PAGED.replace('<link rel="next" href="?page=2"/>', '<fh:complete xmlns:fh="http://purl.org/syndication/history/1.0"/>')
PLAIN = PAGED.replace('<link rel="next" href="?page=2"/>', "")
JSON = json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "T", "next_url": "https://old.example/feed?page=2", "items": [{"id": "1", "content_text": "x"}]})


def answer(body, status=200):
    return Answer(URL, status, {}, body.encode())


@pytest.mark.parametrize(("kind", "body", "where"), [
    (feed, PAGED, URL), (feed, COMPLETE, URL), (feed, PLAIN, None), (feed, JSON, None), (feed, "<rss", None), (feed, "", None), (jsonfeed, JSON, URL), (jsonfeed, PAGED, None),
    (jsonfeed, JSON.replace("?page=2", ""), None), (jsonfeed, '{"version": "https://jsonfeed.org/version/1", "items": 1}', None),
])  # fmt: skip
def test_found(kind, body, where):
    assert kind.found(body.encode(), url=URL, headers={}) == where


@pytest.mark.parametrize("kind", [feed, jsonfeed])
def test_a_survey_is_the_feed_itself(kind):
    assert kind.survey(URL) == (Target(URL, kind=kind.NAME),)
    assert kind.increment(URL, datetime(2024, 1, 1, tzinfo=UTC)) is None


@pytest.mark.parametrize(("kind", "body", "since", "keys"), [
    (feed, PAGED, None, [URL, URL + "?page=2"]), (feed, PAGED, datetime(2023, 1, 1, tzinfo=UTC), [URL, URL + "?page=2"]), (feed, PAGED, datetime(2023, 7, 1, tzinfo=UTC), [URL]),
    (jsonfeed, JSON, None, [URL, URL + "?page=2"]),
])  # fmt: skip
def test_a_plan_says_at_least(kind, body, since, keys):
    plan = kind.plan(URL, [answer(body)], since=since)
    assert [w.key for w in plan.windows] == keys == [w.url for w in plan.windows]
    assert not plan.exact and {w.kind for w in plan.windows} == {kind.NAME} and plan.posts == plan.windows[0].posts


def test_a_complete_feed_is_one_window():
    plan = feed.plan(URL, [answer(COMPLETE)])
    assert (len(plan.windows), plan.exact, plan.posts, plan.requests, plan.oldest) == (1, True, 2, 2, datetime(2023, 6, 1, tzinfo=UTC))


@pytest.mark.parametrize(("answers", "says"), [([], "no answer"), ([answer("", 404)], "status 404"), ([answer(PLAIN)], "leads to no older"), ([answer("<html></html>")], "no RSS")])
def test_no_plan_without_an_archive(answers, says):
    with pytest.raises(Malformed, match=says):
        feed.plan(URL, answers)
