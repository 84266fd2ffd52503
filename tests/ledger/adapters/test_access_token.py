"""An access token: its owner's alone, one line, and in no message."""

import os
from pathlib import Path

import pytest

from ledger.adapters.access_token import AccessToken
from ledger.errors import BadSettings

SECRET = "the-token-of-this-test"


@pytest.fixture
def token(tmp_path: Path) -> AccessToken:
    path = tmp_path / "token"
    path.write_text(f"{SECRET}\n")
    path.chmod(0o600)
    return AccessToken(path)


def test_a_token_is_the_one_line_of_its_file_as_it_is_now(token: AccessToken) -> None:
    assert token.read() == SECRET
    token.path.write_text("another")
    assert token.read() == "another"


@pytest.mark.skipif(os.name != "posix", reason="Windows keeps rights in another way")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o610])
def test_a_token_that_others_may_use_is_not_read(token: AccessToken, mode: int) -> None:
    token.path.chmod(mode)
    with pytest.raises(BadSettings, match="chmod 600") as raised:
        token.read()
    assert SECRET not in str(raised.value)


@pytest.mark.parametrize("said", [b"", b"\n", b"two\nlines", b"\xff", b"x" * 4097, b"a\x00b"])
def test_a_file_without_a_token_is_a_fault_of_the_settings(token: AccessToken, said: bytes) -> None:
    token.path.write_bytes(said)
    with pytest.raises(BadSettings, match="one line"):
        token.read()


def test_a_missing_file_is_a_fault_of_the_settings(token: AccessToken) -> None:
    token.path.unlink()
    with pytest.raises(BadSettings, match="No such file"):
        token.read()
