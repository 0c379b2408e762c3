"""Public names that lead to loopback servers, through the transport's own seams; and a clock that can be set."""

import asyncio
import socket
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import web
from postetl.fetch import Fetcher, FetchOptions, HostTurns, guard
from postetl.fetch.proxy import Proxies
from postetl.fetch.transport import GuardedTransport
from postetl.model import Fetched, Target


class Clock:
    """Goes as the real one does, from wherever it is set."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


class Detour:
    """Every name resolves to the public 8.8.8.8, and that is dialled at one loopback server; what was looked up is in `asked`."""

    def __init__(self, site: web.Site) -> None:
        self.site = site
        self.asked: list[str] = []

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        return ["8.8.8.8"]

    async def dial(self, address: str, port: int) -> socket.socket:
        assert address == "8.8.8.8"
        return await guard.dial(self.site.address, self.site.port)


class Runs:
    """`runs(urls)`: one run over them, one after another (or `at_once`), with one home and one clock. Without robots.txt unless told."""

    def __init__(self, home: Path, site: web.Site) -> None:
        self.home, self.site, self.clock = home, site, Clock()
        self.public = False

    def __call__(self, *urls: str, at_once: bool = False, **options: object) -> list[Fetched]:
        given: dict[str, object] = {"delay": 0.1 if self.public else 0.0, "timeout": 10.0, "robots": False}
        if not self.public:
            given |= {"allow_private": True, "source_url": self.site.url()}
        made = FetchOptions(**(given | options))  # type: ignore[arg-type]

        async def run() -> list[Fetched]:
            turns = HostTurns(self.home / "locks" / "hosts", clock=self.clock)
            detour = Detour(self.site)
            transport = GuardedTransport(resolve=detour.resolve, dial=detour.dial, proxies=Proxies(environment={})) if self.public else None
            now = lambda: datetime.fromtimestamp(self.clock(), UTC)  # noqa: E731
            async with Fetcher(turns, transport=transport, now=now, backoff=0.01) as fetcher:
                if at_once:
                    return await asyncio.gather(*(fetcher.fetch(Target(url, "src"), made) for url in urls))
                return [await fetcher.fetch(Target(url, "src"), made) for url in urls]

        return asyncio.run(run())

    @property
    def paths(self) -> list[str]:
        return [request.target for request in self.site.requests]
