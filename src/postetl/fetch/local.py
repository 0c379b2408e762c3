"""file: Targets: local files, and only those that the configuration itself names."""

# os.path answers False where pathlib raises (no permission, a loop of links).
# ruff: noqa: PTH110, PTH112, PTH116, PTH118, PTH122

import os
import re
import stat
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from urllib.parse import quote, unquote_to_bytes

from postetl.errors import Reason
from postetl.model import Fetched, Target

# Not the mimetypes module: that one reads files of the system, and the same lake would differ between machines.
_TYPES = {
    ".txt": "text/plain", ".text": "text/plain", ".md": "text/markdown", ".markdown": "text/markdown",
    ".html": "text/html", ".htm": "text/html", ".xhtml": "application/xhtml+xml",
    ".xml": "application/xml", ".rss": "application/rss+xml", ".rdf": "application/rdf+xml", ".atom": "application/atom+xml",
    ".json": "application/json",
}  # fmt: skip
_MAGIC = re.compile(r"[*?\[]")


def expand(home: Path, pattern: str) -> list[Path]:
    """The files that a source's `path` names, sorted: a file, a folder (its files, not those below), or a glob (`**`: any depth).

    Relative to the home, absolute, or from ~. Hidden files and folders match only a pattern that names their dot; symbolic links
    to folders are followed where the pattern names them, never by `**`, so a loop ends. What exists but cannot be read is
    in the list: reading it is what makes the row that says so.
    """
    whole = Path(os.path.normpath(home / _from_home(pattern)))
    if os.path.lexists(whole):
        return sorted(_files(whole)) if os.path.isdir(whole) else [whole]
    parts = whole.parts
    plain = next((at for at, part in enumerate(parts) if _MAGIC.search(part)), None)
    if plain is None:
        return []
    return sorted(set(_matches(Path(*parts[:plain]), parts[plain:])))


def targets(source_id: str, home: Path, pattern: str, kind: str | None = None) -> list[Target]:
    """One Target a file: `file:rel/path` from the home when the pattern is relative, else `file:///abs/path`; percent-encoded.

    Never empty: a pattern that names nothing becomes a Target of its own, which read_file answers with file_unreadable.
    """
    found = expand(home, pattern) or [Path(os.path.normpath(home / _from_home(pattern)))]
    relative = not _from_home(pattern).is_absolute()
    home = Path(os.path.normpath(home))
    names = [os.path.relpath(path, home) if relative else f"//{path}" for path in found]
    return [Target("file:" + quote(os.fsencode(name)), source_id=source_id, kind=kind) for name in names]


def read_file(home: Path, target: Target, max_body: int, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Fetched:
    """Read a file: Target of the configuration (depth 0). Blocks for the disk: call it in a thread.

    Never raises for what the file system does; errors: file_unreadable, body_too_large, empty_body; refused_scheme for a
    target that some document led to, for another machine's file, and for what is no file: URL.
    """
    fetched_at, begun = now(), time.monotonic()

    def fetched(body: bytes = b"", error: Reason | None = None, detail: str | None = None) -> Fetched:
        return Fetched(
            target, target.url, fetched_at, round((time.monotonic() - begun) * 1000), body=body, wire_bytes=len(body),
            content_type=None if error else _TYPES.get(os.path.splitext(path)[1].lower()), error=error, detail=detail,
        )  # fmt: skip

    path = ""
    rest = target.url[5:]
    if target.url[:5].lower() != "file:" or target.depth > 0:
        return fetched(error=Reason.REFUSED_SCHEME, detail="a local file is read only when sources.toml itself names it")
    if rest.startswith("//"):
        host, slash, rest = rest[2:].partition("/")
        if host.lower() not in ("", "localhost") or not slash:
            return fetched(error=Reason.REFUSED_SCHEME, detail="a file: address may not name another machine")
        rest = "/" + rest
    path = os.path.normpath(os.path.join(home, os.fsdecode(unquote_to_bytes(rest))))
    try:
        # Looked at first, opened non-blocking and looked at again: neither a pipe nor a device can hold us up, swapped in or not.
        what = _not_a_file(os.stat(path).st_mode)
        if what is None:
            descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
            try:
                what = _not_a_file(os.fstat(descriptor).st_mode)
                body = b"" if what else _read(descriptor, max_body + 1)
            finally:
                os.close(descriptor)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        why = (error.strerror if isinstance(error, OSError) else None) or "not a possible name"
        return fetched(error=Reason.FILE_UNREADABLE, detail=f"{target.url}: {why.lower()}")
    if what:
        return fetched(error=Reason.FILE_UNREADABLE, detail=f"{target.url}: {what}")
    if len(body) > max_body:
        return fetched(error=Reason.BODY_TOO_LARGE, detail=f"the file is larger than max_body ({max_body} bytes); raise it for this source")
    if not body:
        return fetched(error=Reason.EMPTY_BODY, detail="the file is empty")
    return fetched(body)


def _from_home(pattern: str) -> Path:
    try:
        return Path(pattern).expanduser()
    except RuntimeError:  # ~nobody: no such user, so a folder of that name
        return Path(pattern)


def _read(descriptor: int, limit: int) -> bytes:
    body = bytearray()
    while len(body) < limit and (piece := os.read(descriptor, min(limit - len(body), 1 << 20))):
        body += piece
    return bytes(body)


def _not_a_file(mode: int) -> str | None:
    if stat.S_ISREG(mode):
        return None
    return "a folder without any files" if stat.S_ISDIR(mode) else "neither a file nor a folder"


def _files(folder: Path) -> Iterator[Path]:
    """The files of a folder, and links that lead nowhere; pipes, sockets and devices are not meant as posts."""
    try:
        for entry in list(os.scandir(folder)):
            if not entry.name.startswith(".") and (_is_file(entry) or (entry.is_symlink() and not os.path.exists(entry))):
                yield Path(entry.path)
    except OSError:
        yield folder


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:  # a loop of links
        return False


def _matches(folder: Path, parts: tuple[str, ...]) -> Iterator[Path]:
    """Files below `folder` whose path fits the parts of a glob. glob.glob(recursive=True) follows links round in circles."""
    head, rest = parts[0], parts[1:]
    if not _MAGIC.search(head):
        if os.path.lexists(folder / head):
            if rest:
                yield from _matches(folder / head, rest)
            elif not os.path.isdir(folder / head):
                yield folder / head
        return
    try:
        entries = list(os.scandir(folder))
    except NotADirectoryError:
        return
    except FileNotFoundError:
        return
    except OSError:
        yield folder  # cannot be looked into: a row will say so
        return
    if head == "**":
        while rest[:1] == ("**",):
            rest = rest[1:]
        if rest:
            yield from _matches(folder, rest)
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from _matches(Path(entry.path), ("**", *rest))
            elif not rest and not os.path.isdir(entry):
                yield Path(entry.path)
        return
    for entry in entries:
        if fnmatchcase(entry.name, head) and (not entry.name.startswith(".") or head.startswith(".")):
            if rest:
                if os.path.isdir(entry):
                    yield from _matches(Path(entry.path), rest)
            elif not os.path.isdir(entry):
                yield Path(entry.path)
