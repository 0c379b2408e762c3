"""The file of one host: its lock, and what is known of the host. One JSON line, written whole by one pwrite."""

import contextlib
import fcntl
import json
import math
import os
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from postetl.fetch import backoff

MAX_ENTRIES = 64  # refusals kept in one file; the one that ends first goes
MAX_FILE = 16 * 1024  # bytes; more is none of ours


def file_name(key: str) -> str:
    """A hash, for a host name may hold anything."""
    return f"host-{sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}.lock"


@dataclass(slots=True)
class State:
    """What the file says. Times are seconds since 1970; `since` later than `ended`: a request is on its way (or its process died)."""

    key: str
    pid: int = 0
    since: float = -math.inf  # when the last request began; -inf: nobody has asked this host yet
    ended: float = -math.inf
    delay: float = 0.0  # learnt from the host's latency; 0: nothing yet
    refusals: dict[str, tuple[float, int]] = field(default_factory=dict)  # by entry: (until, how many in a row)
    tail: str | None = None  # the part of the line that seldom changes

    @classmethod
    def of(cls, key: str, line: bytes, touched: float) -> "State":
        """Of a damaged file is kept that the host was asked when it was last touched."""
        state = cls(key)
        if not line:
            return state
        try:
            read = json.loads(line)
            times = [_number(read.get(name, touched)) for name in ("since", "ended")]
            state.since, state.ended, state.delay = *times, _number(read.get("delay", 0.0))
            state.pid = int(read.get("pid", 0))
            state.refusals = {str(entry): (_number(until), int(count)) for entry, (until, count) in read.get("refusals", {}).items()}
        except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
            return cls(key, since=touched, ended=touched)
        return state

    def line(self) -> bytes:
        if self.tail is None:
            self.tail = f'"host": {json.dumps(self.key)}, "refusals": {json.dumps(self.refusals)}}}\n'
        since, ended = max(self.since, 0.0), max(self.ended, 0.0)
        return f'{{"pid": {self.pid}, "since": {since:.3f}, "ended": {ended:.3f}, "delay": {self.delay:.3f}, {self.tail}'.encode()

    def until(self, entry: str, now: float) -> float:
        """The end of the refusal of this entry; 0 when there is none, or none that a clock set back could have made."""
        if not self.refusals:
            return 0.0
        until, _ = self.refusals.get(_short(entry), (0.0, 0))
        return until if until <= now + backoff.CAP + 60 else 0.0

    def refuse(self, entry: str, named: float | None, now: float) -> float:
        """Note one more refusal; its end."""
        name = _short(entry)
        count = min(self.refusals.get(name, (0.0, 0))[1] + 1, 1000)
        until = round(now + backoff.pause(count, named), 3)
        self.refusals[name] = until, count
        while len(self.refusals) > MAX_ENTRIES:
            del self.refusals[min(self.refusals, key=lambda one: self.refusals[one][0])]
        self.tail = None
        return until

    def accept(self, entry: str) -> None:
        """The entry was answered: its refusals are over."""
        if self.refusals and (name := _short(entry)) in self.refusals:
            del self.refusals[name]
            self.tail = None

    def learn(self, latency: float, floor: float, most: float, *, good: bool) -> None:
        """The next delay: half-way between the last one and the latency; only a good answer lowers it."""
        last = max(self.delay, floor)
        new = min(max((last + latency) / 2, floor), max(most, floor))
        self.delay = new if good else max(new, last)


class Lease:
    """The open file."""

    __slots__ = ("_seen", "_stat", "fd", "path", "state")

    def __init__(self, path: Path) -> None:
        self.path = path
        self.fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        self.state = State("")
        self._seen = b""
        self._stat = os.fstat(self.fd)

    def lock(self) -> bool:
        try:
            fcntl.flock(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        finally:
            self._stat = os.fstat(self.fd)
        return True

    def unlock(self) -> None:
        if self.fd >= 0:
            with contextlib.suppress(OSError):
                fcntl.flock(self.fd, fcntl.LOCK_UN)  # closing alone would leave it to a child forked meanwhile

    @property
    def swept(self) -> bool:
        """Whether the file was removed since: then a lock on it guards nothing."""
        return not self._stat.st_nlink

    def touched(self) -> float:
        return self._stat.st_mtime

    def read(self, key: str) -> State:
        line = os.pread(self.fd, MAX_FILE, 0)
        if line != self._seen or self.state.key != key:
            self.state, self._seen = State.of(key, line, self._stat.st_mtime), line
        return self.state

    def write(self) -> None:
        line = self.state.line()
        if len(line) < len(self._seen):
            line = line[:-1].ljust(len(self._seen) - 1) + b"\n"  # over all of the old line: no cut, so never half of each
        os.pwrite(self.fd, line, 0)
        self._seen = line

    def close(self) -> None:
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1


def _short(entry: str) -> str:
    """An address may hold a secret and be long."""
    return sha256(entry.encode("utf-8", "surrogatepass")).hexdigest()[:16] if entry else ""


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError(value)
    return float(value)
