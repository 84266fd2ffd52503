from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from ledger.details import (
    MAX_CO_AUTHORS,
    MAX_FINGERPRINTS,
    MAX_TEXT,
    CoAuthor,
    ContentId,
    Details,
    Fingerprint,
)
from ledger.digest import sha256
from ledger.encoding import MAX_NUMBER
from ledger.errors import InvalidClaim, InvalidInput, LimitExceeded, NotCanonical
from tests.ledger.domain_factories import details_said

FULL = Details(
    media_type="image/png",
    size=412_000,
    content=ContentId("bafkreib", "unixfs-v1-2025"),
    pixels=b"\1" * 32,
    fingerprints=(Fingerprint("iscc", "KACT"),),
    title="Lantern",
    licence="CC-BY-4.0",
    ai_disclosure="Made with Stable Diffusion",
    co_authors=(CoAuthor(1, b"\2" * 20),),
    identity=b"\3" * 32,
    log=b"\4" * 32,
    supersedes=b"\5" * 32,
)


@given(details=details_said)
def test_details_read_back_as_they_were_written(details: Details) -> None:
    assert Details.decode(details.encode()) == details
    assert Details.from_json(details.to_json()) == details
    assert details.digest == sha256(details.encode())


def test_what_is_not_said_is_left_out() -> None:
    assert Details("a/b", 0).encode() == b'{"media_type":"a/b","size":0,"version":1}'
    assert set(FULL.to_json()) == {
        *("version", "media_type", "size", "content", "pixels", "fingerprints", "title"),
        *("licence", "ai_disclosure", "co_authors", "identity", "log", "supersedes"),
    }


@pytest.mark.parametrize(
    "media_type",
    ["", "image", "/png", "image/", "Image/png", "image/p ng", "image/png\n", "a" * 99],
)
def test_a_media_type_has_two_parts_in_lower_case(media_type: str) -> None:
    with pytest.raises(InvalidClaim, match="expected a media type"):
        Details(media_type, 0)


@pytest.mark.parametrize(
    "change",
    [
        {"media_type": "a" * 64 + "/" + "b" * 64},
        {"size": -1},
        {"size": MAX_NUMBER + 1},
        {"size": 1.5},
        {"content": ContentId("", "p")},
        {"content": ContentId("c", "")},
        {"content": ContentId("c" * 129, "p")},
        {"pixels": bytes(31)},
        {"identity": bytes(33)},
        {"log": b""},
        {"supersedes": bytes(31)},
        {"title": ""},
        {"title": "a" * (MAX_TEXT + 1)},
        {"licence": "\ud800"},
        {"ai_disclosure": ""},
        {"fingerprints": [Fingerprint("iscc", "K")]},
        {"fingerprints": (Fingerprint("iscc", "K"),) * (MAX_FINGERPRINTS + 1)},
        {"fingerprints": (Fingerprint("", "K"),)},
        {"fingerprints": (Fingerprint("iscc", ""),)},
        {"co_authors": (CoAuthor(1, bytes(20)),) * (MAX_CO_AUTHORS + 1)},
        {"co_authors": (CoAuthor(0, bytes(20)),)},
        {"co_authors": (CoAuthor(1, bytes(19)),)},
    ],
)
def test_details_that_nobody_could_read_back_are_not_written(change: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        replace(FULL, **change).encode()


def test_details_over_64_kib_are_refused() -> None:
    most = replace(FULL, fingerprints=(Fingerprint("a" * 128, "b" * MAX_TEXT),) * 8)
    for name in ("title", "licence", "ai_disclosure"):
        most = replace(most, **{name: "c" * MAX_TEXT})  # type: ignore[arg-type]
    assert len(most.encode()) < 64 * 1024
    with pytest.raises(LimitExceeded, match="at most 65536 bytes"):
        Details.decode(most.encode() + b" " * 20_000)


@pytest.mark.parametrize("name", ["fingerprints", "co_authors"])
def test_an_empty_list_is_left_out_rather_than_written(name: str) -> None:
    with pytest.raises(InvalidClaim, match="to be left out when empty"):
        Details.from_json({**FULL.to_json(), name: []})


@pytest.mark.parametrize("name", sorted(FULL.to_json()))
def test_every_field_of_the_details_must_be_of_its_type(name: str) -> None:
    for wrong in (None, True, "", [None], {"a": 1}, -1):
        with pytest.raises(InvalidClaim):
            Details.from_json({**FULL.to_json(), name: wrong})


def test_unknown_fields_are_refused_at_every_level() -> None:
    said: dict[str, Any] = dict(FULL.to_json())
    for wrong in (
        said | {"zone": 1},
        said | {"content": said["content"] | {"zone": 1}},
        said | {"fingerprints": [said["fingerprints"][0] | {"zone": 1}]},
        said | {"co_authors": [said["co_authors"][0] | {"zone": 1}]},
    ):
        with pytest.raises(InvalidClaim, match="unknown field 'zone'"):
            Details.from_json(wrong)


def test_bytes_that_are_not_canonical_are_refused() -> None:
    with pytest.raises(NotCanonical):
        Details.decode(FULL.encode().replace(b",", b", ", 1))
