"""Which of a box's units are the post: each is weighed, then lists and tables are taken whole and headings go with their text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from selectolax.lexbor import LexborNode

from postetl.extract.container import Chosen
from postetl.extract.signs import SHORT, sums, words_of
from postetl.extract.tags import HEADINGS
from postetl.extract.units import Element, Unit, walk
from postetl.extract.weights import Weights, weights

KEEP = 0  # hundredths of a logit from which a unit stays: 0 is even
NEAR, FAR = -40, -100  # the same between two that stay; the same for a part of a list, a table, a quotation or code
SURE, POSSIBLE, LIKELY = 75, -50, -100  # the same for a heading whose text is gone, that has none, whose text stays
WHOLE = 0.6  # of a list's or table's characters that are kept, for all of it to be kept
AMID, CLEAR = -60, 150  # hundredths of a logit: the mean from which a list between two units that stay does, too; the most that counts of a unit
MANY, UNLIKE = 0.4, -100  # of headings of one make that stay, for the others to stay; hundredths of a logit under which one does not
SAME = 0.7  # of a heading's words that stand in <title>, too: it is the title
_WORD = re.compile(r"\w+")
_GROUPS = frozenset(["ul", "ol", "table", "dl", "pre", "blockquote"])
_KNOWN: dict[str, frozenset[str]] = {}


@dataclass(frozen=True, slots=True)
class Content:
    """`node` holds the post and nothing else: what is not the post has been taken out of the tree. None when nothing is left.

    `chars` kept; `total`: those of the post's own box; `unsure`: the share of all characters that weigh within half a logit of even.
    """

    node: LexborNode | None
    chars: int
    total: int
    unsure: float


def prune(chosen: Chosen, heading: str, titles: str) -> Content:
    """Take out of the tree what is not the post. `heading`: the page's first; `titles`: what else the page calls itself."""
    left_out: list[LexborNode] = []
    table = weights()
    elements, units = walk(chosen.root, chosen.box, _KNOWN, left_out, table.names)
    if not units:
        return Content(None, 0, 0, 1.0)
    scores = weigh(elements, units, heading, table)
    for unit, score in zip(units, scores, strict=True):
        unit.kept = score >= KEEP
    _between(units, scores)
    _titles(units, titles)
    _groups(elements, units, scores)
    _headings(units, scores)
    _sisters(units, scores)
    kept = sum(unit.chars for unit in units if unit.kept)
    if not kept:
        return Content(None, 0, 0, 1.0)
    near = sum(unit.chars for unit, score in zip(units, scores, strict=True) if -50 < score < 50)
    _take_out(elements, units, left_out)
    total = sum(unit.chars for unit in units if unit.element.inside)
    return Content(chosen.root, kept, total, near / sum(unit.chars for unit in units))


def weigh(elements: Sequence[Element], units: Sequence[Unit], title: str, table: Weights) -> list[int]:
    """Hundredths of a logit that a unit is of the post."""
    around, own, word = table.around, table.own, table.words
    near = {id(elements[0].around): table.bias}  # by id of the names around an element, what they are worth
    for element in elements:
        if element.units and element.names and id(element.around) not in near and (parent := element.parent) is not None:
            far = parent.around
            worth = near[id(far)]
            for part in element.names:
                if part not in far:
                    worth += around.get(part, 0)
            near[id(element.around)] = worth
    named: dict[frozenset[str], int] = {}
    known = table.known
    scores = []
    for unit, score in zip(units, sums(elements, units, title, table.signs), strict=True):
        element = unit.element
        names = element.names
        name = named.get(names)
        if name is None:
            name = named[names] = sum(own.get(part, 0) for part in names)
        score += near[id(element.around)] + name  # noqa: PLW2901
        if unit.chars <= SHORT:
            for part in known.intersection(words_of(unit.text)):
                score += word[part]  # noqa: PLW2901
        scores.append(score)
    return scores


def _between(units: Sequence[Unit], scores: Sequence[int]) -> None:
    """What stands between two units that stay, is near even and not made of links stays, too; of a list, a table, a quotation or code, what is not far from it."""
    for before, unit, score, behind in zip(units, units[1:], scores[1:], units[2:], strict=False):
        if KEEP > score >= FAR and before.kept and behind.kept and 2 * unit.link <= unit.chars and unit.element.tag not in HEADINGS:
            unit.kept = score >= NEAR or _in_group(unit.element)


def _in_group(element: Element | None) -> bool:
    while element is not None and element.tag not in _GROUPS:
        element = element.parent
    return element is not None


def _titles(units: Sequence[Unit], titles: str) -> None:
    """The page's title has a place of its own: a first heading that says what <title> says goes; one that says something else stays."""
    first = next((unit.number for unit in units if unit.kept and unit.good and unit.element.tag != "h1"), len(units))
    known = set(_WORD.findall(titles.casefold()))
    for count, unit in enumerate(unit for unit in units if unit.element.tag == "h1"):
        said = _WORD.findall(unit.text.casefold())
        if sum(word in known for word in said) >= SAME * len(said):
            unit.kept = False
        elif count == 0:
            unit.kept = unit.element.inside and unit.number < first
        elif unit.number < first:
            unit.kept = False


def _groups(elements: Sequence[Element], units: Sequence[Unit], scores: Sequence[int]) -> None:
    """The outermost lists and tables inside the post's box: whole or not at all, unless they hold most of it. Between two units that stay, near even is enough."""
    box = sum(unit.chars for unit in units)
    spans: dict[int, list[Unit]] = {}
    group_of: dict[int, Element] = {}
    for element in elements:
        if (group := group_of.get(id(element.parent))) is not None or (element.tag in _GROUPS and element.units > 1 and element.chars * 2 < box):
            group_of[id(element)] = group or element
    if not group_of:
        return
    for unit in units:
        if (group := group_of.get(id(unit.element))) is not None:
            spans.setdefault(id(group), []).append(unit)
    for members in spans.values():
        chars = kept = sure = 0
        for unit in members:
            size, score = unit.chars, scores[unit.number]
            chars += size
            if unit.kept:
                kept += size
            sure += size * max(-CLEAR, min(CLEAR, score))
        share, mean = kept / chars, sure / chars
        before, behind = members[0].number - 1, members[-1].number + 1
        if share < WHOLE and mean >= AMID and before >= 0 and behind < len(units) and units[before].kept and units[behind].kept:
            share = 1.0
        elif 1 - WHOLE < share < WHOLE and group_of[id(members[0].element)].tag == "table":
            share = float(mean >= KEEP)  # half a table is none
        if share >= WHOLE or share <= 1 - WHOLE:
            for unit in members:
                unit.kept = share >= WHOLE


def _headings(units: Sequence[Unit], scores: Sequence[int]) -> None:
    """A heading goes with its text, up to the next heading: when that is gone, and comes back when that stays between text that stays. No post ends with one."""
    first = next((unit.number for unit in units if unit.kept and unit.good), len(units))
    below = [False] * 8  # by level: whether a heading stays, since one of a higher level
    after = later = follows = False  # kept text below; kept text below the next heading; the next unit stays
    under = stays = 0  # characters up to the next heading, and those of them that stay
    for unit, score in zip(reversed(units), reversed(scores), strict=True):
        level = HEADINGS.get(unit.element.tag)
        if level is None:
            under += unit.chars
            stays += unit.chars * unit.kept
            after, follows = after or unit.kept, unit.kept
            continue
        if unit.kept:
            gone = under and not stays and True not in below[level + 1 :]
            unit.kept = after and (not gone or score >= SURE)
        elif level > 1 and unit.element.inside and first <= unit.number + 1 and later and follows and stays >= WHOLE * under:
            unit.kept = score >= (LIKELY if under else POSSIBLE)
        below[level:] = [unit.kept, *[False] * (7 - level)]
        follows, later = unit.kept, after
        under = stays = 0


def _sisters(units: Sequence[Unit], scores: Sequence[int]) -> None:
    """Headings of one tag and one name are of one make: when many of them stay, all between the post's first and last text do."""
    kept = [unit.number for unit in units if unit.kept and unit.element.tag not in HEADINGS]
    makes: dict[tuple[str, frozenset[str]], list[Unit]] = {}
    for unit in units[kept[0] : kept[-1]] if kept else ():
        if HEADINGS.get(unit.element.tag, 1) > 1:
            makes.setdefault((unit.element.tag, unit.element.names), []).append(unit)
    for sisters in makes.values():
        if len(sisters) > 2 and sum(unit.kept for unit in sisters) >= MANY * len(sisters):
            for unit in sisters:
                unit.kept = unit.kept or scores[unit.number] >= UNLIKE


def _take_out(elements: Sequence[Element], units: Sequence[Unit], left_out: Sequence[LexborNode]) -> None:
    for unit in units:
        if unit.kept:
            level: Element | None = unit.element
            while level is not None and not level.kept:
                level.kept = 1
                level = level.parent
    out = list(left_out)
    for unit in units:
        if not unit.kept and unit.element.kept:
            out += unit.nodes
    out += [element.node for element in elements if element.units and not element.kept and element.parent is not None and element.parent.kept]
    for node in out:
        node.decompose()


__all__ = ["Content", "prune", "weigh"]
