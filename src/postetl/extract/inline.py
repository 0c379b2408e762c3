"""One block's inline content: runs of text with their formatting, made into one piece of CommonMark with the places of its links."""

import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from typing import Literal

Style = Literal["strong", "em", "strike"]
STYLES: tuple[tuple[Style, str], ...] = (("strong", "**"), ("em", "*"), ("strike", "~~"))  # outermost first

_SPACE = re.compile(r"[\t\n\f\r\xa0][ \t\n\f\r\xa0]*| [ \t\n\f\r\xa0]+")  # all but a single space; no-break spaces, too: they are there for the looks, and clean makes them spaces
_MARKUP = re.compile(r"[\\`*_~<&\[]")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_RUNS = re.compile(r"([*_~`])\1+")
_PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
# What would begin a block of another kind at the start of a line (CommonMark 0.31, 4 and 5); group 1 is what to escape.
_OPENS_BLOCK = re.compile(
    r"(#)#{0,5}(?: |$)|(>)|([-+*])(?: |$)|\d{1,9}([.)])(?: |$)|(`)``|(~)~~|(<)[A-Za-z/!?]|(\[)[^\]]*\]:|(?P<rule>[-*_])(?: ?(?P=rule)){2,} *$"
)
# ... and of the further lines of a paragraph: fewer may interrupt it, but a line of - or = makes a heading of it
_INTERRUPTS = re.compile(
    r"(#)#{0,5}(?: |$)|(>)|([-+*]) |1([.)]) |(`)``|(~)~~|(<)[A-Za-z/!?]|(?P<under>[-=])(?P=under)* *$|(?P<rule>[-*_])(?: ?(?P=rule)){2,} *$|(\|?) ?:?-+:? ?\|[-:| ]*$"
)


# In a text file a list, a quote (group `lead`) and a rule are what they are in CommonMark; what would vanish or swallow the rest is escaped.
_LITERAL = re.compile(r"(?P<lead>(?:>[ \t]?|(?:[-+*]|\d{1,9}[.)])[ \t]+)*)(?:(#)#{0,5}(?:[ \t]|$)|(`)``|(~)~~|(<)[A-Za-z/!?]|(\[))?")
_UNDERLINES = re.compile(r"([-=])\1*[ \t]*$|(\|?)[ \t]?:?-+:?[ \t]?\|[-:| \t]*$")  # below a line of text: a heading, a table
_RULER = re.compile(r"[ \t]*([-*_])(?:[ \t]*\1){2,}[ \t]*$")


@dataclass(slots=True)
class Run:
    """Text in one formatting. `link` is an index into the renderer's links, or -1. A lone line feed is a line break that was meant."""

    text: str
    styles: frozenset[Style] = frozenset()
    link: int = -1
    code: bool = False


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


def _plain(runs: list[Run], bare: frozenset[Style], *, one_line: bool, cell: bool) -> tuple[str, Marks] | None:
    """The same for runs without marks, code, and characters that could be read as markup, which most are; None for others."""
    if len(runs) == 1 and (run := runs[0]).link < 0 and not run.code and not run.styles:
        text = _SPACE.sub(" ", run.text).strip(" ")
        return (text, []) if _harmless(text, broken=False, cell=cell) else None
    for run in runs:
        if run.code or (run.styles and not run.styles <= bare):
            return None
    pieces: list[str] = []
    starts: dict[int, int] = {}
    ends: dict[int, int] = {}
    links: dict[int, None] = {}
    size, space = 0, False  # space: one that is to be written before the next word
    broken = False
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
        folded = _SPACE.sub(" ", words)
        text = folded.strip(" ")
        if not text:
            space = True
            continue
        if (space or folded[0] == " ") and pieces and pieces[-1] != "\n":
            pieces.append(" ")
            size += 1
        pieces.append(text)
        if link >= 0:
            starts.setdefault(link, size)
            ends[link] = size + len(text)
        size += len(text)
        space = folded[-1] == " "
    if broken and pieces[-1] == "\n":
        pieces.pop()
        size -= 1
    text = "".join(pieces)
    if not _harmless(text, broken=broken, cell=cell):
        return None
    return text, [(link, starts.get(link, size), ends.get(link, size)) for link in links]


def _harmless(text: str, *, broken: bool, cell: bool) -> bool:
    if cell and (broken or "|" in text):
        return False
    if _MARKUP.search(text):
        return not _dangers(text, marked=False, coded=False, cell=cell)
    if cell:
        return True
    first, *others = text.split("\n") if broken else (text,)
    return not _OPENS_BLOCK.match(first) and not any(map(_INTERRUPTS.match, others))


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
        text = _SPACE.sub(" ", run.text)
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
            good = styled and _flanks(edge(begin - 1, -1), left) and _flanks(edge(end + 1, 0), right)
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


def _flanks(outside: str, inside: str) -> bool:
    if inside.isspace():
        return False
    return not _is_punctuation(inside) or outside.isspace() or _is_punctuation(outside)


def _is_punctuation(character: str) -> bool:
    return unicodedata.category(character)[0] in "PS"


def literal(text: str) -> str:
    """CommonMark that shows a plain text as it is: no word of it is read as a tag, an entity, a heading or code."""
    return re.sub(r"[^\n]*\S[^\n]*(?:\n[^\n]*\S[^\n]*)*", lambda paragraph: _literal(paragraph[0]), text)


def _literal(paragraph: str) -> str:
    bad = _inline(paragraph, marked=False, coded=False)
    start = 0
    for number, line in enumerate(paragraph.split("\n")):
        bare = start + len(line) - len(line.lstrip(" \t"))
        found = number and _UNDERLINES.match(paragraph, bare, start + len(line))
        if found and found[0]:
            bad.add(found.start())
        elif not _RULER.match(line):
            found = _LITERAL.match(paragraph, bare, start + len(line))
            # a link's definition may begin on one line and go on below
            if found and found.lastindex and found.lastindex > 1 and (found[found.lastindex] != "[" or "]:" in paragraph):
                bad.add(found.start(found.lastindex))
        start += len(line) + 1
    bad = _whole(paragraph, bad)
    return "".join("\\" + c if n in bad else c for n, c in enumerate(paragraph)) if bad else paragraph


def _escape(runs: list[Run], opens: Places, *, cell: bool) -> list[tuple[str, str, str]]:
    """Each run's text with a backslash where CommonMark would otherwise read markup, and nowhere else.

    Around it the backticks that begin and end a span of code: runs of code side by side (one has a link) are one span.
    """
    text = "".join("\ufffc" if run.code else run.text for run in runs)  # a symbol, as a backtick is
    bad = _dangers(text, marked=any(opens), coded=any(run.code for run in runs), cell=cell) if not text.replace(" ", "").isalnum() else set()
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
        else:
            made.append(("", "".join("\\" + c if at + n in bad else c for n, c in enumerate(run.text)) if bad else run.text, ""))
            at += len(run.text)
    return made


def _dangers(text: str, *, marked: bool, coded: bool, cell: bool) -> set[int]:
    """Offsets of the characters to escape in a block's text."""
    bad: set[int] = set()
    start = 0
    if cell:
        bad |= {n for n, c in enumerate(text) if c == "|"}
    for number, line in enumerate(text.split("\n") if not cell else ()):
        found = (_OPENS_BLOCK if number == 0 else _INTERRUPTS).match(line)
        if found:
            bad.add(start + found.start(found.lastindex or 0))
        start += len(line) + 1
    return _whole(text, bad | _inline(text, marked=marked, coded=coded))


def _inline(text: str, *, marked: bool, coded: bool) -> set[int]:
    """Offsets of the characters that would be read as markup within a line."""
    bad: set[int] = set()
    if "\\" in text:
        ends = len(text)
        bad |= {n for n, c in enumerate(text) if c == "\\" and (marked or coded or n + 1 == ends or text[n + 1] in _PUNCTUATION + "\n")}
    if "`" in text and (coded or (marked and text.count("`") > 1) or len(re.findall("`+", text)) > 1):
        bad |= {n for n, c in enumerate(text) if c == "`"}
    for mark in "*_":
        if mark in text:
            bad |= _emphasis(text, mark, marked=marked)
    if "~" in text and (marked or len(re.findall("~~+", text)) > 1):
        bad |= {n for n, c in enumerate(text) if c == "~" and (marked or "~~" in text[max(0, n - 1) : n + 2])}
    if "<" in text and (last := len(text) if coded else text.rfind(">")) > 0:
        bad |= {found.start() for found in re.finditer(r"<(?=[A-Za-z/!?])", text) if found.start() < last}
    if "&" in text:
        bad |= {found.start() for found in _ENTITY.finditer(text) if html.unescape(found[0]) != found[0]}
    if "[" in text and (last := text.rfind("](")) > 0:
        bad |= {n for n, c in enumerate(text) if c == "[" and n < last}
    return bad


def _whole(text: str, bad: set[int]) -> set[int]:
    for run in _RUNS.finditer(text) if bad else ():  # what is left of a run would be another run
        if not bad.isdisjoint(range(*run.span())):
            bad.update(range(*run.span()))
    return bad


def _emphasis(text: str, mark: str, *, marked: bool) -> set[int]:
    """Offsets of the literal marks, when one of them could open and a later one close."""
    openers, closers = [], []
    for run in re.finditer(re.escape(mark) + "+", text):
        before = text[run.start() - 1] if run.start() else " "
        after = text[run.end()] if run.end() < len(text) else " "
        left, right = _flanks(before, after), _flanks(after, before)
        if marked and not (mark == "_" and before.isalnum() and after.isalnum()):  # next to a mark, and part of its run
            left = right = True
            openers.append(run)
        elif left and (mark == "*" or not right or _is_punctuation(before)):
            openers.append(run)
        if right and (mark == "*" or not left or _is_punctuation(after)):
            closers.append(run)
    if marked or (openers and closers and openers[0].start() < closers[-1].start()):
        return {n for run in (*openers, *closers) for n in range(*run.span())}
    return set()
