"""What must never hold us up or fill us up: slow and endless answers, too many connections; and the certificate."""

import asyncio
import contextlib
import gzip
import itertools
import socket
import ssl
import subprocess
import sys
import time
import zlib
from dataclasses import dataclass
from pathlib import Path

import brotli
import httpx
import pytest
from getting import Getter, Net

import web
from postetl.errors import Broken, Reason, Refused
from postetl.fetch import Fetcher, FetchOptions, HostTurns
from postetl.fetch.connection import Pace
from postetl.fetch.proxy import Proxies
from postetl.fetch.transport import GuardedTransport
from postetl.fetch.trip import LARGE
from postetl.model import Fetched, Target

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


def raw(*lines: str, body: bytes = b"") -> web.Answer:
    return web.Answer(raw="\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)


def test_one_byte_after_another_ends_at_the_deadline(get: Getter, site: web.Site) -> None:
    site.routes |= {
        "/head": web.Answer(raw=b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 999, drip=0.05), "/body": web.Answer(body=b"x" * 999, drip=0.05),
        "/late": web.Answer(body="x", delay=9), "/404": web.Answer(status=404, body=b"x" * 99, drip=0.05),
        "/continue": web.Answer(raw=b"HTTP/1.1 100 Continue\r\n\r\n" * 99, drip=0.05),
    }  # fmt: skip
    begun = time.monotonic()
    got = get.all([site.url(path) for path in ("/head", "/body", "/late", "/continue", "/404")], timeout=0.8)
    assert [one.error for one in got] == [*[Reason.TIMED_OUT] * 4, Reason.NOT_FOUND]
    assert {one.detail for one in got[:4]} == {"no complete answer within 0.8 s"}
    assert got[1].status == 200 and got[1].body == b"" and got[2].status is None
    assert time.monotonic() - begun < 6
    assert len(site.requests) == 5, "a deadline is not tried again"


def test_time_spent_is_shared_by_redirects(get: Getter, site: web.Site) -> None:
    site.routes |= {f"/{n}": web.Answer(status=302, headers={"Location": f"/{n + 1}"}, delay=0.3) for n in range(5)}
    got = get(site.url("/0"), timeout=0.75)
    assert (got.error, len(site.requests)) == (Reason.TIMED_OUT, 3)
    assert 700 <= got.elapsed_ms < 2000


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_slower_than_its_pace_is_given_up(get: Getter, site: web.Site, chunked: bool) -> None:
    """At least 1 KB/s over 20 s; here the same over 0.8 s, so that the test need not last."""
    get.transport = lambda: GuardedTransport(rate_window=0.8)
    site.routes["/"] = web.Answer(body=itertools.repeat(b"x") if chunked else b"x" * 999, drip=0.02)
    begun = time.monotonic()
    got = get(site.url(), timeout=30)
    assert (got.error, got.detail) == (Reason.TIMED_OUT, "the body comes slower than 1024 bytes a second over 0.8 s")
    assert got.wire_bytes > 5 and got.status == 200
    assert time.monotonic() - begun < 5
    assert len(site.requests) == 1, "it would be as slow again"


@pytest.mark.slow
def test_a_steady_modem_and_a_slow_start_are_fine(get: Getter, site: web.Site) -> None:
    """2.4 KB/s, over two windows and more; and a server that thinks before it answers has not begun its body."""
    get.transport = lambda: GuardedTransport(rate_window=1.0)
    site.routes |= {"/modem": web.Answer(body=(b"x" * 120 if wait(site, 0.05) else b"" for _ in range(50))), "/late": web.Answer(body="x", delay=1.2)}
    modem, late = get(site.url("/modem")), get(site.url("/late"))
    assert (modem.error, len(modem.body), late.error) == (None, 6000, None)
    assert 1100 < (late.first_byte_ms or 0) <= late.elapsed_ms and (modem.first_byte_ms or 0) < 900


def wait(site: web.Site, seconds: float) -> bool:
    return not site.closing.wait(seconds)


@pytest.mark.parametrize(
    ("rate", "arrivals", "fails"),
    [
        (1024, [(0.0, 30_000)], False), (1024, [(19.0, 20_480)], False), (1024, [], True), (1024, [(1.0, 20_000)], True),
        (1024, [(n / 2, 600) for n in range(200)], False), (1024, [(n / 2, 500) for n in range(200)], True),
        (1024, [(1.0, 10**6), (60.0, 10**6)], True), (0, [], False),
    ],
)  # fmt: skip
def test_pace(rate: float, arrivals: list[tuple[float, int]], fails: bool) -> None:
    pace = Pace(rate, 20, now=100)
    events = sorted([*((100 + at, size) for at, size in arrivals), *((100 + tick / 10, 0) for tick in range(1, 220))])
    with pytest.raises(Refused, match="slower") if fails else contextlib.nullcontext():
        for at, size in events:
            pace.took(size)
            pace.check(at)


def test_sixty_kilobytes_of_headers_pass(get: Getter, site: web.Site) -> None:
    site.routes["/"] = web.Answer(body=b"x", headers={f"X-{n}": "y" * 1000 for n in range(60)})
    assert get(site.url()).error is None


def test_bodies_without_end(get: Getter, site: web.Site) -> None:
    piece = bytes(range(256)) * 64
    empty = gzip.compress(b"")
    site.routes |= {
        "/chunked": web.Answer(body=itertools.repeat(piece)),
        "/closed": web.Answer(raw=itertools.chain([b"HTTP/1.1 200 OK\r\n\r\n"], itertools.repeat(piece))),
        "/claimed": web.Answer(body=b"x", length=10**12),
        "/absurd": raw("HTTP/1.1 200 OK", "Content-Length: " + "9" * 19),
        "/members": web.Answer(body=itertools.repeat(empty * 800), headers={"Content-Encoding": "gzip"}),
    }
    got = {path: get(site.url(path), max_body=100_000) for path in list(site.routes)}
    assert {path: one.error for path, one in got.items() if path != "/members"} == dict.fromkeys(list(site.routes)[:4], Reason.BODY_TOO_LARGE)
    assert got["/members"].error in (Reason.BODY_TOO_LARGE, Reason.BAD_CONTENT_ENCODING)
    assert all(one.wire_bytes < 400_000 and one.body == b"" for one in got.values())
    assert "max_body" in (got["/claimed"].detail or "")


def test_the_cap_is_exact(get: Getter, site: web.Site) -> None:
    site.routes |= {"/fits": web.Answer(body=b"x" * 5000), "/over": web.Answer(body=b"x" * 5001)}
    assert get(site.url("/fits"), max_body=5000).error is None
    assert get(site.url("/over"), max_body=5000).error == Reason.BODY_TOO_LARGE


def gzipped(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)  # a test's name holds its bytes, and both processes must give it the same one


@pytest.mark.parametrize(
    ("name", "packed", "error"),
    [
        ("gzip", gzipped(b"words"), None), ("x-gzip", gzipped(b"words"), None), ("GZip", gzipped(b"words"), None),
        ("deflate", zlib.compress(b"words"), None), ("identity", b"words", None), ("utf-8", b"words", None),
        ("gzip", gzipped(b"words")[:-9], Reason.BAD_CONTENT_ENCODING), ("gzip", b"words", Reason.BAD_CONTENT_ENCODING),
        ("br", b"words", Reason.BAD_CONTENT_ENCODING), ("zstd", b"words", Reason.BAD_CONTENT_ENCODING), ("br", brotli.compress(b"words"), None),
        ("zstd", zstd.compress(b"words"), None), ("gzip, br", brotli.compress(gzipped(b"words")), None), ("lzma", b"words", Reason.BAD_CONTENT_ENCODING),
        ("gzip, gzip", gzipped(gzipped(b"words")), None),
    ],
)  # fmt: skip
def test_content_encodings(get: Getter, site: web.Site, name: str, packed: bytes, error: Reason | None) -> None:
    site.routes["/"] = web.Answer(body=packed, headers={"content-ENCODING": name})
    got = get(site.url())
    assert (got.error, got.body, got.wire_bytes) == (error, b"" if error else b"words", 0 if name == "lzma" else len(packed))


def test_nobody_there(get: Getter) -> None:
    with web.dead_port() as port:
        got = get(f"http://127.0.0.1:{port}/")
    assert (got.error, got.status) == (Reason.CONNECT_FAILED, None)
    assert got.detail == f"nothing answers at 127.0.0.1:{port}: connection refused"


def test_connections_are_reused_and_a_stale_one_is_replaced(get: Getter, site: web.Site) -> None:
    site.routes |= {"/": web.Answer(body="x"), "/404": web.Answer(status=404, body="y"), "/packed": web.Answer(body=(b"ab" for _ in range(9)))}
    get.all([site.url(path) for path in ("/", "/404", "/packed", "/")])
    assert [request.connection for request in site.requests] == [1, 1, 1, 1]
    hung_up = web.Answer(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx")  # closes although it did not say so
    site.routes["/"] = hung_up
    assert [one.error for one in get.all([site.url()] * 4)] == [None] * 4
    assert len(site.requests) == 8, "nothing was asked twice"


def test_idle_connections_are_few(site: web.Site) -> None:
    """One or two a host, and bounded over all hosts; the longest idle one goes first."""
    site.routes["/"] = web.Answer(body="x")

    async def run() -> tuple[int, int]:
        net = Net(site)
        async with httpx.AsyncClient(transport=GuardedTransport(dial=net.dial, max_idle=5, proxies=Proxies(environment={}))) as client:
            for host in range(20):
                await client.get(f"http://8.8.8.{host}/")
            await asyncio.sleep(0)
            many = sum(made.fileno() >= 0 for made in net.sockets)
            await client.get("http://8.8.8.19/")
            await asyncio.gather(*(client.get("http://9.9.9.9/") for _ in range(6)))
            await asyncio.sleep(0)
            return many, sum(made.fileno() >= 0 for made in net.sockets[20:])

    assert asyncio.run(run()) == (5, 2)


def test_at_most_so_many_connections(site: web.Site) -> None:
    site.routes["/"] = web.Answer(body="x", delay=0.05)
    now = most = 0

    class Counted(Net):
        async def dial(self, address: str, port: int) -> socket.socket:
            nonlocal now, most
            now += 1
            most = max(most, now)
            return await super().dial(address, port)

    async def run() -> None:
        transport = GuardedTransport(dial=Counted(site).dial, max_connections=3, max_idle=0, proxies=Proxies(environment={}))
        async with httpx.AsyncClient(transport=transport) as client:

            async def one() -> None:
                nonlocal now
                async with client.stream("GET", "http://8.8.8.8/") as response:
                    await response.aread()
                    now -= 1

            await asyncio.gather(*(one() for _ in range(12)))

    asyncio.run(run())
    assert (most, len(site.requests)) == (3, 12)


def test_only_reading(site: web.Site) -> None:
    async def run(method: str, **headers: str) -> httpx.Response:
        async with httpx.AsyncClient(transport=GuardedTransport(proxies=Proxies(environment={}))) as client:
            return await client.request(method, site.url(), headers=headers, extensions={"allow_private": True})

    site.routes["/"] = web.Answer(body="x")
    assert asyncio.run(run("HEAD")).status_code == 200
    for method, headers in (("POST", {}), ("GET", {"X": "a\r\nY: b"}), ("GET", {"X": "a\nY: b"})):
        with pytest.raises(Refused):
            asyncio.run(run(method, **headers))
    assert len(site.requests) == 1


def test_ipv6(get: Getter) -> None:
    with web.serve({"/": web.Answer(body="six")}, address="::1") as site:
        got = get(site.url())
        assert (got.error, got.body, site.requests[0].headers["host"]) == (None, b"six", f"[::1]:{site.port}")


# TLS


@dataclass
class Authority:
    server: ssl.SSLContext
    client: ssl.SSLContext


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    folder = tmp_path_factory.mktemp("tls")
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    names = ["-subj", "/CN=feeds.test", "-addext", "subjectAltName=DNS:feeds.test"]
    made = subprocess.run([*command, *names, "-keyout", folder / "key", "-out", folder / "crt"], capture_output=True)
    if made.returncode:
        pytest.skip("no openssl to make a certificate with")
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "crt", folder / "key")
    return Authority(server, ssl.create_default_context(cafile=str(folder / "crt")))


async def to_loopback(host: str, port: int) -> list[str]:
    return ["127.0.0.1"]


def test_tls_checks_the_name_not_the_number(get: Getter, authority: Authority) -> None:
    with web.serve({"/": web.Answer(body="x")}, tls=authority.server) as site:
        get.transport = lambda: GuardedTransport(resolve=to_loopback, verify=authority.client)
        good, bad = get(site.url(host="feeds.test")), get(site.url(host="other.test"))
        assert (good.error, good.body, site.requests[0].headers["host"]) == (None, b"x", f"feeds.test:{site.port}")
        assert bad.error == Reason.TLS_FAILED and "certificate" in (bad.detail or "")
        get.transport = lambda: GuardedTransport(resolve=to_loopback)
        unknown = get(site.url(host="feeds.test"))
        assert unknown.error == Reason.TLS_FAILED and "self" in (unknown.detail or "")
        assert len(site.requests) == 1


class Tripping(httpx.AsyncBaseTransport):
    def __init__(self, error: BaseException) -> None:
        self.error = error

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        raise self.error


@pytest.mark.parametrize("error", [RuntimeError("x"), KeyError("x"), OSError(5, "x"), TimeoutError(), httpx.ReadTimeout("x"), ssl.SSLError(1, "x"), RecursionError()])
def test_whatever_the_libraries_trip_over_is_a_row(get: Getter, error: Exception) -> None:
    get.transport = lambda: Tripping(error)
    assert get("http://127.0.0.1/").error in (Reason.PROTOCOL_ERROR, Reason.TIMED_OUT, Reason.TLS_FAILED)


def test_our_own_trouble_is_raised(tmp_path: Path) -> None:
    (tmp_path / "locks").write_text("a file, not a folder")
    with pytest.raises(Broken, match="locks"):
        Getter(tmp_path / "locks")("http://127.0.0.1/")


def test_cancelled_is_cancelled_and_gives_the_turn_back(get: Getter, site: web.Site) -> None:
    site.routes |= {"/slow": web.Answer(body="x", delay=20), "/": web.Answer(body="x")}
    options = FetchOptions(source_url=site.url(), allow_private=True, delay=0, robots=False)

    async def run() -> Fetched:
        async with Fetcher(HostTurns(get.folder)) as fetcher:
            slow = asyncio.create_task(fetcher.fetch(Target(site.url("/slow")), options))
            while not site.requests:  # noqa: ASYNC110 - the server is a thread
                await asyncio.sleep(0.01)
            slow.cancel()
            with pytest.raises(asyncio.CancelledError):
                await slow
            return await asyncio.wait_for(fetcher.fetch(Target(site.url()), options), 5)

    assert asyncio.run(run()).error is None


@pytest.mark.parametrize(("places", "arrives"), [(1, True), (0, False)])
def test_only_so_many_large_bodies_are_taken_in_at_once(tmp_path: Path, places: int, arrives: bool) -> None:
    async def all_of(urls: list[str]) -> list[Fetched]:
        async with Fetcher(HostTurns(tmp_path)) as fetcher:
            fetcher._large = asyncio.Semaphore(places)
            options = (FetchOptions(source_url=url, allow_private=True, delay=0, timeout=20 if arrives else 1, robots=False) for url in urls)
            return await asyncio.gather(*(fetcher.fetch(Target(url), own) for url, own in zip(urls, options, strict=True)))

    with contextlib.ExitStack() as stack:
        sites = [stack.enter_context(web.serve({"/": b"x" * (LARGE + 1), "/small": b"x" * 1000})) for _ in range(3)]
        large = asyncio.run(all_of([site.url() for site in sites]))
        small = asyncio.run(all_of([site.url("/small") for site in sites]))
    assert [fetched.error for fetched in large] == [None if arrives else Reason.TIMED_OUT] * 3
    assert [len(fetched.body) for fetched in small] == [1000] * 3
