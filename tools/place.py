"""Where things lie in the project's folder, and the environment that children run in."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
NODE_TOOLS = ROOT / ".tools"
LOG = VENV / "setup.log"
MUTEX = ROOT / ".make.lock"
RUNTIME_LOCK = ROOT / "requirements.lock"
TEST_LOCK = ROOT / "requirements-test.lock"

WINDOWS = sys.platform == "win32"
SCRIPTS = "Scripts" if WINDOWS else "bin"
SUFFIX = ".exe" if WINDOWS else ""

# How to reach an index is the user's business; where pip puts things is ours.
KEPT_PIP = (
    "INDEX",
    "EXTRA",
    "FIND_LINKS",
    "CERT",
    "CLIENT",
    "PROXY",
    "TRUSTED",
    "CACHE",
    "KEYRING",
)
DROPPED = ("PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__")


def script(name: str) -> Path:
    """Name a command inside the environment."""
    return VENV / SCRIPTS / f"{name}{SUFFIX}"


def site_packages() -> Path | None:
    """Find the folder of installed packages, if the environment has one."""
    pattern = "Lib/site-packages" if WINDOWS else "lib/python3.*/site-packages"
    return next(iter(sorted(VENV.glob(pattern))), None)


def clean_environment() -> dict[str, str]:
    """Give the environment without what would turn Python or pip away from this folder."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in DROPPED
        and (not name.startswith("PIP_") or name.removeprefix("PIP_").startswith(KEPT_PIP))
    }
    # A pip.conf may say `user = true`; the environment outranks it.
    return kept | {"PIP_USER": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"}


def running_environment() -> dict[str, str]:
    """Give the environment for the project's own programs: its commands come first on PATH."""
    kept = {name: value for name, value in os.environ.items() if name not in DROPPED}
    first = [str(VENV / SCRIPTS), str(NODE_TOOLS / "node_modules" / ".bin")]
    kept["PATH"] = os.pathsep.join([*first, kept.get("PATH", os.defpath)])
    return kept
