"""The settings of one home: where state lies, which chains are known, and by which rules.

Read by hand from TOML into frozen values: pydantic costs 0.2 s that `verify` would pay (ADR).
"""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .anchor import ClockRule
from .contract import Deployment
from .encoding import MAX_NUMBER
from .errors import BadSettings

LOCAL = "local"
MAX_SETTINGS = 1024 * 1024  # bytes: a hand-written file
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_URL = re.compile(r"https?://[^\s]{1,2000}")
_HOST = re.compile(r"https?://(?:[^/?#]*@)?(\[[^\]]+\]|[^/?#:]+)")


@dataclass(frozen=True, slots=True)
class ChainSettings:
    """A chain by the name that this home gives it.

    `rpc` None is the embedded chain. `chain_id` and `genesis` pin which chain a node must be on
    (None: as the node says on first use, which `chain status` shows). `submitter` names the key
    that pays. `max_wei_per_gas` bounds what it pays. Sealbook's contracts are not older than
    `first_block`: the index begins there.
    """

    name: str
    rpc: str | None = None
    chain_id: int | None = None
    genesis: bytes | None = None
    rule: ClockRule = field(default_factory=lambda: ClockRule(0, 0))
    submitter: str | None = None
    max_wei_per_gas: int = 200 * 10**9
    first_block: int = 0

    @property
    def embedded(self) -> bool:
        """Whether it is the chain that lives in this home."""
        return self.rpc is None

    @property
    def node(self) -> str:
        """How its node is named in reports: without the secrets that a URL may carry."""
        if self.rpc is None:
            return "this computer"
        host = _HOST.match(self.rpc)
        return self.name if host is None else host.group(1)


@dataclass(frozen=True, slots=True)
class Preset:
    """A public chain: its id, its genesis hash, and how true its block times are."""

    chain_id: int
    genesis: bytes
    rule: ClockRule


# Ethereum: a slot's time is fixed to the second by the protocol (consensus specs, "Time
# parameters"); a block can be missed, never early. 15 s of leave for the reader's own clock.
PRESETS: Mapping[str, Preset] = {
    "ethereum": Preset(
        1,
        bytes.fromhex("d4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3"),
        ClockRule(15, 15),
    ),
    "sepolia": Preset(
        11155111,
        bytes.fromhex("25a5cc106eea7138acab33231d7160d69cb777ee0c2c553fcddf5138993e6dd9"),
        ClockRule(15, 15),
    ),
}


@dataclass(frozen=True, slots=True)
class Settings:
    """All of a home's settings."""

    home: Path
    default_chain: str
    chains: Mapping[str, ChainSettings]

    def chain(self, name: str | None) -> ChainSettings:
        """Return the chain of that name (the default one if None); BadSettings if unknown."""
        wanted = self.default_chain if name is None else name
        found = self.chains.get(wanted)
        if found is None:
            known = ", ".join(sorted(self.chains))
            raise BadSettings(f"expected one of the chains {known}, got {wanted!r:.60}")
        return found

    @property
    def clock_rules(self) -> Mapping[tuple[int, bytes], ClockRule]:
        """The clocks of the chains whose genesis hash is known, by chain id and genesis hash."""
        rules = {(one.chain_id, one.genesis): one.rule for one in PRESETS.values()}
        for chain in self.chains.values():
            if chain.chain_id is not None and chain.genesis is not None:
                rules[chain.chain_id, chain.genesis] = chain.rule
        return rules

    def folder(self, chain: ChainSettings) -> Path:
        """Return the folder that holds this home's state on a chain."""
        return self.home / "chains" / chain.name

    def chain_file(self, chain: ChainSettings) -> Path:
        """Return the file of the embedded chain."""
        return self.folder(chain) / "chain.db"


def load_settings(home: Path) -> Settings:
    """Read `config.toml` in the home; the embedded defaults where there is none."""
    path = home / "config.toml"
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raw = b""
    except OSError as cause:
        raise BadSettings(f"expected a readable {path}, got: {cause.strerror}") from cause
    if len(raw) > MAX_SETTINGS:
        raise BadSettings(f"expected at most {MAX_SETTINGS} bytes in {path}, got {len(raw)}")
    try:
        return _settings(home, tomllib.loads(raw.decode()))
    except (ValueError, RecursionError) as cause:  # also: not UTF-8, too deep, too long
        raise BadSettings(f"{path} is not TOML: {cause}") from cause


def deployment() -> Deployment:
    """Return where the contracts are, on every chain: CREATE2 gives one address everywhere."""
    ledgers, keys = artifact("Ledgers"), artifact("AuthorKeys")
    return Deployment(
        ledgers=_hex(ledgers["address"]),
        ledgers_code=_hex(ledgers["code_hash"]),
        keys=_hex(keys["address"]),
        keys_code=_hex(keys["code_hash"]),
    )


def artifact(name: str) -> Mapping[str, str]:
    """Return a compiled contract as it is shipped: address, code_hash, bytecode, abi."""
    # by path: importlib.resources takes 15 ms to import
    text = (Path(__file__).parent / "abi" / f"{name}.json").read_text(encoding="utf-8")
    found: Mapping[str, str] = json.loads(text)
    return found


def creation_code(name: str) -> bytes:
    """Return the bytes that deploy a contract."""
    return _hex(artifact(name)["bytecode"])


def _settings(home: Path, raw: Mapping[str, object]) -> Settings:
    _only(raw, {"chain", "chains"}, "config.toml")
    listed = raw.get("chains", {})
    if not isinstance(listed, Mapping):
        raise BadSettings("config.toml: expected [chains.NAME] tables")
    chains = {LOCAL: ChainSettings(LOCAL)}
    for name, table in listed.items():
        if not _NAME.fullmatch(name) or name == LOCAL:
            raise BadSettings(f"config.toml: expected a chain name like sepolia, got {name!r:.60}")
        if not isinstance(table, Mapping):
            raise BadSettings(f"config.toml: expected chains.{name} to be a table")
        chains[name] = _chain(name, table)
    default = raw.get("chain", LOCAL)
    if not isinstance(default, str) or default not in chains:
        raise BadSettings(f"config.toml: chain = {default!r:.60} is none of {', '.join(chains)}")
    return Settings(home, default, chains)


def _chain(name: str, table: Mapping[str, object]) -> ChainSettings:
    known = {"rpc", "preset", "chain_id", "genesis", "clock_behind", "clock_ahead"}
    _only(table, known | {"submitter", "max_gwei_per_gas", "first_block"}, f"chains.{name}")
    rpc = table.get("rpc")
    if not isinstance(rpc, str) or not _URL.fullmatch(rpc):
        raise BadSettings(f'chains.{name}: expected rpc = "http(s)://…"')
    preset = PRESETS.get(str(table.get("preset", name)))
    if preset is None and "preset" in table:
        raise BadSettings(f"chains.{name}: expected a preset of {', '.join(PRESETS)}")
    chain_id = _number(table, "chain_id", name, None if preset is None else preset.chain_id)
    genesis = table.get("genesis")
    if genesis is not None and not re.fullmatch("0x[0-9a-f]{64}", str(genesis)):
        raise BadSettings(f'chains.{name}: expected genesis = "0x…", 64 hex digits')
    rule = ClockRule(60, 60) if preset is None else preset.rule
    behind = _number(table, "clock_behind", name, rule.behind)
    ahead = _number(table, "clock_ahead", name, rule.ahead)
    submitter = table.get("submitter")
    if submitter is not None and not isinstance(submitter, str):
        raise BadSettings(f"chains.{name}: expected submitter to be the name of a key")
    gwei = _number(table, "max_gwei_per_gas", name, 200)
    return ChainSettings(
        name=name,
        rpc=rpc,
        chain_id=chain_id,
        genesis=_hex(str(genesis)) if genesis else None if preset is None else preset.genesis,
        rule=ClockRule(behind or 0, ahead or 0),
        submitter=submitter,
        max_wei_per_gas=(gwei or 0) * 10**9,
        first_block=_number(table, "first_block", name, 0) or 0,
    )


def _number(table: Mapping[str, object], key: str, name: str, default: int | None) -> int | None:
    value = table.get(key, default)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_NUMBER:
        raise BadSettings(f"chains.{name}: expected {key} to be a whole number from 0")
    return value


def _only(table: Mapping[str, object], known: set[str], where: str) -> None:
    left = set(table) - known
    if left:
        raise BadSettings(f"{where}: unknown setting {min(left)!r:.60}; remove it")


def _hex(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))
