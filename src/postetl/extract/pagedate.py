"""Dates elsewhere on a page: for pages that neither declare one nor show one at the title."""

import re
from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from selectolax.lexbor import LexborHTMLParser, LexborNode

from postetl.extract import dates
from postetl.extract.named import Named
from postetl.extract.nearby import elsewhere, names_an_update
from postetl.extract.titledate import not_of_the_post, says_updated
from postetl.model import DateSource

_TIMES = "time, abbr[class], [itemprop^=date], [property$=datePublished], [property$=dateCreated]"
_DATED = (("date", "publish", "posted", "datum", "created", "submitted"), ("byline", "meta", "author", "time", "info"))
_MOST_TIMES, _MOST_DATED = 20, 15
_MOST_LEVELS = 6  # up from a date to a link around it
_DATED_ABBR = re.compile(r"\bpublished\b|date")
_WHOLE = frozenset(["html", "body", "main", "article", "section", "ul", "script", "style", "img", "svg", "form"])  # more than a label
_ANYWHERE = re.compile(r"©|copyright|all rights reserved|registered|joined|member since", re.IGNORECASE)
_IN_SCRIPT = re.compile(r'"(?:datePublished|publishedAt|published_at|publishDate|publicationDate|first_published_at)\\*"\s?:\s?\\*"([^"\\]{8,40})')
_LABEL = re.compile(  # no \b at its beginning, so that the search skips to the letters that open a way
    r"(?:Posted|Published|Date|Veröffentlicht|Erschienen|Eingestellt|Datum|Pressemitteilung|Stand|Publié|Publicado|Pubblicato)(?:\s(?:on|am|vom|le|el|il))?(?:\sthe)?\s?:?\s"
)
_CHANGED = re.compile(
    r"last (?:updated|modified|edited|changed|revised|reviewed)|updated on|zuletzt (?:aktualisiert|geändert|bearbeitet)|aktualisiert am|letzte änderung|dernière mise à jour|última actualización"
)
_MOST_SCRIPT = 300_000
_THIS_CENTURY, _LAST_CENTURY = re.compile(r"20\d\d"), re.compile(r"19\d\d")
_SHORTEST, _LONGEST, _MOST_LETTERS, _MOST_FIGURES = 7, 45, 10, 6  # characters of a text that is a date, letters and figures beside it
AFTER_THE_POST = re.compile(r"[Cc]omments?\b|Kommentare?|Leave a|Responses|Related|Recent|Commentaires|Comentarios")
FAR = 3000  # characters after such words that are not looked at
_MOST_YEARS = 3000
_REST = 8  # characters behind a year that may be of its date


def timed(tree: LexborHTMLParser, month_first: bool | None) -> tuple[datetime | None, DateSource | None]:
    """A <time> or the like elsewhere on the page."""
    best: tuple[int, datetime] | None = None
    for node in tree.css(_TIMES)[:_MOST_TIMES]:
        attributes = node.attributes
        kind = f"{attributes.get('class') or ''} {attributes.get('itemprop') or ''}".lower()
        if node.tag == "abbr" and not _DATED_ABBR.search(kind):
            continue
        said = attributes.get("datetime") or attributes.get("content") or (attributes.get("title") if node.tag == "abbr" else None)
        when = dates.machine(said, month_first=month_first) or dates.human(_words(node), month_first=month_first)
        if when is None or names_an_update(kind) or elsewhere(node) or _in_a_teaser(node):
            continue
        rank = 0 if "publish" in kind or "pubdate" in attributes else 1
        if best is None or rank < best[0]:
            best = (rank, when)
    return (best[1], "time") if best else (None, None)


def labelled(named: Named, month_first: bool | None) -> datetime | None:
    """A short text whose class, or whose first words, say that it tells the date."""
    for node, kind in (found for words in _DATED for found in named.having(*words, most=_MOST_DATED)):
        if names_an_update(kind) or node.tag in _WHOLE or (node.tag == "div" and node.css_first("p, h1, h2, article") is not None):
            continue
        line = _words(node)
        if not 5 < len(line) < 200 or _ANYWHERE.search(line):
            continue
        for dated in dates.all_in(line, month_first=month_first):
            if not says_updated(line, dated.start) and not not_of_the_post(line, dated.start) and not elsewhere(node):
                return dated.when
            break
    return None


def said(named: Named, month_first: bool | None) -> datetime | None:
    """A date with words before it that say what it is, anywhere on the page."""
    source = named.text()
    for year in _years(source):
        begin = max(0, year.start() - _LONGEST)
        label = next(_LABEL.finditer(source, begin, year.start()), None)
        if label is None or AFTER_THE_POST.search(source, max(0, label.start() - FAR), label.start()):
            continue
        line = source[label.end() : year.end() + _REST]
        dated = next(dates.all_in(line, month_first=month_first), None)
        if dated and len(line[: dated.start].split()) < 3:
            return dated.when
    return None


def changed(named: Named, month_first: bool | None) -> datetime | None:
    """The day of the last change, as words say that stand right before it: of the last that does so, for wikis have it at their end."""
    source = named.text()
    for year in reversed(list(_years(source))):
        before = source[max(0, year.start() - _LONGEST) : year.start()].lower()
        if label := _CHANGED.search(before):
            line = source[year.start() - len(before) + label.end() : year.end() + _REST]
            if (dated := next(dates.all_in(line, month_first=month_first), None)) and len(line[: dated.start].split()) < 3:
                return dated.when
    return None


def _years(source: str) -> Iterator[re.Match[str]]:
    """By two patterns that each open with figures as they are, to which the search skips: a seventh of the time of one for both."""
    yield from islice(_THIS_CENTURY.finditer(source), _MOST_YEARS)
    yield from islice(_LAST_CENTURY.finditer(source), _MOST_YEARS)


def alone(named: Named, month_first: bool | None) -> tuple[datetime | None, datetime | None]:
    """(published, updated), as texts that are nothing but a date have it: only where all of them say the same day."""
    source = named.text()
    published: set[datetime] = set()
    updated: set[datetime] = set()
    for year in _years(source):
        start, end = source.rfind("\n", max(0, year.start() - _LONGEST), year.start()), source.find("\n", year.end(), year.end() + _LONGEST)
        if start < 0 or end < 0 or not _SHORTEST < end - start < _LONGEST or _ANYWHERE.search(line := source[start:end]):
            continue
        dated = next(dates.all_in(line, month_first=month_first), None)
        if dated is None:
            continue
        rest = line[: dated.start] + line[dated.end :]  # a weekday, a time
        start += dated.start
        if says_updated(source, start):
            updated.add(dated.when)
        elif sum(map(str.isalpha, rest)) > _MOST_LETTERS or sum(map(str.isdigit, rest)) > _MOST_FIGURES:
            continue
        elif not not_of_the_post(source, start) and not AFTER_THE_POST.search(source, max(0, start - FAR), start):
            published.add(dated.when)
            if len(published) > 1:
                return None, None
    return next(iter(published), None), next(iter(updated)) if len(updated) == 1 else None


def scripted(tree: LexborHTMLParser, month_first: bool | None) -> datetime | None:
    """What an application's state says, where the page is drawn from it: only when all of it says the same."""
    for script in tree.css("script:not([src])")[:60]:
        source = script.text()
        if "ublish" in source and (found := set(_IN_SCRIPT.findall(source[:_MOST_SCRIPT]))) and len({said[:10] for said in found}) == 1:
            return dates.machine(found.pop(), month_first=month_first)
    return None


def counted(tree: LexborHTMLParser) -> datetime | None:
    """What scripts show as "2 days ago", in elements of GitHub's and Reddit's own."""
    for node in (*tree.tags("relative-time"), *tree.tags("faceplate-timeago"))[:_MOST_TIMES]:  # at no cost where the parser met no such name
        when = dates.machine(node.attributes.get("datetime") or node.attributes.get("ts"))
        if when and not elsewhere(node):
            return when
    return None


def _in_a_teaser(node: LexborNode) -> bool:
    """Whether a date stands in a link that is more than the date: of the post that it leads to."""
    at = node.parent
    for _ in range(_MOST_LEVELS):
        if at is None or at.tag in _WHOLE:
            return False
        if at.tag == "a":
            return len(_words(at)) > len(_words(node)) + _LONGEST
        at = at.parent
    return False


def _words(node: LexborNode) -> str:
    return " ".join(node.text(separator=" ")[:400].split())
