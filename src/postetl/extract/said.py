"""What a page says of itself to machines: <meta> and JSON-LD."""

import html
import json
import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser

_ARTICLE = re.compile(r"(?:Article|Posting|Report|Review|NewsStory|ScholarlyArticle|Recipe)$")
_MOST_OBJECTS = 2000  # of JSON-LD that are looked at


class Meta:
    """<meta> by name, property, itemprop or http-equiv, in lower case."""

    def __init__(self, tree: LexborHTMLParser) -> None:
        self._by_name: dict[str, list[str]] = {}
        for node in tree.css("meta[content]"):
            attributes = node.attributes
            content = " ".join((attributes.get("content") or "").split())
            for key in ("property", "name", "itemprop", "http-equiv"):
                if content and (name := attributes.get(key)):
                    self._by_name.setdefault(name.lower(), []).append(content)

    def all(self, *names: str) -> Iterator[str]:
        for name in names:
            yield from self._by_name.get(name, ())

    def first(self, *names: str) -> str | None:
        return next(self.all(*names), None)


def json_ld(tree: LexborHTMLParser) -> dict[str, object]:
    """The object that describes the post: the first article, else the page's."""
    best: dict[str, object] = {}
    rank, looked = 0, 0
    for script in tree.css("script[type*='ld+json']"):
        source = re.sub(r"^\s*(?:<!--|//<!\[CDATA\[|<!\[CDATA\[)|(?://)?(?:-->|\]\]>)\s*$", "", script.text())
        try:
            waiting: list[object] = [json.loads(source, strict=False)]
        except (ValueError, RecursionError):
            continue
        while waiting and looked < _MOST_OBJECTS:
            value = waiting.pop(0)
            looked += 1
            if isinstance(value, list):
                waiting += value
            elif isinstance(value, dict):
                types = value.get("@type")
                names = [t for t in (types if isinstance(types, list) else [types]) if isinstance(t, str)]
                own = 3 if any(map(_ARTICLE.search, names)) else 1 if {"WebPage", "ItemPage"} & set(names) else 0
                if own > rank:
                    best, rank = value, own
                waiting += [value[key] for key in ("@graph", "mainEntity", "mainEntityOfPage", "itemListElement") if isinstance(value.get(key), list | dict)]
    return best


def text_of(value: object) -> str | None:
    if isinstance(value, list):
        value = next((part for part in value if isinstance(part, str | dict)), None)
    if isinstance(value, dict):
        value = value.get("name") or value.get("@value")
    if not isinstance(value, str):
        return None
    return " ".join(html.unescape(re.sub(r"</?[a-z][^<>]{0,200}>", "", value)).split()) or None
