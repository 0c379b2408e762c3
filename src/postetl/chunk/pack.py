"""Which borders become cuts.

A range that is too large is cut at the border of the best kind in it; among equals, at the one whose surroundings have the
smallest hash. What is chosen depends on the text near the border and hardly on what comes before, so a sentence put in anywhere
changes the chunk it falls in, now and then a neighbour, and no other (a treap over the borders). Cutting greedily from the
start would move every later cut. A window keeps both sides from being too small.
"""

import unicodedata
from bisect import bisect_left, bisect_right
from itertools import accumulate

from postetl.chunk.atoms import atoms, fits
from postetl.chunk.blocks import Block, Border, blocks
from postetl.chunk.graphemes import clusters, joins, prepends
from postetl.chunk.overlap import earlier
from postetl.chunk.tokens import Tokenizer
from postetl.chunk.tokens import tokenizer as named
from postetl.errors import UsageError
from postetl.model import Chunk

SMALLEST = 4  # tokens: what one code point may cost, so that every text can be cut
_SMALL_SECTION = 16  # a section under 1/16 of max_tokens is not worth a chunk of its own when it can go with a neighbour
_HEADINGS = int(Border.RULE) << 32


def chunk(text: str, *, max_tokens: int = 512, overlap: int = 0, tokenizer: str = "o200k_base") -> list[Chunk]:
    """Cut CommonMark `text` into chunks of at most `max_tokens` tokens each; any string is accepted.

    text[c.start:c.end] == c.text, in code points. Chunks are in order and together hold every character that is not white
    space; with overlap 0 they share none, else each but the first begins up to `overlap` tokens earlier, at a sentence or word.
    `heading_path`: the titles of the ATX headings above the chunk's first text, outermost first; one that it begins with is among them.
    Raises UsageError for an unknown tokenizer, max_tokens - overlap under 4, or an overlap of more than half of max_tokens.
    """
    if overlap < 0 or overlap * 2 > max_tokens or max_tokens - overlap < SMALLEST:
        raise UsageError(f"cannot cut into chunks of {max_tokens} tokens that overlap by {overlap}: at least {SMALLEST} of new text, overlap at most half")
    model = named(tokenizer)
    parts = blocks(text)
    spans = _spans(text, parts, model, max_tokens, max_tokens - overlap)
    made: list[Chunk] = []
    part = 0
    for index, span in enumerate(spans):
        start, end, tokens = span
        while part < len(parts) - 1 and parts[part].end <= start:
            part += 1
        if overlap and index:
            start, tokens = earlier(text, span, floor=spans[index - 1][0], overlap=overlap, most=max_tokens, model=model)
        made.append(Chunk(text[start:end], start, end, tokens, parts[part].path))
    return made


def _spans(text: str, parts: list[Block], model: Tokenizer, most: int, budget: int) -> list[tuple[int, int, int]]:
    """(start, end, tokens) of the chunks, trimmed, without overlap."""
    start, end = trim(text, 0, len(text))
    if start == end:
        return []
    if (tokens := fits(text, start, end, model, most)) is not None:
        return [(start, end, tokens)]
    return _Packer(text, parts, model, budget).spans()


def trim(text: str, start: int, end: int) -> tuple[int, int]:
    """Without white space at either end, but for one that makes a cluster with the character next to it."""
    first = end - len(text[start:end].lstrip())
    last = start + len(text[start:end].rstrip())
    if first >= last:
        return start, start
    if first > start and joins(text, first):
        first -= 1
    if last < end and prepends(text, last - 1) and unicodedata.category(text[last]) == "Zs":
        last += 1
    return first, last


class _Packer:
    def __init__(self, text: str, parts: list[Block], model: Tokenizer, budget: int) -> None:
        self.text, self.model, self.budget = text, model, budget
        self.atoms = atoms(text, parts, model, budget)
        self.starts = [*(atom.start for atom in self.atoms), len(text)]
        self.ranks = [atom.rank for atom in self.atoms]
        self.sums = [0, *accumulate(atom.tokens for atom in self.atoms)]

    def spans(self) -> list[tuple[int, int, int]]:
        made: list[tuple[int, int, int]] = []
        todo = [(0, len(self.atoms))]
        while todo:
            low, high = todo.pop()
            start, end = trim(self.text, self.starts[low], self.starts[high])
            if start == end:
                continue
            if low and self.ranks[low] >> 32 in (Border.GAP, Border.ROW):  # code keeps its indentation
                start -= len(self.text[self.starts[low] : start]) - len(self.text[self.starts[low] : start].rstrip(" \t"))
            size = self.sums[high] - self.sums[low]
            # tokens do not quite add up over a border: near the limit the text itself is counted
            if size <= self.budget * 1.1 + 8 and (tokens := fits(self.text, start, end, self.model, self.budget)) is not None:
                made.append((start, end, tokens))
            elif high - low == 1:
                made.extend(self._halves(start, end))
            else:
                cut = self._cut(low, high)
                todo += ((cut, high), (low, cut))
        return made

    def _cut(self, low: int, high: int) -> int:
        """The atom, low < atom < high, before which to cut."""
        size, budget = self.sums[high] - self.sums[low], self.budget
        far = size // 8 if size > 16 * budget else 0  # keeps the depth of cuts logarithmic, whatever the hashes are
        best = self._best(low, high, max(budget // _SMALL_SECTION, far))
        if best is not None and self.ranks[best] < _HEADINGS:
            return best
        two = (size - budget,) if size <= 2 * budget else ()  # then two chunks will do
        for least in (*two, max(budget // 2, far), budget // 4, budget // 8, 1):
            best = self._best(low, high, least)
            if best is not None:
                return best
        return (low + high) // 2

    def _best(self, low: int, high: int, least: int) -> int | None:
        """The best border with at least `least` tokens on each side; the first one of equals."""
        least = max(1, least)
        first = bisect_left(self.sums, self.sums[low] + least, low + 1, high)
        last = bisect_right(self.sums, self.sums[high] - least, low + 1, high)
        if first >= last:
            return None
        window = self.ranks[first:last]
        return first + window.index(min(window))

    def _halves(self, start: int, end: int) -> list[tuple[int, int, int]]:
        """For an atom that costs more once it stands alone, without the space before it."""
        made = []
        middle = (start + end) // 2
        ends = clusters(self.text, start, end)[:-1]
        if ends:  # else one cluster is too large by itself
            middle = min(ends, key=lambda at: abs(at - middle))
        for part in ((start, middle), (middle, end)):
            first, last = trim(self.text, *part)
            if first < last:
                tokens = fits(self.text, first, last, self.model, self.budget)
                made.extend([(first, last, tokens)] if tokens is not None else self._halves(first, last))
        return made
