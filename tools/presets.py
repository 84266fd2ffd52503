"""Write the tables of presets in docs/public-chains.md, between their two markers."""

from pathlib import Path

from ledger.cli.chain_presets import block_text, span_text
from ledger.config import PRESETS, Preset
from ledger.encoding import hex_of

PATH = Path(__file__).resolve().parent.parent / "docs" / "public-chains.md"
BEGIN = "<!-- presets: written by `python -m tools.presets` -->\n"
END = "<!-- end of presets -->\n"


def tables() -> str:
    """Return what stands between the markers."""
    lines = [
        "| preset | chain id | block time | clock: behind, ahead | fees |",
        "| --- | --- | --- | --- | --- |",
        *(
            f"| `{name}` | {one.chain_id} | {block_text(one)} "
            f"| {span_text(one.rule.behind)}, {span_text(one.rule.ahead)} | {one.fees} |"
            for name, one in PRESETS.items()
        ),
        "",
        "| preset | genesis hash: of block 0 |",
        "| --- | --- |",
        *(f"| `{name}` | {_genesis(one)} |" for name, one in PRESETS.items()),
        "",
        "| chains | `safe` and `finalized` | why the clock is so |",
        "| --- | --- | --- |",
        *(
            f"| {names} | {finality} | {clock} |"
            for (finality, clock), names in _by_meaning().items()
        ),
        "",
        "Sources:",
        "",
        *(f"- `{name}`: {' '.join(f'<{url}>' for url in one.source)}" for name, one in _all()),
    ]
    return "\n".join(lines) + "\n"


def page() -> str:
    """Return the page with its tables as the code has them."""
    before, rest = PATH.read_text(encoding="utf-8").split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n{tables()}\n{END}{after}"


def _all() -> list[tuple[str, Preset]]:
    return list(PRESETS.items())


def _genesis(preset: Preset) -> str:
    return "its node's own" if preset.genesis is None else f"`{hex_of(preset.genesis)}`"


def _by_meaning() -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for name, one in PRESETS.items():
        key = (one.finality, one.clock)
        found[key] = f"{found[key]}, `{name}`" if key in found else f"`{name}`"
    return found


if __name__ == "__main__":
    PATH.write_text(page(), encoding="utf-8")
