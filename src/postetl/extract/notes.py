"""Links within a page that are no words of it: references to notes, the ways back from them, a heading's own address."""

import re

_NOTE = re.compile(r"#[_:-]?(?:fn|foot-?note|end-?note|ftn|edn|cite_note|sdfootnote|note)[\w:-]*$", re.IGNORECASE)
_MARK = re.compile(r"\d{1,4}|[ivx]{1,5}|[A-Za-z]")  # what a note is referred to by
_LONGEST_WAY = 4  # characters


def leads_back(href: str, words: str, *, heading: bool) -> bool:
    """An arrow back to where a note was referred to, the ¶ of a heading: no words for anyone who reads on."""
    return bool(words) and (href[0] == "#" or heading) and len(words) <= _LONGEST_WAY and not any(map(str.isalnum, words))


def refers(href: str, words: str, *, raised: bool) -> bool:
    """Whether the words are a note's mark, which needs brackets to be told from the word before. `raised`: in a <sup>."""
    return (raised or _NOTE.search(href) is not None) and _MARK.fullmatch(words) is not None
