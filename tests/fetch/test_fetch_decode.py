"""Bounded decoding: any packing, cut into any pieces, gives the same bytes or a named reason."""

import contextlib
import gzip
import os
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postetl.errors import Malformed, Reason, Refused
from postetl.fetch.decode import MAX_MEMBERS, PIECE, Decoder, wire_cap

CAP = 1 << 20


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


PACK = {"gzip": gzip.compress, "deflate": zlib.compress, "x-gzip": gzip.compress}


def decode(encoding: str | None, packed: bytes, cap: int = CAP, step: int = PIECE) -> bytes:
    decoder = Decoder(encoding, cap)
    for at in range(0, len(packed), step):
        decoder.feed(packed[at : at + step])
    return decoder.finish()


@given(st.binary(max_size=3000), st.lists(st.sampled_from(sorted(PACK)), max_size=5), st.integers(1, 400))
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


@given(st.sampled_from(["gzip", "deflate", "gzip, gzip", "gzip, deflate"]), st.binary(max_size=300), st.booleans())
def test_noise_never_does_anything_else(name: str, noise: bytes, looks_like_gzip: bool) -> None:
    with contextlib.suppress(Malformed, Refused):
        decode(name, b"\x1f\x8b\x08\x00" + noise if looks_like_gzip else noise, cap=1000)


@pytest.mark.parametrize("name", ["br", "zstd", "compress", "gzip, br", "br, gzip", "aes128gcm", ", ".join(["gzip"] * 6), "x" * 999])
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
