"""Which post is this? Keys by which one source's post is found again when its guid, its address or its text has changed.

A key is a string with its kind in front. The strongest known key decides; a key that several entries of one document claim
identifies nobody. A page's rel=canonical is never a key: themes set it to the front page.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import urlsplit

from postetl.clean.text import plain
from postetl.model import Post, RawPost
from postetl.urls import canonical

_NAMESPACE = uuid.UUID("6f1a2b53-6c0e-5b7d-9a53-0f6b1d3f8c41")  # ours, at random; fixed for ever
_LONGEST = 512  # characters of a guid or address that stand in a key as they are


def entry_keys(raw: RawPost) -> tuple[str, ...]:
    """The keys of an entry as its source gave it, strongest first: `guid:`, `link:` (without scheme, `www.` and last slash),
    the same with the date, `guid@2017-08-01T00:00:00+00:00:`, for sources whose entries share them, and `body:`, a hash of title,
    body and date, which only tells twins apart (`keys` takes it out).
    """
    when = _iso(raw.published_at)
    names = [f"{kind}:{name}" for kind, name in (("guid", _guid(raw)), ("link", _link(raw))) if name]
    dated = [name.replace(":", f"@{when}:", 1) for name in names if when]
    return (*names, *dated, "body:" + digest(raw.title, raw.html or raw.text or raw.summary, when))


def shared_keys(raws: Sequence[RawPost]) -> frozenset[str]:
    """The keys that more than one entry of a document claims. Twins, the same in everything, claim them together."""
    owner: dict[str, RawPost] = {}
    shared = set()
    for raw in raws:
        for key in entry_keys(raw):
            if owner.setdefault(key, raw) != raw:
                shared.add(key)
    return frozenset(shared)


def keys(raw_keys: Sequence[str], post: Post, shared: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """All keys of a cleaned post, strongest first, never none: the entry's own that nobody shares, and `content:`, a hash of title,
    text and date. Undated posts have the latter only when there is neither guid nor link: short ones are too often the same.
    """
    text = post.text if post.whole is None else post.whole  # what is taken out of a text one day does not make another post of it
    found = [key for key in raw_keys if key not in shared and not key.startswith("body:")]
    named = any(key.startswith(("guid", "link")) for key in raw_keys)
    twin = any(key.startswith("body:") and key in shared for key in raw_keys)  # same words and date as another entry
    if (post.published_at or not named) and not twin:
        found.append("content:" + digest(post.title, text, _iso(post.published_at)))
    if not found:
        found.append("all:" + digest(post.external_id, post.url, _iso(post.published_at), post.title, text))
    return tuple(dict.fromkeys(found))


def match(keys: Iterable[str], known: Mapping[str, str | None]) -> str | None:
    """The post_id of the first key that is known to be one post's; None in `known` marks a key that identifies nobody."""
    return next((post_id for key in keys if (post_id := known.get(key)) is not None), None)


def new_post_id(source_id: str, key: str) -> str:
    """The UUID (version 5, RFC 9562 5.5) of a post that is first seen with this key. The same wherever it is computed."""
    return str(uuid.uuid5(_NAMESPACE, f"{source_id}\n{key}"))


def entry_hash(raw: RawPost) -> str:
    """Hash of all that an entry says, for telling whether its page has to be fetched again."""
    return digest(repr(raw))


def digest(*parts: str | None) -> str:
    """32 hex digits of sha256 over the parts; None and the empty string differ, and so do ("ab", "c") and ("a", "bc")."""
    whole = sha256()
    for part in parts:
        encoded = None if part is None else part.encode("utf-8", "surrogatepass")
        whole.update(b"-;" if encoded is None else b"%d:%b;" % (len(encoded), encoded))
    return whole.hexdigest()[:32]


def _guid(raw: RawPost) -> str | None:
    return _short(plain(raw.external_id)) if raw.external_id else None


def _link(raw: RawPost) -> str | None:
    address = canonical(raw.url) if raw.url else None
    if not address:
        return None
    parts = urlsplit(address)
    if parts.scheme != "file" and parts.path in ("", "/") and not parts.query and not parts.fragment:
        return None  # the front page is where a link without a better aim leads: no name of a post
    name = address.partition(":")[2].removeprefix("//").removeprefix("www.")
    return _short(name if "?" in name or "#" in name else name.rstrip("/"))


def _short(name: str) -> str | None:
    return name if len(name) <= _LONGEST else "sha256-" + sha256(name.encode()).hexdigest()


def _iso(when: datetime | None) -> str | None:
    if when is None:
        return None
    try:
        return (when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)).isoformat()
    except (OverflowError, ValueError):
        return when.isoformat()
