"""No forbidden address is ever dialled. A recording resolver and dialler see what would be; nothing here leaves loopback."""

import asyncio
import contextlib
import ipaddress
import socket
import threading
import time
from pathlib import Path

import pytest
from getting import Net
from hypothesis import given
from hypothesis import strategies as st

import web
from postetl.errors import Reason
from postetl.fetch import Fetcher, FetchOptions, HostTurns
from postetl.fetch.guard import forbidden, literal
from postetl.fetch.proxy import Proxies
from postetl.fetch.transport import GuardedTransport
from postetl.model import Fetched, Target

FORBIDDEN_HOSTS = [
    # loopback and its spellings
    "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "0x7f.0x0.0x0.0x1", "017700000001", "0177.0.0.1", "0177.1",
    "127.255.255.254", "0", "0.0.0.0", "0x0", "00", "0.1.2.3", "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::127.0.0.1]", "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]", "[::ffff:0:127.0.0.1]", "127.0.0.1.", "0x7F.0.0.1", "127.000.000.001",
    # private, link-local, metadata
    "10.0.0.1", "10.255.255.255", "167772161", "0xa000001", "012.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "192.168.257", "3232235777",
    "169.254.169.254", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.254.43518", "[fe80::1]", "[fe80::a9fe:a9fe]", "[fd00:ec2::254]",
    "[fc00::1]", "[fdff::1]", "[fec0::1]", "100.100.100.200", "100.64.0.1", "100.127.255.255", "192.0.0.192", "192.0.0.8", "168.63.129.16",
    # ways back to IPv4
    "[64:ff9b::7f00:1]", "[64:ff9b::169.254.169.254]", "[64:ff9b:1::1]", "[2002:7f00:1::]", "[2002:a9fe:a9fe::1]", "[2001::1]", "[2001:0:1::5]",
    "[::10.0.0.1]", "[::ffff:169.254.169.254]", "[::ffff:8.8.8.8]", "192.88.99.1",
    # nobody's
    "192.0.2.1", "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
    "[ff02::1]", "[2001:db8::1]", "[3fff::1]", "[100::1]", "[4000::1]", "[5f00::1]", "[2001:10::1]", "[2001:20::1]", "[2001:2::1]",
]  # fmt: skip
PUBLIC = ["8.8.8.8", "1.1.1.1", "100.63.255.255", "100.128.0.1", "172.15.255.255", "172.32.0.1", "192.167.255.255", "192.169.0.0", "11.0.0.0", "9.255.255.255",
          "126.255.255.255", "128.0.0.1", "169.253.255.255", "223.255.255.255", "192.0.1.1", "198.17.255.255", "198.20.0.0", "168.63.129.17",
          "2606:4700::1111", "2a00:1450::1", "2001:200::1", "2003::1", "2620:fe::fe"]  # fmt: skip


@pytest.fixture
def net(site: web.Site) -> Net:
    site.routes["/"] = web.Answer(body="ok")
    return Net(site)


def fetch(net: Net, tmp_path: Path, *urls: str, connect: float = 10, at_once: bool = False, **options: object) -> list[Fetched]:
    """The urls one after another (or at once) through one Fetcher (and one pool of connections)."""

    async def run() -> list[Fetched]:
        transport = GuardedTransport(resolve=net.resolve, dial=net.dial, connect=connect, proxies=Proxies(environment={}))
        async with Fetcher(HostTurns(tmp_path / "locks"), transport=transport, backoff=0.01) as fetcher:
            given = {"delay": 0.0, "timeout": 5.0, "robots": False} | options
            made = FetchOptions(**given)  # type: ignore[arg-type]
            if at_once:
                return await asyncio.gather(*(fetcher.fetch(Target(url), made) for url in urls))
            return [await fetcher.fetch(Target(url), made) for url in urls]

    return asyncio.run(run())


def test_forbidden_spellings(net: Net, site: web.Site, tmp_path: Path) -> None:
    """Asked for, and behind a redirect of a public site."""
    public = {f"8.8.8.{n}": host for n, host in enumerate(FORBIDDEN_HOSTS)}
    site.routes["/"] = lambda request: web.redirect(f"http://{public[request.headers['host']]}/latest/meta-data")
    for urls in ([f"http://{host}/" for host in FORBIDDEN_HOSTS], [f"http://{host}/" for host in public]):
        got = fetch(net, tmp_path, *urls, at_once=True)
        assert [(one.target.url, one.error, one.body) for one in got] == [(url, Reason.REFUSED_ADDRESS, b"") for url in urls]
    assert sorted(net.dialled) == sorted((address, 80) for address in public) and net.asked == []


def test_there_are_enough_of_them() -> None:
    assert len(set(FORBIDDEN_HOSTS)) >= 80


def test_names_that_lead_there(net: Net, tmp_path: Path) -> None:
    """The address that each spelling stands for, as the answer of an attacker's name server, alone and beside a public one."""
    addresses = [str((literal(host) or [])[0]) for host in FORBIDDEN_HOSTS]
    for n, address in enumerate(addresses):
        net.names |= {f"evil{n}.test": [[address]], f"mixed{n}.test": [["8.8.8.8", address]]}
    for pattern in ("http://evil{}.test/", "https://evil{}.test/", "http://mixed{}.test/"):
        got = fetch(net, tmp_path, *(pattern.format(n) for n in range(len(addresses))), at_once=True)
        assert [(one.target.url, one.error) for one in got] == [(pattern.format(n), Reason.REFUSED_ADDRESS) for n in range(len(addresses))]
        assert all(address in (one.detail or "") and "allow_private" in (one.detail or "") for one, address in zip(got, addresses, strict=True))
    assert net.dialled == []


def test_public_addresses_are_dialled_as_checked(net: Net, tmp_path: Path) -> None:
    net.names |= {f"good{n}.test": [[address]] for n, address in enumerate(PUBLIC)}
    got = fetch(net, tmp_path, *(f"http://good{n}.test:8080/" for n in range(len(PUBLIC))), at_once=True)
    assert [one.error for one in got] == [None] * len(PUBLIC)
    assert sorted(net.dialled) == sorted((address, 8080) for address in PUBLIC) and sorted(net.asked) == sorted(net.names)


def test_a_name_that_changes_its_mind(net: Net, site: web.Site, tmp_path: Path) -> None:
    """Public at the first lookup, private at the second, whoever asks for a second connection: a redirect, or the next fetch."""
    numbers = range(len(FORBIDDEN_HOSTS))
    for n, host in enumerate(FORBIDDEN_HOSTS):
        private = str((literal(host) or [])[0])
        net.names |= {f"evil{n}.test": [["8.8.8.8"], [private]], f"later{n}.test": [["8.8.8.8"], [private]]}
    site.routes |= {"/": web.Answer(status=302, headers={"Location": "/again", "Connection": "close"}), "/page": web.Answer(raw=CLOSED)}
    redirected = fetch(net, tmp_path, *(f"http://evil{n}.test/" for n in numbers), at_once=True)
    assert [(one.error, one.final_url) for one in redirected] == [(Reason.REFUSED_ADDRESS, f"http://evil{n}.test/again") for n in numbers]
    for outcome in ((None, b"ok"), (Reason.REFUSED_ADDRESS, b"")):
        got = fetch(net, tmp_path, *(f"http://later{n}.test/page" for n in numbers), at_once=True)
        assert [(one.error, one.body) for one in got] == [outcome] * len(numbers)
    assert net.dialled == [("8.8.8.8", 80)] * 2 * len(numbers)


CLOSED = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


def test_allow_private_holds_for_the_sources_origin_only(net: Net, site: web.Site, tmp_path: Path) -> None:
    net.names["intranet.test"] = [["10.0.0.7"]]
    site.routes["*"] = web.Answer(body="ok")
    own = {"source_url": "http://intranet.test:8080/feed", "allow_private": True}
    urls = [
        "http://intranet.test:8080/feed", "http://INTRANET.test:8080/page", "http://u:p@intranet.test:8080/page",
        "http://intranet.test/feed", "https://intranet.test:8080/feed", "http://intranet.test:8081/", "http://10.0.0.7:8080/", "http://127.0.0.1:8080/",
        "http://intranet.test:8080@127.0.0.1/", "http://127.0.0.1\\@intranet.test:8080/", "http://intranet.test:8080\\@127.0.0.1:8080/",
    ]  # fmt: skip
    got = [one.error for one in fetch(net, tmp_path, *urls, **own)]
    assert got[:3] == [None] * 3
    assert got[3:9] == [Reason.REFUSED_ADDRESS] * 6
    assert {address for address, _ in net.dialled} == {"10.0.0.7"} and {port for _, port in net.dialled} == {8080}
    net.dialled.clear()
    assert [one.error for one in fetch(net, tmp_path, urls[0], source_url=urls[0])] == [Reason.REFUSED_ADDRESS]
    assert [one.error for one in fetch(net, tmp_path, urls[0], allow_private=True)] == [Reason.REFUSED_ADDRESS]
    assert net.dialled == []


def test_a_private_connection_is_not_lent_to_other_sources(tmp_path: Path) -> None:
    """The pool keeps connections: one opened for the source that may must not serve one that may not."""
    with web.serve({"/": web.Answer(body="secret")}) as site:

        async def run() -> list[Fetched]:
            async with Fetcher(HostTurns(tmp_path)) as fetcher:
                return [
                    await fetcher.fetch(Target(site.url()), FetchOptions(source_url=url, allow_private=True, delay=0, robots=False))
                    for url in (site.url(), "https://example.org/", site.url())
                ]

        got = asyncio.run(run())
        assert [one.error for one in got] == [None, Reason.REFUSED_ADDRESS, None]
        assert [request.connection for request in site.requests] == [1, 1]


def test_a_public_site_cannot_redirect_into_a_private_source(net: Net, site: web.Site, tmp_path: Path) -> None:
    net.names |= {"public.test": [["8.8.8.8"]], "intranet.test": [["10.0.0.7"]]}
    site.routes["/"] = web.redirect("http://intranet.test/")
    got = fetch(net, tmp_path, "http://public.test/", source_url="http://public.test/", allow_private=True)
    assert (got[0].error, got[0].redirects) == (Reason.REFUSED_ADDRESS, ("http://intranet.test/",))


@pytest.mark.parametrize("host", ["nowhere.test", "a" * 64 + ".test", "a..b"])
def test_names_without_an_address(net: Net, tmp_path: Path, host: str) -> None:
    got = fetch(net, tmp_path, f"http://{host}/")
    assert got[0].error in (Reason.DNS_FAILED, Reason.REFUSED_ADDRESS) and net.dialled == []
    assert got[0].error != Reason.DNS_FAILED or len(net.asked) == 2, "a name is looked up a second time, not a third"


def test_the_systems_own_resolver_on_what_is_no_name(tmp_path: Path) -> None:
    async def run() -> list[Fetched]:
        async with Fetcher(HostTurns(tmp_path), backoff=0.01) as fetcher:
            urls = ["http://localhost/", "http://" + "a" * 64 + "/"]
            return [await fetcher.fetch(Target(url), FetchOptions(delay=0, robots=False)) for url in urls]

    assert [one.error for one in asyncio.run(run())] == [Reason.REFUSED_ADDRESS, Reason.DNS_FAILED]


@pytest.mark.slow
def test_names_that_hang_hold_up_nobody(site: web.Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty lookups that do not end, before one that does; and the run ends without them."""
    real, over = socket.getaddrinfo, threading.Event()

    def lookup(host: str, *rest: object, **more: object) -> object:
        if host.startswith("hangs"):
            over.wait(30)
            raise socket.gaierror(socket.EAI_AGAIN, "timed out")
        return real("127.0.0.1" if host == "good.test" else host, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    site.routes["/"] = web.Answer(body="ok")
    urls = [*(f"http://hangs{n}.test/" for n in range(40)), site.url(host="good.test")]

    async def run() -> list[Fetched]:
        transport = GuardedTransport(connect=2, proxies=Proxies(environment={}))
        async with Fetcher(HostTurns(tmp_path / "locks"), transport=transport, backoff=0.01) as fetcher:
            options = FetchOptions(source_url=urls[-1], allow_private=True, delay=0, timeout=3, robots=False)
            return await asyncio.gather(*(fetcher.fetch(Target(url), options) for url in urls))

    begun = time.monotonic()
    got = asyncio.run(run())
    assert time.monotonic() - begun < 15
    over.set()
    assert {one.error for one in got[:-1]} == {Reason.TIMED_OUT}
    assert (got[-1].error, got[-1].elapsed_ms < 2000) == (None, True)


def test_dead_addresses_do_not_use_up_the_time(net: Net, tmp_path: Path) -> None:
    net.names |= {"two.test": [["2606:4700::1", "8.8.8.8"]], "six.test": [["2606:4700::1", "2606:4700::2", "2606:4700::3", "8.8.8.8"]], "dead.test": [["8.8.4.4"]]}
    net.dead |= {"2606:4700::1", "2606:4700::2", "2606:4700::3", "8.8.4.4"}
    two, six = fetch(net, tmp_path, "http://two.test/", "http://six.test/")
    assert (two.error, six.error) == (None, None)
    assert [address for address, _ in net.dialled] == ["2606:4700::1", "8.8.8.8"] * 2, "the families take turns"
    dead = fetch(net, tmp_path, "http://dead.test/", connect=0.2)[0]
    assert (dead.error, dead.detail) == (Reason.TIMED_OUT, "no connection with dead.test:80 within 0.2 s")


def test_four_addresses_and_no_more(net: Net, tmp_path: Path) -> None:
    net.site = None
    net.names["five.test"] = [[f"8.8.8.{n}" for n in range(5)]]
    got = fetch(net, tmp_path, "http://five.test/")[0]
    assert (got.error, got.detail) == (Reason.CONNECT_FAILED, "nothing answers at five.test:80: connection refused")
    assert {address for address, _ in net.dialled} == {f"8.8.8.{n}" for n in range(4)}


def test_a_connection_that_comes_too_late_is_closed(net: Net, site: web.Site, tmp_path: Path) -> None:
    class Late(Net):
        async def dial(self, address: str, port: int) -> socket.socket:
            if address != "8.8.8.8":
                return await super().dial(address, port)
            with contextlib.suppress(asyncio.CancelledError):  # connected in the same moment in which it was given up
                await asyncio.sleep(60)
            return await super().dial(address, port)

    late = Late(site, slow_test=[["8.8.8.8", "8.8.4.4"]])
    assert fetch(late, tmp_path, "http://slow.test/")[0].error is None
    assert len(late.sockets) == 2 and all(made.fileno() == -1 for made in late.sockets)


def test_thousands_of_addresses_are_not_tried(tmp_path: Path) -> None:
    net = Net(many_test=[[f"8.8.{n // 256}.{n % 256}" for n in range(5000)]])
    assert fetch(net, tmp_path, "http://many.test/")[0].error == Reason.DNS_FAILED and net.dialled == []


@given(st.ip_addresses())
def test_nothing_that_python_calls_unreachable_is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    if not address.is_global or address.is_multicast:
        assert forbidden(address)


@given(st.ip_addresses(v=4))
def test_ipv4_inside_ipv6_is_never_public(address: ipaddress.IPv4Address) -> None:
    number = int(address)
    for prefix in ("::", "::ffff:0:0", "::ffff:0:0:0", "64:ff9b::", "2001::"):
        assert forbidden(ipaddress.IPv6Address(int(ipaddress.IPv6Address(prefix)) + number))
    assert forbidden(ipaddress.IPv6Address((0x2002 << 112) + (number << 80)))
