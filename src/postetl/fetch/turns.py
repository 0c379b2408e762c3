"""One request at a time per host, over all postetl processes of one home; and what they have learnt of the host."""

import asyncio
import contextlib
import os
import random
import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from postetl.errors import Broken, Reason, Transient
from postetl.fetch.lease import Lease, State, file_name

POLL = (0.01, 0.25)  # seconds between two looks at a turn that another process holds: first, most
STUCK = 600.0  # seconds after which a holder that neither ends nor dies (a stopped process) is no longer waited for
JITTER = 0.2  # of the delay, up and down; below MIN_JITTERED there is none
MIN_JITTERED = 0.1
MAX_ADAPTED = 5.0  # seconds to which a slow host can raise the delay
MAX_CRAWL_DELAY = 60.0  # seconds; sites that ask for more get this


class Throttled(Transient):
    """The host wants no request before `until` (seconds since 1970)."""

    reason = Reason.THROTTLED

    def __init__(self, until: float) -> None:
        super().__init__("the site wants no request at present")
        self.until = until


class HostTurns:
    """The turns of one home; lives in one event loop. At most `at_once` turns are held, which bounds open files and sockets, too.

    A turn is an flock on a file of the host's own (the kernel releases it however the process ends). The file says who holds or held
    it, when the last request to that host began and ended, which delay its latency has taught us and until when it wants no request:
    so all of that holds across processes and runs. Nobody sleeps with a slot; the files of the last `keep` hosts stay open, so that
    the next turn of one of them costs no path look-up. `close()` closes those.
    """

    def __init__(self, folder: Path, *, at_once: int = 128, keep: int = 128, clock: Callable[[], float] = time.time) -> None:
        self.folder = folder
        self.clock = clock
        self._slots = asyncio.Semaphore(at_once)
        self._queues: dict[str, _Queue] = {}
        self._keep = keep
        self._idle: OrderedDict[str, Lease] = OrderedDict()

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        """Close the files that no turn holds. They are opened again when they are needed."""
        while self._idle:
            self._idle.popitem()[1].close()

    def turn(self, host_key: str, *, delay: float = 0.0, crawl_delay: float = 0.0, entry: str | None = None) -> "_Turn":
        """`async with turns.turn(key, delay=1.0) as lease`: wait for the host's turn and hold it.

        It comes `delay` seconds (+-20 %) after the end of the request before, or what a slow host has raised that to, and no sooner
        than `crawl_delay`. With an `entry` ('' or an address of the host) a refusal noted under it is obeyed.
        Raises Throttled while that lasts, before any wait; Transient (timed_out) when another process keeps the turn without a sign
        of life for ten minutes; Broken when the lock folder cannot be used.
        """
        return _Turn(self, host_key, delay, crawl_delay, entry)

    def path(self, host_key: str) -> Path:
        """The lock file of a host."""
        return self.folder / file_name(host_key)

    def refused_until(self, key: str, entry: str = "") -> float:
        """Until when a refusal noted in the file of `key` lasts; 0 when there is none. Takes no turn."""
        lease = self._idle.get(key)
        if lease is not None and lease.swept:
            lease = None
        if lease is not None:
            lease.read(key)
            return lease.state.until(entry, self.clock())
        with contextlib.suppress(OSError):
            return State.of(key, self.path(key).read_bytes(), 0.0).until(entry, self.clock())
        return 0.0

    async def take(self, host_key: str, delay: float, crawl_delay: float, entry: str | None) -> Lease:
        """Used by _Turn, which has waited in this process's line."""
        draw = random.uniform(1 - JITTER, 1 + JITTER) if delay >= MIN_JITTERED else 1.0  # noqa: S311 - politeness, no secret
        poll = POLL[0]
        while True:
            await self._slots.acquire()
            found: Lease | float = 0.0
            try:
                found = self._try(host_key, delay, draw, crawl_delay, entry)
            finally:
                if not isinstance(found, Lease):
                    self._slots.release()
            if isinstance(found, Lease):
                return found
            if found > 0:
                await asyncio.sleep(found)
            else:  # another process is at it
                await asyncio.sleep(poll * random.uniform(0.5, 1.5))  # noqa: S311
                poll = min(poll * 1.5, POLL[1])

    def _try(self, host_key: str, delay: float, draw: float, crawl_delay: float, entry: str | None) -> Lease | float:
        """The turn; or seconds to wait because it is too early, 0 when somebody else has it."""
        lease = self._idle.pop(host_key, None) or self._open(host_key)
        taken = False
        try:
            if not lease.lock():
                if self.clock() - lease.touched() > STUCK:
                    detail = f"another postetl process has kept {host_key} to itself for over {STUCK / 60:.0f} minutes: see {lease.path}"
                    raise Transient(detail, reason=Reason.TIMED_OUT)
                return 0.0
            if lease.swept:  # this lock guards nothing: the next look opens the file that others see
                lease.close()
                return 0.0
            state = lease.read(host_key)
            now = self.clock()
            if entry is not None and (until := state.until(entry, now)) > now:
                raise Throttled(until)
            last = max(state.ended, state.since)
            if last > now:  # the clock was set back: that costs one delay, not the hours until it has caught up
                last = state.since = state.ended = now
                lease.write()
            adapted = max(delay, min(state.delay, MAX_ADAPTED)) if delay >= MIN_JITTERED else delay
            wait = last + max(adapted * draw, min(crawl_delay, MAX_CRAWL_DELAY)) - now
            if wait > 0:
                return wait
            state.since, state.pid = now, os.getpid()
            lease.write()
            taken = True
        except OSError as error:
            raise Broken(f"{lease.path}: the host's lock cannot be written: {error.strerror}") from error
        else:
            return lease
        finally:
            if not taken:
                self._put_back(host_key, lease)

    def _open(self, host_key: str) -> Lease:
        path = self.path(host_key)
        try:
            try:
                return Lease(path)
            except FileNotFoundError:
                self.folder.mkdir(parents=True, exist_ok=True)
                return Lease(path)
        except OSError as error:
            raise Broken(f"{path}: the host's lock cannot be kept there: {error.strerror}") from error

    def give_back(self, host_key: str, lease: Lease) -> None:
        """Used by _Turn."""
        try:
            lease.state.ended = self.clock()
            lease.write()
        except OSError as error:
            raise Broken(f"{lease.path}: the host's lock cannot be given back: {error.strerror}") from error
        finally:
            self._put_back(host_key, lease)
            self._slots.release()

    def _put_back(self, host_key: str, lease: Lease) -> None:
        lease.unlock()
        if lease.fd >= 0:
            self._idle[host_key] = lease
            if len(self._idle) > self._keep:
                self._idle.popitem(last=False)[1].close()


class _Turn:
    """What HostTurns.turn returns. A class, for a generator costs as much again as the turn itself."""

    __slots__ = ("_asked", "_key", "_lease", "_queue", "_turns")

    def __init__(self, turns: HostTurns, key: str, delay: float, crawl_delay: float, entry: str | None) -> None:
        self._turns, self._key, self._asked = turns, key, (delay, crawl_delay, entry)
        self._queue: _Queue | None = None
        self._lease: Lease | None = None

    async def __aenter__(self) -> Lease:
        queues = self._turns._queues  # noqa: SLF001 - one class in two halves
        queue = self._queue = queues.get(self._key) or queues.setdefault(self._key, _Queue())
        queue.users += 1
        try:
            await queue.lock.acquire()  # in this process first come, first served; only the head of the queue looks at the file
            try:
                lease = self._lease = await self._turns.take(self._key, *self._asked)
            except BaseException:
                queue.lock.release()
                raise
        except BaseException:
            self._leave(queue)
            raise
        return lease

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self._queue is not None and self._lease is not None
        try:
            self._turns.give_back(self._key, self._lease)
        finally:
            self._queue.lock.release()
            self._leave(self._queue)

    def _leave(self, queue: "_Queue") -> None:
        queue.users -= 1
        if not queue.users:
            self._turns._queues.pop(self._key, None)  # noqa: SLF001


class _Queue:
    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.users = 0
