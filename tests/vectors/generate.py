"""Write tests/vectors/inclusion and tests/vectors/consistency: `python tests/vectors/generate.py`.

Language-neutral: the Python verifier and the contract are held to the same files. What is right
comes from the recursive definitions of RFC 9162, transcribed here and not from `ledger.merkle`.
Everything is drawn from counters, so that a run writes the same bytes again.

One JSON a case; hashes are lower-case hex of 32 bytes; `valid` is what a verifier must answer.
    inclusion:   case, index, size, leaf_hash, root, proof, valid
    consistency: case, old_size, new_size, old_root, new_root, proof, valid
Cases with a wrong size that are still valid are marked `unbound`: a root does not bind its size.
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
Case = dict[str, object]
EMPTY = hashlib.sha256(b"").digest()
TREES = [1, 2, 3, 5, 7, 8, 13]
GROWTHS = [
    (1, 2),
    (1, 8),
    (2, 5),
    (3, 7),
    (4, 7),
    (4, 8),
    (6, 8),
    (7, 8),
    (6, 13),
    (8, 13),
    (9, 20),
]
HUGE = 2**63 - 1


def draw(*seed: object) -> bytes:
    return hashlib.sha256(repr(("sealbook vectors", seed)).encode()).digest()


def flip(node: bytes, *seed: object) -> bytes:
    bit = int.from_bytes(draw("bit", node, seed)) % 256
    return (int.from_bytes(node) ^ 1 << bit).to_bytes(32)


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def leaves(size: int) -> list[bytes]:
    return [hashlib.sha256(b"\x00" + b"leaf %d" % index).digest() for index in range(size)]


def split(size: int) -> int:
    k = 1
    while k * 2 < size:
        k *= 2
    return k


def mth(d: list[bytes]) -> bytes:
    """Return MTH(D[n]) of RFC 9162 §2.1.1, of leaf hashes."""
    if len(d) < 2:
        return d[0] if d else EMPTY
    k = split(len(d))
    return node(mth(d[:k]), mth(d[k:]))


def path(m: int, d: list[bytes]) -> list[bytes]:
    """Return PATH(m, D[n]) of RFC 9162 §2.1.3.1."""
    if len(d) == 1:
        return []
    k = split(len(d))
    return [*path(m, d[:k]), mth(d[k:])] if m < k else [*path(m - k, d[k:]), mth(d[:k])]


def subproof(m: int, d: list[bytes], *, whole: bool = True) -> list[bytes]:
    """Return SUBPROOF(m, D[n], b) of RFC 9162 §2.1.4.1."""
    if m == len(d):
        return [] if whole else [mth(d)]
    k = split(len(d))
    if m <= k:
        return [*subproof(m, d[:k], whole=whole), mth(d[k:])]
    return [*subproof(m - k, d[k:], whole=False), mth(d[:k])]


def included(m: int, n: int, leaf: bytes, proof: list[bytes]) -> bytes | None:
    """Undo PATH: the root to which the proof leads, or None if PATH has another length."""
    if n == 1 or not proof:
        return leaf if n == 1 and not proof else None
    k = split(n)
    below = included(m, k, leaf, proof[:-1]) if m < k else included(m - k, n - k, leaf, proof[:-1])
    if below is None:
        return None
    return node(below, proof[-1]) if m < k else node(proof[-1], below)


def extended(
    m: int, n: int, old: bytes, proof: list[bytes], *, whole: bool = True
) -> tuple[bytes, bytes] | None:
    """Undo SUBPROOF: the two roots to which the proof leads, or None for another length."""
    if m == n:
        if whole:
            return None if proof else (old, old)
        return (proof[0], proof[0]) if len(proof) == 1 else None
    if not proof:
        return None
    k, last = split(n), proof[-1]
    if m <= k:
        below = extended(m, k, old, proof[:-1], whole=whole)
        return below and (below[0], node(below[1], last))
    below = extended(m - k, n - k, old, proof[:-1], whole=False)
    return below and (node(last, below[0]), node(last, below[1]))


def is_included(index: int, size: int, leaf: bytes, root: bytes, proof: list[bytes]) -> bool:
    return 0 <= index < size and included(index, size, leaf, proof) == root


def is_extended(
    old_size: int, new_size: int, old_root: bytes, new_root: bytes, proof: list[bytes]
) -> bool:
    if old_size == 0:
        fits = old_root == EMPTY and not proof
        return fits and (new_size > 0 or new_root == EMPTY)
    roots = (old_root, new_root)
    return old_size <= new_size and extended(old_size, new_size, old_root, proof) == roots


def proofs_gone_wrong(proof: list[bytes], root: bytes) -> Iterator[tuple[str, list[bytes]]]:
    for at, element in enumerate(proof):
        yield f"flipped-{at}", [*proof[:at], flip(element, at), *proof[at + 1 :]]
    if proof:
        yield "truncated", proof[:-1]
        yield "beheaded", proof[1:]
        yield "padded-duplicate", [*proof, proof[-1]]
        yield "padded-zero", [*proof, bytes(32)]
    if len(proof) > 1:
        yield "empty", []
        yield "reversed", proof[::-1]
    yield "preceding-garbage", [draw("garbage"), *proof]
    yield "trailing-garbage", [*proof, draw("garbage")]
    yield "preceding-root", [root, *proof]
    yield "trailing-root", [*proof, root]


def inclusion(name: str, at: tuple[int, int], leaf: bytes, root: bytes, proof: list[bytes]) -> Case:
    index, size = at
    return {
        "case": name,
        "index": index,
        "size": size,
        "leaf_hash": leaf.hex(),
        "root": root.hex(),
        "proof": [element.hex() for element in proof],
        "valid": is_included(index, size, leaf, root, proof),
    }


def consistency(
    name: str, sizes: tuple[int, int], old_root: bytes, new_root: bytes, proof: list[bytes]
) -> Case:
    old_size, new_size = sizes
    return {
        "case": name,
        "old_size": old_size,
        "new_size": new_size,
        "old_root": old_root.hex(),
        "new_root": new_root.hex(),
        "proof": [element.hex() for element in proof],
        "valid": is_extended(old_size, new_size, old_root, new_root, proof),
    }


def unbound(case: Case) -> Case:
    return {**case, "case": f"{case['case']}-unbound"} if case["valid"] else case


def inclusion_cases() -> Iterator[Case]:
    yield inclusion("0-of-0", (0, 0), leaves(1)[0], EMPTY, [])
    for size in TREES:
        d = leaves(size)
        root = mth(d)
        for index in sorted({0, size // 2, size - 1}):
            name, leaf, proof = f"{index}-of-{size}", d[index], path(index, d)
            yield inclusion(name, (index, size), leaf, root, proof)
            yield inclusion(f"{name}-wrong-leaf", (index, size), flip(leaf), root, proof)
            yield inclusion(f"{name}-wrong-root", (index, size), leaf, flip(root), proof)
            yield inclusion(f"{name}-empty-root", (index, size), leaf, EMPTY, proof)
            yield unbound(inclusion(f"{name}-index-plus-1", (index + 1, size), leaf, root, proof))
            yield unbound(inclusion(f"{name}-size-plus-1", (index, size + 1), leaf, root, proof))
            yield unbound(inclusion(f"{name}-size-less-1", (index, size - 1), leaf, root, proof))
            if size in (7, 8):
                for wrong, nodes in proofs_gone_wrong(proof, root):
                    yield inclusion(f"{name}-{wrong}", (index, size), leaf, root, nodes)
    yield from huge_inclusions()


def huge_inclusions() -> Iterator[Case]:
    for index in (0, 2**62 + 5, HUGE - 1):
        name, leaf, proof = f"{index}-of-{HUGE}", draw("leaf"), list[bytes]()
        while (root := included(index, HUGE, leaf, proof)) is None:
            proof.append(draw("huge", len(proof)))
        yield inclusion(name, (index, HUGE), leaf, root, proof)
        yield inclusion(f"{name}-flipped", (index, HUGE), leaf, root, [flip(proof[0]), *proof[1:]])
        yield inclusion(f"{name}-truncated", (index, HUGE), leaf, root, proof[:-1])
        yield inclusion(f"{name}-padded", (index, HUGE), leaf, root, [*proof, proof[0]])


def consistency_cases() -> Iterator[Case]:
    for old, new in GROWTHS:
        d, name = leaves(new), f"{old}-to-{new}"
        first, second, proof = mth(d[:old]), mth(d), subproof(old, d)
        yield consistency(name, (old, new), first, second, proof)
        yield consistency(f"{name}-flipped-old-root", (old, new), flip(first), second, proof)
        yield consistency(f"{name}-flipped-new-root", (old, new), first, flip(second), proof)
        yield consistency(f"{name}-swapped-roots", (old, new), second, first, proof)
        yield consistency(f"{name}-swapped-all", (new, old), second, first, proof)
        yield consistency(f"{name}-same-roots", (old, new), first, first, proof)
        yield consistency(f"{name}-old-root-empty", (old, new), EMPTY, second, proof)
        yield unbound(consistency(f"{name}-old-plus-1", (old + 1, new), first, second, proof))
        yield unbound(consistency(f"{name}-old-less-1", (old - 1, new), first, second, proof))
        yield unbound(consistency(f"{name}-new-plus-1", (old, new + 1), first, second, proof))
        yield unbound(consistency(f"{name}-new-less-1", (old, new - 1), first, second, proof))
        for wrong, nodes in proofs_gone_wrong(proof, second):
            yield consistency(f"{name}-{wrong}", (old, new), first, second, nodes)
    yield from edges()
    yield from huge_growths()


def edges() -> Iterator[Case]:
    one, five, other = mth(leaves(1)), mth(leaves(5)), draw("other")
    yield consistency("0-to-0", (0, 0), EMPTY, EMPTY, [])
    yield consistency("0-to-0-proof", (0, 0), EMPTY, EMPTY, [EMPTY])
    yield consistency("0-to-0-wrong-new-root", (0, 0), EMPTY, five, [])
    yield consistency("0-to-0-wrong-roots", (0, 0), five, five, [])
    yield consistency("0-to-0-zero-roots", (0, 0), bytes(32), bytes(32), [])
    yield consistency("0-to-1", (0, 1), EMPTY, one, [])
    yield consistency("0-to-5", (0, 5), EMPTY, five, [])
    yield consistency("0-to-5-proof", (0, 5), EMPTY, five, [five])
    yield consistency("0-to-5-wrong-old-root", (0, 5), five, five, [])
    yield consistency("0-to-5-zero-old-root", (0, 5), bytes(32), five, [])
    yield consistency("5-to-0", (5, 0), five, EMPTY, [])
    yield consistency("5-to-0-proof", (5, 0), five, EMPTY, [five])
    yield consistency("1-to-1", (1, 1), one, one, [])
    yield consistency("5-to-5", (5, 5), five, five, [])
    yield consistency("5-to-5-proof", (5, 5), five, five, [five])
    yield consistency("5-to-5-wrong-new-root", (5, 5), five, other, [])
    yield consistency("5-to-5-wrong-old-root", (5, 5), other, five, [])


def huge_growths() -> Iterator[Case]:
    for old in (1, 2**62, 2**62 + 5, HUGE - 1):
        name, first, proof = f"{old}-to-{HUGE}", draw("old root"), list[bytes]()
        while (roots := extended(old, HUGE, first, proof)) is None:
            proof.append(draw("huge", len(proof)))
        yield consistency(name, (old, HUGE), *roots, proof)
        wrong = [flip(proof[0]), *proof[1:]]
        yield consistency(f"{name}-flipped", (old, HUGE), *roots, wrong)
        yield consistency(f"{name}-truncated", (old, HUGE), *roots, proof[:-1])
        yield consistency(f"{name}-padded", (old, HUGE), *roots, [*proof, proof[0]])


def files() -> dict[str, str]:
    """Return every file's text by its path under this folder."""
    families = {"inclusion": inclusion_cases, "consistency": consistency_cases}
    return {
        f"{family}/{case['case']}.json": json.dumps(case, indent=1) + "\n"
        for family, cases in families.items()
        for case in cases()
    }


if __name__ == "__main__":
    for name, text in files().items():
        (HERE / name).parent.mkdir(exist_ok=True)
        (HERE / name).write_text(text, encoding="ascii")
