import json
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import LedgerError
from ledger.metadata import Generation, Raw, image_facts, png, read


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def image(*texts: tuple[str, str]) -> bytes:
    chunks = [chunk(b"tEXt", f"{name}\0{text}".encode()) for name, text in texts]
    return png.SIGNATURE + b"".join(chunks) + chunk(b"IEND", b"")


PARAMETERS = "a lantern\nSteps: 20, Seed: 5"
GRAPH = '{"1": {"class_type": "SaveImage", "inputs": {}}}'


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"text", image(), b"\xff\xd8\xff\xd9"])
def test_a_file_that_says_nothing_gives_none(data: bytes) -> None:
    assert read(data) is None


def test_texts_that_no_format_knows_are_given_raw() -> None:
    assert read(image(("Title", "lantern"))) == Generation(
        raw=(Raw("png:tEXt", "Title", b"lantern"),)
    )


def test_the_format_is_told_by_content_and_all_texts_are_raw() -> None:
    found = read(image(("note", "x"), ("parameters", PARAMETERS)))
    assert found is not None
    assert (found.tool, found.seed) == ("AUTOMATIC1111", "5")
    assert [raw.name for raw in found.raw] == ["note", "parameters"]


def test_a_graph_goes_before_parameters() -> None:
    found = read(image(("parameters", PARAMETERS), ("prompt", GRAPH)))
    assert found is not None
    assert found.tool == "ComfyUI"


def test_a_prompt_that_is_no_graph_leaves_the_parameters() -> None:
    found = read(image(("parameters", PARAMETERS), ("prompt", "[[")))
    assert found is not None
    assert found.tool == "AUTOMATIC1111"


def check(data: bytes) -> None:
    """Say something or nothing, or raise a LedgerError: nothing else."""
    image_facts(data)
    try:
        found = read(data)
    except LedgerError:
        return
    assert found is None or found.to_json()["raw"]


@settings(deadline=None)
@given(
    st.sampled_from([b"", png.SIGNATURE, b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBPVP8X", b"\0\0\0 ftyp"]),
    st.binary(max_size=300),
)
def test_any_bytes_are_read_without_a_crash(magic: bytes, rest: bytes) -> None:
    check(magic + rest)


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([b"tEXt", b"zTXt", b"iTXt", b"IDAT"]),
            st.sampled_from([b"parameters\0", b"prompt\0\0", b"workflow\0\1\0\0\0", b""]),
            st.binary(max_size=80),
        ),
        max_size=4,
    )
)
def test_any_chunks_are_read_without_a_crash(chunks: list[tuple[bytes, bytes, bytes]]) -> None:
    check(png.SIGNATURE + b"".join(chunk(kind, key + body) for kind, key, body in chunks))


@settings(deadline=None)
@given(st.binary(max_size=200), st.sampled_from([b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08"]))
def test_any_exif_is_read_without_a_crash(block: bytes, head: bytes) -> None:
    body = b"Exif\0\0" + head + block
    check(b"\xff\xd8\xff\xe1" + struct.pack(">H", len(body) + 2) + body)


@settings(deadline=None)
@given(st.text(max_size=200), st.text(alphabet='aS: ,"[{}]\\x1<lora>\n', max_size=100))
def test_any_parameters_are_read_without_a_crash(prompt: str, line: str) -> None:
    text = f"{prompt}\nNegative prompt: {line}\nSteps: 1, {line}"
    check(image(("parameters", text.encode("utf-8", "replace").decode())))


_NAMES = st.sampled_from(
    [
        *("model", "positive", "negative", "latent_image", "samples", "guider", "noise", "seed"),
        *("text", "steps", "cfg", "sampler", "sigmas", "lora_name", "ckpt_name", "width", "height"),
        *("conditioning", "string_a", "value", "lora_1", "images"),
    ]
)
_VALUES = st.one_of(
    st.tuples(st.sampled_from("12345"), st.integers(0, 2)),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.none(),
    st.fixed_dictionaries({"on": st.booleans(), "lora": st.text(max_size=3)}),
)
_KINDS = st.sampled_from(["KSampler", "SaveImage", "PreviewImage", "ZeroOut", "CFGGuider", "X"])
_GRAPHS = st.dictionaries(
    st.sampled_from("12345"),
    st.fixed_dictionaries(
        {"class_type": _KINDS, "inputs": st.dictionaries(_NAMES, _VALUES, max_size=6)}
    ),
    max_size=5,
)


@settings(max_examples=300, deadline=None)
@given(_GRAPHS)
def test_any_graph_is_read_without_a_crash(graph: object) -> None:
    check(image(("prompt", json.dumps(graph))))
