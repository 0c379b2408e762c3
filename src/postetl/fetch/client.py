"""Fetcher: Target -> Fetched over one httpx.AsyncClient. Redirects, tries, deadline and limits are ours (httpx has no total timeout)."""

import asyncio
import random
import re
import ssl
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, NamedTuple, Self

import httpx

from postetl import __version__, urls
from postetl.errors import Broken, PostetlError, Reason, Transient
from postetl.fetch import backoff
from postetl.fetch.decode import ACCEPTED
from postetl.fetch.proxy import Proxies
from postetl.fetch.robots import Robots, Rules
from postetl.fetch.transport import GuardedTransport, words
from postetl.fetch.trip import LARGE_AT_ONCE, Failure, FetchOptions, Trip
from postetl.fetch.turns import MAX_ADAPTED, HostTurns, Throttled
from postetl.model import ROBOTS, Fetched, Target
from postetl.settings import MIN_DELAY

ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, text/html;q=0.9, */*;q=0.8"
TRIES = 2
WAITED_OUT = 60.0  # seconds: a shorter wait that a site asks for is waited out, a longer one ends the fetch
ROBOTS_BODY = 1024 * 1024  # bytes taken of a robots.txt, a piece more or less; robots.MAX_BYTES of them are read


class Fetcher:
    """`async with Fetcher(HostTurns(settings.locks), contact=...) as fetcher: fetched = await fetcher.fetch(target, options)`.

    One for a run and its event loop; any number of fetches at once, of which those of one host take turns. Keeps no cookies, reads
    no netrc. `proxy` is the configured one; without it the environment's variables hold. `transport` is the one seam to the
    network; `backoff` is the mean pause in seconds before the second try; `room` is waited for before each request, in the host's
    turn: the caller's way to say that it holds enough bodies for now.
    """

    def __init__(
        self,
        turns: HostTurns,
        *,
        contact: str | None = None,
        proxy: str | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        backoff: float = 1.0,
        room: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._turns, self._now, self._backoff, self._room = turns, now, backoff, room
        self._large = asyncio.Semaphore(LARGE_AT_ONCE)
        self._robots = Robots(turns.folder.parent / "robots", clock=turns.clock)
        headers = {"User-Agent": user_agent(contact), "Accept": ACCEPT, "Accept-Encoding": ACCEPTED}
        self._client = _Client(transport or GuardedTransport(proxies=Proxies(proxy)), headers)
        self._headers = self._client.headers.raw  # build_request merges them anew for each request, which costs as much as sending it

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._client.__aexit__(kind, error, trace)
        self._turns.close()

    async def fetch(self, target: Target, options: FetchOptions) -> Fetched:
        """Fetch an http(s) Target: whatever the network or the site does is in `error` and `detail`; 304 is no error and has no body.

        A file: Target is refused_scheme here: local.read_file reads those that the configuration names.
        Raises Broken when the folder of the host locks cannot be used; CancelledError passes, and gives the turn back.
        """
        return (await self._fetch(target, options))[0]

    async def _fetch(self, target: Target, options: FetchOptions) -> tuple[Fetched, int]:
        """And the number of requests that were sent for it, robots.txt not counted."""
        trip, way = Trip(target, options, urls.without_credentials(target.url), self._now(), large=self._large), Way()
        try:
            trip.go(target.url)
            await self._travel(trip, way)
        except Failure as failure:
            trip.error, trip.detail = failure.reason, str(failure)
        fetched = trip.fetched()
        if way.tries > 1 or way.retry_at is not None or way.before:
            retry_at = None if way.retry_at is None else datetime.fromtimestamp(way.retry_at, UTC)
            fetched = replace(fetched, tries=way.tries, retry_at=retry_at, before=tuple(way.before))
        return fetched, way.requests

    async def _travel(self, trip: Trip, way: "Way") -> None:
        """Hop by hop to an answer, with one second try on the whole way. Raises Failure."""
        while True:
            try:
                place = Place.of(trip)
                crawl_delay = await self._permitted(trip, way) if trip.options.robots else 0.0
                location = await self._hop(trip, way, place, crawl_delay)
            except Throttled as wait:  # no request was made
                left = wait.until - self._turns.clock()
                if left <= way.patience:
                    await self._wait(way, left)
                    continue
                trip.status, way.retry_at = None, wait.until
                raise Failure(Reason.THROTTLED, f"the site asked us to wait: nothing is asked of it before {_clock(wait.until)}") from None
            except Refusal as refusal:
                left = refusal.until - self._turns.clock()
                if way.tries < TRIES and trip.left > 0 and left <= way.patience:
                    way.tries += 1
                    await self._wait(way, max(left, self._pause()))
                    continue
                way.retry_at = refusal.until
                raise Failure(refusal.reason, f"{refusal}; nothing is asked before {_clock(refusal.until)}") from None
            except Failure as failure:
                if not failure.again or way.tries == TRIES or trip.left <= 0:
                    raise
                way.tries += 1
                await asyncio.sleep(self._pause())
                continue
            if location is None:
                return
            trip.redirect(location)

    def _pause(self) -> float:
        return self._backoff * random.uniform(0.5, 1.5)  # noqa: S311 - no secret

    @staticmethod
    async def _wait(way: "Way", seconds: float) -> None:
        way.patience -= max(seconds, 0.01)
        await asyncio.sleep(max(seconds, 0.01))

    async def _permitted(self, trip: Trip, way: "Way") -> float:
        """The Crawl-delay of the hop's origin. Raises Failure where its robots.txt forbids the hop."""
        url = trip.url
        origin = f"{url.scheme}://{url.netloc.decode('ascii')}"
        rules = self._robots.known(origin) or await self._learn(origin, trip, way)
        if rules.parsed is None and rules.refusal is None:
            return 0.0
        path = url.raw_path.decode("ascii")
        if (refused := await asyncio.to_thread(rules.refuses, path) if rules.large else rules.refuses(path)) is not None:
            trip.status, way.retry_at = None, rules.retry_at
            raise Failure(*refused)
        return rules.crawl_delay

    async def _learn(self, origin: str, trip: Trip, way: "Way") -> Rules:
        """Of the file, or of the site: then the answer is one of those before the target's."""

        async def ask(where: str) -> Fetched:
            target = Target(where, source_id=trip.target.source_id, kind=ROBOTS, depth=trip.target.depth)
            options = replace(trip.options, robots=False, validators={}, max_body=ROBOTS_BODY, cut=True)
            fetched, requests = await self._fetch(target, options)
            if requests:
                way.before.append(fetched)
            return fetched

        return await self._robots.rules(origin, ask)

    async def _hop(self, trip: Trip, way: "Way", place: "Place", crawl_delay: float) -> str | None:
        """One request in the host's turn; the Location of a redirect. Raises Throttled (no request was made), Refusal, Failure."""
        own = place.scope.key == place.key
        refusal: Refusal | None = None
        entry = None if trip.options.impatient else place.scope.entry
        if not own and not trip.options.impatient and (until := self._turns.refused_until(*place.scope)) > self._turns.clock():
            raise Throttled(until)
        try:
            async with self._turns.turn(place.key, delay=place.delay, crawl_delay=crawl_delay, entry=entry if own else None) as lease:
                if self._room is not None:
                    await self._room()
                trip.fetched_at, trip.status = self._now(), None
                way.requests += 1
                begun = time.monotonic()
                try:
                    async with asyncio.timeout(trip.left):
                        location = await self._exchange(trip)
                except TimeoutError:
                    raise Failure(Reason.TIMED_OUT, f"no complete answer within {trip.options.timeout:g} s") from None
                except Failure as failure:
                    refusal = self._refusal(trip, way, failure)
                    if refusal is None:
                        raise
                    if own:
                        refusal.until = lease.state.refuse(place.scope.entry, refusal.named, self._turns.clock())
                finally:
                    latency = time.monotonic() - begun
                    trip.spent += latency
                    if place.delay >= MIN_DELAY:
                        lease.state.learn(latency, place.delay, MAX_ADAPTED, good=trip.status == 200)
                    if own and trip.status is not None and trip.status < 400:
                        lease.state.accept(place.scope.entry)
        except Throttled:
            raise
        except Transient as error:  # from the turn: another process is stuck in it
            raise Failure(error.reason, str(error)) from None
        if not own and (refusal is not None or self._turns.refused_until(*place.scope)):
            await self._tell(place.scope, refusal)
        if refusal is not None:
            raise refusal
        return location

    def _refusal(self, trip: Trip, way: "Way", failure: Failure) -> "Refusal | None":
        """Whether this answer means "not now": a busy site's 503 does only when the second try has ended so, too."""
        if trip.status is None or (failure.again and way.tries < TRIES and trip.left > 0):
            return None
        meant, named = backoff.asked(trip.status, dict(trip.headers), self._turns.clock())
        if not meant:
            return None
        reason = Reason.THROTTLED if named is not None or trip.status == 429 else failure.reason
        return Refusal(reason, str(failure), named)

    async def _tell(self, scope: backoff.Scope, refusal: "Refusal | None") -> None:
        """Note in the platform's file how one of its names answered."""
        try:
            async with self._turns.turn(scope.key) as lease:
                if refusal is None:
                    lease.state.accept(scope.entry)
                else:
                    refusal.until = lease.state.refuse(scope.entry, refusal.named, self._turns.clock())
        except Transient:  # another process is stuck with the file: the others of this run have to find out for themselves
            if refusal is not None:
                refusal.until = self._turns.clock() + backoff.pause(1, refusal.named)

    async def _exchange(self, trip: Trip) -> str | None:
        try:
            response = await self._client.send(trip.request(self._headers), stream=True)
            stream = response.stream
            assert isinstance(stream, httpx.AsyncByteStream)
            try:
                return await trip.read(response, stream)
            finally:
                await stream.aclose()
        except (Failure, Broken):
            raise
        except PostetlError as error:  # the guard's and the decoder's
            raise Failure(error.reason, str(error), again=isinstance(error, Transient)) from None
        except (httpx.TimeoutException, TimeoutError):  # another transport's, the system's; our deadline cancels instead
            raise Failure(Reason.TIMED_OUT, "no answer in time") from None
        except httpx.TransportError as error:  # another transport's
            raise Failure(Reason.PROTOCOL_ERROR, f"no complete answer: {type(error).__name__}", again=isinstance(error, httpx.NetworkError)) from None
        except ssl.SSLError as error:  # after the handshake
            raise Failure(Reason.TLS_FAILED, f"TLS broke: {words(error)}") from None
        except Exception as error:  # the libraries under us read what an attacker wrote; whatever they trip over is that site's row
            raise Failure(Reason.PROTOCOL_ERROR, f"the answer could not be read: {type(error).__name__}") from error


@dataclass(slots=True)
class Way:
    """What one fetch has used up, and what it met besides its answer."""

    tries: int = 1
    requests: int = 0
    patience: float = WAITED_OUT  # seconds that it may still wait for a site that wants no request yet
    retry_at: float | None = None
    before: list[Fetched] = field(default_factory=list)


class Place(NamedTuple):
    """Where a hop goes, as politeness sees it."""

    key: str  # of its turns: host and port of one's own servers, elsewhere the host
    delay: float
    scope: backoff.Scope

    @classmethod
    def of(cls, trip: Trip) -> Self:
        _, raw_host, port = origin = trip.origin
        private = trip.options.allow_private and origin == trip.home
        host = raw_host.decode("ascii")
        shown = f"[{host}]" if ":" in host else host
        key = f"{shown}:{port}" if private else shown
        delay = trip.options.delay if private else max(trip.options.delay, MIN_DELAY)
        return cls(key, delay, backoff.scope(host, key, trip.at, private=private))


class Refusal(Failure):
    """The site wants no further request before `until`; `named`: the seconds that it asks for."""

    def __init__(self, reason: Reason, detail: str, named: float | None) -> None:
        super().__init__(reason, detail)
        self.named, self.until = named, 0.0


class _Client(httpx.AsyncClient):
    """httpx's client, whose `send` is the transport's answer and no more.

    Redirects, credentials, limits and tries are ours (trip.py), and one client serves all sources, so that there are no cookies:
    what one site sets is nothing the next one, or the next run, should depend on. What httpx does about these costs a tenth
    of a request; it would also parse each Location, and raise for one that it cannot read.
    """

    def __init__(self, transport: httpx.AsyncBaseTransport, headers: dict[str, str]) -> None:
        super().__init__(transport=transport, headers=headers, trust_env=False, timeout=None)
        self._answering = transport

    async def send(self, request: httpx.Request, *, stream: bool = False, **_: Any) -> httpx.Response:
        response = await self._answering.handle_async_request(request)
        response.request = request
        if not stream:
            await response.aread()
        return response


def user_agent(contact: str | None = None) -> str:
    """`postetl/<version> (+contact)`, or without the brackets; printable ASCII whatever the contact holds."""
    shown = re.sub(r"[^\x21-\x7e]+|[()]", " ", contact or "").strip()
    return f"postetl/{__version__} (+{shown[:200]})" if shown else f"postetl/{__version__}"


def _clock(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M:%S} UTC"
