"""Whole pages: which text, and what the page says about itself."""

from datetime import UTC, datetime

import pytest

from postetl import worker
from postetl.extract.decode import decode
from postetl.extract.page import extract

PROSE = " ".join(f"This is sentence number {n} of a post about the weather in the hills." for n in range(12))
CHROME = "<nav><ul><li><a href=/>Home</a><li><a href=/about>About us</a></ul></nav>"
FOOT = "<footer><p>Copyright © 2011 The Example. All rights reserved.</p></footer>"


def page(body: str, head: str = "", lang: str = "") -> str:
    return f"<!doctype html><html{lang}><head>{head}</head><body>{CHROME}<article>{body}</article>{FOOT}</body></html>"


def test_the_post_and_not_the_page():
    body = (
        f"<h1>Rain</h1><p>{PROSE}</p><h2>In the hills</h2><p>{PROSE} See <a href='/map'>the map</a> and <code>rain()</code>.</p>"
        "<ul><li>one item of it</li><li>another <b>bold</b> item</li></ul><ol><li>first step</li><li>second step</li></ol>"
        "<blockquote><p>Somebody said this about it.</p></blockquote><pre><code>def rain():\n    return 1\n\nrain()\n</code></pre>"
        "<table><tr><th>Year</th><th>mm</th></tr><tr><td>2016</td><td>812</td></tr></table>"
    )
    found = extract(page(body), url="https://blog.example/2017/08/01/rain")
    assert found.method == "post" and found.confidence == 0.9
    for part in (
        "## In the hills", "- one item of it\n- another **bold** item", "1. first step\n2. second step", "> Somebody said this about it.",
        "```\ndef rain():\n    return 1\n\nrain()\n```", "| Year | mm |\n| --- | --- |\n| 2016 | 812 |", "See the map and `rain()`.",
    ):  # fmt: skip
        assert part in found.text
    assert "Home" not in found.text and "Copyright" not in found.text
    assert [(link.anchor, link.url) for link in found.links] == [("the map", "https://blog.example/map")]
    assert all(found.text[link.start : link.end] == link.anchor for link in found.links)
    assert (found.published_at, found.date_source) == (datetime(2017, 8, 1, tzinfo=UTC), "url")


def test_nothing_in_it():
    assert (extract("").text, extract("").method, extract(b"").confidence) == ("", "none", 0.0)
    assert extract("<html><body><script>x()</script></body></html>").method == "none"


def test_a_page_that_scripts_fill_in_has_the_text_that_it_declares():
    declared = '<script type="application/ld+json">{"@type":"NewsArticle","headline":"Rain","articleBody":"' + PROSE + "\\n\\n# " + PROSE + '"}</script>'
    found = extract(f"<html><head>{declared}</head><body><div id=app><p>Please wait.</p></div></body></html>")
    assert (found.method, found.text) == ("json-ld", f"{PROSE}\n\n\\# {PROSE}")
    shown = extract(page(f"<h1>Rain</h1><p>{PROSE}</p><p>{PROSE}</p>", declared))
    assert shown.method == "post"


SHORT = "<html><body><div class=a><h1>News</h1><p>Two short sentences. They are all that there is.</p></div></body></html>"


def test_a_doubtful_page_is_looked_at_again():
    found = extract(SHORT)
    assert found.method == "trafilatura" and "They are all that there is." in found.text
    assert extract(SHORT, simple=True).method == "text"


def test_a_page_that_hangs_the_second_look_keeps_the_first(monkeypatch):
    def call(function, *args, **limits):
        raise worker.WorkerTimedOut("not finished after 20 s")

    monkeypatch.setattr(worker, "call", call)
    found = extract(SHORT)
    assert found.method == "text" and "They are all that there is." in found.text


@pytest.mark.parametrize("soup", ["<div>" * 100_000 + PROSE, "<a href=x>" * 20_000 + PROSE, "<table><tr><td colspan=999999999>" + PROSE, "<p" * 50_000, "\x00" * 1000 + PROSE])
def test_hostile_pages_end(soup):
    assert isinstance(extract(soup).text, str)


def test_links_keep_their_place_and_letters_of_a_dead_script_do_not_hurt():
    many = " ".join(f"word <a href='/p/{n}'>link {n}</a>, then more words here." for n in range(30))
    found = extract(page(f"<p>{PROSE}</p><p>{many}</p><p>{PROSE}</p>"), url="https://a.example/")
    assert [(link.anchor, link.url) for link in found.links] == [(f"link {n}", f"https://a.example/p/{n}") for n in range(30)]
    tangut = extract(page(f"<p>{PROSE} \U00017000\U00017001 <a href='/x'>y</a></p>"))
    assert "\U00017000\U00017001" in tangut.text
    assert not any(0x17000 <= ord(c) <= 0x187F7 for c in found.text)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("grün".encode(), "grün"),
        ("\ufeffgrün".encode(), "grün"),
        ("grün".encode("utf-16"), "grün"),
        ("<meta charset=iso-8859-1>gr\u00fcn \u201cx\u201d".encode("cp1252"), "<meta charset=iso-8859-1>grün “x”"),
        ("<meta http-equiv=content-type content='text/html; charset=shift_jis'>東京".encode("cp932"), "<meta http-equiv=content-type content='text/html; charset=shift_jis'>東京"),
        ("<meta charset=utf-8>grün und schön und süß, nicht nur für Mädchen".encode("latin-1"), "<meta charset=utf-8>grün und schön und süß, nicht nur für Mädchen"),
        ("<meta charset=nonsense>grün".encode(), "<meta charset=nonsense>grün"),
        ("<meta charset=rot13>grün".encode(), "<meta charset=rot13>grün"),
        (b"", ""),
    ],
)
def test_decode(body, text):
    assert decode(body) == text


def test_a_broken_character_does_not_change_the_encoding():
    body = b"<meta charset=utf-8>" + "größer ".encode() * 50 + b"\xff"
    assert decode(body).count("größer") == 50
