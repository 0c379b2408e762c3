"""A past cut along the calendar: nothing between two windows, nothing in two, and the same names each time."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from postetl.sources.spans import LADDER, MOST, months_for, spans, stamp, whole

MOMENTS = st.datetimes(datetime(1000, 1, 1), datetime(2200, 12, 31), timezones=st.just(UTC))
NEAR = st.timedeltas(timedelta(0), timedelta(days=4000))


@pytest.mark.parametrize(("months", "keys"), [
    (120, ["2020s", "2010s"]), (60, ["2020-2024", "2015-2019"]), (12, ["2020", "2019"]), (3, ["2020-Q1", "2019-Q4"]), (1, ["2020-01", "2019-12"]),
])
def test_keys(months, keys):
    assert [s.key for s in spans(datetime(2019, 12, 31, 23, tzinfo=UTC), datetime(2020, 1, 1, tzinfo=UTC), months)] == keys


@given(MOMENTS, NEAR, st.sampled_from(LADDER), st.none() | MOMENTS, st.none() | NEAR)
def test_every_moment_is_in_one(oldest, length, months, since, more):
    newest = oldest + length
    until = None if since is None or more is None else since + more
    parts = spans(oldest, newest, months, since=since, until=until)
    assert all(later.since == earlier.until for later, earlier in pairwise(parts))
    assert len({s.key for s in parts}) == len(parts)
    for moment in (oldest, newest, oldest + length / 3):
        asked = (since is None or moment >= since) and (until is None or moment < until)
        assert sum(s.since <= moment < s.until for s in parts) == asked


@given(MOMENTS, NEAR, NEAR, st.sampled_from(LADDER))
def test_the_names_stay_when_posts_are_added(oldest, length, more, months):
    before = {(s.key, s.since, s.until) for s in spans(oldest, oldest + length, months)}
    assert before <= {(s.key, s.since, s.until) for s in spans(oldest, oldest + length + more, months)}


@given(st.integers(0, 100_000), MOMENTS, NEAR)
def test_a_window_holds_few_enough_on_average(posts, oldest, length):
    months = months_for(posts, oldest, oldest + length)
    assume(months > 1)
    assert posts * min(months, max(length.days / 30.44, 1)) / max(length.days / 30.44, 1) <= MOST


@given(MOMENTS, st.integers(-5, 5))
def test_whole_seconds_are_cut_alike(when, seconds):
    dated = when.replace(microsecond=0) + timedelta(seconds=seconds)
    assert (dated >= when) == (dated >= whole(when))
    assert datetime.fromisoformat(stamp(when)) == when
