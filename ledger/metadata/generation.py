"""What a file says of how a generator made it: a statement of the file, never evidence."""

import base64
import re
from dataclasses import dataclass
from typing import NamedTuple

from ..errors import InvalidInput

# Longer than any seed (64 bits are 20 digits) or decimal a tool writes; a number of a million
# digits is an attack on whoever computes with it.
_INTEGER = re.compile(r"-?[0-9]{1,40}")
_DECIMAL = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,3})?")
MAX_COUNT = 1_000_000_000


class Raw(NamedTuple):
    """A text of the file, verbatim: where it stands, its name, its bytes (inflated)."""

    where: str
    name: str
    value: bytes


@dataclass(frozen=True, slots=True)
class Model:
    """A model or LoRA that the file names: a name, a hash, or both; `weight` is a decimal."""

    name: str | None
    hash: str | None = None
    weight: str | None = None

    def __post_init__(self) -> None:
        if self.name is None and self.hash is None:
            raise InvalidInput("expected a model with a name or a hash, got neither")
        _require_text("a model's name", self.name)
        _require_text("a model's hash", self.hash)
        _require_number("a model's weight", self.weight, _DECIMAL)

    def to_json(self) -> dict[str, object]:
        """Return the model as a JSON object, null where absent."""
        return {"name": self.name, "hash": self.hash, "weight": self.weight}


@dataclass(frozen=True, slots=True)
class Size:
    """The width and height in pixels that the generator was asked for."""

    width: int
    height: int

    def __post_init__(self) -> None:
        if not (0 < self.width <= MAX_COUNT and 0 < self.height <= MAX_COUNT):
            raise InvalidInput(f"expected positive pixels, got {self.width}x{self.height}")

    def to_json(self) -> dict[str, object]:
        """Return the size as a JSON object."""
        return {"width": self.width, "height": self.height}


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """One generation as a file describes it; None where the file is silent.

    Seeds and decimals are strings as written: JSON numbers lose digits above 2^53.
    """

    tool: str | None = None
    version: str | None = None
    prompt: str | None = None
    negative_prompt: str | None = None
    seed: str | None = None
    steps: int | None = None
    cfg: str | None = None
    sampler: str | None = None
    scheduler: str | None = None
    size: Size | None = None
    models: tuple[Model, ...] = ()
    loras: tuple[Model, ...] = ()
    raw: tuple[Raw, ...] = ()

    def __post_init__(self) -> None:
        for name in ("tool", "version", "prompt", "negative_prompt", "sampler", "scheduler"):
            _require_text(name, getattr(self, name))
        _require_number("a seed", self.seed, _INTEGER)
        _require_number("a cfg", self.cfg, _DECIMAL)
        if self.steps is not None and not 0 <= self.steps <= MAX_COUNT:
            raise InvalidInput(f"expected steps from 0 to {MAX_COUNT}, got another number")

    def to_json(self) -> dict[str, object]:
        """Return what `inspect --json` says: null where absent, `raw` in base64."""
        return {
            "tool": self.tool,
            "version": self.version,
            "prompt": self.prompt,
            "negative_prompt": self.negative_prompt,
            "seed": self.seed,
            "steps": self.steps,
            "cfg": self.cfg,
            "sampler": self.sampler,
            "scheduler": self.scheduler,
            "size": None if self.size is None else self.size.to_json(),
            "models": [model.to_json() for model in self.models],
            "loras": [lora.to_json() for lora in self.loras],
            "raw": [
                {
                    "where": raw.where,
                    "name": raw.name,
                    "base64": base64.b64encode(raw.value).decode("ascii"),
                }
                for raw in self.raw
            ],
        }


def integer(text: str | None) -> str | None:
    """Return the text if it is a whole number of a credible length, else None."""
    return text if text is not None and _INTEGER.fullmatch(text) else None


def decimal(text: str | None) -> str | None:
    """Return the text if it is a decimal number of a credible length, else None."""
    return text if text is not None and _DECIMAL.fullmatch(text) else None


def count(text: str | None) -> int | None:
    """Return the text as a number from 0 to a thousand million, else None."""
    number = int(integer(text) or -1)
    return number if 0 <= number <= MAX_COUNT else None


def size(width: str | None, height: str | None) -> Size | None:
    """Return a size if both texts are positive whole numbers, else None."""
    pixels = (count(width) or 0, count(height) or 0)
    return Size(*pixels) if all(pixels) else None


def _require_text(what: str, text: str | None) -> None:
    try:
        (text or "").encode("utf-8")
    except UnicodeEncodeError as cause:
        raise InvalidInput(f"expected {what} in Unicode, got a lone surrogate") from cause


def _require_number(what: str, text: str | None, form: re.Pattern[str]) -> None:
    if text is not None and not form.fullmatch(text):
        raise InvalidInput(f"expected {what} as a decimal string, got {text[:40]!r}")
