"""What both chains say of transactions alike."""

from ledger.adapters.transactions import reverted, with_margin
from ledger.errors import TransactionReverted


def test_the_margin_is_a_quarter() -> None:
    assert with_margin(100) == 125
    assert with_margin(21_000) == 26_250


def test_a_refusal_carries_the_contracts_error_data() -> None:
    refusal = reverted(bytes.fromhex("4242424200"))
    assert isinstance(refusal, TransactionReverted)
    assert "0x4242424200" in str(refusal)
    assert "no reason" in str(reverted(b""))
    assert "OutOfGas" in str(reverted(b"", "OutOfGas"))


def test_a_refusal_with_words_shows_them_and_a_lie_of_their_length_does_no_harm() -> None:
    selector = bytes.fromhex("08c379a0")
    said = selector + (32).to_bytes(32, "big") + (4).to_bytes(32, "big") + b"size".ljust(32, b"\0")
    assert "'size'" in str(reverted(said))
    for length in (0, 2**256 - 1):
        lie = selector + (32).to_bytes(32, "big") + length.to_bytes(32, "big") + b"\xff" * 5_000
        assert len(str(reverted(lie))) < 2_500
    assert str(reverted(selector))
