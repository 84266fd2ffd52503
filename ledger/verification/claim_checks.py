"""Checks 1 to 3 and 8: the file, the signature, the key, and whether the author stands by it."""

from ..key import KeyState, Purpose, key_state, withdrawn_at
from ..report import UNKNOWN, Check, Finding
from ..signed import SignedClaim
from .evidence import Evidence, KeyEvidence


def check_integrity(evidence: Evidence) -> Finding | None:
    """Check 1: the file is the work that the claim names, and the receipt can be read.

    No finding when there is neither a file nor a fault: nothing was asked.
    """
    if evidence.malformed is not None:
        return _integrity("malformed", f"this can't be read as a receipt: {evidence.malformed}")
    if evidence.digest is None or evidence.signed is None:
        return None
    claimed = evidence.signed.claim.work
    if evidence.digest.value != claimed:
        return _integrity(
            "mismatch",
            f"expected sha256:{claimed.hex()}, the file is {evidence.digest}: it was changed, "
            "or it is another file",
        )
    if not evidence.from_file:
        return _integrity("match", "the claim is on this digest; no file was given")
    return _integrity("match", "the file is, byte for byte, the work that the claim names")


def check_signature(evidence: Evidence) -> Finding | None:
    """Check 2: the author's key, or one that the author ever let sign, signed the claim."""
    signed = evidence.signed
    if signed is None:
        return None
    author = f"0x{signed.claim.author.hex()}"
    if signed.signer == signed.claim.author:
        return _signature("valid", f"{author} signed it")
    if evidence.keys is not None:
        return _by_keys(signed, evidence.keys, author)
    if evidence.remembered is not None and evidence.remembered.key != UNKNOWN:
        return _signature("valid", f"signed for {author}, as this home saw on the chain")
    if signed.signer is not None:
        return _signature(
            UNKNOWN,
            f"signed by 0x{signed.signer.hex()}; whether {author} delegated to it can't be asked "
            "of the home chain now",
        )
    return _signature(
        UNKNOWN, f"not signed by a key; whether {author} is a contract wallet can't be asked"
    )


def check_key(evidence: Evidence) -> Finding | None:
    """Check 3: the key was the author's to use at the anchored time, by the home chain."""
    signed = evidence.signed
    if signed is None:
        return None
    if evidence.keys is not None:
        state = state_of(signed, evidence.keys)
        if state is KeyState.STRANGER:
            return Finding(Check.KEY, UNKNOWN, "there is no key of the author's to judge")
        return Finding(Check.KEY, state.value, _KEY_MESSAGES[state])
    if evidence.remembered is not None:
        return Finding(
            Check.KEY,
            evidence.remembered.key,
            f"{_KEY_WORDS.get(evidence.remembered.key, 'not known')}, as this home saw at block "
            f"{evidence.remembered.checked_at_block}",
        )
    if _untouched(evidence):
        return Finding(
            Check.KEY, "valid", "the state proof shows that no key was delegated or revoked by then"
        )
    return Finding(Check.KEY, UNKNOWN, "the home chain could not be asked about the author's keys")


def check_standing(evidence: Evidence) -> Finding | None:
    """Check 8: the author has not withdrawn the claim."""
    signed = evidence.signed
    if signed is None:
        return None
    if evidence.keys is not None:
        place = withdrawn_at(evidence.keys.events, signed.claim.author, signed.id)
        if place is None:
            return Finding(Check.STANDING, "in_force", "the author has not withdrawn it")
        return Finding(
            Check.STANDING,
            "withdrawn",
            f"the author withdrew it in block {place.block_number}; it keeps its place",
        )
    if evidence.remembered is not None:
        return Finding(
            Check.STANDING,
            evidence.remembered.standing,
            f"{_STANDING.get(evidence.remembered.standing, 'not known')} when this home looked, at "
            f"block {evidence.remembered.checked_at_block}; ask the chain for what happened since",
        )
    if _untouched(evidence):
        return Finding(
            Check.STANDING,
            "in_force",
            "not withdrawn by the block of the state proof; ask the chain for what happened since",
        )
    return Finding(Check.STANDING, UNKNOWN, "the home chain could not be asked about withdrawals")


_STANDING = {
    "in_force": "not withdrawn",
    "withdrawn": "withdrawn by its author",
}
_KEY_MESSAGES = {
    KeyState.VALID: "the key was the author's to use when the claim was anchored",
    KeyState.NOT_YET: "the key was not yet the author's delegate when the claim was anchored",
    KeyState.EXPIRED: "the key's delegation had run out when the claim was anchored",
    KeyState.REVOKED_BEFORE: "the key had been revoked before the claim was anchored",
    KeyState.REVOKED_AFTER: "the key was revoked later; it was good when the claim was anchored",
}
_KEY_WORDS = {state.value: said for state, said in _KEY_MESSAGES.items()}


def state_of(signed: SignedClaim, keys: KeyEvidence) -> KeyState:
    """Return the state of the key that signed; a wallet that accepts stands for the author's own.

    EIP-1271 is asked only where ecrecover finds no key that the author ever let sign.
    """
    signer = _key_of(signed, keys)
    if signer is None:
        return KeyState.STRANGER
    return key_state(
        keys.events, signed.claim.author, signer, Purpose.CLAIMS, keys.block, keys.time
    )


def wallet_unasked(signed: SignedClaim, keys: KeyEvidence) -> bool:
    """Say whether only a contract wallet could tell, and it was not asked."""
    return keys.has_code and keys.accepted is None and _key_of(signed, keys) is None


def _key_of(signed: SignedClaim, keys: KeyEvidence) -> bytes | None:
    author, signer = signed.claim.author, signed.signer
    if signer is not None:
        state = key_state(keys.events, author, signer, Purpose.CLAIMS, keys.block, keys.time)
        if state is not KeyState.STRANGER:
            return signer
    return author if keys.has_code and keys.accepted else None


def _by_keys(signed: SignedClaim, keys: KeyEvidence, author: str) -> Finding:
    key = _key_of(signed, keys)
    if key == signed.claim.author:
        return _signature("valid", f"the contract wallet {author} accepts it (EIP-1271)")
    if key is not None:
        return _signature("valid", f"0x{key.hex()} signed it, a key that {author} delegated to")
    if wallet_unasked(signed, keys):
        return _signature(
            UNKNOWN, f"{author} is a contract wallet; its word (EIP-1271) was not asked"
        )
    return _signature("invalid", f"no key of {author} made this signature over this claim")


def _untouched(evidence: Evidence) -> bool:
    """Say whether a trusted state proof shows an author without any key event."""
    proven, signed = evidence.proven, evidence.signed
    return (
        proven is not None
        and proven.trusted
        and proven.history == bytes(32)
        and signed is not None
        and signed.signer == signed.claim.author
    )


def _integrity(outcome: str, message: str) -> Finding:
    return Finding(Check.INTEGRITY, outcome, message)


def _signature(outcome: str, message: str) -> Finding:
    return Finding(Check.SIGNATURE, outcome, message)
