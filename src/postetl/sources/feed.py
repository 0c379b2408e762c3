"""RSS 0.9x, 1.0, 2.0, RDF, Atom 0.3, 1.0: one post an item or entry.

bytes -> text (charset) -> one mended document (markup) -> Entry (feedwire) -> RawPost (here).
"""

import html
import re
from collections.abc import Iterable
from datetime import datetime

from postetl import urls
from postetl.errors import Malformed, Reason
from postetl.model import Parsed, RawPost, Rejected, Target
from postetl.sources import charset, feedwire, links, markup, moments

NAME = "feed"
MAX_ENTRIES = 100_000
TEASER = 300  # characters: the excerpts of WordPress (55 words), Drupal (600 with its markup) and static generators end below it
_HEAD = 96 * 1024
_TAG = re.compile(r"""</?[A-Za-z!](?:[^<>"']|"[^"]*"|'[^']*')*+>|</?[A-Za-z!][^<>]*>""")
_BLOCK = re.compile(r"<(?:p|div|ul|ol|li|table|blockquote|h[1-6]|pre|br|img|figure|video|audio|iframe)\b", re.IGNORECASE)
_SEAM = "\x1f"  # where a tag stood
_ENDING = re.compile(  # cut off on purpose, or a link to the rest: a phrase that stands for itself, not the end of a sentence
    r"(?:\u2026|\.\.\.|\[\s*(?:\u2026|\.\.\.)\s*\])[\s\x1f]*$|(?:^|[\x1f.!?:\u2026\])\u00bb>\u2192\u2013\u2014-])[\s\x1f(\[]*(?:"
    r"(?:read|continue|view|see|click here|find out|learn)\s+(?:more|on|reading|(?:to|for|the)\s+(?:read|rest|full|whole|original|entire|more)\b)[^.!?,\x1f]{0,60}|"
    r"more|weiterlesen|mehr lesen|lire la suite|leer m\u00e1s|seguir leyendo|continua a leggere|leggi tutto|lees (?:meer|verder)|leia mais|continue lendo"
    r")[\s\x1f.\u2026\u00bb\u203a>\u2192)\]]*$",
    re.IGNORECASE,
)


def recognises(body: bytes, content_type: str | None, url: str) -> bool:  # noqa: ARG001  the bytes alone decide
    return charset.readable(body) and markup.feed_root(charset.decode(body[:_HEAD], content_type)) is not None


def read(body: bytes, *, url: str, content_type: str | None = None) -> Parsed:
    """Every entry is in `posts`, in the document's order; those without a body and with a link are in `follow` too.

    Raises Malformed: WRONG_KIND when there is no feed in the bytes, MALFORMED for an attack or what no parser can read.
    """
    text = charset.text_of(body, content_type, url)
    root = markup.feed_root(text)
    if root is None:
        raise Malformed("no RSS, RDF or Atom feed in it", url=url, reason=Reason.WRONG_KIND)
    bare = markup.bare(text[root:])
    markup.guard(bare, url)
    counted = markup.count_entries(bare)
    if counted > MAX_ENTRIES:
        raise Malformed(f"more than {MAX_ENTRIES:,} entries", url=url)
    document = feedwire.parse(markup.mend(text, root, url), url if urls.is_web(url) else "")
    base = url if urls.is_web(url) else document.link or ""  # a saved feed's addresses are meant as on its site

    rejects = []
    if len(document.entries) < counted:
        rejects.append(Rejected(url, "read", Reason.MALFORMED, f"{len(document.entries)} of {counted} entries could be read"))
    if markup.unfinished(bare):
        rejects.append(Rejected(url, "read", Reason.MALFORMED, "the document was cut off: its last entry may be incomplete and others missing"))
    posts, follow = [], []
    for entry in document.entries:
        post, bad = _post(entry, document, url, base)
        posts.append(post)
        rejects += bad
        if post.html is None and post.text is None and (link := _page(entry, post, base)):
            follow.append(Target(url=link, kind="page", depth=1, entry=post))
    return Parsed(NAME, _plain(document.title), tuple(posts), tuple(follow), tuple(rejects), every=document.every)


def _post(entry: feedwire.Entry, document: feedwire.Document, url: str, base: str) -> tuple[RawPost, list[Rejected]]:
    body, summary = _body_and_summary(entry, atom=document.atom)
    link = _link(entry, base)
    published, updated, bad = _dates(entry, link or url)
    where = body or summary
    return RawPost(
        url=link,
        external_id=entry.id,
        title=_plain(entry.title),
        html=(body.value if base == url else links.absolute(body.value, base)) if body and body.html else None,
        text=body.value if body and not body.html else None,
        summary=_markup(summary),
        authors=_names(entry.authors) or (_names(document.authors) if document.atom else ()),  # RFC 4287 4.2.1
        published_at=published,
        updated_at=updated,
        tags=entry.tags,
        # xml:lang is inherited; a channel's <language> is not, for it is mostly a template's en-us: the cleaner looks at the text
        language=entry.language or (where.language if where else document.language),
        enclosures=tuple((urls.join(base, href), kind, length) for href, kind, length in entry.enclosures),
        date_source="feed" if published else None,
    ), bad


def _body_and_summary(entry: feedwire.Entry, *, atom: bool) -> tuple[feedwire.Content | None, feedwire.Content | None]:
    """(body, summary). content:encoded and atom:content are bodies, atom:summary is none; RSS's description is either.

    RSS 2.0 calls <description> "the item synopsis", yet most feeds without content:encoded put the whole post there: it is the body
    unless it looks like a teaser, whose page is then worth a request. Of several contents HTML goes before text (Atom 0.3's
    alternatives). feedparser takes itunes:summary, the description's plain copy, for content: the longer one is then the body.
    """
    summary = entry.summary if entry.summary and entry.summary.value.strip() else None
    contents = [c for c in entry.contents if c.value.strip()]
    if contents:
        body = next((c for c in contents if c.html), contents[0])
        if summary and summary.value.strip() == body.value.strip():
            return body, None  # one text under two names
        if summary and not atom and summary.html and not body.html and len(_bare_words(summary)) >= 0.9 * len(_bare_words(body)) > TEASER:
            return summary, body
        return body, summary
    if summary is None or atom or is_teaser(summary.value, html_=summary.html, titled=entry.title is not None, linked=entry.link is not None):
        return None, summary
    return summary, None


def is_teaser(description: str, *, html_: bool, titled: bool, linked: bool) -> bool:
    """Whether an RSS description only advertises its page.

    Without a title (a microblog) or a link it is the post. Otherwise: it ends as if cut off, or is short and a single run of inline text.
    """
    if not (titled and linked):
        return False
    words = html.unescape(_TAG.sub(_SEAM, description)) if html_ else description
    return _ENDING.search(words[-300:]) is not None or (len(" ".join(words.split())) < TEASER and not (html_ and len(_BLOCK.findall(description)) > 1))


def _link(entry: feedwire.Entry, base: str) -> str | None:
    """The entry's own address. A permalink guid stands in for it only when it is an address: feeds forget isPermaLink="false"."""
    if entry.link is None:
        return None
    if entry.id_is_link and not (urls.is_web(entry.link) or entry.link.startswith("/")):
        return None
    link = urls.join(base, entry.link)
    return link if ":" in link else None


def _page(entry: feedwire.Entry, post: RawPost, base: str) -> str | None:
    if urls.is_web(post.url):
        return post.url
    source = next((c.src for c in entry.contents if c.src), None)
    return urls.join(base, source) if source and urls.is_web(urls.join(base, source)) else None


def _dates(entry: feedwire.Entry, where: str) -> tuple[datetime | None, datetime | None, list[Rejected]]:
    """(published, updated, rejects). An entry that only says when it was updated was first seen then, as far as anyone knows."""
    said = [entry.published, entry.updated]
    read = [moments.believable(moments.instant(m.text) or m.read) if m else None for m in said]
    bad = [
        Rejected(where, "read", Reason.BAD_DATE, f"{name}: {m.text[:200]}")
        for name, m, when in zip(("published", "updated"), said, read, strict=True) if m and when is None
    ]
    return read[0] or read[1], read[1], bad


def _names(people: Iterable[tuple[str | None, str | None]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for person in people if (name := _name(*person))))


def _name(name: str | None, mail: str | None) -> str | None:
    """A person without the mail address, unless there is nothing else."""
    if not name:
        return mail
    return re.sub(r"\s*[(<]\s*(?:mailto:)?[^\s()<>]+@[^\s()<>]+\s*[)>]\s*$", "", name) or mail


def _plain(content: feedwire.Content | None) -> str | None:
    """A title as one line of plain text."""
    if content is None:
        return None
    value = html.unescape(_TAG.sub("", content.value)) if content.html else content.value
    if not value.strip() and (alt := re.search(r"""<img\s[^>]*?\balt\s*=\s*(?:"([^"]+)"|'([^']+)')""", content.value, re.IGNORECASE)):
        value = html.unescape(alt[1] or alt[2])  # a title that is a picture
    return " ".join(value.split()) or None


def _markup(content: feedwire.Content | None) -> str | None:
    """A summary is read as HTML: plain text that would be misread is escaped."""
    if content is None:
        return None
    value = content.value.strip()
    return html.escape(value, quote=False) if not content.html and re.search(r"<[A-Za-z/!?]|&[#A-Za-z]", value) else value


def _bare_words(content: feedwire.Content) -> str:
    return " ".join(_TAG.sub(" ", content.value).split())
