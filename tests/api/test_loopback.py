import pytest

from api.loopback import is_loopback, names_this_computer, require_loopback
from ledger.errors import BindRefused


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("127.1.2.3", "127.1.2.3"),
        ("127.1", "127.0.0.1"),
        ("::1", "::1"),
    ],
)
def test_an_address_of_this_computer_is_bound(host: str, address: str) -> None:
    assert require_loopback(host) == address


def test_localhost_is_bound_by_its_address() -> None:
    assert is_loopback(require_loopback("localhost"))


@pytest.mark.parametrize(
    "host",
    [
        "0.0.0.0",  # noqa: S104 - to be refused
        "::",
        "",
        "0",
        "192.168.1.7",
        "8.8.8.8",
        "::ffff:10.0.0.1",
        "169.254.1.1",
        "fe80::1",
    ],
)
def test_an_address_that_strangers_reach_is_refused(host: str) -> None:
    with pytest.raises(BindRefused, match="loopback"):
        require_loopback(host)


@pytest.mark.parametrize("host", ["no.such.host.invalid", "a" * 300, "not a name", "\udc80"])
def test_a_name_that_resolves_to_nothing_is_refused(host: str) -> None:
    with pytest.raises(BindRefused):
        require_loopback(host)


def test_a_name_that_resolves_to_this_computer_and_elsewhere_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = [(2, 1, 6, "", (address, 0)) for address in ("127.0.0.1", "10.0.0.1")]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_args, **_more: found)
    with pytest.raises(BindRefused):
        require_loopback("both.example")


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8000", "LOCALHOST", "127.0.0.1:1", "[::1]:8000", "[::1]"]
)
def test_a_host_header_that_names_this_computer_is_let_in(host: str) -> None:
    assert names_this_computer(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "evil.example:8000",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "evil.example#localhost",
        "evil.example/localhost",
        "0.0.0.0",  # noqa: S104 - to be refused
        "[::1",
        "localhost:99999",
        "::1",
        "[::]",
        "192.168.0.1",
    ],
)
def test_a_host_header_that_names_another_is_not(host: str) -> None:
    assert not names_this_computer(host)
