"""Literal text in CommonMark: a backslash where markup would be read otherwise, and nowhere else."""

import html
import re
import unicodedata

from postetl.extract import formulas

_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_RUNS = re.compile(r"([*_~`])\1+")
_PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
_ANY = str.maketrans({mark: "\\" + mark for mark in "\\`*_~<&[|"})
_STARTS = re.compile(r"^(\d{0,9})(?=[#>+=.)-])", re.MULTILINE)
LONGEST = 300_000  # characters of a paragraph that is looked at mark by mark
# What would begin a block of another kind at the start of a line (CommonMark 0.31, 4 and 5); group 1 is what to escape.
_OPENS_BLOCK = re.compile(
    r"(#)#{0,5}(?: |$)|(>)|([-+*])(?: |$)|\d{1,9}([.)])(?: |$)|(`)``|(~)~~|(<)[A-Za-z/!?]|(\[)[^\]]*\]:|(?P<rule>[-*_])(?: ?(?P=rule)){2,} *$"
)
# ... and of the further lines of a paragraph: fewer may interrupt it, but a line of - or = makes a heading of it
_INTERRUPTS = re.compile(
    r"(#)#{0,5}(?: |$)|(>)|([-+*]) |1([.)]) |(`)``|(~)~~|(<)[A-Za-z/!?]|(?P<under>[-=])(?P=under)* *$|(?P<rule>[-*_])(?: ?(?P=rule)){2,} *$|(\|?) ?:?-+:? ?\|[-:| ]*$"
)

# In a text file a list, a quote (group `lead`) and a rule are what they are in CommonMark; what would vanish or swallow the rest is escaped.
_LITERAL = re.compile(r"(?P<lead>(?:>[ \t]?|(?:[-+*]|\d{1,9}[.)])[ \t]+)*)(?:(#)#{0,5}(?:[ \t]|$)|(`)``|(~)~~|(<)[A-Za-z/!?]|(\[))?")
_UNDERLINES = re.compile(r"([-=])\1*[ \t]*$|(\|?)[ \t]?:?-+:?[ \t]?\|[-:| \t]*$")  # below a line of text: a heading, a table
_RULER = re.compile(r"[ \t]*([-*_])(?:[ \t]*\1){2,}[ \t]*$")


def literal(text: str) -> str:
    """CommonMark that shows a plain text as it is: no word of it is read as a tag, an entity, a heading or code."""
    return re.sub(r"[^\n]*\S[^\n]*(?:\n[^\n]*\S[^\n]*)*", lambda paragraph: _literal(paragraph[0]), text)


def _literal(paragraph: str) -> str:
    bad = _inline(paragraph, marked=False, coded=False)
    start = 0
    for number, line in enumerate(paragraph.split("\n")):
        bare = start + len(line) - len(line.lstrip(" \t"))
        found = number and _UNDERLINES.match(paragraph, bare, start + len(line))
        if found and found[0]:
            bad.add(found.start())
        elif not _RULER.match(line):
            found = _LITERAL.match(paragraph, bare, start + len(line))
            # a link's definition may begin on one line and go on below
            if found and found.lastindex and found.lastindex > 1 and (found[found.lastindex] != "[" or "]:" in paragraph):
                bad.add(found.start(found.lastindex))
        start += len(line) + 1
    bad = _whole(paragraph, bad)
    return "".join("\\" + c if n in bad else c for n, c in enumerate(paragraph)) if bad else paragraph


def escaped(text: str) -> str:
    """A text too long for a paragraph of anybody's, with a backslash before all that might be markup."""
    return _STARTS.sub(r"\1\\", text.translate(_ANY))


def has_marks(text: str) -> bool:
    """Whether any of its characters might be markup within a line. (Eight times `in` take a fifth of the time of one regular expression.)"""
    return "*" in text or "_" in text or "[" in text or "<" in text or "&" in text or "`" in text or "~" in text or "\\" in text


def begins_nothing(text: str, *, broken: bool, cell: bool) -> bool:
    """Whether no line of it would begin a block of another kind."""
    if cell:
        return not broken and "|" not in text
    if not broken:
        return text[:1].isalpha() or not _OPENS_BLOCK.match(text)
    first, *others = text.split("\n")
    return not _OPENS_BLOCK.match(first) and not any(not line[:1].isalpha() and _INTERRUPTS.match(line) for line in others)


def dangers(text: str, *, marked: bool, coded: bool, cell: bool) -> set[int]:
    """Offsets of the characters to escape in a block's text."""
    bad: set[int] = set()
    start = 0
    if cell:
        bad |= {n for n, c in enumerate(text) if c == "|"}
    for number, line in enumerate(text.split("\n") if not cell else ()):
        found = (_OPENS_BLOCK if number == 0 else _INTERRUPTS).match(line)
        if found:
            bad.add(start + found.start(found.lastindex or 0))
        start += len(line) + 1
    within = _inline(text, marked=marked, coded=coded)
    if within and not marked and not coded:
        keep_formulas(text, 0, within, "\\*_~[")
    return _whole(text, bad | within)


def keep_formulas(text: str, at: int, bad: set[int], plain: str) -> None:
    """A formula stays as it is, but for what would be a tag, an entity or code."""
    if "$" in text or "\\" in text:
        for first, last in formulas.places(text):
            bad.difference_update([at + n for n in range(first, last) if text[n] in plain])


def _inline(text: str, *, marked: bool, coded: bool) -> set[int]:
    """Offsets of the characters that would be read as markup within a line."""
    bad: set[int] = set()
    if "\\" in text:
        ends = len(text)
        bad |= {n for n, c in enumerate(text) if c == "\\" and (marked or coded or n + 1 == ends or text[n + 1] in _PUNCTUATION + "\n")}
    if "`" in text and (coded or (marked and text.count("`") > 1) or len(re.findall("`+", text)) > 1):
        bad |= {n for n, c in enumerate(text) if c == "`"}
    for mark in "*_":
        if mark in text:
            bad |= _emphasis(text, mark, marked=marked)
    if "~" in text and (marked or len(re.findall("~~+", text)) > 1):
        bad |= {n for n, c in enumerate(text) if c == "~" and (marked or "~~" in text[max(0, n - 1) : n + 2])}
    if "<" in text and (last := len(text) if coded else text.rfind(">")) > 0:
        bad |= {found.start() for found in re.finditer(r"<(?=[A-Za-z/!?])", text) if found.start() < last}
    if "&" in text:
        bad |= {found.start() for found in _ENTITY.finditer(text) if html.unescape(found[0]) != found[0]}
    if "[" in text and (last := text.rfind("](")) > 0:
        bad |= {n for n, c in enumerate(text) if c == "[" and n < last}
    return bad


def _whole(text: str, bad: set[int]) -> set[int]:
    for run in _RUNS.finditer(text) if bad else ():  # what is left of a run would be another run
        if not bad.isdisjoint(range(*run.span())):
            bad.update(range(*run.span()))
    return bad


def _emphasis(text: str, mark: str, *, marked: bool) -> set[int]:
    """Offsets of the literal marks, when one of them could open and a later one close."""
    openers, closers = [], []
    for run in re.finditer(re.escape(mark) + "+", text):
        before = text[run.start() - 1] if run.start() else " "
        after = text[run.end()] if run.end() < len(text) else " "
        left, right = flanks(before, after), flanks(after, before)
        if marked and not (mark == "_" and before.isalnum() and after.isalnum()):  # next to a mark, and part of its run
            left = right = True
            openers.append(run)
        elif left and (mark == "*" or not right or _is_punctuation(before)):
            openers.append(run)
        if right and (mark == "*" or not left or _is_punctuation(after)):
            closers.append(run)
    if marked or (openers and closers and openers[0].start() < closers[-1].start()):
        return {n for run in (*openers, *closers) for n in range(*run.span())}
    return set()


def flanks(outside: str, inside: str) -> bool:
    if inside.isspace():
        return False
    return not _is_punctuation(inside) or outside.isspace() or _is_punctuation(outside)


def _is_punctuation(character: str) -> bool:
    return unicodedata.category(character)[0] in "PS"
