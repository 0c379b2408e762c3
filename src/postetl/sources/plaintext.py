"""A post kept as a text file: a date line perhaps, a title perhaps, then paragraphs. Every word of the file ends up in one of the three.

lines -> the date line, if the first line is one (or the one below a title) -> the title, if there surely is one -> the body
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from postetl.errors import Malformed, Reason
from postetl.model import Parsed, RawPost, Rejected
from postetl.sources import charset, dateline

NAME = "plaintext"
MAX_TITLE_WORDS, MAX_TITLE_CHARS = 12, 80
_BREAK = re.compile("(\u2029)|\r{0,2}\n|[\r\x0b\x0c\x1c\x1d\x1e\x85\u2028]")
_JSON = re.compile(r"""\s*(?:\{\s*["}]|\[\s*(?:[\[{"\]]|-?\d+\s*,|null))""")  # whole or broken
_NAMED = re.compile(r"\.te?xt(?:$|[?#])", re.IGNORECASE)
_HEADING = re.compile(r"#[ \t]+(.*?\S)(?:[ \t]+#+)?")
_UNDERLINE = re.compile(r"={3,}|-{3,}")
_TAG = re.compile(r"</?[A-Za-z][A-Za-z0-9]*(?::[A-Za-z]\w*)?(?:\s[^<>]*)?/?>|<!--|<!DOCTYPE|<\?xml", re.IGNORECASE)
_CLOSERS = "\"'\u201d\u2019\u00bb\u203a\u300d\u300f)]*_"
_OPENERS = "\"'\u201c\u2018\u201e\u201a\u00ab\u2039\u300c\u300e"
_NO_TITLE_ENDS = ".,;:\u2026-\u2013\u2014\u3002\u3001\uff0c\uff1b\uff1a\uff0e\u060c\u061b\u06d4\u0964\u104b"
_CALLS = "!?\uff01\uff1f\u061f"
_SALUTATION = re.compile(
    r"(?:dear|hi|hiya|hello|hey|howdy|greetings|good (?:morning|afternoon|evening|day)|to whom|hallo|liebe[rs]?|sehr geehrte[rs]?|"
    r"guten (?:tag|morgen|abend)|moin|servus|gr\u00fc\u00df|cher|ch\u00e8re|chers|ch\u00e8res|bonjour|bonsoir|salut|coucou|hola|querid[oa]s?|estimad[oa]s?|"
    r"buen[oa]s (?:d\u00edas|tardes|noches)|ciao|car[oai]|salve|buongiorno|buonasera|gentil[ei]|beste|lieve|geachte|hoi|dag|ol\u00e1|oi|prezad[oa]s?|"
    r"car[oa]s|bom dia|boa (?:tarde|noite))\b(?! world\b)", re.IGNORECASE)  # the first post of half the weblogs is "Hello world"
_HEADER = re.compile(  # a by-line, `Date: 01/02/2017`, an ambiguous date: about the post, not its title
    r"by\s+(?:[A-Z\u00c0-\u00de]\S*\s*){1,4}$|(?i:(?:posted|written|published|filed|tagged)\s+(?:by|on|in|under|at)\b|"
    r"(?:date|time|author|from|to|subject|title|tags?|categor(?:y|ies)|labels?|location|mood|music|url|link|permalink|status)\s?:)|"
    r".*\b\d{1,4}([-/.])\d{1,2}\1\d{1,4}\b")
_SENTENCE = re.compile(  # begins with who did it, or breaks off where no title ends: a sentence without its full stop
    r"(?i:i|i['\u2019](?:m|ve|d|ll)|we|we['\u2019](?:re|ve|d|ll)|it|it['\u2019]s|he|she|they|ich|wir|es|er|je|nous|yo|nosotros)\s(?!\S*$)|"
    r".*\s(?:and|or|but|the|an?|und|oder|et|ou|y|der|die|das|les?|los|las)$")
_ITEM = re.compile(r"\d{1,3}[.)]\s")
_OTHER_TEXT = frozenset({"text/html", "text/css", "text/csv", "text/javascript", "text/xml", "text/calendar", "text/vcard", "text/tab-separated-values"})


@dataclass(frozen=True, slots=True)
class _Title:
    text: str
    lines: int  # how many lines it takes, with an underline
    sure: bool  # marked as a title, by `#` or an underline


def recognises(body: bytes, content_type: str | None, url: str) -> bool:
    """Text that is served or named as such; without either, text with no markup and no JSON in it."""
    if not charset.readable(body):
        return False
    served = (content_type or "").partition(";")[0].strip().lower()
    if _NAMED.search(url) or served == "text/plain":
        return True
    if served in _OTHER_TEXT or not (served.startswith("text/") or served in ("", "application/octet-stream", "binary/octet-stream")):
        return False
    text = charset.decode(body, content_type, declared=False)
    return "\ufffd" not in text[:4096] and not _TAG.search(text) and not _JSON.match(text)


def read(body: bytes, *, url: str, content_type: str | None = None) -> Parsed:
    """One post: published_at from the date line (UTC), a title only when there surely is one, and `text`, paragraphs by one blank line.

    A date line of a day that never was stays in the text, with a BAD_DATE reject. Raises Malformed (EMPTY_BODY, WRONG_KIND).
    """
    lines = _lines(charset.text_of(body, content_type, url, declared=False))
    if not lines:
        raise Malformed("nothing but white space in it", url=url, reason=Reason.EMPTY_BODY)
    title, when, bad, rest = _parts(lines)
    rejects = (Rejected(url, "read", Reason.BAD_DATE, f"no such date: {bad}"),) if bad else ()
    text = "\n".join(rest).strip("\n") or None
    return Parsed(NAME, None, (RawPost(url=url, title=title, text=text, published_at=when, date_source="text" if when else None),), (), rejects)


def _lines(text: str) -> list[str]:
    """Stripped lines, one empty line between paragraphs, none at either end. Every kind of line break counts as one."""
    lines: list[str] = []
    at = 0
    breaks = [(m.start(), m.end(), m[1] is not None) for m in _BREAK.finditer(text)]
    for start, end, paragraph in [*breaks, (len(text), len(text), False)]:
        line = text[at:start].strip()
        if line or (lines and lines[-1]):
            lines.append(line)
        if paragraph and lines and lines[-1]:
            lines.append("")
        at = end
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _parts(lines: list[str]) -> tuple[str | None, datetime | None, str | None, list[str]]:
    """(title, date, impossible date line, the remaining lines)."""
    date = dateline.read(lines[0])
    if date is not None:
        if date.when is None:
            return None, None, lines[0], lines
        rest = _after(lines, 2 if len(lines) > 1 and _UNDERLINE.fullmatch(lines[1]) else 1)
        title = _title(rest)
        return (title.text if title else None), date.when, None, _after(rest, title.lines) if title else rest

    title = _title(lines, above_date=True)
    if title is not None:
        below = _after(lines, title.lines)
        date = dateline.read(below[0]) if below else None
        if date is not None and date.when is not None and len(below) > 1:
            return title.text, date.when, None, _after(below, 1)
        if date is not None and date.when is None:
            return None, None, below[0], lines
    title = _title(lines)
    return (title.text if title else None), None, None, _after(lines, title.lines) if title else lines


def _after(lines: list[str], count: int) -> list[str]:
    rest = lines[count:]
    return rest[1:] if rest and not rest[0] else rest


def _title(lines: Sequence[str], *, above_date: bool = False) -> _Title | None:
    """The title that the lines begin with, with something below it; None when in doubt. `above_date`: a date line ends it, too."""
    if len(lines) < 2 or not any(lines[1:]):
        return None
    first, second = lines[0], lines[1]
    if heading := _HEADING.fullmatch(first):
        return _Title(heading[1], 1, sure=True) if len(heading[1]) <= 2 * MAX_TITLE_CHARS else None
    if _UNDERLINE.fullmatch(second):
        marked = _is_title(first) or (len(first) <= 2 * MAX_TITLE_CHARS and len(second) * 2 >= len(first) and (second[0] == "=" or not _ends(first)))
        return _Title(first, 2, sure=True) if marked and any(lines[2:]) and dateline.read(first) is None else None
    if not _is_title(first):
        return None
    if not second or (above_date and dateline.read(second) is not None) or _broken_on_purpose(lines):
        return _Title(first, 1, sure=False)
    return None


def _is_title(line: str) -> bool:
    """Whether a line has the shape of a title: short, begun like one, not ended like a sentence, not an address to the reader."""
    words = line.split()
    if len(words) > MAX_TITLE_WORDS or len(line) > MAX_TITLE_CHARS or _ends(line) or _ITEM.match(line) or _UNDERLINE.fullmatch(line):
        return False
    start = line.lstrip(_OPENERS)[:1]
    quoted = line[0] in _OPENERS and start
    if not (quoted or start.isupper() or start.istitle() or start.isdigit() or unicodedata.category(start or " ") == "Lo"):
        return False
    if not any(c.isalpha() for c in line) or dateline.is_partial(line) or dateline.is_within(line) or _HEADER.match(line.replace("By ", "by ", 1)):
        return False
    if (line.rstrip(_CLOSERS)[-1:] in _CALLS or _SENTENCE.match(line.lstrip(_OPENERS))) and not _mostly_capitals(words):
        return False
    return not (_SALUTATION.match(line.lstrip(_OPENERS)) and len(words) <= 5)


def _ends(line: str) -> bool:
    return (line.rstrip(_CLOSERS) or line)[-1] in _NO_TITLE_ENDS


def _mostly_capitals(words: Sequence[str]) -> bool:
    begun = [w.lstrip(_OPENERS + "([")[:1] for w in words]
    letters = [c for c in begun if c.isalpha()]
    return bool(letters) and sum(c.isupper() or c.istitle() for c in letters) * 2 > len(letters)


def _broken_on_purpose(lines: Sequence[str]) -> bool:
    """Whether the first line ends although the next word had room, above prose: not verse, a list or an address, which break everywhere.

    The file's wrap width is its longest line.
    """
    end = next((n for n, line in enumerate(lines) if not line), len(lines))
    first, below = lines[0], lines[1:end]
    width = max(len(line) for line in lines[1:])
    head = below[0].lstrip(_OPENERS)[:1]
    return (
        len(first) + 1 + len(below[0].split()[0]) <= width
        and (head.isupper() or head.isdigit() or unicodedata.category(head or " ") == "Lo")
        and len(below[0]) > len(first)
        and (below[-1].rstrip(_CLOSERS) or below[-1])[-1] in ".!?\u2026\u3002\uff01\uff1f\u061f\u06d4\u0964:"
        and all(len(line) * 2 > width for line in below[:-1])
    )
