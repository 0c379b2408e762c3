"""The text is CommonMark: an independent parser (markdown-it, which rich brings along) reads back the words, and no more markup than there was."""

import html
import re

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from selectolax.lexbor import LexborHTMLParser

from postetl.clean.text import normalise
from postetl.extract import literal, render
from postetl.extract.formulas import places

PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
BITS = [
    *'*_`~<>[]()#+-=.!|&\\:1a b\u00e9,"',
    " ", "  ", "**", "__", "``", "```", "~~", "](", "[a]: b", "1. ", "1) ", "12. ", "- ", "> ", "# ", "---", "***", "===", "<b>", "</b>", "<!--", "&amp;", "&#35;",
    "http://a.example/", "<http://a.example>", "a_b_c", "5*3*2", "* ", "\u201c", "\u4e2d", "\u3002", ":-:", "|-|", "\\*", "\\", "$", "^", "@",
]  # fmt: skip
texts = st.lists(st.sampled_from(BITS), min_size=1, max_size=14).map("".join)


def words(markup: str) -> str:
    tree = LexborHTMLParser(markup)
    return " ".join(tree.body.text(separator="").split()) if tree.body else ""


def tags(markup: str) -> set[str]:
    return {node.tag for node in LexborHTMLParser(markup).css("body *")}


@settings(max_examples=600, deadline=None, derandomize=True)
@given(texts)
def test_literal_text_stays_literal(text):
    assume(not places(text))  # a formula is kept as its source has it
    made = render(f"<p>{html.escape(text)}</p>").text
    read = PARSER.render(made)
    assert words(read) == " ".join(text.split()), made
    assert tags(read) <= {"p"}, made


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.lists(texts, min_size=2, max_size=4))
def test_literal_lines_stay_literal(lines):
    assume(not places("\n".join(lines)))
    made = render("<p>" + "<br>".join(html.escape(line) for line in lines) + "</p>").text
    read = PARSER.render(made)
    assert words(read).split() == " ".join(lines).split(), made
    assert tags(read) <= {"p"}, made


inline = st.recursive(
    texts.map(html.escape),
    lambda inner: st.tuples(st.sampled_from(["b", "em", "strong", "i", "code", "s", "a href='http://a.example/'", "span"]), st.lists(inner, min_size=1, max_size=3)).map(
        lambda part: f"<{part[0]}>{''.join(part[1])}</{part[0].split()[0]}>"
    ),
    max_leaves=6,
)


@settings(max_examples=600, deadline=None, derandomize=True)
@given(st.lists(inline, min_size=1, max_size=4).map("".join), st.sampled_from(["p", "h2", "li", "blockquote", "td"]))
def test_formatting_costs_no_words(content, tag):
    page = {"li": f"<ul><li>{content}</ul>", "td": f"<table><tr><th>x<th>y<tr><td>{content}</td><td>z</table>"}.get(tag, f"<{tag}>{content}</{tag}>")
    assume(not places(words(page)))
    post = render(page)
    made, links = post.text, post.links
    read = PARSER.render(made)
    assert words(read).replace(" ", "") == words(page).replace(" ", ""), made
    assert tags(read) <= {"p", "h2", "ul", "li", "blockquote", "strong", "em", "code", "s", "table", "thead", "tbody", "tr", "th", "td"}, made
    for link in links:
        assert made[link.start : link.end] == link.anchor


LEADS = re.compile(r"(?:(?:>|[-+*](?= |$)|\d{1,9}[.)](?= |$)) *)*")
RULE = re.compile(r"([-*_])(?: *\1){2,}$")


@settings(max_examples=1500, deadline=None, derandomize=True)
@given(st.lists(texts.map(str.strip) | st.just(""), min_size=1, max_size=5))
def test_plain_text_stays_plain_but_for_lists_quotes_and_rules(lines):
    made, _ = normalise(literal("\n".join(lines)))
    read = PARSER.render(made)
    said = [" ".join(line.split()) for line in lines]
    bare = [rest for line in said if not RULE.match(rest := line[LEADS.match(line).end() :])]
    assert re.findall(r"\w", words(read)) == re.findall(r"\w", " ".join(bare)) or words(read).split() == " ".join(said).split(), made
    assert tags(read) <= {"p", "ul", "ol", "li", "blockquote", "hr"}, made


@pytest.mark.parametrize("text", [
    "Plain words, a price of 5 * 3 & a C:\\new\\path, #1 of 10 <3, snake_case.", "- eggs\n- milk\n\n1. one\n2. two\n\n> said\n\n* * *\n\nend", "one\n\ntwo\n\nthree",
])
def test_plain_text_that_needs_no_escape_has_none(text):
    assert literal(text) == text
