"""`postetl sources list|add|check|enable`."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from postetl.errors import UsageError

if TYPE_CHECKING:
    from postetl.pipeline import Found
    from postetl.settings import Source

app = typer.Typer(help="The sources: list, add, check, enable.", no_args_is_help=True, rich_markup_mode=None)


@app.command("list")
def list_(context: typer.Context) -> None:
    """Every configured source: where, kind, state, posts, last fetch."""
    import sys

    from postetl import pipeline

    rows = pipeline.overview(context.obj.settings())
    header = ("id", "state", "kind", "posts", "last fetch", "next", "why", "where")
    if not sys.stdout.isatty():
        for row in (header, *rows):
            print("\t".join(row))
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*header, box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for row in rows:
        table.add_row(*map(Text, row))
    Console(highlight=False).print(table)


@app.command()
def check(
    context: typer.Context,
    sources: Annotated[list[str] | None, typer.Argument(metavar="[SOURCE]...", help="Only these [default: all].")] = None,
) -> None:
    """Fetch and read each source once, write nothing, and say what is there."""
    from postetl import pipeline

    settings = context.obj.settings()
    chosen = [settings.source(name) for name in sources] if sources else list(settings.sources)
    bad = 0
    for source in chosen:
        found = pipeline.probe(settings, source)
        bad += found.error is not None
        print(_said(source, found), flush=True)
    raise typer.Exit(1 if bad else 0)


@app.command()
def add(
    context: typer.Context,
    where: Annotated[str, typer.Argument(metavar="URL|PATH", help="A feed, a page, a .txt file, a folder or a glob.")],
    id_: Annotated[str | None, typer.Option("--id", help="Its short name [default: made from the address].", show_default=False)] = None,
    kind: Annotated[str | None, typer.Option(help="feed, jsonfeed, wordpress, blogger, sitemap, listing, page or plaintext [default: recognised].", show_default=False)] = None,
    allow_private: Annotated[bool, typer.Option("--allow-private", help="It is on a private or loopback address of yours.")] = False,
    check_: Annotated[bool, typer.Option("--check/--no-check", help="Fetch it first, and add it only if it can be read.")] = True,
) -> None:
    """Add a source to HOME/sources.local.toml (or to the file named with --sources)."""
    from postetl import pipeline, settings

    place = context.obj
    file = place.sources or settings.Environment().sources or place.home_folder() / "sources.local.toml"
    main = place.sources or settings.Environment().sources or place.home_folder() / "sources.toml"
    known = place.settings() if main.exists() or file.exists() else None
    is_url = bool(re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", where))
    name = id_ or _name(where, {s.id for s in known.sources} if known else set())
    if known and any(s.id == name for s in known.sources):
        raise UsageError(f"there is a source {name!r} already: choose another with --id")
    if known and (twin := next((s for s in known.sources if where in (s.url, s.path)), None)):
        raise UsageError(f"{where} is there already, as {twin.id!r}")
    entry = _entry(name, where, is_url, kind, allow_private)
    made = settings.parse(entry, home=place.home_folder())  # the same checks as a file's
    if check_:
        found = pipeline.probe(made, made.sources[0])
        print(_said(made.sources[0], found))
        if found.error is not None:
            raise UsageError(f"not added: {found.detail or found.error}. --no-check adds it all the same")
    _append(file, entry)
    print(f"added {name!r} to {file}: `postetl run {name}` fetches it now")


@app.command()
def enable(
    context: typer.Context,
    sources: Annotated[list[str], typer.Argument(metavar="SOURCE...", help="Their ids.")],
) -> None:
    """Take up again what was given up after 410 or many failures: due at once, failures counted anew."""
    from postetl import pipeline

    pipeline.enable(context.obj.settings(), sources)
    for name in dict.fromkeys(sources):
        print(f"{name}: enabled; the next run asks it")


def _name(where: str, taken: set[str]) -> str:
    host = urlsplit(where).hostname if "://" in where else Path(where).stem
    base = re.sub(r"[^a-z0-9]+", "-", (host or "source").removeprefix("www.").lower()).strip("-")[:60] or "source"
    name, number = base, 2
    while name in taken:
        name, number = f"{base}-{number}", number + 1
    return name


def _entry(name: str, where: str, is_url: bool, kind: str | None, allow_private: bool) -> str:
    import json

    lines = ["[[source]]", f"id = {json.dumps(name)}", f"{'url' if is_url else 'path'} = {json.dumps(where, ensure_ascii=False)}"]
    if kind:
        lines.append(f"kind = {json.dumps(kind)}")
    if allow_private:
        lines.append("allow_private = true")
    return "\n".join(lines) + "\n"


def _append(file: Path, entry: str) -> None:
    """By rename: a reader never sees half a file."""
    import os

    before = file.read_text("utf-8") if file.exists() else "# Sources of your own; git ignores this file.\n"
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    beside.write_text(before.rstrip("\n") + "\n\n" + entry, "utf-8")
    beside.replace(file)


def _said(source: "Source", found: "Found") -> str:
    if found.error is not None:
        return f"{source.id}: {found.error}: {found.detail or source.where}"
    dates = f", {found.oldest:%Y-%m-%d} to {found.newest:%Y-%m-%d}" if found.oldest and found.newest else ""
    title = f" {found.title!r}" if found.title else ""
    rejects = f", {found.rejects} set aside" if found.rejects else ""
    follow = f", {found.follow} pages to follow" if found.follow else ""
    return f"{source.id}: {found.kind}{title}, {found.posts} posts{dates}{follow}{rejects}"


