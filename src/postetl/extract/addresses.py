"""Addresses of links, images and embedded pages, as seen from the page they stand in."""

import re

from postetl.urls import is_web, join

_MAIL = re.compile(r"mailto:[^\s@]+@", re.IGNORECASE)


def of_link(href: str | None, base_url: str | None) -> str | None:
    """An absolute http, https or mailto address; None for any other."""
    url = _whole(href, base_url)
    return url if url and (is_web(url) or _MAIL.match(url)) else None


def of_page(href: str | None, base_url: str | None) -> str | None:
    """An absolute http or https address; None for any other."""
    url = _whole(href, base_url)
    return url if is_web(url) else None


def _whole(href: str | None, base_url: str | None) -> str | None:
    if not href:
        return None
    if base_url:
        return join(base_url, href)
    return href if href.isprintable() and href[0] != " " != href[-1] else join(href, "")  # as it is, without what browsers strip
