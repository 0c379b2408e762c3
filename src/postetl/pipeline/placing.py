"""Which post each cleaned record of a source is, and whether it is new, changed or seen again: rows for the package."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from postetl.chunk import chunk_ids
from postetl.clean import identity
from postetl.lake import ChromeRecord, FetchRecord, PostRecord, RejectRecord, Sighting, SourceRecord, WindowRecord
from postetl.model import Fetched, Post, Target
from postetl.transform import CONTENT, entry_hash, without, without_content
from postetl.warehouse import Known, KnownPost


@dataclass(slots=True)
class Rows:
    """Rows on their way to a package."""

    fetches: list[FetchRecord] = field(default_factory=list)
    posts: list[PostRecord] = field(default_factory=list)
    sightings: list[Sighting] = field(default_factory=list)
    rejects: list[RejectRecord] = field(default_factory=list)
    sources: list[SourceRecord] = field(default_factory=list)
    windows: list[WindowRecord] = field(default_factory=list)
    chrome: list[ChromeRecord] = field(default_factory=list)
    body_bytes: int = 0

    def __bool__(self) -> bool:
        return bool(self.fetches or self.posts or self.sightings or self.rejects or self.sources or self.windows or self.chrome)

    def take(self, other: "Rows") -> None:
        """Move everything out of another."""
        for name in ("fetches", "posts", "sightings", "rejects", "sources", "windows", "chrome"):
            getattr(self, name).extend(getattr(other, name))
            getattr(other, name).clear()
        self.body_bytes += other.body_bytes
        other.body_bytes = 0


class Placing:
    """The posts of one source in one run. `rows` takes what is made; `new`, `changed` and `seen_again` count.

    `archive`: the archive in whose window they are met. `rewrite`: a row for each, also for those that are as they were.
    """

    def __init__(self, source_id: str, rows: Rows, *, archive: str | None = None, rewrite: bool = False) -> None:
        self.source_id, self.rows, self.archive, self.rewrite = source_id, rows, archive, rewrite
        self.stored: Mapping[str, KnownPost] = {}
        self.keys: dict[str, str | None] = {}
        self.chrome: frozenset[str] = frozenset()  # as of the same version: what is compared was made alike
        self.met: set[str] = set()  # post_ids of this run
        self.doubtful: list[tuple[Post, Fetched]] = []
        self.made: dict[str, tuple[str, str | None]] = {}  # what the row of this run says
        self.new = self.changed = self.seen_again = 0
        self.told: set[object] = set()  # what else the documents of this run showed: rejects, and the dates of posts that nobody wanted
        self.known_of, self.idled = -1, 0

    @property
    def idle(self) -> int:
        """How many documents in a row, the last one included, showed nothing that those before it did not."""
        return 0 if len(self.met) + len(self.told) > self.known_of else self.idled + 1

    def turn(self) -> None:
        """The next document begins."""
        self.idled, self.known_of = self.idle, len(self.met) + len(self.told)

    def remember(self, known: Known) -> None:
        """What the warehouse has of the source, before the first post is placed."""
        self.stored, self.keys, self.chrome = known.rows, dict(known.keys.get(self.source_id, {})), known.chrome.get(self.source_id, frozenset())

    def place(self, found: Sequence[Post], fetched: Fetched) -> None:
        """The posts of one document. Those known by their content alone wait for `settle`."""
        posts = self._apart(found)
        for post in posts:
            self.keys.update(dict.fromkeys(post.shared_keys))
        for post in posts:
            post_id = identity.match(_strong(post), self.keys)
            if post_id is None and identity.match(post.keys, self.keys) is not None:
                self.doubtful.append((post, fetched))
            else:
                self._put(post, post_id, fetched)

    def settle(self) -> None:
        """Posts known by their content alone: the same post with a new guid and link; or, where the known one was met in this run
        as well, another post with equal content.
        """
        for post, fetched in self.doubtful:
            post_id = identity.match(post.keys, self.keys)
            if post_id in self.met:
                self._put(without_content(post), None, fetched)
            else:
                self._put(post, post_id, fetched)
        self.doubtful.clear()

    def sight(self, post_id: str, when: datetime) -> None:
        """It is there, as it was. One that was met in this run already, as at the border of two pages, counts once."""
        self.seen_again += post_id not in self.met
        self.met.add(post_id)
        self.rows.sightings.append(Sighting(post_id, self.source_id, when, self.archive))

    def gone(self, post_ids: Iterable[str], when: datetime) -> int:
        """They are not where their archive would list them. How many that were there until now."""
        lost = [post_id for post_id in post_ids if post_id not in self.met and self.stored[post_id].deleted_at is None]
        self.rows.sightings += [Sighting(post_id, self.source_id, when, self.archive, gone=True) for post_id in lost]
        return len(lost)

    def of_entry(self, target: Target) -> str | None:
        """The known post of a feed entry."""
        assert target.entry is not None
        return identity.match((key for key in identity.entry_keys(target.entry) if key not in target.shared_keys), self.keys)

    def same_entry(self, target: Target) -> str | None:
        """The post of an entry whose page was read before and that its feed has not changed since."""
        assert target.entry is not None
        post_id = self.of_entry(target)
        stored = self.stored.get(post_id) if post_id else None
        return post_id if stored is not None and stored.entry_hash == entry_hash(target.entry) else None

    def _apart(self, posts: Sequence[Post]) -> list[Post]:
        """Posts of one document are not one post. Where several match one that is known (its old guid was given to another), it is
        the one that shares most keys with it; the others lose theirs, which identify nobody any more.
        """
        claims: dict[str, list[int]] = defaultdict(list)
        for place, post in enumerate(posts):
            if post_id := identity.match(_strong(post), self.keys):
                claims[post_id].append(place)
        apart = list(posts)
        for post_id, places in claims.items():
            contested = {place: tuple(key for key in _strong(posts[place]) if self.keys.get(key) == post_id) for place in places}
            for place in set(places) - {max(places, key=lambda place: (len(contested[place]), -place))}:
                apart[place] = without(posts[place], contested[place])
        return apart

    def _put(self, post: Post, post_id: str | None, fetched: Fetched) -> None:
        self.keys.update(dict.fromkeys(post.shared_keys))
        new = post_id is None
        post_id = post_id or identity.new_post_id(self.source_id, post.keys[0])
        for key in post.keys:
            self.keys.setdefault(key, post_id)
        if self.made.get(post_id) == (post.row_hash, post.entry_hash):
            return  # it stands in two documents of this run, as at the border of two pages
        stored = self.stored.get(post_id)
        if not self.rewrite and stored is not None and stored.row_hash == post.row_hash and stored.entry_hash == post.entry_hash:
            self.sight(post_id, fetched.fetched_at)
            return
        again = post_id in self.made
        self.met.add(post_id)
        self.made[post_id] = (post.row_hash, post.entry_hash)
        self.rows.posts.append(PostRecord(
            post=replace(post, post_id=post_id, whole=None), chunk_ids=tuple(chunk_ids(post_id, post.chunks)), fetched_at=fetched.fetched_at,
            shared_keys=post.shared_keys, raw_ref=fetched.raw_ref, archive=self.archive,
        ))  # fmt: skip
        self.new += new
        self.changed += not (new or again)


def _strong(post: Post) -> tuple[str, ...]:
    return tuple(key for key in post.keys if not key.startswith(CONTENT))
