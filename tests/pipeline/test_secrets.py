"""Credentials in a source's address, and the proxy's: whatever happens on the way, they are in no log, row, file or message."""

import logging
from pathlib import Path

import duckdb
import pytest

import web
from feeds import configure, entry, page, prose, rows, rss, run
from postetl import pipeline, settings
from postetl.errors import UsageError

NAME, PASSWORD = "anna-quill", "sw0rdf!sh"
SECRETS = (NAME, "sw0rdf", "YW5uYS1xdWlsbDpzdzByZGYhc2g")  # as written, in part (however it is quoted), and as a Basic header has it


def test_nothing_shows_a_password(home: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "httpcore", "asyncio", "postetl", ""):
        caplog.set_level(logging.DEBUG, name)
    monkeypatch.setenv("PYTHONASYNCIODEBUG", "1")  # logs what takes long, with the arguments
    with web.serve() as site, web.serve(address="127.0.0.2") as other, web.dead_port() as nobody:
        site.routes |= {
            "/feed": rss(entry("g0", title="With a page", link="/page", body=None)), "/page": page("A page", prose("heron")), "/moved": web.redirect("/feed", 301), "/away": web.redirect(other.url("/")),
            "/file": web.redirect("file:///etc/passwd"), "/circle": web.redirect("/circle"), "/bad": web.Answer(raw=b"garbage" * 9), "/403": web.Answer(status=403),
            "/500": web.Answer(status=500), "/429": web.Answer(status=429, headers={"Retry-After": "9999"}),
            "/bomb": web.Answer(body=b"words", headers={"Content-Encoding": "gzip"}), "/cut": web.Answer(body="xx", cut=1), "/large": web.Answer(body=b"x", length=10**12),
            "/words": web.Answer(body="no feed at all", content_type="application/octet-stream"),
        }  # fmt: skip
        paths = list(site.routes)
        userinfo = f"{NAME}:{PASSWORD}"
        sources = [f"s{n} {site.url(path, userinfo=userinfo)} kind = 'feed'" for n, path in enumerate(paths) if path != "/page"]
        sources += [f"dead http://{userinfo}@127.0.0.1:{nobody}/", f"tls {site.url('/', userinfo=userinfo).replace('http:', 'https:')}"]
        sources += [f"dns http://{userinfo}@{'a' * 64}.invalid/", f"metadata http://{userinfo}@2852039166/"]
        configured = configure(home, *sources, defaults=f'proxy = "http://{userinfo}@127.0.0.1:{nobody}"')
        done = run(configured)
        found = [pipeline.probe(configured, source) for source in configured.sources[:3]]
        sent = {request.headers.get("authorization", "") for request in site.requests}
        assert any(SECRETS[2] in header for header in sent), "or the test shows nothing"
        assert not any("authorization" in request.headers for request in other.requests)
    assert rows(home, "select count(*) from posts") == [(2,)], "of /feed and /moved"
    assert len(rows(home, "select distinct error from fetches where error is not null")) > 8
    shown = [caplog.text, repr(done), repr(found), *capsys.readouterr(), repr(configured)]
    shown += [path.read_text("utf-8", "replace") for path in home.rglob("*") if path.is_file() and path.suffix in (".json", ".lock", "")]
    with duckdb.connect() as db:
        for parquet in home.rglob("*.parquet"):
            shown.append(str(db.execute("select * from read_parquet(?)", [str(parquet)]).fetchall()))
    with duckdb.connect(str(next((home / "warehouse" / "versions").glob("*.duckdb"))), read_only=True) as db:
        for (table,) in db.execute("select table_name from information_schema.tables where table_type = 'BASE TABLE'").fetchall():
            shown.append(str(db.execute(f'select * from "{table}"').fetchall()))
    assert any("s0" in text for text in shown)
    assert [(secret, text[max(text.find(secret) - 200, 0) :][:400]) for text in shown for secret in SECRETS if secret in text] == []


@pytest.mark.parametrize("url", ["socks5://me:sw0rdf@p:1080", "https://me:sw0rdf@p:443", "http://me:sw0rdf@", "me:sw0rdf@p:3128", "http://me:sw0rdf@p:99999", "http://me:sw0rdf", "http://[::1"])
def test_a_proxy_that_is_none_is_a_mistake_in_the_configuration(tmp_path: Path, url: str) -> None:
    with pytest.raises(UsageError) as caught:
        settings.parse(f'[defaults]\nproxy = "{url}"\n', home=tmp_path)
    assert "<entry>:2: [defaults]: proxy: " in str(caught.value) and "sw0rdf" not in str(caught.value)
    assert settings.parse('[defaults]\nproxy = "http://me:x@p:3128"\n', home=tmp_path).defaults.proxy == "http://me:x@p:3128"
