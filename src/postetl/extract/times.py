"""When a post was published and last changed, and what says so. Never from a copyright line, a comment or another post."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from postetl.extract import dates
from postetl.extract.declared import Declared, text
from postetl.extract.nearby import Piece, elsewhere
from postetl.model import DateSource

_PUBLISHED = (
    "article:published_time", "datepublished", "published-date", "og:published_time", "date", "pubdate", "publishdate", "publish-date", "publish_date",
    "parsely-pub-date", "sailthru.date", "dc.date.issued", "dcterms.issued", "dc.date", "dcterms.date", "dcterms.created", "dc.date.created",
    "citation_publication_date", "citation_online_date", "citation_date", "article.published", "cxenseparse:recs:publishtime", "cxenseparse:publishtime",
    "og:article:published_time", "datecreated", "og:pubdate", "displaydate", "published", "uploaddate", "w-published-date", "last-published", "publication_date",
    "article_date_original", "originalpublicationdate", "publishedat", "og:publish_date", "shareaholic:article_published_time", "vr:published_time", "created",
)  # fmt: skip
_UPDATED = (
    "article:modified_time", "datemodified", "updated-date", "og:updated_time", "dcterms.modified", "last-modified", "dc.date.modified", "lastmod", "updated",
    "dateupdate", "modified", "revised",
)  # fmt: skip
_TIMES = "time, [property$=datePublished], [property$=dateCreated], abbr.published, abbr[class*=date i], [itemprop~=datePublished], [itemprop~=dateCreated]"
_DATED = tuple(
    ", ".join(f"[class*={word} i]" for word in named)
    for named in (("date", "publish", "posted", "datum", "created", "submitted"), ("byline", "meta", "author", "time", "info"))
)
_MOST_TIMES, _MOST_DATED = 30, 40
_SAYS_UPDATED = re.compile(
    r"(?:updated?|modified|edited|revised|reviewed|changed|aktualisiert|aktualisierung|änderung|geändert|bearbeitet|mis à jour|modifié|actualizado|actualización|"
    r"atualizado|aggiornato|bijgewerkt|uppdaterad|opdateret|zaktualizowano|aktualizacja|обновлено|更新)(?:e[drsn]?|d)?\b[\s:\n]*(?:on|am|le|el|em|den|at|by|vom|in|il|:|-)?[\s:\n]*$",
    re.IGNORECASE,
)
_SAYS_PUBLISHED = re.compile(
    r"(?:publish(?:ed)?|posted|written|created|date|first published|originally|veröffentlicht|erstellt|geschrieben|datum|pressemitteilung|stand|publié|publicado|"
    r"pubblicato|gepubliceerd|opublikowano|vom|on)\b[\s:\n]*(?:on|am|the|le|el|em|den|at|vom|in|il|:|-)?[\s:\n]*(?:[^\W\d_]{2,12}\.?,?\s)?$",
    re.IGNORECASE,
)
_NOT_OF_THE_POST = re.compile(
    r"(?:©|\(c\)|copyright|all rights reserved|registered|joined|member since|mitglied seit|dabei seit|anmeldedatum|retrieved|accessed|abgerufen|since|seit|until|bis|"
    r"through|expires|deadline|due|born|geboren|geb\.|next|before|after|between|valid|gültig|effective|event|termin|week of|as of)[\s:\n]*(?:on|am|dem|zum|den)?[\s:\n]*$",
    re.IGNORECASE,
)
_WHOLE = frozenset(["html", "body", "main", "article", "section", "ul", "script", "style", "img", "svg", "form"])  # more than a label
_ANYWHERE = re.compile(r"©|copyright|all rights reserved|registered|joined|member since", re.IGNORECASE)
_IN_SCRIPT = re.compile(r'\\*"(?:datePublished|publishedAt|published_at|publishDate|publicationDate|first_published_at)\\*"\s?:\s?\\*"([^"\\]{8,40})')
_LABEL = re.compile(
    r"\b(?:(?P<updated>Last (?:updated|modified)|Updated|Letzte Änderung|Zuletzt (?:geändert|aktualisiert))|Posted|Published|Date|Veröffentlicht|Erschienen|Eingestellt|Datum|"
    r"Pressemitteilung|Stand|Publié|Publicado|Pubblicato)(?: on| am| vom| le| el| il)?(?: the)?\s?:?\s"
)
_MOST_SCRIPT = 300_000
_LABELS = ("Posted", "Published", "Last ", "Updated", "Letzte ", "Zuletzt ", "Date", "Ver\u00f6ffentlicht", "Erschienen", "Eingestellt", "Datum", "Pressem", "Stand", "Publi", "Pubbli")
_MOST_LABELS = 20
_FARTHEST_ZONE = 12  # hours
_DAY_FIRST = ("uk", "au", "nz", "ie", "in", "za")


@dataclass(frozen=True, slots=True)
class Times:
    published: datetime | None = None
    source: DateSource | None = None
    updated: datetime | None = None


def times(tree: LexborHTMLParser, declared: Declared, near: tuple[list[Piece], list[Piece]], *, address: str | None, language: str | None) -> Times:
    month_first = _month_first(declared, language, address)
    updated = _first((text(value) for value in declared.said("dateModified")), month_first) or _first(declared.all(*_UPDATED), month_first)
    published, source = _declared(declared, month_first)
    shown, shown_source, changed, sure = _shown(near, month_first)
    updated = updated or changed
    day = dates.in_url(address)
    if published is None:
        if shown:
            published, source = shown, shown_source
        elif (found := _timed(tree, month_first))[0]:
            published, source = found
        elif day:
            published, source = day, "url"
        elif found_text := _labelled(tree, month_first):
            published, source = found_text, "text"
        elif (found_said := _said(tree, month_first)) and found_said[0]:
            published, source, changed = found_said[0], "text", changed or found_said[1]
        elif found_script := _scripted(tree, month_first):
            published, source = found_script, "json-ld"
        elif changed:
            published, source = changed, "updated"
    elif (day and source != "url" and (there := _on(day, published))) or (shown and sure and (there := _on(shown, published))):
        published = there
    elif shown and sure and shown < published - timedelta(hours=36) and shown.year > 1990 and (not updated or abs(shown - updated) > timedelta(days=1)):
        published, source = shown, shown_source  # the time a post was moved to this system, or built again; its readers are told the day
    return Times(published, source, updated)


def _on(day: datetime, instant: datetime) -> datetime | None:
    """The same instant by the clock of a place where it falls on `day`: told in UTC, but its page's readers are told the day before or after."""
    if instant.utcoffset() or not any((instant.hour, instant.minute, instant.second)) or abs((day.date() - instant.date()).days) != 1:
        return None
    hours = 24 - instant.hour if day.date() > instant.date() else -instant.hour - 1
    return instant.astimezone(timezone(timedelta(hours=hours))) if abs(hours) <= _FARTHEST_ZONE else None


def _first(values: object, month_first: bool | None) -> datetime | None:
    return next((when for value in values if (when := dates.machine(value, month_first=month_first))), None)  # type: ignore[attr-defined]


def _declared(declared: Declared, month_first: bool | None) -> tuple[datetime | None, DateSource | None]:
    if when := _first((text(value) for value in declared.said("datePublished", "dateCreated", "uploadDate")), month_first):
        return when, "json-ld"
    when = _first(declared.all(*_PUBLISHED), month_first)
    return when, "meta" if when else None


def _shown(near: tuple[list[Piece], list[Piece]], month_first: bool | None) -> tuple[datetime | None, DateSource | None, datetime | None, bool]:
    """(published, whether a <time> or the text says so, updated, whether `published` is sure), as the lines at the title have it."""
    updated: datetime | None = None
    for pieces in (near[1], near[0]):
        line, plain, marks = "", None, []
        for piece in pieces:
            if piece.updated and not piece.text:
                line += "\nupdated: "
                continue
            start = len(line)
            line += piece.text + "\n"
            if piece.node is not None and piece.node.tag == "time":
                when = dates.machine(piece.node.attributes.get("datetime"), month_first=month_first) or dates.human(piece.text, month_first=month_first)
                if when:
                    marks.append((start, len(line), when, "time", piece.updated, True))
        marks += [
            (dated.start, dated.end, dated.when, "text", False, dated.sure and _is_short(line, dated))
            for dated in dates.all_in(line, month_first=month_first)
            if not any(start <= dated.start < end for start, end, *_ in marks)
        ]
        for start, _, when, source, is_update, sure in sorted(marks, key=lambda mark: mark[0]):
            before = line[max(0, start - 45) : start]
            if is_update or _SAYS_UPDATED.search(before):
                updated = updated or when
            elif _NOT_OF_THE_POST.search(before):
                continue
            elif plain is None and (source == "time" or start < 700 or _SAYS_PUBLISHED.search(before)) and _stands_alone(line, start):
                plain = (when, source, sure)
        if plain:
            return plain[0], plain[1], updated, plain[2]  # type: ignore[return-value]
    return None, None, updated, False


def _is_short(line: str, dated: dates.Dated) -> bool:
    """Whether little else stands in a date's text: not the place and day that open a press release."""
    end = line.find("\n", dated.end)
    return (len(line) if end < 0 else end) - line.rfind("\n", 0, dated.start) - (dated.end - dated.start) < 40


def _stands_alone(line: str, start: int) -> bool:
    """Whether a date opens a text, or a label or a name does before it: not one within a sentence."""
    before = line[line.rfind("\n", 0, start) + 1 : start]
    return len(before) < 60 and len(before.split()) < 9


def _timed(tree: LexborHTMLParser, month_first: bool | None) -> tuple[datetime | None, DateSource | None]:
    """A <time> or the like elsewhere on the page."""
    best: tuple[int, datetime] | None = None
    for node in tree.css(_TIMES)[:_MOST_TIMES]:
        attributes = node.attributes
        kind = f"{attributes.get('class') or ''} {attributes.get('itemprop') or ''}".lower()
        said = attributes.get("datetime") or attributes.get("content") or (attributes.get("title") if node.tag == "abbr" else None)
        when = dates.machine(said, month_first=month_first) or dates.human(_words(node), month_first=month_first)
        if when is None or "updat" in kind or "modif" in kind or elsewhere(node):
            continue
        rank = 0 if "publish" in kind or "pubdate" in attributes else 1
        if best is None or rank < best[0]:
            best = (rank, when)
    return (best[1], "time") if best else (None, None)


def _labelled(tree: LexborHTMLParser, month_first: bool | None) -> datetime | None:
    """A short text whose class, or whose first words, say that it tells the date."""
    for node in (node for named in _DATED for node in tree.css(named)[:_MOST_DATED]):
        kind = (node.attributes.get("class") or "").lower()
        if "updat" in kind or "modif" in kind or node.tag in _WHOLE or (node.tag == "div" and node.css_first("p, h1, h2, article") is not None):
            continue
        line = _words(node)
        if not 5 < len(line) < 200 or _ANYWHERE.search(line):
            continue
        for dated in dates.all_in(line, month_first=month_first):
            before = line[max(0, dated.start - 45) : dated.start]
            if not _SAYS_UPDATED.search(before) and not _NOT_OF_THE_POST.search(before) and not elsewhere(node):
                return dated.when
            break
    return None


def _said(tree: LexborHTMLParser, month_first: bool | None) -> tuple[datetime | None, datetime | None]:
    """(published, updated) where words before a date say so, anywhere on the page."""
    body = tree.body
    source = body.text(separator=" ")[:_MOST_SCRIPT] if body is not None else ""
    found: dict[bool, datetime] = {}
    for start in _starts(source):
        label = _LABEL.match(source, start)
        if label is None:
            continue
        line = source[label.end() : label.end() + 40]
        dated = next(dates.all_in(line, month_first=month_first), None)
        if dated and len(line[: dated.start].split()) < 3:
            found.setdefault(bool(label["updated"]), dated.when)
    return found.get(False), found.get(True)


def _starts(source: str) -> Iterator[int]:
    """Where a label may stand."""
    for word in _LABELS:
        at = -1
        for _ in range(_MOST_LABELS):
            at = source.find(word, at + 1)
            if at < 0:
                break
            yield at


def _scripted(tree: LexborHTMLParser, month_first: bool | None) -> datetime | None:
    """What an application's state says, where the page is drawn from it: only when all of it says the same."""
    for script in tree.css("script:not([src])")[:60]:
        source = script.text()
        if "ublish" in source and (found := set(_IN_SCRIPT.findall(source[:_MOST_SCRIPT]))) and len({said[:10] for said in found}) == 1:
            return dates.machine(found.pop(), month_first=month_first)
    return None


def _month_first(declared: Declared, language: str | None, address: str | None) -> bool | None:
    """Whether 3/4/2017 is March: in the United States it is, and in pages in English that do not say which."""
    said = [(tag or "").replace("_", "-").lower() for tag in (language, declared.first("og:locale"))]
    if said[0] and not said[0].startswith("en"):
        return False
    if any(tag.startswith("en-us") for tag in said):
        return True
    if any(tag.startswith("en-") for tag in said):
        return False
    tag = next((tag for tag in said if tag), "")
    if tag and not tag.startswith("en"):
        return False
    return None if not tag else not _host(address).endswith(_DAY_FIRST)


def _host(address: str | None) -> str:
    try:
        return urlsplit(address or "").hostname or ""
    except ValueError:
        return ""


def _words(node: LexborNode) -> str:
    return " ".join(node.text(separator=" ")[:400].split())
