"""A gigabyte in a few kilobytes: it ends as body_too_large, and the process that met it stays small."""

import gzip
import subprocess
import sys
import zlib
from collections.abc import Callable
from functools import cache

import brotli
import pytest

import web
from postetl.errors import Reason
from postetl.fetch.decode import ACCEPTED

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

# A process of its own, for peak memory is the process's: one fetch, then what came of it and how large it got.
# Linux carries ru_maxrss over from the process that started this one; VmHWM begins anew.
CHILD = """
import asyncio, re, resource, sys
from pathlib import Path
from postetl.fetch import Fetcher, FetchOptions, HostTurns
from postetl.model import Target

async def main(url, folder):
    async with Fetcher(HostTurns(Path(folder))) as fetcher:
        return await fetcher.fetch(Target(url), FetchOptions(source_url=url, allow_private=True, delay=0, robots=False))

got = asyncio.run(main(*sys.argv[1:]))
if sys.platform == "linux":
    peak = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024
else:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024 ** 2
print(got.error, len(got.body), got.wire_bytes, peak)
"""


def gigabyte(feed: Callable[[bytes], bytes], end: Callable[[], bytes]) -> bytes:
    zeros = bytes(1 << 20)
    return b"".join(feed(zeros) for _ in range(1024)) + end()


@cache
def gzipped() -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    return gigabyte(packer.compress, packer.flush)


@cache
def brotlied() -> bytes:
    packer = brotli.Compressor(quality=5, lgwin=24)
    return gigabyte(packer.process, packer.finish)


@cache
def zstandard() -> bytes:
    packer = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: 23})
    return gigabyte(packer.compress, packer.flush)


BOMBS: dict[str, Callable[[], bytes]] = {
    "gzip": gzipped,
    "br": brotlied,
    "zstd": zstandard,
    "gzip, gzip": lambda: gzip.compress(gzipped()),
    "gzip, br, br": lambda: brotli.compress(brotli.compress(gzipped(), quality=5), quality=5),  # as many windows at once as are allowed
    "gzip, zstd, br": lambda: brotli.compress(zstd.compress(gzipped()), quality=5),
}


def child(site: web.Site, path: str, folder: str) -> tuple[str, int, int, int]:
    done = subprocess.run([sys.executable, "-c", CHILD, site.url(path), folder], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    error, body, wire, peak = done.stdout.split()
    return error, int(body), int(wire), int(peak)


@pytest.fixture(scope="module")
def peak(tmp_path_factory: pytest.TempPathFactory) -> int:
    """MB of a process that fetched one good page."""
    with web.serve({"/good": web.Answer(body=b"a page " * 3000)}) as site:
        good = child(site, "/good", str(tmp_path_factory.mktemp("good")))
    assert good[:2] == ("None", 21_000)
    return good[3]


@pytest.mark.parametrize("encoding", BOMBS)
def test_a_gigabyte_bomb_does_not_go_off(site: web.Site, tmp_path: object, encoding: str, peak: int) -> None:
    bomb = BOMBS[encoding]()
    assert len(bomb) < 1_100_000 and all(name in ACCEPTED for name in encoding.split(", "))
    site.routes |= {"/bomb": web.Answer(body=bomb, headers={"Content-Encoding": encoding})}
    got = child(site, "/bomb", str(tmp_path))
    assert (got[0], got[1]) == (Reason.BODY_TOO_LARGE, 0)
    assert got[2] <= len(bomb)
    assert got[3] - peak < 64, f"{got[3] - peak} MB more"


def test_a_body_as_large_as_may_be(site: web.Site, tmp_path: object, peak: int) -> None:
    """15 MiB, the cap: the body is held once."""
    body = bytes(range(256)) * 61_440
    site.routes["/large"] = body
    got = child(site, "/large", str(tmp_path))
    assert got[:3] == ("None", len(body), len(body))
    assert got[3] - peak < 40
