"""The presets: known chains by name, each with its identity, its clock, its finality and its fees.

What the words and numbers rest on is in docs/public-chains.md; `source` gives where to check them.
Standard library only and small: `verify --offline` imports it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ..anchor import ClockRule

Fees = Literal["eip1559", "op", "arbitrum"]


@dataclass(frozen=True, slots=True)
class Preset:
    """A known chain: which one it is, what its block times and its tags mean, what it charges.

    `genesis` is the hash of block 0, as a node answers it (None: each such node makes its own).
    `clock` says why `rule` is as it is. `finality` says what `safe` and `finalized` mean there and
    how long they take. `fees`: "eip1559", nothing beside the gas; "op", an L1 data fee beside it,
    which the GasPriceOracle predeploy tells; "arbitrum", the L1 part is inside `eth_estimateGas`.
    A `local` chain proves nothing beyond the computer that makes its blocks.
    """

    chain_id: int
    genesis: bytes | None
    rule: ClockRule
    clock: str
    finality: str
    fees: Fees
    block_seconds: float
    source: tuple[str, ...]
    local: bool = False


_CONSENSUS_SPECS = "https://github.com/ethereum/consensus-specs/blob/master/specs/phase0/"
_GETH = (
    "https://github.com/ethereum/go-ethereum/blob/"
    "a327ffe9b35289719ac3c484b7332584985b598a/params/config.go#L30-L35"
)
_OP_SPECS = "https://github.com/ethereum-optimism/specs/blob/main/specs/protocol/"
_OP_REGISTRY = (
    "https://github.com/ethereum-optimism/superchain-registry/blob/main/superchain/configs/"
)
_GRAPH = "https://github.com/graphprotocol/networks-registry/blob/main/registry/eip155/"
_ARBITRUM_DOCS = "https://docs.arbitrum.io/"
_BOR = "https://github.com/0xPolygon/bor/blob/develop/"


def _ethereum(chain_id: int, genesis: str, *source: str) -> Preset:
    # A slot's time is fixed to the second. No node takes a block before its slot: 15 s are for the
    # validators' own clocks. A block published after its slot ends stays only where the next slot
    # is missed: two slots.
    return Preset(
        chain_id=chain_id,
        genesis=bytes.fromhex(genesis),
        rule=ClockRule(behind=24, ahead=15),
        clock="a slot's time is fixed by the protocol; a late block is outvoted",
        finality=(
            "safe: justified, 6 to 13 min, or with fast confirmation under a minute; "
            "finalized: two epochs, 13 to 19 min, reverted only if a third of the stake is burnt"
        ),
        fees="eip1559",
        block_seconds=12,
        source=(*source, _CONSENSUS_SPECS + "fork-choice.md"),
    )


def _op(chain_id: int, genesis: str, *source: str) -> Preset:
    # A block that carries transactions is at most max_sequencer_drift (1,800 s since Fjord) later
    # than its L1 origin, which exists by then, and not earlier than it; its batch is on L1 within
    # seq_window_size (3,600 L1 blocks: 12 h, and 13 h with one slot in thirteen missed).
    return Preset(
        chain_id=chain_id,
        genesis=bytes.fromhex(genesis),
        rule=ClockRule(behind=13 * 3_600, ahead=1_800 + 15),
        clock="the sequencer sets it: 30 min after its L1 block, posted within 3,600 L1 blocks",
        finality=(
            "safe: its batch is on L1, some minutes (Base about 2), reverted only with L1; "
            "finalized: that L1 block is finalized, 15 to 30 min (the 7 days are for withdrawals)"
        ),
        fees="op",
        block_seconds=2,
        source=(*source, _OP_SPECS + "derivation.md#batch-queue"),
    )


def _arbitrum(chain_id: int, genesis: str, source: str) -> Preset:
    # SequencerInbox's maxTimeVariation: delaySeconds 86,400 and futureSeconds 3,600 around the L1
    # block that holds the batch; L1's own leave comes on top.
    return Preset(
        chain_id=chain_id,
        genesis=bytes.fromhex(genesis),
        rule=ClockRule(behind=86_400 + 24, ahead=3_600 + 15),
        clock="the sequencer sets it: 24 h before to 1 h after the L1 block that holds its batch",
        finality=(
            "safe: its batch is in a safe L1 block, some minutes, reverted only with L1; "
            "finalized: that L1 block is finalized, 15 to 20 min (the 7 days are for withdrawals)"
        ),
        fees="arbitrum",
        block_seconds=0.25,
        source=(
            _GRAPH + source,
            _ARBITRUM_DOCS + "arbitrum-essentials/arbitrum-vs-ethereum/block-numbers-and-time",
            _ARBITRUM_DOCS + "how-arbitrum-works/reference/finality-and-reorgs",
        ),
    )


def _polygon(chain_id: int, genesis: str) -> Preset:
    # bor refuses a block more than 30 s ahead of the node's clock. Nothing but its parent's time
    # bounds a block from below: an hour is our judgement, about a checkpoint on Ethereum.
    return Preset(
        chain_id=chain_id,
        genesis=bytes.fromhex(genesis),
        rule=ClockRule(behind=3_600, ahead=30 + 15),
        clock="30 s ahead at most; backwards no rule but its parent's time: an hour is judgement",
        finality=(
            "safe: bor has none; "
            "finalized: two thirds of the stake voted for its milestone, seconds to minutes"
        ),
        fees="eip1559",
        block_seconds=2,
        source=(
            _BOR + "params/config.go",
            _BOR + "consensus/bor/bor.go",
            "https://github.com/maticnetwork/Polygon-Improvement-Proposals/blob/main/PIPs/PIP-11.md",
        ),
    )


def _local(chain_id: int, source: str) -> Preset:
    return Preset(
        chain_id=chain_id,
        genesis=None,
        rule=ClockRule(behind=60, ahead=60),
        clock="whoever runs the node sets it as they like",
        finality="none: whoever runs the node can make its blocks anew",
        fees="eip1559",
        block_seconds=0,
        source=(source,),
        local=True,
    )


PRESETS: Mapping[str, Preset] = {
    "ethereum": _ethereum(
        1, "d4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3", _GETH
    ),
    "sepolia": _ethereum(
        11155111, "25a5cc106eea7138acab33231d7160d69cb777ee0c2c553fcddf5138993e6dd9", _GETH
    ),
    "hoodi": _ethereum(
        560048,
        "bbe312868b376a3001692a646dd2d7d1e4406380dfd86b98aa8a34d1557c971b",
        "https://github.com/eth-clients/hoodi",
        _GETH,
    ),
    "base": _op(
        8453,
        "f712aa9241cc24369b143cf6dce85f0902a9731e70d66818a3a5845b296c73dd",
        _OP_REGISTRY + "mainnet/base.toml",
        "https://docs.base.org/base-chain/network-information/transaction-finality",
        "https://docs.base.org/base-chain/specs/upgrades/fjord/derivation",
    ),
    "base-sepolia": _op(
        84532,
        "0dcc9e089e30b90ddfc55be9a37dd15bc551aeee999d2e2b51414c54eaf934e4",
        _OP_REGISTRY + "sepolia/base.toml",
    ),
    # Block 0 of OP Mainnet is older than Bedrock, whose first block is the registry's l2.hash.
    "optimism": _op(
        10,
        "7ca38a1916c42007829c55e69d3e9a73265554b586a499015373241b8a3fa48b",
        "https://github.com/ethereum-optimism/op-geth/blob/optimism/core/superchain.go",
        _OP_REGISTRY + "mainnet/op.toml",
        "https://github.com/ethereum-optimism/docs/pull/1093",
    ),
    "optimism-sepolia": _op(
        11155420,
        "102de6ffb001480cc9b8b548fd05c34cd4f46ae4aa91759393db90ea0409887d",
        _OP_REGISTRY + "sepolia/op.toml",
    ),
    # Block 0 of Arbitrum One is older than Nitro, which begins at block 22,207,817.
    "arbitrum": _arbitrum(
        42161,
        "7ee576b35482195fc49205cec9af72ce14f003b9ae69f6ba0faef4514be8b442",
        "arbitrum-one.json",
    ),
    "arbitrum-sepolia": _arbitrum(
        421614,
        "77194da4010e549a7028a9c3c51c3e277823be6ac7d138d0bb8a70197b5c004c",
        "arbitrum-sepolia.json",
    ),
    "polygon": _polygon(137, "a9c28ce2141b56c474f1dc504bee9b01eb1bd7d1a507580d5519d4437a97de1b"),
    "polygon-amoy": _polygon(
        80002, "7202b2b53c5a0836e773e319d18922cc756dd67432f9a1f65352b61f4406c697"
    ),
    "anvil": _local(31337, "https://getfoundry.sh/reference/anvil"),  # and Hardhat Network
    "geth-dev": _local(1337, "https://geth.ethereum.org/getting-started/dev-mode"),
}


def known_as(chain_id: int | None, genesis: bytes | None) -> tuple[str, Preset] | None:
    """Return the preset of that identity with its name; None where it is none of them."""
    for name, preset in PRESETS.items():
        if preset.chain_id == chain_id and preset.genesis in {None, genesis}:
            return name, preset
    return None
