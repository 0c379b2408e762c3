"""`run` and `backfill` on a screen: bars on a terminal, one line a source in a pipe."""

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Self

from rich.console import Console

from postetl import pipeline, report
from postetl.errors import Locked
from postetl.pipeline import Change, SourceReport, Step, Window
from postetl.settings import Settings


def run_all(
    settings: Settings, *, command: str, source_ids: Sequence[str] = (), force: bool = False, window: Window | None = None, replace: bool = False
) -> int:
    """Run every batch, load, print; the exit code."""
    console = Console(highlight=False, soft_wrap=True)
    errors = Console(highlight=False, soft_wrap=True, stderr=True)
    if warning := settings.no_contact:
        errors.print(f"postetl: {warning}", markup=False)
    run = pipeline.open_run(settings, command=command, source_ids=source_ids, force=force, window=window, batches=1, replace=replace)
    for line in report.skipped_lines(run):
        console.print(line, markup=False)
    if not run.batches and not run.skipped:
        console.print("no sources: `postetl sources add https://example.org/feed.xml` adds one")
    with ExitStack() as stack:
        screen = stack.enter_context(_Screen(sum(len(batch.sources) for batch in run.batches), console))
        try:
            reports = [pipeline.run_batch(run, batch, on_source=screen.source, on_step=screen.step) for batch in run.batches]
            screen.note("loading")
            done = pipeline.close_run(run, reports, on_wait=lambda holder: errors.print(f"waiting for the writer lock: {holder}", markup=False))
        except KeyboardInterrupt:
            pipeline.abandon_run(run)
            raise
        except Locked:
            errors.print("postetl: what was fetched is in the lake; the next run, or `postetl rebuild`, loads it")
            raise
    for line in report.console_summary(done):
        console.print(line, markup=False)
    return done.exit_code


def dry(settings: Settings, source_id: str, window: Window, *, diff: bool, replace: bool) -> int:
    """Print what a backfill would do; the exit code."""
    done = pipeline.dry_run(settings, source_id, window, diff=diff, replace=replace)
    console = Console(highlight=False, soft_wrap=True)
    for line in report.dry_lines(done):
        console.print(line, markup=False)
    return 1 if done.error else 0


def again(settings: Settings, source_ids: Sequence[str], window: Window, *, dry: bool) -> int:
    """Read the archive again (`dry`: say what would change), print; the exit code."""
    console = Console(highlight=False, soft_wrap=True)
    errors = Console(highlight=False, soft_wrap=True, stderr=True)
    with ExitStack() as stack:
        screen = stack.enter_context(_Screen(len(source_ids) or len(settings.sources), console, report.again_line, shown=dry))
        if dry:

            def change(found: Change) -> None:
                for line in report.change_lines(found):
                    screen.print(line)

            done = pipeline.reprocess_dry(settings, source_ids, window, on_source=screen.source, on_step=screen.step, on_change=change)
        else:
            done = pipeline.reprocess(
                settings, source_ids, window, on_source=screen.source, on_step=screen.step,
                on_wait=lambda holder: errors.print(f"waiting for the writer lock: {holder}", markup=False),
            )  # fmt: skip
    for line in report.again_summary(done):
        console.print(line, markup=False)
    return done.exit_code


class _Screen:
    """A bar a source on a terminal (those in work), plain lines in a pipe. When nobody reads that any more (`| head`) the work goes on, unless
    to be `shown` is all that it is for.
    """

    def __init__(self, total: int, console: Console, line: Callable[[SourceReport], str] = report.source_line, *, shown: bool = False) -> None:
        self.console, self.total, self.line, self.shown = console, total, line, shown
        self.done = 0
        self.live = sys.stdout.isatty() and self.total > 0

    def __enter__(self) -> Self:
        if self.live:
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

            self.progress = Progress(
                TextColumn("{task.description}", markup=False),
                BarColumn(bar_width=24),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                console=self.console,
                transient=True,
            )
            self.progress.start()
            self.all = self.progress.add_task("sources", total=self.total)
            self.tasks: dict[str, int] = {}
        return self

    def __exit__(self, *_: object) -> None:
        if self.live:
            self.progress.stop()

    def step(self, step: Step) -> None:
        if not self.live or step.total < 2:
            return
        task = self.tasks.get(step.source_id)
        if task is None:
            task = self.tasks[step.source_id] = self.progress.add_task(step.source_id, total=step.total)
        self.progress.update(task, completed=step.done, total=step.total)  # type: ignore[arg-type]

    def source(self, done: SourceReport) -> None:
        self.done += 1
        line = self.line(done)
        if self.live:
            task = self.tasks.pop(done.source_id, None)
            if task is not None:
                self.progress.remove_task(task)  # type: ignore[arg-type]
            self.progress.advance(self.all)
        self.print(line)

    def print(self, line: str) -> None:
        if self.live:
            self.progress.console.print(line, markup=False)
            return
        try:
            print(line, flush=True)
        except BrokenPipeError:
            if self.shown:
                raise
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, sys.stdout.fileno())  # what is left in the buffer has to go somewhere, too
            os.close(nowhere)

    def note(self, what: str) -> None:
        if self.live:
            self.progress.update(self.all, description=what)
