"""Blocks that count readers or tell how long ago something was: another figure at every request, and never a part of the post."""

import re
from collections.abc import Iterator

from postetl.clean.fences import fenced
from postetl.clean.layout import Edit

LONGEST = 80  # characters of such a block
_FIGURE = r"\d[\d.,\u202f ]{0,12}[kKmM]?"
_COUNTED = (
    r"(?:views?|reads?|comments?|shares?|likes?|replies"
    r"|aufrufe|kommentare?|reaktionen|abonnenten|vues?|commentaires?|partages?|visitas?|comentarios?|visualizza\w*|commenti|comentários?|reacties|wyświetleń|komentarz\w*)"
)
_UNITS = r"(?:seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|weeks?|months?|years?|sekunden?|minuten?|stunden?|tage?n?|wochen?|monate?n?|jahre?n?|heures?|jours?|semaines?|mois|ans?|horas?|días?|minutos?)"
_AGO = rf"(?:(?:an?|one|{_FIGURE})\s?{_UNITS} ago|vor {_FIGURE}\s?{_UNITS}|il y a {_FIGURE}\s?{_UNITS}|hace {_FIGURE}\s?{_UNITS})"
_BLOCK = re.compile(
    rf"[*_]{{0,2}}(?:{_FIGURE}\s?{_COUNTED}(?:\s?[·|,/•-]\s?{_FIGURE}\s?{_COUNTED}){{0,4}}|no comments(?: yet)?"
    rf"|(?:last )?(?:updated|edited|modified|posted|published|aktualisiert|mis à jour|actualizado):? {_AGO}|{_FIGURE}\s?min(?:ute)?s?\.? read)\.?[*_]{{0,2}}",
    re.IGNORECASE,
)
NEAR = 3  # other blocks from either end, behind which a short line is taken for the author's


def counters(text: str) -> Iterator[Edit]:
    """The edits that take such blocks out of a clean text, near its ends and outside of code; a text of nothing else keeps them."""
    code = fenced(text)
    blocks: list[tuple[int, int, bool]] = []
    at, size = 0, len(text)
    while at < size:
        end = text.find("\n\n", at)
        end = size if end < 0 else end
        counts = end - at <= LONGEST and _BLOCK.fullmatch(text, at, end) is not None and not any(start <= at < until for start, until in code)
        blocks.append((at, end, counts))
        at = end + 2
    others = [number for number, (_, _, counts) in enumerate(blocks) if not counts]
    if not others:
        return
    first, last = others[:NEAR][-1], others[-NEAR:][0]
    found: list[tuple[int, int]] = []
    for number, (start, end, counts) in enumerate(blocks):
        if counts and (number < first or number > last):
            until = min(end + 2, size)
            if found and found[-1][1] == start:
                found[-1] = (found[-1][0], until)
            else:
                found.append((start, until))
    for start, end in found:
        yield (start - 2 if end == size and start else start), end, ""
