"""Claiming: a work's bytes, whatever pieces they come in, become one claim that hides."""

import hashlib
from collections.abc import Iterator
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ledger.cid import PROFILE, cid_of
from ledger.claim import NO_PROCESS
from ledger.process import ProcessLog
from ledger.secp256k1 import address_of_key
from ledger.services.claiming import Wishes, Work, make_claim, read_work
from ledger.signed import SignedClaim
from ledger.step import parse_steps
from tests.ledger.factories import HOME, author_key, word

KEY = author_key("alice")
AUTHOR = address_of_key(KEY)


def claim(data: bytes = b"a work", wishes: Wishes | None = None, **more: object) -> SignedClaim:
    salts = more.pop("salts", word)
    assert callable(salts)
    return make_claim(
        read_work([data]),
        wishes or Wishes("image/png"),
        HOME,
        AUTHOR,
        KEY,
        salts,
        **more,  # type: ignore[arg-type]
    )


@given(data=st.binary(max_size=4096), cuts=st.lists(st.integers(0, 4096), max_size=6))
def test_a_work_has_one_name_whatever_pieces_it_comes_in(data: bytes, cuts: list[int]) -> None:
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    pieces = [data[start:end] for start, end in pairwise(edges)]
    work = read_work(pieces)
    assert work == Work(work.digest, len(data), str(cid_of(data)))
    assert work.digest.value == hashlib.sha256(data).digest()


def test_a_work_larger_than_a_block_is_read_once_and_never_held_whole() -> None:
    read = []

    def pieces() -> Iterator[bytes]:
        for number in range(40):
            read.append(number)
            yield bytes([number]) * 100_000

    work = read_work(pieces())
    whole = b"".join(bytes([number]) * 100_000 for number in range(40))
    assert read == list(range(40))
    assert work.size == len(whole)
    assert work.cid == str(cid_of(whole))


def test_a_claim_says_what_the_bytes_and_the_author_say() -> None:
    wishes = Wishes("image/png", "Lantern", "CC-BY-4.0", "drawn with a model", word("old claim"))
    signed = claim(b"a work", wishes)
    work = read_work([b"a work"])
    assert signed.signer == AUTHOR == signed.claim.author
    assert signed.claim.work == work.digest.value
    assert (signed.claim.process, signed.claim.steps) == (NO_PROCESS, 0)
    details = signed.details
    assert details is not None
    assert signed.claim.details == details.digest
    assert details.size == 6
    assert details.content is not None
    assert (details.content.cid, details.content.profile) == (work.cid, PROFILE)
    assert details.log is None
    said = (details.media_type, details.title, details.licence, details.ai_disclosure)
    assert said == ("image/png", "Lantern", "CC-BY-4.0", "drawn with a model")
    assert details.supersedes == word("old claim")


def test_a_process_log_is_bound_by_its_root_its_length_and_its_id() -> None:
    steps = parse_steps(b'{"kind":"generate","seed":"1"}\n{"kind":"select"}\n')
    log = ProcessLog(word("log"), word("secret"), tuple(steps))
    signed = claim(log=log)
    assert (signed.claim.process, signed.claim.steps) == (log.root, 2)
    assert signed.details is not None
    assert signed.details.log == log.log_id


def test_the_salt_is_32_bytes_that_the_caller_drew_and_changes_the_claims_id() -> None:
    asked = []

    def drawn(count: int) -> bytes:
        asked.append(count)
        return bytes([7]) * count

    first, second = claim(salts=drawn), claim()
    assert asked == [32]
    assert first.claim.salt == bytes([7]) * 32
    assert first.claim.work == second.claim.work
    assert first.id != second.id
