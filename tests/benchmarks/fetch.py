"""Requests per CPU second and peak memory: our fetcher, plain httpx 0.28, aiohttp and Scrapy, in interleaved rounds.

    uv run python tests/benchmarks/fetch.py [--rounds 5] [--requests 6400] [--only postetl,httpx]

A server process on loopback gives 20 KB pages at 32 addresses (127.0.1.1 to .32), one connection to each. Every client asks for the
same number of addresses, no two alike, and holds each body in full. Counted is the CPU time of the client's process (user and system,
all threads) from the first request to the last, connecting included, imports not; peak memory is the process's own (VmHWM).

postetl is Fetcher.fetch as a run uses it: guard, turns across processes, bounded decoding, delay 0, robots.txt known beforehand, and a
`fetches` row for each request, written as Parquet. "fetch only" is the same without the rows, "transport only" our transport under an httpx.AsyncClient as it comes.
The others come from the dependency group `bench`, which uv installs beside ours when this runs (`uv run --isolated --only-group bench`);
one that cannot be had is named as absent.
"""

import argparse
import asyncio
import importlib.util
import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

HOSTS = 32
PAGE = 20_480
PEERS = ("httpx", "aiohttp", "scrapy", "httpx-aiohttp")
OURS = ("postetl", "fetch only", "transport only")
PACKAGE = 32 * 1024 * 1024 // PAGE  # rows in one package of the lake, as pipeline.batch cuts them

Get = Callable[[str], Awaitable[int]]  # the length of the body


def address(n: int, port: int) -> str:
    return f"http://127.0.1.{n % HOSTS + 1}:{port}/posts/{n}.html"


# The server


async def serve() -> None:
    words = ["the", "river", "stood", "three", "centimetres", "above", "its", "mark", "and", "we", "wrote", "it", "down", "as", "we", "do", "every", "week", "in", "spring"]
    text = " ".join(words[(n * n) % len(words)] for n in range(PAGE))
    page = f"<!doctype html><html><body><p>{text}".encode()[:PAGE]
    head = "HTTP/1.1 200 OK\r\nServer: bench\r\nDate: Thu, 29 Feb 2024 12:00:00 GMT\r\nContent-Type: text/html; charset=utf-8\r\n"
    head += f'Content-Length: {PAGE}\r\nConnection: keep-alive\r\nETag: "a1b2c3"\r\nLast-Modified: Thu, 29 Feb 2024 12:00:00 GMT\r\n'
    answer = head.encode() + b"Cache-Control: max-age=300\r\nVary: Accept-Encoding\r\n\r\n" + page

    class Answering(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport, self.received = transport, b""

        def data_received(self, data: bytes) -> None:
            self.received += data
            while b"\r\n\r\n" in self.received:
                _, _, self.received = self.received.partition(b"\r\n\r\n")
                self.transport.write(answer)  # type: ignore[attr-defined]

    loop = asyncio.get_running_loop()
    first = await loop.create_server(Answering, "127.0.1.1", 0)
    port = first.sockets[0].getsockname()[1]
    others = [await loop.create_server(Answering, f"127.0.1.{n + 1}", port) for n in range(1, HOSTS)]
    print(port, flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)  # until the parent ends
    for server in (first, *others):
        server.close()


# The clients: each yields what gets one page


async def postetl() -> AsyncIterator[Get]:
    """As a run does it, rows included."""
    from datetime import UTC, datetime
    from hashlib import sha256

    from postetl.fetch import Fetcher, FetchOptions, HostTurns
    from postetl.lake import Contents, FetchRecord, Lake, RunRecord
    from postetl.model import Target

    with tempfile.TemporaryDirectory() as home:
        run = RunRecord("bench", "run", datetime.now(UTC), None, "running", "bench", os.getpid(), "0")
        lake, rows, packages = Lake(Path(home) / "lake"), [], 0
        options: dict[str, FetchOptions] = {}

        def write() -> None:
            nonlocal packages
            packages += 1
            lake.write(Contents(run, 1, packages, fetches=tuple(rows)))
            rows.clear()

        async with Fetcher(HostTurns(Path(home) / "locks" / "hosts"), contact="bench@example.org") as fetcher:

            async def get(url: str) -> int:
                origin = url[: url.index("/", 8)]
                if (mine := options.get(origin)) is None:
                    mine = options[origin] = FetchOptions(source_url=origin, allow_private=True, delay=0, robots=False)
                fetched = await fetcher.fetch(Target(url, "bench"), mine)
                assert fetched.error is None, fetched
                rows.append(FetchRecord(fetched, "bench", sha256(url.encode()).hexdigest()[:32]))
                if len(rows) == PACKAGE:
                    write()
                return len(fetched.body)

            yield get
        write()


async def fetch_only() -> AsyncIterator[Get]:
    """Fetcher.fetch alone."""
    from postetl.fetch import Fetcher, FetchOptions, HostTurns
    from postetl.model import Target

    with tempfile.TemporaryDirectory() as home:
        async with Fetcher(HostTurns(Path(home) / "locks" / "hosts")) as fetcher:
            options: dict[str, FetchOptions] = {}

            async def get(url: str) -> int:
                origin = url[: url.index("/", 8)]
                if (mine := options.get(origin)) is None:
                    mine = options[origin] = FetchOptions(source_url=origin, allow_private=True, delay=0, robots=False)
                return len((await fetcher.fetch(Target(url, "bench"), mine)).body)

            yield get


async def transport_only() -> AsyncIterator[Get]:
    """Our transport under an httpx.AsyncClient that nobody trimmed."""
    import httpx

    from postetl.fetch.transport import GuardedTransport

    async with httpx.AsyncClient(transport=GuardedTransport()) as client:

        async def get(url: str) -> int:
            return len((await client.get(url, extensions={"allow_private": True})).content)

        yield get


async def plain_httpx() -> AsyncIterator[Get]:
    import httpx

    async with httpx.AsyncClient(trust_env=False) as client:

        async def get(url: str) -> int:
            return len((await client.get(url)).content)

        yield get


async def httpx_aiohttp() -> AsyncIterator[Get]:
    import httpx_aiohttp  # type: ignore[import-not-found]

    async with httpx_aiohttp.HttpxAiohttpClient(trust_env=False) as client:

        async def get(url: str) -> int:
            return len((await client.get(url)).content)

        yield get


async def plain_aiohttp() -> AsyncIterator[Get]:
    import aiohttp  # type: ignore[import-not-found]

    async with aiohttp.ClientSession() as session:

        async def get(url: str) -> int:
            async with session.get(url) as response:
                return len(await response.read())

        yield get


CLIENTS = {
    "postetl": postetl, "fetch only": fetch_only, "transport only": transport_only, "httpx": plain_httpx, "httpx-aiohttp": httpx_aiohttp, "aiohttp": plain_aiohttp,
}  # fmt: skip


async def drive(name: str, port: int, requests: int) -> float:
    """CPU seconds of `requests` pages, one at a time at each host."""
    begun = 0.0
    async for get in CLIENTS[name]():
        begun = time.process_time()

        async def one_host(host: int, get: Get = get) -> None:
            for n in range(host, requests, HOSTS):
                assert await get(address(n, port)) == PAGE

        await asyncio.gather(*(one_host(host) for host in range(HOSTS)))
    return time.process_time() - begun


def scrapy(port: int, requests: int) -> float:
    from scrapy import Spider  # type: ignore[import-not-found]
    from scrapy.crawler import CrawlerProcess  # type: ignore[import-not-found]

    got: list[int] = []

    class Pages(Spider):  # type: ignore[misc]
        name = "pages"
        start_urls = [address(n, port) for n in range(requests)]  # noqa: RUF012

        def parse(self, response: object) -> None:
            got.append(len(response.body))  # type: ignore[attr-defined]

    process = CrawlerProcess({
        "LOG_ENABLED": False, "CONCURRENT_REQUESTS": HOSTS, "CONCURRENT_REQUESTS_PER_DOMAIN": 1, "DOWNLOAD_DELAY": 0, "ROBOTSTXT_OBEY": False,
        "TELNETCONSOLE_ENABLED": False, "AUTOTHROTTLE_ENABLED": False,
    })  # fmt: skip
    begun = time.process_time()
    process.crawl(Pages)
    process.start()
    assert got == [PAGE] * requests, f"{len(got)} pages"
    return time.process_time() - begun


def client(name: str, port: int, requests: int) -> None:
    """In a process of its own: what it cost, as JSON."""
    used = scrapy(port, requests) if name == "scrapy" else asyncio.run(drive(name, port, requests))
    if sys.platform == "linux":  # ru_maxrss is carried over from the parent there
        peak = int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) / 1024  # type: ignore[index]
    else:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(json.dumps({"rate": requests / used, "peak": peak}))


# The comparison


def command(name: str) -> list[str] | None:
    """How to start that client; None when it cannot be had."""
    module = {"httpx-aiohttp": "httpx_aiohttp"}.get(name, name)
    if name in OURS or importlib.util.find_spec(module):
        return [sys.executable, __file__]
    uv = shutil.which("uv")
    made = [uv, "run", "--quiet", "--isolated", "--only-group", "bench", "python"] if uv else []
    found = made and subprocess.run([*made, "-c", f"import {module}"], capture_output=True, cwd=Path(__file__).parents[2]).returncode == 0
    return [*made, __file__] if found else None


def compare(names: list[str], rounds: int, requests: int) -> None:
    commands = {name: command(name) for name in names}
    server = subprocess.Popen([sys.executable, __file__, "--serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert server.stdin and server.stdout
    try:
        port = server.stdout.readline().strip()
        found: dict[str, list[dict[str, float]]] = {name: [] for name, made in commands.items() if made}
        for _ in range(rounds):
            for name, measured in found.items():
                done = subprocess.run([*(commands[name] or []), "--client", name, "--port", port, "--requests", str(requests)],
                                      capture_output=True, text=True, cwd=Path(__file__).parents[2])  # fmt: skip
                if done.returncode:
                    sys.exit(f"{name}: {done.stderr[-2000:]}")
                measured.append(json.loads(done.stdout.splitlines()[-1]))
    finally:
        server.stdin.close()
        server.wait(10)
    plain = statistics.median(one["rate"] for one in found["httpx"]) if "httpx" in found else None
    print(f"{requests} pages of {PAGE} bytes, {HOSTS} hosts, median of {rounds} rounds (lowest to highest)\n")
    print(f"{'client':16}{'requests/CPU s':>16}{'spread':>18}{'CPU us/request':>16}{'x httpx':>9}{'peak MB':>9}")
    for name in names:
        if name not in found:
            print(f"{name:16}{'absent':>16}")
            continue
        rates = sorted(one["rate"] for one in found[name])
        rate = statistics.median(rates)
        ratio = f"{rate / plain:.2f}" if plain else "-"
        peak = max(one["peak"] for one in found[name])
        print(f"{name:16}{rate:16,.0f}{f'{rates[0]:,.0f} - {rates[-1]:,.0f}':>18}{1e6 / rate:16.0f}{ratio:>9}{peak:9.0f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=6400)
    parser.add_argument("--only", default="", help="comma-separated clients")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--client", default="", help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, default=0, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        asyncio.run(serve())
    elif given.client:
        client(given.client, given.port, given.requests)
    else:
        compare([name for name in (*OURS, *PEERS) if not given.only or name in given.only.split(",")], given.rounds, given.requests)
