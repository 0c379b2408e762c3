"""Content-Encoding as a bounded stream: however small a bomb arrives, no more than the cap (and one piece) is ever unpacked.

httpx 0.28 unpacks whole chunks at once (1 GiB from 1.6 KB of br), so the fetcher reads raw bytes and asks for gzip and deflate only.
"""

import zlib
from collections.abc import Iterator

from postetl.errors import Malformed, Reason, Refused

ACCEPTED = "gzip, deflate"
PIECE = 64 * 1024  # bytes unpacked at a time
MAX_LAYERS = 5  # stacked encodings (RFC 9110 8.4 allows any number; nobody honest needs two)
MAX_MEMBERS = 4096  # gzip members in a body; a 15 MiB body packed 64 KiB at a time has 240
# Servers name a charset or nothing at all here; browsers take such a body as it is, and so do we.
_NO_CODING = frozenset({"", "identity", "none", "binary", "8bit", "7bit", "utf-8", "utf8", "iso-8859-1"})


def wire_cap(max_body: int) -> int:
    """Bytes that a body of `max_body` may take packed: deflate never grows it by more (RFC 1951 3.2.4), padding does."""
    return max_body + max_body // 100 + PIECE


class Decoder:
    """Feed it the raw body; `finish` returns the decoded one.

    Raises Refused(body_too_large) as soon as a cap is passed, Malformed(bad_content_encoding) for a coding that was not asked for
    and for data that does not unpack.
    """

    def __init__(self, content_encoding: str | None, max_body: int) -> None:
        codings = [name.strip().lower() for name in (content_encoding or "").split(",")]
        codings = [name for name in codings if name not in _NO_CODING]
        if len(codings) > MAX_LAYERS:
            raise _bad(f"{len(codings)} stacked encodings: nobody honest packs a page so often")
        for name in codings:
            if name not in ("gzip", "x-gzip", "deflate"):
                raise _bad(f"Content-Encoding {name[:40]!r} was not asked for (only {ACCEPTED})")
        self._layers = [_Inflate(name) for name in reversed(codings)]  # the last applied is the first to undo
        self._max_body = max_body
        self._body = bytearray()
        self._passed = [0] * len(self._layers)  # bytes that went into each layer

    def feed(self, data: bytes) -> None:
        self._push(0, data)

    def finish(self) -> bytes:
        for layer, passed in zip(self._layers, self._passed, strict=True):
            if passed and not layer.complete:
                raise _bad(f"the {layer.name} data ends in the middle")
        return bytes(self._body)

    def so_far(self) -> bytes:
        """What was unpacked before a cap was passed."""
        return bytes(self._body)

    def _push(self, depth: int, data: bytes) -> None:
        if depth == len(self._layers):
            if len(self._body) + len(data) > self._max_body:
                raise _too_large(self._max_body)
            self._body += data
            return
        self._passed[depth] += len(data)
        if self._passed[depth] > wire_cap(self._max_body):
            raise _too_large(self._max_body)
        for piece in self._layers[depth].unpack(data):
            self._push(depth + 1, piece)


class _Inflate:
    """One gzip (RFC 1952, several members) or deflate (RFC 1950, or bare RFC 1951 as old IIS sends it) layer."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._engine: zlib._Decompress | None = None
        self._head = b""  # the first two bytes of a member decide its format
        self._members = 0
        self._over = False

    @property
    def complete(self) -> bool:
        return self._over or (self._engine is None and self._members > 0 and not self._head)

    def unpack(self, data: bytes) -> Iterator[bytes]:
        while data and not self._over:
            if self._engine is None:
                self._head, data = (self._head + data)[:2], (self._head + data)[2:]
                if len(self._head) < 2:
                    return
                data = self._head + data
                if not self._start(self._head):
                    return
                self._head = b""
            engine = self._engine
            assert engine is not None
            while True:
                try:
                    piece = engine.decompress(data, PIECE)
                except zlib.error:
                    raise _bad(f"the body is labelled {self.name} but does not unpack") from None
                data = engine.unconsumed_tail
                if piece:
                    yield piece
                if engine.eof or (not data and len(piece) < PIECE):
                    break
            if engine.eof:
                data, self._engine = engine.unused_data, None

    def _start(self, head: bytes) -> bool:
        """Begin a member; False when what follows the last one is not another (padding, junk: ignored, as browsers do)."""
        gzip = head == b"\x1f\x8b"
        if self._members and (self.name == "deflate" or not gzip):
            self._over = True
            return False
        self._members += 1
        if self._members > MAX_MEMBERS:
            raise _bad(f"more than {MAX_MEMBERS} gzip members")
        if gzip or self.name != "deflate":
            self._engine = zlib.decompressobj(wbits=31)
        else:
            wrapped = head[0] & 0x0F == 8 and head[0] >> 4 <= 7 and int.from_bytes(head, "big") % 31 == 0
            self._engine = zlib.decompressobj(wbits=15 if wrapped else -15)
        return True


def _bad(detail: str) -> Malformed:
    return Malformed(detail, reason=Reason.BAD_CONTENT_ENCODING)


def _too_large(max_body: int) -> Refused:
    return Refused(f"the body is larger than max_body ({max_body} bytes); raise it for this source", reason=Reason.BODY_TOO_LARGE)
