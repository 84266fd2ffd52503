"""Small files: whole or not at all, for their owner, and never in another's place."""

import os
import stat
import threading
from pathlib import Path

import pytest

from ledger.adapters.files import make_folder, read_file, write_file, write_new_file
from ledger.errors import StoreUnavailable


def left_behind(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.startswith(".")]


def test_what_was_written_is_read_and_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "deeper" / "name"
    assert read_file(path, 10) is None
    for data in (b"first", b"", b"second"):
        write_file(path, data)
        assert read_file(path, 10) == data
    assert left_behind(path.parent) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such rights")
def test_files_and_folders_are_for_their_owner_unless_said(tmp_path: Path) -> None:
    for mode in (0o600, 0o644):
        path = tmp_path / "new" / f"{mode:o}"
        write_file(path, b"data", mode=mode)
        assert stat.S_IMODE(path.stat().st_mode) == mode
    make_folder(tmp_path / "home" / "keys")
    for folder in (tmp_path / "new", tmp_path / "home", tmp_path / "home" / "keys"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_new_file_never_takes_anothers_place(tmp_path: Path) -> None:
    path = tmp_path / "name"
    assert write_new_file(path, b"first")
    assert not write_new_file(path, b"second")
    assert read_file(path, 10) == b"first"
    assert left_behind(tmp_path) == []


def test_of_many_that_write_a_new_file_one_does(tmp_path: Path) -> None:
    path, wrote = tmp_path / "name", list[int]()
    gate = threading.Barrier(8)

    def write(number: int) -> None:
        gate.wait()
        if write_new_file(path, b"%d" % number):
            wrote.append(number)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (winner,) = wrote
    assert read_file(path, 10) == b"%d" % winner


@pytest.mark.parametrize("write", [write_file, write_new_file])
def test_what_cannot_be_written_changes_nothing(tmp_path: Path, write: object) -> None:
    assert callable(write)
    (tmp_path / "file").write_bytes(b"old")
    with pytest.raises(StoreUnavailable, match="nothing was changed"):
        write(tmp_path / "file" / "below", b"data")
    assert (tmp_path / "file").read_bytes() == b"old"
    (tmp_path / "folder" / "in it").mkdir(parents=True)
    if write is write_file:
        with pytest.raises(StoreUnavailable):
            write(tmp_path / "folder", b"data")
    else:
        assert write(tmp_path / "folder", b"data") is False
    assert left_behind(tmp_path) == []


def test_what_is_no_file_or_too_long_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "long").write_bytes(b"12345")
    assert read_file(tmp_path / "long", 5) == b"12345"
    with pytest.raises(StoreUnavailable, match="at most 4"):
        read_file(tmp_path / "long", 4)
    with pytest.raises(StoreUnavailable):
        read_file(tmp_path, 10)
    with pytest.raises(StoreUnavailable, match="SEALBOOK_HOME"):
        make_folder(tmp_path / "long" / "home")
    with pytest.raises(StoreUnavailable):
        make_folder(tmp_path / "long")
    make_folder(tmp_path)
