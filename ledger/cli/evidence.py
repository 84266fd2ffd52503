"""What commands say of a receipt's evidence: whether it holds a state proof, or why not."""


def evidence_json(why: str | None) -> dict[str, object]:
    """Return what `--json` says; `why` a receipt has none, None if it has one."""
    return {"held": True} if why is None else {"held": False, "why": why}
