"""sources.toml: what is accepted, and one message with file, line and the fix for what is not."""

from pathlib import Path

import pytest

from postetl import settings
from postetl.errors import UsageError

GOOD = '[[source]]\nid = "a"\nurl = "https://example.org/feed.xml"\n'

# text, line, what the message must hold
BAD = {
    "not TOML": ('[[source]\nid = "a"\n', 1, ["not valid TOML"]),
    "unclosed string": ('[[source]]\nid = "a\n', 2, ["not valid TOML"]),
    "unknown key": (GOOD + "urll = 1\n", 4, ["source 'a'", "'urll'", "did you mean 'url'"]),
    "unknown default": ("[defaults]\n\ntimeot = 3\n", 3, ["[defaults]", "did you mean 'timeout'"]),
    "unknown table": ("[sources]\nx = 1\n", 1, ["'sources'", "did you mean 'source'"]),
    "missing url": (GOOD + '\n[[source]]\nid = "b"\n', 5, ["source 'b'", "url is missing", 'path = "']),
    "missing id": ('[[source]]\nurl = "https://example.org/"\n', 1, ["source number 1", "id is missing"]),
    "both url and path": (GOOD + 'path = "x.txt"\n', 1, ["both url and path"]),
    "duplicate id": (GOOD + "\n" + GOOD, 6, ["a second source with id 'a'", ":2"]),
    "bad id": ('[[source]]\nid = "A b"\nurl = "https://example.org/"\n', 2, ["'A b'", "a-z"]),
    "bad scheme": ('[[source]]\nid = "a"\nurl = "ftp://example.org/"\n', 3, ["http or https"]),
    "no host": ('[[source]]\nid = "a"\nurl = "https:///x"\n', 3, ["http or https"]),
    "bad port": ('[[source]]\nid = "a"\nurl = "https://example.org:99999/"\n', 3, ["source 'a'"]),
    "wrong type": (GOOD + 'enabled = "yes"\n', 4, ["enabled = 'yes'", "boolean"]),
    "a bool for a number": (GOOD + "delay = true\n", 4, ["delay = True"]),
    "negative": (GOOD + "delay = -1\n", 4, ["delay = -1"]),
    "fast without allow_private": (GOOD + "delay = 0\n", 1, ["delay under 0.1", "allow_private"]),
    "unknown kind": (GOOD + 'kind = "rss"\n', 4, ["kind = 'rss'", "feed"]),
    "source is no list": ('[source]\nid = "a"\n', 1, ["[[source]]"]),
    "defaults is no table": ("defaults = 3\n", 1, ["[defaults]"]),
    "overlap too large": ("[defaults]\nchunk_tokens = 64\nchunk_overlap = 40\n", 1, ["at most half"]),
}


@pytest.mark.parametrize("name", BAD)
def test_one_message_with_file_line_and_fix(name: str, home: Path) -> None:
    text, line, parts = BAD[name]
    file = home / "sources.toml"
    file.write_text(text)
    with pytest.raises(UsageError) as caught:
        settings.load(home)
    message = str(caught.value)
    assert message.startswith(f"{file}:{line}: ")
    assert "\n" not in message
    for part in parts:
        assert part in message


def test_no_file_says_how_to_make_one(home: Path) -> None:
    with pytest.raises(UsageError, match="sources add"):
        settings.load(home)


def test_not_utf8(home: Path) -> None:
    (home / "sources.toml").write_bytes(b"\xff\xfe[[source]]")
    with pytest.raises(UsageError, match=r"sources.toml:1: not UTF-8: save"):
        settings.load(home)


def test_local_file_adds_and_overrides_defaults(home: Path) -> None:
    (home / "sources.toml").write_text("[defaults]\ntimeout = 5\nchunk_tokens = 99\n" + GOOD)
    (home / "sources.local.toml").write_text('[defaults]\ntimeout = 7\n[[source]]\nid = "b"\npath = "x/*.txt"\n')
    found = settings.load(home)
    assert [s.id for s in found.sources] == ["a", "b"]
    assert (found.defaults.timeout, found.defaults.chunk_tokens) == (7, 99)
    assert found.sources[1].where == "file:x/*.txt"


def test_a_duplicate_over_two_files_names_both(home: Path) -> None:
    (home / "sources.toml").write_text(GOOD)
    (home / "sources.local.toml").write_text("\n" + GOOD)
    with pytest.raises(UsageError, match=r"sources\.local\.toml:3: .*sources\.toml:2"):
        settings.load(home)


def test_a_named_file_stands_alone(home: Path, tmp_path: Path) -> None:
    (home / "sources.local.toml").write_text(GOOD)
    other = tmp_path / "mine.toml"
    other.write_text(GOOD.replace('"a"', '"z"'))
    assert [s.id for s in settings.load(home, other).sources] == ["z"]


def test_environment(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "sources.toml").write_text(GOOD)
    monkeypatch.setenv("POSTETL_HOME", str(home))
    monkeypatch.setenv("POSTETL_CONTACT", "me@example.org")
    found = settings.load()
    assert found.home == home
    assert found.defaults.contact == "me@example.org"


def test_where_has_no_credentials(home: Path) -> None:
    (home / "sources.toml").write_text('[[source]]\nid = "a"\nurl = "https://user:secret@example.org:8443/feed"\n')
    assert settings.load(home).sources[0].where == "https://example.org:8443/feed"


def test_unknown_source_names_the_nearest(home: Path) -> None:
    (home / "sources.toml").write_text(GOOD.replace('"a"', '"fieldnotes"'))
    with pytest.raises(UsageError, match="did you mean 'fieldnotes'"):
        settings.load(home).source("fieldnote")


def test_a_byte_order_mark_is_no_key(home: Path) -> None:
    (home / "sources.toml").write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert [source.id for source in settings.load(home).sources] == ["a"]


def test_a_home_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    with pytest.raises(UsageError, match=r"not a folder.*--home"):
        settings.home_from(tmp_path / "home")
