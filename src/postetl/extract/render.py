"""HTML to CommonMark without link targets: structure kept, markup that carries no text dropped, links beside the text.

    found = render("<p>See <a href='/a'>this</a>", base_url="https://a.example/")
    found.text, found.links  # "See this", (Link("https://a.example/a", "this", 4, 8),)

Parsed as browsers do (lexbor, WHATWG HTML); walked without recursion. Choices: a single <br> is a line end, two are a new paragraph;
images and embedded pages stand beside the text, at the end of the block they are in; an image that stands for a character or a formula
is its alternative text; <dt> and <dd> are lines, the latter behind ": "; tables without a header row get an empty one.
"""

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

from postetl.extract.code import BOXES, NUMBERED, numbers
from postetl.extract.container import distinct
from postetl.extract.formulas import TYPESET, doubled
from postetl.extract.marking import Rendered, Walk
from postetl.extract.shallow import MOST_TAGS, shallow

__all__ = ["Rendered", "render", "render_node"]

_MARKED = f"[hidden], [style*=none], [style*=hidden], [class*=screen-reader], [class*=sr-only], [class*=visually-hidden], {NUMBERED}, {TYPESET}"
_UNSEEN = re.compile(r"(?:^|\s)(?:screen-reader-text|sr-only|visually-hidden)(?:\s|$)")
_HIDES = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)\b", re.IGNORECASE)


def render(html: str, *, base_url: str | None = None) -> Rendered:
    """A document or fragment as CommonMark.

    Links are absolute http, https or mailto addresses (relative ones by `base_url`); any other leaves its words only. Images and
    embedded pages (iframe, video) are absolute http and https addresses. Deterministic; linear in the input's length. Raises nothing
    of its own.
    """
    # everything into the body: in a head, the parser would end at the first words of a <noscript>
    tree = LexborHTMLParser("<body>" + shallow(html.replace("\x00", ""), 4 * MOST_TAGS))
    if tree.root is None:
        return Rendered()
    return render_node(tree.root, base_url=base_url)


def render_node(node: LexborNode, *, base_url: str | None = None) -> Rendered:
    """The same for an element of a page that is parsed already; takes out of it what does not show."""
    root = node.mem_id
    for marked in reversed(distinct(node.css(_MARKED))):  # the inner ones first: the outer ones take them along
        if marked.mem_id != root and _does_not_show(marked):
            marked.decompose()
    walk = Walk(base_url, frozenset(box.mem_id for box in node.css(BOXES)))
    walk.tree(node)
    return walk.result()


def _does_not_show(node: LexborNode) -> bool:
    attributes = node.attributes
    names = attributes.get("class") or ""
    return bool(
        "hidden" in attributes
        or _HIDES.search(attributes.get("style") or "")
        or _UNSEEN.search(names)
        or numbers(node, names)
        or ((node.tag == "mjx-math" or "MathJax" in names or "katex-html" in names) and doubled(node, names))
    )
