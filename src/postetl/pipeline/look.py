"""Looking without writing: `sources check`, `sources add`, `sources list`."""

import asyncio

from postetl import warehouse, worker
from postetl.errors import PostetlError, Reason
from postetl.fetch import Fetcher, FetchOptions, HostTurns, local
from postetl.model import Answer, Fetched, Target
from postetl.pipeline.reading import READ_MEMORY_MB, READ_SECONDS
from postetl.pipeline.reports import Found, Way
from postetl.settings import Settings, Source
from postetl.transform import Options, Transformed

MOST_WAYS = 8  # of those that a page tells of are tried


def probe(settings: Settings, source: Source) -> Found:
    """Fetch and read the source's own documents, follow nothing, write nothing."""
    return asyncio.run(_probe(settings, source))


async def _probe(settings: Settings, source: Source) -> Found:
    options = FetchOptions.of(settings, source)
    found = Found()
    if source.url is not None:
        async with Fetcher(HostTurns(settings.locks / "hosts"), contact=settings.defaults.contact, proxy=settings.defaults.proxy) as fetcher:
            return _with(found, source, await fetcher.fetch(Target(source.url, source.id, source.kind), options))
    assert source.path is not None
    for target in local.targets(source.id, settings.home, source.path, source.kind):
        found = _with(found, source, local.read_file(settings.home, target, options.max_body))
    return found


def ways(settings: Settings, source: Source) -> tuple[Way, ...]:
    """What the page at the source's address tells of: feeds and archives, those that can be read, best first. Writes nothing."""
    return asyncio.run(_ways(settings, source))


async def _ways(settings: Settings, source: Source) -> tuple[Way, ...]:
    assert source.url is not None
    options, seen = FetchOptions.of(settings, source), []
    async with Fetcher(HostTurns(settings.locks / "hosts"), contact=settings.defaults.contact, proxy=settings.defaults.proxy) as fetcher:
        page = await fetcher.fetch(Target(source.url, source.id), options)
        answer = Answer(page.final_url, page.status, dict(page.headers), page.body, page.content_type)
        try:
            given = worker.call("postetl.sources.planning:looked", answer, timeout=READ_SECONDS, memory_mb=READ_MEMORY_MB)
        except PostetlError:  # a page that cannot be read tells of nothing
            given = ()
        for offer in given[:MOST_WAYS]:
            fetched = await fetcher.fetch(Target(offer.url, source.id, offer.kind), options)
            if fetched.error is None and fetched.final_url.rstrip("/") == page.final_url.rstrip("/") and offer.kind != "listing":
                continue  # sites that answer every address with their home page
            found = _with(Found(), source, fetched)
            if found.error is None and (found.posts or found.follow):
                seen.append(Way(offer.kind, offer.url, offer.why, found))
    return tuple(seen)


def _with(found: Found, source: Source, fetched: Fetched) -> Found:
    """What is known so far, and one document more."""
    if fetched.error is not None:
        return _failed(found, fetched.error, fetched.detail)
    try:
        result: Transformed = worker.call(
            "postetl.transform:transform", fetched.body, fetched.target, url=fetched.final_url, content_type=fetched.content_type,
            options=Options(source_id=source.id, fetched_at=fetched.fetched_at, full_text=source.full_text), base=fetched.base,
            timeout=READ_SECONDS, memory_mb=READ_MEMORY_MB,
        )  # fmt: skip
    except PostetlError as error:
        return _failed(found, error.reason, str(error))
    if result.failed is not None:
        return _failed(found, result.failed.reason, result.failed.detail)
    dates = [d for d in (found.oldest, found.newest, result.oldest, result.newest) if d is not None]
    follow = sum(target.entry is not None for target in result.follow)
    return Found(
        kind=found.kind or result.kind,
        title=found.title or result.title,
        posts=found.posts + len(result.posts) + follow,
        oldest=min(dates, default=None),
        newest=max(dates, default=None),
        follow=found.follow + follow,
        rejects=found.rejects + len(result.rejects),
        error=found.error,
        detail=found.detail,
    )


def _failed(found: Found, error: Reason, detail: str | None) -> Found:
    return Found(found.kind, found.title, found.posts, found.oldest, found.newest, found.follow, found.rejects, error, detail)


def overview(settings: Settings) -> list[tuple[str, ...]]:
    """A row a source: id, state, kind, posts, last fetch, next check, why, where; dashes before its first fetch."""
    ran = (settings.warehouse / "posts.duckdb").exists()
    loaded = {row["source_id"]: row for row in warehouse.summary(settings.home, "sources").to_pylist()} if ran else {}
    rows: list[tuple[str, ...]] = []
    for source in settings.sources:
        row = loaded.get(source.id, {})
        state = (row.get("state") or "new") if source.enabled else "disabled"
        why = " ".join(str(part) for part in (row.get("last_error"), row.get("why")) if part)
        cells = (row.get("kind") or source.kind, row.get("posts"), row.get("last_fetched_at"), row.get("next_check_at"))
        kind, posts, fetched, due = ("-" if cell is None else str(cell)[:19] for cell in cells)
        moved = row.get("current_url")
        where = source.where if moved in (None, source.where) else f"{source.where} (moved to {moved})"
        rows.append((source.id, state, kind, posts, fetched, due, why or "-", where))
    return rows
