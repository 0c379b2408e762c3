"""One walk over a tree of HTML, which writes CommonMark."""

import re
from collections.abc import Callable

from selectolax.lexbor import LexborNode

from postetl.extract import formulas, images, notes, tags
from postetl.extract.addresses import of_link, of_page
from postetl.extract.blocks import Container, Items, Writer
from postetl.extract.code import fence, language, lines_of_code
from postetl.extract.container import NOSCRIPT
from postetl.extract.inline import Run, Style, compose, lone, normal
from postetl.extract.rendered import Kind, Rendered, rendered
from postetl.extract.tables import Table, data_table, integer
from postetl.extract.tagids import COMMENT, TEXT, numbers
from postetl.extract.tagids import number as number_of
from postetl.extract.tags import DROP, Drop

_NO_STYLE: frozenset[Style] = frozenset()
_IN_HEADING: frozenset[Style] = frozenset(["strong"])
_TRANSPARENT, _PLAIN = numbers(tags.TRANSPARENT), numbers(tags.PLAIN_BLOCKS)
_STYLED, _A = {tag: tags.STYLED[name] for tag, name in numbers(tags.STYLED).items()}, number_of("a")
_NAMES = numbers({"br", "a", "strong", "b", "em", "i", "img", "code", "script", "sup"} | tags.PLAIN_BLOCKS | tags.BLOCKS)
Ending = Callable[[], None]


class Walk:
    """One walk over a tree: inline content gathers in `runs` until a block begins or ends."""

    def __init__(self, base_url: str | None, boxes: frozenset[int] = frozenset()) -> None:
        self.base_url = base_url
        self.boxes = boxes  # elements of other kinds that are code
        self.out = Writer()
        self.urls: list[tuple[Kind, str, str]] = []  # kind, address, alternative text; by link number
        self.runs: list[Run] = []
        self.style: frozenset[Style] = frozenset()
        self.link = -1
        self.code = 0
        self.coded = False  # a line of code has ended since the last block
        self.raised = 0
        self.heading = 0
        self.breaks = 0  # <br> since the last word
        self.pre = False
        self.lists: list[Items] = []
        self.table: Table | None = None  # the data table that we are in

    def result(self) -> Rendered:
        self.flush()
        return rendered(self.out.text(), self.out.places, self.urls)

    def tree(self, root: LexborNode) -> None:
        """All of it, without recursion: what comes after each open element, and what to do at its end, waits in a list."""
        ending = self.begin(root, root.tag or "")
        if ending is DROP:
            return
        waiting: list[tuple[LexborNode | None, Ending | None]] = [(None, ending)]
        node, flush = root.first_child, self.flush
        while True:
            if node is None:
                node, ending = waiting.pop()
                if ending:
                    ending()
                if not waiting:
                    return
                continue
            tag = node.tag_id
            if tag == TEXT:
                text = node.text_content
                if text and (self.runs or self.pre or not text.isspace()):
                    self.words(text)
            elif tag in _TRANSPARENT:
                if (child := node.first_child) is not None:
                    waiting.append((node.next, None))
                    node = child
                    continue
            elif tag in _PLAIN and not self.pre and not self.table and not self.boxes:
                if self.runs:
                    self.flush()
                if (child := node.first_child) is not None:
                    if child.tag_id != TEXT or child.next is not None:
                        waiting.append((node.next, flush))
                        node = child
                        continue
                    if (text := child.text_content) and not text.isspace():
                        self.paragraph(text)
                self.breaks = 0
            elif tag != COMMENT:
                if tag == _A:
                    ending = self.anchor(node)
                elif tag in _STYLED and not self.pre:
                    ending = self.styled(_STYLED[tag])
                elif (name := _NAMES.get(tag) or node.tag) is not None:
                    ending = self.begin(node, name)
                else:
                    ending = DROP
                if ending is not DROP:
                    if (child := node.first_child) is not None:
                        if child.tag_id != TEXT or child.next is not None:
                            waiting.append((node.next, ending))
                            node = child
                            continue
                        if (text := child.text_content) and (self.runs or self.pre or not text.isspace()):  # it holds nothing else, as most do
                            self.words(text)
                    if ending:
                        ending()
            node = node.next

    # --- inline content

    def words(self, text: str) -> None:
        if self.breaks and not text.isspace():
            self.breaks = 0
        if not text.isascii():
            text = normal(text)
        if self.code and "\n" in text:
            self.coded = True
        self.runs.append(Run(text if text != "\n" or self.pre else " ", self.style, self.link, self.code > 0))  # a lone one is a line break's

    def paragraph(self, text: str) -> None:
        """A block of nothing else."""
        if self.link >= 0 or self.style or self.code or self.heading:
            self.words(text)
            self.flush()
        else:
            self.out.block(*lone(text if text.isascii() else normal(text)))

    def line_break(self) -> None:
        if self.breaks == 0 and self.runs and self.runs[-1].code:
            self.coded = True
        self.breaks += 1
        if self.breaks == 1 or self.pre or self.heading or self.table:
            self.runs.append(Run("\n", link=self.link if self.pre else -1))
        else:
            many = self.breaks
            self.flush()
            self.breaks = many

    def flush(self) -> None:
        """The gathered runs are a paragraph, a heading, or a part of a cell."""
        self.breaks = 0
        if not (runs := self.runs):
            return
        self.runs = []
        coded, self.coded = self.coded, False
        if self.table:
            self.table.add(runs)
            return
        if coded and not self.heading and lines_of_code(runs):
            self.out.block(*fence(runs, ""))
            return
        text, marks = compose(runs, one_line=self.heading > 0, bare=_IN_HEADING if self.heading else _NO_STYLE)
        if self.heading and text:
            prefix = "#" * self.heading + " "
            text = prefix + (re.sub(r"(?:(?<= )|^)(#+)$", r"\\\1", text) if text[-1] == "#" else text)  # CommonMark would take it for the closing sequence (4.2)
            marks = [(link, start + len(prefix), end + len(prefix)) for link, start, end in marks]
        self.out.block(text, marks)

    # --- elements

    def begin(self, node: LexborNode, tag: str) -> Ending | Drop | None:
        if tag == "br":
            self.line_break()
            return DROP
        if self.boxes and node.mem_id in self.boxes and not self.pre:
            self.flush()
            return self.preformatted(node)
        if tag in tags.TRANSPARENT or tag[:1] in "-!":
            return None
        if tag in tags.PLAIN_BLOCKS and not self.pre and not self.table:
            if self.runs:
                self.flush()
            return self.flush
        if tag in tags.BLOCKS and not self.pre and not self.table:
            return self.block(node, tag)
        if tag in tags.DROPPED and (tag != "noscript" or len(node.text()) < NOSCRIPT):
            self.instead(node, tag)
            return DROP
        if tag == "a":
            return self.anchor(node)
        if self.pre:
            if tag in tags.LINES:
                if self.runs and not self.runs[-1].text.endswith("\n"):
                    self.runs.append(Run("\n"))
                if node.child is None:
                    self.runs.append(Run("\n"))
            return None
        if tag in tags.STYLED:
            return self.styled(tags.STYLED[tag])
        if tag in tags.CODE:
            self.code += 1
            return self.end_code
        if tag in tags.SPECIAL:
            return self.special(node, tag)
        return self.in_table(node, tag) if self.table else None

    def block(self, node: LexborNode, tag: str) -> Ending | Drop | None:
        self.flush()
        if tag in tags.HEADINGS:
            return self.headed(tags.HEADINGS[tag])
        if tag in tags.LISTS:
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
        if tag in tags.PRE:
            return self.preformatted(node)
        if tag == "table" and data_table(node):
            self.table = Table()
            return self.end_table
        return self.flush

    def special(self, node: LexborNode, tag: str) -> Ending | Drop | None:
        if tag == "math":
            if source := formulas.from_mathml(node):
                self.words(source)
            return DROP if source else None
        if tag == "mjx-math":
            return DROP if formulas.doubled(node, "") else None
        if tag == "q":
            self.words("“")
            return lambda: self.words("”")
        if tag == "rt":  # a reading: in parentheses, as <rp> has them for who cannot show it above
            if (before := node.prev) is not None and before.tag == "rp":
                return None
            self.words("(")
            return lambda: self.words(")")
        self.raised += 1

        def end() -> None:
            self.raised -= 1

        return end

    def in_table(self, node: LexborNode, tag: str) -> Ending | None:
        table = self.table
        assert table
        if tag in ("td", "th"):
            self.flush()
            table.cell(node, header=tag == "th")
            return self.end_cell
        if tag == "tr":
            self.flush()
            table.row()
        elif tag in tags.PARTS:
            table.head = tag == "thead"
        elif tag in tags.BLOCKS:
            second = tag == "li" and table.items > 0
            table.items = table.items + 1 if tag == "li" else 0
            while second and self.runs and self.runs[-1].text.isspace():
                self.runs.pop()
            self.runs.append(Run("; " if second else " "))
        return None

    def anchor(self, node: LexborNode) -> Ending | Drop | None:
        href = node.attributes.get("href")
        note = False
        if href and "#" in href and not self.pre:
            words = node.text().strip()
            if notes.leads_back(href, words, heading=self.heading > 0):
                return DROP
            note = notes.refers(href, words, raised=self.raised > 0) and not (self.runs and self.runs[-1].text.endswith("["))
        url = of_link(href, self.base_url)
        if not url and not note:
            return None
        if note:
            self.words("[")
        before = self.link
        if url:
            self.link = self.new_link(url)

        def end() -> None:
            self.link = before
            if note:
                self.words("]")

        return end

    def styled(self, style: Style) -> Ending:
        before, self.style = self.style, self.style | {style}

        def end() -> None:
            self.style = before

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
        width = self.lists[-1].width if parent in tags.LISTS and self.lists else 0
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
            self.lists.pop()

        return end if stray else self.end_container

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

    def preformatted(self, node: LexborNode) -> Ending:
        self.pre = True
        named = language(node)

        def end() -> None:
            runs, self.runs, self.breaks, self.pre, self.coded = self.runs, [], 0, False, False
            self.out.block(*fence(runs, named))

        return end

    def instead(self, node: LexborNode, tag: str) -> None:
        """What a dropped element leaves: an image its text, a check box its state, an embedded page or film its address."""
        if tag == "script" and (source := formulas.from_script(node)):
            self.words(source)
        if tag not in tags.MEDIA and tag not in ("img", "input"):
            return
        attributes = node.attributes
        if tag == "img":
            self.image(node, attributes)
        elif tag == "input":
            if (attributes.get("type") or "").lower() == "checkbox" and self.lists and not self.pre:
                self.words("[x] " if "checked" in attributes else "[ ] ")
        else:
            address = attributes.get(tags.MEDIA[tag])
            if not address or address.startswith("about:"):
                address = images.embedded(node)
            if url := of_page(address, self.base_url):
                self.new_link(url, "embed")

    def image(self, node: LexborNode, attributes: dict[str, str | None]) -> None:
        if (text := images.words(attributes)) is not None:
            if not self.pre:
                self.words(text)
        elif url := of_page(images.source(attributes) or images.of_picture(node, attributes), self.base_url):
            self.new_link(url, "image", images.alternative(attributes))

    # --- links

    def new_link(self, url: str, kind: Kind = "link", alt: str = "") -> int:
        """Its number; the empty run gives it a place, even when no words follow."""
        self.urls.append((kind, url, alt))
        self.runs.append(Run("", link=len(self.urls) - 1))
        return len(self.urls) - 1
