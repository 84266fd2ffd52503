"""Beacons and drawn seeds: text that is strict, numbers that anyone can draw again."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.beacon import SEED_BLOCK_DISTANCE, Beacon, SeedBits, chance_of_accident, drawn_seed
from ledger.errors import InvalidProcessLog

HASH = bytes(range(32))
LOG = bytes(reversed(range(32)))
HASHES = st.binary(min_size=32, max_size=32)
BEACONS = st.builds(Beacon, st.integers(0, 2**53 - 1), st.integers(0, 2**64 - 1), HASHES)


@given(BEACONS)
def test_a_beacon_is_read_back_from_its_text(beacon: Beacon) -> None:
    assert Beacon.parse(str(beacon)) == beacon


def test_a_beacon_is_written_with_its_chain_first() -> None:
    assert str(Beacon(8453, 17, HASH)) == f"8453:17:0x{HASH.hex()}"


@given(BEACONS, st.data())
def test_a_flipped_bit_is_refused_or_another_beacon(beacon: Beacon, draw: st.DataObject) -> None:
    text = bytearray(str(beacon).encode())
    bit = draw.draw(st.integers(0, 8 * len(text) - 1))
    text[bit // 8] ^= 1 << bit % 8
    try:
        other = Beacon.parse(text.decode("latin-1"))
    except InvalidProcessLog:
        return
    assert other != beacon


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"1:2:{HASH.hex()}",
        f"01:2:0x{HASH.hex()}",
        f"1:02:0x{HASH.hex()}",
        f"1:-2:0x{HASH.hex()}",
        f"1:2:0x{HASH.hex().upper()}",
        f"1:2:0x{HASH.hex()[2:]}",
        f"1:2:0x{HASH.hex()}00",
        f"1:2:0x{HASH.hex()}\n",
        f" 1:2:0x{HASH.hex()}",
        f"1:٢:0x{HASH.hex()}",
        f"1:{'9' * 21}:0x{HASH.hex()}",
    ],
)
def test_other_writings_of_a_beacon_are_refused(text: str) -> None:
    with pytest.raises(InvalidProcessLog, match="expected a beacon written CHAINID:NUMBER:0xHASH"):
        Beacon.parse(text)


@pytest.mark.parametrize(
    ("chain_id", "number", "block_hash"),
    [(-1, 0, HASH), (2**53, 0, HASH), (1, -1, HASH), (1, 2**64, HASH), (1, 1, HASH[1:])],
)
def test_a_beacon_that_no_chain_has_cannot_be_made(
    chain_id: int, number: int, block_hash: bytes
) -> None:
    with pytest.raises(InvalidProcessLog):
        Beacon(chain_id, number, block_hash)


def test_the_drawn_seed_is_the_start_of_a_digest_that_anyone_can_compute() -> None:
    words = b"sealbook/seeds/1" + (1).to_bytes(8, "big") + HASH + LOG + (3).to_bytes(8, "big")
    expected = hashlib.sha256(words).hexdigest()
    assert drawn_seed(1, HASH, LOG, 3, 64) == int(expected[:16], 16)
    assert drawn_seed(1, HASH, LOG, 3, 32) == int(expected[:8], 16)


@given(st.integers(0, 255), st.integers(0, 255))
def test_a_flipped_bit_of_the_block_or_of_the_log_draws_another_seed(one: int, two: int) -> None:
    def flip(value: bytes, bit: int) -> bytes:
        return (int.from_bytes(value, "big") ^ (1 << bit)).to_bytes(32, "big")

    seeds = [
        drawn_seed(1, HASH, LOG, 0, 64),
        drawn_seed(2, HASH, LOG, 0, 64),
        drawn_seed(1, HASH, LOG, 1, 64),
        drawn_seed(1, flip(HASH, one), LOG, 0, 64),
        drawn_seed(1, HASH, flip(LOG, two), 0, 64),
    ]
    assert len(set(seeds)) == len(seeds)


@pytest.mark.parametrize(
    ("chain_id", "block_hash", "log_id", "step"),
    [
        (-1, HASH, LOG, 0),
        (2**53, HASH, LOG, 0),
        (1, HASH[1:], LOG, 0),
        (1, HASH, LOG + b"0", 0),
        (1, HASH, LOG, -1),
        (1, HASH, LOG, 2**64),
    ],
)
def test_a_seed_is_not_drawn_from_what_no_chain_or_log_has(
    chain_id: int, block_hash: bytes, log_id: bytes, step: int
) -> None:
    with pytest.raises(InvalidProcessLog):
        drawn_seed(chain_id, block_hash, log_id, step, 64)


@pytest.mark.parametrize("bits", [0, 16, 33, 128])
def test_seeds_have_32_or_64_bits(bits: SeedBits) -> None:
    with pytest.raises(InvalidProcessLog, match="expected a seed of 32 or 64 bits"):
        drawn_seed(1, HASH, LOG, 0, bits)


def test_the_chance_of_accident_is_exact_even_where_it_is_tiny() -> None:
    assert chance_of_accident(1, 1) == pytest.approx(1 / 2)
    assert chance_of_accident(1, 2) == pytest.approx(3 / 4)
    assert chance_of_accident(32, 0) == 0
    assert chance_of_accident(32, 200) == pytest.approx(200 / 2**32, rel=1e-6)
    assert chance_of_accident(64, 200) == pytest.approx(200 / 2**64, rel=1e-9)
    assert chance_of_accident(32, 2**40) == pytest.approx(1)


@pytest.mark.parametrize(("bits", "steps"), [(0, 1), (-1, 1), (32, -1)])
def test_there_is_no_chance_without_bits_or_with_fewer_steps_than_none(
    bits: int, steps: int
) -> None:
    with pytest.raises(InvalidProcessLog):
        chance_of_accident(bits, steps)


def test_the_seed_block_is_fixed() -> None:
    assert SEED_BLOCK_DISTANCE == 8
