"""The IPFS name of bytes: CIDs and their blocks, files as UnixFS, archives as CAR."""

from .block import DAG_PB, MAX_BLOCK, RAW, Block, Cid
from .car import car, read_car
from .unixfs import CHUNK, LINKS, PROFILE, cid_of, export_file, import_file

__all__ = [
    "CHUNK",
    "DAG_PB",
    "LINKS",
    "MAX_BLOCK",
    "PROFILE",
    "RAW",
    "Block",
    "Cid",
    "car",
    "cid_of",
    "export_file",
    "import_file",
    "read_car",
]
