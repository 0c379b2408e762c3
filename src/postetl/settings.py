"""Configuration: the home folder, sources.toml, and every default with its unit.

Read once, at the edge (cli, flows); frozen after that. A mistake is a UsageError that names file, line and the fix.
"""

import os
import re
import tomllib
from collections.abc import Iterable
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from postetl.errors import UsageError

MIN_DELAY = 0.1  # seconds between two requests to a host that is not our own
KINDS = ("feed", "jsonfeed", "wordpress", "blogger", "sitemap", "site", "page", "listing", "plaintext")
_ID = r"^[a-z0-9][a-z0-9_-]{0,63}$"


def _http(url: str) -> str:
    if _parts(url)[0] not in ("http", "https"):
        raise ValueError("not an http or https address; write it like https://example.org/feed.xml")
    return url


def _proxy(url: str) -> str:
    if _parts(url)[0] != "http":
        raise ValueError("only http:// proxies are used; write it like http://proxy.example:3128 or http://name:password@proxy.example:3128")
    return url


def _parts(url: str) -> tuple[str, str]:
    """(scheme, host), empty where they are not good. urlsplit's own messages repeat what they choke on, which may be a password."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return "", ""
    return (parts.scheme.lower(), parts.hostname) if parts.hostname else ("", "")


class _Options(BaseModel):
    """What may stand in [defaults] and in each [[source]]; None in a source means: as in [defaults]."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Defaults(_Options):
    """[defaults]: holds for every source that does not say otherwise."""

    contact: str | None = Field(None, description="who runs this: an e-mail or web address, sent in the User-Agent")
    delay: float = Field(1.0, ge=0, le=3600, description="seconds between two requests to one host; a slow host raises it, to 5 at most")
    robots: bool = Field(True, description="obey robots.txt; false only where the site has agreed to that")
    interval: float = Field(0.0, ge=0, description="minutes before a source is due again; 0: at every run")
    full_text: bool | None = Field(None, description="follow entries to their pages: true, false, or (unset) when an entry has no body")
    keep_boilerplate: bool = Field(False, description="true: leave in the text what most posts of a source have in common")
    max_body: int = Field(15 * 1024 * 1024, ge=1024, description="bytes a body may have after decompression")
    max_follow: int = Field(200, ge=0, description="links followed per source and run")
    proxy: Annotated[str, AfterValidator(_proxy)] | None = Field(
        None, repr=False, description="an http:// proxy for everything but loopback; unset: HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY hold"
    )
    timeout: float = Field(60.0, gt=0, le=3600, description="seconds for one request, redirects included")
    chunk_tokens: int = Field(512, ge=16, le=100_000, description="most o200k_base tokens in a chunk")
    chunk_overlap: int = Field(0, ge=0, description="tokens that a chunk repeats of the one before")

    @model_validator(mode="after")
    def _overlap_fits(self) -> "Defaults":
        if self.chunk_overlap * 2 > self.chunk_tokens:
            raise ValueError("chunk_overlap may be at most half of chunk_tokens")
        return self


class Source(_Options):
    """One [[source]]: where posts come from."""

    id: str = Field(pattern=_ID, description="a short name, unique: a-z, 0-9, - and _; it stays with the posts")
    url: Annotated[str, AfterValidator(_http)] | None = Field(None, repr=False, description="the address to fetch")  # `where` shows it
    path: str | None = Field(None, min_length=1, description="instead of url: a file, folder or glob, relative to the home")
    kind: Literal["feed", "jsonfeed", "wordpress", "blogger", "sitemap", "site", "page", "listing", "plaintext"] | None = Field(None, description="how to read it; unset: recognised from the bytes")
    enabled: bool = Field(True, description="false: skipped")
    full_text: bool | None = Field(None, description="as in [defaults]")
    interval: float | None = Field(None, ge=0, description="as in [defaults]")
    delay: float | None = Field(None, ge=0, le=3600, description="as in [defaults]; under 0.1 only with allow_private")
    keep_boilerplate: bool | list[str] | None = Field(None, description="as in [defaults]; or a list of the blocks that stay, each by its words or its `hash` in `chrome`")
    robots: bool | None = Field(None, description="as in [defaults]")
    max_body: int | None = Field(None, ge=1024, description="as in [defaults]")
    max_follow: int | None = Field(None, ge=0, description="as in [defaults]")
    allow_private: bool = Field(False, description="let this source's own scheme, host and port be a private or loopback address")

    @model_validator(mode="after")
    def _one_place(self) -> "Source":
        if (self.url is None) == (self.path is None):
            raise ValueError('url is missing: add url = "https://..." (or path = "posts/*.txt")' if self.url is None else "has both url and path: keep one")
        if self.delay is not None and self.delay < MIN_DELAY and not self.allow_private:
            raise ValueError("delay under 0.1 s needs allow_private = true: only your own servers may be asked that fast")
        return self

    @cached_property
    def where(self) -> str:
        """The configured place, without credentials."""
        if self.url is None:
            return f"file:{self.path}"
        parts = urlsplit(self.url)
        return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


class Environment(BaseSettings):
    """Environment variables: POSTETL_HOME, POSTETL_SOURCES, POSTETL_CONTACT."""

    model_config = SettingsConfigDict(env_prefix="POSTETL_", extra="ignore")

    home: Path = Path("data")
    sources: Path | None = None
    contact: str | None = None


class Settings(BaseModel):
    """Everything a run needs to know, resolved. Paths are absolute."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    home: Path
    sources_files: tuple[Path, ...]
    defaults: Defaults
    sources: tuple[Source, ...]

    @property
    def lake(self) -> Path:
        return self.home / "lake"

    @property
    def warehouse(self) -> Path:
        return self.home / "warehouse"

    @property
    def locks(self) -> Path:
        return self.home / "locks"

    def source(self, source_id: str) -> Source:
        for source in self.sources:
            if source.id == source_id:
                return source
        near = get_close_matches(source_id, [s.id for s in self.sources], 1)
        hint = f"; did you mean {near[0]!r}?" if near else "; `postetl sources list` shows them"
        raise UsageError(f"no source {source_id!r} in {', '.join(map(str, self.sources_files))}{hint}")

    @property
    def no_contact(self) -> str | None:
        """What to tell a person who asks sites for pages without saying who asks; None when there is nothing to say."""
        if self.defaults.contact or not any(s.enabled and s.url and not s.allow_private for s in self.sources):
            return None
        file = self.home / "sources.local.toml"
        return (
            "no contact is set, so the owners of the sites you fetch from cannot reach you and may block you instead: "
            f'write contact = "you@example.org" (or a web address) under [defaults] in {file}, or set POSTETL_CONTACT'
        )

    def delay(self, source: Source) -> float:
        delay = self.defaults.delay if source.delay is None else source.delay
        return delay if source.allow_private else max(delay, MIN_DELAY)

    def robots(self, source: Source) -> bool:
        return self.defaults.robots if source.robots is None else source.robots

    def interval(self, source: Source) -> float:
        return self.defaults.interval if source.interval is None else source.interval

    def full_text(self, source: Source) -> bool | None:
        return self.defaults.full_text if source.full_text is None else source.full_text

    def keep_boilerplate(self, source: Source) -> bool | tuple[str, ...]:
        keep = self.defaults.keep_boilerplate if source.keep_boilerplate is None else source.keep_boilerplate
        return keep if isinstance(keep, bool) else tuple(keep)

    def max_body(self, source: Source) -> int:
        return source.max_body or self.defaults.max_body

    def max_follow(self, source: Source) -> int:
        return self.defaults.max_follow if source.max_follow is None else source.max_follow


def home_from(home: Path | None = None) -> Path:
    """The home folder, absolute: the argument, else POSTETL_HOME, else ./data."""
    place = (home or Environment().home).expanduser().absolute()
    if place.exists() and not place.is_dir():
        raise UsageError(f"{place}: the home is not a folder: name one with --home DIR (or POSTETL_HOME)")
    return place


def load(home: Path | None = None, sources: Path | None = None) -> Settings:
    """Read the configuration.

    Without `sources` (or POSTETL_SOURCES) the files are HOME/sources.toml and, when there, HOME/sources.local.toml.
    Raises UsageError for anything a user has to mend.
    """
    env = Environment()
    home = home_from(home)
    given = sources or env.sources
    main = (given or home / "sources.toml").expanduser().absolute()
    local = home / "sources.local.toml"
    files = (main, local) if given is None and local.exists() else (main,)
    if given is None and not main.exists() and local.exists():
        files = (local,)

    defaults: Defaults | None = None
    fast: str | None = None
    found: dict[str, tuple[Source, Path, int]] = {}
    for file in files:
        document = _Document(file, _read(file))
        own = document.defaults()
        fast = document.fast(own, fast)
        defaults = own if defaults is None else Defaults.model_validate({**defaults.model_dump(exclude_unset=True), **own.model_dump(exclude_unset=True)})
        for index, source in enumerate(document.sources()):
            line = document.line(index, "id")
            if source.id in found:
                _, where, first = found[source.id]
                raise UsageError(f"{file}:{line}: a second source with id {source.id!r} (the first is at {where}:{first}): give one another id")
            found[source.id] = (source, file, line)
    defaults = defaults or Defaults.model_validate({})
    if env.contact and not defaults.contact:
        defaults = defaults.model_copy(update={"contact": env.contact})
    _not_too_fast(fast, (source for source, _, _ in found.values()))
    return Settings(home=home, sources_files=files, defaults=defaults, sources=tuple(s for s, _, _ in found.values()))


def parse(text: str, *, home: Path, name: str = "<entry>") -> Settings:
    """Settings from the text of a sources file. Raises UsageError as `load` does."""
    document = _Document(Path(name), text)
    defaults, sources = document.defaults(), tuple(document.sources())
    _not_too_fast(document.fast(defaults, None), sources)
    return Settings(home=home, sources_files=(document.file,), defaults=defaults, sources=sources)


def _not_too_fast(fast: str | None, sources: Iterable[Source]) -> None:
    """A delay in [defaults] (`fast` says where) that is for one's own servers reaches no other."""
    public = next((s for s in sources if s.url and s.delay is None and not s.allow_private), None)
    if fast and public:
        raise UsageError(
            f"{fast}: [defaults]: delay under 0.1 s would hold for source {public.id!r}, which is not your own server "
            "(allow_private = true): set that delay in your own sources instead"
        )


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8-sig")  # Windows editors begin with a BOM
    except FileNotFoundError:
        raise UsageError(f"{file}: no such file. Make one with `postetl sources add URL`, or name another with --sources") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{file}:{line}: not UTF-8: save the file as UTF-8") from None
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror}") from None


class _Document:
    """One TOML document with the lines of its keys (tomllib keeps none)."""

    def __init__(self, file: Path, text: str) -> None:
        self.file = file
        try:
            self.data = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            at = re.search(r"\(at line (\d+), column \d+\)", str(error))
            line = at[1] if at else str(text.count("\n") + 1)
            raise UsageError(f"{file}:{line}: not valid TOML: {re.sub(r' *[(]at [^)]*[)]', '', str(error))}") from None
        self.lines = _key_lines(text)
        for key in self.data:
            if key not in ("defaults", "source"):
                raise UsageError(f"{file}:{self.line(None, key)}: unknown key {key!r}{_near(key, ('defaults', 'source'))}")

    def line(self, index: int | None, key: str | None = None) -> int:
        """1-based line of a key of the index-th [[source]], of the [[source]] itself, or of a top-level or [defaults] key."""
        table = "" if index is None else f"source.{index}"
        for name in ((table, key), ("defaults", key), (table, None), ("defaults", None)) if index is None else ((table, key), (table, None)):
            if name in self.lines:
                return self.lines[name]
        return 1

    def defaults(self) -> Defaults:
        raw = self.data.get("defaults", {})
        if not isinstance(raw, dict):
            raise UsageError(f"{self.file}:{self.line(None, 'defaults')}: `defaults` must be a table: write [defaults]")
        try:
            return Defaults.model_validate(raw)
        except ValidationError as error:
            raise self._usage(error, None, "[defaults]", Defaults) from None

    def fast(self, defaults: Defaults, before: str | None) -> str | None:
        """file:line of a delay that only one's own servers may have; `before`, the one of an earlier file, where this one says nothing."""
        if "delay" not in defaults.model_fields_set:
            return before
        return f"{self.file}:{self.line(None, 'delay')}" if defaults.delay < MIN_DELAY else None

    def sources(self) -> list[Source]:
        raw = self.data.get("source", [])
        if not isinstance(raw, list) or not all(isinstance(entry, dict) for entry in raw):
            raise UsageError(f"{self.file}:{self.line(None, 'source')}: each source is a table of its own: write [[source]]")
        made = []
        for index, entry in enumerate(raw):
            try:
                made.append(Source.model_validate(entry))
            except ValidationError as error:
                name = f"source {entry['id']!r}" if isinstance(entry.get("id"), str) else f"source number {index + 1}"
                raise self._usage(error, index, name, Source) from None
        return made

    def _usage(self, error: ValidationError, index: int | None, name: str, model: type[BaseModel]) -> UsageError:
        """The first mistake, as one line a person can act on."""
        first = error.errors(include_url=False)[0]
        key = str(first["loc"][0]) if first["loc"] else None
        where = f"{self.file}:{self.line(index, key)}: {name}"
        keys = tuple(model.model_fields)
        match first["type"]:
            case "extra_forbidden":
                return UsageError(f"{where}: unknown key {key!r}{_near(str(key), keys)}")
            case "missing":
                return UsageError(f"{where}: {key} is missing: add `{key} = ...` ({model.model_fields[str(key)].description})")
            case "string_pattern_mismatch":
                return UsageError(f"{where}: {key} = {first['input']!r} may hold only a-z, 0-9, - and _ and must be 1 to 64 long")
            case "value_error":
                return UsageError(f"{where}: {key + ': ' if key else ''}{str(first['msg']).removeprefix('Value error, ')}")
            case _:
                return UsageError(f"{where}: {key} = {first['input']!r}: {first['msg'][0].lower()}{first['msg'][1:]}")


def _near(key: str, known: tuple[str, ...]) -> str:
    near = get_close_matches(key, known, 1, 0.5)
    return f"; did you mean {near[0]!r}?" if near else f"; known keys: {', '.join(known)}"


def _key_lines(text: str) -> dict[tuple[str, str | None], int]:
    """{(table, key): line} where table is '', 'defaults' or 'source.N'; good enough for messages."""
    found: dict[tuple[str, str | None], int] = {}
    table, count = "", -1
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(r"\s*\[\[\s*source\s*\]\]", line):
            count += 1
            table = f"source.{count}"
            found[table, None] = number
        elif header := re.match(r"\s*\[+\s*([A-Za-z0-9_-]+)", line):
            table = header[1]
            found.setdefault((table, None), number)
            found.setdefault(("", table), number)
        elif key := re.match(r"\s*[\"']?([A-Za-z0-9_-]+)[\"']?\s*[.=]", line):
            found.setdefault((table, key[1]), number)
    return found


def clone_root() -> Path | None:
    """The clone that postetl runs from, or None when it was installed without one (`demo` and `up` need flows/)."""
    for root in (Path(__file__).resolve().parents[2], Path.cwd()):
        if (root / "prefect.yaml").exists() and (root / "flows").is_dir() and os.access(root, os.R_OK):
            return root
    return None
