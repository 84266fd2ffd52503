"""Raw headers and state proofs by JSON-RPC: of real nodes by every fork, and of odd ones."""

from collections.abc import Iterator
from typing import Any

import pytest
import rlp  # type: ignore[import-untyped]

from ledger.adapters.json_rpc_reader import JsonRpcReader
from ledger.errors import ChainUnreachable
from ledger.keccak import keccak256
from ledger.state_trie import BlockHeader, ProofNodes, account_of, storage_of
from tests.lying_node import Answer, NodeSays, lying_node
from tests.nodes import AnvilNode, anvil

ADDRESS = bytes.fromhex("11" * 20)
SLOTS = tuple(bytes((number,)) * 32 for number in (1, 2))
WORD = "0x" + "33" * 32
# The header of a chain with every field that is known in 2026, and one that a fork may bring
BLOCK: dict[str, object] = {
    **dict.fromkeys(("parentHash", "sha3Uncles", "stateRoot", "transactionsRoot"), WORD),
    **dict.fromkeys(("receiptsRoot", "mixHash", "withdrawalsRoot", "requestsHash"), WORD),
    **dict.fromkeys(("parentBeaconBlockRoot", "blockAccessListHash"), WORD),
    **dict.fromkeys(("difficulty", "gasUsed", "blobGasUsed", "excessBlobGas"), "0x0"),
    **dict.fromkeys(("gasLimit", "timestamp", "baseFeePerGas", "slotNumber"), "0x3b9aca00"),
    "miner": "0x" + "11" * 20,
    "logsBloom": "0x" + "00" * 256,
    "number": "0x7",
    "extraData": "0x7f",
    "nonce": "0x0000000000000000",
}
ORDER = (
    "parentHash", "sha3Uncles", "miner", "stateRoot", "transactionsRoot", "receiptsRoot",
    "logsBloom", "difficulty", "number", "gasLimit", "gasUsed", "timestamp", "extraData",
    "mixHash", "nonce", "baseFeePerGas", "withdrawalsRoot", "blobGasUsed", "excessBlobGas",
    "parentBeaconBlockRoot", "requestsHash", "blockAccessListHash", "slotNumber",
)  # fmt: skip
NUMBERS = {
    "difficulty", "number", "gasLimit", "gasUsed", "timestamp", "baseFeePerGas", "blobGasUsed",
    "excessBlobGas", "slotNumber",
}  # fmt: skip


def header_of(fields: dict[str, object], *, gaps: bool = False, more: bytes | None = None) -> bytes:
    """Return the header as another library writes it."""
    last = max(ORDER.index(name) for name in fields)
    names = [name for name in ORDER[: last + 1] if gaps or name in fields]
    items = [item_of(name, fields.get(name, "0x")) for name in names]
    return bytes(rlp.encode([*items, *([] if more is None else [more])]))


def item_of(name: str, value: object) -> bytes:
    assert isinstance(value, str)
    if name in NUMBERS:
        number = int(value, 16) if value != "0x" else 0
        return number.to_bytes((number.bit_length() + 7) // 8, "big")
    return bytes.fromhex(value[2:])


def serving(fields: dict[str, object], header: bytes, raw: object = None) -> Answer:
    block = {**fields, "hash": f"0x{keccak256(header).hex()}"}
    said = NodeSays("the method debug_getRawHeader does not exist", -32601) if raw is None else raw
    return lambda method, _: block if method == "eth_getBlockByNumber" else said


def without(*names: str) -> dict[str, object]:
    return {name: value for name, value in BLOCK.items() if name not in names}


LATER = ORDER[15:]


@pytest.mark.parametrize("count", range(len(LATER) + 1))
def test_a_header_of_every_fork_is_made_from_its_fields(count: int) -> None:
    fields = without(*LATER[count:])
    header = header_of(fields)
    assert BlockHeader.parse(header).number == 7
    with lying_node(serving(fields, header)) as node, JsonRpcReader(node.url) as reader:
        assert reader.raw_header(7) == header
    assert [method for method, _ in node.asked] == ["eth_getBlockByNumber"]


@pytest.mark.parametrize("gaps", [False, True])
def test_a_chain_that_lacks_a_fork_leaves_its_field_empty_or_out(*, gaps: bool) -> None:
    fields = without("withdrawalsRoot", "slotNumber", "blockAccessListHash")
    header = header_of(fields, gaps=gaps)
    with lying_node(serving(fields, header)) as node, JsonRpcReader(node.url) as reader:
        assert reader.raw_header(7) == header


def test_a_header_with_fields_of_its_own_is_taken_raw_if_the_hash_says_so() -> None:
    header = header_of(BLOCK, more=b"a rollup's own")
    given = f"0x{header.hex()}"
    for raw, expected in (
        (given, header),
        (None, None),
        (NodeSays("rate limited"), None),
        (f"0x{header_of(BLOCK).hex()}", None),  # another header
        (7, None),
    ):
        with (
            lying_node(serving(BLOCK, header, raw)) as node,
            JsonRpcReader(node.url) as reader,
        ):
            assert reader.raw_header(7) == expected
        assert node.asked[1] == ("debug_getRawHeader", ["0x7"])


def test_no_block_has_no_header_and_no_block_s_answer_is_an_error() -> None:
    with lying_node(lambda *_: None) as node, JsonRpcReader(node.url) as reader:
        assert reader.raw_header(7) is None
    with (
        lying_node(lambda *_: {"hash": "0x12"}) as node,
        JsonRpcReader(node.url) as reader,
        pytest.raises(ChainUnreachable, match="eth_getBlockByNumber as a chain does"),
    ):
        reader.raw_header(7)


# As these nodes say it, 2019 to 2026
REFUSALS = (
    ("geth", -32000, "missing trie node 1f2e (path ) state 0x1f2e is not available, not found"),
    ("geth", -32000, "historical state 02203acdaff3ded2 is not available"),
    ("geth", -32000, "header not found"),
    ("reth", -32602, "distance to target block exceeds maximum proof window"),
    ("Erigon", -32000, "requested block is too old, block must be within 1000 blocks of the head"),
    ("Erigon", -32000, "proofs are available only for the 'latest' block"),
    ("Nethermind", -32002, "No state available for block 7"),
    ("Nethermind", -32603, "Internal error"),  # with its reason in the error's data
    ("Besu", -32000, "World state unavailable"),
    ("parity", -32000, "not supported because your node is running with state pruning"),
    ("anvil", -32602, "BlockOutOfRangeError: block height is 5 but requested was 7"),
    ("a provider", 27, "Unknown state. First available state is 1"),
    ("a provider", -32000, "this request needs an archive node"),
    ("a provider", -32601, "the method eth_getProof does not exist/is not available"),
    ("a provider", -32004, "refused"),
    ("a provider", 403, "rpc method is not whitelisted"),
)


@pytest.mark.parametrize(("who", "code", "said"), REFUSALS)
def test_a_node_that_can_not_prove_gives_no_proof(who: str, code: int, said: str) -> None:
    data = "Nethermind.Trie.MissingTrieNodeException: Node A is missing from the DB"
    error = NodeSays(said, code, data if who == "Nethermind" else None)
    with lying_node(lambda *_: error) as node, JsonRpcReader(node.url) as reader:
        assert reader.state_proof(ADDRESS, SLOTS, 7) is None
    assert node.asked == [
        ("eth_getProof", [f"0x{ADDRESS.hex()}", [f"0x{slot.hex()}" for slot in SLOTS], "0x7"])
    ]


PROOF: dict[str, Any] = {
    "accountProof": ["0x" + "aa" * 40, "0x" + "bb" * 40],
    "storageProof": [{"proof": ["0x" + "cc" * 40]}, {"proof": []}],
}


@pytest.mark.parametrize(
    "said",
    [
        NodeSays("daily request count exceeded", -32005),
        NodeSays("", -32603),
        [],
        "0x",
        {**PROOF, "accountProof": None},
        {**PROOF, "accountProof": ["0xa"]},
        {**PROOF, "accountProof": [7]},
        {**PROOF, "storageProof": PROOF["storageProof"][:1]},
        {**PROOF, "storageProof": {}},
        {**PROOF, "storageProof": [7, 8]},
        {**PROOF, "storageProof": [{"proof": "0x"}, {"proof": []}]},
    ],
)
def test_other_errors_and_answers_are_no_answer(said: object) -> None:
    with (
        lying_node(lambda *_: said) as node,
        JsonRpcReader(node.url) as reader,
        pytest.raises(ChainUnreachable, match="to answer eth_getProof"),
    ):
        reader.state_proof(ADDRESS, SLOTS, 7)


def test_an_empty_trie_and_nodes_that_stand_in_their_parents_are_left_out() -> None:
    said = {
        "accountProof": PROOF["accountProof"],
        "storageProof": [
            {"proof": ["0x80"]},
            {"proof": ["0xc22080", "0x" + "cc" * 40, "0x" + "dd" * 31]},
        ],
    }
    with lying_node(lambda *_: said) as node, JsonRpcReader(node.url) as reader:
        proof = reader.state_proof(ADDRESS, SLOTS, 7)
    assert proof is not None
    assert proof.account == (b"\xaa" * 40, b"\xbb" * 40)
    assert proof.slots == ((), (b"\xc2\x20\x80", b"\xcc" * 40))
    with lying_node(lambda *_: None) as node, JsonRpcReader(node.url) as reader:
        assert reader.state_proof(ADDRESS, SLOTS, 7) is None


@pytest.fixture(scope="module", params=["london", "paris", "shanghai", "cancun", "prague"])
def forked(request: pytest.FixtureRequest) -> Iterator[AnvilNode]:
    with anvil(extra=("--hardfork", request.param)) as node:
        yield node


def test_a_real_node_of_each_fork_gives_header_and_proofs_that_hold(forked: AnvilNode) -> None:
    place = f"0x{ADDRESS.hex()}"
    forked.ask("anvil_setCode", place, "0x6001")
    forked.ask("anvil_setStorageAt", place, f"0x{SLOTS[0].hex()}", WORD)
    forked.mine(3)
    with JsonRpcReader(forked.url) as reader:
        for number in range(1, 4):
            block, header = reader.block(number), reader.raw_header(number)
            assert block is not None
            assert header is not None
            parsed = BlockHeader.parse(header)
            assert (parsed.hash, parsed.timestamp) == (block.hash, block.timestamp)
            proof = reader.state_proof(ADDRESS, SLOTS, number)
            assert proof is not None
            account = account_of(parsed.state_root, ADDRESS, ProofNodes(proof.account))
            assert account is not None
            words = [
                storage_of(account.storage_root, slot, ProofNodes(nodes))
                for slot, nodes in zip(SLOTS, proof.slots, strict=True)
            ]
            assert words == [b"\x33" * 32, bytes(32)]
        assert reader.raw_header(99) is None
        assert reader.state_proof(ADDRESS, SLOTS, 99) is None
