"""Relative addresses inside an HTML fragment made absolute, everything else left byte for byte as it is."""

import html
import re

from postetl import urls

_TAG = re.compile(r"""<[A-Za-z](?:[^<>"']|"[^"]*"|'[^']*')*+>""")
_ADDRESS = re.compile(r"""(\s(?:href|src|cite|poster|data-src)\s*=\s*)("[^"]*"|'[^']*'|[^\s"'>]+)""", re.IGNORECASE)
_ABSOLUTE = re.compile(r"\s*[A-Za-z][A-Za-z0-9+.-]*:")


def absolute(fragment: str, base: str) -> str:
    """The fragment with href, src, cite and poster resolved against `base` (RFC 3986 5.2)."""

    def resolve(found: re.Match[str]) -> str:
        quoted = found[2]
        quote = quoted[0] if quoted[0] in "\"'" else ""
        value = html.unescape(quoted.strip(quote) if quote else quoted)
        if not value.strip() or _ABSOLUTE.match(value):
            return found[0]
        return f'{found[1]}"{html.escape(urls.join(base, value))}"'

    return _TAG.sub(lambda tag: _ADDRESS.sub(resolve, tag[0]), fragment) if "<" in fragment else fragment
