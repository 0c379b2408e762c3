"""Content-Encoding as a bounded stream: however small a bomb arrives, no more than the cap (and one piece) is ever unpacked.

httpx 0.28 unpacks whole chunks at once (1 GiB from 1.6 KB of br), so the fetcher reads raw bytes and unpacks them here.
"""

import sys
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Protocol

import brotli

from postetl.errors import Malformed, Reason, Refused

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ACCEPTED = "gzip, deflate, br, zstd"
PIECE = 64 * 1024  # bytes unpacked at a time; brotli may give half as many again
MAX_LAYERS = 3  # stacked encodings (RFC 9110 8.4 allows any number; nobody honest needs two): each may hold a window of 16 MiB (br)
MAX_MEMBERS = 4096  # gzip members or zstd frames in a body; a 15 MiB body packed 64 KiB at a time has 240
ZSTD_WINDOW_LOG = 23  # 8 MiB, the most that RFC 9659 lets a server use
# Unpacked bytes a byte on the wire, once over RATIO_FROM. Measured with gzip, br and zstd at their usual levels: pages and feeds 3 to 30,
# sitemaps of 45,000 lines to 120, a log of 130,000 heartbeats to 880; zeros 1,030 (gzip, its limit) and 24,000 to 600,000 (zstd, br).
MAX_RATIO = 1000
RATIO_FROM = 1024 * 1024
# Servers name a charset or nothing at all here; browsers take such a body as it is, and so do we.
_NO_CODING = frozenset({"", "identity", "none", "binary", "8bit", "7bit", "utf-8", "utf8", "iso-8859-1"})


def wire_cap(max_body: int) -> int:
    """Bytes that a body of `max_body` may take packed: none of the codings grows it by more (RFC 1951 3.2.4), padding does."""
    return max_body + max_body // 100 + PIECE


class Decoder:
    """Feed it the raw body; `finish` returns the decoded one.

    Raises Refused(body_too_large) as soon as a cap is passed, Malformed(bad_content_encoding) for a coding that was not asked for
    and for data that does not unpack.
    """

    def __init__(self, content_encoding: str | None, max_body: int) -> None:
        self._layers: list[_Layer] = []
        if content_encoding:
            codings = [name.strip().lower() for name in content_encoding.split(",")]
            codings = [name for name in codings if name not in _NO_CODING]
            if len(codings) > MAX_LAYERS:
                raise _bad(f"{len(codings)} stacked encodings: nobody honest packs a page so often")
            for name in codings:
                if name not in _LAYERS:
                    raise _bad(f"Content-Encoding {name[:40]!r} was not asked for (only {ACCEPTED})")
            self._layers = [_LAYERS[name](name) for name in reversed(codings)]  # the last applied is the first to undo
        self._max_body = max_body
        self._body = BytesIO()  # hands its bytes out without copying them
        self._passed = [0] * (len(self._layers) + 1)  # bytes that went into each layer, and that came out of the last

    def feed(self, data: bytes) -> None:
        self._push(0, data)

    def finish(self) -> bytes:
        for layer, passed in zip(self._layers, self._passed, strict=False):
            if passed and not layer.complete:
                raise _bad(f"the {layer.name} data ends in the middle")
        return self._body.getvalue()

    @property
    def size(self) -> int:
        """Bytes unpacked so far."""
        return self._passed[-1]

    def so_far(self) -> bytes:
        """What was unpacked before a cap was passed."""
        return self._body.getvalue()

    def _push(self, depth: int, data: bytes) -> None:
        self._passed[depth] += len(data)
        passed = self._passed[depth]
        if depth == len(self._layers):
            if passed > self._max_body:
                raise _too_large(f"the body is larger than max_body ({self._max_body} bytes); raise it for this source")
            if passed > RATIO_FROM and passed > MAX_RATIO * self._passed[0]:
                raise _too_large(f"the body unpacks to more than {MAX_RATIO} times its size: a bomb, not a page")
            self._body.write(data)
            return
        if passed > wire_cap(self._max_body):
            raise _too_large(f"the packed body is larger than max_body ({self._max_body} bytes); raise it for this source")
        for piece in self._layers[depth].unpack(data):
            self._push(depth + 1, piece)


class _Layer(Protocol):
    def __init__(self, name: str) -> None: ...
    @property
    def name(self) -> str: ...
    @property
    def complete(self) -> bool: ...
    def unpack(self, data: bytes) -> Iterator[bytes]: ...


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


class _Brotli:
    """RFC 7932. What follows the end is an error: the wheel does not say where its data ended, so junk cannot be told from damage."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._engine = brotli.Decompressor()

    @property
    def complete(self) -> bool:
        return bool(self._engine.is_finished())

    def unpack(self, data: bytes) -> Iterator[bytes]:
        while True:
            try:
                piece = self._engine.process(data, output_buffer_limit=PIECE)
            except brotli.error:
                raise _bad("the body is labelled br but does not unpack, or something follows it") from None
            data = b""
            if piece:
                yield piece
            if self._engine.is_finished() or (self._engine.can_accept_more_data() and len(piece) < PIECE):
                return  # with all input taken there may still be output that the limit held back


class _Zstd:
    """RFC 8878: frames one after another, skippable ones among them, with the window that RFC 9659 allows."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._engine: zstd.ZstdDecompressor | None = None
        self._head = b""  # the magic number of a frame
        self._frames = 0
        self._over = False

    @property
    def complete(self) -> bool:
        return self._over or (self._engine is None and self._frames > 0 and not self._head)

    def unpack(self, data: bytes) -> Iterator[bytes]:
        while data and not self._over:
            if self._engine is None:
                data, self._head = self._head + data, b""
                if len(data) < 4:
                    self._head = data
                    return
                if self._frames and not (data[:4] == b"\x28\xb5\x2f\xfd" or (data[0] & 0xF0 == 0x50 and data[1:4] == b"\x2a\x4d\x18")):
                    self._over = True  # junk behind the last frame, ignored as for gzip
                    return
                self._frames += 1
                if self._frames > MAX_MEMBERS:
                    raise _bad(f"more than {MAX_MEMBERS} zstd frames")
                self._engine = zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: ZSTD_WINDOW_LOG})
            engine = self._engine
            while True:
                try:
                    piece = engine.decompress(data, PIECE)
                except zstd.ZstdError as error:
                    wide = "too much memory" in str(error)
                    raise _bad("a zstd window over 8 MiB (RFC 9659)" if wide else "the body is labelled zstd but does not unpack") from None
                data = b""
                if piece:
                    yield piece
                if engine.eof or engine.needs_input:
                    break
            if engine.eof:
                data, self._engine = engine.unused_data, None


_LAYERS: dict[str, type[_Layer]] = {"gzip": _Inflate, "x-gzip": _Inflate, "deflate": _Inflate, "br": _Brotli, "zstd": _Zstd}


def _bad(detail: str) -> Malformed:
    return Malformed(detail, reason=Reason.BAD_CONTENT_ENCODING)


def _too_large(detail: str) -> Refused:
    return Refused(detail, reason=Reason.BODY_TOO_LARGE)
