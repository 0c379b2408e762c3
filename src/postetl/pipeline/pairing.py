"""Which stored post each record of a document is that was read once more. Pure.

The stored posts are those whose rows were made of this very body, so nearly all say it by themselves: an equal row, else a common
key. A post without guid, link and date is known by a hash of its text alone, which another cleaning changes; it is told by what else it
has, and where that is not certain nothing is touched.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass

from postetl.clean import identity
from postetl.model import Post
from postetl.warehouse import MadePost

Sign = Callable[[Post | MadePost], Hashable]


@dataclass(frozen=True, slots=True)
class Pairs:
    """`pairs`; the stored posts that are no longer in it; the records that are no post yet; how many may be a stored post or none."""

    pairs: tuple[tuple[Post, MadePost], ...]
    left: tuple[MadePost, ...]
    new: tuple[Post, ...]
    unsure: int


def said(post: Post | MadePost) -> Hashable:
    """All that is compared of a row but its chunks."""
    return post.row_hash, post.content_hash, post.external_id, post.entry_hash, post.words, post.tokens


_SIGNS: tuple[Sign, ...] = (
    lambda p: p.row_hash,
    lambda p: (p.external_id, p.url, p.published_at, p.title),
    lambda p: (p.external_id, p.url, p.published_at) if p.external_id or p.url or p.published_at else None,
    lambda p: p.url,
    lambda p: p.published_at,
)
_BY_TEXT = ("content:", "all:")  # keys that another cleaning changes


def pair(found: Sequence[Post], stored: Sequence[MadePost], keys: Mapping[str, str | None]) -> Pairs:
    """`stored`: the posts of this body; `keys`: whose each identity key of the source is."""
    pairs: list[tuple[Post, MadePost]] = []
    left = {post.post_id: post for post in stored}

    def take(post: Post, known: MadePost) -> None:
        pairs.append((post, left.pop(known.post_id)))

    equal: dict[Hashable, list[MadePost]] = defaultdict(list)
    for known in reversed(stored):
        equal[said(known)].append(known)
    rest = []
    for post in found:
        if same := equal.get(said(post)):
            take(post, same.pop())
        else:
            rest.append(post)
    strange = []
    for post in rest:
        owners = [owner for key in post.keys if (owner := keys.get(key)) is not None]
        if owner := next((owner for owner in owners if owner in left), None):
            take(post, left[owner])
        elif identity.match(post.keys, keys) is None:  # else it is a post whose row was made of another body, or paired already
            strange.append(post)
    for sign in _SIGNS:
        ours, theirs = Counter(map(sign, left.values())), Counter(map(sign, strange))
        by_sign = {sign(known): known for known in left.values()}
        again, strange = strange, []
        for post in again:
            mark = sign(post)
            if mark is not None and ours[mark] == theirs[mark] == 1:
                take(post, by_sign[mark])
            else:
                strange.append(post)
    if left and len(found) == len(stored) == 1 and strange:
        take(strange.pop(), stored[0])
    # one known by its text alone may be a post whose row was made of another body, under the key that it had then
    new = [] if left else [post for post in strange if any(not key.startswith(_BY_TEXT) for key in post.keys)]
    return Pairs(tuple(pairs), tuple(left.values()), tuple(new), len(strange) - len(new))
