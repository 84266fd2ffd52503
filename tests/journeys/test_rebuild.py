"""Rebuild in a second home from the chain and the blocks alone: the same answers, byte for byte."""

import shutil
from pathlib import Path

import pytest

from ledger.encoding import hex_of
from ledger.leaf import Leaf
from ledger.library import embedded
from ledger.report import Verdict
from ledger.services.verifying import Question
from ledger.signed import SignedClaim
from ledger.wiring import Installation
from tests.answers import answers
from tests.api.asking import Api, running
from tests.ledger.factories import word
from tests.open_worlds import open_index
from tests.worlds import World

WORKS = [word("work", number) for number in range(3)]
NAMES = ("alice", "bob")


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[SignedClaim]]:
    """A first home with claims shown, closed, disclosed later, withdrawn, and still pending."""
    home = tmp_path_factory.mktemp("first") / "home"
    embedded(Installation.open(home))
    with running(home) as api:
        claims = [api.claim(str(seed), NAMES[seed % 2], WORKS[seed % 3]) for seed in range(14)]
        api.show(claims[:4], in_clear=True)
        api.anchor()
        api.commit(claims[4:10])
        api.anchor()
        api.show(claims[4:7])  # opaque leaves, disclosed once they are final
        api.anchor()
        _withdraw(api, claims[1])
        api.show(claims[10:11], in_clear=True)
        api.anchor()
        # pending: acknowledged, in no block
        api.show(claims[11:13], in_clear=True)
        api.commit(claims[13:], key="pending")
        api.show(claims[7:8])
    return home, claims


def _withdraw(api: Api, claim: SignedClaim) -> None:
    installation = api.served.installation
    chain = installation.chain()
    world = World(chain, chain)
    world.withdraw("bob", claim.id)


def second_home(first: Path, second: Path) -> Path:
    """Make a home of the first one's chain and blocks; nothing else, but the ledger's public id."""
    folder = second / "chains" / "local"
    folder.mkdir(parents=True)
    for path in (first / "chains" / "local").glob("chain.db*"):
        shutil.copy(path, folder)
    shutil.copy(first / "chains" / "local" / "ledger.json", folder)
    shutil.copytree(first / "blocks", second / "blocks")
    return second


def paths(claims: list[SignedClaim]) -> list[str]:
    found = [f"/v1/works/sha256:{work.hex()}" for work in (*WORKS, word("unknown"))]
    for claim in claims:
        name = hex_of(claim.id)
        found += [f"/v1/claims/{name}", f"/v1/claims/{name}/receipt"]
    return found


def test_a_second_home_rebuilds_the_same_answers_byte_for_byte(
    grown: tuple[Path, list[SignedClaim]], tmp_path: Path
) -> None:
    home, claims = grown
    second = second_home(home, tmp_path / "second")
    told = []
    for path in (home, second):
        installation = Installation.open(path)
        installation.syncing().run()
        reader = installation.reader()
        world = World(reader, reader)  # type: ignore[arg-type]
        told.append(answers(world, installation.index, claims, NAMES))
        counts = installation.index.counts(world.identity)
        assert (counts.leaves, counts.missing_manifests) == (12, 0)
        assert counts.claims == 8
        for pending in claims[11:]:
            assert installation.index.find_leaf(Leaf.of(pending).hash) is None
    assert told[0] == told[1]
    print(f"{len(told[0])} bytes of answers, the same in both homes")
    # the first home rebuilt from nothing, beside its pending claims
    installation = Installation.open(home)
    with open_index(tmp_path / "rebuilt.db") as again:
        reader = installation.reader()
        world = World(reader, reader)  # type: ignore[arg-type]
        syncing = world.syncing(again, blocks=installation.blocks)
        syncing.run()
        assert answers(world, again, claims, NAMES) == told[0]


def test_both_homes_serve_the_same_bytes(
    grown: tuple[Path, list[SignedClaim]], tmp_path: Path
) -> None:
    home, claims = grown
    second = second_home(home, tmp_path / "second")
    bodies = []
    for path in (home, second):
        with running(path) as api:
            responses = [api.ask("GET", one) for one in paths(claims)]
        bodies.append([(one.status_code, one.content) for one in responses])
    assert bodies[0] == bodies[1]
    good = [content for status, content in bodies[0] if status == 200]
    assert len(good) == 4 + 2 * 8  # the works, and each disclosed claim with its receipt
    print(f"{len(good)} answers of {sum(map(len, good))} bytes, the same from both servers")


def test_a_receipt_of_the_first_home_is_verified_in_the_second(
    grown: tuple[Path, list[SignedClaim]], tmp_path: Path
) -> None:
    home, claims = grown
    second = second_home(home, tmp_path / "second")
    with running(home) as api:
        asked = [api.ask("GET", f"/v1/claims/{hex_of(claim.id)}/receipt") for claim in claims]
    receipts = [one.content for one in asked if one.status_code == 200]
    reports = []
    for path in (home, second):
        verifying = Installation.open(path).verifying()
        reports.append([verifying.answer(Question(receipt=one)).to_json() for one in receipts])
    assert reports[0] == reports[1]
    codes = [report["exit_code"] for report in reports[0]]
    assert codes.count(int(Verdict.VOID)) == 1  # the one that was withdrawn
    assert set(codes) == {0, 5, 6}
