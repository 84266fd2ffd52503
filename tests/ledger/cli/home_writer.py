"""A process that seals one work after the other in a home, and says which are acknowledged."""

import sys
from pathlib import Path

from tests.ledger.cli.homes import Home


def main() -> None:
    home = Home(Path(sys.argv[1]))
    number = 0
    while True:
        receipt = home.seal(f"{number}.png", b"work %d" % number)
        print(receipt, flush=True)
        number += 1


if __name__ == "__main__":
    main()
