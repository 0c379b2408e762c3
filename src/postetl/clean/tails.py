"""What stands at the end of a post and is no part of it: calls to share, to subscribe, to read on, and whose feed it is.

Whole short blocks only, at the very end (or, for cookie notices, the very start); a post that is nothing else keeps its words.
"""

import re
from collections.abc import Iterator

from postetl.clean.layout import Edit

LONGEST = 200  # characters of such a block
_SITES = r"(?:twitter|facebook|x|whatsapp|linkedin|pinterest|reddit|telegram|e-?mail|tumblr|pocket|mastodon|bluesky|xing|threads)"
_SHARE = (
    rf"(?:share|tweet|pin|like|save|print|email|teilen|drucken|partager|imprimer|compartir|condividi|compartilhar|delen|udostępnij)(?: (?:this|it|post|article))?"
    rf"(?: (?:on|via|auf|bei|sur|en|su|no|op|na|with) {_SITES})?(?: \\?\(?(?:opens in (?:a )?new window|öffnet in neuem fenster)\\?\)?)?"
)
_PATTERNS = (
    rf"(?:click to )?{_SHARE}(?:[\s,|·/]+(?:{_SHARE}|{_SITES}))*\s*:?",
    rf"{_SITES}(?:[\s,|·/]+{_SITES})+",
    r"(?:share|teile|partagez|comparte|condividi|partilhe|deel) (?:this|diesen?|dies|cet|ce|esto|este|questo|isto|dit)(?: (?:post|article|story|page|artikel|beitrag|article|artículo|articolo|artigo|bericht))?\s*[:!.]?",
    r"(?:continue reading|read (?:more|on|the (?:full|rest|whole)[\w ]{0,30})|weiterlesen|mehr lesen|lire la suite|(?:seguir|continuar) leyendo|leer más|continua a leggere"  # noqa: ISC003
    + r"|leggi (?:tutto|di più)|leia mais|continue lendo|lees (?:meer|verder)|czytaj (?:więcej|dalej))[\s\w“”\"'’:.-]{0,90}[→»…>.]{0,3}",
    r"the post .{1,120} (?:appeared first|first appeared) on .{1,60}",
    r"(?:der beitrag|l['’]article|la entrada|l['’]articolo|o post) .{1,120} (?:erschien zuerst auf|est apparu en premier sur|se publicó primero en|proviene da|apareceu primeiro em) .{1,60}",
    r"(?:subscribe|sign up|abonniere[nt]?|abonnez-vous|suscríbe(?:te|ase)|iscriviti|inscreva-se|zapisz się)\b[^.!?]{0,120}\b(?:newsletter|mailing list|updates|inbox|e-?mail|boletín|lettre)\b[^.!?]{0,60}[.!]?",
    r"(?:follow|find|folgen? sie|suivez|sígue|segui(?:ci|teci)?)\b[^.!?]{0,20}\b(?:us|me|uns|mir|nous|nos|moi|ci)?\s*(?:on|auf|sur|en|su)\s+" + _SITES + r"[^.!?]{0,60}[.!]?",
    r"(?:leave a (?:reply|comment)|(?:schreiben? sie|hinterlasse) einen kommentar|laisser un commentaire|deja un comentario|lascia un commento|deixe um comentário)\s*[.!]?",
    r"(?:like this|loading\.{3}|related|advertisement|anzeige|werbung|publicité|publicidad|pubblicità)\s*:?",
    r"(?:this (?:site|website) uses cookies|(?:diese (?:seite|website)|wir) (?:verwendet|nutzt|verwenden|nutzen) cookies|we use cookies|ce site utilise des cookies|utilizamos cookies|questo sito utilizza (?:i )?cookie)\b.{0,150}",
)
_CHROME = re.compile(rf"[#>*_\s-]{{0,8}}(?:{'|'.join(_PATTERNS)})[*_\s]{{0,4}}", re.IGNORECASE)
_COOKIES = re.compile(rf"[#>*_\s-]{{0,8}}(?:{_PATTERNS[-1]})[*_\s]{{0,4}}", re.IGNORECASE)
_BREAK = re.compile(r"\n{2,}")


def tails(text: str) -> Iterator[Edit]:
    """The edits that take such blocks off a clean text, its first and last ones."""
    end = len(text)
    while (start := text.rfind("\n\n", 0, end)) > 0 and end - start - 2 <= LONGEST and _CHROME.fullmatch(text, start + 2, end):
        end = start
    begin = 0
    while (found := _BREAK.search(text, begin, end)) and found.start() - begin <= LONGEST and _COOKIES.fullmatch(text, begin, found.start()):
        begin = found.end()
    if begin:
        yield 0, begin, ""
    if end < len(text):
        yield end, len(text), ""
