"""What a feed costs to read, beside feedparser: `uv run python tests/benchmarks/feeds.py` (a minute, no network).

Feeds are made here, small to large, in the shapes that are common: headlines, RSS with whole posts as WordPress writes it, Atom with escaped
HTML, Atom with XHTML. Each is read from bytes to RawPosts, dates parsed, by `sources.read` and by `feedparser.parse` with its defaults, in turns
in one process: each finds the caches as the other left them, which is what a reader in a batch of sources finds. Printed: medians and their ratio.
"""

import argparse
import gc
import io
import statistics
import time
from collections.abc import Callable, Iterator
from xml.sax.saxutils import escape

import feedparser

from postetl.sources import read

URL = "https://example.org/feed"
WORDS = "The weir stood {n} centimetres above its mark \u2013 nobody had seen it so high, and we wrote it down. "
XHTML = '<p>{words}<a href="https://example.org/w/{n}" title="Week {n}">More of it</a>, <em>and</em> <img src="/i/{n}.png" alt=""/><br/></p>'
SHAPES = ("headlines", "rss", "atom", "xhtml")


def body(n: int, paragraphs: int) -> str:
    return "".join(XHTML.format(words=WORDS.format(n=n + k) * 3, n=k) for k in range(paragraphs))


def feed(shape: str, posts: int, paragraphs: int) -> bytes:
    entries = "".join(_entry(shape, n, paragraphs) for n in range(posts))
    if shape in ("headlines", "rss"):
        head = '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>'
        text = f"{head}<title>A feed</title><link>https://example.org/</link><language>en</language>{entries}</channel></rss>"
    else:
        text = f'<feed xmlns="http://www.w3.org/2005/Atom"><title>A feed</title><id>tag:example.org,2024:f</id><link href="https://example.org/"/>{entries}</feed>'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()


def _entry(shape: str, n: int, paragraphs: int) -> str:
    link = f"https://example.org/2024/01/post-{n}"
    if shape in ("headlines", "rss"):
        more = "<description>In short.</description>" if shape == "headlines" else (
            f"<dc:creator>Jane Roe</dc:creator><category>News</category><category>Water</category><description>In short.</description>"
            f"<content:encoded><![CDATA[{body(n, paragraphs)}]]></content:encoded>")  # fmt: skip
        return f"<item><title>Post {n}</title><link>{link}</link><guid>{link}</guid><pubDate>Mon, 06 Jan 2024 10:{n % 60:02}:00 +0000</pubDate>{more}</item>"
    content = (
        f'<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">{body(n, paragraphs)}</div></content>' if shape == "xhtml"
        else f'<content type="html">{escape(body(n, paragraphs))}</content>')  # fmt: skip
    return (
        f'<entry><id>tag:example.org,2024:{n}</id><title>Post {n}</title><link rel="alternate" type="text/html" href="{link}"/><author><name>Jane Roe</name></author>'
        f'<published>2024-01-06T10:{n % 60:02}:00Z</published><updated>2024-01-07T10:{n % 60:02}:00Z</updated><category term="Water"/>{content}</entry>')  # fmt: skip


def cases() -> Iterator[tuple[str, int, bytes]]:
    for shape in SHAPES:
        for posts, paragraphs in ((5, 1), (10, 10), (100, 10)):
            yield f"{shape}, {posts} posts", posts, feed(shape, posts, paragraphs)


def timed(work: Callable[[], object]) -> float:
    gc.collect()
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--rounds", type=int, default=9)
    rounds = ask.parse_args().rounds
    ratios = []
    print(f"{'':26}{'bytes':>10}{'feedparser ms':>16}{'postetl ms':>13}{'ratio':>8}")
    for name, posts, document in cases():
        assert len(read(document, url=URL).posts) == len(feedparser.parse(io.BytesIO(document)).entries) == posts
        theirs, ours = [], []
        for _ in range(rounds):
            theirs.append(timed(lambda document=document: feedparser.parse(io.BytesIO(document))))
            ours.append(timed(lambda document=document: read(document, url=URL)))
        base, own = statistics.median(theirs), statistics.median(ours)
        ratios.append(base / own)
        print(f"{name:26}{len(document):>10,}{base * 1e3:>16.2f}{own * 1e3:>13.3f}{base / own:>8.1f}")
    print(f"median {statistics.median(ratios):.1f}, lowest {min(ratios):.1f}")


if __name__ == "__main__":
    main()
