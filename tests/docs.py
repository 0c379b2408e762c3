"""The README's generated parts. `uv run python tests/docs.py` writes them; tests/test_docs.py checks that they are current."""

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from postetl.errors import REASON_DOCS, Reason
from postetl.schema import DUCKDB_TYPES, LAKE, WAREHOUSE, Table
from postetl.settings import Defaults, Source

README = Path(__file__).parents[1] / "README.md"


def tables() -> str:
    out = ["In `warehouse/posts.duckdb` (times are UTC):", ""]
    out += [line for table in WAREHOUSE.values() for line in _table(table)]
    out += ["Views: `latest_posts` (newest first), `posts_per_day` (source_id, day, posts), `post_links` (one row a link in a text).", ""]
    same = ", ".join(f"`{t.name}`" for t in LAKE.values() if t.name in WAREHOUSE)
    out += [f"In each package of the lake: {same} as above, as they were found, and:", ""]
    out += [line for table in LAKE.values() if table.name not in WAREHOUSE for line in _table(table)]
    for table in LAKE.values():
        known = {c.name for c in WAREHOUSE[table.name].columns} if table.name in WAREHOUSE else None
        if known is not None and (extra := [c for c in table.columns if c.name not in known]):
            out += [f"`{table.name}` has there also:", "", "| column | type | |", "|---|---|---|"]
            out += [*(_row(c.name, DUCKDB_TYPES[c.type], c.doc) for c in extra), ""]
    return "\n".join(out)


def _table(table: Table) -> list[str]:
    rows = [_row(c.name, "STRUCT[]" if c.type in ("links", "enclosures") else DUCKDB_TYPES[c.type], c.doc) for c in table.columns]
    return [f"**`{table.name}`**: {table.doc}", "", "| column | type | |", "|---|---|---|", *rows, ""]


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in (f"`{cells[0]}`", *cells[1:])) + " |"


def reasons() -> str:
    return "\n".join(["| reason | |", "|---|---|", *(_row(reason.value, REASON_DOCS[reason]) for reason in Reason)])


def settings() -> str:
    out = ["| key | where | default | |", "|---|---|---|---|"]
    for name in {**Source.model_fields, **Defaults.model_fields}:
        where = " and ".join(w for w, m in (("`[defaults]`", Defaults), ("`[[source]]`", Source)) if name in m.model_fields)
        owner = Defaults if name in Defaults.model_fields else Source
        value = owner.model_fields[name].default
        required = owner.model_fields[name].is_required()
        shown = "required" if required else "" if value is None else f"`{str(value).lower() if isinstance(value, bool) else value}`"
        out.append(_row(name, where, shown, owner.model_fields[name].description or ""))
    return "\n".join(out)


def commands() -> str:
    out = ["| command | |", "|---|---|"]
    for path, summary in command_tree().items():
        out.append(_row(f"postetl {path}", summary))
    return "\n".join(out)


def command_tree() -> Mapping[str, str]:
    """{'run': its first line of help, 'sources add': ...}, from the command line itself."""
    import typer

    from postetl import cli

    if not any(info.name == "sql" for info in cli.app.registered_commands):
        cli._commands()
    found: dict[str, str] = {}

    def walk(command: Any, path: str) -> None:
        if hasattr(command, "commands"):
            for name, child in command.commands.items():
                walk(child, f"{path} {name}".strip())
        else:
            found[path] = (command.help or "").split("\n")[0]

    walk(typer.main.get_command(cli.app), "")
    return found


PARTS = {"tables": tables, "reasons": reasons, "settings": settings, "commands": commands}


def put(text: str, name: str, body: str) -> str:
    """Replace what stands between <!-- name --> and <!-- /name -->."""
    pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
    assert pattern.search(text), f"README has no <!-- {name} -->"
    return pattern.sub(lambda m: f"{m[1]}{body}\n{m[2]}", text)


def generated(text: str) -> str:
    for name, make in PARTS.items():
        text = put(text, name, make())
    return text


if __name__ == "__main__":
    before = README.read_text("utf-8")
    after = generated(before)
    if "--demo" in sys.argv:
        said = subprocess.run([sys.executable, "-m", "postetl", "demo"], capture_output=True, text=True, check=True, cwd=README.parent).stdout
        said = said.strip().replace(str(README.parent), "/home/you/postetl")
        parts = re.search(r"(What arrived.*?)run 2: .*?(The same three runs.*?\nDone in [^\n]*)", said, re.DOTALL)  # what fits a first screen
        assert parts, said
        after = put(after, "demo", "```\n" + "\n".join(line.rstrip() for line in (parts[1] + "...\n\n" + parts[2]).split("\n")) + "\n```")
    README.write_text(after, "utf-8")
    print("changed" if after != before else "current")
