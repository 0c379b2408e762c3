"""What is not cut further: whole blocks when they fit, else their items, rows, sentences, words, clusters. Each is counted once."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from zlib import crc32

from postetl.chunk.blocks import Block, Border, Kind, is_delimiter, is_fence, item_border
from postetl.chunk.graphemes import border, clusters, joins, prepends
from postetl.chunk.sentences import sentence_ends
from postetl.chunk.tokens import Tokenizer, whole

_NEAR = 24  # characters on each side of a border that its hash is made of: a change further off does not move a cut
_CELL = 64  # characters without a space that are taken as one piece, where they must be cut

_STRIDE = 100_000  # in a piece of more characters, borders between lines or words are taken _FAR characters apart:
_FAR = 32  # ten million lines of one letter are cut in seconds

Cut = tuple[int, int]  # offset, Border
Cutter = Callable[[str, int, int], Iterable[Cut]]

_ITEM = re.compile(r"(?<=[\n\r])([ \t>]*)(?:[-*+]|\d{1,9}[.)])[ \t]+(?=\S)")
_QUOTED = re.compile(r"(?<=[\n\r])[ \t]*>[> \t]*(?:\r\n|\n|\r)(?=[^\r\n])")
_LINES = re.compile(r"(?:\r\n|\n|\r)(?=[^\r\n])")
_CLAUSE = re.compile("[,;:—–][\"'”’»)\\]]*(?=\\s)|[、，；：،؛]")
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Atom:
    """text[start: start of the next], with what it costs and how good a place its start is to cut at: smaller is better."""

    start: int
    tokens: int
    rank: int  # (Border << 32) + hash of the text around


def rank(text: str, at: int, kind: int) -> int:
    near = text[max(0, at - _NEAR) : at + _NEAR]
    return (kind << 32) + crc32(near.encode("utf-8", "surrogatepass"))


def atoms(text: str, parts: list[Block], tokenizer: Tokenizer, limit: int) -> list[Atom]:
    """The atoms of `text` in order, none over `limit` tokens (at least 4: what a code point may cost)."""
    made: list[Atom] = []

    def refine(start: int, end: int, kind: int, cutters: tuple[Cutter, ...], floor: int) -> None:
        tokens = fits(text, start, end, tokenizer, limit)
        if tokens is not None or not cutters:
            made.append(Atom(start, limit if tokens is None else tokens, rank(text, start, kind)))
            return
        if len(cutters) <= len(_ANYWHERE):
            floor = start  # a heading stays with the first sentence below it, if not with less
        last, below = start, kind
        for at, cut in cutters[0](text, start, end):
            if floor < at < end and at > last:
                refine(last, at, below, cutters[1:], floor)
                last, below = at, cut
        refine(last, end, below, cutters[1:], floor)

    for part in parts:
        cutters = _CUTTERS[part.kind]
        whole_below = part.kind in ("fence", "table") and part.start < part.body and fits(text, part.body, part.end, tokenizer, limit)
        if whole_below and fits(text, part.start, part.end, tokenizer, limit) is None:  # whole without its heading, so without it
            refine(part.start, part.body, part.border, _ANYWHERE, part.start)
            refine(part.body, part.end, Border.BLOCK, cutters, part.body)
        else:
            refine(part.start, part.end, part.border, cutters, part.body)
    return made


def fits(text: str, start: int, end: int, tokenizer: Tokenizer, limit: int) -> int | None:
    """The number of tokens in text[start:end] if at most `limit`; stops counting there."""
    return tokenizer.count_till_limit(whole(text[start:end]), limit)


def _items(text: str, start: int, end: int) -> Iterator[Cut]:
    for found in _ITEM.finditer(text, start, end):
        yield found.start(), item_border(found[1])


def _quoted(text: str, start: int, end: int) -> Iterator[Cut]:
    for found in _QUOTED.finditer(text, start, end):
        yield found.end(), Border.ITEM


def _sentences(text: str, start: int, end: int) -> Iterator[Cut]:
    for at in sentence_ends(text, start, end):
        yield at, Border.SENTENCE


def _lines(text: str, start: int, end: int) -> Iterator[Cut]:
    for found in _far_apart(_LINES, text, start, end):
        yield found.end(), Border.LINE


def _far_apart(pattern: re.Pattern[str], text: str, start: int, end: int) -> Iterator[re.Match[str]]:
    step = _FAR if end - start > _STRIDE else 0
    at = start
    while found := pattern.search(text, at, end):
        yield found
        at = found.end() + step


def _code(text: str, start: int, end: int) -> list[Cut]:
    """Between lines; the fences stay with the lines next to them."""
    cuts: list[Cut] = []
    for found in _far_apart(_LINES, text, start, end):
        gap = found.start() > start and text[found.start() - 1] in "\r\n"
        cuts.append((found.end(), Border.GAP if gap else Border.ROW))
    opening = next((i for i, (at, _) in enumerate(cuts) if is_fence(text, start if i == 0 else cuts[i - 1][0], at)), -1)
    if cuts and is_fence(text, cuts[-1][0], end):
        cuts.pop()
    return cuts[:opening] + cuts[opening + 1 :] if opening >= 0 else cuts


def _table(text: str, start: int, end: int) -> list[Cut]:
    """Between rows; the header, its delimiter row and the first row stay together."""
    cuts = [(at, int(Border.ROW)) for at, _ in _lines(text, start, end)]
    delimiter = next((i for i, (at, _) in enumerate(cuts) if is_delimiter(text, at)), None)
    return cuts if delimiter is None else cuts[:delimiter] + cuts[delimiter + 2 :]


def _clauses(text: str, start: int, end: int) -> Iterator[Cut]:
    for found in _CLAUSE.finditer(text, start, end):
        if not joins(text, found.end()):
            yield found.end(), Border.CLAUSE


def _words(text: str, start: int, end: int) -> Iterator[Cut]:
    for found in _far_apart(_SPACES, text, start, end):
        if not prepends(text, found.start() - 1):
            yield found.start(), Border.WORD


def _cells(text: str, start: int, end: int) -> Iterator[Cut]:
    at = border(text, start, start + _CELL, end)
    while at < end:
        yield at, Border.CLUSTER
        at = border(text, at, at + _CELL, end)


def _clusters(text: str, start: int, end: int) -> Iterator[Cut]:
    for at in clusters(text, start, end):
        yield at, Border.CLUSTER


def _points(_: str, start: int, end: int) -> Iterator[Cut]:
    for at in range(start + 1, end):
        yield at, Border.CLUSTER


_ANYWHERE: tuple[Cutter, ...] = (_clauses, _words, _words, _cells, _clusters, _points)
_IN_TEXT: tuple[Cutter, ...] = (_items, _quoted, _sentences, _lines, *_ANYWHERE)
_CUTTERS: dict[Kind, tuple[Cutter, ...]] = {
    "text": _IN_TEXT,
    "list": _IN_TEXT,
    "rule": _IN_TEXT,
    "heading": _IN_TEXT,
    "fence": (_code, *_ANYWHERE),
    "table": (_table, *_ANYWHERE),
}
