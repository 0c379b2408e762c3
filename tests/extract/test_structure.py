"""What a page is built of comes back from its text: an independent CommonMark parser finds the same blocks, in each other and in order."""

import html
import re
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from postetl.extract import render

PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
WORDS = ["alpha", "beta", "gamma", "delta", "1986. x", "- y", "# z", "> q", "*e*", "a_b_c", "`t`", "[l](m)", "<b>", "&amp;", "שלום", "日本語", "1) w", "+ p", "| c |", "===", "---", "~~s~~"]
words = st.sampled_from(WORDS)
phrase = st.lists(words, min_size=1, max_size=4).map(" ".join)
code = st.lists(st.sampled_from(["def f():", "    return 1", "\tx = '*'", "", "```", "<a>", "| a |", "- b", "# c"]), min_size=1, max_size=5).map("\n".join).filter(lambda text: text.strip())

paragraph = phrase.map(lambda text: ("paragraph", text))
heading = st.tuples(st.integers(1, 6), phrase).map(lambda part: ("heading", *part))
fenced = st.tuples(st.sampled_from(["", "python", "c++"]), code).map(lambda part: ("fence", *part))
table = st.integers(2, 4).flatmap(lambda width: st.lists(st.lists(phrase, min_size=width, max_size=width), min_size=2, max_size=4)).map(lambda rows: ("table", rows))
leaf = paragraph | heading | fenced | table


def inside(inner):
    blocks = st.lists(inner, min_size=1, max_size=3)
    return st.tuples(st.just("blockquote"), blocks) | st.tuples(st.sampled_from(["bullet_list", "ordered_list"]), st.lists(blocks, min_size=1, max_size=3), st.integers(0, 12))


blocks = st.lists(st.recursive(leaf, inside, max_leaves=8), min_size=1, max_size=4)


def to_html(block):
    kind = block[0]
    if kind == "paragraph":
        return f"<p>{html.escape(block[1])}</p>"
    if kind == "heading":
        return f"<h{block[1]}>{html.escape(block[2])}</h{block[1]}>"
    if kind == "fence":
        return f"<pre><code class='language-{block[1]}'>\n{html.escape(block[2])}</code></pre>" if block[1] else f"<pre>\n{html.escape(block[2])}</pre>"
    if kind == "table":
        rows = ["".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in row) for row, tag in zip(block[1], ("th", *["td"] * len(block[1])), strict=False)]
        return f"<table><tr>{'</tr><tr>'.join(rows)}</tr></table>"
    if kind == "blockquote":
        return f"<blockquote>{''.join(map(to_html, block[1]))}</blockquote>"
    items = "".join(f"<li>{''.join(map(to_html, item))}</li>" for item in block[1])
    return f"<ul>{items}</ul>" if kind == "bullet_list" else f"<ol start={block[2]}>{items}</ol>"


def folded(text):
    return " ".join(text.split())


def said(node):
    """The words of an inline node."""
    if node.type in ("text", "code_inline", "html_inline"):
        return node.content
    return "\n" if node.type in ("softbreak", "hardbreak") else "".join(map(said, node.children))


def bare(text):
    """As a parser gives it back."""
    return re.sub(r"\W+", " ", text).strip()


def read(node):
    kind = node.type
    if kind == "paragraph":
        return ("paragraph", bare(said(node)))
    if kind == "heading":
        return ("heading", int(node.tag[1]), bare(said(node)))
    if kind == "fence":
        return ("fence", node.info, node.content.strip("\n").rstrip())
    if kind == "table":
        return ("table", [[bare(said(cell)) for cell in row.children] for part in node.children for row in part.children])
    if kind == "blockquote":
        return ("blockquote", [read(child) for child in node.children])
    assert kind in ("bullet_list", "ordered_list"), kind
    start = int(node.attrs.get("start", 1)) if kind == "ordered_list" else 0
    return (kind, [[read(child) for child in item.children] for item in node.children], start)


def wanted(block):
    kind = block[0]
    if kind == "paragraph":
        return (kind, bare(block[1]))
    if kind == "heading":
        return (kind, block[1], bare(block[2]))
    if kind == "fence":
        return (kind, block[1], re.sub(r"^(?:[^\S\n]*\n)+", "", block[2]).rstrip())
    if kind == "table":
        return (kind, [[bare(cell) for cell in row] for row in block[1]])
    if kind == "blockquote":
        return (kind, [wanted(inner) for inner in block[1]])
    return (kind, [[wanted(inner) for inner in item] for item in block[1]], block[2] if kind == "ordered_list" else 0)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(blocks)
def test_the_same_blocks_come_back(page):
    made = render("".join(map(to_html, page))).text
    assert [read(node) for node in SyntaxTreeNode(PARSER.parse(made)).children] == [wanted(block) for block in page], made


TAGS = ["div", "p", "section", "ul", "ol", "li", "dl", "dt", "dd", "blockquote", "table", "tr", "td", "th", "thead", "figure", "figcaption", "pre", "code", "h2", "span", "b", "em", "sup", "a href='#fn1'",
        "a href='/x'", "center", "details", "summary", "ruby", "rt", "q", "s", "font", "address", "caption", "kbd", "math"]  # fmt: skip


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.data())
def test_no_word_is_lost_or_made_up(data):
    numbers = count(1)
    pieces, opened = [], []
    for what in data.draw(st.lists(st.sampled_from([*TAGS, "/", "/", "/", "<br>", " ", "\n", "word", "word", "word"]), max_size=40)):
        if what == "word":
            pieces.append(f"<i>w{next(numbers)}x</i> ")
        elif what == "/":
            pieces.append(f"</{opened.pop()}>" if opened else "")
        elif what in ("<br>", " ", "\n"):
            pieces.append(what)
        else:
            opened.append(what.split(" ", maxsplit=1)[0])
            pieces.append(f"<{what}>")
    page = "".join(pieces)
    made = render(page, base_url="http://a.example/")
    found = re.findall(r"w\d+x", made.text)
    assert sorted(found) == sorted(re.findall(r"w\d+x", page)), made.text
    assert not re.search(r"[^\W\d_]", re.sub(r"w\d+x", "", made.text)), made.text
    assert render(page, base_url="http://a.example/") == made
