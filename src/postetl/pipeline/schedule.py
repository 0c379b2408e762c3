"""When a source is due again, and why: the longest of what the user, the document and the site ask for, within sane limits.

RSS 2.0 ttl and the syndication module's sy:updatePeriod (RSS 1.0) are the document's wish, Cache-Control and Expires (RFC 9111 4.2.1)
the server's; both are often a template's (a year, a day in the past), hence DAY. Retry-After is bounded where it is read.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from postetl.errors import Reason
from postetl.model import Fetched
from postetl.warehouse import KnownSource

DAY = timedelta(days=1)  # the longest that a site's own hints put a source off
SLOW_FROM = 3  # failures in a row: one or two pass by themselves
SLOW_STEP = timedelta(hours=1)  # doubled with each failure more, up to DAY
UNREACHABLE_MOST = timedelta(hours=6)  # when nothing answers at all, it may be our own network that is away
EARLY = 0.1  # of a pause: a cron of an hour meets an interval of an hour, though the last fetch was some seconds late
EARLY_MOST = timedelta(minutes=5)

EVERY_RUN, INTERVAL, CACHE, EXPIRES, RETRY, FAILURES = "every run", "interval", "Cache-Control", "Expires", "Retry-After", "failures"
DOCUMENT = "ttl"
FIRM = frozenset({RETRY, FAILURES})  # not a minute early

_MAX_AGE = re.compile(r"(?:^|[\s,;])max-age\s*=\s*\"?(\d{1,10})", re.IGNORECASE)
_NO_CACHE = re.compile(r"\bno-(?:cache|store)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Check:
    """Not due again before `at` (UTC), for that `reason`."""

    at: datetime
    reason: str


def next_check(fetched: Fetched, *, interval: float, every: int | None, failures: int) -> Check:
    """After one answer. `interval` (the user's) and `every` (the document's) in minutes; `failures` in a row, this one included."""
    pauses = [(timedelta(), EVERY_RUN), (timedelta(minutes=interval), INTERVAL)]
    if fetched.error is None:
        pauses += [(timedelta(minutes=min(every or 0, 1440)), DOCUMENT), *_freshness(dict(fetched.headers), fetched.fetched_at)]
    elif failures >= SLOW_FROM:
        most = DAY if fetched.status is not None or fetched.error not in _NOBODY else UNREACHABLE_MOST
        pauses.append((min(SLOW_STEP * 2 ** min(failures - SLOW_FROM, 10), most), FAILURES))
    if fetched.retry_at is not None:
        pauses.append((fetched.retry_at - fetched.fetched_at, RETRY))
    pause, reason = max(pauses, key=lambda pair: pair[0])
    return Check(fetched.fetched_at + pause, reason)


_NOBODY = frozenset({Reason.DNS_FAILED, Reason.CONNECT_FAILED, Reason.TIMED_OUT, Reason.TLS_FAILED, Reason.PROTOCOL_ERROR})


def due(known: KnownSource, now: datetime) -> bool:
    """Whether a source may be asked at `now`, a little early where only its rhythm is at stake."""
    if known.next_check_at is None:
        return True
    early = timedelta()
    if known.next_check_reason not in FIRM and known.last_fetched_at is not None:
        early = min((known.next_check_at - known.last_fetched_at) * EARLY, EARLY_MOST)
    return known.next_check_at - early <= now


def _freshness(headers: Mapping[str, str], now: datetime) -> list[tuple[timedelta, str]]:
    """RFC 9111 4.2.1 for a private cache: max-age before Expires, less the Age it has already; nothing where it is not to be kept."""
    control = headers.get("cache-control", "")
    if _NO_CACHE.search(control):
        return []
    if found := _MAX_AGE.search(control):
        age = headers.get("age", "")
        fresh = timedelta(seconds=int(found[1]) - (int(age) if age.isdecimal() and len(age) < 10 else 0))
        return [(min(fresh, DAY), CACHE)]
    if expires := _date(headers.get("expires")):
        return [(min(expires - (_date(headers.get("date")) or now), DAY), EXPIRES)]
    return []


def _date(text: str | None) -> datetime | None:
    """An HTTP date (RFC 9110 5.6.7); None for what is none: `Expires: 0` among them."""
    if not text:
        return None
    try:
        found = parsedate_to_datetime(text)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
