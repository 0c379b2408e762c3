"""Reports as text: totals, failures and strangers' text in our Markdown."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postetl import report
from postetl.errors import Reason
from postetl.pipeline import MaintainReport, Run, RunReport, Skipped, SourceReport, Window
from postetl.settings import Defaults, Settings

DAY = datetime(2019, 1, 1, tzinfo=UTC)
SETTINGS = Settings(home=Path("/home"), sources_files=(Path("/home/sources.toml"),), defaults=Defaults(), sources=())
RUN = Run(run_id="20190101T000000Z-abc", command="run", started_at=DAY, force=False, window=None, settings=SETTINGS, batches=())
GOOD = SourceReport("river", "https://river.example/feed", kind="feed", requests=3, new=2, changed=1, seen=4, followed=2, seconds=2.06, oldest=DAY, newest=DAY)
BAD = SourceReport("bad", "https://bad.example/", requests=1, error=Reason.NOT_FOUND, detail="HTTP 404 | <script>alert(1)</script>\n# boo")


def made(*sources: SourceReport, run: Run = RUN, rejects: tuple[tuple[str, Reason, int], ...] = ()) -> RunReport:
    return RunReport(run, sources, rejects, posts_new=2, posts_edited=1, packages=1, database=Path("/home/warehouse/posts.duckdb"), seconds=3.21, status="done")


def test_a_source_in_one_line() -> None:
    assert report.source_line(GOOD) == "river: 7 posts, 2 new, 1 changed (feed, 3 requests, 2 followed, 2.1 s)"
    assert report.source_line(BAD).startswith("bad: failed: not_found: HTTP 404")
    assert "\n" not in report.source_line(BAD)


def test_the_headline_names_what_failed() -> None:
    assert report.headline(made(GOOD)) == "1 source asked, 2 new, 1 edited"
    assert report.headline(made(GOOD, BAD, rejects=(("bad", Reason.NO_TEXT, 3),))).endswith("3 set aside; 1 failed: bad (not_found)")
    many = [replace(BAD, source_id=f"b{n}") for n in range(9)]
    assert report.headline(made(*many)).endswith("b4 (not_found) and 4 more")


def test_rejects_come_most_first_and_say_what_they_mean() -> None:
    rows = report.reject_rows(made(GOOD, rejects=(("a", Reason.NO_TEXT, 1), ("b", Reason.BAD_DATE, 7))))
    assert [(row["source"], row["reason"], row["records"]) for row in rows] == [("b", "bad_date", "7"), ("a", "no_text", "1")]
    assert all(row["meaning"] for row in rows)


def test_a_backfill_says_how_far_it_reached() -> None:
    early = replace(RUN, command="backfill", window=Window(datetime(2010, 1, 1, tzinfo=UTC), None))
    text = report.summary_markdown(made(replace(GOOD, undated=2), run=early))
    assert "lists posts from 2019-01-01" in text and "could not reach" in text and "2 posts without a date" in text
    late = replace(RUN, command="backfill", window=Window(datetime(2019, 6, 1, tzinfo=UTC), None))
    assert "could not reach" not in report.summary_markdown(made(GOOD, run=late))


def test_what_was_not_asked_is_told() -> None:
    text = report.summary_markdown(made(run=replace(RUN, skipped=(Skipped("late", "not due", DAY),))))
    assert "| late | not due | 2019-01-01 00:00 UTC |" in text


@given(st.text(max_size=200))
def test_a_strangers_text_makes_no_markdown(detail: str) -> None:
    text = report.summary_markdown(made(replace(BAD, detail=f"x{detail}")))
    [row] = [line for line in text.splitlines() if line.startswith("| bad |")]
    bare = row.replace("\\\\", "").replace("\\|", "")
    assert bare.count("|") == 10
    assert "<" not in bare.replace("\\<", "") and "[" not in bare.replace("\\[", "")


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.00 kB"), (12_345, "12.3 kB"), (999_499, "999 kB"), (999_999, "1.00 MB"), (1_234_567_890, "1.23 GB"), (10**16, "10000 TB")],
)
def test_sizes(size: int, text: str) -> None:
    assert report.human_bytes(size) == text


def test_maintenance() -> None:
    done = MaintainReport(removed_versions=2, removed_staging=1, freed_bytes=1500, dead_runs=("r1",), sizes={"lake": 10, "warehouse": 2000})
    line = report.maintenance_line(done, ["ingest river"])
    assert line == "removed 2 old versions of the database, 1 abandoned staging folder, freed 1.50 kB; 2 runs had died"
    assert [row["what"] for row in report.size_rows(done.sizes)] == ["warehouse", "lake"]
    assert "r1" in report.maintenance_text(done)
