"""People's names out of what a page says about its author."""

import re
from collections.abc import Iterable

from postetl.extract.declared import words

BY = re.compile(
    r"^(?:(?:article|text|story|words|report|post|page|review|interview|ein interview|written|posted|published|created|reported|authored|geschrieben|verfasst|eingestellt|gepostet|diposting|beitrag|artikel|ein artikel|"
    r"veröffentlicht|erstellt|publié|écrit|escrito|publicado|scritto|started|submitted)\s+)?(?:(?:text|texte|words|fotos?|photos?)\s*(?:&|und|and|et)\s*(?:fotos?|photos?|bilder|text|images?|interview|illustrationen?)(?:\s*(?=:)|\s+(?:von|by|par))|contributors?\s*(?=:)|redaktion\s*(?=:)|by|von|par|por|di|door|av|af|przez|autor(?:in|en)?|author|authors|écrit par|texte?|"
    r"auteur|geschreven door|редактор|автор|作者|文|責任編輯|责任编辑|著者)(?:\s*[/(]?\s*in\)?)?\s*[:：|]?(?:\s+|(?<=[:：])|$)",
    re.IGNORECASE,
)
_OPENINGS = frozenset(["ar", "te", "st", "wo", "re", "po", "pa", "in", "ei", "wr", "pu", "cr", "au", "ge", "ve", "er", "di", "be", "éc", "es", "sc", "su", "fo", "ph", "co", "by", "vo", "do", "av", "af", "pr", "ре", "ав", "作者", "責任", "责任", "著者"])  # of the words above
_SPLIT = re.compile(r"\s*(?:;|&|\||•|·|、|\band\b|\bund\b|\bet\b|(?<=[a-z])\s+y\s+(?=[A-Z])|\bwith\b|\bmit\b)\s*|,\s*")
_TAIL = re.compile(
    r"\s*(?:\bet al\b\.?|\b(?:last )?(?:updated|published|posted|reviewed|edited)\b.*|\b(?:on|am|le)\s+\S{0,12}\s?\d.*|\s[-\u2013\u2014|•·]\s.*|\([^()]{0,60}\)?|\bunder\b.*|\bon behalf of\b.*|\bin(?:\s.*)?|[\u2022|/].*|"
    r"\b\d{1,2}[./ ].*|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.? \d.*|\bfor\s.*)$",
    re.IGNORECASE,
)
_NO_NAMES = frozenset([
    "admin", "administrator", "webmaster", "root", "user", "editor", "unknown", "none", "null", "undefined", "by", "author", "autor", "anonymous", "guest", "gast",
    "beitrag", "redaktion", "profil", "profile", "share", "tweet", "follow", "contact", "home", "blog", "news", "posted", "comment", "comments", "subscribe", "about",
    "bio", "wordpress", "website", "nan", "n/a", "default", "published", "updated", "written", "by:", "von", "team", "login", "menu", "uncategorized", "uncategorised",
    "view all", "super user", "sign in", "has", "is", "the", "this", "information", "archive", "profiles",
])  # fmt: skip
_NOT_A_NAME = re.compile(  # in lower case behind a space: each way opens with a sign, to which the search skips
    r"https?:|//|[@{}]|\.(?:author|extra|head)\b|[ ([-](?:(?:by|von)$|"
    r"(?:member joined|reset to|alle artikel|all (?:posts|articles)|read more|view (?:all|profile)|(?:full|read|short|view|see) bio|more from|about the author|über den autor|follow us|hinterlasse|kommentar|leave a|"
    r"min read|minutes|click here|cookies?|gesponserte|posts by|articles by|learn more|mehr|weitere|the author|copyright|anzeige|advert)\b)"
)
_CALLS = re.compile(  # in lower case: a button, of two words at most
    r"(?:see|share|view|show|read|load|click|contact|kontakt\w*|jetzt|teilen|folgen|follow|print|e-?mail|link|download|subscribe)\b[\s\W]*(?:\w+[\s\W]*)?$|[\d\W]+$"
)
_PARTED = re.compile(r"[;&|•·、,]|\s(?:and|und|et|y|with|mit)\b")  # what parts names, in lower case
_TAILED = re.compile(r"[\d(/|•·\u2013\u2014-]|et al|in\b|for\s|under\b|on behalf|updated|published|posted|reviewed|edited")  # what a tail needs
_CREDENTIALS = frozenset(
    ["md", "phd", "rn", "dvm", "mba", "ms", "ma", "bsc", "msc", "jd", "esq", "cfp", "cfp®", "cpa", "rd", "rdn", "ldn", "faclm", "fand", "dds", "dmd", "do", "np", "lcsw", "facp", "faap", "mph", "jr", "sr", "dr", "prof"]
)
ROLE = re.compile(
    r"\b(?:editor|writer|reporter|correspondent|contributor|director|manager|founder|ceo|cto|president|officer|journalist|redakteur(?:in)?|staff writer|head of|chief|specialist|"
    r"expert|analyst|attorney|dietitian|author|columnist|engineer|strategist|consultant|marketing|senior|associate|freelance)\b",
)
_PARTICLES = frozenset(["de", "da", "di", "do", "dos", "del", "della", "der", "den", "des", "du", "la", "le", "van", "von", "vom", "zu", "zur", "ter", "ten", "y", "e", "bin", "al", "el", "ibn", "af", "av", "'t"])
LONGEST, _MOST_WORDS, MOST = 80, 5, 12


def by(line: str) -> re.Match[str] | None:
    """What opens a line that names its author."""
    return BY.match(line) if line[:2].lower() in _OPENINGS or line[:1] == "文" else None


def names(found: Iterable[str], *, handles: bool = False, meta: bool = False) -> tuple[str, ...]:
    """People's names in what a page says: without "by", roles, degrees, dates. `handles`: a name of one word, or with figures, is one, too."""
    people: dict[str, str] = {}
    for said in found:
        if "//" in said or said.startswith("www."):
            continue
        bare = words(said[:400])
        for _ in range(2):
            begun = by(bare)
            if begun is None:
                break
            bare = bare[begun.end() :]
        for part in _SPLIT.split(bare)[: 3 * MOST] if _PARTED.search(bare.lower()) else (bare,):
            if not part:
                continue
            name = (_TAIL.sub("", part) if _TAILED.search(part.lower()) else part).strip(" \t,.:;-\u2013\u2014|*\"'()")
            if meta and " " not in name and name != part and " " in part and part[len(name) :].startswith((" in ", " for ")):
                name = part  # Human in the Loop
            low = name.lower()
            if not 1 < len(name) <= LONGEST or low in _NO_NAMES or low.startswith(("a ", "an ")) or _NOT_A_NAME.search(f" {low}") or _CALLS.match(low) or low.replace(".", "").replace(" ", "") in _CREDENTIALS:
                continue
            count = len(name.split())
            if count > _MOST_WORDS or (people and name.islower()) or ((people or not (handles or meta)) and ROLE.search(low)):
                continue
            if not (handles and count == 1) and any(map(str.isdigit, name)):
                continue
            if not (handles or meta) and not looks_like_a_person(name):
                continue
            people.setdefault(name.casefold(), name)
    return tuple(people.values())[:MOST]


def looks_like_a_person(name: str) -> bool:
    """Two words or more that begin in capitals, particles apart; or few signs of a script that has none."""
    if not any(c.isupper() or c.islower() for c in name):
        return 1 < len(name) < 6
    parts = name.split()
    return len(parts) > 1 and parts[0][0].isupper() and parts[-1][0].isupper() and all(part[0].isupper() or part.lower() in _PARTICLES or part[1:2].isupper() for part in parts)
