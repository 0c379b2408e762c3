"""Kinds whose whole past can be walked: which archives a site has, and what a walk of one takes. Pure: documents in, addresses out.

    found(...)  a home page, feed or API answer tells where its site's archive is
    survey(...) the few small requests that a plan needs, in rounds: it is asked again, with the answers, until it asks nothing more
    plan(...)   their answers become windows

A window's documents are read by the kind's own `read`, whose `Parsed.follow` leads on: within the window, or (`Target.opens`) to the next.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from postetl.model import Answer, Plan, Target


class Archive(Protocol):
    """A kind with an archive. None of its functions raises but `plan`, which raises Malformed when the answers show no archive."""

    NAME: str

    def found(self, body: bytes, *, url: str, headers: Mapping[str, str], content_type: str | None = None) -> str | None:
        """The address of the archive that a document of the site tells of; None when it tells of none of this kind."""

    def survey(
        self, where: str, *, since: datetime | None = None, until: datetime | None = None, answers: Sequence[Answer] = ()
    ) -> tuple[Target, ...]:
        """What to ask, after these answers, before a plan of that window (`since` inclusive, `until` exclusive, UTC) can be made: few and small.

        A plan can be made after each round; the more are answered, the more exact it is.
        """

    def plan(self, where: str, answers: Sequence[Answer], *, since: datetime | None = None, until: datetime | None = None) -> Plan:
        """The windows, newest first. `answers` are those to all rounds of `survey`, in its order, failed ones with their status (None: none came)."""

    def increment(self, where: str, since: datetime) -> Target | None:
        """What to ask for everything that is new or changed since then; None: the source's own document tells."""
