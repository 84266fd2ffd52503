"""All of a home's settings, read from its config.toml."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..anchor import ClockRule
from ..errors import BadSettings
from .chains import ChainSettings, read_chain
from .databases import DatabaseSettings, read_databases
from .ipfs import IpfsSettings, read_ipfs
from .presets import PRESETS

LOCAL = "local"
MAX_SETTINGS = 1024 * 1024  # bytes: a hand-written file
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_SECTIONS = {"chain", "chains", "ipfs", "database"}


@dataclass(frozen=True, slots=True)
class Settings:
    """All of a home's settings."""

    home: Path
    default_chain: str
    chains: Mapping[str, ChainSettings]
    ipfs: IpfsSettings = field(default_factory=IpfsSettings)
    database: DatabaseSettings = field(default_factory=DatabaseSettings)

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
        rules = {
            (one.chain_id, one.genesis): one.rule
            for one in PRESETS.values()
            if one.genesis is not None
        }
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


def _settings(home: Path, raw: Mapping[str, object]) -> Settings:
    left = set(raw) - _SECTIONS
    if left:
        raise BadSettings(f"config.toml: unknown setting {min(left)!r:.60}; remove it")
    listed = raw.get("chains", {})
    if not isinstance(listed, Mapping):
        raise BadSettings("config.toml: expected [chains.NAME] tables")
    chains = {LOCAL: ChainSettings(LOCAL)}
    for name, table in listed.items():
        if not _NAME.fullmatch(name) or name == LOCAL:
            raise BadSettings(f"config.toml: expected a chain name like sepolia, got {name!r:.60}")
        chains[name] = read_chain(name, table)
    default = raw.get("chain", LOCAL)
    if not isinstance(default, str) or default not in chains:
        raise BadSettings(f"config.toml: chain = {default!r:.60} is none of {', '.join(chains)}")
    return Settings(
        home,
        default,
        chains,
        read_ipfs(raw.get("ipfs", {}), home),
        read_databases(raw.get("database", {})),
    )
