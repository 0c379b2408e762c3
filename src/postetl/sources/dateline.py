"""A line of text that is a date and nothing else: `Tuesday, 1 August 2017`, `Posted on Aug. 1st, 2017 at 10:15 am`, `2017-08-01`.

English, German, French, Spanish, Italian, Dutch and Portuguese names. A date in figures counts only when it can be read in one way.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from postetl.sources import moments

_NAMES = (  # full names and customary abbreviations, without accents; en, de, fr, es, it, nl, pt
    "january jan januar janner jaenner janvier janv enero ene gennaio gen januari janeiro",
    "february feb februar feber fevrier fevr fev febrero febbraio febr februari fevereiro",
    "march mar marz maerz mrz mars marzo maart mrt marco",
    "april apr avril avr abril abr aprile",
    "may mai mayo maggio mag mei maio",
    "june jun juni juin junio giugno giu junho",
    "july jul juli juillet juil julio luglio lug julho",
    "august aug aout agosto ago augustus",
    "september sep sept septembre septiembre setiembre settembre set setembro",
    "october oct oktober okt octobre octubre ottobre ott outubro out",
    "november nov novembre noviembre novembro",
    "december dec dezember dez decembre diciembre dic dicembre dezembro",
)
_MONTHS = {name: number for number, names in enumerate(_NAMES, 1) for name in names.split()}
_DAYS = (
    "monday mon tuesday tue tues wednesday wed weds thursday thu thur thurs friday fri saturday sat sunday sun "
    "montag mo dienstag di mittwoch mi donnerstag do freitag fr samstag sonnabend sa sonntag so "
    "lundi lun mardi mar mercredi mer jeudi jeu vendredi ven samedi sam dimanche dim "
    "lunes martes mie miercoles jue jueves vie viernes sabado sab domingo dom "
    "lunedi martedi mercoledi gio giovedi venerdi sabato domenica "
    "maandag ma dinsdag woensdag wo donderdag vrijdag vr zaterdag za zondag zo "
    "segunda-feira segunda seg terca-feira terca ter quarta-feira quarta qua quinta-feira quinta qui sexta-feira sexta sex"
)
_DAY_NAMES = frozenset(_DAYS.split())
_LEADS = (
    "date|dated|posted|published|written|created|added|posted by|datum|veroffentlicht|geschrieben|erstellt|date de publication|publie|ecrit|poste|"
    "fecha|publicado|escrito|data|pubblicato|scritto|geplaatst|gepubliceerd|geschreven|postado"
)
_ZONES = {"": 0, "z": 0, "utc": 0, "gmt": 0, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7, "cet": 1, "cest": 2, "mez": 1, "mesz": 2}


def _any(words: str) -> str:
    return "(?:" + "|".join(sorted(map(re.escape, words.split()), key=len, reverse=True)) + ")"


_YEAR = r"(?P<y>\d{4}|0{1,3})"
_MONTH = rf"(?P<name>{_any(' '.join(_NAMES))})\.?"
_DAY = r"(?P<d>\d{1,2})(?:\s*(?:st|nd|rd|th|er|re|e|o|a)\b\.?|\.)?"
_OF = r"(?:\s*,?\s*(?:of|de|del|di|den|d')?\s*)"
_FORMS = (
    rf"{_DAY}(?:\s*-\s*|{_OF}){_MONTH}(?:\s*-\s*|{_OF}){_YEAR}",
    rf"{_MONTH}\s*{_DAY}(?:\s*,\s*|\s+){_YEAR}",
    rf"{_YEAR}[\s,-]+{_MONTH}[\s-]*{_DAY}",
    rf"{_YEAR}(?P<sep>[-/.])(?P<m>\d{{1,2}})(?P=sep)(?P<d>\d{{1,2}})",
    rf"{_YEAR}\s*\u5e74\s*(?P<m>\d{{1,2}})\s*\u6708\s*(?P<d>\d{{1,2}})\s*\u65e5",
    rf"(?P<a>\d{{1,2}})(?P<sep>[-/.])(?P<b>\d{{1,2}})(?P=sep){_YEAR}",
)
_TIME = (
    r"(?:\s*(?:t|,|@|-|\u2013|\u2014|\||at|um|a|a las|alle|alle ore|om|as|kl\.?)?\s*"
    r"(?P<hour>\d{1,2})(?:[:.h](?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d{1,9})?)?\s*(?P<half>[ap]\.?\s?m\b\.?)?|\s*(?P<half_>[ap]\.?\s?m\b\.?))"
    r"\s*(?:uhr|h|hrs?|hours)?\s*\(?(?P<zone>z|utc|gmt|[a-z]{3,4}|(?:utc|gmt)?[+-]\d\d:?(?:\d\d)?)?\)?)?"
)
_LINE = tuple(
    re.compile(
        rf"(?:(?:{_LEADS})\b\s*(?:on|am|vom|le|el|il|op|em|den)?\s*[:\-\u2013]?\s*|(?:on|am|le|el|il|op|em|den)\s+)?"
        rf"(?:(?:(?:{_any(_DAYS)})\b\.?)\s*,?\s*(?:den|the|le|el|il|dem)?\s*)?(?:the\s+)?{form}{_TIME}\s*\.?")
    for form in _FORMS
)
_LONGEST = 100  # characters of a line that is looked at


@dataclass(frozen=True, slots=True)
class Dateline:
    """A line that is a date by its form; `when` is None when there is no such day or hour, or its year cannot be meant."""

    when: datetime | None


def read(line: str) -> Dateline | None:
    """What the line says, UTC (midnight without a time), or None for a line that is not a date alone."""
    if len(line) > _LONGEST or not any(c.isdigit() for c in line):
        return None
    folded = _folded(line)
    found = next((m for form in _LINE if (m := form.fullmatch(folded))), None)
    if found is None:
        return None
    said = found.groupdict()
    zone = _zone(said["zone"] or "")
    if zone is None or (said["hour"] and said["minute"] is None and said["half_"] is None):
        return None
    day, month = _day_and_month(said)
    if month is None:
        return None
    try:
        hour, half = int(said["hour"] or 0), (said["half"] or said["half_"] or "")[:1]
        if half and hour > 12:
            half = ""  # "13:15 pm" is meant as 13:15
        hour = hour % 12 + (12 if half == "p" else 0) if half else hour
        when = datetime(int(said["y"]), month, day, hour, int(said["minute"] or 0), int(said["second"] or 0), tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return Dateline(None)
    return Dateline(moments.believable(when))


def is_partial(line: str) -> bool:
    """Whether a line is made of figures and names of days and months alone: a date of some kind, or a part of one."""
    words = re.findall(r"[^\s,.:/()-]+", _folded(line[:_LONGEST]))
    return bool(words) and all(w.isdigit() or w in _MONTHS or w in _DAY_NAMES or re.fullmatch(r"\d+(?:st|nd|rd|th|er|e|o)", w) for w in words)


def is_within(line: str) -> bool:
    """Whether a whole date stands somewhere in the line: day, month's name and year."""
    words = re.findall(r"[^\s,.:/()-]+", _folded(line[:_LONGEST]))
    return any(w in _MONTHS for w in words) and any(re.fullmatch(r"\d{4}", w) for w in words) and any(re.fullmatch(r"\d{1,2}(?:st|nd|rd|th|er|e|o)?", w) for w in words)


def _folded(line: str) -> str:
    """Lower case, without accents and emphasis, single spaces."""
    folded = "".join(c for c in unicodedata.normalize("NFKD", line.casefold()) if not unicodedata.combining(c))
    return " ".join(folded.strip().strip("*_()[]").replace("**", "").split())


def _day_and_month(said: dict[str, str | None]) -> tuple[int, int | None]:
    """(day, month); month None for figures that can be read in two ways."""
    if said.get("name"):
        return int(said["d"] or 0), _MONTHS[str(said["name"])]
    if said.get("m"):
        return int(said["d"] or 0), int(said["m"] or 0)
    a, b = int(said["a"] or 0), int(said["b"] or 0)
    if a == b or (a > 12 and b <= 12):
        return a, b
    return (b, a) if b > 12 and a <= 12 else (a, None)


def _zone(text: str) -> timezone | None:
    if (offset := re.fullmatch(r"(?:utc|gmt)?([+-])(\d\d):?(\d\d)?", text)) is not None:
        minutes = int(offset[2]) * 60 + int(offset[3] or 0)
        return timezone(timedelta(minutes=-minutes if offset[1] == "-" else minutes)) if minutes < 24 * 60 else None
    return timezone(timedelta(hours=_ZONES[text])) if text in _ZONES else None
