"""What stands at the end of a post and is no part of it: calls to share, to subscribe, to read on, and whose feed it is.

Whole short blocks only, at the very end (or, for cookie notices, the very start); a post that is nothing else keeps its words. No heading,
list item, quote, table or code: those are the author's. The words, language by language, are in `clean.phrases`, compiled when the first post comes.
"""

import re
from collections.abc import Iterator
from functools import cache

from postetl.clean.fences import fenced
from postetl.clean.layout import Edit
from postetl.clean.phrases import CALLS

OWN = r"(?![#>|+~`-]|\* |\d{1,9}[.)]\s)"  # what begins so is a heading, quote, table, list item or code
LONGEST = 260  # characters of such a block: WordPress.com's cookie notice in German has 230

_LISTED = r"(?:twitter|facebook|x|whatsapp|linkedin|pinterest|reddit|telegram|e-?mail|tumblr|pocket|mastodon|bluesky|xing|threads)"
_SERVICE = (
    rf"(?:{_LISTED}|instagram|youtube|tiktok|line|vk(?:ontakte)?|google\+|skype|viber|weibo|wechat|hatena|вконтакте|одноклассник(?:и|ах)|твиттере?|фейсбуке?|телеграме?"
    r"|はてなブックマーク|ツイッター|フェイスブック|微信|微博|脸书|臉書|트위터|페이스북|카카오톡|تويتر|فيسبوك|واتساب|פייסבוק|טוויטר|ווטסאפ|וואטסאפ)"
)
_AND = r"(?:[\s,、|·/]+|,? (?:and|und|et|y|e|en|i|и|og|och|a|dan|ve|και) )"
_SERVICES = rf"{_SERVICE}(?:{_AND}{_SERVICE}){{0,9}}"
_WINDOW = r"(?:\s?\\?[(（][^()（）\n]{3,60}[)）])?"  # "(Opens in new window)"
_END = r"\s?[:：!.。…→»]{0,3}"
_LOWER = "a-zß-öø-ÿα-ωά-ώа-яё"  # a title and a site's name do not begin with these: then it is a sentence
_QUOTED = r"[“\"«‘„「『《].{1,90}[”\"»’“」』》]"


def _any(kind: str) -> str:
    return "(?:" + "|".join(phrase for calls in CALLS.values() if (phrase := getattr(calls, kind))) + ")"


def _first() -> str:
    """Of a sentence that says where the post came from, title and site put in; a year is no site."""
    title, site = rf"[^{_LOWER}\s].{{0,120}}", rf"(?!\d{{4}}\b)[^{_LOWER}\s].{{0,60}}"
    return "(?-i:" + "|".join(calls.first.format(title, site) for calls in CALLS.values() if calls.first) + ")[.。]?"


def _patterns() -> tuple[str, ...]:
    read = _any("read")
    return (
        rf"{_any('share')}{_END}",
        rf"{_any('label')} ?[:：](?:\s*{_SERVICES})?",
        rf"(?:{_any('on')} ?:? ?{_SERVICES}{_WINDOW}[:.!]?|(?:{_any('pre')} ?)?{_SERVICE} ?{_any('by')}{_WINDOW}[:.!]?)",
        rf"{_LISTED}(?:[\s,|·/]+{_LISTED})+",
        rf"{read}(?:\s?[→»…>.:：。・]{{0,3}}|\s?{_QUOTED}\s?[→»…>]{{0,3}}|[^.!?]{{1,90}}[→»]|\s(?!sie\b)(?-i:[A-ZÀ-ÞΑ-ΩА-ЯЁ])[^.!?]{{0,90}}(?:…|\.\.\.))",
        rf"{_QUOTED} ?(?:の|yazısının )?{read}{_END}",
        rf"\\?[(（]{_any('more')} ?(?:…|\.{{3}}) ?[)）]",
        _first(),
        rf"{_any('letter')}{_END}",
        rf"{_any('comment')}{_END}",
        rf"(?:{_any('label')} )?{_any('loading')} ?(?:…+|\.{{3}})",
        rf"{_any('advert')} ?[:：]?",
        _cookies(),
    )


def _cookies() -> str:
    # no \b around words of scripts that put no spaces between them
    return rf"(?:[^.:：\n]{{0,50}}(?:cookies?|쿠키|çerez\w*|الارتباط)[:：] ?)?{_any('cookies')}(?:.{{0,200}}(?:\b{_any('consent')}\b|同意|プライバシー|隐私|隱私|동의|개인정보).{{0,60}}|\s?[.。]?)"


@cache
def _chrome() -> re.Pattern[str]:
    return _block(*_patterns())


@cache
def _notice() -> re.Pattern[str]:
    return _block(_cookies())


def _block(*patterns: str) -> re.Pattern[str]:
    return re.compile(rf"{OWN}[*_]{{0,3}}(?:{'|'.join(patterns)})[*_]{{0,3}}", re.IGNORECASE)


_BREAK = re.compile(r"\n{2,}")


def tails(text: str) -> Iterator[Edit]:
    """The edits that take such blocks off a clean text, its first and last ones; code is never touched."""
    code = fenced(text)
    least, most = (code[0][0], code[-1][1]) if code else (len(text), 0)
    end = len(text)
    while (start := text.rfind("\n\n", most, end)) > 0 and end - start - 2 <= LONGEST and _chrome().fullmatch(text, start + 2, end):
        end = start
    begin = 0
    while (found := _BREAK.search(text, begin, min(end, least))) and found.start() - begin <= LONGEST and _notice().fullmatch(text, begin, found.start()):
        begin = found.end()
    if begin:
        yield 0, begin, ""
    if end < len(text):
        yield end, len(text), ""
