"""Files and folders forced to the disk, so that a power cut does not lose them."""

import os
import sys
from pathlib import Path

if sys.platform == "win32":

    def sync_file(descriptor: int) -> None:
        """Return when the file's bytes are on the disk."""
        os.fsync(descriptor)

    def sync_path(path: Path) -> None:
        """Return when the bytes of a file that is there are on the disk."""
        with path.open("r+b") as file:  # Windows flushes only what may be written
            sync_file(file.fileno())

    def sync_folder(folder: Path) -> None:
        """Do nothing: NTFS logs its folders itself, and they cannot be opened."""

else:
    import fcntl

    def sync_file(descriptor: int) -> None:
        """Return when the file's bytes are on the disk."""
        # macOS: fsync leaves them in the drive's cache, only this empties it
        full = getattr(fcntl, "F_FULLFSYNC", None)
        if full is None:
            os.fsync(descriptor)
        else:
            fcntl.fcntl(descriptor, full)

    def sync_path(path: Path) -> None:
        """Return when the bytes of a file, or the names in a folder, are on the disk."""
        descriptor = os.open(path, os.O_RDONLY)
        try:
            sync_file(descriptor)
        finally:
            os.close(descriptor)

    def sync_folder(folder: Path) -> None:
        """Return when the names in the folder are on the disk."""
        sync_path(folder)
