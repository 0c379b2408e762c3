"""Who wrote a post: people as the page names them; an organisation only where the page gives one as the author."""

import re
from collections.abc import Iterable, Iterator
from itertools import islice, pairwise
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from postetl.extract import dates
from postetl.extract.declared import Declared, objects, squeezed, text, types, words
from postetl.extract.named import Named
from postetl.extract.names import LONGEST, MOST, ROLE, by, looks_like_a_person
from postetl.extract.names import names as names_in
from postetl.extract.nearby import Near, Piece, elsewhere
from postetl.extract.pagedate import AFTER_THE_POST, FAR
from postetl.extract.starter import Starter

_META = (
    "author", "article:author", "parsely-author", "sailthru.author", "dc.creator", "dcterms.creator", "dc.creator.personalname", "citation_author", "byl",
    "article:author_name", "article.author", "cxenseparse:author", "og:author", "shareaholic:article_author_name", "vr:author", "sailthru.byline_name",
)  # fmt: skip
_ORGANISATION = re.compile(  # in lower case; taken where the page names nobody else
    r"\.(?:com|org|net|de|at|ch|fr|info|co\.uk)$|\b(?:gmbh|ag|e\.\s?v|verein|bund|stadt|kirche|hochschule|museum|inc|llc|ltd|verlag|verband|redaktion|institut\w*|\w*anstalt|ministerium|universit\w+|association|society|clinic|foundation|stiftung|"
    r"media|magazine?|news|press|presse\w*|agentur|agency|team|staff|editors|welle|zeitung|online|blog|group|company|center|council)\b"
)
_FAMILY_FIRST = ("citation_author", "dc.creator")  # "Lee, Ann"
_SAID_TO_BE = "[rel~=author], [itemprop~=author], article[data-author], li[data-author], #question[data-author-username]"  # the last: of a thread's first post
_NAMED = (("author", "byline", "fn"), ("autor", "writer", "contributor", "poster", "postuser", "submitted", "username", "person-listing"))
_TOKENS = frozenset(["username", "bigusername", "person-listing"])  # the last: Lemmy
_NO_TOKEN = re.compile(r"author|byline|autor|writer|contributor|poster|postuser|submitted")  # else it is one of these words by itself: fn, username
_LINKED = "address, a[href*='/aut' i]"
_TO_AUTHOR = re.compile(r"/autho?r", re.IGNORECASE)
_PROFILE = re.compile(r"/(?:authors?|autor(?:en|in)?|users?|u|members?|profiles?|people)[/,.?-]|userinfo|profil|member\.php", re.IGNORECASE)
_SITE = 100  # added to the rank of a byline that names the site
_BY_LINE = re.compile(
    r"\n(?=[ \tBbVvPDATWSGC\u4f5c\u8d23\u8cac])[ \t]{0,40}(?:By|BY|by|Von|VON|von|Par|Por|Di|Door|Av|Af|Texte?\s?:|Autor(?:in)?|Author|Auteur|Written by|Posted by|Published by|Article by|Text von|Text (?:&|und) (?:Fotos?|Bilder)\s?:|Contributors?:|Story by|Words by|Geschrieben von|Ver\u00f6ffentlicht von|"
    r"\u4f5c\u8005|\u8d23\u4efb\u7f16\u8f91|\u8cac\u4efb\u7de8\u8f2f)\s{0,40}(?:[:\uff1a]\s{0,40}|(?<=\s))([^\n]{3,60})"
)
_CREDITS = re.compile(r"(?:design|website|site|theme|template|powered|photo|image|foto|bild|grafik|illustration|developed|built|made|hosted|reviewed|edited|copyright|\u00a9)\w{0,9}\W*$")  # before such a line
_MOST_LINES = 40
_AUTHORS = re.compile(r"/(?:authors?|autor(?:en|in)?|contributors?|by|people|team)/[^/?#]{2,}")
_ENDS_IN_BY = re.compile(r"(?:\b(?:posted|written|published) by|\d{4},? (?:by|von)|\b[Bb]y|\bvon)\s*:?\s*$")
_BY_ENDS = ("by", "By", "von", ":")  # what such a line ends in
_HOLDS_BY = re.compile(r"\b(?:[Bb]y|von)\s+(?=[A-Z])")
_ACCOUNT = re.compile(r"^[a-z\d]+[._-][a-z\d._-]+$|^\w*admin\w*$|^[a-z]+\d+$", re.IGNORECASE)  # a name to log in with
_TOPICS = re.compile(r"/(?:categor|kategorie|tags?/|topics?/|thema|themen|rubrik|section|ressort)")
_NOT_WRITTEN = re.compile(r"(?:last (?:post|reply|edit\w*|updat\w*|modif\w*|chang\w*)|replied|review\w*|edited|checked|verified|approved|translated|photo\w*|image\w*|picture\w*|illustrat\w*|foto\w*|bild\w*|sponsored|presented|powered|hosted) (?:by|von)\s*:?\s*$")
_BEFORE_VON = re.compile(r"\d\D{0,12}$|(?:[Tt]ext|[Bb]eitrag|[Aa]rtikel|[Ii]nterview|[Kk]olumne|[Kk]ommentar|[Rr]edaktion|[Ii]nfo|[^\w\s])\W*$|^$")  # elsewhere it is the genitive
_NOT_OF_THE_POST = re.compile(r"authori[tz]|testimonial|quote|caption|comment|review|im(?:g|age)|photo|avatar")
_WRITTEN_BY = re.compile(r"\b(?:[Ww]ritten|[Aa]uthored|[Vv]erfasst|[Gg]eschrieben) (?:by|von) ([^.!?]{4,80})")
_NO_BOXES = frozenset(["body", "html", "main", "article", "img", "script", "style", "svg", "meta", "link", "nav", "form"])
_NAME_CLASS = re.compile(r"name|link|\bfn\b|title", re.IGNORECASE)
_NOT_THE_NAME = re.compile(r"bio|box|descr|avatar|image|img|photo|social|meta-?date|job|role|position|info__item--type-date|label|date|count|authority|subtitle|testimonial", re.IGNORECASE)
_MOST_BYLINES, _SHORTEST, _MOST_LEVELS = 30, 4, 12
_SOME, _LONGEST_ROLE, _FEW_WORDS = 12, 50, 6
_AUTHOR_NAMES = ("author-name", "author__name", "authorname", "author_name", "creator-name")
_FEW, _MANY = 10, 30  # pieces after the title in which a link to an author is sought: at first, and at all


def people(tree: LexborHTMLParser, declared: Declared, near: Near, named: Named, starter: Starter) -> tuple[str, ...]:
    """The authors, by the first of: JSON-LD, <meta>, the line at the title, bylines elsewhere; then an organisation that is said to be one. Of a thread, who began it."""
    sites = {squeezed(name) for name in declared.sites}
    given = list(_given(declared))
    persons = [name for name, person in given if person and squeezed(name) not in sites]
    of_meta = [name for name in _of_meta(declared) if squeezed(name) not in sites]
    if found := names_in(persons, handles=True):
        if len(found) == 1 and (linked := _linked(near, (_FEW,))) and not _share(found, linked):
            return linked
        if (shown := _at_the_title((near.after(_FEW)[:_FEW],), alone=True)) and not _share(found, shown) and not _all_sites(shown, sites):
            return shown
        if told := _behind_an_account(found, tree, named, sites):
            return told
        more = names_in(of_meta, meta=True) if sum(map(len, of_meta)) > sum(map(len, found)) + _SHORTEST else ()
        return more if set(found) < set(more) else found
    if found := names_in((name for name in of_meta if not _ORGANISATION.search(name.lower())), meta=True):
        shown = _at_the_title((near.after(_FEW)[:_FEW], near.before()), alone=True)
        if not shown and (told := _behind_an_account(found, tree, named, sites)):
            return told
        return shown if shown and not _share(found, shown) and not _all_sites(shown, sites) else found
    shown = _at_the_title((near.after(), near.before())) or _linked(near)
    if shown and not _all_sites(shown, sites):
        return shown
    bylines = _bylines(tree, named, sites)
    if found := bylines.people or names_in(filter(None, [starter.author()]), handles=True) or _beside_the_date(near) or _with_a_role(near) or _boxed(named) or (() if bylines.site or any(person for _, person in given) else _alone(named, sites)):
        return found
    if declared.first("twitter:label1") in ("Written by", "Verfasst von", "Écrit par", "Escrito por") and (said := declared.first("twitter:data1")):
        return names_in([said], meta=True) or (words(said),)
    rest = [name for name, _ in given] or of_meta or list(declared.all("author"))
    organisations = [name for name, person in given if not person and names_in([name], handles=True)]
    return tuple(dict.fromkeys(organisations))[:3] or names_in(rest, handles=True, meta=True)[:3] or shown or bylines.site or _signed(named, near)


def _behind_an_account(found: tuple[str, ...], tree: LexborHTMLParser, named: Named, sites: set[str]) -> tuple[str, ...]:
    """The person that a byline names, where what is declared is a name to log in with."""
    if len(found) != 1 or not _ACCOUNT.search(found[0]):
        return ()
    told = _bylines(tree, named, sites).people
    return told if told and looks_like_a_person(told[0]) else ()


def _lines(near: Near) -> list[str]:
    """The first texts at the title."""
    return [piece.text for piece in near.after(_SOME)[:_SOME] if piece.text]


def _signed(named: Named, near: Near) -> tuple[str, ...]:
    """Whatever a byline says that names no person: a team, an office, a shop."""
    for line, following in pairwise((*_lines(near), "")):
        if (begun := by(line)) and (said := line[begun.end() :].strip(" ,|") or following) and len(said.split()) < _FEW_WORDS and (names := names_in([said], meta=True)) and names[0][0].isalnum() and not names[0].islower():
            return names[:1]
    for node, _ in named.having(*_AUTHOR_NAMES, most=_SOME):
        said = " ".join(node.text(separator=" ")[:LONGEST].split())
        if 0 < len(said.split()) < _FEW_WORDS and not elsewhere(node) and (names := names_in([said], meta=True)):
            return names[:1]
    return ()


def _given(declared: Declared) -> Iterator[tuple[str, bool]]:
    """(name, whether it is a person's), as JSON-LD has it."""
    for value in objects(declared.said("author", "creator")):
        if isinstance(value, dict):
            known = declared.named.get(str(value.get("@id")), {})
            name = text(value) or text(known)
            kinds = types(value) or types(known)
            if name:
                yield name, not any("rganization" in kind or kind in ("WebSite", "Corporation") for kind in kinds)
        elif isinstance(value, str) and not value.startswith(("http:", "https:", "#")):
            yield words(value), True


def _of_meta(declared: Declared) -> Iterator[str]:
    for name in ("citation_author",) if "citation_author" in declared.meta else _META:  # of a paper, whose references have authors, too
        if name in declared.meta:
            for one in islice(declared.all(name), MOST):
                family, comma, first = one.partition(",")
                yield f"{first.strip()} {family.strip()}" if comma and "," not in first and name in _FAMILY_FIRST else one


def _at_the_title(lines: tuple[list[Piece], ...], *, alone: bool = False) -> tuple[str, ...]:
    """What follows "by" in the lines around the title; `alone`: in a line that opens with it, and people only."""
    for pieces in lines:
        for at, piece in enumerate(pieces):
            line = piece.text
            if not 1 < len(line) < 160 or not (begun := by(line)):
                if alone:
                    continue
                if len(line) < 60 and at + 1 < len(pieces) and line.endswith(_BY_ENDS) and (ends := _ENDS_IN_BY.search(line)) and not _NOT_WRITTEN.search(line[: ends.end()].lower()):
                    follows = pieces[at + 1]
                    if follows.node is not None and follows.node.tag == "a" and (names := names_in([follows.text], handles=True)) and not (" " in names[0] and names[0].islower()):
                        return names
                elif len(line) < 70 and ("y " in line or "von " in line) and (inner := _HOLDS_BY.search(line)) and inner.start() < 30 and (inner[0][0] != "v" or _BEFORE_VON.search(line[: inner.start()])) and not _NOT_WRITTEN.search(line[: inner.end()].lower()) and (names := names_in([line[inner.end() :]], handles=line[: inner.start()].rstrip()[-1:].isdigit() and line[inner.end() :].isalpha())):
                    return names
                continue
            rest = line[begun.end() :].strip()
            if rest:
                names = names_in([rest], handles=not alone and len(rest.split()) == 1) or (() if alone else _handle(rest))
                if names and len(rest) < 90:
                    return names
                continue
            names_: list[str] = []
            for follows in pieces[at + 1 : at + 8]:
                if not follows.text or follows.text in (",", "&", "and", "und", "et", "|", "•", "·"):
                    if follows.text in ("|", "•", "·"):
                        break
                    continue
                if names_ and follows.node is None:
                    break
                if not (names := names_in([follows.text], handles=not (names_ or alone))):
                    break
                names_ += names
                if follows.node is None:
                    break
            if names_:
                return tuple(dict.fromkeys(names_))
    return ()


def _handle(line: str) -> tuple[str, ...]:
    """A name of one word that more follows, which is no name: "Pippin on 3 May 2017"."""
    names = names_in([line], handles=True)
    return names if len(names) == 1 and len(names[0].split()) == 1 and names[0][0].isupper() and line.startswith(names[0]) else ()


def _linked(near: Near, reach: tuple[int, ...] = (_FEW, _MANY, 0)) -> tuple[str, ...]:
    """A link to an author's page, at the title."""
    for most in reach:
        for piece in near.after(most)[:most] if most else near.before():
            if piece.node is not None and piece.node.tag == "a" and _leads_to_author(piece.node) and (names := names_in([piece.text], handles=True)):
                return names
    return ()


def _beside_the_date(near: Near) -> tuple[str, ...]:
    """A name right before or after the date, at the title; or right below the title, whose date stands above it."""
    before, after = near.before(), near.after(20)[:20]
    lines = [[piece.text for piece in pieces if any(map(str.isalnum, piece.text)) and not _of_a_topic(piece)] for pieces in (before, after)]
    for at_hand in lines:
        for at, line in enumerate(at_hand):
            dated = next(dates.all_in(line[:60], month_first=False), None)
            if dated is None or dated.start > 20:
                continue
            beside = [line[dated.end :].strip(" ,-|\u2013\u2014\u00b7\u2022").partition(" on behalf ")[0]] + [at_hand[i] for i in (at + 1, at - 1) if 0 <= i < len(at_hand)]
            if at_hand is lines[0] and at + 1 == len(at_hand):
                beside += lines[1][:1]
            for name in beside:
                if 4 < len(name) < 40 and len(name.split()) < 5 and (names := names_in([name])):
                    return names
    return ()


def _boxed(named: Named) -> tuple[str, ...]:
    """The name that a box about the author opens with."""
    for node, kind in named.having("author", most=_MOST_BYLINES):
        if node.tag in _NO_BOXES or _NOT_OF_THE_POST.search(kind) or elsewhere(node):
            continue
        texts = [text for text in node.text(separator="\n", strip=True)[:400].split("\n") if text.strip()]
        if (written := _WRITTEN_BY.search(" ".join(texts[:6]))) and (names := names_in([written[1]])):
            return names[:1] if ROLE.search(written[1].lower()) else names
        for said in texts[:2]:
            if 4 < len(said) < 40 and len(said.split()) < 5 and not ROLE.search(said.lower()) and (names := names_in([said])):
                return names
    return ()


def _of_a_topic(piece: Piece) -> bool:
    return piece.node is not None and piece.node.tag == "a" and _TOPICS.search(piece.node.attributes.get("href") or "") is not None


def _with_a_role(near: Near) -> tuple[str, ...]:
    """A name at the title that what somebody does stands right behind: "Ann Lee", "Staff Writer"."""
    for name, role in pairwise(_lines(near)):
        if 4 < len(name) < 40 and len(name.split()) < 5 and len(role) < _LONGEST_ROLE and not ROLE.search(name.lower()) and ROLE.search(role.lower()) and (names := names_in([name])):
            return names
    return ()


def _leads_to_author(node: LexborNode) -> bool:
    attributes = node.attributes
    return "author" in (attributes.get("rel") or "") or _AUTHORS.search(attributes.get("href") or "") is not None


class _Bylines(NamedTuple):
    people: tuple[str, ...] = ()
    site: tuple[str, ...] = ()  # the site itself, where a byline names it


def _bylines(tree: LexborHTMLParser, named: Named, sites: set[str]) -> _Bylines:
    """The best of what `rel`, `itemprop` and class names call an author: each is asked only where those before it tell nobody."""
    found = tree.css(f"{_SAID_TO_BE}, {_LINKED}")  # one walk for both
    said = _ranked([node for node in found if _is_said_to_be(node)][:_MOST_BYLINES], sites)
    if best := _best(said, below=1):
        return _Bylines(best)
    said += _ranked(_called(named, _NAMED[0]), sites)
    if best := _best(said):
        return _Bylines(best)
    linked = [node for node in found if node.tag == "address" or _TO_AUTHOR.search(node.attributes.get("href") or "")]
    more = _ranked(_called(named, _NAMED[1]), sites) + _ranked(linked[:_MOST_BYLINES], sites)
    return _Bylines(_best(more), _best([(rank - _SITE, names) for rank, names in said + more if rank >= _SITE]))


def _is_said_to_be(node: LexborNode) -> bool:
    attributes = node.attributes
    said = f"{attributes.get('rel')} {attributes.get('itemprop')}".split()
    return "author" in said or ("data-author" in attributes and node.tag != "a") or "data-author-username" in attributes


def _alone(named: Named, sites: set[str]) -> tuple[str, ...]:
    """Whom texts name that are nothing but "by" and a name: only where all of them name the same."""
    source = named.text()
    found: set[tuple[str, ...]] = set()
    for line in islice(_BY_LINE.finditer(source), _MOST_LINES):
        names = names_in([line[1]])
        if not names and line[0].lstrip().startswith(("By", "BY")) and len(line[1].split()) < 4:
            return ()  # a menu: by industry, by company size
        if names and _CREDITS.search(source[max(0, line.start() - 30) : line.start()].lower()):
            continue
        if names and not _all_sites(names, sites) and not AFTER_THE_POST.search(source, max(0, line.start() - FAR), line.start()):
            found.add(names)
            if len(found) > 1:
                return ()
    return next(iter(found), ())


def _called(named: Named, words: tuple[str, ...]) -> list[LexborNode]:
    """Elements whose class has one of the words in it; `fn` (of a .vcard) and `username` as classes of their own."""
    found: list[LexborNode] = []
    for node, kind in named.having(*words, most=10 * _MOST_BYLINES):
        if _NO_TOKEN.search(kind) or not _TOKENS.isdisjoint(kind.split()) or ("fn" in kind.split() and _in_card(node)):
            found.append(node)
    return found[:_MOST_BYLINES]


def _in_card(node: LexborNode) -> bool:
    at = node.parent
    while at is not None and at.tag != "body":
        if "vcard" in (at.attributes.get("class") or ""):
            return True
        at = at.parent
    return False


def _best(ranked: list[tuple[int, tuple[str, ...]]], below: int = 10) -> tuple[str, ...]:
    best = min((rank for rank, _ in ranked), default=below)
    return next(names for rank, names in ranked if rank == best)[:4] if best < below else ()


def _ranked(nodes: Iterable[LexborNode], sites: set[str]) -> list[tuple[int, tuple[str, ...]]]:
    """(rank, names): 0 what is declared, 1 what follows "by", then links and what is named a name; 10 more in a box of something else."""
    ranked: list[tuple[int, tuple[str, ...]]] = []
    for node in nodes:
        attributes = node.attributes
        kind = attributes.get("class") or ""
        if (starter := attributes.get("data-author") or attributes.get("data-author-username")) and (names := names_in([starter], handles=True)):
            ranked.append((0, names))  # a thread's first post
            continue
        if node.tag in ("body", "html", "img", "article", "link", "meta", "script", "style", "svg"):
            continue
        if node.tag in ("div", "section", "li", "aside") and node.css_first("h1, h2, article, p + p") is not None:
            continue
        if "author" in (itemprop := attributes.get("itemprop") or "") and _answers(node):
            continue
        line = _said_of(node, itemprop)
        if not 1 < len(line) < LONGEST + 40:
            continue
        is_by = by(line)
        if is_by:
            rank = 1
        elif "author" in (attributes.get("rel") or "") or "author" in (attributes.get("itemprop") or ""):
            rank = 0
        elif _NOT_THE_NAME.search(kind) and not _NAME_CLASS.search(kind):
            continue
        elif node.tag == "a" or _profile(node):
            rank = 2
        else:
            rank = 2 if _NAME_CLASS.search(kind) else 3
        names = names_in([line], handles=rank < 3 and len(line.split()) < 4) or (_handle(line[is_by.end() :].strip()) if is_by else ())
        if names and not (is_by and " " in names[0] and names[0].islower()):  # made by something, not by somebody
            ranked.append((rank + 10 * elsewhere(node) + _SITE * _all_sites(names, sites), names))
    return ranked


def _answers(node: LexborNode) -> bool:
    """Whether an author in microdata is a comment's, or an answer's."""
    at = node.parent
    for _ in range(_MOST_LEVELS):
        if at is None or (kind := at.attributes.get("itemtype")) is None:
            at = at.parent if at is not None else None
            continue
        return kind.endswith(("/Comment", "/Answer"))
    return False


def _said_of(node: LexborNode, itemprop: str) -> str:
    """The words of a byline; of an author in microdata the name alone, without the letters of an avatar."""
    name = node.css_first("[itemprop~=name]") if "author" in itemprop else None
    if name is not None and name.mem_id != node.mem_id:
        said = name.attributes.get("content") or name.text(separator=" ")
    else:
        said = node.text(separator=" ")
    return " ".join(said[:400].split())


def _profile(node: LexborNode) -> bool:
    """Whether a node is little but a link to somebody's page."""
    link = node if node.tag == "a" else node.css_first("a[href]")
    return link is not None and _PROFILE.search(link.attributes.get("href") or "") is not None


def _share(names: tuple[str, ...], others: tuple[str, ...]) -> bool:
    mine, theirs = ({word for name in group for word in re.findall(r"\w{2,}", name.casefold())} for group in (names, others))
    return bool(mine & theirs)


def _all_sites(names: tuple[str, ...], sites: set[str]) -> bool:
    return all(squeezed(name) in sites for name in names)
