"""The settings of IPFS, databases and nodes: what is read, and the line for what is wrong."""

from pathlib import Path

import pytest

from ledger.config import Settings, load_settings
from ledger.errors import BadSettings


def settings(home: Path, text: str) -> Settings:
    (home / "config.toml").write_text(text)
    return load_settings(home)


def test_the_engines_beside_the_home_are_read(tmp_path: Path) -> None:
    read = settings(
        tmp_path,
        """
        [ipfs]
        kubo = "http://127.0.0.1:5001"
        gateways = ["https://ipfs.example", "https://other.example"]
        timeout = 7
        [[ipfs.pinning]]
        name = "first"
        endpoint = "https://pin.example/psa"
        token_file = "pin.token"
        [[ipfs.pinning]]
        name = "second"
        endpoint = "https://pin2.example"
        [database]
        url = "postgresql://sealbook@db/sealbook"
        [chains.town]
        rpc = ["http://one.example:8545", "https://two.example/v3/secret"]
        """,
    )
    assert read.ipfs.kubo == "http://127.0.0.1:5001"
    assert read.ipfs.gateways == ("https://ipfs.example", "https://other.example")
    assert read.ipfs.timeout == 7
    assert [one.name for one in read.ipfs.pinning] == ["first", "second"]
    assert [one.token_file for one in read.ipfs.pinning] == [tmp_path / "pin.token", None]
    assert read.database.index == "postgresql://sealbook@db/sealbook"
    town = read.chain("town")
    assert town.rpc == ("http://one.example:8545", "https://two.example/v3/secret")
    assert town.node == "one.example, two.example"  # never a URL's secrets


def test_an_index_can_lie_elsewhere_than_the_queue(tmp_path: Path) -> None:
    read = settings(tmp_path, '[database]\nindex_url = "postgresql://reader@replica/index"')
    assert (read.database.url, read.database.index) == (None, "postgresql://reader@replica/index")


def test_a_home_without_settings_is_all_embedded(tmp_path: Path) -> None:
    read = load_settings(tmp_path)
    assert (read.ipfs.kubo, read.ipfs.gateways, read.ipfs.pinning) == (None, (), ())
    assert (read.database.url, read.database.index) == (None, None)
    assert read.chain(None).embedded


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ipfs = 3", "ipfs to be a table"),
        ('[ipfs]\nkubo = "localhost:5001"', "ipfs: expected kubo"),
        ('[ipfs]\nkubo = ["http://a", "http://b"]', "ipfs: expected kubo"),
        ("[ipfs]\ngateways = []", "ipfs: expected gateways"),
        ('[ipfs]\ngateways = ["http://a", "http://a"]', "ipfs: expected gateways"),
        ("[ipfs]\ngateways = [7]", "ipfs: expected gateways"),
        ("[ipfs]\ntimeout = -1", "ipfs: expected timeout"),
        ("[ipfs]\ntimeout = true", "ipfs: expected timeout"),
        ('[ipfs]\ncolour = "red"', "ipfs: unknown setting 'colour'"),
        ("[ipfs]\npinning = 1", "ipfs: expected pinning to be a list"),
        ('[[ipfs.pinning]]\nname = "one"', "ipfs.pinning 1: expected a name and an endpoint"),
        ('[[ipfs.pinning]]\nname = "ONE"\nendpoint = "http://a"', "ipfs.pinning 1: expected name"),
        (
            2 * '[[ipfs.pinning]]\nname = "a"\nendpoint = "http://a"\n',
            "a name of its own",
        ),
        ('[database]\nurl = "mysql://x"', "database: expected url"),
        ("[database]\nurl = 3", "database: expected url"),
        ('[database]\nport = 3\nurl = "postgresql://x/y"', "database: unknown setting 'port'"),
        ("[chains.town]\nrpc = []", "chains.town: expected rpc"),
        ("[chains]\ntown = 3", "chains.town to be a table"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(BadSettings) as caught:
        settings(tmp_path, text)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
