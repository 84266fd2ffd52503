"""How long `verify --offline` takes as a whole process, beside a Python that does nothing.

    python benchmarks/verify_offline.py [RUNS]

Prints medians of wall-clock and processor time in milliseconds, and their ratio to the baseline.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RUNS = int(sys.argv[1]) if len(sys.argv) > 1 else 20
SCRIPT = Path(sys.executable).with_name("sealbook")


def measure(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Return the medians of wall-clock and processor milliseconds over RUNS whole processes."""
    walls, processors = [], []
    for number in range(RUNS + 1):
        begun = time.perf_counter()
        with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{command} ended with {process.returncode}")
        if number:  # the first run warms the disk's cache and writes byte code
            walls.append((time.perf_counter() - begun) * 1000)
            processors.append((usage.ru_utime + usage.ru_stime) * 1000)
    return statistics.median(walls), statistics.median(processors)


def main() -> None:
    """Seal an image in a new home, then verify it offline, again and again."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        work = folder / "lantern.png"
        work.write_bytes((ROOT / "ledger" / "cli" / "lantern.png").read_bytes())
        passphrase = folder / "passphrase"
        passphrase.write_text("for a benchmark\n")
        passphrase.chmod(0o600)
        environment = {
            **os.environ,
            "SEALBOOK_HOME": str(folder / "home"),
            "SEALBOOK_PASSPHRASE_FILE": str(passphrase),
        }
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        subprocess.run(
            [SCRIPT, "seal", work], env=environment, check=True, stdout=subprocess.DEVNULL
        )
        receipt = f"{work}.seal.json"
        base = measure([sys.executable, "-c", "pass"], environment)
        ours = measure([str(SCRIPT), "verify", "--offline", receipt], environment)
    print(f"{RUNS} whole processes each, medians     wall ms   processor ms")
    print(f"python -c pass                        {base[0]:9.1f} {base[1]:14.1f}")
    print(f"sealbook verify --offline RECEIPT     {ours[0]:9.1f} {ours[1]:14.1f}")
    print(
        f"ratio                                 {ours[0] / base[0]:9.2f} {ours[1] / base[1]:14.2f}"
    )


if __name__ == "__main__":
    main()
