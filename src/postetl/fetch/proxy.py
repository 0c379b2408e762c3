"""Forward proxies: which one an address goes through, and CONNECT.

The environment's HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY (lower case wins, as in curl), or the one of the configuration.
Loopback is never asked for through a proxy: it would be another machine's.
"""

import asyncio
import base64
import ipaddress
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies_environment, proxy_bypass_environment  # type: ignore[attr-defined]  # no stub for the second

from postetl.errors import Reason, Refused, Transient
from postetl.fetch.guard import literal, where
from postetl.fetch.http1 import MAX_HEADERS, bad, head_end, parse_head


@dataclass(frozen=True, slots=True)
class Proxy:
    """An http:// proxy. Its password is in `authorization` and shows nowhere."""

    host: str
    port: int
    authorization: bytes | None

    def __repr__(self) -> str:
        return f"Proxy({where(self.host, self.port)})"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises ValueError without repeating the text: it may hold a password."""
        try:
            parts = urlsplit(text if "://" in text else f"http://{text}")
            good, port = parts.scheme.lower() == "http" and parts.hostname, parts.port or 80
        except ValueError:
            good = None
        if not good:
            raise ValueError("only http:// proxies are used; write it like http://proxy.example:3128")
        given = None
        if parts.username is not None:
            pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            given = b"Basic " + base64.b64encode(pair.encode())
        return cls(str(parts.hostname), port, given)


class Proxies:
    """`proxy`: for everything, as configured. Without it the environment decides for each address."""

    def __init__(self, proxy: str | None = None, environment: Mapping[str, str] | None = None) -> None:
        found = getproxies_environment() if environment is None else dict(environment)
        self._texts = {"no": found.get("no", "")} | ({"all": proxy} if proxy else {key: found[key] for key in ("http", "https", "all") if found.get(key)})
        self._made: dict[str, Proxy] = {}

    def find(self, scheme: str, host: str, port: int) -> Proxy | None:
        """Raises Refused for a proxy that cannot be used: going past it could be what it is there to prevent."""
        text = self._texts.get(scheme) or self._texts.get("all")
        if not text or _loopback(host) or proxy_bypass_environment(where(host, port), self._texts):
            return None
        if text not in self._made:
            try:
                self._made[text] = Proxy.parse(text)
            except ValueError as error:
                raise Refused(f"the proxy for {scheme} addresses cannot be used: {error}", reason=Reason.CONNECT_FAILED) from None
        return self._made[text]


async def tunnel(sock: socket.socket, proxy: Proxy, host: str, port: int) -> None:
    """CONNECT (RFC 9110 9.3.6). Raises Transient, Refused or Malformed."""
    loop = asyncio.get_running_loop()
    target = where(host, port).encode("ascii")
    lines = [b"CONNECT " + target + b" HTTP/1.1", b"Host: " + target]
    if proxy.authorization:
        lines.append(b"Proxy-Authorization: " + proxy.authorization)
    name = where(proxy.host, proxy.port)
    received = bytearray()
    try:
        await loop.sock_sendall(sock, b"\r\n".join(lines) + b"\r\n\r\n")
        while (end := head_end(received)) < 0:
            piece = await loop.sock_recv(sock, 4096)
            if not piece:
                raise Transient(f"the proxy {name} closed the connection", reason=Reason.CONNECT_FAILED)
            received += piece
            if len(received) > MAX_HEADERS:
                raise bad(f"the proxy {name} answers without end")
    except OSError:
        raise Transient(f"the proxy {name} broke the connection", reason=Reason.CONNECT_FAILED) from None
    status = parse_head(bytes(received[:end]), method="CONNECT").status
    if 200 <= status < 300:
        return
    if status == 407:
        raise Refused(f"the proxy {name} asks for a name and a password: http://name:password@{name}", reason=Reason.CONNECT_FAILED)
    detail = f"the proxy {name} answers {status} to CONNECT {where(host, port)}"
    if status in (502, 503, 504):
        raise Transient(detail, reason=Reason.CONNECT_FAILED)
    raise Refused(detail, reason=Reason.CONNECT_FAILED)


def _loopback(host: str) -> bool:
    found = literal(host)
    if found is None:
        return host.rstrip(".").lower() == "localhost"
    return all(address.is_loopback or address == ipaddress.IPv4Address(0) for address in found)
