"""What can go wrong, split by what the caller should do about it.

PostetlError
├── UsageError              the user's to mend: message says file, line and the fix; exit code 2
├── Transient               the same call may work later: worth a retry
├── Refused                 we will not do it, now or later: never retried
├── Malformed               the source sent something nobody can read: a `rejects` row
└── Broken                  our side cannot go on: disk, lock, internal; exit code 3
    └── Locked              another postetl holds the lock; names its holder

Every error carries the URL it is about (without credentials) and the `Reason` that its row will hold.
"""

from enum import StrEnum


class Reason(StrEnum):
    """Why a fetch failed or a record was set aside: the values of `fetches.error` and `rejects.reason`."""

    # fetching
    REFUSED_ADDRESS = "refused_address"
    REFUSED_SCHEME = "refused_scheme"
    REFUSED_ROBOTS = "refused_robots"
    DNS_FAILED = "dns_failed"
    CONNECT_FAILED = "connect_failed"
    TLS_FAILED = "tls_failed"
    TIMED_OUT = "timed_out"
    PROTOCOL_ERROR = "protocol_error"
    NOT_FOUND = "not_found"
    GONE = "gone"
    FORBIDDEN = "forbidden"
    THROTTLED = "throttled"
    SERVER_ERROR = "server_error"
    HTTP_ERROR = "http_error"
    TOO_MANY_REDIRECTS = "too_many_redirects"
    BODY_TOO_LARGE = "body_too_large"
    BAD_CONTENT_ENCODING = "bad_content_encoding"
    EMPTY_BODY = "empty_body"
    FILE_UNREADABLE = "file_unreadable"
    # reading
    UNKNOWN_KIND = "unknown_kind"
    WRONG_KIND = "wrong_kind"
    MALFORMED = "malformed"
    READER_FAILED = "reader_failed"
    READER_TIMED_OUT = "reader_timed_out"
    READER_OUT_OF_MEMORY = "reader_out_of_memory"
    # cleaning
    NO_TEXT = "no_text"
    BAD_DATE = "bad_date"
    DUPLICATE = "duplicate"
    # following
    FOLLOW_LIMIT = "follow_limit"


REASON_DOCS: dict[Reason, str] = {
    Reason.REFUSED_ADDRESS: "the address is private, loopback or otherwise not public; set `allow_private` on a source you run yourself",
    Reason.REFUSED_SCHEME: "neither http nor https",
    Reason.REFUSED_ROBOTS: "the site's robots.txt forbids it, or cannot be read because the site has trouble",
    Reason.DNS_FAILED: "the host name has no address",
    Reason.CONNECT_FAILED: "nothing answered at the host and port",
    Reason.TLS_FAILED: "the certificate or the TLS handshake was bad",
    Reason.TIMED_OUT: "no complete answer within the time limit",
    Reason.PROTOCOL_ERROR: "the answer broke HTTP, or the connection closed half-way",
    Reason.NOT_FOUND: "404",
    Reason.GONE: "410",
    Reason.FORBIDDEN: "401, 403 or 451",
    Reason.THROTTLED: "the site wants fewer requests: 429, or 503 or 403 with Retry-After; or it has not yet been as long as it asked for",
    Reason.SERVER_ERROR: "any 5xx",
    Reason.HTTP_ERROR: "any other status that is not a success",
    Reason.TOO_MANY_REDIRECTS: "a redirect loop, a chain that is too long, or a redirect to nowhere",
    Reason.BODY_TOO_LARGE: "the body, once decompressed, is larger than `max_body`",
    Reason.BAD_CONTENT_ENCODING: "the compressed body could not be decompressed",
    Reason.EMPTY_BODY: "a success with nothing in it",
    Reason.FILE_UNREADABLE: "the file or folder of a `path` source is missing or cannot be read",
    Reason.UNKNOWN_KIND: "no kind recognises the bytes; name one with `kind`",
    Reason.WRONG_KIND: "the bytes are not of the `kind` that the source names",
    Reason.MALFORMED: "recognised, but nothing could be read from it",
    Reason.READER_FAILED: "the reader gave up with an error: please report it",
    Reason.READER_TIMED_OUT: "reading took longer than its limit",
    Reason.READER_OUT_OF_MEMORY: "reading took more memory than its limit",
    Reason.NO_TEXT: "a record with neither text nor title",
    Reason.BAD_DATE: "a date that cannot be true; the post is kept without it",
    Reason.DUPLICATE: "the same record a second time in one document",
    Reason.FOLLOW_LIMIT: "more links to follow than `max_follow` allows",
}


# What may be different a moment later. Whatever else went wrong will go wrong again.
PASSING = frozenset({
    Reason.DNS_FAILED, Reason.CONNECT_FAILED, Reason.TLS_FAILED, Reason.TIMED_OUT, Reason.PROTOCOL_ERROR, Reason.THROTTLED, Reason.SERVER_ERROR,
})  # fmt: skip


class PostetlError(Exception):
    """Base of everything postetl raises on purpose."""

    reason: Reason = Reason.READER_FAILED

    def __init__(self, message: str, *, url: str | None = None, reason: Reason | None = None) -> None:
        super().__init__(message)
        self.url = url
        if reason is not None:
            self.reason = reason

    def __reduce__(self) -> tuple[object, ...]:  # travels between processes with url and reason
        return (_rebuild, (type(self), str(self), self.__dict__))


def _rebuild(cls: type[PostetlError], message: str, state: dict[str, object]) -> PostetlError:
    error = cls.__new__(cls)
    Exception.__init__(error, message)
    error.__dict__.update(state)
    return error


class UsageError(PostetlError):
    """The command line or the configuration is wrong; the message names file, line and the fix. Exit code 2."""


class Transient(PostetlError):  # noqa: N818  what it is, not what it is called
    """The same request may succeed later."""

    reason = Reason.CONNECT_FAILED


class Refused(PostetlError):  # noqa: N818  what it is, not what it is called
    """postetl will not do this, however often it is asked."""

    reason = Reason.REFUSED_ADDRESS


class Malformed(PostetlError):  # noqa: N818  what it is, not what it is called
    """What arrived cannot be read."""

    reason = Reason.MALFORMED


class Broken(PostetlError):  # noqa: N818  what it is, not what it is called
    """postetl itself cannot go on (disk, lock, a bug). Exit code 3."""


class Locked(Broken):
    """Another postetl process holds a lock; `holder` says which."""

    def __init__(self, message: str, *, holder: str) -> None:
        super().__init__(message)
        self.holder = holder
