"""Who wrote a page's post."""

import html
import re
from collections.abc import Iterable

from selectolax.lexbor import LexborHTMLParser, LexborNode

from postetl.extract.passages import short_texts, words
from postetl.extract.said import Meta, text_of

_LONGEST_NAME = 80
_SPLIT = re.compile(r"\s*(?:,|;|&|\||\band\b|\bund\b|\bet\b)\s*")
_NOT_A_NAME = re.compile(r"https?:|//|@|\b[\w-]+\.(?:com|org|net|info|de|at|ch|fr|it|es|co|uk|pl|nl)\b|^(?:admin|administrator|editor|staff|unknown|none|null|undefined|by)$", re.IGNORECASE)
_AUTHOR = ("author", "article:author", "parsely-author", "sailthru.author", "dc.creator", "dcterms.creator", "citation_author", "byl", "article:author_name")
_BYLINES = "[rel~=author], [itemprop~=author], [class*=author i], [class*=byline i], [class*=autor i], .fn"
_CALLED = (" p-author ", " fn ", "author-name", "author__name", "authorname", "byline-name", "byline__name", " byline ", "post-author", "entry-author", " author ", "autor")
_PERSON = re.compile(r"[A-ZÄÖÜÉ][\w'’.-]+(?: (?:von|van|de|der|den|la|le|di|da|zu|[A-ZÄÖÜÉ][\w'’.-]*)){1,4}")
_ONLY_BY = re.compile(r"(?:(?:written|posted|published|text|words|story)\s+)?(?:by|von|par|por|di|autor(?:in)?|text|author)\s*:?", re.IGNORECASE)
_BY = re.compile(r"^(?:(?:written|posted|published|text|autor|autorin|words|story|reviewed|redaktion)\s*)?(?:by|von|par|por|di|autor(?:in)?\s*:|text\s*:)\s*:?\s+((?:(?:Dr|Prof|Mag|Dipl)\.\s?|[A-ZÄÖÜ][\w.'’-]+\s?|(?:von|van|de|der|und|and|&|,)\s){1,8})", re.IGNORECASE)
_LONGEST_BYLINE = 100
_MOST_BYLINES = 40


def authors(tree: LexborHTMLParser, ld: dict[str, object], meta: Meta) -> tuple[str, ...]:
    given = ld.get("author") or ld.get("creator")
    people = [given] if isinstance(given, str | dict) else given if isinstance(given, list) else []
    names = _names(name for person in people if not (isinstance(person, dict) and person.get("@type") == "Organization") and (name := text_of(person)))
    if names or (names := _names(meta.all(*_AUTHOR))):
        return names
    return _bylines(tree) or _signed(tree)


def _bylines(tree: LexborHTMLParser) -> tuple[str, ...]:
    """What is marked as the author: by rel, itemprop, microformat or class, the most telling first."""
    found: dict[int, list[str]] = {}
    for node in tree.css(_BYLINES)[:_MOST_BYLINES]:
        text = words(node)
        if not 1 < len(text) <= _LONGEST_BYLINE or _commented(node):
            continue
        attributes = node.attributes
        called = f" {(attributes.get('class') or '').casefold()} "
        if "author" in (attributes.get("rel") or "").split():
            rank = 0
        elif "author" in (attributes.get("itemprop") or "").split():
            rank = 1
        else:
            rank = next((place for place, part in enumerate(_CALLED, 2) if part in called), 2 + len(_CALLED))
        if rank < 2 + len(_CALLED) or (signed := _BY.search(text)) or _PERSON.fullmatch(text):
            found.setdefault(rank, []).append(signed[1] if rank >= 2 + len(_CALLED) and (signed := _BY.search(text)) else text)
    for rank in sorted(found):
        if names := _names(text for text in found[rank][:4] if len(text) <= _LONGEST_NAME):
            return names[:4]
    return ()


def _commented(node: LexborNode) -> bool:
    """Whether this is the author of a comment."""
    above: LexborNode | None = node
    for _ in range(6):
        if above is None:
            break
        if "comment" in (above.attributes.get("class") or ""):
            return above.tag != "body"
        above = above.parent
    return False


def _signed(tree: LexborHTMLParser) -> tuple[str, ...]:
    """`By Ann Lee`, in a text of its own: the words behind it may stand in an element of their own."""
    before = ""
    for _, text in short_texts(tree):
        signed = _BY.search(f"{before} {text}" if _ONLY_BY.fullmatch(before) else text)
        if signed and len(text) <= _LONGEST_BYLINE and (names := _names([signed[1]])):
            return names[:4]
        before = text
    return ()


def _names(found: Iterable[str]) -> tuple[str, ...]:
    names: dict[str, str] = {}
    for text in found:
        bare = re.sub(r"^(?:(?:written|posted|published|story)\s+)?(?:by|von|par|por|di)\b:?\s+", "", html.unescape(text).strip(), flags=re.IGNORECASE)
        for name in _SPLIT.split(bare):
            if 1 < len(name) <= _LONGEST_NAME and len(name.split()) <= 6 and not _NOT_A_NAME.search(name) and not any(c.isdigit() for c in name):
                names.setdefault(name.casefold(), name)
    return tuple(names.values())
