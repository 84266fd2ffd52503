"""How presets are shown, and what a chain's tags and block times mean."""

from collections.abc import Mapping

from ..anchor import ClockRule
from ..config import PRESETS, ChainSettings, Preset, known_as
from ..encoding import hex_of

Row = dict[str, object]

EMBEDDED_FINALITY = "at once, and on this computer only"
UNKNOWN_FINALITY = "as its node says: no preset knows this chain"


def preset_rows() -> list[Row]:
    """Return all presets, for a program."""
    return [
        {
            "name": name,
            "chain_id": preset.chain_id,
            "genesis": None if preset.genesis is None else hex_of(preset.genesis),
            "local": preset.local,
            "block_seconds": preset.block_seconds,
            "fees": preset.fees,
            "finality": preset.finality,
            "clock": _clock(preset.rule, preset),
            "source": list(preset.source),
        }
        for name, preset in PRESETS.items()
    ]


def presets_text() -> str:
    """Return the same for a person."""
    lines: list[str] = []
    for row in preset_rows():
        preset = PRESETS[str(row["name"])]
        lines += [
            str(row["name"]) + ("  LOCAL CHAIN" if preset.local else ""),
            f"  chain      {preset.chain_id}, {block_text(preset)}, fees {preset.fees}",
            f"  genesis    {row['genesis'] or 'its node makes its own'}",
            *meaning_lines(row),
        ]
    return "\n".join(lines)


def meaning(settings: ChainSettings, chain_id: int | None, genesis: bytes | None) -> Row:
    """Return what a chain's tags and block times mean: by its preset, and the settings' clock."""
    known = known_as(chain_id, genesis)
    preset = None if known is None else known[1]
    if settings.embedded:
        finality = EMBEDDED_FINALITY
    else:
        finality = UNKNOWN_FINALITY if preset is None else preset.finality
    return {
        "preset": None if known is None else known[0],
        "finality": finality,
        "clock": _clock(settings.rule, preset),
    }


def meaning_lines(value: Mapping[str, object]) -> list[str]:
    """Return the two lines that say the same to a person."""
    clock = value["clock"]
    if not isinstance(clock, Mapping):
        return []
    behind, ahead = span_text(clock["behind_seconds"]), span_text(clock["ahead_seconds"])
    why = f" ({clock['why']})" if clock["why"] else ""
    return [
        f"  clock      a block's time may be {behind} behind and {ahead} ahead{why}",
        f"  finality   {value['finality']}",
    ]


def _clock(rule: ClockRule, preset: Preset | None) -> Row:
    why = None if preset is None or preset.rule != rule else preset.clock
    return {"behind_seconds": rule.behind, "ahead_seconds": rule.ahead, "why": why}


def block_text(preset: Preset) -> str:
    """Return how often a block comes."""
    if preset.block_seconds == 0:
        return "a block a transaction"
    return f"a block about every {preset.block_seconds:g} s"


def span_text(seconds: int) -> str:
    """Return a time span in its two greatest units, such as `13 h` or `30 min 15 s`."""
    hours, rest = divmod(seconds, 3_600)
    minutes, left = divmod(rest, 60)
    named = [(hours, "h"), (minutes, "min"), (left, "s")]
    said = [f"{count} {unit}" for count, unit in named if count]
    return " ".join(said[:2]) if said else "0 s"
