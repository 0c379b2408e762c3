"""The address is checked at the moment it is dialled: what a name resolves to is what is checked, and what is checked is dialled.

So redirects, names that resolve differently the second time and odd spellings (0x7f.1, 2130706433, 017700000001) gain nothing.
`ipaddress.is_global` says True for NAT64, 6to4, v4-compatible and other ways back in, hence a table of our own.
"""

import asyncio
import contextlib
import ipaddress
import os
import socket
import threading
from collections.abc import Awaitable, Callable, Sequence
from itertools import zip_longest

from postetl.errors import Reason, Refused, Transient

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]  # (host, port) -> addresses, best first
Dial = Callable[[str, int], Awaitable[socket.socket]]  # (address, port) -> a connected, non-blocking socket
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

MAX_ADDRESSES = 256  # of one name; a name with more is not meant to be dialled
MAX_DIALS = 4  # of them are tried, within the one connect time
STAGGER = 0.25  # seconds between two of them, while the one before is silent (RFC 8305 5)
LOOKUP_BEHIND_PROXY = 2.0  # seconds; where only the proxy can resolve names, ours often just hangs

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


async def resolve(host: str, port: int) -> Sequence[str]:
    """The system's resolver, in the order of RFC 6724. Raises OSError (gaierror), UnicodeError.

    Each lookup has a thread of its own, which nobody waits for: asyncio's pool has six on a small machine, so that six dead names
    would hold up all others, and is joined at the end of a run, so that they would hold up Ctrl-C.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[Sequence[str]] = loop.create_future()

    def settle(found: Sequence[str], error: Exception | None) -> None:
        if answer.done():  # given up meanwhile
            return
        if error is None:
            answer.set_result(found)
        else:
            answer.set_exception(error)

    def look() -> None:
        found: Sequence[str] = ()
        failed: Exception | None = None
        try:
            found = [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
        except (OSError, UnicodeError) as error:
            failed = error
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody asks any more
            loop.call_soon_threadsafe(settle, found, failed)

    threading.Thread(target=look, name=f"lookup {host[:60]}", daemon=True).start()
    return await answer


async def dial(address: str, port: int) -> socket.socket:
    """A connected, non-blocking socket. Raises OSError."""
    made = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    try:
        made.setblocking(False)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(made, (address, port))
    except BaseException:
        made.close()
        raise
    return made


class Guard:
    """Resolves, checks every address, dials the checked numbers. TLS still sees the name (SNI and certificate).

    `resolve` and `dial` are the two doors to the network: whoever records them sees every lookup and every connection.
    Raises Refused(refused_address), Transient(dns_failed or connect_failed). Has no clock: the caller gives up.
    """

    def __init__(self, resolve: Resolve = resolve, dial: Dial = dial) -> None:
        self._resolve, self._dial = resolve, dial

    async def connect(self, host: str, port: int, *, guarded: bool = True) -> socket.socket:
        return await self._first(host, port, await self._addresses(host, port, guarded=guarded))

    async def check(self, host: str, port: int) -> None:
        """For a proxy that will dial: refuse what is forbidden as far as can be seen from here. Raises Refused only.

        A name that does not resolve here, or not soon, is the proxy's affair.
        """
        try:
            async with asyncio.timeout(LOOKUP_BEHIND_PROXY):
                await self._addresses(host, port, guarded=True)
        except (Transient, TimeoutError):
            return

    async def _first(self, host: str, port: int, addresses: Sequence[Address]) -> socket.socket:
        """The first of a few addresses that answers; the next one is tried STAGGER after the one before (RFC 8305)."""
        dialled: list[asyncio.Task[socket.socket]] = []
        won: socket.socket | None = None
        why = "no connection"
        try:
            waiting = [str(address) for address in _interleaved(addresses)[:MAX_DIALS]]
            while won is None and (waiting or any(not task.done() for task in dialled)):
                if waiting:
                    dialled.append(asyncio.ensure_future(self._dial(waiting.pop(0), port)))
                running = {task for task in dialled if not task.done()}
                done, _ = await asyncio.wait(running, timeout=STAGGER if waiting else None, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    error = task.exception()
                    if error is None:
                        won = won or task.result()
                    elif isinstance(error, OSError):
                        why = _why(error)
                    else:
                        raise error
        finally:
            for task in dialled:
                task.cancel()
                task.add_done_callback(lambda task: _close_unless(task, won))
        if won is None:
            raise Transient(f"nothing answers at {where(host, port)}: {why}", reason=Reason.CONNECT_FAILED)
        return won

    async def _addresses(self, host: str, port: int, *, guarded: bool) -> list[Address]:
        """Every address of the host, each of them allowed: one forbidden among them and the name is not trusted at all."""
        found = literal(host)
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
        if guarded:
            for address in found:
                if what := forbidden(address):
                    named = host if host == str(address) else f"{host} is {address}"
                    raise Refused(f"{named}: {what}; set allow_private on a source you run yourself", reason=Reason.REFUSED_ADDRESS)
        return found


def where(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _interleaved(addresses: Sequence[Address]) -> list[Address]:
    """The families by turns, beginning with the resolver's favourite (RFC 8305 4): a broken IPv6 does not use up all tries."""
    first = [address for address in addresses if address.version == addresses[0].version]
    second = [address for address in addresses if address.version != addresses[0].version]
    pairs = zip_longest(first, second)
    return [address for pair in pairs for address in pair if address is not None]


def _close_unless(task: "asyncio.Task[socket.socket]", won: socket.socket | None) -> None:
    """A connection that came too late, or that nobody waits for any more."""
    if not task.cancelled() and task.exception() is None and task.result() is not won:
        task.result().close()


def literal(host: str) -> list[Address] | None:
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


def _why(error: OSError) -> str:
    """The system's words for it (asyncio's own name our end, too)."""
    return os.strerror(error.errno).lower() if error.errno else "no connection"
