"""The dates that stand at a post's title, as its readers see them."""

import re
from datetime import datetime

from postetl.extract import dates
from postetl.extract.nearby import Piece
from postetl.model import DateSource

# On lower case, and no \b before the words: the search skips to the letters that they open with
_UPDATED = re.compile(
    r"(?:updated?|modified|edited|revised|reviewed|changed|aktualisiert|aktualisierung|änderung|geändert|bearbeitet|mis à jour|modifié|actualizado|actualización|"
    r"atualizado|aggiornato|bijgewerkt|uppdaterad|opdateret|zaktualizowano|aktualizacja|обновлено|更新)(?:e[drsn]?|d)?\b[\s:\n]*(?:on|am|le|el|em|den|at|by|vom|in|il|:|-)?[\s:\n]*$"
)
_PUBLISHED = re.compile(
    r"(?:publish(?:ed)?|posted|written|created|date|first published|originally|veröffentlicht|erstellt|geschrieben|datum|pressemitteilung|stand|publié|publicado|"
    r"pubblicato|gepubliceerd|opublikowano|vom|on)\b[\s:\n]*(?:on|am|the|le|el|em|den|at|vom|in|il|:|-)?[\s:\n]*(?:[^\W\d_]{2,12}\.?,?\s)?$"
)
_OTHER = re.compile(
    r"(?:©|\(c\)|copyright|all rights reserved|registered|joined|member since|mitglied seit|dabei seit|anmeldedatum|retrieved|accessed|abgerufen|since|seit|until|bis|"
    r"through|expires|deadline|due|born|geboren|geb\.|next|before|after|between|valid|gültig|effective|event|termin|week of|as of)[\s:\n]*(?:on|am|dem|zum|den)?[\s:\n]*$"
)
_BEFORE = 45  # characters before a date that are looked at


def says_updated(line: str, start: int) -> bool:
    """Whether the words before a date say that something was changed then."""
    return _UPDATED.search(line[max(0, start - _BEFORE) : start].lower()) is not None


def not_of_the_post(line: str, start: int) -> bool:
    """Whether the words before a date say that it is something else's: a member's, an event's, a copyright."""
    return _OTHER.search(line[max(0, start - _BEFORE) : start].lower()) is not None


def shown(near: tuple[list[Piece], list[Piece]], month_first: bool | None) -> tuple[datetime | None, DateSource | None, datetime | None, bool]:
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
            if is_update or says_updated(line, start):
                updated = updated or when
            elif plain is None and _stands_alone(line, start) and not not_of_the_post(line, start) and (source == "time" or start < 700 or _says_published(line, start)):
                plain = (when, source, sure)
        if plain:
            return plain[0], plain[1], updated, plain[2]  # type: ignore[return-value]
    return None, None, updated, False


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
