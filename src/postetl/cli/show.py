"""`postetl sql` and `postetl status`: what is in the database, on a terminal and in a pipe."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from postetl.errors import UsageError

if TYPE_CHECKING:
    import pyarrow as pa


class Format(StrEnum):
    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    MARKDOWN = "markdown"
    PARQUET = "parquet"


def sql(
    context: typer.Context,
    query: Annotated[str, typer.Argument(help="SQL for DuckDB; - reads it from standard input.")],
    format_: Annotated[Format | None, typer.Option("--format", help="Default: a table on a terminal, tab-separated rows in a pipe.")] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Write to this file; its ending names the format.")] = None,
) -> None:
    """Query the published database, read-only."""
    from postetl import warehouse

    text = sys.stdin.read() if query == "-" else query
    if format_ is None and output is not None:
        endings = {".json": Format.JSON, ".csv": Format.CSV, ".md": Format.MARKDOWN, ".parquet": Format.PARQUET, ".txt": Format.TABLE}
        format_ = endings.get(output.suffix.lower())
        if format_ is None:
            raise UsageError(f"{output}: no format for this ending: name one with --format {'|'.join(Format)}")
    if format_ is Format.PARQUET and output is None:
        raise UsageError("--format parquet needs -o FILE")
    table = warehouse.query(context.obj.home_folder(), text)
    if table.num_columns:
        _write(table, format_, output)


def _write(table: "pa.Table", format_: Format | None, output: Path | None) -> None:
    try:
        if format_ is Format.PARQUET and output is not None:
            import pyarrow.parquet as pq

            pq.write_table(table, output, compression="zstd")
        elif output is not None:
            output.write_text(_text(table, format_ or Format.TABLE) + "\n", "utf-8")
        elif format_ in (None, Format.TABLE) and (sys.stdout.isatty() or format_ is Format.TABLE):
            _print_table(table)
        elif text := (_rows(table) if format_ is None else _text(table, format_)):
            print(text)
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        raise UsageError(f"{output or 'standard output'}: cannot be written: {error.strerror}") from None


def _cell(value: object) -> str:
    """One value as text; a list or a struct as JSON."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()  # as SQL writes it
    if isinstance(value, bytes):
        return _blob(value)
    if isinstance(value, (list, dict)):
        import json

        return json.dumps(value, ensure_ascii=False, default=_plain)
    return str(value)


def _blob(value: bytes) -> str:
    """As DuckDB writes one, and reads it."""
    return "".join(chr(b) if 32 <= b < 127 and chr(b) not in "\\'\"" else f"\\x{b:02X}" for b in value)


def _finite(value: object) -> object:
    """JSON has neither NaN nor Infinity: null."""
    import math

    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    return [_finite(inner) for inner in value] if isinstance(value, (list, tuple)) else value


def _rows(table: "pa.Table") -> str:
    """Tab-separated, no header; a tab, a line break or a backslash within a value is escaped, as psql does."""
    escape = str.maketrans({"\t": r"\t", "\n": r"\n", "\r": r"\r", "\\": r"\\"})
    columns = [column.to_pylist() for column in table.columns]
    return "\n".join("\t".join(_cell(v).translate(escape) for v in row) for row in zip(*columns, strict=True))


def _text(table: "pa.Table", format_: Format) -> str:
    names = table.column_names
    columns = [column.to_pylist() for column in table.columns]
    rows = list(zip(*columns, strict=True))
    if format_ is Format.JSON:
        import json

        # two columns may have one name in SQL; a JSON object cannot
        unique = [name if names.count(name) == 1 else f"{name}_{place}" for place, name in enumerate(names)]
        return json.dumps([dict(zip(unique, map(_finite, row), strict=True)) for row in rows], ensure_ascii=False, indent=1, default=_plain)
    if format_ is Format.CSV:
        import csv
        import io

        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(names)
        writer.writerows([_cell(v) for v in row] for row in rows)
        return out.getvalue().removesuffix("\n")
    if format_ is Format.MARKDOWN:
        lines = [names, ["---"] * len(names), *([_cell(v).replace("|", r"\|").replace("\n", "<br>") for v in row] for row in rows)]
        return "\n".join("| " + " | ".join(line) + " |" for line in lines)
    from rich.console import Console

    console = Console(width=200, file=None, record=False)
    with console.capture() as capture:
        console.print(_rich_table(table))
    return capture.get().rstrip("\n")


def _plain(value: object) -> object:
    from datetime import date, datetime
    from decimal import Decimal

    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, bytes):
        return _blob(value)
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return str(value)


MOST_ROWS = 500  # on a terminal; a pipe and a file get all


def _rich_table(table: "pa.Table") -> object:
    import pyarrow as pa
    from rich import box
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for field in table.schema:
        number = pa.types.is_integer(field.type) or pa.types.is_floating(field.type) or pa.types.is_decimal(field.type)
        shown.add_column(Text(field.name), justify="right" if number else "left", overflow="fold")
    for row in zip(*(column.to_pylist() for column in table.slice(0, MOST_ROWS).columns), strict=True):
        shown.add_row(*(Text(_short(_cell(value))) for value in row))
    return shown


def _short(text: str, most: int = 300) -> str:
    """A cell fit for a terminal: control characters of a post must not reach it."""
    visible = "".join(c if c == "\n" or c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text[:most])
    return visible + (" …" if len(text) > most else "")


def _print_table(table: "pa.Table") -> None:
    from rich.console import Console

    console = Console(highlight=False)
    console.print(_rich_table(table))
    more = f", the first {MOST_ROWS} shown: use -o FILE or a pipe for all" if table.num_rows > MOST_ROWS else ""
    console.print(f"({table.num_rows} row{'' if table.num_rows == 1 else 's'}{more})", style="dim")


def status(context: typer.Context) -> None:
    """What is there: the database, each source with its posts and last fetch, the last runs."""
    from rich.console import Console

    from postetl import warehouse

    home = context.obj.home_folder()
    console = Console(highlight=False, soft_wrap=not sys.stdout.isatty())
    link = home / "warehouse" / "posts.duckdb"
    sizes = warehouse.sizes(home)
    console.print(f"home      {home}")
    console.print(f"database  {link} -> {link.resolve().name}" if link.exists() else "database  none yet: run `postetl run` first")
    console.print("sizes     " + ", ".join(f"{name} {_size(size)}" for name, size in sizes.items()))
    holder = warehouse.writer(home)
    if holder:
        console.print(f"writing   {holder}")
    if not link.exists():
        return
    names: tuple[Literal["sources", "runs"], ...] = ("sources", "runs")
    for name in names:
        console.print(f"\n[bold]{name}[/bold]")
        table = warehouse.summary(home, name)
        if sys.stdout.isatty():
            console.print(_rich_table(_brief(table)))
        else:
            print("\t".join(table.column_names))
            print(_rows(table))


def _brief(table: "pa.Table") -> "pa.Table":
    """For a narrow screen: times to the minute, columns that hold nothing left out."""
    import pyarrow as pa

    kept = {}
    for name, column in zip(table.column_names, table.columns, strict=True):
        if column.null_count < len(column):
            times = pa.types.is_timestamp(column.type)
            kept[name] = pa.array([v and f"{v:%Y-%m-%d %H:%M}" for v in column.to_pylist()]) if times else column
    return pa.table(kept)


def _size(size: float) -> str:
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"
