"""One Target on its way: where it is, what it may still take, what came back; and how an answer becomes a Fetched."""

import asyncio
import re
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Self

import httpx

from postetl import urls
from postetl.errors import PostetlError, Reason, Refused
from postetl.fetch.decode import Decoder, wire_cap
from postetl.fetch.guard import literal
from postetl.model import Fetched, Target, Validators
from postetl.settings import Settings, Source

MAX_REDIRECTS = 5
MAX_URL = 8192  # characters in a Location
MAX_DETAIL = 300  # characters
LARGE = 1024 * 1024  # bytes of a body, from which on ...
LARGE_AT_ONCE = 16  # ... only so many are taken in at once: a hundred of 15 MiB would be 1.5 GiB
DRAIN = 32 * 1024  # bytes of a body nobody wants, read so that the connection can be used again
DRAIN_TIME = 0.5  # seconds
# What later stages decide by: when to look again, what the site allows, where and in which language it is.
KEPT_HEADERS = ("cache-control", "expires", "date", "age", "retry-after", "link", "x-robots-tag", "content-language", "content-location",
                "x-wp-total", "x-wp-totalpages")  # fmt: skip
MAX_KEPT = 4096  # characters of each; WordPress' Link of three API addresses has 300

# A site, and a path and query of which nothing has to be escaped.
_PLAIN = re.compile(r"(https?://[A-Za-z0-9.-]+(?::[0-9]+)?)(/[A-Za-z0-9._~/-]*)(?:\?([A-Za-z0-9._~=&/-]+))?")
_KEPT = {name.encode(): name for name in KEPT_HEADERS}
_NO_BODY = httpx.ByteStream(b"")
_NOWHERE = httpx.URL("")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_AGAIN = frozenset({502, 503, 504})
_ADVICE: dict[int, tuple[Reason, str]] = {
    404: (Reason.NOT_FOUND, "nothing at this address; look where it has moved, or remove the source"),
    410: (Reason.GONE, "gone for good, says the site; remove the source"),
    401: (Reason.FORBIDDEN, "the site asks for a name and a password: https://name:password@host/..."),
    403: (Reason.FORBIDDEN, "the site refuses us"),
    451: (Reason.FORBIDDEN, "withheld for legal reasons"),
    407: (Reason.FORBIDDEN, "the proxy asks for a name and a password: http://name:password@proxy:3128"),
    429: (Reason.THROTTLED, "asked too often; raise delay or interval"),
}


@dataclass(frozen=True, slots=True)
class FetchOptions:
    """What one source allows and asks. `source_url` is its own address: its credentials, and `allow_private`, hold for that origin only."""

    source_url: str | None = field(default=None, repr=False)
    allow_private: bool = False
    delay: float = 1.0  # seconds between two requests to one host
    timeout: float = 60.0  # seconds for one Target, redirects and tries included, waiting for the host's turn excluded
    max_body: int = 15 * 1024 * 1024  # bytes, decoded
    validators: Mapping[str, Validators] = field(default_factory=dict)  # by final URL: sent to just that address, and 304 becomes possible
    robots: bool = True  # obey robots.txt
    cut: bool = False  # a body over max_body is cut off there, not refused
    impatient: bool = False  # ask although the site wanted no request yet: only where a person named this source

    @classmethod
    def of(cls, settings: Settings, source: Source, validators: Mapping[str, Validators] | None = None) -> Self:
        return cls(
            source_url=source.url,
            allow_private=source.allow_private,
            delay=settings.delay(source),
            timeout=settings.defaults.timeout,
            max_body=settings.max_body(source),
            robots=settings.robots(source),
            validators=validators or {},
        )


@dataclass(slots=True)
class Trip:
    """One Target on its way: where it is, what it may still take, and what came back."""

    target: Target
    options: FetchOptions
    at: str  # the current address as text, without credentials
    fetched_at: datetime
    url: httpx.URL = _NOWHERE  # the same as it is sent; dialling and deciding look at this one parse only
    large: asyncio.Semaphore | None = None  # held while a body is taken in that is LARGE already
    spent: float = 0.0
    visited: set[str] = field(default_factory=set)
    redirects: list[str] = field(default_factory=list)
    origin: "Origin" = ("", b"", 0)  # of `url`
    home: "Origin | None" = None  # the source's: allow_private holds here and nowhere else
    authorization: str | None = field(default=None, repr=False)
    status: int | None = None
    body: bytes = b""
    wire_bytes: int = 0
    content_type: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    moved: bool = True  # every redirect so far was permanent
    headers: tuple[tuple[str, str], ...] = ()
    asked_at: float = 0.0  # time.monotonic() of the request at hand
    first_byte_ms: int | None = None
    error: Reason | None = None
    detail: str | None = None

    @property
    def left(self) -> float:
        return self.options.timeout - self.spent

    def go(self, text: str) -> None:
        """Set out: the target's own credentials, or its source's when it lies at the source's origin."""
        given: str | None = None
        if self.options.source_url:
            self.home, given = _source(self.options.source_url)
        url = _parse(text, Reason.REFUSED_ADDRESS)
        self.origin = _origin(url)
        self.authorization = _basic(url) or (given if self.origin == self.home else None)
        self._enter(url)

    def redirect(self, location: str) -> None:
        text = urls.join(str(self.url), location)
        if not text.isprintable() or len(text) > MAX_URL:
            raise Failure(Reason.TOO_MANY_REDIRECTS, "redirected to what is no address")
        url = _parse(text, Reason.TOO_MANY_REDIRECTS)
        if len(self.redirects) == MAX_REDIRECTS:
            raise Failure(Reason.TOO_MANY_REDIRECTS, f"more than {MAX_REDIRECTS} redirects")
        # Credentials leave the origin they were given for only as its move to https, and never come back to a chain that left.
        here, self.origin = self.origin, _origin(url)
        if here != self.origin and (here, self.origin) != (("http", here[1], 80), ("https", here[1], 443)):
            self.authorization = None
        self._enter(url)
        self.moved = self.moved and self.status in (301, 308)
        self.at = str(self.url)
        self.redirects.append(self.at)

    def _enter(self, url: httpx.URL) -> None:
        if url.userinfo or url.fragment:
            url = url.copy_with(username=None, password=None, fragment=None)
        self.url, text = url, str(url)
        if text in self.visited:
            raise Failure(Reason.TOO_MANY_REDIRECTS, f"redirected in a circle, back to {text}")
        self.visited.add(text)

    def request(self, headers: list[tuple[bytes, bytes]]) -> httpx.Request:
        """The GET with the client's own `headers`, and what belongs to this address. Starts the clock of its first byte."""
        headers = [(b"Host", self.url.netloc), *headers]
        if self.authorization:
            headers.append((b"Authorization", self.authorization.encode()))
        if known := self.options.validators.get(self.at):  # a validator belongs to one address
            for name, value in ((b"If-None-Match", known.etag), (b"If-Modified-Since", known.last_modified)):
                if value and (sent := _CONTROL.sub("", value).strip().encode("latin-1", "ignore")):
                    headers.append((name, sent))
        private = self.options.allow_private and self.origin == self.home
        self.asked_at = time.monotonic()
        return httpx.Request("GET", self.url, headers=headers, stream=_NO_BODY, extensions={"allow_private": private, "timeout": {}})

    @property
    def conditional(self) -> bool:
        known = self.options.validators.get(self.at)
        return known is not None and bool(known.etag or known.last_modified)

    async def read(self, response: httpx.Response, stream: httpx.AsyncByteStream) -> str | None:
        """Take the answer in; the Location of a redirect."""
        self.first_byte_ms = round((time.monotonic() - self.asked_at) * 1000)
        self.status = status = response.status_code
        self.wire_bytes = 0
        found: dict[bytes, list[bytes]] = {}
        for key, value in response.headers.raw:
            found.setdefault(key.lower(), []).append(value)
        self.headers = tuple(_kept(found))
        location = _location(found)
        if status in _REDIRECTS or (status == 300 and location):
            await self._drain(stream, found)
            if not location:
                raise Failure(Reason.TOO_MANY_REDIRECTS, f"{status} without a Location: redirected to nowhere")
            return location
        if status == 304 and self.conditional:
            self.etag, self.last_modified = _header(found, b"etag"), _header(found, b"last-modified")
            return None
        if not 200 <= status < 300 or status == 206:
            await self._drain(stream, found)
            raise _refusal(status, _header(found, b"retry-after"))
        self.etag, self.last_modified = _header(found, b"etag"), _header(found, b"last-modified")
        self.content_type = _header(found, b"content-type")
        self.body = await self._body(stream, found)
        if not self.body:
            raise Failure(Reason.EMPTY_BODY, f"status {status} with nothing in it")
        return None

    async def _body(self, stream: httpx.AsyncByteStream, found: dict[bytes, list[bytes]]) -> bytes:
        codings = found.get(b"content-encoding")
        decoder = Decoder(b", ".join(codings).decode("latin-1") if codings else None, self.options.max_body)
        declared = found.get(b"content-length", [b""])[0]
        if declared.isdigit() and not self.options.cut and int(declared[:20]) > wire_cap(self.options.max_body) and b"transfer-encoding" not in found:
            detail = f"{int(declared[:20])} bytes announced, max_body is {self.options.max_body}; raise it for this source"
            raise Failure(Reason.BODY_TOO_LARGE, detail)
        among_large = False
        try:
            async for piece in stream:
                self.wire_bytes += len(piece)
                decoder.feed(piece)
                if self.large is not None and not among_large and decoder.size > LARGE:
                    among_large = await self.large.acquire()
        except Refused as error:
            if not self.options.cut or error.reason != Reason.BODY_TOO_LARGE:
                raise
            return decoder.so_far()
        finally:
            if self.large is not None and among_large:
                self.large.release()
        return decoder.finish()

    async def _drain(self, stream: httpx.AsyncByteStream, found: dict[bytes, list[bytes]]) -> None:
        """Read a short rest, so that the next request to this host needs no new connection; a long or slow one is cut off."""
        length = found.get(b"content-length", [b""])[0]
        if not length.isdigit() or len(length) > 6 or int(length) > DRAIN:
            return
        try:
            async with asyncio.timeout(DRAIN_TIME):
                async for piece in stream:
                    self.wire_bytes += len(piece)
        except (OSError, httpx.HTTPError, PostetlError):  # TimeoutError among them
            return

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
            moved_to=self.at if self.redirects and self.moved and not failed else None,
            headers=self.headers,
            first_byte_ms=self.first_byte_ms,
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
    if (plain := _PLAIN.fullmatch(text)) is not None and "/." not in plain[2] and (site := _site(plain[1])) is not None:
        url = httpx.URL(site)  # shares the parse of the site's address; httpx is pinned below 0.29 for the next line
        url._uri_reference = url._uri_reference._replace(path=plain[2], query=plain[3])  # noqa: SLF001
        return url
    scheme = text.partition(":")[0].lower()
    if scheme not in ("http", "https"):
        raise Failure(Reason.REFUSED_SCHEME, f"{urls.without_credentials(text)}: only http and https are fetched")
    if (whole := _url(text)) is not None:
        return whole
    if literal(urls.origin(text)[1]):  # 0177.0.0.1 and the like: no address for httpx, but one for every C library
        otherwise = Reason.REFUSED_ADDRESS
    raise Failure(otherwise, f"{urls.without_credentials(text)}: not an address")


def _url(text: str) -> httpx.URL | None:
    try:
        url = httpx.URL(text)
        good = url.scheme in ("http", "https") and url.raw_host != b"" and (url.port is None or 0 < url.port < 65536)
    except (httpx.InvalidURL, ValueError):  # UnicodeError of an impossible host name among them
        return None
    return url if good else None


# A run asks one site for many pages, and parsing an address costs a tenth of a request.
_site = lru_cache(maxsize=4096)(_url)


Origin = tuple[str, bytes, int]


def _origin(url: httpx.URL) -> Origin:
    """RFC 6454, from the parse that is dialled: a second parser that disagreed would be a way round the guard."""
    return url.scheme, url.raw_host.rstrip(b"."), url.port or (443 if url.scheme == "https" else 80)


@lru_cache(maxsize=4096)
def _source(text: str) -> tuple[Origin, str | None]:
    """A source's origin and its Authorization. Every page that a source leads to asks."""
    url = _parse(text, Reason.REFUSED_ADDRESS)
    return _origin(url), _basic(url)


def _basic(url: httpx.URL) -> str | None:
    """RFC 7617, in UTF-8."""
    if not url.userinfo:
        return None
    return "Basic " + b64encode(f"{url.username}:{url.password}".encode("utf-8", "surrogatepass")).decode()


def _line(value: bytes) -> str:
    """On one line; latin-1, so that a validator goes back as the bytes it came as."""
    text = value.decode("latin-1")
    return (text if text.isprintable() else _CONTROL.sub("", text)).strip()


def _header(found: dict[bytes, list[bytes]], name: bytes) -> str | None:
    values = found.get(name)
    return (_line(values[0]) or None) if values else None


def _kept(found: dict[bytes, list[bytes]]) -> Iterator[tuple[str, str]]:
    for key, name in _KEPT.items():
        if values := found.get(key):
            yield name, _line(b", ".join(values))[:MAX_KEPT]


def _refusal(status: int, retry_after: str | None) -> Failure:
    later = f" (Retry-After: {retry_after})" if retry_after else ""
    if status in _ADVICE:
        reason, words = _ADVICE[status]
        return Failure(reason, f"{status}: {words}{later}")
    if status == 304:
        return Failure(Reason.HTTP_ERROR, "304 (not modified) although nothing was asked to compare with")
    if 500 <= status < 600:
        return Failure(Reason.SERVER_ERROR, f"{status}: the site has trouble{later}", again=status in _AGAIN and not retry_after)
    return Failure(Reason.HTTP_ERROR, f"status {status}{later}")


def _location(found: dict[bytes, list[bytes]]) -> str:
    sent = found.get(b"location", [b""])[0]
    try:
        return sent.decode()
    except UnicodeDecodeError:  # bytes of some older charset: the site's own, so it gets them back as they are (as browsers do)
        return "".join(chr(byte) if byte < 128 else f"%{byte:02X}" for byte in sent)
