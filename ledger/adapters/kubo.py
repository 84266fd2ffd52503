"""The RPC of an IPFS node as Kubo speaks it: each question with a limit, each failure translated.

Built on ipfshttpclient; `dag/import`, which that sends in one piece and without options, goes
through httpx.
"""

import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import requests

from ..cid import RAW, Block, Cid, car
from ..errors import InvalidCid, StoreUnavailable
from .kubo_http import KuboClient, exceptions
from .web_host import Question, WebHost, parts_of, shown

MAX_ADDRESSES = 20  # of one node: as many as a pinning service takes
_MAX_ADDRESS = 500
_OK = 200
_GRACE = 2.0  # seconds: for the node's own time limit to come back as an answer
# ipfshttpclient trusts the form of answers: these are what it, and we, stumble over
_GARBAGE = (
    exceptions.ProtocolError,
    exceptions.EncoderError,
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


class KuboSays(StoreUnavailable):
    """The node answered with an error of its own, `said`."""

    said = ""


class Kubo:
    """The node at `url` (its RPC, without /api/v0); `timeout` in seconds bounds every answer."""

    def __init__(self, url: str, timeout: float) -> None:
        parts = parts_of(url)
        self.name = parts.name
        self.timeout = timeout
        self._client = KuboClient(parts, timeout)
        self._web = WebHost(url, timeout)

    def block(self, cid: Cid, seconds: float, *, offline: bool) -> bytes:
        """Return what the node gives as that block, not verified; it may look for that long.

        `offline`: it is asked for its own blocks only (js-ipfs does not know the option).
        """
        with self._asking(f"for the block {cid}"):
            data: bytes = self._client.block.get(str(cid), offline=offline, **_limits(seconds))
        return data

    def stat(self, cid: Cid, seconds: float) -> None:
        """Return if the node says that it holds the block itself; KuboSays if not."""
        with self._asking(f"whether it holds {cid}"):
            said = self._client.block.stat(str(cid), offline=True, **_limits(seconds))
            if not isinstance(said["Size"], int):
                raise TypeError

    def cids(self) -> Iterator[Cid]:
        """Yield a CID of codec raw for every block that the node holds and we could have made."""
        with self._asking("for its blocks"):
            for line in self._client.unstable.refs.local(stream=True, timeout=self._waits()):
                try:
                    cid = _cid(line["Ref"])
                except InvalidCid:
                    continue  # of another kind: CIDv0, another hash or codec
                yield Cid(RAW, cid.digest)

    def bring(self, blocks: Sequence[Block]) -> None:
        """Give the node these blocks as one CAR, named by the last of them; nothing is pinned."""
        boundary = secrets.token_hex(16)
        answer = self._web.ask(
            Question(
                "POST",
                "/api/v0/dag/import",
                params=(("pin-roots", "false"), ("cid-base", "base32")),
                body=_form(boundary, car(blocks[-1].cid, blocks)),
                headers={"content-type": f"multipart/form-data; boundary={boundary}"},
            )
        )
        for line in answer.body.splitlines():
            said = _message(line)
            if said:
                raise self._says(f"to take {len(blocks)} blocks", said)
        if answer.status != _OK:
            raise self.broken(f"HTTP status {answer.status} for dag/import")

    def pin(self, cid: Cid) -> None:
        """Pin all that is under the CID, out of the node's own blocks."""
        with self._asking(f"to pin {cid}"):
            limits = _limits(self.timeout)
            pins = self._client.pin.add(str(cid), offline=True, **limits)["Pins"]
        if str(cid) not in pins:
            raise self.broken(f"other pins than {cid}")

    def pinned(self, cid: Cid) -> bool:
        """Say whether the node has pinned all that is under the CID."""
        with self._asking(f"whether it has pinned {cid}"):
            limits = _limits(self.timeout)
            keys = self._client.pin.ls(str(cid), type="recursive", **limits)["Keys"]
        return str(cid) in keys

    def unpin(self, cid: Cid) -> None:
        """Let go of a pin."""
        with self._asking(f"to unpin {cid}"):
            self._client.pin.rm(str(cid), **_limits(self.timeout))

    def addresses(self) -> Sequence[str]:
        """Return the multiaddrs at which the node says other nodes reach it."""
        with self._asking("for its addresses"):
            said = self._client.id(timeout=self._waits())["Addresses"]
            found = [one for one in said or () if isinstance(one, str)]
        good = [one for one in found if one.startswith("/") and len(one) <= _MAX_ADDRESS]
        return tuple(dict.fromkeys(good))[:MAX_ADDRESSES]

    def broken(self, came: str) -> StoreUnavailable:
        """Return the error that says what came instead of an answer."""
        return StoreUnavailable(
            f"expected the node {self.name} to answer as Kubo does, got {shown(came)}"
        )

    def _waits(self) -> tuple[float, float]:
        return self.timeout, self.timeout

    def _says(self, what: str, said: str) -> KuboSays:
        error = KuboSays(f"asked the node {self.name} {what}, it says: {shown(said)}")
        error.said = said
        return error

    def _gone(self, what: str, cause: Exception) -> StoreUnavailable:
        return StoreUnavailable(
            f"asked the node {self.name} {what}, got: {type(cause).__name__}; is it up, and is "
            "kubo right in config.toml?"
        )

    @contextmanager
    def _asking(self, what: str) -> Iterator[None]:
        try:
            yield
        except exceptions.ErrorResponse as cause:
            raise self._says(what, str(cause)) from cause
        except requests.RequestException as cause:  # some are ValueErrors too
            raise self._gone(what, cause) from cause
        except _GARBAGE as cause:
            raise self.broken(f"{type(cause).__name__}: {cause}") from cause
        except exceptions.Error as cause:
            raise self._gone(what, cause) from cause


def _limits(seconds: float) -> Mapping[str, Any]:
    """Return the time limit for the node itself, and the longer one for its answer."""
    waits = (seconds + _GRACE, seconds + _GRACE)
    return {"opts": {"timeout": f"{max(1, round(seconds * 1000))}ms"}, "timeout": waits}


def _cid(said: object) -> Cid:
    if not isinstance(said, str):
        raise TypeError("expected a CID")
    return Cid.parse(said)


def _message(line: bytes) -> str:
    """Return the error in a line of the answer; nothing if it is none."""
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(said, dict):
        return ""
    root = said.get("Root")
    told = [said.get("Message"), root.get("PinErrorMsg") if isinstance(root, dict) else None]
    return "; ".join(one for one in told if isinstance(one, str) and one)


def _form(boundary: str, pieces: Iterator[bytes]) -> Iterator[bytes]:
    yield (
        f"--{boundary}\r\n"
        'content-disposition: form-data; name="file"; filename="blocks.car"\r\n'
        "content-type: application/vnd.ipld.car\r\n\r\n"
    ).encode()
    yield from pieces
    yield f"\r\n--{boundary}--\r\n".encode()
