"""One run over servers that are out to hold it up or fill it up, and a few good ones: each bad one is a row, each good one is done."""

import gzip
import itertools
import subprocess
import sys
import time
import zlib
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import brotli
import pytest

import web
from feeds import configure, entry, rows, rss, run

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

OK = b"HTTP/1.1 200 OK\r\n"
RUN = """
import re, resource, sys
from pathlib import Path
from postetl import pipeline, settings

opened = pipeline.open_run(settings.load(Path(sys.argv[1])), command="run", source_ids=(), force=False)
pipeline.close_run(opened, [pipeline.run_batch(opened, batch) for batch in opened.batches])
if sys.platform == "linux":  # ru_maxrss is carried over from the parent there
    print(int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024)
else:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024 ** 2)
"""


@pytest.mark.slow
def test_the_others_are_done(home: Path) -> None:
    bad = {
        "drip": (web.Answer(body=b"x" * 9999, drip=1.0), "timed_out"),
        "silence": (web.Answer(body="x", delay=60), "timed_out"),
        "slow-head": (web.Answer(raw=OK + b"X: y\r\n" * 9999, drip=0.5), "timed_out"),
        "headers": (web.Answer(raw=itertools.chain([OK], itertools.repeat(b"X: y\r\n"))), "protocol_error"),
        "many-headers": (web.Answer(raw=OK + b"".join(b"X-%d: y\r\n" % n for n in range(10_000)) + b"\r\n"), "protocol_error"),
        "body": (web.Answer(raw=itertools.chain([OK + b"\r\n"], itertools.repeat(b"x" * 65536))), "body_too_large"),
        "chunks": (web.Answer(body=itertools.repeat(b"x" * 65536)), "body_too_large"),
        "half-way": (web.Answer(body=b"x" * 9999, cut=5000), "protocol_error"),
        "circle": (web.redirect("/"), "too_many_redirects"),
        "garbage": (web.Answer(raw=bytes(range(256)) * 99), "protocol_error"),
        "inside": (web.redirect("http://169.254.169.254/latest/meta-data"), "refused_address"),
    }
    with web.serve() as good:
        feed = rss(entry("g0", title="Good", body="<p>A body.</p>"))
        good.routes |= {f"/{n}": web.Answer(feed, content_type="application/rss+xml") for n in range(5)}
        sources = [f"good{n} {good.url(f'/{n}')}" for n in range(5)]
        with ExitStack() as open_:
            for name, (answer, _) in bad.items():
                sources.append(f"{name} {open_.enter_context(web.serve({'/': answer})).url()}")
            configured = configure(home, *sources)  # timeout = 5
            begun = time.monotonic()
            done = run(configured)
            assert time.monotonic() - begun < 20
    assert done.posts_new == 5
    assert dict(rows(home, "select source_id, error from fetches where error is not null and url not like '%/robots.txt'")) == {name: reason for name, (_, reason) in bad.items()}
    ours = ("body_too_large", "refused_address", "too_many_redirects")  # for good, as far as we are concerned; the others may pass
    kept = {name: reason for name, (_, reason) in bad.items() if reason in ours}
    assert dict(rows(home, "select source_id, reason from rejects")) == kept


def zeros(feed: Callable[[bytes], bytes], end: Callable[[], bytes]) -> bytes:
    """A gigabyte of them."""
    piece = bytes(1 << 20)
    return b"".join(feed(piece) for _ in range(1024)) + end()


@pytest.mark.slow
def test_bombs_are_rejects_and_the_run_stays_small(tmp_path: Path) -> None:
    gz, br, zs = zlib.compressobj(9, wbits=31), brotli.Compressor(quality=5), zstd.ZstdCompressor()
    packed = zeros(gz.compress, gz.flush)
    bombs = {"gzip": packed, "br": zeros(br.process, br.finish), "zstd": zeros(zs.compress, zs.flush), "gzip, gzip": gzip.compress(packed)}
    peaks: list[int] = []
    with web.serve() as site:
        site.routes["/good"] = web.Answer(rss(entry("g0", title="Good", body="<p>A body.</p>")), content_type="application/rss+xml")
        site.routes |= {f"/{n}": web.Answer(body=bomb, headers={"Content-Encoding": name}) for n, (name, bomb) in enumerate(bombs.items())}
        for home, paths in ((tmp_path / "good", ["/good"]), (tmp_path / "bombs", ["/good", *(f"/{n}" for n in range(len(bombs)))])):
            home.mkdir()
            configure(home, *(f"s{n} {site.url(path)}" for n, path in enumerate(paths)))
            done = subprocess.run([sys.executable, "-c", RUN, str(home)], capture_output=True, text=True, timeout=120)
            assert done.returncode == 0, done.stderr
            peaks.append(int(done.stdout.split()[-1]))
    assert peaks[1] - peaks[0] < 96, peaks
    found = rows(tmp_path / "bombs", "select source_id, stage, reason from rejects order by 1")
    assert found == [(f"s{n + 1}", "fetch", "body_too_large") for n in range(len(bombs))]
