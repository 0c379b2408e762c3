"""Servers that break HTTP, by malice or by age. Each answer ends as a row with its reason, in time, and the same way each time."""

import gzip
import itertools
import socket
import string
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from ipaddress import ip_address

import brotli
import pytest
from getting import Getter, Net
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import web
from postetl.errors import Reason
from postetl.fetch.guard import forbidden
from postetl.fetch.proxy import Proxies
from postetl.fetch.transport import GuardedTransport
from postetl.fetch.trip import KEPT_HEADERS, MAX_KEPT
from postetl.model import Validators

OK = b"HTTP/1.1 200 OK\r\n"
BROKEN = {
    "nothing at all": b"",
    "no http": b"220 mail.example ESMTP\r\n",
    "garbage": bytes(range(256)) * 40,
    "HTTP/0.9": b"<html><body>" + b"a page without a head " * 20,
    "HTTP/2 in clear": b"\x00\x00\x12\x04\x00\x00\x00\x00\x00" + b"\x00\x03\x00\x00\x00\x80" * 3,
    "a line before the status": b"\r\n" + OK + b"\r\nab",
    "half a status line": b"HTTP/1.1 2",
    "status in words": b"HTTP/1.1 OK\r\n\r\nab",
    "status of four digits": b"HTTP/1.1 2000 OK\r\n\r\nab",
    "status zero": b"HTTP/1.1 000 OK\r\n\r\nab",
    "status 099": b"HTTP/1.1 099 OK\r\n\r\nab",
    "negative status": b"HTTP/1.1 -200 OK\r\n\r\nab",
    "HTTP/3.0": b"HTTP/3.0 200 OK\r\n\r\nab",
    "half a header": OK + b"Content-Le",
    "no colon": OK + b"nonsense\r\n\r\nx",
    "a colon and no name": OK + b": x\r\n\r\nx",
    "a space in a name": OK + b"Content Length: 1\r\n\r\nx",
    "NUL in a header": OK + b"X: a\x00b\r\n\r\nab",
    "NUL in a name": OK + b"X\x00: ab\r\n\r\nab",
    "a lone CR in a header": OK + b"X: a\rSet-Cookie: b\r\n\r\nab",
    "a fold before any header": OK + b" x: y\r\n\r\nab",
    "a folded length": OK + b"Content-Length:\r\n 2\r\n\r\nab",
    "two lengths": OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nxy",
    "two lengths in one": OK + b"Content-Length: 1, 2\r\n\r\nxy",
    "negative length": OK + b"Content-Length: -1\r\n\r\nxy",
    "length with a plus": OK + b"Content-Length: +2\r\n\r\nxy",
    "length in hexadecimal": OK + b"Content-Length: 0x2\r\n\r\nxy",
    "length of nothing": OK + b"Content-Length:\r\n\r\nxy",
    "length past 64 bits": OK + b"Content-Length: " + b"9" * 40 + b"\r\n\r\nxy",
    "short body": OK + b"Content-Length: 100\r\n\r\nshort",
    "half of nothing": OK + b"Content-Length: 5\r\n\r\n",
    "no chunk size": OK + b"Transfer-Encoding: chunked\r\n\r\n\r\nx\r\n0\r\n\r\n",
    "bad chunk size": OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nx\r\n0\r\n\r\n",
    "negative chunk": OK + b"Transfer-Encoding: chunked\r\n\r\n-1\r\nx\r\n0\r\n\r\n",
    "chunk of 2^64": OK + b"Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\nx\r\n0\r\n\r\n",
    "chunk longer than it says": OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nabcd\r\n0\r\n\r\n",
    "half a chunk": OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab",
    "no last chunk": OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n",
    "no end of trailers": OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\nX: y\r\n",
    "unknown transfer coding": OK + b"Transfer-Encoding: gzip\r\n\r\nab",
    "transfer coding twice": OK + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
    "transfer coding behind a tab": OK + b"Transfer-Encoding: \x0bchunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
    "a protocol nobody asked for": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\nab",
    "interim answers and no other": b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n" * 3,
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_answers(get: Getter, site: web.Site, name: str) -> None:
    site.routes["/"] = web.Answer(raw=BROKEN[name])
    got = get(site.url())
    assert (got.error, got.body) == (Reason.PROTOCOL_ERROR, b"")
    assert got.detail is not None and got.detail.isprintable()
    assert get(site.url()).detail == got.detail, "the same input, the same words"


def repeat(first: bytes, again: bytes) -> web.Answer:
    return web.Answer(raw=itertools.chain([first], itertools.repeat(again)))


ENDLESS = {
    "one long status line": repeat(b"HTTP/1.1 200 ", b"O" * 999),
    "one long header": web.Answer(raw=OK + b"X-Long: " + b"y" * 200_000 + b"\r\n\r\n"),
    "10,000 headers": web.Answer(raw=OK + b"".join(b"X-%d: y\r\n" % n for n in range(10_000)) + b"\r\nbody"),
    "headers": repeat(OK, b"X-Endless: yes\r\n"),
    "70 KB of headers": web.Answer(body=b"x", headers={f"X-{n}": "y" * 1000 for n in range(70)}),
    "folds": repeat(OK + b"X: y\r\n", b" and more\r\n"),
    "interim answers": repeat(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "interim answers with headers": repeat(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </" + b"a" * 30_000 + b">\r\n\r\n"),
    "trailers": repeat(OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X-Trailer: yes\r\n"),
    "chunk extension": repeat(OK + b"Transfer-Encoding: chunked\r\n\r\n5;", b"extension"),
    "chunk size": repeat(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
    "garbage": repeat(b"", bytes(range(256))),
}


@pytest.mark.parametrize("name", ENDLESS)
def test_heads_without_end(get: Getter, site: web.Site, name: str) -> None:
    site.routes["/"] = ENDLESS[name]
    begun = time.monotonic()
    assert get(site.url()).error == Reason.PROTOCOL_ERROR
    assert time.monotonic() - begun < 5, "by its size, not by the deadline"


ODD = {
    "HTTP/1.0": b"HTTP/1.0 200 OK\r\n\r\nwords",
    "HTTP/1.0 with chunks": b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nwords\r\n0\r\n\r\n",
    "no phrase": b"HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nwords",
    "phrase in latin-1": b"HTTP/1.1 200 Tr\xe8s bien\r\n\r\nwords",
    "lone LF": b"HTTP/1.1 200 OK\nContent-Length: 5\n\nwords",
    "LF and CRLF": b"HTTP/1.1 200 OK\nContent-Length: 5\r\n\r\nwords",
    "early hints": b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n" + OK + b"Content-Length: 5\r\n\r\nwords",
    "more than announced": OK + b"Content-Length: 5\r\n\r\nwords, and more",
    "obs-fold": OK + b"X: a\r\n\tand b\r\nContent-Length: 5\r\n\r\nwords",
    "a space before the colon": OK + b"Content-Length : 5\r\n\r\nwords",
    "the same length twice": OK + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nwords",
    "chunks and a length": OK + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nwords\r\n0\r\n\r\n",
    "chunks with extensions and trailers": OK + b"transfer-encoding: Chunked\r\n\r\n2 ;a=b\r\nwo\r\n0003\r\nrds\r\n0\r\nX: y\r\n\r\n",
    "chunks with lone LF": OK + b"Transfer-Encoding: chunked\r\n\r\n5\nwords\n0\n\n",
    "a byte a chunk": OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"".join(b"1\r\n%c\r\n" % byte for byte in b"words") + b"0\r\n\r\n",
    "control characters in a value": OK + b"X: \x01\x7f\xff\r\n\r\nwords",
}


@pytest.mark.parametrize("drip", [0.0, 0.001], ids=["at once", "byte by byte"])
@pytest.mark.parametrize("name", ODD)
def test_odd_but_readable_answers(get: Getter, site: web.Site, name: str, drip: float) -> None:
    site.routes["/"] = web.Answer(raw=ODD[name], drip=drip)
    got = get(site.url())
    assert (got.error, got.body, got.wire_bytes) == (None, b"words", 5)


@pytest.mark.parametrize(("status", "reason"), [(999, Reason.HTTP_ERROR), (600, Reason.HTTP_ERROR), (299, None), (199, Reason.PROTOCOL_ERROR)])
def test_numbers_that_are_no_status(get: Getter, site: web.Site, status: int, reason: Reason | None) -> None:
    site.routes["/"] = web.Answer(raw=b"HTTP/1.1 %d Odd\r\nContent-Length: 2\r\n\r\nok" % status)
    assert get(site.url()).error == reason


def test_what_comes_after_an_answer_is_not_the_next_one(get: Getter, site: web.Site) -> None:
    """An answer with a second one behind it: were the connection used again, a site could answer for what was never asked."""
    poisoned = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" + b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
    site.routes |= {"/": web.Answer(raw=poisoned), "/b": web.Answer(body="good")}
    assert [one.body for one in get.all([site.url(), site.url("/b"), site.url("/b")])] == [b"ok", b"good", b"good"]
    assert [request.connection for request in site.requests] == [1, 2, 2]


def test_an_unasked_answer_on_an_idle_connection(get: Getter, site: web.Site) -> None:
    closing = site.closing

    def late(request: web.Request) -> web.Answer:
        def pieces() -> Iterator[bytes]:
            yield b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
            closing.wait(0.1)
            yield b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
            closing.wait(2)  # and keeps the connection open

        return web.Answer(raw=pieces())

    site.routes |= {"/": late, "/b": web.Answer(body="good")}
    assert [one.body for one in get.all([site.url(), site.url("/b")], delay=0.5)] == [b"ok", b"good"]
    assert [request.connection for request in site.requests] == [1, 2]


# TLS


def listener(greeting: bytes, *, hold: float = 0.0) -> AbstractContextManager[str]:
    """A server that says `greeting` to whoever connects, whatever he says; its https address."""

    @contextmanager
    def talking() -> Iterator[str]:
        with socket.create_server(("127.0.0.1", 0)) as server:
            done = threading.Event()

            def talk() -> None:
                while not done.is_set():
                    try:
                        client = server.accept()[0]
                    except OSError:
                        return
                    with client, suppress(OSError):
                        client.sendall(greeting)
                        client.recv(4096)
                        done.wait(hold)

            thread = threading.Thread(target=talk, daemon=True)
            thread.start()
            try:
                yield f"https://127.0.0.1:{server.getsockname()[1]}/"
            finally:
                done.set()
                with suppress(OSError):
                    server.shutdown(socket.SHUT_RDWR)
                thread.join(5)

    return talking()


@pytest.mark.parametrize(
    "greeting",
    [
        b"SSH-2.0-OpenSSH_9.9\r\n", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"", bytes(range(256)) * 64, b"\x15\x03\x03\x00\x02\x02\x28",
        b"\x16\x03\x03\xff\xff" + b"\x00" * 500, b"\x16\x03\x03\x00\x04\x02\x00\x00\x00",
    ],
)  # fmt: skip
def test_tls_with_one_who_speaks_none(get: Getter, greeting: bytes) -> None:
    with listener(greeting) as url:
        got = get(url)
    assert got.error == Reason.TLS_FAILED and "handshake" in (got.detail or "")


def test_a_handshake_that_never_comes(get: Getter) -> None:
    get.transport = lambda: GuardedTransport(connect=0.3)
    with listener(b"", hold=20) as url:
        got = get(url)
    assert got.error == Reason.TIMED_OUT and "TLS handshake" in (got.detail or "")


# Whatever else arrives. The server sends the drawn bytes as they are.

ODD_NAMES = ["Content-Length", "Transfer-Encoding", "Content-Encoding", "Location", "ETag", "Last-Modified", "Content-Type", "Set-Cookie",
             "Retry-After", "Date", "Expires", "Age", "Cache-Control", "Connection", "Link", "X-Robots-Tag"]  # fmt: skip
ODD_VALUES = ["0", "3", "5, 5", "-1", "99999999999999999999", "chunked", "gzip", "deflate", "br", "zstd", "gzip, br", "/", "//", "http://[", "http://\x7f/",
              "?", "#", "https:x", "http://a@b:c@d/", "//8.8.8.8/", "http://127.0.0.1:1/", "http://0x7f.1/", "http://[::ffff:1.2.3.4%25x]/", "\\\\x\\y", "/\x92\xff",
              "javascript:1", "data:,x", "file:///etc/passwd", "http://" + "a." * 200, "/" + "a" * 9000, "Thu, 32 Feb 2024 25:61:61 GMT", "0", "-5", "1e9",
              "Thu, 01 Jan 99999 00:00:00 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "max-age=1e400, no-cache", "close", "keep-alive, close", '"' * 50]  # fmt: skip
HOSTS = (f"http://8.8.{n // 256 % 256}.{n % 256}/" for n in itertools.count())  # a new one each time: nobody is asked twice within a moment
TEXT = st.text(st.characters(max_codepoint=255, exclude_characters="\n"), max_size=30)
HEADER = st.tuples(st.sampled_from(ODD_NAMES) | st.text(string.printable, max_size=8), TEXT | st.sampled_from(ODD_VALUES))
STATUS = st.sampled_from(["200 OK", "301 X", "302 X", "307 X", "300 X", "404", "410 x", "101 Up", "103 x", "99", "abc", "304 No", "204 x", "600 X", "200"])
BODY = st.binary(max_size=40) | st.sampled_from([gzip.compress(b"words"), zlib.compress(b"words"), brotli.compress(b"words"), b"5\r\nwords\r\n0\r\n\r\n"])


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(status=STATUS | TEXT, version=st.sampled_from(["HTTP/1.1 ", "HTTP/1.1 ", "HTTP/1.0 ", "HTTP/1.1", "ICY ", ""]), headers=st.lists(HEADER, max_size=6), body=BODY)
def test_no_answer_raises(get: Getter, site: web.Site, status: str, version: str, headers: list[tuple[str, str]], body: bytes) -> None:
    net = Net(site)
    get.transport = lambda: GuardedTransport(resolve=net.resolve, dial=net.dial, proxies=Proxies(environment={}))
    head = "".join(f"{name}: {value}\r\n" for name, value in headers)
    site.routes["*"] = web.Answer(raw=f"{version}{status}\r\n{head}\r\n".encode("latin-1", "replace") + body)
    url = next(HOSTS)
    got = get(url, allow_private=False, timeout=5.0, validators={url: Validators('"x"')})
    assert (got.error is None) == (got.detail is None)
    assert "could not be read" not in (got.detail or ""), "an exception that nobody foresaw"
    assert got.error != Reason.TIMED_OUT
    assert got.detail is None or (got.detail.isprintable() and len(got.detail) <= 300)
    assert got.error is None or got.body == b""
    assert all(name in KEPT_HEADERS and len(value) <= MAX_KEPT and "\n" not in value for name, value in got.headers)
    assert all(forbidden(ip_address(address)) is None for address, _ in net.dialled)
    assert all("\r" not in value and "\n" not in value for value in (got.etag or "", got.last_modified or "", got.content_type or ""))


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(target=st.text(max_size=40) | st.sampled_from(ODD_VALUES) | st.builds("http://{}{}".format, st.text(max_size=12), st.text(max_size=12)))
def test_no_redirect_target_raises(get: Getter, site: web.Site, target: str) -> None:
    net = Net(site)
    get.transport = lambda: GuardedTransport(resolve=net.resolve, dial=net.dial, proxies=Proxies(environment={}))
    sent = target.encode("utf-8", "surrogatepass").replace(b"\n", b"").replace(b"\r", b"").replace(b"\0", b"")
    site.routes = {"/start": web.Answer(raw=b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + sent + b"\r\n\r\n"), "*": web.Answer(body="there")}
    got = get(next(HOSTS) + "start", allow_private=False, timeout=5.0)
    assert got.error in (None, Reason.REFUSED_ADDRESS, Reason.REFUSED_SCHEME, Reason.TOO_MANY_REDIRECTS, Reason.DNS_FAILED)
    assert "could not be read" not in (got.detail or ""), "an exception that nobody foresaw"
    assert all(forbidden(ip_address(address)) is None for address, _ in net.dialled)
