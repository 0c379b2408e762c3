"""Sitemaps and listings through the whole pipeline: their pages become posts, and a second run asks for what changed."""

from pathlib import Path

import pytest

import postetl
import web
from emulators import listing, sitemap
from emulators.weblog import Weblog
from feeds import configure, run


def posts(home: Path) -> dict[str, str]:
    with postetl.connect(home) as db:
        return dict(db.execute("select url, text from posts").fetchall())


@pytest.mark.parametrize("child", [0, 20])
def test_a_sitemap_becomes_posts_and_only_what_changed_is_asked_for_again(tmp_path: Path, child: int) -> None:
    log = Weblog(60)
    with web.serve(sitemap.site(log, sitemap.Quirks(child=child, packed="file"))) as site:
        configured = configure(tmp_path, f"log {site.url('/sitemap.xml')}")
        assert run(configured).posts_new == 60
        found = posts(tmp_path)
        assert set(found) == {site.url(p.path) for p in log.posts}
        assert all(p.text.split("\n")[0] in found[site.url(p.path)] for p in log.posts)
        changed = [log.edit(7), log.add()]
        before = len(site.requests)
        report = run(configured)
        asked = [r.path for r in site.requests[before:]]
        assert (report.posts_new, report.posts_edited) == (1, 1)
        assert sorted(p for p in asked if log.at(p)) == sorted(p.path for p in changed)


def test_a_listing_becomes_posts(tmp_path: Path) -> None:
    log = Weblog(60)
    with web.serve(listing.site(log)) as site:
        configured = configure(tmp_path, f"log {site.url('/')} kind='listing'")
        assert run(configured).posts_new == 10  # the pages after the first are a backfill's
        assert set(posts(tmp_path)) == {site.url(p.path) for p in log.posts[:10]}
        log.add()
        before = len(site.requests)
        assert run(configured).posts_new == 1
        assert sum(log.at(r.path) is not None for r in site.requests[before:]) == 1
        for _ in range(23):  # more than two pages at once: none is missed
            log.add()
        assert run(configured).posts_new == 23
