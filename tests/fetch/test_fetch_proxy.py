"""Proxies: which one, what it is told, and that the guard still holds. The proxy is a small real one, on loopback."""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from forward import Forward, forward
from getting import Getter, Net
from test_fetch_limits import Authority, authority  # noqa: F401 - a fixture

import web
from postetl.errors import Reason, Refused
from postetl.fetch import Fetcher, FetchOptions, HostTurns
from postetl.fetch.proxy import Proxies, Proxy
from postetl.fetch.transport import GuardedTransport
from postetl.model import Fetched, Target


@pytest.fixture
def proxy() -> Iterator[Forward]:
    with forward() as made:
        yield made


def fetch(tmp_path: Path, proxies: Proxies, *urls: str, net: Net | None = None, verify: ssl.SSLContext | None = None, **options: object) -> list[Fetched]:
    net = net or Net()

    async def run() -> list[Fetched]:
        transport = GuardedTransport(resolve=net.resolve, proxies=proxies, verify=verify)  # it dials for itself: only the proxy is there
        async with Fetcher(HostTurns(tmp_path / "locks"), transport=transport, backoff=0.01) as fetcher:
            given = {"delay": 0.0, "timeout": 5.0, "robots": False} | options
            return [await fetcher.fetch(Target(url), FetchOptions(**given)) for url in urls]  # type: ignore[arg-type]

    return asyncio.run(run())


def test_plain_http_goes_through_whole(tmp_path: Path, site: web.Site, proxy: Forward) -> None:
    site.routes |= {"/a?b=c": web.redirect("/d"), "/d": web.Answer(body="there")}
    proxy.leads["feeds.test"] = site
    got = fetch(tmp_path, Proxies(proxy.url()), "http://feeds.test/a?b=c", "http://feeds.test:8080/d")
    assert [(one.error, one.body) for one in got] == [(None, b"there")] * 2
    assert proxy.asked == ["GET http://feeds.test/a?b=c HTTP/1.1", "GET http://feeds.test/d HTTP/1.1", "GET http://feeds.test:8080/d HTTP/1.1"]
    assert [request.headers["host"] for request in site.requests] == ["feeds.test", "feeds.test", "feeds.test:8080"]


def test_https_goes_through_a_tunnel(tmp_path: Path, proxy: Forward, authority: Authority) -> None:  # noqa: F811
    with web.serve({"/": web.Answer(body="secret")}, tls=authority.server) as site:
        proxy.leads["feeds.test"] = proxy.leads["other.test"] = site
        good, again, bad = fetch(tmp_path, Proxies(proxy.url()), "https://feeds.test/", "https://feeds.test/", "https://other.test/", verify=authority.client)
    assert [(one.error, one.body) for one in (good, again)] == [(None, b"secret")] * 2
    assert bad.error == Reason.TLS_FAILED and "certificate" in (bad.detail or "")
    assert proxy.asked == ["CONNECT feeds.test:443 HTTP/1.1", "CONNECT other.test:443 HTTP/1.1"], "and the tunnel was used twice"


def test_the_proxys_password(tmp_path: Path, site: web.Site, proxy: Forward, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    proxy.leads["feeds.test"] = site
    proxy.password = "Basic bWU6cHdkIQ=="
    site.routes["/"] = web.Answer(body="x")
    urls = ("http://feeds.test/", "https://feeds.test/")
    without = fetch(tmp_path, Proxies(proxy.url()), *urls)
    assert [one.error for one in without] == [Reason.FORBIDDEN, Reason.CONNECT_FAILED]
    assert all("name:password@" in (one.detail or "") for one in without)
    given = Proxies(proxy.url(userinfo="me:pwd%21"))
    got = fetch(tmp_path, given, *urls)
    assert (got[0].error, got[0].body) == (None, b"x")
    assert got[1].error in (Reason.TLS_FAILED, Reason.TIMED_OUT)  # the site speaks no TLS: it answers, or waits for a line, as the random bytes have one
    assert "proxy-authorization" not in site.requests[0].headers
    proxy.leads.clear()
    got += fetch(tmp_path, given, *urls)
    assert not any(secret in f"{got}{caplog.text}{given.find('http', 'feeds.test', 80)!r}" for secret in ("pwd", "bWU6"))


@pytest.mark.parametrize(
    "host", ["127.0.0.2", "10.0.0.1", "169.254.169.254", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "[::ffff:10.0.0.1]", "[fd00::1]", "[64:ff9b::a00:1]", "intranet.test"]
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_guard_holds_behind_a_proxy(tmp_path: Path, site: web.Site, proxy: Forward, scheme: str, host: str) -> None:
    """Refused when it is a forbidden number or resolves here to one; loopback would not even have been the proxy's to reach."""
    site.routes["/"] = web.redirect(f"{scheme}://{host}/")
    proxy.leads["public.test"] = site
    net = Net(intranet_test=[["192.168.0.1"]], public_test=[["8.8.8.8"]])
    straight, behind = fetch(tmp_path, Proxies(proxy.url()), f"{scheme}://{host}/", "http://public.test/", net=net)
    assert (straight.error, behind.error) == (Reason.REFUSED_ADDRESS, Reason.REFUSED_ADDRESS)
    assert proxy.asked == ["GET http://public.test/ HTTP/1.1"]


def test_a_private_source_behind_a_proxy(tmp_path: Path, site: web.Site, proxy: Forward) -> None:
    site.routes["/"] = web.Answer(body="x")
    proxy.leads["intranet.test"] = site
    url = "http://intranet.test/"
    net = Net(intranet_test=[["10.0.0.1"]])
    assert fetch(tmp_path, Proxies(proxy.url()), url, net=net, source_url=url, allow_private=True)[0].error is None
    assert fetch(tmp_path, Proxies(proxy.url()), url, net=net, source_url=url)[0].error == Reason.REFUSED_ADDRESS


def test_loopback_and_no_proxy_go_straight(tmp_path: Path, site: web.Site, proxy: Forward) -> None:
    site.routes["/"] = web.Answer(body="x")
    own = {"source_url": site.url(), "allow_private": True}
    assert fetch(tmp_path, Proxies(proxy.url()), site.url(), **own)[0].error is None
    straight = Proxies(environment={"all": proxy.url(), "no": "feeds.test,.example"})
    with web.dead_port() as port:
        got = fetch(tmp_path, straight, f"http://feeds.test:{port}/", f"http://deep.example:{port}/", net=Net(feeds_test=[["127.0.0.1"]], deep_example=[["127.0.0.1"]]))
    assert [one.error for one in got] == [Reason.REFUSED_ADDRESS] * 2, "past the proxy the guard looks at the address itself"
    assert proxy.asked == []


@pytest.mark.parametrize(
    ("environment", "url", "found"),
    [
        ({}, "http://a.test", None), ({"http": "http://p:1"}, "http://a.test", "p:1"), ({"http": "http://p:1"}, "https://a.test", None),
        ({"http": "p:1"}, "http://a.test", "p:1"), ({"https": "http://p:1", "all": "http://q:2"}, "http://a.test", "q:2"),
        ({"https": "http://p:1", "all": "http://q:2"}, "https://a.test", "p:1"), ({"all": "http://p"}, "https://a.test", "p:80"),
        ({"all": "http://p:1", "no": "*"}, "http://a.test", None), ({"all": "http://p:1", "no": "a.test"}, "http://b.a.test", None),
        ({"all": "http://p:1", "no": "a.test:80"}, "http://a.test", None), ({"all": "http://p:1", "no": "a.test:81"}, "http://a.test", "p:1"),
        ({"all": "http://p:1", "no": "xa.test"}, "http://a.test", "p:1"), ({"all": "http://p:1"}, "http://localhost", None),
        ({"all": "http://p:1"}, "http://127.1", None), ({"all": "http://p:1"}, "http://[::1]", None), ({"all": "http://[fd00::1]:3128"}, "http://a.test", "[fd00::1]:3128"),
    ],
)  # fmt: skip
def test_which_proxy(environment: dict[str, str], url: str, found: str | None) -> None:
    scheme, _, host = url.partition("://")
    proxy = Proxies(environment=environment).find(scheme, host.strip("[]"), 443 if scheme == "https" else 80)
    assert (repr(proxy) if proxy else None) == (f"Proxy({found})" if found else None)


def test_the_environment_decides_unless_one_is_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"http_proxy": "http://lower:1", "HTTP_PROXY": "http://upper:1", "HTTPS_PROXY": "http://https:1", "ALL_PROXY": "http://all:1", "NO_PROXY": "b.test"}.items():
        monkeypatch.setenv(name, value)
    assert [repr(Proxies().find(scheme, "a.test", 80)) for scheme in ("http", "https")] == ["Proxy(lower:1)", "Proxy(https:1)"]
    assert Proxies().find("http", "b.test", 80) is None
    assert [repr(Proxies("http://own:1").find(scheme, "a.test", 80)) for scheme in ("http", "https")] == ["Proxy(own:1)"] * 2


@pytest.mark.parametrize("text", ["https://me:pwd@p:1", "socks5://me:pwd@p:1", "http://", "http://me:pwd@:3128", "http://p:99999", "http://[::1"])
def test_a_proxy_that_cannot_be_used_is_not_gone_past(tmp_path: Path, text: str) -> None:
    with pytest.raises(ValueError):
        Proxy.parse(text)
    with pytest.raises(Refused):
        Proxies(text).find("http", "a.test", 80)
    got = fetch(tmp_path, Proxies(environment={"all": text}), "http://a.test/", net=Net(a_test=[["8.8.8.8"]]))[0]
    assert got.error == Reason.CONNECT_FAILED and "proxy" in (got.detail or "") and "pwd" not in (got.detail or "")


def test_a_proxy_that_is_down_or_broken(tmp_path: Path, proxy: Forward) -> None:
    with web.dead_port() as port:
        got = fetch(tmp_path, Proxies(f"http://127.0.0.1:{port}"), "http://a.test/", "https://a.test/")
    assert [one.error for one in got] == [Reason.CONNECT_FAILED] * 2 and f"127.0.0.1:{port}" in (got[0].detail or "")
    for greeting, reason in {b"": Reason.CONNECT_FAILED, b"SSH-2.0-x\r\n\r\n": Reason.PROTOCOL_ERROR, b"X" * 70_000: Reason.PROTOCOL_ERROR,
                             b"HTTP/1.1 403 No\r\n\r\n": Reason.CONNECT_FAILED, b"HTTP/1.1 502 Bad\r\n\r\n": Reason.CONNECT_FAILED}.items():  # fmt: skip
        proxy.greeting = greeting
        assert fetch(tmp_path, Proxies(proxy.url()), "https://a.test/")[0].error == reason


def test_the_fetchers_own_default(get: Getter, site: web.Site, proxy: Forward, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a transport of its own a Fetcher takes the environment's proxies, or the one it is given."""
    site.routes["/"] = web.Answer(body="x")
    proxy.leads["feeds.test"] = site

    async def run(given: str | None) -> Fetched:
        async with Fetcher(HostTurns(tmp_path), proxy=given) as fetcher:
            return await fetcher.fetch(Target("http://feeds.test/"), FetchOptions(source_url="http://feeds.test/", allow_private=True, delay=0, robots=False))

    assert asyncio.run(run(proxy.url())).body == b"x"
    with environment(monkeypatch, http_proxy=proxy.url()):
        assert asyncio.run(run(None)).body == b"x"


@contextmanager
def environment(monkeypatch: pytest.MonkeyPatch, **variables: str) -> Iterator[None]:
    with monkeypatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        yield
