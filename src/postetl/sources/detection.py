"""The encoding of bytes that declare none (or a wrong one) and are no UTF-8, by what words they would make."""

import re

_MARKUP = re.compile(rb"<[^<>]{0,400}>|&[#\w]{1,12};|[\x00-\x40\x5b-\x60\x7b-\x7f]{2,}")
_SAMPLE = 16 * 1024  # bytes of text looked at; 2 ms
_LEAST = 12  # high bytes: with fewer, any answer is a guess
# What documents without a declaration were really written in, before UTF-8. Of the Latin alphabets only the western one: against
# the others (cp1250, cp1254) a detector took Danish, Swedish, Spanish, Portuguese, Italian and Dutch for Czech.
_CANDIDATES = ("cp1252", "cp1251", "koi8_r", "cp932", "euc_jp", "gb18030", "big5hkscs", "cp949", "cp1253", "cp1255", "cp1256")
_EAST_ASIAN = frozenset({"cp932", "euc_jp", "gb18030", "big5hkscs", "cp949"})
_LETTER = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ").__contains__  # fewer than half as many in Cyrillic, Greek ...


def detected(body: bytes) -> str | None:
    """A Python codec name, or None: nothing surer than windows-1252."""
    from charset_normalizer import from_bytes

    bare = _MARKUP.sub(b" ", body[: 16 * _SAMPLE])[:_SAMPLE]
    if sum(byte > 127 for byte in bare) < _LEAST:
        return None
    best = from_bytes(bare, cp_isolation=list(_CANDIDATES), enable_fallback=False).best()
    if best is None or best.encoding == "cp1252":
        return None
    return best.encoding if best.encoding in _EAST_ASIAN or sum(byte > 127 for byte in bare) * 2 > sum(map(_LETTER, bare)) else None
