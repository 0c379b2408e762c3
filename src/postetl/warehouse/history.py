"""The texts of one post in order of time: what is current, what came before. Pure, on hashes and times alone.

A post's history is a row of intervals, each a text and when it was first fetched; an observation falls into its place by its own
fetched_at, whichever package brings it. Equal neighbours are one interval; A -> B -> A is three. Texts are equal,
too, when they were before boilerplate was taken out of them: that we learned what is boilerplate is no edit of theirs. The current text is the one of
the latest observation: one older than the moment the current row was last seen never replaces it, it becomes an earlier version.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Literal

Origin = Literal["version", "current", "row"]


@dataclass(frozen=True, slots=True)
class Version:
    """A row of post_versions."""

    version: int
    content_hash: str
    fetched_at: datetime
    whole_hash: str | None = None


@dataclass(frozen=True, slots=True)
class Current:
    """A row of posts. `since`: when its text was first fetched (the last version's replaced_at, else first_seen_at)."""

    content_hash: str
    since: datetime
    last_seen_at: datetime
    whole_hash: str | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """A post row of the package."""

    row: int
    content_hash: str
    fetched_at: datetime
    whole_hash: str | None = None  # before boilerplate was taken out; None: none was


@dataclass(frozen=True, slots=True)
class Interval:
    """An earlier text: copied from post_versions (number: its version then), from posts, or from the package (number: the row)."""

    origin: Origin
    number: int
    fetched_at: datetime
    replaced_at: datetime


@dataclass(frozen=True, slots=True)
class History:
    """`row`: the package's row that becomes the current one, None: the current one stays. `earlier`: all versions, oldest first."""

    row: int | None
    earlier: tuple[Interval, ...]


@dataclass(frozen=True, slots=True)
class _Moment:
    at: datetime
    rank: int  # at the same moment: versions, then the current text, then what is new
    number: int
    origin: Origin
    content_hash: str
    whole_hash: str | None

    def equals(self, other: "_Moment") -> bool:
        return self.content_hash == other.content_hash or (self.whole_hash or self.content_hash) == (other.whole_hash or other.content_hash)


def history(current: Current | None, versions: Sequence[Version], observations: Sequence[Observation]) -> History:
    """Put new observations into a post's history. `observations` is not empty when `current` is None."""
    moments = [_Moment(v.fetched_at, 0, v.version, "version", v.content_hash, v.whole_hash) for v in versions]
    if current is not None:
        moments += [_Moment(at, 1, 0, "current", current.content_hash, current.whole_hash) for at in {current.since, current.last_seen_at}]
    moments += [_Moment(o.fetched_at, 2, o.row, "row", o.content_hash, o.whole_hash) for o in observations]
    moments.sort(key=lambda m: (m.at, m.rank, m.number))
    runs: list[list[_Moment]] = []
    stored: tuple[Origin, int] | None = None  # of the run: two stored texts stay two, also where what we learned has made them equal
    for moment in moments:
        own = (moment.origin, moment.number) if moment.origin != "row" else None
        if runs and runs[-1][-1].equals(moment) and (own is None or stored in (None, own)):
            runs[-1].append(moment)
            stored = stored or own
        else:
            runs.append([moment])
            stored = own
    earlier = []
    for run, following in pairwise(runs):
        kept = min(run, key=lambda m: (m.rank, m.at, m.number))  # what is stored already, before the same text once more
        earlier.append(Interval(kept.origin, kept.number, run[0].at, following[0].at))
    last = moments[-1]
    return History(last.number if last.origin == "row" else None, tuple(earlier))
