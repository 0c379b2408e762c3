"""Images of a post: which stand for words, and where the others are."""

import re

_CHARACTER = 3  # characters of an alternative text that is one: an emoji, a smiley
_FORMULA = re.compile(r"(?:^|[\s/_-])(?:la)?tex\b|math|equation|mwe-", re.IGNORECASE)
_PIXEL = frozenset(["0", "1", "0px", "1px"])
_LAZY = ("data-src", "data-lazy-src", "data-original", "data-orig-file", "data-full-src", "data-lazyload")


def words(attributes: dict[str, str | None]) -> str | None:
    """The alternative text of an image that stands for a character or a formula; None for a picture."""
    text = (attributes.get("alt") or "").strip()
    if text and (len(text) <= _CHARACTER or _FORMULA.search(f"{attributes.get('class') or ''} {attributes.get('src') or ''}")):
        return text
    return None


def source(attributes: dict[str, str | None]) -> str | None:
    """Its address; None for a pixel that counts readers. Of several: the one it is loaded from late, where the first is a placeholder; else the largest of its sizes."""
    if _PIXEL.intersection((attributes.get("width"), attributes.get("height"))):
        return None
    lazy = next((found for name in _LAZY if (found := attributes.get(name))), None)
    source = attributes.get("src")
    if lazy or not source or source.startswith("data:"):
        sizes = attributes.get("srcset") or attributes.get("data-srcset") or ""
        source = lazy or max(((_width(size), size) for part in re.split(r",\s+", sizes) if (size := part.strip())), default=(0, ""))[1].split(" ")[0]
    return source or None


def _width(size: str) -> float:
    found = re.search(r"\s([0-9.]{1,8})[wx]$", size)
    try:
        return float(found[1]) if found else 0.0
    except ValueError:
        return 0.0
