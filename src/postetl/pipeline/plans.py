"""Plans of backfills, as they are told from each other over all the runs that one takes."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from postetl.model import Plan, Window
from postetl.settings import Source
from postetl.warehouse import KnownArchive, KnownWindow


@dataclass(frozen=True, slots=True)
class Course:
    """A plan under way. `plan_id` names it over all the runs that it takes."""

    plan_id: str
    kind: str
    where: str
    planned_at: datetime
    plan: Plan
    todo: tuple[tuple[int, Window], ...]  # (position, window)
    begun: bool  # by an earlier run


def plan_id(source: Source, kind: str, where: str, since: datetime | None, until: datetime | None, at: datetime, *, replace: bool) -> str:
    """Tells for which address of the source, and for which command, a plan was made."""
    said = (source.id, source.where, kind, where, str(since), str(until), at.isoformat(), replace)
    return sha256(repr(said).encode()).hexdigest()[:32]


def left(source: Source, windows: tuple[KnownWindow, ...], since: datetime | None, until: datetime | None, *, replace: bool) -> list[KnownWindow]:
    """The windows of the last plan for the same command that is not done; none when it was made for another address of the source."""
    mine = [w for w in windows if w.plan_id == plan_id(source, w.window.kind, w.archive_url, since, until, w.planned_at, replace=replace)]
    return [w for w in mine if w.plan_id == mine[-1].plan_id]


def walks(archive: KnownArchive, source: Source) -> bool:
    """Whether it is the archive of the source's present address."""
    asked = source, archive.kind, archive.where, archive.asked_since, archive.asked_until, archive.planned_at
    return archive.plan_id in {plan_id(*asked, replace=replace) for replace in (False, True)}
