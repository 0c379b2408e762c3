"""The default httpx transport: HTTP/1.1 on asyncio, with the address checked where it is dialled and a bound on everything read.

Measured against httpcore and aiohttp under the same httpx.AsyncClient (.github/DESIGN.md has the figures): no other that can be
checked and bounded costs as little CPU a request.
"""

import asyncio
import ssl
from collections import OrderedDict
from collections.abc import AsyncIterator
from functools import cache

import httpx

from postetl.errors import Malformed, Reason, Refused, Transient
from postetl.fetch.connection import PIECE, Connection, Pace
from postetl.fetch.guard import Dial, Guard, Resolve, dial, resolve, where
from postetl.fetch.http1 import MAX_HEADERS, Chunks, Head, bad, head_end, parse_head
from postetl.fetch.proxy import Proxies, Proxy, tunnel

CONNECT = 10.0  # seconds for name, TCP, proxy and TLS together; a dead host must not cost a whole deadline
MIN_RATE = 1024.0  # bytes a second, over ...
RATE_WINDOW = 20.0  # ... so many seconds of a body: a modem's pace is fine, one byte a second is not
MAX_INTERIM = 16  # 1xx answers before the real one; Early Hints send one or two
MAX_CONNECTIONS = 256  # open at once, idle ones not counted; HostTurns lets fewer through
MAX_IDLE = 64  # kept for the next request, over all hosts ...
MAX_IDLE_PER_ORIGIN = 2  # ... and to one
IDLE_TIME = 15.0  # seconds; most servers close after 5 to 75

Key = tuple[bool, str, str, int]  # (allow_private, scheme, host, port): connections are never lent across any of them


@cache
def _trusted() -> ssl.SSLContext:
    """Reads 150 certificates: once a process. SSL_CERT_FILE and SSL_CERT_DIR may name others."""
    made = httpx.create_ssl_context()
    made.set_alpn_protocols(["http/1.1"])
    return made


class GuardedTransport(httpx.AsyncBaseTransport):
    """GET and HEAD over HTTP/1.1; a request with the extension `allow_private` may go to any address.

    Connections are pooled by (allow_private, origin): one opened for the source that may is never lent to one that may not.
    `resolve`, `dial` and `verify` are for tests and for private certificate authorities; `proxies` default to the environment's.
    Raises the errors of postetl.errors, each with the reason that its row will hold.
    """

    def __init__(
        self,
        *,
        resolve: Resolve = resolve,
        dial: Dial = dial,
        verify: ssl.SSLContext | None = None,
        proxies: Proxies | None = None,
        connect: float = CONNECT,
        min_rate: float = MIN_RATE,
        rate_window: float = RATE_WINDOW,
        max_connections: int = MAX_CONNECTIONS,
        max_idle: int = MAX_IDLE,
    ) -> None:
        self._guard, self._verify, self._proxies = Guard(resolve, dial), verify, proxies or Proxies()
        self._connect, self._min_rate, self._rate_window = connect, min_rate, rate_window
        self._max_idle, self._slots = max_idle, asyncio.Semaphore(max_connections)
        self._buffer = bytearray(PIECE)
        self._open: set[Connection] = set()
        self._idle: OrderedDict[Connection, Key] = OrderedDict()  # the longest idle first
        self._by_key: dict[Key, list[Connection]] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        host = url.raw_host.decode("ascii")
        key = (request.extensions.get("allow_private") is True, url.scheme, host, url.port or (443 if url.scheme == "https" else 80))
        if request.method not in ("GET", "HEAD") or url.scheme not in ("http", "https") or not host:
            raise Refused(f"{request.method} {url.scheme}: only GET and HEAD of http and https", reason=Reason.REFUSED_SCHEME)
        proxy = self._proxies.find(*key[1:])
        message = _message(request, proxy if url.scheme == "http" else None)
        await self._slots.acquire()
        try:
            connection, head = await self._ask(key, proxy, message, request.method)
        except BaseException:
            self._slots.release()
            raise
        return httpx.Response(
            head.status,
            headers=head.headers,
            stream=_Body(self, key, connection, head),
            extensions={"http_version": b"HTTP/" + head.version, "reason_phrase": head.phrase},
        )

    async def aclose(self) -> None:
        for connection in list(self._open):
            connection.abort()
        self._idle.clear()
        self._by_key.clear()
        await asyncio.sleep(0)  # asyncio closes the sockets in its next turn

    async def _ask(self, key: Key, proxy: Proxy | None, message: bytes, method: str) -> tuple[Connection, Head]:
        """Send, and read the head of the answer. A kept connection that has died meanwhile is replaced, unnoticed."""
        while True:
            kept = self._take(key)
            connection = kept or await self._dial(key, proxy)
            try:
                connection.send(message)
                head = await _head(connection, method)
            except BaseException:
                connection.abort()
                raise
            if head is not None:
                return connection, head
            connection.abort()
            if kept is None:
                raise Transient("the server closed the connection before the answer was complete", reason=Reason.PROTOCOL_ERROR)

    async def _dial(self, key: Key, proxy: Proxy | None) -> Connection:
        private, scheme, host, port = key
        at, step = where(host, port), "connection"
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._connect):
                if proxy is None:
                    sock = await self._guard.connect(host, port, guarded=not private)
                else:
                    if not private:
                        await self._guard.check(host, port)
                    sock = await self._guard.connect(proxy.host, proxy.port, guarded=False)
                    if scheme == "https":
                        try:
                            await tunnel(sock, proxy, host, port)
                        except BaseException:
                            sock.close()
                            raise
                tls: dict[str, object] = {}
                if scheme == "https":
                    step = "TLS handshake"
                    tls = {"ssl": self._verify or _trusted(), "server_hostname": host.rstrip("."), "ssl_shutdown_timeout": 1.0}
                made = Connection(self._buffer, self._forget)
                await loop.create_connection(lambda: made, sock=sock, **tls)  # type: ignore[call-overload]  # owns the socket from here
        except TimeoutError:
            raise Transient(f"no {step} with {at} within {self._connect:g} s", reason=Reason.TIMED_OUT) from None
        except ssl.SSLCertVerificationError as error:
            detail = f"the certificate is not to be trusted: {error.verify_message or 'verification failed'}"
            raise Refused(detail, reason=Reason.TLS_FAILED) from None
        except ssl.SSLError as error:
            raise Refused(f"no TLS handshake: {words(error)}", reason=Reason.TLS_FAILED) from None
        except OSError:
            if step == "connection":
                raise Transient(f"nothing answers at {at}: no connection", reason=Reason.CONNECT_FAILED) from None
            raise Transient("the server broke off the TLS handshake", reason=Reason.TLS_FAILED) from None
        self._open.add(made)
        return made

    def _take(self, key: Key) -> Connection | None:
        now = asyncio.get_running_loop().time()
        while kept := self._by_key.get(key):
            connection = kept[-1]
            since = connection.idle_since
            self._unlist(connection)
            if not connection.ended and since is not None and now - since < IDLE_TIME:
                connection.idle_since = None
                return connection
            connection.abort()
        return None

    def give_back(self, key: Key, connection: Connection, *, reuse: bool) -> None:
        """At the end of each answer; `reuse`: the answer was read whole and the server will take another request."""
        self._slots.release()
        if not reuse or connection.ended or connection.received:
            connection.abort()
            return
        now = asyncio.get_running_loop().time()
        connection.idle_since = now
        kept = self._by_key.setdefault(key, [])
        kept.append(connection)
        self._idle[connection] = key
        if len(kept) > MAX_IDLE_PER_ORIGIN:
            self._drop(kept[0])
        while self._idle and (len(self._idle) > self._max_idle or now - (next(iter(self._idle)).idle_since or now) >= IDLE_TIME):
            self._drop(next(iter(self._idle)))

    def _drop(self, connection: Connection) -> None:
        self._unlist(connection)
        connection.abort()

    def _unlist(self, connection: Connection) -> None:
        key = self._idle.pop(connection, None)
        if key is None:
            return
        kept = self._by_key[key]
        kept.remove(connection)
        if not kept:
            del self._by_key[key]

    def _forget(self, connection: Connection) -> None:
        self._unlist(connection)
        self._open.discard(connection)

    def pace(self, now: float) -> Pace:
        return Pace(self._min_rate, self._rate_window, now)


class _Body(httpx.AsyncByteStream):
    """The body as it comes off the wire, still encoded. An iterator rather than a generator: asyncio keeps books of those."""

    def __init__(self, transport: GuardedTransport, key: Key, connection: Connection, head: Head) -> None:
        self._transport, self._key, self._connection, self._head = transport, key, connection, head
        self._complete, self._closed = head.framing in ("none", 0), False
        self._chunks = Chunks() if head.framing == "chunked" else None
        self._left = head.framing if isinstance(head.framing, int) else None
        self._pace: Pace | None = None

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        """Raises Malformed, Transient (it ends half-way), Refused (too slow)."""
        connection = self._connection
        while not self._complete:
            if connection.received and (piece := self._take()):
                if self._pace is not None:
                    self._pace.took(len(piece))
                return piece
            if self._complete:
                break
            if connection.ended:
                if self._head.framing != "until closed" or connection.broken:
                    raise Transient("the connection broke before the answer was complete", reason=Reason.PROTOCOL_ERROR)
                self._complete = True
                break
            loop = asyncio.get_running_loop()
            if self._pace is None:
                self._pace = self._transport.pace(loop.time())
            await connection.more(self._pace.due)
            self._pace.check(loop.time())
        raise StopAsyncIteration

    def _take(self) -> bytes:
        received = self._connection.received
        if self._chunks is not None:
            piece = self._chunks.take(received)
            self._complete = self._chunks.complete
            return piece
        if self._left is None:
            piece = bytes(received)
        else:
            piece = bytes(received[: self._left])
            self._left -= len(piece)
            self._complete = self._left == 0
        del received[: len(piece)]
        return piece

    async def aclose(self) -> None:
        if not self._closed:
            self._closed = True
            self._transport.give_back(self._key, self._connection, reuse=self._complete and self._head.keep_alive)


async def _head(connection: Connection, method: str) -> Head | None:
    """The final answer's head; None when the connection ended before a byte of it. Raises Malformed, Transient."""
    received, looked, budget, interim = connection.received, 0, MAX_HEADERS, 0
    while True:
        end = head_end(received, looked)
        if end > budget or (end < 0 and len(received) > budget):
            raise bad(f"headers larger than {MAX_HEADERS // 1024} KiB")
        if end < 0:
            looked = len(received)
            if looked > 16 and not received.startswith(b"HTTP/1."):
                raise bad("the answer is not HTTP/1.1")
            if connection.ended:
                if received or interim:
                    raise _unfinished(received)
                return None
            await connection.more()
            continue
        head = parse_head(bytes(received[:end]), method=method)
        del received[:end]
        if head.status >= 200:
            return head
        looked, budget, interim = 0, budget - end, interim + 1
        if head.status == 101 or interim > MAX_INTERIM:
            raise bad("a change of protocol that was not asked for" if head.status == 101 else f"more than {MAX_INTERIM} interim (1xx) answers")


def _unfinished(received: bytearray) -> Malformed | Transient:
    if received and not (b"HTTP/1." + bytes(4)).startswith(bytes(received[:7])):
        return bad("the answer is not HTTP/1.1")
    return Transient("the connection broke before the answer was complete", reason=Reason.PROTOCOL_ERROR)


def _message(request: httpx.Request, proxy: Proxy | None) -> bytes:
    """The request as sent; to a proxy with the whole address (RFC 9112 3.2.2). Raises Refused for what would be two requests."""
    url = request.url
    target = url.raw_path if proxy is None else b"http://" + url.netloc + url.raw_path
    lines = [b"%b %b HTTP/1.1" % (request.method.encode("ascii"), target)]
    lines += [b"%b: %b" % pair for pair in request.headers.raw]
    if proxy is not None and proxy.authorization:
        lines.append(b"Proxy-Authorization: " + proxy.authorization)
    message = b"\r\n".join(lines)
    if message.count(b"\n") != len(lines) - 1 or message.count(b"\r") != len(lines) - 1 or b"\0" in message:
        raise Refused("a line break in a header or an address", reason=Reason.PROTOCOL_ERROR)
    return message + b"\r\n\r\n"


def words(error: ssl.SSLError) -> str:
    reason: str | None = getattr(error, "reason", None)  # not there on an error that Python itself made
    return (reason or "damaged data").lower().replace("_", " ")
