"""Names of chunks that an edit elsewhere in the post does not change."""

from collections import Counter
from collections.abc import Sequence
from hashlib import sha256

from postetl.model import Chunk


def chunk_ids(post_id: str, chunks: Sequence[Chunk]) -> list[str]:
    """One id a chunk, in order: 32 hex digits of a hash of post_id, the chunk's text and its n-th repeat in the post.

    No position is in it: a paragraph inserted above leaves the ids of the chunks below as they were.
    """
    seen: Counter[str] = Counter()
    ids = []
    for chunk in chunks:
        parts = (post_id, chunk.text, str(seen[chunk.text]))
        seen[chunk.text] += 1
        digest = sha256()
        for part in parts:
            data = part.encode("utf-8", "surrogatepass")
            digest.update(b"%d:" % len(data) + data)  # netstring: no two triples give the same bytes
        ids.append(digest.hexdigest()[:32])
    return ids
