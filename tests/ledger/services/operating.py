"""The operators that the services' tests run over: on the embedded chain, and on a real node."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ledger.errors import ChainUnreachable
from ledger.ports import Chain
from tests.nodes import AnvilNode, anvil
from tests.operators import Operator, anvil_operator, embedded_operator


class Killed(BaseException):
    """The process ends here: what was written stays, nothing more is done."""


def kill_at(name: str) -> Callable[[str], None]:
    """Return a failpoint that ends the run at that line."""

    def failpoint(here: str) -> None:
        if here == name:
            raise Killed(name)

    return failpoint


def breaks_at(chain: Chain, question: int, *, after: bool) -> tuple[Chain, list[str]]:
    """Return the chain, unreachable from its nth question on, and a list of what it was asked.

    `after`: the nth is done all the same, only its answer is lost.
    """
    asked: list[str] = []

    class Broken:
        submitter = chain.submitter

        def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - any method of the port
            def ask(*arguments: Any, **named: Any) -> object:  # noqa: ANN401
                asked.append(name)
                if len(asked) < question:
                    return getattr(chain, name)(*arguments, **named)
                if len(asked) == question and after:
                    getattr(chain, name)(*arguments, **named)
                raise ChainUnreachable("expected a node, the line is cut")

            return ask

    return Broken(), asked


@contextmanager
def operator_on(where: str, folder: Path, node: AnvilNode) -> Iterator[Operator]:
    """Yield an operator with a ledger of its own on that chain."""
    if where == "embedded":
        with embedded_operator(folder) as operator:
            yield operator
    else:
        with anvil_operator(node, folder, secrets.token_hex(8)) as operator:
            yield operator


@contextmanager
def own_node(*extra: str, mining: bool = True) -> Iterator[AnvilNode]:
    """Yield a node for one test alone, since it reorganises or waits."""
    with anvil(chain_id=31_338, mining=mining, extra=extra) as running:
        yield running
