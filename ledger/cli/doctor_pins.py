"""The check of `doctor` on pins: nodes and services are asked what they have, and get what not."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from ..errors import LedgerError
from ..ports import Account, Pinner
from ..services.pinning import Checked
from ..wiring import Installation
from .diagnosis import Diagnosis
from .owed_pins import PAY_SECONDS, account_json
from .progress import Advance

CHECK_SECONDS = 300.0  # for each node or service
_CHECK = "pins"


def check_pins(installation: Installation, name: str, advance: Advance) -> Iterator[Diagnosis]:
    """Ask every target for every published manifest; pin again what it lost."""
    if not installation.has_queue(name):
        return
    pinning = installation.pinning(name)
    if pinning.pinners and all(one.store is None for one in pinning.pinners):
        yield Diagnosis(
            _CHECK,
            "note",
            "a pinning service fetches what it pins, and no node of yours offers it",
            "name your node in config.toml: [ipfs] kubo",
            name,
        )
    before = pinning.accounts().values()
    total, done = sum(one.lacking + one.pinned for one in before), 0

    def more(asked: int) -> None:
        nonlocal done
        done += asked
        advance(done, total)

    checked = [
        _checked(partial(pinning.check, one, CHECK_SECONDS, more)) for one in pinning.pinners
    ]
    if any(one.lost or one.lacking for one in checked):
        pinning.pay(PAY_SECONDS, awake=True)
    accounts = pinning.accounts()
    for pinner, one in zip(pinning.pinners, checked, strict=True):
        account = accounts[pinner.name]
        counts = {"target": pinner.name, **account_json(account)}
        yield replace(_diagnosis(pinner, one, account, name), pins=counts)


def _checked(check: Callable[[], Checked]) -> Checked:
    try:
        return check()
    except LedgerError as cause:  # one that refuses keeps no other from being checked
        return Checked(why=str(cause))


def _diagnosis(pinner: Pinner, checked: Checked, account: Account, name: str) -> Diagnosis:
    said = f"{account.pinned} manifests are pinned by {pinner.name}"
    if checked.lost:
        said += f"; it had lost {checked.lost}"
    regained = checked.lost + checked.lacking - account.lacking
    if regained > 0:
        said += f", pinned again {regained}" if checked.lost else f", {regained} of them now"
    if account.asked:
        said += f"; {account.asked} were asked for and are not pinned yet"
    if account.owed:
        said += f"; {account.owed} are owed to it"
    if checked.why is not None:
        said += f"; {checked.unasked or 'all'} could not be asked for: {checked.why}"
        return Diagnosis(
            _CHECK,
            "wrong",
            said,
            "look whether it runs and what config.toml says of it; `sealbook anchor` pays what is "
            "owed once it answers",
            name,
        )
    if account.owed:
        why = account.said or "there was no time"
        return Diagnosis(_CHECK, "wrong", f"{said}: {why}", "`sealbook anchor` tries again", name)
    noted = bool(checked.lost or account.asked or regained > 0)
    return Diagnosis(_CHECK, "note" if noted else "well", said, None, name)
