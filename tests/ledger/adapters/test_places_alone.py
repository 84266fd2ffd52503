"""A transaction prepared alone takes the place of what waits, so that one of the two lands."""

import pytest

from ledger.adapters.json_rpc_chain import JsonRpcChain
from ledger.chain import Cost
from ledger.errors import Conflict
from tests.cells import FACTORY, INIT, settled, word
from tests.nodes import anvil

CHEAP, DEAR = Cost(300_000, 3 * 10**9), Cost(300_000, 9 * 10**9)


def test_of_two_in_one_place_one_lands() -> None:
    with anvil(mining=False) as node, JsonRpcChain(node.url, node.keys[0]) as chain:
        waits = chain.prepare(FACTORY, word(0) + INIT, CHEAP)
        chain.broadcast(waits)
        same = chain.prepare(FACTORY, word(1) + INIT, CHEAP, alone=True)
        with pytest.raises(Conflict, match="prepare again"):
            chain.broadcast(same)
        dearer = chain.prepare(FACTORY, word(2) + INIT, DEAR, alone=True)
        after = chain.prepare(FACTORY, word(3) + INIT, CHEAP)
        names = [chain.broadcast(one) for one in (dearer, after)]
        node.mine()
        assert all(settled(chain, name).succeeded for name in names)
        with pytest.raises(Conflict):
            chain.broadcast(waits)
        assert node.ask("eth_getTransactionCount", f"0x{chain.submitter.hex()}", "latest") == "0x2"
