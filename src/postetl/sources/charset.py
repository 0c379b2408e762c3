"""Bytes to text: BOM, then HTTP charset, then what the document declares, then UTF-8, then detection, then windows-1252.

A declaration is believed only when every byte can be read by it. Labels mean what browsers take them to mean (WHATWG Encoding
4.2: iso-8859-1 is windows-1252, gb2312 is gb18030 ...). Never raises, drops no byte that stands for a character.
"""

import codecs
import re

from postetl.errors import Malformed, Reason
from postetl.sources.detection import detected

_BOMS = (  # UTF-32 first: its little-endian mark begins with UTF-16's
    (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
)  # fmt: skip
_STARTS = (  # XML 1.0 appendix F: `<?` without a BOM
    (b"\x00\x00\x00<", "utf-32-be"), (b"<\x00\x00\x00", "utf-32-le"), (b"\x00<\x00", "utf-16-be"), (b"<\x00", "utf-16-le"),
)  # fmt: skip
_EBCDIC = b"\x4c\x6f\xa7\x94"  # `<?xm`
_WESTERN = frozenset({"cp1252", "ascii"})
_READ_AS = {
    "iso8859-1": "cp1252", "ascii": "cp1252", "iso8859-9": "cp1254", "iso8859-11": "cp874", "tis-620": "cp874", "gb2312": "gb18030",
    "gbk": "gb18030", "shift_jis": "cp932", "euc_kr": "cp949", "big5": "big5hkscs", "utf-8-sig": "utf-8",
}  # fmt: skip
_NEVER = ("utf-7", "utf-16", "utf-32", "unicode-escape", "raw-unicode-escape", "idna", "punycode", "undefined", "mbcs", "oem")
_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})["']|<meta[^>]{1,400}?charset\s*=\s*["']?([\w.:-]{1,40})""", re.IGNORECASE)
_HTTP = re.compile(r"""charset\s*=\s*["']?\s*([\w.:-]{1,40})""", re.IGNORECASE)
_ODD = bytes(n for n in range(32) if n not in (7, 8, 9, 10, 11, 12, 13, 26, 27, 28, 29, 30, 31))
_HEAD = 4096  # bytes searched for a declaration; browsers look at 1,024


def decode(body: bytes, content_type: str | None = None, *, declared: bool = True) -> str:
    """The text of a document, without a BOM. `declared=False`: plain text, which cannot declare anything in itself."""
    return decoded(body, content_type, declared=declared)[0]


def decoded(body: bytes, content_type: str | None = None, *, declared: bool = True) -> tuple[str, str]:
    """As `decode`, with the encoding it was read in, as Python calls it."""
    for mark, name in _BOMS:
        if body.startswith(mark):
            return (_mixed(body[len(mark):]) if name == "utf-8" else body[len(mark):].decode(name, "replace")), name
    if wide := _wide(body):
        return body.decode(wide, "replace"), wide
    claims = _claims(body, content_type, declared=declared)
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        text = None
    if text is not None and (not claims or claims[0] == "utf-8" or _surely_utf8(text, claims[0])):
        return text, "utf-8"
    for name in claims:
        if (read := _strictly(body, name)) is not None:
            return read, name
    if text is not None:
        return text, "utf-8"
    for name in claims:  # one bad byte in a Shift_JIS or KOI8-R document makes it no windows-1252 document
        if name not in _WESTERN and name != "utf-8":
            read = body.decode(name, "replace")
            if read.count("\ufffd") * 50 <= sum(1 for c in read if ord(c) > 127):
                return read, name
    if not _almost_utf8(body) and (found := detected(body)) and (read := _strictly(body, found)) is not None:
        return read, found
    return _mixed(body), "utf-8" if _almost_utf8(body) else "cp1252"


def utf8_if_valid(body: bytes, content_type: str | None, *, declared: bool) -> bool:
    """Whether `decoded` would take a document that begins in ASCII for UTF-8, if all of it can be read so. `declared`: it says so itself."""
    if declared and (content_type is None or "charset" not in content_type.lower()):
        return True
    claims = _claims(body, content_type, declared=True)
    return not claims or claims[0] == "utf-8"


def _almost_utf8(body: bytes) -> bool:
    """Whether more of its characters beyond ASCII are UTF-8 than are not: a UTF-8 document with pasted bytes."""
    text = body.decode("utf-8", "replace")
    return text.count("\ufffd") * 2 < sum(1 for c in text if c > "\x7f")


def readable(body: bytes) -> bool:
    """Whether these bytes can be text at all: no NUL or other binary control characters but where UTF-16 has them."""
    head = body[:65536]
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE, _EBCDIC)) or _wide(head):
        return True
    odd = len(head) - len(head.translate(None, _ODD))
    return not head.startswith((b"%PDF-", b"PK\x03\x04", b"\x1f\x8b", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"{\\rtf")) and odd * 200 <= len(head)


def text_of(body: bytes, content_type: str | None, url: str, *, declared: bool = True) -> str:
    """`decode`, for a caller that was told to read the bytes as text: Malformed(WRONG_KIND) when they are none."""
    return read_as(body, content_type, url, declared=declared)[0]


def read_as(body: bytes, content_type: str | None, url: str, *, declared: bool = True) -> tuple[str, str]:
    """`text_of`, with the encoding."""
    if not readable(body):
        raise Malformed("binary data, not text", url=url, reason=Reason.WRONG_KIND)
    return decoded(body, content_type, declared=declared)


def _wide(body: bytes) -> str | None:
    """UTF-16 or UTF-32 without a BOM, by its first character or by where its NULs are."""
    for start, name in _STARTS:
        if body.startswith(start):
            return name
    head = body[:4096]
    if b"\x00" not in head:
        return None
    even, odd, half = head[::2].count(0), head[1::2].count(0), max(len(head) // 2, 1)
    if len(head) >= 8 and max(even, odd) > half * 0.4 and min(even, odd) < half * 0.05:
        return "utf-16-be" if even > odd else "utf-16-le"
    return None


def _claims(body: bytes, content_type: str | None, *, declared: bool) -> list[str]:
    """What HTTP and the document say, as Python codec names, without repeats and without what cannot be true."""
    said = [m[1] for m in [_HTTP.search(content_type or "")] if m]
    if declared:
        head = body[:_HEAD].decode("cp037").encode("ascii", "replace") if body.startswith(_EBCDIC) else body[:_HEAD]
        said += [(m[1] or m[2]).decode("ascii", "replace") for m in _DECLARED.finditer(head)]
    if body.startswith(_EBCDIC):
        said.append("cp037")
    names: list[str] = []
    for label in said:
        try:
            info = codecs.lookup(label.removeprefix("x-").removeprefix("X-"))
        except (LookupError, ValueError):
            continue
        name = _READ_AS.get(info.name, info.name)
        # UTF-16 that could be read as ASCII up to here is none; codecs that are no character encodings are an attack
        if name not in names and not name.startswith(_NEVER) and getattr(info, "_is_text_encoding", True):
            names.append(name)
    return names


def _surely_utf8(text: str, claim: str) -> bool:
    """Valid UTF-8 that was declared as something else: a server's default, not the truth.

    windows-1252 that is valid UTF-8 by chance consists of pairs like "Ã©"; in other encodings eight in a row do not happen.
    """
    return not text.isascii() and (claim in _WESTERN or sum(1 for c in text if c > "\x7f") >= 8)


def _strictly(body: bytes, name: str) -> str | None:
    try:
        return body.decode(name, "postetl-c1" if name == "cp1252" else "strict")
    except (UnicodeError, ValueError):
        return None


def _mixed(body: bytes) -> str:
    """UTF-8; single bytes that are none are windows-1252: pasted text, and documents that are windows-1252 throughout."""
    return body.decode("utf-8", "postetl-1252")


def _as_1252(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start:error.end].decode("cp1252", "postetl-c1"), error.end


def _as_c1(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start:error.end].decode("latin-1"), error.end  # 81 8D 8F 90 9D: a control character, as in browsers


codecs.register_error("postetl-c1", _as_c1)
codecs.register_error("postetl-1252", _as_1252)
