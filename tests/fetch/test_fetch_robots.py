"""robots.txt: what it says (RFC 9309), what its absence says, and how often it is asked for."""

import asyncio
import gzip
import json
import os
import time
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from public import Runs

import web
from postetl.errors import Reason
from postetl.fetch import Fetcher, FetchOptions, HostTurns
from postetl.fetch.robots import MAX_BYTES, Robots, Rules, for_us
from postetl.model import ROBOTS, Fetched, Target

DAY = 24 * 3600
FORBIDDEN = Reason.REFUSED_ROBOTS
NONE = "User-agent: *\nDisallow: /\n"


def allowed(text: str, *paths: str) -> list[bool]:
    rules = Rules.read("http://h/robots.txt", text)
    return [rules.refuses(path) is None for path in paths]


# what it says

RFC_5_1 = """User-Agent: *
Disallow: *.gif$
Disallow: /example/
Allow: /publications/

User-Agent: foobot
Disallow:/
Allow:/example/page.html
Allow:/example/allowed.gif

User-Agent: barbot
User-Agent: bazbot
Disallow: /example/page.html

User-Agent: quxbot
"""

SAYS: dict[str, tuple[str, dict[str, bool]]] = {
    "RFC 9309 5.1, as anybody": (RFC_5_1, {"/a.gif": False, "/a.gif?x": True, "/example/page.html": False, "/publications/": True, "/": True}),
    "5.1, as foobot": (RFC_5_1.replace("foobot", "PostETL"), {"/": False, "/example/page.html": True, "/example/allowed.gif": True, "/example/": False}),
    "5.1, as bazbot": (RFC_5_1.replace("bazbot", "postetl"), {"/example/page.html": False, "/example/": True, "/a.gif": True}),
    "5.1, as quxbot, who has no rules": (RFC_5_1.replace("quxbot", "postetl"), {"/": True, "/a.gif": True, "/example/": True}),
    "RFC 9309 5.2, the longest match": (
        "User-Agent: postetl\nAllow: /example/page/\nDisallow: /example/page/disallowed.gif\n",
        {"/example/page/": True, "/example/page/disallowed.gif": False},
    ),
    "2.2.2, Allow wins a tie": ("User-agent: *\nDisallow: /a\nAllow: /a\n", {"/a": True}),
    "2.2.1, groups of one name are one": ("User-agent: postetl\nDisallow: /a\nUser-agent: x\nDisallow: /\nUser-agent: POSTETL\nDisallow: /b\n", {"/a": False, "/b": False, "/c": True}),
    "2.2.1, ours, so not everybody's": ("User-agent: *\nDisallow: /\nUser-agent: postetl\nDisallow: /x\n", {"/": True, "/x": False}),
    "2.2.1, a version is no part of the name": ("User-agent: postetl/0.1 (+x)\nDisallow: /\n", {"/": False}),
    "a name that ours begins with is another's": ("User-agent: post\nUser-agent: postetl-images\nUser-agent: etl\nDisallow: /\n", {"/": True}),
    "2.2.4, other records end no group": ("User-agent: postetl\nSitemap: http://h/s.xml\nFoo: bar\nUser-agent: x\nDisallow: /\n", {"/": False}),
    "the end of the path": ("User-agent: *\nDisallow: /a$\nDisallow: /*.php$\n", {"/a": False, "/ab": True, "/a?b": True, "/x/y.php": False, "/y.php?z": True}),
    "wildcards": ("User-agent: *\nDisallow: /*/private/*.html\nDisallow: /*?replytocom\n", {"/x/private/y.html": False, "/private/y.html": True, "/p?replytocom=3": False}),
    "an empty Disallow": ("User-agent: *\nDisallow:\n", {"/": True}),
    "rules before any agent": ("Disallow: /\nUser-agent: x\nDisallow: /\n", {"/": True}),
    "comments, case and blanks": ("#\n \tUSER-AGENT :\t* # all\n\n  DISALLOW :/a # b\n", {"/a": False, "/b": True}),
    "a BOM": ("\ufeffUser-agent: *\nDisallow: /\n", {"/": False}),
    "CRLF": (NONE.replace("\n", "\r\n"), {"/": False}),
    "CR": (NONE.replace("\n", "\r"), {"/": False}),
    "no line end": (NONE.strip(), {"/": False}),
    "percent-encoding, 2.2.2": (
        "User-agent: *\nDisallow: /foo/bar/%62%61%7A\nDisallow: /t/ツ\nDisallow: /u/%E3%83%84\nDisallow: /a%3cd.html\n",
        {"/foo/bar/baz": False, "/t/%E3%83%84": False, "/u/%e3%83%84": False, "/a%3Cd.html": False, "/a/d.html": True},
    ),
    "an escaped slash is no slash": ("User-agent: *\nDisallow: /a%2Fb\n", {"/a%2fb": False, "/a/b": True}),
    "a query": ("User-agent: *\nDisallow: /p?x=1\n", {"/p?x=1&y": False, "/p": True}),
    "HTML instead": ("<!doctype html><html><body>User-agent of *\nDisallow / nothing</body></html>", {"/": True}),
    "its own address": (NONE, {"/robots.txt": True}),
    "NUL and junk": ("\0\0\ufffd\nUser-agent: *\n\0Disallow: /x\nDisallow: /y\n", {"/y": False}),
    "crawl-delay closes the names": ("User-agent: postetl\nCrawl-delay: 9\nUser-agent: *\nDisallow: /\n", {"/": True}),
}  # fmt: skip


@pytest.mark.parametrize("name", SAYS)
def test_what_it_says(name: str) -> None:
    text, paths = SAYS[name]
    text = text.encode().decode("utf-8-sig")
    assert dict(zip(paths, allowed(text, *paths), strict=True)) == paths


def test_the_refusal_names_the_file_and_the_rule() -> None:
    rules = Rules.read("http://h/robots.txt", "User-agent: *\nDisallow: /a\nDisallow: /a/b\nDisallow: /c\n")
    refused = rules.refuses("/a/b/c")
    assert refused is not None and refused[0] == FORBIDDEN and "http://h/robots.txt" in refused[1] and "Disallow: /a/b;" in refused[1]


@pytest.mark.parametrize(("value", "delay"), [("3", 3), ("0.5", 0.5), ("86400", 86400), ("-1", 0), ("x", 0), ("1e999", 0), ("nan", 0)])
def test_crawl_delay(value: str, delay: float) -> None:
    assert Rules.read("w", f"User-agent: *\nCrawl-delay: {value}\n").crawl_delay == delay


@settings(max_examples=300)
@given(st.binary(max_size=300) | st.lists(st.tuples(
    st.sampled_from(["User-agent", "Disallow", "Allow", "Crawl-delay", "Sitemap", "Request-rate", "Visit-time", "Host", "", "dissalow", "user agent"]),
    st.sampled_from([":", " ", " : ", ""]),
    st.sampled_from(["*", "postetl", "/", "/*$", "$", "%", "%zz", "//[", "1/3", "http://[x", "/a*b*c"]) | st.text(max_size=20),
), max_size=12).map(lambda lines: "\n".join(map("".join, lines)).encode("utf-8", "surrogatepass")), st.sampled_from(["/", "//x", "//[", "/%", "/?", "/a*b$", "/%ff"]))  # fmt: skip
def test_no_body_raises(body: bytes, path: str) -> None:
    rules = Rules.read("w", body.decode("utf-8-sig", "replace"))
    refused = rules.refuses(path)
    assert refused is None or (refused[0] == FORBIDDEN and rules.lines)
    assert 0 <= rules.crawl_delay < float("inf")


def test_a_file_made_to_take_for_ever() -> None:
    agents = "".join(f"User-agent: a{n}\n" for n in range(15_000))
    rules = "".join(f"Disallow: /{n}\n" for n in range(15_000))
    begun = time.process_time()
    assert for_us(agents + rules) == ()
    assert allowed("User-agent: *\nDisallow: /" + "*a" * 100_000 + "b\n", "/" + "a" * 8000) == [True]
    assert time.process_time() - begun < 10


# what its answer says


@pytest.mark.parametrize(
    ("answer", "ends"),
    [
        (web.Answer(body="User-agent: *\nDisallow: /x\n"), None), (web.Answer(body=NONE), FORBIDDEN), (web.Answer(body=b""), None),
        (web.Answer(status=204), None), (web.Answer(status=401), None), (web.Answer(status=403), None), (web.Answer(status=404), None),
        (web.Answer(status=410), None), (web.Answer(status=451), None), (web.Answer(status=418), None),
        (web.Answer(status=500), FORBIDDEN), (web.Answer(status=502), FORBIDDEN), (web.Answer(status=503), FORBIDDEN), (web.Answer(status=599), FORBIDDEN),
        (web.Answer(status=429), Reason.THROTTLED), (web.Answer(status=429, headers={"Retry-After": "900"}), Reason.THROTTLED),
        (web.Answer(status=503, headers={"Retry-After": "900"}), Reason.THROTTLED), (web.Answer(status=403, headers={"Retry-After": "900"}), Reason.THROTTLED),
        (web.redirect("/robots.txt"), None), (web.redirect("ftp://h/robots.txt"), None), (web.redirect("http://10.0.0.1/robots.txt"), None),
        (web.Answer(body="x", headers={"Content-Encoding": "gzip"}), FORBIDDEN), (web.Answer(body="x", delay=20), Reason.TIMED_OUT),
        (web.Answer(raw=b""), Reason.PROTOCOL_ERROR), (web.Answer(raw=b"hello"), Reason.PROTOCOL_ERROR), (web.Answer(body=NONE, cut=3), FORBIDDEN),
        (web.Answer(body="<html>User-agent: *</html>"), None), (web.Answer(body=b"\xff\xfeU\0s\0e\0r\0"), None),
    ],
)  # fmt: skip
def test_what_its_answer_says(runs: Runs, answer: web.Answer, ends: Reason | None) -> None:
    runs.site.routes |= {"/robots.txt": answer, "/page": web.Answer(body="words")}
    got = runs(runs.site.url("/page"), robots=True, timeout=1.5)[0]
    assert got.error == ends, got.detail
    assert ("/page" in runs.paths) is (ends is None)
    if ends is not None:
        assert got.status is None and got.detail and got.detail.isprintable()
        assert got.tries == 1 and len(got.before) == 1
    if ends == Reason.THROTTLED:
        assert got.retry_at is not None and got.retry_at == got.before[0].retry_at


def test_five_redirects_and_not_six(runs: Runs) -> None:
    runs.site.routes |= {"/robots.txt": web.redirect("/1"), "/5": web.Answer(body=NONE), "/6": web.Answer(body=NONE), "/page": web.Answer(body="x")}
    runs.site.routes |= {f"/{n}": web.redirect(f"/{n + 1}") for n in range(1, 5)}
    assert runs(runs.site.url("/page"), robots=True)[0].error == FORBIDDEN
    runs.clock.ahead = 2 * DAY
    runs.site.routes["/5"] = web.redirect("/6")
    assert runs(runs.site.url("/page"), robots=True)[0].error is None


def endless() -> Iterator[bytes]:
    yield from (b"x" * 65536 for _ in range(10_000))


LONG: dict[str, Callable[[bytes], web.Answer]] = {
    "a little": lambda text: web.Answer(body=text + b"Disallow: /late\n" * 1000),
    "much": lambda text: web.Answer(body=text + b"Disallow: /late\n" * 1_000_000),
    "packed": lambda text: web.Answer(body=gzip.compress(text + b"Disallow: /late\n" * 1_000_000), headers={"Content-Encoding": "gzip"}),
    "without an end": lambda text: web.Answer(body=chain([text], endless())),
}


@pytest.mark.parametrize("how", LONG)
def test_a_long_one_is_cut_not_refused(runs: Runs, how: str) -> None:
    filler = "# filler\n" * ((MAX_BYTES - 30) // 9)
    runs.site.routes |= {"/robots.txt": LONG[how](f"User-agent: *\nDisallow: /early\n{filler}".encode()), "*": web.Answer(body="x")}
    got = runs(runs.site.url("/early"), runs.site.url("/later"), robots=True, max_body=4096)
    assert [one.error for one in got] == [FORBIDDEN, None]
    files = list((runs.home / "locks" / "robots").iterdir())
    assert len(files) == 1 and files[0].stat().st_size <= MAX_BYTES + 300


def test_nobody_there_is_said_as_it_is(runs: Runs, tmp_path: Path) -> None:
    with web.dead_port() as port:
        url = f"http://127.0.0.1:{port}/page"
        got = runs(url, source_url=url, robots=True)[0]
    assert (got.error, got.status) == (Reason.CONNECT_FAILED, None)


def test_a_forbidden_address_is_the_targets_own_end(public: Runs) -> None:
    got = public("http://127.0.0.1/page", robots=True)[0]
    assert got.error == Reason.REFUSED_ADDRESS and "allow_private" in (got.detail or "")


# who asks, when and how often


def test_it_comes_back_before_the_first_target(runs: Runs) -> None:
    runs.site.routes |= {"/robots.txt": web.Answer(body="User-agent: *\n"), "*": web.Answer(body="x")}
    first, second = runs(runs.site.url("/a"), runs.site.url("/b"), robots=True)
    (robots,) = first.before
    assert (robots.target, robots.status, robots.body, robots.error) == (Target(runs.site.url("/robots.txt"), "src", ROBOTS, 0), 200, b"User-agent: *\n", None)
    assert second.before == () and runs.paths == ["/robots.txt", "/a", "/b"]
    assert runs(runs.site.url("/a"), robots=True)[0].before == (), "the next run finds it in the file"
    sent = runs.site.requests[0].headers
    assert sent["user-agent"].startswith("postetl/") and "if-none-match" not in sent


def test_not_asked_when_not_obeyed(runs: Runs) -> None:
    runs.site.routes |= {"/robots.txt": web.Answer(body=NONE), "*": web.Answer(body="x")}
    assert runs(runs.site.url("/a"), robots=False)[0].error is None and runs.paths == ["/a"]


def test_insisting_is_no_reason_to_pass_it_by(runs: Runs) -> None:
    runs.site.routes |= {"/robots.txt": web.Answer(body=NONE), "*": web.Answer(body="x")}
    assert runs(runs.site.url("/a"), robots=True, impatient=True)[0].error == FORBIDDEN


def test_targets_that_come_at_once_ask_once(runs: Runs) -> None:
    runs.site.routes |= {"/robots.txt": web.Answer(body=NONE, delay=0.2), "*": web.Answer(body="x")}
    got = runs(*(runs.site.url(f"/{n}") for n in range(20)), at_once=True, robots=True)
    assert [one.error for one in got] == [FORBIDDEN] * 20
    assert runs.paths == ["/robots.txt"] and sum(len(one.before) for one in got) == 1


def test_an_unreachable_one_is_not_asked_for_each_target(runs: Runs) -> None:
    runs.site.routes |= {"/robots.txt": web.Answer(status=500), "*": web.Answer(body="x")}
    assert {one.error for one in runs(*(runs.site.url(f"/{n}") for n in range(9)), robots=True)} == {FORBIDDEN} and len(runs.paths) == 1
    runs.site.routes["/robots.txt"] = web.Answer(status=404)
    assert runs(runs.site.url("/a"), robots=True)[0].error is None, "the next run asks anew"


def test_who_asked_is_cancelled_and_the_others_go_on(runs: Runs) -> None:
    runs.site.routes |= {"/robots.txt": web.Answer(body="User-agent: *\n", delay=0.3), "*": web.Answer(body="x")}
    options = FetchOptions(source_url=runs.site.url(), allow_private=True, delay=0)

    async def run() -> list[Fetched]:
        async with Fetcher(HostTurns(runs.home / "locks" / "hosts")) as fetcher:
            tasks = [asyncio.create_task(fetcher.fetch(Target(runs.site.url(f"/{n}")), options)) for n in range(3)]
            await asyncio.sleep(0.1)
            tasks[0].cancel()
            got = await asyncio.gather(*tasks[1:])
            assert not fetcher._robots._asking and not fetcher._turns._queues
            return got

    assert [one.error for one in asyncio.run(run())] == [None, None]


def test_each_hop_of_a_redirect_is_checked_at_its_own_origin(public: Runs) -> None:
    def robots(request: web.Request) -> web.Answer:
        return web.Answer(body=NONE if request.headers["host"] == "two.example" else "")

    public.site.routes |= {"/robots.txt": robots, "/r": web.redirect("http://two.example/page"), "*": web.Answer(body="x")}
    got = public("http://one.example/r", robots=True)[0]
    assert (got.error, got.final_url, got.status) == (FORBIDDEN, "http://two.example/page", None)
    assert [one.target.url for one in got.before] == ["http://one.example/robots.txt", "http://two.example/robots.txt"]
    assert public.paths == ["/robots.txt", "/r", "/robots.txt"]
    assert "http://two.example/robots.txt" in (got.detail or "")


def test_scheme_and_port_make_an_origin_and_names_one_host(public: Runs) -> None:
    public.site.routes |= {"/robots.txt": web.Answer(status=404), "*": web.Answer(body="x")}
    public("http://one.example/a", "http://ONE.example:80/b", "http://one.example:8080/c", robots=True)
    assert public.paths == ["/robots.txt", "/a", "/b", "/robots.txt", "/c"]


# how long it is kept


@pytest.mark.parametrize(
    ("headers", "kept"), [({}, DAY), ({"Cache-Control": "max-age=60"}, 3600), ({"Cache-Control": "public, max-age=7200"}, 7200), ({"Cache-Control": "max-age=99999999"}, DAY), ({"Cache-Control": "no-cache"}, 3600)]
)  # fmt: skip
@pytest.mark.parametrize("status", [200, 404])
def test_a_day_or_what_cache_control_says_but_an_hour(tmp_path: Path, headers: dict[str, str], kept: float, status: int) -> None:
    now, asked = [1e9], []

    async def ask(where: str) -> Fetched:
        from datetime import UTC, datetime

        asked.append(where)
        given = tuple((name.lower(), value) for name, value in headers.items())
        return Fetched(Target(where), where, datetime.now(UTC), 1, status, NONE.encode(), headers=given, error=None if status == 200 else Reason.NOT_FOUND)

    async def run() -> None:
        one = Robots(tmp_path, clock=lambda: now[0])
        for at, times in ((0.0, 1), (kept - 1, 1), (kept + 1, 2)):
            now[0] = 1e9 + at
            for robots in (one, Robots(tmp_path, clock=lambda: now[0])):
                rules = await robots.rules("http://h", ask)
                assert (rules.refuses("/x") is None) is (status == 404)
                assert len(asked) == times

    asyncio.run(run())


def test_an_earlier_copy_counts_for_thirty_days_and_then_nothing_does(runs: Runs) -> None:
    runs.site.routes |= {"/robots.txt": web.Answer(body="User-agent: *\nDisallow: /secret\n"), "*": web.Answer(body="x")}
    urls = runs.site.url("/secret"), runs.site.url("/page")

    def ends() -> list[Reason | None]:
        return [one.error for one in runs(*urls, robots=True)]

    assert ends() == [FORBIDDEN, None]
    runs.site.routes["/robots.txt"] = web.Answer(status=500)
    runs.clock.ahead = 2 * DAY
    assert ends() == [FORBIDDEN, None], "the earlier one"
    runs.clock.ahead = 31 * DAY
    assert ends() == [FORBIDDEN, FORBIDDEN], "too old by now"
    runs.clock.ahead = 33 * DAY
    assert ends() == [None, None], "thirty days of failures: as if there were none"
    runs.site.routes["/robots.txt"] = web.Answer(body=NONE)
    runs.clock.ahead = 34 * DAY
    assert ends() == [FORBIDDEN, FORBIDDEN]


def test_a_clock_set_back_does_not_keep_it_for_years(runs: Runs) -> None:
    runs.site.routes |= {"/robots.txt": web.Answer(body=NONE), "*": web.Answer(body="x")}
    runs.clock.ahead = 400 * DAY
    runs(runs.site.url("/a"), robots=True)
    runs.clock.ahead = 0
    runs.site.routes["/robots.txt"] = web.Answer(status=404)
    assert runs(runs.site.url("/a"), robots=True)[0].error is None


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda data: b"", "cut": lambda data: data[:-5], "no line": lambda data: data.replace(b"\n", b" "), "junk": lambda data: os.urandom(300),
    "another's": lambda data: data.replace(b"127.0.0.1", b"127.0.0.2"), "a list": lambda data: b"[1]\n", "deep": lambda data: b"[" * 9000,
    "not finite": lambda data: data.replace(b'"status": 200', b'"status": 1e999'), "no time": lambda data: data.replace(b"fresh_until", b"fresh"),
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_file_is_not_there(runs: Runs, name: str) -> None:
    runs.site.routes |= {"/robots.txt": web.Answer(body="User-agent: *\n"), "*": web.Answer(body="x")}
    runs(runs.site.url("/a"), robots=True)
    (file,) = (runs.home / "locks" / "robots").iterdir()
    file.write_bytes(DAMAGE[name](file.read_bytes()))
    runs.site.routes["/robots.txt"] = web.Answer(body=NONE)
    assert runs(runs.site.url("/a"), robots=True)[0].error == FORBIDDEN
    head, _, body = file.read_bytes().partition(b"\n")
    assert json.loads(head)["bytes"] == len(body) == len(NONE) and [path.suffix for path in file.parent.iterdir()] == [".robots"]


def test_a_folder_that_cannot_be_written_costs_a_request_no_more(runs: Runs) -> None:
    (runs.home / "locks").mkdir(parents=True)
    (runs.home / "locks" / "robots").write_text("a file")
    runs.site.routes |= {"/robots.txt": web.Answer(body=NONE), "*": web.Answer(body="x")}
    for _ in range(2):
        assert runs(runs.site.url("/a"), runs.site.url("/b"), robots=True)[1].error == FORBIDDEN
    assert runs.paths == ["/robots.txt"] * 2


def test_old_files_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from postetl.fetch import robots as module

    monkeypatch.setattr(module, "MAX_FILES", 5)
    for n in range(9):
        (tmp_path / f"{n}.robots").write_text("x")
        os.utime(tmp_path / f"{n}.robots", (time.time() - (100 * DAY if n == 8 else n),) * 2)

    async def ask(where: str) -> Fetched:
        from datetime import UTC, datetime

        return Fetched(Target(where), where, datetime.now(UTC), 1, 404, error=Reason.NOT_FOUND)

    asyncio.run(Robots(tmp_path).rules("http://h", ask))
    left = {path.name for path in tmp_path.iterdir()}
    assert len(left) == 5 and "0.robots" in left and "8.robots" not in left


def test_thousands_of_origins_stay_within_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from postetl.fetch import robots as module

    monkeypatch.setattr(module, "KEPT", (50, 4000))

    async def ask(where: str) -> Fetched:
        from datetime import UTC, datetime

        size = 2000 if "big" in where else 10
        return Fetched(Target(where), where, datetime.now(UTC), 1, 200, f"User-agent: *\nDisallow: /{'x' * size}\n".encode())

    async def run() -> None:
        robots = Robots(tmp_path)
        for n in range(300):
            await robots.rules(f"http://h{n}", ask)
        assert len(robots._kept) == 50
        for n in range(5):
            await robots.rules(f"http://big{n}", ask)
        assert robots._characters <= 4000 and robots._characters == sum(size for _, _, size in robots._kept.values())

    asyncio.run(run())


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=80) | st.sampled_from([b"User-agent: *\nDisallow: /\xff\n", b"User-agent: *\nCrawl-delay: 0\nDisallow: /%"]), status=st.sampled_from([200, 203, 206, 404, 999, 600]))
def test_no_answer_raises(runs: Runs, body: bytes, status: int) -> None:
    runs.site.routes |= {"/robots.txt": web.Answer(body=body, status=status), "*": web.Answer(body="x")}
    runs.clock.ahead += 2 * DAY
    got = runs(runs.site.url("/a"), robots=True, timeout=3.0)[0]
    assert got.error is None or got.detail
