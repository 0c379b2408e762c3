"""Bounded decoding: any packing, cut into any pieces, gives the same bytes or a named reason."""

import contextlib
import gzip
import os
import sys
import zlib

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from postetl.errors import Malformed, Reason, Refused
from postetl.fetch.decode import MAX_LAYERS, MAX_MEMBERS, MAX_RATIO, PIECE, Decoder, wire_cap

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

CAP = 1 << 20
ZSTD = b"\x28\xb5\x2f\xfd"


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


PACK = {"gzip": gzip.compress, "deflate": zlib.compress, "x-gzip": gzip.compress, "br": lambda data: brotli.compress(data, quality=4), "zstd": zstd.compress}


def decode(encoding: str | None, packed: bytes, cap: int = CAP, step: int = PIECE) -> bytes:
    decoder = Decoder(encoding, cap)
    for at in range(0, len(packed), step):
        decoder.feed(packed[at : at + step])
    return decoder.finish()


@given(st.binary(max_size=3000), st.lists(st.sampled_from(sorted(PACK)), max_size=MAX_LAYERS), st.integers(1, 400))
def test_any_stack_in_any_pieces(data: bytes, stack: list[str], step: int) -> None:
    packed = data
    for name in stack:
        packed = PACK[name](packed)
    assert decode(" , ".join(stack), packed, step=step) == data


@pytest.mark.parametrize("step", [1, 2, 7, PIECE])
def test_formats_that_real_servers_send(step: int) -> None:
    words = b"words " * 999
    assert decode("deflate", raw_deflate(words), step=step) == words
    assert decode("deflate", gzip.compress(words), step=step) == words
    assert decode("gzip", gzip.compress(words) + gzip.compress(b"more"), step=step) == words + b"more"
    assert decode("gzip", gzip.compress(words) + b"\0" * 512, step=step) == words
    assert decode("gzip", gzip.compress(words) + b"<!-- cached -->", step=step) == words
    assert decode("deflate", zlib.compress(words) + zlib.compress(b"junk"), step=step) == words
    for name in (None, "", "identity", "none", "UTF-8", " , identity"):
        assert decode(name, words, step=step) == words


@given(st.binary(min_size=1, max_size=2000), st.data())
def test_every_cut_is_noticed(data: bytes, draw: st.DataObject) -> None:
    name = draw.draw(st.sampled_from(sorted(PACK)))
    packed = PACK[name](data)
    cut = draw.draw(st.integers(1, len(packed) - 1))
    with pytest.raises(Malformed) as caught:
        decode(name, packed[:cut])
    assert caught.value.reason == Reason.BAD_CONTENT_ENCODING


@given(st.lists(st.sampled_from(sorted(PACK)), min_size=1, max_size=3), st.binary(max_size=300), st.sampled_from([b"", b"\x1f\x8b\x08\x00", ZSTD, b"\x1b"]))
def test_noise_never_does_anything_else(names: list[str], noise: bytes, beginning: bytes) -> None:
    with contextlib.suppress(Malformed, Refused):
        decode(", ".join(names), beginning + noise, cap=1000)


@pytest.mark.parametrize("name", ["compress", "gzip, lzma", "lzma, gzip", "aes128gcm", "dcb", ", ".join(["gzip"] * 4), "x" * 999])
def test_codings_that_were_not_asked_for(name: str) -> None:
    with pytest.raises(Malformed) as caught:
        Decoder(name, CAP)
    assert caught.value.reason == Reason.BAD_CONTENT_ENCODING and len(str(caught.value)) < 200


def test_the_cap_is_exact_at_every_depth() -> None:
    assert len(decode("gzip", gzip.compress(bytes(CAP)))) == CAP
    for packed, name in ((gzip.compress(bytes(CAP + 1)), "gzip"), (gzip.compress(gzip.compress(bytes(CAP + 1))), "gzip,gzip"), (bytes(CAP + 1), None)):
        with pytest.raises(Refused) as caught:
            decode(name, packed)
        assert caught.value.reason == Reason.BODY_TOO_LARGE
    # a bomb whose inner layer is the large one, and noise that does not shrink
    with pytest.raises(Refused):
        decode("gzip, gzip", gzip.compress(gzip.compress(os.urandom(64)) + bytes(wire_cap(CAP))))
    noise = os.urandom(CAP)
    assert decode("gzip", gzip.compress(noise)) == noise


def test_empty_blocks_and_members_without_end() -> None:
    empty_block = b"\x00\x00\x00\xff\xff"  # stored, of length 0: RFC 1951 3.2.4
    head = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"
    with pytest.raises(Refused):
        decode("gzip", head + empty_block * 20_000, cap=1024)
    with pytest.raises(Malformed, match="members"):
        decode("gzip", gzip.compress(b"") * (MAX_MEMBERS + 1))


@pytest.mark.parametrize("step", [1, 3, PIECE])
def test_brotli_and_zstd_at_their_ends(step: int) -> None:
    words = b"words " * 999
    skippable = b"\x5f\x2a\x4d\x18\x03\0\0\0abc"
    packed = zstd.compress(words)
    assert decode("zstd", packed + packed, step=step) == words * 2
    assert decode("zstd", skippable + packed + skippable + packed, step=step) == words * 2
    assert decode("zstd", packed + b"<!-- cached -->", step=step) == words
    assert [decode(name, b"", step=step) for name in PACK] == [b""] * len(PACK)
    assert [decode(name, pack(b""), step=step) for name, pack in PACK.items()] == [b""] * len(PACK)
    for name, damaged in {
        "zstd": packed[:-1], "zstd,zstd": zstd.compress(packed[:-1]), "br": brotli.compress(words) + b"junk", "br,gzip": gzip.compress(brotli.compress(words)[:-1]),
    }.items():  # fmt: skip
        with pytest.raises(Malformed) as caught:
            decode(name, damaged, step=step)
        assert caught.value.reason == Reason.BAD_CONTENT_ENCODING


def test_a_zstd_window_past_the_rfc() -> None:
    def packed(log: int) -> bytes:
        packer = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: log})
        return packer.compress(b"words") + packer.flush(zstd.ZstdCompressor.FLUSH_FRAME)

    assert decode("zstd", packed(23)) == b"words"
    with pytest.raises(Malformed, match="8 MiB"):
        decode("zstd", packed(24))


def test_the_ratio_cap_knows_bombs_from_pages() -> None:
    large = 64 << 20
    log = "".join(f"2024-02-29 {n // 3600 % 24:02}:{n // 60 % 60:02}:{n % 60:02} INFO heartbeat ok\n" for n in range(100_000)).encode()
    sitemap = "".join(f"<url><loc>https://example.org/posts/{n}</loc><lastmod>2024-02-29</lastmod></url>\n" for n in range(40_000)).encode()
    for name, pack in PACK.items():
        assert decode(name, pack(log), cap=large) == log
        assert decode(name, pack(sitemap), cap=large) == sitemap
        assert len(decode(name, pack(bytes(1 << 20)), cap=large)) == 1 << 20, "short enough to do no harm"
    for name, pack in (("br", PACK["br"]), ("zstd", PACK["zstd"]), ("gzip,gzip", lambda data: gzip.compress(gzip.compress(data)))):
        with pytest.raises(Refused, match=f"{MAX_RATIO} times") as caught:
            decode(name, pack(bytes(large)), cap=large)
        assert caught.value.reason == Reason.BODY_TOO_LARGE


def test_zstd_frames_without_end() -> None:
    with pytest.raises(Malformed, match="frames"):
        decode("zstd", zstd.compress(b"") * (MAX_MEMBERS + 1))
