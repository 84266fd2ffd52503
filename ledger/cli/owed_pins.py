"""What pinning targets are owed, for people and for programs."""

from collections.abc import Mapping

from ..ports import Account
from ..services.pinning import Pinning

PAY_SECONDS = 30.0  # for what was published just now, and for what is owed from before


def pins_json(pinning: Pinning) -> dict[str, dict[str, object]]:
    """Return each target's counts as a JSON object."""
    return {name: account_json(one) for name, one in pinning.accounts().items()}


def account_json(account: Account) -> dict[str, object]:
    """Return one target's counts as a JSON object."""
    return {
        "owed": account.owed,
        "asked": account.asked,
        "pinned": account.pinned,
        "why": account.said,
    }


def owed_text(accounts: Mapping[str, Account]) -> str | None:
    """Say in one line who has not pinned what yet; None if everybody has pinned everything."""
    owed = [
        f"{name} {one.lacking}" + (f" ({one.said})" if one.said else "")
        for name, one in accounts.items()
        if one.lacking
    ]
    if not owed:
        return None
    return f"manifests not pinned yet: {', '.join(owed)}; `sealbook anchor` goes on"
