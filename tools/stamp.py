"""A stamp: the last thing a finished set-up writes, saying from what it was made."""

import hashlib
import json
import os
from pathlib import Path


def digest(*parts: Path | str) -> str:
    """SHA-256 over files and words."""
    total = hashlib.sha256()
    for part in parts:
        content = part.read_bytes() if isinstance(part, Path) else part.encode()
        total.update(len(content).to_bytes(8, "big") + content)
    return total.hexdigest()


def read(path: Path) -> dict[str, str]:
    """Read what the stamp says; nothing if there is none, or if it can't be read."""
    try:
        said = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return {str(key): str(value) for key, value in said.items()} if isinstance(said, dict) else {}


def write(path: Path, said: dict[str, str]) -> None:
    """Write it whole or not at all."""
    part = path.with_name(f"{path.name}.part")
    with part.open("w", encoding="utf-8") as file:
        json.dump(said, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
