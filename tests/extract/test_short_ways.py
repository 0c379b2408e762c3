"""Short ways to the same: sums of weights and places of signs agree, and what is done without a regular expression is what one would find."""

import random
import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from postetl.extract import extract, render
from postetl.extract.dates import all_in
from postetl.extract.forums import narrowed, says_so
from postetl.extract.inline import squeezed
from postetl.extract.named import Named
from postetl.extract.shallow import DEEPEST, LONGEST_TAG, shallow
from postetl.extract.signs import AT, SIZE, Tables, signs, sums, words
from postetl.extract.tagids import COMMENT, TEXT, numbers
from postetl.extract.units import Element, Unit, walk, words_of_name

PROSE = "It rained for three days, and the river rose above its mark. We wrote it down! Did it snow? "
PARTS = [
    f"<p>{PROSE}", "<p>Short", "<h2>Why: it rose</h2>", "<ul><li><a href=/a>Home</a><li>Two</ul>", "<h1>The river</h1>", "<div class='share-bar Links'><a href=/b>SHARE</a> now:</div>",
    f"<blockquote class=quote><p>{PROSE}<b>{PROSE}</b></blockquote>", "<table><tr><td>1<td>2。</table>", "<footer hidden><p>© 2025 | 水</footer>", "<aside><figure><figcaption>x, y</figure></aside>",
]  # fmt: skip
text = st.text(alphabet=st.sampled_from("aB9_|©• .,\t\n\xa0\f\r\x0b\x1f\u2003é水-"), max_size=40)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(PARTS), min_size=1, max_size=30), st.integers(0, 2**30))
def test_weights_are_summed_as_the_places_say(parts, seed):
    body = LexborHTMLParser("<body><main class=post-content>" + "".join(parts) + "</main>").body
    elements, units = walk(body, body.css_first("main"), {}, [])
    rng = random.Random(seed)
    table = [rng.randrange(-99, 99) for _ in range(SIZE)]
    places = signs(elements, units, "The  river")
    assert [sum(table[place] for place in found) for found in places] == sums(elements, units, "The  river", Tables(table, 0))
    starts = [*AT.values(), SIZE]
    for found in places:  # each sign but the box's has one place
        assert [sum(start <= place < end for place in found) for start, end in pairwise(starts[:-1])] == [1] * (len(AT) - 1)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(text)
def test_words_and_white_space_are_those_of_a_regular_expression(said):
    unit = Unit(Element(LexborHTMLParser("").body, "p", None, frozenset(), 0, True, False), 0)
    unit.text, unit.chars = said, len(said)
    assert words(unit) == set(re.findall(r"\w+|[©•|→»]", said.lower()))
    assert squeezed(said) == re.sub(r"[ \t\n\f\r\xa0]+", " ", said)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.text(alphabet=st.sampled_from("abYZ9_- é"), max_size=30))
def test_words_of_a_name(name):
    found = frozenset(map(str.lower, re.findall(r"[A-Z]?[a-z]{2,}|[A-Z]{2,}", name)))
    assert words_of_name(name, {}) == found
    assert words_of_name(name, {}, frozenset(["ab", "ba"])) == found & {"ab", "ba"}


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(["Author", "byline x", "by-LINE", "", "bio author", "meta", "É"]), max_size=12), st.integers(1, 4))
def test_classes_with_a_word(kinds, most):
    tree = LexborHTMLParser("<body>" + "".join(f"<i id=n{n} class='{kind}'></i>" for n, kind in enumerate(kinds)))
    found = [(int(node.id[1:]), kind) for node, kind in Named(tree).having("author", "line", most=most)]
    assert found == [(n, kind.lower()) for n, kind in enumerate(kinds) if "author" in kind.lower() or "line" in kind.lower()][:most]


@pytest.mark.parametrize(
    ("text", "days"),
    [("3 May 2017", 1), ("3 May 12017", 0), ("3 May 20171", 0), ("3 May '17, 4 May 17", 2), ("May 3, 1817", 0), ("2017-05-03 or 03.05.2018", 2), ("3 May x17", 0), ("٣ May 2017", 1)],
)  # fmt: skip
def test_days_are_known_by_their_years(text, days):
    assert len(list(all_in(text))) == days


def test_bytes_and_text_of_a_page_are_read_alike():
    page = "<title>Rain\u2019s end</title><article><h1>Rain\u2019s end</h1>" + f"<p>{PROSE}\u2019" * 9
    read = extract(page, simple=True)
    assert read == extract(page.encode(), simple=True) == extract(b"\xef\xbb\xbf" + page.encode(), simple=True) == extract(page.encode("utf-16"), simple=True)
    assert read == extract(f"<meta charset=cp1252>{page}".encode("cp1252"), simple=True)


def test_a_page_ends_before_its_last_tags_and_at_its_depth():
    assert shallow("<p>x" * 7000, 6500) == "<p>x" * 6500
    deep = "<div>" * 6500
    assert shallow(deep) == "<div>" * DEEPEST
    assert shallow("<!--" + deep + "--><script>" + deep + "</script>" + "<b>x</b>" * 9) == "<!--" + deep + "--><script>" + deep + "</script>" + "<b>x</b>" * 9


@pytest.mark.parametrize("text", [f"a\u2003b\x0b {PROSE}\x1f c", " a\xa0\n b ", "a\u3000b", f"{PROSE}\n\t{PROSE}", "a\x1cb"])
def test_a_units_text_has_single_spaces(text):
    body = LexborHTMLParser(f"<body><div>{text}</div>").body
    assert [unit.text for unit in walk(body, body, {}, [])[1]] == [" ".join(text.split())]


def test_tags_have_the_same_number_in_every_page():
    names = ["p", "div", "a", "br", "math", "svg", "picture", "search", "my-own"]
    known = numbers(names)
    assert set(known.values()) == set(names) - {"my-own"}
    for node in LexborHTMLParser("<body>" + "".join(f"<{name}>x</{name}><!-- c -->" for name in names)).body.traverse(include_text=True):
        assert known.get(node.tag_id) == (node.tag if node.tag in names[:-1] else None)
        assert (node.tag_id == TEXT, node.tag_id == COMMENT) == (node.tag == "-text", node.tag == "-comment")


@pytest.mark.parametrize(
    ("before", "after"),
    [(f"<p><b title='{'x' * LONGEST_TAG}'>c</b>", "<p><b>c</b>"), (f"<p {'x ' * LONGEST_TAG}<b>c</b>", None), (f"<b {'x' * (LONGEST_TAG - 9)}>c", None), (f"<i {'x' * LONGEST_TAG * 2}", None)],
    ids=["long", "no end", "short", "end of page"],
)
def test_long_tags_lose_their_attributes(before, after):
    assert shallow(before) == (after or before)


def test_selectors_of_classes_that_are_nowhere_are_left_out():
    assert narrowed(".Post .body, .post .text, p.quote > em, [id^=a.b] .post, script", {"post", "body", "quote"}) == ".Post .body, p.quote > em, [id^=a.b] .post, script"


@pytest.mark.parametrize(
    ("called", "says"),
    [
        ("https://a.example/t/1", True), ("https://a.example/T/1", True), ("https://a.example/issues/12", True), ("https://a.example/issues/x", False), ("https://a.example/post/7?a", True),
        ("https://a.example/post/7-rain", False), ("https://a.example/~ann/list/", True), ("Discuz! X3", True), ("the boards", True), ("the boardroom", False), ("lia-page", True),
        ("Media-lia-", True), ("message-board single-post", False), ("rain in may", False),
    ],
)  # fmt: skip
def test_what_a_forum_calls_itself(called, says):
    assert says_so(called) is says


@pytest.mark.parametrize(
    ("html", "text", "anchors"),
    [
        ("<p><b>1. What is it?</b> Rain", "**1. What is it?** Rain", []),
        ("<p><b>Cons:</b> rain", "**Cons:** rain", []),
        ("<p><i>- Ann</i>", "*- Ann*", []),
        ("<p>see <a href=/a><b>this page</b></a>, too", "see **this page**, too", ["this page"]),
        ("<p>see <a href=/a><b>this</b> page</a>", "see **this** page", ["**this** page"]),
        ("<p>use <a href=/a><code>a_b*</code></a> now", "use `a_b*` now", ["a_b*"]),
        ("<p>2. <a href=/a>one</a> *and* <a href=/b>*two*</a>", "2\\. one \\*and\\* \\*two\\*", ["one", "\\*two\\*"]),
        ("<p><b>Q&amp;A</b> and <b>R&amp;amp;D</b>", "**Q&A** and **R\\&amp;D**", []),
        ("<p><b>…</b> and", "… and", []),
        ("<p>one <br>two", "one\ntwo", []),
    ],
)  # fmt: skip
def test_marks_and_backslashes(html, text, anchors):
    found = render(html, base_url="https://b.example/")
    assert found.text == text
    assert [link.anchor for link in found.links] == anchors
    assert all(found.text[link.start : link.end] == link.anchor for link in found.links)
