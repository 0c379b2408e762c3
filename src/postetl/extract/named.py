"""The elements of a page by the words in their classes, and its text: asked of the tree once, and then of one string."""

from collections.abc import Iterator
from itertools import compress, islice

from selectolax.lexbor import LexborHTMLParser, LexborNode

_BETWEEN = "\0"  # in no attribute: the parser makes it U+FFFD
_MOST_NODES, _MOST_TEXT = 20_000, 300_000


class Named:
    """Elements with a class, in reading order. The tree is looked at when the first question comes."""

    def __init__(self, tree: LexborHTMLParser) -> None:
        self._tree = tree
        self._nodes: list[LexborNode] | None = None
        self._said: list[str] = []  # the class of each
        self._kinds: list[str] = []  # each class once: half of what all of them say
        self._classes = ""  # these in lower case
        self._text: str | None = None

    def having(self, *words: str, most: int) -> Iterator[tuple[LexborNode, str]]:
        """(element, its class in lower case), of those that have one of the words anywhere in the class."""
        nodes, classes = self._read(), self._classes
        starts: set[int] = set()
        for word in words:
            at = classes.find(word)
            while at >= 0:
                starts.add(classes.rfind(_BETWEEN, 0, at) + 1)
                at = classes.find(word, classes.find(_BETWEEN, at))
        number, last = -1, 0
        having: dict[str, str] = {}
        for start in sorted(starts):
            number += classes.count(_BETWEEN, last, start)
            last = start
            having[self._kinds[number]] = classes[start : classes.find(_BETWEEN, start)]
        if having:
            found = compress(zip(nodes, self._said, strict=True), map(having.__contains__, self._said))
            yield from ((node, having[kind]) for node, kind in islice(found, most))

    def text(self) -> str:
        """The texts of the page, scripts' among them, each on lines of its own."""
        if self._text is None:
            body = self._tree.body
            self._text = body.text(separator="\n", strip=True)[:_MOST_TEXT] if body is not None else ""
        return self._text

    def _read(self) -> list[LexborNode]:
        if self._nodes is None:
            self._nodes = self._tree.css("[class]")[:_MOST_NODES]
            self._said = [node.attrs["class"] or "" for node in self._nodes]
            self._kinds = list(dict.fromkeys(self._said))
            self._classes = _BETWEEN.join(["", *self._kinds, ""]).lower()
        return self._nodes
