"""What sites answer and how it ends: real servers on loopback, every row of the status map, every way to break HTTP."""

import asyncio
import gzip
import itertools
import resource
import socket
import ssl
import string
import subprocess
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpcore
import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import web
from postetl.errors import Broken, Reason
from postetl.fetch import Fetcher, FetchOptions, HostTurns, user_agent
from postetl.fetch.guard import GuardedTransport
from postetl.model import Fetched, Target

NOON = datetime(2024, 2, 29, 12, tzinfo=UTC)


class Getter:
    """`get(url, **options)`: one fetch in an event loop of its own; the source's own address is `source_url`, or the url itself."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.transport: Callable[[], httpx.AsyncBaseTransport] | None = None
        self.contact: str | None = None

    def __call__(self, url: str, **options: object) -> Fetched:
        return self.all([url], **options)[0]

    def all(self, urls: list[str], **options: object) -> list[Fetched]:
        given = {"source_url": urls[0], "allow_private": True, "delay": 0.0, "timeout": 10.0} | options

        async def run() -> list[Fetched]:
            transport = self.transport() if self.transport else None
            fetcher = Fetcher(HostTurns(self.folder), contact=self.contact, transport=transport, now=lambda: NOON, backoff=0.01)
            async with fetcher:
                return await asyncio.gather(*(fetcher.fetch(Target(url), FetchOptions(**given)) for url in urls))  # type: ignore[arg-type]

        return asyncio.run(run())


@pytest.fixture
def get(tmp_path: Path) -> Getter:
    return Getter(tmp_path / "locks")


@pytest.fixture
def site() -> Iterator[web.Site]:
    with web.serve() as made:
        yield made


def raw(*lines: str, body: bytes = b"") -> web.Answer:
    return web.Answer(raw="\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)


def test_a_good_answer_is_taken_whole(get: Getter, site: web.Site) -> None:
    site.routes["/a b?x=é"] = site.routes["/a%20b"] = web.Answer(
        body="grüße".encode(), content_type="text/html; charset=utf-8", etag='W/"é"', last_modified="Thu, 29 Feb 2024 12:00:00 GMT"
    )
    got = get(site.url("/a b?x=é"))
    assert (got.status, got.error, got.detail, got.body) == (200, None, None, "grüße".encode())
    assert (got.content_type, got.etag, got.last_modified) == ("text/html; charset=utf-8", 'W/"é"', "Thu, 29 Feb 2024 12:00:00 GMT")
    assert (got.wire_bytes, got.redirects, got.fetched_at, got.target.url) == (len(got.body), (), NOON, site.url("/a b?x=é"))
    sent = site.requests[0].headers
    assert sent["accept-encoding"] == "gzip, deflate"
    assert sent["host"] == f"127.0.0.1:{site.port}"
    assert not {"authorization", "cookie", "if-none-match", "if-modified-since"} & set(sent)


@pytest.mark.parametrize(
    ("status", "headers", "reason", "tries"),
    [
        (404, {}, Reason.NOT_FOUND, 1), (410, {}, Reason.GONE, 1), (401, {}, Reason.FORBIDDEN, 1), (403, {}, Reason.FORBIDDEN, 1),
        (451, {}, Reason.FORBIDDEN, 1), (429, {}, Reason.THROTTLED, 1), (429, {"Retry-After": "7"}, Reason.THROTTLED, 1),
        (500, {}, Reason.SERVER_ERROR, 1), (501, {}, Reason.SERVER_ERROR, 1), (502, {}, Reason.SERVER_ERROR, 2),
        (503, {}, Reason.SERVER_ERROR, 2), (503, {"Retry-After": "60"}, Reason.SERVER_ERROR, 1), (504, {}, Reason.SERVER_ERROR, 2),
        (599, {}, Reason.SERVER_ERROR, 1), (400, {}, Reason.HTTP_ERROR, 1), (418, {}, Reason.HTTP_ERROR, 1), (206, {}, Reason.HTTP_ERROR, 1),
        (304, {}, Reason.HTTP_ERROR, 1), (300, {}, Reason.HTTP_ERROR, 1), (305, {}, Reason.HTTP_ERROR, 1), (999, {}, Reason.HTTP_ERROR, 1),
        (301, {}, Reason.TOO_MANY_REDIRECTS, 1), (204, {}, Reason.EMPTY_BODY, 1),
    ],
)  # fmt: skip
def test_status_map(get: Getter, site: web.Site, status: int, headers: dict[str, str], reason: Reason, tries: int) -> None:  # noqa: PLR0917
    site.routes["/"] = web.Answer(status=status, headers=headers, body="" if status in (204, 304) else "a page of words")
    got = get(site.url())
    assert (got.status, got.error, got.body, len(site.requests)) == (status, reason, b"", tries)
    assert got.detail is not None and "\n" not in got.detail
    if "Retry-After" in headers:
        assert f"Retry-After: {headers['Retry-After']}" in got.detail


def test_a_bad_moment_is_tried_once_more(get: Getter, site: web.Site) -> None:
    answers = iter([web.Answer(status=503, body="busy"), web.Answer(body="there")])
    site.routes["/"] = lambda request: next(answers)
    got = get(site.url())
    assert (got.status, got.error, got.body) == (200, None, b"there")


def test_one_second_try_on_the_whole_way(get: Getter, site: web.Site) -> None:
    answers = iter([web.Answer(status=502), web.redirect("/b")])
    site.routes |= {"/": lambda request: next(answers), "/b": web.Answer(status=502)}
    assert get(site.url()).status == 502
    assert [request.path for request in site.requests] == ["/", "/", "/b"]


def test_empty_success(get: Getter, site: web.Site) -> None:
    site.routes |= {"/": web.Answer(body=b""), "/gzip": web.Answer(body=b"", headers={"Content-Encoding": "gzip"})}
    assert get(site.url()).error == get(site.url("/gzip")).error == Reason.EMPTY_BODY


def test_not_modified(get: Getter, site: web.Site) -> None:
    site.routes["/"] = web.Answer(body="words", etag='"é1"', last_modified="Thu, 29 Feb 2024 12:00:00 GMT")
    first = get(site.url())
    again = get(site.url(), etag=first.etag, last_modified=first.last_modified)
    assert (again.status, again.error, again.body, again.etag, again.last_modified) == (304, None, b"", '"é1"', first.last_modified)


def test_validators_cannot_inject_headers_and_stay_at_their_address(get: Getter, site: web.Site) -> None:
    site.routes |= {"/": web.redirect("/b"), "/b": web.Answer(body="x")}
    assert get(site.url(), etag='"a"\r\nX-Evil: 1', last_modified="never\nX-Evil: 2").error is None
    assert site.requests[0].headers["if-none-match"] == '"a"X-Evil: 1' and "x-evil" not in site.requests[0].headers
    assert "if-none-match" not in site.requests[1].headers and "if-modified-since" not in site.requests[1].headers
    assert get(site.url("/b"), etag="☃\r\n").error is None


# redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("location", ["/end", "end?q=1#part", "//127.0.0.1:{port}/end", "HTTP://127.0.0.1:{port}/end", " /end\t", "/x/../end"])
def test_redirects_are_followed(get: Getter, site: web.Site, status: int, location: str) -> None:
    site.routes |= {"/": web.redirect(location.format(port=site.port), status), "/end": web.Answer(body="x")}
    got = get(site.url())
    assert (got.error, got.body) == (None, b"x")
    assert got.redirects == (got.final_url,) and got.final_url.startswith(site.url("/end")) and "#" not in got.final_url


def test_location_in_utf8_and_latin_1(get: Getter, site: web.Site) -> None:
    site.routes |= {
        "/utf8": web.redirect("/é".encode().decode("latin-1")), "/latin": web.redirect("/é?\x92"), "/%C3%A9": web.Answer(body="x"), "/%E9?%92": web.Answer(body="x"),
    }  # fmt: skip
    assert get(site.url("/utf8")).body == get(site.url("/latin")).body == b"x"


def test_five_redirects_and_no_more(get: Getter, site: web.Site) -> None:
    site.routes |= {f"/{n}": web.redirect(f"/{n + 1}") for n in range(1, 20)} | {"/6": web.Answer(body="x")}
    assert get(site.url("/1")).redirects == tuple(site.url(f"/{n}") for n in range(2, 7))
    got = get(site.url("/7"))
    assert (got.error, len(got.redirects)) == (Reason.TOO_MANY_REDIRECTS, 5)


@pytest.mark.parametrize("location", ["/", "/b", "/b#elsewhere", ""])
def test_circles(get: Getter, site: web.Site, location: str) -> None:
    site.routes |= {"/": web.redirect("/b"), "/b": web.redirect(location)}
    got = get(site.url())
    assert (got.error, len(site.requests)) == (Reason.TOO_MANY_REDIRECTS, 2)


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("file:///etc/passwd", Reason.REFUSED_SCHEME), ("ftp://127.0.0.1/", Reason.REFUSED_SCHEME), ("javascript:1", Reason.REFUSED_SCHEME),
        ("data:text/html,x", Reason.REFUSED_SCHEME), ("gopher://127.0.0.1:70/", Reason.REFUSED_SCHEME), ("http://", Reason.TOO_MANY_REDIRECTS),
        ("http://[::1/", Reason.TOO_MANY_REDIRECTS), ("http://a:99999/", Reason.TOO_MANY_REDIRECTS), ("http://a:b/", Reason.TOO_MANY_REDIRECTS),
        ("http://:80/", Reason.TOO_MANY_REDIRECTS), ("http://" + "a" * 9000, Reason.TOO_MANY_REDIRECTS),
    ],
)  # fmt: skip
def test_redirects_to_nowhere(get: Getter, site: web.Site, location: str, reason: Reason) -> None:
    get.transport = lambda: GuardedTransport(resolve=nothing)
    site.routes["/"] = web.redirect(location)
    got = get(site.url())
    assert (got.error, got.final_url, len(site.requests)) == (reason, site.url(), 1)
    assert len(got.detail or "") <= 300


async def nothing(host: str, port: int) -> list[str]:
    return []


@pytest.mark.parametrize("url", ["file:///etc/passwd", "file:posts/a.txt", "ftp://127.0.0.1/", "", "x", "http://", "http://[::1", "//h/", "http://h:0/"])
def test_what_is_no_web_address(get: Getter, url: str) -> None:
    got = get(url, source_url=None)
    reason = Reason.REFUSED_ADDRESS if url.startswith("http:") else Reason.REFUSED_SCHEME
    assert (got.error, got.status, got.final_url) == (reason, None, url)


# credentials


def test_credentials_become_a_header_and_nothing_else(get: Getter, site: web.Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    site.routes |= {"/": web.redirect("/b"), "/b": web.Answer(body="x"), "/no": web.Answer(status=500), "/cut": web.Answer(body="xx", cut=1)}
    for path in ("/", "/no", "/cut", "/circle"):
        got = get(site.url(path, userinfo="me%40home:s%C3%A9cret%3A"))
        shown = [got.final_url, got.detail or "", *got.redirects]
        assert not any("cret" in text or "me%40" in text for text in shown)
    assert {request.headers["authorization"] for request in site.requests} == {"Basic bWVAaG9tZTpzw6ljcmV0Og=="}
    assert all("@" not in request.headers["host"] for request in site.requests)
    assert "cret" not in caplog.text and "bWVA" not in caplog.text


def test_credentials_stay_at_their_origin(get: Getter, site: web.Site) -> None:
    with web.serve(address="127.0.0.2") as other:
        other.routes |= {"/": web.redirect(site.url("/back")), "/direct": web.Answer(body="y")}
        site.routes |= {"/": web.redirect(other.url("/", userinfo="their:own")), "/back": web.Answer(body="x"), "/page": web.Answer(body="x")}
        get.transport = Loopback
        source = site.url("/", userinfo="me:secret")
        got = get(source)
        assert (got.error, got.body, got.redirects) == (None, b"x", (other.url("/"), site.url("/back")))
        assert "authorization" in site.requests[0].headers
        assert "authorization" not in other.requests[0].headers
        assert "authorization" not in site.requests[1].headers, "a chain that left does not get them back"
        # what the source led to: its own origin gets its credentials, others do not
        get(site.url("/page"), source_url=source)
        get(other.url("/direct"), source_url=source)
        assert "authorization" in site.requests[2].headers and "authorization" not in other.requests[1].headers


class Loopback(httpx.AsyncBaseTransport):
    """httpx's own transport, unguarded: for tests in which two loopback servers play two public ones."""

    def __init__(self) -> None:
        self.inner = httpx.AsyncHTTPTransport(trust_env=False)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self.inner.handle_async_request(request)

    async def aclose(self) -> None:
        await self.inner.aclose()


def test_no_cookies_no_environment(get: Getter, site: web.Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    site.routes |= {"/": web.redirect("/b"), "/b": web.Answer(body="x")}
    site.routes["/"] = web.Answer(status=302, headers=[("Location", "/b"), ("Set-Cookie", "a=b; Path=/")])
    assert get(site.url()).error is None
    assert "cookie" not in site.requests[1].headers and "authorization" not in site.requests[0].headers


@pytest.mark.parametrize(
    ("contact", "shown"),
    [(None, "https://pypi.org/project/postetl/"), ("me@example.org", "me@example.org"), ("a\r\nX: y) é", "a X: y"), ("\n", "https://pypi.org/project/postetl/")],
)
def test_user_agent(get: Getter, site: web.Site, contact: str | None, shown: str) -> None:
    get.contact = contact
    site.routes["/"] = web.Answer(body="x")
    assert get(site.url()).error is None
    assert site.requests[0].headers["user-agent"] == user_agent(contact)
    assert user_agent(contact).startswith("postetl/") and user_agent(contact).endswith(f" (+{shown})")


# limits


def test_one_byte_after_another_ends_at_the_deadline(get: Getter, site: web.Site) -> None:
    site.routes |= {
        "/head": web.Answer(raw=b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 999, drip=0.05), "/body": web.Answer(body=b"x" * 999, drip=0.05),
        "/late": web.Answer(body="x", delay=9), "/404": web.Answer(status=404, body=b"x" * 99, drip=0.05),
        "/continue": web.Answer(raw=itertools.repeat(b"HTTP/1.1 100 Continue\r\n\r\n"), drip=0),
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


@pytest.mark.parametrize(
    "answer",
    [
        web.Answer(raw=b"HTTP/1.1 200 OK\r\n" + b"X-Long: " + b"y" * 200_000 + b"\r\n\r\n"),
        web.Answer(raw=b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(10_000)) + b"\r\nbody"),
        web.Answer(raw=itertools.chain([b"HTTP/1.1 200 OK\r\n"], itertools.repeat(b"X-Endless: yes\r\n"))),
        web.Answer(body=b"x", headers={f"X-{n}": "y" * 1000 for n in range(70)}),
        web.Answer(raw=itertools.chain([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"], itertools.repeat(b"X-Trailer: yes\r\n"))),
        web.Answer(raw=itertools.chain([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;"], itertools.repeat(b"extension"))),
    ],
    ids=["one long header", "10,000 headers", "endless headers", "70 KB of headers", "endless trailers", "endless chunk extension"],
)
def test_headers_without_end(get: Getter, site: web.Site, answer: web.Answer) -> None:
    site.routes["/"] = answer
    assert get(site.url()).error == Reason.PROTOCOL_ERROR


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


def gigabyte(encode_twice: bool = False) -> Iterator[bytes]:
    packer, outer = zlib.compressobj(9, wbits=31), zlib.compressobj(9, wbits=31)
    zeros = bytes(1 << 20)
    for _ in range(1024):
        if piece := packer.compress(zeros):
            yield outer.compress(piece) if encode_twice else piece
    yield outer.compress(packer.flush()) + outer.flush() if encode_twice else packer.flush()


@pytest.mark.parametrize("encoding", ["gzip", "gzip, gzip"])
def test_bombs_do_not_go_off(get: Getter, site: web.Site, encoding: str) -> None:
    site.routes |= {"/": web.Answer(body="a good one"), "/bomb": web.Answer(body=gigabyte("," in encoding), headers={"Content-Encoding": encoding})}
    get(site.url())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    got = get(site.url("/bomb"), max_body=4 << 20)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert got.error == Reason.BODY_TOO_LARGE
    assert got.wire_bytes < 300_000
    assert grown < 32, f"{grown:.0f} MB more"


@pytest.mark.parametrize(
    ("name", "packed", "error"),
    [
        ("gzip", gzip.compress(b"words"), None), ("x-gzip", gzip.compress(b"words"), None), ("GZip", gzip.compress(b"words"), None),
        ("deflate", zlib.compress(b"words"), None), ("identity", b"words", None), ("utf-8", b"words", None),
        ("gzip", gzip.compress(b"words")[:-9], Reason.BAD_CONTENT_ENCODING), ("gzip", b"words", Reason.BAD_CONTENT_ENCODING),
        ("br", b"words", Reason.BAD_CONTENT_ENCODING), ("zstd", b"words", Reason.BAD_CONTENT_ENCODING),
        ("gzip, br", b"words", Reason.BAD_CONTENT_ENCODING), ("gzip, gzip", gzip.compress(gzip.compress(b"words")), None),
    ],
)  # fmt: skip
def test_content_encodings(get: Getter, site: web.Site, name: str, packed: bytes, error: Reason | None) -> None:
    site.routes["/"] = web.Answer(body=packed, headers={"content-ENCODING": name})
    got = get(site.url())
    assert (got.error, got.body, got.wire_bytes) == (error, b"" if error else b"words", 0 if "br" in name or name == "zstd" else len(packed))


# broken HTTP


BROKEN = {
    "nothing at all": b"",
    "no http": b"220 mail.example ESMTP\r\n",
    "half a status line": b"HTTP/1.1 2",
    "half a header": b"HTTP/1.1 200 OK\r\nContent-Le",
    "no length, no colon": b"HTTP/1.1 200 OK\r\nnonsense\r\n\r\nx",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxy",
    "negative length": b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nxy",
    "short body": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
    "bad chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nx\r\n0\r\n\r\n",
    "half a chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
    "no last chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n",
    "unknown transfer coding": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nab",
    "NUL in a header": b"HTTP/1.1 200 OK\r\nX: a\x00b\r\n\r\nab",
    "status of four digits": b"HTTP/1.1 2000 OK\r\n\r\nab",
    "status zero": b"HTTP/1.1 000 OK\r\n\r\nab",
    "half of nothing": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_answers(get: Getter, site: web.Site, name: str) -> None:
    site.routes["/"] = web.Answer(raw=BROKEN[name])
    got = get(site.url())
    assert (got.error, got.body) == (Reason.PROTOCOL_ERROR, b"")
    assert get(site.url()).detail == got.detail, "the same input, the same words"


def test_odd_but_readable_answers(get: Getter, site: web.Site) -> None:
    site.routes |= {
        "/old": raw("HTTP/1.0 200 OK", body=b"words"), "/phrase": raw("HTTP/1.1 200", "CONTENT-type:text/plain", body=b"words"),
        "/early": web.Answer(raw=b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwords, and more than announced"),
        "/latin": raw("HTTP/1.1 200 Très bien", "Content-Type: text/plain; charset=é", 'ETag: "\xe9"', body=b"words"),
    }  # fmt: skip
    assert {path: get(site.url(path)).body for path in site.routes} == dict.fromkeys(site.routes, b"words")
    assert get(site.url("/phrase")).content_type == "text/plain"
    assert get(site.url("/latin")).etag == '"é"'


def test_nobody_there(get: Getter) -> None:
    with web.dead_port() as port:
        got = get(f"http://127.0.0.1:{port}/")
    assert (got.error, got.status) == (Reason.CONNECT_FAILED, None)
    assert got.detail == f"nothing answers at 127.0.0.1:{port}: connection refused"


def test_connections_are_reused_and_a_stale_one_is_replaced(get: Getter, site: web.Site) -> None:
    site.routes |= {"/": web.Answer(body="x"), "/404": web.Answer(status=404, body="y")}
    get.all([site.url(path) for path in ("/", "/404", "/", "/")])
    assert [request.connection for request in site.requests] == [1, 1, 1, 1]
    hung_up = web.Answer(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx")  # closes although it did not say so
    site.routes["/"] = hung_up
    assert [one.error for one in get.all([site.url()] * 4)] == [None] * 4


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


@pytest.mark.parametrize("greeting", [b"SSH-2.0-OpenSSH_9.9\r\n", b"HTTP/1.1 400 Bad Request\r\n\r\n", b""])
def test_tls_with_one_who_speaks_none(get: Getter, greeting: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def talk() -> None:
            for _ in range(2):
                client = listener.accept()[0]
                client.sendall(greeting)
                client.recv(4096)
                client.close()

        threading.Thread(target=talk, daemon=True).start()
        got = get(f"https://127.0.0.1:{listener.getsockname()[1]}/")
    assert got.error == Reason.TLS_FAILED and "handshake" in (got.detail or "")


# whatever else arrives


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_answer_raises(get: Getter, data: st.DataObject) -> None:
    names = st.sampled_from(["Content-Length", "Transfer-Encoding", "Content-Encoding", "Location", "ETag", "Content-Type", "Set-Cookie", "Retry-After"])
    text = st.text(st.characters(max_codepoint=255, exclude_characters="\n"), max_size=30)
    useful = st.sampled_from(["0", "3", "chunked", "gzip", "deflate", "/", "//", "http://[", "http://\x7f/", "?", "https:x", "http://a@b:c@d/"])
    headers = data.draw(st.lists(st.tuples(names | st.text(string.printable, max_size=8), text | useful), max_size=6))
    status = data.draw(st.sampled_from(["200 OK", "301 X", "404", "101 Up", "99", "abc", "304 No", "600 X", "200"]))
    body = data.draw(st.binary(max_size=40))
    head = "".join(f"{name}: {value}\r\n" for name, value in headers)
    answer = f"HTTP/1.1 {status}\r\n{head}\r\n".encode("latin-1", "replace") + body
    get.transport = lambda: GuardedTransport(dial=Canned(answer))
    got = get("http://127.0.0.1/", timeout=2.0)
    assert (got.error is None) == (got.detail is None)
    assert got.detail is None or (got.detail.isprintable() and len(got.detail) <= 300)
    assert got.error is None or got.body == b""


class Canned(httpcore.AsyncNetworkBackend):
    def __init__(self, answer: bytes) -> None:
        self.answer = answer

    async def connect_tcp(self, host: str, port: int, *rest: object, **more: object) -> httpcore.AsyncNetworkStream:
        return httpcore.AsyncMockStream([self.answer])


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
    options = FetchOptions(source_url=site.url(), allow_private=True, delay=0)

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
