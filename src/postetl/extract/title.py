"""The post's title: a heading that the page's own declarations agree with, without the site's name."""

import re
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from postetl.extract.declared import Declared, host, squeezed, text, words
from postetl.extract.tagids import TEXT

# Each way opens with its sign, so that the search skips to the signs; the spaces around are looked at there
_SEPARATOR = re.compile(r"[|»«›]|[·•~/\u01c0\u2013\u2014-](?<=\s.)(?=\s)|::(?<=\s..)(?=\s)|:(?=\s)")
_TIGHT = re.compile(r"[-_\u2013\u2014|]")
_DOMAIN = re.compile(r"(?:www\.)?[\w-]{2,60}\.(?:com|org|net|info|eu|de|at|ch|fr|it|es|nl|co\.uk)", re.IGNORECASE)
_HOME = re.compile(r"(?:(?:https?:)?//[^/?#]+)?/?(?:index\.\w{2,5})?(?:[?#].*)?", re.IGNORECASE)
_ORIGIN = re.compile(r"^(?:https?:)?//[^/]*", re.IGNORECASE)
_WORD = re.compile(r"\w+")
_MOST_HEADINGS = 40
_LONGEST = 400
_MORE_LETTERS, _FEW = 8, 2
_PARAGRAPH = 200  # characters of a heading that is none
_AGREES, _HARDLY, _MORE = 0.5, 0.2, 0.2  # share of the words
_HEADINGS = frozenset(["h1", "h2", "h3", "h4"])
_LABELS = "small, span, div, em, strong, i, b, p, a"
_KICKED = re.compile(r"headline|title|titel", re.IGNORECASE)
_KICKER = re.compile(r"flytitle|kicker|overline|topline|dachzeile|stichwort|subtitle|eyebrow|descriptor|roofline|spitzmarke|meta|label|prefix|date", re.IGNORECASE)
_BLOCK = re.compile(r"\S+__")  # of a class such as flytitle-and-title__title: what it is a part of


def title(tree: LexborHTMLParser, declared: Declared, address: str | None) -> tuple[str | None, LexborNode | None]:
    """The title, and the heading that shows it."""
    sites = _Sites(declared, address)
    headings = [(node, _leads(node, declared.canonical)) for node in declared.headings[:_MOST_HEADINGS]]
    for heading, leads in headings:
        if leads == "home":
            sites.called(words(heading.text(separator=" ")[:_LONGEST]))
    said = [t for t in (text(declared.post.get("headline")), words(declared.first("og:title") or ""), words(declared.first("twitter:title") or ""), declared.title) if t]
    of_site = said
    if called := {t for t in set(said) if sites.are(t)}:
        said = [t for t in said if t not in called]
    bares = [sites.off(t) for t in said]
    own = [node for node, leads in headings if not leads] or [node for node, leads in headings if leads != "home"]
    shown = [(node, name) for node in own if len(name := _shown(node, said, bares)) > 1 and not sites.are(name) and not _is_a_paragraph(name, bares)]
    best, node, score, covers = _agreed(shown, bares, sites)
    if score < _AGREES or covers < _AGREES:  # of a site or a section, whose name is in the title, too
        for heading in tree.css("h2, h3, h4, [itemprop~=headline], [class*=title i]")[:_MOST_HEADINGS]:
            name = _shown(heading, said, bares)
            if name and not sites.are(name) and _stands_in(name, said, sites) and (score < _AGREES or _covers(name, bares) > covers + _MORE):
                return sites.off(name), heading
    agreed_on = next((t for t in bares if t and bares.count(t) > 1 and not sites.are(t)), None)
    if best and agreed_on and ((score < _HARDLY and not _is_an_entrys(node)) or (len(agreed_on) > 0.4 * len(best) and best != agreed_on and agreed_on in best and not _goes_on(node, best, agreed_on))):
        return agreed_on, node  # the heading is a section's, or holds a date or a label besides
    if covers < _HARDLY and len(shown) > _FEW:
        best = None  # one of many headings of parts
    if best and (score > 0 or not said or (len(shown) == 1 and len(said) == 1)):
        return sites.off(best, guess=True) if "|" in best and best in bares else best, node
    for declaration in said[1:] + said[:1] if said and len(said[0].split()) > 30 else said:
        if (bare := sites.off(declaration, guess=True)) and not sites.are(bare):
            return bare, node
    return best or (sites.off(of_site[0]) if of_site else None) or None, node


def _agreed(shown: list[tuple[LexborNode, str]], bares: list[str], sites: "_Sites") -> tuple[str | None, LexborNode | None, float, float]:
    """(the heading that the declared titles agree with best, its element, how well, and the share of a title's words that it has)."""
    if len(shown) == 1 and (bare := sites.off(shown[0][1])) in bares:
        return bare, shown[0][0], 1.0, 1.0
    best, node, score = None, None, -1.0
    known = [_words(bare) for bare in dict.fromkeys(bares)]
    for heading, name in shown:
        bare = sites.off(name)
        agreements = [_agreement(_words(bare), other) for other in known]
        agreed = max(agreements, default=0.0) + 0.06 * max(0, sum(agreement > 0.8 for agreement in agreements) - 1)
        if agreed > score + 0.05 or (best and agreed > score - 0.05 and _rather(bare, best)):
            best, node, score = bare, heading, agreed
    return best, node, score, _covers(best, bares) if best else 0.0


def _is_a_paragraph(heading: str, bares: list[str]) -> bool:
    """Whether a heading tells at length what the declared title says in short."""
    return len(heading) > _PARAGRAPH and any(2 * len(bare) < len(heading) and _agreement(_words(heading), _words(bare)) >= _AGREES for bare in bares)


def _is_an_entrys(node: LexborNode | None) -> bool:
    """Whether a blog's software calls a heading the post's."""
    return node is not None and "entry-title" in (node.attributes.get("class") or "")


def _goes_on(node: LexborNode | None, heading: str, title_: str) -> bool:
    """Whether a heading is, in one text, a title in full that the declarations have shorter, for search engines."""
    before = heading[: -len(title_)] if heading.endswith(title_) else ""
    more = before or heading[len(title_) :]
    return node is not None and any(heading in " ".join(line.split()) for line in node.text(separator="\0").split("\0")) and (before.strip().endswith((":", "?", "!")) or (heading.startswith(title_) and more[:1] in ":,;?! ")) and sum(map(str.isalpha, more)) > _MORE_LETTERS and not any(map(str.isdigit, more))


def _covers(name: str, bares: list[str]) -> float:
    mine = _words(name)
    return max((len(mine & other) / len(other) for other in map(_words, bares) if other), default=1.0)


class _Sites:
    """What the site is called."""

    def __init__(self, declared: Declared, address: str | None) -> None:
        site = host(address) or host(declared.first("og:url"))
        labels = [label for label in site.split(".")[:-1] if len(label) > 3 and label not in ("blog", "forum", "community", "news")]
        self._names = {squeezed(name) for name in declared.sites} - {""}
        self._hosts = {squeezed(site.removeprefix("www."))} | {squeezed(label) for label in labels}
        self._hosts -= {""}
        self._all = self._names | self._hosts
        self._known: dict[tuple[str, bool], str] = {}

    def called(self, name: str) -> None:
        """What a heading calls it that leads to its start."""
        if bare := squeezed(name):
            self._hosts.add(bare)
            self._all.add(bare)

    def are(self, name: str) -> bool:
        return squeezed(name) in self._all

    def off(self, name: str, *, guess: bool = False) -> str:
        """Turn "A post - The site" into "A post"; `guess`: a short last part goes, too, where no site is known."""
        first = name
        if (known := self._known.get((first, guess))) is not None:
            return known
        self._known[first, guess] = bare = self._without(name, guess=guess)
        return bare

    def _without(self, name: str, *, guess: bool) -> str:
        found = _cuts(name)
        for _ in range(3):
            cut = next((c for c in found if self._is_site(name[c.end :])), None)
            if cut and cut.start:
                name = name[: cut.start]
            else:
                cut = next((c for c in reversed(found) if c.sign.strip() != ":" and self._is_site(name[: c.start])), None)
                if not cut or cut.end >= len(name):
                    break
                name = name[cut.end :]
            found = _cuts(name)
        tight = [sign.span() for sign in _TIGHT.finditer(name)]
        if tight and tight[-1][0] and self._is_site(name[tight[-1][1] :], whole=True):
            return name[: tight[-1][0]].strip()
        if guess and not self._names:
            found = [cut for cut in found if not cut.sign.startswith(":")]
            while found and len(name) - found[-1].end < found[-1].start * 0.6 and found[-1].start > 10:
                name = name[: found[-1].start]
                if "|" not in found.pop().sign:
                    break
        return name.strip()

    def _is_site(self, part: str, *, whole: bool = False) -> bool:
        bare = squeezed(part)
        if not bare:
            return False
        if bare in self._names or (bare in self._hosts and (whole or len(bare) > 4)):
            return True
        if whole:
            return False
        for known in self._all:
            if min(len(known), len(bare)) > 4 and (
                (known.startswith(bare) and 2 * len(bare) > len(known)) or (bare.startswith(known) and 5 * len(known) > 3 * len(bare))
            ):
                return True
        return "." in part and _DOMAIN.fullmatch(part.strip()) is not None


class _Cut(NamedTuple):
    start: int
    end: int
    sign: str  # with the spaces around


def _cuts(name: str) -> list[_Cut]:
    """Where a title may be parted."""
    found: list[_Cut] = []
    for sign in _SEPARATOR.finditer(name):
        start, end = sign.span()
        while start and name[start - 1].isspace():
            start -= 1
        while end < len(name) and name[end].isspace():
            end += 1
        found.append(_Cut(start, end, name[start:end]))
    return found


def _leads(heading: LexborNode, canonical: str | None) -> str:
    """Where a heading leads that is nothing but a link: "home" or "away"; nowhere is the empty one."""
    link = heading.child
    while link is not None and link.tag != "a":
        link = link.next if link.is_comment_node or link.is_empty_text_node else link.child
    if link is None or len(link.text()) < len(heading.text().strip()):
        return ""
    href = (link.attributes.get("href") or "").strip()
    if href and href[0] not in "#?" and _HOME.fullmatch(href):
        return "home"
    return "away" if canonical and "#" not in href and _path(href) != _path(canonical) else ""


def _path(address: str) -> str:
    return _ORIGIN.sub("", address).partition("?")[0].rstrip("/")


def _shown(node: LexborNode, said: list[str], bares: list[str]) -> str:
    """What a heading says: without a kicker before it, and without spaces that only inline tags make."""
    child = node.first_child
    name = " ".join(node.text(separator=" ")[:_LONGEST].split())
    if not name or child is None or (child.tag_id == TEXT and child.next is None):
        return name
    for bare in bares if node.tag in _HEADINGS else ():
        if 3 < len(bare) < len(name) and name.endswith(bare) and (label := name[: -len(bare)].strip()) and any(label == words(part.text(separator=" ")) for part in node.css(_LABELS)[:6]):
            return bare
    parts = [part for part in node.iter() if part.attributes.get("class")]
    for part in parts[:6]:
        kind = _BLOCK.sub("", part.attributes.get("class") or "")
        if _KICKED.search(kind) and not _KICKER.search(kind) and len(own := words(part.text(separator=" "))) > 3 and _in_any(own, said):
            name = own
            break
    else:
        for part in parts[:6]:
            own = words(part.text(separator=" "))
            if _KICKER.search(_BLOCK.sub("", part.attributes.get("class") or "")) and own and name.startswith(own) and len(name) > len(own) + 3:
                name = name[len(own) :].lstrip(" :|-\u2013")
            elif _KICKER.search(_BLOCK.sub("", part.attributes.get("class") or "")) and own and name.endswith(own) and len(name) > len(own) + 3:
                name = name[: -len(own)].rstrip(" :|-\u2013")
    joined = " ".join(node.text()[:_LONGEST].split())
    if joined != name and any(joined and joined in other for other in said) and not any(name in other for other in said):
        return joined
    return name


def _in_any(name: str, said: list[str]) -> bool:
    return any(name.casefold() in other.casefold() for other in said)


def _rather(heading: str, other: str) -> bool:
    """Of two headings that the declarations agree with: the one in the other, else the longer, for sites have short names."""
    if heading in other:
        return 2 * len(heading) > len(other)
    return other not in heading and len(heading) > 1.3 * len(other)


def _stands_in(name: str, said: list[str], sites: _Sites) -> bool:
    """Whether a declared title is this, and a site's name or a section besides."""
    if len(name) < 4:
        return False
    bare = name.casefold()
    for other in said:
        at = other.casefold().find(bare)
        if at >= 0 and len(name) > len(other) * 0.25:
            before, after = other[:at].rstrip(), other[at + len(name) :].lstrip()
            if (not before or not before[-1].isalnum() or sites.are(before)) and (not after or not after[0].isalnum()):
                return True
    return False


def _agreement(words_: frozenset[str], other: frozenset[str]) -> float:
    return len(words_ & other) / min(len(words_), len(other)) if words_ and other else 0.0


def _words(name: str) -> frozenset[str]:
    found = _WORD.findall(name.casefold())
    return frozenset(found) if len(found) > 1 or not name or name.isascii() else frozenset(name)
