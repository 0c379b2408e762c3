"""A small real web on loopback, for every test that needs a server.

    with web.serve({"/feed.xml": web.Answer(body=FEED, content_type="application/rss+xml")}) as site:
        site.url("/feed.xml")            # http://127.0.0.1:PORT/feed.xml
        site.routes["/feed.xml"] = web.Answer(status=500)      # routes may change while it runs
        site.routes["/who"] = lambda request: web.Answer(body=request.headers["user-agent"])
        site.requests                    # every Request that arrived, in order; site.hits("/who") counts one path

    with web.serve_folder(tmp_path) as site: ...               # files as they are on disk now, with ETag and Last-Modified

Sockets and threads, no framework: it must be able to break every rule of HTTP. Only addresses of 127.0.0.0/8 and ::1 are served.
"""

import contextlib
import mimetypes
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from hashlib import sha256
from http import HTTPStatus
from ipaddress import ip_address
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import unquote, urlsplit

FEED_TYPES = {".xml": "application/xml", ".rss": "application/rss+xml", ".atom": "application/atom+xml", ".json": "application/json"}


@dataclass(frozen=True)
class Request:
    """What a client sent. Header names are in lower case; a header sent twice is joined with ', '."""

    method: str
    target: str  # as on the request line: path and query
    headers: dict[str, str]
    body: bytes = b""
    at: float = 0.0  # time.monotonic() at which its header was complete
    peer: tuple[str, int] = ("", 0)
    connection: int = 0  # number of the connection, from 1: tells reuse

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> str:
        return urlsplit(self.target).query


@dataclass(frozen=True)
class Answer:
    """What the server sends back.

    body: bytes or text (Content-Length), or an iterable of pieces (chunked, sent as they come; may be endless).
    raw: sent instead of everything else, as it is, then the connection is closed (an iterable may be endless).
    delay: seconds before the first byte.  drip: seconds between two bytes of the body (or of `raw`).
    cut: close the connection after so many bytes of the body.  length: the Content-Length claimed, when it is to be a lie.
    etag, last_modified: sent, and a matching If-None-Match / If-Modified-Since is answered with 304.
    """

    body: bytes | str | Iterable[bytes] = b""
    status: int = 200
    content_type: str | None = "text/html; charset=utf-8"
    headers: Mapping[str, str] | Iterable[tuple[str, str]] = ()
    raw: bytes | Iterable[bytes] | None = None
    delay: float = 0.0
    drip: float = 0.0
    cut: int | None = None
    length: int | None = None
    etag: str | None = None
    last_modified: str | None = None


Route = Answer | bytes | str | Callable[[Request], Answer]


def redirect(location: str, status: int = 302) -> Answer:
    return Answer(status=status, headers={"Location": location}, content_type=None)


@dataclass
class Site:
    """A running server; made by `serve`."""

    routes: dict[str, Route]
    address: str
    port: int
    scheme: str = "http"
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    closing: threading.Event = field(default_factory=threading.Event)

    def url(self, path: str = "/", *, host: str | None = None, userinfo: str = "") -> str:
        name = host or (f"[{self.address}]" if ":" in self.address else self.address)
        return f"{self.scheme}://{userinfo + '@' if userinfo else ''}{name}:{self.port}{path}"

    def hits(self, path: str) -> int:
        return sum(request.path == path for request in self.requests)

    def answer(self, request: Request) -> Answer:
        route = self.routes.get(request.target, self.routes.get(request.path, self.routes.get("*")))
        if route is None:
            return Answer(status=404, body="no such page")
        if isinstance(route, (bytes, str)):
            return Answer(body=route)
        answer = route if isinstance(route, Answer) else route(request)
        fresh = (answer.etag is not None and request.headers.get("if-none-match") == answer.etag) or (
            answer.last_modified is not None
            and "if-none-match" not in request.headers
            and request.headers.get("if-modified-since") == answer.last_modified
        )
        return replace(answer, status=304, body=b"") if fresh and answer.status == 200 else answer


@contextlib.contextmanager
def serve(
    routes: Mapping[str, Route] | None = None, *, address: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None
) -> Iterator[Site]:
    """Serve `routes` (path, or path?query, or "*" for the rest) on a loopback address until the block ends."""
    assert ip_address(address).is_loopback, f"{address}: tests serve on loopback only"
    listener = socket.create_server(
        (address, port), family=socket.AF_INET6 if ":" in address else socket.AF_INET, backlog=512, reuse_port=False
    )
    site = Site(dict(routes or {}), address, listener.getsockname()[1], "https" if tls else "http")
    server = _Server(site, listener, tls)
    server.thread.start()
    try:
        yield site
    finally:
        server.stop()


@contextlib.contextmanager
def serve_folder(folder: Path, *, address: str = "127.0.0.1", port: int = 0) -> Iterator[Site]:
    """Serve the files of a folder as they are at each request; index.html for a folder; nothing outside it."""
    root = folder.resolve()

    def file(request: Request) -> Answer:
        path = (root / unquote(request.path).lstrip("/")).resolve()
        if path.is_dir():
            path = path / "index.html"
        if not path.is_file() or not path.is_relative_to(root):
            return Answer(status=404, body="no such page")
        body = path.read_bytes()
        kind = FEED_TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        return Answer(
            body=body,
            content_type=f"{kind}; charset=utf-8" if kind.startswith("text/") else kind,
            etag=f'"{sha256(body).hexdigest()[:16]}"',
            last_modified=formatdate(path.stat().st_mtime, usegmt=True),
        )

    with serve({"*": file}, address=address, port=port) as site:
        yield site


@contextlib.contextmanager
def dead_port(address: str = "127.0.0.1") -> Iterator[int]:
    """A port at which nothing listens, kept from others meanwhile."""
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as held:
        held.bind((address, 0))
        yield held.getsockname()[1]


class _Server:
    def __init__(self, site: Site, listener: socket.socket, tls: ssl.SSLContext | None) -> None:
        self.site, self.listener, self.tls = site, listener, tls
        self.open: set[socket.socket] = set()
        self.lock = threading.Lock()
        self.thread = threading.Thread(target=self.accept, name=f"web:{site.port}", daemon=True)

    def accept(self) -> None:
        while not self.site.closing.is_set():
            try:
                client, peer = self.listener.accept()
            except OSError:
                return
            with self.lock:
                self.site.connections += 1
                number = self.site.connections
                self.open.add(client)
            threading.Thread(target=self.talk, args=(client, peer[:2], number), daemon=True).start()

    def stop(self) -> None:
        self.site.closing.set()
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)  # wakes accept()
        self.listener.close()
        with self.lock:
            for client in self.open:
                with contextlib.suppress(OSError):
                    client.shutdown(socket.SHUT_RDWR)
        self.thread.join(5)

    def talk(self, plain: socket.socket, peer: tuple[str, int], number: int) -> None:
        client = plain
        try:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.tls:
                client = self.tls.wrap_socket(plain, server_side=True)
            with _Reader(client) as reader:
                while (request := reader.request(peer, number)) is not None:
                    self.site.requests.append(request)
                    if not self.reply(client, request, self.site.answer(request)):
                        return
        except (OSError, ssl.SSLError):
            return  # the client went away: its own affair
        finally:
            with self.lock:
                self.open.discard(plain)
            with contextlib.suppress(OSError):
                client.close()

    def reply(self, client: socket.socket, request: Request, answer: Answer) -> bool:
        """Send the answer; False: the connection ends here."""
        if answer.delay:
            self.site.closing.wait(answer.delay)
        if answer.raw is not None:
            self.send(client, (answer.raw,) if isinstance(answer.raw, bytes) else answer.raw, answer.drip, None)
            return False
        body = answer.body.encode() if isinstance(answer.body, str) else answer.body
        given = list(answer.headers.items() if isinstance(answer.headers, Mapping) else answer.headers)
        try:
            phrase = HTTPStatus(answer.status).phrase
        except ValueError:
            phrase = "Odd"
        head = [("Date", formatdate(usegmt=True))]
        if answer.content_type and answer.status != 304:
            head.append(("Content-Type", answer.content_type))
        if answer.etag:
            head.append(("ETag", answer.etag))
        if answer.last_modified:
            head.append(("Last-Modified", answer.last_modified))
        if not isinstance(body, bytes):
            head.append(("Transfer-Encoding", "chunked"))
        elif answer.status not in (204, 304) and "content-length" not in {name.lower() for name, _ in given}:
            head.append(("Content-Length", str(len(body) if answer.length is None else answer.length)))
        lines = [f"HTTP/1.1 {answer.status} {phrase}", *(f"{name}: {value}" for name, value in (*head, *given))]
        client.sendall("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n")
        if request.method == "HEAD" or answer.status in (204, 304):
            return True
        honest = answer.cut is None
        if isinstance(body, bytes):
            self.send(client, (body,), answer.drip, answer.cut)
            honest = honest and answer.length in (None, len(body))
        else:
            self.send(client, (b"%x\r\n%b\r\n" % (len(piece), piece) for piece in body if piece), answer.drip, answer.cut)
            if honest:
                client.sendall(b"0\r\n\r\n")
        return honest and request.headers.get("connection", "").lower() != "close"

    def send(self, client: socket.socket, pieces: Iterable[bytes], drip: float, cut: int | None) -> None:
        left = cut
        for piece in pieces:
            part = piece if left is None else piece[:left]
            if drip:
                for offset in range(len(part)):
                    client.sendall(part[offset : offset + 1])
                    if self.site.closing.wait(drip):
                        return
            else:
                client.sendall(part)
            if left is not None:
                left -= len(part)
                if left <= 0:
                    return
            if self.site.closing.is_set():
                return


class _Reader:
    """Reads requests from a connection that is kept alive."""

    def __init__(self, client: socket.socket) -> None:
        self.file = client.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.file.close()

    def request(self, peer: tuple[str, int], number: int) -> Request | None:
        words = self.file.readline(65537).decode("latin-1").split()
        if len(words) != 3:
            return None
        headers: dict[str, str] = {}
        while (line := self.file.readline(65537).strip()) != b"":
            name, _, value = line.decode("latin-1").partition(":")
            name, value = name.strip().lower(), value.strip()
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        body = self.file.read(int(headers.get("content-length", 0)))
        return Request(words[0], words[1], headers, body, time.monotonic(), peer, number)
