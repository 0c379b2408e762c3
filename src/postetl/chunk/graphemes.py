"""Where one character, as a reader sees it, ends: extended grapheme clusters of UAX #29 (revision 43, GB3 to GB13).

Where the standard's tables are finer than a general category (which spacing marks extend, which Indic letters are consonants)
we join rather than cut: a cluster taken too long costs nothing, one cut in two is a broken letter.
"""

import re
import unicodedata
from functools import cache
from typing import NamedTuple

_ZWJ = "\u200d"
_EXTEND = "\u200c\uff9e\uff9f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f"  # besides Mn and Me: ZWNJ, kana voicing, skin tones, tags
_AM = "\u0e33\u0eb3"  # Thai and Lao vowels that are letters by category, and marks to the eye
_PREPEND = (
    "\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u0d4e\U000110bd\U000110cd\U000111c2\U000111c3"
    "\U0001193f\U00011941\U00011a3a\U00011a84-\U00011a89\U00011d46\U00011f02"
)
_FLAG = "\U0001f1e6-\U0001f1ff"  # regional indicators
_L, _V, _T = "\u1100-\u115f\ua960-\ua97c", "\u1160-\u11a7\ud7b0-\ud7c6", "\u11a8-\u11ff\ud7cb-\ud7fb"  # Hangul jamo
_SYLLABLE = "\uac00-\ud7a3"
_PICTURE = (  # Extended_Pictographic, the blocks that hold it
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u24c2\u25a0-\u27bf\u2900-\u297f\u2b00-\u2bff"
    "\u3030\u303d\u3297\u3299\U0001f000-\U0001f1e5\U0001f200-\U0001f3fa\U0001f400-\U0001faff\U0001fc00-\U0001fffd"
)
_LINKER = "\u094d\u09cd\u0acd\u0b4d\u0c4d\u0d4d"  # the viramas of GB9c
_CONSONANT = (
    "\u0904-\u0939\u0958-\u0961\u0972-\u097f\u0985-\u09b9\u09dc-\u09e1\u09f0\u09f1\u0a85-\u0ab9\u0ae0\u0ae1\u0af9"
    "\u0b05-\u0b39\u0b5c-\u0b61\u0b71\u0c05-\u0c39\u0c58-\u0c61\u0d05-\u0d3a\u0d5f-\u0d61\u0d7a-\u0d7f"
)


class _Patterns(NamedTuple):
    joins: re.Pattern[str]  # a character that belongs to the one before it
    prepends: re.Pattern[str]  # one that belongs to the one after it
    plain: re.Pattern[str]  # between two characters that join nothing on either side
    cluster: re.Pattern[str]


@cache
def _patterns() -> _Patterns:
    """Built at first need (20 ms): most texts are cut at spaces and never come here."""
    marks: list[int] = []
    controls: list[int] = []
    for point in (*range(0x20000), *range(0xE0000, 0xE1000)):
        category = unicodedata.category(chr(point))
        if category[0] == "M":
            marks.append(point)
        elif category in ("Cc", "Cf", "Zl", "Zp"):
            controls.append(point)
    mark = _ranges(marks) + _EXTEND + _AM
    join = mark + _ZWJ
    inside = f"{_PREPEND}{_FLAG}{_L}{_V}{_T}"
    control = "".join(c for c in map(chr, controls) if not re.match(f"[{join}{_PREPEND}]", c))
    control = _ranges([ord(c) for c in control])
    core = (
        f"[{_L}]*+(?:[{_V}]++|[{_SYLLABLE}][{_V}]*+)[{_T}]*+|[{_L}]++|[{_T}]++"
        f"|[{_FLAG}]{{2}}"
        f"|[{_PICTURE}](?:[{mark}]*+{_ZWJ}[{_PICTURE}])*+"
        f"|[{_CONSONANT}](?:(?:(?![{_LINKER}])[{join}])*+[{_LINKER}][{join}]*+[{_CONSONANT}])*+"
        f"|[^{control}]"
    )
    return _Patterns(
        re.compile(f"[{join}]"),
        re.compile(f"[{_PREPEND}]"),
        re.compile(f"(?<=[^{join}{inside}\r])(?=[^{join}{_V}{_T}{_FLAG}\n])"),
        re.compile(f"(?s:\r\n|[{_PREPEND}]*+(?:{core})[{join}]*+|[{_PREPEND}]++|.)"),
    )


def _ranges(points: list[int]) -> str:
    """The inside of a character class for sorted code points."""
    made: list[str] = []
    first = last = None
    for point in [*points, -1]:
        if last is not None and first is not None and point != last + 1:
            made.append(re.escape(chr(first)) + (f"-{re.escape(chr(last))}" if last > first else ""))
            first = None
        first, last = (point if first is None else first), point
    return "".join(made)


def joins(text: str, at: int) -> bool:
    """Whether the character at `at` is a mark on the one before it. To be asked where a space, a newline or a full stop ends."""
    if at <= 0 or at >= len(text) or text[at] < "\u0300":
        return 0 < at < len(text) and text[at] == "\n" and text[at - 1] == "\r"
    return bool(_patterns().joins.match(text, at)) and unicodedata.category(text[at - 1]) not in ("Cc", "Zl", "Zp")


def prepends(text: str, at: int) -> bool:
    """Whether the character at `at` belongs to the one after it (an Arabic number sign, say)."""
    return text[at] >= "\u0600" and bool(_patterns().prepends.match(text, at))


def border(text: str, start: int, at: int, end: int) -> int:
    """The first border between clusters at or after `at`, at most `end`; `start` <= `at` is a border already known.

    Reads on for as long as it takes to find two characters that join nothing, so it costs nothing in most scripts.
    """
    patterns = _patterns()
    if at >= end:
        return end
    near = patterns.plain.search(text, at, min(end, at + 64))
    if near and start < near.start() < end:
        return near.start()
    for cluster in patterns.cluster.finditer(text, start, end):
        if cluster.end() >= at:
            return cluster.end()
    return end


def clusters(text: str, start: int, end: int) -> list[int]:
    """The ends of all clusters in text[start:end]; `start` is a border."""
    return [cluster.end() for cluster in _patterns().cluster.finditer(text, start, end)]
