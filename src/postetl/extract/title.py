"""A page's title: the heading that it shows, without the name of its site."""

import html
import re

from selectolax.lexbor import LexborHTMLParser

from postetl.extract.passages import words
from postetl.extract.said import Meta, text_of

_SEPARATOR = re.compile(r"\s+(?:[|·•»«~:/]|::|[-–—])\s+|\s*[|»«]\s*")
_MOST_HEADINGS = 12
_LONGEST_TITLE = 300
_ALIKE = 0.34  # of a heading's words that stand in the page's titles


def title(tree: LexborHTMLParser, ld: dict[str, object], meta: Meta) -> str | None:
    """The heading that the page shows, when what it calls itself elsewhere says the same in other words; else that."""
    site = meta.first("og:site_name")
    headings = [text for node in tree.css("h1")[:_MOST_HEADINGS] if (text := words(node))]
    whole = words(tree.css_first("title"))
    said = [html.unescape(text) for text in (text_of(ld.get("headline")), meta.first("og:title", "twitter:title"), whole) if text]
    known = set(re.findall(r"\w+", " ".join(said).casefold()))
    best, most = None, 0.0
    for heading in headings:
        own = re.findall(r"\w+", heading.casefold())
        shared = sum(word in known for word in own) / len(own) if own else 0.0
        if shared > most and heading.casefold() != (site or "").casefold() and len(heading) <= _LONGEST_TITLE:
            best, most = heading, shared
    if best and most >= _ALIKE:
        short = [_without_site(text, site, headings) for text in said]
        # what stands above the heading and in the same element (a kicker) is not in the titles elsewhere
        return next((text for text in short if len(text) > len(best) // 2 and best.casefold().endswith(text.casefold())), best)
    return _without_site(said[0], site, headings) if said else headings[0] if headings else None


def _without_site(title: str, site: str | None, headings: list[str]) -> str:
    """Turn "A post - The site" into "A post": where a heading says it, the site's name is known, or the last part is the shorter one."""
    for heading in headings:
        if len(heading) > 3 and title.casefold().startswith(heading.casefold()) and _SEPARATOR.match(title, len(heading)):
            return title[: len(heading)]
    if title in headings:
        return title
    found = list(_SEPARATOR.finditer(title))
    if site and found:
        for cut in found:
            if title[cut.end() :].casefold() == site.casefold():
                return title[: cut.start()]
            if title[: cut.start()].casefold() == site.casefold():
                return title[cut.end() :]
    if found and len(title) - found[-1].end() < found[-1].start() and found[-1].start() > 10:
        return title[: found[-1].start()]
    return title
