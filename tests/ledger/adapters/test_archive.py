"""A backup's bytes, read back: what is refused, and that nothing of it is written elsewhere."""

import io
import random
import tarfile
from pathlib import Path

import pytest

from ledger.adapters.archive import CONTENTS, ArchiveWriter, extract
from ledger.encoding import canonical
from ledger.errors import InvalidInput, LedgerError, LimitExceeded

ROOM = 10**9
SEEN = f"seen/{'ab' * 32}.json"
FILES = {
    "config.toml": b'chain = "local"\n',
    "keys/default.json": b"{}",
    "chains/local/queue.db": bytes(5000),
    f"logs/{'0' * 64}/secret": b"00" * 32,
    SEEN: b"",
}


def archive(folder: Path) -> bytes:
    out = io.BytesIO()
    writer = ArchiveWriter(out)
    for name, data in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        writer.add(name, path)
    assert writer.close() == len(FILES)
    return out.getvalue()


def forged(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    """Return a tar as anybody can make one."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for info, data in members:
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


def below(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    data = archive(tmp_path / "from")
    assert extract(io.BytesIO(data), tmp_path / "to", ROOM) == len(FILES)
    assert below(tmp_path / "to") == FILES


def test_any_tar_program_reads_it(tmp_path: Path) -> None:
    with tarfile.open(fileobj=io.BytesIO(archive(tmp_path))) as tar:
        assert tar.getnames() == [*FILES, CONTENTS]
        assert {info.mode for info in tar} == {0o600}


def test_a_file_that_has_gone_is_passed_over(tmp_path: Path) -> None:
    out = io.BytesIO()
    writer = ArchiveWriter(out)
    writer.add("config.toml", tmp_path / "config.toml")
    assert writer.close() == 0


def test_every_cut_is_refused(tmp_path: Path) -> None:
    data = archive(tmp_path / "from")
    for place in sorted({*range(0, len(data), 256), len(data) - 1}):
        with pytest.raises(InvalidInput):
            extract(io.BytesIO(data[:place]), tmp_path / f"cut-{place}", ROOM)


def test_any_flipped_bit_is_refused(tmp_path: Path) -> None:
    data = archive(tmp_path / "from")
    chance = random.Random(7)
    for number in range(300):
        changed = bytearray(data)
        changed[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        with pytest.raises(LedgerError):
            extract(io.BytesIO(changed), tmp_path / f"flip-{number}", ROOM)


@pytest.mark.parametrize(
    "info",
    [
        member("../escaped"),
        member("/etc/escaped"),
        member("keys/../../escaped"),
        member("keys/a/b.json"),
        member("keys/A.json"),
        member("index.db"),
        member("config.toml\n"),
        member("keys/default.json", tarfile.SYMTYPE, "/etc/passwd"),
        member("keys/default.json", tarfile.LNKTYPE, "config.toml"),
        member("keys", tarfile.DIRTYPE),
        member("keys/default.json", tarfile.CHRTYPE),
        member("keys/default.json", tarfile.FIFOTYPE),
        member("keys/default.json", tarfile.GNUTYPE_SPARSE),
        member("keys/default.json", tarfile.CONTTYPE),
        member("keys/" + "a" * 200),
    ],
    ids=lambda info: f"{info.name[:24]!r} {info.type!r}",
)
def test_a_member_that_no_home_has_is_refused(tmp_path: Path, info: tarfile.TarInfo) -> None:
    folder = tmp_path / "deep" / "home"
    folder.mkdir(parents=True)
    with pytest.raises(InvalidInput):
        extract(io.BytesIO(forged((info, b""))), folder, ROOM)
    assert below(tmp_path) == {}


def test_one_name_twice_is_refused(tmp_path: Path) -> None:
    data = forged((member("config.toml"), b"a"), (member("config.toml"), b"b"))
    with pytest.raises(InvalidInput, match=r"config\.toml"):
        extract(io.BytesIO(data), tmp_path, ROOM)


def test_more_than_the_disk_holds_is_refused_before_it_is_written(tmp_path: Path) -> None:
    info = member("config.toml")
    info.size = 10**12
    with pytest.raises(LimitExceeded, match="disk"):
        extract(io.BytesIO(info.tobuf(tarfile.GNU_FORMAT)), tmp_path, ROOM)
    assert below(tmp_path) == {}


def test_a_size_below_zero_is_refused(tmp_path: Path) -> None:
    header = bytearray(member("config.toml").tobuf(tarfile.GNU_FORMAT))
    header[124:136] = b"\xff" * 12
    header[148:156] = b" " * 8
    header[148:156] = f"{sum(header):06o}\0 ".encode()
    with pytest.raises(InvalidInput):
        extract(io.BytesIO(bytes(header)), tmp_path, ROOM)


@pytest.mark.parametrize(
    "contents", [b"", b"{}", b"[]", b'{"files":{},"version":2}', b'{"files":{"a":1},"version":1}']
)
def test_contents_that_do_not_fit_are_refused(tmp_path: Path, contents: bytes) -> None:
    with pytest.raises(InvalidInput):
        extract(io.BytesIO(forged((member(CONTENTS), contents))), tmp_path, ROOM)


def test_what_follows_the_contents_is_refused(tmp_path: Path) -> None:
    said = canonical({"files": {}, "version": 1})
    data = forged((member(CONTENTS), said), (member("config.toml"), b"a"))
    with pytest.raises(InvalidInput, match="end"):
        extract(io.BytesIO(data), tmp_path, ROOM)
