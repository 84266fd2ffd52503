"""An operator of a ledger for each test: on the embedded chain, and on a real node."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.nodes import AnvilNode, anvil
from tests.operators import Operator

from .operating import operator_on


@pytest.fixture(scope="session")
def operators_node() -> Iterator[AnvilNode]:
    with anvil(chain_id=31_339) as running:
        yield running


@pytest.fixture(params=["embedded", "anvil"])
def operator(
    request: pytest.FixtureRequest, tmp_path: Path, operators_node: AnvilNode
) -> Iterator[Operator]:
    with operator_on(request.param, tmp_path, operators_node) as found:
        yield found
