"""What speaks for and against a unit of a page: each sign as a number, its place in the table of weights."""

import re
from collections.abc import Sequence

from postetl.extract.units import Element, Unit

_TAGS = {
    tag: place for place, tag in enumerate(
        ["p", "li", "div", "h1", "h2", "h3", "h4", "h5", "h6", "td", "th", "pre", "blockquote", "figcaption", "article", "section", "dd", "dt", "header"]
    )
}  # fmt: skip
_OTHER = len(_TAGS)
_NO_UNIT = _OTHER + 1
_BOXES = {tag: place for place, tag in enumerate(["aside", "header", "footer", "form", "ul", "ol", "table", "figure", "blockquote", "dl", "details", "nav"])}
_WORD = re.compile(r"\w+|[©•|→»]")
_ENDS = frozenset('.!?…:。！？"”»)')
SHORT = 100  # characters of a unit whose single words are signs
NEAR = 8

_SIZES = {  # sign -> how many values it has
    "length+links": 12 * 11, "tag+length": (_OTHER + 1) * 12, "tag+ends": (_OTHER + 1) * 2, "sentences+length": 5 * 12, "commas": 6, "first": 4, "upper": 2,
    "colon": 2, "styled": 11, "between": (NEAR + 1) ** 2, "place+tag": 3 * (_OTHER + 1), "after_first": 17, "before_last": 21, "after_heading": 15, "inside": 6,
    "hidden": 2, "before": 12 * 11, "behind": 12 * 11, "tag+before": (_OTHER + 1) * (_NO_UNIT + 1), "tag+behind": (_OTHER + 1) * (_NO_UNIT + 1), "title": 2,
    "position": 21, "many": 16, "links0": 12, "good0": 12, "units0": 17, "share0": 22, "links1": 12, "good1": 12, "units1": 17, "share1": 22, "links2": 12,
    "good2": 12, "units2": 17, "share2": 22, "box": len(_BOXES),
}  # fmt: skip
AT: dict[str, int] = {}
SIZE = 0
for _name, _size in _SIZES.items():
    AT[_name] = SIZE
    SIZE += _size
(
    _LENGTH_LINKS, _TAG_LENGTH, _TAG_ENDS, _SENTENCES, _COMMAS, _FIRST, _UPPER, _COLON, _STYLED, _BETWEEN, _PLACE_TAG, _AFTER_FIRST, _BEFORE_LAST, _AFTER_HEADING,
    _INSIDE, _HIDDEN, _BEFORE, _BEHIND, _TAG_BEFORE, _TAG_BEHIND, _TITLE, _POSITION, _MANY, _LINKS0, _GOOD0, _UNITS0, _SHARE0, _LINKS1, _GOOD1, _UNITS1, _SHARE1,
    _LINKS2, _GOOD2, _UNITS2, _SHARE2, _BOX,
) = AT.values()  # fmt: skip
_STEP = _NO_UNIT + 1


def signs(elements: Sequence[Element], units: Sequence[Unit], title: str) -> list[list[int]]:
    """Places in the table of weights, for each unit. `title`: the page's first heading, to know it again."""
    total = elements[0].good or 1
    many = len(units)
    good = [unit.number for unit in units if unit.element.inside and unit.good]
    first, last = (good[0], good[-1]) if good else (-1, -1)
    heading = next((unit.number for unit in units if unit.element.tag == "h1"), None)
    since, until = _distances(good, many)
    lengths = [min(unit.chars.bit_length(), 11) for unit in units]
    links = [10 * unit.link // unit.chars for unit in units]
    tags = [_TAGS.get(unit.element.tag, _OTHER) for unit in units]
    for unit in units:
        if unit.element.tag == "h1" and unit.number != heading and unit.element.inside:
            tags[unit.number] = _TAGS["h2"]  # a section of a post whose sections are that high
    wanted = " ".join(title.split()).casefold()
    around: dict[int, list[int]] = {}
    found = []
    for unit in units:
        number, element, text = unit.number, unit.element, unit.text
        length, link, tag = lengths[number], links[number], tags[number]
        before = (tags[number - 1], lengths[number - 1] * 11 + links[number - 1]) if number else (_NO_UNIT, 0)
        behind = (tags[number + 1], lengths[number + 1] * 11 + links[number + 1]) if number + 1 < many else (_NO_UNIT, 0)
        start, end = text[0], text[-1]
        place = 1 if number < first else 2 if number > last else 0
        box = around.get(id(element))
        if box is None:
            box = around[id(element)] = _box(element, total)
        found.append([
            _LENGTH_LINKS + length * 11 + link,
            _TAG_LENGTH + tag * 12 + length,
            _TAG_ENDS + tag * 2 + (end in _ENDS),
            _SENTENCES + min(text.count(". ") + text.count("? ") + text.count("! ") + text.count("。"), 4) * 12 + length,
            _COMMAS + min(text.count(","), 5),
            _FIRST + (0 if start.isupper() else 1 if start.islower() else 2 if start.isdigit() else 3),
            _UPPER + text.isupper(),
            _COLON + (end == ":"),
            _STYLED + 10 * unit.styled // unit.chars,
            _BETWEEN + since[number] * (NEAR + 1) + until[number],
            _PLACE_TAG + place * (_OTHER + 1) + tag,
            _AFTER_FIRST + max(-8, min(8, number - first)) + 8,
            _BEFORE_LAST + max(-8, min(12, number - last)) + 8,
            _AFTER_HEADING + (14 if heading is None else max(-3, min(10, number - heading)) + 3),
            _INSIDE + element.inside * 3 + place,
            _HIDDEN + element.hidden,
            _BEFORE + before[1],
            _BEHIND + behind[1],
            _TAG_BEFORE + tag * _STEP + before[0],
            _TAG_BEHIND + tag * _STEP + behind[0],
            _TITLE + (len(text) == len(wanted) and text.casefold() == wanted),
            _POSITION + 20 * number // many,
            _MANY + min(many.bit_length(), 15),
            *box,
        ])  # fmt: skip
    return found


def words(unit: Unit) -> set[str]:
    """Single words that can tell what a short unit is: `share`, `©`, `related`."""
    return set(_WORD.findall(unit.text.lower())) if unit.chars <= SHORT else set()


def _distances(good: list[int], many: int) -> tuple[list[int], list[int]]:
    """Units since the last paragraph and until the next, up to NEAR."""
    paragraphs = set(good)
    since, until = [NEAR] * many, [NEAR] * many
    distance = NEAR
    for number in range(many):
        distance = 0 if number in paragraphs else min(distance + 1, NEAR)
        since[number] = distance
    distance = NEAR
    for number in range(many - 1, -1, -1):
        distance = 0 if number in paragraphs else min(distance + 1, NEAR)
        until[number] = distance
    return since, until


def _box(element: Element, total: int) -> list[int]:
    """Of the element, its parent and the parent's parent: the share of links and of paragraphs, how many units, how much of the post."""
    found: list[int] = []
    level: Element | None = element
    for links, good, many, share in ((_LINKS0, _GOOD0, _UNITS0, _SHARE0), (_LINKS1, _GOOD1, _UNITS1, _SHARE1), (_LINKS2, _GOOD2, _UNITS2, _SHARE2)):
        if level is None or level.parent is None:
            found += (links + 11, good + 11, many + 16, share + 21)
            continue
        chars = level.chars or 1
        found += (links + 10 * level.link // chars, good + 10 * level.good // chars, many + min(level.units, 15), share + min(20 * level.good // total, 20))
        level = level.parent
    level, seen = element, 0
    while level is not None and level.parent is not None:
        place = _BOXES.get(level.tag)
        if place is not None and not seen >> place & 1:
            seen |= 1 << place
            found.append(_BOX + place)
        level = level.parent
    return found
