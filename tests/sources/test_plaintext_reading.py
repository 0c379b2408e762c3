"""Date lines, titles, and every word kept."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postetl.errors import Malformed, Reason
from postetl.sources import dateline, read


def post(text):
    return read(text.encode(), url="file:posts/a.txt", kind="plaintext").posts[0]


@pytest.mark.parametrize("line", [
    "Tuesday, 1 August 2017", "August 1, 2017", "1 Aug 2017", "Aug. 1st, 2017", "2017-08-01", "2017/08/01", "Tue 1 Aug 2017", "Tuesday 1st August, 2017", "the 1st of August 2017",
    "Date: 1 August 2017", "Posted on August 1, 2017", "Published: 2017-08-01", "AUGUST 1 2017", "1-Aug-2017", "2017 August 1", "*1 August 2017*", "**Date:** 2017-08-01",
    "Dienstag, 1. August 2017", "1. August 2017", "mardi 1er août 2017", "Le 1er août 2017", "martes, 1 de agosto de 2017", "1 de agosto del 2017", "martedì 1 agosto 2017",
    "1º agosto 2017", "dinsdag 1 augustus 2017", "terça-feira, 1 de agosto de 2017", "2017年8月1日", "Tuesday,\u00a01\u00a0August\u00a02017", "1 ao\u0075\u0302t 2017", "1 August 2017.",
    "1 August 2017 00:00", "1 August 2017, 12:00 am", "1 August 2017 02:00 +0200", "Mon, 31 Jul 2017 19:00:00 EST", "1. August 2017, 2:00 Uhr CEST", "2017-08-01T00:00:00Z",
    "Tuesday, 1 August 2017:", "1 August 2017 -", "1 August 2017 —", "Tuesday, 1 August 2017!", "1 August 2017, Tuesday", "2017-08-01 (Tue)", "# 1 August 2017", "## 1 August 2017 ##",
    "--- 1 August 2017 ---", "== 1 August 2017 ==", "<2017-08-01>", '"Tuesday, 1 August 2017"', "Tuesday, 1 August\u200b 2017", "Tuesday - 1 August 2017", "Tuesday | 1 August 2017", "1 Aug '17",
    "1August2017", "tisdagen den 1 augusti 2017", "tirsdag den 1. august 2017", "1. elokuuta 2017", "wtorek, 1 sierpnia 2017", "úterý 1. srpna 2017", "2017. augusztus 1.", "1 Ağustos 2017 Salı",
    "вторник, 1 августа 2017 г.", "1 серпня 2017", "1 Αυγούστου 2017", "2017年8月1日（火）", "2017年8月1日 星期二", "2017년 8월 1일", "2017년 8월 1일 화요일", "1 August 2017 01:00 BST",
])
def test_dates(line):
    found = dateline.read(line)
    assert found is not None and found.when == datetime(2017, 8, 1, tzinfo=UTC)
    assert post(f"{line}\n\nBody of it.").text == "Body of it."


@pytest.mark.parametrize(("line", "hour", "minute"), [
    ("1 August 2017 at 10:15", 10, 15), ("August 1, 2017 10:15 am", 10, 15), ("August 1, 2017 @ 10:15pm", 22, 15), ("August 1, 2017, 12:15 p.m.", 12, 15),
    ("2017-08-01 10:15:59", 10, 15), ("2017-08-01T10:15+02:00", 8, 15), ("1er août 2017 à 10h15", 10, 15), ("1 August 2017 - 10:15 UTC", 10, 15), ("August 1, 2017 at 5 pm", 17, 0),
    ("Tue Aug  1 14:05:09 2017", 14, 5), ("Tue Aug  1 14:05:09 CEST 2017", 12, 5), ("14:05, 1 August 2017", 14, 5), ("2:05 PM on August 1, 2017", 14, 5), ("mardi 1 août 2017, 14 h 05", 14, 5),
    ("1 August 2017 / 14:05", 14, 5), ("1 August 2017; 14:05", 14, 5), ("1 August 2017, Tuesday, 14:05", 14, 5),
])
def test_times(line, hour, minute):
    found = dateline.read(line)
    assert found is not None and found.when is not None
    assert (found.when.day, found.when.hour, found.when.minute) == (1, hour, minute)


@pytest.mark.parametrize("line", [
    "01/08/2017", "1-8-2017", "08.01.2017", "On 1 August 2017 we went out", "1 August", "August 2017", "2017", "May 2017 was cold", "Chapter 1, August 2017", "1 August 2017 and after",
    "1 Brumaire 2017", "10:15", "Tuesday", "1 August 2017 XYZ", "", "12 12 2017 12", "1 August 17", "August 1, 2017 was a sad day.", "1 August 2017 - we left",
    "• 1 August 2017", "> 1 August 2017",
])
def test_no_dates(line):
    assert dateline.read(line) is None
    if line:
        found = post(f"{line}\n\nBody of it.")
        assert found.published_at is None and f"{found.title or ''}\n\n{found.text}".strip() == f"{line}\n\nBody of it."


@pytest.mark.parametrize("line", ["31 February 2017", "2017-02-29", "2017-13-01", "0 May 2017", "1 January 0000", "31 December 9999", "9999-12-31", "1 May 2017 25:00", "2017-06-31T00:00:00Z", "32 May 2017"])
def test_impossible_dates_stay_and_are_told(line):
    parsed = read(f"{line}\n\nBody.".encode(), url="file:posts/a.txt")
    assert parsed.posts[0].text == f"{line}\n\nBody." and parsed.posts[0].title is None
    assert parsed.posts[0].published_at is None and parsed.posts[0].date_source is None
    assert [(r.url, r.stage, r.reason, r.detail) for r in parsed.rejects] == [("file:posts/a.txt", "read", Reason.BAD_DATE, f"no such date: {line}")]


TITLES = ["A Walk by the Sea", "What Now?", "“Rope”", "10 knots", "Été à Paris", "海辺の散歩", "Прогулка у моря", "Berlin: A Love Story", "Hello World", "Ropes (and knots)", "It Rained Today", "I, Robot", "It", "A walk by the sea"]
NO_TITLES = [
    "We left at six.", "what a day", "What a day we had!", "And then,", "To be continued…", "He said:", "Dear readers", "Hi all", "Liebe Leser", "Hola amigos", "By Ida Moss", "1. First",
    "- a list", "Posted by Ida", "Date: 01/02/2017", "In March 1, 2017 it rained", "One two three four five six seven eight nine ten eleven twelve thirteen", "“I know.”", "X" * 81, "2017", "* * *",
    "It rained today", "I am so tired", "We've moved house again", "Wir sind umgezogen", "Tom and I had the boat and",
]


@pytest.mark.parametrize("title", TITLES)
@pytest.mark.parametrize("above", ["", "1 August 2017\n\n", "1 August 2017\n"])
def test_titles(title, above):
    found = post(f"{above}{title}\n\nWe left at six.\nThe tide was out.")
    assert (found.title, found.text) == (title, "We left at six.\nThe tide was out.")


@pytest.mark.parametrize("line", NO_TITLES)
@pytest.mark.parametrize("above", ["", "1 August 2017\n\n", "1 August 2017\n"])
def test_no_titles(line, above):
    found = post(f"{above}{line}\n\nWe left at six.")
    assert (found.title, found.text) == (None, f"{line}\n\nWe left at six.")


@pytest.mark.parametrize("text", ["A Walk by the Sea", "1 August 2017\nA Walk by the Sea", "A Walk by the Sea\n\n", "# Alone"])
def test_a_line_with_nothing_below_is_no_title(text):
    assert post(text).title is None and "A" in (post(text).text or "")


@pytest.mark.parametrize(("text", "title", "body"), [
    ("# A heading\nBody.", "A heading", "Body."),
    ("a heading\n=========\n\nBody.", "a heading", "Body."),
    ("A heading\n---\nBody.", "A heading", "Body."),
    ("It rained all day, so we stayed in.\n---\nBody.", None, "It rained all day, so we stayed in.\n---\nBody."),
    ("#hashtag\n\nBody.", None, "#hashtag\n\nBody."),
    ("Title One\n1 August 2017\nBody.", "Title One", "Body."),
    ("Title One\n\n1 August 2017\n\nBody.", "Title One", "Body."),
    ("# Title\n1 August 2017\n\nBody.", "Title", "Body."),
    ("Ida Moss\nHarbour Road 1\nOld Town\n\nBody.", None, "Ida Moss\nHarbour Road 1\nOld Town\n\nBody."),
    ("1 August 2017\n-------------\n\nA Walk\n\nBody.", "A Walk", "Body."),
    ("1 August 2017\n2 August 2017\n\nBody.", None, "2 August 2017\n\nBody."),
])
def test_layouts(text, title, body):
    found = post(text)
    assert (found.title, found.text) == (title, body)


@pytest.mark.parametrize("gap", ["\n\n", "\r\n\r\n", "\r\r", "\n \t\n", "\n\n\n\n\n", "\n\x0c\n", "\u2029", "\x85\x85", "\u2028\u2028", "\n\u00a0\n", "\r\n \r\n\x0c \r\n"])
def test_gaps(gap):
    assert post(f"one.{gap}  two. \u3000{gap}three.{gap}").text == "one.\n\ntwo.\n\nthree."


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", " \n\t"])
def test_line_breaks_inside_a_paragraph_stay(end):
    assert post(f"one{end}two{end}three.").text == "one\ntwo\nthree."


def test_nothing_in_it():
    for empty in ("\n", " \u00a0\u2028\x85"):
        with pytest.raises(Malformed) as caught:
            post(empty)
        assert caught.value.reason == Reason.EMPTY_BODY


LINES = st.sampled_from([
    "Tuesday, 1 August 2017", "2017-08-01", "31 February 2017", "A Walk by the Sea", "Dear readers", "We left at six.", "the tide was out", "", "", " ", "=====", "---", "# Heading", "海辺", "9999-01-01",
    "What Now?", "Date: 1 May 2017",
]) | st.text(max_size=30)
BREAKS = st.sampled_from(["\n", "\r\n", "\r", "\x0c", "\x85", "\u2028", "\u2029", "\n\n", "\n \n"])


@given(st.lists(st.tuples(LINES, BREAKS), max_size=8).map(lambda pairs: "".join(a + b for a, b in pairs)))
def test_not_a_word_is_lost(text):
    text = "".join(c for c in text if not 0xD800 <= ord(c) <= 0xDFFF).replace("\x00", "").removeprefix("\ufeff")
    try:
        found = post(text)
    except Malformed as error:
        assert error.reason == Reason.WRONG_KIND or not text.split()  # noqa: PT017  either outcome is right
        return
    words = text.split()
    kept = f"{found.title or ''}\n{found.text or ''}".split()
    marks = ("#", "=====", "---")
    if found.published_at is None:
        assert [w for w in kept if w not in marks] == [w for w in words if w not in marks and not set(w) <= {"=", "#"} and not (set(w) == {"-"} and len(w) > 2)] or sorted(kept) == sorted(words)
        return
    lines = [line.split() for line in text.splitlines() if line.split()]
    dated = next(line for line in lines if dateline.read(" ".join(line)) is not None)
    rest = list(words)
    for word in dated:
        rest.remove(word)
    gone = list(rest)
    for word in kept:
        gone.remove(word)
    assert all(set(w) <= set("#=") or set(w) == {"-"} for w in gone)
    assert "\n\n\n" not in (found.text or "") and all(line == line.strip() for line in (found.text or "").split("\n"))
