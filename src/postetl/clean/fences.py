"""Where the code of a CommonMark text is (fenced code blocks, 4.5), in quotes and list items, too."""

import re

_LINE = re.compile(r"^(?:[ \t>]|(?:[-*+]|\d{1,9}[.)])[ \t])*(`{3,}(?=[^`\n]*$)|~{3,})(.*)$", re.MULTILINE)


def fenced(text: str) -> list[tuple[int, int]]:
    """(start, end) of each block of code, fences included. One that is not closed goes on to the end."""
    if "```" not in text and "~~~" not in text:
        return []
    found: list[tuple[int, int]] = []
    mark, start = "", 0
    for line in _LINE.finditer(text):
        if not mark:
            mark, start = line[1], line.start()
        elif line[1][0] == mark[0] and len(line[1]) >= len(mark) and not line[2].strip():
            found.append((start, line.end()))
            mark = ""
    if mark:
        found.append((start, len(text)))
    return found
