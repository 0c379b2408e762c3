"""Retry-After, back-off and second tries: for how long, for which addresses, over which runs."""

import asyncio
import fcntl
import string
import time
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from public import Runs

import web
from postetl.errors import Reason
from postetl.fetch import Fetcher, FetchOptions, HostTurns, backoff, client, turns
from postetl.fetch.lease import State
from postetl.model import Fetched, Target

THROTTLED = Reason.THROTTLED
WAY = client.Way


def left(got: Fetched, runs: Runs) -> float:
    assert got.retry_at is not None and got.retry_at.tzinfo is not None
    return got.retry_at.timestamp() - runs.clock() - 0.001  # it is rounded to that


# what the header says


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120), (" 7 ", 7), ("0", 0), ("1.5", 1.5), ("86400", 86400), ("86401", 86400), ("9" * 400, 86400), ("00000000000060", 86400),
        ("Thu, 29 Feb 2024 12:02:00 GMT", 120), ("Thursday, 29-Feb-24 12:02:00 GMT", 120), ("Thu Feb 29 12:02:00 2024", 120),
        ("Thu, 29 Feb 2024 11:00:00 GMT", 0), ("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("Fri, 31 Dec 9999 23:59:59 GMT", 86400),
        ("Thu, 29 Feb 2024 14:02:00 +0200", 120),
        ("", None), ("soon", None), ("-5", None), ("1e9", None), ("Thu, 99 Feb 2024 12:00:00 GMT", None), ("٣", None), ("5, 6", None),
        ("x" * 100_000, None), ("Thu, 29 Feb 99999999999999999999 12:00:00 GMT", None),
    ],
)  # fmt: skip
def test_both_forms(value: str, seconds: float | None) -> None:
    assert backoff.seconds(value, "Thu, 29 Feb 2024 12:00:00 GMT", now=0.0) == seconds


def test_a_date_counts_from_the_answers_own_date() -> None:
    """A server whose clock is an hour behind means what it says by its own clock."""
    now = time.time()
    assert backoff.seconds(formatdate(now - 3600 + 90, usegmt=True), formatdate(now - 3600, usegmt=True), now) == pytest.approx(90, abs=1.1)
    assert backoff.seconds(formatdate(now + 90, usegmt=True), "no date", now) == pytest.approx(90, abs=1.1)


@given(st.text() | st.from_regex(r"[A-Z][a-z]{2},? [0-9]{1,9}[ -][A-Z][a-z]{2}[ -][0-9]{1,9} [0-9:]{1,12}( [-+A-Z0-9]{1,9})?"), st.text())
def test_no_value_raises(value: str, date: str) -> None:
    found = backoff.seconds(value, date, 1e9)
    assert found is None or 0 <= found <= backoff.CAP


def test_our_own_wait_doubles_up_to_a_day() -> None:
    waits = [backoff.pause(n, None) for n in range(1, 30)]
    assert all(60 * 2**n <= wait <= 60 * 2**n * 1.5 for n, wait in enumerate(waits[:9]))
    assert max(waits) == backoff.CAP and waits[-1] == backoff.CAP
    assert len({backoff.pause(1, None) for _ in range(20)}) > 10, "jitter"
    assert [backoff.pause(n, 2.0) for n in (1, 2, 3)] == [2.0] * 3
    assert 60 <= backoff.pause(4, 2.0) <= 90, "the fourth in a row: two seconds are not enough, whatever the site says"
    assert backoff.pause(5, 50_000.0) == 50_000


# what it is good for


@pytest.mark.parametrize(("status", "throttled"), [(429, True), (503, True), (403, True), (404, False), (500, False), (502, False)])
def test_where_it_counts(runs: Runs, status: int, throttled: bool) -> None:
    runs.site.routes["/"] = web.Answer(status=status, headers={"Retry-After": "300"}, body="no")
    got = runs(runs.site.url())[0]
    assert (got.error == THROTTLED, got.retry_at is not None, got.status, len(runs.paths)) == (throttled, throttled, status, 1)
    if throttled:
        assert 295 < left(got, runs) <= 300
        assert got.detail is not None and "Retry-After: 300" in got.detail and f"{got.retry_at:%Y-%m-%d %H:%M:%S}" in got.detail


def test_403_without_it_is_no_throttling(runs: Runs) -> None:
    runs.site.routes["/"] = web.Answer(status=403, headers={"Retry-After": "one of these days"})
    assert (runs(runs.site.url())[0].error, runs(runs.site.url())[0].status) == (Reason.FORBIDDEN, 403)


def test_a_throttled_address_is_left_alone_until_then_over_runs(runs: Runs) -> None:
    runs.site.routes["/"] = web.Answer(status=429, headers={"Retry-After": "3600"})
    first = runs(runs.site.url())[0]
    again = runs(runs.site.url())[0]
    assert (again.error, again.status, again.retry_at, len(runs.paths)) == (THROTTLED, None, first.retry_at, 1)
    assert again.detail is not None and f"{first.retry_at:%Y-%m-%d %H:%M:%S} UTC" in again.detail
    runs.clock.ahead = 3598
    runs.site.routes["/"] = web.Answer(body="words")
    assert runs(runs.site.url(), timeout=1.0)[0].error is None, "two seconds are waited out, and are not the timeout's"
    assert runs(runs.site.url())[0].retry_at is None


def test_a_person_may_insist(runs: Runs) -> None:
    runs.site.routes["/"] = web.Answer(status=429, headers={"Retry-After": "3600"})
    runs(runs.site.url())
    runs.site.routes["/"] = web.Answer(body="words")
    assert runs(runs.site.url(), impatient=True)[0].body == b"words"
    assert runs(runs.site.url())[0].error is None, "and a success ends the back-off"


def test_a_short_wait_is_waited_out_once(runs: Runs) -> None:
    answers = [web.Answer(status=429, headers={"Retry-After": "1"}), web.Answer(body="words")]
    runs.site.routes["/"] = lambda request: answers.pop(0)
    got = runs(runs.site.url())[0]
    assert (got.error, got.body, got.tries, got.retry_at) == (None, b"words", 2, None)
    one, two = (request.at for request in runs.site.requests)
    assert two - one >= 0.95


def test_the_second_refusal_ends_it(runs: Runs) -> None:
    waits = ["1", "50"]
    runs.site.routes["/"] = lambda request: web.Answer(status=429, headers={"Retry-After": waits.pop(0)})
    got = runs(runs.site.url())[0]
    assert (got.error, got.tries, len(runs.paths)) == (THROTTLED, 2, 2)
    assert 20 < left(got, runs) <= 50


def test_a_date_in_the_past_is_no_wait(runs: Runs) -> None:
    answers = [web.Answer(status=503, headers={"Retry-After": "Thu, 01 Jan 1970 00:00:00 GMT"}), web.Answer(body="words")]
    runs.site.routes["/"] = lambda request: answers.pop(0)
    assert runs(runs.site.url())[0].body == b"words"


def test_backoff_grows_over_runs_and_a_success_ends_it(runs: Runs) -> None:
    runs.site.routes["/"] = web.Answer(status=429)
    waits = []
    for _ in range(4):
        got = runs(runs.site.url())[0]
        assert (got.error, got.tries) == (THROTTLED, 1)
        waits.append(left(got, runs))
        runs.clock.ahead += waits[-1] + 1
    assert all(60 * 2**n - 1 <= wait <= 60 * 2**n * 1.5 for n, wait in enumerate(waits))
    runs.site.routes["/"] = web.Answer(body="words")
    assert runs(runs.site.url())[0].error is None
    runs.site.routes["/"] = web.Answer(status=429)
    assert left(runs(runs.site.url())[0], runs) <= 90


def test_503_without_it_gets_its_second_try_first(runs: Runs) -> None:
    runs.site.routes["/"] = web.Answer(status=503)
    got = runs(runs.site.url())[0]
    assert (got.error, got.status, got.tries, len(runs.paths)) == (Reason.SERVER_ERROR, 503, 2, 2)
    assert 55 < left(got, runs) <= 90


@pytest.mark.parametrize(("status", "tries"), [(200, 1), (404, 1), (410, 1), (500, 1), (502, 2), (504, 2), (413, 1)])
def test_only_what_passes_is_tried_again(runs: Runs, status: int, tries: int) -> None:
    runs.site.routes["/"] = web.Answer(status=status, body="words")
    got = runs(runs.site.url())[0]
    assert (got.tries, len(runs.paths), got.retry_at) == (tries, tries, None)


def test_neither_304_nor_a_large_body_nor_a_refused_address_is(runs: Runs) -> None:
    runs.site.routes |= {"/large": web.Answer(body=b"x" * 5000), "/in": web.redirect("http://10.0.0.1/"), "/same": web.Answer(status=304)}
    got = runs(*(runs.site.url(path) for path in ("/large", "/in", "/same")), max_body=2000)
    assert [(one.error, one.tries) for one in got] == [(Reason.BODY_TOO_LARGE, 1), (Reason.REFUSED_ADDRESS, 1), (Reason.HTTP_ERROR, 1)]
    assert len(runs.paths) == 3


def test_a_broken_connection_is(runs: Runs) -> None:
    answers = [web.Answer(raw=b""), web.Answer(body="words")]
    runs.site.routes["/"] = lambda request: answers.pop(0)
    assert [(one.error, one.tries) for one in runs(runs.site.url())] == [(None, 2)]


# for which addresses


def test_one_address_on_a_server_of_ones_own(runs: Runs) -> None:
    runs.site.routes |= {"/twitter": web.Answer(status=429, headers={"Retry-After": "900"}), "/other": web.Answer(body="words")}
    got = runs(*(runs.site.url(path) for path in ("/twitter", "/other", "/twitter")))
    assert [one.error for one in got] == [THROTTLED, None, THROTTLED] and runs.paths == ["/twitter", "/other"]


def test_the_host_elsewhere(public: Runs) -> None:
    public.site.routes |= {"/a": web.Answer(status=429, headers={"Retry-After": "900"}), "*": web.Answer(body="words")}
    got = public("http://one.example/a", "http://one.example/b", "https://one.example/c", "http://two.example/b", "http://www.one.example/b")
    assert [one.error for one in got] == [THROTTLED, THROTTLED, THROTTLED, None, None]
    assert public.paths == ["/a", "/b", "/b"]
    assert public("http://one.example/b")[0].error == THROTTLED, "the next run remembers"


def test_all_names_of_a_platform(public: Runs) -> None:
    public.site.routes |= {"/a": web.Answer(status=429, headers={"Retry-After": "900"}), "*": web.Answer(body="words")}
    names = ["http://one.tumblr.com/a", "http://two.tumblr.com/b", "http://tumblr.com/", "http://nottumblr.com/x", "http://tumblr.com.example/y"]
    assert [one.error for one in public(*names)] == [THROTTLED, THROTTLED, THROTTLED, None, None]
    assert public.paths == ["/a", "/x", "/y"]
    assert public(names[1])[0].error == THROTTLED, "the next run remembers"
    public.clock.ahead = 1000
    assert public(names[1], names[2])[1].error is None
    public.site.routes["/a"] = web.Answer(status=429)
    assert left(public(names[0])[0], public) <= 90, "the success of one name ended the back-off of all"


def test_a_redirect_into_a_throttled_host(public: Runs) -> None:
    public.site.routes |= {"/a": web.Answer(status=429, headers={"Retry-After": "900"}), "/r": web.redirect("http://one.example/b")}
    public("http://one.example/a")
    got = public("http://two.example/r")[0]
    assert (got.error, got.status, got.final_url) == (THROTTLED, None, "http://one.example/b") and public.paths == ["/a", "/r"]


def test_two_hundred_targets_of_a_throttled_host_end_at_once(public: Runs) -> None:
    public.site.routes["*"] = web.Answer(status=429, headers={"Retry-After": "900"})
    begun = time.monotonic()
    got = public(*(f"http://one.example/{n}" for n in range(200)), at_once=True, delay=1.0)
    assert [one.error for one in got] == [THROTTLED] * 200 and len(public.paths) == 1
    assert time.monotonic() - begun < 20, "nobody waited for the delay"


def test_a_throttled_host_beside_quick_ones(tmp_path: Path) -> None:
    waits = [web.Answer(status=429, headers={"Retry-After": "2"}), *[web.Answer(body="x")] * 10]

    async def run(slow: web.Site, quick: web.Site) -> tuple[float, list[Fetched]]:
        async with Fetcher(HostTurns(tmp_path / "locks", at_once=1)) as fetcher:
            def one(site: web.Site, path: str) -> asyncio.Task[Fetched]:
                options = FetchOptions(source_url=site.url(), allow_private=True, delay=0, robots=False)
                return asyncio.create_task(fetcher.fetch(Target(site.url(path)), options))

            waiting = [one(slow, "/a")]
            while not slow.requests:  # noqa: ASYNC110 - the server is a thread
                await asyncio.sleep(0.01)
            waiting += [one(slow, "/a") for _ in range(3)]
            begun = time.monotonic()
            done = await asyncio.gather(*(one(quick, f"/{n}") for n in range(50)))
            took = time.monotonic() - begun
            assert not any(task.done() for task in waiting)
            return took, [*done, *await asyncio.gather(*waiting)]

    with web.serve({"/a": lambda request: waits.pop(0)}) as slow, web.serve({"*": "x"}, address="127.0.0.2") as quick:
        took, got = asyncio.run(run(slow, quick))
    assert took < 2 and all(one.error is None for one in got), "one slot for all, and the waiting ones do not hold it"
    assert [one.tries for one in got[50:]] == [2, 1, 1, 1], "only the one that was refused has used a try"


def test_a_platforms_file_that_a_stopped_process_keeps(public: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "STUCK", -1.0)
    public.site.routes["*"] = web.Answer(status=429, headers={"Retry-After": "900"})
    file = HostTurns(public.home / "locks" / "hosts").path("platform tumblr.com")
    file.parent.mkdir(parents=True)
    with file.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        got = public("http://one.tumblr.com/a")[0]
    assert got.error == THROTTLED and 880 < left(got, public) <= 900


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    status=st.sampled_from([403, 429, 503]),
    headers=st.lists(st.tuples(
        st.sampled_from(["Retry-After", "Date"]), st.text(string.printable, max_size=30) | st.sampled_from(["0", "5", "-1", "1e3", "Thu, 29 Feb 2024 12:00:00 GMT"])
    ), max_size=3),
)  # fmt: skip
def test_no_answer_raises(runs: Runs, monkeypatch: pytest.MonkeyPatch, status: int, headers: list[tuple[str, str]]) -> None:
    monkeypatch.setattr(client, "Way", partial(WAY, patience=-1.0))  # nothing is waited out
    head = "".join(f"{name}: {value.splitlines()[0] if value.splitlines() else ''}\r\n" for name, value in headers)
    runs.site.routes["/"] = web.Answer(raw=f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\n{head}\r\n".encode("latin-1"))
    got = runs(runs.site.url(), impatient=True, timeout=5.0)[0]
    assert got.error is not None and got.detail is not None and got.detail.isprintable()
    assert got.retry_at is None or -5 <= left(got, runs) <= backoff.CAP + 1


# the file


def test_the_file_keeps_few_refusals_and_no_addresses() -> None:
    state = State("h:80")
    for n in range(500):
        state.refuse(f"http://h/{n}?token=secret", float(n), 0.0)
    assert len(state.line()) < 8000 and b"secret" not in state.line()
    assert State.of("h:80", state.line(), 0.0).until("http://h/499?token=secret", 0.0) == 499


def test_a_clock_set_back_does_not_make_years_of_it() -> None:
    state = State("h:80")
    until = state.refuse("", 86400.0, 1e9)
    assert state.until("", 1e9) == until and state.until("", 1e9 - 10 * 86400) == 0


@settings(max_examples=200)
@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode) | st.sampled_from([
    b"[]", b"{}", b"null", b'{"refusals": 3}', b'{"refusals": {"": 1}}', b'{"refusals": {"": [1e999, 1]}}', b'{"since": NaN}', b'{"delay": "x"}',
    b'{"pid": 1e400}', b"[" * 9000, b'{"refusals": {"": ["a", "b"]}}', b'{"ended": true}', b'{"pid": null}', b'{"refusals": {"": [1, 1e999]}}',
]))  # fmt: skip
def test_a_damaged_file_is_a_host_asked_just_now(line: bytes) -> None:
    state = State.of("h:80", line, 123.0)
    assert state.refusals == {} or isinstance(state.until("", 0.0), float)
    assert State.of("h:80", state.line(), 0.0).key == "h:80"


def test_retry_at_is_utc(runs: Runs) -> None:
    runs.site.routes["/"] = web.Answer(status=429, headers={"Retry-After": "600"})
    retry_at = runs(runs.site.url())[0].retry_at
    assert retry_at is not None and abs(retry_at - datetime.now(UTC) - timedelta(seconds=600)) < timedelta(seconds=30)
