"""What a scheduled run costs when nothing has changed: `uv run python tests/benchmarks/unchanged.py` (a few minutes, all on loopback).

A thousand feeds on a thousand hosts (127.0.0.0/8), each answering a conditional request with 304. Printed: CPU seconds (user + system, of the
process and its children) of `postetl run` over one feed (the fixed start-up) and over all; of the same conditional requests alone,
through the same Fetcher; the ratio beyond the start-up; the same on the hundredth run, and with 100,000 posts stored; which tables
of the writer's database gained rows, and whether a copy of the database was made.
"""

import argparse
import asyncio
import multiprocessing
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import duckdb

FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>Feed {n}</title><link>http://{host}/</link>
<item><guid>{n}-1</guid><title>A post of feed {n}</title><pubDate>Tue, 01 Aug 2017 10:00:00 GMT</pubDate><description>&lt;p&gt;Words of the
first post of feed {n}, enough of them to make a text.&lt;/p&gt;&lt;p&gt;And a second paragraph.&lt;/p&gt;</description></item></channel></rss>"""


def host(n: int) -> str:
    return f"127.0.{n // 250}.{n % 250 + 1}"


class _Server(asyncio.Protocol):
    """One answer a request; 304 to whoever brings the ETag."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport, self.waiting = transport, b""

    def data_received(self, data: bytes) -> None:
        self.waiting += data
        while b"\r\n\r\n" in self.waiting:
            head, _, self.waiting = self.waiting.partition(b"\r\n\r\n")
            self.transport.write(self.answer(head.lower()))  # type: ignore[attr-defined]

    def answer(self, head: bytes) -> bytes:
        if head.startswith(b"get /robots.txt"):
            return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        if b'if-none-match: "1"' in head:
            return b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n'
        name = self.transport.get_extra_info("sockname")[0]
        body = FEED.format(n=name, host=name).encode()
        return b'HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nETag: "1"\r\nContent-Length: %d\r\n\r\n%b' % (len(body), body)


def _serve(ready: "multiprocessing.connection.Connection") -> None:  # type: ignore[name-defined]
    async def run() -> None:
        server = await asyncio.get_running_loop().create_server(_Server, "0.0.0.0", 0, backlog=2048)
        ready.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


@contextmanager
def served():
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    try:
        yield ours.recv()
    finally:
        process.kill()


def configure(home: Path, port: int, count: int) -> None:
    lines = ["[defaults]", 'contact = "bench@example.org"']
    for n in range(count):
        lines += ["[[source]]", f'id = "s{n}"', f'url = "http://{host(n)}:{port}/feed"', "allow_private = true", "delay = 0"]
    (home / "sources.toml").write_text("\n".join(lines) + "\n")


def cpu(command: list[str]) -> float:
    """CPU seconds of a process and its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: exit {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def run(home: Path, *sources: str) -> float:
    return cpu([sys.executable, "-m", "postetl", "--home", str(home), "run", *sources])


def bare(home: Path, count: int) -> float:
    return cpu([sys.executable, __file__, "--bare", str(home), str(count)])


def _bare(home: Path, count: int) -> None:
    """The conditional requests alone, through the same Fetcher, in one event loop."""
    from postetl import settings
    from postetl.fetch import Fetcher, FetchOptions, HostTurns
    from postetl.model import Target, Validators

    configured = settings.load(home)

    async def ask() -> None:
        async with Fetcher(HostTurns(configured.locks / "hosts"), contact=configured.defaults.contact) as fetcher:
            async with asyncio.TaskGroup() as group:
                tasks = [
                    group.create_task(fetcher.fetch(
                        Target(str(source.url), source.id, kind=None),
                        FetchOptions(source_url=source.url, allow_private=True, delay=0, validators={str(source.url): Validators('"1"', None)}),
                    ))
                    for source in configured.sources[:count]
                ]  # fmt: skip
            statuses = {task.result().status for task in tasks}
            assert statuses <= {304}, statuses

    asyncio.run(ask())


def many_posts(home: Path, count: int, sources: int) -> None:
    """Packages with `count` posts of these sources, written straight to the lake."""
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from postetl.chunk import chunk, chunk_ids
    from postetl.lake import Contents, Lake, PostRecord, RunRecord
    from postetl.model import Post

    started = datetime(2020, 1, 1, tzinfo=UTC)
    record = RunRecord("bench-posts", "run", started, started + timedelta(hours=1), "done", "bench", 1, "0")
    lake, made = Lake(home / "lake"), []
    for n in range(count):
        text = f"Post {n} of the past.\n\n" + f"It says something of {n}, in a sentence or two, as posts do. " * 12
        key = sha256(str(n).encode()).hexdigest()[:32]
        chunks = tuple(chunk(text))
        post = Post(f"s{n % sources}", f"http://example.org/{n}", key, f"Post {n}", text, "feed", key, key, keys=(f"guid:{key}",), post_id=key, chunks=chunks, words=100, tokens=120)
        made.append(PostRecord(post, tuple(chunk_ids(key, chunks)), started))
    for sequence, at in enumerate(range(0, count, 10_000)):
        lake.write(Contents(record, 1, sequence, posts=tuple(made[at : at + 10_000])))


def counts(home: Path) -> dict[str, int]:
    with duckdb.connect(str(home / "warehouse" / "build.duckdb"), read_only=True) as con:
        names = [name for (name,) in con.execute("select table_name from duckdb_tables() order by 1").fetchall()]
        return {name: con.execute(f'select count(*) from "{name}"').fetchall()[0][0] for name in names}


def median(measure: Callable[[], float], rounds: int) -> float:
    return sorted(measure() for _ in range(rounds))[rounds // 2]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--feeds", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5, help="interleaved; the median counts")
    parser.add_argument("--runs", type=int, default=100, help="the run that is measured again")
    parser.add_argument("--posts", type=int, default=100_000)
    asked = parser.parse_args()
    with served() as port, tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        configure(home, port, asked.feeds)
        print(f"first run over {asked.feeds} feeds: {run(home):.2f} CPU s")
        done = 1

        def measured(label: str) -> None:
            nonlocal done
            one, all_, none, alone = [], [], [], []
            for _ in range(asked.rounds):
                one.append(run(home, "s0"))
                all_.append(run(home))
                none.append(bare(home, 1))
                alone.append(bare(home, asked.feeds))
            done += 2 * asked.rounds
            startup, whole, requests = (sorted(x)[len(x) // 2] for x in (one, all_, [a - b for a, b in zip(alone, none, strict=True)]))
            print(f"{label}: start-up {startup:.2f}, whole run {whole:.2f}, bare requests {requests:.2f} CPU s; "
                  f"beyond the start-up {whole - startup:.2f} = {(whole - startup) / requests:.2f} x the bare requests")  # fmt: skip

        before, version = counts(home), (home / "warehouse" / "posts.duckdb").readlink()
        measured(f"run {done + 1} and on")
        after = counts(home)
        gained = {name: after[name] - before[name] for name in after if after[name] != before[name]}
        print(f"rows gained: {gained}; copies of the database made: {int(version != (home / 'warehouse' / 'posts.duckdb').readlink())}")
        while done < asked.runs:
            run(home)
            done += 1
        measured(f"run {done + 1} and on")
        many_posts(home, asked.posts, asked.feeds)
        run(home)
        measured(f"with {after['posts'] + asked.posts:,} posts stored")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--bare"]:
        _bare(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        main()
