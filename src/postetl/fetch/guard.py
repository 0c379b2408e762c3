"""The address is checked at the moment it is dialled: what a name resolves to is what is checked, and what is checked is dialled.

So redirects, names that resolve differently the second time and odd spellings (0x7f.1, 2130706433, 017700000001) gain nothing.
`ipaddress.is_global` says True for NAT64, 6to4, v4-compatible and other ways back in, hence a table of our own.
"""

import asyncio
import ipaddress
import os
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import cache

import httpcore
import httpx

from postetl.errors import Reason, Refused, Transient

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]  # (host, port) -> addresses, best first
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

MAX_ADDRESSES = 256  # of one name; a name with more is not meant to be dialled
MAX_DIALS = 4  # of them are tried; the connect time is shared between them

# IANA's special-purpose registries (RFC 6890 and its updates), and the metadata addresses that lie outside them.
_FORBIDDEN: tuple[tuple[str, str], ...] = (
    ("0.0.0.0/8", "unspecified"),
    ("10.0.0.0/8", "private"),
    ("100.64.0.0/10", "carrier-grade NAT"),  # RFC 6598; Alibaba's metadata 100.100.100.200 is in it
    ("127.0.0.0/8", "loopback"),
    ("168.63.129.16/32", "Azure's metadata and wire server"),  # a public number, routed to the host
    ("169.254.0.0/16", "link-local, where clouds keep their metadata"),
    ("172.16.0.0/12", "private"),
    ("192.0.0.0/24", "protocol assignments"),  # RFC 6890; Oracle's metadata 192.0.0.192 is in it
    ("192.0.2.0/24", "documentation"),
    ("192.88.99.0/24", "6to4 relay"),  # RFC 7526
    ("192.168.0.0/16", "private"),
    ("198.18.0.0/15", "benchmarking"),
    ("198.51.100.0/24", "documentation"),
    ("203.0.113.0/24", "documentation"),
    ("224.0.0.0/4", "multicast"),
    ("240.0.0.0/4", "reserved"),
    ("::/128", "unspecified"),
    ("::1/128", "loopback"),
    ("::ffff:0:0/96", "IPv4-mapped"),
    ("::ffff:0:0:0/96", "IPv4-translated"),  # RFC 2765
    ("::/96", "IPv4-compatible"),
    ("64:ff9b::/96", "NAT64"),  # RFC 6052
    ("64:ff9b:1::/48", "NAT64"),  # RFC 8215
    ("100::/64", "discard"),
    ("2001::/32", "Teredo"),
    ("2001::/23", "protocol assignments"),  # RFC 2928: ORCHID, benchmarking
    ("2001:db8::/32", "documentation"),
    ("2002::/16", "6to4"),
    ("3fff::/20", "documentation"),  # RFC 9637
    ("5f00::/16", "segment routing"),  # RFC 9602
    ("fc00::/7", "private"),
    ("fe80::/10", "link-local"),
    ("fec0::/10", "site-local"),
    ("ff00::/8", "multicast"),
)
_TABLE = tuple((ipaddress.ip_network(network), what) for network, what in _FORBIDDEN)
_UNICAST = ipaddress.IPv6Network("2000::/3")  # all that IANA has handed out of IPv6; the rest is nobody's


def forbidden(address: Address) -> str | None:
    """What kind of address this is, when it may not be dialled; None for a public one."""
    for network, what in _TABLE:
        if address.version == network.version and address in network:
            return what
    if isinstance(address, ipaddress.IPv6Address) and address not in _UNICAST:
        return "reserved"
    return None


@cache
def _trusted() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)  # reads 150 certificates: once a process


async def resolve(host: str, port: int) -> Sequence[str]:
    """The system's resolver, in the order of RFC 6724. Raises OSError (gaierror)."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(info[4][0]) for info in found]


class GuardedTransport(httpx.AsyncBaseTransport):
    """httpx's own transport over a backend that checks and then dials.

    A request with the extension `allow_private` goes through a pool of its own that checks nothing: were there one pool, a
    connection opened for the source that may would be reused for one that may not. Proxies of the environment are not used.
    `resolve`, `dial` and `verify` are for tests and for private certificate authorities.
    """

    def __init__(
        self,
        *,
        resolve: Resolve = resolve,
        dial: httpcore.AsyncNetworkBackend | None = None,
        verify: ssl.SSLContext | None = None,
        max_connections: int = 256,
        max_idle: int = 64,
    ) -> None:
        context = verify or _trusted()
        backend = dial or httpcore.AnyIOBackend()
        limits = httpx.Limits(max_connections=max_connections, max_keepalive_connections=max_idle, keepalive_expiry=15)

        def transport(*, guarded: bool) -> httpx.AsyncHTTPTransport:
            made = httpx.AsyncHTTPTransport(verify=context, trust_env=False, limits=limits)
            # AsyncHTTPTransport has no parameter for the backend (encode/httpx#1340); httpx is pinned below 0.29 for this line.
            made._pool = httpcore.AsyncConnectionPool(  # noqa: SLF001
                ssl_context=context,
                max_connections=limits.max_connections,
                max_keepalive_connections=limits.max_keepalive_connections,
                keepalive_expiry=limits.keepalive_expiry,
                network_backend=Guard(resolve, backend, guarded=guarded),
            )
            return made

        self._guarded, self._private = transport(guarded=True), transport(guarded=False)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        pool = self._private if request.extensions.get("allow_private") is True else self._guarded
        return await pool.handle_async_request(request)

    async def aclose(self) -> None:
        await self._guarded.aclose()
        await self._private.aclose()


class Guard(httpcore.AsyncNetworkBackend):
    """Resolves, checks every address, dials the checked numbers. TLS still sees the name (SNI and certificate).

    Raises Refused(refused_address), Transient(dns_failed, connect_failed or timed_out): httpcore and httpx let them through.
    """

    def __init__(self, resolve: Resolve, dial: httpcore.AsyncNetworkBackend, *, guarded: bool = True) -> None:
        self._resolve, self._dial, self._guarded = resolve, dial, guarded

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        slow = Transient(f"no connection to {where} within {timeout or 0:g} s", reason=Reason.TIMED_OUT)
        loop = asyncio.get_running_loop()
        until = None if timeout is None else loop.time() + timeout
        try:
            async with asyncio.timeout_at(until):
                addresses = (await self._addresses(host, port))[:MAX_DIALS]
                failure: Transient = slow
                for left in range(len(addresses), 0, -1):
                    share = None if until is None else max(until - loop.time(), 0.001) / left
                    try:
                        return await self._dial.connect_tcp(str(addresses[-left]), port, share, local_address, socket_options)
                    except httpcore.ConnectTimeout:
                        failure = slow
                    except httpcore.ConnectError as error:
                        failure = Transient(f"nothing answers at {where}: {_why(error)}", reason=Reason.CONNECT_FAILED)
        except TimeoutError:
            raise slow from None
        raise failure

    async def connect_unix_socket(
        self,
        path: str,  # noqa: ARG002 - httpcore's signature
        timeout: float | None = None,  # noqa: ARG002, ASYNC109
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002
    ) -> httpcore.AsyncNetworkStream:
        raise Refused("a Unix socket is no public address")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def _addresses(self, host: str, port: int) -> list[Address]:
        """Every address of the host, each of them allowed: one forbidden among them and the name is not trusted at all."""
        found = _literal(host)
        if found is None:
            try:
                texts = await self._resolve(host, port)
                found = [ipaddress.ip_address(text) for text in dict.fromkeys(texts)]
            except (OSError, ValueError) as error:  # gaierror; UnicodeError and ValueError for what can be no name
                again = isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN
                detail = f"the name {host} {'cannot be looked up at present' if again else 'has no address'}"
                raise Transient(detail, reason=Reason.DNS_FAILED) from None
            if not found or len(found) > MAX_ADDRESSES:
                detail = f"the name {host} has {f'more than {MAX_ADDRESSES} addresses' if found else 'no address'}"
                raise Transient(detail, reason=Reason.DNS_FAILED)
        if self._guarded:
            for address in found:
                if what := forbidden(address):
                    named = host if host == str(address) else f"{host} is {address}"
                    raise Refused(f"{named}: {what}; set allow_private on a source you run yourself", reason=Reason.REFUSED_ADDRESS)
        return found


def _literal(host: str) -> list[Address] | None:
    """A host that is a number in any spelling that the C library would take for one; None for a name."""
    host = host.strip("[]").rstrip(".")
    try:
        return [ipaddress.ip_address(host)]
    except ValueError:
        pass
    try:
        return [ipaddress.IPv4Address(socket.inet_aton(host))]  # decimal, octal, hexadecimal, one to four parts
    except (OSError, UnicodeError, ValueError):
        return None


def _why(error: BaseException) -> str:
    """The system's words for it, from the depth of the chain of causes (asyncio's own words name our end, too)."""
    words, seen = "no connection", error.__cause__ or error.__context__
    while seen is not None:
        if isinstance(seen, OSError) and seen.errno:
            words = os.strerror(seen.errno).lower()
        seen = seen.__cause__ or seen.__context__
    return words
