"""Cases in tests/cases/extract/*.html, each with what is to come out beside it, and hostile pages."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postetl.extract import render

CASES = sorted((Path(__file__).parents[1] / "cases" / "extract").glob("*.html"))


@pytest.mark.parametrize("case", CASES, ids=[case.stem for case in CASES])
def test_case(case):
    post = render(case.read_text("utf-8"), base_url="https://blog.example/2017/post.html")
    text, links = post.text, sorted((*post.links, *post.embeds), key=lambda link: (link.start, link.end))
    assert text + "\n" == case.with_suffix(".md").read_text("utf-8")
    wanted = case.with_suffix(".links.json")
    found = [[link.anchor, link.url] for link in links]
    assert found == (json.loads(wanted.read_text("utf-8")) if wanted.exists() else [])
    assert all(text[link.start : link.end] == link.anchor for link in links)


def test_what_is_hidden_twice_over_is_taken_out_once():
    html = "<p>a</p>" + "<div hidden class='line-numbers sr-only' style='display:none'><p hidden class=sr-only>x<b hidden>y</b></p></div>" * 200 + "<p>b</p>"
    assert [render(html).text for _ in range(20)] == ["a\n\nb"] * 20


@pytest.mark.parametrize(
    ("html", "images"),
    [
        ("<p>one <img src=/a.png alt='A cat'> two</p>", [("A cat", "https://b.example/a.png", 7)]),
        ("<img src=data:image/gif;base64,R0 data-src=late.jpg>", [("", "https://b.example/d/late.jpg", 0)]),
        ("<img srcset='s.jpg 300w, l.jpg 1200w, m.jpg 600w'>", [("", "https://b.example/d/l.jpg", 0)]),
        ("<picture><source srcset=x.webp><img src=x.jpg alt=chart></picture>", [("chart", "https://b.example/d/x.jpg", 0)]),
        ("<img src=http://t.example/p.gif width=1 height=1><img src='javascript:x'>", []),
        ("<p>a <img class=emoji src=e.png alt='🙂'> b</p>", []),
        ("<img src=x.jpg title='A dog'><img src=y.jpg alt=' ' title=''>", [("A dog", "https://b.example/d/x.jpg", 0), ("", "https://b.example/d/y.jpg", 0)]),
        ("<p>so <img class=latex src=l.png alt='\\frac{1}{2}'></p>", []),
    ],
)
def test_images(html, images):
    found = render(html, base_url="https://b.example/d/p.html")
    assert [(image.anchor, image.url, image.start) for image in found.images] == images


def test_cases_are_there():
    assert len(CASES) >= 10


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("", ""),
        ("plain", "plain"),
        ("a &amp; b &lt;c&gt; &amp;amp;", "a & b \\<c> \\&amp;"),
        ("<p>one<p>two", "one\n\ntwo"),
        ("a<br>b", "a\nb"),
        ("a<br><br>b<br /> <br/>&nbsp;<br>c", "a\n\nb\n\nc"),
        ("<div>a<br></div><div>b</div>", "a\n\nb"),
        ("<p>foo<b>bar</b>baz</p>", "foo**bar**baz"),
        ("<p>foo <b> bar </b> baz</p>", "foo **bar** baz"),
        ("<p><b>foo</b>\n<i>bar</i></p>", "**foo** *bar*"),
        ("<p>foo<b>(bar)</b>baz</p>", "foo(bar)baz"),  # CommonMark would not read those marks
        ("<b><p>a</p><p>b</p></b>", "**a**\n\n**b**"),
        ("<p><b></b><i> </i>x</p>", "x"),
        ("<p>2*3*4 and snake_case and a * b</p>", "2\\*3\\*4 and snake_case and a * b"),
        ("<p>1. not a list<br># nor a heading<br>1986. A year</p>", "1\\. not a list\n\\# nor a heading\n1986. A year"),
        ("<p>[1] and [x](y)</p>", "\\[1] and \\[x](y)"),
        ("<p>use <code>a`b</code> or <code> x </code></p>", "use ``a`b`` or `x`"),
        ("<h2>  A <b>bold</b> <br>title </h2>", "## A bold title"),
        ("<h2></h2><p>x", "x"),
        ("<h3>C #</h3>", "### C \\#"),
        ("<ul><li>a<li>b<ul><li>c</ul></ul>", "- a\n- b\n  - c"),
        ("<ul><li>a</li><ul><li>b</li></ul><li>c</li></ul>", "- a\n  - b\n- c"),
        ("<ul><li><ul><li>a</ul></ul>", "- - a"),
        ("<ul><li></li><li>b</li></ul>", "- b"),
        ("<ol start=9><li>a<li>b</ol>", "9. a\n10. b"),
        ("<ol start=-3><li>a</ol>", "0. a"),
        ("<ol reversed><li>a<li>b<li>c</ol>", "3. a\n2. b\n1. c"),
        ("<ol><li value=7>a<li>b</ol>", "7. a\n8. b"),
        ("<ul><li>a</ul><ul><li>b</ul>", "- a\n\n* b"),
        ("<ul><li><p>a</p><p>b</p></li><li>c</li></ul>", "- a\n\n  b\n- c"),
        ("<li>stray</li>", "- stray"),
        ("<ul><li><input type=checkbox checked>done<li><input type=checkbox>not</ul>", "- [x] done\n- [ ] not"),
        ("<blockquote>a<p>b</blockquote>c", "> a\n>\n> b\n\nc"),
        ("<blockquote>a<blockquote>b</blockquote></blockquote>", "> a\n>\n> > b"),
        ("<blockquote>a</blockquote><blockquote>b</blockquote>", "> a\n\n> b"),
        ("<blockquote><ul><li>a<li>b</ul></blockquote>", "> - a\n> - b"),
        ("<pre>\na\n\n  b\n</pre>", "```\na\n\n  b\n```"),
        ("<pre><code class='language-c++'>x</code></pre>", "```c++\nx\n```"),
        ("<div class='highlight-source-js'><pre>x</pre></div>", "```js\nx\n```"),
        ("<pre>```\n~~~</pre>", "````\n```\n~~~\n````"),
        ("<pre>a<br>b<div>c</div></pre>", "```\na\nb\nc\n```"),
        ("<ul><li>a<pre>b\n c</pre></ul>", "- a\n\n  ```\n  b\n   c\n  ```"),
        ("<table><tr><th>a<th>b<tr><td>1|2<td><code>3|4</code></table>", "| a | b |\n| --- | --- |\n| 1\\|2 | `3\\|4` |"),
        ("<table><tr><td>a<td>b<tr><td>1<td>2</table>", "|  |  |\n| --- | --- |\n| a | b |\n| 1 | 2 |"),
        ("<table><tr><td>a<p>b</table>", "a\n\nb"),
        ("<table><tr><td><h2>a</h2><td>b<tr><td>c<td>d</table>", "## a\n\nb\n\nc\n\nd"),
        ("<table role=presentation><tr><td>a<td>b<tr><td>c<td>d</table>", "a\n\nb\n\nc\n\nd"),
        ("<table><tr><th>a<th>b<th>c<tr><td rowspan=2>1<td colspan=2>2<tr><td>3<td>4</table>", "| a | b | c |\n| --- | --- | --- |\n| 1 | 2 |  |\n|  | 3 | 4 |"),
        ("<figure><img src=x.png alt='A cat'><figcaption>Tom</figcaption></figure>", "Tom"),
        ("<p>hi <img alt=':)' src=s.gif></p><img src=x alt='IMG_1234.jpg'>", "hi :)"),
        ("<dl><dt>a<dd>b<dd>c<dt>d<dd>e</dl>", "a\n: b\n: c\n\nd\n: e"),
        ("a<hr>b", "a\n\n---\n\nb"),
        ("<ul><li>a<hr>b</ul>", "- a\n\n  ___\n\n  b"),
        ("<p>he said <q>no</q></p>", "he said “no”"),
        ("<script>x</script><style>y</style><template>z</template><noscript>n</noscript><p>a</p><button>b</button><select><option>c</select>", "a"),
        ("<svg><text>x</text></svg><p hidden>y</p><p style='color:red; display : none'>z</p><p>a", "a"),
        ("<p>a<!-- b -->c</p>", "ac"),
        ("<td>loose", "loose"),
        ("<p>a\u00a0\u00a0b</p><p>&nbsp;</p>", "a b"),
        ("<p>e\u0301</p>", "\u00e9"),
        ("<p>a\x00b</p>", "ab"),
        ("<p>x<del>old</del> <s>s</s></p>", "x~~old s~~"),
    ],
)
def test_text(html, text):
    assert render(html).text == text


@pytest.mark.parametrize(
    ("html", "links"),
    [
        ("<a href='/x'>a</a>", [("a", "https://b.example/x")]),
        ("<a href='y?q=1#f'> a </a>", [("a", "https://b.example/d/y?q=1#f")]),
        ("<a href='//c.example/'>a</a>", [("a", "https://c.example/")]),
        ("<a href='mailto:x@y.example'>a</a>", [("a", "mailto:x@y.example")]),
        ("<a href='javascript:alert(1)'>a</a> <a href=' JAVASCRIPT:x'>b</a> <a href='data:text/html,x'>c</a> <a href='ftp://x/'>d</a> <a name=x>e</a>", []),
        ("<a href='http://x.example/'><img src=i></a>", [("", "http://x.example/")]),
        ("<a href='http://x.example/'><img src=i alt='Alt text'></a>", [("", "http://x.example/")]),
        ("<a href='/1'><b>a</b></a> <b><a href='/2'>b</a></b> <a href='/3'>c <b>d</b></a>", [("a", "https://b.example/1"), ("b", "https://b.example/2"), ("c **d**", "https://b.example/3")]),
        ("<a href='/1'><code>a</code></a>", [("a", "https://b.example/1")]),
        ("<blockquote><a href='/1'>a<br>b</a></blockquote>", [("a\n> b", "https://b.example/1")]),
        ("<iframe src='https://video.example/1'>no</iframe>", [("", "https://video.example/1")]),
        ("<video><source src='/v.mp4'></video>", [("", "https://b.example/v.mp4")]),
        ("<h2>Title <a href='#t'>#</a></h2>", []),
        ("<pre>see <a href='/1'>this</a></pre>", [("this", "https://b.example/1")]),
        ("<table><tr><th>a<th>b<tr><td><a href='/1'>x|y</a><td>c</table>", [("x\\|y", "https://b.example/1")]),
        ("<a href='/1'>a<p>b</p></a>", [("a", "https://b.example/1")]),  # its first block
        ("<a href='http://[bad/'>a</a><a href='http:///x'>b</a>", []),
    ],
)
def test_links(html, links):
    post = render(html, base_url="https://b.example/d/p.html")
    text, found = post.text, sorted((*post.links, *post.embeds), key=lambda link: (link.start, link.end))
    assert [(link.anchor, link.url) for link in found] == links
    assert all(text[link.start : link.end] == link.anchor for link in found)


def test_relative_links_without_a_base_leave_their_words():
    assert render("<a href='/x'>a</a> <a href='http://x.example/y'>b</a>").links[0].url == "http://x.example/y"


DEEP = 100_000


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * DEEP + "x",
        "<div>" * DEEP + "x" + "</div>" * DEEP,
        "<blockquote>" * DEEP + "x",
        "<ul><li>" * DEEP + "x",
        "<table><tr><td>" * DEEP + "x",
        "<b>" * DEEP + "x",
        "<span><div>" * (DEEP // 2) + "x",
    ],
    ids=["div", "closed div", "quote", "list", "table", "b", "span div"],
)
def test_depth_does_not_matter(html):
    text = render(html).text
    assert text.endswith(("x", "x**"))
    assert len(text) < 1000


def test_what_follows_a_deep_part_is_kept():
    text = render("<p>before</p>" + "<div>" * 5000 + "in" + "</div>" * 5000 + "<p>after</p>").text
    assert text.split("\n\n") == ["before", "in", "after"]


def test_spans_are_bounded():
    text = render("<table><tr><th colspan=1000000000>a<th rowspan=999999999>b<tr><td>c<td>d</table>").text
    assert len(text) < 20_000 and "| c | d |" in text


def test_prefixes_are_bounded():
    page = "<blockquote>" * 300 + "<p>a" * 3000
    assert len(render(page).text) < 40 * len(page)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["<p>", "</p>", "<ul>", "<ol start=3>", "<li>", "</ul>", "<blockquote>", "</blockquote>", "<pre>", "</pre>", "<table>", "<tr>", "<td>", "<th>", "</table>",
             "<a href=/x>", "</a>", "<b>", "</b>", "<em>", "</em>", "<code>", "</code>", "<br>", "<h2>", "</h2>", "<dl><dt>", "<dd>", "<hr>", "<img alt=i>", "<div>",
             "</div>", "word", " ", "\n", "two words", "&amp;", "<", "*", "# ", "<iframe src=/v></iframe>", "<svg>", "</svg>", "<script>", "</script>", "<!--", "-->"]
        ),
        max_size=30,
    ).map("".join) | st.text()
)  # fmt: skip
def test_any_soup(html):
    post = render(html, base_url="http://b.example/")
    text, links = post.text, post.links
    assert render(html, base_url="http://b.example/") == post
    assert all(0 <= link.start <= link.end <= len(text) and text[link.start : link.end] == link.anchor for link in links)
    assert text == text.strip("\n") and "\x00" not in text
    assert list(links) == sorted(links, key=lambda link: (link.start, link.end))


def test_the_same_in_every_process():
    code = "from postetl.extract import render; print(render('<b><i><s>a</s> b</i></b><a href=http://x/>c</a>'*3))"
    seen = {subprocess.run([sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, check=True).stdout for seed in "123"}
    assert len(seen) == 1
