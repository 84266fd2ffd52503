"""A database that one process opens twice keeps its locks against other processes.

POSIX drops all locks of a process on a file when it closes any descriptor of it: whoever opens
and closes a database's file beside SQLite lets another process delete the journal in use.
"""

import subprocess
import sys
from pathlib import Path

from ledger.adapters.queue import SqlQueue
from tests.ledger.factories import LEDGER

from . import queue_writer

# The last connection to leave empties the journal and deletes it; it is not the last one here.
COME_AND_GO = (
    "import sqlite3, sys\n"
    "connection = sqlite3.connect(sys.argv[1])\n"
    "connection.execute('SELECT count(*) FROM queue_leaves').fetchone()\n"
    "connection.close()\n"
)


def test_another_process_does_not_delete_the_journal_that_is_in_use(tmp_path: Path) -> None:
    path = tmp_path / "queue.db"
    first = SqlQueue(path, LEDGER)
    first.add([queue_writer.leaf(1)], None)
    second = SqlQueue(path, LEDGER)
    subprocess.run([sys.executable, "-c", COME_AND_GO, str(path)], check=True)
    assert path.with_name("queue.db-wal").exists()
    second.add([queue_writer.leaf(2)], None)
    first.add([queue_writer.leaf(3)], None)
    assert SqlQueue(path, LEDGER).size() == 3
