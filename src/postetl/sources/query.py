"""The query of an address as names and values: what an archive is asked with."""

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit


def parameters(url: str) -> dict[str, str]:
    """The last value of each name; none for an address that is none."""
    return dict(_pairs(url))


def ask(url: str, /, **more: str | int | None) -> str:
    """The address with these parameters set, each in its place or at the end, or (None) left out; the fragment goes."""
    left = {name: str(value) for name, value in more.items() if value is not None}
    pairs = [(name, left.pop(name) if name in left else value) for name, value in _pairs(url) if name not in more or name in left]
    return urlunsplit(urlsplit(url)._replace(query=urlencode([*pairs, *left.items()], safe="/:,"), fragment=""))


def _pairs(url: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(urlsplit(url).query, keep_blank_values=True, max_num_fields=200)
    except ValueError:
        return []
