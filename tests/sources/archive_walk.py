"""An archive walked as a backfill walks it, in the least lines: survey, plan, each window to its end, each entry's page. On loopback only."""

import urllib.error
import urllib.request
from collections import Counter, deque
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from postetl import sources
from postetl.model import Answer, Plan, Target
from postetl.sources.archive import Archive

MAX_DEPTH = 400  # documents that open one after the other


def ask(url: str) -> Answer:
    """One request, as the fetcher would give it: unpacked from its Content-Encoding, redirects followed."""
    assert urlsplit(url).hostname == "127.0.0.1"
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers={"Accept-Encoding": "gzip"})) as got:
            body, headers, status = got.read(), {k.lower(): v for k, v in got.headers.items()}, got.status
    except urllib.error.HTTPError as error:
        body, headers, status = error.read(), {k.lower(): v for k, v in error.headers.items()}, error.code
    if headers.get("content-encoding") == "gzip":
        import gzip

        body = gzip.decompress(body)
    return Answer(url, status, headers, body, headers.get("content-type"))


@dataclass
class Walked:
    """What came of a walk: pages by address, documents of the archive by address."""

    plan: Plan
    entries: Counter[str] = field(default_factory=Counter)
    documents: Counter[str] = field(default_factory=Counter)
    failed: list[Target] = field(default_factory=list)
    windows: dict[str, list[str]] = field(default_factory=dict)  # by key: the entries found in it


def survey(kind: Archive, where: str, **dates: object) -> Plan:
    answers = [ask(t.url) for t in kind.survey(where, **dates)]
    return kind.plan(where, answers, **dates)


def walk(kind: Archive, where: str, *, pages: bool = False, **dates: object) -> Walked:
    """`pages`: ask for the entries' pages, too. No address is asked for twice, with its fragment or without posts in it."""
    done = Walked(survey(kind, where, **dates))
    seen = {window.url for window in done.plan.windows}
    entries: set[str] = set()
    queue = deque((window.key, Target(url=window.url, kind=window.kind)) for window in done.plan.windows)
    while queue:
        key, target = queue.popleft()
        assert len(done.documents) < MAX_DEPTH * 10, "the walk does not end"
        answer = ask(target.url)
        done.documents[target.url] += 1
        if answer.status != 200:
            if not (target.may_end and answer.status in (400, 404, 410)):
                done.failed.append(target)
            continue
        parsed = sources.read(answer.body, url=target.url, content_type=answer.content_type, kind=target.kind)
        assert not parsed.rejects, parsed.rejects
        for onward in parsed.follow:
            if onward.entry is not None:
                assert onward.entry in parsed.posts
                done.entries[onward.url] += 1
                done.windows.setdefault(onward.url if onward.opens else key, []).append(onward.url)
                if pages and onward.url not in entries:
                    assert sources.read(ask(onward.url).body, url=onward.url).kind == "page"
                entries.add(onward.url)
            elif onward.url not in seen and target.depth < MAX_DEPTH:
                seen.add(onward.url)
                queue.append((onward.url if onward.opens else key, Target(url=onward.url, kind=onward.kind, depth=target.depth + 1, may_end=onward.may_end)))
    return done
