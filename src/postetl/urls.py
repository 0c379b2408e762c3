"""URLs as text: canonical form, joining and host keys. Nothing here dials or resolves.

The canonical form follows RFC 3986 section 6.2.2 (syntax-based normalisation) and drops what names the visit, not the document.
Hosts are kept in A-labels (`xn--`), so that both spellings of an internationalised name are one.
"""

import re
from collections.abc import Iterator
from ipaddress import IPv6Address
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit

# What newsletters, advertisers and share buttons append. A name is here only when no site is known to choose its page by it:
# `ref`, `source`, `id` and `page` are not.
TRACKING = frozenset({
    "fbclid", "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "msclkid", "yclid", "ysclid", "twclid", "ttclid", "li_fat_id", "igshid",
    "igsh", "mc_cid", "mc_eid", "mkt_tok", "_hsenc", "_hsmi", "__hssc", "__hstc", "__hsfp", "hsctatracking", "vero_id", "vero_conv",
    "oly_anon_id", "oly_enc_id", "wickedid", "rb_clickid", "s_cid", "_openstat", "at_medium", "at_campaign", "ns_mchannel", "ns_campaign",
    "ns_source", "ns_linkname", "xtor", "srsltid", "_ga", "_gl", "epik", "piwik_campaign", "piwik_kwd", "pk_campaign", "pk_kwd",
})
_TRACKING_PREFIXES = ("utm_", "mtm_", "hsa_")
_PORTS = {"http": 80, "https": 443}
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_KEEP = "%:/?#[]@!$&'()*+,;=-._~|"  # what quote() leaves as it is: reserved, and escapes that are there
_INDEX = re.compile(r"/(?:index\.[a-z]{3,5})?", re.IGNORECASE)
_DEBRIS = re.compile(r"[\t\r\n]|^[\x00-\x20\xa0\u200b\ufeff]+|[\x00-\x20\xa0\u200b\ufeff]+$")  # as browsers strip (WHATWG URL 4.4)
_BARE_ENDS, _NO_HOST = (" ", "?", "#"), ("http:///", "https:///")
_SITE = re.compile(r"https?://[a-z0-9]++(?:[.-]++[a-z0-9]++)*+(?::[1-9]\d{1,3})?(?=[/?#]|\Z)", re.ASCII)
_ROOTED = re.compile(r"/(?![/.])(?:[\w~!$&'()*+,:@%-]|\.(?<![/.]\.)|/(?![/.]))*+(?:\?[\w~!$&'()*+,:@%./-]+)?(?:#[\w~!$&'()*+,:@%./-]+)?", re.ASCII)  # without dot segments
_SURROGATE = re.compile("[\ud800-\udfff]")
_BAD_HOST = re.compile(r"[\x00-\x20\x7f/\\?#@<>^|\"`{}%\[\]]")


def canonical(url: str, base: str | None = None) -> str | None:
    """The one spelling of an http, https or file address; None for anything else. Never raises; idempotent.

    The fragment goes, unless it is what names the post: a route (`#!/post/1`, `#/post/1`), or any fragment on the site's own
    front page (`https://example.org/#2024-05-01`, the way old one-page weblogs addressed their entries).
    """
    parts = _split(url if base is None else join(base, url))
    if parts is None or parts.scheme not in ("http", "https", "file"):
        return None
    if parts.scheme == "file":
        path = _encode(_dots(parts.path))
        return "file:" + ("//" if parts.path.startswith("/") else "") + path if path else None
    host, port = _host(parts), _port(parts)
    if not host or port == -1:
        return None
    authority = host if port is None or port == _PORTS[parts.scheme] else f"{host}:{port}"
    path = _encode(_dots(_encode(parts.path))) or "/"
    query = "&".join(_encode(p) for p in parts.query.split("&") if p and not _tracks(p))
    fragment = _fragment(path, query, _encode(parts.fragment))
    return f"{parts.scheme}://{authority}{path}{'?' + query if query else ''}{'#' + fragment if fragment else ''}"


def join(base: str, ref: str) -> str:
    """`ref` as seen from `base` (RFC 3986 5.2); `ref` itself where one of them is no address. Never raises."""
    if ref.startswith(("http://", "https://")) and ref.isprintable() and not ref.endswith(_BARE_ENDS) and not ref.startswith(_NO_HOST):
        return ref  # as nearly all are; urljoin would take five times as long to say so
    if _ROOTED.fullmatch(ref) and (site := _SITE.match(base)):
        return site[0] + ref
    ref = _DEBRIS.sub("", ref)
    if re.match(r"(?:https?|file):", ref, re.IGNORECASE) is None and re.match(r"[a-z][a-z0-9+.-]*:", ref, re.IGNORECASE):
        return ref  # mailto:, javascript:, tag: ... stay what they are
    try:
        return urljoin(_DEBRIS.sub("", base), ref)
    except ValueError:
        return ref


def host_key(url: str) -> str:
    """`host:port`, the unit of politeness; `file` for files; an address that is none is its own queue, the empty one."""
    scheme, host, port = origin(url)
    return "file" if scheme == "file" else f"[{host}]:{port}" if ":" in host else f"{host}:{port}" if host else ""


def origin(url: str) -> tuple[str, str, int]:
    """(scheme, host, port) as RFC 6454 compares them; the host without brackets, ('', '', 0) for what is no address."""
    parts = _split(url)
    if parts is None or parts.scheme not in ("http", "https", "file"):
        return ("", "", 0)
    if parts.scheme == "file":
        return ("file", "", 0)
    host, port = _host(parts), _port(parts)
    if not host or port == -1:
        return ("", "", 0)
    return (parts.scheme, host.strip("[]"), _PORTS[parts.scheme] if port is None else port)


def without_credentials(url: str) -> str:
    """The same address without `user:password@`; what cannot be split loses everything up to the last @ of its authority."""
    if "@" not in url:
        return url
    return re.sub(r"^(\s*(?:[A-Za-z][A-Za-z0-9+.-]*:)?[/\\]{2})[^/\\?#]*@", r"\1", url)


def is_web(url: str | None) -> bool:
    """Whether this is an http or https address with a host."""
    return url is not None and (_SITE.match(url) is not None or (":" in url and origin(url)[0] in ("http", "https")))


def _split(url: str) -> SplitResult | None:
    url = _SURROGATE.sub("\ufffd", _DEBRIS.sub("", url))
    if "\\" in url and re.match(r"https?:", url, re.IGNORECASE):
        head, mark, tail = url.partition("?")
        url = head.replace("\\", "/") + mark + tail  # browsers read a backslash as a slash here
    try:
        return urlsplit(url)
    except ValueError:  # unbalanced brackets, characters that NFKC turns into delimiters
        return None


def _host(parts: SplitResult) -> str:
    """Lower-case A-labels, or a bracketed IPv6 address; '' where there is no usable host."""
    host = (parts.hostname or "").rstrip(".")
    if ":" in host:
        try:
            return f"[{IPv6Address(host).compressed}]"
        except ValueError:
            return ""
    host = unquote(host)
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            return ""
    host = host.lower().rstrip(".")
    return "" if not host or _BAD_HOST.search(host) else host


def _port(parts: SplitResult) -> int | None:
    """The port, None when none is given, -1 when it is none."""
    try:
        return parts.port
    except ValueError:
        return -1


def _tracks(parameter: str) -> bool:
    name = parameter.partition("=")[0].lower()
    return name in TRACKING or name.startswith(_TRACKING_PREFIXES)


def _fragment(path: str, query: str, fragment: str) -> str:
    fragment = re.sub(r":~:.*$", "", fragment, flags=re.DOTALL)  # a text directive marks a passage, for the browser alone
    if fragment.startswith(("!", "/")):
        return fragment
    return fragment if fragment and not query and _INDEX.fullmatch(path) and any(c.isdigit() for c in fragment) else ""


def _encode(text: str) -> str:
    """Escapes in upper case, unreserved characters unescaped, everything else that may not stand in a URL escaped (UTF-8)."""
    if not text:
        return text
    text = re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", text)
    return quote(re.sub(r"%[0-9A-Fa-f]{2}", _escape, text), safe=_KEEP, errors="replace")


def _escape(found: re.Match[str]) -> str:
    char = chr(int(found[0][1:], 16))
    return char if char in _UNRESERVED else found[0].upper()


def _dots(path: str) -> str:
    """RFC 3986 5.2.4; the empty segments that some sites use are kept."""
    if "/." not in path and not path.startswith("."):
        return path
    return "/".join(_segments(path))


def _segments(path: str) -> Iterator[str]:
    kept: list[str] = []
    segments = path.split("/")
    for number, segment in enumerate(segments):
        last = number == len(segments) - 1
        if segment == "..":
            if len(kept) > 1 or (kept and kept[0]):
                kept.pop()
            if last:
                kept.append("")
        elif segment == ".":
            if last:
                kept.append("")
        else:
            kept.append(segment)
    return iter(kept)
