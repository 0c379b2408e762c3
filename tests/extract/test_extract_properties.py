"""Generated pages: nothing is invented, nothing of the post is lost, its order stays, and comments are never in it."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from postetl.extract import extract

WORDS = ["river", "hill", "snow", "ürün", "Straße", "水", "spring", "mark", "42", "weather", "измерение", "été"]
sentence = st.lists(st.sampled_from(WORDS), min_size=8, max_size=30).map(lambda words: " ".join(words) + ".")
block = st.one_of(
    sentence.map(lambda text: f"<p>{text} {text}</p>"),
    sentence.map(lambda text: f"<h2>{text[:30]}</h2><p>{text} {text}</p>"),
    st.lists(sentence, min_size=2, max_size=5).map(lambda items: "<ul>" + "".join(f"<li>{item}</li>" for item in items) + "</ul>"),
    sentence.map(lambda text: f"<blockquote><p>{text}</p></blockquote>"),
    sentence.map(lambda text: f"<p>{text} <a href='/x'>{text}</a> <em>{text}</em></p>"),
)
MENU = "<nav><ul>" + "".join(f"<li class=menu-item><a href=/{n}>MENU{n}</a></li>" for n in range(12)) + "</ul></nav>"


def words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text)


@settings(max_examples=120, deadline=None, derandomize=True)
@given(st.lists(block, min_size=4, max_size=14), st.lists(sentence, max_size=6), st.sampled_from(["entry-content", "article-body", "post-content"]))
def test_the_whole_post_and_nothing_else(blocks, comments, name):
    said = "".join(f"<li class=comment><p>COMMENT {text}</p></li>" for text in comments)
    body = "".join(f"{html}<!-- -->" for html in blocks)
    found = extract(
        f"<html><head><title>T</title></head><body>{MENU}<article><h1>T</h1><div class='{name}'>{body}</div><section class=comments><ol class=comment-list>{said}</ol></section></article>"
        "<footer>FOOT</footer></body></html>",
        simple=True,
    )
    assert not re.search("MENU|COMMENT|FOOT", found.text)
    assert words(re.sub(r"<[^>]+>", " ", body)) == words(found.text)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.text(alphabet=st.sampled_from(list("<>/=\"'& abpdivul\n#*_`|")), max_size=400))
def test_any_soup_gives_an_answer_of_its_own_words(soup):
    page = f"<html><body>{soup}"
    assert set(words(extract(page, simple=True).text)) <= set(words(page))
