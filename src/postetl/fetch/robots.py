"""robots.txt by RFC 9309: asked for once a day and origin, kept in files that all processes of one home share."""

import asyncio
import contextlib
import itertools
import json
import math
import os
import re
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from protego import Protego

from postetl.errors import Reason
from postetl.model import Fetched

AGENT = "postetl"  # our product token (RFC 9309 2.2.1)
MAX_BYTES = 500 * 1024  # that are read; what follows is cut off (RFC 9309 2.5)
DAY = 24 * 3600.0
FRESH: Final = (3600.0, DAY)  # seconds that an answer is good for: Cache-Control may choose between these
PATIENCE = 30 * DAY  # an unreachable robots.txt forbids everything; an earlier one counts instead, or after this time nothing (2.3.1.4)
AGAIN = 300.0  # seconds after which an unreachable robots.txt is asked for again
KEPT = (2048, 1024 * 1024)  # origins, and characters of their rules, kept in memory: the worst take 45 bytes a character
MAX_FILES = 20_000
IN_THREAD = 16 * 1024  # characters; reading or matching more would hold up the event loop (500 KiB of wildcards: 0.4 s a long address)
MAX_RULE_TRIED = 500  # Disallow lines looked at to name the one that forbids

_AGENT_LINE = re.compile(r"\s*user[- ]?agent\s*(?::|\s)\s*(.*)", re.IGNORECASE | re.DOTALL)
_RULE_LINE = re.compile(r"\s*(?:d[is]+al+[ao]w|allow|crawl[- ]delay)\s*(?::|\s|$)", re.IGNORECASE)
_DISALLOW = re.compile(r"\s*d[is]+al+[ao]w\s*:?\s*(\S.*)", re.IGNORECASE)
_TOKEN = re.compile(r"[A-Za-z_-]+")
_MAX_AGE = re.compile(r"(?:^|[,\s])max-age\s*=\s*\"?([0-9]{1,10})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Rules:
    """What one robots.txt says to us."""

    where: str  # its address
    lines: tuple[str, ...] = ()  # of the groups that are for us
    parsed: Protego | None = None
    crawl_delay: float = 0.0
    refusal: tuple[Reason, str] | None = None  # everything is refused
    retry_at: float | None = None  # seconds since 1970, with a refusal
    large: bool = False

    @classmethod
    def read(cls, where: str, text: str) -> "Rules":
        lines = for_us(text)
        if not lines:
            return cls(where)
        parsed = Protego.parse(f"User-agent: {AGENT}\n" + "\n".join(lines))
        return cls(where, lines, parsed, parsed.crawl_delay(AGENT) or 0.0, large=sum(map(len, lines)) > IN_THREAD)

    def refuses(self, path: str) -> tuple[Reason, str] | None:
        """Why this path (with its query, as it is sent) is not to be asked for; None when it may be."""
        if self.refusal is not None or self.parsed is None:
            return self.refusal
        url = f"http://{AGENT}{path}"
        if self.parsed.can_fetch(url, AGENT):
            return None
        rule = self._rule(url)
        return Reason.REFUSED_ROBOTS, f"{self.where} forbids it{f': Disallow: {rule}' if rule else ''}; robots = false for a source that may"

    def _rule(self, url: str) -> str | None:
        """The longest Disallow that covers the address: that one decides (RFC 9309 2.2.2)."""
        found = [match[1].strip() for line in self.lines[:MAX_RULE_TRIED] if (match := _DISALLOW.match(line))]
        covering = [rule for rule in found if not Protego.parse(f"User-agent: *\nDisallow: {rule}").can_fetch(url, AGENT)]
        return max(covering, key=len)[:100] if covering else None


def for_us(text: str) -> tuple[str, ...]:
    """The lines of the groups that name us, or else of those for everybody (RFC 9309 2.2.1).

    Protego would keep the rules of every agent: a hostile file of many agents and many rules costs it their product. And it takes
    a `User-agent: post` for ours, but `postetl/1.0` for another's.
    """
    ours: list[str] = []
    everybodys: list[str] = []
    named = False
    agents: set[str] = set()
    open_ = False
    for line in text.splitlines():
        line = line.partition("#")[0].strip()  # noqa: PLW2901
        if (agent := _AGENT_LINE.fullmatch(line)) is not None:
            if not open_:
                agents, open_ = set(), True
            value = agent[1].strip()
            token = "*" if re.match(r"\*(?:\s|$)", value) else (found[0].lower() if (found := _TOKEN.match(value)) else "")
            agents.add(token)
            named = named or token == AGENT
        elif _RULE_LINE.match(line):
            open_ = False  # other lines (Sitemap, and what nobody knows) may stand anywhere and end nothing
            if AGENT in agents:
                ours.append(line)
            if "*" in agents:
                everybodys.append(line)
    return tuple(ours if named else everybodys)


@dataclass(slots=True)
class _Record:
    """A file: one JSON line, then the body. `body` is the last one that could be read; `failing` since when none could."""

    status: int
    fetched_at: float
    fresh_until: float
    failing: float | None = None
    body: str | None = None

    def dump(self, origin: str) -> bytes:
        body = (self.body or "").encode("utf-8", "replace")
        kept = {"origin": origin, "status": self.status, "fetched_at": self.fetched_at, "fresh_until": self.fresh_until}
        head = {**kept, "failing": self.failing, "body": self.body is not None, "bytes": len(body)}
        return json.dumps(head).encode() + b"\n" + body

    @classmethod
    def load(cls, data: bytes, origin: str) -> "_Record | None":
        head, _, body = data.partition(b"\n")
        try:
            read = json.loads(head)
            if read["origin"] != origin or read["bytes"] != len(body):
                return None
            numbers = [float(read[name]) for name in ("fetched_at", "fresh_until")]
            failing = None if read["failing"] is None else float(read["failing"])
            if not all(map(math.isfinite, [*numbers, failing or 0.0])):
                return None
            return cls(int(read["status"]), numbers[0], numbers[1], failing, body.decode("utf-8", "replace") if read["body"] else None)
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):  # damaged: as if it were not there
            return None


class Robots:
    """`robots.known(origin) or await robots.rules(origin, ask)`; lives in one event loop. Targets of one origin that come at once ask once."""

    def __init__(self, folder: Path, *, clock: Callable[[], float] = time.time) -> None:
        self.folder = folder
        self._clock = clock
        self._kept: OrderedDict[str, tuple[Rules, float, int]] = OrderedDict()  # origin -> rules, good until, characters
        self._characters = 0
        self._asking: dict[str, tuple[asyncio.Lock, list[None]]] = {}
        self._tidied = False
        self._number = itertools.count()

    async def rules(self, origin: str, ask: Callable[[str], Awaitable[Fetched]]) -> Rules:
        """Of the file, or of the site: `ask` fetches an address."""
        lock, users = self._asking.setdefault(origin, (asyncio.Lock(), []))
        users.append(None)
        try:
            async with lock:
                if (known := self.known(origin)) is not None:
                    return known
                where, now = f"{origin}/robots.txt", self._clock()
                record = self._load(origin)
                if record is not None and record.failing is None and now < record.fresh_until <= now + FRESH[1] + 60:
                    return await self._keep(origin, record.body, record.fresh_until)
                return await self._answered(origin, where, record, await ask(where))
        finally:
            users.pop()
            if not users:
                self._asking.pop(origin, None)

    def known(self, origin: str) -> Rules | None:
        """What is in memory, and still good."""
        kept = self._kept.get(origin)
        if kept is None or not kept[1] - FRESH[1] - 60 <= self._clock() < kept[1]:
            return None
        self._kept.move_to_end(origin)
        return kept[0]

    async def _answered(self, origin: str, where: str, record: _Record | None, got: Fetched) -> Rules:
        now, status = self._clock(), got.status
        if got.error == Reason.THROTTLED or (got.error == Reason.REFUSED_ADDRESS and not got.redirects):  # the target's end, too
            if got.error == Reason.THROTTLED and (earlier := await self._earlier(origin, record, now, keep=False)):
                return earlier
            retry_at = got.retry_at.timestamp() if got.retry_at else None
            return Rules(where, refusal=(got.error, got.detail or got.error.value), retry_at=retry_at)
        readable = got.error in (None, Reason.EMPTY_BODY) and status is not None
        nowhere = got.error in (Reason.TOO_MANY_REDIRECTS, Reason.REFUSED_SCHEME, Reason.REFUSED_ADDRESS)
        unavailable = nowhere or (status is not None and 400 <= status < 500)
        if readable or unavailable:  # 2.3.1.1, 2.3.1.2 and 2.3.1.3: what is not there forbids nothing
            text = got.body[:MAX_BYTES].decode("utf-8-sig", "replace") if readable else ""
            if len(got.body) > MAX_BYTES:
                text = text.rpartition("\n")[0]  # half a rule is another rule
            until = now + _fresh(got)
            self._store(origin, _Record(status or 0, now, until, body=text))
            return await self._keep(origin, text, until)
        failing = record.failing if record is not None and record.failing is not None and record.failing <= now else now
        known = record or _Record(status or 0, 0.0, 0.0)
        if known.failing != failing:
            self._store(origin, _Record(status or 0, known.fetched_at, known.fresh_until, failing, known.body))
        if earlier := await self._earlier(origin, record, now, keep=True):
            return earlier
        if now - failing >= PATIENCE:
            return await self._keep(origin, "", now + AGAIN)
        if status is None and got.error is not None:  # nobody answers there: the target would end the same way
            refusal = (got.error, got.detail or got.error.value)
        else:
            said = f"status {status}" if status is not None and status >= 500 else got.detail or "no robots.txt"
            refusal = (Reason.REFUSED_ROBOTS, f"{where} cannot be read ({said}), which forbids all until it can (RFC 9309)")
        retry_at = got.retry_at.timestamp() if got.retry_at else None
        rules = Rules(where, refusal=refusal, retry_at=retry_at)
        self._remember(origin, rules, now + AGAIN)
        return rules

    async def _earlier(self, origin: str, record: _Record | None, now: float, *, keep: bool) -> Rules | None:
        """The rules of an earlier answer that are not too old."""
        if record is None or record.body is None or not 0 <= now - record.fetched_at < PATIENCE:
            return None
        return await self._keep(origin, record.body, now + (AGAIN if keep else 0.0))

    async def _keep(self, origin: str, text: str | None, until: float) -> Rules:
        where = f"{origin}/robots.txt"
        rules = await asyncio.to_thread(Rules.read, where, text) if text and len(text) > IN_THREAD else Rules.read(where, text or "")
        self._remember(origin, rules, until)
        return rules

    def _remember(self, origin: str, rules: Rules, until: float) -> None:
        self._characters -= self._kept.pop(origin, (None, 0.0, 0))[2]
        size = sum(map(len, rules.lines))
        self._kept[origin] = rules, until, size
        self._characters += size
        while len(self._kept) > KEPT[0] or (self._characters > KEPT[1] and len(self._kept) > 1):
            self._characters -= self._kept.popitem(last=False)[1][2]

    def _path(self, origin: str) -> Path:
        return self.folder / f"{sha256(origin.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}.robots"

    def _load(self, origin: str) -> _Record | None:
        try:
            with self._path(origin).open("rb") as file:
                return _Record.load(file.read(MAX_BYTES * 3 + 4096), origin)  # a replaced byte takes three
        except OSError:
            return None

    def _store(self, origin: str, record: _Record) -> None:
        """Whole or not at all; a cache: what cannot be written is asked for again."""
        path = self._path(origin)
        made = path.with_name(f"{path.name}.{os.getpid()}.{id(self)}.{next(self._number)}.tmp")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            try:
                made.write_bytes(record.dump(origin))
                made.replace(path)
            finally:
                made.unlink(missing_ok=True)
            if not self._tidied:
                self._tidied = True
                self._tidy()
        except OSError:
            return

    def _tidy(self) -> None:
        """Once a run: files of origins that nobody has asked for since, and those over the limit, oldest first."""
        with os.scandir(self.folder) as entries:
            found = sorted((entry.stat().st_mtime, entry.path) for entry in entries if entry.is_file(follow_symlinks=False))
        old = time.time() - 2 * PATIENCE
        for number, (touched, path) in enumerate(found):
            if touched < old or number < len(found) - MAX_FILES:
                with contextlib.suppress(OSError):
                    Path(path).unlink()


def _fresh(got: Fetched) -> float:
    """Seconds: Cache-Control may shorten the day, to an hour at least."""
    said = ", ".join(value for name, value in got.headers if name == "cache-control")
    if re.search(r"no-(?:cache|store)", said, re.IGNORECASE):
        return FRESH[0]
    age = _MAX_AGE.search(said)
    return min(max(float(age[1]), FRESH[0]), FRESH[1]) if age else FRESH[1]
