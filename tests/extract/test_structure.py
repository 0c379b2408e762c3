"""What a page is built of comes back from its text: an independent CommonMark parser finds the same blocks, in each other and in order."""

import html
import re
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode
from selectolax.lexbor import LexborHTMLParser

from postetl.extract import extract, render
from postetl.extract.units import walk

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


SAID = [
    "The rain came over the hills before noon, and by one o'clock the lower fields stood under water.", "Nobody had seen the river so high since the mill was closed, or so they said in the village.",
    "We walked along the dike, where sandbags lay in two rows, and counted the trees that were left.", "In the evening the wind turned, and the first stars could be seen above the chapel.",
]  # fmt: skip


def prose(*numbers):
    return "".join(f"<p>{SAID[n % 4]} {SAID[(n + 1) % 4]}</p>" for n in numbers)


def many(count, pattern):
    return "".join(pattern.format(n=n, said=SAID[n % 4]) for n in range(count))


NOTES = many(4, "<li><a href=/b/{n}>Note {n}: What was seen of the river at the old mill on day {n}</a></li>")
STORIES = many(12, "<li class=story><h3><a href=/{n}>Another story</a></h3><p>{said} This is told on a page of its own, which has more of it.</p></li>")
NEIGHBOURS = many(9, "<li><p>Word of the valley number {n}, told by one of those who live there and who saw all of it.</p></li>")
MAKE = "<div class=product><h2 class=product-title>{}</h2></div>"
NEAR_EVEN = f"<ul><li>We have the green light for another year of notes on it, and the old gauge is read again by hand.</li><li>In progress:<ul>{NOTES}</ul></li></ul>"


@pytest.mark.parametrize(
    ("body", "blocks", "not_in_it"),
    [
        pytest.param(
            f"<article><h1>Rain</h1>{prose(0, 1)}<h2>The flood</h2><h2>The dike</h2>{prose(2)}<h2>After it</h2>{prose(3)}</article>", ["## The flood", "## The dike", "## After it"], ["Rain"],
            id="a heading right before another",
        ),
        pytest.param(
            f"<article><h1>Rain</h1>{prose(0, 1)}<h4><a href=/x>Bugs that are gone</a></h4><h4>More than one</h4><ul><li>Anna of the mill</li><li>Bert of the dike</li></ul>{prose(2, 3)}</article>",
            ["#### Bugs that are gone", "#### More than one", "- Anna of the mill\n- Bert of the dike"], [], id="a heading whose text is a link",
        ),
        pytest.param(
            f"<article><h1>Rain</h1>{prose(0, 1)}{MAKE.format('The flood')}{prose(2)}{MAKE.format('<a href=/mill>See the mill</a>')}<ul><li><a href=/a>Buy it there</a></li></ul>{MAKE.format('The dike')}{prose(1)}"
            f"{MAKE.format('The river')}{prose(3, 0)}</article>", ["## The flood", "## See the mill", "## The dike", "## The river"], [], id="headings of one make",
        ),
        pytest.param(f"<article><h1>Rain</h1>{prose(0, 1, 2)}<h2>More stories</h2></article>", [], ["More stories"], id="a heading at the end"),
        pytest.param(
            f"<section><h1>Rain in the valley</h1>{prose(0, 1)}<section><h1>The flood</h1>{prose(2)}</section><section><h1>The dike</h1>{prose(3)}</section></section>",
            ["# The flood", "# The dike"], ["Rain in the valley"], id="sections whose headings are h1",
        ),
        pytest.param(
            f"<article><h1>Rain</h1>{prose(0, 1)}<h4>The river</h4>{NEAR_EVEN}<h4>The village</h4>{prose(2, 3)}</article>",
            ["#### The river", "- In progress:\n  - Note 0", "  - Note 3", "#### The village"], [], id="a list of links between the paragraphs of a post",
        ),
        pytest.param(
            f"<div><article class='post hentry commented'><h1>Rain</h1>{prose(0, 1, 2, 3)}</article><section>{many(3, '<div><p>{said} So say I.</p></div>')}</section></div>",
            [*SAID], ["So say I"], id="a post that has comments is none",
        ),
        pytest.param(
            f"<div><h1>Rain</h1><div>{prose(0, 1, 2, 3)}</div></div><div><ul>{STORIES}</ul></div>", [f"{SAID[3]} {SAID[0]}"], ["Another story", "a page of its own"], id="a long list of teasers",
        ),
        pytest.param(
            f"<div><div><p>{SAID[0]} We tell it first.</p><img src=/logo.png></div><header><h1>Rain</h1><p>A flood in the valley, and what came after it.</p></header><div class=entry-content>{prose(0, 1, 2)}</div>"
            f"<div><p>{SAID[3]} Other valleys have their weather, too.</p><img src=/o.png></div></div>", [f"{SAID[2]} {SAID[3]}"], ["We tell it first", "Other valleys"], id="before the heading and behind the box",
        ),
        pytest.param(
            f"<div><h1>Valley news</h1><div><div class=post><h2>Rain</h2><p>{SAID[0]}</p><p>{SAID[1]}</p></div></div><div class=sidebar><ul>{NEIGHBOURS}</ul></div></div>",
            [f"{SAID[0]}\n\n{SAID[1]}"], ["Word of the valley"], id="a short post beside a long column is not doubtful",
        ),
    ],
)  # fmt: skip
def test_the_blocks_of_a_page_that_are_the_posts(body, blocks, not_in_it):
    title = "Rain in the valley" if "Rain in the valley" in body else "Rain"
    found = extract(f"<!doctype html><html><head><title>{title}</title></head><body>{body}</body></html>", url="https://a.example/rain")
    assert found.method in ("body", "post", "text")
    assert [part for part in blocks if part not in found.text] == [], found.text
    assert [part for part in not_in_it if part in found.text] == [], found.text
    assert found.images == ()


def test_a_formula_is_a_word_of_its_paragraph():
    formula = "<math><semantics><mrow><msup><mi>A</mi><mo>*</mo></msup></mrow><annotation encoding='application/x-tex'>A^{*}</annotation></semantics></math>"
    body = LexborHTMLParser(f"<p>The level {formula} rises, and {formula} falls.</p><p>{formula}</p>").body
    _, units = walk(body, body, {}, [])
    assert [unit.text for unit in units] == ["The level A*A^{*} rises, and A*A^{*} falls.", "A*A^{*}"]
