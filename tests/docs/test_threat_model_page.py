"""docs/threat-model.md: every line of it names a test that exists."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "threat-model.md"
WANTED = ("operator", "submitter", "RPC", "IPFS", "thief", "copyist", "squatter", "censor")


def test_every_attack_names_a_test_that_there_is() -> None:
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    attacks = [row for row in rows if not row.startswith("| tries |")]
    assert len(attacks) > 40
    for row in attacks:
        named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", row)
        assert named, row
        for file, name in named:
            assert re.search(rf"^def {name}\(", (ROOT / file).read_text("utf-8"), re.MULTILINE), row


def test_every_attacker_is_told_what_does_not_stop_them() -> None:
    parts = PAGE.read_text(encoding="utf-8").split("\n## ")[1:]
    headings = " ".join(part.splitlines()[0] for part in parts)
    assert all(word in headings for word in WANTED)
    for part in parts[:-1]:  # hostile files and requests are stopped, or it is a bug
        assert "**Does not stop it**" in part
