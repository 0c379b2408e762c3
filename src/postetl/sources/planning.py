"""A site's archives, asked about by name: what a worker process runs, for the answers may be hostile. Pure."""

from collections.abc import Sequence
from datetime import datetime

from postetl.model import Answer, Plan, Target
from postetl.sources import ARCHIVES
from postetl.sources.archive import Archive
from postetl.sources.discovery import Offer, offers


def offered(answers: Sequence[Answer]) -> tuple[tuple[str, str], ...]:
    """(kind, where) of the archives that these documents tell of, in the order of ARCHIVES."""
    order = [archive.NAME for archive in ARCHIVES]
    found = ((offer.kind, offer.url) for answer in answers if answer.body for offer in looked(answer) if offer.kind in order)
    return tuple(sorted(dict.fromkeys(found), key=lambda pair: order.index(pair[0])))


def looked(answer: Answer) -> tuple[Offer, ...]:
    """All that one document tells of, best first."""
    return offers(answer.body, url=answer.url, headers=answer.headers, content_type=answer.content_type, archives=ARCHIVES)


def surveyed(kind: str, where: str, answers: Sequence[Answer], since: datetime | None, until: datetime | None) -> tuple[Target, ...]:
    """What that archive wants to be asked after these answers."""
    return archive(kind).survey(where, since=since, until=until, answers=answers)


def planned(kind: str, where: str, answers: Sequence[Answer], since: datetime | None, until: datetime | None) -> Plan:
    """Its windows. Raises Malformed when the answers show no such archive."""
    return archive(kind).plan(where, answers, since=since, until=until)


def archive(kind: str) -> Archive:
    """The archive of that kind. Raises KeyError."""
    return {one.NAME: one for one in ARCHIVES}[kind]
