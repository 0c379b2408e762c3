"""One request at a time per host, over all postetl processes of one home."""

import asyncio
import fcntl
import json
import os
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path

from postetl.errors import Broken, Reason, Transient

POLL = (0.01, 0.25)  # seconds between two looks at a turn that another process holds: first, most
STUCK = 600.0  # seconds after which a holder that neither ends nor dies (a stopped process) is no longer waited for
JITTER = 0.2  # of the delay, up and down; below MIN_JITTERED there is none
MIN_JITTERED = 0.1


class HostTurns:
    """The turns of one home; lives in one event loop. At most `at_once` turns are held, which bounds open files and sockets, too.

    A turn is an flock on a file of the host's own (the kernel releases it however the process ends). Its mtime is the end of the
    last request to that host, so the delay holds across processes; its text says who holds or held it. Nobody sleeps with the
    file open, so thousands of waiting hosts cost no descriptors.
    """

    def __init__(self, folder: Path, *, at_once: int = 128, clock: Callable[[], float] = time.time) -> None:
        self.folder = folder
        self._clock = clock
        self._slots = asyncio.Semaphore(at_once)
        self._queues: dict[str, _Queue] = {}

    @asynccontextmanager
    async def turn(self, host_key: str, *, delay: float = 0.0) -> AsyncIterator[None]:
        """Wait for the host's turn and hold it; `delay` seconds (+-20 %) after the end of the request before.

        Raises Transient (timed_out) when another process keeps the turn without a sign of life for ten minutes,
        Broken when the lock folder cannot be used.
        """
        queue = self._queues.setdefault(host_key, _Queue())
        queue.users += 1
        try:
            async with queue.lock:  # in this process first come, first served; only the head of the queue looks at the file
                fd = await self._take(host_key, delay)
                try:
                    yield
                finally:
                    self._give_back(fd)
        finally:
            queue.users -= 1
            if not queue.users:
                self._queues.pop(host_key, None)

    def path(self, host_key: str) -> Path:
        """The lock file of a host; a hash, for a host name may hold anything."""
        return self.folder / f"host-{sha256(host_key.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}.lock"

    async def _take(self, host_key: str, delay: float) -> int:
        wait = delay * random.uniform(1 - JITTER, 1 + JITTER) if delay >= MIN_JITTERED else delay  # noqa: S311 - politeness, no secret
        poll = POLL[0]
        while True:
            await self._slots.acquire()
            fd = -1
            try:
                fd, due = self._try(host_key, wait)
                if due is None:
                    return fd
            finally:
                if fd < 0:
                    self._slots.release()
            if due > 0:
                await asyncio.sleep(due)
            else:  # another process is at it
                await asyncio.sleep(poll * random.uniform(0.5, 1.5))  # noqa: S311
                poll = min(poll * 1.5, POLL[1])

    def _try(self, host_key: str, wait: float) -> tuple[int, float | None]:
        """(fd, None): the turn is ours. (-1, 0): somebody has it. (-1, seconds): too early."""
        path = self.path(host_key)
        try:
            fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except FileNotFoundError:
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
                fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            except OSError as error:
                raise Broken(f"{self.folder}: the hosts' locks cannot be kept there: {error.strerror}") from error
        except OSError as error:
            raise Broken(f"{path}: the host's lock cannot be opened: {error.strerror}") from error
        kept = False
        try:
            now = self._clock()
            state = os.fstat(fd)
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if now - state.st_mtime > STUCK:
                    detail = f"another postetl process has kept {host_key} to itself for over {STUCK / 60:.0f} minutes: see {path}"
                    raise Transient(detail, reason=Reason.TIMED_OUT) from None
                return -1, 0.0
            state = os.fstat(fd)
            if not state.st_nlink:  # swept between open and flock: this lock guards nothing
                return -1, 0.0
            ago = now - state.st_mtime
            if ago < 0:  # the clock was set back: that costs one delay, not the hours until it has caught up
                os.utime(fd, (now, now))
                ago = 0.0
            if state.st_size and ago < wait:  # an empty file is new: nobody has asked this host yet
                return -1, wait - ago
            holder = {"host": host_key, "pid": os.getpid(), "since": round(now, 3)}
            line = json.dumps(holder).encode() + b"\n"
            os.pwrite(fd, line, 0)  # written before it is cut: killed in between, the file must not look new
            os.truncate(fd, len(line))
            kept = True
        except OSError as error:
            raise Broken(f"{path}: the host's lock cannot be written: {error.strerror}") from error
        else:
            return fd, None
        finally:
            if not kept:
                os.close(fd)

    def _give_back(self, fd: int) -> None:
        now = self._clock()
        try:
            os.utime(fd, (now, now))
            fcntl.flock(fd, fcntl.LOCK_UN)  # closing alone would leave it to a child forked meanwhile
        except OSError as error:
            raise Broken(f"a host's lock cannot be given back: {error.strerror}") from error
        finally:
            os.close(fd)
            self._slots.release()


class _Queue:
    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.users = 0
