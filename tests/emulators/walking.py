"""A walk through an archive over real HTTP on loopback, with nothing of the pipeline in it: survey, plan, each window to its end."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx

from postetl.model import Answer, Plan, RawPost, Target
from postetl.sources import read


@dataclass
class Walk:
    """`since` and `until` as a backfill is asked for; `posts` as they came, doubles and all."""

    kind: Any
    where: str
    since: datetime | None = None
    until: datetime | None = None
    rounds: int = 9
    client: httpx.Client = field(default_factory=lambda: httpx.Client(trust_env=False, follow_redirects=True))
    posts: list[RawPost] = field(default_factory=list)
    rejects: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def plan(self) -> Plan:
        answers: list[Answer] = []
        for _ in range(self.rounds):
            targets = self.kind.survey(self.where, since=self.since, until=self.until, answers=answers)
            if not targets:
                break
            answers += [self._answer(t) for t in targets]
        return self.kind.plan(self.where, answers, since=self.since, until=self.until)

    def all(self) -> "Walk":
        for window in self.plan().windows:
            self.window(Target(window.url, kind=window.kind))
        return self

    def window(self, begin: Target) -> int:
        """The requests it took."""
        before, queue = len(self.asked), [begin]
        while queue:
            target = queue.pop(0)
            assert target.url not in self.asked, f"a second time: {target.url}"
            assert len(self.asked) < 5000, "no end"
            queue += [t for t in self._page(target) if t.entry is None]
        return len(self.asked) - before

    def _page(self, target: Target) -> Iterator[Target]:
        answer = self._answer(target)
        self.asked.append(target.url)
        if target.may_end and answer.status in (400, 404, 410):
            return
        assert answer.status == 200, (target.url, answer.status, answer.body[:200])
        parsed = read(answer.body, url=answer.url, content_type=answer.content_type, kind=target.kind)
        self.posts += parsed.posts
        self.rejects += [r.detail for r in parsed.rejects]
        yield from parsed.follow

    def _answer(self, target: Target) -> Answer:
        got = self.client.get(target.url)
        if got.status_code == 429:  # as the fetcher does, without its wait
            got = self.client.get(target.url)
        return Answer(str(got.url), got.status_code, {k.lower(): v for k, v in got.headers.items()}, got.content, got.headers.get("content-type"))
