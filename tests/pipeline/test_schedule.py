"""When a source is due again and why."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postetl.errors import Reason
from postetl.model import Fetched, Target
from postetl.pipeline.schedule import DAY, due, next_check
from postetl.warehouse import KnownSource

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def answer(headers: dict[str, str] | None = None, *, error: Reason | None = None, status: int | None = 200, retry: timedelta | None = None) -> Fetched:
    return Fetched(Target("http://a/"), "http://a/", NOON, 1, status, error=error, headers=tuple((headers or {}).items()), retry_at=retry and NOON + retry)


@pytest.mark.parametrize(("headers", "interval", "every", "pause", "reason"), [
    ({}, 0, None, timedelta(), "every run"),
    ({}, 90, None, HOUR * 1.5, "interval"),
    ({}, 30, 60, HOUR, "ttl"),
    ({}, 60, 30, HOUR, "interval"),
    ({}, 0, 10**9, DAY, "ttl"),
    ({}, 100_000, 60, timedelta(minutes=100_000), "interval"),  # the user's own word has no limit
    ({"cache-control": "public, max-age=7200"}, 60, None, HOUR * 2, "Cache-Control"),
    ({"cache-control": "max-age=7200", "age": "3600"}, 0, None, HOUR, "Cache-Control"),
    ({"cache-control": 'MAX-AGE="7200"'}, 0, None, HOUR * 2, "Cache-Control"),
    ({"cache-control": "no-cache, max-age=7200"}, 0, None, timedelta(), "every run"),
    ({"cache-control": "no-store", "expires": "Thu, 01 Jan 2026 14:00:00 GMT"}, 0, None, timedelta(), "every run"),
    ({"cache-control": "max-age=31536000"}, 0, None, DAY, "Cache-Control"),
    ({"cache-control": "s-maxage=99999"}, 0, None, timedelta(), "every run"),  # not for us
    ({"cache-control": "max-age=60", "expires": "Thu, 01 Jan 2026 14:00:00 GMT"}, 0, None, timedelta(seconds=60), "Cache-Control"),
    ({"expires": "Thu, 01 Jan 2026 14:00:00 GMT"}, 0, None, HOUR * 2, "Expires"),
    ({"expires": "Thu, 01 Jan 2026 14:00:00 GMT", "date": "Thu, 01 Jan 2026 13:00:00 GMT"}, 0, None, HOUR, "Expires"),  # its clock is off
    ({"expires": "0"}, 0, None, timedelta(), "every run"),
    ({"expires": "Mon, 01 Jan 1990 00:00:00 GMT"}, 60, None, HOUR, "interval"),
    ({"expires": "Fri, 31 Dec 9999 23:59:59 GMT"}, 0, None, DAY, "Expires"),
])  # fmt: skip
def test_the_longest_wish_holds(headers: dict[str, str], interval: float, every: int | None, pause: timedelta, reason: str) -> None:
    check = next_check(answer(headers), interval=interval, every=every, failures=0)
    assert (check.at - NOON, check.reason) == (pause, reason)


@pytest.mark.parametrize(("failures", "error", "status", "pause", "reason"), [
    (1, Reason.SERVER_ERROR, 500, timedelta(), "every run"),
    (2, Reason.NOT_FOUND, 404, timedelta(), "every run"),
    (3, Reason.NOT_FOUND, 404, HOUR, "failures"),
    (5, Reason.NOT_FOUND, 404, HOUR * 4, "failures"),
    (99, Reason.NOT_FOUND, 404, DAY, "failures"),
    (99, Reason.DNS_FAILED, None, HOUR * 6, "failures"),  # it may be our own network
])  # fmt: skip
def test_failures_slow_it_down(failures: int, error: Reason, status: int | None, pause: timedelta, reason: str) -> None:
    check = next_check(answer({"cache-control": "max-age=99999"}, error=error, status=status), interval=0, every=None, failures=failures)
    assert (check.at - NOON, check.reason) == (pause, reason)


def test_retry_after_holds_to_the_second() -> None:
    check = next_check(answer(error=Reason.THROTTLED, status=429, retry=HOUR), interval=0, every=None, failures=1)
    assert (check.at, check.reason) == (NOON + HOUR, "Retry-After")
    assert not due(known(check.at, "Retry-After"), NOON + HOUR - timedelta(seconds=1))
    assert due(known(check.at, "Retry-After"), NOON + HOUR)


def known(at: datetime | None, reason: str | None) -> KnownSource:
    return KnownSource("http://a/", "http://a/", "feed", None, NOON, at, reason, 0, None, None)


def test_a_cron_of_an_hour_meets_an_interval_of_an_hour() -> None:
    assert due(known(NOON + HOUR, "interval"), NOON + HOUR - timedelta(seconds=40))  # the last fetch was late by so much
    assert not due(known(NOON + HOUR, "interval"), NOON + HOUR / 2)
    assert not due(known(NOON + DAY, "interval"), NOON + DAY - timedelta(minutes=6))
    assert due(known(None, None), NOON)


@given(st.dictionaries(st.sampled_from(["cache-control", "expires", "date", "age"]), st.text(max_size=60)), st.integers(-10, 10**12), st.integers(0, 10**6))
def test_no_header_breaks_it(headers: dict[str, str], every: int, failures: int) -> None:
    check = next_check(answer(headers), interval=0, every=every, failures=failures)
    assert NOON <= check.at <= NOON + DAY
