"""Write the worked example of docs/receipt.md: `python -m tests.docs.receipt_example`."""

import json
import re
from dataclasses import replace
from pathlib import Path

from ledger import merkle
from ledger.anchor import Anchor
from ledger.chain import ChainIdentity
from ledger.checkpoint import Checkpoint
from ledger.claim import Claim
from ledger.details import Details
from ledger.digest import Digest, sha256
from ledger.leaf import Leaf
from ledger.receipt import Inclusion, Receipt
from ledger.secp256k1 import address_of_key
from ledger.signed import sign_claim
from ledger.signing import Home, domain_separator

FILE = Path(__file__).parents[2] / "docs" / "receipt.md"
BEGIN, END = "<!-- example: begin -->\n", "<!-- example: end -->"
WORK = b"paper lantern\n"
KEY = sha256(b"the example's key: never use it")


def example() -> Receipt:
    """Return the receipt of a small claim, leaf 1 of 3."""
    details = Details("text/plain", len(WORK), title="Paper lantern", licence="CC0-1.0")
    claim = Claim(
        author=address_of_key(KEY),
        work=Digest.of(WORK).value,
        process=bytes(32),
        steps=0,
        details=details.digest,
        salt=sha256(b"the example's salt"),
    )
    home = Home(1, sha256(b"the example's AuthorKeys")[:20])
    receipt = Receipt(sign_claim(home, claim, KEY, details))
    leaves = [sha256(b"first"), receipt.leaf_hash, sha256(b"third")]
    checkpoint = Checkpoint(sha256(b"the example's ledger"), 3, merkle.root(leaves))
    chain = ChainIdentity(1, sha256(b"the example's genesis"))
    anchor = Anchor(
        chain_id=chain.chain_id,
        genesis=chain.genesis,
        contract=sha256(b"the example's Ledgers")[:20],
        block_number=21_000_000,
        block_hash=sha256(b"the example's block"),
        transaction=sha256(b"the example's transaction"),
        log_index=7,
    )
    inclusion = Inclusion(1, checkpoint, tuple(merkle.inclusion_proof(leaves, 1, 3)))
    return replace(receipt, inclusion=inclusion, anchors=(anchor,))


def written() -> str:
    """Return the example as it stands in the page."""
    receipt = example()
    signed, leaf, inclusion = receipt.signed, Leaf.of(receipt.signed), receipt.inclusion
    assert inclusion is not None
    assert signed.details is not None
    pretty = json.dumps(json.loads(receipt.encode()), indent=2, sort_keys=True, ensure_ascii=False)
    steps = (
        ("the work, as text", repr(WORK.decode())[1:-1]),
        ("its SHA-256, `work`", signed.claim.work.hex()),
        ("details, canonical", signed.details.encode().decode()),
        ("their SHA-256, `details`", signed.claim.details.hex()),
        ("domain separator", domain_separator(signed.home).hex()),
        ("claim id, what is signed", signed.id.hex()),
        ("SHA-256 of the signature", leaf.signature_digest.hex()),
        ("leaf data", leaf.data.hex()),
        ("leaf hash", leaf.hash.hex()),
        ("then node(proof[0], leaf hash)", merkle.node_hash(inclusion.proof[0], leaf.hash).hex()),
        ("then node(that, proof[1]), `root`", inclusion.checkpoint.root.hex()),
    )
    table = "\n".join(f"| {name} | `{value}` |" for name, value in steps)
    return (
        f"```json\n{pretty}\n```\n\n"
        f"In a file it is one line of {len(receipt.encode())} bytes. What is hashed on the way:\n\n"
        f"| | |\n|---|---|\n{table}\n"
    )


def page(text: str) -> str:
    """Return the page with the example as it is now."""
    return re.sub(
        f"(?<={re.escape(BEGIN)}).*(?={re.escape(END)})", lambda _: written(), text, flags=re.DOTALL
    )


if __name__ == "__main__":
    FILE.write_text(page(FILE.read_text(encoding="utf-8")), encoding="utf-8")
