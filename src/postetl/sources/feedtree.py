"""A well-formed feed by lxml: UTF-8 without a prolog in, `Document` out. Nothing is recovered here: what is not certain is Unsure.

No DTD is left in the bytes (`markup`), so no entity is expanded and no address is opened. libxml2 ends documents deeper than 256 elements.
"""

import re
from typing import Any

from lxml import etree

from postetl import urls
from postetl.sources.constructs import MAX_ATTRIBUTES, Scope, Unsure, attributes, construct
from postetl.sources.feedfields import FIELDS, SPACES, Field, about, author, link, name_of, other
from postetl.sources.wire import Document, Entry, minutes

_PARSER = etree.XMLParser(
    resolve_entities=False, no_network=True, load_dtd=False, recover=False, remove_comments=True, remove_pis=True, collect_ids=False, encoding="utf-8")
_ENTRIES = tuple("{*}" + name for plain in ("item", "entry") for name in (plain, plain.title(), plain.upper()))
# Text that was encoded twice (`é` as `Ã©`) or that means windows-1252 by Latin-1's numbers, in UTF-8 and as references: of all that is so, and of
# little that is not, for `constructs.repaired` is slow
_TWICE = (re.compile(rb"\xc2[\x80-\x9f]"), re.compile(rb"\xc3(?:[\x82-\x9f]\xc2|[\xa0-\xb4]\xc2[\x80-\xbf]\xc2)"))
_TWICE_REFERRED = re.compile(
    rb"&#(?:0*(?:12[89];|1[345]\d;|(?:19[4-9]|2[0-3]\d|24[0-4]);&#0*1[6-9]\d;)|[xX]0*(?:[89][\da-fA-F];|[c-fC-F][\da-fA-F];&#[xX]0*[abAB][\da-fA-F];))")
_NO_NAMESPACE, _DOCUMENT_END = etree.ErrorTypes.NS_ERR_UNDEFINED_NAMESPACE, etree.ErrorTypes.ERR_DOCUMENT_END
_PREFIX = re.compile(r"prefix ([\w.-]+)")
_OVERLOADED = etree.XPath("boolean(//*[@*[$most + 1]])")
_AUTHORS = frozenset({"author", "managingeditor", "dc_creator", "dc_author", "itunes_author"})
_SAID = frozenset({"language", "dc_language", "ttl", "sy_updateperiod", "sy_updatefrequency"})
_OF_FEED = frozenset({"channel", "title", "dc_title", "link", "id", "guid", "fh_complete"}) | _AUTHORS | _SAID  # what is read of the feed itself
_STRETCH = 12_500  # bytes; half of the shortest start tag of 5,000 attributes
_KNOWN: dict[str, Field] = {}  # by tag, as the following; bounded, for a hostile feed has tags without end
_NAMES: dict[str, str] = {}
_MOST_KNOWN = 1024


class Undeclared(Unsure):
    """A prefix without a namespace, which `markup.declare` can mend."""

    def __init__(self, prefix: str) -> None:
        super().__init__(f"no namespace for {prefix}")
        self.prefix = prefix


class Overhang(Unsure):
    """Something behind the root element, which `markup.without_tail` can cut."""


def parse(data: bytes, url: str) -> Document:
    """Raises Unsure for what is not well-formed, has another root, or start tags with more attributes than anyone needs. `url` as in `feedwire.parse`."""
    try:
        root = etree.fromstring(data, _PARSER)
    except etree.XMLSyntaxError as error:
        raise _unsure(error) from None
    if _may_be_overloaded(data) and _OVERLOADED(root, most=MAX_ATTRIBUTES):
        raise Unsure("a start tag of many attributes")
    name = name_of(root)
    if name not in ("rss", "feed", "rdf_rdf"):
        raise Unsure(f"the root is {name}")
    atom = name == "feed"
    here = Scope(url, None, atom, atom and "2005/atom" in root.tag.lower(), _Twice(data)).inside(attributes(root))
    document = Document(atom, language=here.language if name != "rdf_rdf" else None)
    _Reading(document).walk(root, here)
    document.counted = sum(1 for _ in root.iter(*_ENTRIES))
    return document


def _may_be_overloaded(data: bytes) -> bool:
    """Whether there is room for a start tag whose attributes take long to be looked at: lxml looks for each one's value from the first on."""
    for at in range(0, len(data) - _STRETCH, _STRETCH):  # noqa: SIM110  a generator takes longer than all it does
        if data.find(b"<", at, at + _STRETCH) == -1:
            return True
    return False


def _unsure(error: etree.XMLSyntaxError) -> Unsure:
    code: int = error.code  # type: ignore[attr-defined]  # not in the stubs
    if code == _NO_NAMESPACE and (found := _PREFIX.search(error.msg)):
        return Undeclared(found[1])
    return (Overhang if code == _DOCUMENT_END else Unsure)(error.msg)


class _Twice:
    """Whether the document holds text that was encoded twice; looked for when that is first asked, and once."""

    __slots__ = ("_data", "_said")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._said: bool | None = None

    def __call__(self) -> bool:
        if self._said is None:
            data = self._data
            self._said = _TWICE_REFERRED.search(data) is not None or (b"\xc2" in data and any(p.search(data) for p in _TWICE))
        return self._said


class _Reading:
    """One walk over a document. The feed's own authors and link are read as an entry's are."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.own = Entry()
        self.known: dict[str, Field] = {}  # of this document alone
        self.names: dict[str, str] = {}
        self.said: dict[str, str] = {}

    def walk(self, root: Any, scope: Scope) -> None:
        self._feed(root, scope)
        document, said = self.document, self.said
        document.link, document.authors = self.own.link, self.own.authors
        document.language = said.get("language") or said.get("dc_language") or document.language
        document.every = minutes(said.get("ttl"), said.get("sy_updateperiod"), said.get("sy_updatefrequency"))

    def _feed(self, element: Any, scope: Scope) -> None:
        document = self.document
        for child in element:
            tag = child.tag
            name = _NAMES.get(tag) or self.names.get(tag) or self._name(child)
            if name == "item" or name == "entry":  # noqa: PLR1714  asked for each post
                document.entries.append(self._entry(child, scope))
            elif name not in _OF_FEED:
                continue
            elif name == "channel":
                said = attributes(child)
                self._feed(child, scope.inside(said) if said else scope)
            elif name in ("title", "dc_title"):
                if document.title is None or not document.title.value:
                    document.title = construct(child, "text/plain", scope)
            elif name == "link":
                link(self.own, child, scope)
                relation = child.get("rel", "next").lower()  # the name may stand in capitals
                if "next" in relation or "archive" in relation:
                    self._relations(child, scope)
            elif name in ("id", "guid"):
                FIELDS["id"](self.own, child, scope)
            elif name in _AUTHORS:
                author(self.own, child, scope)
            elif name == "fh_complete":
                document.complete = True
            else:
                self.said[name] = scope.text(child)

    def _relations(self, element: Any, scope: Scope) -> None:
        said = attributes(element)
        if href := said.get("href"):
            scope = scope.inside(said)
            self.document.links += [(relation, urls.join(scope.base, href)) for relation in said.get("rel", "alternate").lower().split()]

    def _entry(self, element: Any, scope: Scope) -> Entry:
        entry = Entry()
        if said := attributes(element):
            scope = scope.inside(said)
            entry.id = about(said)
        known = self.known
        for child in element:
            tag = child.tag
            field = _KNOWN.get(tag) or known.get(tag) or self._learn(child)
            field(entry, child, scope)
        if entry.inner:
            self._within(entry, scope)
        if entry.caption is not None and not entry.contents and (entry.summary is None or not entry.summary.value):
            entry.summary = entry.caption
        return entry

    def _within(self, entry: Entry, scope: Scope) -> None:
        """Fields in groups fill what the entry itself leaves open."""
        own = (entry.id, entry.link, entry.id_is_link, entry.published, entry.created, entry.updated, entry.language)
        while entry.inner:
            element = entry.inner.pop()
            said = attributes(element)
            here = scope.inside(said) if said else scope
            for child in element:
                (_KNOWN.get(child.tag) or self.known.get(child.tag) or self._learn(child))(entry, child, here)
        id_, link_, id_is_link, published, created, updated, language = own
        entry.id, entry.published, entry.created = id_ or entry.id, published or entry.published, created or entry.created
        entry.updated, entry.language = updated or entry.updated, language or entry.language
        if link_:
            entry.link, entry.id_is_link = link_, id_is_link

    def _learn(self, element: Any) -> Field:
        tag = element.tag
        field = FIELDS.get(name_of(element), other)
        (_KNOWN if len(_KNOWN) < _MOST_KNOWN and _is_everyones(tag) else self.known)[tag] = field
        return field

    def _name(self, element: Any) -> str:
        tag, name = element.tag, name_of(element)
        (_NAMES if len(_NAMES) < _MOST_KNOWN and _is_everyones(tag) else self.names)[tag] = name
        return name


def _is_everyones(tag: str) -> bool:
    """Whether its name means the same in any document; in unknown namespaces a tag goes by its prefix, which is the document's own."""
    return tag.rpartition("}")[0][1:].lower() in SPACES
