"""Posts of pictures and no words: none is lost that has any words at all, and their text is nobody's but the pictures'."""

from datetime import UTC, datetime
from html import escape
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import web
from feeds import configure, entry, page, prose, rows, rss, run
from postetl.clean import clean
from postetl.extract import render, told
from postetl.model import Extracted, Link, RawPost, Target
from postetl.transform import Options, transform

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CAT, DOG = '<img src="/cat.jpg" alt="A cat on a wall">', '<img src="/dog.jpg" alt="# 1. *dog* &amp;amp; [bone]">'
PIXEL = '<img src="/p.gif" width="1" height="1" alt="Seen by">'


def of_feed(inner):
    made = transform(rss(f"<item><guid isPermaLink='false'>1</guid>{inner}</item>").encode(), Target("http://a.example/f"), url="http://a.example/f", content_type=None, options=Options("s", NOW))
    return made.posts[0] if made.posts else [r.reason for r in made.rejects]


@pytest.mark.parametrize(("body", "text", "places"), [
    (CAT, "A cat on a wall", [15]), (f"<figure><a href='/big'>{CAT}</a></figure>", "A cat on a wall", [15]), (f"<p>{CAT}</p>\n<p> {PIXEL}</p>", "A cat on a wall", [15]),
    (f"{CAT}<p>{DOG}</p>{CAT}", "A cat on a wall\n\n\\# 1. \\*dog\\* \\&amp; [bone]", [15, 44, 44]),
    ("<img src='/a.jpg' alt=' ' title='Two  words'><img src='/b.jpg'>", "Two words", [9, 9]), (f"<img src='/b.jpg'>{CAT}", "A cat on a wall", [0, 15]),
    (f"<figure>{CAT}<figcaption>Tom</figcaption></figure>", "Tom", [0]), (f"<p>So.</p>{CAT}", "So.", [3]), ("<img src='/a.jpg' alt=':-)'>", ":-)", []),
    (f"<p>&#8203;</p>{CAT}", "A cat on a wall", [15]), ("<img src='/a.jpg'>", "", [0]), (PIXEL, "", []), ("<img alt='Nowhere'>", "", []),
])  # fmt: skip
def test_the_text_of_a_body_without_words(body, text, places):
    post = of_feed(f"<title>T</title><description>{escape(body)}</description>")
    assert (post.text, [image.start for image in post.images]) == (text, places)
    assert [chunk.text for chunk in post.chunks] == ([text] if text else [])
    assert (post.extracted_by == "images") == (text.startswith(("A cat", "Two")))
    assert all(post.text[link.start : link.end] == link.anchor for link in post.links) and all(image.end == image.start <= len(text) for image in post.images)
    again = clean(RawPost(), Extracted(post.text, post.links, images=post.images, method=post.extracted_by, title=post.title), source_id="s", fetched_at=NOW).post
    assert (again.text, again.images, again.links) == (post.text, post.images, post.links)
    untitled = of_feed(f"<description>{escape(body)}</description>")
    assert (untitled.text if text else untitled) == (text or ["no_text"])


@pytest.mark.parametrize(("inner", "text", "method"), [
    (f"<title>T</title><description>In short</description><content:encoded>{escape(CAT)}</content:encoded>", "In short", "summary"),
    (f"<description>{escape('<br>')}</description><content:encoded>{escape(CAT)}</content:encoded>", "A cat on a wall", "images"),
    ("<title>T</title>", "", "feed"),
])
def test_what_goes_before_a_pictures_words(inner, text, method):
    post = of_feed(inner)
    assert (post.text, post.extracted_by) == (text, method)


def framed(post: str) -> str:
    foot = "<footer><img src='/logo.png' alt='Logo'><p>Copyright 2020 The Example. All rights reserved.</p></footer>"
    return f"<html><head><title>My cat</title></head><body><nav><ul><li><a href='/'>Home</a></li><li><a href='/about'>About us</a></li></ul></nav>{post}{foot}</body></html>"


FACE = "<header><img src='/face.jpg' alt='Ann'></header>"


@pytest.mark.parametrize(("body", "text", "pictures"), [
    (f"<article><h1>My cat</h1>{CAT}</article>", "A cat on a wall", ["cat"]), (f"<article class='post'>{FACE}<div class='entry-content'><p>{CAT}</p></div></article>", "A cat on a wall", ["cat"]),
    (f"<div class='entry-content'>{CAT}</div>", "A cat on a wall", ["cat"]), (f"<main><h1>My cat</h1>{PIXEL}{CAT}<p>5 May 2020 by <a href='/ann'>Ann</a></p></main>", "A cat on a wall", ["cat"]),
    (f"<article>{CAT}<section class='comments'><img src='/face.jpg' alt='Bob'></section></article>", "A cat on a wall", ["cat"]),
    (f"<article><h1>My cat</h1><figure>{CAT}<figcaption>Tom asleep</figcaption></figure></article>", "Tom asleep", ["cat"]),
    ("<article><h1>My cat</h1><picture><source srcset='/cat.webp'><img src='/cat.jpg'></picture></article>", "", ["cat"]),
])
def test_a_page_that_is_a_picture(body, text, pictures):
    made = transform(framed(body).encode(), Target("http://a.example/1"), url="http://a.example/1", content_type="text/html", options=Options("s", NOW))
    (post,) = made.posts
    assert (post.title, post.text, [image.url for image in post.images]) == ("My cat", text, [f"http://a.example/{name}.jpg" for name in pictures])
    assert post.extracted_by == "images" and all(image.start == (len(text) if text.startswith("A cat") else 0) for image in post.images)


@pytest.mark.parametrize("body", [
    f"<article><p>It rained on the wall for most of the day, and nobody went out to look for the cat.</p>{CAT}</article>",
    "".join(f"<article><h2>{n}</h2>{CAT}</article>" for n in range(3)), f"<div>{CAT}</div>", f"<article><h1>My cat</h1>{PIXEL}</article>",
])
def test_a_page_that_is_more_or_less_than_a_picture(body):
    made = transform(framed(body).encode(), Target("http://a.example/1"), url="http://a.example/1", content_type="text/html", options=Options("s", NOW, simple=True))
    assert all(post.extracted_by != "images" and "A cat on" not in post.text for post in made.posts)


@given(st.lists(st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=20) | st.sampled_from(["- a", "---", "| a |", "Share this: Twitter", "12 views", "```", "a\n\nb"]), max_size=4))
def test_any_words_of_pictures_stay_words(alts):
    body = told(Extracted("", images=tuple(Link(f"http://a.example/{n}", alt, 0, 0) for n, alt in enumerate(alts))))
    post = clean(RawPost(title="T"), body, source_id="s", fetched_at=NOW).post
    assert [image.anchor for image in body.images] == alts and [i.start for i in post.images] == sorted(i.start for i in post.images)
    again = clean(RawPost(title="T"), Extracted(post.text, images=post.images), source_id="s", fetched_at=NOW).post
    assert (again.text, again.images, again.content_hash) == (post.text, post.images, post.content_hash)
    shown = render("".join(f"<p>{escape(alt)}</p>" for alt in dict.fromkeys(" ".join(alt.split()) for alt in alts))).text
    assert post.text == clean(RawPost(title="T"), Extracted(shown), source_id="s", fetched_at=NOW).post.text


@pytest.mark.parametrize(("answer", "text", "places"), [
    (framed(f"<article><h1>T</h1>{DOG.replace('# 1. *dog* &amp;amp; [bone]', 'A dog')}</article>"), "A dog", [("dog.jpg", 5)]), (web.Answer("", status=404), "A cat on a wall", [("cat.jpg", 15)]),
    ("<html><body></body></html>", "A cat on a wall", [("cat.jpg", 15)]), (framed("<article><h1>T</h1><img src='/x.jpg'></article>"), "", [("x.jpg", 0)]),
    (page("T", prose("cat")), "\n\n".join(prose("cat")), []),
], ids=["picture", "missing", "empty", "without words", "words"])
def test_a_picture_in_a_description_is_followed_and_kept(home: Path, answer: object, text: str, places: list[tuple[str, int]]) -> None:
    with web.serve() as site:
        site.routes["/feed"] = web.Answer(rss(entry("1", title="T", link="/p", body=None, summary=CAT)), content_type="application/rss+xml")
        site.routes["/p"] = answer
        run(configure(home, f"a {site.url('/feed')}"))
    ((found, images),) = rows(home, "select text, list_transform(images, i -> (parse_filename(i.url), i.start)) from posts")
    assert (found, [tuple(image) for image in images]) == (text, places)
