"""Relative addresses inside an HTML fragment made absolute, everything else left byte for byte as it is."""

import html
import re

from postetl import urls

_TAG = re.compile(r"""<[A-Za-z](?:[^<>"']|"[^"]*"|'[^']*')*+>""")
_ADDRESS = re.compile(
    r"""(\s(?:href|(?:data-)?src(set)?|cite|poster|action|background|longdesc|data|codebase)\s*=\s*)("[^"]*"|'[^']*'|[^\s"'>]+)""", re.IGNORECASE)
_ABSOLUTE = re.compile(r"\s*[A-Za-z][A-Za-z0-9+.-]*:")
# Whether there is anything to do, from each `=` on, which is found fast: a name of the above before it, and no scheme or # behind it.
# It may be wrong with a yes, never with a no.
_NAMES = ("href", "src", "srcset", "cite", "poster", "action", "background", "longdesc", "data", "codebase")
_BEHIND = "|".join(f"(?<={name}=)" for name in _NAMES)
_MAYBE = re.compile(rf"""=(?:(?<=\s=)|(?<=srcset=)|(?!["']?(?:https?:|mailto:|\#))(?:{_BEHIND}))""", re.IGNORECASE)


def absolute(fragment: str, base: str) -> str:
    """The fragment with href, src, srcset, cite, poster ... resolved against `base` (RFC 3986 5.2)."""

    def resolve(found: re.Match[str]) -> str:
        quoted = found[3]
        value = html.unescape(quoted[1:-1] if quoted[0] in "\"'" else quoted)
        if found[2]:  # srcset: addresses with a width or density each, between commas
            resolved = ", ".join(" ".join([urls.join(base, c[0]), *c[1:]]) for part in re.split(r",\s+|,$", value) if (c := part.split()))
        elif not value.strip() or value.lstrip().startswith("#") or _ABSOLUTE.match(value):  # "#note": within the post, not the feed
            return found[0]
        else:
            resolved = urls.join(base, value)
        return f'{found[1]}"{html.escape(resolved)}"'

    if "<" not in fragment or _MAYBE.search(fragment) is None:
        return fragment
    return _TAG.sub(lambda tag: _ADDRESS.sub(resolve, tag[0]), fragment)
