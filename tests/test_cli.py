"""The command line as its users meet it: real processes, exit codes, what a pipe and a terminal get."""

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import docs
import web
from feeds import configure, entry, rss
from postetl import settings
from postetl.cli import _guarded
from postetl.errors import Broken


def postetl(*arguments: str, home: Path | None = None, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    start = [sys.executable, "-m", "postetl", *(["--home", str(home)] if home else [])]
    return subprocess.run([*start, *arguments], capture_output=True, text=True, input=stdin, timeout=120)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home after one run over three text files."""
    home = tmp_path_factory.mktemp("filled")
    (home / "a.txt").write_text("1 August 2017\n\nTitle of it\n\nA body with a tab\tand | a pipe.\nAnd two lines.\n")
    (home / "b.txt").write_text("2 August 2017\n\nThe second body has nothing special in it.\n")
    (home / "c.txt").write_text("Kein Datum, aber ein ganzer deutscher Satz, damit die Sprache erkannt wird.\n")
    configure(home, "diary *.txt")
    done = postetl("run", home=home)
    assert done.returncode == 0, done.stderr
    return home


def test_run_prints_a_line_a_source(filled: Path) -> None:
    done = postetl("run", home=filled)
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert lines[0].startswith("diary: ")
    assert "posts.duckdb" in done.stdout
    assert not re.search(r"\x1b", done.stdout)


def test_sql_in_a_pipe_is_plain_rows(filled: Path) -> None:
    done = postetl("sql", "select title, text from posts order by published_at nulls last limit 1", home=filled)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n") == 1
    assert done.stdout.startswith("Title of it\tA body with a tab")


def test_values_that_a_format_has_no_word_for(filled: Path) -> None:
    query = r"select 'nan'::double as n, ['inf'::double, 1.5] as l, true as t, '\xAA'::blob as b"
    done = postetl("sql", query, "--format", "json", home=filled)

    def refused(name: str) -> None:
        raise AssertionError(f"{name} is no JSON")

    assert json.loads(done.stdout, parse_constant=refused) == [{"n": None, "l": [None, 1.5], "t": True, "b": "\\xAA"}]
    done = postetl("sql", "select true, false, '\\xAA'::blob", "--format", "csv", home=filled)
    assert done.stdout.splitlines()[1] == "true,false,\\xAA"


@pytest.mark.parametrize("format_", ["csv", "json", "markdown", "table"])
def test_sql_formats(filled: Path, format_: str) -> None:
    done = postetl("sql", "select count(*) as n, 'a|b' as s, null as nothing, tags from posts group by all", "--format", format_, home=filled)
    assert done.returncode == 0
    if format_ == "json":
        assert json.loads(done.stdout) == [{"n": 3, "s": "a|b", "nothing": None, "tags": []}]
    elif format_ == "csv":
        assert done.stdout == "n,s,nothing,tags\n3,a|b,,[]\n"
    else:
        assert "n" in done.stdout.splitlines()[0]
        assert "3" in done.stdout


def test_sql_to_a_file(filled: Path, tmp_path: Path) -> None:
    assert postetl("sql", "from posts", "-o", str(tmp_path / "x.parquet"), home=filled).returncode == 0
    assert pq.read_table(tmp_path / "x.parquet").num_rows == 3
    assert postetl("sql", "from posts", "-o", str(tmp_path / "x.doc"), home=filled).returncode == 2
    assert postetl("sql", "from posts", "-o", str(tmp_path / "no" / "x.csv"), home=filled).returncode == 2


@pytest.mark.parametrize(("query", "said"), [
    ("select nope from posts", "nope"),
    ("selec 1", "syntax"),
    ("delete from posts", "read-only"),
    ("select * from read_csv('/etc/passwd')", "disabled"),
    ("attach '/tmp/x.db'", "disabled"),
    ("install httpfs", "disabled"),
    ("set enable_external_access = true", "locked"),
])  # fmt: skip
def test_a_bad_query_is_duckdbs_message_and_exit_2(filled: Path, query: str, said: str) -> None:
    done = postetl("sql", query, home=filled)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_sql_reads_standard_input_and_survives_a_closed_pipe(filled: Path) -> None:
    assert postetl("sql", "-", home=filled, stdin="select 40 + 2").stdout == "42\n"
    line = f"{sys.executable} -m postetl --home {filled} sql 'select range from range(200000)' | head -n 1"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("0\n", "")


@pytest.mark.slow
def test_a_run_goes_on_when_nobody_reads_what_it_says(home: Path) -> None:
    """And a dry run, which is nothing else, ends without a word."""
    for n in range(3):
        (home / f"{n}.txt").write_text(f"{n + 1} August 2017\n\n" + f"The body of number {n}. " * 9)
    configure(home, *(f"s{n} {n}.txt" for n in range(3)))

    def unread(*arguments: str) -> subprocess.CompletedProcess[str]:
        line = f"{sys.executable} -m postetl --home {home} {' '.join(arguments)} | true; exit ${{PIPESTATUS[0]}}"
        return subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=120)

    done = unread("run")
    assert (done.returncode, done.stderr) == (0, "")
    assert postetl("sql", "select count(*) from posts", home=home).stdout == "3\n"
    configure(home, *(f"s{n} {n}.txt" for n in range(3)), defaults="chunk_tokens = 16")
    assert unread("reprocess", "--dry-run").stderr == ""


def test_before_the_first_run_it_says_which_command(home: Path) -> None:
    done = postetl("sql", "select 1", home=home)
    assert done.returncode == 2
    assert "postetl run" in done.stderr
    assert postetl("status", home=home).returncode == 0


def test_readme_queries_run(filled: Path) -> None:
    block = re.search(r"```sql\n(.*?)```", docs.README.read_text("utf-8"), re.DOTALL)
    assert block
    for query in filter(str.strip, block[1].split(";")):
        done = postetl("sql", query, home=filled)
        assert done.returncode == 0, done.stderr
    first = re.search(r'sql "\n(.*?)"\n```', docs.README.read_text("utf-8"), re.DOTALL)
    assert first
    assert postetl("sql", first[1], home=filled).returncode == 0


def test_status_and_sources_list(filled: Path) -> None:
    status = postetl("status", home=filled)
    assert status.returncode == 0, status.stderr
    assert "diary" in status.stdout
    listed = postetl("sources", "list", home=filled)
    assert "diary\tok\tplaintext\t3" in listed.stdout


def test_sources_check_and_add(home: Path) -> None:
    with web.serve({"/feed": web.Answer(rss(entry("g", title="T"), title="My feed"), content_type="application/rss+xml")}) as site:
        added = postetl("sources", "add", site.url("/feed"), "--id", "mine", "--allow-private", home=home)
        assert added.returncode == 0, added.stderr
        assert "'My feed', 1 posts" in added.stdout
        assert (home / "sources.local.toml").exists()
        assert postetl("sources", "check", home=home).returncode == 0
        site.routes["/"] = '<html><head><link rel="alternate" type="application/rss+xml" href="/feed"></head><body></body></html>'
        for same in (site.url("/feed").replace("http:", "HTTP:"), site.url("/")):  # the page leads to it
            again = postetl("sources", "add", same, "--allow-private", home=home)
            assert again.returncode == 2
            assert "as 'mine'" in again.stderr
        run = postetl("run", home=home)
        assert run.returncode == 0, run.stderr
        before = (home / "sources.local.toml").read_text()
        missing = postetl("sources", "add", site.url("/nope"), "--allow-private", home=home)
        assert missing.returncode == 2
        assert "not added" in missing.stderr
        assert "https://example.org" in postetl("sources", "add", "example.org", home=home).stderr
        assert (home / "sources.local.toml").read_text() == before


OPML = """<?xml version="1.0"?>
<opml version="2.0"><body>
<outline text="Boats &amp; ropes"><outline text="The Log" xmlUrl="https://log.example/feed"/>
<outline text="The Log" xmlUrl="https://other.example/feed"/></outline>
<outline text="日記" xmlUrl="https://name:secret@www.nikki.example/rss?a=1&b=2"/>
<outline type="link" text="A page" url="https://page.example/"/>
<outline text="again" xmlUrl="https://LOG.example/feed"/>
<outline text="no feed"/>
</body></opml>
"""


def test_sources_import_and_export(home: Path, tmp_path: Path) -> None:
    (tmp_path / "list.opml").write_text(OPML, "utf-8")
    done = postetl("sources", "import", str(tmp_path / "list.opml"), home=home)
    assert done.returncode == 0, done.stderr
    assert "4 sources added" in done.stdout
    assert done.stderr.splitlines() == ["skipped line 7: https://LOG.example/feed: listed before, in line 3", "skipped line 8: no feed: no xmlUrl, so no feed"]
    added = settings.load(home).sources[-4:]
    assert [(s.id, s.url, s.kind) for s in added] == [
        ("the-log", "https://log.example/feed", None), ("the-log-2", "https://other.example/feed", None),
        ("nikki-example", "https://name:secret@www.nikki.example/rss?a=1&b=2", None), ("a-page", "https://page.example/", "page"),
    ]  # fmt: skip
    before = (home / "sources.local.toml").read_text("utf-8")
    again = postetl("sources", "import", str(tmp_path / "list.opml"), home=home)
    assert "0 sources added" in again.stdout and "there already, as 'the-log'" in again.stderr
    assert (home / "sources.local.toml").read_text("utf-8") == before

    exported = postetl("sources", "export", "-o", str(tmp_path / "out.opml"), home=home)
    assert exported.returncode == 0, exported.stderr
    assert "without its password: 'nikki-example'" in exported.stderr and "secret" not in (tmp_path / "out.opml").read_text("utf-8")
    as_list = postetl("sources", "export", "--urls", home=home)
    assert "https://www.nikki.example/rss?a=1&b=2\n" in as_list.stdout
    other = tmp_path / "other"
    other.mkdir()
    for file in ("out.opml", "-"):
        (other / "sources.local.toml").unlink(missing_ok=True)
        assert postetl("sources", "import", str(tmp_path / file) if file != "-" else file, home=other, stdin=as_list.stdout).returncode == 0
        assert {s.where for s in settings.load(other).sources} == {s.where for s in added} | {s.where for s in settings.load(home).sources if s.url}
    (tmp_path / "bad.opml").write_text("<opml><body><outline></body></opml>")
    bad = postetl("sources", "import", str(tmp_path / "bad.opml"), home=home)
    assert bad.returncode == 2 and f"{tmp_path}/bad.opml:1: not well-formed XML" in bad.stderr
    assert postetl("sources", "import", str(tmp_path / "none.opml"), home=home).returncode == 2
    assert postetl("sources", "export", "--urls", "--opml", home=home).returncode == 2


def test_configuration_errors_write_nothing(home: Path) -> None:
    (home / "sources.toml").write_text('[[source]]\nid = "a"\nurll = "https://example.org/"\n')
    for command in (["run"], ["backfill", "a"], ["sources", "list"]):
        done = postetl(*command, home=home)
        assert done.returncode == 2
        assert done.stderr == f"postetl: {home}/sources.toml:3: source 'a': unknown key 'urll'; did you mean 'url'?\n"
    assert [p.name for p in home.iterdir()] == ["sources.toml"]


def test_backfill_says_how_far_it_could_reach(filled: Path) -> None:
    done = postetl("backfill", "diary", "--since", "2017-08-02", "--until", "2018-01-01", home=filled)
    assert done.returncode == 0, done.stderr
    assert "2017-08-01" in done.stdout  # the oldest date
    assert "without a date" in done.stdout
    assert postetl("backfill", "diary", "--since", "yesterday", home=filled).returncode == 2
    assert postetl("backfill", "nobody", home=filled).returncode == 2


def test_rebuild_is_equal(filled: Path) -> None:
    query = "select * from posts order by post_id"
    before = postetl("sql", query, home=filled).stdout
    assert postetl("rebuild", home=filled).returncode == 0
    assert postetl("sql", query, home=filled).stdout == before


def test_a_failed_source_is_exit_1(home: Path) -> None:
    (home / "a.txt").write_text("Some words that are there.")
    configure(home, "a a.txt", "b b.txt")
    done = postetl("run", home=home)
    assert done.returncode == 1
    assert "b: file_unreadable" in done.stdout


def test_no_disk_is_exit_3(home: Path) -> None:
    (home / "a.txt").write_text("Some words that are there.")
    configure(home, "a a.txt")
    (home / "lake").write_text("a file where a folder should be")
    done = postetl("run", home=home)
    assert done.returncode == 3
    assert "Traceback" not in done.stderr


def test_a_table_on_a_terminal(filled: Path) -> None:
    master, slave = pty.openpty()
    with subprocess.Popen([sys.executable, "-m", "postetl", "--home", str(filled), "sql", "select source_id, count(*) as n from posts group by 1"],
                          stdout=slave, stderr=slave, env={**os.environ, "TERM": "xterm", "COLUMNS": "100"}) as process:  # fmt: skip
        os.close(slave)
        said = b""
        while True:
            try:
                piece = os.read(master, 4096)
            except OSError:
                break
            if not piece:
                break
            said += piece
        process.wait()
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", said.decode())
    assert "source_id" in text
    assert "(1 row)" in text


def test_a_statement_that_is_interrupted_ends_as_an_interrupt(capsys: pytest.CaptureFixture[str]) -> None:
    """What DuckDB makes of a Ctrl-C, alone and as what the warehouse says of it."""

    def statement() -> None:
        error = RuntimeError("Query interrupted")
        error.__cause__ = KeyboardInterrupt()
        raise Broken("posts.duckdb: cannot be read") from error

    assert _guarded(statement) == 130
    assert "interrupted: what was committed is kept" in capsys.readouterr().err
