"""The dates that stand at a post's title, as its readers see them."""

import re
from datetime import datetime
from typing import NamedTuple

from postetl.extract import dates
from postetl.extract.nearby import Near, Piece
from postetl.model import DateSource

# On lower case, and no \b before the words: the search skips to the letters that they open with
_UPDATED = re.compile(
    r"(?:updated?|modified|edited|revised|reviewed|changed|aktualisiert|aktualisierung|änderung|geändert|bearbeitet|mis à jour|modifié|actualizado|actualización|"
    r"atualizado|aggiornato|bijgewerkt|uppdaterad|opdateret|zaktualizowano|aktualizacja|обновлено|更新)(?:e[drsn]?|d)?\b[\s:\n]*(?:on|am|le|el|em|den|at|by|vom|in|il|:|-)?[\s:\n]*(?:[^\W\d_]{2,12}\.?,?\s)?$"
)
_PUBLISHED = re.compile(
    r"(?:publish(?:ed)?|posted|written|created|date|first published|originally|veröffentlicht|erstellt|geschrieben|datum|pressemitteilung|stand|publié|publicado|"
    r"pubblicato|gepubliceerd|opublikowano|vom|on)\b[\s:\n]*(?:on|am|the|le|el|em|den|at|vom|in|il|:|-)?[\s:\n]*(?:[^\W\d_]{2,12}\.?,?\s)?$"
)
_OTHER = re.compile(
    r"(?:©|\(c\)|copyright|all rights reserved|registered|joined|founded|member since|mitglied seit|dabei seit|anmeldedatum|registriert|beigetreten|inscription|inscrit|registrado|received|accepted|retrieved|accessed|abgerufen|since|seit|until|bis|"
    r"through|expires|deadline|due|born|geboren|geb\.|next|before|after|between|valid|gültig|effective|event|termin|week of|as of)[\s:\n]*(?:on|am|dem|zum|den)?[\s:\n]*(?:[^\W\d_]{2,12}\.?,?\s)?$"
)
_FEW, _SOME, _ALL = 6, 20, 1000  # pieces after the title
_REACH = 60  # characters after a date that may change how it is read
_LONGEST_LINK = 45  # characters of a link that is little but a date
_BEFORE = 45  # characters before a date that are looked at


def says_updated(line: str, start: int) -> bool:
    """Whether the words before a date say that something was changed then."""
    return _UPDATED.search(line[max(0, start - _BEFORE) : start].lower()) is not None


def not_of_the_post(line: str, start: int) -> bool:
    """Whether the words before a date say that it is something else's: a member's, an event's, a copyright."""
    return _OTHER.search(line[max(0, start - _BEFORE) : start].lower()) is not None


class Shown(NamedTuple):
    """The dates at the title: `source` tells whether a <time> or the text has the first; `sure` that it cannot be read in two ways, and little stands beside it."""

    published: datetime | None = None
    source: DateSource | None = None
    updated: datetime | None = None
    sure: bool = False


def shown(near: Near, month_first: bool | None, *, declared: bool, updated: bool) -> Shown:
    """The dates in the lines at the title. Of a page that declares its date only the first are read: what it shows there may be another day."""
    found, read = Shown(), -1
    for most in (_FEW, _SOME if declared else _ALL):
        pieces = near.after(most)[:most]
        if len(pieces) == read:
            break
        read = len(pieces)
        found, end = _in(pieces, month_first)
        if len(pieces) < most:
            break
        if found.published and (found.updated or updated) and sum(len(piece.text) + 1 for piece in pieces) > end + _REACH:
            break
    if found.published:
        return found
    before, _ = _in(near.before(), month_first)
    return before._replace(updated=found.updated or before.updated)


def _in(pieces: list[Piece], month_first: bool | None) -> tuple[Shown, int]:
    """What the pieces tell, and where the date of publication ends in them."""
    line = ""
    marks: list[tuple[int, int, datetime, DateSource, bool, bool]] = []
    taken: list[tuple[int, int]] = []
    for piece in pieces:
        if piece.updated and piece.node is None:
            line += "\nupdated: "
            continue
        start = len(line)
        line += piece.text + "\n"
        if piece.node is not None and piece.node.tag == "time":
            when = dates.machine(piece.node.attributes.get("datetime"), month_first=month_first) or dates.human(piece.text, month_first=month_first)
            if when:
                marks.append((start, len(line), when, "time", piece.updated, True))
                taken.append((start, len(line)))
        elif piece.node is not None and len(piece.text) > _LONGEST_LINK:
            taken.append((start, len(line)))  # of the post that the link leads to
    marks += [
        (dated.start, dated.end, dated.when, "text", False, dated.sure and _is_short(line, dated))
        for dated in dates.all_in(line, month_first=month_first)
        if not any(start <= dated.start < end for start, end in taken)
    ]
    found, end = Shown(), 0
    if not marks:
        return found, end
    for start, stop, when, source, is_update, sure in sorted(marks, key=lambda mark: mark[0]):
        if is_update or says_updated(line, start):
            found = found if found.updated else found._replace(updated=when)
        elif not found.published and _stands_alone(line, start) and not not_of_the_post(line, start) and (source == "time" or start < 700 or _says_published(line, start)):
            found, end = Shown(when, source, found.updated, sure), stop
    return found, end


def _says_published(line: str, start: int) -> bool:
    return _PUBLISHED.search(line[max(0, start - _BEFORE) : start].lower()) is not None


def _is_short(line: str, dated: dates.Dated) -> bool:
    """Whether little else stands in a date's text: not the place and day that open a press release."""
    end = line.find("\n", dated.end)
    return (len(line) if end < 0 else end) - line.rfind("\n", 0, dated.start) - (dated.end - dated.start) < 40


def _stands_alone(line: str, start: int) -> bool:
    """Whether a date opens a text, or a label or a name does before it: not one within a sentence."""
    before = line[line.rfind("\n", 0, start) + 1 : start]
    return len(before) < 60 and len(before.split()) < 9
