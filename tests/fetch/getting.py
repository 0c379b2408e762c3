"""One fetch at a time, for the tests of this folder."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx

from postetl.fetch import Fetcher, FetchOptions, HostTurns
from postetl.model import Fetched, Target

NOON = datetime(2024, 2, 29, 12, tzinfo=UTC)


class Getter:
    """`get(url, **options)`: one fetch in an event loop of its own; the source's own address is `source_url`, or the url itself."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.transport: Callable[[], httpx.AsyncBaseTransport] | None = None
        self.contact: str | None = None

    def __call__(self, url: str, **options: object) -> Fetched:
        return self.all([url], **options)[0]

    def all(self, urls: list[str], **options: object) -> list[Fetched]:
        given = {"source_url": urls[0], "allow_private": True, "delay": 0.0, "timeout": 10.0, "robots": False} | options

        async def run() -> list[Fetched]:
            transport = self.transport() if self.transport else None
            fetcher = Fetcher(HostTurns(self.folder), contact=self.contact, transport=transport, now=lambda: NOON, backoff=0.01)
            async with fetcher:
                return await asyncio.gather(*(fetcher.fetch(Target(url), FetchOptions(**given)) for url in urls))  # type: ignore[arg-type]

        return asyncio.run(run())
