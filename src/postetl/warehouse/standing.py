"""How a source stands: where it is asked for now, how often it failed in a row, whether it was given up. One fold over its fetches.

Rules with their reasons: a permanent redirect (RFC 9110 15.4.2, 15.4.9) is believed once it was met MOVES times over at least
MOVES_OVER, since a misconfigured evening is not a move; it never leads from https to http. 410 says it is final (15.5.11), so it
is believed at once. Other failures end a source when they are many *and* last long; that nothing answers at all counts only
while other sites do answer, or a fortnight without network would end every source.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

MOVES = 3
MOVES_OVER = timedelta(days=1)
FAILURES = 10
FAILING_OVER = timedelta(days=14)
GONE = "gone"  # errors.Reason.GONE as its row holds it


@dataclass(frozen=True, slots=True)
class Standing:
    """Times are UTC, without zone, as the database keeps them. `url` is the configured address, `current_url` the one asked."""

    source_id: str
    url: str
    current_url: str
    moved_at: datetime | None = None
    moving_to: str | None = None
    moving_since: datetime | None = None
    moving: int = 0
    failures: int = 0
    failing_since: datetime | None = None
    disabled_at: datetime | None = None
    disabled_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a source: a fetch of its own document, or (`enabled`) a person taking it up again."""

    source_id: str
    url: str  # as configured then; "" when it is not known
    at: datetime
    status: int | None = None
    error: str | None = None
    detail: str | None = None
    moved_to: str | None = None
    answered: bool = False  # there was an answer that could be read, or 304
    enabled: bool = False


def fold(before: Mapping[str, Standing], events: Iterable[Event], *, online: bool) -> dict[str, Standing]:
    """The standings after the events, which come in the order of their times; only of the sources that have any.

    `online`: somebody answered in the same package.
    """
    after: dict[str, Standing] = {}
    for event in events:
        stands = after.get(event.source_id) or before.get(event.source_id) or Standing(event.source_id, event.url, event.url)
        if event.url and event.url != stands.url:  # another address in the configuration: a new beginning
            stands = Standing(event.source_id, event.url, event.url)
        after[event.source_id] = _next(stands, event, online=online)
    return after


def _next(stands: Standing, event: Event, *, online: bool) -> Standing:
    if event.enabled:
        return replace(stands, failures=0, failing_since=None, disabled_at=None, disabled_reason=None)
    if event.error is not None:
        return _failed(stands, event, online=online)
    if not event.answered:
        return stands
    stands = replace(stands, failures=0, failing_since=None, disabled_at=None, disabled_reason=None)
    to = event.moved_to
    if to is None or (stands.current_url.startswith("https:") and not to.startswith("https:")):
        return replace(stands, moving_to=None, moving_since=None, moving=0)
    if to != stands.moving_to or stands.moving_since is None:
        return replace(stands, moving_to=to, moving_since=event.at, moving=1)
    if stands.moving + 1 < MOVES or event.at - stands.moving_since < MOVES_OVER:
        return replace(stands, moving=stands.moving + 1)
    return replace(stands, current_url=to, moved_at=event.at, moving_to=None, moving_since=None, moving=0)


def _failed(stands: Standing, event: Event, *, online: bool) -> Standing:
    since = stands.failing_since or event.at
    stands = replace(stands, failures=stands.failures + 1, failing_since=since)
    if stands.disabled_at is not None:
        return stands
    if event.error == GONE:
        return replace(stands, disabled_at=event.at, disabled_reason="410: gone for good, says the site")
    if stands.failures >= FAILURES and event.at - since >= FAILING_OVER and (event.status is not None or online):
        reason = f"{stands.failures} failures in a row since {since:%Y-%m-%d}, the last: {event.error}: {event.detail or ''}".rstrip(": ")
        return replace(stands, disabled_at=event.at, disabled_reason=reason)
    return stands
