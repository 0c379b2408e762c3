"""What a page says about its post: read once from the whole tree, which is left as it is."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from selectolax.lexbor import LexborHTMLParser, LexborNode

from postetl.extract.declared import Declared, declared, text, words
from postetl.extract.named import Named
from postetl.extract.nearby import Near
from postetl.extract.people import people
from postetl.extract.starter import Starter
from postetl.extract.thread import calls_itself_thread
from postetl.extract.times import times
from postetl.extract.title import title
from postetl.model import DateSource
from postetl.urls import join

_ABSOLUTE = re.compile(r"https?://", re.IGNORECASE)
_SHORTEST_BODY = 500  # characters
_LONGEST_TAG, _MOST_TAGS, _LONGEST_ADDRESS = 80, 100, 2000


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
    body: str | None = None  # the post's text, as JSON-LD has it (articleBody)
    landmarks: list[LexborNode] = field(default_factory=list)  # paragraphs, articles and <h1>, in reading order
    heading: LexborNode | None = None  # the first <h1>
    titles: str = ""  # what the page calls itself in its head, one behind the other
    thread: bool = False  # the page calls itself one


def metadata(tree: LexborHTMLParser, *, url: str | None = None) -> Metadata:
    """The metadata of a parsed page. Times keep the zone they were told in; addresses are absolute where `url` (or the page) makes them so."""
    said = declared(tree)
    canonical = said.canonical or said.first("og:url")
    canonical = join(url, canonical) if canonical and url else canonical
    canonical = canonical if canonical and _ABSOLUTE.match(canonical) else None
    address = url or canonical
    root = tree.root.attributes if tree.root is not None else {}
    language = (
        _attribute(root, "lang") or _attribute(root, "xml:lang") or next(filter(None, map(text, said.said("inLanguage"))), None)
        or said.first("og:locale", "content-language", "language", "dc.language")
    )  # fmt: skip
    name, heading = title(tree, said, address)
    near = Near(heading, tree, brief=_is_declared(said))
    named = Named(tree)
    thread = calls_itself_thread(tree, _called(said, address))
    starter = Starter(tree, thread=thread)
    when = times(tree, said, near, named, starter, address=address, language=language)
    return Metadata(
        title=name, authors=people(tree, said, near, named, starter), published_at=when.published, date_source=when.source, updated_at=when.updated,
        language=language, canonical_url=canonical, tags=_tags(said), site_name=_site_name(said), image=_image(said, address), body=_body(said),
        landmarks=said.landmarks, heading=next(iter(said.headings), None), titles=said.titles, thread=thread,
    )  # fmt: skip


def _is_declared(said: Declared) -> bool:
    """Whether the page tells both its date and its author."""
    dated = next(said.said("datePublished"), None) or said.first("article:published_time")
    return bool(dated and (next(said.said("author"), None) or said.first("author")))


def _body(said: Declared) -> str | None:
    body = said.post.get("articleBody")
    return body if isinstance(body, str) and len(body) >= _SHORTEST_BODY else None


def _called(said: Declared, address: str | None) -> str:
    names = dict.fromkeys((address or "", *said.links, *said.all("generator", "og:url", "og:site_name")))  # the address once: it is told up to four times
    return " ".join((*names, "discussion" if said.thread else ""))


def _site_name(said: Declared) -> str | None:
    return said.first("og:site_name") or next(iter(said.sites), None)


def _image(said: Declared, address: str | None) -> str | None:
    """The lead image, absolute."""
    found = said.first("og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src")
    for value in map(_address, (found, *said.said("image", "thumbnailUrl"))):
        if isinstance(value, str) and 0 < len(value.strip()) <= _LONGEST_ADDRESS:
            whole = join(address, value.strip()) if address else value.strip()
            if _ABSOLUTE.match(whole):
                return whole
    return None


def _address(image: object) -> object:
    image = image[0] if isinstance(image, list) and image else image
    image = image.get("url") or image.get("contentUrl") if isinstance(image, dict) else image
    return image[0] if isinstance(image, list) and image else image


def _tags(said: Declared) -> tuple[str, ...]:
    keywords = said.post.get("keywords")
    if isinstance(keywords, str):
        keywords = keywords.split(",")
    found = [word for value in keywords[:_MOST_TAGS] if (word := text(value))] if isinstance(keywords, list) else []
    found = found or list(said.all("article:tag")) or [words(node.text(separator=" ")) for node in said.tagged[:50]]
    found = found or [word.strip() for word in (said.first("keywords", "news_keywords") or "").split(",")]
    tags: dict[str, str] = {}
    for tag in found[:_MOST_TAGS]:
        if 0 < len(tag) <= _LONGEST_TAG:
            tags.setdefault(tag.casefold(), tag)
    return tuple(tags.values())


def _attribute(attributes: Mapping[str, str | None], name: str) -> str | None:
    return (attributes.get(name) or "").strip()[:_LONGEST_ADDRESS] or None
