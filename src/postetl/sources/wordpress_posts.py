"""WordPress' JSON as it stands on the wire (`wp/v2/posts`): bytes in, `Item` out. https://developer.wordpress.org/rest-api/reference/posts/"""

import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from postetl import urls
from postetl.errors import Reason
from postetl.model import RawPost, Rejected
from postetl.sources import charset, links, moments

_TAG = re.compile(r"<[^<>]*>")
_CLOCK = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")


@dataclass(frozen=True, slots=True)
class Item:
    """A post and what a walk needs of it: its number, and its dates by the site's own clock, without an offset."""

    post: RawPost | None  # None: nothing of it is given out
    number: int | None
    clock: str | None
    modified_clock: str | None
    modified: datetime | None


def document(body: bytes, content_type: str | None) -> object:
    """The JSON value, None when it is no JSON."""
    try:
        value: object = json.loads(charset.decode(body, content_type, declared=False).strip("\x00 \t\r\n"), strict=False)
    except (ValueError, RecursionError):
        return None
    return value


def is_post(value: object) -> bool:
    """An object with what only WordPress calls so; `_fields` may have left out the rest."""
    return isinstance(value, dict) and _number(value.get("id")) is not None and isinstance(value.get("title"), dict) and ("date_gmt" in value or "date" in value)


def items(values: list[object], where: str, base: str) -> tuple[list[Item], list[Rejected]]:
    """Every object of a list, in its order. `where` is the document's address, `base` the site's."""
    found, rejects = [], []
    for index, value in enumerate(values):
        if not isinstance(value, dict):
            rejects.append(Rejected(where, "read", Reason.MALFORMED, f"post {index} is no object"))
            continue
        post, bad = _post(value, where, base)
        rejects += bad
        found.append(Item(post, _number(value.get("id")), _clock(value.get("date")), _clock(value.get("modified")), post.updated_at if post else None))
    return found, rejects


def _post(raw: Mapping[str, object], where: str, base: str) -> tuple[RawPost | None, list[Rejected]]:
    link = _text(raw.get("link"))
    link = urls.join(base, link) if link else None
    number, about = _number(raw.get("id")), link or where
    content, excerpt = raw.get("content"), raw.get("excerpt")
    body = _rendered(content)
    if body is None and isinstance(content, dict) and content.get("protected") is True:
        # its page only asks for the password, and nothing would overwrite the text that it had before
        return None, [Rejected(about, "read", Reason.NO_TEXT, "protected by a password: the site does not give out its text")]
    published, rejects = _date(raw, "date", about)
    updated, bad = _date(raw, "modified", about)
    guid = _rendered(raw.get("guid"))
    return RawPost(
        url=link,
        # its feed's guid is the same column, escaped for display: https://developer.wordpress.org/reference/functions/the_guid/
        external_id=html.unescape(guid).strip() if guid else urls.join(base, f"?p={number}") if number is not None else None,
        title=_line(_rendered(raw.get("title"))),
        html=links.absolute(body, link or base) if body else None,
        summary=_rendered(excerpt),
        authors=tuple(_names(_embedded(raw, "author"))),
        published_at=published or updated,
        updated_at=updated,
        tags=tuple(_names(term for terms in _embedded(raw, "wp:term") if isinstance(terms, list) for term in terms)),
        date_source="feed" if published or updated else None,
    ), rejects + bad


def _date(raw: Mapping[str, object], name: str, about: str) -> tuple[datetime | None, list[Rejected]]:
    """`date_gmt` is UTC without saying so; `date` is the site's clock, whose offset no post tells."""
    said, local = _text(raw.get(f"{name}_gmt")), _text(raw.get(name))
    given = said or local
    if given is None:
        return None, []
    when = moments.believable(moments.instant(given))
    if when is None:
        return None, [Rejected(about, "read", Reason.BAD_DATE, f"{name}: {given[:200]}")]
    return when, [] if said else [Rejected(about, "read", Reason.MALFORMED, f"no {name}_gmt: {given} of the site's clock is taken as UTC")]


def _clock(value: object) -> str | None:
    return value if isinstance(value, str) and _CLOCK.fullmatch(value) else None


def _embedded(raw: Mapping[str, object], name: str) -> list[object]:
    """What `_embed` brings. Where authors are hidden there is an error object instead of each, without a name."""
    embedded = raw.get("_embedded")
    values = embedded.get(name) if isinstance(embedded, dict) else None
    return values if isinstance(values, list) else []


def _names(values: "list[object] | Iterator[object]") -> Iterator[str]:
    """Each once: a tag may be called as a category is."""
    seen = set()
    for value in values:
        name = _line(_text(value.get("name"))) if isinstance(value, dict) else None
        if name and name not in seen:
            seen.add(name)
            yield name


def _rendered(value: object) -> str | None:
    return _text(value.get("rendered")) if isinstance(value, dict) else None


def _line(markup: str | None) -> str | None:
    """A title or name as one line of plain text."""
    return " ".join(html.unescape(_TAG.sub("", markup)).split()) or None if markup else None


def _text(value: object) -> str | None:
    """JSON may escape half a surrogate pair; no encoding can write it."""
    if not isinstance(value, str) or not value.strip():
        return None
    return value if value.isascii() else value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 1 << 63 else None
