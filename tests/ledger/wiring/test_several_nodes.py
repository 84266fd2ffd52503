"""Several nodes of a chain by settings alone."""

from pathlib import Path

import pytest

from ledger.errors import ChainUnreachable
from ledger.wiring import Installation
from tests.nodes import anvil

NOWHERE = "http://127.0.0.1:1"


def test_a_home_seals_over_whichever_node_answers(tmp_path: Path) -> None:
    with anvil(chain_id=777) as node:
        (tmp_path / "config.toml").write_text(
            f'chain = "public"\n[chains.public]\nrpc = ["{NOWHERE}", "{node.url}"]\n',
            encoding="utf-8",
        )
        installation = Installation.open(tmp_path)
        assert installation.reader().identity().chain_id == 777
        chain = installation.chain(submitter_key=node.keys[0])
        founded = installation.found(chain, None, chain.submitter)
        assert Installation.open(tmp_path).founded() == founded
        outbox = tmp_path / "chains" / "public" / "outbox" / chain.submitter.hex()
        assert len(list(outbox.glob("*.json"))) == 3  # two contracts and a ledger, not final yet


@pytest.mark.parametrize("rpc", ['"{0}"', '["{0}", "{0}/"]'])
def test_nothing_is_signed_for_a_node_that_is_not_on_the_pinned_chain(
    tmp_path: Path, rpc: str
) -> None:
    with anvil(chain_id=777) as node:
        (tmp_path / "config.toml").write_text(
            f"[chains.public]\nrpc = {rpc.format(node.url)}\nchain_id = 777\n"
            f'genesis = "0x{"ab" * 32}"\n',
            encoding="utf-8",
        )
        chain = Installation.open(tmp_path).chain("public", node.keys[0])
        with pytest.raises(ChainUnreachable, match="another chain behind the same id"):
            chain.cost(bytes(20), b"")
        assert node.ask("eth_blockNumber") == "0x0"
