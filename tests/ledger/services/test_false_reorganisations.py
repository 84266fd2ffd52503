"""A worker whose node answers from another chain for a moment: nothing final is taken back."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from ledger.batch import Batch, Stage
from ledger.chain import BlockRef, ChainIdentity, Tag
from ledger.errors import InvalidChainAnswer
from ledger.ports import Chain
from ledger.services.chain_ledger import ChainLedger
from ledger.services.reorganisations import Reorganisations
from tests.ledger.factories import word
from tests.operators import embedded_operator


class Elsewhere:
    """The chain behind it but for the blocks, from the second question to the `until`th."""

    def __init__(self, chain: Chain, until: int, *, named: bool) -> None:
        self._chain, self._until, self._named = chain, until, named
        self._asked = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._chain, name)

    def identity(self) -> ChainIdentity:
        here = self._chain.identity()
        return replace(here, genesis=word("other")) if self._away() and self._named else here

    def block(self, at: int | Tag) -> BlockRef | None:
        found = self._chain.block(at)
        return replace(found, hash=word("other")) if found and self._away() else found

    def _away(self) -> bool:
        self._asked += 1
        return 1 < self._asked <= self._until


@pytest.mark.parametrize("until", [2, 3, 4, 5, 6, 7, 100])
def test_what_was_final_is_not_taken_back_for_another_chain(tmp_path: Path, until: int) -> None:
    moved: list[Batch] = []
    with embedded_operator(tmp_path) as operator:
        for seed in range(2):
            operator.add(seed)
            operator.anchoring().run()
        assert len(operator.queue.batches((Stage.PUBLISHED,))) == 2
        chain = Elsewhere(operator.chain, until, named=True)
        held = ChainLedger(chain, operator.contracts, operator.founded.ledger)  # type: ignore[arg-type]
        with suppress(InvalidChainAnswer):
            Reorganisations(held, operator.queue, moved.append).follow()
    assert moved == []


def test_what_is_told_twice_is_believed(tmp_path: Path) -> None:
    moved: list[Batch] = []
    with embedded_operator(tmp_path) as operator:
        operator.add(0)
        operator.anchoring().run()
        chain = Elsewhere(operator.chain, 100, named=False)
        held = ChainLedger(chain, operator.contracts, operator.founded.ledger)  # type: ignore[arg-type]
        assert Reorganisations(held, operator.queue, moved.append).follow() == 1
    assert [batch.stage for batch in moved] == [Stage.SENT]
