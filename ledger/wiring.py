"""The one place where adapters are chosen: settings in, working services out.

Imports stand inside functions here, and only here: each engine costs its import, and `verify`
must not pay for what it does not ask (web3 1.5 s, py-evm 1.0 s, SQLAlchemy 0.6 s).
"""

import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from .config import Settings, creation_code, deployment, load_settings
from .errors import BadSettings, Unavailable
from .services.verifying import Verifying

if TYPE_CHECKING:
    from .adapters.keystore import Keystore
    from .adapters.ledger_files import LedgerFiles
    from .adapters.log_files import LogFiles
    from .adapters.server import HttpServer
    from .contract import Deployment, Founded
    from .disclosure import Disclosure
    from .policy import Policy
    from .ports import BlockStore, Chain, ChainReader, Clock, Index, Memory, Queue
    from .services.anchoring import Anchoring
    from .services.gathering import Gathering
    from .services.known_chain import KnownChain
    from .services.remote import AskingServer
    from .services.sealing import Sealing
    from .services.syncing import Syncing

WAIT_SECONDS = 120.0


class Installation:
    """One home with its settings; engines are opened when they are first asked for."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.contracts: Deployment = deployment()
        self._queues: dict[str, Queue] = {}

    @classmethod
    def open(cls, home: str | Path | None = None) -> "Installation":
        """Open the home given, else SEALBOOK_HOME, else the platform's data folder."""
        return cls(load_settings(home if isinstance(home, Path) else home_path(home)))

    @property
    def home(self) -> Path:
        """The folder of all state."""
        return self.settings.home

    @cached_property
    def clock(self) -> "Clock":
        """The machine's clock."""
        from .adapters.clocks import SystemClock

        return SystemClock()

    @cached_property
    def memory(self) -> "Memory":
        """What this home saw final."""
        from .adapters.memory import FolderMemory

        return FolderMemory(self.home / "seen")

    @cached_property
    def blocks(self) -> "BlockStore":
        """The embedded block store."""
        from .adapters.block_store import BlockFolder

        return BlockFolder(self.home / "blocks")

    @cached_property
    def index(self) -> "Index":
        """The index: a cache, remade by `sync --rebuild`."""
        from .adapters.index import SqlIndex

        self.make_home()
        return SqlIndex(self.home / "index.db")

    @cached_property
    def keystore(self) -> "Keystore":
        """The encrypted keys."""
        from .adapters.keystore import Keystore

        return Keystore(self.home / "keys")

    @cached_property
    def logs(self) -> "LogFiles":
        """The process logs of this home's author."""
        from .adapters.log_files import LogFiles

        return LogFiles(self.home / "logs")

    def make_home(self) -> None:
        """Make the home folder, for its owner only."""
        from .adapters.files import make_folder

        make_folder(self.home)

    def reader(self, name: str | None = None) -> "ChainReader":
        """Return a chain of the settings, to be read: no EVM, no web3, no keys.

        BadSettings when it is the embedded chain and nothing was ever sealed here.
        """
        chain = self.settings.chain(name)
        if chain.rpc is not None:
            from .adapters.json_rpc_reader import JsonRpcReader

            return JsonRpcReader(chain.rpc)
        path = self.settings.chain_file(chain)
        if not path.exists():
            raise BadSettings(f"expected an embedded chain in {self.home}; seal something first")
        from .adapters.embedded_reader import EmbeddedReader

        return EmbeddedReader(path)

    def chain(self, name: str | None = None, submitter_key: bytes | None = None) -> "Chain":
        """Return a chain of the settings, to be written. The embedded one is made if missing.

        Any other needs the submitter's private key, unlocked by the caller.
        """
        chain = self.settings.chain(name)
        if chain.rpc is not None:
            from .adapters.json_rpc_chain import JsonRpcChain

            if submitter_key is None:
                raise BadSettings(f"expected the submitter's key for {chain.name}; unlock it")
            return JsonRpcChain(
                chain.rpc, submitter_key, max_wei_per_gas=chain.max_wei_per_gas, clock=self.clock
            )
        from .adapters.embedded_chain import EmbeddedChain, drawn_chain_id

        self.make_home()
        files = self.files(name)
        files.require_chain()
        path, key = self.settings.chain_file(chain), files.embedded_key()
        drawn = drawn_chain_id(secrets.token_bytes(6))
        return EmbeddedChain.create(path, key, self.clock, drawn)

    def files(self, name: str | None = None) -> "LedgerFiles":
        """Return the small files of a chain's folder."""
        from .adapters.ledger_files import LedgerFiles

        return LedgerFiles(self.settings.folder(self.settings.chain(name)))

    def founded(self, name: str | None = None) -> "Founded":
        """Return this home's ledger on a chain; BadSettings while there is none."""
        founded = self.files(name).founded()
        if founded is None:
            chain = self.settings.chain(name).name
            raise BadSettings(
                f"expected a ledger of this home on {chain}, there is none yet; "
                f"run `sealbook chain deploy --chain {chain}`"
            )
        return founded

    def found(self, chain: "Chain", name: str | None, creator: bytes) -> "Founded":
        """Make sure that the contracts and this home's ledger are on a chain. Safe to repeat."""
        from .adapters.file_lock import hold
        from .services.founding import deploy, found_ledger

        files = self.files(name)
        salt = files.salt()
        with hold(files.folder / "founding.lock", WAIT_SECONDS):
            creation = {
                self.contracts.ledgers: creation_code("Ledgers"),
                self.contracts.keys: creation_code("AuthorKeys"),
            }
            deploy(chain, self.contracts, creation, self.clock, WAIT_SECONDS)
            founded = found_ledger(chain, self.contracts, creator, salt, self.clock, WAIT_SECONDS)
            files.keep(founded)
        return founded

    def queue(self, name: str | None = None) -> "Queue":
        """Return the queue of this home's ledger on a chain."""
        chain = self.settings.chain(name)
        if chain.name not in self._queues:
            from .adapters.queue import SqlQueue

            path = self.settings.folder(chain) / "queue.db"
            self._queues[chain.name] = SqlQueue(path, self.founded(name).ledger)
        return self._queues[chain.name]

    def anchoring(self, chain: "Chain", name: str | None = None) -> "Anchoring":
        """Return the anchoring of this home's ledger on a chain."""
        from .adapters.failpoint import failpoint_from
        from .services.anchoring import Anchoring

        return Anchoring(
            chain,
            self.contracts,
            self.queue(name),
            self.blocks,
            self.clock,
            ledger=self.founded(name).ledger,
            holder=f"{os.getpid()}-{secrets.token_hex(4)}",
            failpoint=failpoint_from(os.environ),
        )

    def sealing(self, chain: "Chain", name: str | None = None) -> "Sealing":
        """Return the sealing on this home's ledger."""
        from .services.sealing import Sealing

        return Sealing(self.queue(name), self.anchoring(chain, name), self.clock)

    def syncing(
        self, name: str | None = None, report: Callable[[int, int], None] = lambda *_: None
    ) -> "Syncing":
        """Return the syncing of a chain into this home's index."""
        from .services.syncing import Syncing

        chain, founded = self.settings.chain(name), self.files(name).founded()
        own = () if founded is None else (founded.ledger,)
        engines = (self.reader(name), self.contracts, self.index, self.blocks, report)
        return Syncing(*engines, chain.chain_id, chain.genesis, own, chain.first_block)

    def gathering(self) -> "Gathering":
        """Return the gathering over all chains of the settings that can be told apart."""
        from .services.gathering import Gathering

        index: Index | None = None
        with suppress(Unavailable):  # a cache that can't be opened takes no verdict away
            index = self.index
        return Gathering(self._known_chains(), self.contracts, index, self.blocks)

    def verifying(self, name: str | None = None) -> Verifying:
        """Return the verifying; its index follows the chain named up to now, if it can."""

        def index() -> "Index":
            with suppress(BadSettings):  # nothing was ever sealed here: an empty index
                self.syncing(name).run()
            return self.index

        return replace(self.offline(), gathering=self.gathering, index=index)

    def offline(self) -> Verifying:
        """Return the verifying that asks no engine at all."""
        return Verifying(
            self.contracts,
            memory=self.memory,
            own_log=self.own_log,
            rules=self.settings.clock_rules,
        )

    def server(self, url: str) -> "HttpServer":
        """Return a Sealbook server, to be asked."""
        from .adapters.server import HttpServer

        return HttpServer(url)

    def asking_server(self, url: str, policy: "Policy") -> "AskingServer":
        """Return what answers by this home's own node where it can, else by a server's word."""
        from .services.remote import AskingServer

        return AskingServer(self.server(url), self.verifying(), policy)

    def own_log(self, log_id: bytes) -> "Disclosure | None":
        """Return all of a process log that this home holds; None if it is another's."""
        from .disclosure import disclose

        log = self.logs.load(log_id)
        return None if log is None else disclose(log, dict.fromkeys(range(log.size)))

    def _known_chains(self) -> "dict[int, KnownChain]":
        """Return the chains that can be read, by chain id; one that can't be asked is left out.

        A chain whose id is pinned is not asked for it until a question is about it.
        """
        from .services.known_chain import KnownChain

        known: dict[int, KnownChain] = {}
        for chain in self.settings.chains.values():
            if chain.embedded and not self.settings.chain_file(chain).exists():
                continue
            reader = self.reader(chain.name)
            with suppress(Unavailable):
                which = chain.chain_id or reader.identity().chain_id
                known[which] = KnownChain(
                    chain.name, reader, chain.rule, chain.node, chain.genesis, chain.chain_id
                )
        return known


def home_path(given: str | None = None) -> Path:
    """Return the home: as given, else SEALBOOK_HOME, else the platform's data folder."""
    named = given or os.environ.get("SEALBOOK_HOME")
    if not named:
        from platformdirs import user_data_path

        return user_data_path("sealbook")
    try:
        return Path(named).expanduser().absolute()
    except (RuntimeError, OSError) as cause:  # nobody of that name; the current folder is gone
        raise BadSettings(f"expected a home folder, got {named!r:.200}: {cause}") from cause
