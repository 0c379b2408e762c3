"""The two ends of a worker's connection: messages with their length in front, and how large a process is."""

import contextlib
import resource
import socket
import struct
import subprocess
import time
from pathlib import Path

MB = 1024 * 1024
ANSWER_SECONDS = 10.0  # for a message that has begun in time to come across
WATCH_SECONDS = 0.05


class Overgrown(Exception):  # noqa: N818  never leaves this package
    """The watched process holds more memory than it may."""


def send(to: socket.socket, message: bytes) -> None:
    to.sendall(struct.pack("!Q", len(message)))
    to.sendall(message)


def receive(from_: socket.socket, deadline: float | None = None, watched: tuple[int, int] | None = None) -> bytearray:
    """One message. Raises EOFError, TimeoutError past the deadline, Overgrown when process `watched[0]` exceeds `watched[1]` bytes."""
    message, wanted, has_length = bytearray(), 8, False
    while len(message) < wanted:
        if deadline is not None:
            left = deadline - time.monotonic()
            from_.settimeout(max(1e-4, left if watched is None else min(left, WATCH_SECONDS)))
        try:
            piece = from_.recv(min(wanted - len(message), MB))
        except TimeoutError:
            if watched and resident(watched[0]) > watched[1]:
                raise Overgrown from None
            if deadline is None or time.monotonic() >= deadline:
                raise
            continue
        if not piece:
            raise EOFError
        message += piece
        if len(message) == wanted and not has_length:
            wanted, has_length = struct.unpack("!Q", message)[0], True
            message.clear()
            if deadline is not None:
                deadline = max(deadline, time.monotonic() + ANSWER_SECONDS)
    return message


def resident(pid: int) -> int:
    """Bytes of memory the process holds; 0 when it is gone or nobody can tell."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_bytes().split()[1]) * resource.getpagesize()
    except (OSError, IndexError):
        pass
    with contextlib.suppress(OSError, ValueError):
        return int(subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, check=False).stdout) * 1024
    return 0
