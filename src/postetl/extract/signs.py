"""What speaks for and against a unit of a page: each sign as a number, its place in the table of weights."""

import re
from collections.abc import Sequence
from typing import Generic, Protocol, Self, TypeVar

from postetl.extract.units import BOXES, Element, Unit

_TAGS = {
    tag: place for place, tag in enumerate(
        ["p", "li", "div", "h1", "h2", "h3", "h4", "h5", "h6", "td", "th", "pre", "blockquote", "figcaption", "article", "section", "dd", "dt", "header"]
    )
}  # fmt: skip
_OTHER = len(_TAGS)
_NO_UNIT = _OTHER + 1
_WORD = re.compile(r"\w+|[©•|→»]")
_IN_WORDS = "".join(sign.lower() if sign.isalnum() or sign in "_|" else " " for sign in map(chr, range(128))).encode() + bytes(128)
_FIRSTS = {sign: 0 if sign.isupper() else 1 if sign.islower() else 2 if sign.isdigit() else 3 for sign in map(chr, range(128))}
_ENDS = {**dict.fromkeys('.!?…。！？"”»)', 1), ":": 2}  # what ends a sentence; a colon announces, too
SHORT = 100  # characters of a unit whose single words are signs
NEAR = 8

_SIZES = {  # sign -> how many values it has
    "length+links": 12 * 11, "tag+length": (_OTHER + 1) * 12, "tag+ends": (_OTHER + 1) * 2, "sentences+length": 5 * 12, "commas": 6, "first": 4, "upper": 2,
    "colon": 2, "styled": 11, "between": (NEAR + 1) ** 2, "place+tag": 3 * (_OTHER + 1), "after_first": 17, "before_last": 21, "after_heading": 15, "inside": 6,
    "hidden": 2, "before": 12 * 11, "behind": 12 * 11, "tag+before": (_OTHER + 1) * (_NO_UNIT + 1), "tag+behind": (_OTHER + 1) * (_NO_UNIT + 1), "title": 2,
    "position": 21, "many": 16, "links0": 12, "good0": 12, "units0": 17, "share0": 22, "links1": 12, "good1": 12, "units1": 17, "share1": 22, "links2": 12,
    "good2": 12, "units2": 17, "share2": 22, "box": len(BOXES),
}  # fmt: skip
AT: dict[str, int] = {}
SIZE = 0
for _name, _size in _SIZES.items():
    AT[_name] = SIZE
    SIZE += _size
_STEP = _NO_UNIT + 1
_PLACES = 3 * (_OTHER + 1)
_KINDS = (_OTHER + 1) * 12 * 11
_FARTHER = list(range(NEAR))


class _Adds(Protocol):
    def __add__(self, other: Self, /) -> Self: ...


Worth = TypeVar("Worth", bound=_Adds)


class Tables(Generic[Worth]):
    """The worth of each sign, as a sum needs it: signs that go by the same thing are added beforehand.

    `worth`: of each place in the table of weights. Its weight makes sums of weights of it, [place] makes lists of places.
    """

    def __init__(self, worth: Sequence[Worth], nothing: Worth) -> None:
        def row(name: str) -> list[Worth]:
            return list(worth[AT[name] : AT[name] + _SIZES[name]])

        self.nothing = nothing
        links, lengths, inside, places = row("length+links"), row("tag+length"), row("inside"), row("place+tag")
        self.kind = [links[place % 132] + lengths[place // 11] for place in range(_KINDS)]  # by tag * 132 + length * 11 + links
        self.place = [inside[place // (_OTHER + 1)] + places[place % _PLACES] for place in range(2 * _PLACES)]  # by (inside * 3 + place) * tags + tag
        ends, colon, before, behind = row("tag+ends"), row("colon"), row("tag+before"), row("tag+behind")
        self.ends = [ends[tag * 2 + (end > 0)] + colon[end == 2] for tag in range(_OTHER + 1) for end in range(3)]  # by tag * 3 + what _ENDS says
        # by the tags of the unit, the one before and the one behind
        self.beside = [before[tag * _STEP + one] + behind[tag * _STEP + other] for tag in range(_OTHER + 1) for one in range(_STEP) for other in range(_STEP)]
        self.before, self.behind = row("before"), row("behind")
        self.sentences, self.commas, self.first, self.upper = row("sentences+length"), row("commas"), row("first"), row("upper")
        self.styled, self.between, self.hidden, self.title = row("styled"), row("between"), row("hidden"), row("title")
        self.after_first, self.before_last, self.after_heading = row("after_first"), row("before_last"), row("after_heading")
        self.position, self.many, self.box = row("position"), row("many"), row("box")
        self.levels = [
            (_both(row(f"links{level}"), row(f"good{level}")), _both(row(f"units{level}"), row(f"share{level}"))) for level in range(3)
        ]


def _both(rows: list[Worth], columns: list[Worth]) -> list[Worth]:
    """By row * len(columns) + column."""
    return [one + other for one in rows for other in columns]


def signs(elements: Sequence[Element], units: Sequence[Unit], title: str) -> list[list[int]]:
    """Places in the table of weights, for each unit. `title`: the page's first heading, to know it again."""
    return sums(elements, units, title, Tables([[place] for place in range(SIZE)], []))


def sums(elements: Sequence[Element], units: Sequence[Unit], title: str, table: Tables[Worth]) -> list[Worth]:
    """What its signs are worth together, for each unit."""
    many = len(units)
    good = [unit.number for unit in units if unit.good and unit.element.inside]
    heading = next((unit.number for unit in units if unit.element.tag == "h1"), None)
    tags = [_TAGS.get(unit.element.tag, _OTHER) for unit in units]
    for unit in units:
        if unit.element.tag == "h1" and unit.number != heading and unit.element.inside:
            tags[unit.number] = _TAGS["h2"]  # a section of a post whose sections are that high
    keys = [(chars.bit_length() if (chars := unit.chars) < 1024 else 11) * 11 + (10 * unit.link // chars if unit.link else 0) for unit in units]
    wanted = " ".join(title.split()).casefold()
    own, end_of, sentences, commas, first, upper, styled = table.kind, table.ends, table.sentences, table.commas, table.first, table.upper, table.styled
    before, behind, beside, place_of, titled = table.before, table.behind, table.beside, table.place, table.title
    no_comma = commas[0]
    found = []
    for unit, worth, box, tag, key, place, tag0, key0, tag1, key1 in zip(
        units, _standing(good, heading, many, table), _boxes(elements, units, table), tags, keys, _places(good, many),
        (_NO_UNIT, *tags), (0, *keys), (*tags[1:], _NO_UNIT), (*keys[1:], 0), strict=False,
    ):  # fmt: skip
        text, start = unit.text, unit.text[0]
        ended = text.count(". ") if "." in text else 0  # sentences within it (to look for a character takes a tenth of the time of counting)
        if "?" in text:
            ended += text.count("? ")
        if "!" in text:
            ended += text.count("! ")
        if "。" in text:
            ended += text.count("。")
        found.append(
            worth + box + own[tag * 132 + key] + end_of[tag * 3 + _ENDS.get(text[-1], 0)]
            + sentences[(ended * 12 if ended < 4 else 48) + key // 11] + (commas[min(text.count(","), 5)] if "," in text else no_comma)
            + first[_FIRSTS[start] if start in _FIRSTS else 1 if start.islower() else 0 if start.isupper() else 2 if start.isdigit() else 3]
            + upper[text.isupper()] + styled[10 * unit.styled // unit.chars if unit.styled else 0]
            + place_of[(unit.element.inside * 3 + place) * (_OTHER + 1) + tag]
            + before[key0] + behind[key1] + beside[(tag * _STEP + tag0) * _STEP + tag1]
            + titled[len(text) == len(wanted) and text.casefold() == wanted]
        )  # fmt: skip
    return found


def words(unit: Unit) -> set[str]:
    """Single words that can tell what a short unit is: `share`, `©`, `related`."""
    return set(words_of(unit.text)) if unit.chars <= SHORT else set()


def words_of(text: str) -> list[str]:
    if not text.isascii():
        return _WORD.findall(text.lower())
    if "|" in text:
        text = text.replace("|", " | ")
    return text.encode().translate(_IN_WORDS).decode().split()  # the same, in half of the time


def _places(good: list[int], many: int) -> list[int]:
    """1 for the units before the first paragraph, 2 for those behind the last, 0 for those between."""
    if not good:
        return [2] * many
    return [1] * good[0] + [0] * (good[-1] + 1 - good[0]) + [2] * (many - 1 - good[-1])


def _standing(good: list[int], heading: int | None, many: int, table: Tables[Worth]) -> list[Worth]:
    """What is the units' worth for where they stand: by their number alone."""
    first, last = (good[0], good[-1]) if good else (-1, -1)
    page = table.many[min(many.bit_length(), 15)]
    behind = _slid(table.after_heading[:14], 3 - heading, many) if heading is not None else [table.after_heading[14]] * many
    since, until = _since(good, many), _since([many - 1 - number for number in reversed(good)], many)
    between, position = table.between, table.position
    return [
        page + after_first + before_last + after_heading + between[paragraph * (NEAR + 1) + next_one] + position[20 * number // many]
        for number, (after_first, before_last, after_heading, paragraph, next_one) in enumerate(
            zip(_slid(table.after_first, 8 - first, many), _slid(table.before_last, 8 - last, many), behind, since, reversed(until), strict=True)
        )
    ]


def _slid(row: list[Worth], shift: int, many: int) -> list[Worth]:
    """row[number + shift] for so many numbers; its ends stand for all that is before and behind."""
    before = min(max(-shift, 0), many)
    within = row[max(shift, 0) : max(shift, 0) + many - before]
    return [row[0]] * before + within + [row[-1]] * (many - before - len(within))


def _since(good: list[int], many: int) -> list[int]:
    """Units since the last paragraph, up to NEAR."""
    if not good:
        return [NEAR] * many
    since = [NEAR] * good[0]
    for number, after in zip(good, (*good[1:], many), strict=True):
        gap = after - number
        since += _FARTHER[:gap]
        if gap > NEAR:
            since += [NEAR] * (gap - NEAR)
    return since


def _boxes(elements: Sequence[Element], units: Sequence[Unit], table: Tables[Worth]) -> list[Worth]:
    """For each unit, of its element, the parent and the parent's parent: the share of links and of paragraphs, how many units, how much of the
    post; and the kinds of boxes that it is in, and whether it is hidden.
    """
    total = elements[0].good or 1
    own, parents, grandparents = table.levels
    none, no_parent, no_grandparent = (shares[-1] + sizes[-1] for shares, sizes in table.levels)
    leaf = own[0][0] + own[1][22]  # of an element of one unit without links, which is no paragraph
    around: dict[int, Worth] = {id(elements[0]): no_parent + no_grandparent}  # of the parent, by its id
    boxes: dict[int, Worth] = {}
    hidden = table.hidden
    found = []
    for unit in units:
        element = unit.element
        parent = element.parent
        if parent is None:
            found.append(none + no_parent + no_grandparent + hidden[0])
            continue
        above = around.get(id(parent))
        if above is None:
            grand = parent.parent
            above = _level(parents, parent, total) + (_level(grandparents, grand, total) if grand is not None and grand.parent is not None else no_grandparent)
            around[id(parent)] = above
        kinds = boxes.get(element.boxes)
        if kinds is None:
            kinds = table.nothing
            for kind, worth in enumerate(table.box):
                if element.boxes >> kind & 1:
                    kinds = kinds + worth
            boxes[element.boxes] = kinds
        level = leaf if element.units == 1 and not element.link and not element.good else _level(own, element, total)
        found.append(level + above + kinds + hidden[element.hidden])
    return found


def _level(rows: tuple[list[Worth], list[Worth]], element: Element, total: int) -> Worth:
    shares, sizes = rows
    chars, link, good, many = element.chars, element.link, element.good, element.units
    place = 10 * link // chars * 12 if link else 0
    size = many * 22 if many < 15 else 330
    if good:
        place += 10 * good // chars
        size += 20 * good // total if good < total else 20
    return shares[place] + sizes[size]
