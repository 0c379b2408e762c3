"""The blocks of a CommonMark text, as far as cutting needs them (CommonMark 0.31, 4.2 ATX headings, 4.5 fences; GFM tables)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Literal

Kind = Literal["text", "fence", "table", "list", "rule", "heading"]


class Border(IntEnum):
    """What lies between two pieces: the smaller, the better to cut there. 1 to 6: before a heading of that level."""

    RULE = 7  # before a thematic break
    BLOCK = 8
    INTRODUCED = 9  # after a paragraph that ends with a colon
    ITEM = 10  # before a list item; 11 to 13: of an inner list
    GAP = 14  # at a blank line in code
    ROW = 15  # between lines of code, rows of a table
    SENTENCE = 16
    LINE = 17
    CLAUSE = 18
    WORD = 19
    CLUSTER = 20


@dataclass(frozen=True, slots=True)
class Block:
    """text[start:end], trailing blank lines included; headings directly above are a part of it, up to `body`."""

    start: int
    body: int
    end: int
    kind: Kind
    border: int  # what lies before it
    path: tuple[str, ...]  # titles of the headings above its body


_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r|$)")
_HEADING = re.compile(r" {0,3}(#{1,6})(?=[ \t]|$)")
_FENCE = re.compile(r"([ \t]*)(?:(`{3,})[^`]*|(~{3,}).*)$")
_RULE = re.compile(r" {0,3}(?:(?:\*[ \t]*){3,}|(?:_[ \t]*){3,}|(?:-[ \t]*){3,})$")
_ITEM = re.compile(r"([ \t]*)(?:[-*+]|\d{1,9}[.)])(?:[ \t]+|$)")
_DELIMITER = re.compile(r" {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")


def item_border(indent: str) -> int:
    """What lies before a list item: ITEM for the outermost, up to three more by its indentation."""
    return Border.ITEM + min(len(indent.expandtabs(4)) // 2, 3)


def is_fence(text: str, start: int, end: int) -> bool:
    """Whether the line text[start:end] could open or close a fenced code block."""
    line = text[start : min(end, start + 1000)].strip()
    return line.startswith(("```", "~~~"))


def is_delimiter(text: str, at: int) -> bool:
    """Whether a delimiter row of a table begins at `at`."""
    line = _LINE.match(text, at, at + 10_000)
    return line is not None and "|" in line[0] and _DELIMITER.match(line[0].rstrip("\r\n")) is not None


def blocks(text: str) -> list[Block]:
    """The blocks of `text`, in order: every line is in one of them, but for blank lines at the very start.

    A heading is put with the block below it; a setext heading is a paragraph here.
    """
    made: list[Block] = []
    stack: list[tuple[int, str]] = []
    heads: Block | None = None  # headings that wait for their block
    for block in _flat(text):
        if block.kind == "heading":
            while stack and stack[-1][0] >= block.border:
                stack.pop()
            stack.append((block.border, block.path[0]))
        path = tuple(title for _, title in stack if title)
        start = block.start if heads is None else heads.start
        border = block.border if heads is None or (block.kind == "heading" and block.border < heads.border) else heads.border
        if block.kind == "heading":
            heads = replace(block, start=start, body=block.end, border=border, path=path)
        else:
            heads = None
            made.append(replace(block, start=start, border=border, path=path))
    if heads is not None:
        made.append(heads)
    return made


def _flat(text: str) -> Iterator[Block]:
    """Block by block, headings by themselves (`path` is then the title, `border` the level)."""
    kind: Kind | None = None
    start, border, title = 0, int(Border.BLOCK), ""
    fence: tuple[str, int, int] | None = None  # character, length, indentation
    closed = True  # the line before was blank or ended its block
    listed = False  # inside a list, as far as indentation tells
    last = ""
    for found in _LINE.finditer(text):
        line, at = found[0].rstrip("\r\n"), found.start()
        bare = line.strip()
        if fence is not None:
            if not (bare and listed and fence[2] > 1 and not line[0].isspace()):
                if bare and len(bare) >= fence[1] and not bare.strip(fence[0]):
                    fence, closed = None, True
                continue
            fence, closed = None, True  # the list item that held the fence is over, and the fence with it
        if not bare:
            closed = True
            continue
        begins = _begins(line, closed=closed, listed=listed)
        if begins is None:
            if kind == "text" and "|" in last and line.lstrip()[0] in "|:-" and is_delimiter(text, at):  # GFM 4.10
                kind = "table"
            last = bare
            continue
        if kind is not None:
            yield Block(start, start, at, kind, border, (title,))
        border = Border.INTRODUCED if last[-1:] in (":", "：") and kind != "heading" else Border.BLOCK
        start, kind, title, last, closed = at, begins, "", bare, False
        if kind == "heading":
            mark = _HEADING.match(line)
            assert mark is not None
            border, title, listed, closed = len(mark[1]), _title(line[mark.end() :]), False, True
        elif kind == "rule":
            border, listed, closed = Border.RULE, False, True
        elif kind == "fence":
            mark = _FENCE.match(line)
            assert mark is not None
            indent = len(mark[1].expandtabs(4))
            fence = ((mark[2] or mark[3])[0], len(mark[2] or mark[3]), indent)
            listed = listed and indent > 1
        elif kind == "list":
            if listed:
                border = item_border(line[: len(line) - len(line.lstrip())])
            listed = True
        else:
            listed = False
    if kind is not None:
        yield Block(start, start, len(text), kind, border, (title,))


def _begins(line: str, *, closed: bool, listed: bool) -> Kind | None:
    """The kind of block that this line begins, or None: it goes on with the one before."""
    bare = line.lstrip(" \t")
    if bare.startswith(("```", "~~~")) and (mark := _FENCE.match(line)) and (listed or len(mark[1].expandtabs(4)) < 4):
        return "fence"
    if bare.startswith("#") and _HEADING.match(line):
        return "heading"
    if not closed:
        return None
    if bare[0] in "-*_" and _RULE.match(line):
        return "rule"
    if _ITEM.match(line) or (listed and line[:2].isspace()):  # an item, or a paragraph that goes on with the item above
        return "list"
    return "text"


def _title(rest: str) -> str:
    """Of an ATX heading, without its closing sequence."""
    title = rest.strip()
    opened = title.rstrip("#")
    return opened.rstrip() if opened == "" or opened[-1] in " \t" else title
