"""The emulated feeds are what their documents say: a thousand posts behind their links, and the quirks that were asked for."""

import json
import re

import pytest
from archive_walk import ask

import web
from emulators import jsonfeed, rfc5005
from emulators.weblog import Weblog
from postetl.sources import read


def onward(body: bytes) -> str | None:
    if body.startswith(b"{"):
        found = json.loads(body).get("next_url")
        return str(found) if found else None
    link = re.search(rb'link rel="(?:next|prev-archive)" href="([^"]+)"', body)
    return link[1].decode().replace("&amp;", "&") if link else None


def chain(site: web.Site, at: str | None, most: int = 200) -> tuple[list[str], dict[str, int]]:
    """Documents in the order of their links until one repeats, and how often each entry was met."""
    seen: list[str] = []
    entries: dict[str, int] = {}
    while at is not None and at not in seen and len(seen) < most:
        seen.append(at)
        answer = ask(at)
        if answer.status != 200:
            break
        for post in read(answer.body, url=at, content_type=answer.content_type).posts:
            entries[post.external_id or ""] = entries.get(post.external_id or "", 0) + 1
        following = onward(answer.body)
        at = site.url(following) if following and following.startswith("/") else following
    return seen, entries


@pytest.mark.parametrize("quirks", [
    {}, {"form": "rss"}, {"how": "archived"}, {"how": "archived", "form": "rss"}, {"how": "complete"}, {"relative": True}, {"loop": "first"}, {"loop": "self"}, {"how": "archived", "loop": "first"},
], ids=str)  # fmt: skip
def test_a_thousand_entries_behind_the_links_of_a_feed(quirks):
    log = Weblog(1000)
    with web.serve(rfc5005.site(log, rfc5005.Quirks(**quirks))) as site:
        seen, entries = chain(site, site.url("/feed"))
        assert set(entries) == {f"tag:log.example,2009:{n}" for n in range(1000)}
        assert set(entries.values()) == {1} or quirks == {"loop": "first"}  # /feed and /feed?page=1 are one document
        assert len(seen) < 60
        history = b"<fh:complete/>" if quirks.get("how") == "complete" else b"<fh:archive/>" if quirks.get("how") == "archived" else b""
        assert history in ask(seen[-1] if quirks.get("how") == "archived" else site.url("/feed")).body


def test_archives_never_change():
    log = Weblog(1000)
    with web.serve(rfc5005.site(log, rfc5005.Quirks(how="archived"))) as site:
        seen, _ = chain(site, site.url("/feed"))
        before = {at: ask(at).body for at in seen[1:]}
        for number in (3, 70, 500):
            log.edit(number)
        log.delete(9)
        for _ in range(45):
            log.add()
        after, entries = chain(site, site.url("/feed"))
        assert all(ask(at).body == body for at, body in before.items() if at != seen[1])  # the newest has one behind it now
        assert len(after) == len(seen) + 2
        assert {n for n, count in entries.items() if count == 2} == {f"tag:log.example,2009:{n}" for n in (3, 70, 500)}


def test_pages_shift_while_somebody_reads():
    log = Weblog(200)
    own = rfc5005.Quirks(on_page=log.add)
    with web.serve(rfc5005.site(log, own)) as site:
        _, entries = chain(site, site.url("/feed"))
        assert len(entries) >= 200 and max(entries.values()) == 2
        assert ask(site.url("/feed?page=99")).status == 404
        own.past = 200
        assert onward(ask(site.url("/feed?page=99")).body) is not None


@pytest.mark.parametrize("quirks", [{}, {"by": "before"}, {"bodies": "text", "numbers": True}, {"relative": True}, {"loop": "self"}, {"by": "before", "loop": "first"}, {"bodies": "none"}], ids=str)
def test_a_thousand_items_behind_next_url(quirks):
    log = Weblog(1000)
    with web.serve(jsonfeed.site(log, jsonfeed.Quirks(**quirks))) as site:
        seen, entries = chain(site, site.url("/feed.json"))
        assert len(entries) == 1000 and set(entries.values()) == {1}
        assert len(seen) == 40
        assert ask(site.url("/feed.json?page=99" if quirks.get("by") != "before" else "/feed.json?before=0")).status == 404


def test_items_by_id_do_not_shift():
    log = Weblog(300)
    with web.serve(jsonfeed.site(log, jsonfeed.Quirks(by="before", on_page=log.add))) as site:
        _, entries = chain(site, site.url("/feed.json"))
        assert len(entries) == 300 and set(entries.values()) == {1}
