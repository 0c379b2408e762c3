"""One fetch at a time, for the tests of this folder."""

import asyncio
import errno
import socket
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import httpx

import web
from postetl.fetch import Fetcher, FetchOptions, HostTurns, guard
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


class Net:
    """A net of names on loopback: what they resolve to (one answer after another; the last stays), what was asked, what was dialled.

    A dialled address leads to the loopback server that plays it (`plays`), or to `site`; a dead one never answers. Pass `resolve` and
    `dial` to GuardedTransport: whatever the fetcher wanted to reach is then in `asked` and `dialled`, and nothing leaves loopback.
    """

    def __init__(self, site: web.Site | None = None, **names: Sequence[Sequence[str]]) -> None:
        self.site = site
        self.names = {name.replace("_", "."): list(answers) for name, answers in names.items()}
        self.plays: dict[str, web.Site] = {}
        self.dead: set[str] = set()
        self.asked: list[str] = []
        self.dialled: list[tuple[str, int]] = []
        self.sockets: list[socket.socket] = []

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        answers = self.names.get(host, [[]])
        return answers.pop(0) if len(answers) > 1 else answers[0]

    async def dial(self, address: str, port: int) -> socket.socket:
        self.dialled.append((address, port))
        if address in self.dead:
            await asyncio.sleep(60)
        site = self.plays.get(address, self.site)
        if site is None:
            raise OSError(errno.ECONNREFUSED, "nobody plays this address")
        made = await guard.dial(site.address, site.port)
        self.sockets.append(made)
        return made
