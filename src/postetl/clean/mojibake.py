"""UTF-8 that was read as something else (`donâ€™t`, `fÃ¼r`), set right where ftfy is sure of it."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

from postetl.clean.layout import Edit

# A first byte of UTF-8 as Latin-1 or windows-1252 shows it, and one that continues it: nearly no clean text has that.
_MANGLED = re.compile(
    "[\u00c2-\u00f4][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013\u2014\u2018-\u201e\u2020-\u2022\u2026\u2030\u2039\u203a\u20ac\u2122]"
)
_BEHIND_LETTERS = "\u2013\u2014\u2018\u2019\u201c\u201d\u2026\u00ab\u00bb\u203a\u2039\u00a0"
_LONGEST = 4000  # characters that are compared one by one, so that offsets stay exact


def mojibake(text: str) -> Iterator[Edit]:
    """The edits that repair a text, line by line."""
    if text.isascii() or not _MANGLED.search(text):
        return
    import ftfy

    at = 0
    for line in text.split("\n"):
        if _certain(line) and (fixed := ftfy.fix_encoding(line)) != line:
            if len(line) > _LONGEST:
                yield at, at + len(line), fixed
            else:
                for kind, start, end, other, until in SequenceMatcher(None, line, fixed, autojunk=False).get_opcodes():
                    if kind != "equal":
                        yield at + start, at + end, fixed[other:until]
        at += len(line) + 1


def _certain(line: str) -> bool:
    """More than letters with a closing quote or a dash behind them, as `“IRMÃ”` has."""
    return any(found[0][1] not in _BEHIND_LETTERS for found in _MANGLED.finditer(line))
