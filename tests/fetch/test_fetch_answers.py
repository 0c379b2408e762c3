"""What sites answer and how it ends: the status map, validators, redirects, credentials."""

from pathlib import Path

import httpx
import pytest
from getting import NOON, Getter
from hypothesis import given
from hypothesis import strategies as st

import web
from postetl import __version__
from postetl.errors import Reason
from postetl.fetch import trip, user_agent
from postetl.fetch.transport import GuardedTransport
from postetl.model import Validators


def test_a_good_answer_is_taken_whole(get: Getter, site: web.Site) -> None:
    site.routes["/a b?x=é"] = site.routes["/a%20b"] = web.Answer(
        body="grüße".encode(), content_type="text/html; charset=utf-8", etag='W/"é"', last_modified="Thu, 29 Feb 2024 12:00:00 GMT"
    )
    got = get(site.url("/a b?x=é"))
    assert (got.status, got.error, got.detail, got.body) == (200, None, None, "grüße".encode())
    assert (got.content_type, got.etag, got.last_modified) == ("text/html; charset=utf-8", 'W/"é"', "Thu, 29 Feb 2024 12:00:00 GMT")
    assert (got.wire_bytes, got.redirects, got.fetched_at, got.target.url) == (len(got.body), (), NOON, site.url("/a b?x=é"))
    sent = site.requests[0].headers
    assert sent["accept-encoding"] == "gzip, deflate, br, zstd"
    assert sent["host"] == f"127.0.0.1:{site.port}"
    assert not {"authorization", "cookie", "if-none-match", "if-modified-since"} & set(sent)


@pytest.mark.parametrize(
    ("status", "headers", "reason", "tries"),
    [
        (404, {}, Reason.NOT_FOUND, 1), (410, {}, Reason.GONE, 1), (401, {}, Reason.FORBIDDEN, 1), (403, {}, Reason.FORBIDDEN, 1),
        (451, {}, Reason.FORBIDDEN, 1), (429, {}, Reason.THROTTLED, 1), (429, {"Retry-After": "700"}, Reason.THROTTLED, 1),
        (500, {}, Reason.SERVER_ERROR, 1), (501, {}, Reason.SERVER_ERROR, 1), (502, {}, Reason.SERVER_ERROR, 2),
        (503, {}, Reason.SERVER_ERROR, 2), (503, {"Retry-After": "61"}, Reason.THROTTLED, 1), (504, {}, Reason.SERVER_ERROR, 2),
        (599, {}, Reason.SERVER_ERROR, 1), (400, {}, Reason.HTTP_ERROR, 1), (418, {}, Reason.HTTP_ERROR, 1), (206, {}, Reason.HTTP_ERROR, 1),
        (304, {}, Reason.HTTP_ERROR, 1), (300, {}, Reason.HTTP_ERROR, 1), (305, {}, Reason.HTTP_ERROR, 1), (999, {}, Reason.HTTP_ERROR, 1),
        (301, {}, Reason.TOO_MANY_REDIRECTS, 1), (204, {}, Reason.EMPTY_BODY, 1),
    ],
)  # fmt: skip
def test_status_map(get: Getter, site: web.Site, status: int, headers: dict[str, str], reason: Reason, tries: int) -> None:
    site.routes["/"] = web.Answer(status=status, headers=headers, body="" if status in (204, 304) else "a page of words")
    got = get(site.url())
    assert (got.status, got.error, got.body, len(site.requests)) == (status, reason, b"", tries)
    assert got.detail is not None and "\n" not in got.detail
    if "Retry-After" in headers:
        assert f"Retry-After: {headers['Retry-After']}" in got.detail


def test_a_bad_moment_is_tried_once_more(get: Getter, site: web.Site) -> None:
    answers = iter([web.Answer(status=503, body="busy"), web.Answer(body="there")])
    site.routes["/"] = lambda request: next(answers)
    got = get(site.url())
    assert (got.status, got.error, got.body) == (200, None, b"there")


def test_one_second_try_on_the_whole_way(get: Getter, site: web.Site) -> None:
    answers = iter([web.Answer(status=502), web.redirect("/b")])
    site.routes |= {"/": lambda request: next(answers), "/b": web.Answer(status=502)}
    assert get(site.url()).status == 502
    assert [request.path for request in site.requests] == ["/", "/", "/b"]


def test_empty_success(get: Getter, site: web.Site) -> None:
    site.routes |= {"/": web.Answer(body=b""), "/gzip": web.Answer(body=b"", headers={"Content-Encoding": "gzip"})}
    assert get(site.url()).error == get(site.url("/gzip")).error == Reason.EMPTY_BODY


def test_not_modified(get: Getter, site: web.Site) -> None:
    site.routes["/"] = web.Answer(body="words", etag='"é1"', last_modified="Thu, 29 Feb 2024 12:00:00 GMT")
    first = get(site.url())
    again = get(site.url(), validators={first.final_url: Validators(first.etag, first.last_modified)})
    assert (again.status, again.error, again.body, again.etag, again.last_modified) == (304, None, b"", '"é1"', first.last_modified)


def test_validators_cannot_inject_headers_and_stay_at_their_address(get: Getter, site: web.Site) -> None:
    site.routes |= {"/": web.redirect("/b"), "/b": web.Answer(body="x")}
    assert get(site.url(), validators={site.url(): Validators('"a"\r\nX-Evil: 1', "never\nX-Evil: 2")}).error is None
    assert site.requests[0].headers["if-none-match"] == '"a"X-Evil: 1' and "x-evil" not in site.requests[0].headers
    assert "if-none-match" not in site.requests[1].headers and "if-modified-since" not in site.requests[1].headers
    assert get(site.url("/b"), validators={site.url("/b"): Validators("☃\r\n")}).error is None


# redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("location", ["/end", "end?q=1#part", "//127.0.0.1:{port}/end", "HTTP://127.0.0.1:{port}/end", " /end\t", "/x/../end"])
def test_redirects_are_followed(get: Getter, site: web.Site, status: int, location: str) -> None:
    site.routes |= {"/": web.redirect(location.format(port=site.port), status), "/end": web.Answer(body="x")}
    got = get(site.url())
    assert (got.error, got.body) == (None, b"x")
    assert got.redirects == (got.final_url,) and got.final_url.startswith(site.url("/end")) and "#" not in got.final_url


@pytest.mark.parametrize(
    ("statuses", "moved"), [([301], True), ([308], True), ([301, 308, 301], True), ([302], False), ([307, 301], False), ([301, 303], False), ([], False)]
)
def test_moved_for_good_when_every_hop_says_so(get: Getter, site: web.Site, statuses: list[int], moved: bool) -> None:
    site.routes |= {f"/{n}": web.redirect(f"/{n + 1}", status) for n, status in enumerate(statuses)}
    site.routes[f"/{len(statuses)}"] = web.Answer(body="x", etag='"1"')
    got = get(site.url("/0"))
    assert (got.error, got.moved_to) == (None, site.url(f"/{len(statuses)}") if moved else None)
    again = get(site.url("/0"), validators={got.final_url: Validators('"1"')})
    assert (again.status, again.moved_to) == (304, got.moved_to)


@pytest.mark.parametrize("end", [web.Answer(status=404), web.redirect("file:///etc/passwd", 301), web.redirect("http://10.0.0.1/", 301), web.Answer(body="")])
def test_what_failed_has_not_moved(get: Getter, site: web.Site, end: web.Answer) -> None:
    site.routes |= {"/": web.redirect("/b", 301), "/b": end}
    assert get(site.url()).moved_to is None


def test_the_headers_that_later_stages_need(get: Getter, site: web.Site) -> None:
    given = [("Cache-Control", "max-age=60"), ("CACHE-CONTROL", "no-cache"), ("Expires", "0"), ("Age", "7"), ("Link", "</2>; rel=next"), ("X-Robots-Tag", "noai"),
             ("Content-Language", "de"), ("Content-Location", "/a.xml"), ("Set-Cookie", "a=b"), ("X-Other", "y")]  # fmt: skip
    site.routes |= {
        "/": web.Answer(body="x", headers=given), "/429": web.Answer(status=429, headers={"Retry-After": "700"}, body="wait"),
        "/long": web.Answer(body="x", headers={"Link": "a" * 60_000, "Age": "1\x01\x7f2"}), "/moved": web.Answer(status=302, headers={"Location": "/", "Age": "99"}),
    }  # fmt: skip
    got, later, long, moved = get.all([site.url(path) for path in ("/", "/429", "/long", "/moved")])
    headers = dict(got.headers)
    assert headers.pop("date").endswith(" GMT")
    assert headers == {
        "cache-control": "max-age=60, no-cache", "expires": "0", "age": "7", "link": "</2>; rel=next", "x-robots-tag": "noai", "content-language": "de",
        "content-location": "/a.xml",
    }  # fmt: skip
    assert (later.error, dict(later.headers)["retry-after"], later.wire_bytes) == (Reason.THROTTLED, "700", 4)
    assert (len(dict(long.headers)["link"]), dict(long.headers)["age"]) == (4096, "12")
    assert dict(moved.headers) == dict(got.headers), "the last answer's"
    assert all(one.first_byte_ms is not None and 0 <= one.first_byte_ms <= one.elapsed_ms + 1 for one in (got, later, long, moved))
    assert get("http://127.0.0.1:1/").first_byte_ms is None


def test_location_in_utf8_and_latin_1(get: Getter, site: web.Site) -> None:
    site.routes |= {
        "/utf8": web.redirect("/é".encode().decode("latin-1")), "/latin": web.redirect("/é?\x92"), "/%C3%A9": web.Answer(body="x"), "/%E9?%92": web.Answer(body="x"),
    }  # fmt: skip
    assert get(site.url("/utf8")).body == get(site.url("/latin")).body == b"x"


def test_five_redirects_and_no_more(get: Getter, site: web.Site) -> None:
    site.routes |= {f"/{n}": web.redirect(f"/{n + 1}") for n in range(1, 20)} | {"/6": web.Answer(body="x")}
    assert get(site.url("/1")).redirects == tuple(site.url(f"/{n}") for n in range(2, 7))
    got = get(site.url("/7"))
    assert (got.error, len(got.redirects)) == (Reason.TOO_MANY_REDIRECTS, 5)


@pytest.mark.parametrize("location", ["/", "/b", "/b#elsewhere", ""])
def test_circles(get: Getter, site: web.Site, location: str) -> None:
    site.routes |= {"/": web.redirect("/b"), "/b": web.redirect(location)}
    got = get(site.url())
    assert (got.error, len(site.requests)) == (Reason.TOO_MANY_REDIRECTS, 2)


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("file:///etc/passwd", Reason.REFUSED_SCHEME), ("ftp://127.0.0.1/", Reason.REFUSED_SCHEME), ("javascript:1", Reason.REFUSED_SCHEME),
        ("data:text/html,x", Reason.REFUSED_SCHEME), ("gopher://127.0.0.1:70/", Reason.REFUSED_SCHEME), ("http://", Reason.TOO_MANY_REDIRECTS),
        ("http://[::1/", Reason.TOO_MANY_REDIRECTS), ("http://a:99999/", Reason.TOO_MANY_REDIRECTS), ("http://a:b/", Reason.TOO_MANY_REDIRECTS),
        ("http://:80/", Reason.TOO_MANY_REDIRECTS), ("http://" + "a" * 9000, Reason.TOO_MANY_REDIRECTS),
    ],
)  # fmt: skip
def test_redirects_to_nowhere(get: Getter, site: web.Site, location: str, reason: Reason) -> None:
    get.transport = lambda: GuardedTransport(resolve=nothing)
    site.routes["/"] = web.redirect(location)
    got = get(site.url())
    assert (got.error, got.final_url, len(site.requests)) == (reason, site.url(), 1)
    assert len(got.detail or "") <= 300


async def nothing(host: str, port: int) -> list[str]:
    return []


@pytest.mark.parametrize("url", ["file:///etc/passwd", "file:posts/a.txt", "ftp://127.0.0.1/", "", "x", "http://", "http://[::1", "//h/", "http://h:0/"])
def test_what_is_no_web_address(get: Getter, url: str) -> None:
    got = get(url, source_url=None)
    reason = Reason.REFUSED_ADDRESS if url.startswith("http:") else Reason.REFUSED_SCHEME
    assert (got.error, got.status, got.final_url) == (reason, None, url)


@given(st.from_regex(trip._PLAIN, fullmatch=True) | st.builds("http://{}:{}{}".format, st.ip_addresses(v=4), st.integers(0, 70_000), st.sampled_from(["/", "/a/../b", "/a?b=c", "//a", "/?"])))
def test_addresses_read_the_short_way_are_the_same(text: str) -> None:
    try:
        short: httpx.URL | None = trip._parse(text, Reason.REFUSED_ADDRESS)
    except trip.Failure:
        short = None
    whole = trip._url(text)
    assert short == whole
    if short is not None and whole is not None:
        assert (str(short), short.raw_path, short.netloc, short.raw_host, short.port) == (str(whole), whole.raw_path, whole.netloc, whole.raw_host, whole.port)


# credentials


def test_credentials_become_a_header_and_nothing_else(get: Getter, site: web.Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    site.routes |= {"/": web.redirect("/b"), "/b": web.Answer(body="x"), "/no": web.Answer(status=500), "/cut": web.Answer(body="xx", cut=1)}
    for path in ("/", "/no", "/cut", "/circle"):
        got = get(site.url(path, userinfo="me%40home:s%C3%A9cret%3A"))
        shown = [got.final_url, got.detail or "", *got.redirects, repr(got)]
        assert not any("cret" in text or "me%40" in text for text in shown)
    assert {request.headers["authorization"] for request in site.requests} == {"Basic bWVAaG9tZTpzw6ljcmV0Og=="}
    assert all("@" not in request.headers["host"] for request in site.requests)
    assert "cret" not in caplog.text and "bWVA" not in caplog.text


def test_credentials_stay_at_their_origin(get: Getter, site: web.Site) -> None:
    with web.serve(address="127.0.0.2") as other:
        other.routes |= {"/": web.redirect(site.url("/back")), "/direct": web.Answer(body="y")}
        site.routes |= {"/": web.redirect(other.url("/", userinfo="their:own")), "/back": web.Answer(body="x"), "/page": web.Answer(body="x")}
        get.transport = Loopback
        source = site.url("/", userinfo="me:secret")
        got = get(source)
        assert (got.error, got.body, got.redirects) == (None, b"x", (other.url("/"), site.url("/back")))
        assert "authorization" in site.requests[0].headers
        assert "authorization" not in other.requests[0].headers
        assert "authorization" not in site.requests[1].headers, "a chain that left does not get them back"
        # what the source led to: its own origin gets its credentials, others do not
        get(site.url("/page"), source_url=source)
        get(other.url("/direct"), source_url=source)
        assert "authorization" in site.requests[2].headers and "authorization" not in other.requests[1].headers


class Loopback(httpx.AsyncBaseTransport):
    """httpx's own transport, unguarded: for tests in which two loopback servers play two public ones."""

    def __init__(self) -> None:
        self.inner = httpx.AsyncHTTPTransport(trust_env=False)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self.inner.handle_async_request(request)

    async def aclose(self) -> None:
        await self.inner.aclose()


def test_no_cookies_no_netrc(get: Getter, site: web.Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    site.routes |= {"/": web.redirect("/b"), "/b": web.Answer(body="x")}
    site.routes["/"] = web.Answer(status=302, headers=[("Location", "/b"), ("Set-Cookie", "a=b; Path=/")])
    assert get(site.url()).error is None
    assert "cookie" not in site.requests[1].headers and "authorization" not in site.requests[0].headers


@pytest.mark.parametrize(
    ("contact", "shown"), [(None, ""), ("\n", ""), ("me@example.org", " (+me@example.org)"), ("a\r\nX: y) é", " (+a X: y)")]
)
def test_user_agent(get: Getter, site: web.Site, contact: str | None, shown: str) -> None:
    get.contact = contact
    site.routes["/"] = web.Answer(body="x")
    assert get(site.url()).error is None
    assert site.requests[0].headers["user-agent"] == user_agent(contact)
    assert user_agent(contact) == f"postetl/{__version__}{shown}"
