"""Code as highlighters leave it, formulas as typesetters do, notes, readings, and tables with more than words in their cells."""

import time

import pytest

from postetl.extract import render
from postetl.extract.formulas import places

KATEX = (
    '<p>a <span class="katex"><span class="katex-mathml"><math><semantics><mrow><mi>c</mi></mrow><annotation encoding="application/x-tex">c = \\pm\\sqrt{a^2 + b_1}</annotation></semantics></math>'
    '</span><span class="katex-html" aria-hidden="true"><span class="base">c=±</span></span></span> b</p>'
)
MATHJAX2 = '<p>x <span class="MathJax_Preview">x2</span><span class="MathJax" id="M1"><span>x2</span></span><script type="math/tex" id="M1">x_1^2</script> y</p><script type="math/tex; mode=display">\\int_0^1\n a*b</script>'
MATHJAX3 = "<p>x <mjx-container><mjx-math><mjx-mi>y</mjx-mi></mjx-math><mjx-assistive-mml><math><mi>y</mi></math></mjx-assistive-mml></mjx-container></p>"
WIKI = (
    '<p><span class="mwe-math-element"><span style="display: none;"><math><semantics><mi>E</mi><annotation encoding="application/x-tex">E</annotation></semantics></math></span>'
    '<img src="e.svg" class="mwe-math-fallback-image-inline" alt="E=mc^{2}"></span></p>'
)
CHROMA = (
    '<div class="highlight"><table><tr><td><pre class="chroma"><code><span class="lnt">1\n</span><span class="lnt">2\n</span></code></pre></td><td><pre class="chroma"><code class="language-go" data-lang="go">'
    '<span class="line"><span class="cl">package main\n</span></span><span class="line"><span class="cl">  x\n</span></span></code></pre></td></tr></table></div>'
)
PYGMENTS = '<table class="highlighttable"><tr><td class="linenos"><div class="linenodiv"><pre>1\n2</pre></div></td><td class="code"><div class="highlight"><pre><span></span>a\n  b\n</pre></div></td></tr></table>'
GIST = '<table class="highlight"><tr><td class="blob-num" data-line-number="1"></td><td class="blob-code">a</td></tr><tr><td class="blob-num" data-line-number="2"></td><td class="blob-code">  b</td></tr></table>'
HIGHLIGHTER = (
    '<div class="syntaxhighlighter ruby"><table><tr><td class="gutter"><div class="line number1">1</div><div class="line number2">2</div></td><td class="code"><div class="container">'
    '<div class="line number1"><code class="ruby plain">def x</code></div><div class="line number2"><code class="ruby spaces">&nbsp;&nbsp;</code><code class="ruby plain">y</code></div></div></td></tr></table></div>'
)
CRAYON = (
    '<table><tr class="crayon-row"><td class="crayon-nums"><div class="crayon-num">1</div><div class="crayon-num">2</div></td>'
    '<td class="crayon-code"><div class="crayon-pre"><div class="crayon-line">a</div><div class="crayon-line">  b</div></div></td></tr></table>'
)


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ('<pre class="brush: python; title: x">a\n    b</pre>', "```python\na\n    b\n```"),
        ('<pre lang="ruby">x</pre>', "```ruby\nx\n```"),
        ('<pre class="prettyprint lang-js">x</pre>', "```js\nx\n```"),
        ('<pre><code class="hljs python">x</code></pre>', "```python\nx\n```"),
        ('<pre><code class="python">x</code></pre>', "```python\nx\n```"),
        ('<pre class="EnlighterJSRAW" data-enlighter-language="php">x</pre>', "```php\nx\n```"),
        ('<pre class="language-none">x</pre>', "```\nx\n```"),
        ('<div class="highlight highlight-text-html-basic"><pre>x</pre></div>', "```html\nx\n```"),
        ('<figure><pre data-language="ts"><code><span data-line="">a</span>\n<span data-line=""> b</span></code></pre></figure>', "```ts\na\n b\n```"),
        ('<pre class="line-numbers language-css"><code>a {\n  b: c\n}<span class="line-numbers-rows"><span></span></span></code></pre>', "```css\na {\n  b: c\n}\n```"),
        ('<pre><code><span class="ln">1</span>a\n<span class="ln">2</span>b</code></pre>', "```\na\nb\n```"),
        ("<pre><div>a</div><div>  b</div><div></div><div>c</div></pre>", "```\na\n  b\n\nc\n```"),
        ("<pre><span>first<br>  second</span></pre>", "```\nfirst\n  second\n```"),
        ("<pre>\n\n \n  a\n b\n\n</pre>", "```\n  a\n b\n```"),
        (CHROMA, "```go\npackage main\n  x\n```"),
        (PYGMENTS, "```\na\n  b\n```"),
        (GIST, "```\na\n  b\n```"),
        (HIGHLIGHTER, "```\ndef x\n\u00a0\u00a0y\n```"),
        (CRAYON, "```\na\n  b\n```"),
        ("<p><code>line one</code><br><code>  line two</code></p>", "```\nline one\n  line two\n```"),
        ("<div><code>if x:\n    y\n</code></div>", "```\nif x:\n    y\n```"),
        ("<p><code>one\ntwo</code> and words</p>", "`one two` and words"),
        ("<p>see <code>a</code><br><code>b</code></p>", "see `a`\n`b`"),
        ("<td class=gutter>words</td>", "words"),
    ],
)
def test_code(page, text):
    assert render(page).text == text


@pytest.mark.parametrize(
    ("page", "text"),
    [
        (KATEX, "a $c = \\pm\\sqrt{a^2 + b_1}$ b"),
        (KATEX.replace("<math>", "<math display=block>"), "a $$c = \\pm\\sqrt{a^2 + b_1}$$ b"),
        (MATHJAX2, "x $x_1^2$ y\n\n$$\\int_0^1 a*b$$"),
        (MATHJAX3, "x y"),
        (WIKI, "$E=mc^{2}$"),
        ("<math alttext='\\frac{a}{b}'><mfrac><mi>a</mi><mi>b</mi></mfrac></math>", "$\\frac{a}{b}$"),
        ("<p><img class=latex src=l.png alt='\\frac{1}{2}'> <img class=equation src=e.png alt='a drawing'></p>", "$\\frac{1}{2}$ a drawing"),
        ("<p>Let $x_1 * y_2$ and $$\\sum_{i=1}^n a_i^2 \\\\ b$$, \\(a_b \\{c\\}\\), \\begin{align*} a_1 &= b \\end{align*}</p>",
         "Let $x_1 * y_2$ and $$\\sum_{i=1}^n a_i^2 \\\\ b$$, \\(a_b \\{c\\}\\), \\begin{align*} a_1 &= b \\end{align*}"),
        ("<p>costs $5 and *a* $6 *b*</p>", "costs $5 and \\*a\\* $6 \\*b\\*"),
        ("<p>sed 's/\\(a\\)/*b*/'</p>", "sed 's/\\\\(a\\\\)/\\*b\\*/'"),
        ("<p>$x_1$ <b>and</b> $\\{y\\}$ *</p>", "$x_1$ **and** $\\{y\\}$ \\*"),
        ("<p><b>so</b> $\\alpha_1 \\{y\\}$</p>", "**so** $\\alpha_1 \\{y\\}$"),
    ],
)  # fmt: skip
def test_formulas(page, text):
    assert render(page).text == text


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ('<p>Text<sup id="fnref1"><a href="#fn1">1</a></sup> more<sup>[<a href="#fn2">2</a>]</sup>, <a href="#_ftn3">[3]</a>.</p><ol><li id="fn1"><p>One. <a href="#fnref1">↩</a></p></li><li>Two <a href="#fnref2">↩︎</a></li></ol>',
         "Text[1] more[2], [3].\n\n1. One.\n2. Two"),
        ('<p>Word<a class="footnote-anchor" href="https://a.example/p#footnote-1">1</a></p>', "Word[1]"),
        ("<p>2<sup>nd</sup> <a href='#top'>1</a></p>", "2nd 1"),
        ("<p><ruby>東京<rt>とうきょう</rt></ruby>へ</p>", "東京(とうきょう)へ"),
        ("<p><ruby>東京<rp>(</rp><rt>とうきょう</rt><rp>)</rp></ruby>へ</p>", "東京(とうきょう)へ"),
        ("<table><thead><tr><td>a<td>b</thead><tbody><tr><td>1<td>2</table>", "| a | b |\n| --- | --- |\n| 1 | 2 |"),
        ("<table><tr><th>a<th>b<tr><td><ul><li>x</li>\n<li>y</ul><td>2</table>", "| a | b |\n| --- | --- |\n| x; y | 2 |"),
        ("<table><tr><td><ul><li>x</ul><td>2<tr><td>3<td>4</table>", "- x\n\n2\n\n3\n\n4"),
        ("<p>a<b>b</b> <i>c</i>, <code>d</code>.</p>", "a**b** *c*, `d`."),
        ("<p>* <b>b</b></p>", "\\* **b**"),
    ],
)  # fmt: skip
def test_notes_readings_and_cells(page, text):
    assert render(page).text == text


def test_where_formulas_are():
    text = r"$5 and $6, $a_1$ \$b_1\$ \(c^2\) $$d_1$$ $e_1 and \[f_1 $g_2$"
    assert [text[a:b] for a, b in places(text)] == ["$a_1$", r"\(c^2\)", "$$d_1$$", "$g_2$"]


@pytest.mark.parametrize(
    "page",
    [
        "\\(" * 2_000_000, "*a " * 2_000_000, "\\" * 4_000_000, "$x_1 " * 1_000_000, "`" * 4_000_000, "a<br>" * 2_000_000, ("<ol reversed>" + "<li>a" * 50) * 2000,
        "<mjx-container>" + "<mjx-math>x</mjx-math>" * 20_000, "<picture>" + "<source srcset=a>" * 3000 + "<img>" * 3000, "<b>a</b>c" * 60_000, "<td class=gutter>" + "1 " * 2_000_000,
        "<p " + " ".join(f"a{n}=1" for n in range(50_000)) + ">x", "<div class=gutter>1" * 50_000, "<table>" + ("<tr>" + "<td>a" * 90) * 1500, "\x00" * 4_000_000,
    ],
    ids=range(15),
)  # fmt: skip
def test_pages_made_to_hang_are_rendered(page):
    begin = time.process_time()
    render(page)
    assert time.process_time() - begin < 6
