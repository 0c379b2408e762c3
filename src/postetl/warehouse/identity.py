"""Which post is it? Settled at the load, against the keys of every package before: pure, in the package's order.

A key counts within its source. The first key (they come strongest first) that is known and belongs to a post says which post it
is; without one it is a new post, under the id it came with. A key that several posts of one document claim belongs to nobody, for
ever. An id that turned out to be another post's stays behind as a key of that post (`id:<the id it came with>`), so that what was
written with it later (sightings, edits) still finds the post.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from postetl.clean.identity import match, new_post_id

Key = tuple[str, str]  # (source_id, key)


@dataclass(frozen=True, slots=True)
class Claim:
    """A post row of the package: what it says about who it is. `row` is its place in the package's posts table."""

    row: int
    source_id: str
    post_id: str
    keys: tuple[str, ...]
    shared_keys: tuple[str, ...]
    fetched_at: datetime
    fixed: bool = False  # a row read again from the archive: it is the post that it was


@dataclass(frozen=True, slots=True)
class NewKey:
    """A row for post_keys. `post_id` None: identifies nobody, also when it did before."""

    source_id: str
    key: str
    post_id: str | None
    first_seen_at: datetime


@dataclass(frozen=True, slots=True)
class Settled:
    """`post_ids`: row -> the post's id. `keys`: what post_keys has to learn."""

    post_ids: Mapping[int, str]
    keys: tuple[NewKey, ...]


def alias(post_id: str) -> str:
    """The key under which an id is kept that a post came with and that is not its own."""
    return f"id:{post_id}"


def asked(claims: Iterable[Claim]) -> set[Key]:
    """Every key whose owner `settle` has to be told."""
    return {(c.source_id, key) for c in claims for key in (*c.keys, *c.shared_keys, alias(c.post_id))}


def settle(claims: Iterable[Claim], known: Mapping[Key, str | None], existing: Iterable[str]) -> Settled:
    """Give every claim its post. `known`: the rows of post_keys that were `asked` for; `existing`: those given ids that are posts."""
    ordered = sorted(claims, key=lambda c: (c.fetched_at, c.row))
    owners, taken = dict(known), set(existing)
    made: dict[Key, NewKey] = {}

    def learn(source_id: str, key: str, post_id: str | None, at: datetime) -> None:
        owners[source_id, key] = post_id
        made[source_id, key] = NewKey(source_id, key, post_id, at)

    for claim in ordered:
        for key in claim.shared_keys:
            if owners.get((claim.source_id, key), "") is not None:
                learn(claim.source_id, key, None, claim.fetched_at)
    post_ids: dict[int, str] = {}
    for claim in ordered:
        post_id = claim.post_id if claim.fixed else _match(claim, owners) or _new(claim, owners, taken)
        post_ids[claim.row] = post_id
        taken.add(post_id)
        for key in claim.keys if claim.post_id in taken else (*claim.keys, alias(claim.post_id)):
            if (claim.source_id, key) not in owners:
                learn(claim.source_id, key, post_id, claim.fetched_at)
    return Settled(post_ids, tuple(made.values()))


def _match(claim: Claim, owners: Mapping[Key, str | None]) -> str | None:
    names = (*claim.keys, alias(claim.post_id))
    return match(names, {name: owners.get((claim.source_id, name)) for name in names})


def _new(claim: Claim, owners: Mapping[Key, str | None], taken: set[str]) -> str:
    """The id it came with; another when that is a post's whose keys it does not share (they were nobody's, too late)."""
    unused = [key for key in claim.keys if (claim.source_id, key) not in owners]
    if claim.post_id not in taken or not unused:
        return claim.post_id
    return new_post_id(claim.source_id, unused[0])
