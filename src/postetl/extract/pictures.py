"""A post of pictures and no words: where it stands in a page, and the text that it has all the same."""

from dataclasses import replace

from selectolax.lexbor import LexborNode

from postetl.extract import tags
from postetl.extract.container import BOXES, NEVER, children, is_beside, is_body, names
from postetl.extract.inline import Run, compose
from postetl.model import Extracted, Link

METHOD = "images"
LITTLE = 150  # characters outside of headings (a date, a byline, links to share it), under which a box with pictures is nothing but them
_BESIDE = frozenset(["header", "footer", "nav", "aside"])
_PICTURES = frozenset(["figure", "picture", "img"])


def told(body: Extracted) -> Extracted:
    """The same post with its pictures' alternative texts for a text, a paragraph each, equal ones once; each picture at the end of its own.

    For a post whose text is empty. Links and embedded pages keep no place. Unchanged when no picture has words.
    """
    pieces: list[str] = []
    images: list[Link] = []
    seen = {""}
    size = 0
    for image in body.images:
        words = " ".join(image.anchor.split())
        paragraph = "" if words in seen else compose([Run(words)])[0].strip()
        seen.add(words)
        if paragraph:
            piece = f"\n\n{paragraph}" if pieces else paragraph
            pieces.append(piece)
            size += len(piece)
        images.append(Link(image.url, image.anchor, size, size))
    if not pieces:
        return body
    links, embeds = (tuple(Link(link.url, "", 0, 0) for link in beside) for beside in (body.links, body.embeds))
    return replace(body, text="".join(pieces), links=links, images=tuple(images), embeds=embeds, method=METHOD)


def shown(body: LexborNode) -> str:
    """The pictures of a page's post with their captions, as HTML, where its box holds next to nothing else; empty when there is no such box.

    The box is the first with pictures that has a body's name, else the page's only <article>, else its only <main>.
    """
    if body.css_first("img") is None:
        return ""
    named = (node for node in body.css(BOXES) if is_body(names(node.attributes)))
    if (box := next((node for node in named if node.css_first("img") is not None), None)) is None:
        articles = body.css("article") or body.css("main")
        box = articles[0] if len(articles) == 1 else None
    return "".join(_pictures(box)) if box is not None else ""


def _pictures(box: LexborNode) -> list[str]:
    found: list[str] = []
    size = 0
    waiting = [(box, True)]
    while waiting:
        node, counted = waiting.pop()
        tag = node.tag or ""
        if tag in _PICTURES:
            found.append(node.html or "")
        elif tag == "-text":
            size += len((node.text_content or "").strip()) if counted else 0
            if size >= LITTLE:
                return []
        elif node is box or not (tag in NEVER or tag in _BESIDE or is_beside(names(node.attributes))):
            counted = counted and tag not in tags.HEADINGS
            waiting += [(child, counted) for child in reversed(list(children(node)))]
    return found
