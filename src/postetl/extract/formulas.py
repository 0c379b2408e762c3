"""Formulas: their LaTeX source, where a page has it, between dollars; and where a text has some, so that it is not escaped."""

import re

from selectolax.lexbor import LexborNode

TYPESET = ("MathJax", "katex-html")  # in the class of what typesets a formula whose source stands beside it; so does <mjx-math>
LONGEST = 2000  # characters; farther apart two dollars are money

_PART = re.compile(r"\\(?:begin|end)\{([A-Za-z]{1,20}\*?)\}|\\[()\[\]]|\\[\s\S]|\$\$?")
_CLOSES = {"\\(": "\\)", "\\[": "\\]", "$": "$", "$$": "$$"}
_SIGN = re.compile(r"\\[A-Za-z{}|,;!]|[\w)}\]][_^][\w{\\]")
_LATEX = re.compile(r"\\[A-Za-z{}\\]|[_^{]|[A-Za-z0-9)]\s*[=+<>]")


def dollars(source: str, *, display: bool = False) -> str:
    """A source between its marks, in one line."""
    source = " ".join(source.split())
    mark = "$$" if display else "$"
    return source if not source or source.startswith(("$", "\\(", "\\[")) else f"{mark}{source}{mark}"


def from_mathml(node: LexborNode) -> str:
    """The source of a <math>: its annotation in TeX, or the alternative text; '' where it has none."""
    attributes = node.attributes
    noted = node.css_first("annotation[encoding*=tex i]")
    source = noted.text() if noted is not None else attributes.get("alttext") or ""
    return dollars(source, display=attributes.get("display") == "block")


def from_script(node: LexborNode) -> str:
    """The source in a <script type="math/tex">; '' for any other script."""
    kind = (node.attributes.get("type") or "").lower()
    return dollars(node.text(), display="display" in kind) if kind.startswith("math/tex") else ""


def from_image(text: str) -> str:
    """The alternative text of a formula's image: its source, or words."""
    return dollars(text) if _LATEX.search(text) else text


def doubled(node: LexborNode, names: str) -> bool:
    """Whether a typeset formula's source stands beside it (MathJax 2) or in the same box (MathJax 3, KaTeX)."""
    if "katex-html" in names or "MathJax_Preview" in names:
        return True
    after = node.next
    while after is not None and (after.tag == "-text" and not (after.text_content or "").strip()):
        after = after.next
    if after is None or node.tag == "mjx-math":
        return after is not None and after.tag == "mjx-assistive-mml"
    return after.tag == "script" and (after.attributes.get("type") or "").startswith("math/tex")


def places(text: str) -> list[tuple[int, int]]:
    r"""Where formulas stand in a text: between dollars, \( and \), \[ and \], or \begin and \end, with something of LaTeX between."""
    found: list[tuple[int, int]] = []
    opened, wanted = -1, ""
    for part in _PART.finditer(text):
        mark = part[0]
        if opened >= 0 and part.start() - opened > LONGEST:
            opened = -1
        if opened >= 0 and mark == wanted:
            inner = text[opened + len(wanted) : part.start()]
            money = mark == "$" and (inner[-1:].isspace() or text[part.end() : part.end() + 1].isdigit())
            if inner and not money and (mark[:2] == "\\e" or _SIGN.search(inner)):
                found.append((opened, part.end()))
                opened = -1
                continue
            if mark != "$":
                opened = -1
                continue
            opened = -1
        if opened < 0:
            if mark.startswith("\\begin"):
                opened, wanted = part.start(), f"\\end{{{part[1]}}}"
            elif mark in _CLOSES and not (mark == "$" and text[part.end() : part.end() + 1].isspace()):
                opened, wanted = part.start(), _CLOSES[mark]
    return found
