"""Where sentences end, by punctuation: good enough to choose a cut by, in any script that writes a sign for it."""

import re
from collections.abc import Iterator

from postetl.chunk.graphemes import joins

_CLOSING = "\"'”’»)\\]›」』）】〉》〕*_"
# Latin, Greek and Cyrillic want a space after the stop; CJK, Arabic, Indic, Armenian, Ethiopic, Burmese and Khmer signs do not.
_END = re.compile(
    f"(?<![.!?…])(?P<stop>[.!?…]++)[{_CLOSING}]*+(?=\\s)"  # from the first stop of a run only: else a run is read n² times
    f"|[。！？｡؟۔।॥։።။។]++[!?！？]*+[{_CLOSING}]*+"
    "|(?<![!?…])[!?…]++(?=[\u3040-\u30ff\u3400-\u9fff])"
)
_BEFORE = re.compile(r"(?:^|[\s(\[{«“\"'‘„])((?:\w+\.)*\w+)$")
_SPACE = re.compile(r"\s*")
_WORD = re.compile(r"\w+")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Written with a full stop, and as a rule followed by more of the same sentence; the second lot only before a number.
_ABBREVIATIONS = _words(
    "mr mrs ms dr prof jr vs cf eg e.g ie i.e viz approx al dept gen capt sgt hon "
    "z.b d.h u.a o.ä bzw vgl evtl ggf inkl zzgl hrsg s.o s.u v.a mme mlle mgr p.ex sra srta dra dña uds p.ej sig dott "
    "т.е т.к т.д т.п гг ул им напр тис млн проф акад dhr mevr bijv tzv např"
)
_BEFORE_NUMBER = _words("no nos nr fig figs abb vol bd p pp s ch sec art eq ref pág núm ca c jan feb mar apr jun jul aug sep sept oct nov dec")
_MONTHS = _words(
    "januar jänner februar märz april mai juni juli august september oktober november dezember jahrhundert jahrhunderts "
    "januari februari maart mei juli augustus oktober marts maj junij"
)


def sentence_ends(text: str, start: int, end: int) -> Iterator[int]:
    """The offsets in (start, end), right behind the punctuation, at which a sentence ends and another follows."""
    for found in _END.finditer(text, start, end):
        at = found.end()
        if at >= end or joins(text, at):
            continue
        if _stops(text, start, end, found) if found["stop"] else not (text[at - 1] in "」』" and text[at] in "とっ、"):  # 「はい。」と
            yield at


def _stops(text: str, start: int, end: int, found: re.Match[str]) -> bool:
    """Whether `[.!?…]` and white space end a sentence here."""
    space = _SPACE.match(text, found.end(), end)
    follows = space.end() if space else found.end()
    if follows >= end or text[follows].islower():  # "he asked (why?) and left", "approx. five"
        return False
    dot = found.start()
    before = _BEFORE.search(text, max(start, dot - 40), dot) if found["stop"] == "." else None
    if before is None:
        return True
    word = before[1].lower()
    if word in _ABBREVIATIONS or (word in _BEFORE_NUMBER and text[follows].isdigit()):
        return False
    if len(word) == 1 and word.isalpha() and (before[1].isupper() or text[follows + 1 : follows + 2] == "."):  # "J. Verne", "z. B."
        return False
    if word.isdecimal() and len(word) < 3:
        near = max(start, dot - 12)
        line = text.rfind("\n", near, dot) + 1
        if (line or near == start) and not text[max(line, start) : dot].strip(" \t0123456789"):  # "1. " that numbers an item
            return False
        following = _WORD.match(text, follows, min(end, follows + 20))
        return following is None or following[0].lower() not in _MONTHS  # "3. März"
    return True
