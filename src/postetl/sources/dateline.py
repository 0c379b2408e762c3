"""A line of text that is a date and nothing else: `Tuesday, 1 August 2017`, `Posted on Aug. 1st, 2017 at 10:15 am`, `2017-08-01`.

Names in sixteen European languages, and the figures of Chinese, Japanese and Korean. A date in figures counts only when it can be
read in one way.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import cache

from postetl import months
from postetl.sources import moments

_DAYS = (
    "monday mon tuesday tue tues wednesday wed weds thursday thu thur thurs friday fri saturday sat sunday sun "
    "montag mo dienstag di mittwoch mi donnerstag do freitag fr samstag sonnabend sa sonntag so "
    "lundi lun mardi mar mercredi mer jeudi jeu vendredi ven samedi sam dimanche dim "
    "lunes martes mie miércoles jue jueves vie viernes sábado sab domingo dom "
    "lunedì martedì mercoledì gio giovedì venerdì sabato domenica "
    "maandag ma dinsdag woensdag wo donderdag vrijdag vr zaterdag za zondag zo "
    "segunda-feira segunda seg terça-feira terça ter quarta-feira quarta qua quinta-feira quinta qui sexta-feira sexta sex "
    "måndag måndagen tisdag tisdagen onsdag onsdagen torsdag torsdagen fredag fredagen lördag lördagen söndag söndagen "
    "mandag tirsdag lørdag søndag maanantai maanantaina tiistai tiistaina keskiviikko keskiviikkona torstai torstaina perjantai perjantaina "
    "lauantai lauantaina sunnuntai sunnuntaina poniedziałek wtorek środa czwartek piątek sobota niedziela "
    "pondělí úterý středa čtvrtek pátek neděle hétfő kedd szerda csütörtök péntek szombat vasárnap "
    "понедельник вторник среда четверг пятница суббота воскресенье пн вт ср чт пт сб вс понеділок вівторок середа четвер п'ятниця субота неділя "
    "pazartesi salı çarşamba perşembe cuma cumartesi pazar Δευτέρα Τρίτη Τετάρτη Πέμπτη Παρασκευή Σάββατο Κυριακή "
    "月曜日 火曜日 水曜日 木曜日 金曜日 土曜日 日曜日 月曜 火曜 水曜 木曜 金曜 土曜 日曜 月 火 水 木 金 土 日 "
    "星期一 星期二 星期三 星期四 星期五 星期六 星期日 星期天 周一 周二 周三 周四 周五 周六 周日 월요일 화요일 수요일 목요일 금요일 토요일 일요일"
)


def _folded(line: str) -> str:
    """Lower case without accents, invisible characters and doubled spaces."""
    kept = (c for c in unicodedata.normalize("NFKD", line.casefold()) if not unicodedata.combining(c) and unicodedata.category(c) != "Cf")
    return " ".join("".join(kept).replace("\u2019", "'").split())


_MONTHS = {name: number for number, names in enumerate(months.NAMES, 1) for name in _folded(names).split()}
_DAY_NAMES = frozenset(_folded(_DAYS).split())
_LEADS = (
    "date|dated|posted|published|written|created|added|posted by|datum|veroffentlicht|geschrieben|erstellt|date de publication|publie|ecrit|poste|"
    "fecha|publicado|escrito|data|pubblicato|scritto|geplaatst|gepubliceerd|geschreven|postado"
)
_ZONES = {
    "": 0, "z": 0, "utc": 0, "gmt": 0, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7, "akst": -9, "akdt": -8, "hst": -10,
    "wet": 0, "west": 1, "bst": 1, "cet": 1, "cest": 2, "mez": 1, "mesz": 2, "eet": 2, "eest": 3, "msk": 3, "jst": 9, "awst": 8, "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13,
}  # fmt: skip


def _any(words: str) -> str:
    return "(?:" + "|".join(sorted(map(re.escape, set(_folded(words).split())), key=len, reverse=True)) + ")"


_YEAR = r"(?P<y>\d{4}|0{1,3}|'\d\d)(?:\s?(?:г|р|года|року)\b\.?)?"  # in Russian and Ukrainian "of the year" follows
_MONTH = rf"(?P<name>{_any(' '.join(months.NAMES))})\.?"
_DAY = r"(?P<d>\d{1,2})(?:\s*(?:st|nd|rd|th|er|re|e|o|a)\b\.?|\.)?"
_OF = r"(?:\s*,?\s*(?:of|de|del|di|den|d')?\s*)"
_FORMS = (
    rf"{_DAY}(?:\s*-\s*|{_OF}){_MONTH}(?:\s*-\s*|{_OF}){_YEAR}",
    rf"{_MONTH}\s*{_DAY}(?:\s*,\s*|\s+){_YEAR}",
    rf"{_YEAR}[\s,.-]+{_MONTH}[\s-]*{_DAY}",
    rf"{_YEAR}(?P<sep>[-/.])(?P<m>\d{{1,2}})(?P=sep)(?P<d>\d{{1,2}})",
    rf"{_YEAR}\s*\u5e74\s*(?P<m>\d{{1,2}})\s*\u6708\s*(?P<d>\d{{1,2}})\s*\u65e5",
    rf"{_YEAR}{_folded('년')}\s*(?P<m>\d{{1,2}}){_folded('월')}\s*(?P<d>\d{{1,2}}){_folded('일')}",
    rf"(?P<a>\d{{1,2}})(?P<sep>[-/.])(?P<b>\d{{1,2}})(?P=sep){_YEAR}",
)
_TIME = (
    r"(?:\s*,?\s*(?:t|@|-|\u2013|\u2014|\||/|;|\u00b7|at|um|a|a las|alle|alle ore|om|as|kl\.?)?\s*"
    r"(?P<hour>\d{1,2})(?:(?:[:.]|\s?h\s?)(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d{1,9})?)?\s*(?P<half>[ap]\.?\s?m\b\.?)?|\s*(?P<half_>[ap]\.?\s?m\b\.?))"
    r"\s*(?:uhr|h|hrs?|hours)?\s*\(?(?P<zone>z|utc|gmt|[a-z]{3,4}|(?:utc|gmt)?[+-]\d\d:?(?:\d\d)?)?\)?)?"
)
_DAY_NAME = rf"{_any(_DAYS)}\b\.?"


@cache
def _lines() -> tuple[re.Pattern[str], ...]:
    """Compiled by the first line that is read: it takes 0.2 s, and most processes read none."""
    return tuple(re.compile(
        rf"(?:(?:{_LEADS})\b\s*(?:on|am|vom|le|el|il|op|em|den)?\s*[:\-\u2013]?\s*|(?:on|am|le|el|il|op|em|den)\s+)?"
        rf"(?:{_DAY_NAME}\s*[,:|\-\u2013\u00b7]?\s*(?:den|the|le|el|il|dem)?\s*)?(?:the\s+)?{form}(?:\s*,?\s*\(?{_DAY_NAME}\)?)?{_TIME}(?:\s*,?\s*\(?{_DAY_NAME}\)?)?\s*[.:!\-\u2013\u2014]?")
        for form in _FORMS)  # fmt: skip


_FRAMED = re.compile(r"#{1,6} (?P<heading>.*?)(?: #+)?|(?P<frame>[-=~*_\u2013\u2014]+) ?(?P<framed>.*?) ?[-=~*_\u2013\u2014]+|[\"'\u201c\u201e\u00ab<(\[](?P<quoted>.*)[\"'\u201d\u201c\u00bb>)\]]")
_CLOCK = re.compile(r"(?P<time>\d{1,2}(?:[:.]|\s?h\s?)\d\d(?::\d\d)?(?:\s?[ap]\.?m\.?)?)\s*[,|;/\-]?\s*(?:on\s+)?(?P<date>\D*\d{1,2}\D.*\d)")  # the time comes first
_UNIX = (rf"(?P<date>(?:{_DAY_NAME}\s)?[a-z]+ \d{{1,2}}) (?P<time>\d\d:\d\d(?::\d\d)?(?: [a-z]{{3,4}}| [+-]\d{{4}})?) (?P<year>\d{{4}})")  # date(1), asctime
_LONGEST = 100  # characters of a line that is looked at


@dataclass(frozen=True, slots=True)
class Dateline:
    """A line that is a date by its form; `when` is None when there is no such day or hour, or its year cannot be meant."""

    when: datetime | None


def read(line: str) -> Dateline | None:
    """What the line says, UTC (midnight without a time), or None for a line that is not a date alone."""
    if len(line) > _LONGEST or not any(c.isdigit() for c in line):
        return None
    bare = _bare(line)
    found = next((m for form in _lines() if (m := form.fullmatch(bare))), None)
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
        when = datetime(_year(said["y"] or ""), month, day, hour, int(said["minute"] or 0), int(said["second"] or 0), tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return Dateline(None)
    return Dateline(moments.believable(when))


def _bare(line: str) -> str:
    """The line without what frames a date (`# date`, `-- date --`, `**Date:** date`, quotes), with the time after the date."""
    bare = _folded(line).replace("**", "").strip()
    while found := _FRAMED.fullmatch(bare):
        bare = (found["heading"] or found["framed"] or found["quoted"] or "").strip()
    bare = bare.strip("*_()[]").strip()
    if found := re.fullmatch(_UNIX, bare):
        return f"{found['date']} {found['year']} {found['time']}"
    return f"{found['date']} {found['time']}" if (found := _CLOCK.fullmatch(bare)) else bare


def _year(said: str) -> int:
    """With an apostrophe for the century: '99 is 1999, '17 is 2017."""
    if not said.startswith("'"):
        return int(said)
    short = int(said[1:])
    return short + (1900 if short > 68 else 2000)  # as POSIX has it


def is_partial(line: str) -> bool:
    """Whether a line is made of figures and names of days and months alone: a date of some kind, or a part of one."""
    words = re.findall(r"[^\s,.:/()-]+", _bare(line[:_LONGEST]))
    return bool(words) and all(w.isdigit() or w in _MONTHS or w in _DAY_NAMES or re.fullmatch(r"\d+(?:st|nd|rd|th|er|e|o)", w) for w in words)


def is_within(line: str) -> bool:
    """Whether a whole date stands somewhere in the line: day, month's name and year."""
    words = re.findall(r"[^\s,.:/()-]+", _bare(line[:_LONGEST]))
    return any(w in _MONTHS for w in words) and any(re.fullmatch(r"\d{4}", w) for w in words) and any(re.fullmatch(r"\d{1,2}(?:st|nd|rd|th|er|e|o)?", w) for w in words)


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
