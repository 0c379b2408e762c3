"""Blocks that count readers or tell how long ago something was: another figure at every request, and never a part of the post."""

import re
from collections.abc import Iterator

from postetl.clean.layout import Edit

LONGEST = 80  # characters of such a block
_FIGURE = r"\d[\d.,\u202f ]{0,12}[kKmM]?"
_COUNTED = (
    r"(?:views?|reads?|comments?|shares?|likes?|replies|reactions?|followers|claps?|downloads?|plays?|votes?"
    r"|aufrufe|kommentare?|reaktionen|abonnenten|vues?|commentaires?|partages?|visitas?|comentarios?|visualizza\w*|commenti|comentários?|reacties|wyświetleń|komentarz\w*)"
)
_UNITS = r"(?:seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|weeks?|months?|years?|sekunden?|minuten?|stunden?|tage?n?|wochen?|monate?n?|jahre?n?|heures?|jours?|semaines?|mois|ans?|horas?|días?|minutos?)"
_AGO = rf"(?:(?:an?|one|{_FIGURE})\s?{_UNITS} ago|vor {_FIGURE}\s?{_UNITS}|il y a {_FIGURE}\s?{_UNITS}|hace {_FIGURE}\s?{_UNITS})"
_BLOCK = re.compile(
    rf"[*_]{{0,2}}(?:{_FIGURE}\s?{_COUNTED}(?:\s?[·|,/•-]\s?{_FIGURE}\s?{_COUNTED}){{0,4}}|no comments(?: yet)?"
    rf"|(?:(?:last )?(?:updated|edited|modified|posted|published|aktualisiert|mis à jour|actualizado):? )?{_AGO}|{_FIGURE}\s?min(?:ute)?s?\.? read)\.?[*_]{{0,2}}",
    re.IGNORECASE,
)
_FENCE = re.compile(r"^ {0,3}(?:```|~~~)", re.MULTILINE)


def counters(text: str) -> Iterator[Edit]:
    """The edits that take such blocks out of a clean text, outside of code; a text of nothing else keeps them."""
    found: list[tuple[int, int]] = []
    at, size, coded, others = 0, len(text), False, False
    while at < size:
        end = text.find("\n\n", at)
        end = size if end < 0 else end
        fences = len(_FENCE.findall(text, at, end))
        if not coded and not fences and end - at <= LONGEST and _BLOCK.fullmatch(text, at, end):
            until = min(end + 2, size)
            if found and found[-1][1] == at:
                found[-1] = (found[-1][0], until)
            else:
                found.append((at, until))
        else:
            others = True
        coded ^= fences % 2 == 1
        at = end + 2
    if others:
        for start, end in found:
            yield (start - 2 if end == size and start else start), end, ""
