"""The wire models of health, readiness and problems."""

from typing import Literal

from pydantic import BaseModel

from .schemas import Number, Wire


class HealthAnswer(Wire):
    """The process lives."""

    status: Literal["ok"]


class ChainCheck(Wire):
    """Whether the chain can be asked, and its latest block."""

    ok: bool
    block: Number | None


class QueueCheck(Wire):
    """Whether leaves can be acknowledged, and how many were."""

    ok: bool
    acknowledged: Number | None


class IndexCheck(Wire):
    """The block that the index has reached, and how old it is by the chain's own time."""

    ok: bool
    block: Number | None
    blocks_behind: Number | None
    seconds_behind: Number | None


class WorkerCheck(Wire):
    """Whether the anchoring worker does its work; true where there is none."""

    ok: bool


class PinsOfTarget(Wire):
    """What a node or pinning service is owed, was asked for and has, in manifests."""

    target: str
    owed: Number
    asked: Number
    pinned: Number


class PinsCheck(Wire):
    """What is owed to the nodes and services of the settings; that some is owed is no fault."""

    ok: bool
    targets: list[PinsOfTarget]


class ReadyAnswer(Wire):
    """Whether requests would be served well now."""

    ready: bool
    chain: ChainCheck
    queue: QueueCheck
    index: IndexCheck
    worker: WorkerCheck
    pins: PinsCheck


class Fault(Wire):
    """What is wrong with one part of a request."""

    pointer: str
    detail: str


class ProblemAnswer(BaseModel):
    """RFC 9457: what went wrong, by a type that programs know and words for people."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[Fault] | None = None
