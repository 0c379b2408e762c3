"""From a feed document to the older ones: RFC 5005 paged (`next`) and archived (`prev-archive`) feeds, JSON Feed's next_url."""

from collections.abc import Sequence
from datetime import datetime

from postetl import urls
from postetl.errors import Malformed, Reason
from postetl.model import Answer, Parsed, Plan, Target, Window
from postetl.sources.wire import Document

_OLDER = ("prev-archive", "next")  # an archive document never changes (RFC 5005 4): it goes before a page, whose entries move on


def of_feed(document: Document, url: str) -> str | None:
    """Where the entries before those of this document are; None for a complete feed (RFC 5005 2), and for an empty page: the last is behind us."""
    if document.complete:
        return None
    for relation in _OLDER:
        for said, href in document.links:
            if said == relation and (document.entries or relation != "next") and (older := elsewhere(href, url)):
                return older
    return None


def elsewhere(href: str, url: str) -> str | None:
    """The absolute http address, None when it is none or leads back to the same document."""
    absolute = urls.join(url, href)
    return absolute if urls.is_web(absolute) and urls.canonical(absolute) != urls.canonical(url) else None


def target(url: str, kind: str) -> Target:
    return Target(url, kind=kind, depth=1, opens=True)


def leads(parsed: Parsed) -> bool:
    return any(t.opens for t in parsed.follow)


def answered(where: str, answers: Sequence[Answer]) -> Answer:
    """The one answer that a plan is made of. Malformed when there is none to read."""
    answer = answers[0] if answers else None
    if answer is None or answer.status != 200 or not answer.body:
        said = "no answer" if answer is None or answer.status is None else f"status {answer.status}"
        raise Malformed(f"the feed cannot be read for a plan of its archive: {said}", url=where, reason=Reason.MALFORMED)
    return answer


def plan(where: str, parsed: Parsed, *, since: datetime | None, complete: bool = False) -> Plan:
    """The document, and the page behind it unless this one reaches back far enough; more appear as pages are read."""
    dates = [post.published_at for post in parsed.posts if post.published_at]
    older = next((t for t in parsed.follow if t.opens), None)
    if older is None and not complete:
        raise Malformed("a feed that leads to no older document: what it shows is all there is", url=where)
    own = Window(where, where, parsed.kind, posts=len(parsed.posts), requests=1 + sum(t.entry is not None for t in parsed.follow))
    oldest = min(dates, default=None)
    if older is None:
        return Plan((own,), exact=True, posts=own.posts, requests=own.requests, oldest=oldest)
    enough = since is not None and oldest is not None and oldest < since
    windows = (own,) if enough else (own, Window(older.url, older.url, parsed.kind))
    return Plan(windows, exact=False, posts=own.posts, requests=(own.requests or 1) + len(windows) - 1)
