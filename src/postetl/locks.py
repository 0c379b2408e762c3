"""One holder at a time, between processes and threads: flock on a file that says who holds it.

The kernel frees a flock when its process dies, however it dies, so no lock outlives its holder. The file is never removed
(a removed lock file lets two holders in: one on the old inode, one on the new). Raises Locked, naming the holder.
"""

import errno
import fcntl
import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from postetl.errors import Broken, Locked

_POLL = 0.05  # seconds between two tries


@contextmanager
def hold(path: Path, *, command: str, wait: float = 600.0, on_wait: Callable[[str], None] | None = None) -> Iterator[None]:
    """Hold the lock at `path` for the block, waiting up to `wait` seconds for it.

    `on_wait(holder)` is called once, after a second of waiting. Past `wait`: Locked with its holder. A lock taken twice in one
    process waits for itself like any other.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        began = time.monotonic()
        while not _taken(handle, path):
            waited = time.monotonic() - began
            if waited >= wait:
                who = holder(path)
                raise Locked(f"{path}: held by {who}; waited {waited:.0f} s. Try again when it is done", holder=who)
            if on_wait is not None and waited >= 1:
                on_wait(holder(path))
                on_wait = None
            time.sleep(_POLL)
        _sign(handle, command)
        yield
    finally:
        os.close(handle)  # frees the lock


def take_for_child(path: Path) -> int:
    """Take the lock for a child process that inherits the returned descriptor: held from now on for as long as the child lives.

    The caller writes the child's pid into it, then closes it. Raises Locked.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    if not _taken(handle, path):
        os.close(handle)
        raise Locked(f"{path}: held by an earlier process that still runs", holder="an earlier process")
    os.ftruncate(handle, 0)
    return handle


def holder(path: Path) -> str:
    """Who holds the lock, in words: `run (pid 12 on host, since 2026-01-02T03:04:05Z)`."""
    try:
        found = json.loads(path.read_bytes())
        return f"{found['command']} (pid {found['pid']} on {found['host']}, since {found['since']})"
    except (OSError, ValueError, KeyError, TypeError):
        return "another postetl"  # caught between taking the lock and signing it


def is_held(path: Path) -> bool:
    """Whether somebody holds the lock now."""
    try:
        handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        return not _taken(handle, path)
    finally:
        os.close(handle)


def _taken(handle: int, path: Path) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES):
            return False
        raise Broken(f"{path}: cannot be locked: {error.strerror}. Keep the home on a local disk, or on one that has flock") from None
    return True


def _sign(handle: int, command: str) -> None:
    since = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    body = json.dumps({"pid": os.getpid(), "command": command, "host": socket.gethostname(), "since": since}).encode()
    os.pwrite(handle, body, 0)
    os.ftruncate(handle, len(body))
