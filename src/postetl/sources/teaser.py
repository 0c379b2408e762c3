"""Whether an RSS description is the post or only advertises its page, and which of an entry's texts is its body."""

import html
import re

from postetl.sources.wire import Content, Entry

TEASER = 300  # characters: the excerpts of WordPress (55 words), Drupal (600 with its markup) and static generators end below it
_ENOUGH = 2_000  # characters of HTML at its end: in all but a few posts they hold 300 of text
TAG = re.compile(r"""</?[A-Za-z!](?:[^<>"']++|"[^"]*+"|'[^']*+')*+>|</?[A-Za-z!][^<>]*>""")
_BLOCK = re.compile(r"<(?:p|div|ul|ol|li|table|blockquote|h[1-6]|pre|br|img|figure|video|audio|iframe)\b", re.IGNORECASE)
_SEAM = "\x1f"  # where a tag stood
_CUT = ("\u2026", "...")
_CUT_IN_BRACKETS = re.compile(r"\[\s*(?:\u2026|\.\.\.)\s*\]$")
_REST = (  # a link to the rest: a phrase that stands for itself, not the end of a sentence
    r"[\s\x1f(\[]*(?=[cflmrsvw])(?:"
    r"(?:read|continue|view|see|click here|find out|learn)\s+(?:more|on|reading|(?:to|for|the)\s+(?:read|rest|full|whole|original|entire|more)\b)[^.!?,\x1f]{0,60}|"
    r"more|weiterlesen|mehr lesen|lire la suite|leer m\u00e1s|seguir leyendo|continua a leggere|leggi tutto|lees (?:meer|verder)|leia mais|continue lendo"
    r")[\s\x1f.\u2026\u00bb\u203a>\u2192)\]]*$"
)
_REST_BEHIND = re.compile(r"[\x1f.!?:\u2026\])\u00bb>\u2192\u2013\u2014-]" + _REST, re.IGNORECASE)
_REST_ALONE = re.compile(_REST, re.IGNORECASE)


def body_and_summary(entry: Entry, *, atom: bool) -> tuple[Content | None, Content | None]:
    """(body, summary). content:encoded and atom:content are bodies, atom:summary is none; RSS's description is either.

    RSS 2.0 calls <description> "the item synopsis", yet most feeds without content:encoded put the whole post there: it is the body
    unless it looks like a teaser, whose page is then worth a request. Of several contents HTML goes before text (Atom 0.3's
    alternatives). feedparser takes itunes:summary, the description's plain copy, for content: the longer one is then the body.
    """
    summary = entry.summary if entry.summary and entry.summary.value.strip() else None
    body = None
    for content in entry.contents:
        if (body is None or (content.html and not body.html)) and content.value.strip():
            body = content
    if body is not None:
        if summary and summary.value.strip() == body.value.strip():
            return body, None  # one text under two names
        if summary and not atom and summary.html and not body.html and len(_bare_words(summary)) >= 0.9 * len(_bare_words(body)) > TEASER:
            return summary, body
        return body, summary
    if summary is None or atom or is_teaser(summary.value, html_=summary.html, titled=entry.title is not None, linked=entry.link is not None):
        return None, summary
    return summary, None


def is_teaser(description: str, *, html_: bool, titled: bool, linked: bool) -> bool:
    """Whether an RSS description only advertises its page.

    Without a title (a microblog) or a link it is the post. Otherwise: it ends as if cut off, or is short and a single run of inline text.
    """
    if not (titled and linked):
        return False
    if len(description) > 2 * _ENOUGH:  # long enough: only how it ends is the question
        tail = description[-_ENOUGH:]
        words = _words(tail[tail.find(">") + 1:] if html_ else tail, html_=html_)
        if not _short(words):
            return _ends_cut_off(words[-300:])
    words = _words(description, html_=html_)
    return _ends_cut_off(words[-300:]) or (_short(words) and not (html_ and len(_BLOCK.findall(description)) > 1))


def _words(description: str, *, html_: bool) -> str:
    if not html_:
        return description
    words = TAG.sub(_SEAM, description) if "<" in description else description
    return html.unescape(words) if "&" in words else words


def _short(words: str) -> bool:
    pieces = words.split(None, TEASER // 2 + 1)  # so many words are long enough, whatever they are
    return len(pieces) <= TEASER // 2 and len(" ".join(pieces)) < TEASER


def _ends_cut_off(tail: str) -> bool:
    end = tail.rstrip()
    if end.endswith(_CUT) or (end.endswith("]") and _CUT_IN_BRACKETS.search(end) is not None):
        return True
    return _REST_BEHIND.search(tail) is not None or _REST_ALONE.match(tail) is not None


def _bare_words(content: Content) -> str:
    return " ".join(TAG.sub(" ", content.value).split())
