"""One Target on its way: where it is, what it may still take, what came back; and how an answer becomes a Fetched."""

import asyncio
import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

import httpx

from postetl import urls
from postetl.errors import Reason, Refused
from postetl.fetch.decode import Decoder, wire_cap
from postetl.model import Fetched, Target, Validators
from postetl.settings import Settings, Source

CONNECT = 10.0  # seconds for name and TCP, and again for TLS
MAX_REDIRECTS = 5
MAX_HEADERS = 64 * 1024  # bytes; h11 stops collecting at 100 KiB whatever arrives
MAX_URL = 8192  # characters in a Location
MAX_DETAIL = 300  # characters
DRAIN = 32 * 1024  # bytes of a body nobody wants, read so that the connection can be used again
DRAIN_TIME = 0.5  # seconds
LOCATION = "postetl.location"  # in a response's extensions

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_AGAIN = frozenset({502, 503, 504})
_ADVICE: dict[int, tuple[Reason, str]] = {
    404: (Reason.NOT_FOUND, "nothing at this address; look where it has moved, or remove the source"),
    410: (Reason.GONE, "gone for good, says the site; remove the source"),
    401: (Reason.FORBIDDEN, "the site asks for a name and a password: https://name:password@host/..."),
    403: (Reason.FORBIDDEN, "the site refuses us"),
    451: (Reason.FORBIDDEN, "withheld for legal reasons"),
    429: (Reason.THROTTLED, "asked too often; raise delay or interval"),
}


@dataclass(frozen=True, slots=True)
class FetchOptions:
    """What one source allows and asks. `source_url` is its own address: its credentials, and `allow_private`, hold for that origin only."""

    source_url: str | None = None
    allow_private: bool = False
    delay: float = 1.0  # seconds between two requests to one host
    timeout: float = 60.0  # seconds for one Target, redirects and tries included, waiting for the host's turn excluded
    max_body: int = 15 * 1024 * 1024  # bytes, decoded
    validators: Mapping[str, Validators] = field(default_factory=dict)  # by final URL: sent to just that address, and 304 becomes possible
    robots: bool = True  # obey robots.txt
    cut: bool = False  # a body over max_body is cut off there, not refused
    impatient: bool = False  # ask although the site wanted no request yet: only where a person named this source

    @classmethod
    def of(cls, settings: Settings, source: Source) -> Self:
        return cls(
            source_url=source.url,
            allow_private=source.allow_private,
            delay=settings.delay(source),
            timeout=settings.defaults.timeout,
            max_body=settings.max_body(source),
            robots=settings.robots(source),
        )


@dataclass(slots=True)
class Trip:
    """One Target on its way: where it is, what it may still take, and what came back."""

    target: Target
    options: FetchOptions
    at: str  # the current address as text, without credentials
    fetched_at: datetime
    url: httpx.URL = field(default_factory=httpx.URL)  # the same as it is sent; dialling and deciding look at this one parse only
    spent: float = 0.0
    visited: set[str] = field(default_factory=set)
    redirects: list[str] = field(default_factory=list)
    home: tuple[str, bytes, int] | None = None  # the source's origin: allow_private holds here and nowhere else
    authorization: str | None = None
    status: int | None = None
    answer: httpx.Headers = field(default_factory=httpx.Headers)  # of the last answer
    body: bytes = b""
    wire_bytes: int = 0
    content_type: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    error: Reason | None = None
    detail: str | None = None

    @property
    def left(self) -> float:
        return self.options.timeout - self.spent

    def go(self, text: str) -> None:
        """Set out: the target's own credentials, or its source's when it lies at the source's origin."""
        if self.options.source_url:
            source = _parse(self.options.source_url, Reason.REFUSED_ADDRESS)
            self.home = _origin(source)
        url = _parse(text, Reason.REFUSED_ADDRESS)
        self.authorization = _basic(url)
        if self.authorization is None and self.options.source_url and _origin(url) == self.home:
            self.authorization = _basic(source)
        self._enter(url)

    def redirect(self, location: str) -> None:
        text = urls.join(str(self.url), location)
        if not text.isprintable() or len(text) > MAX_URL:
            raise Failure(Reason.TOO_MANY_REDIRECTS, "redirected to what is no address")
        url = _parse(text, Reason.TOO_MANY_REDIRECTS).copy_with(fragment=None)
        if len(self.redirects) == MAX_REDIRECTS:
            raise Failure(Reason.TOO_MANY_REDIRECTS, f"more than {MAX_REDIRECTS} redirects")
        # Credentials leave the origin they were given for only as its move to https, and never come back to a chain that left.
        here, there = _origin(self.url), _origin(url)
        if here != there and (here, there) != (("http", here[1], 80), ("https", here[1], 443)):
            self.authorization = None
        self._enter(url)
        self.at = urls.without_credentials(str(self.url))
        self.redirects.append(self.at)

    def _enter(self, url: httpx.URL) -> None:
        self.url = url.copy_with(username=None, password=None, fragment=None)
        if str(self.url) in self.visited:
            raise Failure(Reason.TOO_MANY_REDIRECTS, f"redirected in a circle, back to {urls.without_credentials(str(self.url))}")
        self.visited.add(str(self.url))

    def request(self, client: httpx.AsyncClient) -> httpx.Request:
        headers: dict[str, str | bytes] = {}
        if self.authorization:
            headers["Authorization"] = self.authorization
        if known := self.options.validators.get(self.at):  # a validator belongs to one address
            for name, value in (("If-None-Match", known.etag), ("If-Modified-Since", known.last_modified)):
                if value and (sent := _CONTROL.sub("", value).strip().encode("latin-1", "ignore")):
                    headers[name] = sent
        private = self.options.allow_private and _origin(self.url) == self.home
        timeout = httpx.Timeout(None, connect=min(CONNECT, max(self.left, 0.001)))
        raw = {name.encode(): value.encode() if isinstance(value, str) else value for name, value in headers.items()}
        return client.build_request("GET", self.url, headers=raw, timeout=timeout, extensions={"allow_private": private})

    @property
    def conditional(self) -> bool:
        known = self.options.validators.get(self.at)
        return known is not None and bool(known.etag or known.last_modified)

    async def read(self, response: httpx.Response) -> str | None:
        """Take the answer in; the Location of a redirect."""
        self.status = status = response.status_code
        self.answer = response.headers
        raw = response.headers.raw
        if sum(len(name) + len(value) + 4 for name, value in raw) > MAX_HEADERS:
            raise Failure(Reason.PROTOCOL_ERROR, f"headers larger than {MAX_HEADERS // 1024} KiB")
        location: str = response.extensions[LOCATION]
        if status in _REDIRECTS or (status == 300 and location):
            await _drain(response)
            if not location:
                raise Failure(Reason.TOO_MANY_REDIRECTS, f"{status} without a Location: redirected to nowhere")
            return location
        if status == 304 and self.conditional:
            self._validators(response)
            return None
        if not 200 <= status < 300 or status == 206:
            await _drain(response)
            raise self._refusal(response)
        self._validators(response)
        self.content_type = _header(response, "content-type")
        self.body = await self._body(response)
        if not self.body:
            raise Failure(Reason.EMPTY_BODY, f"status {status} with nothing in it")
        return None

    async def _body(self, response: httpx.Response) -> bytes:
        decoder = Decoder(", ".join(response.headers.get_list("content-encoding")), self.options.max_body)
        declared = response.headers.get("content-length", "")
        self.wire_bytes = 0
        cap = wire_cap(self.options.max_body)
        if declared.isdecimal() and int(declared[:20]) > cap and not self.options.cut:
            raise Failure(Reason.BODY_TOO_LARGE, f"{declared[:20]} bytes announced, max_body is {self.options.max_body}; raise it for this source")
        try:
            async for piece in response.aiter_raw():
                self.wire_bytes += len(piece)
                decoder.feed(piece)
        except Refused as error:
            if not self.options.cut or error.reason != Reason.BODY_TOO_LARGE:
                raise
            return decoder.so_far()
        return decoder.finish()

    def _validators(self, response: httpx.Response) -> None:
        self.etag, self.last_modified = _header(response, "etag"), _header(response, "last-modified")

    def _refusal(self, response: httpx.Response) -> "Failure":
        status, retry_after = response.status_code, _header(response, "retry-after")
        later = f" (Retry-After: {retry_after})" if retry_after else ""
        if status in _ADVICE:
            reason, words = _ADVICE[status]
            return Failure(reason, f"{status}: {words}{later}")
        if status == 304:
            return Failure(Reason.HTTP_ERROR, "304 (not modified) although nothing was asked to compare with")
        if 500 <= status < 600:
            return Failure(Reason.SERVER_ERROR, f"{status}: the site has trouble{later}", again=status in _AGAIN and not retry_after)
        return Failure(Reason.HTTP_ERROR, f"status {status}{later}")

    def fetched(self) -> Fetched:
        failed = self.error is not None
        return Fetched(
            target=self.target,
            final_url=self.at,
            fetched_at=self.fetched_at,
            elapsed_ms=round(self.spent * 1000),
            status=self.status,
            body=b"" if failed else self.body,
            content_type=self.content_type,
            etag=self.etag,
            last_modified=self.last_modified,
            wire_bytes=self.wire_bytes,
            redirects=tuple(self.redirects),
            error=self.error,
            detail=self.detail,
        )


class Failure(Exception):  # noqa: N818 - how a fetch ended, not a bug
    """Ends a hop. `again`: the same request may succeed in a moment."""

    def __init__(self, reason: Reason, detail: str, *, again: bool = False) -> None:
        line = _CONTROL.sub(" ", detail)
        super().__init__(line if len(line) <= MAX_DETAIL else line[: MAX_DETAIL - 1] + "…")
        self.reason, self.again = reason, again


def _parse(text: str, otherwise: Reason) -> httpx.URL:
    text = text.strip()
    shown = urls.without_credentials(text)
    scheme = text.partition(":")[0].lower()
    if scheme not in ("http", "https"):
        raise Failure(Reason.REFUSED_SCHEME, f"{shown}: only http and https are fetched")
    try:
        url = httpx.URL(text)
        good = url.scheme in ("http", "https") and url.raw_host != b"" and (url.port is None or 0 < url.port < 65536)
    except (httpx.InvalidURL, ValueError):  # UnicodeError of an impossible host name among them
        raise Failure(otherwise, f"{shown}: not an address") from None
    if not good:
        raise Failure(otherwise, f"{shown}: not an address")
    return url


def _origin(url: httpx.URL) -> tuple[str, bytes, int]:
    """RFC 6454, from the parse that is dialled: a second parser that disagreed would be a way round the guard."""
    return url.scheme, url.raw_host.rstrip(b"."), url.port or (443 if url.scheme == "https" else 80)


def _basic(url: httpx.URL) -> str | None:
    """RFC 7617, in UTF-8."""
    if not url.userinfo:
        return None
    return "Basic " + b64encode(f"{url.username}:{url.password}".encode("utf-8", "surrogatepass")).decode()


def _header(response: httpx.Response, name: str) -> str | None:
    """The first header of that name, on one line; latin-1, so that a validator goes back as the bytes it came as."""
    wanted = name.encode()
    for key, value in response.headers.raw:
        if key.lower() == wanted:
            return _CONTROL.sub("", value.decode("latin-1")).strip() or None
    return None


async def set_location_aside(response: httpx.Response) -> None:
    """Response hook: httpx parses a Location even when it is not to follow, and raises for one that it cannot read."""
    found = next((value for name, value in response.headers.raw if name.lower() == b"location"), b"")
    try:
        text = found.decode()
    except UnicodeDecodeError:  # bytes of some older charset: the site's own, so it gets them back as they are (as browsers do)
        text = "".join(chr(byte) if byte < 128 else f"%{byte:02X}" for byte in found)
    response.extensions[LOCATION] = text
    response.headers.pop("location", None)


async def _drain(response: httpx.Response) -> None:
    """Read a short rest, so that the next request to this host needs no new connection; a long or slow one is cut off."""
    length = response.headers.get("content-length", "")
    if not length.isdecimal() or len(length) > 6 or int(length) > DRAIN:
        return
    try:
        async with asyncio.timeout(DRAIN_TIME):
            async for _ in response.aiter_raw():
                pass
    except (OSError, httpx.HTTPError):  # TimeoutError among them
        return
