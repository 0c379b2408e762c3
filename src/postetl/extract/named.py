"""The elements of a page by the words in their classes, and its text: asked of the tree once, and then of one string."""

from bisect import bisect_right
from collections.abc import Iterator
from itertools import islice

from selectolax.lexbor import LexborHTMLParser, LexborNode

_BETWEEN = "\0"  # in no attribute: the parser makes it U+FFFD
_MOST_NODES, _MOST_TEXT = 20_000, 300_000


class Named:
    """Elements with a class, in reading order. The tree is looked at when the first question comes."""

    def __init__(self, tree: LexborHTMLParser) -> None:
        self._tree = tree
        self._nodes: list[LexborNode] | None = None
        self._starts: list[int] = []
        self._text: str | None = None
        self._classes = ""  # of all of them, in lower case

    def having(self, *words: str, most: int) -> Iterator[tuple[LexborNode, str]]:
        """(element, its class in lower case), of those that have one of the words anywhere in the class."""
        nodes = self._read()
        found: set[int] = set()
        for word in words:
            at = self._classes.find(word)
            while at >= 0:
                number = bisect_right(self._starts, at) - 1
                found.add(number)
                at = self._classes.find(word, self._starts[number + 1])
        for number in islice(sorted(found), most):
            yield nodes[number], self._classes[self._starts[number] : self._starts[number + 1] - 1]

    def text(self) -> str:
        """The texts of the page, scripts' among them, each on lines of its own."""
        if self._text is None:
            body = self._tree.body
            self._text = body.text(separator="\n")[:_MOST_TEXT] if body is not None else ""
        return self._text

    def _read(self) -> list[LexborNode]:
        if self._nodes is None:
            self._nodes = self._tree.css("[class]")[:_MOST_NODES]
            classes = [(node.attrs["class"] or "").lower() for node in self._nodes]
            self._classes = _BETWEEN.join(classes)
            at = 0
            for kind in classes:
                self._starts.append(at)
                at += len(kind) + 1
            self._starts.append(at)
        return self._nodes
