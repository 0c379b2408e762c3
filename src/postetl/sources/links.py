"""Relative addresses inside an HTML fragment made absolute, everything else left byte for byte as it is."""

import html
import re

from postetl import urls

_TAG = re.compile(r"""<[A-Za-z](?:[^<>"']++|"[^"]*+"|'[^']*+')*+>""")
_ADDRESS = re.compile(
    r"""(\s(?:href|(?:data-)?src(set)?|cite|poster|action|background|longdesc|data|codebase)\s*=\s*)("[^"]*"|'[^']*'|[^\s"'>]+)""", re.IGNORECASE)
_ABSOLUTE = re.compile(r"\s*[A-Za-z][A-Za-z0-9+.-]*:")
# An attribute of the above that may hold a relative address, from its `=` on, because that is found fast: a name before it, and no scheme
# or # behind it. It may be wrong with a yes, never with a no. What goes at once: last letters that none of the names has, what is plainly absolute.
_NAMES = ("href", "src", "srcset", "data-src", "data-srcset", "cite", "poster", "action", "background", "longdesc", "data", "codebase")
_NAMED, _APART = ("|".join(rf"(?<=\s{name}{between}=)" for name in _NAMES) for between in ("", r"\s"))
_MAYBE = re.compile(
    rf"""=(?<=[\sfctedrnaFCTEDRNA]=)(?!"http(?<![tT]="http)(?<!\s="http)s?:)(?:
        (?<=[erotnsEROTNS][fctedrnaFCTEDRNA]=)(?<!get=)(?<!der=)(?i:(?!""|''|["']?(?:\#|[a-z][a-z0-9+.-]*:))(?:{_NAMED})|(?<=srcset=)(?!"\s*https?:[^",]*(?:,\s*https?:[^",]*)*"))|
        (?<=[fctedrnaFCTEDRNA\s]\s=)(?i:(?<=\s\s=)|{_APART}))""", re.VERBOSE)
_SPACED = re.compile(rf"\s(?:{'|'.join(_NAMES)})\s+$", re.IGNORECASE)


def absolute(fragment: str, base: str) -> str:
    """The fragment with href, src, srcset, cite, poster ... resolved against `base` (RFC 3986 5.2)."""
    return _resolved(fragment, base) if _MAYBE.search(fragment) and base and "<" in fragment else fragment


def _resolved(fragment: str, base: str) -> str:
    def resolve(found: re.Match[str]) -> str:
        quoted = found[3]
        value = html.unescape(quoted[1:-1] if quoted[0] in "\"'" else quoted)
        if found[2]:  # srcset: addresses with a width or density each, between commas
            candidates = [c for part in re.split(r",\s+|,$", value) if (c := part.split())]
            if all(_ABSOLUTE.match(c[0]) for c in candidates):
                return found[0]
            resolved = ", ".join(" ".join([urls.join(base, c[0]), *c[1:]]) for c in candidates)
        elif not value.strip() or value.lstrip().startswith("#") or _ABSOLUTE.match(value):  # "#note": within the post, not the feed
            return found[0]
        else:
            resolved = urls.join(base, value)
        return f'{found[1]}"{html.escape(resolved)}"'

    pieces: list[str] = []
    at = 0
    for hit in _MAYBE.finditer(fragment):  # the tags around the hits, and only those
        if hit.start() < at or (fragment[hit.start() - 1].isspace() and not _SPACED.search(fragment, max(at, hit.start() - 20), hit.start())):
            continue
        start = fragment.rfind("<", at, hit.start())
        tag = _TAG.match(fragment, start) if start >= 0 else None
        if tag is None or tag.end() < hit.end():  # in the text, or behind a `<` in an attribute: only a look at all of it tells
            return "".join(pieces) + _TAG.sub(lambda tag: _ADDRESS.sub(resolve, tag[0]), fragment[at:])
        pieces += (fragment[at:start], _ADDRESS.sub(resolve, tag[0]))
        at = tag.end()
    return "".join(pieces) + fragment[at:] if pieces else fragment
