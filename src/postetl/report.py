"""What a run did, as text: for the console, for the run log, and for Prefect's artifacts. Pure: reports in, strings out."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from postetl.errors import REASON_DOCS
from postetl.pipeline import Change, DryReport, MaintainReport, PastReport, Run, RunReport, SourceReport

_SHOWN = 20  # kinds of rejects that the console lists


def source_line(source: SourceReport) -> str:
    """One source in one line: `riverwatch: 12 posts, 12 new (feed, 13 requests, 12 followed, 2.1 s)`."""
    notes = [source.kind] if source.kind else []
    notes += [_count(source.requests, "request")]
    notes += [f"{source.followed} followed"] if source.followed else []
    notes += [f"{source.seconds:.1f} s"]
    return f"{source.source_id}: {_outcome(source)} ({', '.join(notes)})"


def skipped_lines(run: Run) -> list[str]:
    """The sources that are not asked, and why: each of a few, many in one line; given up sources each."""
    lines = [f"{s.source_id}: {s.reason}" for s in run.skipped if s.until is None]
    late = sorted((s.until, s.source_id, s.reason) for s in run.skipped if s.until is not None)
    if len(late) <= _SHOWN:
        return lines + [f"{source_id}: {reason} before {_minute(until)} (--force asks now)" for until, source_id, reason in late]
    return [*lines, f"{len(late)} sources are not due; the next is {late[0][1]} at {_minute(late[0][0])} (`postetl status` has all, --force asks now)"]


def headline(report: RunReport) -> str:
    """The run in one line: for the run list of the Prefect UI."""
    asked, failed = len(report.sources), [source for source in report.sources if source.error]
    parts = [f"{_count(asked, 'source')} asked", f"{report.posts_new} new", f"{report.posts_edited} edited"]
    parts += [f"{_rejected(report)} set aside"] if report.rejects else []
    given_up = sum(s.until is None for s in report.run.skipped)
    parts += [f"{len(report.run.skipped) - given_up} not due"] if len(report.run.skipped) > given_up else []
    parts += [f"{given_up} given up"] if given_up else []
    line = ", ".join(parts)
    if failed:
        named = ", ".join(f"{source.source_id} ({source.error})" for source in failed[:5])
        line += f"; {len(failed)} failed: {named}" + (f" and {len(failed) - 5} more" if len(failed) > 5 else "")
    return line


def console_summary(report: RunReport) -> list[str]:
    """The lines under a run: totals, what failed and why, what was set aside and why, where the database is."""
    lines = [f"{headline(report)}; {report.seconds:.1f} s"]
    lines += [f"  {source.source_id}: {source.error}: {_why(source)}" for source in report.sources if source.error]
    lines += [f"  {message}" for message in report.messages]
    told = {(source.source_id, str(source.error)) for source in report.sources}
    rows = [row for row in reject_rows(report) if (row["source"], row["reason"]) not in told]
    lines += [f"  {row['source']}: {row['records']} set aside: {row['reason']}: {row['meaning']}" for row in rows[:_SHOWN]]
    lines += [f"  and {len(rows) - _SHOWN} more kinds: the table `rejects` has them all"] if len(rows) > _SHOWN else []
    if report.run.command == "backfill":
        lines += [f"  {line}" for line in _reach(report)]
    if report.database:
        lines.append(f"database: {report.database}")
    return lines


def summary_markdown(report: RunReport) -> str:
    """The run as a page: a line of totals, a table of sources, what failed, what was set aside, what was not asked."""
    run = report.run
    out = [f"## {run.command} {run.run_id}", "", f"{headline(report)}. Took {report.seconds:.1f} s; ended as **{report.status}**.", ""]
    if report.sources:
        out += _table(
            ("source", "kind", "posts", "new", "changed", "set aside", "requests", "seconds", "outcome"),
            [
                (s.source_id, s.kind or "", s.posts, s.new, s.changed, s.rejects, s.requests, f"{s.seconds:.1f}", _why(s) if s.error else "ok")
                for s in report.sources
            ],
        )
    if run.command == "backfill":
        out += [f"- {_cell(line)}" for line in _reach(report)] + [""]
    if rows := reject_rows(report):
        out += ["### Set aside", "", *_table(("source", "reason", "records", "meaning"), [tuple(row.values()) for row in rows])]
    if run.skipped:
        out += ["### Not asked", ""]
        out += _table(("source", "why", "due"), [(s.source_id, s.reason, _minute(s.until) if s.until else "") for s in run.skipped])
    out += [f"- {_cell(message)}" for message in report.messages] + ([""] if report.messages else [])
    out.append(f"Packages written to the lake: {report.packages}. Database: `{report.database or 'unchanged'}`.")
    return "\n".join(out) + "\n"


def reject_rows(report: RunReport) -> list[dict[str, str]]:
    """What was set aside, most first: one row for each source and reason, with what the reason means."""
    ordered = sorted(report.rejects, key=lambda row: (-row[2], row[0], row[1]))
    return [
        {"source": source_id, "reason": str(reason), "records": str(count), "meaning": REASON_DOCS[reason]} for source_id, reason, count in ordered
    ]


def size_rows(sizes: Mapping[str, int]) -> list[dict[str, str]]:
    """Bytes by place, largest first, as a table for people."""
    return [{"what": name, "size": human_bytes(size), "bytes": str(size)} for name, size in sorted(sizes.items(), key=lambda item: -item[1])]


def maintenance_line(report: MaintainReport, crashed: Sequence[str] = ()) -> str:
    """What maintain did, in one line; `crashed` are Prefect flow runs whose process had gone."""
    parts = [
        f"removed {_count(report.removed_versions, 'old version')} of the database",
        f"{_count(report.removed_staging, 'abandoned staging folder')}",
        f"freed {human_bytes(report.freed_bytes)}",
    ]
    dead = len(report.dead_runs) + len(crashed)
    return ", ".join(parts) + (f"; {_count(dead, 'run')} had died" if dead else "")


def maintenance_text(report: MaintainReport) -> str:
    """What maintain did, and what takes the space."""
    lines = [maintenance_line(report), *(f"  run {run_id}: its process is gone; closed" for run_id in report.dead_runs)]
    rows = size_rows(report.sizes)
    width = max((len(row["what"]) for row in rows), default=0)
    return "\n".join(lines + [f"  {row['what']:<{width}}  {row['size']:>9}" for row in rows])


def human_bytes(size: int) -> str:
    """Decimal units, three digits: 1.23 MB."""
    value, unit = float(size), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if value < 999.5:
            break
        value, unit = value / 1000, larger
    return f"{value:.0f} {unit}" if unit == "B" or value >= 99.95 else f"{value:.1f} {unit}" if value >= 9.995 else f"{value:.2f} {unit}"


def _outcome(source: SourceReport) -> str:
    if source.error:
        return f"failed: {source.error}: {_why(source)}"
    if source.unchanged and not source.posts:
        return "unchanged"
    parts = [_count(source.posts, "post"), f"{source.new} new"]
    parts += [f"{source.changed} changed"] if source.changed else []
    parts += [f"{source.rejects} set aside"] if source.rejects else []
    parts += [f"{source.outside} outside the window"] if source.outside else []
    parts += [f"{source.undated} without a date left out"] if source.undated else []
    return ", ".join(parts)


def _reach(report: RunReport) -> list[str]:
    """How far back a backfill came, source by source, and what it cannot answer for."""
    since = report.run.window.since if report.run.window else None
    lines = []
    for s in report.sources:
        if s.past is not None:
            lines.append(_past(s, s.past))
            continue
        if s.oldest is None and s.error:
            continue
        if s.oldest is None:
            lines.append(f"{s.source_id}: lists no post with a date")
            continue
        line = f"{s.source_id}: lists posts from {_moment(s.oldest)} to {_moment(s.newest or s.oldest)}"
        if s.error is None and (since is None or s.oldest > since):
            line += "; what it published before that it no longer lists, and this backfill could not reach"
        lines.append(line)
    lines += [f"{s.source_id}: {_count(s.undated, 'post')} without a date left out" for s in report.sources if s.undated]
    return lines


def _past(source: SourceReport, past: PastReport) -> str:
    """How far a walk through an archive came."""
    line = f"{source.source_id}: {past.done} of {past.windows} windows of its {past.archive} archive read"
    line += ", begun by an earlier run" if past.begun else ""
    oldest = min((at for at in (past.oldest, source.oldest) if at is not None), default=None)
    line += f"; its oldest date is {_moment(oldest)}" if oldest else ""
    line += f"; {_count(past.gone, 'post')} no longer there" if past.gone else ""
    line += "; a part of it was not there, broken, or the same again: what that listed is not known, and no post is taken for deleted" if past.patchy else ""
    return line + ("" if past.done == past.windows else "; the same command goes on at the first that is open")


def dry_lines(report: DryReport) -> list[str]:
    """A dry run for the console."""
    if report.archive is None:
        lines = [] if report.error else [f"{report.source_id}: no archive was found: a backfill would load what the source lists now" + (f", from {_moment(report.oldest)} on" if report.oldest else "")]
    else:
        least = "" if report.exact else "at least "
        counts = [f"{least}{_count(len(report.windows), 'window')}"]
        counts += [f"{least}{_count(report.requests, 'request')}"] if report.requests is not None else []
        counts += [_count(report.posts, "post")] if report.posts is not None else []
        counts += [f"{least}{_duration(report.seconds)} at the polite rate"]
        lines = [f"{report.source_id}: {report.archive} archive: {', '.join(counts)}" + (" (begun by an earlier run)" if report.begun else "")]
        lines += [f"oldest date that can be reached: {_moment(report.oldest)}"] if report.oldest else []
        for window in report.windows:
            dates = f"{_moment(window.since)} to {_moment(window.until)}" if window.since and window.until else window.url
            facts = [_count(n, what) for n, what in ((window.posts, "post"), (window.requests, "request")) if n is not None]
            lines.append((f"  {window.key}: {dates}" if window.key != dates else f"  {dates}") + (f" ({', '.join(facts)})" if facts else ""))
    lines += [f"{d.sign} {_moment(d.published_at) if d.published_at else '-'}\t{d.title}\t{d.url}" for d in report.differences]
    if report.differences or report.unchanged:
        count = {sign: sum(d.sign == sign for d in report.differences) for sign in "+~-"}
        lines.append(f"{count['+']} new, {count['~']} changed, {count['-']} vanished, {report.unchanged} unchanged; nothing was written")
    if report.error:
        lines.append(f"{report.error}: {report.detail or REASON_DOCS[report.error]}")
    return lines


def again_line(source: SourceReport) -> str:
    """One source of a reprocess: `riverwatch: 12 posts read again, 3 rewritten (0.4 s)`; a line each for what it learned to be boilerplate."""
    parts = [f"{_count(source.changed + source.seen, 'post')} read again", f"{source.changed} rewritten"]
    parts += [f"{source.new} new"] if source.new else []
    if (stock := source.again) is not None:
        parts += [f"{number} {_LEFT[name]}" for name in _LEFT if (number := getattr(stock, name))]
    failed = f"; {source.error}: {_why(source)}" if source.error else ""
    learned = [f"  boilerplate, in {block.posts} of {block.out_of} posts: {_short(' '.join(block.text.split()))}" for block in source.learned]
    return "\n".join([f"{source.source_id}: {', '.join(parts)}{failed} ({source.seconds:.1f} s)", *learned])


_LEFT = {  # what of Stock, in words
    "lost": "left as they are: their bodies are not in the lake",
    "entryless": "left as they are: no archived document has the entry of their page",
    "followed": "left as they are: the page behind them was never fetched (`postetl run` does)",
    "vanished": "left as they are: their body has no such post any more",
    "failed": "left as they are: their body could not be read",
    "unsure": "records not taken: they may be posts that are there",
}


def again_summary(report: RunReport) -> list[str]:
    """The lines under a reprocess."""
    rewritten, new = sum(s.changed for s in report.sources), sum(s.new for s in report.sources)
    if report.run.dry:
        return [f"{rewritten} would be rewritten, {new} new; nothing was written; {report.seconds:.1f} s"]
    lines = [f"{_count(len(report.sources), 'source')} read again: {_count(rewritten, 'post')} rewritten, {new} new; {report.seconds:.1f} s"]
    lines += [f"  {message}" for message in report.messages]
    return [*lines, f"database: {report.database}"] if rewritten or new or any(s.learned for s in report.sources) else [*lines, "nothing comes out otherwise: the database is as it was"]


def change_lines(change: Change) -> list[str]:
    """A row that would change: what and where; below it, the first line of its text that differs."""
    columns = f"\t{', '.join(change.columns)}" if change.columns else ""
    lines = [f"{change.sign} {change.source_id}\t{_short(change.title or '')}\t{change.url or ''}{columns}"]
    return lines + ([f"  - {_short(change.lines[0])}", f"  + {_short(change.lines[1])}"] if change.lines else [])


def _short(line: str) -> str:
    return line if len(line) <= 160 else line[:159] + "…"


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def _why(source: SourceReport) -> str:
    """The detail of what went wrong, else what the reason means."""
    return " ".join((source.detail or (REASON_DOCS[source.error] if source.error else "")).split())[:300]


def _rejected(report: RunReport) -> int:
    return sum(count for _, _, count in report.rejects)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment.hour or moment.minute else f"{moment.year:04}-{moment:%m-%d}"


def _table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    lines = [header, ["---"] * len(header), *([_cell(value) for value in row] for row in rows)]
    return [f"| {' | '.join(line)} |" for line in lines] + [""]


def _cell(value: object) -> str:
    r"""Text from a stranger's server inside our Markdown: shown, never obeyed."""
    text = " ".join(str(value).split())
    for mark in "\\`*_[]<>|#":
        text = text.replace(mark, "\\" + mark)
    return text
