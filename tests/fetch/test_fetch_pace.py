"""The delay between two requests to one host: it adapts, is shared, and reaches nobody faster than it may."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from public import Clock, Runs

import web
from postetl.errors import Reason, UsageError
from postetl.fetch import FetchOptions, HostTurns, client
from postetl.fetch.lease import State
from postetl.settings import MIN_DELAY, Settings, parse


def learnt(runs: Runs, key: str) -> float:
    return float(json.loads(HostTurns(runs.home / "locks" / "hosts").path(key).read_text())["delay"])


def gaps(site: web.Site) -> list[float]:
    return [later.at - earlier.at for earlier, later in pairwise(site.requests)]


@given(st.lists(st.tuples(st.floats(0, 100), st.booleans()), max_size=30), st.floats(0.1, 60))
def test_what_a_host_teaches(answers: list[tuple[float, bool]], floor: float) -> None:
    state = State("h:80")
    for latency, good in answers:
        before = max(state.delay, floor)
        state.learn(latency, floor, 5.0, good=good)
        assert floor <= state.delay <= max(floor, 5.0, before)
        assert good or state.delay >= min(before, max(floor, 5.0))


def test_half_way_to_the_latency_and_back() -> None:
    state = State("h:80")
    for latency, good, delay in [(3.0, True, 2.0), (4.0, True, 3.0), (0.0, False, 3.0), (60.0, False, 5.0), (0.2, True, 2.6), (0.0, True, 1.3), (0.0, True, 1.0)]:
        state.learn(latency, 1.0, 5.0, good=good)
        assert state.delay == pytest.approx(delay)


def test_a_slow_host_is_asked_less_often(runs: Runs) -> None:
    runs.site.routes |= {"/slow": web.Answer(body="x", delay=0.9), "/quick": web.Answer(body="x"), "/gone": web.Answer(status=404)}
    key, url = f"127.0.0.1:{runs.site.port}", runs.site.url
    runs(url("/slow"), delay=0.1)
    raised = learnt(runs, key)
    assert 0.45 <= raised < 2
    runs(url("/gone"), delay=0.1)
    assert learnt(runs, key) == pytest.approx(raised, abs=0.01), "an error page is quick, and no sign of rest"
    assert gaps(runs.site)[-1] >= 0.9 + raised * 0.8 - 0.02, "and another run keeps it"
    runs(url("/quick"), delay=0.1)
    assert learnt(runs, key) < raised


def test_a_request_that_timed_out_raises_it_to_five_seconds_at_most(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    runs.site.routes["*"] = web.Answer(body="x", delay=20)
    monkeypatch.setattr(client, "MAX_ADAPTED", 0.5)  # five seconds, in a tenth of the time
    got = runs(runs.site.url("/a"), delay=0.1, timeout=1.5)[0]
    assert got.error == Reason.TIMED_OUT and learnt(runs, f"127.0.0.1:{runs.site.port}") == 0.5


def test_without_a_delay_nothing_adapts(runs: Runs) -> None:
    runs.site.routes["*"] = web.Answer(body="x", delay=0.3)
    runs(runs.site.url("/a"), runs.site.url("/b"))
    assert learnt(runs, f"127.0.0.1:{runs.site.port}") == 0
    assert max(gaps(runs.site)) < 0.9


def test_a_site_elsewhere_is_never_asked_faster_than_the_floor(public: Runs) -> None:
    """Also from a source of one's own, whose delay = 0 is for that source's server alone."""
    public.site.routes["*"] = web.Answer(body="x")
    urls = [f"http://one.example/{n}" for n in range(4)]
    got = public(*urls, delay=0.0, allow_private=True, source_url="http://127.0.0.1:1/")
    assert all(one.error is None for one in got)
    assert min(gaps(public.site)) >= MIN_DELAY * 0.8


def test_all_ports_of_a_host_elsewhere_are_one_host(public: Runs) -> None:
    public.site.routes["*"] = web.Answer(body="x")
    public("http://one.example/a", "http://one.example:8080/b", delay=0.5)
    assert gaps(public.site)[0] >= 0.4


def test_crawl_delay_is_kept_and_capped(tmp_path: Path) -> None:
    clock = Clock()

    async def run() -> tuple[float, float]:
        turns = HostTurns(tmp_path, clock=clock)

        async def turn(crawl_delay: float) -> float:
            begun = time.monotonic()
            async with turns.turn("h", delay=0.1, crawl_delay=crawl_delay):
                return time.monotonic() - begun

        await turn(0.0)
        short = await turn(0.5)
        clock.ahead += 59.5
        return short, await asyncio.wait_for(turn(86400.0), 20)

    short, capped = asyncio.run(run())
    assert 0.48 <= short < 5 and capped >= 0.4


PROCESS = """
import asyncio, sys, pathlib
from postetl.fetch import Fetcher, FetchOptions, HostTurns
from postetl.model import Target
async def main():
    async with Fetcher(HostTurns(pathlib.Path(sys.argv[1]))) as fetcher:
        options = FetchOptions(source_url=sys.argv[2], allow_private=True, delay=0.1)
        for n in range(6):
            got = await fetcher.fetch(Target(sys.argv[2] + str(n)), options)
            assert got.error is None, got
asyncio.run(main())
"""


@pytest.mark.slow
def test_two_processes_share_one_delay_and_one_robots_txt(tmp_path: Path, site: web.Site) -> None:
    running = most = 0

    def page(request: web.Request) -> web.Answer:
        nonlocal running, most
        running += 1
        most = max(most, running)
        time.sleep(0.05)
        running -= 1
        return web.Answer(body="x")

    site.routes |= {"*": page, "/robots.txt": web.Answer(body="User-agent: *\nCrawl-delay: 0.3\n")}
    command = [sys.executable, "-c", PROCESS, str(tmp_path / "locks" / "hosts"), site.url()]
    first = [subprocess.Popen(command) for _ in range(2)]
    assert [process.wait(60) for process in first] == [0, 0]
    assert most == 1 and site.hits("/robots.txt") <= 2, "they may both ask before the first answer is there"
    assert min(later.at - earlier.at for earlier, later in pairwise(r for r in site.requests if r.path != "/robots.txt")) >= 0.29
    asked = site.hits("/robots.txt")
    subprocess.run(command, check=True, timeout=60)
    assert site.hits("/robots.txt") == asked, "the third finds it in the file"


def test_few_files_stay_open_and_close_gives_them_back(tmp_path: Path) -> None:
    def descriptors() -> int:
        return len(list(Path("/dev/fd").iterdir()))

    async def run() -> list[int]:
        turns, before = HostTurns(tmp_path, keep=8), descriptors()
        for n in range(100):
            async with turns.turn(f"h{n}:80"):
                pass
        most = descriptors() - before
        async with turns.turn("h99:80"):
            turns.close()
        left = descriptors() - before
        turns.close()
        return [most, left, descriptors() - before]

    assert asyncio.run(run()) == [8, 1, 0]


# settings

OWN = '[[source]]\nid = "own"\nurl = "http://127.0.0.1:1/"\nallow_private = true\n'
ELSE = '[[source]]\nid = "else"\nurl = "https://example.org/"\n'


def read(text: str) -> Settings:
    return parse(text, home=Path("/home/x/data"), name="sources.toml")


def test_a_default_delay_of_zero_is_for_ones_own_servers() -> None:
    own = read("[defaults]\ndelay = 0\n" + OWN + '[[source]]\nid = "files"\npath = "*.txt"\n' + ELSE + "delay = 2\n")
    assert [own.delay(source) for source in own.sources] == [0, MIN_DELAY, 2]
    with pytest.raises(UsageError, match=r"^sources\.toml:2: \[defaults\]: delay under 0\.1 s .*'else'.*allow_private"):
        read("[defaults]\ndelay = 0\n" + OWN + ELSE)


def test_a_later_file_may_mend_or_spoil_it(home: Path) -> None:
    from postetl import settings

    (home / "sources.toml").write_text("[defaults]\ndelay = 0.01\n" + ELSE)
    (home / "sources.local.toml").write_text("[defaults]\ndelay = 1\n")
    assert settings.load(home).defaults.delay == 1
    (home / "sources.local.toml").write_text("[defaults]\ntimeout = 1\n")
    with pytest.raises(UsageError, match=r"sources\.toml:2: .*'else'"):
        settings.load(home)


@pytest.mark.parametrize(
    ("text", "robots"), [("", True), ("robots = false\n", False)], ids=["unset", "false"]
)
def test_robots_is_obeyed_unless_a_source_says_otherwise(text: str, robots: bool) -> None:
    found = read(OWN + text)
    assert FetchOptions.of(found, found.sources[0]).robots is robots
    found = read("[defaults]\nrobots = false\n" + OWN + "robots = true\n" + ELSE)
    assert [found.robots(source) for source in found.sources] == [True, False]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: ELSE, True), (lambda: OWN, False), (lambda: '[[source]]\nid = "f"\npath = "*.txt"\n', False),
        (lambda: ELSE + "enabled = false\n", False), (lambda: '[defaults]\ncontact = "me@example.org"\n' + ELSE, False),
    ],
)  # fmt: skip
def test_without_a_contact_there_is_something_to_say(make: Callable[[], str], said: bool) -> None:
    words = read(make()).no_contact
    assert (words is not None) is said
    assert words is None or ("contact = " in words and "/home/x/data/sources.local.toml" in words and "POSTETL_CONTACT" in words)
