"""An overlay: a tree grows in it, and nothing below knows."""

import pytest

from ledger import merkle
from ledger.errors import InvalidTree
from ledger.services.overlay import Overlay
from ledger.tree import MemoryNodes, Tree
from tests.ledger.factories import word

LEAVES = [word("leaf", number) for number in range(13)]


@pytest.mark.parametrize("below", range(13))
def test_a_tree_grows_over_nodes_that_stay_as_they_are(below: int) -> None:
    nodes = MemoryNodes()
    Tree(0, nodes).append(LEAVES[:below])
    tree = Tree(below, Overlay(nodes)).append(LEAVES[below:])
    assert tree.root() == merkle.root(LEAVES)
    assert tree.consistency_proof(below) == merkle.consistency_proof(LEAVES, below, 13)
    assert Tree(below, nodes).root() == merkle.root(LEAVES[:below])
    with pytest.raises(InvalidTree):
        nodes.get(0, below)
