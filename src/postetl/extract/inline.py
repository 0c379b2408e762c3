"""One block's inline content: runs of text with their formatting, made into one piece of CommonMark with the places of its links."""

import re
import unicodedata
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from typing import Literal

from postetl.extract.escape import LONGEST, begins_nothing, dangers, escaped, flanks, has_marks, keep_formulas

Style = Literal["strong", "em", "strike"]
STYLES: tuple[tuple[Style, str], ...] = (("strong", "**"), ("em", "*"), ("strike", "~~"))  # outermost first

_MARKS: dict[frozenset[Style], str] = {frozenset([style]): mark for style, mark in STYLES}
_AFTER = " ,.;:!?)"  # what may follow the end of a mark, so that CommonMark reads it as one, whatever it stands in
_STACKED = re.compile(r"[^\w\s\x00-\x7f]{31,}")
_SPACES = re.compile("  +")


@dataclass(slots=True)
class Run:
    """Text in one formatting. `link` is an index into the renderer's links, or -1. A lone line feed is a line break that was meant."""

    text: str
    styles: frozenset[Style] = frozenset()
    link: int = -1
    code: bool = False


def squeezed(text: str) -> str:
    """White space as single spaces; no-break spaces, too: they are there for the looks, and clean makes them spaces."""
    if "\n" in text:
        text = text.replace("\n", " ")
    if "\xa0" in text:
        text = text.replace("\xa0", " ")
    if "\t" in text:
        text = text.replace("\t", " ")
    if "\r" in text or "\f" in text:
        text = text.replace("\r", " ").replace("\f", " ")
    return _SPACES.sub(" ", text) if "  " in text else text


def normal(text: str) -> str:
    """In NFC, without soft hyphens; as it is where more than 30 marks stand on one letter, whose square it would take."""
    if len(text) - len(text.encode("ascii", "ignore")) > 30 and _STACKED.search(text):
        return text
    return unicodedata.normalize("NFC", text.replace("\xad", ""))


Marks = list[tuple[int, int, int]]  # (link, start, end), offsets in the block's text


def compose(runs: list[Run], *, one_line: bool = False, cell: bool = False, bare: frozenset[Style] = frozenset()) -> tuple[str, Marks]:
    """CommonMark of a paragraph's runs, and where their links are; a link without words is at the end, with zero width.

    `bare`: styles that go without marks (bold in a heading). `cell`: of a pipe table.
    """
    if (plain := _plain(runs, bare, one_line=one_line, cell=cell)) is not None:
        return plain
    links = dict.fromkeys(run.link for run in runs if run.link >= 0)
    if bare:
        runs = [Run(r.text, r.styles - bare, r.link, r.code) for r in runs]
    runs = _fold(runs, one_line=one_line)
    opens, closes = _groups(runs)
    spans: dict[int, tuple[int, int]] = {}
    for index, run in enumerate(runs):
        if run.link >= 0:
            spans[run.link] = (spans.get(run.link, (index, 0))[0], index)
    escaped = _escape(runs, opens, cell=cell)
    pieces: list[str] = []
    size, starts, ends = 0, {}, {}
    for index, run in enumerate(runs):
        first, last = spans.get(run.link, (-1, -1))
        # marks around all of a link stay outside of its anchor, marks around a part of it are in it
        outer = [mark for end, mark in opens[index] if first != index or end >= last]
        inner = [mark for end, mark in opens[index] if first == index and end < last]
        before, words, after = escaped[index]
        if first == index and not all(run.code for run in runs[first : last + 1]):
            inner.append(before)  # a span of code is a part of the link, as it is with the marks
        else:
            outer.append(before)
        pieces += outer
        size += sum(map(len, outer))
        if first == index:
            starts[run.link] = size
        pieces += (*inner, words)
        size += sum(map(len, inner)) + len(words)
        inner = [mark for begin, mark in closes[index] if last == index and begin > first]
        outer = [mark for begin, mark in closes[index] if last != index or begin <= first]
        if last == index and not all(run.code for run in runs[first : last + 1]):
            inner.insert(0, after)
        else:
            outer.insert(0, after)
        pieces += inner
        size += sum(map(len, inner))
        if last == index:
            ends[run.link] = size
        pieces += outer
        size += sum(map(len, outer))
    text = "".join(pieces)
    return text, [(link, starts.get(link, size), ends.get(link, size)) for link in links]


def lone(text: str) -> tuple[str, Marks]:
    """The same for a single run without formatting."""
    plain = squeezed(text).strip(" ")
    return (plain, []) if plain[:1].isalpha() and not has_marks(plain) else compose([Run(text)])


def _plain(runs: list[Run], bare: frozenset[Style], *, one_line: bool, cell: bool) -> tuple[str, Marks] | None:
    """The same for runs whose words could not be read as markup, and whose marks stand apart and around the whole of a link; None for others."""
    if len(runs) == 1 and (run := runs[0]).link < 0 and not run.code and not run.styles:
        return _unmarked(squeezed(run.text).strip(" "), [], broken=False, cell=cell)
    pieces: list[str] = []
    starts: dict[int, int] = {}
    ends: dict[int, int] = {}
    links: dict[int, None] = {}
    size, space = 0, False  # space: one that is to be written before the next word
    broken = False
    marked: dict[int, str] = {}  # pieces, and what their marks are around
    closed = ""  # the mark that the word before ends with
    said: Counter[int] | None = None  # runs with words, by link
    for run in runs:
        link, words = run.link, run.text
        if link >= 0:
            links[link] = None
        if words == "\n" and not one_line:
            if pieces and pieces[-1] != "\n":
                pieces.append("\n")
                size += 1
                broken = True
            space = False
            continue
        if not words:
            continue
        words = squeezed(words)
        text = words.strip(" ")
        if not text:
            space = True
            continue
        apart = space or words[0] == " "
        if apart and pieces and pieces[-1] != "\n":
            pieces.append(" ")
            size += 1
        mark = ""
        if run.code or run.styles or closed:
            styles = run.styles - bare if run.styles else run.styles
            mark = "`" if run.code else _MARKS.get(styles, "") if styles else ""
            if closed and not apart and pieces[-1] != "\n" and (mark or text[0] not in _AFTER):
                return None
            if mark or styles:
                before = pieces[-1] if pieces else " "
                if not mark or mark == closed or before not in (" ", "\n"):
                    return None
                if link >= 0:
                    said = said or Counter([run.link for run in runs if run.text and not run.text.isspace()])
                    if said[link] > 1:
                        return None
                if (styles or "`" in text) if run.code else not any(map(str.isalnum, text)):
                    return None
                marked[len(pieces)] = "\ufffc" if run.code else text  # a symbol, as a backtick is
                text = f"{mark}{text}{mark}"
            closed = mark
        pieces.append(text)
        if link >= 0:
            starts.setdefault(link, size + len(mark))
            ends[link] = size + len(text) - len(mark)
        size += len(text)
        space = words[-1] == " "
    if broken and pieces[-1] == "\n":
        pieces.pop()
        size -= 1
    text = "".join(pieces)
    places = [(link, starts.get(link, size), ends.get(link, size)) for link in links]
    if not marked:
        return _unmarked(text, places, broken=broken, cell=cell)
    if cell and "|" in text:
        return None
    bare_text = "".join([marked.get(number, piece) for number, piece in enumerate(pieces)])
    if has_marks(bare_text):
        coded = sum(piece == "\ufffc" for piece in marked.values())
        if len(text) > LONGEST or dangers(bare_text, marked=len(marked) > coded, coded=coded > 0, cell=cell):
            return None
    return (text, places) if begins_nothing(text, broken=broken, cell=cell) else None


def _unmarked(text: str, places: Marks, *, broken: bool, cell: bool) -> tuple[str, Marks] | None:
    """A text without marks, with a backslash before what would be read as one, and the places of its links."""
    if not has_marks(text) and begins_nothing(text, broken=broken, cell=cell):
        return text, places
    if len(text) > LONGEST:
        return None
    bad = sorted(dangers(text, marked=False, coded=False, cell=cell))
    if not bad:
        return text, places
    pieces = [text[start:end] for start, end in zip((0, *bad), (*bad, len(text)), strict=True)]
    return "\\".join(pieces), [(link, start + bisect_left(bad, start), end + bisect_left(bad, end)) for link, start, end in places]


def _fold(runs: list[Run], *, one_line: bool) -> list[Run]:
    """White space as a browser folds it: one space, none at line ends; at the edge of a style it stands outside of it."""
    folded: list[Run] = []
    after_space = True
    for run in runs:
        if run.text == "\n" and not one_line:
            while folded and folded[-1].text == " ":
                folded.pop()
            if folded and folded[-1].text != "\n":
                folded.append(Run("\n"))
            after_space = True
            continue
        text = squeezed(run.text)
        if after_space:
            text = text.removeprefix(" ")
        if not text:
            continue
        after_space = text.endswith(" ")
        core = text.strip(" ")
        if not core or not (run.styles or run.code or run.link >= 0):
            folded.append(Run(text, link=run.link if core else -1))
            continue
        if text[0] == " ":
            folded.append(Run(" "))
        folded.append(Run(core, run.styles, run.link, run.code))
        if text[-1] == " ":
            folded.append(Run(" "))
    while folded and (folded[-1].text.isspace() or not folded[-1].text):
        folded.pop()
    if folded and folded[-1].text.endswith(" "):
        folded[-1].text = folded[-1].text.rstrip(" ")
    merged: list[Run] = []
    for index, run in enumerate(folded):
        if run.text == " " and 0 < index < len(folded) - 1:  # a space between two parts of one link or style belongs to it
            before, after = folded[index - 1], folded[index + 1]
            run = Run(" ", before.styles & after.styles, before.link if before.link == after.link else -1)  # noqa: PLW2901
        if merged and run.text != "\n" != merged[-1].text and _alike(merged[-1], run):
            merged[-1] = Run(merged[-1].text + run.text, run.styles, run.link, run.code)
        else:
            merged.append(run)
    for index in range(1, len(merged)):  # one span of code has one style
        if merged[index].code and merged[index - 1].code:
            merged[index].styles = merged[index - 1].styles
    return merged


def _alike(one: Run, other: Run) -> bool:
    return one.styles == other.styles and one.link == other.link and one.code == other.code


Places = list[list[tuple[int, str]]]


def _groups(runs: list[Run]) -> tuple[Places, Places]:
    """(last run, mark) that open at each run, outermost first, and (first run, mark) that close, innermost first.

    A group whose marks CommonMark would not read as such (its flanking rules, 6.2) goes without: the words matter more.
    """
    opens: Places = [[] for _ in runs]
    closes: Places = [[] for _ in runs]

    def edge(index: int, at: int) -> str:
        if not 0 <= index < len(runs):
            return " "
        return "`" if runs[index].code else runs[index].text[at]

    def within(first: int, last: int, depth: int) -> None:
        level = levels[depth]
        style, mark = STYLES[level]
        for begin, end, styled in _stretches(runs, first, last, style):
            left, right = ("~" if style != "strike" and "strike" in runs[n].styles and not edge(n, at).isspace() else edge(n, at) for n, at in ((begin, 0), (end, -1)))
            good = styled and flanks(edge(begin - 1, -1), left) and flanks(edge(end + 1, 0), right)
            good = good and any(map(str.isalnum, "".join(run.text for run in runs[begin : end + 1])))
            if level and good and any(name in runs[begin].styles for name, _ in STYLES[:level]):
                # within other marks only where nothing can pair them otherwise (the "multiple of 3" rule)
                before, after = edge(begin - 1, -1), edge(end + 1, 0)
                good = (begin == first or before.isspace()) and (end == last or after.isspace() or after in ",.;:!?)")
            touches = begin > 0 and any(m[0] == mark[0] for _, m in closes[begin - 1])
            if good and not touches:
                opens[begin].append((end, mark))
            if depth + 1 < len(levels):
                within(begin, end, depth + 1)
            if good and not touches:
                closes[end].append((begin, mark))

    present = {style for run in runs for style in run.styles}
    levels = [level for level, (style, _) in enumerate(STYLES) if style in present]
    if levels:
        within(0, len(runs) - 1, 0)
    return opens, closes


def _stretches(runs: list[Run], first: int, last: int, style: Style) -> Iterator[tuple[int, int, bool]]:
    begin = first
    for index in range(first, last + 1):
        styled = style in runs[begin].styles
        if index == last or (style in runs[index + 1].styles) != styled:
            yield begin, index, styled
            begin = index + 1


def _escape(runs: list[Run], opens: Places, *, cell: bool) -> list[tuple[str, str, str]]:
    """Each run's text with a backslash where CommonMark would otherwise read markup, and nowhere else.

    Around it the backticks that begin and end a span of code: runs of code side by side (one has a link) are one span.
    """
    text = "".join("\ufffc" if run.code else run.text for run in runs)  # a symbol, as a backtick is
    huge = len(text) > LONGEST
    marked, coded = any(opens), any(run.code for run in runs)
    bad = dangers(text, marked=marked, coded=coded, cell=cell) if not huge and not text.replace(" ", "").isalnum() else set()
    made: list[tuple[str, str, str]] = []
    at = 0
    for index, run in enumerate(runs):
        if run.code:
            before, after = index > 0 and runs[index - 1].code, index + 1 < len(runs) and runs[index + 1].code
            if not before:
                whole = "".join(part.text for part in takewhile(lambda part: part.code, runs[index:]))
                ticks = "`" * (1 + max((len(found) for found in re.findall("`+", whole)), default=0))
                pad = " " if whole[0] == "`" or whole[-1] == "`" else ""
            made.append(("" if before else ticks + pad, run.text.replace("|", "\\|") if cell else run.text, "" if after else pad + ticks))
            at += 1
        elif huge:
            made.append(("", escaped(run.text), ""))
        else:
            if bad and (coded or marked):  # within one run only, and no mark of ours may find its pair in it
                keep_formulas(run.text, at, bad, "\\_[")
            made.append(("", "".join("\\" + c if at + n in bad else c for n, c in enumerate(run.text)) if bad else run.text, ""))
            at += len(run.text)
    return made
