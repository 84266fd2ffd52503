"""An installation: one home with its settings, and the services that work on its engines."""

import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ..config import Settings, creation_code, deployment, load_settings
from ..errors import BadSettings, Unavailable
from ..services.verifying import Verifying
from .chains import known_chain, known_chains, open_chain, open_reader
from .databases import (
    delete_index,
    has_index,
    has_queue,
    open_index,
    open_queue,
    require_whole_queue,
)
from .homes import home_path
from .stores import open_blocks, open_own_blocks, open_pinning, open_sources, patient

if TYPE_CHECKING:
    from ..adapters.keystore import Keystore
    from ..adapters.ledger_files import LedgerFiles
    from ..adapters.log_files import LogFiles
    from ..adapters.server import HttpServer
    from ..contract import Deployment, Founded
    from ..disclosure import Disclosure
    from ..policy import Policy
    from ..ports import BlockStore, Chain, ChainReader, Clock, Index, Memory, Queue
    from ..services.anchoring import Anchoring
    from ..services.gathering import Gathering
    from ..services.keeping import Keeping
    from ..services.pinning import Pinning
    from ..services.proving import Proving
    from ..services.remote import AskingServer
    from ..services.sealing import Sealing
    from ..services.syncing import Syncing

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
        from ..adapters.clocks import SystemClock

        return SystemClock()

    @cached_property
    def memory(self) -> "Memory":
        """What this home saw final."""
        from ..adapters.memory import FolderMemory

        return FolderMemory(self.home / "seen")

    @cached_property
    def blocks(self) -> "BlockStore":
        """The block store."""
        return open_blocks(self.settings)

    @cached_property
    def own_blocks(self) -> "BlockStore":
        """This home's own folder of blocks."""
        return open_own_blocks(self.settings)

    @cached_property
    def index(self) -> "Index":
        """The index: a cache, remade by `sync --rebuild`."""
        return open_index(self.settings)

    @cached_property
    def keystore(self) -> "Keystore":
        """The encrypted keys."""
        from ..adapters.keystore import Keystore

        return Keystore(self.home / "keys")

    @cached_property
    def logs(self) -> "LogFiles":
        """The process logs of this home's author."""
        from ..adapters.log_files import LogFiles

        return LogFiles(self.home / "logs")

    def make_home(self) -> None:
        """Make the home folder, for its owner only."""
        from ..adapters.files import make_folder

        make_folder(self.home)

    def reader(self, name: str | None = None) -> "ChainReader":
        """Return a chain of the settings, to be read: no EVM, no web3, no keys.

        BadSettings when it is the embedded chain and nothing was ever sealed here.
        """
        return open_reader(self.settings, self.settings.chain(name))

    def chain(self, name: str | None = None, submitter_key: bytes | None = None) -> "Chain":
        """Return a chain of the settings, to be written. The embedded one is made if missing.

        Any other needs the submitter's private key, unlocked by the caller.
        """
        return open_chain(self.settings, self.settings.chain(name), self.clock, submitter_key)

    def files(self, name: str | None = None) -> "LedgerFiles":
        """Return the small files of a chain's folder."""
        from ..adapters.ledger_files import LedgerFiles

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
        from ..adapters.file_lock import hold
        from ..services.founding import deploy, found_ledger

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
            self._queues[chain.name] = open_queue(self.settings, chain, self.founded(name).ledger)
        return self._queues[chain.name]

    def has_queue(self, name: str | None = None) -> bool:
        """Say whether anything was ever acknowledged for a chain here."""
        return has_queue(self.settings, self.settings.chain(name))

    def require_whole_queue(self, name: str | None = None) -> None:
        """Raise StoreUnavailable where the queue's file is damaged."""
        require_whole_queue(self.settings, self.settings.chain(name))

    @property
    def has_index(self) -> bool:
        """Whether there is an index already."""
        return has_index(self.settings)

    def delete_index(self) -> None:
        """Delete the index; `sync` remakes it."""
        opened: Index | None = self.__dict__.pop("index", None)
        if opened is not None:
            opened.close()
        delete_index(self.settings)

    def anchoring(self, chain: "Chain", name: str | None = None) -> "Anchoring":
        """Return the anchoring of this home's ledger on a chain."""
        from ..adapters.failpoint import failpoint_from
        from ..services.anchoring import Anchoring

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
        from ..services.sealing import Sealing

        return Sealing(self.queue(name), self.anchoring(chain, name), self.clock)

    def pinning(self, name: str | None = None) -> "Pinning":
        """Return the pinning of what this home's ledger on a chain has published."""
        ledger = self.founded(name).ledger
        return open_pinning(self.settings, self.queue(name), ledger, self.clock)

    def syncing(
        self, name: str | None = None, report: Callable[[int, int], None] = lambda *_: None
    ) -> "Syncing":
        """Return the syncing of a chain into this home's index."""
        from ..services.syncing import Syncing

        chain, founded = self.settings.chain(name), self.files(name).founded()
        own = () if founded is None else (founded.ledger,)
        engines = (self.reader(name), self.contracts, self.index, patient(self.blocks), report)
        return Syncing(*engines, chain.chain_id, chain.genesis, own, chain.first_block)

    def proving(self, name: str | None = None) -> "Proving":
        """Return the proving of receipts on a chain, first by what this home's queue keeps."""
        from ..services.proving import Proving

        chain = self.settings.chain(name)
        queue = self.queue(name) if not chain.embedded and self.has_queue(name) else None
        return Proving(known_chain(self.settings, chain), self.contracts, queue)

    def keeping(self, name: str | None = None) -> "Keeping | None":
        """Return the keeping of evidence of what this home's ledger on a chain has anchored.

        None on the embedded chain: nobody else trusts its blocks.
        """
        chain = self.settings.chain(name)
        if chain.embedded:
            return None
        from ..services.keeping import Keeping
        from ..services.proving import Proving

        proving = Proving(known_chain(self.settings, chain), self.contracts)
        return Keeping(self.queue(name), proving, self.clock)

    def gathering(self) -> "Gathering":
        """Return the gathering over all chains of the settings that can be told apart."""
        from ..services.gathering import Gathering

        index: Index | None = None
        with suppress(Unavailable):  # a cache that can't be opened takes no verdict away
            index = self.index
        sources = open_sources(self.settings)
        return Gathering(known_chains(self.settings), self.contracts, index, sources)

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
        from ..adapters.server import HttpServer

        return HttpServer(url)

    def asking_server(self, url: str, policy: "Policy") -> "AskingServer":
        """Return what answers by this home's own node where it can, else by a server's word."""
        from ..services.remote import AskingServer

        return AskingServer(self.server(url), self.verifying(), policy)

    def own_log(self, log_id: bytes) -> "Disclosure | None":
        """Return all of a process log that this home holds; None if it is another's."""
        from ..disclosure import disclose

        log = self.logs.load(log_id)
        return None if log is None else disclose(log, dict.fromkeys(range(log.size)))
