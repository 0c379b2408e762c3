"""When a page's post was published, and where it says so."""

import re
from datetime import datetime

from selectolax.lexbor import LexborHTMLParser, LexborNode

from postetl.extract import dates
from postetl.extract.passages import around, short_texts, words
from postetl.extract.said import Meta, text_of
from postetl.model import DateSource

_PUBLISHED = (
    "article:published_time", "datepublished", "og:published_time", "date", "pubdate", "publishdate", "publish-date", "publish_date", "parsely-pub-date",
    "sailthru.date", "dc.date", "dc.date.issued", "dcterms.date", "dcterms.created", "dcterms.issued", "dc.date.created", "citation_publication_date",
    "citation_date", "article.published", "published-date", "cxenseparse:recs:publishtime", "datecreated", "og:pubdate", "displaydate", "published",
)  # fmt: skip
UPDATED = ("article:modified_time", "datemodified", "og:updated_time", "dcterms.modified", "last-modified", "dc.date.modified", "lastmod")
_DATED = ", ".join(
    ["[itemprop~=datePublished]", "time", *(f"[class*={word} i]" for word in ("date", "publish", "posted", "byline", "meta", "submitted", "datum", "author", "time"))]
)
_MOST_DATED = 40
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_COPYRIGHT = re.compile(r"©|\(c\)|copyright|all rights reserved|registered|joined|\bsince\b|\bseit\b", re.IGNORECASE)
_NOT_PUBLISHED = re.compile(r"©|\(c\)|copyright|all rights reserved|updated|modified|aktualisiert|mis à jour|actualizado|registered|joined", re.IGNORECASE)


def published(tree: LexborHTMLParser, ld: dict[str, object], meta: Meta, url: str | None) -> tuple[datetime | None, DateSource | None]:
    if when := dates.machine(text_of(ld.get("datePublished") or ld.get("dateCreated"))):
        return when, "json-ld"
    if when := next(filter(None, map(dates.machine, meta.all(*_PUBLISHED))), None):
        return when, "meta"
    if when := _time(tree):
        return when, "time"
    if when := dates.in_url(url):
        return when, "url"
    for script in tree.css("script[type*='ld+json']"):  # JSON that is none, or describes something we do not know
        if (said := re.search(r'"datePublished"\s*:\s*"([^"]{8,40})"', script.text())) and (when := dates.machine(said[1])):
            return when, "json-ld"
    for node in tree.css(_DATED)[:_MOST_DATED]:
        text = words(node)
        if len(text) < 200 and not _NOT_PUBLISHED.search(text) and not _NOT_PUBLISHED.search(node.attributes.get("class") or ""):
            said_here = node.attributes.get("content") or node.attributes.get("datetime") or node.attributes.get("title")
            if when := dates.machine(said_here) or dates.human(text):
                return when, "text"
    heading = tree.css_first("h1")
    after = heading.next if heading is not None else None
    for _ in range(6):  # what stands right under the title
        if after is None:
            break
        if len(text := " ".join(after.text(separator=" ").split())) < 100 and not _NOT_PUBLISHED.search(text) and (when := dates.human(text)):
            return when, "text"
        after = after.next
    if when := _shown(tree):
        return when, "text"
    if when := dates.machine(text_of(ld.get("dateModified"))):
        return when, "json-ld"
    return next(((when, "meta") for when in map(dates.machine, meta.all(*UPDATED)) if when), (None, None))


def _time(tree: LexborHTMLParser) -> datetime | None:
    """Of the <time> elements, the one marked as the publication's, else the first of the article's own."""
    found: dict[int, LexborNode] = {}
    for node in tree.css("time")[:_MOST_DATED]:
        attributes = node.attributes
        called = (attributes.get("class") or "").casefold().split()
        if "pubdate" in attributes or "datepublished" in (attributes.get("itemprop") or "").casefold():
            rank = 0
        elif {"dt-published", "entry-date", "published"}.intersection(called):
            rank = 1
        elif attributes.get("datetime") and "updated" not in called:
            above = around(node)
            rank = 2 if "article" in above and "header" in above else 3 if "article" in above else 4 if "main" in above else 9
        else:
            continue
        if rank < 9:
            found.setdefault(rank, node)
    for rank in sorted(found):
        if when := dates.machine(found[rank].attributes.get("datetime")) or dates.machine(words(found[rank])):
            return when
    return None


def _shown(tree: LexborHTMLParser) -> datetime | None:
    """The first short text with a date behind the heading, or else in front of it; one of an update, when there is no other."""
    found: dict[int, datetime] = {}
    for behind, text in short_texts(tree):
        if len(text) < 8 or not _YEAR.search(text):
            continue
        when = dates.human(text)
        if when and not _COPYRIGHT.search(text):
            found.setdefault((0 if behind else 2) + (_NOT_PUBLISHED.search(text) is not None), when)
            if 0 in found:
                break
    return found[min(found)] if found else None
