"""A whole page: which part of it is the post. Our own reading decides; trafilatura is asked about the few pages that it doubts."""

import gc
import re
from dataclasses import dataclass
from html import unescape
from itertools import count

from selectolax.lexbor import LexborDocumentOptions, LexborHTMLParser

from postetl import worker
from postetl.extract.article import post_html
from postetl.extract.container import choose, clear_around, landmarks
from postetl.extract.content import prune
from postetl.extract.decode import decoded
from postetl.extract.escape import literal
from postetl.extract.metadata import Metadata, metadata
from postetl.extract.pictures import METHOD, shown, told
from postetl.extract.render import Rendered, render, render_node
from postetl.extract.shallow import shallow
from postetl.extract.thread import thread_html
from postetl.model import Extracted

TIMEOUT = 20.0  # seconds for one page in trafilatura
MEMORY_MB = 768
SURE = {"thread": 0.85, "body": 0.95, "json-ld": 0.85, "post": 0.9, "text": 0.8, "whole": 0.6, METHOD: 0.6, "trafilatura": 0.85}
FEW = 300  # characters, under which any text is half as sure
# When trafilatura is asked, too: 20 of 1,424 pages. Its text in place of ours there gains .001 of word F1 on articles and .003 of snippet F1;
# asked twice as often it gained .001 more, for twice the time.
LITTLE = 150  # characters
UNSURE = 0.5  # of the box's characters that weigh within half a logit of even
SHORTER = 0.4  # of the declared text, under which what the page shows is no post
GONE = 0.25  # of the box's characters that stay
MANY = 8  # pages, after which trafilatura's process is started: one in 70 is doubtful, and would wait half a second for it
_QUIET = int(LexborDocumentOptions.WO_EVENTS)  # nobody is told what is put into the tree and taken out: a <selectedcontent> stays as it is
_UNNAMED = ("text", "whole")  # ways to a box without the name of a post's


_pages = count(1)
_MARKED_UP = re.compile(r"<(?:p|br|div|h[1-6]|ul|li)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Found:
    """The text of a page, and whether another look at it is worth its time."""

    post: Rendered
    method: str = "none"
    doubtful: bool = True


def extract(html: bytes | str, *, url: str | None = None, simple: bool = False) -> Extracted:
    """The post of a page: its text as CommonMark, links, and what the page says about it.

    `method` tells what found the text: thread (a forum's posts), body (a box named as a post's body), post (one named as a post), text (the box
    with the most text), whole (the page), images (a post of pictures: their captions, or alternative texts), json-ld (what the page declares),
    trafilatura, or none. Takes time linear in the page's length. trafilatura, asked about doubtful pages only and never when `simple`, has
    TIMEOUT seconds and MEMORY_MB in a process of its own (or what is left of the worker's, in one); what was found before stands when it
    does not answer.
    """
    if next(_pages) == MANY and not simple:
        worker.ready("postetl.extract.page", "trafilatura")
    collecting = gc.isenabled()
    gc.disable()  # a page is a few thousand small objects without cycles: looking for some takes a third of the time
    try:
        return _extract(html, url, simple=simple)
    finally:
        if collecting:
            gc.enable()


def _extract(html: bytes | str, url: str | None, *, simple: bool) -> Extracted:
    page, is_utf8 = decoded(html) if isinstance(html, bytes) else (html, False)
    source = shallow(page)
    tree = LexborHTMLParser(html if is_utf8 and source is page else source, options=_QUIET)  # which needs UTF-8 anyway
    about = metadata(tree, url=url)
    base = url or about.canonical_url
    found = (_thread(tree, base) if about.thread else None) or _own(tree, base, about)
    if about.body and len(found.post.text) < SHORTER * len(about.body):
        found = _declared(about.body, base)
    if found.doubtful and not simple:
        found = _second(page, url, base) or found
    post = _extracted(found, about)
    return told(post) if found.method == METHOD and not post.text else post


def second_look(page: str, url: str | None, base: str | None) -> Found | None:
    """The post as trafilatura finds it."""
    content = post_html(page, url=url)
    if not content:
        return None
    post = render(content, base_url=base)
    return Found(post, "trafilatura") if post.text else None


def _second(page: str, url: str | None, base: str | None) -> Found | None:
    try:
        found = worker.call("postetl.extract.page:second_look", page, url, base, timeout=TIMEOUT, memory_mb=MEMORY_MB)
    except worker.WorkerError:
        return None
    assert found is None or isinstance(found, Found)
    return found


def _thread(tree: LexborHTMLParser, base: str | None) -> Found | None:
    posts = thread_html(tree)
    if posts is None:
        return None
    thread = render(posts, base_url=base)
    return Found(thread, "thread", doubtful=False) if thread.text else None


def _declared(body: str, base: str | None) -> Found:
    """The text that the page tells machines, where it shows next to none of it: pages that scripts fill in."""
    if _MARKED_UP.search(body):
        return Found(render(body, base_url=base), "json-ld", doubtful=False)
    paragraphs = (line.strip() for line in unescape(body).splitlines())
    return Found(Rendered("\n\n".join(literal(line) for line in paragraphs if line)), "json-ld", doubtful=False)


def _own(tree: LexborHTMLParser, base: str | None, about: Metadata) -> Found:
    """Takes the tree apart."""
    body = tree.body
    if body is None:
        return Found(Rendered())
    found, heading = landmarks(body) if about.thread else (about.landmarks, about.heading)  # a look for posts may have changed the tree
    headline = heading.text() if heading is not None else ""
    chosen = choose(body, heading, found)
    pictures = shown(body) if chosen.how in _UNNAMED else ""  # before the tree is taken apart
    clear_around(chosen, heading)
    content = prune(chosen, headline, about.titles)
    if content.node is None:
        return _pictured(pictures or shown(body), base) or Found(Rendered())
    post = render_node(content.node, base_url=base)
    if pictures and len(post.text) < LITTLE and (pictured := _pictured(pictures, base)):
        return pictured  # in a box that is called the post; the words stand elsewhere
    doubtful = len(post.text) < LITTLE or content.unsure > UNSURE or content.chars < GONE * content.total
    return Found(post, chosen.how if post.text else "none", doubtful)


def _pictured(html: str, base: str | None) -> Found | None:
    pictures = render(html, base_url=base)
    return Found(pictures, METHOD, doubtful=False) if pictures.images else None


def _extracted(found: Found, about: Metadata) -> Extracted:
    post = found.post
    confidence = SURE.get(found.method, 0.0)
    if len(post.text) < FEW:
        confidence /= 2
    return Extracted(
        text=post.text, links=post.links, images=post.images, embeds=post.embeds, title=about.title, authors=about.authors, published_at=about.published_at, date_source=about.date_source,
        language=about.language, canonical_url=about.canonical_url, method=found.method, confidence=confidence, updated_at=about.updated_at, tags=about.tags, site_name=about.site_name, image=about.image,
    )  # fmt: skip
