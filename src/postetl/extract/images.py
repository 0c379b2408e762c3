"""Images of a post: which stand for words, and where the others are."""

import re

from selectolax.lexbor import LexborNode

from postetl.extract import formulas

_CHARACTER = 3  # characters of an alternative text that is one: an emoji, a smiley
_FORMULA = re.compile(r"t(?<![^\s/_-]t)ex\b|la(?<![^\s/_-]la)tex\b|math|equation|mwe-")  # of what is in lower case; each begins with a letter: four times as fast
_PIXEL = frozenset(["0", "1", "0px", "1px"])
_LAZY = ("data-src", "data-lazy-src", "data-original", "data-orig-file", "data-full-src", "data-lazyload")


def words(attributes: dict[str, str | None]) -> str | None:
    """The alternative text of an image that stands for a character or a formula; None for a picture."""
    text = (attributes.get("alt") or "").strip()
    if text and _FORMULA.search(f"{attributes.get('class') or ''} {attributes.get('src') or ''}".lower()):
        return formulas.from_image(text)
    return text if text and len(text) <= _CHARACTER else None


def alternative(attributes: dict[str, str | None]) -> str:
    """What a picture has for words: its alternative text, else its title (as HTML-AAM names an img)."""
    return (attributes.get("alt") or "").strip() or (attributes.get("title") or "").strip()


def source(attributes: dict[str, str | None]) -> str | None:
    """Its address; None for a pixel that counts readers. Of several: the one it is loaded from late, where the first is a placeholder; else the largest of its sizes."""
    if _pixel(attributes):
        return None
    lazy = _late(attributes)
    source = attributes.get("src")
    if lazy or not source or source.startswith("data:"):
        source = lazy or _largest(attributes)
    return source or None


def of_picture(node: LexborNode, attributes: dict[str, str | None]) -> str | None:
    """The address of a <picture>'s image that has none of its own."""
    before = None if _pixel(attributes) else node.prev
    found = ""
    while before is not None and before.tag in ("source", "-text"):
        if before.tag == "source":
            found = _largest(before.attributes) or found
        before = before.prev
    return found or None


def embedded(node: LexborNode) -> str | None:
    """The address of an embedded page or film that its element does not name: one that is loaded late, or by an element in it."""
    attributes = node.attributes
    if late := _late(attributes):
        return late
    inner = node.css_first("source[src], param[name=movie], param[name=src], embed[src]")
    return (inner.attributes.get("src") or inner.attributes.get("value")) if inner is not None else None


def _late(attributes: dict[str, str | None]) -> str | None:
    for name in _LAZY:
        if found := attributes.get(name):
            return found
    return None


def _pixel(attributes: dict[str, str | None]) -> bool:
    return attributes.get("width") in _PIXEL or attributes.get("height") in _PIXEL


def _largest(attributes: dict[str, str | None]) -> str:
    sizes = attributes.get("srcset") or attributes.get("data-srcset") or ""
    return max(((_width(size), size) for part in re.split(r",\s+", sizes) if (size := part.strip())), default=(0, ""))[1].split(" ")[0]


def _width(size: str) -> float:
    found = re.search(r"\s([0-9.]{1,8})[wx]$", size)
    try:
        return float(found[1]) if found else 0.0
    except ValueError:
        return 0.0
