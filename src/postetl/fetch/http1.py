"""HTTP/1.1 as a client reads it (RFC 9112): heads and chunks as values, strict where two readers could disagree.

Written out instead of taken from h11 (httpx's own, most of its cost) or llhttp (as fast as this with ten headers, but no say in
what is forgiven, and no way to tell it that the connection ended): see .github/DESIGN.md.
"""

import re
from dataclasses import dataclass
from typing import Literal

from postetl.errors import Malformed, Reason

MAX_HEADERS = 64 * 1024  # bytes of a status line and its headers, interim answers before them included; Chrome stops at 256 KiB
MAX_CHUNK_LINE = 4096  # bytes of a chunk's size and extensions

_STATUS = re.compile(rb"HTTP/(1\.[0-9]) ([1-9][0-9]{2})(?: (.*))?")
_NAME = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")  # RFC 9110 5.6.2
_FIELD = re.compile(rb"(%b)[ \t]*:([^\n]*)\n" % _NAME.pattern)
_FIELDS = re.compile(rb"(?:%b[ \t]*:[^\n]*\n)*" % _NAME.pattern)
_FRAMING = frozenset({b"content-length", b"transfer-encoding", b"connection"})
_SIZE = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,15})[ \t]*(?:;.*)?")  # 15 digits fit 64 bits

Headers = list[tuple[bytes, bytes]]
Framing = int | Literal["none", "chunked", "until closed"]


@dataclass(frozen=True, slots=True)
class Head:
    """A status line and its headers; `framing` tells where the body ends (a number: after so many bytes)."""

    status: int
    version: bytes
    phrase: bytes
    headers: Headers
    framing: Framing
    keep_alive: bool


def bad(what: str) -> Malformed:
    return Malformed(what, reason=Reason.PROTOCOL_ERROR)


def head_end(received: bytearray, start: int = 0) -> int:
    """Where the head ends, its empty line included; -1 when it does not yet. `start`: up to there it was looked for before."""
    start = max(start - 3, 0)
    crlf = received.find(b"\n\r\n", start)
    lf = received.find(b"\n\n", start, crlf if crlf >= 0 else len(received))  # RFC 9112 2.2 lets a lone LF end a line
    return lf + 2 if lf >= 0 else crlf + 3 if crlf >= 0 else -1


def parse_head(raw: bytes, *, method: str = "GET") -> Head:
    """Raises Malformed(protocol_error)."""
    first, _, rest = raw.replace(b"\r\n", b"\n").partition(b"\n")
    line = _STATUS.fullmatch(first)
    if line is None:
        raise bad("the answer is not HTTP/1.1")
    if b"\0" in rest or b"\r" in rest:
        raise bad("a control character in the headers")
    fields = rest[: rest.rindex(b"\n")]  # without the empty line
    headers = [(name, value.strip(b" \t")) for name, value in _FIELD.findall(fields)] if _FIELDS.fullmatch(fields) else _unfold(fields)
    length: int | None = None
    codings: list[bytes] = []
    connection = b""
    for name, value in headers:
        key = name.lower()
        if key not in _FRAMING:
            continue
        if key == b"content-length":
            length = _length(value, length)
        elif key == b"connection":
            connection += b"," + value.lower()
        else:
            codings += [coding.strip(b" \t").lower() for coding in value.split(b",")]
    status, version = int(line[2]), line[1]
    keep_alive = version != b"1.0" and b"close" not in connection
    framing: Framing
    if method == "HEAD" or status in (204, 304) or status < 200:
        framing = "none"
    elif codings:
        if codings != [b"chunked"]:
            raise bad("a transfer coding that was not asked for")
        framing = "chunked"
        keep_alive = keep_alive and length is None  # with a length beside it somebody may count differently (RFC 9112 6.3)
    else:
        framing = "until closed" if length is None else length
    return Head(status, version, line[3] or b"", headers, framing, keep_alive and framing != "until closed")


def _unfold(fields: bytes) -> Headers:
    """Lines that go on in the next one (obs-fold) become one with a space (RFC 9112 5.2). Raises Malformed for what is no header."""
    headers: Headers = []
    for line in fields.removesuffix(b"\n").split(b"\n"):
        if line[:1] in (b" ", b"\t") and headers:
            name, value = headers.pop()
            if name.lower() in _FRAMING:
                raise bad("a folded header that says how long the body is")
            headers.append((name, value + b" " + line.strip(b" \t")))
            continue
        name, colon, value = line.partition(b":")
        name = name.rstrip(b" \t")
        if not colon or _NAME.fullmatch(name) is None:
            raise bad("a header line that is none")
        headers.append((name, value.strip(b" \t")))
    return headers


def _length(value: bytes, before: int | None) -> int:
    found = {part.strip(b" \t") for part in value.split(b",")}
    text = found.pop()
    if found or not text.isdigit() or len(text) > 19 or before not in (None, int(text)):
        raise bad("a Content-Length that is no number, or two of them")
    return int(text)


class Chunks:
    """The chunked coding (RFC 9112 7.1), taken out of a buffer as it fills."""

    def __init__(self) -> None:
        self.complete = False
        self._left = 0  # bytes of the current chunk that are still to come
        self._started = self._trailers = False
        self._trailer_bytes = 0

    def take(self, received: bytearray) -> bytes:
        """The data that can be had now; what was looked at is gone from `received`. Raises Malformed."""
        out: list[bytes] = []
        at, end = 0, len(received)
        while not self.complete:
            if self._left:
                piece = bytes(received[at : at + self._left])
                out.append(piece)
                at, self._left = at + len(piece), self._left - len(piece)
                if self._left:
                    break
            line_end = received.find(b"\n", at)
            if line_end < 0:
                if end - at > MAX_CHUNK_LINE:
                    raise bad("a chunk line that does not end")
                break
            line = bytes(received[at:line_end]).removesuffix(b"\r")
            at = line_end + 1
            self._line(line)
        del received[:at]
        return b"".join(out)

    def _line(self, line: bytes) -> None:
        if self._trailers:
            self._trailer_bytes += len(line) + 2
            if self._trailer_bytes > MAX_HEADERS:
                raise bad("trailers that do not end")
            self.complete = not line
            return
        if self._started:  # the line end after a chunk's data
            if line:
                raise bad("a chunk longer than it said")
            self._started = False
            return
        size = _SIZE.fullmatch(line)
        if size is None or len(line) > MAX_CHUNK_LINE:
            raise bad("a chunk without a size")
        self._left = int(size[1], 16)
        self._started, self._trailers = self._left > 0, self._left == 0
