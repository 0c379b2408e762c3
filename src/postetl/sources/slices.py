"""A flat list of addresses cut into windows that stay what they are when the list changes.

A slice is a year, a quarter of one, a month, a day; what is undated, or too much for one day, goes by the hash of its address. A new post
changes the slice of its day and no other, wherever in the document its line stands. What a window asks of the document travels in the
fragment of its address, which no server gets to see: `https://example.org/sitemap.xml#slice=2019-Q1-03&since=2019-03-05T00:00:00Z`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from itertools import groupby
from urllib.parse import parse_qs, urldefrag

from postetl import urls
from postetl.sources import moments

MOST = 200  # addresses in a slice: with a delay of 1 s, what a kill costs is under four minutes
PARTS = 50  # about so many slices at most: the document is asked for once for each, and may have 50,000 addresses
UNDATED = "undated"
_HASHED = 6  # hexadecimal digits: 16 million of a day

Mark = tuple[str, ...]


def mark(when: datetime | None, url: str) -> Mark:
    """Where an address stands: ("2019", "Q1", "03", "14", "a", "7", ...)."""
    digits = tuple(sha256((urls.canonical(url) or url).encode("utf-8", "surrogatepass")).hexdigest()[:_HASHED])
    if when is None:
        return (UNDATED, *digits)
    return (f"{when.year:04}", f"Q{(when.month + 2) // 3}", f"{when.month:02}", f"{when.day:02}", *digits)


def cut(marks: Sequence[Mark], most: int | None = None) -> list[tuple[str, list[int]]]:
    """(key, which of the marks) of slices of at most `most`, newest first, undated last."""
    most = most or max(MOST, -(-len(marks) // (100 * PARTS)) * 100)
    order = sorted(range(len(marks)), key=marks.__getitem__)
    slices = list(_cut(marks, order, 1, most))
    return [s for s in reversed(slices) if not s[0].startswith(UNDATED)] + [s for s in slices if s[0].startswith(UNDATED)]


def _cut(marks: Sequence[Mark], order: Sequence[int], level: int, most: int) -> Iterator[tuple[str, list[int]]]:
    for key, places in groupby(order, key=lambda n: "-".join(marks[n][:level])):
        group = list(places)
        if len(group) <= most or level == len(marks[group[0]]):
            yield key, group
        else:
            yield from _cut(marks, group, level + 1, most)


def holds(key: str, one: Mark) -> bool:
    return key == "-".join(one[: key.count("-") + 1])


@dataclass(frozen=True, slots=True)
class Ask:
    """What is wanted of a document: one slice, or everything cut in slices (`split`), or all of it at once."""

    key: str | None = None
    split: bool = False
    since: datetime | None = None
    until: datetime | None = None

    @classmethod
    def of(cls, url: str) -> "Ask":
        """As the fragment of an address says; what is no fragment of ours asks for everything."""
        try:
            said = parse_qs(urldefrag(url).fragment, keep_blank_values=True, max_num_fields=8)
        except ValueError:
            return cls()
        one = {name: values[0] for name, values in said.items()}
        since, until = (moments.instant(one.get(name, "")) for name in ("since", "until"))
        return cls(one.get("slice"), "slices" in one, since, until)

    def at(self, url: str) -> str:
        """The address with this in its fragment."""
        said = [f"slice={self.key}"] if self.key else ["slices="] if self.split else []
        said += [self.bounds] if self.bounds else []
        bare = without(url)
        return f"{bare}#{'&'.join(said)}" if said else bare

    @property
    def bounds(self) -> str:
        """`since=...&until=...`, as far as they are given."""
        return "&".join(f"{name}={when.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" for name, when in (("since", self.since), ("until", self.until)) if when is not None)


def without(url: str) -> str:
    """The address as it is asked for."""
    return url.partition("#")[0]
