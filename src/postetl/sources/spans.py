"""A past cut along the calendar: decades, lustra, years, quarters or months, whichever keeps a window small enough to be walked again."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

MOST = 300  # posts in a window, on average: three pages of WordPress, two of Blogger; what a kill costs at the most
LADDER = (120, 60, 12, 3, 1)  # months


@dataclass(frozen=True, slots=True)
class Span:
    """[since, until), UTC; `key` is the calendar's name for it, with its bounds where the asked window cuts it."""

    key: str
    since: datetime
    until: datetime


def months_for(posts: int | None, oldest: datetime, newest: datetime) -> int:
    """The longest step of the ladder that holds at most MOST posts if they are spread evenly; years where nobody counts them."""
    if posts is None:
        return 12
    months = max((newest - oldest).days / 30.44, 1.0)
    return next((step for step in LADDER if posts * min(step, months) / months <= MOST), 1)


def spans(oldest: datetime, newest: datetime, months: int, *, since: datetime | None = None, until: datetime | None = None) -> list[Span]:
    """Newest first; together they hold every moment from `oldest` to `newest` that is in [since, until)."""
    found = []
    for key, begin, end in _calendar(oldest, newest, months):
        first, last = max(begin, since or begin), min(end, until or end)
        if first < last:
            cut = "" if (first, last) == (begin, end) else f" {stamp(first)}/{stamp(last)}"
            found.append(Span(key + cut, first, last))
    return found[::-1]


def stamp(when: datetime) -> str:
    """RFC 3339 in UTC with a Z: a plus sign would have to be escaped in a query."""
    return when.astimezone(UTC).isoformat().replace("+00:00", "Z")


def whole(when: datetime) -> datetime:
    """The second that begins next, or the moment itself: among whole seconds, not before one is not before the other."""
    return when if not when.microsecond else moved(when.replace(microsecond=0), 1)


def moved(when: datetime, seconds: int) -> datetime:
    """So much later; where time ends, there."""
    try:
        return when + timedelta(seconds=seconds)
    except OverflowError:
        return when


def _calendar(oldest: datetime, newest: datetime, months: int) -> Iterator[tuple[str, datetime, datetime]]:
    index = (oldest.year * 12 + oldest.month - 1) // months * months  # months since year 0
    while True:
        begin, end = _month(index), _month(index + months)
        yield _key(begin, months), begin, end
        if end > newest:
            return
        index += months


def _month(index: int) -> datetime:
    return datetime(index // 12, index % 12 + 1, 1, tzinfo=UTC)


def _key(begin: datetime, months: int) -> str:
    return {
        120: f"{begin.year}s", 60: f"{begin.year}-{begin.year + 4}", 12: f"{begin.year}", 3: f"{begin.year}-Q{begin.month // 3 + 1}",
        1: f"{begin.year}-{begin.month:02}",
    }[months]  # fmt: skip


def planned(oldest: datetime, newest: datetime, total: int | None, *, since: datetime | None, until: datetime | None) -> list[Span]:
    """The windows of an archive whose posts lie between these dates, `total` of them as far as is known."""
    begin = max(oldest, since) if since else oldest
    end = max(newest, begin)
    return spans(begin, end, months_for(total, begin, end), since=since, until=until)
