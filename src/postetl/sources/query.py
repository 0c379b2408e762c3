"""The query of an address as names and values: what an archive is asked with."""

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit


def parameters(url: str) -> dict[str, str]:
    try:
        return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True, max_num_fields=200))
    except ValueError:
        return {}


def ask(url: str, /, **more: str | int | None) -> str:
    """The address with these parameters set, or (None) left out; the fragment goes."""
    query = parameters(url) | {name: str(value) for name, value in more.items() if value is not None}
    return _put(url, {name: value for name, value in query.items() if name not in more or more[name] is not None})


def _put(url: str, query: Mapping[str, str]) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query=urlencode(list(query.items()), safe="/:,"), fragment=""))
