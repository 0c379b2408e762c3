"""data/sample is what the demo serves and the README counts: its numbers are a promise."""

import json
import re
from collections import Counter
from datetime import date, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from lxml import etree, html

from postetl import settings

DATA = Path(__file__).parents[2] / "data"
SAMPLE = DATA / "sample"
ATOM = "{http://www.w3.org/2005/Atom}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
PAGES = sorted((SAMPLE / "atom" / "posts").glob("*.html"))
DIARY = sorted((SAMPLE / "plaintext").glob("*.txt"))


def items():
    return etree.parse(SAMPLE / "rss" / "feed.xml").findall(".//item")


def notes(folder):
    return json.loads((SAMPLE / folder / "jsonfeed" / "feed.json").read_text("utf-8"))


def test_counts():
    entries = etree.parse(SAMPLE / "atom" / "feed.xml").findall(f"{ATOM}entry")
    assert (len(items()), len(entries), len(PAGES), len(notes(".")["items"]), len(DIARY)) == (60, 12, 12, 10, 12)


def test_rss_is_full_and_varied():
    found = items()
    for field in ("title", "link", "guid", "pubDate", "description", CONTENT, "{http://purl.org/dc/elements/1.1/}creator", "category"):
        assert all((item.findtext(field) or "").strip() for item in found), field
    for field in ("guid", "link", "title"):
        assert len({item.findtext(field) for item in found}) == 60, field
    assert {item.get(LANG, "en") for item in found} == {"en", "de", "fr", "es", "ja", "ar", "uk"}
    assert Counter(item.get(LANG, "en") for item in found)["en"] >= 40
    dates = [parsedate_to_datetime(item.findtext("pubDate")) for item in found]
    assert dates == sorted(dates, reverse=True)
    assert {d.year for d in dates} == set(range(2018, 2027))
    assert sum(item.find("enclosure") is not None for item in found) >= 3
    bodies = [item.findtext(CONTENT) for item in found]
    for mark in ("<h2>", "<h3>", "<pre><code", "<table>", "<blockquote>", "<sup>", "<img ", "utm_source=", "<ol>", "<li>"):
        assert any(mark in body for body in bodies), mark
    assert any(html.fragment_fromstring(body, "div").find(".//li//ul") is not None for body in bodies)  # a list in a list
    for body, item in zip(bodies, found, strict=True):
        text = " ".join(html.fragment_fromstring(body, "div").itertext())
        assert len(text.split()) >= 60 or len(text) >= 200, item.findtext("title")
        assert not item.findtext("description").startswith("<")


def test_atom_has_summaries_only_and_its_pages_are_there():
    feed = etree.parse(SAMPLE / "atom" / "feed.xml")
    entries = feed.findall(f"{ATOM}entry")
    assert feed.find(f".//{ATOM}content") is None
    assert len({e.findtext(f"{ATOM}id") for e in entries}) == 12
    linked = []
    for entry in entries:
        href = entry.find(f"{ATOM}link").get("href")
        assert not urlsplit(href).scheme and not href.startswith("/")
        linked.append(SAMPLE / "atom" / href)
        text = " ".join(html.parse(linked[-1], html.HTMLParser(encoding="utf-8")).getroot().itertext())
        assert len(text) > 5 * len(entry.findtext(f"{ATOM}summary"))
        assert datetime.fromisoformat(entry.findtext(f"{ATOM}published")).tzinfo
    assert sorted(linked) == PAGES


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_page(page):
    root = html.fromstring(page.read_bytes())
    for href in root.xpath("//a/@href | //link/@href | //img/@src"):
        parts = urlsplit(href)
        if parts.scheme:
            assert parts.scheme == "mailto" or re.fullmatch(r"([a-z]+\.)?example\.(org|com|net)", parts.hostname), href
        elif parts.path:
            assert (page.parent / parts.path).is_file(), href
    for script in root.xpath("//script[@type='application/ld+json']/text()"):
        assert json.loads(script)["@context"] == "https://schema.org"
    for noise in ("//nav", "//aside", "//footer", "//form", "//*[@id='comments']", "//*[@id='cookie-notice']", "//*[contains(@class, 'related')]"):
        assert root.xpath(noise), noise
    assert root.xpath("//h1") and root.xpath("//h1/following::p")


def test_edited_feed_differs_in_one_item():
    before, after = notes("."), notes("edited")
    assert {k: v for k, v in before.items() if k != "items"} == {k: v for k, v in after.items() if k != "items"}
    changed = [(old, new) for old, new in zip(before["items"], after["items"], strict=True) if old != new]
    ((old, new),) = changed
    assert {k for k in new if new.get(k) != old.get(k)} == {"content_text", "date_modified"}
    assert datetime.fromisoformat(new["date_modified"]) > datetime.fromisoformat(old.get("date_modified", old["date_published"]))


def test_json_feed():
    feed = notes(".")
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert len({item["id"] for item in feed["items"]}) == 10
    assert all(item["url"].startswith("https://notes.example.net/") and item["tags"] for item in feed["items"])
    assert {"content_html", "content_text"} <= {key for item in feed["items"] for key in item}
    assert all(("content_html" in item) != ("content_text" in item) for item in feed["items"])
    assert {item.get("language", feed["language"]) for item in feed["items"]} == {"en", "de"}
    assert sum("attachments" in item for item in feed["items"]) >= 2


def test_diary_is_kept_as_such_things_are():
    raw = {p.name: p.read_bytes() for p in DIARY}
    assert sum(b"\r\n" in body for body in raw.values()) == 1
    not_utf8 = []
    for name, body in raw.items():
        try:
            body.decode("utf-8")
        except UnicodeDecodeError:
            not_utf8.append(name)
            assert "“superseded”" in body.decode("cp1252")
    assert len(not_utf8) == 1
    first = {name: body.decode("cp1252").splitlines()[0] for name, body in raw.items()}
    assert first["2017-08-01-last-day.txt"] == "Tuesday, 1 August 2017"
    for form in (r"\w+, \d+ \w+ \d{4}", r"\d+ \w+ \d{4}", r"\w+ \d+, \d{4}", r"\d{4}-\d\d-\d\d", r"\w+, \w+ \d+th, \d{4}", r"Posted on .*", r"\w+, \d+\. \w+ \d{4}"):
        assert any(re.fullmatch(form, line) for line in first.values()), form
    assert [name for name, line in first.items() if not re.search(r"\d{4}", line)] == ["letter-to-the-next-keeper.txt"]
    days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
    for name, line in first.items():  # a weekday that is named is the right one
        for number, day in enumerate(days):
            if line.startswith((day, day[:3] + ",")):
                assert date.fromisoformat(name[:10]).weekday() == number, name


def test_sources_toml_reads_the_sample():
    found = settings.load(home=DATA, sources=DATA / "sources.toml")
    assert [s.id for s in found.sources] == ["fieldnotes", "notes", "diary"]
    for source in found.sources:
        assert source.url is None and not Path(source.path).is_absolute()
        assert list(DATA.glob(source.path))


def test_nothing_in_the_sample_names_a_real_site():
    allowed = re.compile(r"([a-z]+\.)?example\.(org|com|net)|jsonfeed\.org|www\.w3\.org|purl\.org|schema\.org|creativecommons\.org")
    for file in (f for f in SAMPLE.rglob("*") if f.is_file()):
        for url in re.findall(r"https?://[^\s\"'<>)\]]+", file.read_text("cp1252", "replace")):
            assert allowed.fullmatch(urlsplit(urljoin(url, url)).hostname), (file, url)
