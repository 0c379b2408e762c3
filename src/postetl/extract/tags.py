"""What the elements of HTML are to the text."""

from enum import Enum
from typing import Final

from postetl.extract.inline import Style


class Drop(Enum):
    """The element goes, with all that is in it."""

    DROP = "drop"


DROP: Final = Drop.DROP

DROPPED = frozenset(
    ["script", "style", "template", "noscript", "svg", "head", "title", "meta", "link", "button", "select", "option", "datalist", "textarea",
     "meter", "progress", "canvas", "audio", "video", "iframe", "frame", "frameset", "noframes", "noembed", "map", "object", "applet", "embed",
     "input", "img", "dialog", "annotation", "annotation-xml"]
)  # fmt: skip
MEDIA = {"iframe": "src", "embed": "src", "video": "src", "audio": "src", "object": "data", "frame": "src"}
BLOCKS = frozenset(
    ["ul", "ol", "menu", "dir", "li", "blockquote", "dd", "hr", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "address", "article", "aside", "body", "center", "details", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer",
     "form", "header", "hgroup", "html", "legend", "main", "nav", "p", "search", "section", "summary", "tbody", "thead", "tfoot", "tr", "td",
     "th", "caption", "table", "optgroup", "listing", "xmp", "plaintext"]
)  # fmt: skip
PLAIN_BLOCKS = frozenset(["p", "div", "section", "article", "main", "figure", "figcaption", "header", "footer", "body", "center", "aside"])
HEADINGS = {f"h{n}": n for n in range(1, 7)}
STYLED: dict[str, Style] = {
    "b": "strong", "strong": "strong", "i": "em", "em": "em", "cite": "em", "dfn": "em", "del": "strike", "s": "strike", "strike": "strike",
}  # fmt: skip
CODE = frozenset(["code", "kbd", "samp", "tt"])
SPECIAL = frozenset(["q", "sup", "rt", "math", "mjx-math"])
PRE = frozenset(["pre", "listing", "xmp", "plaintext"])
LISTS = frozenset(["ul", "ol", "menu", "dir"])
PARTS = frozenset(["thead", "tbody", "tfoot"])
LINES = frozenset(["div", "p", "li", "tr"])  # in code, each is a line
TRANSPARENT = frozenset(["span", "font", "u", "small", "big", "abbr", "time", "label", "sub", "ins", "mark", "bdi", "bdo", "nobr", "wbr", "data"])
