"""Where a chunk begins when it is to repeat the end of the one before."""

import re

from postetl.chunk.atoms import fits
from postetl.chunk.graphemes import joins
from postetl.chunk.sentences import sentence_ends
from postetl.chunk.tokens import Tokenizer

_SPACE = re.compile(r"\s+")
_LINE = re.compile(r"[\r\n]\s*")
_WINDOW = 64  # characters a token of overlap may have; longer ones are runs of spaces and the like


def earlier(text: str, span: tuple[int, int, int], *, floor: int, overlap: int, most: int, model: Tokenizer) -> tuple[int, int]:
    """(start, tokens) of a (start, end, tokens) when it begins up to `overlap` tokens earlier, but not before `floor`.

    As many whole sentences (or lines) as fit; else as many words; else nothing. At most `most` tokens in all.
    """
    start, end, tokens = span
    floor = max(floor, start - overlap * _WINDOW)
    for begins in (_sentence_starts(text, floor, start), _word_starts(text, floor, start)):
        low, high = 0, len(begins)
        while low < high:  # the first one that fits; tokens grow with the text, but for one or two
            middle = (low + high) // 2
            low, high = (low, middle) if fits(text, begins[middle], start, model, overlap) is not None else (middle + 1, high)
        for begin in begins[low:]:
            if fits(text, begin, start, model, overlap) is not None and (total := fits(text, begin, end, model, most)) is not None:
                return begin, total
    return start, tokens


def _sentence_starts(text: str, floor: int, start: int) -> list[int]:
    ends = {*sentence_ends(text, floor, start), *(found.start() for found in _LINE.finditer(text, floor, start))}
    return sorted({begin for at in ends if (begin := _after_space(text, at, start)) is not None})


def _word_starts(text: str, floor: int, start: int) -> list[int]:
    return [begin for found in _SPACE.finditer(text, floor, start) if (begin := _after_space(text, found.start(), start)) is not None]


def _after_space(text: str, at: int, start: int) -> int | None:
    space = _SPACE.match(text, at)
    begin = space.end() if space else at
    if begin >= start:
        return None
    return begin - 1 if space and joins(text, begin) else begin
