"""One walk over a tree of HTML, which writes CommonMark."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal

from selectolax.lexbor import LexborNode

from postetl.extract import images
from postetl.extract.blocks import Container, Items, Writer
from postetl.extract.container import NOSCRIPT
from postetl.extract.inline import Run, Style, compose
from postetl.extract.tables import Table, data_table, integer
from postetl.model import Link
from postetl.urls import is_web, join

_DROPPED = frozenset(
    ["script", "style", "template", "noscript", "svg", "head", "title", "meta", "link", "button", "select", "option", "datalist", "textarea",
     "meter", "progress", "canvas", "audio", "video", "iframe", "frame", "frameset", "noframes", "noembed", "map", "object", "applet", "embed",
     "input", "img", "dialog", "annotation", "annotation-xml"]
)  # fmt: skip
_MEDIA = {"iframe": "src", "embed": "src", "video": "src", "audio": "src", "object": "data", "frame": "src"}
_BLOCKS = frozenset(
    ["ul", "ol", "menu", "dir", "li", "blockquote", "dd", "hr", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "address", "article", "aside", "body", "center", "details", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer",
     "form", "header", "hgroup", "html", "legend", "main", "nav", "p", "search", "section", "summary", "tbody", "thead", "tfoot", "tr", "td",
     "th", "caption", "table", "optgroup", "listing", "xmp", "plaintext"]
)  # fmt: skip
_PLAIN_BLOCKS = frozenset(["p", "div", "section", "article", "main", "figure", "figcaption", "header", "footer", "body", "center", "aside"])
_HEADINGS = {f"h{n}": n for n in range(1, 7)}
_STYLED: dict[str, Style] = {
    "b": "strong", "strong": "strong", "i": "em", "em": "em", "cite": "em", "dfn": "em", "del": "strike", "s": "strike", "strike": "strike",
}  # fmt: skip
_CODE = frozenset(["code", "kbd", "samp", "tt"])
_PRE = frozenset(["pre", "listing", "xmp", "plaintext"])
_LISTS = frozenset(["ul", "ol", "menu", "dir"])
_LINES = frozenset(["div", "p", "li", "tr"])  # in code, each is a line
_NO_STYLE: frozenset[Style] = frozenset()
_IN_HEADING: frozenset[Style] = frozenset(["strong"])
_LANGUAGE = re.compile(r"(?:^|\s)(?:language-|lang-|highlight-source-|brush:\s*)([A-Za-z0-9+#_.-]{1,30})|(?:^|\s)(?:sourceCode|hljs|highlight)\s+([a-z0-9+#-]{1,20})(?:\s|$)")
_TRANSPARENT = frozenset(["span", "font", "u", "small", "big", "abbr", "time", "label", "sub", "ins", "mark", "bdi", "bdo", "nobr", "wbr", "data"])
_PERMALINK = frozenset(["#", "¶", "§", "🔗", "∞"])
_MAIL = re.compile(r"mailto:[^\s@]+@", re.IGNORECASE)
_STACKED = re.compile(r"[^\w\s\x00-\x7f]{31,}")
Ending = Callable[[], None]
Kind = Literal["link", "image", "embed"]


class _Drop(Enum):
    """The element goes, with all that is in it."""

    DROP = "drop"


DROP: Final = _Drop.DROP


@dataclass(frozen=True, slots=True)
class Rendered:
    """CommonMark, and what stands in it beside the text, in order of place, in code points.

    `links`: text[start:end] == anchor. `images`: the anchor is the alternative text, which is not in the text. `embeds`: no anchor.
    """

    text: str = ""
    links: tuple[Link, ...] = ()
    images: tuple[Link, ...] = ()
    embeds: tuple[Link, ...] = ()


class Walk:
    """One walk over a tree: inline content gathers in `runs` until a block begins or ends."""

    def __init__(self, base_url: str | None) -> None:
        self.base_url = base_url
        self.out = Writer()
        self.urls: list[tuple[Kind, str, str]] = []  # kind, address, alternative text; by link number
        self.runs: list[Run] = []
        self.styles: Counter[Style] = Counter()
        self.style: frozenset[Style] = frozenset()
        self.link = -1
        self.code = 0
        self.heading = 0
        self.breaks = 0  # <br> since the last word
        self.pre = False
        self.lists: list[Items] = []
        self.table: Table | None = None  # the data table that we are in

    def result(self) -> Rendered:
        self.flush()
        text = self.out.text()
        found: dict[Kind, list[Link]] = {"link": [], "image": [], "embed": []}
        for start, end, number in sorted((start, end, number) for number, (start, end) in self.out.places.items()):
            kind, url, alt = self.urls[number]
            found[kind].append(Link(url, text[start:end] if kind == "link" else alt, start, end if kind == "link" else start))
        return Rendered(text, *(tuple(found[kind]) for kind in ("link", "image", "embed")))

    def tree(self, root: LexborNode) -> None:
        """All of it, without recursion: what to do at the end of each open element waits in a list."""
        node: LexborNode | None = root
        endings: list[Ending | None] = []
        while node is not None:
            tag = node.tag
            if tag == "-text":
                text = node.text_content
                if text and (self.runs or self.pre or not text.isspace()):
                    self.words(text)
            elif tag and tag[0] not in "-!" and (ending := self.begin(node, tag)) is not DROP:
                if (child := node.child) is not None:
                    endings.append(ending)
                    node = child
                    continue
                if ending:
                    ending()
            if not endings:
                return
            while (after := node.next) is None:
                parent = node.parent
                if parent is None:
                    return
                node = parent
                if ending := endings.pop():
                    ending()
                if not endings:
                    return
            node = after

    # --- inline content

    def words(self, text: str) -> None:
        if self.breaks and not text.isspace():
            self.breaks = 0
        if not text.isascii() and not _STACKED.search(text):  # normalising takes the square of the marks on one letter
            text = unicodedata.normalize("NFC", text.replace("\xad", ""))
        self.runs.append(Run(text, self.style, self.link, self.code > 0))

    def line_break(self) -> None:
        self.breaks += 1
        if self.breaks == 1 or self.pre or self.heading or self.table:
            self.runs.append(Run("\n", link=self.link if self.pre else -1))
        else:
            many = self.breaks
            self.flush()
            self.breaks = many

    def flush(self) -> None:
        """The gathered runs are a paragraph, a heading, or a part of a cell."""
        runs, self.runs, self.breaks = self.runs, [], 0
        if not runs:
            return
        if self.table:
            self.table.add(runs)
            return
        text, marks = compose(runs, one_line=self.heading > 0, bare=_IN_HEADING if self.heading else _NO_STYLE)
        if self.heading and text:
            prefix = "#" * self.heading + " "
            text = prefix + re.sub(r"(?:(?<= )|^)(#+)$", r"\\\1", text)  # CommonMark would take it for the closing sequence (4.2)
            marks = [(link, start + len(prefix), end + len(prefix)) for link, start, end in marks]
        self.out.block(text, marks)

    # --- elements

    def begin(self, node: LexborNode, tag: str) -> Ending | _Drop | None:
        if tag == "br":
            self.line_break()
            return DROP
        if tag in _TRANSPARENT:
            return None
        if tag in _PLAIN_BLOCKS and not self.pre and not self.table:
            if self.runs:
                self.flush()
            return self.flush
        if tag in _DROPPED and (tag != "noscript" or len(node.text()) < NOSCRIPT):
            self.instead(node, tag)
            return DROP
        if tag == "a":
            return self.anchor(node)
        if self.pre:
            if tag in _LINES and self.runs and not self.runs[-1].text.endswith("\n"):
                self.runs.append(Run("\n"))
            return None
        if tag in _STYLED:
            return self.styled(_STYLED[tag])
        if tag in _CODE:
            self.code += 1
            return self.end_code
        if tag == "q":
            self.words("“")
            return lambda: self.words("”")
        if self.table:
            return self.in_table(node, tag)
        return self.block(node, tag)

    def block(self, node: LexborNode, tag: str) -> Ending | _Drop | None:
        if tag not in _BLOCKS:
            return None
        self.flush()
        if tag in _HEADINGS:
            return self.headed(_HEADINGS[tag])
        if tag in _LISTS:
            return self.listed(node, ordered=tag == "ol")
        if tag == "li":
            return self.item(node)
        if tag == "blockquote":
            self.out.open(Container("> ", "> "))
            return self.end_container
        if tag == "dd":
            self.out.open(Container(": ", ""))
            return self.end_container
        if tag == "hr":
            self.out.block("___" if self.out.in_list else "---", [])  # "- ---" would be one rule
            return DROP
        if tag in _PRE:
            self.pre = True
            language = _language(node)
            return lambda: self.end_pre(language)
        if tag == "table" and data_table(node):
            self.table = Table()
            return self.end_table
        return self.flush

    def in_table(self, node: LexborNode, tag: str) -> Ending | None:
        assert self.table
        if tag in ("td", "th"):
            self.flush()
            self.table.cell(node)
            return self.end_cell
        if tag == "tr":
            self.flush()
            self.table.row()
        elif tag in _BLOCKS:
            self.runs.append(Run(" "))
        return None

    def anchor(self, node: LexborNode) -> Ending | _Drop | None:
        url = self.address(node.attributes.get("href"))
        if self.heading and url and "#" in url and node.text().strip() in _PERMALINK:
            return DROP
        if not url:
            return None
        before, self.link = self.link, self.new_link(url)

        def end() -> None:
            self.link = before

        return end

    def styled(self, style: Style) -> Ending:
        self.styles[style] += 1
        self.style = frozenset(name for name, depth in self.styles.items() if depth)

        def end() -> None:
            self.styles[style] -= 1
            self.style = frozenset(name for name, depth in self.styles.items() if depth)

        return end

    def headed(self, level: int) -> Ending:
        before, self.heading = self.heading, level

        def end() -> None:
            self.flush()
            self.heading = before

        return end

    def listed(self, node: LexborNode, *, ordered: bool) -> Ending:
        attributes = node.attributes
        backwards = ordered and "reversed" in attributes
        first = integer(attributes.get("start"), sum(1 for child in node.iter() if child.tag == "li") if backwards else 1)
        parent = node.parent.tag if node.parent is not None else None
        width = self.lists[-1].width if parent in _LISTS and self.lists else 0
        if width:  # a list right in a list: invalid, common, and shown as a part of the item before
            self.out.open(Container(" " * width, " " * width, self.lists[-1], marked=False))
        self.lists.append(Items(ordered, first, -1 if backwards else 1))

        def end() -> None:
            self.flush()
            self.lists.pop()
            if width:
                self.out.close()

        return end

    def item(self, node: LexborNode) -> Ending:
        stray = not self.lists
        if stray:
            self.lists.append(Items())
        items = self.lists[-1]
        number = integer(node.attributes.get("value"), items.number) if items.ordered else 0
        items.number = number + items.step
        marker = items.marker(number)
        items.width = len(marker)
        self.out.open(Container(marker, " " * len(marker), items, number))

        def end() -> None:
            self.end_container()
            if stray:
                self.lists.pop()

        return end

    def end_container(self) -> None:
        self.flush()
        self.out.close()

    def end_code(self) -> None:
        self.code -= 1

    def end_cell(self) -> None:
        self.flush()
        if self.table:
            self.table.outside()

    def end_table(self) -> None:
        self.flush()
        table, self.table = self.table, None
        if table:
            self.out.block(*compose(table.caption))
            self.out.block(*table.pipes())

    def end_pre(self, language: str) -> None:
        """A fence longer than any in it; its white space is kept, but for empty lines at the end."""
        runs, self.runs, self.breaks, self.pre = self.runs, [], 0, False
        code = "".join(run.text for run in runs).replace("\r", "").rstrip()
        code = code.removeprefix("\n") if not code.strip() else code
        if not code:
            self.out.block("", [(run.link, 0, 0) for run in runs if run.link >= 0])
            return
        ticks = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", code)), default=0))
        at = len(ticks) + len(language) + 1
        spans: dict[int, tuple[int, int]] = {}
        for run in runs:
            if run.link >= 0:
                spans[run.link] = (spans.get(run.link, (at, at))[0], at + len(run.text))
            at += len(run.text)
        last = len(ticks) + len(language) + 1 + len(code)
        self.out.block(f"{ticks}{language}\n{code}\n{ticks}", [(link, min(a, last), min(b, last)) for link, (a, b) in spans.items()])

    def instead(self, node: LexborNode, tag: str) -> None:
        """What a dropped element leaves: an image its text, a check box its state, an embedded page or film its address."""
        if tag not in _MEDIA and tag not in ("img", "input"):
            return
        attributes = node.attributes
        if tag == "img":
            self.image(attributes)
        elif tag == "input":
            if (attributes.get("type") or "").lower() == "checkbox" and self.lists and not self.pre:
                self.words("[x] " if "checked" in attributes else "[ ] ")
        else:
            source = attributes.get(_MEDIA[tag])
            if not source and (inner := node.css_first("source[src]")) is not None:
                source = inner.attributes.get("src")
            if (url := self.address(source)) and is_web(url):
                self.new_link(url, "embed")

    def image(self, attributes: dict[str, str | None]) -> None:
        if (text := images.words(attributes)) is not None:
            if not self.pre:
                self.words(text)
        elif (url := self.address(images.source(attributes))) and is_web(url):
            self.new_link(url, "image", (attributes.get("alt") or "").strip())

    # --- links

    def new_link(self, url: str, kind: Kind = "link", alt: str = "") -> int:
        """Its number; the empty run gives it a place, even when no words follow."""
        self.urls.append((kind, url, alt))
        self.runs.append(Run("", link=len(self.urls) - 1))
        return len(self.urls) - 1

    def address(self, href: str | None) -> str | None:
        if not href:
            return None
        url = join(self.base_url, href) if self.base_url else join(href, "")
        return url if is_web(url) or _MAIL.match(url) else None


def _language(node: LexborNode) -> str:
    """What a highlighter's class names on a <pre>, its <code>, or the boxes around it."""
    inner = node.child
    while inner is not None and inner.tag != "code":
        inner = inner.next
    parent = node.parent
    for place in (inner, node, parent, parent.parent if parent is not None else None):
        if place is None or place.tag not in ("pre", "code", "div", "figure"):
            continue
        attributes = place.attributes
        named = attributes.get("data-lang") or attributes.get("data-language") or ""
        if re.fullmatch(r"[A-Za-z0-9+#_.-]{1,30}", named):
            return named
        if found := _LANGUAGE.search(attributes.get("class") or ""):
            return str(found[1] or found[2])
    return ""
