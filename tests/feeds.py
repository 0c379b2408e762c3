"""Small documents for tests, and one way to run the pipeline over sources."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import postetl
from postetl import pipeline, settings
from postetl.pipeline import RunReport, Window


def entry(guid: str | None = None, *, link: str | None = None, title: str | None = None, body: str | None = "<p>Some body.</p>",
          date: str | None = "Tue, 01 Aug 2017 10:00:00 GMT", summary: str | None = None) -> str:  # fmt: skip
    parts = {
        "title": title, "link": link, "guid": guid, "pubDate": date, "description": summary, "content:encoded": body,
    }  # fmt: skip
    return "<item>" + "".join(f"<{name}>{escape(value)}</{name}>" for name, value in parts.items() if value is not None) + "</item>"


def rss(*entries: str, title: str = "A feed") -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/">'
        f"<channel><title>{title}</title><link>https://example.org/</link>{''.join(entries)}</channel></rss>"
    )


def page(title: str, paragraphs: Iterable[str]) -> str:
    text = "".join(f"<p>{p}</p>" for p in paragraphs)
    return (
        f'<!doctype html><html lang="en"><head><title>{title}</title></head><body><nav><a href="/">Home</a> <a href="/about">About</a></nav>'
        f"<article><h1>{title}</h1>{text}</article><footer>All rights reserved</footer></body></html>"
    )


def prose(subject: str, sentences: int = 12) -> list[str]:
    """Paragraphs long enough to be found as an article."""
    return [
        f"The {subject} was seen at the weir in week {n}, when the water stood {n + 3} centimetres above its mark, and we wrote it down."
        for n in range(sentences)
    ]


def configure(home: Path, *sources: str, defaults: str = "") -> settings.Settings:
    """sources.toml from `id url [more lines]` strings: private addresses allowed, no delay."""
    out = ["[defaults]", 'contact = "tests@example.org"', "timeout = 5", defaults]
    for line in sources:
        name, where, *more = line.split(" ", 2)
        place = f"url = {where!r}\nallow_private = true\ndelay = 0" if "://" in where else f"path = {where!r}"
        out += ["[[source]]", f"id = {name!r}", place, *more]
    (home / "sources.toml").write_text("\n".join(out) + "\n")
    return settings.load(home)


def run(
    configured: settings.Settings, *source_ids: str, force: bool = False, command: str = "run", window: Window | None = None
) -> RunReport:
    opened = pipeline.open_run(configured, command=command, source_ids=source_ids, force=force, window=window)
    return pipeline.close_run(opened, [pipeline.run_batch(opened, batch) for batch in opened.batches])


def rows(home: Path, query: str, parameters: Sequence[object] = ()) -> list[tuple[object, ...]]:
    with postetl.connect(home) as db:
        return db.execute(query, list(parameters)).fetchall()
