"""The pinned list of a batch's leaves: JSON Lines that can be verified alone.

Header, then one line a leaf (disclosed or opaque), then disclosures of earlier opaque leaves.
Each line names its leaf hash, so that the tree can be checked whatever else the line holds. A line
that is not canonical, or whose content is not behind that leaf hash, is opaque: its leaf hash is
the first `"leaf":"0x…"` among its bytes. So every rebuild agrees, in any language.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from .checkpoint import MAX_GROWTH, MAX_SIZE, Checkpoint
from .digest import DIGEST_BYTES
from .encoding import Json, canonical, hex_of, parse_canonical
from .errors import InvalidManifest, LedgerError, LimitExceeded
from .fields import Fields
from .leaf import Disclosed, Signed
from .signed import SignedClaim, SignedProcessCheckpoint
from .tree import Frontier

# A line holds one signed claim: 64 KiB of details, which escapes can double.
MAX_LINE = 144 * 1024
# What a reader holds in memory at once; a batch of 2^20 opaque leaves has 80 MB.
MAX_BYTES = 512 * 1024 * 1024
MAX_FRONTIER = 63
MAX_DISCLOSURES = MAX_GROWTH
_HEADER_LINE = 8 * 1024
_LEAF = re.compile(rb'"leaf"[ \t]*:[ \t]*"0x([0-9a-f]{64})"')


@dataclass(frozen=True, slots=True)
class Manifest:
    """A ledger's leaves from `before.size` on, with the frontier of the tree before them.

    `disclosures` open earlier, opaque leaves: (index, what is behind its leaf hash).
    """

    ledger: bytes
    before: Frontier
    leaves: tuple[Disclosed, ...]
    disclosures: tuple[tuple[int, Disclosed], ...] = ()

    def __post_init__(self) -> None:
        if len(self.ledger) != DIGEST_BYTES:
            raise InvalidManifest("expected a ledger id of 32 bytes")
        if not 0 < len(self.leaves) <= MAX_GROWTH or self.end > MAX_SIZE:
            raise InvalidManifest(f"expected 1 to {MAX_GROWTH} leaves, got {len(self.leaves)}")
        if len(self.disclosures) > MAX_DISCLOSURES:
            raise InvalidManifest(f"expected at most {MAX_DISCLOSURES} disclosures")
        for index, disclosed in self.disclosures:
            if not 0 <= index < self.before.size or disclosed.signed is None:
                raise InvalidManifest("expected disclosures of leaves before this batch")

    @property
    def end(self) -> int:
        """The ledger's size after this batch."""
        return self.before.size + len(self.leaves)

    @property
    def checkpoint(self) -> Checkpoint:
        """The checkpoint that the leaves lead to."""
        grown = self.before.append(leaf.leaf_hash for leaf in self.leaves)
        return Checkpoint(self.ledger, self.end, grown.root())

    def encode(self) -> bytes:
        """Return the manifest's bytes, each line canonical and ended by a line feed.

        LimitExceeded where nobody would read it: make the batch of fewer leaves.
        """
        header: dict[str, Json] = {
            "end": self.end,
            "frontier": [hex_of(node) for node in self.before.hashes],
            "ledger": hex_of(self.ledger),
            "manifest": 1,
            "start": self.before.size,
        }
        lines = [canonical(header)]
        lines += [canonical(_line(leaf)) for leaf in self.leaves]
        lines += [
            canonical({**_line(disclosed), "index": index}) for index, disclosed in self.disclosures
        ]
        data = b"".join(line + b"\n" for line in lines)
        _require_readable(data)
        return data

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read a manifest; InvalidManifest if its header or a leaf hash can't be read.

        Whether it is the batch's own is checked by `require_batch`.
        """
        _require_readable(data)
        if not data.endswith(b"\n"):
            raise InvalidManifest("expected a manifest that ends with a line feed; it was cut off")
        lines = data.split(b"\n")[:-1]
        fields = Fields(_header(lines[0]), "manifest header", InvalidManifest)
        fields.number("manifest", 1, 1)
        start = fields.number("start", 0, MAX_SIZE)
        end = fields.number("end", start + 1, min(start + MAX_GROWTH, MAX_SIZE))
        frontier = tuple(
            fields.as_bytes(node, "frontier", DIGEST_BYTES)
            for node in fields.items("frontier", MAX_FRONTIER)
        )
        ledger = fields.binary("ledger", DIGEST_BYTES)
        fields.done()
        if len(lines) - 1 < end - start:
            raise InvalidManifest(
                f"expected a line for each of {end - start} leaves, got {len(lines) - 1}"
            )
        return cls(
            ledger=ledger,
            before=_frontier(start, frontier),
            leaves=tuple(map(_read_leaf, lines[1 : 1 + end - start])),
            disclosures=_read_disclosures(lines[1 + end - start :], start),
        )

    def require_batch(self, before: Checkpoint | None, after: Checkpoint) -> None:
        """Raise InvalidManifest unless it leads from one anchored checkpoint to the next."""
        if before is None:
            fits = self.before.size == 0
        else:
            fits = (self.before.size, self.before.root()) == (before.size, before.root)
        if not fits or self.checkpoint != after:
            raise InvalidManifest(
                f"expected the leaves that lead to size {after.size} of the ledger, got others"
            )


def _line(leaf: Disclosed) -> dict[str, Json]:
    line: dict[str, Json] = {"leaf": hex_of(leaf.leaf_hash)}
    if isinstance(leaf.signed, SignedClaim):
        line["claim"] = leaf.signed.to_json()
    elif isinstance(leaf.signed, SignedProcessCheckpoint):
        line["process_checkpoint"] = leaf.signed.to_json()
    return line


def _require_readable(data: bytes) -> None:
    if len(data) > MAX_BYTES:
        raise LimitExceeded(
            f"expected a manifest of at most {MAX_BYTES} bytes, got {len(data)}; make smaller "
            "batches"
        )
    most = 1 + MAX_GROWTH + MAX_DISCLOSURES
    if data.count(b"\n") > most:
        raise LimitExceeded(f"expected a manifest of at most {most} lines, got more")


def _header(line: bytes) -> Json:
    try:
        return parse_canonical(line, _HEADER_LINE)
    except LedgerError as cause:
        raise InvalidManifest(f"manifest header: {cause}") from cause


def _frontier(size: int, hashes: Sequence[bytes]) -> Frontier:
    try:
        return Frontier(size, tuple(hashes))
    except LedgerError as cause:
        raise InvalidManifest(f"manifest header: {cause}") from cause


def _read_leaf(line: bytes) -> Disclosed:
    try:
        index, disclosed = _read_line(line)
    except LedgerError:
        return Disclosed(_leaf_hash(line))
    return disclosed if index is None else Disclosed(disclosed.leaf_hash)


def _read_disclosures(lines: Sequence[bytes], start: int) -> tuple[tuple[int, Disclosed], ...]:
    found = []
    for line in lines:
        try:
            index, disclosed = _read_line(line)
        except LedgerError:
            continue  # nobody needs it for the tree: it discloses nothing
        if index is not None and index < start and disclosed.signed is not None:
            found.append((index, disclosed))
    return tuple(found)


def _read_line(line: bytes) -> tuple[int | None, Disclosed]:
    fields = Fields(parse_canonical(line, MAX_LINE), "manifest line", InvalidManifest)
    index = fields.number("index") if fields.has("index") else None
    leaf_hash = fields.binary("leaf", DIGEST_BYTES)
    signed: Signed | None = None
    if fields.has("claim"):
        signed = SignedClaim.from_json(fields.take("claim"))
    elif fields.has("process_checkpoint"):
        signed = SignedProcessCheckpoint.from_json(fields.take("process_checkpoint"))
    fields.done()
    return index, Disclosed(leaf_hash, signed)


def _leaf_hash(line: bytes) -> bytes:
    """Return the leaf hash of a line whose other content is not canonical or not behind it."""
    found = _LEAF.search(line)
    if found is None:
        raise InvalidManifest("expected a leaf hash on every line of a manifest, got none")
    return bytes.fromhex(found.group(1).decode())
