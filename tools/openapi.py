"""Write docs/openapi.json: what the HTTP API is, for programs."""

import json
from pathlib import Path
from typing import Any

from api.app import create_app
from ledger.wiring import Installation

PATH = Path(__file__).resolve().parent.parent / "docs" / "openapi.json"


def openapi() -> dict[str, Any]:
    """Return the document; no engine is opened for it."""
    return create_app(Installation.open(PATH.parent), worker=False).openapi()


def text() -> str:
    """Return the document as its file holds it."""
    return json.dumps(openapi(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


if __name__ == "__main__":
    PATH.write_text(text(), encoding="utf-8")
