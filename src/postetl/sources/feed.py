"""RSS 0.9x, 1.0, 2.0, RDF, Atom 0.3, 1.0: one post an item or entry. An archive where its documents lead to older ones (`onward`).

bytes -> text (charset) -> Document of Entry (feedtree; when that is not certain, mended by markup, and at last feedwire) -> RawPost (here).
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from postetl import urls
from postetl.errors import Malformed, Reason
from postetl.model import Answer, Parsed, Plan, RawPost, Rejected, Target, TextType
from postetl.sources import charset, constructs, feedtree, feedwire, links, markup, moments, onward, teaser
from postetl.sources.wire import Content, Document, Entry, Person

NAME = "feed"
MAX_ENTRIES = 100_000
_HEAD = 96 * 1024
_WEB = ("http://", "https://")
_REPAIRS = 10  # parses of one document
_ADDRESS = re.compile(r"\s*[(<]\s*(?:mailto:)?[^\s()<>]+@[^\s()<>]+\s*[)>]\s*$")


def recognises(body: bytes, content_type: str | None, url: str) -> bool:  # noqa: ARG001  the bytes alone decide
    if markup.begins_as_feed(body) is not None:
        return charset.readable(body[:1024])
    return charset.readable(body) and markup.feed_root(charset.decode(body[:_HEAD], content_type)) is not None


def read(body: bytes, *, url: str, content_type: str | None = None) -> Parsed:
    """Every entry is in `posts`, in the document's order; those without a body and with a link are in `follow` too, as is the next page.

    Raises Malformed: WRONG_KIND when there is no feed in the bytes, MALFORMED for an attack or what no parser can read.
    """
    web = urls.is_web(url)
    document, rejects, encoding = _document(body, content_type, url, url if web else "")
    base = url if web else document.link or ""  # a saved feed's addresses are meant as on its site
    posts: list[RawPost] = []
    follow: list[Target] = []
    for entry in document.entries:
        post = _post(entry, document, url, base, rejects)
        posts.append(post)
        if post.html is None and post.text is None and (link := _page(entry, post, base)):
            follow.append(Target(url=link, kind="page", depth=1, entry=post))
    if web and (older := onward.of_feed(document, url)):
        follow.append(onward.target(older, NAME))
    title, title_type = _written(document.title)
    return Parsed(
        NAME, title, tuple(posts), tuple(follow), tuple(rejects), every=document.every, encoding=encoding, title_type=title_type,
        authors=_names(document.authors) if document.atom else (),  # RFC 4287 4.2.1
    )


def found(body: bytes, *, url: str, headers: Mapping[str, str], content_type: str | None = None) -> str | None:  # noqa: ARG001
    """The feed itself, when it leads to older documents (RFC 5005 3 and 4) or says that it is complete (2)."""
    try:
        if not recognises(body, content_type, url):
            return None
        return url if onward.leads(read(body, url=url, content_type=content_type)) or _complete(body, content_type, url) else None
    except Malformed:
        return None


def survey(
    where: str, *, since: datetime | None = None, until: datetime | None = None, answers: Sequence[Answer] = ()  # noqa: ARG001
) -> tuple[Target, ...]:
    return () if answers else (Target(where, kind=NAME),)


def plan(where: str, answers: Sequence[Answer], *, since: datetime | None = None, until: datetime | None = None) -> Plan:  # noqa: ARG001
    """The document and the page behind it; what lies behind that, only that page tells."""
    answer = onward.answered(where, answers)
    parsed = read(answer.body, url=answer.url, content_type=answer.content_type)
    return onward.plan(where, parsed, complete=_complete(answer.body, answer.content_type, answer.url), since=since)


def increment(where: str, since: datetime) -> Target | None:  # noqa: ARG001
    return None


def _complete(body: bytes, content_type: str | None, url: str) -> bool:
    return b"syndication/history" in body.replace(b"\x00", b"") and _document(body, content_type, url, "")[0].complete


def _document(body: bytes, content_type: str | None, url: str, base: str) -> tuple[Document, list[Rejected], str]:
    """(document, rejects, encoding). What is well-formed, and has as many entries as its markup begins, is certain; so is what is only mended.

    The rest feedparser guesses.
    """
    start, utf8 = markup.begins_as_feed(body) or (None, False)
    if start is not None and charset.utf8_if_valid(body, content_type, declared=utf8) and (certain := _certain(body[start:], base)):
        return certain, [], "utf-8"
    text, encoding = charset.read_as(body, content_type, url)
    root = markup.feed_root(text)
    if root is None:
        raise Malformed("no RSS, RDF or Atom feed in it", url=url, reason=Reason.WRONG_KIND)
    whole = text[root:]
    sent = whole.encode("utf-8", "surrogatepass")
    if start is None or sent != body[start:]:  # not yet tried
        sent = markup.without_tail(sent)
        if certain := _certain(sent, base):
            return certain, [], encoding
    bare = markup.bare(whole)
    markup.guard(bare, url)
    counted = markup.count_entries(bare)
    if counted > MAX_ENTRIES:
        raise Malformed(f"more than {MAX_ENTRIES:,} entries", url=url)
    mended = markup.mend(text, root, url)
    document = (_certain(mended, base) if mended != sent else None) or feedwire.parse(mended.decode(), base)
    rejects = []
    if len(document.entries) < counted:
        rejects.append(Rejected(url, "read", Reason.MALFORMED, f"{len(document.entries)} of {counted} entries could be read"))
    if markup.unfinished(bare):
        rejects.append(Rejected(url, "read", Reason.MALFORMED, "the document was cut off: its last entry may be incomplete and others missing"))
    return document, rejects, encoding


def _certain(data: bytes, base: str) -> Document | None:
    if len(data) > 7 * MAX_ENTRIES and data.count(b"<item") + data.count(b"<entry") > MAX_ENTRIES:  # `<item/>` is the least
        return None
    for _ in range(_REPAIRS):
        try:
            document = feedtree.parse(data, base)
        except feedtree.Undeclared as undeclared:
            data = markup.declare(data, undeclared.prefix)
        except feedtree.Overhang:
            data = markup.without_tail(data)
        except constructs.Unsure:
            return None
        else:
            return document if document.counted == len(document.entries) <= MAX_ENTRIES else None
    return None


def _post(entry: Entry, document: Document, url: str, base: str, rejects: list[Rejected]) -> RawPost:
    body, summary = teaser.body_and_summary(entry, atom=document.atom)
    link = _link(entry, base)
    published = _date("published", entry.published or entry.created, link or url, rejects)
    updated = published if published and entry.updated == entry.published else _date("updated", entry.updated, link or url, rejects)
    where = body or summary
    title, title_type = _written(entry.title)
    summarised, summary_type = _written(summary)
    return RawPost(
        url=link,
        external_id=entry.id,
        title=title,
        html=(body.value if base == url else links.absolute(body.value, base)) if body and body.html else None,
        text=body.value if body and not body.html else None,
        summary=summarised,
        authors=_names(entry.authors) or _names(entry.source_authors),  # RFC 4287 4.2.1
        published_at=published or updated,  # what only says when it was updated was first seen then, as far as anyone knows
        updated_at=updated,
        tags=tuple(dict.fromkeys(entry.tags)) if entry.tags else (),
        # xml:lang is inherited; a channel's <language> is not, for it is mostly a template's en-us: the cleaner looks at the text
        language=entry.language or (where.language if where else document.language),
        enclosures=tuple([(urls.join(base, href), kind, length) for href, kind, length in entry.enclosures]) if entry.enclosures else (),
        date_source="feed" if published or updated else None,
        title_type=title_type,
        summary_type=summary_type,
    )


def _link(entry: Entry, base: str) -> str | None:
    """The entry's own address. A permalink guid stands in for it only when it is an address: feeds forget isPermaLink="false"."""
    if entry.link is None:
        return None
    if entry.id_is_link and not (urls.is_web(entry.link) or entry.link.startswith("/")):
        return None
    if entry.link.startswith(_WEB):
        return entry.link
    link = urls.join(base, entry.link)
    return link if ":" in link else None


def _page(entry: Entry, post: RawPost, base: str) -> str | None:
    if urls.is_web(post.url):
        return post.url
    source = next((c.src for c in entry.contents if c.src), None)
    return urls.join(base, source) if source and urls.is_web(urls.join(base, source)) else None


def _date(name: str, text: str | None, where: str, rejects: list[Rejected]) -> datetime | None:
    if text is None:
        return None
    when = moments.told(text)
    if when is None:
        rejects.append(Rejected(where, "read", Reason.BAD_DATE, f"{name}: {text[:200]}"))
    return when


def _names(people: Sequence[Person]) -> tuple[str, ...]:
    if not people:
        return ()
    return tuple(dict.fromkeys([name for person in people if (name := _name(*person))]))


def _name(name: str | None, mail: str | None) -> str | None:
    """A person without the mail address, unless there is nothing else."""
    if not name or "@" not in name:
        return name or mail
    return _ADDRESS.sub("", name) or mail


def _written(content: Content | None) -> tuple[str | None, TextType | None]:
    """A title or a summary as the feed has it, and what it is."""
    if content is None or not (value := content.value.strip()):
        return None, None
    return value, "html" if content.html else "text"
