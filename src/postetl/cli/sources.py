"""`postetl sources list|add|check|enable|import|export`."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from postetl.errors import UsageError

if TYPE_CHECKING:
    from postetl.pipeline import Found
    from postetl.settings import Settings, Source

app = typer.Typer(help="The sources: list, add, check, enable, import, export.", no_args_is_help=True, rich_markup_mode=None)


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
    file, known = _place(context)
    is_url = bool(re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", where))
    name = id_ or _free(_base(where), {s.id for s in known.sources} if known else set())
    if known and any(s.id == name for s in known.sources):
        raise UsageError(f"there is a source {name!r} already: choose another with --id")
    _refuse_twin(known, where)
    entry = _entry(name, where, is_url, kind, allow_private)
    made = settings.parse(entry, home=place.home_folder())  # the same checks as a file's
    if check_:
        found = pipeline.probe(made, made.sources[0])
        if is_url and kind is None and found.kind in ("site", "page", "listing"):
            entry, made = _chosen(made, name, allow_private=allow_private)
            _refuse_twin(known, str(made.sources[0].url))
        else:
            print(_said(made.sources[0], found))
            if found.error is not None:
                hint = "" if is_url or (place.home_folder() / where).exists() else f"; a web address begins with a scheme: https://{where}"
                raise UsageError(f"not added: {found.detail or found.error}{hint}. --no-check adds it all the same")
        if is_url:
            print(_past(made, name))
    _append(file, entry)
    print(f"added {name!r} to {file}: `postetl run {name}` fetches it now")


def _refuse_twin(known: "Settings | None", where: str) -> None:
    """Raises UsageError for what is a source already, however its address is written."""
    from postetl import urls

    place = urls.canonical(where) or where
    for source in known.sources if known else ():
        if where == source.path or (source.url and (urls.canonical(source.url) or source.url) == place):
            raise UsageError(f"{urls.without_credentials(where)} is there already, as {source.id!r}")


def _chosen(made: "Settings", name: str, *, allow_private: bool) -> tuple[str, "Settings"]:
    """The entry for the best way to a page's posts; on a terminal a person may choose another."""
    import sys

    from postetl import pipeline, settings

    source = made.sources[0]
    seen = pipeline.ways(made, source)
    if not seen:
        print(_said(source, pipeline.probe(made, source)))
        print("it declares no feed and tells of no archive: it is added as one page. --kind listing follows the links in it")
        return _entry(name, str(source.url), True, "page", allow_private), made
    for number, way in enumerate(seen, 1):
        print(f"  {number}. {way.kind} {way.url} ({way.why}): {_said(source, way.found).partition(': ')[2]}")
    number = typer.prompt("which one?", default=1, type=int) if sys.stdin.isatty() and len(seen) > 1 else 1
    if not 1 <= number <= len(seen):
        raise UsageError(f"not added: there is no number {number}")
    way = seen[number - 1]
    entry = _entry(name, way.url, True, None if way.kind in ("feed", "jsonfeed") else way.kind, allow_private)
    return entry, settings.parse(entry, home=made.home)


def _past(made: "Settings", name: str) -> str:
    """Whether its past can be had, in one line."""
    from postetl import pipeline
    from postetl.pipeline import Window

    plan = pipeline.dry_run(made, name, Window())
    if plan.archive is None:
        return "archive: none found; a backfill loads what it lists now"
    posts = f", {'' if plan.exact else 'at least '}{plan.posts} posts" if plan.posts is not None else ""
    oldest = f" back to {plan.oldest:%Y-%m-%d}" if plan.oldest else ""
    return f"archive: {plan.archive}{posts}{oldest}: `postetl backfill {name}` loads it, `--dry-run` shows the plan"


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


@app.command("import")
def import_(
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="OPML, or one address a line; - reads standard input.")],
    allow_private: Annotated[bool, typer.Option("--allow-private", help="They are on private or loopback addresses of yours.")] = False,
) -> None:
    """Add the sources that an OPML file or a list of addresses names, without fetching them."""
    import sys

    from postetl import settings, urls
    from postetl.errors import Malformed
    from postetl.sources import opml

    try:
        body = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        listed = opml.read(body, name="standard input" if file == "-" else file)
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror}") from None
    except Malformed as error:
        raise UsageError(str(error)) from None
    place, known = _place(context)
    taken = {s.id for s in known.sources} if known else set()
    there = {urls.canonical(s.url): s.id for s in known.sources if s.url} if known else {}
    skipped, entries = list(listed.skipped), []
    for one in listed.subscriptions:
        if (twin := there.get(urls.canonical(one.url))) is not None:
            skipped.append((one.line, one.url, f"there already, as {twin!r}"))
            continue
        name = _free(_slug(one.title or "") or _base(one.url), taken)
        entry = _entry(name, one.url, True, one.kind, allow_private)
        try:
            settings.parse(entry, home=context.obj.home_folder())  # the same checks as a file's
        except UsageError as error:
            skipped.append((one.line, one.url, str(error).partition(": ")[2]))
            continue
        taken.add(name)
        there[urls.canonical(one.url)] = name
        entries.append(entry)
    for line, what, why in sorted(skipped, key=lambda s: s[0] or 0):
        print(f"skipped{f' line {line}' if line else ''}: {urls.without_credentials(what)}: {why}", file=sys.stderr)
    if entries:
        _append(place, "\n".join(entries))
    print(f"{len(entries)} sources added to {place}, {len(skipped)} skipped" + (": `postetl sources check` looks at them, `postetl run` fetches them" if entries else ""))


@app.command()
def export(
    context: typer.Context,
    opml_: Annotated[bool, typer.Option("--opml", help="As OPML 2.0 [default].")] = False,
    urls_: Annotated[bool, typer.Option("--urls", help="As one address a line.")] = False,
    out: Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE", help="Into this file [default: standard output].", show_default=False)] = None,
) -> None:
    """Write the sources that have an address as OPML, or as a list of addresses; passwords are left out."""
    import sys

    from postetl.sources import opml

    if opml_ and urls_:
        raise UsageError("--opml and --urls: choose one")
    configured = context.obj.settings()
    listed = [s for s in configured.sources if s.url]
    text = (
        "".join(f"{s.where}\n" for s in listed) if urls_
        else opml.write((opml.Subscription(s.where, s.id, kind=s.kind) for s in listed), title="postetl sources")
    )  # fmt: skip
    for source in configured.sources:
        if source.url is None:
            print(f"left out: {source.id!r} is a path, {source.path}", file=sys.stderr)
        elif source.where != source.url:
            print(f"without its password: {source.id!r}", file=sys.stderr)
    if out is None:
        sys.stdout.write(text)
        return
    try:
        _write(out, text)
    except OSError as error:
        raise UsageError(f"{out}: cannot be written: {error.strerror}") from None
    print(f"{len(listed)} sources written to {out}")


def _place(context: typer.Context) -> "tuple[Path, Settings | None]":
    """The file that new sources go to, and what is configured already."""
    from postetl import settings

    place = context.obj
    given = place.sources or settings.Environment().sources
    file, main = given or place.home_folder() / "sources.local.toml", given or place.home_folder() / "sources.toml"
    return file, place.settings() if main.exists() or file.exists() else None


def _base(where: str) -> str:
    """An id made of an address's host, or of a file's name."""
    host = urlsplit(where).hostname if "://" in where else Path(where).stem
    return _slug((host or "source").removeprefix("www."))


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:60].strip("-")


def _free(base: str, taken: set[str]) -> str:
    name, number = base or "source", 2
    while name in taken:
        name, number = f"{base or 'source'}-{number}", number + 1
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
    """What is there stays as it is."""
    before = file.read_text("utf-8") if file.exists() else "# Sources of your own; git ignores this file.\n"
    file.parent.mkdir(parents=True, exist_ok=True)
    _write(file, before.rstrip("\n") + "\n\n" + entry)


def _write(file: Path, text: str) -> None:
    """By rename: a reader never sees half a file."""
    import os

    beside = file.with_name(f".{file.name}.{os.getpid()}")
    beside.write_text(text, "utf-8")
    beside.replace(file)


def _said(source: "Source", found: "Found") -> str:
    if found.error is not None:
        return f"{source.id}: {found.error}: {found.detail or source.where}"
    dates = f", {found.oldest:%Y-%m-%d} to {found.newest:%Y-%m-%d}" if found.oldest and found.newest else ""
    title = f" {found.title!r}" if found.title else ""
    rejects = f", {found.rejects} set aside" if found.rejects else ""
    follow = f", {found.follow} pages to follow" if found.follow else ""
    return f"{source.id}: {found.kind}{title}, {found.posts} posts{dates}{follow}{rejects}"


