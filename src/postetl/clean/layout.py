"""White space of a CommonMark text: what makes structure stays, in one spelling; the rest is folded (CommonMark 0.31, 4.5, 5.2)."""

import re
from bisect import bisect_right
from collections.abc import Iterator

Edit = tuple[int, int, str]  # text[start:end] becomes this

_MARKER = r"(?:[-*+]|\d{1,9}[.)])(?=[ \t]|$)"
_ITEM = re.compile(rf"({_MARKER})([ \t]*)")
_QUOTE = re.compile(rf">(?:[ \t]*(?:>|{_MARKER}))*[ \t]*")
_RULE = re.compile(r"([-*_])(?:[ \t]*\1){2,}$")
_FENCE = re.compile(r"(`{3,})[^`]*$|(~{3,})")
_SPACES = re.compile(r"[ \t]{2,}|\t")


class _Fence:
    """An open code fence: what closes it, and how far its lines move."""

    def __init__(self, mark: str, old: int, new: int, least: int, *, quoted: bool) -> None:
        self.mark, self.old, self.new = mark, old, new
        self.least = least  # a line further left is outside of the list item, and ends the code
        self.quoted = quoted  # so does a line without >

    def ends_before(self, bare: str, width: int) -> bool:
        return not bare.startswith(">") if self.quoted else bool(bare) and width < self.least

    def closed_by(self, bare: str) -> bool:
        content = bare.lstrip("> \t") if self.quoted else bare
        return content.startswith(self.mark) and not content.strip(self.mark[0] + " \t")


def layout(text: str) -> Iterator[Edit]:
    """The edits that fold white space outside of code fences and leave one empty line between blocks, none at either end."""
    items: list[tuple[int, int]] = []  # open list items: the column where the content begins, then and now
    fence: _Fence | None = None
    blank: int | None = 0  # where the empty lines before this line began
    hollow = ""  # the line before, when it was a quote's empty line
    at, size = 0, len(text)
    while at < size:
        end = text.find("\n", at)
        end = size if end < 0 else end
        line = text[at:end]
        bare = line.strip(" \t")
        width = len(line[: len(line) - len(line.lstrip(" \t"))].expandtabs(4))
        if fence and fence.ends_before(bare, width):
            fence = None
        if fence:
            closed = fence.closed_by(bare)
            indent = fence.new if closed else max(0, width - fence.old) + fence.new
            front = len(line) - len(line.lstrip(" \t"))
            if bare and not fence.quoted and (closed or fence.old != fence.new) and line[:front] != " " * indent:
                yield at, at + front, " " * indent
            if closed:
                if len(line.rstrip(" \t")) < len(line):
                    yield at + len(line.rstrip(" \t")), end, ""
                fence = None
            blank = None
        elif not bare:
            blank = at if blank is None else blank
        elif bare == hollow and blank is None:
            yield at - 1, end, ""
        else:
            if blank is not None and text[blank:at] != (wanted := "\n" if blank else ""):
                yield blank, at, wanted
            if blank is not None or _ITEM.match(bare) or bare[0] in ">#":  # anything else may be a paragraph that goes on
                while items and items[-1][0] > width:
                    items.pop()
            hollow = bare if not bare.strip("> \t") else ""
            edits, fence = _opened(line, at, width, items)
            yield from edits
            blank = None
        at = end + 1
    if fence is None and blank is not None:
        yield max(blank - 1, 0), size, ""
    elif text.endswith("\n"):
        yield len(text.rstrip("\n")), size, ""


def _opened(line: str, at: int, width: int, items: list[tuple[int, int]]) -> tuple[list[Edit], _Fence | None]:
    """Edits for a line outside of code, and the fence that it opens, if it does; pushes the list items that begin on it."""
    front, back = len(line) - len(line.lstrip(" \t")), len(line.rstrip(" \t"))
    inner = bisect_right(items, width, key=lambda item: item[0])
    least, new = items[inner - 1] if inner else (0, 0)
    old, pos, edits = width, front, []
    if line[:front] != " " * new:
        edits.append((at, at + front, " " * new))
    rule = _RULE.match(line, front, back)
    while not rule and (item := _ITEM.match(line, pos, back)):
        gap = len(item[2].expandtabs(4))
        pos = item.end()
        old += len(item[1]) + (gap if pos < back and 1 <= gap <= 4 else 1)
        new += len(item[1]) + 1
        least = old
        items.append((old, new))
        if pos < back and item[2] != " ":
            edits.append((at + item.start(2), at + pos, " "))
    quote = _QUOTE.match(line, pos, back)
    if quote:
        pos = quote.end()
        edits += [(at + n, at + n + 1, " ") for n in range(quote.start(), pos) if line[n] == "\t"]
    mark = _FENCE.match(line, pos, back)
    edits += [(at + run.start(), at + run.end(), " ") for run in _SPACES.finditer(line, pos, back)]
    if back < len(line):
        edits.append((at + back, at + len(line), ""))
    return edits, _Fence(mark[1] or mark[2], old, new, least, quoted=bool(quote)) if mark else None
