"""What a head says of its site, however it is written; and that a hostile one is read in no time."""

import time

import pytest

from postetl.sources import blogger, hints, wordpress


@pytest.mark.parametrize(("markup", "expected"), [
    ('<link rel="a b" href="/x">', [({"a", "b"}, "http://s.example/x")]),
    ("<LINK HREF='x?a=1&amp;b=2' REL=A />", [({"a"}, "http://s.example/d/x?a=1&b=2")]),
    ("<link rel=a><link\nhref=x\nrel=b\n>", [({"b"}, "http://s.example/d/x")]),
    ('<link rel="first" rel="second" href=x>', [({"first"}, "http://s.example/d/x")]),
    ("<linked rel=a href=x>", []),
])
def test_links(markup, expected):
    assert [(set(rel), address) for rel, address in hints.links(markup, "http://s.example/d/")] == expected


@pytest.mark.parametrize(("header", "expected"), [
    ('</x>; rel="a"; type="t,t", <y>; rel=b', [({"a"}, "http://s.example/x"), ({"b"}, "http://s.example/d/y")]),
    ('<x>; title="a; rel=c"; rel=b', [({"c"}, "http://s.example/d/x")]),  # nobody puts one into a title
    ("<x>", []), ("rel=a", []), ("", []),
])
def test_header_links(header, expected):
    assert [(set(rel), address) for rel, address in hints.header_links({"link": header}, "http://s.example/d/")] == expected


@pytest.mark.parametrize("piece", ["<link ", "<link rel=", "<link a='", "<meta name=generator content=", "<channel>", "<channel><link>", "<generator ", "<generator>", "<totalResults ", "<published", "a=", "<"])
def test_a_hostile_head_is_read_in_time(piece):
    began = time.monotonic()
    for start in ("<!DOCTYPE html>", "<rss version='2.0'>", "<feed xmlns='http://www.w3.org/2005/Atom'>"):
        body = (start + piece * (200_000 // len(piece))).encode()
        for kind in (wordpress, blogger):
            kind.found(body, url="http://s.example/", headers={"link": "<a>;" * 20_000})
    assert time.monotonic() - began < 15
