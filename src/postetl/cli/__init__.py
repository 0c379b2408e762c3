"""The command line. Slow imports stand inside the commands: `postetl --help` stays under half a second of CPU."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from postetl.errors import Broken, PostetlError, UsageError

if TYPE_CHECKING:
    from postetl.settings import Settings

app = typer.Typer(
    name="postetl",
    help="Source URL in, rows you can query out.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@dataclass(frozen=True, slots=True)
class Place:
    """The global options."""

    home: Path | None
    sources: Path | None

    def settings(self) -> "Settings":
        from postetl import settings

        return settings.load(self.home, self.sources)

    def home_folder(self) -> Path:
        from postetl import settings

        return settings.home_from(self.home)


def _version(wanted: bool) -> None:
    if wanted:
        from postetl import __version__

        print(f"postetl {__version__}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    home: Annotated[Path | None, typer.Option(help="Where the data live [env: POSTETL_HOME; default: ./data].", show_default=False)] = None,
    sources: Annotated[Path | None, typer.Option(help="The sources file [default: HOME/sources.toml].", show_default=False)] = None,
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,  # noqa: ARG001
) -> None:
    """Global options stand before the command: postetl --home DIR run."""
    context.obj = Place(home, sources)


@app.command()
def demo() -> None:
    """See it work: serve the sample, run the flows twice, edit a post, run again, query."""
    from rich.console import Console

    from postetl import demo as show
    from postetl.settings import clone_root

    root = clone_root()
    if root is None:
        raise UsageError("`postetl demo` needs the clone (flows/ and data/sample/): run it there with `uv run postetl demo`")
    raise typer.Exit(show.demo(root, Console(highlight=False)))


@app.command()
def run(
    context: typer.Context,
    sources: Annotated[list[str] | None, typer.Argument(metavar="[SOURCE]...", help="Only these sources [default: all that are due].")] = None,
    force: Annotated[bool, typer.Option("--force", help="Also sources that are not due, and followed pages that are known.")] = False,
) -> None:
    """Fetch, clean, chunk, write Parquet and load: once, now, without a Prefect server."""
    from postetl.cli.progress import run_all

    raise typer.Exit(run_all(context.obj.settings(), command="run", source_ids=tuple(sources or ()), force=force))


@app.command()
def backfill(
    context: typer.Context,
    source: Annotated[str, typer.Argument(help="The source's id.")],
    since: Annotated[str | None, typer.Option(help="From this date on: 2019-01-01, or 2019-01-01T12:00+02:00. UTC without an offset.")] = None,
    until: Annotated[str | None, typer.Option(help="Up to this date, itself not included.")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Read the dates again, whatever was read before, and replace just their posts.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the plan: windows, requests, time at the polite rate. Write no row.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="With --dry-run: fetch, and print record by record what would change; the bodies are kept for the run.")] = False,
) -> None:
    """Load a source's past, as far back as its archive (or the source itself) lists it; the same command goes on where it stopped."""
    from postetl.cli.progress import dry, run_all
    from postetl.pipeline import Window

    window = Window(_moment("--since", since), _moment("--until", until))
    if diff and not dry_run:
        raise UsageError("--diff goes with --dry-run")
    if dry_run:
        raise typer.Exit(dry(context.obj.settings(), source, window, diff=diff, replace=replace))
    raise typer.Exit(run_all(context.obj.settings(), command="backfill", source_ids=(source,), force=True, window=window, replace=replace))


@app.command()
def reprocess(
    context: typer.Context,
    sources: Annotated[list[str] | None, typer.Argument(metavar="[SOURCE]...", help="Only these sources [default: all].")] = None,
    since: Annotated[str | None, typer.Option(help="Only posts published from this date on: 2019-01-01, or 2019-01-01T12:00+02:00.")] = None,
    until: Annotated[str | None, typer.Option(help="Only posts published before this date.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print, post by post, what would change. Write nothing.")] = False,
) -> None:
    """Read the archived bodies again with today's code and settings, without the network; rewrite only what comes out otherwise."""
    from postetl.cli.progress import again
    from postetl.pipeline import Window

    window = Window(_moment("--since", since), _moment("--until", until))
    raise typer.Exit(again(context.obj.settings(), tuple(sources or ()), window, dry=dry_run))


@app.command()
def rebuild(context: typer.Context) -> None:
    """Make the database anew from the lake: the same rows in every column."""
    from postetl import warehouse

    home = context.obj.home_folder()
    report = warehouse.rebuild(home)
    print(f"rebuilt from {report.packages} packages: {report.published or home / 'warehouse' / 'posts.duckdb'}")


@app.command()
def maintain(
    context: typer.Context,
    keep: Annotated[int, typer.Option(min=1, help="Published versions of the database to keep.")] = 3,
) -> None:
    """Remove old published versions, abandoned staging and what dry runs kept, mark runs whose process died, print sizes."""
    from postetl import pipeline, report

    print(report.maintenance_text(pipeline.maintain(context.obj.settings(), keep=keep)))


@app.command()
def up(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="Address of the Prefect server and its UI.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Its port.")] = 4200,
) -> None:
    """Start a Prefect server, a worker and the deployments; Ctrl-C stops all of it."""
    from postetl import up as service

    service.up(context.obj.settings(), host=host, port=port)


def _moment(option: str, text: str | None) -> datetime | None:
    """A date or a time of the command line, UTC; without an offset it is UTC already."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageError(f"{option} {text!r} is no date: write it like 2019-01-31 or 2019-01-31T12:00+02:00") from None


def _commands() -> None:
    """The commands that have modules of their own."""
    from postetl.cli import show, sources

    app.add_typer(sources.app, name="sources")
    # a query may begin with a comment: -- is no option of ours
    app.command(name="sql", context_settings={"ignore_unknown_options": True})(show.sql)
    app.command(name="status")(show.status)


def main() -> None:
    """Entry point. Exit codes: 0 done, 1 some sources failed, 2 usage, 3 could not finish, 130 interrupted."""
    _commands()
    sys.exit(_guarded(lambda: app(prog_name="postetl", standalone_mode=False)))


def _guarded(call: Callable[[], object]) -> int:
    from typer.exceptions import TyperException

    try:
        result = _interruptible(call)
    except (typer.Abort, KeyboardInterrupt):
        result = 130
    except TyperException as error:
        if "\n" in (message := error.format_message()):  # the help, when no command was given
            print(message)
            return 2
        return _say(message, 2)
    except UsageError as error:
        return _say(str(error), 2)
    except Broken as error:
        return _say(str(error), 3)
    except PostetlError as error:
        return _say(str(error), 1)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of the pipe has gone: not an error
        return 0
    except Exception as error:  # noqa: BLE001  the outermost border: a bug is told as one, with exit code 3
        import traceback

        traceback.print_exc()
        return _say(f"internal error: {type(error).__name__}: {error}. What was committed is kept. Please report this with the lines above", 3)
    if result == 130:
        return _say("interrupted: what was committed is kept; run the same command again to go on", 130)
    return result if isinstance(result, int) else 0


def _interruptible(call: Callable[[], object]) -> object:
    """DuckDB answers a Ctrl-C in the middle of a statement with an error of its own, whose cause is the interrupt."""
    try:
        return call()
    except Exception as error:
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, KeyboardInterrupt):
                raise cause from None
            cause = cause.__cause__
        raise


def _say(message: str, code: int) -> int:
    print(f"postetl: {message}", file=sys.stderr)
    return code
