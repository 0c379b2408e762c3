"""`postetl demo`: the whole pipeline on the sample, from a web server on loopback to SQL, with an edit found on the way."""

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from urllib.parse import unquote, urlsplit

from rich.console import Console
from rich.table import Table

from postetl import locks, settings, warehouse
from postetl.errors import Broken, UsageError
from postetl.up import Address, Children, call, end_leftovers, environment, start_server, stopping, tail, waiting

EDITED = "edited"  # the folder of data/sample that lies over the others once the edit is made

QUERIES = (
    (
        "How much came from where, and from when to when?",
        "select source_id, count(*) as posts, min(published_at)::date as first, max(published_at)::date as last from posts group by 1 order by 1",
    ),
    (
        "What is in which language?",
        "select coalesce(language, '?') as language, count(*) as posts, sum(tokens) as tokens from posts group by 1 order by posts desc, 1",
    ),
    (
        "What was edited? (the earlier text stays in post_versions)",
        "select p.title, length(v.text) as length_then, length(p.text) as length_now from post_versions v join posts p using (post_id) order by 1",
    ),
)
_TYPES = {".xml": "application/xml", ".json": "application/feed+json", ".html": "text/html; charset=utf-8", ".txt": "text/plain; charset=utf-8"}


def demo(root: Path, console: Console) -> int:
    """Run the demo in `root`/data/demo. 0 when all went as the sample says.

    Raises UsageError without the sample or while the demo's home is in use, Broken when a child fails.
    """
    sample, home = root / "data" / "sample", root / "data" / "demo"
    if not (sample / "rss" / "feed.xml").exists():
        raise UsageError(f"{sample}: the sample is missing: `git checkout data/sample` brings it back")
    began = time.monotonic()
    home.mkdir(parents=True, exist_ok=True)
    with locks.hold(home / "demo.lock", command="postetl demo", wait=0):
        if locks.is_held(home / "locks" / "up"):
            raise UsageError(f"`postetl up` runs on {home} ({locks.holder(home / 'locks' / 'up')}): stop it first")
        end_leftovers(home / "prefect", console)
        _wipe(home)
        with _web(sample) as (origin, edit):
            (home / "sources.toml").write_text(_sources(origin), "utf-8")
            _say(console, f"The sample is served at {origin}; this demo's home is {home}")
            address = Address("127.0.0.1", _free_port())
            children = Children(home / "prefect", environment(settings.load(home), address), root)
            finished = False
            with stopping(children, console):
                start_server(children, address, console, "--no-ui")
                problems = _runs(children, address, console, edit, home)
                finished = True
            if not finished:
                return 130
    _say(console, f"\nDone in {time.monotonic() - began:.0f} s; nothing is left running. Ask the database yourself:")
    _say(console, '  uv run postetl --home data/demo sql "select published_at, title from latest_posts limit 10"')
    for problem in problems:
        _say(console, f"not as the sample says: {problem}")
    return 1 if problems else 0


def _runs(children: Children, address: Address, console: Console, edit: Event, home: Path) -> list[str]:
    """Three runs of the flow: everything, nothing, one edit. Returns what differs from the sample's truth."""
    problems = []
    _flow(children, console, "run 1: everything is new")
    first = _state(home)
    _show(console, home, "What arrived", "select source_id, count(*) as posts, sum(words) as words from posts group by source_id order by source_id")
    _flow(children, console, "run 2: nothing should be new")
    if (second := _state(home)) != first:
        problems.append(f"the second run changed the database: {first} became {second}")
    edit.set()
    _flow(children, console, "run 3: one post was edited meanwhile")
    if (third := _state(home)) != (first[0], first[1] + 1):
        problems.append(f"one edit should add one earlier version and no post: {first} became {third}")
    for title, query in QUERIES:
        _show(console, home, title, query)
    _say(console, "\nThe same three runs as Prefect saw them:")
    for run in reversed(_flow_runs(address, children.env)):
        _say(console, f"  {run['name']}: {run['state']}: {run['message']}")
    return problems


def _flow(children: Children, console: Console, what: str) -> None:
    """One run of the ingest flow in a process of its own, as a schedule or a person would start it. Raises Broken."""
    with waiting(console, what):
        children.start("ingest", sys.executable, "flows/ingest.py")
        flow = children.running["ingest"]
        while True:
            try:
                flow.wait(0.5)
                break
            except subprocess.TimeoutExpired:
                continue
        del children.running["ingest"]
    if flow.returncode:
        raise Broken(f"the flow ingest failed:\n{tail(children.log('ingest'))}")


def _state(home: Path) -> tuple[int, int]:
    """(posts, earlier versions) in the published database."""
    with warehouse.connect(home) as con:
        row = con.execute("select (select count(*) from posts), (select count(*) from post_versions)").fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


def _show(console: Console, home: Path, title: str, query: str) -> None:
    with warehouse.connect(home) as con:
        cursor = con.execute(query)
        names = [column[0] for column in cursor.description or ()]
        rows = cursor.fetchall()
    _say(console, f"\n{title}", style="bold")
    _say(console, f"  {query}", style="dim")
    table = Table(*names, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(str("" if value is None else value).replace("[", r"\[") for value in row))
    console.print(table)


def _say(console: Console, text: str, style: str | None = None) -> None:
    console.print(text, markup=False, soft_wrap=True, style=style)


def _flow_runs(address: Address, env: Mapping[str, str]) -> list[dict[str, str]]:
    """The newest three flow runs, newest first: name, state and message."""
    found = call(address, env, "/flow_runs/filter", {"sort": "START_TIME_DESC", "limit": 3})
    assert isinstance(found, list)
    return [{"name": run["name"], "state": run["state"]["name"], "message": run["state"]["message"] or ""} for run in found]


def _wipe(home: Path) -> None:
    """Remove what an earlier demo made; Prefect's database stays, it takes longest to make."""
    for path in home.iterdir():
        if path.name in ("prefect", "demo.lock"):
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _sources(origin: str) -> str:
    return f"""# Written by `postetl demo` at every start.
[defaults]
contact = "demo@example.org"

[[source]]
id = "fieldnotes" # a feed with the whole text
url = "{origin}/rss/feed.xml"
allow_private = true # the sample is served on this machine
delay = 0.0

[[source]]
id = "riverwatch" # a feed of summaries: its pages are followed
url = "{origin}/atom/feed.xml"
allow_private = true
delay = 0.0

[[source]]
id = "notes" # a JSON Feed
url = "{origin}/jsonfeed/feed.json"
allow_private = true
delay = 0.0

[[source]]
id = "diary" # a folder of text files
path = "../sample/plaintext/*.txt"
"""


@contextmanager
def _web(sample: Path) -> Iterator[tuple[str, Event]]:
    """Serve the sample on a free loopback port; once the event is set, data/sample/edited lies over it."""
    edit = Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body, suffix = _found(sample, self.path, edit.is_set())
            if body is None:
                self._answer(404, b"not found\n", ".txt")
                return
            etag = f'"{sha256(body).hexdigest()[:20]}"'
            if self.headers.get("If-None-Match") == etag:
                self._answer(304, b"", suffix, etag)
            else:
                self._answer(200, body, suffix, etag)

        do_HEAD = do_GET  # noqa: N815

        def _answer(self, status: int, body: bytes, suffix: str, etag: str | None = None) -> None:
            self.send_response(status)
            self.send_header("Content-Type", _TYPES.get(suffix, "application/octet-stream"))
            self.send_header("Content-Length", str(len(body)))
            if etag:
                self.send_header("ETag", etag)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", edit
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _found(sample: Path, target: str, edited: bool) -> tuple[bytes | None, str]:
    """The file behind a request target, and its suffix; nothing outside the sample."""
    wanted = unquote(urlsplit(target).path).lstrip("/")
    for folder in (sample / EDITED, sample) if edited else (sample,):
        path = (folder / wanted).resolve()
        if path.is_relative_to(folder.resolve()) and path.is_file():
            return path.read_bytes(), path.suffix
    return None, ""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
