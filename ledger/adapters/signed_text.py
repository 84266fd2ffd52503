"""What was signed, as the text that a table holds: canonical JSON, and its kind beside it."""

from ..encoding import canonical, parse_canonical
from ..leaf import Kind, Signed
from ..signed import SignedClaim, SignedProcessCheckpoint

_MOST = 1 << 20  # ours: written by `write_signed` from a value that was within all limits


def kind_of(signed: Signed) -> Kind:
    """Return the leaf kind of what was signed."""
    return Kind.CLAIM if isinstance(signed, SignedClaim) else Kind.PROCESS_CHECKPOINT


def write_signed(signed: Signed) -> str:
    """Return the canonical JSON text."""
    return canonical(signed.to_json()).decode()


def read_signed(kind: int, text: str) -> Signed:
    """Return what was signed from its kind and its text."""
    value = parse_canonical(text.encode(), _MOST)
    if kind == Kind.CLAIM:
        return SignedClaim.from_json(value)
    return SignedProcessCheckpoint.from_json(value)
