"""The presets: public chains by name, each with its id, its genesis hash and its clock."""

from collections.abc import Mapping
from dataclasses import dataclass

from ..anchor import ClockRule


@dataclass(frozen=True, slots=True)
class Preset:
    """A public chain: its id, its genesis hash, and how true its block times are."""

    chain_id: int
    genesis: bytes
    rule: ClockRule


# Ethereum: a slot's time is fixed to the second by the protocol (consensus specs, "Time
# parameters"); a block can be missed, never early. 15 s of leave for the reader's own clock.
PRESETS: Mapping[str, Preset] = {
    "ethereum": Preset(
        1,
        bytes.fromhex("d4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3"),
        ClockRule(15, 15),
    ),
    "sepolia": Preset(
        11155111,
        bytes.fromhex("25a5cc106eea7138acab33231d7160d69cb777ee0c2c553fcddf5138993e6dd9"),
        ClockRule(15, 15),
    ),
}
