"""What a page says about its post: JSON-LD first, then <meta>, then what stands in the page. Each date with where it was found."""

import re
from dataclasses import dataclass
from datetime import datetime

from selectolax.lexbor import LexborHTMLParser

from postetl.extract import dates
from postetl.extract.passages import words
from postetl.extract.people import authors
from postetl.extract.said import Meta, json_ld, text_of
from postetl.extract.times import UPDATED, published
from postetl.extract.title import title
from postetl.model import DateSource
from postetl.urls import is_web, join

_LONGEST_TAG = 80


@dataclass(frozen=True, slots=True)
class Metadata:
    title: str | None = None
    authors: tuple[str, ...] = ()
    published_at: datetime | None = None
    date_source: DateSource | None = None
    updated_at: datetime | None = None
    language: str | None = None
    canonical_url: str | None = None
    tags: tuple[str, ...] = ()
    site_name: str | None = None
    image: str | None = None


def metadata(tree: LexborHTMLParser, *, url: str | None = None) -> Metadata:
    """The metadata of a parsed page. Times have the offset that the page gives them; addresses absolute where `url` (or the page) makes them so."""
    ld, meta = json_ld(tree), Meta(tree)
    canonical = _attribute(tree, "link[rel~=canonical][href]", "href") or meta.first("og:url")
    canonical = join(url, canonical) if canonical and url else canonical
    when, source = published(tree, ld, meta, url or canonical)
    return Metadata(
        title=title(tree, ld, meta),
        authors=authors(tree, ld, meta),
        published_at=when,
        date_source=source,
        updated_at=dates.machine(text_of(ld.get("dateModified"))) or next(filter(None, map(dates.machine, meta.all(*UPDATED))), None),
        language=_attribute(tree, "html[lang]", "lang") or _attribute(tree, "html", "xml:lang") or text_of(ld.get("inLanguage"))
        or meta.first("og:locale", "content-language", "language", "dc.language"),
        canonical_url=canonical if canonical and re.match(r"https?://", canonical, re.IGNORECASE) else None,
        tags=_tags(tree, ld, meta),
        site_name=meta.first("og:site_name") or text_of(ld.get("publisher")),
        image=_image(ld, meta, url or canonical),
    )  # fmt: skip


def _image(ld: dict[str, object], meta: Meta, base: str | None) -> str | None:
    """The lead image's address, absolute."""
    pictures = ld.get("image")
    picture = next(iter(pictures), None) if isinstance(pictures, list) else pictures
    picture = picture.get("url") if isinstance(picture, dict) else picture
    found = meta.first("og:image", "og:image:secure_url", "twitter:image", "twitter:image:src") or (picture if isinstance(picture, str) else None)
    found = join(base, found) if found and base else found
    return found if is_web(found) else None


def _tags(tree: LexborHTMLParser, ld: dict[str, object], meta: Meta) -> tuple[str, ...]:
    keywords = ld.get("keywords")
    if isinstance(keywords, str):
        keywords = keywords.split(",")
    found = [text for word in keywords if (text := text_of(word))] if isinstance(keywords, list) else []
    found = found or list(meta.all("article:tag")) or [words(node) for node in tree.css("a[rel~=tag]")[:50]]
    found = found or [word.strip() for word in (meta.first("keywords", "news_keywords") or "").split(",")]
    tags: dict[str, str] = {}
    for tag in found:
        if 0 < len(tag) <= _LONGEST_TAG:
            tags.setdefault(tag.casefold(), tag)
    return tuple(tags.values())


def _attribute(tree: LexborHTMLParser, selector: str, name: str) -> str | None:
    node = tree.css_first(selector)
    return (node.attributes.get(name) or "").strip() or None if node is not None else None
