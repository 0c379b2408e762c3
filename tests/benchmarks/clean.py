"""Posts per CPU second from HTML to a clean post, by stage, for feed bodies and for whole pages; and trafilatura on the same pages.

    uv run python tests/benchmarks/clean.py [--rounds 5] [--posts 200] [--pages FOLDER]

Bodies and pages are made here (a post of some 900 words with headings, lists, links, a table and code; a page with a menu, a side column,
comments and scripts around it). --pages takes a folder of *.html and *.html.gz files instead. The stages of a page are timed one after
the other in one process; "trafilatura" is its `extract` with its defaults, in turns with ours, page by page.
"""

import argparse
import gzip
import random
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import trafilatura
from selectolax.lexbor import LexborHTMLParser

from postetl.clean import clean
from postetl.extract import extract, render
from postetl.extract.container import choose
from postetl.extract.content import prune
from postetl.extract.decode import decode
from postetl.extract.metadata import metadata
from postetl.extract.render import render_node
from postetl.extract.shallow import shallow
from postetl.model import Extracted, RawPost

WORDS = ["the", "river", "stood", "three", "centimetres", "above", "its", "mark", "and", "we", "wrote", "it", "down", "as", "we", "do", "every", "week", "in", "spring", "when", "snow", "melts"]
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def body(rng: random.Random) -> str:
    def prose(words: int) -> str:
        said = [rng.choice(WORDS) for _ in range(words)]
        for at in range(12, words, 40):
            said[at] = f"<a href='/{rng.randrange(999)}'>{said[at]}</a>"
        for at in range(25, words, 60):
            said[at] = f"<strong>{said[at]}</strong>"
        return " ".join(said).capitalize() + "."

    parts = []
    for part in range(6):
        parts.append(f"<h2>Part {part}</h2>" + "".join(f"<p>{prose(45)}</p>" for _ in range(3)))
        parts.append("<ul>" + "".join(f"<li>{prose(6)}</li>" for _ in range(4)) + "</ul>")
    parts.append("<table><tr><th>Year</th><th>mm</th></tr>" + "".join(f"<tr><td>{1990 + n}</td><td>{rng.randrange(900)}</td></tr>" for n in range(12)) + "</table>")
    parts.append("<pre><code class='language-python'>for line in lines:\n    print(line)\n</code></pre><blockquote><p>" + prose(30) + "</p></blockquote>")
    return "".join(parts)


def page(rng: random.Random) -> str:
    menu = "".join(f"<li class='menu-item'><a href='/m/{n}'>{rng.choice(WORDS)} {rng.choice(WORDS)}</a></li>" for n in range(60))
    side = "".join(f"<div class='widget card'><a href='/s/{n}'><h3>{' '.join(rng.choices(WORDS, k=6))}</h3></a><p>{' '.join(rng.choices(WORDS, k=14))}</p></div>" for n in range(25))
    said = "".join(f"<li class='comment'><b>Ann</b><p>{' '.join(rng.choices(WORDS, k=25))}</p></li>" for _ in range(15))
    script = "<script>" + "var a = [" + ",".join(str(rng.randrange(10**6)) for _ in range(2500)) + "];</script>"
    return (
        f"<!doctype html><html lang=en><head><title>How the river rose | Hills</title><meta property=og:title content='How the river rose'>{script}</head><body>"
        f"<header><nav><ul>{menu}</ul></nav></header><div class='wrap'><main><article class='post hentry'><h1>How the river rose</h1>"
        f"<p class='byline'>By <a rel=author href=/ann>Ann Lee</a> <time datetime=2025-03-01>1 March 2025</time></p><div class='entry-content'>{body(rng)}</div>"
        f"<section id=comments class='comments'><ol class='commentlist'>{said}</ol></section></article></main><aside class='sidebar'>{side}</aside></div>"
        f"<footer><p>Copyright 2025</p></footer>{script}</body></html>"
    )


def read(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


class Stages:
    """CPU seconds by stage."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}

    def time(self, stage: str, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        started = time.process_time()
        result = function(*args, **kwargs)
        self.spent[stage] = self.spent.get(stage, 0.0) + time.process_time() - started
        return result

    def print(self, posts: int) -> None:
        for stage, seconds in self.spent.items():
            print(f"  {stage:<22}{seconds / posts * 1e3:>8.3f} ms{posts / seconds if seconds else 0:>12,.0f} posts a CPU second")


def cleaned(found: Extracted) -> object:
    return clean(RawPost(url="https://a.example/1", title="A post"), found, source_id="a", fetched_at=NOW)


def feed_bodies(bodies: list[str]) -> Stages:
    stages = Stages()
    for html in bodies:
        shown = stages.time("render", render, html, base_url="https://a.example/")
        stages.time("clean", cleaned, Extracted(text=shown.text, links=shown.links, method="feed", confidence=1.0))
    return stages


def pages_by_stage(pages: list[str]) -> Stages:
    stages = Stages()
    for html in pages:
        tree = stages.time("parse", lambda page: LexborHTMLParser(shallow(page)), html)
        stages.time("metadata", metadata, tree)
        heading = tree.body.css_first("h1")
        box = stages.time("choose the box", choose, tree.body, heading)
        content = stages.time("weigh its units", prune, box, heading.text() if heading is not None else "", "")
        if content.node is not None:
            shown = stages.time("render", render_node, content.node)
            stages.time("clean", cleaned, Extracted(text=shown.text, links=shown.links))
    return stages


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--posts", type=int, default=200)
    parser.add_argument("--pages", type=Path, help="a folder of pages (*.html, *.html.gz)")
    args = parser.parse_args()
    rng = random.Random(7)
    bodies = [body(rng) for _ in range(args.posts)]
    files = sorted((*args.pages.rglob("*.html"), *args.pages.rglob("*.html.gz"))) if args.pages else []
    pages = [decode(read(path)) for path in files] or [page(rng) for _ in range(args.posts)]
    feed_bodies(bodies[:5]), pages_by_stage(pages[:5])
    print(f"feed bodies ({len(bodies)} of {statistics.mean(map(len, bodies)) / 1e3:.1f} KB)")
    feed_bodies(bodies).print(len(bodies))
    print(f"pages ({len(pages)} of {statistics.mean(map(len, pages)) / 1e3:.1f} KB)")
    pages_by_stage(pages).print(len(pages))
    ours: list[float] = []
    theirs: list[float] = []
    second = 0
    for html in pages * args.rounds if len(pages) <= args.posts else pages:
        started = time.perf_counter()
        found = extract(html)
        between = time.perf_counter()
        trafilatura.extract(html)
        ours.append(between - started)
        theirs.append(time.perf_counter() - between)
        second += found.method == "trafilatura"
    ratio = statistics.median(their / own for own, their in zip(ours, theirs, strict=True))
    print(f"extract {statistics.median(ours) * 1e3:.2f} ms, trafilatura {statistics.median(theirs) * 1e3:.2f} ms in the median; total {sum(theirs) / sum(ours):.1f} x,", end=" ")
    print(f"median of the ratios {ratio:.1f} x; looked at again by trafilatura: {second / len(ours):.1%}")


if __name__ == "__main__":
    main()
