"""The folder of blocks on a real disk: damage, kills, no room, no permission, two writers."""

import base64
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from ledger.adapters.block_store import BlockFolder
from ledger.cid import DAG_PB, MAX_BLOCK, Block, Cid
from ledger.errors import StoreUnavailable

BLOCK = Block.of(b"a block of some bytes")


def run(script: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def file_of(folder: Path, cid: Cid) -> Path:
    (found,) = folder.glob(f"*/*{_key(cid)}.data")
    return found


def _key(cid: Cid) -> str:
    return base64.b32encode(cid.multihash).decode().rstrip("=")


def test_the_layout_is_that_of_kubo(tmp_path: Path) -> None:
    # The empty directory, which every Kubo repository holds from its making.
    folder, empty = tmp_path / "blocks", Block.of(b"\x0a\x02\x08\x01", DAG_PB)
    BlockFolder(folder).put([empty])
    path = folder / "X3" / "CIQFTFEEHEDF6KLBT32BFAGLXEZL4UWFNWM4LFTLMXQBCERZ6CMLX3Y.data"
    assert path.read_bytes() == empty.data
    assert (folder / "SHARDING").read_text() == "/repo/flatfs/shard/v1/next-to-last/2\n"
    assert sorted(each.name for each in folder.iterdir()) == [".temp", "SHARDING", "X3"]
    assert list((folder / ".temp").iterdir()) == []


def test_reading_makes_no_folder(tmp_path: Path) -> None:
    store = BlockFolder(tmp_path / "blocks")
    assert not store.has(BLOCK.cid)
    assert list(store.cids()) == []
    assert not (tmp_path / "blocks").exists()


def test_another_process_finds_what_was_put(tmp_path: Path) -> None:
    BlockFolder(tmp_path / "blocks").put([BLOCK])
    assert BlockFolder(tmp_path / "blocks").get(BLOCK.cid) == BLOCK.data


def test_a_folder_of_another_layout_is_refused(tmp_path: Path) -> None:
    (tmp_path / "SHARDING").write_text("/repo/flatfs/shard/v1/prefix/2\n")
    with pytest.raises(StoreUnavailable, match="prefix/2"):
        BlockFolder(tmp_path)


@pytest.mark.parametrize(
    "damage", [b"", BLOCK.data[:-1], BLOCK.data + b"\x00", b"A" + BLOCK.data[1:], bytes(MAX_BLOCK)]
)
def test_a_damaged_block_is_never_given_out_and_is_put_right(tmp_path: Path, damage: bytes) -> None:
    store = BlockFolder(tmp_path)
    store.put([BLOCK])
    file_of(tmp_path, BLOCK.cid).write_bytes(damage)
    with pytest.raises(StoreUnavailable, match=f"{BLOCK.cid}.*damaged: put the block again"):
        store.get(BLOCK.cid)
    store.put([BLOCK])
    assert store.get(BLOCK.cid) == BLOCK.data


def test_names_that_are_no_blocks_are_passed_over(tmp_path: Path) -> None:
    store = BlockFolder(tmp_path)
    store.put([BLOCK])
    good = file_of(tmp_path, BLOCK.cid)
    (tmp_path / "ZZ").mkdir()
    for stray in (
        tmp_path / "diskUsage.cache",
        tmp_path / "ZZ" / good.name,
        good.with_suffix(""),
        good.with_name(good.name.lower()),
        good.with_name("A" * 55 + ".data"),
        good.with_name("1" * 55 + ".data"),
        good.with_name("put-1234"),
        tmp_path / ".temp" / good.name,
    ):
        stray.write_bytes(b"stray")
    assert list(store.cids()) == [BLOCK.cid]


KEEP_PUTTING = """
import sys
from pathlib import Path
from ledger.adapters.block_store import BlockFolder
from ledger.cid import Block
store = BlockFolder(Path(sys.argv[1]))
for number in range(100_000):
    blocks = [Block.of(b"%d %d " % (number, part) + bytes(200_000)) for part in range(8)]
    store.put(blocks)
    for block in blocks:
        print(block.cid, flush=True)
"""


def test_a_killed_writer_loses_nothing_that_it_had_put(tmp_path: Path) -> None:
    left, said = 0, list[str]()
    for round_ in range(4):
        with subprocess.Popen(
            [sys.executable, "-c", KEEP_PUTTING, str(tmp_path)], stdout=subprocess.PIPE, text=True
        ) as writer:
            assert writer.stdout is not None
            said += [writer.stdout.readline().strip() for _ in range(8 + round_)]
            time.sleep(0.003 * round_)
            writer.send_signal(signal.SIGKILL)
            said += [line.strip() for line in writer.stdout if line.endswith("\n")]
        left += len(list((tmp_path / ".temp").iterdir()))
    store = BlockFolder(tmp_path)
    for line in said:
        assert store.get(Cid.parse(line))
    for cid in store.cids():
        assert store.get(cid)
    print(f"4 kills: {len(said)} blocks put, all there; {left} temporary files left, none seen")


def test_files_abandoned_by_killed_writers_are_cleared_and_those_of_live_ones_not(
    tmp_path: Path,
) -> None:
    BlockFolder(tmp_path).put([BLOCK])
    old, new = tmp_path / ".temp" / "put-1-aa", tmp_path / ".temp" / "put-2-bb"
    for file in (old, new):
        file.write_bytes(b"half a bl")
    os.utime(old, (0, 0))
    BlockFolder(tmp_path).put([Block.of(b"next")])
    assert [each.name for each in (tmp_path / ".temp").iterdir()] == [new.name]


NO_ROOM = """
import resource, sys
from pathlib import Path
from ledger.adapters.block_store import BlockFolder
from ledger.cid import Block
from ledger.errors import StoreUnavailable
store, folder = BlockFolder(Path(sys.argv[1])), Path(sys.argv[1])
store.put([Block.of(b"small")])
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
large = Block.of(bytes(5000))
try:
    store.put([Block.of(b"also small"), large])
except StoreUnavailable as error:
    print(error)
    assert error.__cause__ is not None
assert not store.has(large.cid)
assert list((folder / ".temp").iterdir()) == [], "temporary files stay"
assert store.get(Block.of(b"small").cid) == b"small"
store.put([Block.of(b"small again")])
print("went on")
"""


def test_no_room_is_said_and_leaves_nothing_behind(tmp_path: Path) -> None:
    done = run(NO_ROOM, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "check the disk's room" in done.stdout
    assert done.stdout.endswith("went on\n")


READ_ONLY = """
import os, sys
from pathlib import Path
from ledger.adapters.block_store import BlockFolder
from ledger.cid import Block
from ledger.errors import StoreUnavailable
if os.geteuid() == 0:
    os.setuid(65534)  # nobody: root may write anywhere
store = BlockFolder(Path(sys.argv[1]))
assert store.get(Block.of(b"a block of some bytes").cid)
assert list(store.cids())
try:
    store.put([Block.of(b"new")])
except StoreUnavailable as error:
    print(error)
"""


def test_a_read_only_folder_is_read_and_says_why_it_is_not_written() -> None:
    with tempfile.TemporaryDirectory() as made:  # not tmp_path: nobody may not pass through that
        folder = Path(made) / "blocks"
        BlockFolder(folder).put([BLOCK])
        for each in (Path(made), folder, *folder.iterdir()):
            if each.is_dir():
                each.chmod(0o555)
        done = run(READ_ONLY, folder)
        for each in (Path(made), folder, *folder.iterdir()):
            if each.is_dir():
                each.chmod(0o755)
    assert done.returncode == 0, done.stderr
    assert "Permission denied" in done.stdout
    assert "folder's permissions" in done.stdout


def test_what_cannot_be_read_is_store_unavailable(tmp_path: Path) -> None:
    store = BlockFolder(tmp_path)
    store.put([BLOCK])
    path = file_of(tmp_path, BLOCK.cid)
    path.unlink()
    path.mkdir()
    with pytest.raises(StoreUnavailable, match="Is a directory"):
        store.get(BLOCK.cid)
    (tmp_path / "file").write_bytes(b"")
    nowhere = BlockFolder(tmp_path / "file2")
    (tmp_path / "file2").write_bytes(b"")
    assert not nowhere.has(BLOCK.cid)
    with pytest.raises(StoreUnavailable):
        nowhere.put([BLOCK])


SAME_BLOCKS = """
import sys
from pathlib import Path
from ledger.adapters.block_store import BlockFolder
from ledger.cid import Block
for _ in range(5):
    BlockFolder(Path(sys.argv[1])).put(Block.of(b"%d" % n + bytes(20_000)) for n in range(80))
"""


def test_two_processes_put_the_same_blocks_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "blocks"
    writers = [subprocess.Popen([sys.executable, "-c", SAME_BLOCKS, str(folder)]) for _ in range(2)]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    store = BlockFolder(folder)
    assert len([store.get(cid) for cid in store.cids()]) == 80
    assert list((folder / ".temp").iterdir()) == []
