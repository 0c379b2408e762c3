"""Texts of a page, and where they stand."""

from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

_NOWHERE = frozenset(["script", "style", "nav", "footer", "aside", "noscript", "template", "option", "title"])
LINE = 80  # characters of a text of a line


def words(node: LexborNode | None) -> str:
    return " ".join(node.text(separator=" ")[:4000].split())[:2000] if node is not None else ""


def around(node: LexborNode) -> list[str]:
    tags: list[str] = []
    above = node.parent
    while above is not None and len(tags) < 30:
        tags.append(above.tag or "")
        above = above.parent
    return tags


def short_texts(tree: LexborHTMLParser) -> Iterator[tuple[bool, str]]:
    """Texts of a line, outside of menus and the like, and whether they stand behind the page's heading."""
    heading = tree.css_first("h1")
    behind, own = heading is None, heading.mem_id if heading is not None else 0
    for node in tree.body.traverse(include_text=True) if tree.body is not None else ():
        if node.tag == "-text":
            text = (node.text_content or "").strip()
            if 1 < len(text) < LINE and not _NOWHERE.intersection(around(node)):
                yield behind, text
        elif not behind and node.mem_id == own:
            behind = True
