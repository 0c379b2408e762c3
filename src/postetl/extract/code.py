"""Code: which language a block is in, which boxes are code though they are no <pre>, and the fence around its lines."""

import re
from collections.abc import Sequence

from selectolax.lexbor import LexborNode

from postetl.extract.inline import Marks, Run

# highlighters that write lines as boxes or table rows: Crayon, SyntaxHighlighter, GitHub's embedded gists, GeSHi
BOXES = "div.crayon-pre, .syntaxhighlighter td.code, table[class*=js-file-line-container], table.highlight:has(td.blob-code), div.geshi > ol, textarea[name=code]"
IN_BOXES = ("crayon-pre", "syntaxhighlighter", "js-file-line-container", "blob-code", "geshi")  # one of which is in a class, where there are any but text areas
NUMBERED = ("lineno", "line-no", "gutter", "num", "ln")  # in the class of a column of numbers; `numbers` looks closer
_NUMBERS = re.compile(
    r"(?:^|\s)(?:line-?nos?|line_?numbers?|linenodiv|line-numbers?|line-numbers-rows|linenumber|lnt?|gutter|rouge-gutter|blob-num|crayon-nums?|hljs-ln-numbers|hljs-ln-n|nums?)(?:\s|$)"
)
_COUNTED = re.compile(r"[\s\d.:|]*")
_NAMED = (
    re.compile(r"(?:^|\s)(?:language-|lang-|brush:\s*)([A-Za-z0-9+#_.-]{1,30})"),
    re.compile(r"(?:^|\s)highlight-(?:source|text)-([A-Za-z0-9+#]{1,30})"),  # GitHub
    re.compile(r"(?:^|\s)(?:sourceCode|hljs|highlight|prettyprint|syntaxhighlighter|wp_syntax|geshi)\s+([a-z0-9+#-]{1,20})(?:\s|$)"),
)
_ATTRIBUTES = ("data-lang", "data-language", "data-enlighter-language", "lang")
_EMPTY = re.compile(r"(?:[^\S\n]*\n)+")
_LANGUAGE = re.compile(r"[A-Za-z0-9+#_.-]{1,30}")
_NONE = frozenset(["none", "plain", "plaintext", "text", "txt", "nohighlight", "no-highlight", "raw", "linenums", "line-numbers", "code", "highlight", "generic", "default", "chroma", "wp-block-code"])
# what stands alone in the class of a <pre> or <code> and can be nothing else
_ALONE = frozenset(
    ["bash", "c", "cpp", "csharp", "css", "dart", "diff", "elixir", "erlang", "go", "haskell", "html", "java", "javascript", "js", "json", "jsx", "kotlin", "latex",
     "lisp", "lua", "makefile", "matlab", "objc", "ocaml", "perl", "php", "powershell", "python", "r", "ruby", "rust", "scala", "scheme", "sh", "shell", "sql", "swift",
     "tsx", "typescript", "xml", "yaml"]
)  # fmt: skip


def numbers(node: LexborNode, names: str) -> bool:
    """Whether this is a column of line numbers beside code."""
    return _NUMBERS.search(names) is not None and _COUNTED.fullmatch(node.text()) is not None


def language(node: LexborNode) -> str:
    """What a highlighter's class names on a <pre>, its <code>, or the boxes around it."""
    inner = node.child
    while inner is not None and inner.tag != "code":
        inner = inner.next
    parent = node.parent
    for place in (inner, node, parent, parent.parent if parent is not None else None):
        if place is None or place.tag not in ("pre", "code", "div", "figure", "textarea", "td", "ol"):
            continue
        attributes = place.attributes
        names = [attributes.get(name) or "" for name in (_ATTRIBUTES if place.tag in ("pre", "code") else _ATTRIBUTES[:-1])]
        classes = attributes.get("class") or ""
        if found := next((found for pattern in _NAMED if (found := pattern.search(classes))), None):
            names.append(found[1])
        elif place.tag in ("pre", "code", "textarea"):
            names += [name for name in classes.lower().split() if name in _ALONE][:1]
        for name in names:
            if _LANGUAGE.fullmatch(name) and name.lower() not in _NONE:
                return name
    return ""


def fence(runs: Sequence[Run], named: str) -> tuple[str, Marks]:
    """Lines between fences longer than any in them, white space kept, but for empty lines at either end; no text without code."""
    whole = "".join(run.text for run in runs).replace("\r", "").rstrip()
    code = whole[found.end() :] if (found := _EMPTY.match(whole)) else whole
    if not code:
        return "", [(run.link, 0, 0) for run in runs if run.link >= 0]
    ticks = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", code)), default=0))
    first = len(ticks) + len(named) + 1
    last = first + len(code)
    at = first - (len(whole) - len(code))
    spans: dict[int, tuple[int, int]] = {}
    for run in runs:
        if run.link >= 0:
            spans[run.link] = (spans.get(run.link, (at, at))[0], at + len(run.text))
        at += len(run.text)
    return f"{ticks}{named}\n{code}\n{ticks}", [(link, min(max(start, first), last), min(max(end, first), last)) for link, (start, end) in spans.items()]


def lines_of_code(runs: Sequence[Run]) -> bool:
    """Whether a paragraph is nothing but several lines of code: what editors without a code block leave."""
    if not all(run.code or not run.text or run.text.isspace() for run in runs):
        return False
    if any(run.text == "\n" and not run.code for run in runs):
        return True
    lines = "".join(run.text for run in runs).strip("\n").split("\n")
    return len(lines) > 2 or any(line[:1] in (" ", "\t", "\xa0") for line in lines[1:])
