"""The details of a claim: what the work is, in a canonical document that the claim binds."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from .chain import ADDRESS_BYTES, HASH_BYTES
from .digest import sha256
from .encoding import Json, canonical, hex_of, parse_canonical
from .errors import InvalidClaim
from .fields import Fields

MAX_DETAILS = 64 * 1024  # bytes; titles, licences, co-authors: a page or two, never the work
MAX_TEXT = 4096  # bytes of one text
MAX_NAME = 128  # bytes of a short name: a licence id, an algorithm, a CID
MAX_CO_AUTHORS = 64
MAX_FINGERPRINTS = 8
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,63}/[a-z0-9][a-z0-9.+-]{0,63}")


@dataclass(frozen=True, slots=True)
class ContentId:
    """The work's IPFS name and the profile by which it was made (other profiles, other names)."""

    cid: str
    profile: str


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """A code by which near copies are found: an algorithm's name and its code, as text."""

    algorithm: str
    code: str


@dataclass(frozen=True, slots=True)
class CoAuthor:
    """Another author of the work: an author is a home chain and an address on it."""

    chain_id: int
    author: bytes


@dataclass(frozen=True, slots=True)
class Details:
    """What the work is, as its author says. None, or an empty tuple, where nothing is said.

    `size` in bytes; `pixels` the SHA-256 of the decoded pixels; `identity` a salted commitment
    that may be opened later; `log` the process log's id; `supersedes` the id of a claim that
    this one replaces, by which an author with a new key links to their old claim.
    """

    media_type: str
    size: int
    content: ContentId | None = None
    pixels: bytes | None = None
    fingerprints: tuple[Fingerprint, ...] = ()
    title: str | None = None
    licence: str | None = None
    ai_disclosure: str | None = None
    co_authors: tuple[CoAuthor, ...] = ()
    identity: bytes | None = None
    log: bytes | None = None
    supersedes: bytes | None = None

    def __post_init__(self) -> None:
        if not _MEDIA_TYPE.fullmatch(self.media_type):
            raise InvalidClaim(f"expected a media type like image/png, got {self.media_type!r:.80}")

    def to_json(self) -> Mapping[str, Json]:
        """Return the details as their JSON object; what is not said is left out."""
        said: dict[str, Json] = {
            "version": 1,
            "media_type": self.media_type,
            "size": self.size,
        }
        if self.content is not None:
            said["content"] = {"cid": self.content.cid, "profile": self.content.profile}
        for name in ("pixels", "identity", "log", "supersedes"):
            binary: bytes | None = getattr(self, name)
            if binary is not None:
                said[name] = hex_of(binary)
        for name in ("title", "licence", "ai_disclosure"):
            text: str | None = getattr(self, name)
            if text is not None:
                said[name] = text
        if self.fingerprints:
            said["fingerprints"] = [
                {"algorithm": one.algorithm, "code": one.code} for one in self.fingerprints
            ]
        if self.co_authors:
            said["co_authors"] = [
                {"chain_id": one.chain_id, "author": hex_of(one.author)} for one in self.co_authors
            ]
        return said

    def encode(self) -> bytes:
        """Return the canonical bytes, of which the claim holds the SHA-256."""
        data = canonical(self.to_json())
        if self.decode(data) != self:
            raise InvalidClaim("expected details that read back as they were written")
        return data

    @property
    def digest(self) -> bytes:
        """The SHA-256 of the canonical bytes: the claim's `details`."""
        return sha256(self.encode())

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read details from their canonical bytes; InvalidClaim or NotCanonical otherwise."""
        return cls.from_json(parse_canonical(data, MAX_DETAILS))

    @classmethod
    def from_json(cls, value: Json) -> Self:
        """Read details from their JSON object; every field is checked, unknown ones refused."""
        fields = Fields(value, "details", InvalidClaim)
        fields.number("version", 1, 1)
        details = cls(
            media_type=fields.text("media_type", MAX_NAME),
            size=fields.number("size"),
            content=_content(fields),
            pixels=_binary(fields, "pixels"),
            fingerprints=_fingerprints(fields),
            title=_text(fields, "title"),
            licence=_text(fields, "licence"),
            ai_disclosure=_text(fields, "ai_disclosure"),
            co_authors=_co_authors(fields),
            identity=_binary(fields, "identity"),
            log=_binary(fields, "log"),
            supersedes=_binary(fields, "supersedes"),
        )
        fields.done()
        return details


def _binary(fields: Fields, name: str) -> bytes | None:
    return fields.binary(name, HASH_BYTES) if fields.has(name) else None


def _text(fields: Fields, name: str) -> str | None:
    return fields.text(name, MAX_TEXT, 1) if fields.has(name) else None


def _content(fields: Fields) -> ContentId | None:
    if not fields.has("content"):
        return None
    inner = fields.fields("content")
    content = ContentId(inner.text("cid", MAX_NAME, 1), inner.text("profile", MAX_NAME, 1))
    inner.done()
    return content


def _fingerprints(fields: Fields) -> tuple[Fingerprint, ...]:
    found = []
    for value in _some(fields, "fingerprints", MAX_FINGERPRINTS):
        inner = Fields(value, "fingerprint", InvalidClaim)
        found.append(
            Fingerprint(inner.text("algorithm", MAX_NAME, 1), inner.text("code", MAX_TEXT, 1))
        )
        inner.done()
    return tuple(found)


def _co_authors(fields: Fields) -> tuple[CoAuthor, ...]:
    found = []
    for value in _some(fields, "co_authors", MAX_CO_AUTHORS):
        inner = Fields(value, "co-author", InvalidClaim)
        found.append(CoAuthor(inner.number("chain_id", 1), inner.binary("author", ADDRESS_BYTES)))
        inner.done()
    return tuple(found)


def _some(fields: Fields, name: str, most: int) -> tuple[Json, ...]:
    if not fields.has(name):
        return ()
    items = tuple(fields.items(name, most))
    if not items:
        fields.refuse(name, "to be left out when empty", "an empty list")
    return items
