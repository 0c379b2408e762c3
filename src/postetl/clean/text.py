"""Unicode and whitespace of a CommonMark text, with the offsets of its links carried along.

The result is a fixed point: normalise(*normalise(text, links)) changes nothing. Code lives in fences only (the renderer writes no
indented code), so outside of them leading white space is kept where it makes a list's structure and goes everywhere else.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator

from postetl.clean.counters import counters
from postetl.clean.layout import Edit, layout
from postetl.clean.mojibake import mojibake
from postetl.clean.tails import tails
from postetl.model import Link

# Code points 80-9F are controls that nobody types; where they occur they are Windows-1252 read as Latin-1 (as in HTML, 13.2.5.5).
_C1 = {n: (bytes([n]).decode("cp1252", "ignore")) for n in range(0x80, 0xA0)}
_REPLACED: dict[str, str] = {chr(n): mapped for n, mapped in _C1.items()}
_REPLACED |= dict.fromkeys("\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000", " ")
_REPLACED |= {"\r\n": "\n", "\r": "\n", "\v": "\n", "\f": "\n", "\u2028": "\n", "\u2029": "\n\n"}
_DEBRIS = re.compile(
    "\r\n|["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls, but for tab and line feed
    "\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\u2028\u2029"  # spaces and line ends of other makes
    "\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff"  # soft hyphen, zero width, direction (Trojan Source)
    "\ufdd0-\ufdef\ufff9-\ufffc\ufffe\uffff"  # noncharacters, annotation and object anchors
    "\ud800-\udfff"  # lone surrogates: no UTF-8 file could hold them
    "]"
)
# Joiners stay where a script or an emoji sequence needs them (Unicode 23.2); tags and selectors where they select something:
# elsewhere they hide text from people that machines still read.
_SHAPED = (
    "\u0600-\u06ff\u0700-\u074f\u0750-\u077f\u07c0-\u07ff\u0840-\u085f\u08a0-\u08ff\u0900-\u0dff\u0f00-\u0fff\u1000-\u109f"
    "\u1700-\u18af\u1900-\u1aaf\u1b00-\u1bff\ua800-\ua9ff\uaa00-\uaadf\uabc0-\uabff\ufb50-\ufdcf\ufe70-\ufefc\U00010a00-\U00011fff"
)
_EMOJI = "\u2190-\u21ff\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff"
_JOINERS = re.compile(
    rf"(?<![{_SHAPED}])\u200c|\u200c(?![{_SHAPED}])"
    rf"|(?<![{_SHAPED}{_EMOJI}\ufe00-\ufe0f])\u200d|(?<=[{_EMOJI}\ufe00-\ufe0f])\u200d(?![{_EMOJI}])|(?<=[{_SHAPED}])\u200d(?=[\u200c\u200d])"
)
_SELECTORS = re.compile(
    "(?<![\u1820-\u18aa])\u180e|\u180e(?![\u1820-\u18aa])|"
    "(?<![\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])[\U000e0100-\U000e01ef]"
    "|(\U0001f3f4[\U000e0020-\U000e007e]{1,8}\U000e007f)|[\U000e0000-\U000e007f]"
)
_REPEATED = re.compile("(?<=[\ufe00-\ufe0f])[\ufe00-\ufe0f]+")
_UNCOMPOSED = re.compile(r"[\x00-\x7f]?[^\x00-\x7f]+")  # no ASCII character composes with what stands before it

_PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd]+")
_MARKS = re.compile(r"[^\w\s\x00-\x7f]{31,}")
_MOST_MARKS = 30


def body(text: str, links: tuple[Link, ...] = ()) -> tuple[str, tuple[Link, ...]]:
    """`normalise` for the text of a post: without what is put below posts (`clean.tails`) and what counts their readers (`clean.counters`)."""
    return _edited(text, links, (*_STEPS, counters, tails))


def normalise(text: str, links: tuple[Link, ...] = ()) -> tuple[str, tuple[Link, ...]]:
    """Clean text and its links: NFC, no control or invisible debris, LF, white space folded outside of code fences, one blank line
    between blocks. Each link's anchor is again text[start:end], without white space around it; a link whose anchor has vanished
    stays, with zero width. Offsets are code points. Links outside of the text are cut to it.
    """
    return _edited(text, links, _STEPS)


def without(text: str, links: tuple[Link, ...], edits: Iterable[Edit]) -> tuple[str, tuple[Link, ...]]:
    """A clean text and its links after these edits: a link whose anchor went stays, with zero width."""
    return _edited(text, links, (lambda _: edits,))


def plain(text: str) -> str:
    """The same for a field of one line: a title, a name."""
    text = normalise(text)[0]
    return " ".join(text.split())


def _rewrite(text: str, edits: Iterable[Edit], marks: list[int]) -> tuple[str, list[int]]:
    pieces: list[str] = []
    last = size = 0
    starts, places = [0], [(0, 0, -1)]  # (old, new, width of the new piece; -1: as long as it was)
    for start, end, new in edits:
        pieces += (text[last:start], new)
        size += start - last
        starts += (start, end)
        places += ((start, size, len(new)), (end, size + len(new), -1))
        size += len(new)
        last = end
    if last == 0 and not pieces:
        return text, marks
    pieces.append(text[last:])
    moved = []
    for mark in marks:
        old, new_at, width = places[bisect_right(starts, mark) - 1]
        moved.append(new_at + (mark - old if width < 0 else min(mark - old, width)))
    return "".join(pieces), moved


def _debris(text: str) -> Iterator[Edit]:
    for found in _DEBRIS.finditer(text):
        what = found[0]
        yield *found.span(), _REPLACED.get(what, "\ufffd" if "\ud800" <= what <= "\udfff" else "")


def _icons(text: str) -> Iterator[Edit]:
    """Glyphs of icon fonts: private characters, but in a text that is written in them (more than a fifth of it)."""
    if not text.isascii() and (found := list(_PRIVATE.finditer(text))) and 5 * sum(len(run[0]) for run in found) < len(text):
        for run in found:
            yield *run.span(), ""


def _joiners(text: str) -> Iterator[Edit]:
    return ((*found.span(), "") for found in _JOINERS.finditer(text))


def _selectors(text: str) -> Iterator[Edit]:
    return ((*found.span(), "") for found in _SELECTORS.finditer(text) if not found[1])


def _composed(text: str) -> Iterator[Edit]:
    if unicodedata.is_normalized("NFC", text):
        return
    for found in _UNCOMPOSED.finditer(text):
        if not unicodedata.is_normalized("NFC", found[0]):
            # cluster by cluster, so that an offset in a long run of one script stays where it was
            yield from _clusters(found[0], found.start())


def _clusters(run: str, offset: int) -> Iterator[Edit]:
    start = 0
    for at in range(1, len(run) + 1):
        if at == len(run) or not _attaches(run[at]):
            composed = unicodedata.normalize("NFC", run[start:at])
            if composed != run[start:at]:
                yield offset + start, offset + at, composed
            start = at


def _attaches(character: str) -> bool:
    """May it compose with what stands before it? Marks and Hangul vowels and finals; every other character begins a cluster."""
    return "\u1161" <= character <= "\u11c2" or unicodedata.category(character)[0] == "M"


def _repeated(text: str) -> Iterator[Edit]:
    return ((*found.span(), "") for found in _REPEATED.finditer(text))


def _stacked(text: str) -> Iterator[Edit]:
    """Marks past the 30th on one letter: no language has them (UAX 15, 13.1), and normalising takes the square of their number."""
    for found in _MARKS.finditer(text):
        many = 0
        for at, character in enumerate(found[0], found.start()):
            many = many + len(unicodedata.normalize("NFD", character)) if unicodedata.combining(character) else 0
            if many > _MOST_MARKS:
                yield at, at + 1, ""


_STEPS = (mojibake, _debris, _selectors, _joiners, _repeated, _stacked, _composed, mojibake, layout, _icons)  # these by what is left of the text
_AGAIN = (mojibake, _icons, counters, tails)  # what they leave may have to be composed, folded and looked at again
_MOST_ROUNDS = 50


def _edited(text: str, links: tuple[Link, ...], steps: Iterable[Callable[[str], Iterable[Edit]]]) -> tuple[str, tuple[Link, ...]]:
    marks = [min(max(at, 0), len(text)) for link in links for at in (link.start, max(link.start, link.end))]
    for _ in range(_MOST_ROUNDS):
        repaired = False
        for step in steps:
            before = text
            text, marks = _rewrite(text, step(text), marks)
            repaired = repaired or (step in _AGAIN and text != before)
        if not repaired:
            break
    kept = []
    for link, start, end in zip(links, marks[::2], marks[1::2], strict=True):
        anchor = text[start:end].lstrip()
        first = end - len(anchor)
        anchor = anchor.rstrip()
        kept.append(Link(link.url, anchor, first, first + len(anchor)))
    return text, tuple(kept)
