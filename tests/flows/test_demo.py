"""`postetl demo`, end to end, in a copy of the clone."""

import os
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from postetl import demo, warehouse
from prefect_flows import ROOT, alive

COUNTS = [("diary", 12), ("fieldnotes", 60), ("notes", 10), ("riverwatch", 12)]


def fetch(url: str, **headers: str) -> tuple[int, bytes, str]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers={key.replace("_", "-"): value for key, value in headers.items()}), timeout=10) as answer:
            return answer.status, answer.read(), answer.headers["ETag"]
    except urllib.error.HTTPError as error:
        return error.code, error.read(), ""


def test_the_sample_is_served_and_the_edit_lies_over_it(tmp_path: Path) -> None:
    (tmp_path / "jsonfeed").mkdir()
    (tmp_path / "edited" / "jsonfeed").mkdir(parents=True)
    (tmp_path / "jsonfeed" / "feed.json").write_text("before")
    (tmp_path / "edited" / "jsonfeed" / "feed.json").write_text("after")
    (tmp_path.parent / "secret.txt").write_text("secret")
    with demo._web(tmp_path) as (origin, edit):
        status, body, etag = fetch(f"{origin}/jsonfeed/feed.json")
        assert (status, body) == (200, b"before")
        assert fetch(f"{origin}/jsonfeed/feed.json", If_None_Match=etag)[0] == 304
        assert [fetch(origin + path)[0] for path in ("/", "/nothing", "/../secret.txt", "/%2e%2e/secret.txt", "/jsonfeed")] == [404] * 5
        edit.set()
        assert fetch(f"{origin}/jsonfeed/feed.json", If_None_Match=etag)[:2] == (200, b"after")


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_demo_finds_everything_then_nothing_then_the_edit(tmp_path: Path) -> None:
    root = tmp_path / "clone"
    for name in ("flows", "data/sample"):
        shutil.copytree(ROOT / name, root / name)
    shutil.copy(ROOT / "prefect.yaml", root)
    home = root / "data" / "demo"
    env = {key: value for key, value in os.environ.items() if not key.startswith(("PREFECT_", "POSTETL_"))}
    call = f"from pathlib import Path; from rich.console import Console; from postetl.demo import demo; raise SystemExit(demo(Path({str(root)!r}), Console()))"
    for _ in range(2):  # the second time over what the first left
        done = subprocess.run([sys.executable, "-c", call], env=env, cwd=root, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
        with warehouse.connect(home) as con:
            assert con.execute("select source_id, count(*) from posts group by 1 order by 1").fetchall() == COUNTS
            assert con.execute("select count(*) from post_versions").fetchall() == [(1,)]
            assert con.execute("select count(*) from chunks c join posts p using (post_id) "
                               "where substring(p.text, c.start_char + 1, c.end_char - c.start_char) <> c.text").fetchall() == [(0,)]  # fmt: skip
        assert alive(home) == []
        assert done.stdout.count("ingest fieldnotes, riverwatch, notes, diary: Completed:") == 3
        assert "uv run postetl --home data/demo sql" in done.stdout
        assert done.stdout.count("4 sources asked") == 3
        assert not done.stderr
