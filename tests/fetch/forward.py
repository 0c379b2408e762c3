"""A forward proxy on loopback: absolute-form GETs and CONNECT, to the loopback servers that play the hosts it knows.

with forward() as proxy:
    proxy.leads["feeds.test"] = site     # whatever the port
    proxy.url()                          # for HTTP_PROXY; proxy.asked: every request line it saw
"""

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import web


@dataclass
class Forward:
    port: int
    leads: dict[str, web.Site] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    password: str | None = None  # the Proxy-Authorization it wants
    greeting: bytes | None = None  # said to every CONNECT instead of doing it

    def url(self, userinfo: str = "") -> str:
        return f"http://{userinfo + '@' if userinfo else ''}127.0.0.1:{self.port}"


@contextlib.contextmanager
def forward() -> Iterator[Forward]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        proxy = Forward(listener.getsockname()[1])
        threads: list[threading.Thread] = []
        clients: list[socket.socket] = []

        def accept() -> None:
            while True:
                try:
                    client = listener.accept()[0]
                except OSError:
                    return
                clients.append(client)
                threads.append(threading.Thread(target=_talk, args=(proxy, client), daemon=True))
                threads[-1].start()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            for made in (listener, *clients):
                with contextlib.suppress(OSError):
                    made.shutdown(socket.SHUT_RDWR)
            for one in (thread, *threads):
                one.join(5)


def _talk(proxy: Forward, client: socket.socket) -> None:
    with client, contextlib.suppress(OSError):
        head = b""
        while b"\r\n\r\n" not in head:
            piece = client.recv(65536)
            if not piece:
                return
            head += piece
        lines = head.decode("latin-1").split("\r\n")
        proxy.asked.append(lines[0])
        method, target, _ = lines[0].split(" ")
        if method == "CONNECT" and proxy.greeting is not None:
            client.sendall(proxy.greeting)
            return
        if proxy.password and f"Proxy-Authorization: {proxy.password}" not in lines:
            client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            return
        parts = urlsplit(target if method != "CONNECT" else f"//{target}")
        site = proxy.leads.get(parts.hostname or "")
        if site is None:
            client.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
            return
        with socket.create_connection((site.address, site.port)) as server:
            if method == "CONNECT":
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:  # one request a connection; the origin form, and nothing that is the proxy's
                kept = [line for line in lines[1:] if not line.lower().startswith(("proxy-", "connection:"))]
                path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
                server.sendall("\r\n".join([f"{method} {path} HTTP/1.1", "Connection: close", *kept]).encode("latin-1"))
            back = threading.Thread(target=_pump, args=(server, client), daemon=True)
            back.start()
            _pump(client, server)
            back.join(5)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(65536):
            sink.sendall(piece)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
