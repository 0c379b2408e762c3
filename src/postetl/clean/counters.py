"""Blocks that count readers or tell how long ago something was: another figure at every request, and never a part of the post.

A time of day without a date, "today" and "2 hours ago" are true for a day at most, and go. A full date stays, with or without a clock behind
it: it tells when the author changed the post, and one text cannot show whether its clock runs. A version too many is less than a date lost.
How long a post takes to read is computed from its words by the theme: it is none of them. The words are in `clean.tallies`, compiled when
the first post comes.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cache

from postetl.clean.fences import fenced
from postetl.clean.layout import Edit
from postetl.clean.tails import OWN
from postetl.clean.tallies import TALLIES

LONGEST = 80  # characters of such a block
NEAR = 3  # other blocks from either end, behind which a short line is taken for the author's
_FIGURE = r"\d[\d.,\u202f ]{0,12}(?: ?(?:[kKmM]|mil|mln|тыс\.?|tys\.?|[万萬천만억]))?\+?"
_CLOCK = (
    r"(?:(?:오전|오후|上午|下午|午前|午後|at|um|kl\.?|klo|om) ?)?\d{1,2}(?:[:h]\d{2}(?::\d{2})?|\.\d{2}(?= uhr)|[時时点點시] ?\d{1,2} ?[分분])"
    r"(?: ?(?:[ap]\.?m\b\.?|uhr|h))?(?: ?(?-i:[A-Z]{2,5}))?(?: ?\((?-i:[A-Z]{2,5})\))?"
)
_BETWEEN = r"(?:\s?\\?[·•|,、/-]\s?|\s{1,2})"
_DIGIT = re.compile(r"\d")


def _any(*kinds: str) -> str:
    return "(?:" + "|".join(phrase for tallies in TALLIES.values() for kind in kinds if (phrase := getattr(tallies, kind))) + ")"


def _ago(*units: str) -> str:
    # languages share the pattern: a unit of one with "ago" of another is nonsense that nobody writes
    age = rf"{_FIGURE} ?{_any(*units)}"
    return rf"(?:{_any('before')} ?{age}|(?:f[oö]r )?{age} ?{_any('ago')})"


def _block(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"{OWN}[*_]{{0,2}}(?:{pattern})[.。]?[*_]{{0,2}}", re.IGNORECASE)


@cache
def _counting() -> re.Pattern[str]:
    reading = _any("reading").replace("{}", r"\d{1,3}(?:[-–]\d{1,3})?")
    counted = rf"{_FIGURE} ?{_any('counted')}|{_any('label')} ?(?:[:：] ?{_FIGURE}|[(（]{_FIGURE}[)）])|{_any('tally')} ?{_FIGURE}|{reading}"
    ago = _ago("short", "long")
    timed = rf"{_any('updated')} ?[:：]? ?(?:{ago}|(?:{_any('day')},? ?)?{_CLOCK}|{_any('day')})|{ago},? ?に?{_any('updated')}"
    return _block(rf"(?:{ago}{_BETWEEN})?(?:{counted})(?:{_BETWEEN}(?:{counted}|{ago})){{0,4}}|{timed}")


@cache
def _wordy() -> re.Pattern[str]:
    return _block(rf"{_any('none')}|{_any('updated')} ?[:：]? ?{_any('once', 'day')}")


@cache
def _age() -> re.Pattern[str]:
    return _block(_ago("short"))


def _counts(text: str, start: int, end: int, *, leads: bool) -> bool:
    """Is it such a block? "2 hours ago" and no more may be somebody's answer, but where it `leads`: nothing but counters before it."""
    if end - start > LONGEST:
        return False
    if not _DIGIT.search(text, start, end):
        return _wordy().fullmatch(text, start, end) is not None
    return _counting().fullmatch(text, start, end) is not None or (leads and _age().fullmatch(text, start, end) is not None)


def counters(text: str) -> Iterator[Edit]:
    """The edits that take such blocks out of a clean text, near its ends and outside of code; a text of nothing else keeps them."""
    code = fenced(text)
    fences = [start for start, _ in code]

    def counts(start: int, end: int, *, leads: bool = False) -> bool:
        before = bisect_right(fences, start)
        asked = text[max(start - 6, 0) : start].rstrip("*_ \n").endswith((":", "：", "?", "？"))  # the line before wants it: an author's
        return not asked and not (before and start < code[before - 1][1]) and _counts(text, start, end, leads=leads)

    size, found = len(text), set[tuple[int, int]]()
    others = start = 0
    while others < NEAR and start < size:
        end = text.find("\n\n", start)
        end = size if end < 0 else end
        if counts(start, end, leads=not others):
            found.add((start, end))
        else:
            others += 1
        start = end + 2
    if not others:
        return
    others, end = 0, size
    while others < NEAR and end > 0:
        cut = text.rfind("\n\n", 0, end)
        start = cut + 2 if cut >= 0 else 0
        if counts(start, end):
            found.add((start, end))
        else:
            others += 1
        end = start - 2
    cuts: list[tuple[int, int]] = []
    for start, end in sorted(found):
        until = min(end + 2, size)
        cuts = [*cuts[:-1], (cuts[-1][0], until)] if cuts and cuts[-1][1] == start else [*cuts, (start, until)]
    for start, end in cuts:
        yield (start - 2 if end == size and start else start), end, ""
