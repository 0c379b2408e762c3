"""Fetcher: Target -> Fetched over one httpx.AsyncClient. Redirects, tries, deadline and limits are ours (httpx has no total timeout)."""

import asyncio
import random
import re
import ssl
import time
from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import httpx

from postetl import __version__, urls
from postetl.errors import Broken, PostetlError, Reason, Transient
from postetl.fetch.decode import ACCEPTED
from postetl.fetch.proxy import Proxies
from postetl.fetch.transport import GuardedTransport, words
from postetl.fetch.trip import Failure, FetchOptions, Trip, set_location_aside
from postetl.fetch.turns import HostTurns
from postetl.model import Fetched, Target

ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, text/html;q=0.9, */*;q=0.8"


class Fetcher:
    """`async with Fetcher(HostTurns(settings.locks), contact=...) as fetcher: fetched = await fetcher.fetch(target, options)`.

    One for a run and its event loop; any number of fetches at once, of which those of one host take turns. Keeps no cookies, reads
    no netrc. `proxy` is the configured one; without it the environment's variables hold. `transport` is the one seam to the
    network; `backoff` is the mean pause in seconds before the second try.
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
    ) -> None:
        self._turns, self._now, self._backoff = turns, now, backoff
        self._client = httpx.AsyncClient(
            transport=transport or GuardedTransport(proxies=Proxies(proxy)),
            timeout=None,  # noqa: S113  # the deadline, the connect time and the pace are ours
            trust_env=False,
            follow_redirects=False,
            headers={"User-Agent": user_agent(contact), "Accept": ACCEPT, "Accept-Encoding": ACCEPTED},
            event_hooks={"response": [set_location_aside]},
        )
        # A jar that is given is copied into httpx's own, which translates every request and answer; httpx is pinned below 0.29 for this line.
        self._client._cookies = _NoCookies()  # noqa: SLF001
        self._headers = self._client.headers.raw  # build_request merges them anew for each request, which costs as much as sending it

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._client.__aexit__(kind, error, trace)

    async def fetch(self, target: Target, options: FetchOptions) -> Fetched:
        """Fetch an http(s) Target: whatever the network or the site does is in `error` and `detail`; 304 is no error and has no body.

        A file: Target is refused_scheme here: local.read_file reads those that the configuration names.
        Raises Broken when the folder of the host locks cannot be used; CancelledError passes, and gives the turn back.
        """
        trip = Trip(target, options, urls.without_credentials(target.url), self._now())
        try:
            trip.go(target.url)
            await self._travel(trip)
        except Failure as failure:
            trip.error, trip.detail = failure.reason, str(failure)
        return trip.fetched()

    async def _travel(self, trip: Trip) -> None:
        """Hop by hop to an answer, with one second try on the whole way. Raises Failure."""
        tries = 2
        while True:
            try:
                location = await self._hop(trip)
            except Failure as failure:
                tries -= 1
                if not failure.again or not tries or trip.left <= 0:
                    raise
                await asyncio.sleep(self._backoff * random.uniform(0.5, 1.5))  # noqa: S311 - no secret
                continue
            if location is None:
                return
            trip.redirect(location)

    async def _hop(self, trip: Trip) -> str | None:
        """One request in the host's turn; the Location of a redirect."""
        try:
            async with self._turns.turn(urls.host_key(str(trip.url)), delay=trip.options.delay):
                trip.fetched_at, trip.status = self._now(), None
                begun = time.monotonic()
                try:
                    async with asyncio.timeout(trip.left):
                        return await self._exchange(trip)
                except TimeoutError:
                    raise Failure(Reason.TIMED_OUT, f"no complete answer within {trip.options.timeout:g} s") from None
                finally:
                    trip.spent += time.monotonic() - begun
        except Transient as error:  # from the turn: another process is stuck in it
            raise Failure(error.reason, str(error)) from None

    async def _exchange(self, trip: Trip) -> str | None:
        try:
            response = await self._client.send(trip.request(self._headers), stream=True)
            try:
                return await trip.read(response)
            finally:
                await response.aclose()
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


class _NoCookies(httpx.Cookies):
    """One client serves all sources: what one site sets is nothing the next one, or the next run, should depend on."""

    def extract_cookies(self, response: httpx.Response) -> None:
        """Takes none."""


def user_agent(contact: str | None = None) -> str:
    """`postetl/<version> (+contact)`, or without the brackets; printable ASCII whatever the contact holds."""
    shown = re.sub(r"[^\x21-\x7e]+|[()]", " ", contact or "").strip()
    return f"postetl/{__version__} (+{shown[:200]})" if shown else f"postetl/{__version__}"
