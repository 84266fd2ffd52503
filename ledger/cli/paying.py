"""Paying: who submits on a chain, and agreeing to a price before anything is spent."""

import argparse

from ..chain import Cost
from ..errors import BadSettings, CostRefused
from ..ports import Chain
from ..wiring import Installation
from .common import has_terminal, read_passphrase, tell

WEI = 10**18
GWEI = 10**9


def open_chain(
    args: argparse.Namespace, installation: Installation, name: str | None, payer: str | None = None
) -> Chain:
    """Return a chain to be written: the embedded one, or one paid for by a key of this home.

    `payer` names that key; None is the submitter of the settings.
    """
    settings = installation.settings.chain(name)
    if settings.embedded:
        return installation.chain(settings.name)
    payer = payer or settings.submitter
    if payer is None:
        raise BadSettings(
            f"expected chains.{settings.name} to name a submitter in config.toml: the key that pays"
        )
    passphrase = read_passphrase(args.passphrase_file, payer)
    key = installation.keystore.unlock(payer, passphrase)
    return installation.chain(settings.name, key)


def agree(args: argparse.Namespace, name: str, what: str, cost: Cost) -> None:
    """Print the price; CostRefused unless `--yes` was given or a person says yes."""
    tell(f"{what} on {name} costs {cost_text(cost)}")
    if args.yes:
        return
    if not has_terminal():
        raise CostRefused("expected --yes to agree to the cost: there is no terminal to ask on")
    if input("Spend it? [y/N] ").strip().lower() not in ("y", "yes"):
        raise CostRefused("not agreed; nothing was spent, and what was queued stays queued")


def cost_text(cost: Cost) -> str:
    """Return a price for a person."""
    beside = f" and {cost.extra_wei / GWEI:.0f} gwei for its data" if cost.extra_wei else ""
    return (
        f"at most {cost.wei / WEI:.6f} of its coin "
        f"({cost.gas} gas at {cost.wei_per_gas / GWEI:.3f} gwei{beside})"
    )
