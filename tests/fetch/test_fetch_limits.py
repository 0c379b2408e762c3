"""What must never hold us up or fill us up: endless answers, bombs, broken HTTP, broken TLS, and noise."""

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
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpcore
import httpx
import pytest
from getting import Getter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import web
from postetl.errors import Broken, Reason
from postetl.fetch import Fetcher, FetchOptions, HostTurns
from postetl.fetch.transport import GuardedTransport
from postetl.model import Fetched, Target


def raw(*lines: str, body: bytes = b"") -> web.Answer:
    return web.Answer(raw="\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)


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
        ("br", b"words", Reason.BAD_CONTENT_ENCODING), ("zstd", b"words", Reason.BAD_CONTENT_ENCODING), ("br", brotli.compress(b"words"), None),
        ("zstd", zstd.compress(b"words"), None), ("gzip, br", brotli.compress(gzip.compress(b"words")), None), ("lzma", b"words", Reason.BAD_CONTENT_ENCODING),
        ("gzip, gzip", gzip.compress(gzip.compress(b"words")), None),
    ],
)  # fmt: skip
def test_content_encodings(get: Getter, site: web.Site, name: str, packed: bytes, error: Reason | None) -> None:
    site.routes["/"] = web.Answer(body=packed, headers={"content-ENCODING": name})
    got = get(site.url())
    assert (got.error, got.body, got.wire_bytes) == (error, b"" if error else b"words", 0 if name == "lzma" else len(packed))


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
