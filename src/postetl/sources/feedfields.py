"""What each element of an item or entry says: one function a meaning, found by the name that feedparser gives the element.

Namespaces are told by their address, whatever their prefix; those that say the same have one name (feedparser's table).
"""

from collections.abc import Callable
from typing import Any

from postetl import urls
from postetl.sources.constructs import XML, Scope, attributes, construct
from postetl.sources.wire import Entry, people, person

_PAGES = frozenset({"text/html", "html", "xhtml", "application/xhtml+xml"})
_READ = frozenset({"alternate", "enclosure"})  # the relations of links that are
_USUAL = frozenset({"href", "rel", "type", "title", "length"})
Field = Callable[[Entry, Any, Scope], None]

_PLAIN = (
    "", "http://backend.userland.com/rss", "http://blogs.law.harvard.edu/tech/rss", "http://purl.org/rss/1.0/", "http://my.netscape.com/rdf/simple/0.9/",
    "http://channel.netscape.com/rdf/simple/0.9/", "http://example.com/newformat#", "http://example.com/necho", "http://purl.org/echo/", "uri/of/echo/namespace#",
    "http://purl.org/pie/", "http://purl.org/atom/ns#", "http://www.w3.org/2005/atom", "http://purl.org/rss/1.0/modules/rss091#",
)  # fmt: skip
SPACES = dict.fromkeys(_PLAIN, "") | {
    "http://purl.org/dc/elements/1.1/": "dc", "http://purl.org/dc/terms/": "dcterms", "http://purl.org/rss/1.0/modules/content/": "content",
    "http://search.yahoo.com/mrss": "media", "http://search.yahoo.com/mrss/": "media", "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://example.com/dtds/podcast-1.0.dtd": "itunes", "http://purl.org/rss/1.0/modules/syndication/": "sy", "http://www.w3.org/1999/xhtml": "xhtml",
    "http://purl.org/syndication/history/1.0": "fh", "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf",
    # nothing in these is read, but many a feed has them
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner", "http://purl.org/rss/1.0/modules/slash/": "slash", "http://wellformedweb.org/commentapi/": "wfw",
    "http://purl.org/syndication/thread/1.0": "thr", "http://webns.net/mvcb/": "admin", "http://www.youtube.com/xml/schemas/2015": "yt",
    "http://www.georss.org/georss": "georss", "http://www.w3.org/2003/01/geo/wgs84_pos#": "geo", "http://web.resource.org/cc/": "cc",
    "http://a9.com/-/spec/opensearch/1.1/": "opensearch", "http://a9.com/-/spec/opensearchrss/1.0/": "opensearch", "http://schemas.google.com/g/2005": "gd",
}  # fmt: skip


def name_of(element: Any) -> str:
    """`title`, `dc_creator`, `content_encoded` ..., in lower case; an unknown namespace is called by its prefix."""
    space, _, local = element.tag.rpartition("}")
    space = space[1:].lower()
    prefix = SPACES.get(space)
    if prefix is None:
        prefix = "" if "backend.userland.com/rss" in space else (element.prefix or "").lower()
    return f"{prefix}_{local}".lower() if prefix else local.lower()


def _title(entry: Entry, element: Any, scope: Scope) -> None:
    if entry.title is None or not entry.title.value:
        entry.title = construct(element, "text/plain", scope)


def link(entry: Entry, element: Any, scope: Scope) -> None:
    """RSS: an address; Atom: one of several relations. The last page that is the post in another form is the post's own."""
    if names := element.keys():
        relation = element.get("rel")
        if relation is not None and relation not in _READ and relation.islower() and element.get("href"):
            return
        said = element  # both have `get`, and of a link one needs two values
        if not _USUAL.issuperset(names):
            said = attributes(element)
            scope = scope.inside(said)
        relation = said.get("rel", "alternate").lower()
        if href := said.get("url") or said.get("uri") or said.get("href"):
            if relation == "alternate":
                if said.get("type", "text/html").lower() in _PAGES:
                    entry.link, entry.id_is_link = urls.join(scope.base, href), False
            elif relation == "enclosure":
                kind, length = said.get("type", "text/html").strip().lower() or None, said.get("length", "").strip() or None
                entry.enclosures.append((urls.join(scope.base, href), kind, length))
            return
        if relation == "enclosure" and (text := scope.text(element)):
            entry.enclosures.append((urls.join(scope.base, text), said.get("type", "text/html").lower(), said.get("length")))
        if relation != "alternate" and entry.link:
            return
    if text := scope.text(element):
        if "&" in text:  # written twice over
            text = text.replace("&amp;", "&")
        entry.link, entry.id_is_link = urls.join(scope.base, text), False


def _id(entry: Entry, element: Any, scope: Scope) -> None:
    text = scope.text(element)
    if not text:
        return
    entry.id = text
    if entry.link is None and attributes(element).get("ispermalink", "true") == "true":
        entry.link, entry.id_is_link = text, True


def _published(entry: Entry, element: Any, scope: Scope) -> None:
    entry.published = scope.text(element) or entry.published


def _created(entry: Entry, element: Any, scope: Scope) -> None:
    entry.created = scope.text(element) or entry.created


def _updated(entry: Entry, element: Any, scope: Scope) -> None:
    entry.updated = scope.text(element) or entry.updated


def _description(entry: Entry, element: Any, scope: Scope) -> None:
    _summarise(entry, element, "text/html", scope)


def _summary(entry: Entry, element: Any, scope: Scope) -> None:
    _summarise(entry, element, "text/plain", scope)


def _summarise(entry: Entry, element: Any, default: str, scope: Scope) -> None:
    """The first is the summary. A second one is more than that, unless there is content: then the last is (as feedparser has it)."""
    if entry.summary is not None and not entry.has_content:
        entry.contents.append(construct(element, "text/plain", scope))
        entry.has_content = True
        return
    content = construct(element, default, scope)
    if content.value or entry.summary is None:
        entry.summary = content


def _caption(entry: Entry, element: Any, scope: Scope) -> None:
    """Of a picture or a film; it stands for the post where there is nothing else (YouTube). feedparser takes it for content."""
    if entry.caption is None or not entry.caption.value:
        entry.caption = construct(element, "text/html", scope)


def _content(entry: Entry, element: Any, scope: Scope) -> None:
    entry.contents.append(construct(element, "text/plain", scope))
    entry.has_content = True


def _encoded(entry: Entry, element: Any, scope: Scope) -> None:
    entry.contents.append(construct(element, "text/html", scope))
    entry.has_content = True


def _body(entry: Entry, element: Any, scope: Scope) -> None:
    entry.contents.append(construct(element, "application/xhtml+xml", scope))


def author(entry: Entry, element: Any, scope: Scope) -> None:
    if not len(element):
        if text := scope.text(element):
            entry.authors += people(text)
        return
    name = mail = None
    for child in element:
        part = child.tag.rpartition("}")[2].lower()
        if part == "name":
            name = scope.text(child)
        elif part == "email":
            mail = scope.text(child)
    if name or mail:
        entry.authors.append(person(name) if name and "@" in name and not mail else (name or None, mail or None))
    elif text := scope.text(element):
        entry.authors += people(text)


def _source(entry: Entry, element: Any, scope: Scope) -> None:
    """Atom: the feed that the entry was taken from, with its authors (RFC 4287 4.2.11). RSS: that feed's name, and no more."""
    for child in element:
        if FIELDS.get(name_of(child)) is author:
            aside = Entry()
            author(aside, child, scope)
            entry.source_authors += tuple(aside.authors)


def _category(entry: Entry, element: Any, scope: Scope) -> None:
    text = scope.text(element)
    if not element.keys():  # RSS's and Atom's: an entry may have ten
        if text:
            entry.tags.append(text)
        return
    if term := (element.get("term") or "").strip():
        entry.tags += (term, text) if text else (term,)
        return
    said = attributes(element)
    term = (said.get("term") or "").strip()
    label = (said.get("label") or "").strip() if not (term or text) else ""
    entry.tags += [tag for tag in (term, text, label) if tag]


def _itunes_category(entry: Entry, element: Any, scope: Scope) -> None:
    entry.tags += [tag for tag in ((attributes(element).get("text") or "").strip(), scope.text(element)) if tag]
    for child in element:
        if name_of(child) == "itunes_category":
            _itunes_category(entry, child, scope)


def _keywords(entry: Entry, element: Any, scope: Scope) -> None:
    entry.tags += [term.strip() for term in scope.text(element).split(",") if term.strip()]


def _language(entry: Entry, element: Any, scope: Scope) -> None:
    entry.language = scope.text(element) or entry.language


def _enclosure(entry: Entry, element: Any, scope: Scope) -> None:  # noqa: ARG001  one signature for all
    said = attributes(element)
    if href := said.get("url") or said.get("uri") or said.get("href"):
        entry.enclosures.append((href, said.get("type", "").strip().lower() or None, said.get("length", "").strip() or None))


def other(entry: Entry, element: Any, scope: Scope) -> None:  # noqa: ARG001
    """What says nothing itself may hold what does: media:group."""
    if len(element):
        entry.inner.append(element)


def _nothing(entry: Entry, element: Any, scope: Scope) -> None:
    """What speaks of something else: of a picture, of a reader's page."""


FIELDS: dict[str, Field] = {
    "title": _title, "dc_title": _title,
    "link": link,
    "id": _id, "guid": _id,
    "published": _published, "issued": _published, "pubdate": _published, "dcterms_issued": _published,
    "created": _created, "dcterms_created": _created,
    "updated": _updated, "modified": _updated, "lastbuilddate": _updated, "date": _updated, "dc_date": _updated, "dcterms_modified": _updated,
    "description": _description, "dc_description": _description, "media_description": _caption,
    "abstract": _summary, "summary": _summary, "itunes_summary": _summary,
    "content": _content, "content_encoded": _encoded, "fullitem": _encoded, "body": _body, "xhtml_body": _body,
    "author": author, "managingeditor": author, "dc_creator": author, "dc_author": author, "itunes_author": author,
    "category": _category, "keywords": _category, "dc_subject": _category, "media_category": _category,
    "itunes_category": _itunes_category, "itunes_keywords": _keywords, "media_keywords": _keywords, "tags": _keywords,
    "language": _language, "dc_language": _language,
    "enclosure": _enclosure,
    "source": _source,
    **dict.fromkeys(("image", "textinput", "contributor", "dc_contributor", "itunes_owner", "xhtml_div", "comments"), _nothing),
}  # fmt: skip


def about(attributes_: dict[str, str]) -> str | None:
    """RSS 1.0's identifier of an item."""
    return attributes_.get("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about", attributes_.get("about", "")).strip() or None


__all__ = ["FIELDS", "SPACES", "XML", "Field", "about", "author", "link", "name_of", "other"]
