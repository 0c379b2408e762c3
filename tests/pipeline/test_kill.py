"""kill -9 at random moments of `postetl run --force`, then one clean run: the rows of a home that was never disturbed."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import web
from feeds import configure, entry, page, prose, rows, rss
from pipeline_rows import everything

FEED = "application/rss+xml"


def site_routes() -> dict[str, web.Route]:
    full = [entry(f"g{n}", title=f"Post {n}", link=f"https://example.org/{n}", body="".join(f"<p>{p}</p>" for p in prose(f"vole {n}", 40))) for n in range(30)]
    short = [entry(f"s{n}", title=f"Short {n}", link=f"/pages/{n}.html", body=None, summary=f"About {n} …") for n in range(8)]
    same = [entry("same", title=f"Same {n}", link=f"https://example.org/same/{n}", body=f"<p>Same guid, number {n}.</p>") for n in range(10)]
    bad = [entry("bad", title="Bad date", date="9999-99-99", body="<p>Its date cannot be.</p>")]
    routes: dict[str, web.Route] = {
        "/full": web.Answer(rss(*full), content_type=FEED),
        "/short": web.Answer(rss(*short), content_type=FEED),
        "/same": web.Answer(rss(*same, *bad), content_type=FEED),
        "/gone": web.Answer(status=404),
    }
    for n in range(8):
        routes[f"/pages/{n}.html"] = page(f"Short {n}", prose(f"grebe {n}"))
    return routes


def sources(site: web.Site) -> list[str]:
    return [f"full {site.url('/full')}", f"short {site.url('/short')}", f"same {site.url('/same')}", f"gone {site.url('/gone')}", "diary diary"]


def prepare(home: Path, site: web.Site) -> None:
    (home / "diary").mkdir(parents=True)
    for n in range(12):
        (home / "diary" / f"{n:02}.txt").write_text(f"{n + 1} August 2017\n\n" + "\n\n".join(prose(f"wren {n}")))
    configure(home, *sources(site))


def command(home: Path) -> list[str]:
    return [sys.executable, "-m", "postetl", "--home", str(home), "run", "--force"]


@pytest.mark.slow
def test_killed_twenty_times_then_once_clean(tmp_path: Path) -> None:
    seed = random.randrange(2**32)
    dice = random.Random(seed)
    with web.serve(site_routes()) as site:
        calm, hit = tmp_path / "calm", tmp_path / "hit"
        prepare(calm, site)
        prepare(hit, site)
        began = time.monotonic()
        undisturbed = subprocess.run(command(calm), capture_output=True, text=True)
        assert undisturbed.returncode == 1, undisturbed.stderr  # one source is gone
        whole = time.monotonic() - began
        kills = 0
        for n in range(60):
            process = subprocess.Popen(command(hit), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
            # the first kills fall everywhere; the later ones where rows are written
            time.sleep(dice.uniform(0.05 if n % 2 else 0.5, 1.05) * whole)
            if process.poll() is None:
                os.kill(process.pid, signal.SIGKILL)
                kills += 1
            process.wait()
            if (hit / "warehouse" / "posts.duckdb").exists():  # the last committed state can always be read
                rows(hit, "select count(*) from posts")
            if kills == 20:
                break
        assert kills == 20, f"seed {seed}: only {kills} of 200 were still running when they were to be killed"
        last = subprocess.run(command(hit), capture_output=True, text=True)
        assert last.returncode == 1, last.stderr
        assert everything(hit) == everything(calm), f"seed {seed}"
        assert rows(hit, "select count(*) from post_versions") == [(0,)], f"seed {seed}"
        assert rows(hit, "select count(*) from runs where status = 'running'") == [(0,)], f"seed {seed}"
        assert not list((hit / "lake" / "staging").glob("*")) or subprocess.run(
            [sys.executable, "-m", "postetl", "--home", str(hit), "maintain"], check=False).returncode == 0  # fmt: skip
        assert not list((hit / "lake" / "staging").glob("*"))


def test_ctrl_c_ends_within_five_seconds_and_keeps_what_is_done(home: Path) -> None:
    with web.serve({
        "/quick": web.Answer(rss(entry("g", title="Quick")), content_type=FEED),
        "/slow": web.Answer(b"<rss>" * 1000, content_type=FEED, drip=0.5),
    }) as site:  # fmt: skip
        configure(home, f"quick {site.url('/quick')}", f"slow {site.url('/slow')}", defaults="")
        text = (home / "sources.toml").read_text().replace("timeout = 5", "timeout = 600")
        (home / "sources.toml").write_text(text)
        process = subprocess.Popen(command(home), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert process.stdout
        assert process.stdout.readline().startswith("quick: ")
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        _, said = process.communicate(timeout=60)
        assert time.monotonic() - began < 15  # 5 s is the aim, three times that the limit
        assert process.returncode == 130
        assert "interrupted" in said
        assert "Traceback" not in said
        assert list(home.glob("lake/packages/*/*/manifest.json"))
    with web.serve({"/quick": web.Answer(rss(entry("g", title="Quick")), content_type=FEED)}) as site:
        configure(home, f"quick {site.url('/quick')}")
        assert subprocess.run(command(home), capture_output=True).returncode == 0
    assert rows(home, "select count(*) from posts") == [(1,)]
    assert rows(home, "select status from runs order by started_at") == [("interrupted",), ("done",)]
