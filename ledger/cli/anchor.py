"""`anchor`: anchor what waits in the queue, once or as a worker that goes on until it is told."""

import argparse
import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from ..errors import Conflict, InvalidInput, LedgerError, Refused, Unavailable
from ..services.anchoring import Anchoring, Progress, overturned_text
from ..services.keeping_worker import KeepingWorker
from ..services.pinning import Pinning
from ..services.pinning_worker import PinningWorker
from .common import add_chain, add_home, add_passphrase, emit, open_installation, tell
from .kept_evidence import keep_evidence
from .owed_pins import PAY_SECONDS, owed_text, pins_json
from .paying import cost_text, open_chain

EXAMPLES = """examples:
  sealbook anchor                                once, on the chain of the settings
  sealbook anchor --chain sepolia --wait 300
  sealbook anchor --worker --interval 15         until SIGTERM or Ctrl-C
  sealbook anchor --chain sepolia --worker --passphrase-file /run/secrets/submitter

Safe to kill at any moment and to run twice: one worker a ledger has the lease, others idle.
Nodes and pinning services of the settings get what they are owed; anchoring waits for none of them.
exit codes: 0 done, 1 failed, 3 not in a block within --wait (it stays queued; run it again)"""

INTERVAL = 15.0
WAIT = 60.0
# A worker waits this long for a block before it looks whether it should stop.
PATIENCE = 5.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare how long, and how often."""
    add_chain(parser, "which chain (default: that of the settings)")
    parser.add_argument("--worker", action="store_true", help="go on until SIGTERM or Ctrl-C")
    parser.add_argument(
        "--interval",
        type=float,
        default=INTERVAL,
        metavar="SECONDS",
        help=f"how often a worker looks for leaves (default: {INTERVAL:g})",
    )
    parser.add_argument(
        "--wait",
        type=float,
        default=WAIT,
        metavar="SECONDS",
        help=f"how long to wait for a block (default: {WAIT:g}; not with --worker)",
    )
    add_passphrase(parser)
    add_home(parser)


def run(args: argparse.Namespace) -> int:
    """Anchor; 0 when what waited is in a block (or a worker was told to stop)."""
    if not 0.0 < args.interval < threading.TIMEOUT_MAX or not args.wait >= 0:
        raise InvalidInput("expected --interval above 0 and --wait of 0 or more seconds")
    installation = open_installation(args)
    settings = installation.settings.chain(args.chain)
    installation.founded(settings.name)
    chain = open_chain(args, installation, settings.name)
    anchoring = installation.anchoring(chain, settings.name)
    if args.worker:
        keeping = KeepingWorker(installation.keeping(settings.name), args.interval)
        return _work(args, settings.name, anchoring, installation.pinning(settings.name), keeping)
    cost = None if settings.embedded else anchoring.quote()
    if cost is not None:
        tell(f"anchoring on {settings.name} costs {cost_text(cost)}")
    pinning = installation.pinning(settings.name)
    try:
        progress = anchoring.run(args.wait)
    except LedgerError:
        pinning.pay(PAY_SECONDS, awake=True)  # what is published is owed, whatever the chain does
        raise
    keep_evidence(installation, settings.name)
    pinning.pay(PAY_SECONDS, awake=True)
    _say(args, settings.name, progress, pinning)
    return 0


def _work(
    args: argparse.Namespace,
    name: str,
    anchoring: Anchoring,
    pinning: Pinning,
    keeping: KeepingWorker,
) -> int:
    """Run again and again; a chain that can't be asked now is asked again at the next turn."""
    last: str | None = None
    worker = PinningWorker(pinning, args.interval)
    logging.basicConfig(level=logging.WARNING, format="sealbook: %(message)s")
    with _told_to_stop() as stop, _beside(worker, keeping):
        tell(f"anchoring on {name} every {args.interval:g} s; SIGTERM or Ctrl-C stops it")
        while not stop.is_set():
            try:
                progress = anchoring.run(PATIENCE)
                if progress.anchored or progress.overturned:
                    worker.wake()
                    keeping.wake()
                    _say(args, name, progress, pinning)
            except (Conflict, Refused, Unavailable) as cause:
                last = _once(f"sealbook: {cause}", last)
            except BrokenPipeError:  # whoever listened has left
                raise
            except OSError as cause:  # a full disk, where the output goes: anchoring goes on
                last = _once(f"sealbook: expected to say what was done, got: {cause}", last)
            else:
                last = _once(_idle(progress), last)
            stop.wait(args.interval)
    tell("stopped; what was acknowledged is kept")
    return 0


@contextmanager
def _beside(*workers: PinningWorker | KeepingWorker) -> Iterator[None]:
    """Let the others work as long as the context lasts."""
    for one in workers:
        one.start()
    try:
        yield
    finally:
        for one in workers:
            one.stop()


def _once(text: str | None, last: str | None) -> str | None:
    if text is not None and text != last:
        tell(text)
    return text


def _idle(progress: Progress) -> str | None:
    """Say why leaves still wait after a run that went well: another has the lease."""
    if progress.anchored or not progress.waiting:
        return None
    return f"{progress.waiting} leaves wait; another worker has the lease of this ledger"


@contextmanager
def _told_to_stop() -> Iterator[threading.Event]:
    """Yield an event that SIGTERM and SIGINT set; the turn that is under way is finished."""
    stop = threading.Event()

    def tell_to_stop(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    wanted = (signal.SIGTERM, signal.SIGINT)
    before = [signal.signal(number, tell_to_stop) for number in wanted]
    try:
        yield stop
    finally:
        for number, handler in zip(wanted, before, strict=True):
            signal.signal(number, handler)


def _say(args: argparse.Namespace, name: str, progress: Progress, pinning: Pinning) -> None:
    value = {
        "chain": name,
        "anchored": progress.anchored,
        "waiting": progress.waiting,
        "unfinal": progress.unfinal,
        "overturned": progress.overturned,
        "pins": pins_json(pinning),
    }
    if progress.overturned:
        tell(overturned_text(progress))
    text = (
        f"{name}: {progress.anchored} leaves anchored, {progress.waiting} wait, "
        f"{progress.unfinal} wait to be final"
    )
    owed = owed_text(pinning.accounts())
    emit(args, value, text if owed is None else f"{text}\n{owed}")
