"""Paragraphs that stand in most posts of one source: found over its texts (`repeated`), taken out of one (`split`). Pure.

A block is known by its words alone, whatever marks, case and links it has. Which blocks of a source are meant is learned and handed in.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import pairwise

from postetl.clean.fences import fenced
from postetl.clean.language import count_words
from postetl.clean.layout import Edit

LEAST_POSTS = 8  # with fewer, "more than half" is four: a series has as many, and says the same above each of its parts
# A short block may be a label of what follows ("Links for today", "What I read this week"): it goes only where nothing follows any more.
# A whole sentence is no label from five words on, anything from eight on.
SENTENCE_WORDS, LABEL_WORDS = 5, 8
_BUCKETS = 1 << 18  # of the first count: 25 MB at most, whatever the size of the source

_WORD = re.compile(r"[^\W_]+")
_HEADING = re.compile(r"(#{1,6}) [^\n]*")
_RULE = re.compile(r"([-*_])(?: ?\1){2,}")
_ENDED = re.compile(r"[.!?…。！？]\W*$")
_ASKS = re.compile(r"[?:？：]\W*$")  # what follows belongs to it, however long it is
_STRONG = re.compile(r"(\*\*|__)[^\n]+\1")  # a heading in all but its name
_STEP = re.compile(r"\d{1,9}[.)] ")  # of a list that is numbered: one of several, and no block of its own
_BREAK = re.compile(r"\n\n(?<!\n\n\n)\n*+(?![ \t])")  # begins with what can be searched for, and never looks at a newline twice


@dataclass(frozen=True, slots=True)
class Block:
    """text[start:end], between blank lines; a list item and what is indented below it are one. `mark`: 16 hex digits of a hash of its words,
    None for code and where there are none. `level`: of a heading, else 0. `label`: a heading, or too short to be more than one.
    """

    start: int
    end: int
    mark: str | None
    level: int = 0
    label: bool = False
    rule: bool = False  # a thematic break
    says: bool = False  # has words that are no heading's


@dataclass(frozen=True, slots=True)
class Repeated:
    """A block that goes from `posts` of the `out_of` posts that say something else, too; `text` as in the first of them."""

    mark: str
    text: str
    posts: int
    out_of: int


@dataclass(frozen=True, slots=True)
class Split:
    """`edits` take blocks out of a text; `removed` is these, in order, with blank lines between; None: nothing goes."""

    edits: tuple[Edit, ...] = ()
    removed: str | None = None


def blocks(text: str) -> list[Block]:
    """The blocks of a clean text, in order. One that has a code fence in it is code as a whole."""
    code = fenced(text)
    ends = [until for _, until in code]
    breaks = [(0, 0), *(found.span() for found in _BREAK.finditer(text) if not _within(found.start(), code, ends)), (len(text), len(text))]
    made = []
    for (_, start), (end, _) in pairwise(breaks):
        if start < end:
            place = bisect_left(ends, start + 1)
            if place < len(code) and code[place][0] < end:
                made.append(Block(start, end, None, says=_WORD.search(text, start, end) is not None))
            else:
                made.append(_block(text[start:end], start))
    return made


def split(text: str, chrome: Container[str | None]) -> Split:
    """What to take out of a clean text: the blocks with these marks, and the rules that then part nothing any more. Headings and other labels
    stay while anything stands under them. A text of nothing else keeps all of it.
    """
    found = blocks(text) if chrome else []  # most sources have none
    goes = [False] * len(found)
    below: Block | None = None  # the next block that stays, rules not counted
    for at in range(len(found) - 1, -1, -1):
        block = found[at]
        if block.rule:
            continue
        goes[at] = block.mark in chrome and (not block.label or below is None or 0 < below.level <= (block.level or 6))
        if not goes[at]:
            below = block
    if not any(goes) or not any(block.says and not gone for gone, block in zip(goes, found, strict=True)):
        return Split()
    _rules(found, goes)
    return Split(tuple(_edits(text, found, goes)), "\n\n".join(text[block.start : block.end] for block, gone in zip(found, goes, strict=True) if gone))


def mark_of(text: str) -> str | None:
    """The mark of a block with these words; None where there are none."""
    words = _WORD.findall(text)
    return blake2b(" ".join(words).casefold().encode("utf-8", "surrogatepass"), digest_size=8).hexdigest() if words else None


def applied(learned: frozenset[str], keep: bool | Sequence[str]) -> frozenset[str]:
    """The marks of the blocks that go: none when all are kept, else those learned but for the ones in `keep`, each by its words or its mark."""
    if isinstance(keep, bool):
        return frozenset() if keep else learned
    return learned.difference(keep, map(mark_of, keep)) if learned else learned


def repeated(posts: Callable[[], Iterable[Sequence[str]]]) -> list[Repeated]:
    """The blocks that go, or have gone, from more than half of a source's posts, most frequent first. `posts()` gives each post's text, and
    behind it what was taken out of it, if anything was; the same whenever it is called: they are read twice, and none is held.

    A post of nothing but such blocks does not count: there they are the post ("Photo of the day"), not what stands around one.
    """
    rough: Counter[int] = Counter()
    number = 0
    for texts in posts():
        buckets = {_bucket(block.mark) for text in texts for block in blocks(text) if block.mark is not None}
        number += bool(buckets)
        rough.update(buckets)
    likely = _Buckets(frozenset(bucket for bucket, count in rough.items() if 2 * count > number))
    if number < LEAST_POSTS or not likely.numbers:
        return []
    counts: Counter[str] = Counter()
    shown: dict[str, str] = {}
    others = 0
    for text, *before in posts():
        if not any(block.says and block.mark not in likely for whole in (text, *before) for block in blocks(whole)):
            continue
        others += 1
        gone = (split(text, likely).removed or "", *before)
        own = {block.mark: one[block.start : block.end] for one in gone for block in blocks(one) if block.mark is not None and block.mark in likely}
        counts.update(own.keys())
        shown = {**own, **shown}
    if others < LEAST_POSTS:
        return []
    return [Repeated(mark, shown[mark], count, others) for mark, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])) if 2 * count > others]


@dataclass(frozen=True, slots=True)
class _Buckets:
    """The marks in these buckets: all that are meant, and hardly another."""

    numbers: frozenset[int]

    def __contains__(self, mark: object) -> bool:
        return isinstance(mark, str) and _bucket(mark) in self.numbers


def _within(at: int, code: Sequence[tuple[int, int]], ends: Sequence[int]) -> bool:
    place = bisect_left(ends, at + 1)
    return place < len(code) and code[place][0] < at


def _bucket(mark: str) -> int:
    return int(mark, 16) % _BUCKETS


def _block(text: str, start: int) -> Block:
    end = start + len(text)
    mark = mark_of(text)
    if mark is None or _STEP.match(text):
        return Block(start, end, None, rule=_RULE.fullmatch(text) is not None, says=mark is not None)
    heading = _HEADING.fullmatch(text)
    level = len(heading[1]) if heading else 0
    return Block(start, end, mark, level, label=level > 0 or _is_label(text), says=not level)


def _is_label(text: str) -> bool:
    end = text[-20:]
    if _ASKS.search(end) or (_STRONG.fullmatch(text) and not _ENDED.search(end)):
        return True
    words = max(len(_WORD.findall(text)), (count_words(text) + 1) // 2)  # a Han character counts as one, and two make about a word
    return words < SENTENCE_WORDS or (words < LABEL_WORDS and not _ENDED.search(end))


def _rules(found: Sequence[Block], goes: list[bool]) -> None:
    """Of the rules around what goes: none stays at either end, one between two blocks that stay."""
    gap: list[int] = []
    first = True
    for at in range(len(found) + 1):
        if at < len(found) and (goes[at] or found[at].rule):
            gap.append(at)
            continue
        if any(goes[place] for place in gap):
            inner = not first and at < len(found)
            for place in [place for place in gap if found[place].rule][inner:]:
                goes[place] = True
        gap, first = [], False


def _edits(text: str, found: Sequence[Block], goes: Sequence[bool]) -> Iterator[Edit]:
    """Each run of blocks that goes, with the blank lines behind it; at the end those before it."""
    start: int | None = None
    for at, gone in enumerate(goes):
        if gone and start is None:
            start = at
        elif not gone and start is not None:
            yield found[start].start, found[at].start, ""
            start = None
    if start is not None:
        yield found[start - 1].end if start else 0, len(text), ""
