"""What a site asks for when it has had enough of us: for how long, and for which of its addresses."""

import random
import re
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import NamedTuple

BASE = 60.0  # seconds of the first wait where the site names none; each one in a row doubles it
CAP = 24 * 3600.0  # no wait is longer: sites send years
AT_ITS_WORD = 3  # refusals in a row for which Retry-After alone counts; after that it is no longer enough, and ours doubles, too
JITTER = 0.5  # of our own wait, upwards: many clients refused at one moment should not come back at one moment

# One operator, one limit, a host name for each customer: a refusal by one name is meant for all of them.
PLATFORMS = frozenset({
    "beehiiv.com", "blogspot.com", "bearblog.dev", "buttondown.com", "cargo.site", "ghost.io", "github.io", "gitlab.io", "hashnode.dev",
    "hatenablog.com", "livejournal.com", "medium.com", "micro.blog", "neocities.org", "netlify.app", "over-blog.com", "pages.dev",
    "posthaven.com", "squarespace.com", "substack.com", "svbtle.com", "tumblr.com", "typepad.com", "vercel.app", "weebly.com",
    "wixsite.com", "wordpress.com", "write.as",
})  # fmt: skip


class Scope(NamedTuple):
    """What a refusal is good for: `entry` ('': all) in the file of `key`."""

    key: str
    entry: str = ""


def scope(host: str, key: str, url: str, *, private: bool) -> Scope:
    """One address of a private server (a bridge such as RSSHub passes on the refusals of many sites); all names of a platform;
    otherwise the host, whose turns are under `key`.
    """
    if private:
        return Scope(key, url)
    parent = host
    while parent:
        if parent in PLATFORMS:
            return Scope(f"platform {parent}")
        parent = parent.partition(".")[2]
    return Scope(key)


def asked(status: int | None, headers: Mapping[str, str], now: float) -> tuple[bool, float | None]:
    """Whether this answer says "not now", and the seconds that it names. 403 is one only with Retry-After (Reddit does that)."""
    if status not in (403, 429, 503):
        return False, None
    named = seconds(headers.get("retry-after", ""), headers.get("date", ""), now)
    return status != 403 or named is not None, named


def seconds(value: str, date: str, now: float) -> float | None:
    """Retry-After (RFC 9110 10.2.3): seconds, or a date as seen from the answer's own Date; None for what is neither. 0 to CAP."""
    value = value.strip()
    if re.fullmatch(r"[0-9]+(?:\.[0-9]*)?", value):
        return CAP if len(value.partition(".")[0]) > 9 else min(float(value), CAP)
    until = _moment(value)
    if until is None:
        return None
    here = _moment(date)
    return min(max(until - (now if here is None else here), 0.0), CAP)


def pause(refusals: int, named: float | None) -> float:
    """Seconds to wait after the `refusals`-th refusal in a row."""
    if named is not None and refusals <= AT_ITS_WORD:
        return named
    doubled = refusals - 1 if named is None else refusals - AT_ITS_WORD - 1
    ours = min(BASE * 2.0 ** min(doubled, 20), CAP) * random.uniform(1, 1 + JITTER)  # noqa: S311 - politeness, no secret
    return min(max(ours, named or 0.0), CAP)


def _moment(date: str) -> float | None:
    """An HTTP-date, in any of its three forms, as seconds since 1970."""
    if not 8 <= len(date) <= 64:
        return None
    try:
        found = parsedate_to_datetime(date)
        return (found.replace(tzinfo=UTC) if found.tzinfo is None else found).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None

