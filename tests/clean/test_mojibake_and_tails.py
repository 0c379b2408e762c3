"""Repairs and cuts that are certain, and texts that must not be touched."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postetl.clean.text import body, normalise
from postetl.model import Link

PROSE = "The river stood three centimetres above its mark, and we wrote it down."


@pytest.mark.parametrize(
    ("broken", "right"),
    [
        ("L’Ã©tÃ© est beau", "L’été est beau"), ("FÃ¼r immer und ewig", "Für immer und ewig"), ("we donâ€™t know", "we don’t know"),
        ("costs â‚¬ 5 only", "costs € 5 only"), ("ÐŸÑ€Ð¸Ð²ÐµÑ‚, Ð¼Ð¸Ñ€", "Привет, мир"), ("maÃ±ana es otro dÃ­a", "mañana es otro día"),
    ],
)  # fmt: skip
def test_mojibake(broken, right):
    assert normalise(broken)[0] == right
    assert normalise(right)[0] == right


@pytest.mark.parametrize(
    "text",
    ["SÃO PAULO", "CORAÇÃO” E “IRMÃ”", "Ångström naïve café", "ÎLE-DE-FRANCE", "São João – “aspas” e travessão", "Æsir, Ólafur, Þór", "ÄÖÜ äöü ß", "αβγ Привет 日本語", "x² + y³ ≈ Â", "Ñandú ñoño"],
)
def test_what_is_right_stays(text):
    assert normalise(text)[0] == text


def test_links_keep_their_words_through_a_repair():
    text = "we donâ€™t see the map today"
    (link,) = normalise(text, (Link("http://a.example/", "map", text.index("map"), text.index("map") + 3),))[1]
    assert link.anchor == "map"


def test_glyphs_of_icon_fonts_go_and_a_script_of_private_characters_stays():
    assert normalise("\ue800 Call us \uf095 now: it is the tenth time \ue801")[0] == "Call us now: it is the tenth time"
    klingon = "\uf8d0\uf8d1\uf8d2 \uf8d3\uf8d4 and more"
    assert normalise(klingon)[0] == klingon


@pytest.mark.parametrize(
    "tail",
    [
        "Share this:", "Share on Facebook", "Facebook, Twitter, WhatsApp", "Teilen auf Facebook", "Teile diesen Beitrag",
        "Read more…", "Continue reading “The river” →", "Weiterlesen …", "Lire la suite", "Leer más", "Leggi tutto", "The post The river appeared first on Hills.",
        "Subscribe to our newsletter", "Sign up for our free newsletter today!", "Abonniere unseren Newsletter.", "Follow us on Twitter", "Leave a comment",
        "Advertisement", "Like this:\n\nLoading...",
    ],
)  # fmt: skip
def test_tails_go(tail):
    assert body(f"{PROSE}\n\n{PROSE}\n\n{tail}")[0] == f"{PROSE}\n\n{PROSE}"


def test_a_cookie_notice_in_front_goes():
    assert body(f"This site uses cookies to improve your experience.\n\n{PROSE}")[0] == PROSE


@pytest.mark.parametrize(
    "text",
    [
        f"{PROSE}\n\nShare your harvest with those who have none.", f"{PROSE}\n\nRead more books, my grandmother used to say, and fewer newspapers; she did not say why, and nobody asked her.",
        f"{PROSE}\n\nTweet by tweet the story came out.", f"{PROSE}\n\nSubscribe: that is what they all want.", f"Read more\n\n{PROSE}", "Read more", f"{PROSE}\n\nWe follow the river on foot.",
        f"{PROSE}\n\n```\nRead more\n```", f"{PROSE}\n\nThe post was a tree.",
        *(f"{PROSE}\n\n{last}" for last in (
            "Read the whole thing twice before you judge me", "Continue reading the signs and you will be safe.", "Subscribe to nothing: email is dead.",
            "Find me on X, in the usual bar.", "The post office appeared first on the list", "- Save\n- Print", "# Related", "Like", "Email", "Save it", "~~~\n```\n\nRead more\n\n~~~",
            "```\nx\n\nRead more",
        )), f"We use cookies to bake a cake, and this is how.\n\n{PROSE}",
    ],
)  # fmt: skip
def test_prose_stays(text):
    assert body(text)[0] == text


@pytest.mark.parametrize(
    "counter",
    ["1,234 views", "5 comments", "12 Kommentare", "Updated 3 minutes ago", "Aktualisiert vor 5 Minuten", "*4 min read*", "1.2k views · 30 comments", "No comments yet", "Mis à jour il y a 2 heures", "Posted an hour ago"],
)
def test_counters_go_wherever_they_stand(counter):
    for text in (f"{counter}\n\n{PROSE}\n\n{PROSE}", f"{PROSE}\n\n{counter}\n\n{PROSE}", f"{PROSE}\n\n{PROSE}\n\n{counter}"):
        assert body(text)[0] == f"{PROSE}\n\n{PROSE}"


@pytest.mark.parametrize(
    "text",
    [f"{PROSE}\n\nThree minutes ago the river rose.", f"{PROSE}\n\n- 5 comments\n- 7 views", f"{PROSE}\n\n```\n5 comments\n\n5 comments\n```", "5 comments", f"{PROSE}\n\nIn 2017 there were 5 comments.", f"{PROSE}\n\n~~~\n```\n\n5 views\n\n~~~", f"{PROSE}\n\n````\n```\n\n5 views\n\n````",
     f"When?\n\n5 years ago\n\n{PROSE}", f"{PROSE}\n\nHow many?\n\n3 votes", "\n\n".join([*[PROSE] * 4, "5 comments", *[PROSE] * 4])],
)
def test_what_counts_nothing_stays(text):
    assert body(text)[0] == text


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from([PROSE, "Share this:", "Read more", "# Heading", "- item", "We use cookies here.", "donâ€™t", "5 comments", "```", "~~~", "````", "\u200b", "Updated 2 hours ago", "Advertisement"]), max_size=9).map("\n\n".join))
def test_clean_is_a_fixed_point(text):
    once = body(text)
    assert body(*once) == once
