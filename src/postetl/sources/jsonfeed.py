"""JSON Feed 1.0 and 1.1 (jsonfeed.org): one post an item. A wrong type costs its field, never the item, and never in silence."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from postetl import urls
from postetl.errors import Malformed, Reason
from postetl.model import Answer, Parsed, Plan, RawPost, Rejected, Target
from postetl.sources import charset, links, moments, onward

NAME = "jsonfeed"
_VERSION = re.compile(r"https?://(?:www\.)?jsonfeed\.org/version/\d", re.IGNORECASE)
_BODY = ("content_html", "content_text")


def recognises(body: bytes, content_type: str | None, url: str) -> bool:  # noqa: ARG001  the bytes alone decide
    if not body.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00").startswith(b"{") or not charset.readable(body):
        return False
    document = _document(body, content_type)
    return (isinstance(document, dict) and _is_feed(document)) or (document is None and _says_so(body, content_type))


def read(body: bytes, *, url: str, content_type: str | None = None) -> Parsed:
    """Items without a body and with a link are in `follow` too. Raises Malformed: WRONG_KIND for JSON (or anything else) that is no JSON Feed."""
    charset.text_of(body, content_type, url)
    document = _document(body, content_type)
    if document is None and _says_so(body, content_type):
        raise Malformed("a JSON Feed whose JSON is broken or nested too deep", url=url)
    if not isinstance(document, dict) or not (_is_feed(document) or isinstance(document.get("items"), list)):
        raise Malformed("no JSON Feed in it", url=url, reason=Reason.WRONG_KIND)
    items = document.get("items")
    if not isinstance(items, list):
        raise Malformed("its items are no list", url=url)
    top = _Fields(document)
    authors, language = _authors(top), top.text("language")
    base = url if urls.is_web(url) else top.text("home_page_url") or top.text("feed_url") or ""  # a saved feed's addresses are meant as on its site
    posts, follow, rejects = [], [], []
    for index, item in enumerate(items):
        if not isinstance(item, dict):
            rejects.append(Rejected(url, "read", Reason.MALFORMED, f"item {index} is no object but {_type(item)}"))
            continue
        fields = _Fields(item)
        post = _post(fields, base, authors, language)
        posts.append(post)
        rejects += [Rejected(post.url or url, "read", Reason.BAD_DATE, f"{name}: {text[:200]}") for name, text in fields.bad_dates]
        if fields.wrong:
            rejects.append(Rejected(post.url or url, "read", Reason.MALFORMED, f"item {index}: left out, of the wrong type: {', '.join(fields.wrong)}"))
        if post.html is None and post.text is None and urls.is_web(post.url):
            follow.append(Target(url=str(post.url), kind="page", depth=1, entry=post))
    if urls.is_web(url) and items and (older := onward.elsewhere(top.text("next_url") or "", url)):  # "the URL of a feed that provides the next n items"
        follow.append(onward.target(older, NAME))
    return Parsed(NAME, top.text("title"), tuple(posts), tuple(follow), tuple(rejects))


def found(body: bytes, *, url: str, headers: Mapping[str, str], content_type: str | None = None) -> str | None:  # noqa: ARG001
    """The feed itself, when it has a next_url."""
    try:
        return url if recognises(body, content_type, url) and onward.leads(read(body, url=url, content_type=content_type)) else None
    except Malformed:
        return None


def survey(
    where: str, *, since: datetime | None = None, until: datetime | None = None, answers: Sequence[Answer] = ()  # noqa: ARG001
) -> tuple[Target, ...]:
    return () if answers else (Target(where, kind=NAME),)


def plan(where: str, answers: Sequence[Answer], *, since: datetime | None = None, until: datetime | None = None) -> Plan:  # noqa: ARG001
    answer = onward.answered(where, answers)
    return onward.plan(where, read(answer.body, url=answer.url, content_type=answer.content_type), since=since)


def increment(where: str, since: datetime) -> Target | None:  # noqa: ARG001
    return None


def _document(body: bytes, content_type: str | None) -> object:
    """The JSON value, None when it is no JSON."""
    try:
        value: object = json.loads(charset.decode(body, content_type, declared=False).strip("\x00 \t\r\n"), strict=False)
    except (ValueError, RecursionError):
        return None
    return value


def _says_so(body: bytes, content_type: str | None) -> bool:
    return _VERSION.search(charset.decode(body[:16384], content_type, declared=False).replace("\\/", "/")) is not None


def _is_feed(document: Mapping[str, object]) -> bool:
    """By its version; without one by its shape: items that carry what only JSON Feed calls so."""
    version, items = document.get("version"), document.get("items")
    if isinstance(version, str) and _VERSION.match(version):
        return True
    if not isinstance(items, list):
        return False
    if not items:
        return isinstance(document.get("title"), str) and ("home_page_url" in document or "feed_url" in document)
    return any(isinstance(i, dict) and (any(k in i for k in _BODY) or ("date_published" in i and ("url" in i or "id" in i))) for i in items)


def _post(fields: "_Fields", base: str, authors: tuple[str, ...], language: str | None) -> RawPost:
    external_id = fields.text("id", number=True)
    link = next((urls.join(base, u) for u in (fields.text("url"), external_id if urls.is_web(external_id) else None, fields.text("external_url")) if u), None)
    html, text = fields.text("content_html", strip=False), fields.text("content_text", strip=False)
    published, updated = fields.date("date_published"), fields.date("date_modified")
    return RawPost(
        url=link,
        external_id=external_id,
        title=fields.line("title"),
        html=links.absolute(html, link or base) if html else None,
        text=None if html else text,
        summary=fields.text("summary"),
        authors=_authors(fields) or authors,
        published_at=published or updated,
        updated_at=updated,
        tags=tuple(dict.fromkeys(fields.texts("tags"))),
        language=fields.text("language") or language,
        enclosures=tuple(_enclosures(fields, base)),
        date_source="feed" if published or updated else None,
    )


def _authors(fields: "_Fields") -> tuple[str, ...]:
    """1.1 has `authors`, 1.0 `author`; a name, or else the address that stands for it."""
    people = fields.objects("authors") or fields.objects("author")
    named = [p.text("name") or p.text("url") for p in people]
    fields.wrong += [f"author's {w}" for p in people for w in p.wrong]
    return tuple(dict.fromkeys(n for n in named if n))


def _enclosures(fields: "_Fields", base: str) -> list[tuple[str, str | None, str | None]]:
    found = []
    for attachment in fields.objects("attachments"):
        if href := attachment.text("url"):
            found.append((urls.join(base, href), attachment.text("mime_type"), attachment.text("size_in_bytes", number=True)))
        fields.wrong += [f"attachment's {w}" for w in attachment.wrong]
    return found


@dataclass(slots=True)
class _Fields:
    """A JSON object read by wanted type; what is of another is noted in `wrong`. null is absent."""

    raw: Mapping[str, object]
    wrong: list[str] = field(default_factory=list)
    bad_dates: list[tuple[str, str]] = field(default_factory=list)

    def text(self, name: str, *, number: bool = False, strip: bool = True) -> str | None:
        value = self.raw.get(name)
        if number and isinstance(value, int | float) and not isinstance(value, bool):
            value = str(int(value) if isinstance(value, float) and value.is_integer() else value)  # "coerce to a string" (id, 1.1)
        if not isinstance(value, str):
            self._note(name, value)
            return None
        value = _scalar(value)
        return (value.strip() if strip else value) if value.strip() else None

    def line(self, name: str) -> str | None:
        value = self.text(name)
        return " ".join(value.split()) if value else None

    def date(self, name: str) -> datetime | None:
        value = self.text(name)
        when = moments.believable(moments.instant(value)) if value else None
        if value and when is None:
            self.bad_dates.append((name, value))
        return when

    def texts(self, name: str) -> list[str]:
        values = self.raw.get(name)
        if not isinstance(values, list):
            self._note(name, values)
            return []
        if not all(isinstance(v, str) for v in values):
            self.wrong.append(name)
        return [t for v in values if isinstance(v, str) and (t := _scalar(v).strip())]

    def objects(self, name: str) -> list["_Fields"]:
        values = self.raw.get(name)
        values = [values] if isinstance(values, dict) else values
        if not isinstance(values, list):
            self._note(name, values)
            return []
        if not all(isinstance(v, dict) for v in values):
            self.wrong.append(name)
        return [_Fields(v) for v in values if isinstance(v, dict)]

    def _note(self, name: str, value: object) -> None:
        if value is not None:
            self.wrong.append(name)


def _scalar(text: str) -> str:
    """JSON may escape half a surrogate pair; no encoding can write it."""
    return text if text.isascii() else text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _type(value: object) -> str:
    return "null" if value is None else {"str": "a string", "bool": "a boolean", "list": "a list"}.get(type(value).__name__, "a number")
