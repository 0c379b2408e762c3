"""Bytes of a page to text: byte order mark, then what it declares, then what it looks like (WHATWG Encoding, HTML 13.2.3)."""

import codecs
import re

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_META = re.compile(rb"<meta[^>]{0,400}?charset\s{0,9}=\s{0,9}[\"']?\s{0,9}([A-Za-z0-9_:.-]{1,40})", re.IGNORECASE)
_XML = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9_:.-]{1,40})", re.IGNORECASE)
_HEAD = 8192  # browsers look at 1024 bytes; generators put long comments first
# Labels that the web uses for a superset of what they name (WHATWG Encoding 4.2)
_SUPERSETS = {
    "latin-1": "cp1252", "iso8859-1": "cp1252", "ascii": "cp1252", "gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932", "euc_kr": "cp949",
    "iso8859-9": "cp1254", "iso8859-11": "cp874", "tis-620": "cp874", "big5": "big5hkscs", "utf-16": "utf-8", "utf-16-le": "utf-8", "utf-16-be": "utf-8",
}  # fmt: skip


def decode(body: bytes) -> str:
    """The text of an HTML page. Never raises: what cannot be read becomes U+FFFD."""
    return decoded(body)[0]


def decoded(body: bytes) -> tuple[str, bool]:
    """The text of an HTML page, and whether the bytes are nothing but its UTF-8."""
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace"), False
    declared = _declared(body)
    if text := _strictly(body, declared):
        return text, declared == "utf-8"
    if text := _strictly(body, "utf-8"):
        return text, True
    return _guessed(body, declared), False


def _guessed(body: bytes, declared: str | None) -> str:
    replaced = body.decode(declared or "utf-8", "replace")
    odd = sum(1 for byte in body if byte > 127)
    if declared and replaced.count("\ufffd") * 20 < odd:  # a few broken characters do not make it another encoding
        return replaced
    from trafilatura.utils import detect_encoding

    for guess in detect_encoding(body):
        if text := _strictly(body, guess):
            return text
    return replaced if declared and declared != "utf-8" else body.decode("cp1252", "replace")


def _declared(body: bytes) -> str | None:
    head = body[:_HEAD]
    found = _META.search(head) or _XML.search(head)
    if not found:
        return None
    try:
        name = codecs.lookup(found[1].decode("ascii")).name
        "".encode(name)  # rot13, base64 and the like are codecs, too
    except (LookupError, ValueError, TypeError):
        return None
    return _SUPERSETS.get(name, name)


def _strictly(body: bytes, encoding: str | None) -> str | None:
    try:
        return body.decode(encoding) if encoding else None
    except (UnicodeError, LookupError):
        return None
