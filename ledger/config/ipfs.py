"""The settings of IPFS: the node, the gateways and the pinning services beside the own folder."""

from dataclasses import dataclass
from pathlib import Path

from .tables import TableReader

MAX_GATEWAYS = 8
MAX_SERVICES = 8
TIMEOUT = 20  # seconds


@dataclass(frozen=True, slots=True)
class PinningServiceSettings:
    """A service that speaks the IPFS Pinning Service API; its access token lies in a file."""

    name: str
    endpoint: str
    token_file: Path | None


@dataclass(frozen=True, slots=True)
class IpfsSettings:
    """Where blocks go and come from, beside this home's own folder of blocks.

    `kubo` is the RPC of a node (None: there is none), `gateways` are trustless gateways that are
    asked side by side, `timeout` is in seconds and bounds each of their answers.
    """

    kubo: str | None = None
    gateways: tuple[str, ...] = ()
    pinning: tuple[PinningServiceSettings, ...] = ()
    timeout: int = TIMEOUT


def read_ipfs(table: object, home: Path) -> IpfsSettings:
    """Read the table [ipfs]; BadSettings where it is none."""
    reader = TableReader(table, "ipfs")
    kubo = reader.urls("kubo", 1)
    read = IpfsSettings(
        kubo=kubo[0] if kubo else None,
        gateways=reader.urls("gateways", MAX_GATEWAYS),
        pinning=tuple(
            _service(one, home, number)
            for number, one in enumerate(reader.tables("pinning", MAX_SERVICES))
        ),
        timeout=max(1, reader.number("timeout", TIMEOUT)),
    )
    reader.done()
    names = [one.name for one in read.pinning]
    if len(set(names)) != len(names):
        raise reader.wrong("expected each pinning service to have a name of its own")
    return read


def _service(table: object, home: Path, number: int) -> PinningServiceSettings:
    reader = TableReader(table, f"ipfs.pinning {number + 1}")
    name = reader.text("name", r"[a-z0-9][a-z0-9-]{0,31}", '"a name like pinata"')
    endpoint = reader.urls("endpoint", 1)
    token_file = reader.path("token_file", home)
    reader.done()
    if name is None or not endpoint:
        raise reader.wrong("expected a name and an endpoint")
    return PinningServiceSettings(name, endpoint[0], token_file)
