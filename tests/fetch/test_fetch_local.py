"""Local files: those that the configuration names, all of them, and no others."""

import os
import socket
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from postetl.errors import Reason
from postetl.fetch.local import expand, read_file, targets
from postetl.model import Fetched, Target

NOON = datetime(2024, 2, 29, 12, tzinfo=UTC)
CAP = 1 << 20


@pytest.fixture
def home(tmp_path: Path) -> Path:
    files = ["one.txt", "posts/b.txt", "posts/a.txt", "posts/c.html", "posts/.hidden.txt", "posts/2024/jan/d.txt", "posts/2024/e.txt",
             "posts/.git/f.txt", "posts/[x].txt", "sample/été 100%.txt", "sample/a#b?c.txt"]  # fmt: skip
    for name in files:
        path = tmp_path / "home" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"I am {name}")
    (tmp_path / "home" / "empty").mkdir()
    return tmp_path / "home"


def read(home: Path, target: Target, cap: int = CAP) -> Fetched:
    return read_file(home, target, cap, now=lambda: NOON)


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("one.txt", ["one.txt"]),
        ("posts", ["posts/[x].txt", "posts/a.txt", "posts/b.txt", "posts/c.html"]),
        ("posts/", ["posts/[x].txt", "posts/a.txt", "posts/b.txt", "posts/c.html"]),
        ("posts/*.txt", ["posts/[x].txt", "posts/a.txt", "posts/b.txt"]),
        ("posts/?.txt", ["posts/a.txt", "posts/b.txt"]),
        ("posts/[ab].txt", ["posts/a.txt", "posts/b.txt"]),
        ("posts/[x].txt", ["posts/[x].txt"]),  # what exists is meant as it is written
        ("posts/**/*.txt", ["posts/2024/e.txt", "posts/2024/jan/d.txt", "posts/[x].txt", "posts/a.txt", "posts/b.txt"]),
        ("**/**/**/d.txt", ["posts/2024/jan/d.txt"]),
        ("posts/2024/**", ["posts/2024/e.txt", "posts/2024/jan/d.txt"]),
        ("*/2024/*/d.txt", ["posts/2024/jan/d.txt"]),
        ("posts/.*.txt", ["posts/.hidden.txt"]),
        ("posts/.git/*", ["posts/.git/f.txt"]),
        ("../home/one.txt", ["one.txt"]),
        ("./posts/../one.txt", ["one.txt"]),
        ("empty", []), ("posts/*.pdf", []), ("nowhere/*.txt", []), ("nowhere.txt", []), ("one.txt/*", []), ("~nobody-has-this-name/x", []),
    ],
)  # fmt: skip
def test_expand(home: Path, pattern: str, found: list[str]) -> None:
    assert [str(path.relative_to(home)) for path in expand(home, pattern)] == sorted(found)
    assert [str(path.relative_to(home)) for path in expand(home, str(home / pattern) if pattern[0] != "~" else pattern)] == sorted(found)


def test_from_the_users_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(home))
    assert expand(Path("/nowhere"), "~/posts/a.txt") == [home / "posts/a.txt"]


@pytest.mark.parametrize(
    ("pattern", "urls"),
    [
        ("one.txt", ["file:one.txt"]), ("../home/one.txt", ["file:one.txt"]), ("posts/?.txt", ["file:posts/a.txt", "file:posts/b.txt"]),
        ("sample", ["file:sample/a%23b%3Fc.txt", "file:sample/%C3%A9t%C3%A9%20100%25.txt"]), ("../other/x.txt", ["file:../other/x.txt"]),
    ],
)  # fmt: skip
def test_addresses_from_the_home(home: Path, pattern: str, urls: list[str]) -> None:
    made = targets("s", home, pattern, "plaintext")
    assert [target.url for target in made] == urls
    assert {(target.source_id, target.kind, target.depth) for target in made} == {("s", "plaintext", 0)}


def test_absolute_addresses(home: Path) -> None:
    (only,) = targets("s", home, str(home / "one.txt"))
    assert only.url == f"file://{home}/one.txt" and read(Path("/"), only).body == b"I am one.txt"


@pytest.mark.parametrize("pattern", ["posts", "sample", "**/*", "posts/**"])
def test_every_target_is_read_back(home: Path, pattern: str) -> None:
    for target, path in zip(targets("s", home, pattern), expand(home, pattern), strict=True):
        got = read(home, target)
        assert (got.body, got.error, got.status, got.final_url, got.fetched_at) == (path.read_bytes(), None, None, target.url, NOON)
        assert got.wire_bytes == len(got.body)


NAME = st.binary(min_size=1, max_size=40).map(lambda raw: raw.replace(b"/", b"_").replace(b"\0", b"_"))


@pytest.mark.skipif(sys.platform == "darwin", reason="APFS takes UTF-8 names only")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(NAME)
def test_any_file_name_survives_the_way(home: Path, raw: bytes) -> None:
    if raw in (b".", b".."):
        return
    name = os.fsdecode(raw)
    path = home / "empty" / name
    path.write_bytes(raw)
    (target,) = targets("s", home, f"empty/{name}")
    assert target.url.isascii() and read(home, target).body == raw
    path.unlink()


@pytest.mark.parametrize(
    ("name", "kind"), [("a.txt", "text/plain"), ("A.TXT", "text/plain"), ("b.HTM", "text/html"), ("c.rss", "application/rss+xml"), ("d", None), ("e.bin", None)]
)
def test_the_type_comes_from_the_suffix(home: Path, name: str, kind: str | None) -> None:
    (home / name).write_text("x")
    assert read(home, Target(f"file:{name}")).content_type == kind


@pytest.mark.parametrize(
    ("pattern", "words"),
    [("nowhere.txt", "no such file"), ("posts/*.pdf", "no such file"), ("empty", "a folder without any files"), ("one.txt/x", "not a directory"),
     ("a\0b", "not a possible name"), ("x" * 300, "file name too long")],
)  # fmt: skip
def test_a_path_that_names_nothing_says_so(home: Path, pattern: str, words: str) -> None:
    (only,) = targets("s", home, pattern)
    got = read(home, only)
    assert got.error == Reason.FILE_UNREADABLE and words in (got.detail or "") and "\0" not in (got.detail or "")


def test_size_and_emptiness(home: Path) -> None:
    (home / "empty.txt").touch()
    (home / "big.txt").write_bytes(b"x" * 5001)
    assert read(home, Target("file:empty.txt")).error == Reason.EMPTY_BODY
    assert read(home, Target("file:big.txt"), 5001).error is None
    got = read(home, Target("file:big.txt"), 5000)
    assert (got.error, got.body) == (Reason.BODY_TOO_LARGE, b"")


def test_pipes_sockets_devices_and_loops_are_rows_and_no_hang(home: Path) -> None:
    odd = home / "odd"
    odd.mkdir()
    os.mkfifo(odd / "pipe.txt")
    (odd / "loop.txt").symlink_to("loop.txt")
    (odd / "gone.txt").symlink_to("/nowhere/at/all")
    (odd / "null.txt").symlink_to("/dev/null")
    (odd / "tty.txt").symlink_to("/dev/tty")
    (odd / "zero.txt").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(odd / "socket.txt"))
        names = ["pipe", "loop", "gone", "null", "tty", "zero", "socket"]
        for name in names:
            (only,) = targets("s", home, f"odd/{name}.txt")
            assert read(home, only).error == Reason.FILE_UNREADABLE, name
        assert {path.stem for path in expand(home, "odd/*")} == set(names), "a pattern that names them gets a row for each"
        assert {path.stem for path in expand(home, "odd")} == {"gone", "loop"}, "a folder means its files; a link to nowhere was one"


def test_links_round_in_circles(home: Path) -> None:
    for name in ("a", "b"):
        (home / "posts" / name).symlink_to(home / "posts", target_is_directory=True)
    assert [path.name for path in expand(home, "posts/**/e.txt")] == ["e.txt"]
    assert expand(home, "posts/a/b/2024/e.txt") == [home / "posts/a/b/2024/e.txt"]
    assert len(expand(home, "posts/*/*/a.txt")) == 4


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_no_permission_is_a_row(home: Path) -> None:
    (home / "posts/a.txt").chmod(0)
    (home / "posts/2024").chmod(0)
    try:
        got = [read(home, target).error for target in targets("s", home, "posts/**/*.txt")]
        assert got.count(Reason.FILE_UNREADABLE) == 2
    finally:
        (home / "posts/2024").chmod(0o755)


@pytest.mark.parametrize(
    "target",
    [Target("file:one.txt", depth=1), Target("file:///etc/passwd", depth=3), Target("file://other/share/x"), Target("file://host"), Target("http://h/one.txt"), Target("one.txt"), Target("")],
)
def test_only_what_the_configuration_names(home: Path, target: Target) -> None:
    got = read(home, target)
    assert (got.error, got.body) == (Reason.REFUSED_SCHEME, b"")
