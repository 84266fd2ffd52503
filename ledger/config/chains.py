"""The settings of one chain: its nodes, which chain they must be on, its clock, and who pays."""

import re
from dataclasses import dataclass, field

from ..anchor import ClockRule
from .presets import PRESETS
from .tables import TableReader

MAX_ENDPOINTS = 8
MAX_GWEI_PER_GAS = 200
_HOST = re.compile(r"https?://(?:[^/?#]*@)?(\[[^\]]+\]|[^/?#:]+)")


@dataclass(frozen=True, slots=True)
class ChainSettings:
    """A chain by the name that this home gives it.

    `rpc` are its nodes, the first one first (empty: the embedded chain). `chain_id` and `genesis`
    pin which chain they must be on (None: as the node says on first use, which `chain status`
    shows). `submitter` names the key that pays. `max_wei_per_gas` bounds what it pays. Sealbook's
    contracts are not older than `first_block`: the index begins there.
    """

    name: str
    rpc: tuple[str, ...] = ()
    chain_id: int | None = None
    genesis: bytes | None = None
    rule: ClockRule = field(default_factory=lambda: ClockRule(0, 0))
    submitter: str | None = None
    max_wei_per_gas: int = MAX_GWEI_PER_GAS * 10**9
    first_block: int = 0

    @property
    def embedded(self) -> bool:
        """Whether it is the chain that lives in this home."""
        return not self.rpc

    @property
    def node(self) -> str:
        """How its nodes are named in reports: without the secrets that a URL may carry."""
        if not self.rpc:
            return "this computer"
        hosts = [_HOST.match(url) for url in self.rpc]
        return ", ".join(self.name if host is None else host.group(1) for host in hosts)


def read_chain(name: str, table: object) -> ChainSettings:
    """Read the table [chains.NAME]; BadSettings where it is none."""
    reader = TableReader(table, f"chains.{name}")
    rpc = reader.urls("rpc", MAX_ENDPOINTS)
    if not rpc:
        raise reader.wrong('expected rpc = "http(s)://…"')
    named = reader.has("preset")
    preset = PRESETS.get(reader.text("preset", r".*", '"a preset\'s name"') or name)
    if preset is None and named:
        raise reader.wrong(f"expected a preset of {', '.join(PRESETS)}")
    chain_id = reader.maybe_number("chain_id")
    genesis = reader.text("genesis", "0x[0-9a-f]{64}", '"0x…", 64 hex digits')
    rule = ClockRule(60, 60) if preset is None else preset.rule
    read = ChainSettings(
        name=name,
        rpc=rpc,
        chain_id=preset.chain_id if chain_id is None and preset is not None else chain_id,
        genesis=(
            bytes.fromhex(genesis[2:])
            if genesis is not None
            else None
            if preset is None
            else preset.genesis
        ),
        rule=ClockRule(
            reader.number("clock_behind", rule.behind), reader.number("clock_ahead", rule.ahead)
        ),
        submitter=reader.text("submitter", r"[^\x00]{1,200}", '"the name of a key"'),
        max_wei_per_gas=reader.number("max_gwei_per_gas", MAX_GWEI_PER_GAS) * 10**9,
        first_block=reader.number("first_block", 0),
    )
    reader.done()
    return read
