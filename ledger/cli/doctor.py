"""`doctor`: check this home, number by number, and say what to do."""

import argparse
from collections.abc import Iterator
from functools import partial

from ..wiring import Installation, home_path
from .common import add_home, emit
from .diagnosis import Diagnosis, guarded
from .doctor_blocks import check_blocks, check_manifests, check_missing
from .doctor_chain import ChainChecks
from .doctor_database import check_databases
from .doctor_home import (
    check_disk,
    check_founded,
    check_home,
    check_keys,
    check_leftovers,
    check_logs,
    check_settings,
)
from .doctor_pins import check_pins
from .progress import Advance, progress

EXAMPLES = """examples:
  sealbook doctor
  sealbook doctor --json
  sealbook doctor --chain sepolia        only this chain

It mends what it can: manifests and blocks that this computer lost are put back, and what nodes
and pinning services lost, they are asked to pin again. Nothing else is changed.
exit codes: 0 all is well (notes are no faults), 1 something is wrong"""

WRONG = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare which chain."""
    parser.add_argument("--chain", metavar="NAME", help="only this chain (default: all)")
    add_home(parser)


def run(args: argparse.Namespace) -> int:
    """Print each check as it is made; 1 if something is wrong."""
    found: list[Diagnosis] = []
    with progress(args, "blocks", " blocks") as advance:
        for one in _diagnoses(args, advance):
            found.append(one)
            if not args.json:
                print(one.to_text(len(found)), flush=True)
    wrong = sum(one.state == "wrong" for one in found)
    value = {
        "well": not wrong,
        "checks": [one.to_json(number) for number, one in enumerate(found, 1)],
    }
    text = f"{wrong} of {len(found)} checks found something wrong" if wrong else "all is well"
    emit(args, value, text)
    return WRONG if wrong else 0


def _diagnoses(args: argparse.Namespace, advance: Advance) -> Iterator[Diagnosis]:
    home = home_path(args.home)
    first = list(check_home(home))
    yield from first
    if not home.is_dir():
        return
    settings = list(guarded("settings", partial(check_settings, home)))
    yield from settings
    yield from guarded("disk", partial(check_disk, home))
    yield from guarded("leftovers", partial(check_leftovers, home))
    if any(one.state == "wrong" for one in settings):
        return
    installation = Installation.open(home)
    yield from guarded("keys", partial(check_keys, installation))
    yield from guarded("logs", partial(check_logs, installation))
    yield from guarded("database", partial(check_databases, installation))
    names = _names(installation, args.chain)
    for name in names:
        yield from guarded("ledger files", partial(check_founded, installation, name), name)
        yield from ChainChecks(installation, installation.settings.chain(name)).run()
    yield from guarded("manifests", partial(check_manifests, installation, names))
    for name in names:
        yield from guarded("manifests", partial(check_missing, installation, name), name)
    with progress(args, "pins", " pins") as more:
        for name in names:
            yield from guarded("pins", partial(check_pins, installation, name, more), name)
    yield from guarded("blocks", partial(check_blocks, installation, advance))


def _names(installation: Installation, only: str | None) -> list[str]:
    """Return the chains to check: the embedded one only once there is one."""
    settings = installation.settings
    wanted = settings.chains.values() if only is None else [settings.chain(only)]
    return [
        chain.name
        for chain in wanted
        if not chain.embedded
        or any((settings.folder(chain) / file).exists() for file in ("chain.db", "ledger.json"))
    ]
