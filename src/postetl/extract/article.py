"""The part of a page that is its post, as trafilatura finds it: its tree, back in HTML."""

import re
from html import escape

from lxml import etree

# trafilatura with include_links leaves out passages that it keeps without (it weighs them by their links). So the links travel as
# letters of a dead script, one for each address, inside of the anchors: trafilatura drops what is not printable (private use).
_FIRST, _LAST, _END = 0x17000, 0x187F6, "\U000187f7"  # Tangut
_MARKED = re.compile(f"([{chr(_FIRST)}-{chr(_LAST)}])([^{chr(_FIRST)}-{_END}]*){_END}")
_MARKS = re.compile(f"[{chr(_FIRST)}-{_END}]")
_ACROSS = re.compile(r"</?(?:p|h[1-6]|[uod]l|li|d[td]|t[rdh]|table|blockquote|pre|div)\b")

_TAGS = {"quote": "blockquote", "lb": "br", "row": "tr", "del": "del", "p": "p", "div": "div", "table": "table", "body": "body"}
_STYLES = {"#b": "strong", "#i": "em", "#t": "code"}


def post_html(page: str, *, url: str | None = None) -> str | None:
    """HTML of the post in a page, None when there is none. Links keep their addresses as the page has them."""
    import trafilatura

    tree = trafilatura.load_html(page)
    if tree is None:
        return None
    targets = _mark_links(tree) if not _MARKS.search(page) else []
    # `fast`: without its own second and third opinions, which took a third of its time and changed 4 texts of 20, none for the better
    found = trafilatura.bare_extraction(tree, url=url, fast=True, include_formatting=True, include_tables=True, include_comments=False, with_metadata=False)
    if found is None or isinstance(found, dict) or found.body is None:
        return None
    for element in list(found.body.iter()):
        _to_html(element)
    html = str(etree.tostring(found.body, encoding="unicode", method="html"))
    return _MARKS.sub("", _MARKED.sub(lambda link: _link(link[1], link[2], targets), html)) if targets else html


def _mark_links(tree: etree._Element) -> list[str]:
    targets: list[str] = []
    for anchor in tree.iter("a"):
        target = anchor.get("href")
        if target and len(targets) <= _LAST - _FIRST and any(str(text).strip() for text in anchor.itertext()):
            anchor.text = chr(_FIRST + len(targets)) + (anchor.text or "")
            targets.append(target)
            if len(anchor):
                anchor[-1].tail = (anchor[-1].tail or "") + _END
            else:
                anchor.text += _END
    return targets


def _link(mark: str, content: str, targets: list[str]) -> str:
    if _ACROSS.search(content):
        return content
    return f'<a href="{escape(targets[ord(mark) - _FIRST])}">{content}</a>'


def _to_html(element: etree._Element) -> None:
    """Trafilatura's own vocabulary, a kind of TEI, back to HTML."""
    tag, rend = element.tag, element.get("rend") or ""
    if tag == "head":
        element.tag = rend if rend in ("h1", "h2", "h3", "h4", "h5", "h6") else "h3"
    elif tag == "list":
        element.tag = rend if rend in ("ol", "dl") else "ul"
    elif tag == "item":
        element.tag = rend[:2] if rend[:3] in ("dt-", "dd-") else "li"
    elif tag == "cell":
        element.tag = "th" if element.get("role") == "head" else "td"
    elif tag == "hi":
        element.tag = _STYLES.get(rend, "span")
    elif tag == "code":
        parent = element.getparent()
        many = any("\n" in str(text) for text in element.itertext()) or element.find("lb") is not None or element.find("code") is not None
        inner = parent is not None and parent.tag == "pre"
        element.tag = "code" if inner or not (many or parent is None or parent.tag == "body") else "pre"
    else:
        element.tag = _TAGS.get(str(tag), "span")
