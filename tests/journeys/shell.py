"""A person at a shell: runs `sealbook` as a whole process in a home of their own."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

SCRIPT = Path(sys.executable).with_name("sealbook")
LANTERN = Path(__file__).resolve().parents[2] / "ledger" / "cli" / "lantern.png"
STEPS = LANTERN.with_name("lantern.steps.jsonl")


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, object]:
        """What `--json` printed."""
        value: dict[str, object] = json.loads(self.out)
        return value

    def outcome(self, check: str) -> str:
        """The outcome of one check in a report."""
        findings = self.json["findings"]
        assert isinstance(findings, list)
        return str(next(one["outcome"] for one in findings if one["check"] == check))


@dataclass(frozen=True, slots=True)
class Shell:
    """A folder to work in, with a home and a passphrase file beside it."""

    folder: Path

    @classmethod
    def at(cls, folder: Path) -> "Shell":
        """Make the folder ready."""
        folder.mkdir(parents=True, exist_ok=True)
        passphrase = folder / "passphrase"
        passphrase.write_text("correct horse\n")
        passphrase.chmod(0o600)
        return cls(folder)

    @property
    def home(self) -> Path:
        """The SEALBOOK_HOME of this shell."""
        return self.folder / "home"

    def environment(self) -> dict[str, str]:
        """Return the environment of every command."""
        return {
            **os.environ,
            "SEALBOOK_HOME": str(self.home),
            "SEALBOOK_PASSPHRASE_FILE": str(self.folder / "passphrase"),
        }

    def run(self, *words: str | Path, **environment: str) -> Ended:
        """Run `sealbook WORDS` to its end."""
        ended = subprocess.run(
            [SCRIPT, *map(str, words)],
            cwd=self.folder,
            env=self.environment() | environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert "Traceback" not in ended.stderr, ended.stderr
        return Ended(ended.returncode, ended.stdout, ended.stderr)

    def good(self, *words: str | Path, **environment: str) -> Ended:
        """Run a command that must end well."""
        ended = self.run(*words, **environment)
        assert ended.code == 0, (words, ended)
        return ended

    def copy(self, name: str) -> Path:
        """Put the lantern here under a name, in a folder of its own."""
        path = self.folder / name / "lantern.png"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(LANTERN.read_bytes())
        return path


def receipt_of(work: Path) -> Path:
    """Return where a work's receipt lies."""
    return work.with_name(f"{work.name}.seal.json")
