"""How a source stands after what happened to it: each rule of the fold, as a table."""

from datetime import datetime, timedelta

import pytest

from postetl.warehouse.standing import FAILURES, Event, Standing, fold

DAY0 = datetime(2026, 1, 1)
OLD, NEW, OTHER = "https://old.example/feed", "https://new.example/feed", "https://other.example/feed"


def event(days: float, **said: object) -> Event:
    return Event("s", str(said.pop("url", OLD)), DAY0 + timedelta(days=days), **({"status": 200, "answered": "error" not in said} | said))  # type: ignore[arg-type]


def moved(days: float, to: str | None = NEW, **said: object) -> Event:
    return event(days, moved_to=to, **said)


def failed(days: float, error: str = "server_error", status: int | None = 500, **said: object) -> Event:
    return event(days, error=error, status=status, **said)


def after(*events: Event, online: bool = True) -> Standing:
    stands: dict[str, Standing] = {}
    for one in events:  # a package each
        stands |= fold(stands, [one], online=online)
    assert fold({}, events, online=online) == stands  # or all in one
    return stands["s"]


@pytest.mark.parametrize(("events", "where"), [
    ([moved(0), moved(0.5), moved(1)], NEW),
    ([moved(0), moved(0.1), moved(0.9)], OLD),  # three times, but not over a day
    ([moved(0), moved(2)], OLD),  # over days, but twice
    ([moved(0), moved(0.1), moved(0.9), moved(1)], NEW),
    ([moved(0), moved(1), moved(2, OTHER)], OLD),  # not the same place
    ([moved(0), moved(1), moved(2, None), moved(3)], OLD),  # back meanwhile: the count begins anew
    ([moved(0), failed(1), moved(2), moved(3)], NEW),  # a failure says nothing about it
    ([moved(d, "http://old.example/feed") for d in range(5)], OLD),  # never from https to http
    ([moved(0), moved(1), moved(2), event(3, url=OTHER)], OTHER),  # the user wrote another address
    ([moved(0), moved(1), moved(2), event(3)], NEW),
])  # fmt: skip
def test_permanent_redirects(events: list[Event], where: str) -> None:
    stands = after(*events)
    assert stands.current_url == where
    assert (stands.moved_at is not None) == (where == NEW)


def test_410_ends_it_at_once_and_a_person_takes_it_up_again() -> None:
    gone = after(failed(0, "gone", 410))
    assert gone.disabled_at == DAY0 and "410" in str(gone.disabled_reason)
    again = after(failed(0, "gone", 410), event(1, enabled=True, answered=False, status=None))
    assert (again.disabled_at, again.failures) == (None, 0)


@pytest.mark.parametrize(("days", "status", "online", "ended"), [
    ([n * 2 for n in range(FAILURES)], 404, True, True),
    ([n * 2 for n in range(FAILURES - 1)], 404, True, False),  # not many enough
    ([n * 0.1 for n in range(FAILURES * 3)], 404, True, False),  # not long enough
    ([n * 2 for n in range(FAILURES)], None, True, True),  # nobody there, while others answered
    ([n * 2 for n in range(FAILURES * 2)], None, False, False),  # our own network was away
])  # fmt: skip
def test_many_failures_over_a_fortnight_end_it(days: list[float], status: int | None, online: bool, ended: bool) -> None:
    stands = after(*(failed(d, "not_found", status) for d in days), online=online)
    assert (stands.disabled_at is not None, stands.failures) == (ended, len(days))


def test_an_answer_ends_a_row_of_failures() -> None:
    assert after(*(failed(d) for d in range(5)), event(6)).failures == 0
    assert after(failed(0), failed(1)).failing_since == DAY0
