"""Fetcher: Target -> Fetched over one httpx.AsyncClient. Redirects, tries, deadline and limits are ours (httpx has no total timeout)."""

import asyncio
import random
import re
import ssl
import time
from collections.abc import Callable
from datetime import UTC, datetime
from http.client import HTTPResponse
from http.cookiejar import CookieJar
from types import TracebackType
from typing import Self
from urllib.request import Request as UrllibRequest

import httpx

from postetl import __version__, urls
from postetl.errors import Broken, PostetlError, Reason, Transient
from postetl.fetch.decode import ACCEPTED
from postetl.fetch.guard import GuardedTransport
from postetl.fetch.trip import CONNECT, Failure, FetchOptions, Trip, set_location_aside
from postetl.fetch.turns import HostTurns
from postetl.model import Fetched, Target

ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, text/html;q=0.9, */*;q=0.8"


class Fetcher:
    """`async with Fetcher(HostTurns(settings.locks), contact=...) as fetcher: fetched = await fetcher.fetch(target, options)`.

    One for a run and its event loop; any number of fetches at once, of which those of one host take turns. Keeps no cookies and
    reads no environment (no proxy, no netrc). `transport` is the one seam to the network; `backoff` is the mean pause in seconds
    before the second try.
    """

    def __init__(
        self,
        turns: HostTurns,
        *,
        contact: str | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        backoff: float = 1.0,
    ) -> None:
        self._turns, self._now, self._backoff = turns, now, backoff
        self._client = httpx.AsyncClient(
            transport=transport or GuardedTransport(),
            trust_env=False,
            follow_redirects=False,
            cookies=_NoCookies(),
            headers={"User-Agent": user_agent(contact), "Accept": ACCEPT, "Accept-Encoding": ACCEPTED},
            event_hooks={"response": [set_location_aside]},
        )

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
            request = trip.request(self._client)
            response = await self._client.send(request, stream=True)
            try:
                return await trip.read(response)
            finally:
                await response.aclose()
        except (Failure, Broken):
            raise
        except PostetlError as error:  # the guard's and the decoder's
            raise Failure(error.reason, str(error), again=isinstance(error, Transient)) from None
        except httpx.ConnectTimeout:
            raise Failure(Reason.TIMED_OUT, f"the TLS handshake took over {CONNECT:g} s", again=True) from None
        except (httpx.TimeoutException, TimeoutError):  # the system's own; the deadline cancels instead
            raise Failure(Reason.TIMED_OUT, "no answer in time") from None
        except httpx.ConnectError as error:
            raise _not_connected(trip.url, error) from None
        except httpx.NetworkError:
            raise Failure(Reason.PROTOCOL_ERROR, "the connection broke before the answer was complete", again=True) from None
        except httpx.RemoteProtocolError as error:
            if "disconnected" in str(error) or "closed connection" in str(error):
                raise Failure(Reason.PROTOCOL_ERROR, "the server closed the connection before the answer was complete", again=True) from None
            raise Failure(Reason.PROTOCOL_ERROR, f"the answer is not HTTP: {str(error).partition(':')[0]}") from None
        except ssl.SSLError as error:  # after the handshake: httpcore does not map it
            raise Failure(Reason.TLS_FAILED, f"TLS broke: {_words(error)}") from None
        except Exception as error:  # the libraries under us read what an attacker wrote; whatever they trip over is that site's row
            raise Failure(Reason.PROTOCOL_ERROR, f"the answer could not be read: {type(error).__name__}") from error


class _NoCookies(CookieJar):
    """One client serves all sources: what one site sets is nothing the next one, or the next run, should depend on."""

    def extract_cookies(self, response: HTTPResponse, request: UrllibRequest) -> None:  # noqa: ARG002
        return

    def add_cookie_header(self, request: UrllibRequest) -> None:  # noqa: ARG002
        return


def user_agent(contact: str | None = None) -> str:
    """`postetl/<version> (+contact)`, or without the brackets; printable ASCII whatever the contact holds."""
    shown = re.sub(r"[^\x21-\x7e]+|[()]", " ", contact or "").strip()
    return f"postetl/{__version__} (+{shown[:200]})" if shown else f"postetl/{__version__}"


def _not_connected(url: httpx.URL, error: httpx.ConnectError) -> Failure:
    """The guard names its own failures, so over https what is left is the handshake's."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Failure(Reason.TLS_FAILED, f"the certificate is not to be trusted: {cause.verify_message or 'verification failed'}")
        if isinstance(cause, ssl.SSLError):
            return Failure(Reason.TLS_FAILED, f"no TLS handshake: {_words(cause)}")
        cause = cause.__cause__ or cause.__context__
    if url.scheme == "https":
        return Failure(Reason.TLS_FAILED, "the server broke off the TLS handshake", again=True)
    return Failure(Reason.CONNECT_FAILED, "no connection", again=True)


def _words(error: ssl.SSLError) -> str:
    reason: str | None = getattr(error, "reason", None)  # not there on an error that Python itself made
    return (reason or "damaged data").lower().replace("_", " ")
