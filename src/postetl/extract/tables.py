"""Tables: which of them hold data, and those as pipe tables (GitHub Flavored Markdown 4.10)."""

from dataclasses import dataclass, field

from selectolax.lexbor import LexborNode

from postetl.extract.inline import Marks, Run, Style, compose

WIDEST = 100  # columns; a wider table is shown as blocks. HTML allows spans of 1000 columns, and pages have claimed more
MOST_PARAGRAPHS = 3  # in a cell
LONGEST_CELL = 500  # characters; more is prose, and the table its layout
_BLOCKS = frozenset(
    ["table", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "blockquote", "hr", "form", "figure", "iframe", "article", "section"]
)
_LISTS = frozenset(["ul", "ol", "dl"])
_TALLEST_SPAN = 1000


@dataclass(slots=True)
class _Cell:
    runs: list[Run] = field(default_factory=list)
    header: bool = False
    columns: int = 1
    rows: int = 1
    real: bool = False  # not the room that another one spans


class Table:
    """The cells of a data table, as they come."""

    def __init__(self) -> None:
        self.head = False  # whether we are in its <thead>
        self.items = 0  # of the list that we are in
        self.caption: list[Run] = []
        self._rows: list[list[_Cell]] = []
        self._into: list[Run] = self.caption

    def row(self) -> None:
        self._rows.append([])

    def cell(self, node: LexborNode, *, header: bool) -> None:
        attributes = node.attributes
        self.items = 0
        cell = _Cell([], header or self.head, integer(attributes.get("colspan"), 1), integer(attributes.get("rowspan"), 1), real=True)
        if not self._rows:
            self.row()
        self._rows[-1].append(cell)
        self._into = cell.runs

    def add(self, runs: list[Run]) -> None:
        self._into += (*runs, Run(" "))

    def outside(self) -> None:
        self._into = self.caption

    def pipes(self) -> tuple[str, Marks]:
        """The table as lines; a cell that spans several stands in the first, the others stay empty."""
        grid = [row for row in self._grid() if row]
        width = max((n for row in grid for n, cell in enumerate(row, 1) if cell.real), default=0)
        if not width or not any(cell.runs for row in grid for cell in row):
            return "", []
        if not all(cell.header for cell in grid[0]):
            grid.insert(0, [])  # a pipe table begins with a header
        pieces: list[str] = []
        size, marks = 0, []
        for number, row in enumerate(grid):
            for column in range(width):
                text, places = compose(row[column].runs, one_line=True, cell=True, bare=_HEADER if row[column].header else _NONE) if column < len(row) else ("", [])
                size += 2
                marks += [(link, size + start, size + end) for link, start, end in places]
                pieces += ("| ", text, " ")
                size += len(text) + 1
            pieces.append("|\n")
            size += 2
            if number == 0:
                pieces.append("|" + " --- |" * width + "\n")
                size += len(pieces[-1])
        return "".join(pieces)[:-1], marks

    def _grid(self) -> list[list[_Cell]]:
        grid: list[list[_Cell]] = []
        below: dict[int, int] = {}  # column -> rows that a cell above still covers
        for row in self._rows:
            line: list[_Cell] = []
            for cell in row:
                _fill(line, below)
                start = len(line)
                line += (cell, *(_Cell(header=cell.header) for _ in range(min(cell.columns, WIDEST - len(line)) - 1)))
                if cell.rows > 1:
                    below |= dict.fromkeys(range(start, len(line)), min(cell.rows, _TALLEST_SPAN))
            _fill(line, below)
            below = {column: rows - 1 for column, rows in below.items() if rows > 1}
            grid.append(line)
        return grid


_HEADER: frozenset[Style] = frozenset(["strong"])
_NONE: frozenset[Style] = frozenset()


def _fill(line: list[_Cell], below: dict[int, int]) -> None:
    while len(line) in below:
        line.append(_Cell())


def data_table(table: LexborNode) -> bool:
    """Whether it has at least two rows or columns of short cells without blocks in them: otherwise it is there for the looks.

    A table with header cells may have lists in the others.
    """
    if (table.attributes.get("role") or "").lower() in ("presentation", "none"):
        return False
    rows = widest = row = cell = paragraphs = depth = 0
    listed = headed = False
    node = table.child
    while node is not None:
        tag = node.tag
        if tag == "-text":
            text = node.text_content or ""
            if not text.isspace():
                cell += len(text)
                if cell > LONGEST_CELL:
                    return False
        elif tag in _BLOCKS:
            return False
        elif tag == "tr":
            rows, row = rows + 1, 0
        elif tag in ("td", "th"):
            headed = headed or tag == "th"
            row, cell, paragraphs = row + 1, 0, 0
            widest = max(widest, row)
            if widest > WIDEST:
                return False
        elif tag == "p":
            paragraphs += 1
            if paragraphs > MOST_PARAGRAPHS:
                return False
        elif tag in _LISTS:
            listed = True
        inner = node.child
        if inner is not None:
            node, depth = inner, depth + 1
            continue
        while (after := node.next) is None:
            parent = node.parent
            if not depth or parent is None:
                return widest > 1 and rows > 1 and (headed or not listed)
            node, depth = parent, depth - 1
        node = after
    return False


def integer(text: str | None, otherwise: int) -> int:
    """An integer attribute as HTML reads it (2.3.4.1), within what any of ours can mean."""
    text = (text or "").strip()[:12]
    digits = text.lstrip("+-")
    number = 0
    if not digits[:1].isascii() or not digits[:1].isdigit():
        return otherwise
    for digit in digits:
        if not "0" <= digit <= "9":
            break
        number = number * 10 + int(digit)
    return -number if text.startswith("-") else number
