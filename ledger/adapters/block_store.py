"""A folder of blocks named by their hashes, in the layout in which Kubo keeps its own (flatfs).

    SHARDING                        which layout this is
    <two characters>/<KEY>.data     KEY: the multihash in base32, upper case; the folder is named
                                    by the next-to-last two characters of KEY
    .temp/                          files being written; Kubo passes over names with a dot

A key holds no codec, so blocks are known by hash alone: `has` and `get` take either codec, and
`cids` gives codec raw, as Kubo's `refs local` does.

What is on the disk when: a block's bytes are forced to it (fsync) in a temporary file, which is
then renamed to its key, so no reader ever sees half a block; then the folders that got new names
are forced, once for every batch of at most 64 blocks or 16 MiB. A batch is durable before the next
one begins, so that children which were put first do not come after their root.
"""

import os
import secrets
import time
from base64 import b32decode, b32encode
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ..cid import MAX_BLOCK, RAW, Block, Cid
from ..errors import BlockMissing, InvalidBlock, InvalidCid, StoreUnavailable
from .durable_files import sync_file, sync_folder, sync_path

SHARDING = "/repo/flatfs/shard/v1/next-to-last/2"
_SUFFIX = ".data"
_BATCH_BLOCKS = 64
_BATCH_BYTES = 16 * 1024 * 1024
_ABANDONED = 3600.0  # seconds: no live process takes an hour to write one batch
_KIND = b"\x12\x20"  # multihash: sha2-256, 32 bytes


class BlockFolder:
    """A `BlockStore` in one folder. Any number of processes may use it at once."""

    def __init__(self, folder: Path) -> None:
        """Use that folder (Kubo: `<repo>/blocks`), which the first `put` makes if need be.

        StoreUnavailable if it holds blocks in another layout.
        """
        self._folder = folder
        self._temporary = folder / ".temp"
        self._ready = False
        with self._working():
            self._check_layout()

    def has(self, cid: Cid) -> bool:
        """Say whether the block is here (not whether its bytes are still good)."""
        with self._working():
            try:
                self._path(cid).stat()
            except (FileNotFoundError, NotADirectoryError):
                return False
        return True

    def get(self, cid: Cid) -> bytes:
        """Return the block's bytes, verified.

        BlockMissing if it is not here; StoreUnavailable if its file is damaged or unreadable.
        """
        path = self._path(cid)
        with self._working():
            data = _read(path)
        if data is None:
            raise BlockMissing(f"expected the block {cid} in {self._folder}: it is not there")
        try:
            return Block(cid, data).require_match().data
        except InvalidBlock as cause:
            raise StoreUnavailable(
                f"expected the bytes of {cid} in {path}, the file is damaged: put the block again "
                "from a backup or another node, which replaces it"
            ) from cause

    def put(self, blocks: Iterable[Block]) -> None:
        """Keep the blocks. When this returns, a restart does not lose the bytes.

        InvalidBlock for the first that is not its CID's; of those before it, any may be kept. A
        block that is here already is checked, and replaced if its file was damaged.
        """
        batch, weight = dict[bytes, Block](), 0
        for block in blocks:
            batch[block.cid.digest] = block.require_match()
            weight += len(block.data)
            if len(batch) == _BATCH_BLOCKS or weight >= _BATCH_BYTES:
                self._keep(batch.values())
                batch, weight = {}, 0
        if batch:
            self._keep(batch.values())

    def cids(self) -> Iterator[Cid]:
        """Yield a CID, of codec raw, for every block kept here, in no order."""
        with self._working():
            if not self._folder.is_dir():
                return
            shards = [each for each in self._folder.iterdir() if not each.name.startswith(".")]
        for shard in shards:
            with self._working():
                files = list(shard.iterdir()) if shard.is_dir() else []
            for file in files:
                cid = _cid_of_name(file.name)
                if cid is not None and self._path(cid) == file:
                    yield cid

    def _path(self, cid: Cid) -> Path:
        key = b32encode(cid.multihash).decode().rstrip("=")
        return self._folder / key[-3:-1] / (key + _SUFFIX)

    def _keep(self, blocks: Iterable[Block]) -> None:
        with self._working():
            self._prepare()
            written: list[tuple[Path, Path]] = []
            try:
                touched = {self._write(block, written) for block in blocks}
                for shard in touched:
                    shard.mkdir(exist_ok=True)
                for temporary, path in written:
                    temporary.replace(path)
            finally:
                for temporary, _ in written:
                    temporary.unlink(missing_ok=True)
            for folder in (*touched, self._folder):
                sync_folder(folder)

    def _write(self, block: Block, written: list[tuple[Path, Path]]) -> Path:
        """Force the block's bytes to the disk; return the folder in which its name must be."""
        path = self._path(block.cid)
        if _read(path) == block.data:
            # Perhaps another process has renamed it there this moment, and not forced it yet.
            sync_path(path)
            return path.parent
        temporary = self._temporary / f"put-{os.getpid()}-{secrets.token_hex(8)}"
        written.append((temporary, path))
        with temporary.open("xb") as file:
            file.write(block.data)
            file.flush()
            sync_file(file.fileno())
        return path.parent

    def _prepare(self) -> None:
        """Make the folder what it must be, and clear what killed processes left behind."""
        if self._ready:
            return
        made = [each for each in self._folder.parents if not each.exists()]
        self._folder.mkdir(parents=True, exist_ok=True)
        self._temporary.mkdir(exist_ok=True)
        for folder in (self._folder, *made):
            sync_folder(folder.parent)
        layout = self._folder / "SHARDING"
        if not layout.exists():
            temporary = self._temporary / f"layout-{os.getpid()}-{secrets.token_hex(8)}"
            temporary.write_text(SHARDING + "\n", encoding="ascii")
            temporary.replace(layout)
            sync_folder(self._folder)
        self._check_layout()
        for left in self._temporary.iterdir():
            if _age(left) > _ABANDONED:
                left.unlink(missing_ok=True)
        self._ready = True

    def _check_layout(self) -> None:
        try:
            said = (self._folder / "SHARDING").read_bytes()[:80]
        except FileNotFoundError:
            return
        if said.strip() != SHARDING.encode():
            raise StoreUnavailable(
                f"expected the layout {SHARDING} in {self._folder}/SHARDING, got {said!r}: "
                "choose another folder"
            )

    @contextmanager
    def _working(self) -> Iterator[None]:
        try:
            yield
        except OSError as cause:
            raise StoreUnavailable(
                f"expected to work in the block folder {self._folder}, got "
                f"{cause.strerror or cause}: check the disk's room and the folder's permissions"
            ) from cause


def _read(path: Path) -> bytes | None:
    """Return a file's bytes (of one too large, enough to tell); None if it is not there."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_BLOCK + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None


def _age(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _cid_of_name(name: str) -> Cid | None:
    """Return the CID of a file's name, or None if no block is kept under it."""
    key = name.removesuffix(_SUFFIX)
    if key == name or len(key) != 55:  # noqa: PLR2004 - 34 bytes in base32
        return None
    try:
        multihash = b32decode(key + "=")
        cid = Cid(RAW, multihash.removeprefix(_KIND))
    except (ValueError, InvalidCid):
        return None
    return cid
