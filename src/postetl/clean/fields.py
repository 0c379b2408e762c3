"""The fields of one line: titles, summaries, names, tags, languages, dates. Text in, text or None out."""

import html
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from postetl.clean.text import plain
from postetl.model import TextType

# A tag is taken for one only when it is closed, or empty by its nature: "Why I never write <blink>" is a title, too.
_NAMES = (
    "a abbr acronym address article aside b bdi bdo big blockquote caption center cite code dd del details dfn div dl dt em figcaption "
    "figure font footer h1 h2 h3 h4 h5 h6 header i ins kbd li main mark nav nobr ol p pre q s samp section small span strike strong sub "
    "summary sup table tbody td tfoot th thead time tr tt u ul var"
)
_NAMED = "|".join(_NAMES.split())
_TAG = re.compile(rf"<(?:(/)?({_NAMED})|br|hr|img|wbr|/br|/p)(?:[\s/](?:[^<>\"']|\"[^\"]{{0,500}}\"|'[^']{{0,500}}')*+)?>", re.IGNORECASE)
_UNSEEN = tuple(
    (re.compile(opening, re.IGNORECASE), re.compile(closing, re.IGNORECASE))
    for opening, closing in (("<!--", "-->"), *((rf"<{name}[\s>]", rf"</{name}\s*>") for name in ("script", "style", "template", "noscript")))
)
_MARKUP = re.compile(r"""</?[A-Za-z!](?:[^<>"']|"[^"]*"|'[^']*')*+>|</?[A-Za-z!][^<>]*>""")  # of what is HTML for certain
_PICTURE = re.compile(r"""<img\s[^>]*?\balt\s*=\s*(?:"([^"]+)"|'([^']+)')""", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_INLINE_NAMES = "a abbr acronym b bdi bdo big cite code del dfn em font i ins kbd mark nobr q s samp small span strike strong sub sup time tt u var"
_INLINE = frozenset(_INLINE_NAMES.split())
_EMAIL = re.compile(r"[^\s<>()\[\],;:\"]{1,64}@[^\s<>()\[\],;:\"@]{1,255}")
_BY = re.compile(r"(?:(?:posted|written|published)\s+)?by\b(?:\s*:\s*|\s+)", re.IGNORECASE)
_BCP47 = re.compile(r"([a-z]{2,3})((?:-[a-z]{3})?(?:-[a-z]{4})?(?:-(?:[a-z]{2}|\d{3}))?(?:-(?:[a-z0-9]{5,8}|\d[a-z0-9]{3}))*(?:-[a-wyz0-9](?:-[a-z0-9]{2,8})+)*(?:-x(?:-[a-z0-9]{1,8})+)?)")
_NO_LANGUAGE = frozenset({"und", "mul", "zxx", "mis", "xx", "xxx"})
_RENAMED = {"iw": "he", "in": "id", "ji": "yi", "mo": "ro"}  # withdrawn from ISO 639, still declared
_LANGUAGES = (
    "aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo es et eu fa ff "
    "fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks "
    "ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps "
    "pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur "
    "uz ve vi vo wa wo xh yi yo za zh zu"
)
_ISO_639_1 = frozenset(_LANGUAGES.split())


def heading(title: str | None, kind: TextType | None) -> str | None:
    """A title without its markup, on one line. What is not said to be HTML stays as it is: `one_line` goes by its looks."""
    if title is None:
        return None
    line = title
    if kind == "html" and ("<" in title or "&" in title):
        line = html.unescape(_MARKUP.sub("", title))
        if not line.strip() and (alt := _PICTURE.search(title)):
            line = html.unescape(alt[1] or alt[2])  # a title that is a picture
    return " ".join(line.split()) or None


def abstract(summary: str | None, kind: TextType | None) -> str | None:
    """A summary as one line of plain text; read as HTML unless its source says that it is none."""
    return (plain(summary) or None if summary else None) if kind == "text" else one_line(summary)


def one_line(text: str | None) -> str | None:
    """Plain text of a field that may be HTML: markup out, entities resolved, white space folded; None when nothing is left."""
    if not text:
        return None
    if "<" in text:
        if "<![CDATA[" in text:
            text = text.replace("<![CDATA[", "").replace("]]>", "")
        for opening, closing in _UNSEEN:
            text = _without(text, opening, closing)
        closed = {found[2].lower() for found in _TAG.finditer(text) if found[1] and found[2]}
        text = _TAG.sub(lambda tag: _in_place_of(tag, closed), text)
    if "&" in text:
        text = _ENTITY.sub(lambda entity: html.unescape(entity[0]), text)
    return plain(text) or None


def _without(text: str, opening: re.Pattern[str], closing: re.Pattern[str]) -> str:
    pieces: list[str] = []
    at = 0
    while (begin := opening.search(text, at)) and (end := closing.search(text, begin.end())):
        pieces += (text[at : begin.start()], " ")
        at = end.end()
    return "".join((*pieces, text[at:]))


def _in_place_of(tag: re.Match[str], closed: set[str]) -> str:
    name = (tag[2] or "").lower()
    if name and name not in closed and name not in ("p", "li"):
        return tag[0]
    return "" if name in _INLINE or tag[0][1:4].lower() == "wbr" else " "


def people(names: Iterable[str]) -> tuple[str, ...]:
    """Names without "By", e-mail and web addresses; each once, in order."""
    return _once(name for raw in names if (name := _person(raw)))


def _person(raw: str) -> str | None:
    name = one_line(re.sub(r"<([^<>\s]{1,64}@[^<>\s]{1,255})>", r" \1 ", raw)) or ""
    if "@" in name:
        name = _EMAIL.sub(" ", re.sub(r"\bmailto:", " ", name, flags=re.IGNORECASE))
        name = re.sub(r"<\s*>|\[\s*\]|\(\s*\)", " ", name).strip(' ,;:-<>"')
        if enclosed := re.fullmatch(r"\((.*)\)", name):  # RSS 2.0: jane@example.org (Jane Doe)
            name = enclosed[1]
    name = " ".join(_BY.sub("", name, count=1).split() if _BY.match(name) else name.split()).strip(" ,;|")
    if re.match(r"(?:https?:)?//|www\.", name, re.IGNORECASE) or not any(c.isalnum() for c in name):
        return None
    return name


def labels(tags: Iterable[str]) -> tuple[str, ...]:
    """Tags without a leading #, each once whatever its case, in order."""
    return _once(tag for raw in tags if (tag := (one_line(raw) or "").removeprefix("#").strip()))


def _once(values: Iterable[str]) -> tuple[str, ...]:
    seen: dict[str, str] = {}
    for value in values:
        seen.setdefault(value.casefold(), value)
    return tuple(seen.values())


def language_tag(declared: str | None) -> str | None:
    """A BCP 47 tag in its usual case (zh-Hant-TW); None when it is none (RFC 5646; two letters must be in ISO 639-1)."""
    tag = (declared or "").strip().replace("_", "-").lower().partition(".")[0].partition("@")[0]
    if len(tag) > 64 or not (found := _BCP47.fullmatch(tag)):
        return None
    first = _RENAMED.get(found[1], found[1])
    if first in _NO_LANGUAGE or (len(first) == 2 and first not in _ISO_639_1):
        return None
    parts, private = [first], False
    for part in found[2].split("-")[1:]:
        private = private or len(part) == 1
        parts.append(part if private else part.title() if len(part) == 4 and part.isalpha() else part.upper() if len(part) == 2 else part)
    return "-".join(parts)


def plausible(when: datetime, fetched_at: datetime) -> datetime | None:
    """The time in UTC; None when it lies before the year 1000 or more than 366 days after `fetched_at`. No zone: taken as UTC."""
    try:
        utc = when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    except (OverflowError, ValueError):  # an offset across the end of the calendar
        return None
    return utc if utc.year >= 1000 and utc <= fetched_at + timedelta(days=366) else None
