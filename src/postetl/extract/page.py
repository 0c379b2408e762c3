"""A whole page: which part of it is the post. trafilatura decides, our own renderer writes it down."""

from selectolax.lexbor import LexborHTMLParser

from postetl import worker
from postetl.extract.article import post_html
from postetl.extract.decode import decode
from postetl.extract.metadata import Metadata, metadata
from postetl.extract.render import render
from postetl.extract.shallow import shallow
from postetl.model import Extracted, Link

TIMEOUT = 20.0  # seconds for one page
MEMORY_MB = 768
SURE, UNSURE, LITTLE = 0.9, 0.5, 300  # confidence in trafilatura's text, in the fallback's; characters under which either is halved


def extract(html: bytes | str, *, url: str | None = None) -> Extracted:
    """The post of a page: its text as CommonMark, links, and what the page says about it.

    Runs in a worker process (TIMEOUT, MEMORY_MB), unless it is in one. `method` tells what found the text: trafilatura, fallback
    (trafilatura found nothing, or did not come to an end), or none. Raises worker.WorkerError when even the fallback fails.
    """
    if worker.inside():
        return extract_here(html, url=url)
    try:
        found = worker.call("postetl.extract.page:extract_here", html, url=url, timeout=TIMEOUT, memory_mb=MEMORY_MB)
    except worker.WorkerError:
        found = worker.call("postetl.extract.page:extract_here", html, url=url, simple=True, timeout=TIMEOUT, memory_mb=MEMORY_MB)
    assert isinstance(found, Extracted)
    return found


def extract_here(html: bytes | str, *, url: str | None = None, simple: bool = False) -> Extracted:
    """The same in this process, without limits. `simple`: without trafilatura."""
    page = decode(html) if isinstance(html, bytes) else html
    tree = LexborHTMLParser(shallow(page))
    found = metadata(tree, url=url)
    base = url or found.canonical_url
    text, method, confidence = "", "none", 0.0
    links: tuple[Link, ...] = ()
    if not simple and (content := post_html(page, url=url)):
        text, links = render(content, base_url=base)
        method, confidence = "trafilatura", SURE
    if not text:
        text, links = _fallback(tree, base)
        method, confidence = ("fallback", UNSURE) if text else ("none", 0.0)
    if len(text) < LITTLE:
        confidence /= 2
    return _extracted(text, links, found, method, confidence)


def _extracted(text: str, links: tuple[Link, ...], found: Metadata, method: str, confidence: float) -> Extracted:
    return Extracted(
        text=text, links=links, title=found.title, authors=found.authors, published_at=found.published_at, date_source=found.date_source,
        language=found.language, canonical_url=found.canonical_url, method=method, confidence=confidence, updated_at=found.updated_at, tags=found.tags,
        site_name=found.site_name, image=found.image,
    )  # fmt: skip


def _fallback(tree: LexborHTMLParser, base: str | None) -> tuple[str, tuple[Link, ...]]:
    """The largest <article>, else <main>, else the body, without what is never the post."""
    if tree.body is None:
        return "", ()
    tree.strip_tags(["script", "style", "noscript", "template", "nav", "header", "footer", "aside", "form"], recursive=True)
    for selector in ("article", "main, [role=main]", "body"):
        best = max(tree.css(selector), key=lambda node: len(node.text()), default=None)
        if best is not None and best.text().strip():
            return render(best.html or "", base_url=base)
    return "", ()
