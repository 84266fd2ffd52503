"""The API on a chain that takes its time: a block first, and finality only later."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from ledger.encoding import hex_of
from ledger.leaf import Leaf
from ledger.wiring import Installation
from tests.api.asking import Api, running
from tests.nodes import AnvilNode, anvil

NAME = "public"
DEPTH = 70  # blocks until anvil calls a block final


@pytest.fixture(scope="module")
def node() -> Iterator[AnvilNode]:
    with anvil(chain_id=31_341) as running_node:
        yield running_node


@pytest.fixture
def api(node: AnvilNode, tmp_path: Path) -> Iterator[Api]:
    home = tmp_path / "home"
    home.mkdir()
    settings = f'chain = "{NAME}"\n[chains.{NAME}]\nrpc = "{node.url}"\nsubmitter = "payer"\n'
    (home / "config.toml").write_text(settings)
    installation = Installation.open(home)
    chain = installation.chain(NAME, node.keys[0])
    installation.found(chain, NAME, chain.submitter)
    with running(home, worker=True, chain=chain, interval=0.1) as opened:
        yield opened


def until(api: Api, path: str, done: Callable[[Any], bool]) -> Any:  # noqa: ANN401 - JSON
    give_up = time.monotonic() + 60
    while not done(answer := api.ask("GET", path).json()):
        assert time.monotonic() < give_up, answer
        time.sleep(0.05)
    return answer


def test_a_claim_is_shown_when_its_block_is_final_and_not_when_it_is_mined(
    api: Api, node: AnvilNode
) -> None:
    signed = api.claim("lantern")
    leaf = f"/v1/leaves/{hex_of(Leaf.of(signed).hash)}"
    api.commit([signed])
    found = until(api, leaf, lambda answer: answer["status"] == "anchored")
    assert found["finality"] == "included"
    problem = api.show([signed], 409)
    assert problem["type"] == "urn:sealbook:problem:not-final"
    assert "is included, not final yet" in problem["detail"]
    node.mine(DEPTH)
    until(api, leaf, lambda answer: answer["finality"] == "finalized")
    api.show([signed])
    claim = f"/v1/claims/{hex_of(signed.id)}"
    # the blank leaf that carries the disclosure is mined, and published once it is final
    until(api, "/readyz", lambda answer: answer.get("queue", {}).get("acknowledged") == 2)
    blank = api.served.queue.leaves(1, 2)[0]
    until(
        api,
        f"/v1/leaves/{hex_of(blank.leaf_hash)}",
        lambda answer: answer["status"] == "anchored",
    )
    api.get(claim, 404)
    node.mine(DEPTH)
    assert until(api, claim, lambda answer: "signed" in answer)["chain"]["chain_id"] == 31_341
    report = api.post("/v1/verify", {"digest": f"sha256:{signed.claim.work.hex()}"}, 200)
    assert report["verdict"] == "verified"


def test_a_node_that_is_gone_makes_answers_unavailable_and_tells_nothing_of_itself(
    tmp_path: Path,
) -> None:
    with anvil(chain_id=31_342) as node:
        home = tmp_path / "home"
        home.mkdir()
        settings = f'chain = "{NAME}"\n[chains.{NAME}]\nrpc = "{node.url}"\n'
        (home / "config.toml").write_text(settings)
        installation = Installation.open(home)
        chain = installation.chain(NAME, node.keys[0])
        installation.found(chain, NAME, chain.submitter)
        opened = ExitStack()
        api = opened.enter_context(running(home))
    with opened:
        problem = api.get(f"/v1/works/sha256:{'00' * 32}", 503)
        assert problem["type"] == "urn:sealbook:problem:chain-unreachable"
        assert node.url not in str(problem)
        assert api.get("/readyz", 503)["checks"]["chain"]["ok"] is False
        answer = api.post(
            "/v1/leaves",
            {"leaves": ["0x" + "11" * 32]},
            202,
            headers={"idempotency-key": "k"},
        )
        assert answer["leaves"][0]["index"] == 0  # acknowledged all the same
