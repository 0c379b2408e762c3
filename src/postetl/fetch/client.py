"""Fetcher: Target -> Fetched over one httpx.AsyncClient. Redirects, tries, deadline and limits are ours (httpx has no total timeout)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import httpx

from postetl.fetch.turns import HostTurns
from postetl.model import Fetched, Target
from postetl.settings import Settings, Source


@dataclass(frozen=True, slots=True)
class FetchOptions:
    """What one source allows and asks. `source_url` is its own address: its credentials, and `allow_private`, hold for that origin only."""

    source_url: str | None = None
    allow_private: bool = False
    delay: float = 1.0  # seconds between two requests to one host
    timeout: float = 60.0  # seconds for one Target, redirects and tries included, waiting for the host's turn excluded
    max_body: int = 15 * 1024 * 1024  # bytes, decoded
    etag: str | None = None  # validators of an earlier answer: sent back, and 304 becomes possible
    last_modified: str | None = None

    @classmethod
    def of(cls, settings: Settings, source: Source) -> Self:
        return cls(
            source_url=source.url,
            allow_private=source.allow_private,
            delay=settings.delay(source),
            timeout=settings.defaults.timeout,
            max_body=settings.max_body(source),
        )


class Fetcher:
    """`async with Fetcher(HostTurns(settings.locks), contact=...) as fetcher: fetched = await fetcher.fetch(target, options)`."""

    def __init__(
        self,
        turns: HostTurns,
        *,
        contact: str | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        backoff: float = 1.0,
    ) -> None:
        raise NotImplementedError

    async def __aenter__(self) -> Self:
        raise NotImplementedError

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        raise NotImplementedError

    async def fetch(self, target: Target, options: FetchOptions) -> Fetched:
        """Fetch an http(s) Target. Never raises for what the network or the site does; Broken when our own lock folder fails."""
        raise NotImplementedError


def user_agent(contact: str | None = None) -> str:
    """`postetl/<version> (+contact)`."""
    raise NotImplementedError
