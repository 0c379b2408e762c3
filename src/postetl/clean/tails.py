"""What stands at the end of a post and is no part of it: calls to share, to subscribe, to read on, and whose feed it is.

Whole short blocks only, at the very end (or, for cookie notices, the very start); a post that is nothing else keeps its words.
"""

import re
from collections.abc import Iterator

from postetl.clean.fences import fenced
from postetl.clean.layout import Edit

LONGEST = 200  # characters of such a block
_SITES = r"(?:twitter|facebook|x|whatsapp|linkedin|pinterest|reddit|telegram|e-?mail|tumblr|pocket|mastodon|bluesky|xing|threads)"
_SITE_LIST = rf"{_SITES}(?:(?:[\s,|·/]+|,? (?:and|und|et|y|e|en|i) ){_SITES})*"
_SHARE = r"(?:share|teilen|partager|compartir|condividi|compartilhar|delen|udostępnij)"
_READ = r"(?:continue reading|read more|weiterlesen|mehr lesen|lire la suite|(?:seguir|continuar) leyendo|leer más|continua a leggere|leggi tutto|leia mais|continue lendo|lees (?:meer|verder)|czytaj (?:więcej|dalej))"
_LETTER = r"(?:newsletter|mailing list|rundbrief|lettre d['’]information|boletín)"
_PATTERNS = (
    rf"(?:click to )?(?:{_SHARE}|tweet|pin|print|email)(?: this)? (?:on|via|auf|bei|sur|en|su|no|op|na|with) {_SITE_LIST}(?: \\?\(?(?:opens in (?:a )?new window|öffnet in neuem fenster)\\?\)?)?\s*:?",
    rf"{_SHARE}\s*:(?:\s*{_SITE_LIST})?",
    rf"{_SITES}(?:[\s,|·/]+{_SITES})+",
    r"(?:share|teile|partagez|comparte|condividi|partilhe|deel) (?:this|diesen?|dies|cet|ce|esto|este|questo|isto|dit)(?: (?:post|article|story|page|artikel|beitrag|artículo|articolo|artigo|bericht))?\s*[:!.]?",
    rf"{_READ}(?:\s*[→»…>.:]{{0,3}}|\s+[“\"«‘].{{1,90}}[”\"»’]\s*[→»…>]{{0,3}}|[^.!?]{{1,90}}(?:[→»…]|\.\.\.))",
    r"read the (?:full|whole|rest of the) (?:story|article|post)(?: here)?\s*[→»….]{0,3}",
    r"(?-i:The post [^a-z\s].{0,120} (?:appeared first|first appeared) on [^a-z\s].{0,60})",
    r"(?-i:(?:Der Beitrag|L['’]article|La entrada|L['’]articolo|O post) [^a-z\s].{0,120} (?:erschien zuerst auf|est apparu en premier sur|se publicó primero en|proviene da|apareceu primeiro em) .{1,60})",
    rf"(?:subscribe|sign up|abonniere[nt]? sie|abonniere|abonnez-vous|suscríbe(?:te|ase)|iscriviti|inscreva-se|zapisz się)(?: \w+){{1,5}} {_LETTER}(?: (?:today|now|here|heute|jetzt))?\s*[.!]?",
    rf"(?:follow|folge[nt]?(?: sie)?|suivez|sígue(?:me|nos)|segui(?:ci|mi)) ?(?:us|me|uns|mir|nous|moi)? (?:on|auf|sur|en|su) {_SITE_LIST}\s*[.!]?",
    r"(?:leave a (?:reply|comment)|(?:schreiben? sie|hinterlasse) einen kommentar|laisser un commentaire|deja un comentario|lascia un commento|deixe um comentário)\s*[.!]?",
    r"(?:like this:|loading\.{3}|advertisement|anzeige|werbung|publicité|publicidad|pubblicità)\s*:?",
    r"(?:this (?:site|website) uses cookies|(?:diese (?:seite|website)|wir) (?:verwendet|nutzt|verwenden|nutzen) cookies|we use cookies (?:to|on|and)|ce site utilise des cookies"  # noqa: ISC003
    + r"|utilizamos cookies|questo sito utilizza (?:i )?cookie)\b(?:.{0,150}\b(?:sites?|website|seite|experience|privacy|policy|consent|agree|accept|browser|traffic|erlebnis|expérience|experiencia|esperienza)\b.{0,60}|\s*\.?)",
)
# No heading and no list item: those are the author's.
_CHROME = re.compile(rf"[*_]{{0,3}}(?:{'|'.join(_PATTERNS)})[*_]{{0,3}}", re.IGNORECASE)
_COOKIES = re.compile(rf"[*_]{{0,3}}(?:{_PATTERNS[-1]})[*_]{{0,3}}", re.IGNORECASE)
_BREAK = re.compile(r"\n{2,}")


def tails(text: str) -> Iterator[Edit]:
    """The edits that take such blocks off a clean text, its first and last ones; code is never touched."""
    code = fenced(text)
    least, most = (code[0][0], code[-1][1]) if code else (len(text), 0)
    end = len(text)
    while (start := text.rfind("\n\n", most, end)) > 0 and end - start - 2 <= LONGEST and _CHROME.fullmatch(text, start + 2, end):
        end = start
    begin = 0
    while (found := _BREAK.search(text, begin, min(end, least))) and found.start() - begin <= LONGEST and _COOKIES.fullmatch(text, begin, found.start()):
        begin = found.end()
    if begin:
        yield 0, begin, ""
    if end < len(text):
        yield end, len(text), ""
