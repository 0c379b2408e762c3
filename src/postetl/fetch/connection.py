"""One connection: bytes as they arrive, bounded, and the pace at which they must."""

import asyncio
from collections import deque
from collections.abc import Callable

from postetl.errors import Reason, Refused

HIGH_WATER = 256 * 1024  # bytes read ahead of the one who unpacks them; more only when they come in one piece of PIECE
PIECE = 64 * 1024  # bytes read from the socket at a time


class Connection(asyncio.BufferedProtocol):
    """A connected socket, plain or TLS. `received` is what came and was not taken yet; `ended`: nothing more will come.

    All connections of a loop read into one `buffer`, which is copied from before anything else can run.
    """

    def __init__(self, buffer: bytearray, lost: Callable[["Connection"], None]) -> None:
        self.received = bytearray()
        self.ended = False
        self.broken = False  # ended, and not by an orderly close
        self.idle_since: float | None = None
        self._view, self._lost = memoryview(buffer), lost
        self._waiter: asyncio.Future[None] | None = None
        self._paused = False
        self._transport: asyncio.Transport | None = None

    # asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - asyncio's signature
        return self._view  # over TLS asyncio fills slices of it: those of a bytearray would be copies

    def buffer_updated(self, nbytes: int) -> None:
        if self.idle_since is not None:  # nobody asked: whatever it is would be taken for the answer to the next request
            self.abort()
            return
        self.received += self._view[:nbytes]
        if len(self.received) > HIGH_WATER and not self._paused and self._transport:
            self._paused = True
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> bool:
        self.ended = True
        self._wake()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self.broken = self.broken or (exc is not None and not self.ended)
        self.ended = True
        self._wake()
        self._lost(self)

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    # ours

    def send(self, data: bytes) -> None:
        assert self._transport is not None
        self._transport.write(data)

    async def more(self, until: float | None = None) -> None:
        """Wait until there is something new in `received`, or `ended`, or the loop's clock says `until`."""
        if self.ended:
            return
        loop = asyncio.get_running_loop()
        self._waiter = loop.create_future()
        timer = None if until is None else loop.call_at(until, self._wake)
        if self._paused and self._transport:
            self._paused = False
            self._transport.resume_reading()
        try:
            await self._waiter
        finally:
            self._waiter = None
            if timer is not None:
                timer.cancel()

    def abort(self) -> None:
        self.ended = True
        if self._transport is not None:
            self._transport.abort()


class Pace:
    """At least `rate` bytes a second over any `window` seconds, looked at STEPS times a window."""

    STEPS = 4

    def __init__(self, rate: float, window: float, now: float) -> None:
        self._rate, self._window, self._step = rate, window, window / self.STEPS
        self._steps: deque[int] = deque([0], maxlen=self.STEPS)
        self.due = now + self._step

    def took(self, count: int) -> None:
        self._steps[-1] += count

    def check(self, now: float) -> None:
        """Raises Refused(timed_out), for it would be as slow again, when the window that ends here brought too little."""
        while now >= self.due:
            if len(self._steps) == self.STEPS and sum(self._steps) < self._rate * self._window:
                raise Refused(f"the body comes slower than {self._rate:g} bytes a second over {self._window:g} s", reason=Reason.TIMED_OUT)
            self._steps.append(0)
            self.due += self._step
