"""Blocks to lines: quotes and list items put their prefixes before each line, and one empty line goes between blocks."""

from bisect import bisect_right
from dataclasses import dataclass

from postetl.extract.inline import Marks

DEEPEST = 24  # quotes and items in each other that show


@dataclass(slots=True, eq=False)
class Items:
    """A list: how its next item is marked."""

    ordered: bool = False
    number: int = 1
    step: int = 1
    other: bool = False  # marked "*" or "1)", because it stands right behind a list of its kind: CommonMark would make them one
    width: int = 0  # of the last marker

    def marker(self, number: int) -> str:
        if not self.ordered:
            return "* " if self.other else "- "
        # CommonMark has neither signs nor more than nine digits
        return f"{min(max(number, 0), 999_999_999)}{')' if self.other else '.'} "


@dataclass(slots=True, eq=False)
class Container:
    """A quote ("> " before each line), a list item (its marker, then spaces) or a definition (": ", then nothing)."""

    first: str
    rest: str
    items: Items | None = None
    number: int = 0
    marked: bool = True  # False: the rest of an item of `items`, without a marker of its own
    started: bool = False


class Writer:
    """Collects blocks; `text()` and `places` (link -> start, end) are the result. Offsets are code points."""

    def __init__(self) -> None:
        self.places: dict[int, tuple[int, int]] = {}
        self._pieces: list[str] = []
        self._size = 0
        self._open: list[Container] = []
        self._deeper = 0  # open, and not shown
        self._last: tuple[Container, ...] = ()  # around the block before

    def open(self, container: Container) -> None:
        # a prefix is written on every line: without a limit a small page of nested quotes would become gigabytes
        if len(self._open) < DEEPEST:
            self._open.append(container)
        else:
            self._deeper += 1

    def close(self) -> None:
        if self._deeper:
            self._deeper -= 1
        else:
            self._open.pop()

    @property
    def in_list(self) -> bool:
        return any(container.items for container in self._open)

    def text(self) -> str:
        return "".join(self._pieces)

    def block(self, text: str, marks: Marks) -> None:
        """Write a block of one or more lines; with no text only its links are noted, where the last block ended."""
        if not text:
            for link, _, _ in marks:
                self.places.setdefault(link, (self._size, self._size))
            return
        if not self._open and not self._last:  # as most are
            if self._size:
                text = "\n\n" + text
                self._size += 2
            begin = self._size
            self._pieces.append(text)
            self._size += len(text) - 2 if begin else len(text)
            for link, start, end in marks:
                self._place(link, begin + start, begin + end)
            return
        opened = self._open
        self._separate()
        if len(opened) == 1:
            rest = opened[0].rest
            first = rest if opened[0].started else opened[0].first
        else:
            first = "".join([c.rest if c.started else c.first for c in opened])
            rest = "".join([c.rest for c in opened])
        for container in opened:
            container.started = True
        self._put(first)
        begin = self._size
        lines = text.split("\n") if "\n" in text else [text]
        if not rest or len(lines) == 1:
            self._put(text)
            rest = ""
        else:
            self._put("\n".join((lines[0], *((rest + line) if line else rest.rstrip(" ") for line in lines[1:]))))
        if marks:
            self._mark(lines, rest, begin, marks)
        self._last = tuple(opened)

    def _mark(self, lines: list[str], rest: str, begin: int, marks: Marks) -> None:
        """Offsets in the block to offsets in the output, where each line but the first has got a prefix."""
        starts, shifts, at, shift = [], [], 0, begin
        for number, line in enumerate(lines):
            if number:
                shift += len(rest) if line else len(rest.rstrip(" "))
            starts.append(at)
            shifts.append(shift)
            at += len(line) + 1
        for link, start, end in marks:
            place = [n + shifts[bisect_right(starts, n) - 1] for n in (start, end)]
            self._place(link, *place)

    def _place(self, link: int, start: int, end: int) -> None:
        if link not in self.places or self.places[link][0] == self.places[link][1]:  # a link over several blocks: the first
            self.places[link] = (start, end)

    def _separate(self) -> None:
        """What goes between the block before and the next, and the marker that keeps two lists apart."""
        opened, last, common = self._open, self._last, 0
        while common < len(opened) and common < len(last) and opened[common] is last[common]:
            common += 1
        fresh = opened[common] if common < len(opened) else None
        ended = last[common] if common < len(last) else None
        close = False  # no empty line
        if fresh and (items := fresh.items):
            if ended and ended.items is items:
                close = True
            elif ended and ended.items:
                items.other = items.ordered == ended.items.ordered and not ended.items.other
            elif common and opened[common - 1].items and not ended:
                close = not items.ordered or fresh.number == 1 or not fresh.marked  # another number cannot interrupt a paragraph (5.3)
        elif fresh and fresh.first == ": ":
            close = True
        for container in opened[common:]:
            if container.items and container.marked and container.items.other:  # since the item began, perhaps
                container.first = container.items.marker(container.number)
                container.rest = " " * len(container.first)
        if self._size:
            self._put("\n" if close else "\n" + "".join([c.rest for c in opened[:common]]).rstrip(" ") + "\n")

    def _put(self, piece: str) -> None:
        self._pieces.append(piece)
        self._size += len(piece)
