"""The manifest: verified alone, read alike by everyone, whatever a stranger writes into it."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import manifest as module
from ledger.checkpoint import MAX_GROWTH, MAX_SIZE, Checkpoint
from ledger.encoding import Json, canonical
from ledger.errors import InvalidManifest, LedgerError, LimitExceeded
from ledger.leaf import Disclosed, Leaf
from ledger.manifest import Manifest
from ledger.tree import Frontier
from tests.ledger.domain_factories import claim_of
from tests.ledger.factories import (
    LEDGER,
    checkpoint,
    disclosed,
    opaque,
    signed_claim,
    signed_process_checkpoint,
    word,
)

EARLIER = [opaque(signed_claim(index)) for index in range(3)]
BEFORE = Frontier().append(leaf.leaf_hash for leaf in EARLIER)
CLAIM, CHECKPOINT = claim_of(), signed_process_checkpoint("a")
LEAVES = (disclosed(CLAIM), opaque(signed_claim("hidden")), disclosed(CHECKPOINT))
OPENED = ((1, disclosed(signed_claim(1))),)
MANIFEST = Manifest(LEDGER, BEFORE, LEAVES, OPENED)
DATA = MANIFEST.encode()
LINES = DATA.split(b"\n")[:-1]

leaves_said = st.one_of(
    st.integers(0, 99).map(lambda seed: opaque(signed_claim(seed))),
    st.integers(0, 9).map(lambda seed: disclosed(signed_claim(seed))),
    st.integers(0, 9).map(lambda seed: disclosed(signed_process_checkpoint(seed))),
)


def joined(*lines: bytes) -> bytes:
    return b"".join(line + b"\n" for line in lines)


def with_leaf(line: bytes) -> bytes:
    """Return the manifest with another line for its first leaf."""
    return joined(LINES[0], line, *LINES[2:])


def header(**changes: Json) -> bytes:
    said = json.loads(LINES[0])
    return joined(canonical({**said, **changes}), *LINES[1:])


@settings(max_examples=60, deadline=None)
@given(
    earlier=st.integers(0, 9),
    leaves=st.lists(leaves_said, min_size=1, max_size=9),
    opened=st.sets(st.integers(0, 8)),
)
def test_a_manifest_reads_back_as_it_was_written(
    earlier: int, leaves: list[Disclosed], opened: set[int]
) -> None:
    before = [disclosed(signed_claim(index)) for index in range(earlier)]
    manifest = Manifest(
        ledger=LEDGER,
        before=Frontier().append(leaf.leaf_hash for leaf in before),
        leaves=tuple(leaves),
        disclosures=tuple((index, before[index]) for index in sorted(opened) if index < earlier),
    )
    data = manifest.encode()
    again = Manifest.decode(data)
    assert again == manifest
    assert again.encode() == data
    after = checkpoint([*before, *leaves])
    assert again.checkpoint == after
    again.require_batch(checkpoint(before) if before else None, after)


def test_a_manifest_leads_from_one_anchored_checkpoint_to_the_next_and_no_other() -> None:
    before, after = checkpoint(EARLIER), checkpoint([*EARLIER, *LEAVES])
    MANIFEST.require_batch(before, after)
    for wrong_before, wrong_after in (
        (None, after),
        (replace(before, root=word("another")), after),
        (checkpoint(EARLIER[:2]), after),
        (before, replace(after, root=word("another"))),
        (before, replace(after, ledger=word("another"))),
        (before, replace(after, size=after.size + 1)),
    ):
        with pytest.raises(InvalidManifest, match=r"lead to size \d of the ledger, got others"):
            MANIFEST.require_batch(wrong_before, wrong_after)


FIRST_LEAF = LEAVES[0].leaf_hash
NAMED = b'"leaf":"0x' + FIRST_LEAF.hex().encode() + b'"'
OTHER = canonical(disclosed(claim_of("mallory")).signed.to_json())  # type: ignore[union-attr]
DEEP = b"[" * 50_000 + b"]" * 50_000


@pytest.mark.parametrize(
    "line",
    [
        LINES[1].replace(b",", b", ", 1),  # a space
        LINES[1].replace(b'"leaf":', b'"leaf" : '),
        LINES[1] + b" ",
        LINES[1] + b"\r",
        b"{" + NAMED + b"," + LINES[1][1:],  # the leaf hash twice
        b"{" + NAMED + b',"time":1}',  # an unknown field
        b"{" + NAMED + b',"index":0}',  # only a disclosure has an index
        b'{"claim":' + OTHER + b"," + NAMED + b"}",  # a claim behind another leaf hash
        b'{"claim":null,' + NAMED + b"}",
        b'{"claim":{},' + NAMED + b',"process_checkpoint":{}}',
        LINES[1].replace(b'"salt":"0x', b'"salt":"0X'),
        LINES[1].replace(b'"size":412000', b'"size":412000.0'),
        LINES[1].replace(b'"title":"Lantern"', b'"title":"\\u004cantern"'),
        b'{"a":' + DEEP + b"," + NAMED + b"}",  # nested deeper than any parser's stack
        b'{"a":"' + b"x" * module.MAX_LINE + b'",' + NAMED + b"}",  # longer than a line is read
        b'{"a":' + b"9" * 5_000 + b"," + NAMED + b"}",
        b"\xff" + NAMED,
        NAMED,  # not even an object
    ],
)
def test_a_line_that_says_more_or_else_is_opaque_with_the_same_leaf_hash(line: bytes) -> None:
    read = Manifest.decode(with_leaf(line))
    assert read.leaves == (Disclosed(FIRST_LEAF), *LEAVES[1:])
    assert read.checkpoint == MANIFEST.checkpoint


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{}",
        b"null",
        LINES[1].replace(b'"leaf"', b'"Leaf"'),
        LINES[1].replace(NAMED, NAMED.upper()),
        b'{"leaf":null}',
        b'{"leaf":"0x' + FIRST_LEAF.hex()[2:].encode() + b'"}',
        b'{"leaf":"0x00' + FIRST_LEAF.hex().encode() + b'"}',
        b'{"leaf":"' + FIRST_LEAF.hex().encode() + b'"}',
        b'{\\"leaf\\":\\"0x' + FIRST_LEAF.hex().encode() + b'\\"}',
    ],
)
def test_a_line_without_a_leaf_hash_makes_it_no_manifest(line: bytes) -> None:
    with pytest.raises(InvalidManifest, match="expected a leaf hash on every line"):
        Manifest.decode(with_leaf(line))


def test_a_disclosure_that_opens_nothing_is_passed_over() -> None:
    said = json.loads(LINES[4])
    for line in (
        b"not json",
        canonical({**said, "index": 3}),  # not before this batch
        canonical({key: value for key, value in said.items() if key != "index"}),
        canonical({key: value for key, value in said.items() if key != "claim"}),
        canonical({**said, "leaf": "0x" + word("another").hex()}),
        LINES[4] + b" ",
    ):
        assert Manifest.decode(joined(*LINES[:4], line)).disclosures == ()
        assert Manifest.decode(joined(*LINES[:4], line, LINES[4])).disclosures == OPENED


@pytest.mark.parametrize(
    "lines", [LINES[:2], [LINES[0]], [*LINES[:2], LINES[3], LINES[2], LINES[4]]]
)
def test_missing_and_turned_lines_do_not_lead_to_the_batch(lines: list[bytes]) -> None:
    with pytest.raises(InvalidManifest):
        Manifest.decode(joined(*lines)).require_batch(
            checkpoint(EARLIER), checkpoint([*EARLIER, *LEAVES])
        )


@pytest.mark.parametrize("place", [1, 2])
def test_doubled_lines_do_not_lead_to_the_batch(place: int) -> None:
    read = Manifest.decode(joined(*LINES[:place], LINES[place], *LINES[place:]))
    with pytest.raises(InvalidManifest, match="got others"):
        read.require_batch(checkpoint(EARLIER), checkpoint([*EARLIER, *LEAVES]))


def test_a_manifest_that_was_cut_off_anywhere_is_refused_or_lacks_its_disclosures() -> None:
    after = checkpoint([*EARLIER, *LEAVES])
    whole = len(joined(*LINES[:4]))
    for length in {*range(0, len(DATA), 7), *range(whole - 9, whole + 9), len(DATA) - 1}:
        try:
            read = Manifest.decode(DATA[:length])
            read.require_batch(checkpoint(EARLIER), after)
        except InvalidManifest:
            continue
        assert (length, read.disclosures) == (whole, ())


@pytest.mark.parametrize(
    "changed",
    [
        b"",
        b"\n",
        b"{}\n",
        b"[]\n",
        DATA[:-1],
        header(manifest=2),
        header(manifest=True),
        header(start=-1),
        header(start=4),
        header(end=3),
        header(end=8),
        header(end=3 + MAX_GROWTH + 1),
        header(start=2**53 - 1, end=2**53 - 1),
        header(frontier=[]),
        header(frontier=["0x" + "00" * 31] * 2),
        header(frontier=["0x" + "00" * 32] * 64),
        header(frontier=[None, None]),
        header(ledger="0x"),
        header(time=1),
        joined(LINES[0].replace(b",", b", ", 1), *LINES[1:]),
        joined(b"{" + b" " * 9_000 + LINES[0][1:], *LINES[1:]),
        joined(DEEP, *LINES[1:]),
        joined(*LINES[1:]),
    ],
)
def test_a_header_that_is_not_in_the_one_form_is_refused(changed: bytes) -> None:
    with pytest.raises(InvalidManifest):
        Manifest.decode(changed)


def test_more_bytes_or_lines_than_anyone_reads_are_refused_before_they_are_split(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(LimitExceeded, match="at most 2097153 lines"):
        Manifest.decode(b"\n" * (2 * MAX_GROWTH + 2))
    monkeypatch.setattr(module, "MAX_BYTES", len(DATA) - 1)
    with pytest.raises(LimitExceeded, match="make smaller batches"):
        Manifest.decode(DATA)
    with pytest.raises(LimitExceeded, match="make smaller batches"):
        MANIFEST.encode()


def test_a_manifest_checks_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    big = Frontier(MAX_SIZE, (bytes(32),) * 63)
    monkeypatch.setattr(module, "MAX_DISCLOSURES", 1)
    for change in (
        {"ledger": bytes(31)},
        {"leaves": ()},
        {"before": big},
        {"disclosures": ((3, OPENED[0][1]),)},
        {"disclosures": ((-1, OPENED[0][1]),)},
        {"disclosures": ((1, opaque(signed_claim(1))),)},
        {"disclosures": OPENED * 2},
    ):
        with pytest.raises(InvalidManifest, match="expected"):
            replace(MANIFEST, **change)


@settings(max_examples=150, deadline=None)
@given(
    cuts=st.tuples(st.integers(0, len(DATA)), st.integers(0, len(DATA))), junk=st.binary(max_size=9)
)
def test_whatever_is_written_into_a_manifest_only_ledger_errors_come_out(
    cuts: tuple[int, int], junk: bytes
) -> None:
    start, end = sorted(cuts)
    changed = DATA[:start] + junk + DATA[end:]
    try:
        read = Manifest.decode(changed)
        read.require_batch(checkpoint(EARLIER), checkpoint([*EARLIER, *LEAVES]))
    except LedgerError:
        return
    # it may have lost disclosures, and never shows what is not behind a leaf hash
    assert [leaf.leaf_hash for leaf in read.leaves] == [leaf.leaf_hash for leaf in LEAVES]
    assert all(
        one.signed and Leaf.of(one.signed).hash == one.leaf_hash for _, one in read.disclosures
    )


def test_manifests_of_one_ledger_chain_into_each_other() -> None:
    at: list[Checkpoint | None] = [None]
    before = Frontier()
    for batch in ([EARLIER[0]], EARLIER[1:], list(LEAVES)):
        manifest = Manifest.decode(Manifest(LEDGER, before, tuple(batch)).encode())
        manifest.require_batch(at[-1], manifest.checkpoint)
        at.append(manifest.checkpoint)
        before = before.append(leaf.leaf_hash for leaf in batch)
    assert at[-1] == checkpoint([*EARLIER, *LEAVES])
